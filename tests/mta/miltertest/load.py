#!/usr/bin/env python3
"""load.py SOCKET CONNECTIONS MESSAGES - so many connections at the same time
with so many messages each: reports, the same again, ordinary mail, broken ones,
and some that are given up. Prints how many were answered in which way."""

import collections
import random
import sys
import threading

from client import ACCEPT, DISCARD, Milter, report

SOCKET, CONNECTIONS, MESSAGES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
BAD = b'<?xml version="1.0"?>\r\n<!DOCTYPE feedback [<!ENTITY a "b">]>\r\n<feedback/>'
answers = collections.Counter()
mutex = threading.Lock()


def messages(number):
    """Of one connection: what is sent, and the answer that is due."""
    for i in range(MESSAGES):
        name = f"{number}-{i}"
        domain = f"d{(number + i) % 20}.example"
        yield from {
            0: [("again", report("again", domain, 3), DISCARD)],
            1: [("ordinary", b"Good morning.\r\n", ACCEPT)],
            2: [("bad", BAD, DISCARD)],
            3: [("large", report(name, domain, 1500), DISCARD)],
        }.get(i % 10, [(name, report(name, domain, 1 + i % 7), DISCARD)])


def connection(number):
    client = Milter(SOCKET)
    chance = random.Random(number)
    for name, body, due in messages(number):
        if chance.random() < 0.1:
            client.envelope(name, ["<rua@example.com>"])
            client.content([("From", "x")], body[:100])
            client.abort()
        if chance.random() < 0.1:
            client.close()
            client = Milter(SOCKET)
        if chance.random() < 0.2:
            client.envelope(name, ["<a@example.org>"])
            client.content([], b"")
        answer = client.message(name, ["<rua@example.com>"], body)
        with mutex:
            answers["right" if answer == due else f"{name}: {answer!r}"] += 1
    client.close()


threads = [threading.Thread(target=connection, args=(i,))
           for i in range(CONNECTIONS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for answer, count in sorted(answers.items()):
    print(count, answer)
sys.exit(answers["right"] != CONNECTIONS * MESSAGES)
