#!/usr/bin/env python3
"""mutants.py [PROGRAM] [--long] [NAME]... - the tests of the store are tested.

Each of these broken stores is built, from the sources as they are and from the
libraries that PROGRAM was linked of, and must be caught: by the test that is
named with it, run as far as is needed for that, two at a time. With --long, a
sound store goes through the same tests, and must not be caught. A change that
does not fit the sources any more is a failure."""

import argparse
import collections
import concurrent.futures
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import harness

Mutant = collections.namedtuple("Mutant", "name test changes")
LIMIT = 300  # s, for one test

# How each test is run; it ends with 1 when it catches something.
TESTS = {
    "order": "crash.py --stop --only order",
    "batch": "crash.py --stop --only batch",
    "recovery": "crash.py --stop --only recovery --only batch",
    "faults": "faults.py --stop",
    "many": "many.py --seconds=16",
    "power": "powercut.py --quick",
    "commands": "commands.sh",
}


def mutant(name, test, *changes):
    """`changes`: (file, regular expression that is found once, what takes its place)"""
    return Mutant(name, test, changes)


def swap(first, second, between=r""):
    """Two calls in a row come in the other order."""
    return rf"({first})({between}\s*if \(v == RUA_OK\)\s*)({second})", r"\3\2\1"


COMMIT = r"v = rua_journal_commit\(batch->journal, err\);"
APPLY = r"v = apply_all\(batch, err\);"

MUTANTS = (
    # the commit point
    mutant("no sync", "power",
           ("journal_write.c", r"rua_journal_sync\(journal, journal->fd, RUA_JOURNAL, err\);", "RUA_OK; (void)err;")),
    mutant("apply before the sync", "order",
           ("batch.c", *swap(COMMIT, APPLY))),
    mutant("apply before the sync, and the power is cut", "power",
           ("batch.c", *swap(COMMIT, APPLY))),
    mutant("a failed sync is tried again", "faults",
           ("file_io.c", r"return fdatasync\(fd\) < 0 \?", "return fdatasync(fd) < 0 && fdatasync(fd) < 0 ?")),
    # recovery
    mutant("recovery applies before it syncs what it found", "order",
           ("journal_recover.c", r"(\n    if \(journal->end\.offset > RUA_JOURNAL_HEAD &&\s*journal->durable < "
            r"journal->end\.offset\)\s*v = harden\(journal, err\);)\s*if \(v == RUA_OK\)\s*"
            r"(v = redo_all\(&redo, err\);)", r"\n    bool late = journal->durable < journal->end.offset;"
            r"\n    \2\n    if (v == RUA_OK && late)\n v = harden(journal, err);")),
    mutant("recovery does not sync what it found", "order",
           ("journal_recover.c", r"v = rua_journal_sync\(journal, to, NEW_JOURNAL, err\);", "v = RUA_OK;")),
    mutant("recovery answers before it has synced what it found", "power",
           ("journal_recover.c", r"v = rua_journal_sync\(journal, to, NEW_JOURNAL, err\);", "v = RUA_OK;")),
    mutant("recovery does nothing", "recovery",
           ("journal_recover.c", r"v = redo_all\(&redo, err\);", "(void)redo_all, journal->applied = journal->end;")),
    mutant("redo at the end of the file", "recovery",
           ("redo.c", r"table->end = rows\.offset;", "rua_file_size(table->fd, table->path, &table->end, err);")),
    mutant("the header is not written", "batch",
           ("journal_form.c", r"if \(op->offset == 0\)\s*return op->header;", "if (op->offset == 0)\n        return (struct rua_span){NULL, 0};")),
    mutant("the header is written with all rows", "batch",
           ("journal_form.c", r"if \(op->offset == 0\)\s*return op->header;", "if (op->header.len)\n        return op->header;")),
    mutant("the header of a new table is not in the journal", "power",
           ("plan.c", r"v = rua_table_new\(plan->spool, new->new, &new->table, err\);",
            r"\g<0>\n        if (v == RUA_OK)\n            v = rua_table_write(&new->table, header, err);")),
    mutant("a torn entry is taken", "batch",
           ("journal.c", r"\*ret_valid = v == RUA_OK && crc == ret_head->crc;", "*ret_valid = v == RUA_OK;")),
    # the lock
    mutant("the lock forgotten", "many",
           ("file_io.c", r"while \(flock\(fd, LOCK_EX \| LOCK_NB\) < 0\)", "while (fd < 0)")),
    # twice
    mutant("no look at what is there", "batch",
           ("batch.c", r"v = rua_known\(&batch->plan.places, entry, &known, err\);", "v = RUA_OK;")),
    mutant("no look at what came before in a batch", "batch",
           ("batch.c", r"bool known = !entry->row_only && came_before\(batch, entry\);", "bool known = false;\n    (void)came_before;")),
    # what a power cut finds
    mutant("a table that is made again is not synced before it has its name", "power",
           ("redo_table.c", r"v = rua_file_sync\(ret_table->fd, RUA_NEW_TABLE, err\);", "v = RUA_OK;")),
    mutant("a table that is made again has its name before its first rows", "power",
           ("redo_table.c", r"if \(v == RUA_OK && with\)", "if (v == RUA_OK && with && !redo)")),
    mutant("no checkpoint when a table was made again", "power",
           ("store.c", r"store->journal\.anew = store->journal\.anew \|\| store->redo\.made_again;",
            "store->redo.made_again = false;"),
           ("journal_recover.c", r"return journal->anew \?", "return journal->syncs == (uint64_t)-1 ?")),
    mutant("the journal's new head is not synced", "power",
           ("journal.c", r"(v = rua_journal_write_head\(journal->fd, journal->salt, err\);\s*if \(v == RUA_OK\)\s*)"
            r"v = rua_journal_sync\(journal, journal->fd, RUA_JOURNAL, err\);", r"\1v = RUA_OK;")),
    mutant("one salt for ever", "commands",
           ("journal.c", r"enum rua_verdict v = draw_salt\(&journal->salt, err\);",
            "enum rua_verdict v = draw_salt(&journal->salt, err);\n\n    journal->salt = 1;")),
)


FILTER = ["-I" + folder for folder in glob.glob(os.path.join(harness.ROOT, "filter", "**", ""), recursive=True)]


class Build:
    """Programs that are linked of changed files, and else of what is there."""

    def __init__(self, program, scratch):
        self.program, self.scratch = program, scratch
        folder = os.path.dirname(os.path.dirname(program))
        packages = subprocess.run(["pkg-config", "--cflags", "--libs", *harness.PACKAGES, "libmaxminddb", "libcares"],
                                  capture_output=True, text=True, check=True).stdout
        self.rest = [os.path.join(harness.ROOT, "filter/main.c"),
                     *(os.path.join(folder, name) for name in ("libruamill_filter.a", "librua.a")),
                     *shlex.split(packages), "-linih", "-lpthread"]
        with open(os.path.join(folder, "CMakeCache.txt"), encoding="utf-8") as cache:
            self.milter = ["-lmilter"] if "milter" in cache.read() else []

    def make(self, mutant):
        """The program of a mutant, in a folder of its own."""
        build = os.path.join(self.scratch, re.sub(r"\W+", "-", mutant.name))
        os.makedirs(os.path.join(build, "bin"))
        sources = {}
        for file, old, new in mutant.changes:
            with open(os.path.join(harness.ROOT, "lib", file), encoding="utf-8") as source:
                text, n = re.subn(old, new, sources.get(file) or source.read())
            if n != 1:
                raise ValueError(f"lib/{file}: stands there {n} times: {old}")
            sources[file] = text
        paths = []
        for file, text in sources.items():
            paths.append(os.path.join(build, file))
            with open(paths[-1], "w", encoding="utf-8") as source:
                source.write(text)
        program = os.path.join(build, "bin", "ruamill")
        done = subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-w", '-DRUAMILL_VERSION="0"', '-DRUAMILL_MINIZIP="0"',
                               f"-I{harness.ROOT}/lib", *FILTER, *paths, *self.rest,
                               *self.milter, "-o", program], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr[-600:])
        self.link_library(build, paths)
        return program

    def link_library(self, build, paths):
        """The library of a mutant, for the tests that link it."""
        library = os.path.join(build, "librua.a")
        subprocess.run(["cp", os.path.join(os.path.dirname(os.path.dirname(self.program)), "librua.a"), library],
                       check=True)
        flags = shlex.split(subprocess.run(["pkg-config", "--cflags", *harness.PACKAGES], capture_output=True,
                                           text=True, check=True).stdout)
        for path in paths:
            made = f"{path}.o"  # as in the archive: journal.c.o
            subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-w", f"-I{harness.ROOT}/lib", *flags,
                            "-c", path, "-o", made], check=True)
            subprocess.run(["ar", "r", library, made], capture_output=True, check=True)


def try_out(program, test):
    """(whether the test caught it, what it said)"""
    script, *options = TESTS[test].split()
    path = os.path.join(harness.HERE, script)
    command = ["bash", path, program] if script.endswith(".sh") else ["python3", path, program]
    try:
        done = subprocess.run([*command, *options], capture_output=True, text=True, errors="replace",
                              timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return False, "it takes too long"
    said = [line.strip() for line in done.stdout.splitlines()]
    why = [line for line in said if re.match(r"FAIL|not ok", line)]
    why += re.findall(r"^expected: (\[.*)", done.stderr, re.M)  # an undisturbed run is wrong already
    return done.returncode == 1 and bool(why), (why or said[-1:] or [done.stderr[-300:]])[0]


def judge(build, mutant):
    """(whether all is as it should be, a line)"""
    try:
        caught, why = try_out(build.make(mutant), mutant.test)
    except (ValueError, subprocess.CalledProcessError) as error:
        return False, f"{mutant.name}: cannot be made: {error}"
    return caught, f"{mutant.name}: {'caught' if caught else 'NOT caught'} by {TESTS[mutant.test]}: {why[:130]}"


def judge_sound(program, test):
    caught, why = try_out(program, test)
    return not caught, f"a sound store, and {TESTS[test]}: {why[:130]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default=os.path.join(harness.ROOT, "build/release/bin/ruamill"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--long", action="store_true", help="a sound store as well")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    wanted = [mutant for mutant in MUTANTS if not options.names or mutant.name in options.names]
    tally = harness.Tally()
    with tempfile.TemporaryDirectory(prefix="ruamill-mutants-") as scratch, \
            concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        build = Build(program, scratch)
        judged = [pool.submit(judge, build, mutant) for mutant in wanted]
        if options.long:
            judged += [pool.submit(judge_sound, program, test) for test in TESTS]
        for future in judged:
            tally.check(*future.result())
    tally.check(bool(wanted), f"{len(wanted)} broken stores")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
