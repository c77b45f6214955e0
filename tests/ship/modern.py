#!/usr/bin/env python3
"""modern.py [PROGRAM] - the same with the ClickHouse of today, as far as it can be
had as a module (chdb, as in tests/engines): its tables and views, and the token by
which a batch that comes again adds no row, not even one that FINAL hides."""

import os
import shutil
import subprocess
import sys
import urllib.request

import engines
import rig
from rig import harness

ENGINES = os.path.join(os.path.dirname(rig.HERE), "engines")


def modules(program):
    """The folder with chdb, which is installed there if it is missing."""
    folder = os.path.join(os.path.dirname(os.path.dirname(program)), "engines")
    if not os.path.isdir(os.path.join(folder, "node_modules/chdb")):
        os.makedirs(folder, exist_ok=True)
        shutil.copy(os.path.join(ENGINES, "package.json"), folder)
        subprocess.run(["npm", "install", "--prefix", folder, "--no-package-lock", "--no-audit",
                        "--no-fund", "--ignore-scripts", "--loglevel=error"], check=True)
    return folder


class Modern(engines.ClickHouse):
    def __init__(self, folder, place):
        self.folder, self.host = folder, "127.0.0.1"
        self.process = subprocess.Popen(["node", os.path.join(rig.HERE, "modern.mjs"), place, folder],
                                        stdout=subprocess.PIPE, text=True)
        self.http = int(self.process.stdout.readline())


def arm(server):
    return urllib.request.urlopen(f"http://127.0.0.1:{server.http}/break", data=b"").read()


def run(rigs, tally, server):
    conf = rigs.configure("store", server.target(extra="batch_rows = 500\n"))
    rigs.replay(conf, rigs.mails("w4s"), rig.GOLDEN)
    arm(server)
    code, said = rigs.ship(conf, "--create", "ch")
    wrong = rigs.wrong(server, ["store"])
    tally.check(code == 0 and arm(server) == b"armed", f"shipped, a batch twice ({code}) {said}")
    tally.check(not wrong, f"each row as in the tables {wrong}")
    for table in ("records", "reports"):
        bare = server.sql(f"SELECT count() FROM ruamill.{table}")[0][0]
        once = server.sql(f"SELECT count() FROM ruamill.{table}_once")[0][0]
        tally.check(bare == once, f"{table}: {bare} rows without FINAL, {once} with it")
    other = rigs.configure("other", server.target())
    rigs.replay(other, rigs.mails("w4s"))
    code, said = rigs.ship(other, "--create", "ch")
    wrong = rigs.wrong(server, ["store", "other"])
    tally.check(code == 0 and not wrong, f"another host's store ({code}) {said} {wrong}")


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        server = Modern(folder, modules(program))
        rigs.servers.append(server)
        print("ClickHouse", server.sql("SELECT version()")[0][0])
        run(rigs, tally, server)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
