#!/usr/bin/env python3
"""held.py PROGRAM [--connections N] [--megabytes N] - a milter whose connections
each hold a large message needs little memory: that of all its processes, pages
that they share divided among them (Pss), stays below LIMIT, while the messages
are held and while all of them are read at once. Half of them are large reports, the other
half texts with a small one behind; then all are of 100 KB, with many reports whose rows
are 14 MiB. All must be stored in the end."""

import argparse
import base64
import gzip
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [TESTS, os.path.join(TESTS, "bench"), os.path.join(HERE, "miltertest")]

import client   # noqa: E402  (tests/mta/miltertest)
import mails    # noqa: E402  (tests)
import measure  # noqa: E402  (tests/bench)

RUA = "dmarc@example.net"
LIMIT = 128     # MiB
START = 60      # s
REPORTS, RECORDS = 28, 170  # of many()
TYPE = "multipart/mixed; boundary=limit"
TEXT = b"so that it is as long as it should be, for nobody reads it\r\n"


def body(number, size):
    """A report, behind a text that makes it as long as it should be, or, with an
    odd number, itself as long; and how many records it has."""
    pieces, records = [], 1
    if number % 2:
        one = len(mails.Mail(number, kind="xml", records=1001).document()) / 1001
        records = int(size * 3 / 4 / one)
    else:
        pieces = [b"--limit\r\nContent-Type: text/plain\r\n\r\n", TEXT * (size // len(TEXT)), b"\r\n"]
    report = mails.Mail(number, kind="xml", records=records).document()
    pieces += [b"--limit\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               base64.encodebytes(report).replace(b"\n", b"\r\n"), b"\r\n--limit--\r\n"]
    return b"".join(pieces), records


def many(number, _):
    """A hundred KB of reports whose rows are as many MiB as they may be in memory
    while they wait for their commit, and more."""
    pieces = []
    for report in range(REPORTS):
        text = mails.Mail(number * 1000 + report, kind="xml", records=RECORDS).document()
        text = text.replace(b"<org_name>", b"<org_name>" + b"x" * 3000)
        pieces += [b"--limit\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                   base64.encodebytes(gzip.compress(text)).replace(b"\n", b"\r\n"), b"\r\n"]
    return b"".join(pieces + [b"--limit--\r\n"]), RECORDS * REPORTS


class Service:
    def __init__(self, program, folder):
        self.log, self.socket = os.path.join(folder, "log"), os.path.join(folder, "socket")
        self.store = os.path.join(folder, "store")
        conf = os.path.join(folder, "conf")
        with open(os.path.join(folder, "allow"), "w", encoding="ascii") as file:
            file.write(f"{RUA} *\n")
        with open(conf, "w", encoding="ascii") as file:
            file.write(f"store = {self.store}\nallow = {folder}/allow\nsocket = unix:{self.socket}\n"
                       "authserv_id = mx.example.net\nmax_connections = 1000\n")
        with open(self.log, "w", encoding="ascii") as file:
            self.process = subprocess.Popen([program, "milter", "-c", conf], stderr=file)
        end = time.monotonic() + START
        while " serves " not in self.text():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"the milter does not come to serve: {self.text()}")
            time.sleep(0.02)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(START)

    def rows(self):
        found = 0
        for folder, _, names in os.walk(self.store):
            for name in names:
                if name.startswith("records-"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found += len(file.readlines()) - 1
        return found


class Watch(threading.Thread):
    """The most memory of a process and its descendants, in MiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.census, self.ended = pid, measure.Census(), threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.01):
            self.census(self.pid)

    def end(self):
        self.ended.set()
        self.join()
        return self.census.most / 1024


def hold(service, number, size, body):
    """A connection that has sent all of a message but its end, and its records."""
    content, records = body(number, size)
    session = client.Milter(service.socket)
    session.socket.settimeout(300)
    session.envelope(f"held{number}", [f"<{RUA}>"])
    session.content([("From", "a@reporter.example"), ("MIME-Version", "1.0"), ("Content-Type", TYPE)],
                    content)
    return session, records


def end(session, replies):
    replies.append(session.end())


def measure_all(service, connections, size, body):
    watch = Watch(service.process.pid)
    before = measure.Census()
    before(service.process.pid)
    sessions, records = zip(*(hold(service, number, size, body) for number in range(connections)))
    held, replies = watch.end(), []
    watch = Watch(service.process.pid)
    threads = [threading.Thread(target=end, args=(session, replies)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = watch.end()
    print(f"MiB of all processes: {before.most / 1024:.1f} to begin with, at most {held:.1f} while {connections} "
          f"connections come to hold {size / 1e6:.1f} MB each, {read:.1f} while these are read")
    wrong = []
    if replies != [client.DISCARD] * connections:
        wrong.append(f"answers: {replies}")
    if service.rows() != sum(records):
        wrong.append(f"{service.rows()} rows of {sum(records)}")
    if max(held, read) >= LIMIT:
        wrong.append(f"{max(held, read):.1f} MiB: the limit is {LIMIT}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=10)
    arguments = parser.parse_args()
    for kind, size in ((body, arguments.megabytes * 1000000), (many, 100_000)):
        with tempfile.TemporaryDirectory() as folder:
            service = Service(os.path.abspath(arguments.program), folder)
            try:
                wrong = measure_all(service, arguments.connections, size, kind)
            finally:
                service.stop()
            if wrong:
                sys.exit("\n".join(wrong) + "\n" + service.text()[-2000:])


if __name__ == "__main__":
    main()
