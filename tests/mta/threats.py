#!/usr/bin/env python3
"""threats.py - what strangers may send, to the running daemon: every vector of
tests/vectors as a mail through Postfix, and what can be done to the milter's
socket (sockets.py).

usage: threats.py [PROGRAM]

Of each vector: the sender is told 250 and the log has its verdict within 5 s of
the last byte; a good mail sent meanwhile is taken within 1 s; the daemon is
still the same processes. Of all: nothing is returned to anybody, the store is
in order and has nothing in it that it should not have. A time over its limit
counts when it is so three times: the machine may be busy with something else."""

import contextlib
import os
import re
import socket
import sys
import threading
import time

import rig
import smtp
import sockets
from rig import RUA, mails
import vectors  # (tests)
import vectors.markup

ANSWER, MEANWHILE, TRIES = 5, 1, 3
PAUSE = 0.2    # s between two good mails
DISCARDED = ("ok", "duplicate", "bad", "refused")
ALL = "dmarc@" + rig.DEDICATED    # takes any policy domain
# what a folder and a file of the store may be called
FOLDER = r"(_invalid|[a-z0-9_-]+(\.[a-z0-9_-]+)*)"
FILES = re.compile(
    rf"({FOLDER}/(records|reports)-(\d{{4}}-\d\d|undated)(\.\d+)?\.csv"
    rf"|{FOLDER}/archive/(\d{{4}}/\d\d|undated)/[A-Za-z0-9._!-]+"
    r"|quarantine/(quarantine\.csv|\d{4}/\d\d/[0-9A-Za-z._-]+\.eml))")
CONTROL = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def processes(pid):
    """The daemon and what it has forked: which of them are still the same."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [pid] + file.read().split()
    return []


class Good:
    """Somebody who sends a good mail each time that he is asked to."""

    def __init__(self, port):
        self.client = smtp.Client(port)
        self.number = 0
        self.refused = []

    def send(self):
        """How long it took."""
        self.number += 1
        mail = mails.Mail(number=100000 + self.number, domain="example.com", kind="gzip").bytes()
        began = time.monotonic()
        _, reply = self.client.mail(mail, [RUA])
        if reply.code != 250:
            self.refused.append(str(reply))
        return time.monotonic() - began


class Sender:
    """Sends a mail, and says when all of it has been sent."""

    def __init__(self, server):
        self.client = smtp.Client(server.port)
        self.sent = threading.Event()

    def mail(self, message, to, sender):
        self.client.envelope([to], sender)
        reply = self.client.say("DATA")
        if reply.code == 354:
            self.client.send(message)
            self.sent.set()
            began = time.monotonic()
            reply = self.client.reply()
            return reply, time.monotonic() - began
        self.sent.set()
        return reply, 0


class Threats:
    def __init__(self, tally, here, server):
        self.tally, self.here, self.server = tally, here, server
        self.good = Good(server.port)
        self.good.send()
        self.processes = processes(here.milter.process.pid)
        self.stored, self.aside = {}, 0

    def once(self, one, message):
        """(reply, seconds, the seconds of the slowest good mail meanwhile)"""
        sender, meanwhile = Sender(self.server), []

        def others():
            sender.sent.wait(60)
            meanwhile.append(self.good.send())
            while not done.wait(PAUSE):
                meanwhile.append(self.good.send())

        done = threading.Event()
        thread = threading.Thread(target=others, daemon=True)
        thread.start()
        to = ALL if one.everyone else RUA
        try:
            reply, seconds = sender.mail(message, to, f"{one.name}@reporter.example")
        finally:
            done.set()
            thread.join()
        sender.client.quit()
        return reply, seconds, max(meanwhile)

    def run(self, one):
        message = smtp.dotted(one.bytes())
        place = self.here.milter.place()
        reply, seconds, meanwhile = self.once(one, message)
        lines = rig.wait_for(lambda: self.lines(one, place), 5)
        for _ in range(TRIES - 1):
            if seconds > ANSWER or meanwhile > MEANWHILE:
                again = self.once(one, message)
                seconds, meanwhile = min(seconds, again[1]), min(meanwhile, again[2])
        wrong = self.judge(one, reply, lines)
        if seconds > ANSWER:
            wrong.append(f"it took {seconds:.1f} s")
        if meanwhile > MEANWHILE:
            wrong.append(f"a good mail took {meanwhile:.1f} s meanwhile")
        if processes(self.here.milter.process.pid) != self.processes:
            wrong.append("the daemon is not the same any more")
        self.tally.check(not wrong, f"{one.threat:10} {one.about} ({one.name}): {lines[-1].get('verdict') if lines else ''}"
                                    f" {seconds:.2f} s, a good mail {meanwhile:.2f} s " + "; ".join(wrong))

    def lines(self, one, place):
        return [line for line in self.here.milter.lines(place) if line.get("from") == f"{one.name}@reporter.example"]

    def judge(self, one, reply, lines):
        wrong = [] if reply.code == 250 else [f"the sender is told {reply}"]
        if not lines or len(lines) > 1:
            return wrong + [f"{len(lines or [])} lines in the log"]
        verdict, sentence = lines[0].get("verdict"), lines[0].get("text", "")
        if verdict not in one.verdicts:
            wrong.append(f"verdict {verdict}, should be {one.verdict}: {sentence}")
        elif verdict != "ok" and not re.search(one.said, sentence):
            wrong.append(f"it says {sentence!r}, nothing of {one.said}")
        if lines[0].get("action") != ("discard" if verdict in DISCARDED else "accept"):
            wrong.append(f"action {lines[0].get('action')}")
        self.aside += verdict in ("bad", "refused")
        if verdict == "ok":
            self.stored[one.name] = (int(lines[0]["reports"]), int(lines[0]["records"]))
            if one.reports and self.stored[one.name] != (one.reports, one.records):
                wrong.append(f"{self.stored[one.name]} reports and records, should be {one.reports, one.records}")
        return wrong

    # ---- afterwards ----

    def check(self, good, what, seen=""):
        self.tally.check(good, what + ("" if good else f" (seen: {seen})"))

    def afterwards(self):
        self.check(not self.good.refused, f"{self.good.number} good mails sent meanwhile were taken", self.good.refused)
        bounced = re.findall(r".*status=(?:bounced|deferred).*|.*postfix/bounce.*", rig.read(self.server.log))
        self.check(not bounced, "F1         nothing is returned to anybody", bounced[:3])
        self.check(rig.wait_for(lambda: not self.server.queued(), 20), "the queue is empty", self.server.queued())
        self.good.client.quit()
        self.names()
        self.rows()
        self.text()
        bad = self.here.store.verify()
        self.check(not bad, "the store is in order", bad)

    def names(self):
        path = self.here.store.path
        odd = [name for folder, folders, files in os.walk(path) if "/.spool" not in folder
               for name in (os.path.relpath(os.path.join(folder, file), path) for file in files)
               if not FILES.fullmatch(name) and not name.startswith(".spool")]
        self.check(not odd, "B1         no file is called as it should not be", odd[:5])
        outside = sorted(set(os.listdir(os.path.dirname(path))) - {os.path.basename(path)})
        self.check(not outside, "B1         nothing is beside the store", outside)

    def rows(self):
        reports = self.here.store.rows()
        for name, (count, _) in self.stored.items():
            rows = [row for row in reports if row["report_id"] == name or
                    name.startswith("names-") and name in row["report_id"]]
            if name.startswith("forged-id"):
                rows = [row for row in reports if row["report_id"] == "forged-id"][:1]
            if count == 1 and name != "replayed-first" and len(rows) != 1:
                self.check(False, f"{name}: its report is there once", rows)
        by_name = {row["report_id"]: row for row in reports}
        for one in (one for one in vectors.VECTORS if one.warned and one.name in self.stored):
            row = by_name.get(one.name, {})
            said = row.get("warnings", "") + "".join(
                record["warnings"] for record in self.here.store.rows("records-") if record["report_id"] == one.name)
            self.check(one.warned in said, f"{one.name}: the table warns of {one.warned}", said)
        ids = [row["report_id"] for row in reports]
        self.check(ids.count("forged-id") == 2, "D1         two reports with one ID are both kept", ids.count("forged-id"))
        self.check(ids.count("replayed") == 1, "D2         a report written otherwise is the same", ids.count("replayed"))
        forged = [row for row in reports if row["report_id"] == "forged-sender"]
        self.check(len(forged) == 1 and not forged[0]["reporter_auth"], "D3         a forged one has nothing in reporter_auth",
                   forged)

    def text(self):
        """C: no text of a stranger does anything, wherever it is read."""
        odd, formulas, addresses, torn = set(), set(), set(), []
        for path in self.here.store.tables("re"):
            text = rig.read(path)
            odd.update(CONTROL.findall(text))
            rows = list(rig.csv.reader(text.splitlines()))
            torn += [path for row in rows if len(row) != len(rows[0])]
            if text.count("\n") != len(rows) or text.count("\r"):
                torn.append(path)
            formulas.update(value for row in rows for value in row if re.match(r"[=+@\t\r＝]|-\D", value))
            if "records" in os.path.basename(path):
                at = rows[0].index("source_ip_address")
                addresses.update(row[at] for row in rows[1:] if re.search(r"[^0-9a-fA-F:.]", row[at]))
        self.check(not odd, "C3         no control character is in a table", sorted(odd))
        self.check(not torn, "C2         every row is a line and has all columns", torn[:3])
        self.check(not formulas, "C1         no value is a formula", sorted(formulas)[:5])
        self.check(True, f"C5         {len(addresses)} values that are no address, as they were sent")
        with open(self.here.milter.log, "rb") as file:
            lines = file.read().split(b"\n")
        odd = [line[:80] for line in lines if not re.fullmatch(rb"((id=|ruamill: )[ -~]*)?", line) or len(line) > 4096]
        self.check(not odd, "C4         the log has no line that a stranger wrote", odd[:3])


def canary(here):
    """A file and a port that nobody is to touch."""
    path = here.make("canary")
    rig.write(path, "the canary sings\n")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    vectors.markup.CANARY_FILE, vectors.markup.CANARY_PORT = path, listener.getsockname()[1]
    return listener


def has_sung(here):
    """Files of the store, tables and quarantined messages aside, with the canary's words."""
    return [path for path in here.store.tables("re") if "canary sings" in rig.read(path)]


def touched(listener):
    with contextlib.suppress(BlockingIOError):
        listener.accept()
        return True
    return False


def mail(tally, program):
    """Every vector, through Postfix."""
    with rig.Rig(program) as here:
        listener = canary(here)
        here.milter.start()
        threats = Threats(tally, here, here.postfix(milter=True))
        for one in vectors.VECTORS:
            threats.run(one)
        threats.afterwards()
        tally.check(not touched(listener) and not has_sung(here), "A5         no external entity was fetched")
        listener.close()


def main():
    program, _, tally = rig.begin(__doc__)
    mail(tally, program)
    sockets.run(tally, program)
    tally.end()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
