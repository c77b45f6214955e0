#!/bin/sh
# man.sh SOURCE - mandoc has nothing to say about the manual pages.
set -eu
cd "$1"

if ! command -v mandoc >/dev/null; then
  echo "man: mandoc is missing"
  exit 1
fi
mandoc -T lint -W warning docs/*.[1-8] || exit 1
