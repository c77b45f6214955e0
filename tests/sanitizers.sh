#!/bin/sh
# sanitizers.sh BUILD - a build with sanitizers reads every sample there is, and
# they have nothing to report.
set -eu
cd "$(dirname "$0")/.."
program=$1/bin/ruamill
work=$1/samples
rm -rf "$work"
mkdir -p "$work/corpus"

tests/samples.sh "$work/corpus" >"$work/list"
echo '@example.com *' >"$work/allow"
status=0
tr '\n' '\0' <"$work/list" | xargs -0 -s 1500000 -x "$program" replay \
  -o "store=$work/store" -o "allow=$work/allow" --to dmarc@example.com \
  >"$work/out" 2>"$work/err" || status=$?
tail -n 1 "$work/out"
if grep -nE 'Sanitizer|runtime error:' "$work/err" || [ $status != 0 ]; then
  echo "exit status $status; see $work/err"
  exit 1
fi
