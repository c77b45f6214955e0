#!/bin/sh
# mutants.sh [NAME]... - the tests of the store are tested: each of these broken
# stores, built from the sources as they are, must be caught by crash.py, or by
# powercut.py where that is there. Says which of them caught it, and by what.
# CRASH=no leaves one of the tests out, and POWERCUT=no the other.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0
touched=

cp -r "$source/lib" "$source/filter" "$source/CMakeLists.txt" "$scratch/"
cp "$source/CMakePresets.json" "$scratch/" 2>/dev/null || true
for folder in cmake doc docs man examples tests; do
  [ ! -e "$source/$folder" ] || cp -r "$source/$folder" "$scratch/"
done
cmake -S "$scratch" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Release >"$scratch/log" 2>&1 ||
  { cat "$scratch/log"; exit 1; }

# replace FILE OLD NEW: OLD, which stands there once, becomes NEW
replace() {
  touched="$touched $1"
  python3 - "$scratch/lib/$1" "$2" "$3" <<'PY'
import sys
path, old, new = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text = file.read()
if text.count(old) != 1:
    sys.exit(f"{path}: stands there {text.count(old)} times: {old}")
with open(path, "w", encoding="utf-8") as file:
    file.write(text.replace(old, new))
PY
}

build() {
  cmake --build "$scratch/build" --target ruamill >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
}

# run TEST OPTION...: whether the test fails; its first complaint into $scratch/why
run() {
  test=$1
  shift
  [ -f "$here/$test" ] || return 1
  if timeout 900 python3 "$here/$test" "$program" "$@" >"$scratch/$test.out" 2>&1; then return 1; fi
  why=$(grep -aiE '^ *(FAIL|[a-z-]*: \[)' "$scratch/$test.out" | head -n 1 | cut -c 1-110)
  caught="$caught$test (${why:-$(tail -n 1 "$scratch/$test.out" | cut -c 1-110)}) "
}

# judge NAME: builds what is there now, tests it, and takes the sources again
judge() {
  name=$1
  build
  program=$(find "$scratch/build" -name ruamill -type f -perm -u+x | head -n 1)
  caught=
  [ "${CRASH:-yes}" = no ] || run crash.py --stop || true
  [ "${POWERCUT:-yes}" = no ] || run powercut.py --states 150 || true
  if [ -n "$caught" ]; then
    passed=$((passed + 1))
    echo "ok   $name: caught by $caught"
  else
    failed=$((failed + 1))
    echo "FAIL $name: not caught"
  fi
  for file in $touched; do
    cp "$source/lib/$file" "$scratch/lib/$file"
  done
  touched=
}

# wanted NAME
wanted() {
  [ -n "$names" ] || return 0
  case " $names " in *" $1 "*) return 0 ;; esac
  return 1
}
names=$*

if wanted no-sync; then
  replace journal_write.c 'rua_journal_sync(journal, journal->fd, RUA_JOURNAL, err);' 'RUA_OK; (void)err;'
  judge no-sync
fi
if wanted recovery-hardens-late; then
  replace journal_recover.c 'journal->durable < journal->end.offset)
        v = harden(journal, err);
    if (v == RUA_OK)
        v = redo_all(&redo, err);' 'journal->durable < journal->end.offset) {
        v = redo_all(&redo, err);
        if (v == RUA_OK)
            v = harden(journal, err);
    } else
        v = redo_all(&redo, err);'
  judge recovery-hardens-late
fi
if wanted recovery-without-sync; then
  replace journal_recover.c 'v = rua_journal_sync(journal, to, NEW_JOURNAL, err);' 'v = RUA_OK;'
  judge recovery-without-sync
fi
if wanted apply-first; then
  replace store.c 'v = rua_journal_commit(&store->journal, err);
        if (v == RUA_OK)
            v = apply_all(store, &batch, err);' 'v = apply_all(store, &batch, err);
        if (v == RUA_OK)
            v = rua_journal_commit(&store->journal, err);'
  judge apply-first
fi
if wanted redo-at-the-end; then
  replace redo.c 'table->end = rows.offset;' 'rua_file_size(table->fd, table->path, &table->end, err);'
  judge redo-at-the-end
fi
if wanted no-lock; then
  replace store.c 'enum rua_verdict v = rua_file_lock(store->lock, LOCK, wait, err);

    if (v != RUA_OK)
        return v;
    v = rua_journal_load' 'enum rua_verdict v = wait ? RUA_OK : RUA_OK;

    v = rua_journal_load'
  judge no-lock
fi
if wanted header-again; then
  replace redo.c 'sink.ctx = table;
' 'sink.ctx = table;
    uint64_t size = 0;
    rua_file_size(table->fd, table->path, &size, err);
    if (!rows.offset && size > rows.header.len) {
        table->end = size;
        return rua_push(&sink, rows.header, err);
    }
'
  judge header-again
fi
if wanted no-duplicate-check; then
  replace store.c 'v = rua_known(store->root, entry, &known, err);
    entry->verdict = v' 'v = RUA_OK;
    entry->verdict = v'
  judge no-duplicate-check
fi
if wanted archive-first-no-redo; then
  replace redo.c 'for (size_t i = 0; v == RUA_OK && i < n; i++)
        v = ops[i].kind' 'for (size_t i = n; v == RUA_OK && i-- > 0;)
        v = ops[i].kind'
  replace journal_recover.c 'v = redo_all(&redo, err);' 'v = redo.ctx ? RUA_OK : redo_all(&redo, err), journal->applied = journal->end;'
  judge archive-first-no-redo
fi
if wanted torn-entry-taken; then
  replace journal.c '*ret_valid = v == RUA_OK && crc == ret_head->crc;' '*ret_valid = v == RUA_OK;'
  judge torn-entry-taken
fi
if wanted key-of-batch-forgotten; then
  replace store.c 'bool known = came_before(entries, i);' 'bool known = false && came_before(entries, i);'
  judge key-of-batch-forgotten
fi
if wanted nothing; then
  judge nothing >"$scratch/nothing"
  if grep -q '^FAIL nothing: not caught' "$scratch/nothing"; then
    failed=$((failed - 1))
    passed=$((passed + 1))
    echo "ok   nothing: a sound store is not caught"
  else
    passed=$((passed - 1))
    failed=$((failed + 1))
    cat "$scratch/nothing"
  fi
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
