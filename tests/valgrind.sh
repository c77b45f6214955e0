#!/bin/sh
# valgrind.sh BUILD - every sample there is goes through under valgrind, which
# sees no error and no leak, in any process.
set -eu
cd "$(dirname "$0")/.."
program=$1/bin/ruamill
work=$1/valgrind
rm -rf "$work"
mkdir -p "$work/corpus" "$work/logs"

tests/samples.sh "$work/corpus" >"$work/list"
echo '@example.com *' >"$work/allow"
status=0
tr '\n' '\0' <"$work/list" | xargs -0 -s 1500000 -x \
  valgrind --trace-children=yes --log-file="$work/logs/%p" \
  --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  "$program" replay --jobs 1 -o sandbox=no -o "store=$work/store" -o "allow=$work/allow" \
  --to dmarc@example.com >"$work/out" 2>"$work/err" || status=$?
tail -n 1 "$work/out"

# What valgrind says of system calls that it does not know is no error: they
# fail there, and ruamill goes the way that it goes on an old kernel.
bad=$(grep -L 'ERROR SUMMARY: 0 errors' "$work/logs"/* || true)
for log in $bad; do
  grep -v -e 'WARNING: unhandled' -e 'write your own handler' -e README_MISSING \
    -e 'we consider this a bug' -e bug_reports.html "$log"
done
if [ $status != 0 ] || [ -n "$bad" ]; then
  echo "exit status $status; see $work"
  exit 1
fi
