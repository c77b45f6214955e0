#!/bin/sh
# memory.sh BUILD [RECORDS] - memory does not grow with the report: a million
# records go through in a few MiB, in the biggest process of a replay.
set -eu
cd "$(dirname "$0")/.."
program=$1/bin/ruamill
records=${2:-1000000}
limit=16384 # KiB
work=$1/memory
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

tests/big-report.py "$records" >"$work/report.xml.gz"
echo 'dmarc@example.com example.com' >"$work/allow"
/usr/bin/time -f %M -o "$work/peak" "$program" replay -o "store=$work/store" \
  -o "allow=$work/allow" --to dmarc@example.com "$work/report.xml.gz"

peak=$(tail -n 1 "$work/peak")
lines=$(cat "$work"/store/example.com/records-*.csv | wc -l)
echo "$records records: $((lines - 1)) rows, at most $peak KiB in one process (limit $limit)"
[ $((lines - 1)) = "$records" ] && [ "$peak" -lt $limit ]
