"""strikes.py - for crash.py and faults.py: mails, runs of `ruamill replay` that
killat.c strikes at, many of them at the same time, and the sum at the end."""

import argparse
import base64
import collections
import gzip
import io
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

import checks

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import mails  # noqa: E402

LINE = re.compile(rb"^id=(\S+) .*?verdict=(\S+) .*?text=(.*)$", re.M)
MAY_BE_OK = (b"ok", b"duplicate")

Done = collections.namedtuple("Done", "status log struck")


def attachment(kind, *reports):
    documents = [report.document() for report in reports]
    if kind == "gzip":
        return gzip.compress(documents[0], mtime=0)
    if kind == "xml":
        return documents[0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for report, document in zip(reports, documents):
            archive.writestr(zipfile.ZipInfo(report.stem + ".xml"), document, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def mail(content):
    head = b"To: dmarc@example.net\nMIME-Version: 1.0\nContent-Type: application/octet-stream\n"
    return head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


def small(again="xml"):
    """Six reports of three domains in five mails, and a mail that brings one of them `again`, packed so."""
    report = [mails.Mail(number, records=1 + number % 3) for number in range(6)]
    return [
        attachment("gzip", report[0]),
        attachment("gzip", report[1]),
        attachment("zip", report[2], report[3]),
        attachment(again, report[0]),
        attachment("xml", report[4]),
        attachment("zip", report[5]),
    ]


def large():
    """A report whose rows stay in the journal, one whose rows are staged, and a small one."""
    return [attachment("gzip", mails.Mail(number, records=n, domain="example.com"))
            for number, n in ((0, 4000), (1, 16000), (2, 2))]


class Letters:
    """Mails in a folder, and what was sent with them. `long_rows`: the rows of a
    report are more than is written at once."""

    def __init__(self, folder, contents, long_rows=False):
        self.folder = folder
        self.long_rows = long_rows
        self.sent = {}
        self.reports = {}  # by mail
        os.makedirs(folder)
        for number, content in enumerate(contents):
            path = os.path.join(folder, f"{number}.eml")
            with open(path, "wb") as file:
                file.write(mail(content))
            self.reports[path] = checks.reports_of(content)
            for report in self.reports[path]:
                self.sent.setdefault(report, []).append(content)
        self.paths = list(self.reports)


class Bench:
    """A program, the tool that strikes, and a folder for all that is made."""

    def __init__(self, program, folder):
        self.program = os.path.abspath(program)
        self.folder = folder
        self.tool = os.path.join(folder, "killat")
        self.allow = os.path.join(folder, "allow")
        subprocess.run(["gcc", "-D_GNU_SOURCE", "-O1", "-o", self.tool, os.path.join(HERE, "killat.c")], check=True)
        with open(self.allow, "w", encoding="ascii") as file:
            file.write("dmarc@example.net *\n")
        # A mail of a domain of its own: to make somebody recover what is there.
        self.other = Letters(self.path("other"), [attachment("xml", mails.Mail(7, domain="other.example"))])

    def path(self, name):
        return os.path.join(self.folder, name)

    def replay(self, store, paths, what=None, when=0, first=None):
        """Runs it; struck `what` at call `when`, counted from the first that names `first`."""
        command = [self.program, "replay", "-v", "--jobs", "1",
                   "-o", f"store={store}", "-o", f"allow={self.allow}", *paths]
        out = f"{store}.struck"
        if what:
            command = [self.tool, out, first or store, what, str(when), *command]
        done = subprocess.run(command, capture_output=True, timeout=100, check=False)
        struck = checks.read(out).decode().splitlines() if what else []
        return Done(done.returncode, done.stderr, struck)

    def calls(self, store, paths, first=None):
        """Every call of a run: (number, name, whether it changes something, what it is about)."""
        done = self.replay(store, paths, "list", first=first)
        if done.status:
            sys.exit(f"an undisturbed run ends with {done.status}: {done.log.decode()}")
        lines = (line.split(" ", 3) for line in done.struck)
        return [(int(number), name, change == "changes", about) for number, name, change, about in lines]


def acknowledged(letters, log):
    """The reports that a log says are stored."""
    found = set()
    for name, verdict, _ in LINE.findall(log):
        if verdict in MAY_BE_OK:
            found |= letters.reports.get(name.decode(), set())
    return found


def lost(store, reports):
    missing = reports - checks.reports_in(store)
    return [f"acknowledged and not stored: {sorted(missing)}"] if missing else []


def settle(bench, store, letters, acked):
    """Lets somebody else recover; what was acknowledged must be there then, and
    after the same mails came again, all is as if nothing had happened.
    Returns complaints."""
    sent = {**letters.sent, **bench.other.sent}
    done = bench.replay(store, bench.other.paths)
    complaints = clean(done) + checks.check(store, sent) + lost(store, acked)
    done = bench.replay(store, letters.paths)
    return complaints + clean(done) + checks.check(store, sent)


def clean(done):
    if done.status or b"possible double" in done.log:
        return [f"a run that nobody disturbs ends with {done.status}: {done.log[:400].decode(errors='replace')}"]
    return []


class Sum:
    """What passed, what failed, how many points struck."""

    def __init__(self, stop):
        self.passed = self.failed = 0
        self.stop = stop  # at the first that fails
        self.began = time.monotonic()

    def say(self, name, complaints, more=""):
        self.passed += not complaints
        self.failed += bool(complaints)
        print(f"{'FAIL' if complaints else 'ok  '} {name}{more} ({time.monotonic() - self.began:.0f} s)")
        for complaint in complaints[:12]:
            print(f"     {complaint}")
        if len(complaints) > 12:
            print(f"     and {len(complaints) - 12} more")
        sys.stdout.flush()
        if complaints and self.stop:
            sys.exit(self.end())

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


_task = None


def _work(point):
    function, folder = _task
    store = os.path.join(folder, f"store-{os.getpid()}")
    shutil.rmtree(store, ignore_errors=True)
    struck, complaints = function(store, point)
    return point, struck, complaints


def points(total, name, function, folder, todo, floor):
    """Runs function(store, point) -> (struck, complaints) for each point, as many
    at a time as there are cores. At least `floor` of them must strike."""
    global _task
    _task = function, folder
    struck, complaints = 0, []
    with multiprocessing.get_context("fork").Pool(max(2, os.cpu_count() or 1)) as pool:
        for point, hit, found in pool.imap_unordered(_work, todo):
            struck += hit
            complaints += (f"{point}: {complaint}" for complaint in found)
            if complaints and total.stop:
                break
    if struck < floor:
        complaints.insert(0, f"only {struck} of {len(todo)} struck, {floor} are wanted")
    total.say(name, complaints, f": {struck} of {len(todo)} struck")


def sample(random_, many, count):
    many = list(many)
    return many if len(many) <= count else sorted(random_.sample(many, count))


def main(doc, tests, parts=()):
    """Runs tests(bench, total, random, long), with `parts` as well which of them are wanted."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default=os.path.join(ROOT, "build/release/bin/ruamill"))
    parser.add_argument("--long", action="store_true", help="every point, not some of them")
    parser.add_argument("--stop", action="store_true", help="at the first test that fails")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the run that is to be repeated")
    if parts:
        parser.add_argument("--only", choices=parts, action="append", help="a part of it")
    options = parser.parse_args()
    more = (options.only or parts,) if parts else ()
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    total = Sum(options.stop)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="ruamill-store-", dir=place) as folder:
        tests(Bench(options.program, folder), total, random.Random(options.seed), options.long, *more)
    return total.end()
