#!/usr/bin/env python3
"""kills.py - ruamill is killed in the middle of a message, and between the commit
and the answer: the sender or the queue keeps the mail, and when it comes again it
is stored once. A mail that kills its reader is kept aside the second time.

usage: kills.py [PROGRAM]"""

import contextlib
import os
import signal
import threading
import time

import rig
import sendmail
import smtp
import strike
from rig import RUA, mails

HALF = 700    # bytes of a message


def children(pid):
    """The processes below one, all generations."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in rig.read(f"/proc/{pid}/task/{task}/children").split():
                yield int(child)
                yield from children(int(child))


def ticks(pid):
    """The CPU time that a process has used."""
    fields = rig.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def busiest(pids):
    return max(pids, key=ticks, default=None)


def worker_at_work(parent):
    """The worker that is busy with a slow message."""
    return rig.wait_for(lambda: (pid := busiest(children(parent))) and ticks(pid) > 30 and pid, 10)


def pipes(here):
    """The processes of `ruamill pipe` that Postfix started."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = rig.read(f"/proc/{pid}/cmdline").split("\0")
            parent = rig.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            # a worker is a copy of the pipe: its parent is one of them
            if os.readlink(f"/proc/{pid}/exe").startswith(here.program) and "pipe" in words:
                found.append((int(pid), int(parent[1])))
    known = {pid for pid, _ in found}
    return [pid for pid, parent in found if parent not in known]


def steps(client, mail, step):
    """Goes on with a transaction until that step; returns the last reply."""
    reply = client.say(f"MAIL FROM:<{rig.SENDER}>")
    if step > 0:
        reply = client.say(f"RCPT TO:<{RUA}>")
    if step > 1:
        reply = client.say("DATA")
    if step > 2:
        client.send(smtp.dotted(mail.bytes())[:HALF])
        time.sleep(0.1)
    return reply


def finish(client, mail, step):
    """The rest of it; returns the reply that says whether it was taken."""
    reply = None
    if step < 1:
        reply = client.say(f"RCPT TO:<{RUA}>")
    if step < 2 and (not reply or reply.code == 250):
        reply = client.say("DATA")
    if reply and reply.code != 354:
        return reply
    client.send(smtp.dotted(mail.bytes())[HALF if step > 2 else 0:])
    return client.reply()


def in_the_middle(tally, here, server, name, number):
    for step, where in enumerate(("MAIL", "RCPT", "DATA", "half of the message")):
        mail = mails.Mail(number=number + step, domain="example.com")
        client = smtp.Client(server.port)
        steps(client, mail, step)
        here.milter.kill()
        reply = finish(client, mail, step)
        client.quit()
        tally.check(reply.code in (421, 451), f"{name}: killed after {where}: the sender is told {reply}")
        tally.check(here.store.has(mail) == 0, f"{name}: nothing was stored")
        here.milter.start()
        reply = smtp.mail(server.port, mail.bytes(), RUA)[1]
        tally.check(reply.code == 250 and here.store.has(mail) == 1, f"{name}: stored when it came again ({reply})")


def after_the_commit(tally, here, server, name, number, tool):
    for at in ("commit", "reply"):
        mail = mails.Mail(number=number + len(at), domain="example.com", records=5)
        here.milter.restart(environment=tool.environment(at))
        # whatever the one before left to do is done with this one
        smtp.mail(server.port, mails.Mail(number=number + 50 + len(at), domain="example.com").bytes(), RUA)
        tool.arm(True)
        reply = smtp.mail(server.port, mail.bytes(), RUA)[1]
        status = here.milter.wait(10)
        tool.arm(False)
        tally.check(reply.code == 451 and status == -signal.SIGKILL,
                    f"{name}: killed between {at} and answer: the sender is told {reply}; it ended with {status}")
        if at == "reply":
            tally.check(here.store.has(mail) == 1, f"{name}: it is stored already")
        here.milter.restart()
        place = here.milter.place()
        reply = smtp.mail(server.port, mail.bytes(), RUA)[1]
        tally.check(reply.code == 250 and here.store.has(mail) == 1 and
                    here.milter.lines(place)[0]["verdict"] == "duplicate",
                    f"{name}: when it comes again it is a duplicate, and stored once ({reply})")


def readers(tally, here, server, tool):
    """What becomes of a message whose reader dies."""
    here.milter.restart(environment=tool.environment())
    mail = strike.deadly(900)
    first = smtp.mail(server.port, mail.bytes(), RUA)[1]
    good = mails.Mail(number=901, domain="example.com")
    between = smtp.mail(server.port, good.bytes(), RUA)[1]
    second = smtp.mail(server.port, mail.bytes(), RUA)[1]
    tally.check(first.code == 451, f"a mail that kills its reader: the first time {first}")
    tally.check(between.code == 250 and here.store.has(good) == 1, "another mail is not hurt")
    tally.check(second.code == 250 and len(here.store.aside()) == 1, f"the second time it is kept aside: {second}")
    mail, replies = strike.slow(902), []
    thread = threading.Thread(target=lambda: replies.append(smtp.mail(server.port, mail.bytes(), RUA)[1]))
    thread.start()
    worker = worker_at_work(here.milter.process.pid)
    if tally.check(worker, "the worker of a message is found"):
        os.kill(worker, signal.SIGKILL)
    thread.join()
    tally.check(replies[0].code == 451, f"a reader that somebody else killed: {replies[0]}")
    again = smtp.mail(server.port, mail.bytes(), RUA)[1]
    tally.check(again.code == 250 and here.store.has(mail) == 1, f"is nothing to blame the mail for: {again}")


def milter(tally, program):
    with rig.Rig(program) as here:
        tool = strike.Strike(here)
        server = here.postfix(milter=True)
        here.milter.start()
        in_the_middle(tally, here, server, "milter, Postfix", 10)
        after_the_commit(tally, here, server, "milter, Postfix", 20, tool)
        readers(tally, here, server, tool)
        root = sendmail.unpacked()
        if tally.check(root, "Sendmail is there" if root else "ABSENT: Sendmail"):
            other = sendmail.Sendmail(here, root, milter=True).start()
            here.milter.restart()
            in_the_middle(tally, here, other, "milter, Sendmail", 110)
            after_the_commit(tally, here, other, "milter, Sendmail", 120, tool)
        tally.check(server.queued() == 0, "nothing was left in Postfix's queue")
        bad = here.store.verify()
        tally.check(not bad, f"milter: the store is in order {bad or ''}")


def pipe(tally, program):
    with rig.Rig(program) as here:
        tool = strike.Strike(here)
        server = here.postfix(pipe=True, queue_run_delay="300s", minimal_backoff_time="300s",
                              maximal_backoff_time="300s")
        for at in ("commit", "reply"):
            mail = mails.Mail(number=len(at), domain="example.com", records=5)
            log = server.place()
            smtp.mail(server.port, mails.Mail(number=50 + len(at), domain="example.com").bytes(), RUA)
            server.said(r"relay=ruamill, .*status=sent", log)
            tool.wrap(at)
            tool.arm(True)
            log = server.place()
            smtp.mail(server.port, mail.bytes(), RUA)
            tally.check(server.said(r"relay=ruamill, .*status=deferred \(.*signal 9", log),
                        f"pipe: killed between {at} and answer: deferred")
            tool.arm(False)
            tool.unwrap()
            log = server.place()
            server.flush()
            tally.check(server.said(r"relay=ruamill, .*status=sent \(.*already stored", log) and
                        here.store.has(mail) == 1, "pipe: and stored once")
        tool.wrap("none")
        mail = strike.slow(20)
        log = server.place()
        smtp.mail(server.port, mail.bytes(), RUA)
        found = rig.wait_for(lambda: pipes(here), 10)
        time.sleep(0.5)
        for pid in found or []:
            os.kill(pid, signal.SIGKILL)
        tally.check(found and server.said(r"relay=ruamill, .*status=deferred \(.*signal 9", log),
                    "pipe: killed in the middle: deferred")
        tally.check(here.store.has(mail) == 0, "pipe: nothing was stored")
        tool.unwrap()
        server.flush()
        tally.check(rig.wait_for(lambda: here.store.has(mail) == 1), "pipe: and stored once")
        tool.wrap("none")
        here.configure(pipe_time_limit=2)
        mail = strike.slow(21)
        log = server.place()
        smtp.mail(server.port, mail.bytes(), RUA)
        tally.check(server.said(r"relay=ruamill, .*dsn=4\.\d\.\d, status=deferred", log),
                    "pipe: over pipe_time_limit: deferred, not returned")
        here.configure()
        server.flush()
        tally.check(rig.wait_for(lambda: here.store.has(mail) == 1), "pipe: and stored once when there is time")
        tally.check(rig.wait_for(lambda: server.queued() == 0), "pipe: the queue is empty")
        bad = here.store.verify()
        tally.check(not bad, f"pipe: the store is in order {bad or ''}")


def main():
    program, _, tally = rig.begin(__doc__)
    milter(tally, program)
    pipe(tally, program)
    tally.end()


if __name__ == "__main__":
    main()
