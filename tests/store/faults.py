#!/usr/bin/env python3
"""faults.py [PROGRAM] [--long] [--stop] [--seed N] - calls on files fail.

Each system call on a file that `ruamill replay` makes fails once, with each of
ENOSPC, EIO, EDQUOT, EROFS, EMFILE and EINTR, or writes only half of its bytes;
and from each on all that can fail with ENOSPC, EIO, EROFS or EMFILE do. The
program takes what it can, says what it cannot and why, and ends with 0 or 75;
before anything was read, 78 and 66 are allowed, too. Then it is as in crash.py:
what was acknowledged is stored, and after the same mails came again all is as if
nothing had happened. No sync of the journal that failed is tried until it says yes."""

import errno
import os
import shutil
import sys

import checks
import crash
import strikes

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EMFILE", "EINTR")
LASTING = ("ENOSPC", "EIO", "EROFS", "EMFILE")
OK, NO_INPUT, LATER, CONFIG = 0, 66, 75, 78

TEXT = {name: os.strerror(getattr(errno, name)) for name in ERRORS}
CUT = '..."'  # a log line ends a long value so


def is_sync(struck):
    """Whether a call is the sync of a journal, or the one of a checkpoint."""
    _, name, _, about = struck.split(" ", 3)
    return name == "fdatasync" and "/.spool/" in about


class Failing:
    """Points where a call fails: (error, number, onwards, second run)."""

    def __init__(self, bench, letters, expected):
        self.bench = bench
        self.letters = letters
        self.expected = expected
        self.sent = {**letters.sent, **bench.other.sent}

    def first(self, store, second):
        """What happens undisturbed before: nothing, or a run that is killed after its commit."""
        if second:
            self.bench.replay(store, self.letters.paths, "kill", second)

    def run(self, store, what, when):
        return self.bench.replay(store, self.letters.paths, what, when, first=self.bench.allow)

    def calls(self, second):
        store = self.bench.path("calls")
        shutil.rmtree(store, ignore_errors=True)
        self.first(store, second)
        return self.bench.calls(store, self.letters.paths, first=self.bench.allow)

    def __call__(self, store, point):
        what, number, onwards, second = point
        self.first(store, second)
        done = self.run(store, what, f"{number}{'+' if onwards else ''}")
        if not done.struck:
            return False, strikes.clean(done)
        complaints = self.check_end(done, what)
        if done.status == OK and is_sync(done.struck[0]):
            complaints.append("a sync failed, and all is well")
        if done.struck[0].split()[1] == "newfstatat":  # fts(3) keeps some reasons for itself
            complaints = [text for text in complaints if not text.startswith("says not what failed: id=")]
        complaints += checks.check(store, self.letters.sent, settled=False)
        acked = strikes.acknowledged(self.letters, done.log)
        complaints += strikes.settle(self.bench, store, self.letters, acked)
        complaints += checks.same(store, self.expected, in_order=done.status == OK)
        return True, [f"{done.struck[0]}: {text}" for text in complaints]

    def check_end(self, done, what):
        log = done.log.decode(errors="replace")
        early = not strikes.LINE.search(done.log)
        if what == "short":
            return [] if done.status == OK else [f"ends with {done.status}: {log[:300]}"]
        if done.status not in (OK, LATER) and not (early and done.status in (NO_INPUT, CONFIG)):
            return [f"ends with {done.status}: {log[:300]}"]
        later = [line for line in log.splitlines() if "verdict=later" in line or line.startswith("ruamill: ")]
        if done.status == OK:
            told = {name.decode() for name, _, _ in strikes.LINE.findall(done.log)}
            return [f"ends with 0, and says nothing of {name}" for name in self.letters.paths if name not in told] + \
                [f"ends with 0, and says: {line}" for line in later if "verdict=later" in line]
        if not later:
            return [f"ends with {done.status} and does not say why: {log[:300]}"]
        return [f"says not what failed: {line}" for line in later[:1] if TEXT[what] not in line and CUT not in line]


def tests(bench, total, random, long):
    letters = strikes.Letters(bench.path("small"), strikes.small(again="gzip"))
    expected = crash.undisturbed(bench, "expected", letters)
    failing = Failing(bench, letters, expected)
    after = crash.commit_of(crash.Killing(bench, letters, expected).calls()) + 3
    for second, name in ((None, "a new store"), (after, "a store that is recovered")):
        calls = failing.calls(second)
        numbers = [number for number, _, _, _ in calls]
        todo = [(error, number, False, second) for error in ERRORS for number in numbers]
        if not long:
            syncs = {f"{number}" for number, name, _, about in calls if is_sync(f"{number} {name} - {about}")}
            todo = [point for point in todo if point[0] == "EIO" and f"{point[1]}" in syncs] + \
                strikes.sample(random, todo, 300)
        strikes.points(total, f"{name}: a call fails once", failing, bench.folder, todo, 100)
        todo = [("short", number, False, second) for number in crash.writes(calls)]
        strikes.points(total, f"{name}: a short write", failing, bench.folder, todo, 18)
        todo = [(error, number, True, second) for error in LASTING for number in numbers]
        todo = todo if long else strikes.sample(random, todo, 80)
        strikes.points(total, f"{name}: calls fail from then on", failing, bench.folder, todo, 40)


if __name__ == "__main__":
    sys.exit(strikes.main(__doc__, tests))
