#!/bin/sh
# doors.sh SOURCE BUILD - one door to each foreign library: the symbols of one
# family are wanted by one object file only, of librua or of the program.
set -eu
build=$2
status=0

# Every undefined symbol as "OBJECT SYMBOL", glibc's version cut off.
wanted() {
  nm -A -u "$@" | sed -E 's,^[^ ]*[:/]([A-Za-z0-9_.-]+)\.o: +[A-Za-z] ,\1 ,; s,@.*,,'
}
# shellcheck disable=SC2046 # object files of ours: no blanks in their names
set -- $(find "$build/CMakeFiles" -path '*/ruamill*.dir/*' -name '*.o')
if [ ! -f "$build/librua.a" ] || [ $# = 0 ]; then
  echo "doors: no librua.a or no objects of ruamill below $build; build first"
  exit 1
fi
library=$(wanted "$build/librua.a" | sed 's,^,lib/,')
program=$(wanted "$@" | sed 's,^,filter/,')

# family LIBRARY DOOR LEAST MOST REGEX: from LEAST to MOST objects want symbols
# that match REGEX, and the names of all of them match DOOR.
family() {
  users=$(printf '%s\n%s\n' "$library" "$program" |
    awk -v regex="$5" '$2 ~ regex { print $1 ": " $2 }' | sort -u)
  objects=$(printf '%s\n' "$users" | cut -d: -f1 | sort -u)
  n=$(printf '%s' "$objects" | grep -c . || true)
  if [ "$n" -gt "$4" ] || [ -n "$(printf '%s' "$objects" | grep -Ev "^$2\$" || true)" ]; then
    echo "doors: $1 has one door, $2, but these use it:"
    printf '%s\n' "$users" | sed 's/^/  /'
    status=1
  elif [ "$n" -lt "$3" ]; then
    echo "doors: nothing uses $1; is its family in this script still right?"
    status=1
  fi
}

family 'gmime and glib' 'lib/.*' 1 1 '^(g_|gmime_|internet_address)'
family zlib 'lib/.*' 1 1 '^(inflate|deflate|crc32|adler32|zlib|compress|uncompress|gz[a-z]+$)'
family minizip 'lib/.*' 1 1 '^(unz|zip[A-Z]|fill_f|mz_)'
family expat 'lib/.*' 1 1 '^XML_'
family nettle 'lib/.*' 1 1 '^nettle_'
family tinycdb 'lib/allow_db\.c' 1 1 '^cdb_'
family libidn2 'lib/.*' 1 1 '^idn2_'
family 'syncing and renaming' 'lib/file(_io)?.c' 1 2 \
  '^(fsync|fdatasync|syncfs|rename|renameat|renameat2|link|linkat)$'
family 'libseccomp, but while it is built,' none 0 0 '^seccomp_'
family inih 'filter/.*' 1 1 '^ini_'
family libmaxminddb 'filter/geoip\.c' 1 1 '^MMDB_'
family c-ares 'filter/reverse\.c' 1 1 '^ares_'
family libmilter 'filter/milter\.c' 1 1 '^smfi_'
family libcurl 'filter/http\.c' 1 1 '^curl_'
family libpq 'filter/postgres\.c' 1 1 '^PQ'
exit $status
