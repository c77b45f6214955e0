#!/usr/bin/env python3
"""full.py [PROGRAM] [--long] [--stop] [--seed N] - the disk is full.

On a file system in memory and on an ext4 in a file, of which a filler leaves
more room from one point to the next, `ruamill replay` stores mails into a new
store, and into one that is there. It says LATER when the room is not enough, and
why; what it acknowledged is stored, and of the rest there is nothing: no row, no
archive file. With room again, everything comes in, once. Where the room ends
behind the commit point, an archive file may be without its row until then; how
often is said."""

import contextlib
import os
import shutil
import subprocess
import sys

import checks
import crash
import strikes

SIZE = 6 << 20
OK, NO_INPUT, LATER, CONFIG = 0, 66, 75, 78
FULL = b"No space left on device"


@contextlib.contextmanager
def mounted(kind, folder):
    """A small file system."""
    place = os.path.join(folder, kind)
    os.makedirs(place, exist_ok=True)
    if kind == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place]
    else:
        image = place + ".image"
        with open(image, "wb") as file:
            file.truncate(SIZE)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image], check=True)
        command = ["mount", "-o", "loop", image, place]
    subprocess.run(command, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def fill(place, room):
    """Leaves only so many bytes. What was removed is free when that is synced."""
    path = os.path.join(place, "filler")
    subprocess.run(["sync", "-f", place], check=True)
    with open(path, "wb") as file:
        free = os.statvfs(place)
        with contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
        os.fsync(file.fileno())
    return path


class Filling:
    def __init__(self, bench, letters, expected, place, old):
        self.bench, self.letters, self.expected = bench, letters, expected
        self.place, self.old = place, old
        self.pending = 0  # stores in which a committed entry waited for room

    def try_room(self, room):
        """(whether it was full, complaints)"""
        store = os.path.join(self.place, "store")
        shutil.rmtree(store, ignore_errors=True)
        if self.old:
            self.bench.replay(store, self.letters.paths[:1])
        filler = fill(self.place, room)
        done = self.bench.replay(store, self.letters.paths)
        complaints = self.check_end(done) + checks.check(store, self.letters.sent, settled=False)
        unsettled = checks.check(store, self.letters.sent)
        self.pending += bool(unsettled)
        complaints += [text for text in unsettled if "without a report" not in text]
        acked = strikes.acknowledged(self.letters, done.log)
        stored = checks.reports_in(store)
        if acked - stored:
            complaints.append(f"acknowledged and not stored: {sorted(acked - stored)}")
        os.unlink(filler)
        complaints += strikes.settle(self.bench, store, self.letters, acked)
        complaints += checks.same(store, self.expected, in_order=False)
        return done.status != OK, [f"{room} bytes are left: {text}" for text in complaints]

    def check_end(self, done):
        early = not strikes.LINE.search(done.log)
        if done.status not in (OK, LATER) and not (early and done.status in (NO_INPUT, CONFIG)):
            return [f"ends with {done.status}: {done.log[:300]}"]
        if done.status != OK and FULL not in done.log:
            return [f"ends with {done.status}, and says not why: {done.log[:300]}"]
        return []


def test(bench, total, kind, old, letters, expected, rooms):
    name = f"{kind}, {'a store that is there' if old else 'a new store'}"
    with mounted(kind, bench.folder) as place:
        filling = Filling(bench, letters, expected, place, old)
        full, complaints = 0, []
        for room in rooms:
            was_full, found = filling.try_room(room)
            full += was_full
            complaints += found
    if not 0 < full < len(rooms):
        complaints.append(f"{full} of {len(rooms)} were full")
    total.say(name, complaints, f": {full} of {len(rooms)} were full, {filling.pending} behind the commit point")


def tests(bench, total, random, long):
    letters = strikes.Letters(bench.path("small"), strikes.small(again="gzip"))
    expected = crash.undisturbed(bench, "expected", letters)
    count = 120 if long else 14
    for kind in ("tmpfs", "ext4"):
        for old, most in ((False, 1 << 21), (True, 1 << 17)):
            rooms = sorted([0, SIZE // 2] + [random.randrange(most) for _ in range(count)])
            try:
                test(bench, total, kind, old, letters, expected, rooms)
            except (OSError, subprocess.CalledProcessError) as error:
                total.say(f"ABSENT {kind}", [f"it cannot be mounted: {error}"])


if __name__ == "__main__":
    sys.exit(strikes.main(__doc__, tests))
