#!/bin/sh
# man.sh SOURCE - mandoc has no warning about the manual pages. What it calls style
# does not count: lines of the source over 80 bytes, pages that this machine lacks.
# But a quote in a quote is never meant: .Ql quotes all that stands behind it.
set -eu
cd "$1"

if ! command -v mandoc >/dev/null; then
  echo "man: mandoc is missing"
  exit 1
fi
mandoc -T lint -W warning docs/*.[1-8] || exit 1
if grep -nE '^\.(.* )?(Ql|Sq|Dq) .+ (, [^ ]|(Ql|Sq|Dq) )' docs/*.[1-8]; then
  echo "man: more than one value in a quote: give each value a line of its own"
  exit 1
fi
