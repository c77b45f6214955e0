#!/bin/sh
# threads.sh [PROGRAM] [--long] [--seed=N] - builds threads.c with the library
# under ThreadSanitizer, runs it on a disk and in memory. PROGRAM is not used:
# all of the library is compiled anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
reports=600
seed=$(date +%s)
for word; do
  case $word in
  --long) reports=6000 ;;
  --seed=*) seed=${word#--seed=} ;;
  -*)
    echo "usage: threads.sh [PROGRAM] [--long] [--seed=N]" >&2
    exit 64
    ;;
  esac
done
build=$(mktemp -d)
memory=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$build" "$memory"' EXIT

flags="-std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -fsanitize=thread -fno-omit-frame-pointer"
flags="$flags -I$root/lib $(pkg-config --cflags gmime-3.0 zlib minizip expat nettle libidn2 libcdb)"
export flags
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\n' "$root"/lib/*.c "$here/threads.c" |
  xargs -n 8 -P "$(nproc)" sh -c 'cd "$0" && exec gcc $flags -c "$@"' "$build"
# shellcheck disable=SC2046 # several words
gcc -fsanitize=thread "$build"/*.o $(pkg-config --libs gmime-3.0 zlib minizip expat nettle libidn2 libcdb) \
  -lpthread -o "$build/threads"

passed=0
failed=0
export TSAN_OPTIONS=exitcode=66:halt_on_error=0
for folder in "$build" "$memory"; do
  status=0
  "$build/threads" "$folder" "$seed" $reports >"$build/out" 2>"$build/err" || status=$?
  sed '$d' "$build/out"
  cat "$build/err"
  # shellcheck disable=SC2046 # N passed, N failed
  set -- $(tail -n 1 "$build/out")
  passed=$((passed + ${1:-0}))
  failed=$((failed + ${3:-1}))
  if [ $status = 0 ] && [ ! -s "$build/err" ]; then
    passed=$((passed + 1))
    echo "ok      ThreadSanitizer says nothing"
  else
    failed=$((failed + 1))
    echo "FAILED  exit status $status, and what stands above"
  fi
  seed=$((seed + 1))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
