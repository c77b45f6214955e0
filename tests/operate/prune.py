#!/usr/bin/env python3
"""prune.py [PROGRAM] [--long] - `ruamill prune`: what goes, what stays known.

It is killed before every call that changes something (with --long: before every
call), runs beside writers, on a full disk and as somebody else."""

import contextlib
import os
import re
import subprocess
import sys
import time

from desk import DAY, KILLED, LATER, NO_INPUT, NOBODY, OK, USAGE, archive, forget, kept, keys, main, rows, state, write_mails

LINE = re.compile(r"(?:would prune|pruned) archive (\d+) files (\d+) bytes quarantine (\d+) files (\d+) bytes\n")


def counts(answer):
    found = LINE.fullmatch(answer.out)
    return tuple(map(int, found.groups())) if found and answer.code == OK else answer


def end_of(path):
    return int(path.split("!")[-2])


def is_clean(desk, store, reports):
    answer = desk.run(store, "verify")
    return answer.code == OK and re.search(rf" reports {reports} .* problems 0$", answer.out) is not None


def age_at(moment):
    """An --older-than that cuts there."""
    return f"{int((time.time() - moment) // DAY)}d"


class Sample:
    """A store, and an age by which a part of it is old."""

    def __init__(self, desk):
        self.letters = write_mails(desk.path("mails"), range(60))
        self.store = desk.new_store()
        desk.replay(self.store, *self.letters)
        ends = sorted(end_of(path) for path in archive(self.store))
        self.age = age_at(ends[len(ends) // 2])
        limit = time.time() - int(self.age[:-1]) * DAY
        self.old = [path for path in archive(self.store) if end_of(path) < limit]
        self.rows = rows(self.store)


def stays_known(desk, tally, sample, store, what):
    again = desk.replay(store, *sample.letters)
    tally.check(again.code == OK and " new 0 duplicate 60 " in again.out and rows(store) == sample.rows,
                f"{what}: nothing is counted again")
    tally.check(is_clean(desk, store, 60), f"{what}: verify finds nothing wrong")


def what_goes(desk, tally, sample):
    store = desk.new_store(sample.store)
    size = sum(os.path.getsize(os.path.join(store, path)) for path in sample.old)
    wanted = (len(sample.old), size, 0, 0)
    before = state(store)
    dry = desk.run(store, "prune", "--older-than", sample.age, "--dry-run")
    tally.check(counts(dry) == wanted and state(store) == before, f"a dry run says it, and changes nothing {dry}")
    left = sorted(set(archive(store)) - set(sample.old))
    done = desk.run(store, "prune", "--older-than", sample.age)
    tally.check(counts(done) == wanted and archive(store) == left, f"what is old goes, and nothing else {done}")
    tally.check(all(lines == sorted(set(lines)) for lines in keys(store)) and
                sorted(sum(keys(store), [])) == sorted(path.split("!")[-1][:64] for path in sample.old),
                "its keys stay, sorted")
    tally.check(counts(desk.run(store, "prune", "--older-than", sample.age)) == (0, 0, 0, 0), "once")
    stays_known(desk, tally, sample, store, "after it")
    rebuilt = desk.run(store, "rebuild", desk.path("rebuilt"))
    said = sum(int(n) for n in re.findall(r"reports that were pruned, and cannot be made again: (\d+)", rebuilt.out))
    tally.check(rebuilt.code == OK and said == len(sample.old), "rebuild says what cannot be made again")
    forget(store)
    desk.run(store, "checkpoint")
    tally.check(archive(store) == left, "a recovery brings nothing back")
    all_of_it = desk.run(store, "prune", "--older-than", "1h")
    tally.check(counts(all_of_it)[0] == 60 - len(sample.old), "keys are added to those that are there")
    stays_known(desk, tally, sample, store, "after all of it")


def by_domain_and_place(desk, tally, sample):
    store = desk.new_store(sample.store)
    mine = [path for path in sample.old if path.startswith("example.net/")]
    done = desk.run(store, "prune", "--older-than", sample.age, "--domain", "Example.NET.")
    tally.check(counts(done)[0] == len(mine) > 0 and len(archive(store)) == 60 - len(mine), "of one domain only")
    done = desk.run(store, "prune", "--older-than", sample.age, "--quarantine")
    tally.check(counts(done)[0] == 0, "of the quarantine only")
    path = os.path.join(store, sample.old[0])
    lying = re.sub(r"!\d+!([0-9a-f]{64})", r"!9999999999!\1", path)
    os.rename(path, lying)
    desk.run(store, "prune", "--older-than", "1h")
    tally.check(not os.path.exists(lying), "a report of the year 2286 is as old as its month")
    undated = os.path.join(store, "example.com/archive/undated")
    os.makedirs(undated)
    for name, days in (("old", 400), ("new", 1)):
        file = os.path.join(undated, f"{name}!example.com!0!0!{days:064x}.xml")
        with open(file, "wb"):
            pass
        os.utime(file, (time.time() - days * DAY,) * 2)
    desk.run(store, "prune", "--older-than", "30d")
    tally.check([name[:3] for name in os.listdir(undated)] in (["new", "pru"], ["pru", "new"]),
                "one without a date goes by its file's")


def quarantine(desk, tally):
    store = desk.new_store()
    broken = write_mails(desk.path("broken"), range(4), kind="broken")
    desk.replay(store, *broken)
    tally.check(counts(desk.run(store, "prune", "--older-than", "2d"))[2] == 0, "what came today stays")
    month = os.path.dirname(kept(store)[0])
    os.makedirs(os.path.join(store, "quarantine/2020"))
    os.rename(os.path.join(store, "quarantine", month), os.path.join(store, "quarantine/2020/01"))
    table = os.path.join(store, "quarantine/quarantine.csv")
    with open(table, encoding="utf-8") as file:
        text = file.read().replace(month, "2020/01")
    with open(table, "w", encoding="utf-8") as file:
        file.write(text)
    desk.replay(store, *broken)
    tally.check(len(kept(store)) == 8 and is_clean(desk, store, 0), "a mail of another month is kept again")
    done = desk.run(store, "prune", "--older-than", "400d")
    tally.check(counts(done)[2] == 4 and len(kept(store)) == 4, "what is old goes")
    tally.check(open(table, encoding="utf-8").read().count("\n") == 9, "its rows stay")
    tally.check(is_clean(desk, store, 0), "and verify knows")
    done = desk.run(store, "prune", "--older-than", "1h")
    now = time.gmtime()
    if now.tm_mday == 1 and now.tm_hour < 2:
        tally.check(True, "the month has only begun: the rest of this is for another day")
        return
    for path in kept(store):
        os.utime(os.path.join(store, "quarantine", path), (time.time() - 3 * 3600,) * 2)
    done = desk.run(store, "prune", "--older-than", "1h")
    desk.replay(store, *broken)
    tally.check(counts(done)[2] == 4 and len(kept(store)) == 4 and is_clean(desk, store, 0),
                "a mail that comes again is kept again")


def killed(desk, tally, sample, long):
    """However it ends: what is gone is known, and the next one finishes it."""
    calls = desk.calls(desk.new_store(sample.store), "prune", "--older-than", sample.age)
    points = [number for number, _, changes in calls if changes or long]
    done = desk.new_store(sample.store)
    desk.run(done, "prune", "--older-than", sample.age)
    final, known = archive(done), sorted(keys(done))
    struck, wrong = 0, []
    for number in points:
        store = desk.new_store(sample.store)
        answer, _ = desk.strike(store, "kill", number, "prune", "--older-than", sample.age)
        struck += answer.code == KILLED
        gone = {path.split("!")[-1][:64] for path in set(archive(sample.store)) - set(archive(store))}
        if not gone <= set(sum(keys(store), [])):
            wrong.append(f"{number}: a report went, and its key is lost")
        again = desk.replay(store, *sample.letters)
        if " new 0 duplicate 60 " not in again.out or rows(store) != sample.rows:
            wrong.append(f"{number}: counted again: {again}")
        desk.run(store, "prune", "--older-than", sample.age)
        if archive(store) != final or sorted(keys(store)) != known:
            wrong.append(f"{number}: the next one does not finish it")
        if not is_clean(desk, store, 60):
            wrong.append(f"{number}: {desk.run(store, 'verify')}")
    tally.check(struck > 50 and not wrong, f"killed at {struck} of {len(points)} calls {wrong[:5]}")


def keys_by_hand(desk, tally, sample):
    """A file of keys that somebody edited is read from end to end."""
    store = desk.new_store(sample.store)
    desk.run(store, "prune", "--older-than", sample.age)
    for base, _, names in os.walk(store):
        if "pruned.keys" in names:
            path = os.path.join(base, "pruned.keys")
            with open(path, encoding="ascii") as file:
                lines = file.read().splitlines()
            with open(path, "w", encoding="ascii") as file:
                file.write("# by hand\r\n" + "\r\n".join(reversed(lines)))
    stays_known(desk, tally, sample, store, "keys by hand")
    desk.run(store, "prune", "--older-than", "1h")
    stays_known(desk, tally, sample, store, "and with more of them")


def beside_others(desk, tally):
    store = desk.new_store()
    letters = write_mails(desk.path("many"), range(300), kind="xml")
    writers = [subprocess.Popen(desk.command(store, "replay", "--to", "dmarc@example.net", "--jobs", "1", *part),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for part in (letters, letters[::-1])]
    codes, went = set(), 0
    while any(writer.poll() is None for writer in writers) or not codes:
        answer = desk.run(store, "prune", "--older-than", "1h")
        codes.add(answer.code)
        went += counts(answer)[0] if answer.code == OK else 0
        verify = desk.run(store, "verify")
        if verify.code != OK:
            codes.add(verify.out)
    again = desk.replay(store, *letters)
    went += counts(desk.run(store, "prune", "--older-than", "1h"))[0]
    tally.check(codes <= {OK, NO_INPUT} and " new 0 duplicate 300 " in again.out, f"beside writers and verify {codes} {again}")
    tally.check(went == 300 and archive(store) == [] and is_clean(desk, store, 300), f"and each report goes once ({went})")


def mistakes(desk, tally, sample):
    store = desk.new_store(sample.store)
    before = state(store)
    for arguments, code, words in (
        ((), USAGE, "no --older-than"),
        (("--older-than", "400"), USAGE, "400d"),
        (("--older-than", "d"), USAGE, "400d"),
        (("--older-than", "0d"), USAGE, "from 1h on, as 400d, and not \"0d\""),
        (("--older-than", "99999999d"), USAGE, "400d"),
        (("--older-than", "-4d"), USAGE, "400d"),
        (("--older-than", "4d", "--domain", "../x"), NO_INPUT, "no policy domain"),
        (("--older-than", "4d", "--domain", "quarantine"), NO_INPUT, "no policy domain"),
        (("--older-than", "4d", "--domain", "other.example"), NO_INPUT, "there is nothing of other.example"),
        (("--older-than", "4d", "--domain", "example.com", "--quarantine"), USAGE, "has no domains"),
        (("--older-than", "4d", "--everything"), USAGE, "no option"),
        (("--older-than", "4d", "example.com"), USAGE, '"example.com" is too much'),
    ):
        answer = desk.run(store, "prune", *arguments)
        tally.check(answer.sentence(code, words), f"prune {' '.join(arguments)}: {answer}")
    tally.check([entry for entry in state(store) if ".spool" not in entry[0]] ==
                [entry for entry in before if ".spool" not in entry[0]], "mistakes change nothing")
    answer = desk.run(desk.path("none"), "prune", "--older-than", "4d")
    tally.check(answer.sentence(NO_INPUT, "there is none") and not os.path.exists(desk.path("none")), f"no store: {answer}")
    holder = subprocess.Popen(["flock", os.path.join(store, ".spool/prune"), "sleep", "60"])
    while subprocess.run(["flock", "-n", os.path.join(store, ".spool/prune"), "true"], check=False).returncode == 0:
        time.sleep(0.05)
    answer = desk.run(store, "prune", "--older-than", "1h")
    holder.kill()
    holder.wait()
    tally.check(answer.sentence(LATER, "another ruamill"), f"one at a time: {answer}")


def fill(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while file.write(b"x" * 4096) == 4096:
            pass


def faults(desk, tally, sample):
    if os.getuid() != 0:
        tally.check(False, "ABSENT root, to be somebody else and to fill a disk")
        return
    store = desk.new_store(sample.store)
    subprocess.run(["chmod", "-R", "a+rX", store], check=True)
    answer = desk.run(store, "prune", "--older-than", "1h", user=NOBODY)
    tally.check(answer.code == LATER and answer.err.count("\n") == 1 and len(archive(store)) == 60, f"somebody else: {answer}")
    dry = desk.run(store, "prune", "--older-than", sample.age, "--dry-run", user=NOBODY)
    tally.check(counts(dry)[0] == len(sample.old), f"who may say what would go: {dry}")
    place = desk.path("disk")
    os.makedirs(place)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=True)
    try:
        subprocess.run(["cp", "-a", sample.store, place + "/store"], check=True)
        fill(place + "/filler")
        full = place + "/store"
        answer = desk.run(full, "prune", "--older-than", sample.age)
        tally.check(answer.sentence(LATER, "No space left") and "some other MiB" in answer.err and len(archive(full)) == 60,
                    f"a full disk: nothing goes, and what to do is said {answer}")
        forget(full)
        fill(place + "/filler2")
        for command in (("prune", "--older-than", sample.age), ("checkpoint",), ("quarantine", "retry", "--all")):
            answer = desk.run(full, *command)
            tally.check(answer.sentence(LATER, "No space left") and "some other MiB" in answer.err, f"a full disk: {command[0]} {answer}")
        answer = desk.run(full, "check")
        tally.check(answer.code == OK and "the disk is full" in answer.out, f"check says so {answer}")
        os.unlink(place + "/filler2")
        os.unlink(place + "/filler")
        answer = desk.run(full, "prune", "--older-than", sample.age)
        tally.check(counts(answer)[0] == len(sample.old), f"and with room again it does {answer}")
        stays_known(desk, tally, sample, full, "after a full disk")
    finally:
        subprocess.run(["umount", place], check=True)


def tests(desk, tally, long):
    sample = Sample(desk)
    what_goes(desk, tally, sample)
    by_domain_and_place(desk, tally, sample)
    quarantine(desk, tally)
    keys_by_hand(desk, tally, sample)
    mistakes(desk, tally, sample)
    killed(desk, tally, sample, long)
    beside_others(desk, tally)
    faults(desk, tally, sample)


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
