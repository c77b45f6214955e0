#!/usr/bin/env python3
"""faults.py [PROGRAM] - the way to the server fails at any point, and the
shipper is killed before each of its system calls: each record is there once.

A proxy answers 500 or a page, breaks connections before and after the server has
committed, passes half of a batch, answers late. Then, at every call that the shipper makes
on files and sockets once it has its state open (a sample; --long: all), it is
ended with SIGKILL, and another run must bring the rest."""

import os
import random
import subprocess
import sys

import proxies
import rig
from rig import harness

HTTP_FAULTS = ["500", None, "page", "before", "after", "after", None, "half", "late", None]
# a connection that is late ends with its run, and no others come behind it
TCP_FAULTS = [1, 300, "commit", 20_000, "before", "commit", 60_000, 5_000, 100_000, "commit", "late"]
SAMPLE = 12


def bad_way(rigs, tally, server, kind, proxy, batch):
    """Until all is there, whatever the proxy does."""
    store = f"{kind}-way"
    target = server.target(kind, port=proxy.port, extra=f"batch_rows = {batch}")
    conf = rigs.configure(store, target)
    rigs.replay(conf, rigs.mails("w1s"), rig.GOLDEN)
    make_tables(rigs, server, kind)
    runs, said = 0, ""
    for runs in range(1, 8):
        code, more = rigs.ship(conf, kind, limit=280)
        said += more
        if code == 0:
            break
    wrong = rigs.wrong(server, [store])
    tally.check(code == 0 and not wrong,
                f"{kind}: {len(proxy.faults.struck)} faults on the way ({code}) {said[-200:]} {wrong}")
    tally.check(set(proxy.faults.struck) == set(HTTP_FAULTS if kind == "ch" else TCP_FAULTS) - {None},
                f"{kind}: all of them happened {proxy.faults.struck} in {runs} runs")
    tally.check("invalid socket" not in said and said.count("\n") == runs - 1 and said.count("tried 5 times: ") == runs - 1,
                f"{kind}: and it says what happened, once a run {said}")
    proxy.close()


def make_tables(rigs, server, kind):
    """--create by the direct way, and from an empty store."""
    conf = rigs.configure(f"{kind}-empty", server.target(kind))
    os.makedirs(rigs.path(f"{kind}-empty"), exist_ok=True)
    code, said = rigs.ship(conf, "--create", kind)
    if code:
        sys.exit(f"--create: {said}")


def pages(rigs, tally, server):
    """A load balancer has a page for some of what --create says."""
    proxy = proxies.Http(server.http, [None, "page", None, None, None, "page"] + [None] * 90, lambda method, path: path == "/?")
    conf = rigs.configure("ch-pages", server.target("ch", port=proxy.port))
    rigs.replay(conf, rig.GOLDEN)
    rig.clear(server)
    code, said = rigs.ship(conf, "--create", "ch")
    wrong = rigs.wrong(server, ["ch-pages"]) if code == 0 else []
    tally.check(code == 0 and not wrong and proxy.faults.struck == ["page"] * 2 and not said,
                f"pages for CREATE ({code}) {said} {wrong}")
    proxy.close()
    rig.clear(server)


class Killing:
    """The shipper alone, killed before call number N."""

    def __init__(self, rigs, server, kind, batch):
        self.rigs, self.server, self.kind = rigs, server, kind
        self.shipper = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
        self.killat = rigs.path("killat")
        self.store = f"{kind}-kill"
        self.conf = rigs.configure(self.store, server.target(kind, extra=f"batch_rows = {batch}"))
        rigs.replay(self.conf, rigs.mails("w4s"))

    def forget(self):
        subprocess.run(["rm", "-rf", self.rigs.path(self.store + "/.spool/ship")], check=True)
        for table in ("records", "reports"):
            self.server.sql(f"TRUNCATE TABLE {'ruamill.' if self.kind == 'ch' else ''}{table}")

    def strike(self, what, number):
        out = self.rigs.path(f"{self.kind}-calls")
        done = subprocess.run([self.killat, "-a", out, self.rigs.path(self.store), what, str(number),
                               self.shipper, "-c", self.conf, self.kind],
                              capture_output=True, text=True, timeout=240, check=False)
        with open(out, encoding="utf-8") as file:
            return done.returncode, file.read().split("\n")[:-1]

    def calls(self):
        self.forget()
        code, lines = self.strike("list", 0)
        return len(lines) if code == 0 else 0

    def __call__(self, number):
        """What is wrong when it is killed there; None when it was not."""
        self.forget()
        code, lines = self.strike("kill", number)
        if code != 128 + 9:
            return None
        again = self.rigs.ship(self.conf, self.kind)
        wrong = self.rigs.wrong(self.server, [self.store])
        return [f"killed at {lines[-1:]}: {again} {wrong}"] if again[0] or wrong else []


def kill(rigs, tally, server, kind, batch, everything):
    killing = Killing(rigs, server, kind, batch)
    code, said = rigs.ship(killing.conf, "--create", kind)
    count = killing.calls()
    tally.check(code == 0 and count > 100, f"{kind}: {count} calls {said}")
    numbers = list(range(1, count + 1))
    if not everything:
        numbers = sorted(random.Random(1).sample(numbers, min(SAMPLE, count)))
    struck, complaints = 0, []
    for number in numbers:
        found = killing(number)
        struck += found is not None
        complaints += found or []
    tally.check(struck > len(numbers) // 2 and not complaints,
                f"{kind}: killed at {struck} of them {complaints[:3]}")


def main():
    program, options = harness.arguments(__doc__)
    tally, everything = harness.Tally(), "long" in options
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        rigs.mails("w1s"), rigs.mails("w4s")
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2",
                        os.path.join(rig.HERE, "../store/killat.c"), "-o", rigs.path("killat")], check=True)

        def with_postgres():
            server = rigs.postgres()
            bad_way(rigs, tally, server, "pg", proxies.Tcp(server.port, TCP_FAULTS), 200)
            kill(rigs, tally, server, "pg", 300, everything)

        def with_clickhouse():
            server = rigs.clickhouse()
            bad_way(rigs, tally, server, "ch", proxies.Http(server.http, HTTP_FAULTS), 800)
            pages(rigs, tally, server)
            kill(rigs, tally, server, "ch", 600, everything)

        # the shipper waits, most of the time
        rig.side_by_side(with_postgres, with_clickhouse)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
