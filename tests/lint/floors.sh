#!/bin/sh
# floors.sh SOURCE - includes go down: a file of lib/ includes headers only from
# floors above its own line in lib/FLOORS, and every module has its floor there.
# X.c may include X.h, and so may X_y.c, a further part of X, if there is no X_y.h.
set -eu
cd "$1/lib"

includes=$(grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' ./*.c ./*.h |
  sed -E 's,^\./([^:]*):([0-9]*):[^"]*"([^"]*)".*,\1 \2 \3,')

{
  # shellcheck disable=SC2012 # names of ours: no blanks in them
  ls -- *.c *.h | sed 's/^/file /'
  printf '%s\n' "$includes" | sed 's/^/include /'
} | awk '
  FILENAME == "FLOORS" && /^[0-9]/ {
    for (i = 2; i <= NF; i++) {
      if ($i in floor)
        say("lib/FLOORS:" FNR, $i " has a floor already")
      floor[$i] = $1 + 0
      line[$i] = FNR
    }
    if ($1 + 0 <= last)
      say("lib/FLOORS:" FNR, "floor " $1 " does not follow " last)
    last = $1 + 0
  }
  $1 == "file" {
    module = $2
    sub(/\.[ch]$/, "", module)
    there[module] = 1
    file[$2] = 1
    if (!(module in floor))
      say("lib/" $2 ":1", module " has no floor in lib/FLOORS")
  }
  $1 == "include" {
    module = $2
    sub(/\.[ch]$/, "", module)
    wanted = $4
    sub(/\.h$/, "", wanted)
    face = module
    if (!((module ".h") in file))
      sub(/_[^_]*$/, "", face)
    if ($2 == module ".c" && wanted == face)
      next
    if (!(wanted in floor))
      say("lib/" $2 ":" $3, $4 " is no header with a floor in lib/FLOORS")
    else if (module in floor && floor[wanted] >= floor[module])
      say("lib/" $2 ":" $3, module " (floor " floor[module] ") includes " \
          $4 " (floor " floor[wanted] ")")
  }
  function say(where, what) {
    print where ": " what
    wrong = 1
  }
  END {
    for (module in floor)
      if (!(module in there))
        say("lib/FLOORS:" line[module], module " has no file in lib/")
    exit wrong
  }' FLOORS -
