#!/usr/bin/env python3
"""readers.py - readers take no lock: while 20 processes write, whoever opens a
table sees a header, whole lines, and that it only grows; whoever keeps it open
sees bytes that never change.

usage: readers.py [PROGRAM] [--long]

The library is taken from the build of PROGRAM, lease_wait is the default. In
memory and on a disk:
- openers, which do nothing else: at least 100,000 opens, nothing is torn;
- a follower, which reads on as `tail -F` does: what it saw stays; the tables
  that were written without a lease, since it never closes them, are counted;
- a library without leases, which must be caught: torn lines are seen."""

import fcntl
import glob
import os
import re

import harness

WRITERS = 20
OPENS = 100_000
TURNS = 10


def default_wait():
    """The default of lease_wait, in ms."""
    with open(os.path.join(harness.ROOT, "filter/conf/options.c"), encoding="utf-8") as file:
        return int(re.search(r'OPTION\(lease_wait, CONF_NUMBER, "MILLISECONDS",\s*"(\d+)"', file.read())[1])


def has_leases(folder):
    with open(os.path.join(folder, "lease"), "wb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError:
            return False
    return True


def without_leases(program, scratch):
    """readers, with a library that takes no lease."""
    for source in glob.glob(os.path.join(harness.ROOT, "lib/lease*.c")):
        with open(source, encoding="utf-8") as file:
            broken, n = re.subn(r"rua_file_lease\(([^(),]*),([^()]*)\)", r"((void)(\1), (void)(\2), false)", file.read())
        if n == 1:
            break
    else:
        raise SystemExit("no lib/lease*.c takes its lease as this test knows it")
    path = os.path.join(scratch, os.path.basename(source))
    with open(path, "w", encoding="utf-8") as file:
        file.write(broken)
    return harness.compile_c(program, "readers", os.path.join(scratch, "without"), [path])


def run(program, in_memory, seconds, wait, openers=2, followers=0):
    with harness.folder(in_memory) as folder:
        words = (folder, WRITERS, openers, followers, 0, int(seconds), wait)
        return harness.figures([program, *map(str, words)], seconds + 240)


def percent(seen):
    return f"{100 * seen['torn'] / max(1, seen['opens']):.4f} %"


def describe(seen):
    names = ("seconds", "commits", "rows", "without_lease", "opens", "empty", "torn")
    return ", ".join(f"{name} {seen[name]}" for name in names)


def is_whole(seen):
    """Nothing is lost, and nothing that was seen changed."""
    return seen["good"] == 1 and seen["rows"] == seen["written"] > 0 and \
        not (seen["broken"] or seen["headless"] or seen["shrunk"] or seen["changed"])


def test_place(tally, place, programs, seconds, wait):
    in_memory = place == "in memory"
    whole, broken = programs
    with harness.folder(in_memory) as folder:
        if not has_leases(folder):
            print(f"ABSENT {place}: leases in {folder}")
            tally.check(False, f"{place}: leases")
    opens = turns = 0
    while opens < OPENS and turns < TURNS:  # a busy machine needs several
        seen = run(whole, in_memory, seconds, wait)
        opens, turns = opens + seen["opens"], turns + 1
        tally.check(is_whole(seen) and seen["torn"] == 0, f"{place}: openers see whole lines: {describe(seen)}")
    tally.check(opens >= OPENS, f"{place}: {opens} opens, at least {OPENS}")
    seen = run(whole, in_memory, seconds / 2, wait, openers=0, followers=1)
    tally.check(is_whole(seen) and seen["followed"] > 0 and not seen["follow_changed"],
                f"{place}: a follower's {seen['followed']} bytes stay: {describe(seen)}")
    tally.check(seen["without_lease"] > 0,
                f"{place}: beside it, {seen['commits']} commits, {seen['without_lease']} tables without a lease")
    seen = run(broken, in_memory, seconds / 2, wait)
    tally.check(is_whole(seen), f"{place}: without leases nothing is lost either: {describe(seen)}")
    return seen


def main():
    program, options = harness.arguments(__doc__)
    seconds = 60 if "long" in options else 6
    wait = default_wait()
    tally = harness.Tally()
    print(f"lease_wait {wait}")
    with harness.folder() as scratch:
        programs = (harness.compile_c(program, "readers", os.path.join(scratch, "readers")),
                    without_leases(program, scratch))
        torn = [test_place(tally, place, programs, seconds, wait) for place in ("on a disk", "in memory")]
    tally.check(sum(seen["torn"] for seen in torn) > 0,
                "without leases torn lines are seen: " + ", ".join(map(percent, torn)))
    tally.end()


if __name__ == "__main__":
    main()
