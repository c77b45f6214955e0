#!/usr/bin/env python3
"""ship.py [PROGRAM] - what is in the tables of stores is in PostgreSQL and in
ClickHouse, each record once, as an independent reader has it: from one store and
two, while reports arrive, after a rotation, after the server died. With
PostgreSQL and clickhouse-server as Debian has them."""

import functools
import glob
import json
import os
import secrets
import subprocess
import sys
import threading
import time

import questions
import rig
import tables
from rig import harness

USAGE = __doc__


def plain(rigs, tally, server, target):
    """All columns and values, of CSV and TSV; a second run has nothing to do."""
    name = target.split("]")[0].split()[-1]
    for form in ("csv", "tsv"):
        conf = rigs.configure(f"{name}-{form}", target, f"format = {form}")
        rigs.replay(conf, rigs.mails("w4s"), rig.GOLDEN)
        code, said = rigs.ship(conf, "--create", name)
        tally.check(code == 0 and not said, f"{name}, {form}: shipped ({code}) {said}")
        wrong = rigs.wrong(server, [f"{name}-{form}"])
        tally.check(not wrong, f"{name}, {form}: rows are as in the tables {wrong}")
        before = sent(server)
        code, said = rigs.ship(conf, name)
        after = sent(server)
        tally.check(code == 0 and not said and before == after,
                    f"{name}, {form}: a second run sends nothing ({code}) {said} {before} {after}")
        rig.clear(server)


def rows(server):
    """Of a batch, so that there are several; in ClickHouse each makes files for
    every month and column."""
    return 800 if hasattr(server, "http") else 150


def counts(server):
    prefix = "ruamill." if hasattr(server, "http") else ""
    return [server.sql(f"SELECT count(*) FROM {prefix}{table}" if not prefix else
                       f"SELECT count() FROM {prefix}{table}")[0][0]
            for table in ("records", "reports")]


def sent(server):
    """What changes with another batch, even one of rows that are there: ClickHouse
    has them twice then, and PostgreSQL knows its name."""
    return counts(server) + ([] if hasattr(server, "http") else server.sql("SELECT * FROM ruamill_offsets"))


def two_stores(rigs, tally, server, target):
    """The same mails came to two hosts; both ship at the same time."""
    name = target.split("]")[0].split()[-1]
    stores = [f"{name}-mx1", f"{name}-mx2"]
    confs = [rigs.configure(store, target + f"batch_rows = {rows(server)}\n") for store in stores]
    for conf, more in zip(confs, ([], [rig.GOLDEN])):
        rigs.replay(conf, rigs.mails("w4s"), *more)
    results = []

    def run(conf):
        results.append(rigs.ship(conf, "--create", name))

    threads = [threading.Thread(target=run, args=(conf,)) for conf in confs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = rigs.wrong(server, stores)
    # two that meet may have to wait for each other, and say so
    tally.check(all(code == 0 for code, _ in results) and not wrong,
                f"{name}: two hosts, each record once {results} {wrong}")
    check_sums(rigs, tally, server, name, stores)
    rig.clear(server)


def check_sums(rigs, tally, server, name, stores):
    """What a dashboard adds up."""
    want = {}
    for row in tables.expected([rigs.path(store) for store in stores], "records").values():
        domain = want.setdefault(row["domain"], [0, 0])
        domain[0] += int(row["count"] or 0)
        domain[1] += int(row["count"] or 0) if row["dmarc_aligned"] == "1" else 0
    clickhouse = hasattr(server, "http")
    table = "ruamill.records_once" if clickhouse else "records"
    quote = "`count`" if clickhouse else '"count"'
    have = server.sql(f"SELECT domain, sum(coalesce({quote}, 0)), sum(CASE WHEN dmarc_aligned = 1 "
                      f"THEN coalesce({quote}, 0) ELSE 0 END) FROM {table} GROUP BY domain")
    # a hostile report has a count of 2^63 - 1, and ClickHouse adds in 64 bits
    have = {row[0]: [int(number) % 2**64 for number in row[1:]] for row in have}
    want = {name: [number % 2**64 for number in numbers] for name, numbers in want.items()}
    tally.check(have == want, f"{name}: the sums of {len(want)} domains")


def while_written(rigs, tally, server, target):
    """Two replays write while it follows; some of it is shipped meanwhile."""
    name = target.split("]")[0].split()[-1]
    conf = rigs.configure(f"{name}-busy", target + f"batch_age = 1\nbatch_rows = {rows(server)}\n")
    follow = rigs.follow(conf, "--create", name)  # before there is a store
    mails = sorted(glob.glob(rigs.mails("w1s") + "/*"))
    replays = [rigs.replay(conf, *mails[half::2], wait=False) for half in (0, 1)]
    seen = rig.wait_for(lambda: some(server), 60)
    ends = [replay.wait() for replay in replays]
    whole = has_all(rigs, server, conf, name)
    tally.check(seen and whole and ends == [0, 0], f"{name}: followed two replays {ends} {follow.poll()}")
    began = time.monotonic()
    rigs.replay(conf, rigs.mails("w4s"))
    whole = has_all(rigs, server, conf, name)
    tally.check(whole, f"{name}: and what came then, in {time.monotonic() - began:.1f} s")
    other = rigs.ship(conf, name)
    tally.check(other[0] == 75 and "another ruamill ship" in other[1],
                f"{name}: one at a time {other}")
    code, seconds = rig.end(follow)
    tally.check(code == 0 and seconds < 8, f"{name}: SIGTERM ends it ({code}, {seconds:.1f} s) "
                f"{follow.stdout.read()}")
    rig.clear(server)


def questions_of_a_dashboard(rigs, tally, server, target):
    """What examples/queries ask is answered as answers.md says, and two hosts that
    have the same reports count once."""
    name = target.split("]")[0].split()[-1]
    for store in (f"{name}-asked1", f"{name}-asked2"):
        conf = rigs.configure(store, target)
        rigs.replay(conf, rigs.path("sample"))
        code, said = rigs.ship(conf, "--create", name)
        tally.check(code == 0, f"{name}: the sample, {store} ({code}) {said}")
    wrong = questions.wrong(server)
    tally.check(not wrong, f"{name}: the questions of a dashboard {wrong}")
    rig.clear(server)


def has_all(rigs, server, conf, name):
    """Once nothing is left to send."""
    rig.wait_for(lambda: rigs.lag(conf, name)["rows"] == "0", 60)
    return not rigs.wrong(server, [f"{name}-busy"])


def some(server):
    try:
        return int(counts(server)[0]) > 0
    except RuntimeError:
        return False


def lag(rigs, tally, server, target):
    """It is in the status, and in the file of metrics, and goes away."""
    name = target.split("]")[0].split()[-1]
    prom = rigs.path(f"{name}.prom")
    conf = rigs.configure(f"{name}-lag", target, f"metrics = {prom}")
    mails = sorted(glob.glob(rigs.mails("w4s") + "/*"))

    def told():
        answer = subprocess.run([rigs.program, "status", "-c", conf, "--format", "json", "--warning", "0", "--critical", "0"],
                                capture_output=True, text=True, check=False)
        return json.loads(answer.stdout)["targets"]

    def metrics(text):
        return {line.split()[0]: int(line.split()[1]) for line in text.splitlines() if line.startswith("ruamill_ship_")}

    rigs.replay(conf, *mails[:10])
    before = told()
    code, said = rigs.ship(conf, "--create", name)
    after = told()
    tally.check(code == 0 and before[0]["rows"] > 0 == before[0]["confirmed"] and after[0]["rows"] == after[0]["seconds"] == 0 and
                after[0]["confirmed"] > 0, f"{name}: the lag in JSON {said} {before} {after}")
    time.sleep(2)
    rigs.replay(conf, *mails[10:20])
    with open(prom, encoding="utf-8") as file:
        found = metrics(file.read())
    mine = f'{{target="{name}"}}'
    tally.check(found.get("ruamill_ship_lag_seconds" + mine, 0) >= 1 and
                found.get("ruamill_ship_confirmed_timestamp_seconds" + mine) == after[0]["confirmed"] and len(found) == 2,
                f"{name}: the lag in the file of metrics {found}")
    found = metrics(subprocess.run([rigs.program, "status", "-c", conf, "--metrics"], capture_output=True, text=True, check=False).stdout)
    tally.check(found.get("ruamill_ship_lag_rows" + mine, 0) >= 10 and found.get("ruamill_ship_lag_bytes" + mine, 0) > 1000 and
                found.get("ruamill_ship_lag_seconds" + mine, 0) >= 1, f"{name}: the lag by status --metrics {found}")
    rigs.ship(conf, name)
    tally.check(told()[0]["rows"] == 0, f"{name}: and none is left {told()}")
    rig.clear(server)


def rotated(rigs, tally, server, target):
    """Tables are moved between two runs, as logrotate does it, and another gets
    their name."""
    name = target.split("]")[0].split()[-1]
    store = f"{name}-rotated"
    conf = rigs.configure(store, target, "partition = none")
    mails = sorted(glob.glob(rigs.mails("w1s") + "/*"))
    rigs.replay(conf, *mails[:200])
    code, said = rigs.ship(conf, "--create", name)
    rigs.replay(conf, *mails[200:300])
    subprocess.run([rigs.program, "checkpoint", "-c", conf], check=True, stdout=subprocess.DEVNULL)
    for path in glob.glob(rigs.path(store) + "/*/re*.csv"):
        os.rename(path, path + ".1")
    rigs.replay(conf, *mails[300:])
    again = rigs.ship(conf, name)
    wrong = rigs.wrong(server, [store])
    tally.check(code == 0 and again[0] == 0 and not wrong, f"{name}: rotated tables {said}{again} {wrong}")
    rig.clear(server)


def taken_inodes(rigs, tally, server, target):
    """Tables were packed, or taken away, and other ones have their inodes: longer,
    shorter and as long as what was sent; between two runs, and while it follows."""
    name = target.split("]")[0].split()[-1]
    store = f"{name}-inodes"
    conf = rigs.configure(store, target + "batch_age = 1\n", "partition = none")
    mails = sorted(glob.glob(rigs.mails("w1s") + "/*"))
    rigs.replay(conf, *mails[:200])
    rigs.ship(conf, "--create", name)
    paths = sorted(glob.glob(rigs.path(store) + "/*/records.csv"))
    tally.check(paths and not missing(server, paths), f"{name}: {len(paths)} tables are there")
    for change in ("as long", "shorter", "longer"):
        time.sleep(1.1)
        replace_rows(paths, change)
        gone, lag = missing(server, paths), int(rigs.lag(conf, name)["rows"])
        result = rigs.ship(conf, name)
        left = missing(server, paths)
        tally.check(gone and result == (0, "") and not left and (lag or change == "as long"),
                    f"{name}: tables {change} with the inodes of others: {gone} rows, lag {lag}, {left} left {result}")
    follow = rigs.follow(conf, name)
    rig.wait_for(lambda: rigs.lag(conf, name)["rows"] == "0", 30)
    time.sleep(2)
    replace_rows(paths, "shorter")
    sizes = [os.path.getsize(path) for path in paths]
    rigs.replay(conf, *mails[200:])
    grown = [path for path, size in zip(paths, sizes) if os.path.getsize(path) > size]
    came = rig.wait_for(lambda: not missing(server, grown), 30)
    code, _ = rig.end(follow)
    tally.check(grown and came and code == 0, f"{name}: and while it follows, {len(grown)} tables {follow.stdout.read()}")
    rig.clear(server)


def missing(server, paths):
    """Rows of tables that the engine has not."""
    prefix = "ruamill." if hasattr(server, "http") else ""
    have = {row[0] for row in server.sql(f"SELECT DISTINCT report_key FROM {prefix}records")}
    return sum(row["report_key"] not in have for path in paths for row in tables.rows(path))


def replace_rows(paths, change):
    """Other rows in the same files, by their report_key, which is the cell before
    the last one."""
    for path in paths:
        with open(path, "r+b") as file:
            header, *lines = file.read().splitlines(keepends=True)
            lines = {"as long": lines, "shorter": lines[:len(lines) // 2], "longer": 2 * lines}[change]
            file.seek(0)
            file.truncate()
            file.write(header)
            for line in lines:
                *cells, _, record = line.split(b",")
                file.write(b",".join([*cells, f'"{secrets.token_hex(32)}"'.encode(), record]))


def killed_server(rigs, tally, server, target, start):
    """The server is killed in the middle of an insert, again and again; and once
    rows come while there is none, since a fast one may have had all of them."""
    name = target.split("]")[0].split()[-1]
    store = f"{name}-killed"
    conf = rigs.configure(store, target + f"batch_rows = {4 * rows(server)}\nbatch_age = 1\n")
    rigs.replay(conf, rigs.mails("w4s"), rig.GOLDEN)
    follow = rigs.follow(conf, "--create", name)
    for number in range(3):
        seen = some(server) if number else rig.wait_for(lambda: some(server), 30)
        time.sleep(0.2)
        server.stop()
        if number == 0:
            rigs.replay(conf, rigs.mails("w2s"))
            time.sleep(3)  # batch_age, and more
        time.sleep(0.5)
        start()
        tally.check(seen, f"{name}: killed while rows came")
    back = rig.wait_for(lambda: rigs.lag(conf, name)["rows"] == "0", 60)
    code, _ = rig.end(follow)
    said = follow.stdout.read()
    # what a slow machine has not brought by now, another run brings
    again = (0, "") if back else rigs.ship(conf, name, limit=400)
    wrong = rigs.wrong(server, [store])
    tally.check(code == 0 and again[0] == 0 and not wrong,
                f"{name}: killed three times, {'followed' if back else 'shipped'} to the end {again} {wrong}")
    tally.check("will be tried again" in said or "takes rows again" in said,
                f"{name}: and it said so {said[:200]!r}")
    rig.clear(server)


def all_of_it(rigs, tally, server):
    target = server.target()
    plain(rigs, tally, server, target)
    two_stores(rigs, tally, server, target)
    questions_of_a_dashboard(rigs, tally, server, target)
    while_written(rigs, tally, server, target)
    lag(rigs, tally, server, target)
    rotated(rigs, tally, server, target)
    taken_inodes(rigs, tally, server, target)
    killed_server(rigs, tally, server, target, server.start)


def main():
    program, _ = harness.arguments(USAGE)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        for name in ("w1s", "w2s", "w4s"):
            rigs.mails(name)
        questions.write(rigs.path("sample"))
        servers = rigs.postgres(), rigs.clickhouse()
        rig.side_by_side(*(functools.partial(all_of_it, rigs, tally, server) for server in servers))
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
