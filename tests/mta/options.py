#!/usr/bin/env python3
"""options.py - the milter's options and signals, under Postfix: after=accept, a
dedicated domain, a new allowlist while it runs, the end, a socket that was handed
over; and that other people's mail arrives as it was sent.

usage: options.py [PROGRAM]"""

import os
import re
import signal
import socket
import threading
import time

import rig
import smtp
import strike
from rig import OTHER, RUA, mails

DEDICATED = rig.DEDICATED
HEADER = "X-RUA-Report"


def send(server, mail, to):
    return smtp.mail(server.port, mail.bytes() if isinstance(mail, mails.Mail) else mail, to)[1]


def plain(text):
    """A mail out of a mailbox, without what each server writes anew."""
    return re.sub(r"\A(?:(?:Return-Path|X-Original-To|Delivered-To|Received):.*\n(?:[ \t].*\n)*)+", "", text)


LETTERS = {
    "a plain letter": b"From: a@b.example\nSubject: Hello\n\nHow are you?\n",
    "no header": b"\nonly a body\n",
    "no body": b"From: a@b.example\nSubject: Hello\n",
    "folded and odd headers": b"From: a@b.example\nSubject:no blank,\n\tfolded\n  twice \n"
                              b"X-Tab:\tone\nX-Empty:\nX-Blank: \nX-Long: " + b"word " * 180 + b"\n\nbody\n",
    "dots and blanks": b"Subject: dots\n\n.\n..\n. x\n\n\n  trailing  \n\t\n\n",
    "eight bits": "Subject: Grüße\n\nSchöne Grüße\n".encode() + bytes(range(128, 256)) + b"\n",
    "a header of ours": b"X-RUA-Report: of somebody else\nSubject: other\n\nbody\n",
    "Latin-1 without an end": b"Subject: x\n\n\xe4\xf6\xfc no line end",
    "a long line": b"Subject: x\n\n" + b"0123456789" * 5000 + b"\n",
    "many headers": b"".join(b"X-%d: value\n" % n for n in range(900)) + b"\nbody\n",
}


def untouched(tally, program):
    """Each letter through a Postfix with the milter and through one without:
    alone, and together with a RUA, which has the milter read it."""
    with rig.Rig(program) as here:
        here.milter.start()
        guarded, bare = here.postfix(milter=True), here.postfix()
        for number, (name, letter) in enumerate(LETTERS.items()):
            boxes = [f"{way}{number}@example.net" for way in ("alone", "both", "bare")]
            codes = [send(guarded, letter, [boxes[0]]).code, send(guarded, letter, [boxes[1], RUA]).code,
                     send(bare, letter, [boxes[2]]).code]
            texts = [(rig.wait_for(lambda s=server, b=box: s.box(b), 10) or [""])[0]
                     for server, box in ((guarded, boxes[0]), (guarded, boxes[1]), (bare, boxes[2]))]
            alone, both, want = (plain(text) for text in texts)
            tally.check(codes == [250] * 3 and want and alone == want, f"arrives as it was sent: {name}")
            tally.check(want and both == want, f"arrives as it was sent, when a RUA gets it too: {name}")
            if alone != want or both != want:
                print(f"  without: {want[:200]!r}\n  with:    {alone[:200]!r}\n  both:    {both[:200]!r}")
        mail = mails.Mail(number=1, domain="example.com")
        send(guarded, mail, [RUA, OTHER])
        send(bare, mail, [OTHER])
        pair = [plain((rig.wait_for(lambda s=server: s.box(OTHER), 10) or [""])[0]) for server in (guarded, bare)]
        tally.check(pair[0] and pair[0] == pair[1], "a report reaches the others as it was sent")


def accept(tally, program):
    """after = accept: a header says what was stored."""
    with rig.Rig(program, after="accept") as here:
        here.milter.start()
        server = here.postfix(milter=True)

        def headers(mail, to, prefix=b""):
            reply = smtp.mail(server.port, prefix + mail.bytes(), to)[1]
            got = rig.wait_for(lambda: [text for text in server.box(to[-1])
                                        if f"\nMessage-ID: <{mail.number}@" in text], 10) or [""]
            head = got[-1].split("\n\n")[0]
            return reply, re.findall(rf"^{HEADER}: *(.*)$", head, re.M | re.I), got

        report = mails.Mail(number=1, domain="example.com", records=12, kind="gzip")
        reply, seen, _ = headers(report, [RUA])
        wanted = f"stored; records=12; domain=example.com; org={report.org}"
        tally.check(reply.code == 250 and seen == [wanted], f"accept: {HEADER}: {wanted} (seen: {seen})")
        tally.check(here.store.has(report) == 1, "accept: the report is stored")
        forged = b"X-RUA-Report: stored; records=1000\nx-rua-report: again\n"
        mail = mails.Mail(number=2, domain="example.com")
        reply, seen, _ = headers(mail, [RUA], forged)
        tally.check(len(seen) == 1 and seen[0].startswith("stored; records=2;"),
                    f"accept: headers of that name that came in are removed (seen: {seen})")
        reply, seen, _ = headers(mails.Mail(number=3, kind="text"), [RUA], forged)
        tally.check(not any("1000" in value or "again" in value for value in seen),
                    f"accept: of ordinary mail to a RUA as well (seen: {seen})")
        mail = mails.Mail(number=4, domain="example.com")
        reply, seen, _ = headers(mail, [RUA, OTHER])
        tally.check(reply.code == 250 and len(seen) == 1 and here.store.has(mail) == 1 and
                    rig.wait_for(lambda: len(server.box(RUA)) == 4, 10), "accept: mixed recipients, all get it")
        reply, seen, _ = headers(report, [RUA])
        tally.check(reply.code == 250 and len(seen) == 1 and here.store.has(report) == 1,
                    f"accept: a duplicate is marked too, and not stored again (seen: {seen})")
        tally.check([line.get("action") for line in here.milter.lines()][:1] == ["accept"], "accept: action=accept")
        broken = mails.Mail(number=6, kind="broken")
        reply, seen, _ = headers(broken, [RUA])
        tally.check(reply.code == 250 and len(here.store.aside()) == 1, f"accept: an unreadable one is kept aside, "
                    f"and delivered (seen: {seen})")
        tally.check(not here.store.verify(), "accept: the store is in order")


def dedicated(tally, program):
    allow = f"{RUA} .example.com\nknown@{DEDICATED} *\n"
    with rig.Rig(program, allow=allow, dedicated=DEDICATED) as here:
        here.milter.start()
        server = here.postfix(milter=True)
        client = smtp.Client(server.port)
        mail = mails.Mail(number=1, domain="example.com")
        replies, last = client.mail(mail.bytes(), [f"unknown@{DEDICATED}"])
        tally.check(replies[0].code == 550 and replies[0].text.startswith("5.1.1 "),
                    f"dedicated: an unknown recipient gets {replies[0]}")
        client.say("RSET")
        replies, last = client.mail(mail.bytes(), [f"unknown@{DEDICATED}", f"known@{DEDICATED}", OTHER])
        tally.check([reply.code for reply in replies] == [550, 250, 250] and last.code == 250,
                    f"dedicated: the others of a message are not refused ({last})")
        tally.check(here.store.has(mail) == 1 and rig.wait_for(lambda: server.box(OTHER)),
                    "dedicated: the report is stored, the other mail delivered")
        mail = mails.Mail(number=2, kind="text")
        replies, last = client.mail(mail.bytes(), ["unknown@example.net"])
        tally.check(last.code == 250 and rig.wait_for(lambda: server.box("unknown@example.net")),
                    "dedicated: unknown recipients elsewhere are somebody else's")
        client.quit()


def reload(tally, program):
    with rig.Rig(program) as here:
        here.milter.start()
        server = here.postfix(milter=True)
        new = "new@example.net"
        client = smtp.Client(server.port)    # stays connected throughout

        def sends(number, code=250):
            mail = mails.Mail(number=number, domain="example.com")
            return client.mail(mail.bytes(), [new])[1].code == code and here.store.has(mail)

        def reloads(place):
            here.milter.process.send_signal(signal.SIGUSR1)
            return rig.wait_for(lambda: len(rig.read(here.milter.log)) > place, 3)

        tally.check(sends(1) == 0, "before: an address that is on no allowlist is somebody else's")
        here.configure(allow=rig.ALLOW + f"{new} *\n")
        reloads(here.milter.place())
        tally.check(rig.wait_for(lambda: sends(2) == 1, 3),
                    "SIGUSR1: it is on the new allowlist, and its report stored")
        here.configure(allow=rig.ALLOW + f"{new} *\nthis line is no good !!\n")
        place = here.milter.place()
        reloads(place)
        said = rig.read(here.milter.log)[place:]
        tally.check("/allow:5: " in said, f"SIGUSR1: a bad allowlist is refused with a sentence: {said.strip()}")
        tally.check(sends(3) == 1, "SIGUSR1: and the one before stays")
        client.quit()
        tally.check(here.milter.process.poll() is None and not here.store.verify(), "the store is in order")


def stop(tally, program):
    """SIGTERM: what is under way is finished, nothing new is begun."""
    with rig.Rig(program) as here:
        tool = strike.Strike(here)
        here.milter.start(tool.environment())
        server = here.postfix(milter=True)
        mail = strike.slow(1)
        replies = []
        thread = threading.Thread(target=lambda: replies.append(send(server, mail, RUA)))
        thread.start()
        time.sleep(1)
        began = time.monotonic()
        status = here.milter.kill(signal.SIGTERM)
        took = time.monotonic() - began
        thread.join()
        tally.check(replies[0].code == 250 and here.store.numbers() == [1],
                    f"SIGTERM: a message under way is finished: {replies[0]}")
        tally.check(status == 0 and took < 15, f"SIGTERM: the milter ends, with status {status} after {took:.1f} s")
        tally.check(send(server, mails.Mail(number=2), RUA).code in (451, 421),
                    "and then the sender is asked to come again")
        here.milter.start()
        tally.check(send(server, mails.Mail(number=2, domain="example.com"), RUA).code == 250, "a new one takes over")
        client = smtp.Client(server.port)
        client.envelope([RUA], rig.SENDER)
        began = time.monotonic()
        status = here.milter.kill(signal.SIGTERM)
        took = time.monotonic() - began
        tally.check(status == 0 and took < 8, f"SIGTERM with an idle client: status {status} after {took:.1f} s")
        client.close()
        tally.check(not os.path.exists(here.milter.path), "its socket is gone")
        tally.check(not here.store.verify(), "the store is in order")


def sockets(tally, program):
    """A socket that was handed over, one of TCP, and one that is taken."""
    with rig.Rig(program) as here:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(here.milter.path)
        os.chmod(here.milter.path, 0o666)
        listener.listen(64)
        here.configure(socket=f"fd:{listener.fileno()}")
        here.milter.start(listener=listener.fileno())
        server = here.postfix(milter=True)
        tally.check(send(server, mails.Mail(number=1, domain="example.com"), RUA).code == 250 and
                    here.store.numbers() == [1], "a socket that was handed over: fd:N")
        here.milter.kill(signal.SIGTERM)
        tally.check(os.path.exists(here.milter.path), "it is left where it was")
        replies = []
        thread = threading.Thread(target=lambda: replies.append(
            send(server, mails.Mail(number=2, domain="example.com"), RUA)))
        thread.start()
        time.sleep(1)
        here.milter.start(listener=listener.fileno())
        thread.join()
        tally.check(replies[0].code == 250 and here.store.numbers() == [1, 2],
                    f"a message that came while the milter was not there waits for it: {replies[0]}")
        here.milter.kill()
        listener.close()
        os.unlink(here.milter.path)
        port = rig.free_port()
        here.configure(socket=f"inet:{port}@127.0.0.1")
        here.milter.start()
        server.set(smtpd_milters=f"inet:127.0.0.1:{port}")
        sent = [mails.Mail(number=10 + n, domain="example.com") for n in range(20)]
        client = smtp.Client(server.port)
        began = time.monotonic()
        codes = [client.mail(mail.bytes(), [RUA])[1].code for mail in sent]
        took = (time.monotonic() - began) / len(sent)
        client.quit()
        tally.check(codes == [250] * len(sent) and len(here.store.numbers()) == 2 + len(sent), "a TCP socket")
        tally.check(took < 0.04, f"a TCP socket does not wait for acknowledgements: {took * 1000:.1f} ms a message")
        here.milter.kill()
        here.configure()
        here.milter.start()
        second = here.run("milter")
        tally.check(second.returncode != 0 and b"already" in second.stderr or b"another" in second.stderr,
                    f"a second one on the same socket ends: {second.stderr.decode().strip()}")
        server.set(smtpd_milters=f"unix:{here.milter.path}")
        tally.check(send(server, mails.Mail(number=50, domain="example.com"), RUA).code == 250,
                    "and the first one keeps its socket")
        here.milter.restart()
        tally.check(send(server, mails.Mail(number=51, domain="example.com"), RUA).code == 250,
                    "a socket that a dead one left is taken over")


def main():
    program, _, tally = rig.begin(__doc__)
    for subject in (untouched, accept, dedicated, reload, stop, sockets):
        subject(tally, program)
    tally.end()


if __name__ == "__main__":
    main()
