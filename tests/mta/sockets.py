"""sockets.py - what can be done to the milter's socket, to the process that it
belongs to, and what a worker asks the kernel for: the second half of threats.py,
which runs it."""

import contextlib
import os
import random
import shlex
import signal
import socket
import struct
import sys
import threading
import time

import rig
import smtp
from rig import OTHER, RUA, SECOND, mails

sys.path.insert(0, os.path.join(rig.HERE, "miltertest"))
from client import ACCEPT, CONTINUE, DISCARD, GONE, TEMPFAIL, Milter  # noqa: E402
import vectors  # noqa: E402  (tests)

RUAS = [f"<{RUA}>"]
SEED = 5


def good(address, number, to=RUAS):
    """Sends a good mail; the answer, and how long it took."""
    began = time.monotonic()
    client = Milter(address)
    answer = client.message(f"G{number}", to, mails.Mail(number=number, domain="example.com", kind="xml").document())
    client.close()
    return answer, time.monotonic() - began


def seconds_of(pid):
    """CPU time that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def status(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Sockets:
    def __init__(self, tally, here):
        self.tally, self.here = tally, here
        self.address = here.milter.path
        self.pid = here.milter.process.pid
        self.number = 0

    def check(self, good_, what, seen=""):
        self.tally.check(good_, what + ("" if good_ else f" (seen: {seen})"))

    def served(self, what, limit=1):
        """A good mail is taken, within the limit; at the third attempt at last."""
        seen = []
        for _ in range(3):
            self.number += 1
            seen.append(good(self.address, self.number))
            if seen[-1][0] != DISCARD or seen[-1][1] <= limit:
                break
        self.check(seen[-1][0] == DISCARD and seen[-1][1] <= limit and self.here.milter.process.poll() is None,
                   f"{what}: a good mail is taken in {seen[-1][1]:.2f} s", seen)

    # ---- E1 ----

    def slow(self):
        before = status(self.pid, "VmRSS")
        half = []
        for _ in range(500):
            half.append(socket.socket(socket.AF_UNIX))
            half[-1].connect(self.address)
            half[-1].sendall(b"\0\0")
        self.served("E1 libmilter  500 connections with half a packet")
        threads, grown = status(self.pid, "Threads"), status(self.pid, "VmRSS") - before
        self.check(threads < 600 and grown < 40 << 10, f"E1         {threads} threads, {grown >> 10} MiB more")
        for connection in half:
            connection.close()
        slow = []
        for number in range(200):
            slow.append(Milter(self.address))
            slow[-1].envelope(f"S{number}", RUAS)
            slow[-1].step(b"T")
        answer, _ = good(self.address, 9999)
        self.check(answer == b"y", "E1         200 senders of reports that do not go on: the next one is told to come again",
                   answer)
        began = time.monotonic()
        client = Milter(self.address)
        client.envelope("B1", [f"<{OTHER}>"])
        answer = client.step(b"T")
        client.close()
        self.check(answer == ACCEPT and time.monotonic() - began < 1, "E1         other people's mail goes on at once", answer)
        for client in slow:
            client.close()
        rig.wait_for(lambda: status(self.pid, "Threads") < 100, 3)
        self.served("E1         when they have gone")

    # ---- E2 ----

    def garbage(self):
        chance = random.Random(SEED)
        packet = lambda command, data=b"": struct.pack("!I", len(data) + 1) + command + data  # noqa: E731
        hello = packet(b"O", struct.pack("!III", 6, 0x1ff, 0))
        mail, rcpt = packet(b"M", b"<a@b>\0"), packet(b"R", RUAS[0].encode() + b"\0")
        rude = [b"", b"\0", b"\0\0\0\0", b"\xff" * 8, struct.pack("!I", 1 << 31) + b"O", b"GET / HTTP/1.0\r\n\r\n",
                packet(b"O"), packet(b"O", b"\0\0\0\2"), packet(b"O", struct.pack("!III", 99, 0xffffffff, 0xffffffff)),
                hello + packet(b"\0"), hello + packet(b"z" * 1, b"x" * 60000), hello + packet(b"E"), hello + rcpt,
                hello + packet(b"B", b"x" * 65535), hello + packet(b"L", b"no zero"), hello + packet(b"L", b"a\0b"),
                hello + packet(b"M"), hello + packet(b"M", b"no zero"), hello + mail + packet(b"R"),
                hello + mail + packet(b"R", b"\0\0\0"), hello + mail + rcpt + packet(b"L", b"\0\0"),
                hello + mail + rcpt + packet(b"E"), hello + mail + rcpt + packet(b"A") + packet(b"E"),
                hello + mail + rcpt + packet(b"B", b"x") + packet(b"T") + packet(b"N") + packet(b"E"),
                hello + mail + mail + mail + rcpt * 2000 + packet(b"E"), hello + hello + mail + packet(b"A") * 1000,
                hello + packet(b"D", b"Mi\0" + b"i" * 60000) + mail, hello + packet(b"D", b"X"), hello + packet(b"Q") * 3,
                hello + mail + rcpt + packet(b"L", b"Cc\0" + b"g:" * 500000 + b"\0") + packet(b"E"),
                hello + mail + packet(b"R", b"<" + b"\xff\1\r\n" * 200 + b"@reports.example.org>\0") + packet(b"E")]
        rude += [chance.randbytes(chance.randrange(1, 3000)) for _ in range(60)]
        rude += [hello + chance.randbytes(chance.randrange(1, 3000)) for _ in range(60)]
        rude += [hello + b"".join(packet(bytes([chance.choice(b"ABCDEHKLMNOQRTU")]),
                                         chance.choice((b"", b"\0", RUAS[0].encode() + b"\0", chance.randbytes(20))))
                                  for _ in range(30)) for _ in range(120)]
        for octets in rude:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.05)
                connection.connect(self.address)
                connection.sendall(octets)
                if chance.random() < 0.7:
                    while connection.recv(65536):
                        pass
        self.check(self.here.milter.process.poll() is None, f"E2 libmilter  {len(rude)} sorts of garbage, seed {SEED}")
        self.served("E2         afterwards")
        client = Milter(self.address)
        for octet in packet(b"M", b"<a@b>\0") + packet(b"R", RUAS[0].encode() + b"\0"):
            client.socket.sendall(bytes([octet]))
        self.served("E2         a packet in single bytes meanwhile")
        client.close()

    # ---- E4, E6, B3 ----

    def huge(self):
        before = status(self.pid, "VmHWM")
        client = Milter(self.address)
        client.envelope("H1", RUAS, "<huge@reporter.example>")
        client.step(b"T")
        client.step(b"L", b"From\0 a@reporter.example\0", 0x80)
        client.step(b"N", b"", 0x40000)
        packet = struct.pack("!I", 65536) + b"B" + b"huge body\r\n" * 5957 + b"12345678"
        for _ in range(16384):
            client.socket.sendall(packet)
            if not client.steps & 0x80000:
                client.receive()
        began = time.monotonic()
        answer = client.end()
        took = time.monotonic() - began
        client.close()
        line = [one for one in self.here.milter.lines() if one.get("from") == "huge@reporter.example"][-1:] or [{}]
        self.check(answer == DISCARD and line[0].get("verdict") == "bad" and "max_message" in line[0].get("text", ""),
                   f"E4         a body of 1 GB: bad, {took:.1f} s", line)
        self.check(took < 5, "E4         within 5 s", took)
        self.check(status(self.pid, "VmHWM") - before < 5 << 10, "E4         in less than 5 MiB more memory",
                   status(self.pid, "VmHWM") - before)

    def flood(self):
        """Other people's mail does not wait; the best of three, as the machine may."""
        for _ in range(3):
            waits, bombs, answers = self.flooded()
            typical = waits[len(waits) * 99 // 100][0]
            if typical < 1:
                break
        self.check(all(left == ACCEPT for _, left in waits) and typical < 1,
                   f"E6         {len(waits)} mails of others while {bombs} bombs come: {typical * 1000:.0f} ms, "
                   f"at most {waits[-1][0] * 1000:.0f} ms", waits[-3:])
        self.check(answers == {DISCARD}, "E6         the bombs are taken", answers)

    def flooded(self):
        """Bombs on all seats for three seconds: what others waited, sorted; how many bombs; their answers."""
        bomb = next(one for one in vectors.VECTORS if one.name == "gzip-unknown-elements").bytes()
        head, _, body = bomb.partition(b"\n\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().replace("\n ", " ").split("\n")]
        over, answers, waits = threading.Event(), [], []

        def attacker(number):
            client = Milter(self.address)
            while not over.is_set():
                client.envelope(f"F{number}", RUAS)
                client.content(headers, body)
                answers.append(client.end())
            client.close()

        threads = [threading.Thread(target=attacker, args=(number,), daemon=True) for number in range(12)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            began = time.monotonic()
            client = Milter(self.address)
            client.envelope("B", [f"<{OTHER}>"])
            left = client.step(b"T")
            client.close()
            waits.append((time.monotonic() - began, left))
            time.sleep(0.01)
        over.set()
        for thread in threads:
            thread.join()
        return sorted(waits), len(answers), set(answers)

    def domains(self):
        """B3: made-up domains cost no descriptors."""
        self.served("B3         before")
        before = fds(self.pid)
        client = Milter(self.address)
        for number in range(150):
            report = mails.Mail(number=50000 + number, domain=f"made-up-{number}.example", kind="xml", records=1)
            client.message(f"D{number}", ["<dmarc@" + rig.DEDICATED + ">"], report.document())
        client.close()
        time.sleep(0.2)
        self.check(fds(self.pid) <= before + 8, "B3         150 reports of made-up domains: no more open files",
                   (before, fds(self.pid)))


def spinning(tally, program):
    """E3: more connections than there may be open files."""
    with rig.Rig(program, max_connections=20, jobs=1) as here:
        wrap(here, "ulimit -n 300; exec")
        here.milter.start()
        pid = here.milter.process.pid
        sockets = Sockets(tally, here)
        crowd = [Milter(here.milter.path) for _ in range(400)]
        before = seconds_of(pid)
        time.sleep(1)
        spent = seconds_of(pid) - before
        tally.check(spent < 0.5, f"E3 libmilter  400 connections at 300 open files: {spent:.2f} s of CPU in a second")
        for client in crowd:
            client.socket.close()
        rig.wait_for(lambda: fds(pid) < 100, 5)
        sockets.served("E3         when they have gone")
        # those that say nothing are not counted: libmilter has accepted nobody else until they go
        crowd = []
        with contextlib.suppress(OSError):
            for _ in range(600):
                crowd.append(socket.socket(socket.AF_UNIX))
                crowd[-1].settimeout(0.2)
                crowd[-1].connect(here.milter.path)
        for connection in crowd:
            connection.close()
        rig.wait_for(lambda: fds(pid) < 100, 5)
        sockets.served(f"E3         {len(crowd)} that said nothing, when they have gone")


def wrap(here, command):
    """Has the program run by `command`."""
    real = here.program + ".real"
    os.rename(here.program, real)
    rig.write(here.program, f'#!/bin/sh\n{command} {shlex.quote(real)} "$@"\n', 0o755)


def recipients(tally, program):
    """E5: a thousand recipients, one of which is a RUA."""
    with rig.Rig(program) as here:
        here.milter.start()
        server = here.postfix(milter=True)
        mail = mails.Mail(number=1, domain="example.com", kind="gzip")
        others = [f"user{number}@example.net" for number in range(999)]
        _, reply = smtp.mail(server.port, mail.bytes(), others[:500] + [RUA] + others[500:])
        folder = os.path.join(server.folder, "boxes/all/new")
        there = lambda: len(os.listdir(folder)) if os.path.isdir(folder) else 0  # noqa: E731
        rig.wait_for(lambda: there() >= 999 or None, 40)
        tally.check(reply.code == 250 and there() == 999 and not server.box(RUA) and here.store.has(mail) == 1,
                    f"E5         1000 recipients with a RUA: {there()} have their mail, its report is stored {reply}")
        place = here.milter.place()
        _, reply = smtp.mail(server.port, vectors.VECTORS[0].bytes(), [RUA, OTHER, SECOND], sender="")
        lines = rig.wait_for(lambda: here.milter.lines(place), 5) or [{}]
        tally.check(reply.code == 250 and rig.wait_for(lambda: server.box(OTHER), 10) and
                    lines[0].get("verdict") == "bad", f"F1 F2      a bomb with the null sender, and for others too: {reply}")
        tally.check(not server.said("status=bounced|postfix/bounce", 0, 0.5), "F1 F2      nothing is returned")


def children(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]
    return []


def pipes(here):
    """The `ruamill pipe` processes that there are."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
            if words[0] == here.program.encode() and words[1] == b"pipe" and os.stat(f"/proc/{name}").st_uid != 0:
                yield int(name)


def busy(processes):
    """One that has worked for some hundredths of a second."""
    for pid in processes:
        with contextlib.suppress(OSError):
            if seconds_of(pid) > 0.1:
                return pid
    return None


def long_report(number):
    """A report that takes a worker some seconds."""
    mail = mails.Mail(number=number, domain="example.com")
    record = mails.record(number, 1, "example.com").encode()
    head, _, tail = mail.document().partition(b"</policy_published>")
    packed = vectors.base.repeated(record * 1000, 400, head + b"</policy_published>", tail)
    return vectors.base.attached(packed)


def poison(tally, program):
    """F3: a mail of which a worker dies each time."""
    with rig.Rig(program) as here:
        here.milter.start()
        milter, pipe = here.postfix(milter=True), here.postfix(pipe=True)
        over, struck = threading.Event(), []

        def strike():
            while not over.is_set():
                zygote = children(here.milter.process.pid)
                workers = [pid for parent in zygote + list(pipes(here)) for pid in children(parent)]
                worker = busy(workers)
                if worker:
                    os.kill(worker, signal.SIGSEGV)
                    struck.append(worker)
                time.sleep(0.02)

        thread = threading.Thread(target=strike, daemon=True)
        thread.start()
        replies = [smtp.mail(milter.port, long_report(1), RUA)[1] for _ in range(2)]
        tally.check([reply.code for reply in replies] == [451, 250] and len(here.store.aside()) == 1,
                    f"F3         milter: a worker dies of it: to come again, then kept aside: "
                    f"{', '.join(str(reply.code) for reply in replies)}")
        smtp.mail(pipe.port, long_report(2), RUA)
        pipe.said("status=deferred", 0, 20)
        pipe.flush()
        rig.wait_for(lambda: not pipe.queued(), 30)
        over.set()
        thread.join()
        tally.check(not pipe.queued() and len(here.store.aside()) == 2,
                    f"F3         pipe: deferred, then kept aside; the queue is empty ({len(struck)} workers killed)")
        tally.check(not pipe.said("status=bounced", 0, 0.1), "F3         and nothing is returned")
        bad = here.store.verify()
        tally.check(not bad, f"F3         the store is in order {bad or ''}")


def exits(tally, program):
    """F1: the pipe ends with 0 or 75, whatever it is given."""
    with rig.Rig(program) as here:
        wrong, count = [], 0
        for one in vectors.VECTORS[::5]:
            message = one.bytes()
            if len(message) < 1000000:
                count += 1
                done = here.run("pipe", "--rcpt", RUA, "--from", "", "--queue-id", f"Q{count}", input=message)
                if done.returncode not in (0, 75) or (done.returncode == 75) != ("later" in done.stderr.decode()):
                    wrong.append((one.name, done.returncode, done.stderr))
        tally.check(not wrong, f"F1         the pipe ends with 0 or 75 for {count} vectors {wrong[:3] or ''}")


def calls(tally, program):
    """A5, H1: what names of files and encodings make a worker open."""
    names = [one for one in vectors.VECTORS
             if set(one.threat.split()) & {"A5", "H1", "A8"} and not one.bomb or "billion" in one.name]
    with rig.Rig(program, jobs=1) as here:
        traces = here.own("trace", 0o755)
        read = lambda: {name: rig.read(os.path.join(traces, name)) for name in os.listdir(traces)}  # noqa: E731
        wrap(here, f"exec strace -ff -qq -o {traces}/calls -e trace=open,openat,openat2,socket,connect,execve")
        here.milter.start()
        good(here.milter.path, 1)
        time.sleep(0.5)
        before = read()
        for number, one in enumerate(names):
            head, _, body = one.bytes().partition(b"\n\n")
            client = Milter(here.milter.path)
            client.envelope(f"X{number}", RUAS)
            client.step(b"T")
            for line in head.replace(b"\n ", b" ").split(b"\n"):
                name, _, value = line.partition(b":")
                client.step(b"L", name + b"\0" + value + b"\0", 0x80)
            client.step(b"N", b"", 0x40000)
            client.step(b"B", body, 0x80000)
            client.end()
            client.close()
        time.sleep(0.2)
        seen = [line for name, text in read().items() for line in text[len(before.get(name, "")):].splitlines()]
        odd = [line for line in seen if " = -1 " not in line and any(word in line for word in (
            "gconv", "iconv", "canary", "hostname", "/etc/", "AF_INET", "execve", ".so", "/tmp/x"))]
        inside = [line for line in seen if "open" in line]
        tally.check(inside and not odd, f"A5 H1      {len(names)} vectors make nobody open a file or an address that they "
                                        f"name ({len(seen)} calls, all of the store) {odd[:3] or ''}")
        os.kill(children(here.milter.process.pid)[0], signal.SIGTERM)
        here.milter.wait()


def run(tally, program):
    with rig.Rig(program) as here:
        here.milter.start()
        sockets = Sockets(tally, here)
        before = children(sockets.pid)
        for test in (sockets.slow, sockets.garbage, sockets.huge, sockets.flood, sockets.domains):
            test()
        sockets.check(children(sockets.pid) == before and here.milter.process.poll() is None,
                      "E          the daemon is the same processes")
        bad = here.store.verify()
        sockets.check(not bad, "E          the store is in order", bad)
    for test in (spinning, recipients, poison, exits, calls):
        test(tally, program)
