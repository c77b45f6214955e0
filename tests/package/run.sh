#!/bin/sh
# run.sh BUILD - what is installed and packaged, as root: the source tarball, the
# Debian packages made of it, what cmake --install does, and completions; the
# guide is followed by guide.sh, with the packages that are left here. The last
# line is `N passed, N failed`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ruamill-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
passed=0
failed=0

# check WHAT COMMAND...: one test; its output is shown when it fails.
check() {
  what=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    echo "not ok $what"
    tail -n 30 "$work/output" | sed 's/^/    /'
  fi
}

# ---- the source tarball ----

# The tree as it is here and now, as a commit that no branch has.
commit() {
  export GIT_INDEX_FILE="$work/index" GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org \
    GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org \
    GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000'
  git -C "$source" add -A && git -C "$source" commit-tree "$(git -C "$source" write-tree)" -m snapshot
}

tarballs() {
  commit=$(commit) && [ -n "$commit" ] || return 1
  mkdir "$work/here" "$work/there"
  git clone -q --no-checkout "$source" "$work/clone" &&
    git -C "$work/clone" fetch -q "$source" "$commit" &&
    git -C "$work/clone" -c core.autocrlf=false checkout -q "$commit" && git -C "$work/clone" config core.autocrlf true &&
    "$source/packaging/tarball.sh" "$version" "$work/here" "$commit" &&
    (umask 077 && TZ=Asia/Tokyo "$work/clone/packaging/tarball.sh" "$version" "$work/there" "$commit") &&
    cmp "$work/here/ruamill-$version.tar.gz" "$work/there/ruamill-$version.tar.gz"
}

# ---- the packages ----

# debs SOURCE: its packages, in SOURCE/build/package.
debs() {
  rm -f "$1"/build/package/*.deb
  (umask 022 && cd "$1" && cmake --workflow --preset package)
}

# The same packages, from a tarball in another folder.
again() {
  mkdir "$work/elsewhere"
  tar -xzf "$work/here/ruamill-$version.tar.gz" -C "$work/elsewhere"
  (TZ=Asia/Tokyo && export TZ && debs "$work/elsewhere/ruamill-$version") || return 1
  for deb in "$source"/build/package/*.deb; do
    cmp "$deb" "$work/elsewhere/ruamill-$version/build/package/$(basename "$deb")" || return 1
  done
}

# cpack takes the modes of folders from the umask.
careful() {
  ! (umask 077 && cd "$source" && cpack --preset package) >"$work/said" 2>&1 && grep -q 'umask 022' "$work/said"
}

# This package does not go into Debian, so it closes no bug there.
lint() {
  lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$@"
}

unpack() {
  dpkg-deb -x "$source/build/package/ruamill_$version-1_$architecture.deb" "$work/program" &&
    dpkg-deb -x "$source/build/package/ruamill-ship_$version-1_$architecture.deb" "$work/program" &&
    dpkg-deb -x "$source/build/package/ruamill-dev_$version-1_$architecture.deb" "$work/dev"
}

no_other_places() {
  # PATH of examples/cron has /usr/local/bin, for those who installed there
  ! grep -rlIE '/usr/local/[^:]*(ruamill|etc|share|lib)|@[A-Za-z_]+@' "$work/program" "$work/dev/usr/lib" --exclude='*.md'
}

# as_installed FILE: it, with the paths of the package.
as_installed() {
  sed 's,/usr/local/etc/ruamill,/etc/ruamill,g; s,/usr/local/bin/ruamill,/usr/bin/ruamill,g' "$1"
}

# Each of the source's examples, but for the script that builds it.
examples() {
  there=$work/program/usr/share/doc/ruamill
  (cd "$source" && find examples -type f ! -name quickstart.sh) >"$work/names"
  while read -r name; do
    as_installed "$source/$name" | cmp - "$there/$name" || return 1
  done <"$work/names"
  grep -v '^#' "$work/program/etc/ruamill/allow" | grep . && return 1
  as_installed "$source/examples/ruamill.conf" | cmp - "$work/program/etc/ruamill/ruamill.conf"
}

pages() {
  for page in "$source"/docs/*.[1-8]; do
    name=$(basename "$page")
    gzip -dc "$work/program/usr/share/man/man${name##*.}/$name.gz" >"$work/$name" &&
      as_installed "$page" | cmp - "$work/$name" && mandoc -T lint -W warning "$work/$name" || return 1
  done
}

units() {
  there=$work/program/usr/lib/systemd/system
  for unit in "$source"/examples/systemd/*.service; do
    name=$(basename "$unit")
    most=15 # they talk to servers
    [ "$name" != ruamill-milter.service ] || most=10
    systemd-analyze security --offline=true --no-pager --threshold=$most "$there/$name" || return 1
  done
  [ -f "$there/ruamill-milter.socket" ] && [ -f "$there/ruamill-allow.timer" ]
}

# An example that is linked with the library, as if ruamill-dev were installed.
library() {
  # shellcheck disable=SC2016 # for the other shell
  unshare -m sh -euc '
    mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr
    cc -Wall -Wextra -Werror "$2/examples/librua/sources.c" $(pkg-config --cflags --libs librua) -o "$1/sources"
    ' sh "$work/dev" "$source" &&
    cat "$source"/examples/reports/mail.meadow*.xml | "$work/dev/sources" | grep -q '^reported by Meadow Hosting GmbH$'
}

# ---- from source ----

install_from_source() {
  DESTDIR=$work/dest cmake --install "$build" || return 1
  prefix=$work/dest/usr/local
  [ -x "$prefix/bin/ruamill" ] &&
    [ -f "$prefix/etc/ruamill/ruamill.conf" ] &&
    grep -q '^ExecStart=/usr/local/bin/ruamill milter -c /usr/local/etc/ruamill/ruamill.conf' \
      "$prefix/lib/systemd/system/ruamill-milter.service" &&
    [ -f "$prefix/share/man/man8/ruamill-milter.8.gz" ]
}

[ "$(id -u)" = 0 ] || {
  echo "ABSENT: the packages are tested as root only"
  echo "0 passed, 1 failed"
  exit 1
}
version=$(sed -n 's/^project(ruamill VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
architecture=$(dpkg --print-architecture)

check "the tarball is the same, wherever and however it is made" tarballs
check "cmake --workflow --preset package makes the packages" debs "$source"
check "the packages are the same, made of the tarball in another folder" again
check "a umask that would spoil the packages is refused" careful
check "lintian has nothing to say" lint "$source"/build/package/*.deb
check "the packages can be unpacked" unpack
check "no text in them speaks of other places" no_other_places
check "the examples are those of the source; nobody is on the allowlist yet" examples
check "every manual page is there, and in order" pages
check "systemd-analyze: the milter is exposed by 1.0 at most, what talks to servers by 1.5" units
check "a program is linked with librua by pkg-config" library
check "cmake --install puts all of it below /usr/local" install_from_source
check "bash completes" bash "$here/complete.bash" "$work/program/usr/share/bash-completion/completions/ruamill"
check "zsh completes" zsh -f "$here/complete.zsh" "$work/program/usr/share/zsh/vendor-completions"
check "zsh completes what is typed" zsh -f "$here/type.zsh" "$work/program/usr/share/zsh/vendor-completions"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
