#!/usr/bin/env python3
"""silent.py [PROGRAM] - a server stops in the middle and says nothing more: a
request ends at request_time and is tried again, SIGTERM ends the shipper at
once, and when the server goes on, all is there, once."""

import glob
import os
import signal
import subprocess
import sys

import engines
import rig
from rig import harness

SECONDS = 2


def processes(server):
    """The server's processes: PostgreSQL's are children of the first."""
    if hasattr(server, "http"):
        return [server.process.pid]
    with open(os.path.join(server.folder, "data/postmaster.pid"), encoding="utf-8") as file:
        first = int(file.readline())
    everybody = [int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/stat")]
    return [first] + [pid for pid in everybody if engines.parent(pid) == first]


def freeze(server, how):
    for pid in processes(server):
        os.kill(pid, how)


class Listener:
    """What a shipper says, line by line."""

    def __init__(self, path):
        self.path = path

    def has(self, words):
        with open(self.path, encoding="utf-8") as file:
            return words in file.read()


def silent(rigs, tally, server, name, words):
    store = f"{name}-store"
    conf = rigs.configure(store, server.target(name, extra=f"batch_age = 1\nrequest_time = {SECONDS}\n"))
    rigs.replay(conf, rigs.mails("w4s"))
    shipper = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
    said = Listener(rigs.path(f"{name}.said"))
    with open(said.path, "w", encoding="utf-8") as file:
        follow = subprocess.Popen([shipper, "-c", conf, "--follow", "--create", name], stderr=file)
    there = rig.wait_for(lambda: not failing(rigs, server, store))
    tally.check(there, f"{name}: it follows")

    freeze(server, signal.SIGSTOP)
    try:
        rigs.replay(conf, rigs.mails("w1s"))
        late = rig.wait_for(lambda: said.has(words), 30)
        tally.check(late and follow.poll() is None, f"{name}: silence is no answer")
        lag = rigs.lag(conf, name)
        tally.check(int(lag["rows"]) > 1000, f"{name}: {lag}")
        code, seconds = rig.end(follow)
        tally.check(code == 0 and seconds < 4, f"{name}: SIGTERM ends it, {seconds:.1f} s ({code})")
    finally:
        freeze(server, signal.SIGCONT)
    code, rest = rigs.ship(conf, name)
    wrong = rigs.wrong(server, [store])
    tally.check(code == 0 and not wrong, f"{name}: all there, once ({code}) {rest[-200:]} {wrong}")


def failing(rigs, server, store):
    try:
        return rigs.wrong(server, [store])
    except RuntimeError as error:
        return str(error)


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder() as folder, rig.Rig(folder, program) as rigs:
        silent(rigs, tally, rigs.postgres(), "pg", f"did not answer within {SECONDS} seconds")
        silent(rigs, tally, rigs.clickhouse(), "ch", f"timed out after {SECONDS}")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
