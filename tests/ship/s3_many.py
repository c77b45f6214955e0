#!/usr/bin/env python3
"""s3_many.py [PROGRAM] [--long] - an archive of many files goes to a bucket by
one request a file: nothing is listed or looked at before, a second run asks for
nothing, and memory does not grow. Prints files a second and CPU time a file.

20,000 files; --long: a million. The server is a small one of ours, which only
counts: what a real one makes of the requests, s3.py shows."""

import asyncio
import collections
import csv
import glob
import hashlib
import os
import subprocess
import sys
import threading

import rig
from bench import quote, ship
from rig import harness

USAGE = __doc__
DOMAINS = 200
MOST_MEMORY = 32 * 1024  # KiB


class Counter(asyncio.Protocol):
    """Answers each PUT with the digest of its body, as S3 does. Of names it has
    the sum of their digests."""

    def __init__(self, counts):
        self.counts, self.text = counts, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data
        while (end := self.text.find(b"\r\n\r\n")) >= 0:
            head = self.text[:end]
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.text) < end + 4 + length:
                return
            body = self.text[end + 4:end + 4 + length]
            self.text = self.text[end + 4 + length:]
            self.answer(head.split(b" ", 2), body)

    def answer(self, words, body):
        self.counts[words[0].decode()] += 1
        if words[0] == b"PUT":
            self.counts["names"] += number_of(words[1].partition(b"/bucket/")[2].decode())
        tag = hashlib.md5(body).hexdigest()
        self.transport.write(f'HTTP/1.1 200 OK\r\nETag: "{tag}"\r\nContent-Length: 0\r\n\r\n'.encode())


def number_of(name):
    """Of a name as it is on its way, where "!" is escaped."""
    return int.from_bytes(hashlib.md5(name.replace("%21", "!").encode()).digest(), "big")


class Server:
    """Has a thread of its own."""

    def __init__(self):
        self.counts, self.port = collections.Counter(), None
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    async def serve(self, ready):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Counter(self.counts), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()


def grow(store, files):
    """Tables and archive of so many reports, as the program would have written
    them: all like the first that is there. Returns the sum of their names."""
    source = min(glob.glob(f"{store}/*/reports-*.csv"))
    with open(source, encoding="utf-8", newline="") as file:
        names, row = list(csv.reader(file))[:2]
    path = os.path.join(os.path.dirname(source), row[names.index("archive")])
    with open(path, "rb") as file:
        report = file.read()
    key, archive = names.index("report_key"), names.index("archive")
    total = 0
    for domain in range(DOMAINS):
        folder = f"{store}/d{domain}.example"
        os.makedirs(f"{folder}/archive/2026/11")
        with open(f"{folder}/reports-2026-11.csv", "w", encoding="utf-8") as table:
            table.write(",".join(names) + "\n")
            for number in range(files // DOMAINS):
                row[key] = hashlib.sha256(f"{domain} {number}".encode()).hexdigest()
                row[archive] = f"archive/2026/11/example.net!d{domain}.example!1730332800!1730419199!{row[key]}.xml.gz"
                table.write(",".join(quote(name, cell or None) for name, cell in zip(names, row)) + "\n")
                total += number_of(f"d{domain}.example/{row[archive]}")
                with open(f"{folder}/{row[archive]}", "wb") as file:
                    file.write(report)
    return total


def main():
    program, options = harness.arguments(USAGE)
    files = 1_000_000 if "long" in options else 20_000
    tally = harness.Tally()
    with harness.folder() as folder, rig.Rig(folder, program) as rigs:
        server = Server()
        secret = rigs.path("secret", "secret\n")
        os.chmod(secret, 0o600)
        conf = rigs.configure("store", f"[target s3]\ntype = s3\nurl = http://127.0.0.1:{server.port}\n"
                              f"bucket = bucket\nuser = somebody\npassword_file = {secret}\n")
        rigs.replay(conf, sorted(glob.glob(rigs.mails("w4s") + "/*"))[0])
        ship(rigs, conf, "s3")
        server.counts.clear()
        total = grow(rigs.path("store"), files)
        seconds, memory, cpu = ship(rigs, conf, "s3")
        counts = dict(server.counts)
        tally.check(counts.pop("names", 0) == total and counts == {"PUT": files},
                    f"{files} files: by {counts}; {files / seconds:,.0f} a second, "
                    f"{cpu / files * 1e6:.0f} us of CPU each")
        tally.check(memory <= MOST_MEMORY, f"{memory / 1024:.1f} MiB at its peak")
        server.counts.clear()
        seconds, _, cpu = ship(rigs, conf, "s3")
        tally.check(not server.counts, f"a second run: {dict(server.counts)}, {cpu:.2f} s of CPU")
        subprocess.run(["rm", "-rf", rigs.path("store")], check=True)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
