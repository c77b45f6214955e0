#!/bin/sh
# run.sh SECONDS [TARGET]... - fuzzes each target for so long, or all of them:
# mime, gunzip ... The corpora and the findings are kept in build/fuzz; the last
# line counts the targets with and without a finding. See README.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/fuzz
corpora=$build/corpus
findings=$build/findings
passed=0
failed=0

case "${1-}" in
'' | *[!0-9]*)
  echo "usage: tests/fuzz/run.sh SECONDS [TARGET]..." >&2
  exit 64
  ;;
esac
seconds=$1
shift

cmake --preset fuzz >/dev/null || exit 1
if [ $# = 0 ]; then
  for source in tests/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    set -- "$@" "${name%.c}"
  done
fi
for name in "$@"; do
  cmake --build $build --target "fuzz_$name" >/dev/null || exit 1
done

# first_inputs NAME: the folders of a target's first inputs.
first_inputs() {
  echo "tests/fuzz/seeds/$1"
  case $1 in
  mend) echo tests/fuzz/seeds/feedback ;;
  mime | prescan | ingest)
    mkdir -p $build/golden
    cp tests/golden/*.eml tests/golden/*.mbox $build/golden
    echo $build/golden
    ;;
  esac
}

# words NAME: the dictionaries of a target.
words() {
  case $1 in
  feedback | mend) echo xml ;;
  mime | prescan) echo mime ;;
  gunzip | unzip) echo packed ;;
  ingest) echo xml mime packed ;;
  allow | auth | conf) echo "$1" ;;
  esac
}

# fuzz NAME: one line of the table.
fuzz() {
  name=$1
  log=$build/$name.log
  mkdir -p "$corpora/$name" "$findings"
  {
    echo '"@"'
    for word in $(words "$name"); do
      cat "tests/fuzz/dict/$word.dict"
    done
  } >$build/dict
  set --
  for folder in $(first_inputs "$name"); do
    [ ! -d "$folder" ] || set -- "$@" "$folder"
  done
  G_SLICE=always-malloc nice -n 15 "$build/fuzz/fuzz_$name" -max_total_time="$seconds" \
    -dict=$build/dict -max_len=8000 -timeout=60 -rss_limit_mb=1500 -malloc_limit_mb=600 \
    -print_final_stats=1 -artifact_prefix="$findings/$name-" \
    "$corpora/$name" "$@" >"$log" 2>&1
  status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  found=none
  if [ $status = 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    found="see $log"
  fi
  printf '%-10s %6s s %12s executions %6s edges  findings: %s\n' \
    "$name" "$seconds" "${executions:-?}" "${coverage:-?}" "$found"
}

for name in "$@"; do
  fuzz "$name"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
