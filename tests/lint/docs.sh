#!/bin/sh
# docs.sh SOURCE - the manual describes what the tables in the code name: every
# warning, column, option and ceiling.
set -eu
cd "$1"
status=0

# names HEADER TABLE ARGUMENT: that argument of each line of an X-macro table.
names() {
  printf '#include "%s"\n#define NAME(a, b, ...) NAMED %s\n%s(NAME)\n' "$1" "$3" "$2" |
    gcc -E -P -D_GNU_SOURCE -iquote lib -x c - |
    grep -o 'NAMED *"\{0,1\}[A-Za-z0-9_]*' | sed 's/NAMED *"\{0,1\}//'
}

# documented PAGE WHAT NAME...: each has an .It of its own in the page.
documented() {
  page=$1 what=$2
  shift 2
  if [ $# = 0 ]; then
    echo "docs: no $what found in the code; is this script still right?"
    status=1
  fi
  for name; do
    grep -Eqs "^\.It (.* )?$name(=|,| |\$)" "$page" && continue
    echo "$page: the $what $name is not described"
    status=1
  done
}

# shellcheck disable=SC2046 # a list of words
documented docs/ruamill-tables.5 warning $(names report.h RUA_ODDITIES b)
# shellcheck disable=SC2046 # a list of words
documented docs/ruamill.conf.5 ceiling $(names limit.h RUA_LIMITS a)
# shellcheck disable=SC2046 # a list of words
documented docs/ruamill.conf.5 option $(sed -nE 's/^ +(OPTION|POSITIVE|CEILING|BYTES)\(([a-z_]+),.*/\2/p' filter/conf/options.c)
# shellcheck disable=SC2046 # a list of words
documented docs/ruamill.conf.5 'target option' $(sed -nE 's/^ +OPTION\(([a-z_]+),.*/\1/p' filter/conf/targets.c)
# shellcheck disable=SC2046 # a list of words
documented docs/ruamill-tables.5 column $(
  sed -nE 's/^ +(\{|[A-Z]+\()"([A-Za-z0-9_]+)",.*/\2/p' lib/columns.c lib/profiles.c)
exit $status
