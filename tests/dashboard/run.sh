#!/bin/sh
# run.sh BUILD - the dashboard of BUILD/bin/ruamill, in headless Chromium: pages of
# made-up and of hostile reports are validated and driven, and their figures
# compared with the tables. Installs what is missing: Debian packages, and modules
# of Node.js below BUILD/dashboard. Screenshots: BUILD/dashboard/pictures, of which
# dashboard.png stands in docs/.
set -eu
[ $# = 1 ] || {
  echo "usage: tests/dashboard/run.sh BUILD" >&2
  exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
program=$build/bin/ruamill
modules=$build/dashboard
pictures=$modules/pictures

fail() {
  echo "dashboard: $*"
  echo "0 passed, 1 failed"
  exit 1
}

# have COMMAND SECTION: the command, or its section of tests/packages.
have() {
  command -v "$1" >/dev/null || "$here/../install.sh" "$2" || fail "$1 is missing and could not be installed"
}

have chromium browser
have java browser
have node node
have npm node
[ -x "$program" ] || fail "$program is not there"
mkdir -p "$modules" "$pictures"
if ! cmp -s "$here/package.json" "$modules/installed.json"; then
  cp "$here/package.json" "$modules/package.json"
  npm install --prefix "$modules" --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error ||
    fail "npm could not install playwright-core, axe-core and vnu-jar"
  cp "$here/package.json" "$modules/installed.json"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/ruamill-dashboard.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
echo 'dmarc@example.net *' >"$work/allow"

# store NAME REPORTS: a store of its own.
store() {
  "$program" replay -o "store=$work/$1" -o "allow=$work/allow" --to dmarc@example.net "$2" >"$work/out" 2>&1 ||
    fail "replay: $(tail -n 1 "$work/out")"
}

# page NAME STORE OPTION...
page() {
  page=$work/$1 from=$work/$2
  shift 2
  "$program" dashboard -o "store=$from" -o "geoip=$work/networks.mmdb" -o "$page" "$@" >"$work/out" 2>&1 || fail "dashboard: $(tail -n 1 "$work/out")"
}

python3 -B "$here/origins.py" "$work"
python3 "$here/reports.py" "$work/reports"
python3 "$here/hostile.py" "$work/hostile"
python3 "$here/odd.py" "$work/oddities"
store odd "$work/oddities"
store month "$work/reports"
store strange "$work/hostile"
mkdir "$work/nothing"
page page.html month --since 2026-11-01 --until 2026-11-30
page later.html month --since 2026-12 --until 2026-12
page one.html month --since 2026 --until 2026-11 --domain SHOP.example.org --title 'Shop <&> "friends"'
page years.html month --since 2025-07 --until 2026-11
page hostile.html strange --since 2026-11 --until 2026-11 --title '</title><script>alert(1)</script>'
page empty.html nothing
page all.html nothing --since all
page ahead.html month --since 2026-11 --until 2026-12-05
page weeks.html month --since 2026-06-02 --until 2026-11-29
page months.html month --since 2023-10-15 --until 2026-11-20
page odd.html odd --since 2026-11 --until 2026-11
python3 "$here/expected.py" "$work/month" 2026-11-01 2026-11-30 >"$work/expected.json"

# Errors only: it warns that the policy forbids our script, whose digest it does
# not look at.
if ! (cd "$work" && java -jar "$modules/node_modules/vnu-jar/build/dist/vnu.jar" --errors-only ./*.html) >"$work/out" 2>&1; then
  cut -c1-300 "$work/out" | head -n 20
  fail "the pages are no valid HTML"
fi
# The picture of the terminal in the README is what summary prints.
python3 -B "$here/../../docs/terminal.py" "$program" | cmp -s - "$here/../../docs/summary.svg" ||
  fail "docs/summary.svg is not what summary prints: docs/terminal.py makes it anew"
FONTCONFIG_FILE=$here/fonts.conf node "$here/drive.mjs" "$work" "$modules" "$pictures" >"$work/driven" || true
python3 -B "$here/commands.py" "$program" "$work/month" >"$work/commands" || true
cat "$work/driven" "$work/commands"
# one count of both
tail -q -n 1 "$work/driven" "$work/commands" | awk '
  /^[0-9]+ passed, [0-9]+ failed$/ { ran++; passed += $1; failed += $3 }
  END {
    failed += 2 - ran # one that did not get to its end
    print passed " passed, " failed " failed"
    exit failed > 0
  }'
