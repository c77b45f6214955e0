#!/bin/sh
# instructions.sh BUILD [--record] - how many instructions a record and a small
# report cost, beside the floor, counted by callgrind: the same on a busy
# machine. Fails when they are 5 % more than what is recorded for this compiler
# in instructions.txt; --record writes it there.
#
# Counted is what more mails cost: a run of a few is subtracted from a run of
# many, and so is what a start costs. SHA-256 is left out: valgrind has no SHA
# instructions, so that nettle takes ten times as many others.
set -eu
if [ ! -x "${1-}/bin/ruamill" ]; then
  echo "usage: tests/bench/instructions.sh BUILD [--record], with a program in BUILD/bin" >&2
  exit 64
fi
build=$(realpath "$1")
cd "$(dirname "$0")"
program=$build/bin/ruamill
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
name=$(basename "$(realpath "$compiler")")
passed=0
failed=0

PYTHONDONTWRITEBYTECODE=1 ./workloads.py "$work" w1s w2s >/dev/null
# shellcheck disable=SC2046 # options
gcc -std=c17 -D_GNU_SOURCE -O2 floor.c $(pkg-config --cflags --libs gmime-3.0 zlib expat) -o "$work/floor"
echo 'dmarc@reports.example.org *' >"$work/allow"

# first COUNT WORKLOAD: its first mails
first() {
  find "$work/$2" -name '*.eml' | sort | head -n "$1"
}

# callgrind COMMAND...: its instructions in all processes, without SHA-256
callgrind() {
  rm -f "$work"/out.*
  valgrind -q --tool=callgrind --callgrind-out-file="$work/out.%p" "$@" >/dev/null 2>&1
  for file in "$work"/out.*; do
    callgrind_annotate --threshold=100 --auto=no "$file"
  done | tr -d , | awk '
    /PROGRAM TOTALS/ { total += $1 }
    /:_?nettle_sha256_compress/ { total -= $1 }
    END { printf "%d\n", total }'
}

# floor COUNT WORKLOAD
floor() {
  # shellcheck disable=SC2046 # file names of our own
  callgrind "$work/floor" $(first "$1" "$2")
}

# replay COUNT WORKLOAD: 0 where not all of it was stored
replay() {
  rm -rf "$work/store"
  count=$1 workload=$2
  set --
  # The sandbox of a worker is not made for valgrind.
  if "$program" replay --help | grep -q sandbox; then
    set -- -o sandbox=no
  fi
  # shellcheck disable=SC2046 # file names of our own
  instructions=$(callgrind "$program" replay --jobs 1 "$@" -o "store=$work/store" -o "allow=$work/allow" \
    --to dmarc@reports.example.org $(first "$count" "$workload"))
  stored=$(find "$work/store" -type f -path '*/archive/*' | wc -l)
  [ "$stored" = "$count" ] || instructions=0
  echo "$instructions"
}

# records COUNT WORKLOAD
records() {
  head -n "$1" "$work/$2.truth" | awk '{ sum += $2 } END { print sum }'
}

# hold WHAT FIGURE
hold() {
  recorded=$(awk -v name="$name" -v what="$1" '$1 == name && $2 == what { print $3 }' instructions.txt)
  if [ -z "$recorded" ]; then
    echo "FAILED  instructions.txt has no $1 for $name: ABSENT"
  elif [ "$2" -gt $((recorded + recorded / 20)) ]; then
    echo "FAILED  a $1 costs $2 instructions, more than 5 % over the recorded $recorded"
  elif [ "$2" -lt $((recorded / 2)) ]; then
    echo "FAILED  a $1 costs $2 instructions, recorded $recorded: a run has failed"
  else
    echo "ok      a $1 costs $2 instructions, recorded $recorded"
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
}

echo "$name"
record=$((($(replay 7 w2s) - $(replay 2 w2s)) / 5000))
record_floor=$((($(floor 7 w2s) - $(floor 2 w2s)) / 5000))
report=$((($(replay 90 w1s) - $(replay 30 w1s)) / 60))
report_floor=$((($(floor 90 w1s) - $(floor 30 w1s)) / 60))
few=$(($(records 90 w1s) - $(records 30 w1s)))
echo "a record in a large report: $record, floor $record_floor"
echo "a report of $((few / 60)) records or so: $report, floor $report_floor"
if [ "${2:-}" = --record ]; then
  touch instructions.txt
  grep -v "^$name " instructions.txt >"$work/recorded" || true
  printf '%s %s %s\n' "$name" record "$record" "$name" report "$report" >>"$work/recorded"
  sort "$work/recorded" >instructions.txt
fi
hold record "$record"
hold report "$report"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
