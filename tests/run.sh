#!/bin/sh
# run.sh [--quick|--long] - builds ruamill in every way and runs every test there
# is; with --quick: the release build with its unit, lint and golden tests and
# those of the ceilings; with --long, which takes hours, every test of the store
# that takes samples takes all, or many more, and the fuzzer of the journal has
# half an hour. Installs the packages of tests/packages that are missing. The
# output of each stage is kept in build/test-logs.
set -u
cd "$(dirname "$0")/.." || exit 1
logs=build/test-logs
table=$logs/stages
passed=0
failed=0

quick=no
long=
fuzzing=30 # seconds
case "$*" in
'') ;;
--quick) quick=yes ;;
--long) long=--long fuzzing=1800 ;;
*)
  echo "usage: tests/run.sh [--quick|--long]" >&2
  exit 64
  ;;
esac
rm -rf "$logs"
mkdir -p "$logs"
: >"$table"

# counts LOG: "PASSED FAILED" of the tests in a stage's output, where it says:
# by ctest's summary, a last line like our own, or that of corpus.py.
counts() {
  awk '
    /^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+/ {
      result = ($NF - $4) " " $4
    }
    { last = $0 }
    END {
      if (last ~ /^[0-9]+ passed, [0-9]+ failed$/) {
        split(last, word, " ")
        result = word[1] " " word[3]
      } else if (last ~ /^[0-9]+ judged, [0-9]+ only run, [0-9]+ failed$/) {
        split(last, word, " ")
        result = (word[1] + word[3] - word[6]) " " word[6]
      }
      print result
    }' "$1"
}

# stage NAME COMMAND...: one row of the table. A stage without a count of its
# own is one test.
stage() {
  name=$1
  shift
  log=$logs/$name.log
  began=$(date +%s)
  if command -v "$1" >/dev/null; then
    "$@" >"$log" 2>&1
    status=$?
  else
    echo "$1 is not there" >"$log"
    status=127
  fi
  seconds=$(($(date +%s) - began))
  # shellcheck disable=SC2046 # two numbers
  set -- $(counts "$log")
  good=${1:-0} bad=${2:-0}
  if [ $status = 0 ] && [ $((good + bad)) = 0 ]; then
    good=1
  elif [ $status != 0 ] && [ "$bad" = 0 ]; then
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  verdict=ok
  [ "$bad" = 0 ] || verdict=FAILED
  printf '%-18s %-7s %5s s %5s passed %5s failed\n' "$name" $verdict "$seconds" "$good" "$bad" |
    tee -a "$table"
  grep -h ABSENT "$log" | sed 's/^/    /' | tee -a "$table"
  if [ "$bad" != 0 ]; then
    tail -n 40 "$log" | sed 's/^/    /'
    echo "    (all of it: $log)"
  fi
  return $status
}

# build PRESET [OPTION]...
build() {
  preset=$1
  shift
  cmake --preset "$preset" -DBUILD_TESTING=ON && cmake --build --preset "$preset" "$@"
}

# tests PRESET LABELS
tests() {
  ctest --test-dir "build/$1" -L "$2" --no-tests=error --output-on-failure -j "$(nproc)"
}

# python PRESET SCRIPT: a test of the program of that build.
python() {
  RUAMILL=$PWD/build/$1/bin/ruamill
  export RUAMILL
  shift
  [ -f "$1" ] || {
    echo "$1 is not there"
    return 127
  }
  python3 "$@"
}

# on_store NAME SCRIPT: a test of the store.
on_store() {
  # shellcheck disable=SC2086 # $long may be nothing
  stage "store.$1" "tests/store/$2" $long build/release/bin/ruamill
}

store() {
  on_store commands commands.sh
  on_store crash crash.py
  on_store faults faults.py
  on_store full full.py
  on_store many many.py
  on_store threads threads.sh
  on_store readers readers.py
  on_store powercut powercut.py
  on_store mutants mutants.py
  on_store figures figures.py
  stage store.fuzz tests/fuzz/run.sh "$fuzzing" journal
}

# operated NAME: a test of what an administrator runs.
operated() {
  # shellcheck disable=SC2086 # $long may be nothing
  stage "operate.$1" python3 -B "tests/operate/$1.py" $long build/release/bin/ruamill
}

operate() {
  operated prune
  operated compare
  operated quarantine
  operated metrics
  operated status
  operated allowlist
}

# Memory and calls fail, in the whole program.
failures() {
  # shellcheck disable=SC2086 # $long may be nothing
  stage failures tests/failures/failures.py $long build/release/bin/ruamill
}

# With real mail servers.
mail_flow() {
  stage pipe tests/pipe.sh build/release/bin/ruamill
  stage mta.packages tests/install.sh mta
  stage mta.miltertest tests/mta/miltertest.sh build/release/bin/ruamill
  # shellcheck disable=SC2086 # $long may be nothing
  stage mta tests/mta/run.sh $long build/release/bin/ruamill
  stage mta.held python3 -B tests/mta/held.py build/release/bin/ruamill
  stage mta.threats python3 -B tests/mta/threats.py build/release/bin/ruamill
  stage build.tsan build tsan --target ruamill
  stage mta.tsan tests/mta/tsan.sh build/tsan
  # shellcheck disable=SC2086
  stage bench.start python3 -B tests/bench/start.py --check --allow 10000 build/release/bin/ruamill
  stage bench.mailflow python3 tests/bench/mailflow.py build/release/bin/ruamill $long
  # shellcheck disable=SC2086
  stage bench.slowdisk python3 tests/bench/mailflow.py build/release/bin/ruamill --sync=8 $long
}

# What is installed and packaged.
package() {
  stage package.packages tests/install.sh package
  stage package tests/package/run.sh build/release
  stage package.readme python3 -B tests/package/readme.py build/debian
  stage package.guide tests/package/guide.sh build/debian
}

# To real servers.
ship() {
  stage ship.packages tests/install.sh engines
  stage ship python3 -B tests/ship/ship.py build/release/bin/ruamill
  stage ship.access python3 -B tests/ship/access.py build/release/bin/ruamill
  stage ship.cluster python3 -B tests/ship/cluster.py build/release/bin/ruamill
  stage ship.modern python3 -B tests/ship/modern.py build/release/bin/ruamill
  stage ship.s3 python3 -B tests/ship/s3.py build/release/bin/ruamill
  stage ship.s3.rebuild python3 -B tests/ship/s3_rebuild.py build/release/bin/ruamill
  stage ship.network python3 -B tests/ship/network.py build/release/bin/ruamill
  stage ship.silent python3 -B tests/ship/silent.py build/release/bin/ruamill
  stage ship.processes python3 -B tests/ship/processes.py build/release/bin/ruamill
  stage ship.offsets python3 -B tests/ship/offsets.py build/release/bin/ruamill
  # shellcheck disable=SC2086
  stage ship.s3.many python3 -B tests/ship/s3_many.py build/release/bin/ruamill $long
  # shellcheck disable=SC2086 # $long may be nothing
  stage ship.faults python3 -B tests/ship/faults.py build/release/bin/ruamill $long
  # shellcheck disable=SC2086
  stage ship.s3.faults python3 -B tests/ship/s3_faults.py build/release/bin/ruamill $long
  # shellcheck disable=SC2086
  stage ship.bench python3 -B tests/ship/bench.py build/release/bin/ruamill $long
}

everything() {
  stage build.clang build clang
  stage build.asan build asan
  stage unit.asan tests asan unit
  stage golden.asan python asan tests/golden/run.py
  stage build.static build static --target ruamill
  stage golden.static python static tests/golden/run.py
  stage corpus python release tests/corpus.py
  stage cells python release tests/cells.py
  stage meaning tests release meaning
  stage engines tests/engines/run.sh build/release
  stage cli tests/cli.sh build/release/bin/ruamill
  stage dashboard tests/dashboard/run.sh build/release
  stage hostile tests/hostile.py build/release/bin/ruamill
  # shellcheck disable=SC2086 # $long may be nothing
  stage summary tests/summary/run.py $long build/release/bin/ruamill
  store
  operate
  failures
  ship
  mail_flow
  package
  stage memory tests/memory.sh build/release
  stage bombs python3 -B tests/bombs.py build/release/bin/ruamill
  stage valgrind tests/valgrind.sh build/release
  stage bench.instructions tests/bench/instructions.sh build/release
  stage sanitizers tests/sanitizers.sh build/asan
}

stage packages tests/install.sh build test
stage build.release build release
stage unit.release tests release unit
stage lint tests release lint
stage golden.release python release tests/golden/run.py
stage limits python release tests/limits.py
[ $quick = yes ] || everything

echo
cat "$table"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
