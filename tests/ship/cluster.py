#!/usr/bin/env python3
"""cluster.py [PROGRAM] - examples/cluster/run.sh, two mail hosts and a ClickHouse
of two shards, with some mails more: asked at either server,
each record is there once, as an independent reader has it, and sums are exact.

The script calls this again, with --look, before it ends its servers."""

import glob
import os
import shlex
import subprocess
import sys

import engines
import rig
import tables
from rig import harness

SCRIPT = os.path.join(rig.HERE, "../../examples/cluster/run.sh")


class Running(engines.ClickHouse):
    """A server that somebody else started."""

    def __init__(self, http):  # pylint: disable=super-init-not-called
        self.http, self.host = http, "127.0.0.1"


def look():
    """What is wrong, a line each; nothing: all is well."""
    work = os.environ["work"]
    stores = [os.path.join(work, name, "store") for name in ("mx1", "mx2")]
    servers = [Running(os.environ[name]) for name in ("http1", "http2")]
    once = rig.ONCE[rig.CLICKHOUSE].replace("{database}", "ruamill")
    for server in servers:
        for table in ("records", "reports"):
            for wrong in tables.differences(server, stores, table, once=once)[:3]:
                print(f"asked at {server.http}: {wrong}")
    want = sums(tables.expected(stores, "records").values())
    have = {row[0]: [int(number) % 2**64 for number in row[1:]] for row in servers[0].sql(
        "SELECT domain, sum(coalesce(count, 0)), sum(CASE WHEN dmarc_aligned = 1 THEN coalesce(count, 0) ELSE 0 END) "
        "FROM ruamill.records_once GROUP BY domain")}
    if have != want:
        print(f"sums: {have}, must be {want}")
    held = [int(server.sql("SELECT count() FROM ruamill.records_local")[0][0]) for server in servers]
    if min(held) == 0:
        print(f"a shard has nothing: {held}")
    print("ALL LOOKED AT")


def sums(rows):
    """Messages, and those that pass, by policy domain; ClickHouse adds in 64 bits."""
    found = {}
    for row in rows:
        domain = found.setdefault(row["domain"], [0, 0])
        domain[0] += int(row["count"] or 0)
        domain[1] += int(row["count"] or 0) if row["dmarc_aligned"] == "1" else 0
    return {name: [number % 2**64 for number in numbers] for name, numbers in found.items()}


def run(tally, program, folder, *mails):
    ports = " ".join(str(port) for port in engines.free_ports(6))
    looking = " ".join(shlex.quote(word) for word in (sys.executable, "-B", os.path.abspath(__file__), "--look"))
    done = subprocess.run([SCRIPT, *mails], capture_output=True, text=True, timeout=400, check=False, env={
        **os.environ, "TMPDIR": folder, "RUAMILL": program, "PORTS": ports, "THEN": f"echo LOOK; {looking}; echo LOOKED"})
    _, _, rest = done.stdout.partition("LOOK\n")
    found, _, _ = rest.partition("LOOKED\n")
    tally.check(done.returncode == 0 and done.stdout.endswith("each record is there once\n"),
                f"the script ends well ({done.returncode}) {done.stdout[-300:] if done.returncode else ''}{done.stderr[-300:]}")
    tally.check(found == "ALL LOOKED AT\n", f"as the tables of both hosts say {found}")
    tally.check("(status 75: what is for shard 1 waits on mx2)" in done.stdout, "a shard was away meanwhile")


def main():
    if "--look" in sys.argv:
        look()
        return
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        mails = sorted(glob.glob(rigs.mails("w1s") + "/*"))[:60]
        run(tally, program, folder, os.path.join(rig.HERE, "../../examples/reports"), *mails)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
