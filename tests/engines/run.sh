#!/bin/sh
# run.sh BUILD - loads tables that BUILD/bin/ruamill makes into SQLite, PostgreSQL,
# DuckDB and ClickHouse, by the commands in the comments of examples/schema/*.sql,
# and compares what the engines read back; asks them the questions of
# examples/queries as well. Installs the engines when they are
# missing: Debian packages, and modules of Node.js below BUILD/engines.
set -eu
[ $# = 1 ] || {
  echo "usage: tests/engines/run.sh BUILD" >&2
  exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
program=$build/bin/ruamill
modules=$build/engines

fail() {
  echo "engines: $*"
  echo "0 passed, 1 failed"
  exit 1
}

# have COMMAND SECTION: the command, or its section of tests/packages.
have() {
  command -v "$1" >/dev/null || "$source/tests/install.sh" "$2" || fail "$1 is missing and could not be installed"
}

# The newest PostgreSQL server's programs.
server_programs() {
  find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname
}

have sqlite3 engines
have psql engines
have node node
have npm node
[ -n "$(server_programs)" ] || "$source/tests/install.sh" engines || fail "the PostgreSQL server could not be installed"
postgres=$(server_programs)
[ -x "$program" ] || fail "$program is not there"

mkdir -p "$modules"
if ! cmp -s "$here/package.json" "$modules/installed.json"; then
  cp "$here/package.json" "$modules/package.json"
  npm install --prefix "$modules" --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error ||
    fail "npm could not install DuckDB and ClickHouse"
  cp "$here/package.json" "$modules/installed.json"
fi

# The server cannot run as root; what it needs of the folder is to pass through.
work=$(mktemp -d "${TMPDIR:-/tmp}/ruamill-engines.XXXXXX")
chmod 711 "$work"
mkdir -m 700 "$work/pg"
as_server=
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work/pg"
  as_server='setpriv --reuid=postgres --regid=postgres --init-groups'
fi

# server COMMAND ARGUMENT...
server() {
  # shellcheck disable=SC2086 # a list of words
  (cd "$work/pg" && $as_server "$@")
}

finish() {
  [ ! -f "$work/pg/data/postmaster.pid" ] || server "$postgres/pg_ctl" -D data -m immediate stop >/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

server "$postgres/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$work/initdb.log" 2>&1 ||
  fail "initdb: $(tail -n 1 "$work/initdb.log")"
server "$postgres/pg_ctl" -D data -l log -w start -o "-c listen_addresses='' -c unix_socket_directories='$work/pg' \
  -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=16MB" >/dev/null ||
  fail "PostgreSQL: $(tail -n 1 "$work/pg/log")"

# tables SET FILE...: a store for each format and profile.
tables() {
  set=$1
  shift
  for format in csv tsv; do
    for profile in full parsedmarc worker; do
      "$program" replay -o "store=$work/$set-$format-$profile" -o "allow=$work/allow" -o "format=$format" \
        -o "columns=$profile" --to dmarc@example.net "$@" >"$work/replay.out" 2>"$work/replay.err" ||
        fail "ruamill replay: $(tail -n 1 "$work/replay.err")"
    done
  done
}

echo 'dmarc@example.net *' >"$work/allow"
mkdir "$work/reports"
node "$here/hostile.mjs" "$work/reports"
tables hostile "$work/reports"
set -- "$source"/tests/golden/*.xml
[ ! -f "$1" ] || tables golden "$@"

node "$here/sample.mjs" "$work/sample"
"$program" replay -o "store=$work/sample-csv-full" -o "allow=$work/allow" --to dmarc@example.net "$work/sample" \
  >"$work/replay.out" 2>"$work/replay.err" || fail "ruamill replay: $(tail -n 1 "$work/replay.err")"

node "$here/compare.mjs" "$work" "$modules" "$source/examples/schema"
