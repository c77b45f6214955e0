#!/usr/bin/env python3
"""crash.py [PROGRAM] [--long] [--stop] [--seed N] [--only PART]... - the program is killed at every step.

`ruamill replay` is ended with SIGKILL before each system call on a file, or in
the middle of a write. Then: a reader sees whole lines; another run finishes what
was left, and all that was acknowledged is stored; the same mails come again, and
the store is the same as that of a run that nobody disturbed. Killed are a batch,
single reports one after the other, reports of megabytes, the recovery, and the
recovery of the recovery. `reboot`: what was noted about the journal is lost, as
when the machine starts anew, so that all of it is done again."""

import os
import shutil
import sys

import checks
import strikes

KILLED = 128 + 9


def forget(store):
    """The machine was started anew: whatever the note says, it is of another start."""
    note = os.path.join(store, ".spool/lock")
    if os.path.exists(note):
        os.truncate(note, 0)


def undisturbed(bench, name, letters, paths=None):
    store = bench.path(name)
    done = bench.replay(store, paths or letters.paths)
    complaints = strikes.clean(done)
    done = bench.replay(store, bench.other.paths)
    complaints += strikes.clean(done) + checks.check(store, {**letters.sent, **bench.other.sent})
    if strikes.acknowledged(letters, bench.replay(store, letters.paths).log) != set(letters.sent):
        complaints.append("not all is acknowledged")
    if complaints:
        sys.exit(f"{name}: {complaints}")
    return store


def torn(what, store, letters):
    """What a reader stumbles over at once; rows of which a part is written end
    in the middle of a line until somebody recovers."""
    complaints = checks.check(store, letters.sent, settled=False)
    if what == "cut" or letters.long_rows:
        complaints = [text for text in complaints if "has no end" not in text]
    return complaints


class Killing:
    """Points where a run of the letters is killed: (what, number, reboot)."""

    def __init__(self, bench, letters, expected, paths=None, base=None):
        self.bench, self.letters, self.expected = bench, letters, expected
        self.paths = paths or letters.paths
        self.base = base  # a store to begin with, and nothing to wait for in it

    def kill(self, store, point):
        what, number, _ = point
        if self.base:
            shutil.copytree(self.base, store)
        return self.bench.replay(store, self.paths, what, number)

    def finish(self, store, acked):
        complaints = strikes.settle(self.bench, store, self.letters, acked)
        return complaints + checks.same(store, self.expected)

    def __call__(self, store, point):
        done = self.kill(store, point)
        if done.status != KILLED:
            return False, strikes.clean(done)
        complaints = torn(point[0], store, self.letters)
        if point[2]:
            forget(store)
        complaints += self.finish(store, strikes.acknowledged(self.letters, done.log))
        return True, [f"{done.struck}: {text}" for text in complaints]

    def calls(self):
        store = self.bench.path("calls")
        shutil.rmtree(store, ignore_errors=True)
        if self.base:
            shutil.copytree(self.base, store)
        return self.bench.calls(store, self.paths)


def steps(calls, every):
    """The numbers of the calls, or only of those after which something is another
    than before, and of the end."""
    return [number for number, _, change, _ in calls if every or change] + [len(calls)]


def writes(calls):
    return [number for number, name, _, _ in calls if name == "pwrite64"]


class Recovering(Killing):
    """Points where the recovery of a killed run is killed: (point of the run,
    number, number of the next or None)."""

    def __call__(self, store, point):
        first, second, third = point
        done = self.kill(store, first)
        if done.status != KILLED:
            return False, strikes.clean(done)
        acked = strikes.acknowledged(self.letters, done.log)
        struck = [done.struck]
        complaints = []
        for number in (second, third):
            if not number:
                break
            if first[2]:
                forget(store)
            done = self.bench.replay(store, self.paths, "kill", number)
            acked |= strikes.acknowledged(self.letters, done.log)
            struck.append(done.struck)
            complaints += torn("kill", store, self.letters)
        complaints += self.finish(store, acked)
        return done.status == KILLED, [f"{struck}: {text}" for text in complaints]

    def recovery_calls(self, point):
        store = self.bench.path("calls")
        shutil.rmtree(store, ignore_errors=True)
        self.kill(store, point)
        if point[2]:
            forget(store)
        return self.bench.calls(store, self.paths)


def test_batch(bench, total, random, long, killing, calls):
    every = steps(calls, every=True)
    todo = [("kill", number, False) for number in every]
    strikes.points(total, "a batch, killed before every call", killing, bench.folder, todo, 250)
    todo = [("kill", number, True) for number in strikes.sample(random, steps(calls, long), 400 if long else 70)]
    todo += [("cut", number, reboot) for number in writes(calls) for reboot in (False, True)]
    strikes.points(total, "a batch, killed in its writes, and before a reboot", killing, bench.folder, todo, 100)


def test_single(bench, total, random, long, letters, expected):
    todo, killings = [], []
    base = None
    for at, path in enumerate(letters.paths):
        killing = Killing(bench, letters, expected, [path], base)
        killings.append(killing)
        calls = killing.calls()
        todo += [(at, ("kill", number, False)) for number in steps(calls, long)]
        todo += [(at, ("cut", number, False)) for number in writes(calls)]
        before, base = base, bench.path(f"base-{at}")
        if before:
            shutil.copytree(before, base)
        bench.replay(base, [path])

    def one(store, point):
        return killings[point[0]](store, point[1])

    strikes.points(total, "one report a run, killed in each", one, bench.folder,
                   todo if long else strikes.sample(random, todo, 150), 100)


def test_large(bench, total, random, long):
    letters = strikes.Letters(bench.path("large"), strikes.large(), long_rows=True)
    killing = Killing(bench, letters, undisturbed(bench, "expected-large", letters))
    calls = killing.calls()
    if not any("/stage/" in about for _, _, _, about in calls):
        sys.exit("nothing was staged")
    tail = [number for number, name, _, about in calls
            if "/stage" in about or name in ("fdatasync", "renameat2", "unlinkat")]
    todo = [("kill", number, reboot) for number in steps(calls, False) for reboot in (False, True)]
    if not long:
        todo = strikes.sample(random, todo, 12) + [("kill", number, True) for number in strikes.sample(random, tail, 12)]
    strikes.points(total, "reports of megabytes, killed", killing, bench.folder, todo, 20)


def commit_of(calls):
    """The call behind the commit point: the last sync of the journal."""
    return max(number for number, name, _, about in calls if name == "fdatasync" and about.endswith("/journal")) + 1


def test_recovery(bench, total, random, long, letters, expected, calls):
    recovering = Recovering(bench, letters, expected)
    commit = commit_of(calls)
    applying = [number for number in steps(calls, False) if number > commit]
    at = [commit, random.choice(applying)] + (strikes.sample(random, applying, 8) if long else [])
    todo, twice = [], []
    torn_entry = max(number for number in writes(calls) if number < commit)
    firsts = [("kill", number, reboot) for number in at for reboot in (False, True)] + [("cut", torn_entry, False)]
    for first in firsts:
        found = steps(recovering.recovery_calls(first), every=long)
        todo += [(first, number, None) for number in found]
        twice += [(first, number, random.choice(found)) for number in found]
    strikes.points(total, "the recovery, killed", recovering, bench.folder,
                   todo if long else strikes.sample(random, todo, 150), 100 if not long else 400)
    strikes.points(total, "the recovery of the recovery, killed", recovering, bench.folder,
                   strikes.sample(random, twice, 400 if long else 50), 20)


# ---- the order of calls ----

def is_applied(name, about):
    """Whether a call writes rows, or puts an archive file in place."""
    if name == "pwrite64":
        return "/records-" in about or "/reports-" in about
    return name.startswith("rename") and "/archive/" in about


def is_answer(name, about):
    return name == "write" and "pipe:" in about


def check_order(calls, store):
    """Nothing is applied and nothing is answered that is not on the disk, and
    nothing is written without the lock."""
    complaints = []
    unsynced = {}
    locked = False
    for number, name, _, about in calls:
        call = f"{number} {name} {about}"
        base = os.path.basename(about)
        if name == "flock":
            locked = not locked
        if name == "pwrite64" and store in about and not locked:
            complaints.append(f"{call}: without the lock")
        if unsynced and (is_applied(name, about) or is_answer(name, about)):
            complaints.append(f"{call}: before {unsynced} was synced")
            unsynced = {}
        if name.startswith("rename") and base == "journal":
            if "journal.new" in unsynced:
                complaints.append(f"{call}: before it was synced")
            unsynced["its folder"] = number
        elif name == "pwrite64" and base in ("journal", "journal.new"):
            unsynced[base] = number
        elif name == "fdatasync":
            unsynced.pop(base, None)
        elif name == "fsync" and base == ".spool":
            unsynced.pop("its folder", None)
    return complaints


def check_hardened(calls):
    """What another process left is durable before it is applied or answered."""
    hardened = [number for number, name, _, about in calls if name.startswith("rename") and about.endswith("/journal")]
    used = [number for number, name, _, about in calls if is_applied(name, about) or is_answer(name, about)]
    if not hardened:
        return ["recovery makes nothing durable"]
    return [] if hardened[0] < used[0] else ["recovery uses what it has not made durable yet"]


def test_order(bench, total, letters, expected, calls):
    total.say("what is applied or answered was synced before", check_order(calls, bench.folder))
    recovering = Recovering(bench, letters, expected)
    for reboot in (False, True):
        found = recovering.recovery_calls(("kill", commit_of(calls) + 3, reboot))
        complaints = check_order(found, bench.folder) + check_hardened(found)
        total.say(f"so is what recovery finds{', after a reboot' if reboot else ''}", complaints)


PARTS = ("order", "batch", "single", "recovery", "large")


def tests(bench, total, random, long, parts):
    letters = strikes.Letters(bench.path("small"), strikes.small())
    expected = undisturbed(bench, "expected", letters)
    killing = Killing(bench, letters, expected)
    calls = killing.calls()
    if "order" in parts:
        test_order(bench, total, letters, expected, calls)
    if "batch" in parts:
        test_batch(bench, total, random, long, killing, calls)
    if "single" in parts:
        test_single(bench, total, random, long, letters, expected)
    if "recovery" in parts:
        test_recovery(bench, total, random, long, letters, expected, calls)
    if "large" in parts:
        test_large(bench, total, random, long)


if __name__ == "__main__":
    sys.exit(strikes.main(__doc__, tests, PARTS))
