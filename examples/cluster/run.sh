#!/bin/sh
# run.sh [MAIL...] - two mail hosts and a ClickHouse of two shards, on this
# machine: the same mails come to both hosts, both send their rows to the cluster,
# one shard is away for a while, and each record is there once.
#
# Needs Debian's clickhouse-server and curl, and ruamill; makes one folder below
# /tmp, which it takes away again. MAIL is a mail, a report or a folder of them
# (by default ../reports).
#
# RUAMILL=PROGRAM        which ruamill
# PORTS="A B C D E F"    other ports: HTTP, TCP and between servers, of shard 1
#                        and of shard 2
# THEN=COMMAND           run before all is taken away; "THEN=sh" to look around
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ruamill-cluster.XXXXXX")
[ $# -gt 0 ] || set -- "$here/../reports"

ruamill=${RUAMILL:-$(command -v ruamill || echo "$here/../../build/release/bin/ruamill")}
clickhouse=$(PATH=$PATH:/usr/sbin command -v clickhouse-server) || {
  echo "run.sh: there is no clickhouse-server: apt-get install clickhouse-server" >&2
  exit 1
}
# shellcheck disable=SC2086 # six words
set_ports() {
  http1=$1 tcp1=$2 inter1=$3 http2=$4 tcp2=$5 inter2=$6
}
# shellcheck disable=SC2086
set_ports ${PORTS:-18123 19000 19009 28123 29000 29009}
pid1='' pid2=''

# ---- the cluster ----

# shard NUMBER HTTP TCP INTER: starts a server, whose process is $started.
shard() {
  folder=$work/shard$1
  mkdir -p "$folder/data" "$folder/tmp" "$folder/files" "$folder/schemas"
  (
    cd "$folder"
    export HTTP_PORT="$2" TCP_PORT="$3" INTER_PORT="$4" SHARD1_PORT="$tcp1" SHARD2_PORT="$tcp2"
    export DATA="$folder/data/" TMP="$folder/tmp/" FILES="$folder/files/" SCHEMAS="$folder/schemas/"
    export USERS="$here/users.xml" LOG="$folder/log" ERRORLOG="$folder/errors" TZ=UTC
    exec "$clickhouse" --config-file="$here/clickhouse.xml" >>"$folder/out" 2>&1
  ) &
  started=$!
  tries=0
  until [ "$(ask "$2" 'SELECT 1' 2>/dev/null)" = 1 ]; do
    tries=$((tries + 1))
    if [ $tries = 300 ] || ! kill -0 "$started" 2>/dev/null; then
      echo "run.sh: shard $1 does not come up:" >&2
      cat "$folder/errors" "$folder/out" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# ask PORT QUERY: what a server answers.
ask() {
  curl --silent --show-error --fail --data-binary "$2" "http://127.0.0.1:$1/"
}

stop() {
  for process in $pid1 $pid2; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM

# ---- the mail hosts ----

# host NAME URL...: a host's configuration. Each begins with another server.
host() {
  name=$1
  shift
  mkdir "$work/$name"
  echo "dmarc@example.com *" >"$work/$name/allow"
  cat >"$work/$name/ruamill.conf" <<END
store = store
allow = allow

[target cluster]
type = clickhouse
url = $*
cluster = dmarc
END
}

# on NAME COMMAND...: what is done there; in the mail flow, the milter takes mail,
# and ruamill-ship@cluster.service sends rows ("ruamill ship --follow").
on() {
  name=$1 command=$2
  shift 2
  "$ruamill" "$command" -c "$work/$name/ruamill.conf" "$@"
}

# ---- what happens ----

shard 1 "$http1" "$tcp1" "$inter1" && pid1=$started
shard 2 "$http2" "$tcp2" "$inter2" && pid2=$started
host mx1 "http://127.0.0.1:$http1" "http://127.0.0.1:$http2"
host mx2 "http://127.0.0.1:$http2" "http://127.0.0.1:$http1"

echo "mx1 takes the mails, makes the tables, and sends its rows"
on mx1 replay --to dmarc@example.com "$@" >"$work/replay" 2>&1 || true
tail -n 1 "$work/replay"
on mx1 ship --create cluster

echo "mx2 takes the same mails; shard 1 is away"
on mx2 replay --to dmarc@example.com "$@" >"$work/replay" 2>&1 || true
tail -n 1 "$work/replay"
kill "$pid1"
wait "$pid1" || true
pid1=
on mx2 ship cluster || echo "(status $?: what is for shard 1 waits on mx2)"
on mx2 status | grep '^target:' || true

echo "shard 1 is back"
shard 1 "$http1" "$tcp1" "$inter1" && pid1=$started
on mx2 ship cluster

# ---- and what came of it ----

# For each policy domain: reports and messages, by the tables of mx1 and by the
# cluster.
on mx1 summary --by domain --since all --format csv >"$work/summary"
awk -F, '
  NR == 1 { for (i = 1; i <= NF; i++) { gsub(/"/, "", $i); place[$i] = i } next }
  { gsub(/"/, ""); print $place["domain"] "\t" $place["messages"] }' "$work/summary" |
  LC_ALL=C sort >"$work/want"
ask "$http2" 'SELECT domain, sum(count) FROM ruamill.records_once GROUP BY domain FORMAT TabSeparated' |
  LC_ALL=C sort >"$work/have"
echo
for name in mx1 mx2; do
  echo "$name: $(on "$name" ship --lag cluster)"
done
for port in "$http1" "$http2"; do
  echo "the shard at $port has $(ask "$port" 'SELECT count() FROM ruamill.records_local') records," \
    "and answers for all: $(ask "$port" 'SELECT count() FROM ruamill.records_once')"
done
echo "messages by policy domain:"
cat "$work/have"
[ -z "${THEN:-}" ] || (export work http1 http2 && sh -c "$THEN")
if cmp -s "$work/want" "$work/have"; then
  echo "each record is there once"
else
  echo "run.sh: the tables of mx1 say otherwise:" >&2
  cat "$work/want" >&2
  exit 1
fi
