#!/usr/bin/env python3
"""offsets.py [PROGRAM] - what is remembered of many tables: a death or a full
disk while a batch of them is written down loses none and ends; tables that were
packed before there was the target are named; what is no folder is passed over;
another user's store is left alone."""

import csv
import glob
import os
import subprocess
import sys

import rig
import tables
from bench import quote
from rig import harness

TABLES = 700  # of 1,024 slots, of which a quarter stays free
BEHIND = 40   # slots before the last one


def first_store(rigs, server, name):
    """(its configuration, its path), of one report, shipped."""
    conf = rigs.configure(name, server.target("pg"))
    rigs.replay(conf, sorted(glob.glob(rigs.mails("w4s") + "/*"))[0])
    rigs.ship(conf, "--create", "pg")
    return conf, rigs.path(name)


def grow(store, first, behind):
    """A policy domain for each number, with a row like the first that is there."""
    with open(max(glob.glob(f"{store}/[!d]*/records-*.csv") or glob.glob(f"{store}/*/records-*.csv")),
              encoding="utf-8") as file:
        head, line = file.read().split("\n")[:2]
    names = next(csv.reader([head]))
    cells = tables.split(line)
    for number in range(first, behind):
        cells[names.index("report_key")] = f"{number:064x}"
        folder = f"{store}/d{number}.example"
        os.makedirs(folder)
        with open(f"{folder}/records-2026-11.csv", "w", encoding="utf-8") as file:
            file.write(head + "\n" + ",".join(quote(name, cell) for name, cell in zip(names, cells)) + "\n")


def strike(rigs, conf, store, what, number):
    """(exit status, the calls that are struck or listed) of a shipper."""
    calls = rigs.path("calls")
    shipper = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
    done = subprocess.run([rigs.path("killat"), "-a", calls, store, what, str(number), shipper, "-c", conf, "pg"],
                          capture_output=True, text=True, timeout=120, check=False)
    with open(calls, encoding="utf-8") as file:
        return done.returncode, file.read().split("\n")[:-1]


def interrupted(rigs, tally, server, what, status):
    """In the middle of writing down what was confirmed; and then as many tables again."""
    conf, store = first_store(rigs, server, what)
    grow(store, 0, TABLES)
    subprocess.run(["cp", "-a", f"{store}/.spool/ship", rigs.path(f"{what}-before")], check=True)
    _, calls = strike(rigs, conf, store, "list", 0)
    number = int([line for line in calls if "pwrite64" in line and "offsets" in line][-BEHIND].split()[0])
    subprocess.run(["rm", "-rf", f"{store}/.spool/ship"], check=True)
    subprocess.run(["mv", rigs.path(f"{what}-before"), f"{store}/.spool/ship"], check=True)
    code, calls = strike(rigs, conf, store, what, f"{number}+" if what != "kill" else number)
    tally.check(code == status and any("offsets" in line for line in calls),
                f"{what}: at a slot ({code}) {calls[:1]}")
    code, said = rigs.ship(conf, "pg")
    grow(store, TABLES, 2 * TABLES)
    again, more = rigs.ship(conf, "pg", limit=60)
    wrong = rigs.wrong(server, [what])
    tally.check((code, again) == (0, 0) and not wrong, f"{what}: all there ({code}, {again}) {said}{more} {wrong}")
    lag = rigs.lag(conf, "pg")
    tally.check(lag["rows"] == "0", f"{what}: {lag}")
    rig.clear(server)


def packed(rigs, tally, server):
    """Before there was the target."""
    conf = rigs.configure("packed", server.target("pg"))
    rigs.replay(conf, rigs.mails("w4s"))
    some = sorted(glob.glob(rigs.path("packed") + "/*/records-*.csv"))[:3]
    subprocess.run(["gzip", *some], check=True)
    code, said = rigs.ship(conf, "--create", "pg")
    tally.check(code == 65 and said.count("\n") == 1 and "packed" in said and ": 3;" in said,
                f"packed tables are named ({code}) {said}")
    code, said = rigs.ship(conf, "pg")
    tally.check((code, said) == (0, ""), f"once ({code}) {said}")
    subprocess.run(["gunzip", *(path + ".gz" for path in some)], check=True)
    code, said = rigs.ship(conf, "pg")
    wrong = rigs.wrong(server, ["packed"])
    tally.check(code == 0 and not wrong, f"unpacked, they go ({code}) {said} {wrong}")
    with open(rigs.path("packed/backup.tar"), "w", encoding="ascii") as file:
        file.write("not a folder")
    code, said = rigs.ship(conf, "pg")
    tally.check((code, said) == (0, ""), f"a file beside the folders ({code}) {said}")


def somebody_else(rigs, tally, server):
    """As root, for whom nothing is forbidden."""
    conf = rigs.configure("other", server.target("pg"))
    rigs.replay(conf, rigs.mails("w4s"))
    subprocess.run(["chown", "-R", "nobody", rigs.path("other")], check=True)
    code, said = rigs.ship(conf, "--create", "pg")
    made = os.path.exists(rigs.path("other/.spool/ship"))
    tally.check(code == 78 and "belongs to " in said and said.count("\n") == 1 and not made,
                f"another user's store ({code}) {said}")


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2",
                        os.path.join(rig.HERE, "../store/killat.c"), "-o", rigs.path("killat")], check=True)
        server = rigs.postgres()
        interrupted(rigs, tally, server, "kill", 128 + 9)
        interrupted(rigs, tally, server, "ENOSPC", 75)
        packed(rigs, tally, server)
        if os.getuid() == 0:
            somebody_else(rigs, tally, server)
        else:
            print("ABSENT: another user's store: needs root")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
