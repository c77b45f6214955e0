#!/usr/bin/env python3
"""storm.py - a Postfix relays reports to another one with the milter, and has
patience; the milter is killed at random and started again. Likewise the pipe.
In the end every report is stored, and each once.

usage: storm.py [PROGRAM] [--long] [--seed=N]

300 messages; with --long 3000."""

import contextlib
import os
import random
import signal
import threading
import time

import kills
import rig
import smtp
from rig import RUA, mails

SENDERS = 4
PAUSE = 0.3     # seconds between kills of the milter, on average,
SHORT = 0.03    # and of a pipe
LIMIT = 1200


def bring(server, sent):
    """Hands the mails to a server that takes them all."""
    failed = []

    def sender(part):
        client = smtp.Client(server.port)
        for mail in part:
            reply = client.mail(mail.bytes(), [RUA])[1]
            if reply.code != 250:
                failed.append(reply)
        client.quit()

    threads = [threading.Thread(target=sender, args=(sent[number::SENDERS],)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    return threads, failed


def settle(server, threads, strike, pause):
    """Strikes until the queue is empty; returns how often."""
    end, struck = time.monotonic() + LIMIT, 0
    flushed = time.monotonic()
    while any(thread.is_alive() for thread in threads) or server.queued():
        if time.monotonic() > end:
            break
        time.sleep(pause())
        struck += strike()
        if time.monotonic() - flushed > 1.5:
            server.flush()
            flushed = time.monotonic()
    return struck


def check(tally, here, name, sent, struck, failed):
    numbers = here.store.numbers()
    wanted = sorted(mail.number for mail in sent)
    tally.check(not failed and numbers == wanted,
                f"{name}: {struck} kills; {len(sent)} reports sent, {len(set(numbers))} stored, "
                f"{len(numbers) - len(set(numbers))} twice, {len(failed)} not taken")
    records = len(here.store.rows("records-"))
    tally.check(records == sum(mail.records for mail in sent), f"{name}: {records} records, as sent")
    bad = here.store.verify()
    tally.check(not bad, f"{name}: the store is in order {bad or ''}")


def milter(tally, program, count, chance):
    with rig.Rig(program) as here:
        server = here.postfix(milter=True)
        relay = here.postfix(virtual_transport=f"smtp:[127.0.0.1]:{server.port}",
                             virtual_mailbox_domains="static:all", default_destination_concurrency_limit=20)
        here.milter.start()

        def strike():
            # killed and started at once, as a supervisor does it
            here.milter.restart()
            return 1

        sent = [mails.Mail(number=n, domain="example.com", records=1 + n % 5) for n in range(count)]
        threads, failed = bring(relay, sent)
        struck = settle(relay, threads, strike, lambda: chance.uniform(0.2, 2) * PAUSE)
        check(tally, here, "milter", sent, struck, failed)
        tally.check(relay.queued() == 0 and server.queued() == 0 and not server.box(RUA),
                    "milter: both queues are empty, and nothing went past it")


def pipe(tally, program, count, chance):
    with rig.Rig(program) as here:
        server = here.postfix(pipe=True)

        def strike():
            found = kills.pipes(here)
            with contextlib.suppress(ProcessLookupError):
                if found:
                    os.kill(chance.choice(found), signal.SIGKILL)
                    return 1
            return 0

        sent = [mails.Mail(number=n, domain="example.com", records=1 + n % 5) for n in range(count)]
        threads, failed = bring(server, sent)
        struck = settle(server, threads, strike, lambda: chance.uniform(0.2, 2) * SHORT)
        check(tally, here, "pipe", sent, struck, failed)
        tally.check("status=bounced" not in rig.read(server.log), "pipe: none was returned to its sender")


def main():
    program, options, tally = rig.begin(__doc__)
    seed = options.get("seed") or str(random.randrange(10**6))
    print(f"seed {seed}")
    chance = random.Random(seed)
    count = 3000 if "long" in options else 300
    milter(tally, program, count, chance)
    pipe(tally, program, count, chance)
    tally.end()


if __name__ == "__main__":
    main()
