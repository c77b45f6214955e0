#!/bin/sh
# guide.sh CACHE - guide.py with the package that run.sh left in build/package.
set -eu
cd "$(dirname "$0")/../.."
for package in build/package/ruamill_*.deb; do
  [ -f "$package" ] || {
    echo "there is no package in build/package: cmake --workflow --preset package"
    echo "0 passed, 1 failed"
    exit 1
  }
done
exec python3 -B tests/package/guide.py "$1" "$package"
