#!/bin/sh
# size.sh SOURCE - a C file has at most 400 lines, a function at most 60, from
# its "{" in the first column to its "}" there.
set -eu
cd "$1"

find lib filter tests -name '*.[ch]' -exec awk -v max_file=400 -v max_function=60 '
  FNR == 1 { finish(); file = FILENAME; start = 0 }
  { lines = FNR }
  /^[A-Za-z_][A-Za-z_0-9]*\(/ { name = $0; sub(/\(.*/, "", name) }
  /^{/ { start = FNR }
  /^}/ {
    if (start && FNR - start + 1 > max_function)
      say(file ":" start, name "() has " FNR - start + 1 " lines, over " max_function)
    start = 0
  }
  function finish() {
    if (lines > max_file)
      say(file ":" max_file + 1, "the file has " lines " lines, over " max_file)
  }
  function say(where, what) {
    print where ": " what
    wrong = 1
  }
  END { finish(); exit wrong }' {} +
