#!/usr/bin/env python3
"""powercut.py - cuts the power, and looks whether the store kept its word.

usage: tests/store/powercut.py [PROGRAM] [OPTION]...

    --long              20,000 states instead of 2,400
    --states N          another number of states, and nothing else
    --seed N            that of a run to be repeated
    --only NAME         one scenario
    --quick             a few states, until one fails: for a broken store
    --ignore-sync KIND  a disk that forgets syncs: of the journal, of recovery
                        (the new journal and its name), stage (long bytes),
                        checkpoint, or all; must fail
    --keep FOLDER       where the states that fail are put

recorder.c, preloaded into `ruamill replay`, writes down every call that changes
the store, and every sync. disk.py does the same to a model of a disk, which says
what may be left of it when the power is cut: first the choices that are mean
(nothing, only names, only the journal ...), then random ones.

Each state is put on a real file system, where a table has the inode that the
journal knows it by, and the machine seems to be started anew (recorder.c sees to
both). Recovery alone must bring back every report that was acknowledged before
the cut, exactly once and in whole lines; then all mails are replayed, and the
store must hold what one has that was never disturbed.

At last the test is tested: with a disk that forgets some syncs it must fail."""

import argparse
import collections
import concurrent.futures
import csv
import hashlib
import io
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
from disk import MEAN, Disk, at_random, read_log  # noqa: E402
from mails import Mail  # noqa: E402

RUA = "dmarc@example.net"
PROBE = 900  # the number of a mail that only makes recovery come
BROKEN = 20  # that of one that is no report
LONG = {30, 31, 32}  # those of long ones
STATES, STATES_LONG = 2400, 20000
LEAST_DISTINCT = 200
ROUNDS = 1000  # of random states, at most
QUICK = 1200

# --- the program and the recorder ----------------------------------------------


class LongMail(Mail):
    """One whose rows are long, by an address, or whose document is, by comments."""

    def __init__(self, email=0, comments=0, **values):
        super().__init__(**values)
        self.email, self.comments = email, comments

    def document(self):
        return (super().document().replace(b"<email>", b"<email>" + b"a" * self.email)
                .replace(b"<feedback>", b"<feedback>" + (b"<!--" + b"x" * 1017 + b"-->") * self.comments))


def acknowledged(text):
    """{number: verdict} of the mails that the program answered for."""
    return {int(number): verdict for number, verdict in
            re.findall(r"^id=\S*?(\d+)\.eml .*?\bverdict=(ok|duplicate|bad)\b.*\n", text, re.M)}


class Bench:
    """The program, the recorder, the mails."""

    def __init__(self, program, place):
        self.program, self.place = os.path.abspath(program), place
        self.library = os.path.join(place, "recorder.so")
        self.allow = os.path.join(place, "allow")
        self.mails = os.path.join(place, "mails")
        self.made = 0
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", self.library,
                        os.path.join(HERE, "recorder.c"), "-ldl"], check=True)
        with open(self.allow, "w", encoding="ascii") as file:
            file.write(f"{RUA} *\n")
        os.mkdir(self.mails)
        self.has_checkpoint = subprocess.run([self.program, "checkpoint", "--help"], capture_output=True,
                                             check=False).returncode == 0

    def mail(self, number, **values):
        with open(os.path.join(self.mails, f"{number}.eml"), "wb") as file:
            file.write(LongMail(number=number, **values).bytes())

    def folder(self):
        self.made += 1
        return tempfile.mkdtemp(prefix="state-", dir=self.place)

    def command(self, store, numbers):
        command = ["checkpoint"] if numbers is None else ["replay", "-v", "--to", RUA, "--jobs", "1"]
        options = [f"store={store}", f"allow={self.allow}"]
        return ([self.program, *command] + [word for option in options for word in ("-o", option)] +
                [f"{number}.eml" for number in numbers or ()])

    def run(self, store, numbers, work, boot, log=None, kill=0, inodes=None, new=0):
        """Replays mails, or takes a checkpoint (None): exit code and what it said."""
        said = os.path.join(work, "said")
        environment = dict(os.environ, LD_PRELOAD=self.library, RECORDER_ROOT=store, RECORDER_BOOT=boot,
                           RECORDER_NEW=str(new))
        for name, value in (("LOG", log), ("KILL", kill), ("INODES", inodes)):
            if value:
                environment[f"RECORDER_{name}"] = str(value)
        with open(said, "wb") as file:
            code = subprocess.run(self.command(store, numbers), cwd=self.mails, env=environment, stderr=file,
                                  stdout=subprocess.DEVNULL, check=False).returncode
        with open(said, encoding="utf-8") as file:
            return code, file.read()


def new_boot(work):
    path = os.path.join(work, "boot")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{uuid.uuid4()}\n")
    return path


def put(tree, store, inodes):
    """Makes a store of a state; `inodes` is the file for the recorder."""
    os.mkdir(store)
    with open(inodes, "w", encoding="ascii") as lines:
        for path, (content, inode) in sorted(tree.items()):
            full = os.path.join(store, path)
            if content is None:
                os.mkdir(full)
                continue
            with open(full, "wb") as file:
                file.write(content)
                lines.write(f"{os.fstat(file.fileno()).st_ino} {inode}\n")


def take(store):
    """{path: bytes or None} of what is there."""
    tree = {}
    for folder, folders, names in os.walk(store):
        for name in folders:
            tree[os.path.relpath(os.path.join(folder, name), store)] = None
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                tree[os.path.relpath(path, store)] = file.read()
    return tree


# --- what a store should hold -------------------------------------------------

TABLE = re.compile(r"[^/]+/(records|reports)-[^/]*\.csv")


def masked(line):
    """A line without the time at which the mail came."""
    if line.find(b',"archive/', max(0, len(line) - 500)) < 0 and line.find(b',"bad",', 0, 40) < 0:
        return line
    return re.sub(rb'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?=,"archive/|,"bad",)', b"", line)


class Should:
    """The undisturbed store: of each report its lines and its archive file."""

    def __init__(self, tree):
        self.lines, self.headers, self.number = {}, {}, {}
        self.archive = {path: content for path, content in tree.items()
                        if content is not None and "/archive/" in path}
        for path, content in tree.items():
            if TABLE.fullmatch(path):
                header, *lines = content.splitlines(True)
                self.headers[path] = header
                for line in lines:
                    self.lines[masked(line)] = (path, self.key(line))
            if re.fullmatch(r"[^/]+/reports-.*", path):
                for row in csv.DictReader(io.StringIO(content.decode())):
                    self.number[row["report_key"]] = int(row["report_id"])
        self.amount = collections.Counter(self.number[key] for _, key in self.lines.values())
        self.aside = {content for path, content in tree.items() if path.endswith(".eml")}
        self.aside_lines = {masked(line) for line in tree.get("quarantine/quarantine.csv", b"").splitlines(True)}

    @staticmethod
    def key(line):
        return re.findall(rb'"([0-9a-f]{64})"', line)[-1].decode()

    def check(self, tree, known, complete):
        """What is wrong with a store that should hold the known reports."""
        wrong, lines, there = [], collections.Counter(), set()
        aside = {content for path, content in tree.items() if path.endswith(".eml") and path.startswith("quar")}
        for path, content in tree.items():
            if content is None or path.startswith(".spool/") or path.endswith(".eml"):
                continue
            if path in self.archive:
                if content != self.archive[path]:
                    wrong.append(f"{path}: not the bytes that came")
                there.add(self.number[re.search("([0-9a-f]{64})", path)[1]])
            elif path in self.headers:
                wrong += self.check_table(path, content, lines)
            elif path == "quarantine/quarantine.csv":
                wrong += [f"{path}: a line {line[:60]!r}" for line in content.splitlines(True)
                          if masked(line) not in self.aside_lines]
            else:
                wrong.append(f"{path}: should not be there")
        stored = collections.Counter()
        for line, count in lines.items():
            number = self.number[self.lines[line][1]]
            stored[number] += 1
            if count > 1:
                wrong.append(f"report {number}: a row {count} times")
        for number, amount in self.amount.items():
            has = (stored[number], number in there)
            if has not in ((0, False), (amount, True)):
                wrong.append(f"report {number}: {has[0]} of {amount} lines, archive file: {has[1]}")
            if (number in known or complete) and has == (0, False):
                wrong.append(f"report {number}: {'acknowledged, and ' if number in known else ''}lost")
        rows = tree.get("quarantine/quarantine.csv", b"").count(b"\n") - ("quarantine/quarantine.csv" in tree)
        if rows != len(aside):
            wrong.append(f"quarantine: {rows} rows, {len(aside)} messages")
        if ("bad" in known.values() or complete) and self.aside - aside:
            wrong.append("quarantine: a message is lost")
        return wrong

    def check_table(self, path, content, lines):
        wrong = []
        header, *rest = content.splitlines(True) or [self.headers[path]]
        if header != self.headers[path]:
            wrong.append(f"{path}: begins with {header[:60]!r}")
        for line in map(masked, rest):
            if self.lines.get(line, ("",))[0] == path:
                lines[line] += 1
            else:
                wrong.append(f"{path}: a line {line[:80]!r}")
        return wrong


# --- scenarios ----------------------------------------------------------------

Part = collections.namedtuple("Part", "events before said reboot")


class Scenario:
    """Runs of the program on one store, recorded."""

    def __init__(self, name, bench):
        self.name, self.bench = name, bench
        self.work = bench.folder()
        self.store = os.path.join(self.work, "store")
        self.boot = new_boot(self.work)
        self.parts, self.start, self.mails, self.known = [], {}, set(), {}
        self.inodes, self.new = None, 0
        self.shadow = Disk()
        self.weight = 1
        self.is_second = False  # it begins with what a cut left
        self.should = None

    def begin_with(self, tree, mails, known):
        self.inodes = os.path.join(self.work, "inodes")
        put(tree, self.store, self.inodes)
        self.start, self.shadow = tree, Disk(tree=tree)
        self.new, self.mails, self.known = 1 << 40, set(mails), dict(known)

    def run(self, *numbers, kill=0, reboot=False, checkpoint=False):
        """Replays mails; they are the machine's first after a clean stop (reboot),
        or the process dies before its call number `kill`."""
        log = os.path.join(self.work, "log")
        if reboot:
            self.boot = new_boot(self.work)
        if os.path.exists(log):
            os.unlink(log)
        code, said = self.bench.run(self.store, None if checkpoint else numbers, self.work, self.boot, log, kill,
                                    self.inodes, self.new)
        if code != (-9 if kill else 0):
            raise RuntimeError(f"{self.name}: exit {code}: {said}")
        self.parts.append(Part(read_log(log), dict(self.known), said, reboot))
        self.known |= acknowledged(said)
        self.mails |= set(numbers)
        self.compare()

    def expect(self, number, verdict):
        """The scenario is not what it says when a mail was answered otherwise."""
        if self.known[number] != verdict:
            raise RuntimeError(f"{self.name}: mail {number} was answered {self.known[number]}")

    def compare(self):
        """The model with everything in it must be what is there: the recorder missed nothing."""
        for event in self.parts[-1].events:
            self.shadow.do(event)
        self.shadow.fds.clear()
        model = self.shadow.tree(MEAN["everything"], random.Random(0))
        if {path: content for path, (content, _) in model.items()} != take(self.store):
            raise RuntimeError(f"{self.name}: the recorder missed something")

    def rehearse(self, *numbers):
        """The events of a run that is then forgotten."""
        rehearsal = Scenario(self.name, self.bench)
        rehearsal.begin_with(self.shadow.tree(MEAN["everything"], random.Random(0)), self.mails, {})
        rehearsal.boot = self.boot
        rehearsal.run(*numbers)
        shutil.rmtree(rehearsal.work)
        return [(event, rehearsal.path_of(number)) for number, event in enumerate(rehearsal.parts[0].events)]

    def path_of(self, number):
        disk = Disk(tree=self.start)
        for event in self.parts[0].events[:number]:
            disk.do(event)
        thing = disk.fds.get(self.parts[0].events[number].fd)
        return thing.path if thing else ""

    def cuts(self, forgets):
        """(disk, what was acknowledged, where, whether it is one of the better
        places) for every place where the power can be cut."""
        disk = Disk(forgets, self.start)
        for number, part in enumerate(self.parts, 1):
            if part.reboot:
                disk.sync_all()
            acks = {}
            for count, event in enumerate(part.events, 1):
                if event.name not in ("root", "close") and (event.name != "open" or event.b):
                    if event.said not in acks:
                        acks[event.said] = part.before | acknowledged(part.said[:event.said])
                    boring = event.name == "write" and not event.data.strip(b"\0")
                    yield (disk, acks[event.said], f"run {number}, before event {count}, {event.name}",
                           None if boring else event.name in ("sync", "syncfs"))
                disk.do(event)
            disk.fds.clear()
            yield disk, part.before | acknowledged(part.said), f"run {number}, at its end", True

    def know(self):
        """Makes the store that is not disturbed."""
        work = self.bench.folder()
        store = os.path.join(work, "store")
        everything = self.everything()
        code, said = self.bench.run(store, everything, work, new_boot(work))
        if code:
            raise RuntimeError(f"undisturbed: exit {code}: {said}")
        verdicts = acknowledged(said)
        if any(verdicts[number] != ("bad" if number == BROKEN else "ok") for number in everything):
            raise RuntimeError(f"undisturbed: {said}")
        self.should = Should(take(store))
        shutil.rmtree(work)

    def everything(self):
        return sorted(self.mails | (set() if self.bench.has_checkpoint else {PROBE}))


def ordinary(scenario):
    scenario.run(0)
    scenario.run(1)
    scenario.run(2)
    scenario.run(3, 4, 5, 6, 7, BROKEN)
    if scenario.bench.has_checkpoint:
        scenario.run(checkpoint=True)
    else:
        scenario.run(8, reboot=True)
    scenario.run(8)
    scenario.run(9, 0, 10, 3, 11)


def restarted(scenario):
    """Two starts of the machine in order, with a new domain in between."""
    scenario.run(0, 1)
    scenario.run(8, reboot=True)
    scenario.run(2)
    scenario.run(9, reboot=True)


def last_sync(events, path, after=0):
    """The number of the call that syncs a file for the last time, or of the
    change of the store that comes so many changes after it."""
    at = max(number for number, (event, of) in enumerate(events) if event.name == "sync" and of == path)
    changes = [event for event, _ in events[at:] if event.name not in ("open", "close") or event.b]
    return changes[after].call


def killed(after):
    """A process dies at the commit, or so many changes later; the next one finds
    the entry in the page cache and answers for it."""
    def play(scenario):
        scenario.run(0, 1)
        events = scenario.rehearse(2)
        scenario.run(2, kill=last_sync(events, ".spool/journal", after))
        scenario.run(2)
        scenario.expect(2, "duplicate")
        scenario.run(3, 2)
    return play


def killed_batch(scenario):
    """The same with a batch, and others come first."""
    scenario.run(0)
    events = scenario.rehearse(3, 4, 5, 6)
    scenario.run(3, 4, 5, 6, kill=last_sync(events, ".spool/journal"))
    scenario.run(1)
    scenario.run(4, 3, 6, 5)
    scenario.expect(4, "duplicate")


def killed_in_recovery(step):
    """A process dies at the commit, the next one in recovery."""
    def play(scenario):
        scenario.run(0)
        events = scenario.rehearse(2, 5)
        scenario.run(2, 5, kill=last_sync(events, ".spool/journal"))
        events = scenario.rehearse(2)
        scenario.run(2, kill=last_sync(events, ".spool/journal.new", step))
        scenario.run(2)
        scenario.run(5)
    return play


def checkpoint(scenario):
    """A report that fills the journal so that a checkpoint is taken at the end."""
    scenario.run(0)
    scenario.run(31)
    scenario.run(2)
    scenario.run(3, 1)


def staged(scenario):
    """A report whose rows are staged, and one whose archive file is."""
    scenario.run(0)
    scenario.run(30)
    scenario.run(2)
    scenario.run(32)


def staged_checkpoint(scenario):
    """What was staged is removed, since a checkpoint has made it needless."""
    scenario.run(0)
    scenario.run(30)
    scenario.run(checkpoint=True)
    scenario.run(2)


def staged_kept(scenario):
    """Killed before the checkpoint that it takes at its end: what was staged is
    needed still."""
    scenario.run(0)
    events = scenario.rehearse(30)
    scenario.run(30, kill=[event.call for event, _ in events if event.name == "syncfs"][-1])
    scenario.run(2)


def staged_killed(scenario):
    scenario.run(0)
    events = scenario.rehearse(30)
    scenario.run(30, kill=last_sync(events, ".spool/journal"))
    scenario.run(30)
    scenario.run(2, reboot=True)


SCENARIOS = {
    "staged, checkpoint": (staged_checkpoint, .1),
    "ordinary": (ordinary, 1),
    "restarted": (restarted, 1),
    "killed at the commit": (killed(0), 1),
    "killed behind the commit": (killed(1), 1),
    "killed when applying": (killed(4), 1),
    "killed with a batch": (killed_batch, 1),
    "killed in recovery": (killed_in_recovery(0), 1),
    "killed behind recovery's sync": (killed_in_recovery(2), 1),
    "checkpoint": (checkpoint, .2),
    "staged": (staged, .03),
    "staged, kept": (staged_kept, .03),
    "staged, killed": (staged_killed, .03),
}


def write_mails(bench):
    domains = ("a.example", "b.example", "a.example", "c.example", "b.example", "a.example")
    for number in range(12):
        bench.mail(number, domain="d.example" if number == 8 else domains[number % 6], records=1 + number % 5)
    bench.mail(BROKEN, domain="a.example", kind="broken")
    bench.mail(30, domain="a.example", kind="gzip", records=1500, email=3000)
    bench.mail(31, domain="b.example", kind="xml", comments=1100)
    bench.mail(32, domain="b.example", kind="xml", comments=4500)
    bench.mail(PROBE, domain="probe.example", records=1)


def record(bench, name):
    play, weight = SCENARIOS[name]
    scenario = Scenario(name, bench)
    play(scenario)
    scenario.weight = weight
    scenario.know()
    return scenario


def begin_cut(bench, scenario, tree, known, where):
    """Recovery from a cut, recorded."""
    second = Scenario(f"{scenario.name}, cut ({where})", bench)
    second.is_second = True
    second.begin_with(tree, scenario.mails, known)
    if bench.has_checkpoint:
        second.run(checkpoint=True)
    else:
        second.run(PROBE)
    return second


def cut_twice(bench, scenario, rng):
    """Recovery from a cut, recorded, and a run behind it: the power is cut again."""
    chosen = rng.randrange(sum(better is not None for *_, better in scenario.cuts("")))
    cuts = (cut for cut in scenario.cuts("") if cut[3] is not None)
    disk, known, where, _ = next(itertools.islice(cuts, chosen, None))
    second = begin_cut(bench, scenario, disk.tree(at_random(rng), rng), known, where)
    numbers = sorted(scenario.mails - LONG)
    second.run(*rng.sample(numbers, min(4, len(numbers))))
    second.know()
    return second


def cut_names(bench, scenario, forgets, rng):
    """Recovery, recorded, from a cut at the end of the first run that left no name
    that it need not leave: a table is made again then, as another file, and is not
    what the journal says of it when the power is cut once more."""
    for disk, known, where, _ in scenario.cuts(forgets):
        if where == "run 1, at its end":
            second = begin_cut(bench, scenario, disk.tree(MEAN["all but names"], rng), dict(known), where)
            second.know()
            return second
    raise LookupError(scenario.name)


# --- states -------------------------------------------------------------------


class Test:
    def __init__(self, bench, options, forgets):
        self.bench, self.options, self.forgets = bench, options, forgets
        self.seen, self.trees, self.failures = set(), set(), []
        self.states = 0

    def try_state(self, scenario, tree, known, label):
        """Recovery, then all mails again, on a state: what is wrong."""
        work = self.bench.folder()
        store, inodes = os.path.join(work, "store"), os.path.join(work, "inodes")
        put(tree, store, inodes)
        boot, settings = new_boot(work), {"inodes": inodes, "new": 2 << 40}
        code, said = self.bench.run(store, None if self.bench.has_checkpoint else [PROBE], work, boot, **settings)
        wrong = [f"exit {code}: {said.strip()}"] if code else []
        wrong += [line for line in said.splitlines() if line.startswith("ruamill:")]
        wrong += scenario.should.check(take(store), known, False)
        wrong = [f"after recovery: {line}" for line in wrong]
        if not wrong:
            code, said = self.bench.run(store, scenario.everything(), work, boot, **settings)
            wrong = [f"exit {code}: {said.strip()}"] if code else []
            wrong += scenario.should.check(take(store), known, True)
            answers = acknowledged(said)
            wrong += [f"report {number}: answered {answers.get(number)}" for number, verdict in known.items()
                      if verdict != "bad" and answers.get(number) != "duplicate"]
            wrong = [f"after the replay: {line}" for line in wrong]
        if wrong and self.options.keep:
            kept = os.path.join(self.options.keep, os.path.basename(work))
            put(tree, kept, kept + ".inodes")
            label += f" [{os.path.basename(work)}]"
        shutil.rmtree(work)
        return label, wrong

    def fresh(self, tree, known):
        """Whether this state was not there yet."""
        digest = hashlib.sha256()
        for path, (content, inode) in sorted(tree.items()):
            digest.update(f"{path}\0{inode}\0{'' if content is None else len(content)}\0".encode())
            digest.update(content or b"")
        self.trees.add(digest.digest())
        digest.update(repr(sorted(known.items())).encode())
        new = digest.digest() not in self.seen
        self.seen.add(digest.digest())
        return new

    def states_of(self, scenario, rng, mean):
        for disk, known, where, better in scenario.cuts(self.forgets):
            if self.forgets and not (self.options.ignore_sync or scenario.is_second or "at its end" in where):
                continue
            if mean:
                likely = better and (self.forgets or scenario.weight >= .1 or rng.random() < .3)
                choices = list(MEAN.items()) if likely else []
            else:
                chance = scenario.weight * (1 if better else .3 if better is not None else .01)
                choices = [("at random", at_random(rng))] if rng.random() < chance else []
            for name, choose in choices:
                tree = disk.tree(choose, rng)
                if self.fresh(tree, known):
                    yield scenario, tree, dict(known), f"{scenario.name}: {where}, {name}"

    def run(self, states, pool, most=None):
        """Tries states until there are `most`; without that, until one fails."""
        waiting = set()

        def collect(to):
            nonlocal waiting
            while len(waiting) > to:
                done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    self.states += 1
                    label, wrong = future.result()
                    if wrong:
                        self.failures.append((label, wrong))

        for state in states:
            waiting.add(pool.submit(self.try_state, *state))
            collect(2 * self.options.jobs)
            if self.failures if most is None else self.states + len(waiting) >= most:
                break
        collect(0)


CUT_NAMES = ("restarted", "staged")


def mean_states(test, scenarios, rng):
    for scenario in scenarios:
        if scenario.name in CUT_NAMES:
            try:
                yield from test.states_of(cut_names(test.bench, scenario, test.forgets, rng), rng, True)
            except (LookupError, RuntimeError) as error:
                test.failures.append((f"{scenario.name}, names cut", [str(error)]))
    for scenario in scenarios:
        yield from test.states_of(scenario, rng, True)


def all_states(test, scenarios, rng):
    """First all that are mean, then random ones."""
    yield from mean_states(test, scenarios, rng)
    short = [scenario for scenario in scenarios if scenario.weight >= .1]
    for _ in range(ROUNDS):
        if short and not test.forgets:
            scenario = rng.choice(short)
            try:
                second = cut_twice(test.bench, scenario, rng)
            except RuntimeError as error:
                test.failures.append((f"{scenario.name}, cut twice", [str(error)]))
                continue
            yield from test.states_of(second, rng, True)
            yield from test.states_of(second, rng, False)
        for scenario in 3 * scenarios:
            yield from test.states_of(scenario, rng, False)


# With each of these forgotten, what is acknowledged is lost.
MUTANTS = {"journal": None, "all": None, "recovery": "killed at the commit", "stage": "staged, kept",
           "checkpoint": "checkpoint"}


def play_all(bench, names, word):
    """The scenarios, and how many cannot be played."""
    scenarios, failed = [], 0
    for name in names:
        try:
            scenarios.append(record(bench, name))
        except (LookupError, RuntimeError, ValueError) as error:
            print(f"{word} to play {name}: {error!r}")
            failed += 1
    return scenarios, failed


def try_states(test, scenarios, rng, pool, most):
    """How many states were fine, and how many were not."""
    test.run(all_states(test, scenarios, rng), pool, most)
    for label, wrong in test.failures[:20]:
        print(f"FAILED {label}\n       " + "\n       ".join(wrong[:6]))
    print(f"{test.states} states, {len(test.trees)} distinct, {len(test.failures)} failed", flush=True)
    few = len(test.trees) < LEAST_DISTINCT or test.states < most
    if few:
        print(f"FAILED too few states: {most} and {LEAST_DISTINCT} distinct ones were asked for")
    return test.states - len(test.failures), len(test.failures) + few


def try_mutant(test, scenarios, rng, pool):
    """Whether the harm that a forgotten sync does is seen."""
    test.run(mean_states(test, scenarios, rng), pool)
    caught = bool(test.failures)
    print(f"{'ok' if caught else 'FAILED'} a disk that forgets syncs ({test.forgets}): "
          f"{'caught' if caught else 'not caught'} with {test.states} states"
          + (f" ({test.failures[0][1][0][:120]})" if caught else ""), flush=True)
    return caught


def try_quickly(test, scenarios, rng, pool):
    """Whether no state fails."""
    test.run(itertools.islice(mean_states(test, scenarios, rng), QUICK), pool)
    for label, wrong in test.failures[:1]:
        print(f"FAILED {label}: {wrong[0]}")
    print(f"{test.states} states")
    return not test.failures


def read_options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program", nargs="?", default=os.path.join(ROOT, "build/release/bin/ruamill"))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--states", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--only", choices=SCENARIOS)
    parser.add_argument("--ignore-sync", default="",
                        choices=("journal", "recovery", "stage", "checkpoint", "all"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    options = read_options()
    most = options.states or (STATES_LONG if options.long else STATES)
    whole = not options.ignore_sync and not options.only and not options.states
    began = time.monotonic()
    rng = random.Random(options.seed)
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ruamill-powercut-", dir=place) as place, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        bench = Bench(options.program, place)
        write_mails(bench)
        scenarios, failed = play_all(bench, [options.only] if options.only else SCENARIOS,
                                     "not able" if options.quick else "FAILED")
        print(f"seed {options.seed}, {len(scenarios)} scenarios", flush=True)
        if options.quick:  # a scenario that a broken store cannot play shows nothing
            passed = try_quickly(Test(bench, options, ""), scenarios, rng, pool)
            print(f"{int(passed)} passed, {int(not passed)} failed")
            sys.exit(not passed)
        passed, wrong = try_states(Test(bench, options, options.ignore_sync), scenarios, rng, pool, most)
        failed += wrong
        for forgets, name in MUTANTS.items() if whole else ():
            mutant = Test(bench, options, forgets)
            caught = try_mutant(mutant, [s for s in scenarios if name in (None, s.name)], rng, pool)
            passed, failed = passed + caught, failed + (not caught)
    print(f"{time.monotonic() - began:.0f} s")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
