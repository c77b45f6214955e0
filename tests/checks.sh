# checks.sh - for test scripts, to be sourced by bash: counts what passes, and
# shows the answer of what does not. The script runs the program into the files
# $out and $err, sets $code, and ends with the status of tally.
# shellcheck shell=bash disable=SC2154 # $scratch is the script's
passed=0
failed=0
code=
out=$scratch/out
err=$scratch/err

# check NAME COMMAND...: one check; when it fails, the answer is shown.
check() {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    echo "not ok $name"
    echo "  ($*; exit status $code)"
    sed 's/^/  out: /' "$out" | tail -n 8
    sed 's/^/  err: /' "$err" | tail -n 5
  fi
}

# absent WHAT: something that cannot be tested here; nothing is skipped, so it
# counts as failed.
absent() {
  echo "ABSENT $1"
  failed=$((failed + 1))
}

# tally: the last line, and whether all passed.
tally() {
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
}
