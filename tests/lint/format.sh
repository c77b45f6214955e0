#!/bin/sh
# format.sh SOURCE - clang-format leaves every C file as it is. Its versions
# disagree with each other: ours is 14, that of Debian 12.
set -eu
cd "$1"
formatter=$(command -v clang-format-14 || command -v clang-format || true)

if [ -z "$formatter" ]; then
  echo "format: clang-format is missing"
  exit 1
fi
if ! find lib filter tests -name '*.[ch]' -exec "$formatter" --dry-run -Werror {} +; then
  echo "format: to mend it: $formatter -i FILE ($("$formatter" --version))"
  exit 1
fi
