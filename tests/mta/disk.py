#!/usr/bin/env python3
"""disk.py - the store's file system is full: the milter asks the sender to come
again, Postfix keeps what the pipe cannot store; when there is room everything
arrives, once.

usage: disk.py [PROGRAM]"""

import contextlib
import os
import subprocess

import rig
import smtp
from rig import RUA, mails

SIZE = 64 << 20
TRIES = 400
FULL = 5          # refusals in a row
ROOM = 400 << 10


class Small:
    """A small file system for the store of a rig."""

    def __init__(self, here):
        self.path = here.own("data", 0o755)
        self.good = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0777", "ruamill-test",
                                    self.path], capture_output=True, check=False).returncode == 0

    def fill(self):
        """Leaves no block, and then makes a little room."""
        with open(self.path + "/ballast", "wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        room = os.path.getsize(self.path + "/ballast") - ROOM
        os.truncate(self.path + "/ballast", max(room, 0))

    def free(self):
        os.unlink(self.path + "/ballast")

    def done(self):
        if self.good:
            subprocess.run(["umount", "-l", self.path], check=False)


@contextlib.contextmanager
def small(tally, program):
    with rig.Rig(program) as here:
        disk = Small(here)
        try:
            if tally.check(disk.good, "a small file system" if disk.good else "ABSENT: may not mount a tmpfs"):
                yield here, disk
        finally:
            disk.done()


def report(number):
    return mails.Mail(number=number, domain="example.com", records=60, kind="xml")


def milter(tally, here, disk):
    server = here.postfix(milter=True)
    here.milter.start()
    client = smtp.Client(server.port)
    client.mail(report(0).bytes(), [RUA])
    disk.fill()
    taken, refused, odd, row = [0], [], [], 0
    for number in range(1, TRIES):
        reply = client.mail(report(number).bytes(), [RUA])[1]
        (taken if reply.code == 250 else refused if reply.code == 451 else odd).append(number)
        row = row + 1 if reply.code == 451 else 0
        if row == FULL:
            break
    tally.check(refused and not odd and reply.text.startswith("4.3.0 "),
                f"milter: {len(taken)} reports fit, then the sender is told {reply}")
    stored = here.store.numbers()
    # the first one that was refused may be durable, and only its rows not written
    tally.check(set(taken) <= set(stored) and len(stored) == len(set(stored)) <= len(taken) + 1,
                f"milter: what was taken is stored {set(taken) ^ set(stored) or ''}")
    broken = client.mail(mails.Mail(number=9000, kind="broken").bytes(), [RUA])[1]
    aside = len(here.store.aside())
    tally.check((broken.code, aside) in ((451, 0), (250, 1)),
                f"milter: what cannot be kept aside is not taken: {broken.code}, {aside} aside")
    disk.free()
    replies = [client.mail(report(number).bytes(), [RUA])[1].code for number in refused]
    client.quit()
    tally.check(replies == [250] * len(refused), f"milter: there is room again: all are taken {replies}")
    tally.check(here.store.numbers() == sorted(taken + refused), "milter: everything is stored once")
    tally.check(len(here.store.rows("records-")) == 60 * len(taken + refused), "milter: and every record")


def pipe(tally, here, disk):
    server = here.postfix(pipe=True)
    client = smtp.Client(server.port)
    disk.fill()
    sent = 0
    while sent < TRIES and " status=deferred" not in rig.read(server.log):
        client.mail(report(sent).bytes(), [RUA])
        sent += 1
    client.quit()
    tally.check(server.said(r"relay=ruamill, .*dsn=4\.3\.0, status=deferred"),
                f"pipe: {sent} reports are more than fit: deferred")
    disk.free()
    server.flush()
    tally.check(rig.wait_for(lambda: here.store.numbers() == list(range(sent)), 60),
                f"pipe: there is room again: all {sent} are stored once")
    tally.check(rig.wait_for(lambda: server.queued() == 0), "pipe: the queue is empty")
    tally.check("status=bounced" not in rig.read(server.log), "pipe: none was returned to its sender")


def main():
    program, _, tally = rig.begin(__doc__)
    for subject in (milter, pipe):
        with small(tally, program) as (here, disk):
            subject(tally, here, disk)
            bad = here.store.verify()
            tally.check(not bad, f"{subject.__name__}: the store is in order {bad or ''}")
    tally.end()


if __name__ == "__main__":
    main()
