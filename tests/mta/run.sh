#!/bin/sh
# run.sh [--long] [PROGRAM] - the tests with real mail servers, one after the
# other; the last line is `N passed, N failed`. Needs root, for Postfix.
set -u
export PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "$0")" && pwd)
long=
if [ "${1:-}" = --long ]; then
  long=--long
  shift
fi
program=${1:-$here/../../build/release/bin/ruamill}
passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# one SCRIPT [OPTION]...
one() {
  script=$1
  shift
  began=$(date +%s)
  echo "== $script"
  python3 "$here/$script" "$program" "$@" >"$output" 2>&1
  status=$?
  grep -v '^ok  ' "$output"
  # shellcheck disable=SC2046 # two numbers
  set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output")
  passed=$((passed + ${1:-0}))
  failed=$((failed + ${2:-0}))
  # ended before it had counted
  [ $# = 2 ] || [ $status = 0 ] || failed=$((failed + 1))
  echo "   $(($(date +%s) - began)) s"
}

one verdicts.py
one sessions.py
one options.py
one units.py
one kills.py
one disk.py
one storm.py $long
echo "$passed passed, $failed failed"
[ $failed = 0 ]
