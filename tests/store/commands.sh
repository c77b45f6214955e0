#!/bin/bash
# commands.sh [--long] [RUAMILL] - the commands for a store that is there:
# checkpoint, export, verify, rebuild. A store is made from the golden mails and
# made-up ones, damaged in each way of damage.py, and what is said of it is held
# against what was done. With --long, bytes are changed at 400 random places
# instead of 20. RUAMILL_SEED sets the seed of these.
# shellcheck disable=SC2016,SC2317 # check calls functions and eval by name
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
bytes=20
if [ "${1:-}" = --long ]; then
  bytes=400
  shift
fi
original=$(realpath "${1:-$here/../../build/release/bin/ruamill}")
seed=${RUAMILL_SEED:-$RANDOM}
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
program=$scratch/ruamill # where everybody can run it
cp "$original" "$program" || exit 1
cd "$scratch" || exit 1
store=$scratch/store
echo 'dmarc@example.net *' >allow

# ---- tools ----

# shellcheck source=tests/checks.sh
. "$here/../checks.sh"

# run COMMAND ARGUMENT...: on the present store; sets $code, $out and $err.
run() {
  command=$1
  shift
  "$program" "$command" -o "store=$store" "$@" >"$out" 2>"$err" </dev/null
  code=$?
}

replay() {
  run replay -o allow=allow --to dmarc@example.net "$@"
}

mails() {
  python3 "$here/../mails.py" "$@"
}

is() {
  [ "$code" = "$1" ]
}

# says CODE REGEX: that status, and a line like it.
says() {
  is "$1" && grep -Eq -- "$2" "$out"
}

# clean REPORTS: verify finds that many reports, and nothing wrong.
clean() {
  run verify "${@:2}"
  says 0 "^tables [0-9]+ reports $1 records [0-9]+ problems 0\$" && [ ! -s "$err" ]
}

# another: a copy of the good store becomes the present one.
another() {
  rm -rf copy
  cp -a good copy
  store=$scratch/copy
}

# state FOLDER: names, sizes and times of all that is in it.
state() {
  find "$1" -printf '%P %s %T@ %i\n' | sort
}

same_trees() {
  diff -r --exclude=.spool --exclude=quarantine "$1" "$2" >"$err"
}

# ---- the store ----

mails folder mails 90 records=4
mails mail broken.eml kind=broken number=1
mails mail broken2.eml kind=broken number=2 to=a@example.net
replay mails "$here"/../golden/*.eml broken.eml broken2.eml
check replay is 0
reports=$(sed -nE 's/.* new ([0-9]+) .*/\1/p' "$out")
records=$(sed -nE 's/.* records ([0-9]+) .*/\1/p' "$out")
cp -a "$store" good
check a-store-is-clean clean "$reports"
check its-records-are-counted grep -q " records $records " "$out"
state "$store" >before
run verify
run export example.com
check verify-and-export-change-nothing eval 'state "$store" | diff before - >"$err"'

# ---- export ----

tables() {
  awk 'NR == 1 || FNR > 1' "$store/$1/$2"*.csv
}

for kind in records reports; do
  tables example.com $kind >wanted
  run export --table $kind example.com
  check export-$kind-is-its-tables eval 'is 0 && cmp -s wanted "$out"'
done
run export example.com
check export-is-of-records eval 'tables example.com records | cmp -s - "$out"'
run export --period 2026-02 example.com
check export-of-a-period cmp -s "$store/example.com/records-2026-02.csv" "$out"
run export EXAMPLE.com.
check export-folds-the-domain eval 'tables example.com records | cmp -s - "$out"'
for _ in $(seq 300); do cat "$store/example.com/records-2026-02.csv"; done >"$scratch/much"
code=0
another
cp "$scratch/much" "$store/example.com/records-2025-01.csv"
"$program" export -o "store=$store" example.com >/dev/full 2>"$err" || code=$?
check export-to-a-full-disk eval 'is 74 && [ "$(wc -l <"$err")" = 1 ]'
store=$scratch/store
run export nothing.example
check export-of-nothing eval 'is 66 && [ ! -s "$out" ] && grep -q "there are no such tables" "$err"'
run export --period 1999-01 example.com
check export-of-no-such-period is 66
run export ../store/example.com
check export-stays-in-the-store eval 'is 66 && grep -q "store/example.com.* is no policy domain" "$err"'
run export
check export-of-no-domain is 64
run export --table other example.com
check export-of-no-such-table is 64
another
ln -s example.net "$store/latest"
run export example.com
check export-beside-a-link eval 'is 0 && tables example.com records | cmp -s - "$out"'
run export latest
check export-of-a-link eval 'is 75 && grep -q "open latest: is a symbolic link" "$err"'
run verify
check a-link-is-one-problem says 1 "^tables [0-9]+ reports $reports records $records problems 1\$"
rm -rf rebuilt
run rebuild --compare rebuilt
check rebuild-beside-a-link says 1 "^reports $reports records $records problems 1\$"
rm -rf rebuilt
another
run export example.com
cp "$out" wanted
gzip "$store/example.com"/re*.csv
run export example.com
check export-of-packed-tables eval 'is 0 && cmp -s wanted "$out"'
check packed-tables-are-clean clean "$reports"
rm -rf rebuilt
run rebuild --compare rebuilt
check rebuild-compares-packed-tables says 0 "^reports $reports records $records problems 0\$"
rm -rf rebuilt
packed=$(find "$store/example.com" -name 'records-*.csv.gz' | sort | head -n 1)
zcat "$packed" | sed '$s/./x/' | gzip >line
cp line "$packed"
run verify
check verify-of-a-packed-line says 1 "^example.com/${packed##*/}:[0-9]+: "
truncate -s -30 "$packed"
run verify
check verify-of-a-packed-table-that-breaks-off says 1 "^example.com/${packed##*/}: is damaged"
run export example.com
check export-of-a-packed-table-that-breaks-off eval 'is 65 && grep -q "is damaged.*backup" "$err"'
another
printf 'half a li' >>"$store/example.com/records-2026-02.csv"
run export --period 2026-02 example.com
check export-of-a-line-without-end is 0

# ---- damage ----

# damaged NAME KIND [SEED]: verify says what was done to the store; nothing else
# of the kind goes unnoticed by `rebuild --compare`, where that is asked for.
damaged() {
  shift
  another
  wanted=$(python3 "$here/damage.py" "$store" "$@" 2>where) || {
    echo "damage.py $*" >"$err"
    return 1
  }
  run verify
  cat where >"$err"
  says 1 "$wanted" && grep -Eq ' problems [1-9][0-9]*$' "$out"
}

for kind in $(python3 "$here/damage.py" kinds); do
  [ "$kind" = byte_anywhere ] || check "damage-$kind" damaged "$kind" "$kind"
done
echo "seed $seed"
found=0
for i in $(seq "$bytes"); do
  if damaged byte byte_anywhere "$seed-$i"; then
    found=$((found + 1))
  else
    cat where
  fi
done
check "bytes-anywhere-$found-of-$bytes" [ "$found" = "$bytes" ]

another
echo hello >"$store/example.com/notes.txt"
echo hello >"$store/example.com/archive/notes.txt"
mkdir "$store/Not-A-Domain!"
check foreign-files-are-left-alone clean "$reports"
check and-noted eval 'grep -q "^note: example.com/notes.txt: " "$out" && grep -q "^note: example.com/archive/notes.txt: " "$out"'
another
archive=$(find "$store/example.com/archive" -name '*.gz' | sort | head -n 1)
key=${archive##*!}
rm "$archive"
echo "${key%%.*}" >"$(dirname "$archive")/pruned.keys"
check a-pruned-report-is-no-problem clean "$reports"
run rebuild rebuilt
check rebuild-says-what-was-pruned says 0 'reports-.*: reports that were pruned, and cannot be made again: 1$'
rm -rf rebuilt
another
mv "$store/example.com/records-2026-01.csv" "$store/example.com/records-2026-01.csv.1"
check a-rotated-table-is-read clean "$reports"
another
python3 - "$store" <<'END'
import glob, sys
for path in glob.glob(sys.argv[1] + "/*/records-*.csv"):
    with open(path, "r+", encoding="utf-8", newline="") as file:
        lines = file.read().splitlines(keepends=True)
        file.seek(0)
        file.write("".join([lines[0]] + [line.replace('"none"', '"nine"') for line in lines[1:]] * 30))
        file.truncate()
END
run verify
check a-thousand-problems-are-shown eval '[ "$(grep -c ":[0-9]*: " "$out")" = 1000 ]'
check and-the-others-counted says 1 '^and [0-9]+ more$'

# ---- other shapes ----

# shape NAME OPTION...: a store of these options is clean, and is rebuilt.
shape() {
  store=$scratch/shape
  options=()
  for option; do
    options+=(-o "$option")
  done
  rm -rf shape rebuilt
  replay "${options[@]}" mails "$here"/../golden/*.eml
  is 0 && clean "$(sed -nE 's/.* new ([0-9]+) .*/\1/p' "$out")" "${options[@]}" || return 1
  run rebuild --compare "${options[@]}" rebuilt
  says 0 ' problems 0$' && same_trees shape rebuilt
}

check shape-tsv shape format=tsv
check shape-one-table shape partition=none
check shape-days shape partition=day
check shape-parsedmarc shape columns=parsedmarc
check shape-worker shape columns=worker format=tsv
check shape-list shape columns=domain,count,record,report_key
check shape-unguarded shape formula_guard=no
check without-the-guard-it-is-clean-too clean '[0-9]+'
rm -rf shape
store=$scratch/shape
replay mails/00000*.eml
replay -o columns=parsedmarc mails/00001*.eml
replay -o columns=domain,count,record,report_key mails/00002*.eml
check columns-that-changed-are-clean clean 30
check and-that-is-noted grep -q '^note: .*\.2\.csv: has other columns' "$out"
sed -i 2d shape/example.com/records-2026-01.2.csv
run verify
check rows-without-keys-are-counted says 1 '^example.com: the reports tables say 12 records, and 11 are in tables without report_key$'

# ---- rebuild ----

store=$scratch/good
rm -rf rebuilt
run rebuild --compare rebuilt
check rebuild-is-identical says 0 "^reports $reports records $records problems 0\$"
check rebuild-of-all-tables same_trees good rebuilt
store=$scratch/rebuilt
check what-was-rebuilt-is-clean clean "$reports"
store=$scratch/good
run rebuild rebuilt
check rebuild-needs-an-empty-folder eval 'is 73 && grep -q "is not empty" "$err"'
for inside in copy/new copy/new/ copy/example.com/archive/new ../${scratch##*/}/copy copy/.; do
  another
  state "$store" >before
  run rebuild "$inside"
  check "rebuild-in-the-store-$inside" eval 'is 73 && grep -q "is in the store .* itself" "$err" && state "$store" | diff before - >>"$err"'
done
another
run rebuild copy-beside
check rebuild-beside-the-store is 0
rm -rf copy-beside
store=$scratch/good
mkdir empty
run rebuild --compare empty
check an-empty-folder-will-do is 0
another
python3 "$here/damage.py" "$store" byte_of_a_later_record >wanted
rm -rf rebuilt
run rebuild --compare rebuilt
check rebuild-says-where says 1 "$(sed 's/is not what.*/is not what the archive gives$/' wanted)"
another
python3 "$here/damage.py" "$store" last_line_cut >/dev/null
rm -rf rebuilt
run rebuild --compare rebuilt
check rebuild-of-a-cut-table says 1 '^example.com/records-.*: ends after [0-9]+ lines, and the archive gives more$'
another
python3 "$here/damage.py" "$store" archive_removed >/dev/null
rm -rf rebuilt
run rebuild rebuilt
check rebuild-says-what-is-gone says 1 'reports-.*:2: its archive file archive/.* is missing$'
another
rm "$store"/*/reports-*.csv
rm -rf rebuilt
run rebuild --to dmarc@example.net rebuilt
check rebuild-without-reports-tables says 0 "^reports $reports records $records problems 0\$"
sorted() {
  cat "$1"/*/records-*.csv | sort
}
check and-it-gives-the-same-rows eval 'cmp -s <(sorted good) <(sorted rebuilt)'
check and-that-address grep -q '"dmarc@example.net"' rebuilt/example.com/reports-2026-01.csv
another
head -n 1 "$store/example.com/records-2026-01.csv" >header
split -n l/2 "$store/example.com/records-2026-01.csv" half.
mv half.aa "$store/example.com/records-2026-01.csv"
cat header half.ab >"$store/example.com/records-2026-01.2.csv"
rm -rf rebuilt
run rebuild --compare rebuilt
check tables-that-follow-each-other-are-one is 0

# ---- checkpoint and the journal ----

another
run checkpoint
check checkpoint eval 'is 0 && [ "$(wc -l <"$out")" = 1 ]'
check checkpoint-changes-no-table same_trees good copy
# What was stored before a checkpoint is nothing to do any more: a table that is
# taken away then stays away.
run export example.com
rm "$store"/example.com/records-*.csv
replay mails/000001.eml
run checkpoint
check tables-taken-away-after-a-checkpoint-stay-away eval 'is 0 && [ -z "$(find "$store/example.com" -name "records-*")" ]'
store=$scratch/none
run checkpoint
check checkpoint-without-a-store eval 'is 0 && [ ! -e none ]'
run verify
check verify-without-a-store is 66
run rebuild rebuilt2
check rebuild-without-a-store is 66
store=$scratch/pending
replay mails/00000*.eml
run checkpoint
find pending -path pending/.spool -prune -o -type f -printf '%p %s\n' >sizes
replay mails/00001*.eml broken.eml broken2.eml
check before-the-crash clean 20
rm -rf moved
cp -a pending moved
# As if the machine had stopped before anything of the second replay was applied.
find pending -path pending/.spool -prune -o -type f -print | while read -r path; do
  size=$(grep -F "$path " sizes | sed 's/.* //')
  if [ -z "$size" ]; then
    rm "$path"
  else
    truncate -s "$size" "$path"
  fi
done
head -c 96 /dev/zero >pending/.spool/lock
check a-pending-recovery-is-no-problem clean 10
check but-noted grep -q '^note: .spool/journal: 12 reports in it' "$out"
run export --table reports example.com
there=$(wc -l <"$out")
left=$(sed -nE 's/.*example.com: reports in the journal .* left out here: ([0-9]+); ruamill checkpoint .*/\1/p' "$err")
check export-says-what-it-leaves-out [ "${left:-0}" -gt 0 ]
check and-not-done eval '[ "$(cat pending/*/reports-*.csv | grep -c "^20")" = 10 ]'
# The same, and the first table was half written.
printf '2026-01-1' >>pending/example.net/records-2026-01.csv
check half-of-it-is-no-problem clean 10
run checkpoint
check checkpoint-recovers is 0
check and-then-all-is-there clean 20
run export --table reports example.com
check nothing-is-left-out-then eval 'is 0 && [ ! -s "$err" ]'
check and-it-was-that-many [ "$(wc -l <"$out")" = $((there + ${left:-1000})) ]
# The machine was started anew when all of it was applied, but nobody knows. The
# quarantine has a row without a file, then a file without a row.
store=$scratch/moved
head -c 96 /dev/zero >moved/.spool/lock
check what-may-be-applied-is-no-problem clean 10
mail=$(find moved/quarantine -name '*.eml' | head -n 1)
mv "$mail" mail.eml
check a-pending-row-without-its-file-is-no-problem clean 10
sed -i '$d' moved/quarantine/quarantine.csv
mv mail.eml "$mail"
check nor-a-pending-file-without-its-row clean 10
store=$scratch/renamed
replay mails/00000*.eml broken.eml
run checkpoint
replay mails/00001*.eml broken2.eml
head -c 96 /dev/zero >renamed/.spool/lock
for table in renamed/*/*-2026-01.csv renamed/quarantine/quarantine.csv; do
  mv "$table" "$table.1"
done
check pending-rows-of-renamed-tables-are-left-out clean 10
run export --period 2026-01 --table reports example.com
check and-by-export eval 'is 0 && [ "$(wc -l <"$out")" -lt "$(wc -l <renamed/example.com/reports-2026-01.csv.1)" ]'
# A journal of a later version of the program.
store=$scratch/good
run check -o allow=allow
check check-of-a-good-store says 0 '^store .*: ok$'
another
python3 - "$store/.spool/journal" <<'END'
import sys
import zlib
with open(sys.argv[1], "r+b") as file:
    head = bytearray(file.read(512))
    head[20:24] = (9).to_bytes(4, "little")
    head[16:20] = zlib.crc32(head[20:]).to_bytes(4, "little")
    file.seek(0)
    file.write(head)
END
run check -o allow=allow
check check-of-a-later-journal eval 'is 78 && grep -q "its journal is of version 9, and this program knows version 1" "$err"'
replay mails/000001.eml
check and-nothing-is-stored-there is 75

# ---- while others write ----

store=$scratch/busy
replay mails/000000.eml
for i in $(seq 1 10); do
  mails mail "mails/00000$i-broken.eml" kind=broken number="$((100 + i))"
done
(for mail in mails/*.eml; do
  "$program" replay -o store=busy -o allow=allow --to dmarc@example.net "$mail" >/dev/null 2>&1
done) &
writer=$!
runs=0
wrong=0
while kill -0 $writer 2>/dev/null; do
  clean '[0-9]+' || {
    wrong=$((wrong + 1))
    cat "$out"
  }
  runs=$((runs + 1))
done
wait $writer
echo "verify ran $runs times beside a writer"
check verify-beside-a-writer eval '[ $runs -ge 5 ] && [ $wrong = 0 ]'
check and-after-it clean 90

# ---- as somebody else, on a store that cannot be written ----

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$program" "$@" >"$out" 2>"$err" </dev/null
    code=$?
  }
  another
  chmod -R a+rX,a-w "$store"
  state "$store" >before
  nobody verify -o "store=$store"
  check verify-as-somebody-else says 0 "reports $reports .* problems 0"
  nobody export -o "store=$store" example.com
  check export-as-somebody-else eval 'is 0 && tables example.com records | cmp -s - "$out"'
  mkdir -m 777 elsewhere
  nobody rebuild -o "store=$store" --compare "$scratch/elsewhere/rebuilt"
  check rebuild-as-somebody-else says 0 ' problems 0$'
  nobody checkpoint -o "store=$store"
  check checkpoint-as-somebody-else is 75
  check and-nothing-was-changed eval 'state "$store" | diff before - >"$err"'
  chmod o-rx "$store/example.net"
  nobody export -o "store=$store" example.com
  check export-beside-a-closed-folder eval 'is 0 && tables example.com records | cmp -s - "$out"'
  nobody verify -o "store=$store"
  check a-closed-folder-is-one-problem says 1 ' problems 1$'
  check and-is-named grep -q '^example.net: open example.net: no permission: example.net belongs to user 0, not to user 65534; run this as that user$' "$out"
  chmod o+rx "$store/example.net"
  chmod o-rx "$store/.spool"
  nobody verify -o "store=$store"
  check without-the-lock-it-is-noted says 0 '^note: .spool/lock: cannot be taken'
else
  absent "somebody else (needs root and setpriv)"
fi

tally
