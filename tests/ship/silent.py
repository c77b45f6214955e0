#!/usr/bin/env python3
"""silent.py [PROGRAM] - a server stops in the middle and says nothing more: a
request ends at request_time and is tried again, SIGTERM ends the shipper at
once, in a command and between two, and when the server goes on, all is there,
once. Commands that PostgreSQL has not answered are not left to it."""

import contextlib
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
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, how)


def has_unread(port):
    """Whether a server has not read what was sent to this port."""
    with open("/proc/net/tcp", encoding="utf-8") as file:
        sockets = [line.split() for line in file.readlines()[1:]]
    return any(int(words[1].split(":")[1], 16) == port and int(words[4].split(":")[1], 16) > 0 for words in sockets
               if words[3] == "01")


class Listener:
    """What a shipper says, line by line."""

    def __init__(self, path):
        self.path = path

    def has(self, words):
        with open(self.path, encoding="utf-8") as file:
            return words in file.read()


class Shipper:
    """One that follows, and what it says."""

    def __init__(self, rigs, conf, name):
        program = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
        self.said = Listener(rigs.path(f"{name}.said"))
        with open(self.said.path, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen([program, "-c", conf, "--follow", "--create", name], stderr=file)

    def end(self):
        return rig.end(self.process)


def configure(rigs, server, name, seconds=300):
    return rigs.configure(f"{name}-store", server.target(name, extra=f"batch_age = 1\nrequest_time = {seconds}\n"))


def in_a_command(rigs, tally, server, name):
    """It waits for an answer that would take minutes."""
    conf, store = configure(rigs, server, name), f"{name}-store"
    rigs.replay(conf, rigs.mails("w4s"))
    shipper = Shipper(rigs, conf, name)
    there = rig.wait_for(lambda: not rigs.failing(server, [store]))
    tally.check(there, f"{name}: it follows")
    freeze(server, signal.SIGSTOP)
    try:
        rigs.replay(conf, rigs.mails("w1s"))
        sent = rig.wait_for(lambda: has_unread(server.http if hasattr(server, "http") else server.port), 30)
        code, seconds = shipper.end()
        tally.check(sent and code == 0 and seconds < 2, f"{name}: SIGTERM ends it in a command, {seconds:.1f} s ({code})")
    finally:
        freeze(server, signal.SIGCONT)


def silent(rigs, tally, server, name, words):
    conf, store = configure(rigs, server, name, SECONDS), f"{name}-store"
    shipper = Shipper(rigs, conf, name)
    there = rig.wait_for(lambda: not rigs.failing(server, [store]))
    tally.check(there, f"{name}: it follows, with little time")
    freeze(server, signal.SIGSTOP)
    try:
        rigs.replay(conf, rigs.mails("w2s"))
        late = rig.wait_for(lambda: shipper.said.has(words), 30)
        tally.check(late and shipper.process.poll() is None, f"{name}: silence is no answer")
        lag = rigs.lag(conf, name)
        tally.check(int(lag["rows"]) > 1000, f"{name}: {lag}")
        code, seconds = shipper.end()
        tally.check(code == 0 and seconds < 2, f"{name}: SIGTERM ends it, {seconds:.1f} s ({code})")
    finally:
        freeze(server, signal.SIGCONT)
    conf = configure(rigs, server, name)
    code, rest = rigs.ship(conf, name)
    wrong = rigs.wrong(server, [store])
    tally.check(code == 0 and not wrong, f"{name}: all there, once ({code}) {rest[-200:]} {wrong}")


@contextlib.contextmanager
def locked(server, table):
    """Nobody else gets at the table meanwhile."""
    of = "FROM pg_stat_activity WHERE application_name = 'holder'"
    holder = subprocess.Popen(["psql", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "-d", "ruamill", "-c",
                               f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(100)"],
                              env={**os.environ, "PGAPPNAME": "holder"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        rig.wait_for(lambda: server.sql(f"SELECT 1 {of} AND wait_event = 'PgSleep'"))
        yield
    finally:
        server.sql(f"SELECT pg_terminate_backend(pid) {of}")
        holder.wait()


def given_up(rigs, tally, server, name):
    """A command that waits in the server ends there, too: tries leave no sessions."""
    conf = configure(rigs, server, name, 1)
    pids, most = set(), 0

    def tried():
        nonlocal most
        found = server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'ruamill'")
        pids.update(row[0] for row in found)
        most = max(most, len(found))
        return len(pids) >= 4

    with locked(server, "records"):
        rigs.replay(conf, rig.GOLDEN)
        shipper = Shipper(rigs, conf, name)
        enough = rig.wait_for(tried)
        tally.check(enough and most <= 2 and shipper.process.poll() is None,
                    f"{name}: {len(pids)} tries for a table that is locked, {most} sessions at most")
    code, seconds = shipper.end()
    tally.check(code == 0, f"{name}: SIGTERM ends it, {seconds:.1f} s ({code})")
    code, rest = rigs.ship(configure(rigs, server, name), name)
    wrong = rigs.wrong(server, [f"{name}-store"])
    tally.check(code == 0 and not wrong, f"{name}: and then all is there, once ({code}) {rest[-200:]} {wrong}")


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder() as folder, rig.Rig(folder, program) as rigs:
        for name, make, words in (("pg", rigs.postgres, f"did not answer within {SECONDS} seconds"),
                                  ("ch", rigs.clickhouse, f"timed out after {SECONDS}")):
            server = make()
            in_a_command(rigs, tally, server, name)
            silent(rigs, tally, server, name, words)
            if name == "pg":
                given_up(rigs, tally, server, name)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
