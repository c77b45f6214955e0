#!/bin/sh
# banned.sh SOURCE - calls that we do without: unbounded or unsafe ones
# everywhere, and in the library all that ends the process, writes to the
# terminal or reads the environment.
set -eu
code=$(cd "$(dirname "$0")" && pwd)/code.awk
cd "$1"
status=0

# ban FOLDER WHY CALL...
ban() {
  folder=$1 why=$2
  shift 2
  calls=$(printf '%s|' "$@")
  hits=$(find "$folder" -name '*.[ch]' -exec awk -f "$code" {} + |
    grep -E "(^|[^A-Za-z0-9_])(${calls%|})[[:space:]]*\(" || true)
  if [ -n "$hits" ]; then
    printf '%s\n' "$hits" | sed -E "s/^([^:]*:[0-9]+):[[:space:]]*/\1: $why: /"
    status=1
  fi
}

for folder in lib filter; do
  ban $folder 'banned call' strcpy strcat strncpy sprintf vsprintf gets strtok \
    localtime gmtime ctime asctime atoi atol atof system popen mktemp tmpnam alloca
done
ban lib 'not in the library' exit _exit printf fprintf vprintf vfprintf puts \
  fputs putchar perror syslog getenv secure_getenv
exit $status
