#!/usr/bin/env python3
"""verdicts.py - every verdict, in every front end: what the sender is told, what
Postfix logs, where the mail ends up, what the store has, what ruamill logs.

usage: verdicts.py [PROGRAM]

Front ends: the milter under Postfix and under Sendmail, the pipe under both."""

import os

import rig
import sendmail
import smtp
from rig import RUA, mails


class Case:
    """What is to come of one message.

    `said` is the reply to the milter's client, `logged` what Postfix logs; of
    the pipe, `fate` is what Postfix logs. `stored` and `aside` are how many
    reports and messages more the store has then."""

    def __init__(self, name, mail, verdict, said=250, logged="milter-discard", action="discard", boxed=False,
                 fate=r"dsn=2\.0\.0, status=sent", stored=0, aside=0, pipe_aside=None, to=RUA, before=None, then=None):
        self.name, self.mail, self.verdict = name, mail, verdict
        self.said, self.logged, self.action, self.boxed = said, logged, action, boxed
        self.fate, self.stored, self.aside = fate, stored, aside
        self.pipe_aside = aside if pipe_aside is None else pipe_aside
        self.to, self.before, self.then = to, before, then


def bolt(here, domain):
    """A file where the store wants a folder: a fault of ours."""
    path = os.path.join(here.store.path, domain)
    os.makedirs(here.store.path, exist_ok=True)
    rig.write(path, "")
    return path


def cases(first):
    """The cases, with numbers of reports from `first` on."""
    good = mails.Mail(number=first, records=12, domain="example.com", kind="gzip")
    return [
        Case("a report", good, "ok", stored=1, fate=r"dsn=2\.0\.0, status=sent \(.*stored 12 records of example\.com"),
        Case("the same report again", good, "duplicate", fate=r"dsn=2\.0\.0, status=sent \(.*already stored"),
        Case("a zip", mails.Mail(number=first + 1, domain="example.com", kind="zip"), "ok", stored=1),
        Case("a plain document", mails.Mail(number=first + 2, domain="example.com", kind="xml"), "ok", stored=1),
        Case("ordinary mail", mails.Mail(number=first + 3, kind="text"), "not_report", logged=None, action="accept",
             boxed=True, pipe_aside=1, fate=r"dsn=2\.0\.0, status=sent \(.*kept aside"),
        Case("an unreadable report", mails.Mail(number=first + 4, kind="broken"), "bad", aside=1,
             fate=r"dsn=2\.0\.0, status=sent \(.*kept aside"),
        Case("a report for a domain that this RUA does not take",
             mails.Mail(number=first + 5, domain="elsewhere.example", kind="gzip"), "refused", aside=1,
             fate=r"dsn=2\.0\.0, status=sent \(.*kept aside"),
        Case("a report when the store is out of order",
             mails.Mail(number=first + 6, domain="sub.example.com", kind="gzip"), "later", said=451,
             logged="milter-reject: END-OF-MESSAGE.* 4\\.3\\.0", action="tempfail",
             fate=r"dsn=4\.3\.0, status=deferred", stored=0,
             before=lambda here: bolt(here, "sub.example.com"), then=1),
    ]


class Front:
    """A front end under a mail server."""

    def __init__(self, tally, here, server, name):
        self.tally, self.here, self.server, self.name = tally, here, server, name

    def state(self):
        return len(self.here.store.rows()), len(self.here.store.aside())

    def check(self, good, what, seen=""):
        self.tally.check(good, f"{self.name}: {what}" + ("" if good else f" (seen: {seen})"))

    def run(self, case):
        bolted = case.before(self.here) if case.before else None
        self.one(case)
        if bolted:
            os.unlink(bolted)
            self.again(case)

    def counts(self, case, before, aside):
        seen = rig.wait_for(lambda: (now := self.state()) == (before[0] + case.stored, before[1] + aside) and now, 5)
        self.check(seen, f"{case.name}: {case.stored} more reports in the store, {aside} messages aside",
                   f"{before} then {self.state()}")


class Milter(Front):
    is_postfix = True

    def one(self, case):
        before, log, line = self.state(), self.server.place(), self.here.milter.place()
        boxed = len(self.server.box(case.to))
        _, reply = smtp.mail(self.server.port, case.mail.bytes(), case.to)
        self.check(reply.code == case.said, f"{case.name}: the sender is told {case.said}", reply)
        if case.said == 451:
            self.check(reply.text.startswith("4.3.0 "), f"{case.name}: with 4.3.0", reply)
        self.counts(case, before, case.aside)
        if self.is_postfix and case.logged:
            self.check(self.server.said(case.logged, log), f"{case.name}: Postfix logs {case.logged}")
        if case.boxed:
            self.check(rig.wait_for(lambda: len(self.server.box(case.to)) == boxed + 1),
                       f"{case.name}: it is delivered")
        self.log(case, line)

    def log(self, case, line):
        seen = rig.wait_for(lambda: self.here.milter.lines(line), 5) or [{}]
        wanted = {"verdict": case.verdict, "action": case.action}
        if case.verdict == "ok":
            wanted.update(rua=RUA, reports="1", records=str(case.mail.records), domain="example.com", org=case.mail.org)
        wanted["from"] = rig.SENDER
        self.check(len(seen) == 1 and {key: seen[0].get(key) for key in wanted} == wanted and
                   list(seen[0])[:1] == ["id"] and len(seen[0]["id"]) > 5,
                   f"{case.name}: one line in the log, verdict={case.verdict} action={case.action}", seen)

    def again(self, case):
        _, reply = smtp.mail(self.server.port, case.mail.bytes(), case.to)
        self.check(reply.code == 250 and self.here.store.has(case.mail) == 1,
                   f"{case.name}: when it is mended, the same report is taken", reply)


class UnderSendmail(Milter):
    is_postfix = False


class Pipe(Front):
    is_postfix = True

    def one(self, case):
        before, log = self.state(), self.server.place()
        _, reply = smtp.mail(self.server.port, case.mail.bytes(), case.to)
        self.check(reply.code == 250, f"{case.name}: the sender is told 250", reply)
        if self.is_postfix:
            self.check(self.server.said(rf"to=<{case.to}>.* relay=ruamill, .*{case.fate}", log),
                       f"{case.name}: Postfix logs {case.fate}", self.fate(log))
        self.counts(case, before, case.pipe_aside)

    def fate(self, log):
        return [line for line in rig.read(self.server.log)[log:].splitlines() if "status=" in line]

    def again(self, case):
        if self.is_postfix:
            self.server.flush()
        self.check(rig.wait_for(lambda: self.here.store.has(case.mail) == 1),
                   f"{case.name}: when it is mended, it is taken from the queue")
        self.check(rig.wait_for(lambda: self.server.queued() == 0), f"{case.name}: the queue is empty")


class PipeUnderSendmail(Pipe):
    is_postfix = False


def run(tally, program, kind, name, server, first):
    """All cases in a store of their own."""
    with rig.Rig(program) as here:
        if issubclass(kind, Milter):
            here.milter.start()
        front = kind(tally, here, server(here), name)
        for case in cases(first):
            front.run(case)
        bad = here.store.verify()
        tally.check(not bad, f"{name}: the store is in order" + (f": {bad}" if bad else ""))


def strange_recipient(tally, program):
    """The pipe is given an address that it knows nothing of: the map is wrong."""
    with rig.Rig(program) as here:
        server = here.postfix(pipe=True)
        here.configure(allow="somebody@example.net *\n")
        log = server.place()
        smtp.mail(server.port, mails.Mail(number=1).bytes(), RUA)
        tally.check(server.said(r"relay=ruamill, .*dsn=5\.1\.1, status=bounced", log),
                    "pipe, Postfix: an address that is on no allowlist is returned with 5.1.1")
        os.rename(here.conf, here.conf + ".gone")
        log = server.place()
        smtp.mail(server.port, mails.Mail(number=2, domain="example.com").bytes(), RUA)
        tally.check(server.said(r"relay=ruamill, .*dsn=4\.3\.0, status=deferred", log),
                    "pipe, Postfix: without a configuration file, the mail stays in the queue")
        os.rename(here.conf + ".gone", here.conf)
        here.configure()
        server.flush()
        tally.check(rig.wait_for(lambda: here.store.numbers() == [2]), "and is taken when the file is there again")


def rejecting(tally, program):
    """on_bad = reject, in both front ends."""
    bad = mails.Mail(number=5, kind="broken").bytes()
    foreign = mails.Mail(number=6, domain="elsewhere.example", kind="gzip").bytes()
    with rig.Rig(program, on_bad="reject") as here:
        here.milter.start()
        server, pipe = here.postfix(milter=True), here.postfix(pipe=True)
        _, reply = smtp.mail(server.port, bad, RUA)
        tally.check(reply.code == 554 and reply.text.startswith("5.6.0 "), f"on_bad=reject, unreadable: {reply}")
        _, reply = smtp.mail(server.port, foreign, RUA)
        tally.check(reply.code == 550 and reply.text.startswith("5.7.1 "), f"on_bad=reject, foreign domain: {reply}")
        tally.check(not here.store.aside(), "on_bad=reject: nothing is kept aside")
        _, reply = smtp.mail(server.port, bad, [RUA, rig.OTHER])
        tally.check(reply.code == 250 and len(here.store.aside()) == 1 and rig.wait_for(lambda: server.box(rig.OTHER)),
                    f"on_bad=reject, but for others as well: kept aside, and delivered to them: {reply}")
        log = pipe.place()
        smtp.mail(pipe.port, bad, RUA)
        tally.check(pipe.said(r"relay=ruamill, .*dsn=5\.\d\.\d, status=bounced", log),
                    "on_bad=reject: the pipe has it returned")


def main():
    program, _, tally = rig.begin(__doc__)
    run(tally, program, Milter, "milter, Postfix", lambda here: here.postfix(milter=True), 100)
    run(tally, program, Pipe, "pipe, Postfix", lambda here: here.postfix(pipe=True), 200)
    strange_recipient(tally, program)
    rejecting(tally, program)
    root = sendmail.unpacked()
    if tally.check(root, "Sendmail is there" if root else "ABSENT: Sendmail (packages sendmail-bin, -base, -cf; m4)"):
        run(tally, program, UnderSendmail, "milter, Sendmail",
            lambda here: sendmail.Sendmail(here, root, milter=True).start(), 300)
        run(tally, program, PipeUnderSendmail, "pipe, Sendmail",
            lambda here: sendmail.Sendmail(here, root, pipe=True).start(), 400)
    tally.end()


if __name__ == "__main__":
    main()
