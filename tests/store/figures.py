#!/usr/bin/env python3
"""figures.py - what a commit costs: syncs, CPU and the time of a recovery.

usage: figures.py [PROGRAM] [--long]

Counts are held to their limits. Times depend on the machine: they are shown
beside their limits, and fail only at ten times those."""

import os
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests"))
import mails  # noqa: E402  (it stands beside the folder of this file)

SLACK = 10


def mbox(path, first, count):
    with open(path, "wb") as file:
        for number in range(first, first + count):
            mail = mails.Mail(number=number, domain="example.com", to="dmarc@example.net")
            file.write(b"From noreply@example.net Thu Jan  1 00:00:00 2026\n" + mail.bytes() + b"\n")


class Replay:
    """Replays into one store, and counts the syncs of the journal."""

    def __init__(self, program, folder):
        self.folder = folder
        self.number = 0
        allow = os.path.join(folder, "allow")
        with open(allow, "w", encoding="utf-8") as file:
            file.write("dmarc@example.net *\n")
        self.command = [program, "replay", "-o", f"store={folder}/store", "-o", f"allow={allow}"]

    def syncs(self, count):
        """(fdatasync(2) calls, syncfs(2) calls) of a replay of new mails."""
        box, trace = (os.path.join(self.folder, name) for name in ("box", "trace"))
        mbox(box, self.number, count)
        self.number += count
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=fdatasync,syncfs", *self.command, box],
                       stdout=subprocess.PIPE, check=True)
        with open(trace, encoding="utf-8") as file:
            text = file.read()
        return text.count(" fdatasync("), text.count(" syncfs(")


class Table:
    def __init__(self):
        self.tally = harness.Tally()

    def row(self, name, value, limit, bound):
        # shown with its limit; held to its bound
        self.tally.check(value <= bound, f"{name:<52} {value:>9.2f}   limit {limit:g}")


def measure_syncs(table, program):
    with harness.folder() as folder:
        replay = Replay(program, folder)
        replay.syncs(1)
        for name in ("a single report", "a single report, again"):
            table.row(f"fdatasync calls, {name}", replay.syncs(1)[0], 1, 1)
        count = 2560
        data, whole = replay.syncs(count)
        # a checkpoint syncs the head of the new journal as well
        table.row(f"fdatasync calls, {count} reports, {whole} checkpoints", data - whole,
                  count // 256, count // 256)


def main():
    program, options = harness.arguments(__doc__)
    table = Table()
    measure_syncs(table, program)
    with harness.folder() as scratch:
        commit = harness.compile_c(program, "commit", os.path.join(scratch, "commit"))
        with harness.folder(in_memory=True) as folder:
            seen = harness.figures([commit, "batches", folder, "200" if "long" in options else "40"], 600)
        table.row("CPU of a commit, microseconds a report, in memory", seen["microseconds"], 100, 100 * SLACK)
        for place, in_memory in (("a disk", False), ("memory", True)):
            with harness.folder(in_memory) as folder:
                seen = harness.figures([commit, "recover", folder, "64"], 600)
            table.tally.check(seen["there"] == 1, f"{seen['entries']} entries of a journal are recovered")
            table.row(f"recovery of a journal of 64 MiB in {place}, seconds", seen["recovery"], 2, 2 * SLACK)
    table.tally.end()


if __name__ == "__main__":
    main()
