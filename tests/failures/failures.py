#!/usr/bin/env python3
"""failures.py [PROGRAM] [--long] [--stop] [--seed N] [--only PART]... - calls fail, and memory.

The front ends do a small job, and something fails once in one of their
processes: each allocation; each system call, on files and else, with an error
that it may have; reads, writes and what goes over a socket come short; a call is
interrupted. Or all memory is gone from then on. Then:

- the program says what is wrong and ends as documented. Without memory it may
  abort, and says so; it does not die otherwise, and never hangs
- what a worker runs into is no verdict about the message: it is read again
- what was acknowledged is stored when somebody else has recovered
- the same mails come again, and all is there exactly once, as if nothing had
  happened; `ruamill verify` has nothing to say
- a message that kills its worker each time comes again once, and is kept aside
  then"""

import os
import re
import shutil
import subprocess
import sys

import rigs
from rigs import ABORTED, CRASHED, LATER, NOTHING, OK, SILENT, Point, checks, mails, strikes

PARTS = ("memory", "calls", "poison")
SHORT = ("read", "pread64", "write", "pwrite64", "sendto", "recvfrom")
TABLE = """
    ENOMEM           mmap mremap memfd_create poll ppoll select recvmsg sendmsg fcntl
    EAGAIN           clone clone3
    EMFILE           open openat openat2 socket socketpair accept accept4 memfd_create recvmsg
    ENOSPC           write pwrite64 pwritev openat openat2 mkdirat mkdir linkat rename renameat renameat2 fallocate
    EIO              read pread64 readv lseek write pwrite64 pwritev fsync fdatasync syncfs ftruncate fstat newfstatat
    EIO              getdents64 unlink unlinkat close readlink access faccessat faccessat2 fstatfs utimensat rename
    EIO              renameat renameat2 linkat openat2
    EINTR            open openat openat2 read pread64 readv write pwrite64 pwritev writev close ftruncate fallocate
    EINTR            fsync fdatasync flock sendto recvfrom recvmsg sendmsg poll ppoll select wait4 accept accept4
    EINTR            dup2 getrandom rt_sigtimedwait
    ENOBUFS          sendto recvfrom sendmsg socket setsockopt bind listen writev
    EPERM            fchmod chmod prctl prlimit64 close_range flock
"""


def errors_of():
    found = {}
    for line in TABLE.split("\n"):
        error, *names = line.split() or [""]
        for name in names:
            found.setdefault(name, []).append(error)
    return found


ERRORS = errors_of()
OUT_OF_MEMORY = re.compile(r"out of memory|failed to allocate|cannot allocate", re.I)
TWICE = "the worker died of it, twice"
ANY = "workers die of any message"


class Failing:
    """Points where something fails in a front end. `aside`: how many mails are
    kept aside of its letters."""

    def __init__(self, front, pipe, aside=0):
        self.front, self.pipe, self.aside = front, pipe, aside
        self.bench, self.letters = front.bench, front.letters
        self.sent = {**self.letters.sent, **self.bench.other.sent}
        self.expected = self.bench.path(f"{front.name}-{front.sandbox}{aside}.expected")
        complaints = self.settle(self.expected) + self.again(self.expected)
        if complaints:
            sys.exit(f"{front.name}, undisturbed: {complaints}")

    # ---- what there is to strike at ----

    def numbers(self, role):
        """Allocations of a role, and its calls: (number, name)."""
        found = []
        for point in (Point("memory", role, 0), Point("list", role, 0)):
            store = self.bench.path("list")
            shutil.rmtree(store, ignore_errors=True)
            done = self.front.run(store, point)
            if done.status:
                sys.exit(f"an undisturbed run of {self.front.name} ends with {done.status}: {done.log}")
            found.append(done.struck)
        return found[0][0], [(int(line.split()[0]), line.split()[1]) for line in found[1]]

    # ---- one point ----

    def __call__(self, store, point):
        try:
            done = self.front.run(store, point)
        except subprocess.TimeoutExpired:
            return True, [f"hangs: {self.front.name}"]
        complaints = self.check_end(done, point)
        complaints += self.check_told(done, point)
        complaints += checks.check(store, self.letters.sent, settled=False)
        complaints += self.recover(store, done)
        complaints += self.again(store)
        complaints += self.same(store, self.dead(done) or self.aside)
        return bool(done.struck), [f"{self.front.name}: {done.struck[:1]}: {text}" for text in complaints]

    @staticmethod
    def dead(done):
        """How many different mails two workers have died of."""
        return len({checks.read(mail) for mail, told in done.told.items() if TWICE in told})

    def check_end(self, done, point):
        """It ends as documented, and says why."""
        allowed = set(self.front.statuses)
        if point.what == "memory" and point.role == 0:
            allowed.add(ABORTED)
            if self.front.name == "replay" and not done.log:
                allowed.add(CRASHED)  # in fts_open(3), before anything was read
        if {LATER, SILENT} & set(done.told.values()) or not done.told:
            allowed |= set(self.front.early)
        if self.front.name == "replay" and any(" write " in text and "pipe:" in text for text in done.struck[:1]):
            allowed.add(74)  # standard output
        if not done.struck:
            allowed = {0}
        if done.status not in allowed:
            return [f"ends with {done.status}: {done.log[:600]}"]
        if done.status not in (0, CRASHED) and not done.log.strip() and not any("/1 " in text or "pipe:" in text for text in done.struck[:1]):
            return [f"ends with {done.status} and says nothing"]
        if done.status == ABORTED and not OUT_OF_MEMORY.search(done.log):
            return [f"aborts, and does not say that memory is out: {done.log[:600]}"]
        return []

    def check_told(self, done, point):
        """Nothing is told but that it is stored, or shall come again; a worker
        that fails once is no reason for that in a replay."""
        complaints = []
        for mail, told in done.told.items():
            if told == SILENT and point.what == "memory" and point.role == 0:
                continue  # libmilter's poll thread, and the MTA's patience ends
            if told == LATER and self.front.name == "replay" and point.what == "memory" and self.is_worker(point) and \
                    "+" not in str(point.when):  # else no worker can read any message
                complaints.append(f"{mail}: later, though a second worker may read it: {done.log[:600]}")
            if told not in (OK, LATER) and not self.may_be_aside(told, point):
                complaints.append(f"{mail}: {told}: {done.log[:600]}")
        return complaints + self.check_blame(done, point)

    def is_worker(self, point):
        return point.role == self.front.roles[-1][0]

    def check_blame(self, done, point):
        """A sync of the journal that fails is no yes, and no message is to blame
        for what the front end could not do."""
        struck = str(done.struck[0]) if done.struck else ""
        if point.role == 0 and point.what not in ("memory", "short") and "died of it" in done.log:
            return [f"the message is blamed: {done.log[:600]}"]
        if " fdatasync " in struck and "/.spool/" in struck and point.what == "EIO" and \
                self.front.name != "milter" and set(done.told.values()) == {OK}:
            return ["a sync failed, and all is well"]
        return []

    def may_be_aside(self, told, point):
        return bool(self.aside) and "no aggregate report, kept aside" in told or \
            (point.what == "memory" and self.is_worker(point) and "+" in str(point.when) and TWICE in told)

    def recover(self, store, done):
        """Somebody else comes, and what was acknowledged is there."""
        acked = set()
        for mail, told in done.told.items():
            if told == OK:
                acked |= self.letters.reports.get(mail, set())
        complaints = self.settle(store) + strikes.lost(store, acked)
        if any(told not in (OK, LATER, SILENT) for told in done.told.values()):
            complaints += self.check_aside(store, self.dead(done) or self.aside)
        return complaints

    def settle(self, store):
        status, log, told = self.pipe.take(store, self.bench.other.paths[0])
        if status or list(told.values()) != [OK]:
            return [f"another mail: {status} {told}: {log[:600]}"]
        return checks.check(store, self.sent)

    def again(self, store):
        done = self.front.run(store)
        bad = [told for told in done.told.values() if told != OK and not (self.aside and "kept aside" in told)]
        if done.status or bad or not done.told:
            return [f"the same again: {done.status} {bad}: {done.log[:600]}"]
        verify = subprocess.run([self.bench.program, "verify", *self.front.options(store)],
                                capture_output=True, timeout=rigs.LIMIT, check=False)
        found = (verify.stdout + verify.stderr).decode(errors="replace")
        return [] if verify.returncode == 0 else [f"verify: {verify.returncode} {found[:600]}"]

    def same(self, store, aside):
        complaints = checks.check(store, self.sent) + self.check_aside(store, aside)
        different = checks.same(store, self.expected, in_order=False)
        return complaints + [text for text in different if not text.startswith("quarantine/")]

    @staticmethod
    def check_aside(store, expected):
        """As many are kept aside as should be, each with a row."""
        folder = os.path.join(store, "quarantine")
        mails_kept = sum(name.endswith(".eml") for _, _, names in os.walk(folder) for name in names)
        table = os.path.join(folder, "quarantine.csv")
        rows = len(checks.read(table).splitlines()) - 1 if os.path.exists(table) else 0
        if (mails_kept, rows) != (expected, expected):
            return [f"{mails_kept} mails are kept aside with {rows} rows, and not {expected}"]
        return []


class Poison:
    """A mail whose worker runs out of memory at the same point each time."""

    def __init__(self, failing):
        self.failing = failing
        self.front = failing.front

    def __call__(self, store, point):
        first, second, third = (self.front.run(store, what) for what in (point, point, NOTHING))
        told = [next(iter(done.told.values())) for done in (first, second, third)]
        complaints = []
        if not first.struck or told[0] == OK:  # it can do without
            return bool(first.struck), [] if told == [OK, OK, OK] else [f"{told}"]
        if told[0] != LATER or "died of it" not in first.log:
            complaints.append(f"the first time: {told[0]}: {first.log[:600]}")
        # a worker that cannot read a small report of ours either is not the mail's fault
        if f"kept aside: {TWICE}" not in told[1] and not (told[1] == LATER and ANY in second.log):
            complaints.append(f"the second time: {told[1]}: {second.log[:600]}")
        if told[2] != OK:
            complaints.append(f"when there is memory: {told[2]}: {third.log[:600]}")
        complaints += checks.check(store, self.failing.letters.sent)
        complaints += strikes.lost(store, set(self.failing.letters.sent))
        return True, [f"{point}: {text}" for text in complaints]


def each_kind(random, points, by_error):
    """A point of each call's name, or of each name and error."""
    found = {}
    for name, point in points:
        found.setdefault((name, point.what) if by_error else name, []).append(point)
    return [random.choice(found[kind]) for kind in sorted(found)]


def evenly(many, most, long):
    """Some of them, from the first to the last."""
    many = list(many)
    if long or len(many) <= most:
        return many
    return [many[i * (len(many) - 1) // (most - 1)] for i in range(most)]


def points_of(calls, role):
    for number, name in calls:
        for error in ERRORS.get(name, []):
            yield name, Point(error, role, number)
        if name in SHORT:
            yield name, Point("short", role, number)


def strike_at(total, failing, name, todo):
    strikes.points(total, f"{failing.front.name}: {name}", failing, failing.bench.folder, todo,
                   max(1, len(todo) * 3 // 5))


def tests(bench, total, random, long, parts):
    tools = rigs.Tools(bench)
    mail = rigs.letters(bench, "report", rigs.report(0))
    pipe = rigs.Pipe(bench, tools, mail)
    text = rigs.letters(bench, "text", mails.Mail(8, kind="text"))
    small = strikes.Letters(bench.path("small"), strikes.small(again="gzip"))
    fronts = []
    for sandbox in ("yes", "no"):
        fronts += [Failing(rigs.Pipe(bench, tools, mail, sandbox), pipe),
                   Failing(rigs.Pipe(bench, tools, text, sandbox), pipe, aside=1),
                   Failing(rigs.Replay(bench, tools, small, sandbox), pipe),
                   Failing(rigs.Milter(bench, tools, mail, sandbox), pipe)]
    few = 12  # of each kind, where not all are taken
    for failing in fronts:
        what = ("ordinary mail" if failing.aside else "reports") + f", sandbox={failing.front.sandbox}"
        for role, name in failing.front.roles:
            allocations, calls = failing.numbers(role)
            if "memory" in parts:
                todo = [Point("memory", role, n) for n in range(1, allocations + 1)]
                strike_at(total, failing, f"{what}: memory, {name}", evenly(todo, few, long))
                todo = [Point("memory", role, f"{n}+") for n in range(1, allocations + 1, 3)]
                strike_at(total, failing, f"{what}: no memory from then on, {name}", evenly(todo, few // 3, long))
            if "calls" in parts:
                todo = list(points_of(calls, role))
                todo = [point for _, point in todo] if long else each_kind(random, todo, failing is fronts[0])
                strike_at(total, failing, f"{what}: calls, {name}", todo)
    if "poison" in parts:
        allocations, _ = fronts[0].numbers(1)
        todo = [Point("memory", 1, f"{n}*") for n in range(1, allocations + 1)]
        strikes.points(total, "pipe: a mail whose worker has no memory, again and again", Poison(fronts[0]),
                       bench.folder, evenly(todo, few, long), 10)


if __name__ == "__main__":
    sys.exit(strikes.main(__doc__, tests, PARTS))
