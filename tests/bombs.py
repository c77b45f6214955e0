#!/usr/bin/env python3
"""bombs.py - the bomb table: what each bomb of tests/vectors costs.

usage: bombs.py [PROGRAM]              measures them, prints the table, checks it
       bombs.py --write [PROGRAM]      the same, and writes docs/bombs.md

Each is replayed by a process of its own: its CPU time and peak memory are those
that the kernel counts for it and the worker that it waited for. Then the running
milter gets it: seconds until the answer, and how much its own memory grew. The
limits: 5 s of CPU, a worker of 64 MiB, a milter that grows by less than 5 MiB;
the verdict, and a store that is in order. docs/bombs.md names the same bombs and
verdicts; its figures are those of the machine that wrote it."""

import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "store"), os.path.join(HERE, "mta/miltertest")]
import harness  # noqa: E402
import vectors  # noqa: E402
from client import Milter  # noqa: E402

SECONDS, WORKER, GROWTH = 5, 64, 5    # s, MiB, MiB
PACKET = 65000    # bytes of a field that libmilter takes
RUA = "dmarc@example.net"
PAGE = os.path.join(harness.ROOT, "docs/bombs.md")
HEAD = """# Bombs

What small mails that are meant to hurt cost `ruamill milter`. A worker may take {seconds} s of CPU and
{worker} MiB for one of these, and the milter itself no more than {growth} MiB; `tests/bombs.py`, which has written
this page with `tests/bombs.py --write`, makes the bombs (`tests/vectors`) and holds them to that.

CPU time and peak memory are those of a replay of the mail, the greater of front end and worker (of which 7 MiB
are there before any mail is); seconds are from the last byte to the milter's answer.

| bomb | mail, kB | verdict | CPU, s | peak, MiB | milter, s | |
|---|--:|---|--:|--:|--:|---|
"""


def said(text, name):
    """A value of a line of the log."""
    found = re.search(rf'{name}=("[^"]*"|\S+)', text)
    return found[1].strip('"') if found else ""


class Bench:
    """The program with a store, and a running milter beside it with its own."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.write("allow", f"{RUA} *\n")
        self.log = open(self.path("log"), "w+", encoding="ascii")
        self.milter = subprocess.Popen(self.command("milter", "live", f"socket=unix:{self.path('socket')}"),
                                       stdout=subprocess.DEVNULL, stderr=self.log)
        end = time.monotonic() + 30
        while " serves " not in self.lines() and time.monotonic() < end:
            time.sleep(0.02)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)

    def command(self, name, store, *options):
        words = [f"store={self.path(store)}", f"allow={self.path('allow')}", *options]
        return [self.program, name, "-c", "/dev/null", *(word for option in words for word in ("-o", option))]

    def lines(self, begin=0):
        with open(self.path("log"), encoding="ascii") as file:
            return file.read()[begin:]

    def replay(self, mail):
        """(verdict, sentence, CPU seconds, MiB) of a replay."""
        # By time(1): the peak of a process begins with that of the one that forked it, and we are large.
        done = subprocess.run(["time", "-q", "-f", "%U %S %M", "-o", self.path("cost")] +
                              self.command("replay", "stored", "jobs=1") + ["--to", RUA, mail],
                              capture_output=True, text=True, check=False)
        text = done.stderr + done.stdout
        with open(self.path("cost"), encoding="ascii") as file:
            user, system, peak = map(float, file.read().split())
        verdict = said(text, "verdict") or ("ok" if re.search(r" new [1-9]", text) else "duplicate")
        if done.returncode:
            verdict = f"exit status {done.returncode}"
        return verdict, said(text, "text"), user + system, peak / 1024

    def memory(self):
        with open(f"/proc/{self.milter.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def send(self, message, name):
        """(verdict, seconds, MiB that the milter grew by); no verdict if a field is larger than a packet may be."""
        with open(f"/proc/{self.milter.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")    # the peak counts from now on
        before, place = self.memory(), len(self.lines())
        head, _, body = message.partition(b"\n\n")
        if max(map(len, head.split(b"\n"))) > PACKET:
            return None, 0, 0
        client = Milter(self.path("socket"))
        client.envelope(name, [f"<{RUA}>"])
        client.step(b"T")
        for field in re.sub(rb"\n(?=[ \t])", b"\0", head).split(b"\n"):
            key, _, value = field.replace(b"\0", b"\n").partition(b":")
            client.step(b"L", key + b"\0" + value + b"\0", 0x80)
        client.step(b"N", b"", 0x40000)
        body = body.replace(b"\n", b"\r\n")
        for at in range(0, len(body), 65535):
            client.step(b"B", body[at:at + 65535], 0x80000)
        began = time.monotonic()
        client.end()
        seconds = time.monotonic() - began
        client.close()
        return said(self.lines(place), "verdict"), seconds, self.memory() - before

    def verify(self, store):
        done = subprocess.run(self.command("verify", store), capture_output=True, text=True, check=False)
        return None if done.returncode == 0 and done.stdout.endswith(" problems 0\n") else done.stdout + done.stderr

    def close(self):
        self.milter.terminate()
        self.milter.wait()
        self.log.close()


def explode(bench, tally, one):
    """One bomb; its row of the table."""
    message, mail = one.bytes(), bench.path(one.name + ".eml")
    with open(mail, "wb") as file:
        file.write(message)
    verdict, sentence, cpu, worker = bench.replay(mail)
    os.unlink(mail)
    live, seconds, grown = bench.send(message, one.name)
    wrong = []
    if not {verdict, live or verdict} <= set(one.verdicts):
        wrong.append(f"verdict should be {one.verdict}, is {verdict} replayed, {live} live")
    if verdict != "ok" and not re.search(one.said, sentence):
        wrong.append(f"the sentence has nothing of {one.said}")
    if cpu > SECONDS:
        wrong.append(f"more than {SECONDS} s")
    if worker > one.memory or grown > GROWTH:
        wrong.append(f"more than {one.memory} MiB, or {GROWTH} in the milter ({grown:.1f})")
    took = f"{seconds:.2f}" if live else "-"
    about = one.about.replace("|", "\\|")
    row = f"{about} | {len(message) / 1000:.0f} | {verdict} | {cpu:.2f} | {worker:.0f} | {took} | {sentence}"
    tally.check(not wrong, row + "".join(f"; {what}" for what in wrong))
    return row


def documented():
    """[(bomb, verdict)] of the page."""
    rows = []
    with open(PAGE, encoding="utf-8") as file:
        for line in file:
            words = [word.strip() for word in re.split(r"(?<!\\)\|", line)]
            if len(words) > 6 and words[2][:1].isdigit():
                rows.append((words[1], words[3]))
    return rows


def write(rows):
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(HEAD.format(seconds=SECONDS, worker=WORKER, growth=GROWTH))
        file.writelines(f"| {row} |\n" for row in rows)


def main():
    if "--write" in sys.argv:
        sys.argv.remove("--write")
        to_write = True
    else:
        to_write = False
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    print("bomb | mail, kB | verdict | CPU, s | peak, MiB | milter, s | sentence")
    with tempfile.TemporaryDirectory(prefix="ruamill-bombs-") as folder:
        bench = Bench(program, folder)
        rows = [explode(bench, tally, one) for one in vectors.VECTORS if one.bomb]
        tally.check(bench.milter.poll() is None, "the milter is still there")
        for store in ("stored", "live"):
            bad = bench.verify(store)
            tally.check(not bad, f"the store is in order {bad or ''}")
        bench.close()
    if to_write and not tally.failed:
        write(rows)
    columns = [[word.strip() for word in re.split(r"(?<!\\)\|", row)] for row in rows]
    tally.check([(row[0], row[2]) for row in columns] == documented(),
                "docs/bombs.md has the same bombs and verdicts (tests/bombs.py --write makes it)")
    tally.end()


if __name__ == "__main__":
    main()
