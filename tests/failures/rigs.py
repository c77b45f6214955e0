"""rigs.py - for failures.py: the front ends of ruamill, each with one small job,
run while killat.c or memory.c strikes at one of its processes.

A run gives Done(status, log, struck, told): how it ended (128 + N after signal
N), what it wrote, what was struck, and by mail what its sender was told: OK,
LATER, or whatever else it was."""

import collections
import os
import re
import signal
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [TESTS, os.path.join(TESTS, "store"), os.path.join(TESTS, "mta/miltertest")]

import checks  # noqa: E402  (tests/store)
import client  # noqa: E402  (tests/mta/miltertest)
import mails   # noqa: E402  (tests)
import strikes  # noqa: E402  (tests/store)

OK, LATER, SILENT = "ok", "later", "it does not answer"
RUA, SENDER = "dmarc@example.net", "noreply@reporter.example"
LIMIT = 60          # s, for a program that runs
START = 30          # s, for a milter to serve
ABORTED = 128 + signal.SIGABRT
CRASHED = 128 + signal.SIGSEGV

Done = collections.namedtuple("Done", "status log struck told")
# What fails: `what` is "memory", "list", "short" or an error's name; `when` a
# number, with "+" or "*" behind it (memory.c, killat.c); `role` whose.
Point = collections.namedtuple("Point", "what role when")
NOTHING = Point(None, 0, 0)


class Tools:
    def __init__(self, bench):
        self.bench = bench
        self.memory = bench.path("memory.so")
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                        os.path.join(HERE, "memory.c"), "-o", self.memory], check=True)

    def arm(self, store, point, first):
        """What stands before the program, its environment, and the file that says what was struck."""
        out = f"{store}.struck"
        if point.what is None:
            return [], None, None
        if point.what == "memory":
            with open(out, "wb") as file:
                file.write(bytes(64))
            return [], {**os.environ, "LD_PRELOAD": self.memory, "MEMORY_FILE": out,
                        "MEMORY_ROLE": str(point.role), "MEMORY_AT": str(point.when)}, out
        return [self.bench.tool, "-a", "-r", str(point.role), out, "-" if point.role else first,
                point.what, str(point.when)], None, out

    def struck(self, point, out):
        if point.what is None:
            return []
        if point.what != "memory":
            return checks.read(out).decode(errors="replace").splitlines()
        count = struct.unpack("4Q", checks.read(out)[:32])
        if point.when == 0:
            return [count[point.role]]
        return [f"{point.when} memory of role {point.role}"] if count[3] else []


class Front:
    """A front end, with a sandbox or without. `roles` of its processes are struck
    at: (role, name)."""

    def __init__(self, bench, tools, letters, sandbox="yes"):
        self.bench, self.tools, self.letters, self.sandbox = bench, tools, letters, sandbox
        self.conf = bench.path(f"sandbox-{sandbox}.conf")
        with open(self.conf, "w", encoding="ascii") as file:
            # authserv_id: glibc's name service crashes without memory
            file.write(f"allow = {bench.allow}\njobs = 1\nauthserv_id = mx.example.net\nsandbox = {sandbox}\n")

    def options(self, store):
        return ["-c", self.conf, "-o", f"store={store}"]

    def run(self, store, point=NOTHING):
        before, environment, out = self.tools.arm(store, point, self.conf)
        status, log, told = self.serve(store, before, environment)
        if status < 0:
            status = 128 - status
        return Done(status, log, self.tools.struck(point, out), told)


class Replay(Front):
    """A folder of six reports in six mails, one of them twice."""

    name = "replay"
    roles = ((0, "front end"), (1, "zygote"), (2, "worker"))
    statuses = (0, 75)
    early = (66, 70, 78)

    def serve(self, store, before, environment):
        done = subprocess.run([*before, self.bench.program, "replay", "-v", *self.options(store), self.letters.folder],
                              capture_output=True, timeout=LIMIT, check=False, env=environment, stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr.decode(errors="replace"), dict(self.told(done.stderr))

    @staticmethod
    def told(log):
        for path, verdict, text in strikes.LINE.findall(log):
            good = verdict in strikes.MAY_BE_OK
            yield path.decode(), OK if good else LATER if verdict == b"later" else (verdict + b" " + text).decode()


class Pipe(Front):
    """One mail: of a report, or of somebody."""

    name = "pipe"
    roles = ((0, "front end"), (1, "worker"))
    statuses = (0, 75)
    early = ()

    def serve(self, store, before, environment):
        return self.take(store, self.letters.paths[0], before, environment)

    def take(self, store, mail, before=(), environment=None):
        with open(mail, "rb") as file:
            done = subprocess.run([*before, self.bench.program, "pipe", *self.options(store), "--rcpt", RUA,
                                   "--from", f"<{SENDER}>"],
                                  capture_output=True, timeout=LIMIT, check=False, env=environment, stdin=file)
        log = done.stderr.decode(errors="replace")
        answer = done.stdout.decode(errors="replace")
        told = self.judge(done.returncode, answer)
        if done.returncode == 75 and answer and not re.fullmatch(r"4\.3\.0 [ -~]+\n", answer):
            told = f"75 and {answer!r}"
        return done.returncode, log + answer, {mail: told}

    @staticmethod
    def judge(status, answer):
        if status == 0:
            return OK if re.match(r"2\.0\.0 (stored|already)", answer) else answer.strip()
        return LATER if status == 75 or status < 0 or status > 128 else f"{status} {answer}"


class Milter(Front):
    """The mail of the pipe, in a session of its own."""

    name = "milter"
    roles = ((0, "front end"), (1, "zygote"), (2, "worker"))
    statuses = (0, 71)
    early = (69, 71, 77, 78)

    def serve(self, store, before, environment):
        log = f"{store}.log"
        sock = f"{store}.sock"
        with open(log, "w+", encoding="utf-8") as file:
            with subprocess.Popen([*before, self.bench.program, "milter", *self.options(store), "-o", f"socket=unix:{sock}"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
                                  env=environment) as process:
                try:
                    told = self.deliver(process, log, sock)
                    self.stop(process, bool(before))
                    status = process.wait(LIMIT)
                finally:
                    process.kill()
        return status, text_of(log), {self.letters.paths[0]: told}

    def deliver(self, process, log, sock):
        end = time.monotonic() + START
        while " serves " not in text_of(log):
            if process.poll() is not None:
                return LATER
            if time.monotonic() > end:
                return "it does not come to serve"
            time.sleep(0.005)
        try:
            return self.talk(sock)
        except (OSError, IndexError) as error:
            return SILENT if isinstance(error, TimeoutError) else LATER

    @staticmethod
    def begin(session):
        """MAIL and RCPT. The queue ID, which libmilter forgets when it has no
        memory, is not told."""
        session.send(b"D", b"M{auth_type}\0plain\0")
        session.step(b"M", f"<{SENDER}>".encode() + b"\0", client.NR_MAIL)
        return session.step(b"R", f"<{RUA}>".encode() + b"\0", client.NR_RCPT) == client.CONTINUE

    def talk(self, sock):
        """What the MTA makes of the answers; a connection that breaks is LATER."""
        head, _, body = checks.read(self.letters.paths[0]).partition(b"\n\n")
        session = client.Milter(sock)
        try:
            if session.steps is None or not self.begin(session):
                return LATER
            fields = [line.split(": ", 1) for line in head.decode().split("\n")]
            reply = session.content(fields, body.replace(b"\n", b"\r\n"))
            if reply == client.CONTINUE:
                reply = session.end()
            session.close()
        finally:
            session.socket.close()
        later = (client.TEMPFAIL, client.REPLY, client.GONE)
        return OK if reply == client.DISCARD else LATER if reply in later else f"reply {reply}"

    @staticmethod
    def stop(process, traced):
        pid = process.pid
        if traced:
            try:
                pid = int(checks.read(f"/proc/{pid}/task/{pid}/children").split()[0])
            except (OSError, IndexError):
                return
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass


def text_of(path):
    return checks.read(path).decode(errors="replace")


def letters(bench, name, mail):
    """One mail, and what must be stored of it."""
    found = strikes.Letters(bench.path(name), [])
    path = os.path.join(found.folder, "0.eml")
    with open(path, "wb") as file:
        file.write(mail.bytes())
    found.paths = [path]
    found.reports[path] = set()
    if mail.kind != "text":
        content = mail.attachment()[2]
        found.reports[path] = checks.reports_of(content)
        found.sent = {report: [content] for report in found.reports[path]}
    return found


def report(number):
    return mails.Mail(number, kind="gzip", records=3)
