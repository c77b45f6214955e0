#!/bin/sh
# headers.sh SOURCE - each header compiles alone and twice, with gcc and clang.
set -eu
cd "$1"
libraries=$(pkg-config --cflags gmime-3.0 zlib minizip expat nettle libidn2 libcdb)
folders=$(printf -- '-iquote %s ' filter/*/)
status=0

for compiler in gcc clang; do
  if ! command -v $compiler >/dev/null; then
    echo "headers: $compiler is missing"
    status=1
    continue
  fi
  for header in lib/*.h filter/*.h filter/*/*.h; do
    # shellcheck disable=SC2086 # a list of options
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
      $compiler -std=c17 -D_GNU_SOURCE -DRUAMILL_VERSION='"0"' -DRUAMILL_CONF='""' \
        -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
        -iquote . -iquote lib -iquote filter $folders $libraries -x c - || status=1
  done
done
exit $status
