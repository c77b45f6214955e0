#!/bin/sh
# install.sh SECTION... - installs the Debian packages of these sections of
# tests/packages that are missing; as root or with sudo.
set -eu
list=$(dirname "$0")/packages

# wanted SECTION
wanted() {
  awk -v section="[$1]" '
    /^\[/ { inside = $1 == section; next }
    inside && /^[a-z]/ { print $1 }' "$list"
}

if ! command -v apt-get >/dev/null; then
  echo "this is no Debian: install what these packages hold by other means, see $list" >&2
  exit 1
fi
missing=
for section; do
  for package in $(wanted "$section"); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

# A mail server that the host has already is not removed for another one.
run='env DEBIAN_FRONTEND=noninteractive apt-get -q --no-remove -o DPkg::Lock::Timeout=600'
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null || ! sudo -v; then
    echo "this is neither root nor is there sudo: have these packages installed:$missing" >&2
    exit 1
  fi
  run="sudo $run"
fi
echo "installing$missing"
case "$missing " in
*" postfix "*)
  # It gets no configuration, and so is not started.
  preseed='postfix postfix/main_mailer_type select No configuration'
  echo "$preseed" | ${run%%env*} debconf-set-selections
  ;;
esac
# shellcheck disable=SC2086 # lists of words
if ! { $run update && $run install -y --no-install-recommends $missing; }; then
  echo "could not install, and it does not work without:$missing" >&2
  exit 1
fi
