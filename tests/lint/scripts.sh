#!/bin/sh
# scripts.sh SOURCE - shellcheck has nothing to say about our shell scripts, and
# Python compiles the others.
set -eu
cd "$1"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

if ! command -v shellcheck >/dev/null; then
  echo "scripts: shellcheck is missing"
  exit 1
fi
find . \( -path ./build -o -path ./.git \) -prune -o \
  \( -name '*.sh' -o -path ./.ci/run \) -type f -print >"$scratch/shell"
find . \( -path ./build -o -path ./.git \) -prune -o \
  -name '*.py' -type f -print >"$scratch/python"
xargs shellcheck --format=gcc <"$scratch/shell" || status=1
PYTHONPYCACHEPREFIX=$scratch xargs -r python3 -m py_compile <"$scratch/python" || status=1
exit $status
