#!/usr/bin/env python3
"""many.py - 20 processes of `ruamill replay`, and one of 8 threads (storm.c),
write into one store at the same time, with reports that others bring as well,
and are killed at random. When all is brought once more, every report is there
once, and every row.

usage: many.py [PROGRAM] [--long] [--seed=N] [--seconds=N]

60 s, half of them on one policy domain and half on 200; with --long 600 s."""

import csv
import hashlib
import os
import random
import re
import subprocess
import sys
import time

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests"))
import mails  # noqa: E402  (it stands beside the folder of this file)

PROCESSES = 20
MAILS = 2000   # they come as time goes by, so that there is news to the end:
RECENT = 300   # a process brings some of the latest,
SHARE = 60     # so many, in an order of its own
ADDRESS = "dmarc@example.net"
OURS = ".example.com"   # the policy domains of the mails; those of the threads end otherwise
WINDOW = 400   # reports that the threads bring again and again; then come the next ones
THREAD_ROWS = 3


def records_of(number):
    """Some reports are long, so that a kill finds them half written."""
    return 400 if number % 50 == 7 else 1 + number % 5


def make_mails(folder, domains):
    """(paths, digests of the report files in them)"""
    paths, sent = [], []
    for number in range(MAILS):
        mail = mails.Mail(number=number, records=records_of(number), to=ADDRESS,
                          domain=f"d{number % domains}.example.com")
        path = os.path.join(folder, f"{number:06}.eml")
        mails.write(path, mail.bytes())
        paths.append(path)
        sent.append(hashlib.sha256(mail.attachment()[2]).hexdigest())
    return paths, sorted(sent)


class Threads:
    """The process of 8 threads, again and again."""

    def __init__(self, program, store, domains, seed):
        self.command = [program, store, str(domains)]
        self.store, self.seed = store, seed
        self.log = os.path.join(os.path.dirname(store), "threads.log")
        self.runs = self.kills = 0
        self.process = None

    def begin(self, first, end, seed):
        with open(self.log, "ab") as file:
            self.process = subprocess.Popen([*self.command, str(first), str(end), str(seed)], stdout=file)

    def tick(self, chance):
        """Begins it anew where it ended, or kills it; False when it failed."""
        code = self.process.poll() if self.process else 0
        if code is not None:
            if code not in (0, -9):
                return False
            first = self.runs // 2 * WINDOW
            self.runs += 1
            self.begin(first, first + WINDOW, self.seed + self.runs)
        elif chance.random() < 0.05:
            self.stop()
        return True

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.kills += 1
        self.process.wait()

    def check(self, tally, what):
        """Every report that was begun comes once more, then each of its rows is there once."""
        end = (self.runs + 1) // 2 * WINDOW
        with open(self.log, "rb") as file:
            known = {int(line) for line in file.read().split(b"\n")[:-1]}
        before = self.rows()
        tally.check(set(before) >= known and set(before.values()) <= {THREAD_ROWS},
                    f"{what}: {self.runs} runs of threads, {self.kills} killed; "
                    f"their {len(known)} acknowledged reports are there")
        self.begin(0, end, 0)
        tally.check(self.process.wait() == 0, f"{what}: a clean run of the threads")
        tally.check(self.rows() == {number: THREAD_ROWS for number in range(end)},
                    f"{what}: {THREAD_ROWS * end} rows of the threads, each once")

    def rows(self):
        """{number: rows}"""
        found = {}
        for path in tables(self.store, "records-", ".example"):
            header, *lines = content(path).decode().split("\n")
            pairs = [tuple(line.split(",")[:2]) for line in lines[:-1]]
            if header != "number,row,length,filler" or lines[-1] or len(set(pairs)) != len(pairs):
                return {-1: 0}
            for number, _ in pairs:
                found[int(number)] = found.get(int(number), 0) + 1
        return found


class Store:
    def __init__(self, program, folder, domains):
        self.path = os.path.join(folder, "store")
        os.mkdir(os.path.join(folder, "mails"))
        allow = os.path.join(folder, "allow")
        with open(allow, "w", encoding="utf-8") as file:
            file.write(f"{ADDRESS} *\n")
        self.command = [program, "replay", "-v", "-o", f"store={self.path}", "-o", f"allow={allow}",
                        "-o", "jobs=1", "--to", ADDRESS]
        self.paths, self.sent = make_mails(os.path.join(folder, "mails"), domains)
        self.folder = folder
        self.logs = 0

    def begin(self, paths):
        """A process, and the file of its log."""
        self.logs += 1
        log = os.path.join(self.folder, f"{self.logs}.log")
        with open(log, "wb") as file:
            process = subprocess.Popen(self.command + paths, stdout=file, stderr=file)
        process.log = log
        return process

    def clean_run(self):
        return subprocess.run(self.command + self.paths, capture_output=True, text=True,
                              errors="replace", timeout=600, check=False)


def acknowledged(log):
    """The mails that a process said were stored."""
    with open(log, encoding="utf-8", errors="replace") as file:
        return re.findall(r"^id=\S*?(\d{6})\.eml .*verdict=(?:ok|duplicate) .*$", file.read(), re.M)


def choose(paths, part, chance):
    """Some of the latest mails, when `part` of the time is over."""
    last = max(RECENT, int(len(paths) * min(1, part)))
    return chance.sample(paths[last - RECENT:last], SHARE)


def is_killed(process, chance):
    if chance.random() >= 0.05:
        return False
    process.kill()
    process.wait()
    return True


def storm(store, threads, seconds, chance):
    """Runs the processes; returns (runs, kills, mails acknowledged, exit codes
    that are neither of a whole run nor of a kill)."""
    good = True
    began = time.monotonic()
    running, runs, kills, known, odd = [], 0, 0, set(), []
    while (part := (time.monotonic() - began) / seconds) < 1:
        while len(running) < PROCESSES:
            running.append(store.begin(choose(store.paths, part, chance)))
            runs += 1
        good = good and threads.tick(chance)
        time.sleep(chance.random() * 0.04)
        for process in running[:]:
            kills += is_killed(process, chance)
            if process.poll() is not None:
                running.remove(process)
                known.update(acknowledged(process.log))
                if process.returncode not in (0, -9):
                    odd.append(process)
    threads.stop()
    for process in running:
        process.kill()
        kills += 1
        process.wait()
        known.update(acknowledged(process.log))
    return runs, kills, known, odd, good


def walk(store, ending=OURS):
    """The files below the policy domains that end so."""
    for domain in os.listdir(store):
        if domain.endswith(ending):
            for folder, _, names in os.walk(os.path.join(store, domain)):
                yield from (os.path.join(folder, name) for name in names)


def tables(store, kind, ending=OURS):
    return [path for path in walk(store, ending)
            if os.path.basename(path).startswith(kind) and path.endswith(".csv")]


def read_table(path):
    """(its rows, whether it has whole lines and one header)"""
    with open(path, "rb") as file:
        text = file.read()
    lines = text.decode("utf-8").splitlines()
    header = next(csv.reader(lines[:1]))
    rows = list(csv.reader(lines[1:], strict=True))
    whole = text.endswith(b"\n") and b"\0" not in text and lines.count(lines[0]) == 1 and \
        all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row)) for row in rows], whole


def read_tables(store, kind):
    rows, whole = [], True
    for path in tables(store, kind):
        found, good = read_table(path)
        rows += found
        whole = whole and good
    return rows, whole


def content(path):
    with open(path, "rb") as file:
        return file.read()


def archive(store):
    return [path for path in walk(store) if "archive" in path.split(os.sep)]


def digests(store):
    """The digests of the archive's files, sorted."""
    return sorted(hashlib.sha256(content(path)).hexdigest() for path in archive(store))


def archived(store):
    """{key: number of the archive's files}"""
    keys = {}
    for path in archive(store):
        key = re.search(r"!([0-9a-f]{64})\.", path)
        keys[key and key[1]] = keys.get(key and key[1], 0) + 1
    return keys


def check_store(tally, store, what):
    records, whole_records = read_tables(store.path, "records-")
    reports, whole_reports = read_tables(store.path, "reports-")
    tally.check(whole_records and whole_reports, f"{what}: every line is whole, one header a table")
    keys = [row["report_key"] for row in reports]
    tally.check(len(keys) == len(set(keys)) == MAILS, f"{what}: {len(keys)} reports, {len(set(keys))} keys")
    numbers = sorted(int(row["report_id"]) for row in reports)
    tally.check(numbers == list(range(MAILS)), f"{what}: every report once")
    pairs = sorted((int(row["report_id"]), int(row["record"])) for row in records)
    want = [(n, r) for n in range(MAILS) for r in range(1, records_of(n) + 1)]
    tally.check(pairs == want, f"{what}: {len(pairs)} rows of {len(want)}, each once")
    total = sum(int(row["count"]) for row in records)
    exact = sum(n + i + 1 for n in range(MAILS) for i in range(records_of(n)))
    tally.check(total == exact, f"{what}: the sum of counts is {total}, {exact} were sent")
    files = archived(store.path)
    tally.check(sorted(files) == sorted(keys) and set(files.values()) == {1}, f"{what}: one archive file a report")
    tally.check(digests(store.path) == store.sent, f"{what}: the archive's files are what was sent")


def test(tally, program, threads_program, domains, seconds, seed):
    what = f"{domains} domains" if domains > 1 else "1 domain"
    with harness.folder(in_memory=domains > 1) as folder:  # 400 new tables are slow on a disk
        store = Store(program, folder, domains)
        threads = Threads(threads_program, store.path, domains, seed)
        runs, kills, known, odd, good = storm(store, threads, seconds, random.Random(seed))
        print(f"{what}: {runs} runs, {kills} killed, {len(known)} mails acknowledged")
        for process in odd[:3]:
            print(f"exit {process.returncode}: " + content(process.log).decode("utf-8", "replace")[-600:])
        tally.check(not odd, f"{what}: {len(odd)} runs end otherwise than well or killed")
        tally.check(kills >= seconds, f"{what}: at least {seconds} kills")
        tally.check(good and threads.kills >= seconds / 5, f"{what}: {threads.kills} kills of the threads, which end well else")
        last = store.clean_run()
        tally.check(last.returncode == 0, f"{what}: the clean run: {last.stdout.strip()} {last.stderr[-300:] if last.returncode else ''}")
        fresh = re.findall(r"^id=\S*?(\d{6})\.eml .*verdict=ok ", last.stderr, re.M)
        tally.check(not known & set(fresh), f"{what}: {len(fresh)} were new to it, none that had been acknowledged")
        try:
            threads.check(tally, what)
            check_store(tally, store, what)
        except (ValueError, KeyError, TypeError, StopIteration, csv.Error) as wrong:
            tally.check(False, f"{what}: the tables can be read: {wrong!r}")


def main():
    program, options = harness.arguments(__doc__)
    seed = int(options.get("seed", time.time_ns() % 1_000_000))
    seconds = int(options.get("seconds", 600 if "long" in options else 60))
    print(f"seed {seed}")
    tally = harness.Tally()
    with harness.folder() as scratch:
        threads = harness.compile_c(program, "storm", os.path.join(scratch, "storm"))
        for domains in (1, 200):
            test(tally, program, threads, domains, seconds // 2, seed)
    tally.end()


if __name__ == "__main__":
    main()
