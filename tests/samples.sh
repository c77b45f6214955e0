#!/bin/sh
# samples.sh FOLDER - prints the paths of all the messages and reports to try a
# program on: our own, and those of a corpus beside the checkout, if there is
# one (RUAMILL_CORPUS; ../shared/corpus), without the decompression bombs.
# Archives of the corpus are unpacked into FOLDER.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
corpus=${RUAMILL_CORPUS:-$root/../shared/corpus}

find "$root/tests/golden" "$root/examples/reports" -type f \
  \( -name '*.eml' -o -name '*.mbox' -o -name '*.xml' -o -name '*.gz' -o -name '*.zip' \)
if [ -d "$corpus" ]; then
  for archive in "$corpus"/*.tar.gz; do
    [ -f "$archive" ] && tar -xzf "$archive" -C "$1"
  done
  find "$corpus/real" "$corpus/probes" "$1" -type f ! -name 'bomb-*'
else
  echo "CORPUS ABSENT: no $corpus; only samples of our own" >&2
fi
