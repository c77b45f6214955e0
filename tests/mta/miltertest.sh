#!/bin/sh
# miltertest.sh PROGRAM - the corners of the milter protocol, each script of
# miltertest/ against a milter of its own; then the milter as a service. A script
# says on lines of its own what the milter is started with:
#     -- options: -o after=accept
#     -- socket: inet
set -u
export PYTHONDONTWRITEBYTECODE=1
program=$(realpath "${1:?miltertest.sh PROGRAM}")
scripts=$(cd "$(dirname "$0")" && pwd)/miltertest
folder=$(mktemp -d)
trap 'kill "$milter" 2>/dev/null; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
milter=
passed=0
failed=0
cd "$folder" || exit 1

if ! command -v miltertest >/dev/null; then
  echo "ABSENT miltertest (package miltertest)"
  echo "0 passed, 1 failed"
  exit 1
fi

# Root may write anywhere: a milter of its own user shows what happens when it
# may not.
as=
if [ "$(id -u)" = 0 ]; then
  as='setpriv --reuid=65534 --regid=65534 --clear-groups'
  chown 65534:65534 "$folder"
fi
cat >allow <<'EOF'
rua@example.com     example.com
rua+*@example.com   example.com
org@example.net     example.org
EOF
chmod 755 "$folder"
chmod 644 allow

# field SCRIPT NAME: what it says behind "-- NAME:".
field() {
  sed -n "s/^-- $2: *//p" "$1"
}

# start SCRIPT
start() {
  store=$folder/store.$(basename "$1" .lua)
  sock=unix:$folder/sock
  [ "$(field "$1" socket)" != inet ] || sock=inet:$((20000 + $$ % 10000))@127.0.0.1
  : >log
  # shellcheck disable=SC2046,SC2086 # lists of words
  $as "$program" milter -c /dev/null -o "store=$store" -o "allow=$folder/allow" \
    -o "socket=$sock" $(field "$1" options) 2>log &
  milter=$!
  tries=0
  until grep -q ' serves ' log || [ $tries = 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
}

for script in "$scripts"/*.lua; do
  name=$(basename "$script" .lua)
  [ "$name" != common ] || continue
  start "$script"
  status=0
  : >out
  miltertest -s "$script" -D "common=$scripts/common.lua" -D "sock=$sock" \
    -D "store=$store" >out 2>&1 || { status=$?; echo "status $status" >>out; }
  kill "$milter"
  wait "$milter" || { echo "FAILED end of the milter: $?" >>out; status=1; }
  grep -Ev '^id=|^ruamill: (version|ended)' log >odd &&
    { sed 's/^/FAILED log: /' odd >>out; status=1; }
  good=$(grep -c '^ok ' out)
  bad=$(grep -c '^FAILED' out)
  [ $status = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
  echo "$name: $good passed, $bad failed"
  if [ "$bad" != 0 ]; then
    grep -v '^ok ' out
    cat log
  fi
done
milter=

if [ -f "$scripts/service.py" ]; then
  python3 "$scripts/service.py" "$program" >out 2>&1
  grep -v '^ok ' out
  passed=$((passed + $(grep -c '^ok ' out)))
  bad=$(grep -c '^FAILED' out)
  tail -n 1 out | grep -q '^done$' || bad=$((bad + 1))
  failed=$((failed + bad))
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
