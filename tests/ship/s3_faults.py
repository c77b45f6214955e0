#!/usr/bin/env python3
"""s3_faults.py [PROGRAM] - the way to the bucket fails at any point, the server
gets or has other bytes than were sent, is killed, and the shipper is killed
before a sample of its system calls (--long: all): each report is there once,
byte for byte.

The server is Swift, which knows no If-None-Match; a proxy in front of it that
does shows what comes of that."""

import os
import random
import subprocess
import sys
import threading
import time
import urllib.parse

import proxies
import rig
import s3
import swift
import tables
from rig import harness

FAULTS = ["500", None, "page", None, "before", None, "after", "half", None, "late", None]
SAMPLE = 12


def read(path):
    with open(path, "rb") as file:
        return file.read()


def is_put(method, path):
    return method == "PUT" and "/archive/" in path


def bad_way(bench, tally):
    """Some of the requests fail, and others do not: one run brings all."""
    proxy = proxies.Http(bench.server.port, FAULTS, lambda method, path: "/archive/" in path)
    conf = bench.configure("way", "way", port=proxy.port)
    bench.rigs.replay(conf, *bench.mails(25))
    bench.server.ask("PUT", "/way")
    code, said = bench.rigs.ship(conf, "s3")
    wrong = bench.wrong("way", "way")
    struck = set(proxy.faults.struck)
    tally.check(code == 0 and not wrong and struck == set(FAULTS) - {None},
                f"{len(proxy.faults.struck)} faults on the way, {sorted(struck)} ({code}) {said} {wrong}")
    proxy.close()


class Tampering(proxies.Http):
    """Faults: "flip", a byte of the body; "etag", the MD5 that the server has."""

    lies = deleted = 0

    def handle(self, handler, body, fault):
        self.deleted += handler.command == "DELETE"
        if fault == "flip":
            body = bytes([body[0] ^ 1]) + body[1:]
        reply = self.pass_on(handler, body)
        if fault == "etag" and reply[0] == 200:
            self.lies += 1
            status, headers, text = reply
            reply = status, [(name, '"' + "0" * 32 + '"' if name.lower() == "etag" else value)
                             for name, value in headers], text
        proxies.answer(handler, *reply)


def other_bytes(bench, tally):
    """What comes in another form is refused, and what is there in another form
    goes away again."""
    conf = bench.configure("tamper", "tamper")
    bench.rigs.replay(conf, *bench.mails(12))
    bench.server.ask("PUT", "/tamper")
    for fault in ("flip", "etag"):
        proxy = Tampering(bench.server.port, [fault, None], is_put)
        bench.configure("tamper", "tamper", port=proxy.port)
        code, said = bench.rigs.ship(conf, "s3")
        wrong = bench.wrong("tamper", "tamper")
        tally.check(code == 0 and not wrong and proxy.faults.struck and
                    proxy.deleted == proxy.lies and (fault == "flip" or proxy.lies),
                    f"{fault}: {len(proxy.faults.struck)} times, {proxy.deleted} taken away ({code}) {said} {wrong}")
        proxy.close()
        subprocess.run(["rm", "-rf", bench.rigs.path("tamper/.spool/ship")], check=True)
        bench.server.clear("tamper")
        bench.server.ask("PUT", "/tamper")
    proxy = Tampering(bench.server.port, ["etag"], is_put)  # always
    bench.configure("tamper", "tamper", port=proxy.port)
    follow = bench.rigs.follow(conf, "s3")
    rig.wait_for(lambda: proxy.deleted >= 24, 30)
    code, _ = rig.end(follow)
    said, lag = follow.stdout.read(), bench.rigs.lag(conf, "s3")
    left = len(bench.server.names("tamper"))  # what was under way when it was told to stop
    tally.check(code == 0 and "other bytes" in said and lag["rows"] == "12" and left <= 8,
                f"always: nothing is confirmed, {left} are left ({code}) {lag} {said}")
    proxy.close()


class Conditional(proxies.Http):
    """Knows If-None-Match: signs anew what it passes on."""

    def __init__(self, server):
        super().__init__(server.port, [None])
        self.swift, self.lock, self.seen = server, threading.Lock(), {}

    def handle(self, handler, body, fault):
        path = urllib.parse.unquote(handler.path)
        if handler.headers.get("If-None-Match") != "*":
            self.seen[handler.command] = self.seen.get(handler.command, 0) + 1
            return super().handle(handler, body, fault)
        with self.lock:
            there = self.swift.ask("HEAD", path)[0] == 200
            reply = (412, {}, b"") if there else self.swift.ask("PUT", path, body=body)
        self.seen[reply[0]] = self.seen.get(reply[0], 0) + 1
        return proxies.answer(handler, reply[0], list(reply[1].items()), reply[2])


def conditional(bench, tally):
    """One request a report, and none that is there is overwritten."""
    proxy = Conditional(bench.server)
    bench.server.ask("PUT", "/once")
    for store, number in (("once1", 20), ("once2", 30)):
        conf = bench.configure(store, "once", port=proxy.port)
        bench.rigs.replay(conf, *bench.mails(number))
        code, said = bench.rigs.ship(conf, "s3")
        tally.check(code == 0 and not said, f"If-None-Match, {store} ({code}) {said}")
    wrong = bench.wrong("once", "once1", "once2")
    tally.check(not wrong and proxy.seen == {200: 30, 412: 20}, f"If-None-Match: {proxy.seen} {wrong}")
    proxy.close()


def part_lost(bench, tally):
    """A part of a large file fails: the upload is aborted, and comes anew."""
    proxy = proxies.Http(bench.server.port, [None, None, "500"] + [None] * 20,
                         lambda method, path: "partNumber=" in path)
    conf = bench.configure("parts", "parts", port=proxy.port, options="max_message = 100M\nmax_idle = 100M\n")
    s3.big_report(bench.rigs.path("big.xml"))
    bench.rigs.replay(conf, bench.rigs.path("big.xml"))
    bench.server.ask("PUT", "/parts")
    code, said = bench.rigs.ship(conf, "s3")
    wrong = bench.wrong("parts", "parts")
    left = bench.server.ask("GET", "/parts", [("uploads", "")])[2]
    tally.check(code == 0 and not wrong and proxy.faults.struck == ["500"] and not said and
                b"ListMultipartUploadsResult" in left and b"<Upload>" not in left,
                f"a part lost ({code}) {said} {wrong} {left[-200:]}")
    proxy.close()


def killed_server(bench, tally):
    """It is killed while reports come, and comes back."""
    conf = bench.configure("gone", "gone", extra="batch_rows = 10\nbatch_age = 1\n")
    bench.rigs.replay(conf, *bench.mails(60))
    bench.server.ask("PUT", "/gone")
    follow = bench.rigs.follow(conf, "s3")
    seen = rig.wait_for(lambda: bench.server.names("gone"), 30)
    bench.server.stop()
    time.sleep(0.5)
    bench.server.start()
    back = rig.wait_for(lambda: bench.rigs.lag(conf, "s3")["rows"] == "0", 60)
    code, _ = rig.end(follow)
    said = follow.stdout.read()
    # what the container missed while it was away, its list does not have for long
    wrong = [name for name, path in s3.archived(bench.rigs.path("gone")).items()
             if bench.server.get("gone", name) != read(path)]
    tally.check(seen and back and code == 0 and "tried again" in said and "takes rows again" in said and not wrong,
                f"killed, and followed to the end ({code}) {said} {wrong}")


def has_row_without_file(store):
    rows = tables.expected([store], "reports").values()
    files = {path.partition("/")[2] for path in s3.archived(store)}
    return any(row["archive"] not in files for row in rows)


def died_between(bench, tally):
    """A replay dies when reports are in the journal, and a recovery when rows are
    in their tables, and files not in their places: they are waited for, and not
    left out."""
    conf = bench.configure("half", "half")
    killat, out = build_killat(bench.rigs), bench.rigs.path("calls")
    bench.server.ask("PUT", "/half")
    replay = ["replay", "-c", conf, "--to", rig.RUA, *bench.mails(3)]

    def strike(what, number, *words):
        subprocess.run([killat, out, "-", what, str(number), bench.rigs.program, *words], capture_output=True,
                       check=False)
        with open(out, encoding="utf-8") as file:
            return [line.split() for line in file.read().split("\n")[:-1]]

    def half():
        """Whether it came to that: a replay has threads, and no call of one number."""
        store, number = bench.rigs.path("half"), 0
        for what in ("list", "kill"):
            subprocess.run(["rm", "-rf", store], check=True)
            synced = [int(call[0]) for call in strike("list", 0, *replay) if call[1] == "fdatasync"]
            subprocess.run(["rm", "-rf", store], check=True)
            strike("kill", synced[-1] + 1, *replay)
            for call in strike(what, number, "checkpoint", "-c", conf):
                if not number and call[1].startswith("rename") and "/archive/" in call[-1]:
                    number = int(call[0])
        return number and has_row_without_file(store)

    found = any(half() for _ in range(5))
    before = bench.rigs.ship(conf, "s3")
    subprocess.run([bench.rigs.program, "checkpoint", "-c", conf], check=True, stdout=subprocess.DEVNULL)
    after = bench.rigs.ship(conf, "s3")
    wrong = bench.wrong("half", "half")
    tally.check(found and before[0] == 75 and "in the journal still" in before[1] and after == (0, "") and not wrong and
                len(bench.server.names("half")) == 3, f"between rows and files: {before} {after} {wrong}")


def build_killat(rigs):
    path = rigs.path("killat")
    if not os.path.exists(path):
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2",
                        os.path.join(rig.HERE, "../store/killat.c"), "-o", path], check=True)
    return path


class Killing:
    """The shipper alone, killed before call number N."""

    def __init__(self, bench):
        self.bench, self.buckets = bench, 0
        self.shipper = os.path.join(os.path.dirname(bench.rigs.program), "ruamill-ship")
        self.killat = build_killat(bench.rigs)
        bench.rigs.replay(self.configure(), *bench.mails(10))

    def configure(self):
        self.bucket = f"kill{self.buckets}"
        return self.bench.configure("kill", self.bucket, extra="batch_rows = 3\n")

    def strike(self, what, number):
        self.buckets += 1
        conf = self.configure()
        self.bench.server.ask("PUT", f"/{self.bucket}")
        subprocess.run(["rm", "-rf", self.bench.rigs.path("kill/.spool/ship")], check=True)
        out = self.bench.rigs.path("calls")
        done = subprocess.run([self.killat, "-a", out, self.bench.rigs.path("kill"), what, str(number),
                               self.shipper, "-c", conf, "s3"],
                              capture_output=True, text=True, timeout=240, check=False)
        with open(out, encoding="utf-8") as file:
            return conf, done.returncode, file.read().split("\n")[:-1]

    def __call__(self, number):
        """What is wrong when it is killed there; None when it was not."""
        conf, code, lines = self.strike("kill", number)
        if code != 128 + 9:
            return None
        again = self.bench.rigs.ship(conf, "s3")
        wrong = self.bench.wrong(self.bucket, "kill")
        return [f"killed at {lines[-1:]}: {again} {wrong}"] if again[0] or wrong else []


def killed(bench, tally, everything):
    killing = Killing(bench)
    _, code, lines = killing.strike("list", 0)
    tally.check(code == 0 and len(lines) > 200, f"{len(lines)} calls ({code})")
    numbers = list(range(1, len(lines) + 1))
    if not everything:
        numbers = sorted(random.Random(1).sample(numbers, min(SAMPLE, len(numbers))))
    found = [killing(number) for number in numbers]
    struck = [wrong for wrong in found if wrong is not None]
    tally.check(len(struck) > len(numbers) // 2 and not any(struck),
                f"killed at {len(struck)} of {len(numbers)} calls {[wrong for wrong in struck if wrong][:3]}")


def main():
    program, options = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        server = swift.Swift(folder)
        rigs.servers.append(server)
        bench = s3.Bench(rigs, server)
        for test in (bad_way, other_bytes, conditional, part_lost, died_between, killed_server):
            began = time.monotonic()
            test(bench, tally)
            print(f"{test.__name__}: {time.monotonic() - began:.1f} s")
        killed(bench, tally, "long" in options)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
