#!/bin/sh
# tsan.sh BUILD - the milter under load, and a replay, with ThreadSanitizer: BUILD
# is made with the preset tsan. It has no suppressions, and any report of it is a failure.
#     cmake --preset tsan && cmake --build --preset tsan --target ruamill
#     tests/mta/tsan.sh build/tsan
set -u
export PYTHONDONTWRITEBYTECODE=1
program=$(realpath "${1:?tsan.sh BUILD}")/bin/ruamill
scripts=$(cd "$(dirname "$0")" && pwd)/miltertest
connections=${2:-20}
messages=${3:-50}
folder=$(mktemp -d)
milter=
trap '[ -z "$milter" ] || kill "$milter" 2>/dev/null; rm -rf "$folder"' EXIT
failed=0
passed=0

# check NAME COMMAND...
check() {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED $name"
  fi
}

if ! nm -D "$program" 2>/dev/null | grep -q __tsan_init; then
  echo "ABSENT ThreadSanitizer in $program"
  echo "0 passed, 1 failed"
  exit 1
fi
echo 'rua@example.com *' >"$folder/allow"
# GLib's own allocator would hide accesses; a report does not end the milter.
export G_SLICE=always-malloc
export TSAN_OPTIONS="log_path=$folder/tsan halt_on_error=0 exitcode=66"
"$program" milter -c /dev/null -o "store=$folder/store" -o "allow=$folder/allow" \
  -o "socket=unix:$folder/sock" 2>"$folder/log" &
milter=$!
tries=0
until grep -q ' serves ' "$folder/log" || [ $tries = 400 ]; do
  sleep 0.05
  tries=$((tries + 1))
done

python3 "$scripts/load.py" "$folder/sock" "$connections" "$messages" &
load=$!
while kill -0 $load 2>/dev/null; do
  kill -USR1 "$milter"
  sleep 0.5
done
check "answers to $connections connections with $messages messages" wait $load
kill "$milter"
status=0
wait "$milter" || status=$?
milter=
check "end of the milter, $status" [ $status = 0 ]
check "a line for each message" \
  [ "$(grep -c '^id=' "$folder/log")" = $((connections * messages)) ]
check "the store is as it should be" "$program" verify -c /dev/null \
  -o "store=$folder/store"

# With broken mails among them, which are kept aside between two commits.
python3 "$scripts/../../mails.py" folder "$folder/mails" 700 to=rua@example.com
python3 "$scripts/../../mails.py" folder "$folder/mails/broken" 20 kind=broken to=rua@example.com
for round in 1 2; do
  status=0
  "$program" replay -c /dev/null -o "store=$folder/replayed" -o "allow=$folder/allow" --jobs 2 \
    "$folder/mails" >"$folder/out" 2>"$folder/log" || status=$?
  check "end of replay $round, $status" [ $status = 0 ]
  check "replay $round has read all" grep -q '^messages 720 reports 700 ' "$folder/out"
done
check "the store of the replay is as it should be" "$program" verify -c /dev/null \
  -o "store=$folder/replayed"
reports=$(find "$folder" -name 'tsan.*' -exec cat {} + | grep -c '^WARNING: ThreadSanitizer')
check "$reports reports of ThreadSanitizer" [ "$reports" = 0 ]
find "$folder" -name 'tsan.*' -exec cat {} + | head -n 200
echo "$passed passed, $failed failed"
[ $failed = 0 ]
