#!/usr/bin/env python3
"""figures.py - what a commit costs: syncs, CPU and the time of a recovery.

usage: figures.py [PROGRAM] [--long]

The table of benchmarks. Syncs are held to their limits. Times depend on the
machine, and on what else it does: each is shown beside its limit, and held to
what the same machine takes at the same time, for the bytes of a report to be
hashed and written to a file of its own, and for 64 MiB to be written and synced
twice in the same file system. It fails when it is over its limit and also over
a few times of that."""

import hashlib
import os
import sys
import time

import harness
import strikes

sys.path.insert(0, os.path.join(harness.ROOT, "tests"))
import mails  # noqa: E402  (it stands beside the folder of this file)

SLOW = 10  # times as long as the measure of the same run: then a time fails


def mbox(path, first, count, domain):
    with open(path, "wb") as file:
        for number in range(first, first + count):
            mail = mails.Mail(number=number, domain=domain.format(number), to="dmarc@example.net")
            file.write(b"From noreply@example.net Thu Jan  1 00:00:00 2026\n" + mail.bytes() + b"\n")


class Replay:
    """Replays into one store, and counts its syncs."""

    def __init__(self, program, folder):
        self.bench = strikes.Bench(program, folder)
        self.store = os.path.join(folder, "store")
        self.box = os.path.join(folder, "box")
        self.number = 0

    def syncs(self, count, domain="example.com"):
        """(fdatasync(2) and fsync(2) calls, syncfs(2) calls) of a replay of new
        mails, with those for the folders and tables that are made."""
        mbox(self.box, self.number, count, domain)
        self.number += count
        calls = self.bench.calls(self.store, [self.box])
        return (sum(name in ("fdatasync", "fsync") for _, name, _, _ in calls),
                sum(name == "syncfs" for _, name, _, _ in calls))


class Table:
    def __init__(self):
        self.tally = harness.Tally()

    def row(self, name, value, limit):
        self.tally.check(value <= limit, f"{name:<56} {value:>8.2f}   limit {limit:g}")

    def time(self, name, value, limit, measure):
        self.tally.check(value <= max(limit, SLOW * measure),
                         f"{name:<56} {value:>8.2f}   limit {limit:g}, here a measure takes {measure:.2f}")


def copy_twice(folder):
    """Seconds for 64 MiB to be written as files of 32 KiB, and all to be synced, twice."""
    began = time.monotonic()
    for name in ("first", "second"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for number in range(2048):
            with open(os.path.join(folder, name, str(number)), "wb") as file:
                file.write(bytes([number % 256]) * (32 << 10))
        os.sync()
    return time.monotonic() - began


def write_files(folder, count=2560):
    """Microseconds of CPU for a report's bytes to be hashed and written to a file."""
    began = time.process_time()
    for number in range(count):
        content = b"%d" % number * 200
        with open(os.path.join(folder, hashlib.sha256(content).hexdigest()), "wb") as file:
            file.write(content)
    return (time.process_time() - began) / count * 1e6


def measure_syncs(table, program):
    with harness.folder() as folder:
        replay = Replay(program, folder)
        replay.syncs(1)
        for name in ("a single report", "a single report, again"):
            table.row(f"syncs, {name}", replay.syncs(1)[0], 1)
        count = 2560
        data, whole = replay.syncs(count)
        # a checkpoint syncs the head of the new journal as well
        table.row(f"syncs, {count} reports, {whole} checkpoints", data - whole, count // 256)
        data, whole = replay.syncs(count, "n{}.example")
        table.row(f"syncs, {count} reports of as many new domains, {whole} checkpoints", data - whole,
                  count // 256)


def main():
    program, options = harness.arguments(__doc__)
    table = Table()
    measure_syncs(table, program)
    with harness.folder() as scratch:
        commit = harness.compile_c(program, "commit", os.path.join(scratch, "commit"))
        with harness.folder(in_memory=True) as folder:
            seen = harness.figures([commit, "batches", folder, "200" if "long" in options else "40"], 600)
            table.time("CPU of a commit, microseconds a report, in memory", seen["microseconds"], 100,
                       write_files(folder))
        for place, in_memory in (("on a disk", False), ("in memory", True)):
            with harness.folder(in_memory) as folder:
                measure = copy_twice(folder)
                seen = harness.figures([commit, "recover", folder, "64"], 600)
                table.tally.check(seen["there"] == 1, f"{seen['entries']} entries of a journal are recovered")
                table.time(f"recovery of a journal of 64 MiB {place}, seconds", seen["recovery"], 2,
                           max(measure, copy_twice(folder)))
    table.tally.end()


if __name__ == "__main__":
    main()
