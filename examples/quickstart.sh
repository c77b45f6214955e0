#!/bin/sh
# quickstart.sh - installs what is needed to build ruamill, builds it, and turns
# the reports in examples/reports into tables. For Debian 12 or later; may be run
# again at any time.
set -eu
cd "$(dirname "$0")/.."
store=build/quickstart
program=build/release/bin/ruamill

# quietly COMMAND...: its output is shown only if it fails.
quietly() {
  if ! "$@" >build/quickstart.log 2>&1; then
    cat build/quickstart.log
    echo "quickstart: this failed: $*" >&2
    exit 1
  fi
}

# show FILE COLUMN...: some columns of a CSV table, aligned.
show() {
  file=$1
  shift
  awk -v wanted="$*" '
    {
      n = 0
      cell = ""
      quoted = 0
      for (i = 1; i <= length($0) + 1; i++) {
        c = substr($0, i, 1)
        if (c == "\"")
          quoted = !quoted
        else if (c == "" || c == "," && !quoted) {
          row[++n] = cell
          cell = ""
        } else
          cell = cell c
      }
      if (NR == 1)
        for (i = 1; i <= n; i++)
          place[row[i]] = i
      columns = split(wanted, name, " ")
      for (i = 1; i <= columns; i++) {
        table[NR, i] = row[place[name[i]]]
        if (length(table[NR, i]) > width[i])
          width[i] = length(table[NR, i])
      }
    }
    END {
      for (line = 1; line <= NR; line++) {
        text = ""
        for (i = 1; i <= columns; i++)
          text = text sprintf("  %-" width[i] "s", table[line, i])
        sub(/ *$/, "", text)
        print text
      }
    }' "$file"
}

mkdir -p build
rm -rf "$store"
tests/install.sh build
echo "building $program"
quietly cmake --preset release -DBUILD_TESTING=OFF
quietly cmake --build --preset release

echo "reading examples/reports (one of them is a TLS report that came to the wrong place)"
"$program" replay -o "store=$store" -o allow=examples/allow \
  --to dmarc@example.com examples/reports

for table in "$store"/*/records-*.csv; do
  printf '\n%s, some of its columns:\n' "$table"
  show "$table" begin_date org_name source_ip_address count disposition \
    dkim_aligned spf_aligned header_from
done
cat <<END

What is there now:
  $store/<domain>/records-*.csv   a line for each record of a report
  $store/<domain>/reports-*.csv   a line for each report
  $store/<domain>/archive/        the reports as they came

Who sends in the name of these domains, on a terminal and as a page:
  $program summary -o store=$store --since all
  $program dashboard -o store=$store --since all -o dmarc.html

With reports of your own (mails, an mbox, a Maildir, .xml, .xml.gz, .zip):
  echo 'dmarc@example.org example.org' > allow
  $program replay -o store=reports -o allow=allow --to dmarc@example.org PATH...

  man docs/ruamill.1           how to run it
  man docs/ruamill-tables.5    what the columns mean
END
