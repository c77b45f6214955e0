#!/usr/bin/env python3
"""compare.py [PROGRAM] [--long] - `ruamill rebuild --compare` after `ruamill prune`.

The rows of pruned reports are left out; of all others each is found that is
changed, taken away, or there twice, wherever it stands."""

import gzip
import os
import random
import re
import shutil
import sys
import time

from desk import DAY, OK, PROBLEMS, archive, keys, main, write_mails

SHAPES = (
    ("columns=full",),
    ("columns=parsedmarc",),
    ("columns=worker", "format=tsv"),
    ("columns=domain,source_ip_address,count",),
    ("partition=none", "format=tsv"),
    ("partition=year", "formula_guard=no"),
    ("partition=day", "columns=parsedmarc"),
)
CUT = 1771372800  # 2026-02-18: January goes, and half of February
NUMBERS = [number for number in range(700) if number % 300 < 72]  # of 72 days
JANUARY, FEBRUARY = (f"example.com/records-2026-{month}.csv" for month in ("01", "02"))


class Shape:
    """A store with options of its own, which was pruned. Its reports came in any
    order, so that old and new ones stand side by side."""

    def __init__(self, desk, *settings, age=None):
        self.desk = desk
        self.options = [word for setting in settings for word in ("-o", setting)]
        letters = [path for number in NUMBERS
                   for path in write_mails(desk.path("mails"), [number], records=number % 4 + 1)]
        random.Random(5).shuffle(letters)
        self.store = desk.new_store()
        self.add(letters)
        desk.run(self.store, "prune", *self.options, "--older-than", age or f"{int((time.time() - CUT) // DAY)}d")
        self.pruned = {key for file in keys(self.store) for key in file}

    def add(self, letters):
        self.desk.run(self.store, "replay", *self.options, "--to", "dmarc@example.net", *letters)

    def path(self, name):
        return os.path.join(self.store, name)

    def read(self, name):
        with (gzip.open if name.endswith(".gz") else open)(self.path(name), "rb") as file:
            return file.read().splitlines(keepends=True)

    def write(self, name, lines):
        with (gzip.open if name.endswith(".gz") else open)(self.path(name), "wb") as file:
            file.write(b"".join(lines))

    def is_pruned(self, line):
        return any(key.encode() in line for key in self.pruned)

    def compare(self):
        place = self.desk.path("rebuilt")
        shutil.rmtree(place, ignore_errors=True)
        return self.desk.run(self.store, "rebuild", *self.options, "--compare", place)

    def is_clean(self):
        answer = self.compare()
        return answer.code == OK and answer.out.endswith(" problems 0\n") and f"reports {len(archive(self.store))} " in answer.out

    def finds(self, words, problems=1):
        answer = self.compare()
        return answer.code == PROBLEMS and answer.out.endswith(f" problems {problems}\n") and \
            re.search(rf"^{words}$", answer.out, re.M) is not None


def shapes(desk, tally):
    for settings in SHAPES:
        shape = Shape(desk, *settings)
        tally.check(0 < len(shape.pruned) < len(NUMBERS) and shape.is_clean(), f"{' '.join(settings)}: {shape.compare()}")
    shape = Shape(desk, age="1h")
    tally.check(archive(shape.store) == [] and shape.is_clean(), f"all of it was pruned: {shape.compare()}")
    shape.options = ["-o", "columns=worker"]
    shape.add(write_mails(desk.path("later"), range(100, 109)))
    tally.check(len(archive(shape.store)) == 9 and shape.is_clean(), f"others came since, with other columns: {shape.compare()}")
    shape.add(write_mails(desk.path("empty"), [150], records=0))
    tally.check(shape.is_clean(), f"one without records, in a month of its own: {shape.compare()}")
    desk.run(shape.store, "prune", "--older-than", "1h")
    tally.check(archive(shape.store) == [] and shape.is_clean(), f"and that was pruned, too: {shape.compare()}")
    none = Shape(desk, age="9000d")
    tally.check(none.pruned == set() and none.is_clean(), f"nothing was: {none.compare()}")


def every_line(tally, shape, name, first=1):
    """Each line of February from the first on counts; it is named where it is one that
    remains. A line more or less may show in the next table only."""
    lines = shape.read(name)
    beside, wrong = 0, []
    for i in range(first - 1, len(lines)):
        pruned = shape.is_pruned(lines[i])
        beside += not pruned and any(shape.is_pruned(line) for line in lines[max(i - 1, 0):i + 2])
        shape.write(name, [*lines[:i], lines[i][:-2] + b"?\n", *lines[i + 1:]])
        if not (shape.is_clean() if pruned else shape.finds(f"{name}:{i + 1}: is not what the archive gives")):
            wrong.append(f"{i + 1}, {'pruned, ' * pruned}changed: {shape.compare()}")
        for what, changed in (("taken away", [*lines[:i], *lines[i + 1:]]), ("twice", [*lines[:i + 1], *lines[i:]]),
                              ("without its end", [*lines[:i], lines[i][:-1], *lines[i + 1:]])):
            shape.write(name, changed)
            if not shape.finds(f"{FEBRUARY}.*"):
                wrong.append(f"{i + 1}, {'pruned, ' * pruned}{what}: {shape.compare()}")
    shape.write(name, lines)
    tally.check(beside and not wrong, f"{name}: {len(lines)} lines, {beside} of them beside a gap {wrong[:3]}")


def in_pieces(desk, tally):
    """A period's tables that were rotated, in the midst of a gap and behind one,
    and packed."""
    shape = Shape(desk)
    lines = shape.read(FEBRUARY)
    gaps = [i for i in range(2, len(lines)) if shape.is_pruned(lines[i - 1])]
    inside = next(i for i in gaps if shape.is_pruned(lines[i]))
    behind = next(i for i in reversed(gaps) if not shape.is_pruned(lines[i]))
    shape.write(FEBRUARY + ".2.gz", lines[:inside])
    shape.write(FEBRUARY + ".1", [lines[0], *lines[inside:behind]])
    shape.write(FEBRUARY, [lines[0], *lines[behind:]])
    reports = FEBRUARY.replace("records", "reports")
    named = shape.read(reports)
    shape.write(reports + ".1.gz", named[:9])
    shape.write(reports, [named[0], *named[9:]])
    tally.check(inside < behind and shape.is_clean(), f"rotated and packed: {shape.compare()}")
    every_line(tally, shape, FEBRUARY + ".2.gz")
    every_line(tally, shape, FEBRUARY + ".1", first=2)
    last = len(lines) - behind + 1
    shape.write(FEBRUARY, [lines[0], *lines[behind:-1]])
    tally.check(shape.finds(f"{FEBRUARY}: ends after {last - 1} lines, and the .* more"), f"the end is missing: {shape.compare()}")


def at_odds(desk, tally):
    """The tables do not agree."""
    shape = Shape(desk)
    reports = FEBRUARY.replace("records", "reports")
    lines, named = shape.read(JANUARY), shape.read(reports)
    shape.write(JANUARY, lines[:-1])
    tally.check(shape.finds(f"{JANUARY}: ends after {len(lines) - 1} lines, and the reports tables name more"),
                f"a row of January is missing: {shape.compare()}")
    shape.write(JANUARY, [*lines, lines[-1]])
    tally.check(shape.finds(f"{JANUARY}:{len(lines) + 1}: is not what the archive gives"), f"one is there twice: {shape.compare()}")
    os.unlink(shape.path(JANUARY))
    tally.check(shape.finds(f"{JANUARY.replace('records', 'reports')}: the records table of its period is missing"),
                f"all of January: {shape.compare()}")
    shape.write(JANUARY, lines)
    at = named[0].split(b",").index(b"records")
    gone = next(i for i, line in enumerate(named) if shape.is_pruned(line))
    for number in (b"0", b"1000", b"9223372036854775807", b"18446744073709551615"):
        cells = named[gone].split(b",")
        cells[at] = number
        shape.write(reports, [*named[:gone], b",".join(cells), *named[gone + 1:]])
        answer = shape.compare()
        tally.check(answer.code == PROBLEMS and f"{FEBRUARY}:" in answer.out, f"a report of {number.decode()} records: {answer}")
    shape.write(reports, [*named[:gone], b"?\n", *named[gone + 1:]])
    answer = shape.compare()
    tally.check(answer.code == PROBLEMS and f"{reports}:{gone + 1}: " in answer.out and f"{FEBRUARY}:" in answer.out,
                f"a report without a row: {answer}")
    shape.write(reports, named)
    os.unlink(shape.path(next(path for path in archive(shape.store) if path.startswith("example.com/"))))
    tally.check(shape.finds(r"example.com/reports-.*: its archive file archive/.* is missing"),
                f"a file that is missing is said once: {shape.compare()}")


def tests(desk, tally, _long):
    shapes(desk, tally)
    every_line(tally, Shape(desk), FEBRUARY)
    in_pieces(desk, tally)
    at_odds(desk, tally)


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
