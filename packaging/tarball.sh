#!/bin/sh
# tarball.sh VERSION FOLDER [COMMIT] - FOLDER/ruamill-VERSION.tar.gz, the source as
# it is committed. Two made of one commit are the same, byte for byte: names,
# times, owners and modes are those of the commit, and gzip adds nothing.
set -eu
version=$1
folder=$2
name=ruamill-$version
cd "$(dirname "$0")/.."

if ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo "tarball: this is no clone of the repository: unpack the tarball that it came from" >&2
  exit 1
fi
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "tarball: what is not committed is left out: git status" >&2
fi
git -c tar.umask=0022 -c core.autocrlf=false -c core.eol=lf archive --format=tar --prefix="$name/" "${3:-HEAD}" >"$folder/$name.tar"
gzip -9nf "$folder/$name.tar"
echo "$folder/$name.tar.gz"
