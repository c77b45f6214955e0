#!/usr/bin/env python3
"""s3_rebuild.py [PROGRAM] - a store that is made of a bucket is the one that was
shipped: rows and archive, whatever else is in the bucket, and whatever happens
on the way. With OpenStack Swift as Debian has it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

import proxies
import rig
import s3
import swift
import tables
from rig import harness

FAULTS = ["500", None, "before", None, None, "after", None, None]


def rebuild(bench, conf, folder, *words):
    """(exit status, what it printed, what it said)."""
    done = subprocess.run([bench.rigs.program, "rebuild", "-c", conf, "--from", "s3", *words, folder],
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def differences(bench, store, folder):
    """What is not as it was, but for what only the mail said."""
    old, new = bench.rigs.path(store), bench.rigs.path(folder)
    wrong = []
    for table in ("records", "reports"):
        want, have = tables.expected([old], table), tables.expected([new], table)
        wrong += [f"{table}: {key} is missing" for key in want.keys() - have.keys()]
        wrong += [f"{table}: {key} is nobody's" for key in have.keys() - want.keys()]
        for key in want.keys() & have.keys():
            for name in want[key]:
                if name not in tables.OF_RECEIPT and want[key][name] != have[key][name]:
                    wrong.append(f"{table}: {key}: {name} is {have[key][name]!r}")
    want, have = s3.archived(old), s3.archived(new)
    wrong += [f"archive: {name}" for name in want.keys() ^ have.keys()]
    for name in want.keys() & have.keys():
        with open(want[name], "rb") as one, open(have[name], "rb") as other:
            if one.read() != other.read():
                wrong.append(f"archive: {name} has other bytes")
    return wrong[:3]


def fill(bench, store, bucket, number):
    conf = bench.configure(store, bucket)
    bench.rigs.replay(conf, *bench.mails(number), rig.GOLDEN)
    code, said = bench.rigs.ship(conf, "--create", "s3")
    if code:
        sys.exit(f"ship: {said}")
    return conf


def whole(bench, tally, conf):
    """All of it; again into the same folder; and the same bytes in another."""
    count = len(s3.archived(bench.rigs.path("first")))
    code, out, said = rebuild(bench, conf, bench.rigs.path("second"), "--to", rig.RUA)
    wrong = differences(bench, "first", "second")
    tally.check(code == 0 and not said and f"reports {count} " in out and "problems 0" in out and not wrong,
                f"{count} reports ({code}) {out} {said} {wrong}")
    ruas = {row["rua"] for row in tables.expected([bench.rigs.path("second")], "reports").values()}
    tally.check(ruas == {rig.RUA}, f"the RUA is that of --to {ruas}")
    code, out, said = rebuild(bench, conf, bench.rigs.path("second"), "--to", rig.RUA)
    tally.check(code == 0 and "reports 0 records 0 problems 0" in out and f"already: {count}" in out and
                not differences(bench, "first", "second"), f"again ({code}) {out} {said}")
    code, out, said = rebuild(bench, conf, bench.rigs.path("third"), "--to", rig.RUA)
    done = subprocess.run(["diff", "-r", "-x", ".spool", bench.rigs.path("second"), bench.rigs.path("third")],
                          capture_output=True, text=True, check=False)
    tally.check(code == 0 and done.returncode == 0, f"and the same bytes in another folder ({code}) {done.stdout[:300]}")
    verify = subprocess.run([bench.rigs.program, "verify", "-c", conf, "-o", f"store={bench.rigs.path('second')}"],
                            capture_output=True, text=True, check=False)
    tally.check(verify.returncode == 0, f"verify finds nothing {verify.stdout[-200:]}{verify.stderr[-200:]}")


def refused(bench, tally, conf):
    """What it does not do."""
    other = bench.rigs.path("letters")
    os.makedirs(other, exist_ok=True)
    with open(os.path.join(other, "letter"), "w", encoding="utf-8") as file:
        file.write("Dear")
    code, _, said = rebuild(bench, conf, other)
    tally.check(code == 73 and "not empty" in said and os.listdir(other) == ["letter"], f"no store ({code}) {said}")
    code, _, said = rebuild(bench, conf, bench.rigs.path("none"), "--compare")
    tally.check(code == 64 and "--compare" in said, f"with --compare ({code}) {said}")
    with open(conf, "a", encoding="utf-8") as file:
        file.write("[target ch]\nurl = http://127.0.0.1:1\n")
    done = subprocess.run([bench.rigs.program, "rebuild", "-c", conf, "--from", "ch", bench.rigs.path("none")],
                          capture_output=True, text=True, check=False)
    tally.check(done.returncode == 78 and "no bucket" in done.stderr and
                not os.path.exists(bench.rigs.path("none")), f"of a ClickHouse {done.stderr}")


class Pages(proxies.Http):
    """Lists a few objects a page, and signs anew what it passes on. It may fail,
    list for ever, or list what it should not."""

    def __init__(self, server, size, faults=(None,), twist=None):
        super().__init__(server.port, list(faults), lambda method, path: "/archive/" in path)
        self.swift, self.size, self.twist, self.pages = server, size, twist, 0

    def handle(self, handler, body, fault):
        if "list-type" not in handler.path:
            return super().handle(handler, body, fault)
        self.pages += 1
        if self.faults.struck and self.pages % 3 == 0:
            return proxies.answer(handler, 500, [], b"the proxy is out of order")
        path, _, query = handler.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True), **{"max-keys": str(self.size)})
        if self.twist:
            query.pop("continuation-token", None)
        status, headers, text = self.swift.ask("GET", path, query.items())
        return proxies.answer(handler, status, list(headers.items()),
                              self.twist(text, self.pages) if self.twist else text)


def pages_and_faults(bench, tally):
    """Pages of twenty, and a way that fails, more than once."""
    proxy = Pages(bench.server, 20, FAULTS)
    conf = bench.configure("first", "first", port=proxy.port)
    code, out, said = rebuild(bench, conf, bench.rigs.path("paged"))
    wrong = differences(bench, "first", "paged")
    tally.check(code == 0 and proxy.pages > 10 and len(proxy.faults.struck) > 20 and not wrong,
                f"{proxy.pages} pages, {len(proxy.faults.struck)} faults ({code}) {out} {said} {wrong}")
    proxy.close()


def killed(bench, tally):
    """It is killed on its way, again and again; the last one brings the rest."""
    proxy = Pages(bench.server, 50, ["late", None, None, None])
    conf = bench.configure("first", "first", port=proxy.port)
    folder, partly = bench.rigs.path("killed"), []
    words = [bench.rigs.program, "rebuild", "-c", conf, "--from", "s3", folder]
    for _ in range(3):
        running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(3)
        running.send_signal(signal.SIGKILL)
        partly.append(running.wait())
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    code, seconds = rig.end(running)
    said = running.stderr.read()
    tally.check(code == 75 and seconds < 8 and "goes on" in said, f"SIGTERM ({code}, {seconds:.1f} s) {said}")
    proxy.close()
    conf = bench.configure("first", "first")
    code, out, said = rebuild(bench, conf, folder)
    wrong = differences(bench, "first", "killed")
    tally.check(code == 0 and not wrong, f"killed {partly} ({code}) {out} {said} {wrong}")


def hostile(bench, tally):
    """Objects that are no reports, or other ones, and lists that are no lists."""
    server, name = bench.server, sorted(s3.archived(bench.rigs.path("first")))[0]
    good = server.get("first", name)
    key = re.search(r"!([0-9a-f]{64})\.", name).group(1)
    server.ask("PUT", "/bad")
    odd = [f"../../example.com/archive/2026/11/a!{key}.xml", f"example.com/archive/2026/11/x/a!{key}.xml",
           f"quarantine/archive/2026/11/a!{key}.xml", f"Example.Com/archive/2026/11/a!{key}.xml", "letter.txt",
           f"example.com/archive/2026/11/a\x01!{key}.xml", f"example.com/archive/20261/11/a!{key}.xml",
           f"example.com/archive/2026/11/{'a' * 300}!{key}.xml", f"example.com/archive/2026/11/<&>é!{key}.xml"]
    for one in odd:
        status = server.ask("PUT", f"/bad/{one}", body=good)[0]
        tally.check(status == 200, f"the server takes {one[:60]!r} {status}")
    wrong = [f"example.com/archive/2026/11/a!{'0' * 64}.xml", f"other.example/archive/2026/11/a!{key}.xml"]
    for one in wrong:
        server.ask("PUT", f"/bad/{one}", body=good)
    server.ask("PUT", f"/bad/{name}", body=good)
    server.ask("PUT", f"/bad/{wrong[0]}.gz", body=b"\x1f\x8bnonsense")
    conf = bench.configure("first", "bad")
    code, out, said = rebuild(bench, conf, bench.rigs.path("bad"))
    have = s3.archived(bench.rigs.path("bad"))
    tally.check(code == 1 and "problems 3" in out and f": {len(odd)}\n" in out and list(have) == [name] and
                "another report" in out and not said, f"other objects ({code}) {out} {said} {list(have)}")
    twists = {"too many": lambda text, _: text.replace(b"<Contents>", b"<Contents></Contents>" * 1001 + b"<Contents>"),
              "no XML": lambda text, _: text[:len(text) // 2] + b"<<<" + text[len(text) // 2:],
              "entities": lambda text, _: text.replace(b"?>", b"?><!DOCTYPE x [<!ENTITY a 'b'>]>", 1),
              "endless": lambda text, _: text.replace(
                  b"<IsTruncated>false", b"<NextContinuationToken>x</NextContinuationToken><IsTruncated>true"),
              "long": lambda text, _: text.replace(b"<Name>", b"<Name>" + b"x" * 100_000, 1),
              "another": lambda text, _: b"<html>" + b"</html>"}
    for what, twist in twists.items():
        proxy = Pages(server, 1000, twist=twist)
        conf = bench.configure("first", "bad", port=proxy.port)
        code, out, said = rebuild(bench, conf, bench.rigs.path("twist"))
        tally.check(code == 69 and said.count("\n") == 1 and "target s3: the list of bad: " in said and "; see url and bucket" in said,
                    f"a list with {what} ({code}) {out} {said}")
        proxy.close()
        shutil.rmtree(bench.rigs.path("twist"))


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        server = swift.Swift(folder)
        rigs.servers.append(server)
        bench = s3.Bench(rigs, server)
        conf = fill(bench, "first", "first", 40)
        for test, *more in ((whole, conf), (refused, conf), (pages_and_faults,), (killed,), (hostile,)):
            began = time.monotonic()
            test(bench, tally, *more)
            print(f"{test.__name__}: {time.monotonic() - began:.1f} s")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
