#!/usr/bin/env python3
"""sessions.py - what SMTP clients do, and to whom they write: several recipients,
several messages, messages that break off, slow and many clients.

usage: sessions.py [PROGRAM]

With the milter, under Postfix and under Sendmail; at last the pipe, with many
messages at once."""

import re
import socket
import threading

import rig
import sendmail
import smtp
from rig import OTHER, RUA, SECOND, mails

CONNECTIONS = 50
EACH = 4


class Sessions:
    def __init__(self, tally, here, server, name):
        self.tally, self.here, self.server, self.name = tally, here, server, name
        self.next = 1000

    def check(self, good, what, seen=""):
        self.tally.check(good, f"{self.name}: {what}" + ("" if good else f" (seen: {seen})"))

    def fresh(self, domain="example.com", kind="gzip", **more):
        self.next += 1
        return mails.Mail(number=self.next, domain=domain, kind=kind, **more)

    def send(self, mail, to, **more):
        return smtp.mail(self.server.port, mail.bytes() if isinstance(mail, mails.Mail) else mail, to, **more)[1]

    def line(self, place):
        """The one line that was logged since then; {} if it is not one."""
        seen = rig.wait_for(lambda: self.here.milter.lines(place), 5) or []
        return seen[0] if len(seen) == 1 else {}

    def boxed(self, address, mail):
        return [text for text in self.server.box(address) if f"\nMessage-ID: <{mail.number}@" in text]

    def arrives(self, address, mail):
        return rig.wait_for(lambda: self.boxed(address, mail), 10)

    def several_recipients(self):
        for to in ([RUA, OTHER], [OTHER, RUA], [OTHER, RUA, SECOND, "bert@example.net"]):
            mail, place = self.fresh(), self.here.milter.place()
            reply = self.send(mail, to)
            others = [address for address in to if address not in (RUA, SECOND)]
            self.check(reply.code == 250 and all(self.arrives(address, mail) for address in others),
                       f"of {len(to)} recipients, {len(others)} get their mail", reply)
            self.check(not self.boxed(RUA, mail) and not self.boxed(SECOND, mail) and self.here.store.has(mail) == 1,
                       "and the RUA is taken out, its report stored")
            self.check(self.line(place).get("action") == "delrcpt", "action=delrcpt", self.here.milter.lines(place))
        mail = self.fresh(kind="text")
        reply = self.send(mail, [RUA, OTHER])
        self.check(reply.code == 250 and self.arrives(RUA, mail) and self.arrives(OTHER, mail),
                   "ordinary mail to a RUA and to somebody else reaches both", reply)
        mail, aside = self.fresh(kind="broken"), len(self.here.store.aside())
        reply = self.send(mail, [RUA, OTHER])
        self.check(reply.code == 250 and self.arrives(OTHER, mail) and not self.boxed(RUA, mail) and
                   len(self.here.store.aside()) == aside + 1, "an unreadable report to both: aside, and to the other")

    def two_ruas(self):
        mail, place = self.fresh(), self.here.milter.place()
        reply = self.send(mail, [RUA, SECOND])
        seen = self.line(place)
        self.check(reply.code == 250 and self.here.store.has(mail) == 1 and seen.get("rua") == RUA and
                   seen.get("action") == "discard", "to two RUAs that take the domain: once, for the first", seen)
        mail, place = self.fresh(domain="example.org"), self.here.milter.place()
        reply = self.send(mail, [RUA, SECOND])
        seen = self.line(place)
        self.check(reply.code == 250 and self.here.store.has(mail) == 1 and seen.get("rua") == SECOND,
                   "to two RUAs of which the second takes the domain: for that one", seen)

    def odd_envelopes(self):
        mail = self.fresh()
        reply = self.send(mail, RUA, sender="")
        rows = [row for row in self.here.store.rows() if row["report_id"] == str(mail.number)]
        self.check(reply.code == 250 and len(rows) == 1 and rows[0]["envelope_from"] == "",
                   "a null sender", rows)
        mail = self.fresh()
        reply = self.send(mail, RUA.upper())
        self.check(reply.code == 250 and self.here.store.has(mail) == 1, "a RUA in capitals", reply)

    def large(self):
        mail = self.fresh(kind="xml", records=16000)
        octets = mail.bytes()
        reply = self.send(octets, RUA)
        self.check(reply.code == 250 and self.here.store.has(mail) == 1,
                   f"a report of {len(octets) >> 20} MiB is stored", reply)
        mail = self.fresh(kind="text")
        octets = mail.bytes() + b"x" * 70 + (b"\n" + b"0123456789" * 7) * 150000 + b"\n"
        reply = self.send(octets, OTHER)
        body = (self.arrives(OTHER, mail) or [""])[0].partition("\n\n")[2]
        self.check(reply.code == 250 and body == octets.decode().partition("\n\n")[2],
                   "ordinary mail of 10 MB arrives", f"{reply}, {len(body)} bytes")

    def dribble(self):
        mail = self.fresh(records=1)
        client = smtp.Client(self.server.port)
        for byte in f"MAIL FROM:<{rig.SENDER}>\r\n".encode():
            client.send(bytes([byte]))
        client.reply()
        client.say(f"RCPT TO:<{RUA}>")
        client.say("DATA")
        for byte in smtp.dotted(mail.bytes()):
            client.send(bytes([byte]))
        reply = client.reply()
        client.quit()
        self.check(reply.code == 250 and self.here.store.has(mail) == 1, "a client that sends byte by byte", reply)

    def broken_off(self):
        """RSET, QUIT and a lost connection at every step; then the next message
        is taken as if nothing had been."""
        stored, aside = len(self.here.store.rows()), len(self.here.store.aside())
        for steps in range(4):
            for way in ("RSET", "QUIT", "gone"):
                client = smtp.Client(self.server.port)
                client.say(f"MAIL FROM:<{rig.SENDER}>")
                if steps > 0:
                    client.say(f"RCPT TO:<{RUA}>")
                if steps > 1:
                    client.say(f"RCPT TO:<{OTHER}>")
                if steps > 2:
                    client.say("DATA")
                    client.send(self.fresh().bytes()[:700].replace(b"\n", b"\r\n"))
                    client.socket.shutdown(socket.SHUT_WR)
                    client.reply()
                    client.close()
                elif way == "RSET":
                    client.say("RSET")
                    mail = self.fresh(kind="text")
                    reply = client.mail(mail.bytes(), [OTHER])[1]
                    self.check(reply.code == 250 and self.arrives(OTHER, mail), f"RSET after {steps + 1} commands",
                               reply)
                    client.quit()
                else:
                    if way == "QUIT":
                        client.say("QUIT")
                    client.close()
        self.check((len(self.here.store.rows()), len(self.here.store.aside())) == (stored, aside),
                   "what breaks off leaves nothing in the store")
        mail = self.fresh()
        reply = self.send(mail, RUA)
        self.check(reply.code == 250 and self.here.store.has(mail) == 1, "and the next report is stored", reply)

    def many_on_one(self):
        """All kinds one after the other on one connection: nothing of one shows
        in the next."""
        client = smtp.Client(self.server.port)
        for turn in range(2):
            report, other, text, broken, both = (self.fresh(), self.fresh(kind="text"), self.fresh(kind="text"),
                                                 self.fresh(kind="broken"), self.fresh())
            replies = [client.mail(mail.bytes(), to)[1].code for mail, to in (
                (report, [RUA]), (other, [OTHER]), (text, [RUA]), (broken, [RUA]), (both, [RUA, OTHER]),
                (report, [RUA]))]
            self.check(replies == [250] * 6, f"six messages on one connection, turn {turn + 1}", replies)
            self.check(self.here.store.has(report) == 1 and self.here.store.has(both) == 1, "reports are stored once")
            self.check(self.arrives(OTHER, other) and self.arrives(RUA, text) and self.arrives(OTHER, both) and
                       not self.boxed(RUA, report) and not self.boxed(RUA, both), "each mail is where it belongs")
        client.quit()

    def many_at_once(self):
        reports = [[self.fresh() for _ in range(EACH)] for _ in range(CONNECTIONS)]
        texts = [self.fresh(kind="text") for _ in range(CONNECTIONS)]
        codes = []

        def session(number):
            client = smtp.Client(self.server.port)
            for mail in reports[number]:
                codes.append(client.mail(mail.bytes(), [RUA])[1].code)
            codes.append(client.mail(texts[number].bytes(), [OTHER])[1].code)
            client.quit()

        threads = [threading.Thread(target=session, args=(number,)) for number in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.check(codes == [250] * CONNECTIONS * (EACH + 1), f"{CONNECTIONS} connections at once are served",
                   {code: codes.count(code) for code in set(codes)})
        numbers = self.here.store.numbers()
        self.check(all(numbers.count(mail.number) == 1 for row in reports for mail in row),
                   f"their {CONNECTIONS * EACH} reports are stored once")
        self.check(rig.wait_for(lambda: all(self.boxed(OTHER, mail) for mail in texts), 20),
                   "their other mail is delivered")

    def all(self):
        for subject in (self.several_recipients, self.two_ruas, self.odd_envelopes, self.large, self.dribble,
                        self.broken_off, self.many_on_one, self.many_at_once):
            subject()
        bad = self.here.store.verify()
        self.check(not bad, "the store is in order", bad)


def pipe_at_once(tally, program):
    """Twenty processes at once, on one domain and on twenty."""
    with rig.Rig(program, allow=f"{RUA} *\n") as here:
        server = here.postfix(pipe=True)
        for domains in (1, 20):
            sent = [mails.Mail(number=domains * 1000 + n, domain=f"d{n % domains}.example") for n in range(60)]
            client = smtp.Client(server.port)
            for mail in sent:
                client.mail(mail.bytes(), [RUA])
            client.quit()
            wanted = sorted(mail.number for mail in sent)
            good = rig.wait_for(lambda: [n for n in here.store.numbers() if n >= domains * 1000] == wanted)
            tally.check(good, f"pipe: 60 reports about {domains} domains, twenty processes at once")
            tally.check(rig.wait_for(lambda: server.queued() == 0), "pipe: nothing stays in the queue")
        log = rig.read(server.log)
        tally.check(not re.search("status=(deferred|bounced)", log), "pipe: none was deferred or returned")
        mail = mails.Mail(number=9, domain="example.com")
        smtp.mail(server.port, mail.bytes(), [RUA, OTHER], sender="")
        tally.check(rig.wait_for(lambda: here.store.has(mail) == 1) and rig.wait_for(lambda: server.box(OTHER)),
                    "pipe: a RUA and somebody else, from the null sender")
        rows = [row for row in here.store.rows() if row["report_id"] == "9"]
        tally.check(rows and rows[0]["envelope_from"] == "" and rows[0]["rua"] == RUA and rows[0]["queue_id"],
                    "pipe: the reports table has RUA, null sender and queue id")
        bad = here.store.verify()
        tally.check(not bad, f"pipe: the store is in order {bad or ''}")


def main():
    program, _, tally = rig.begin(__doc__)
    with rig.Rig(program) as here:
        here.milter.start()
        Sessions(tally, here, here.postfix(milter=True), "Postfix").all()
    root = sendmail.unpacked()
    if tally.check(root, "Sendmail is there" if root else "ABSENT: Sendmail"):
        with rig.Rig(program) as here:
            here.milter.start()
            Sessions(tally, here, sendmail.Sendmail(here, root, milter=True).start(), "Sendmail").all()
    pipe_at_once(tally, program)
    tally.end()


if __name__ == "__main__":
    main()
