#!/usr/bin/env python3
"""readers.py - readers take no lock: while 20 processes write, whoever opens a
table sees a header, whole lines, and that it only grows; whoever keeps it open
sees bytes that never change.

usage: readers.py [PROGRAM] [--long]

The library is taken from the build of PROGRAM. In memory and on a disk:
- openers, with a lease_wait that is long enough: nothing is torn;
- openers and the default lease_wait: what is torn is said. Several that do
  nothing else keep a table open all the time, so some rows go without a lease;
- a follower: what it saw stays, and the rows that went without a lease are
  counted;
- a library without leases, which must be caught: torn lines are seen."""

import glob
import os
import re

import harness

WRITERS = 20
OPENS = 100_000
WAIT = 10  # ms: the longest wait of the design


def without_leases(program, scratch):
    """readers, with a library that takes no lease."""
    for source in glob.glob(os.path.join(harness.ROOT, "lib/redo*.c")):
        with open(source, encoding="utf-8") as file:
            broken, n = re.subn(r"rua_file_lease\([^()]*\)", "false", file.read())
        if n == 1:
            break
    else:
        raise SystemExit("no lib/redo*.c takes its lease as this test knows it")
    path = os.path.join(scratch, os.path.basename(source))
    with open(path, "w", encoding="utf-8") as file:
        file.write(broken)
    return harness.compile_c(program, "readers", os.path.join(scratch, "without"), [path])


def run(program, in_memory, seconds, wait, openers=2, followers=0):
    with harness.folder(in_memory) as folder:
        words = (folder, WRITERS, openers, followers, 0, seconds, wait)
        return harness.figures([program, *map(str, words)], seconds + 120)


def percent(seen):
    return f"{100 * seen['torn'] / max(1, seen['opens']):.4f} %"


def describe(seen):
    names = ("seconds", "commits", "rows", "without_lease", "opens", "empty", "torn")
    return ", ".join(f"{name} {seen[name]}" for name in names)


def is_whole(seen):
    """Nothing is lost, and nothing that was seen changed."""
    return seen["good"] == 1 and seen["rows"] == seen["written"] > 0 and \
        not (seen["broken"] or seen["headless"] or seen["shrunk"] or seen["changed"])


def test_place(tally, place, programs, seconds):
    in_memory = place == "in memory"
    whole, broken = programs
    seen = run(whole, in_memory, seconds, 1000)
    tally.check(is_whole(seen) and seen["torn"] == 0 and seen["without_lease"] == 0,
                f"{place}: openers see whole lines: {describe(seen)}")
    tally.check(seen["opens"] >= OPENS, f"{place}: at least {OPENS} opens")
    seen = run(whole, in_memory, seconds / 2, WAIT)
    tally.check(is_whole(seen) and (seen["torn"] == 0 or seen["without_lease"] > 0),
                f"{place}: torn only without a lease, {percent(seen)}: {describe(seen)}")
    seen = run(whole, in_memory, seconds / 2, WAIT, openers=1, followers=1)
    tally.check(is_whole(seen) and seen["followed"] > 0 and not seen["follow_changed"],
                f"{place}: a follower's {seen['followed']} bytes stay: {describe(seen)}")
    tally.check(seen["without_lease"] > 0, f"{place}: rows without a lease are counted")
    seen = run(broken, in_memory, seconds / 2, WAIT)
    tally.check(is_whole(seen), f"{place}: without leases nothing is lost either: {describe(seen)}")
    return seen


def main():
    program, options = harness.arguments(__doc__)
    seconds = 60 if "long" in options else 6
    tally = harness.Tally()
    with harness.folder() as scratch:
        programs = (harness.compile_c(program, "readers", os.path.join(scratch, "readers")),
                    without_leases(program, scratch))
        torn = [test_place(tally, place, programs, seconds) for place in ("on a disk", "in memory")]
    tally.check(sum(seen["torn"] for seen in torn) > 0,
                "without leases torn lines are seen: " + ", ".join(map(percent, torn)))
    tally.end()


if __name__ == "__main__":
    main()
