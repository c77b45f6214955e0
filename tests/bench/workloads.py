#!/usr/bin/env python3
"""workloads.py - mails with reports, as large reporters send them, for
measurements: the same bytes each time.

usage: workloads.py FOLDER [NAME]...        (default: w1s w2s)

  w1   10,000 mails of 1 to 20 records, a third of them with one; 200 domains
  w1s  the first 500 of these
  w2   200 mails of 1,000 records
  w2s  the first 20 of these
  w2x  one mail of 100,000 records
  w3   one mail of 1,000,000 records
  w4   2,000 mails of 1 to 20 records, each of a domain of its own
  w4s  the first 200 of these

Writes FOLDER/NAME/NUMBER.eml, with LF line ends, and FOLDER/NAME.truth: a line
for each mail with its report ID, its records and the sum of their counts.

Each mail is made from random numbers of its own, whose seed is its workload and
its number: the order in which they are drawn is part of the format."""

import base64
import io
import os
import random
import struct
import sys
import time
import zipfile
import zlib
from email.utils import formatdate

SEED = 20260101
FIRST_DAY = 1704067200  # 2024-01-01
DAY = 86400

DOMAINS = [f"example{number}.{ending}" for number in range(40)
           for ending in ("com", "net", "org", "de", "co.uk")]
SENDERS = ["sendgrid.net", "mailgun.org", "amazonses.com", "mcsv.net", "spf.mandrillapp.com",
           "salesforce.com", "zendesk.com", "hubspotemail.net", "mktomail.com", "google.com",
           "outlook.com", "mailjet.com"]
SELECTORS = ["s1", "s2", "k1", "google", "selector1", "selector2", "default", "dkim", "mail",
             "20230601", "pic", "mxvault"]
RECEIVERS = ["hotmail.com", "outlook.com", "live.com", "msn.com", "outlook.de", "hotmail.fr",
             "live.co.uk", "passport.com"]
DKIM_RESULTS = ["pass"] * 85 + ["fail"] * 10 + ["none"] * 2 + ["temperror"] * 2 + ["permerror"]
SPF_RESULTS = (["pass"] * 80 + ["fail"] * 6 + ["softfail"] * 8 + ["neutral"] * 2 + ["none"] * 3
               + ["permerror"])
OVERRIDES = ("forwarded", "mailing_list", "local_policy", "trusted_forwarder")
POOL_NETS = (149, 167, 198, 205, 52, 54)
NETS = (13, 18, 23, 34, 35, 40, 52, 54, 69, 74, 85, 104, 149, 159, 167, 185, 195, 205, 209, 212)
RELAY_NETS = (209, 40, 74, 66, 94)

STYLES = (["google"] * 35 + ["microsoft"] * 30 + ["yahoo"] * 10 + ["fastmail"] * 12
          + ["javazip"] * 13)
# organisation, address, name in file names
REPORTERS = {
    "google": ("google.com", "noreply-dmarc-support@google.com", "google.com"),
    "microsoft": ("Enterprise Outlook", "dmarcreport@microsoft.com",
                  "enterprise.protection.outlook.com"),
    "yahoo": ("Yahoo", "dmarchelp@yahooinc.com", "yahoo.com"),
    "fastmail": ("FastMail Pty Ltd", "reports@fastmaildmarc.com", "fastmail.com"),
    "javazip": ("Mail.Ru", "dmarc_support@corp.mail.ru", "mail.ru"),
}
CONTACTS = {
    "google": "https://support.google.com/a/answer/2466580",
    "fastmail": "https://fastmail.com/",
    "javazip": "https://help.mail.ru/mail-help",
}
DECLARED = '<?xml version="1.0" encoding="UTF-8" ?>\n<feedback>\n'
PREAMBLES = {
    "google": DECLARED,
    "javazip": DECLARED,
    "microsoft": '<?xml version="1.0"?>\n'
                 '<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
                 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
                 '  <version>1.0</version>\n',
    "fastmail": '<?xml version="1.0"?>\n<feedback>\n  <version>1.0</version>\n',
    "yahoo": '<?xml version="1.0"?>\t\n<feedback>\t\n',
}
ZIPPED = ("google", "javazip")
PIECE = 2000  # records


def few(draw):
    """The records of a small report."""
    share = draw.random()
    for below, number in ((0.34, 1), (0.50, 2), (0.60, 3)):
        if share < below:
            return number
    return draw.randint(4, 10) if share < 0.85 else draw.randint(11, 20)


def count(draw):
    share = draw.random()
    if share < 0.60:
        return 1
    for below, least, most in ((0.85, 2, 9), (0.97, 10, 200)):
        if share < below:
            return draw.randint(least, most)
    return draw.randint(201, 20000)


def address(draw, nets):
    return f"{draw.choice(nets)}.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"


class Streamed(io.RawIOBase):
    """A file that cannot seek: zipfile writes sizes behind the data then."""

    def __init__(self, to):
        self.to = to

    def writable(self):
        return True

    def write(self, content):
        return self.to.write(content)

    def flush(self):
        pass


class Report:
    """A report of `records` records; `total` is the sum of their counts once
    the attachment was made."""

    def __init__(self, draw, style, records, number, used=None, domain=None):
        self.draw, self.style, self.records = draw, style, records
        self.domain = draw.choice(DOMAINS)
        self.domain = domain or self.domain
        self.begin = FIRST_DAY + DAY * draw.randrange(0, 365)
        while used is not None and (style, self.domain, self.begin) in used:
            self.begin += DAY  # a reporter sends one report a day and domain
        if used is not None:
            used.add((style, self.domain, self.begin))
        self.end = self.begin + (DAY if style == "microsoft" else DAY - 1)
        self.org, self.mail, self.short = REPORTERS[style]
        self.id = self.identity(number)
        self.stem = f"{self.short}!{self.domain}!{self.begin}!{self.end}"
        self.total = 0
        self.pool4 = [address(draw, POOL_NETS) for _ in range(12)]
        self.pool6 = [f"2a01:4f8:{draw.randrange(1, 65536):x}:{draw.randrange(1, 65536):x}"
                      f"::{draw.randrange(1, 9999):x}" for _ in range(4)]

    def identity(self, number):
        long = f"{self.draw.getrandbits(128):032x}"
        if self.style == "google":
            return str(10**18 + number * 7919 + self.draw.randrange(10**15))
        if self.style == "microsoft":
            return long
        if self.style == "yahoo":
            return f"{self.end + 3000 + number}.{self.draw.randrange(10**6):06d}"
        return str(102675056 + number) if self.style == "fastmail" else f"{self.begin}{10**9 + number}"

    def head(self, policy):
        yield "  <report_metadata>"
        yield f"    <org_name>{self.org}</org_name>"
        yield f"    <email>{self.mail}</email>"
        if self.style in CONTACTS:
            yield f"    <extra_contact_info>{CONTACTS[self.style]}</extra_contact_info>"
        yield f"    <report_id>{self.id}</report_id>"
        yield "    <date_range>"
        yield f"      <begin>{self.begin}</begin>"
        yield f"      <end>{self.end}</end>"
        yield "    </date_range>"
        yield "  </report_metadata>"
        yield "  <policy_published>"
        yield f"    <domain>{self.domain}</domain>"
        yield "    <adkim>r</adkim>"
        yield "    <aspf>r</aspf>"
        yield f"    <p>{policy}</p>"
        yield f"    <sp>{policy}</sp>"
        yield "    <pct>100</pct>"
        if self.style == "microsoft":
            yield "    <fo>0</fo>"
        if self.style == "google":
            yield f"    <np>{policy}</np>"
        yield "  </policy_published>"
        yield ""

    def source(self):
        draw = self.draw
        share = draw.random()
        if share < 0.55:  # the domain's own senders, again and again
            return self.pool4[draw.randrange(len(self.pool4))]
        if share < 0.90:
            return address(draw, NETS)
        if share < 0.95:
            return self.pool6[draw.randrange(len(self.pool6))]
        return f"2a01:111:f400:{draw.randrange(1, 65536):x}::{draw.randrange(1, 65536):x}"

    def signatures(self, result, first):
        """The dkim elements; `first` is the domain of the first, if it is given."""
        draw = self.draw
        for index in range(2 if draw.random() < 0.25 else 1):
            domain = first if first and index == 0 else draw.choice(SENDERS)
            selector = f"        <selector>{draw.choice(SELECTORS)}</selector>"
            outcome = f"        <result>{result}</result>"
            yield "      <dkim>"
            yield f"        <domain>{domain}</domain>"
            yield from (outcome, selector) if self.style == "google" else (selector, outcome)
            yield "      </dkim>"

    def record(self, policy):
        draw, style = self.draw, self.style
        messages = count(draw)
        self.total += messages
        dkim, spf = draw.choice(DKIM_RESULTS), draw.choice(SPF_RESULTS)
        dkim_aligned, spf_aligned = draw.random() < 0.8, draw.random() < 0.6
        dkim_verdict = "pass" if dkim == "pass" and dkim_aligned else "fail"
        spf_verdict = "pass" if spf == "pass" and spf_aligned else "fail"
        disposition, override = "none", None
        if dkim_verdict == spf_verdict == "fail":
            disposition = policy
            if policy != "none" and draw.random() < 0.3:
                disposition, override = "none", draw.choice(OVERRIDES)
        sender = self.domain if draw.random() < 0.8 else \
            draw.choice(("mail.", "news.", "bounce.", "app.")) + self.domain
        yield "  <record>"
        yield "    <row>"
        yield f"      <source_ip>{self.source()}</source_ip>"
        yield f"      <count>{messages}</count>"
        yield "      <policy_evaluated>"
        yield f"        <disposition>{disposition}</disposition>"
        yield f"        <dkim>{dkim_verdict}</dkim>"
        yield f"        <spf>{spf_verdict}</spf>"
        if override:
            yield "        <reason>"
            yield f"          <type>{override}</type>"
            yield f"          <comment>{'arc=pass' if override == 'local_policy' else ''}</comment>"
            yield "        </reason>"
        yield "      </policy_evaluated>"
        yield "    </row>"
        yield "    <identifiers>"
        if style == "microsoft":
            yield f"      <envelope_to>{draw.choice(RECEIVERS)}</envelope_to>"
            yield f"      <envelope_from>{sender if spf_aligned else draw.choice(SENDERS)}</envelope_from>"
        yield f"      <header_from>{sender}</header_from>"
        yield "    </identifiers>"
        yield "    <auth_results>"
        if dkim != "none":
            yield from self.signatures(dkim, sender if dkim_aligned else None)
        yield "      <spf>"
        yield f"        <domain>{sender if spf_aligned else draw.choice(SENDERS)}</domain>"
        if style in ("microsoft", "fastmail"):
            yield "        <scope>mfrom</scope>"
        yield f"        <result>{spf}</result>"
        yield "      </spf>"
        yield "    </auth_results>"
        yield "  </record>"
        yield ""

    def pieces(self):
        """The document, as bytes."""
        line_end = "\t\n" if self.style == "yahoo" else "\n"
        policy = self.draw.choice(("none", "quarantine", "reject", "reject"))
        yield PREAMBLES[self.style].encode()
        yield line_end.join(self.head(policy)).encode()
        for first in range(0, self.records, PIECE):
            records = range(first, min(first + PIECE, self.records))
            yield "".join(line_end.join(self.record(policy)) for _ in records).encode()
        yield f"</feedback>{line_end}".encode()

    def zip(self):
        content = io.BytesIO()
        entry = zipfile.ZipInfo(self.stem + ".xml", time.gmtime(self.end + 7200)[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        to = content if self.style == "google" else Streamed(content)
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(entry, b"".join(self.pieces()))
        return content.getvalue()

    def gzip(self):
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        content = [b"\x1f\x8b\x08\x00" + struct.pack("<I", self.end + 7200) + b"\x00\x03"]
        crc = length = 0
        for piece in self.pieces():
            crc, length = zlib.crc32(piece, crc), length + len(piece)
            content.append(packer.compress(piece))
        content += [packer.flush(), struct.pack("<II", crc, length & 0xffffffff)]
        return b"".join(content)

    def attachment(self):
        """(type, file name, bytes)"""
        if self.style in ZIPPED:
            return "application/zip", self.stem + ".zip", self.zip()
        return "application/gzip", self.stem + ".xml.gz", self.gzip()


def noise(draw, length):
    return base64.b64encode(draw.randbytes(length * 3 // 4 + 3)).decode()[:length]


def plain(draw, length):
    return noise(draw, length).replace("/", "a").replace("+", "b")


def fold(text, width=72, indent="\t "):
    return ("\n" + indent).join(text[at:at + width] for at in range(0, len(text), width))


SIGNED = """content-transfer-encoding:content-disposition:to:from:subject
\t :message-id:date:mime-version:"""


class Mail:
    """The mail around a report's attachment."""

    def __init__(self, report):
        self.report, self.draw = report, report.draw
        self.type, self.name, content = report.attachment()
        self.base64 = base64.encodebytes(content).decode()
        self.sent = report.end + 9000
        self.date = formatdate(self.sent)
        self.domain = report.mail.split("@")[1]

    def relay(self):
        """The host that sends it; each reporter's is drawn."""
        draw = self.draw
        hosts = {
            "google": f"mail-{draw.choice(('it', 'yw', 'qk', 'ed'))}1-f{draw.randrange(40, 220)}.google.com",
            "microsoft": f"NAM{draw.randrange(10, 13)}-{draw.choice(('BN7', 'MW2', 'DM6'))}"
                         "-obe.outbound.protection.outlook.com",
            "yahoo": f"sonic{draw.randrange(300, 320)}-{draw.randrange(10, 99)}.consmr.mail.bf2.yahoo.com",
            "fastmail": f"out{draw.randrange(1, 9)}-smtp.messagingengine.com",
            "javazip": f"fallback{draw.randrange(1, 30)}.mail.ru",
        }
        return hosts[self.report.style]

    def trace(self):
        report, draw, domain = self.report, self.draw, self.domain
        host, ip = self.relay(), address(draw, RELAY_NETS)
        yield f"Return-Path: <{report.mail}>"
        yield f"X-Original-To: dmarc@{report.domain}"
        yield "Delivered-To: dmarc@reports.example.org"
        yield (f"Received: from {host} ({host} [{ip}])\n"
               "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
               "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\n"
               "\t(No client certificate requested)\n"
               f"\tby mx1.reports.example.org (Postfix) with ESMTPS id {draw.getrandbits(40):010X}\n"
               f"\tfor <dmarc@{report.domain}>; {self.date}")
        yield ("Authentication-Results: mx1.reports.example.org;\n"
               f"\tdkim=pass (2048-bit key; unprotected) header.d={domain} header.i=@{domain}"
               f" header.a=rsa-sha256 header.s=20230601 header.b={noise(draw, 8)};\n"
               f"\tdkim-atps=neutral; dmarc=pass (policy=reject) header.from={domain};"
               f" spf=pass smtp.mailfrom={domain}")

    def seals(self):
        draw = self.draw
        yield ("ARC-Seal: i=1; a=rsa-sha256; s=arcselector10001; d=microsoft.com; cv=none;\n b="
               + noise(draw, 344))
        yield ("ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.com;\n"
               " s=arcselector10001;\n"
               " h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:"
               "X-MS-Exchange-AntiSpam-MessageData-ChunkCount:X-MS-Exchange-AntiSpam-MessageData-0;\n"
               f" bh={noise(draw, 43)}=;\n b={noise(draw, 344)}")

    def signature(self):
        draw, sent = self.draw, self.sent
        return (f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n\td={self.domain}; s=20230601;"
                f" t={sent}; x={self.report.end + 613800}; darn={self.report.domain};\n"
                f"\th={SIGNED}from:to:cc:subject:date:message-id\n\t :reply-to;\n"
                f"\tbh={noise(draw, 43)}=;\n\tb={fold(noise(draw, 344))}")

    def of_google(self):
        draw, sent = self.draw, self.sent
        yield (f"X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n\td=1e100.net; s=20230601;"
               f" t={sent}; x={self.report.end + 613800};\n"
               f"\th={SIGNED}x-gm-message-state:from:to:cc\n\t :subject:date:message-id:reply-to;\n"
               f"\tbh={noise(draw, 43)}=;\n\tb={fold(noise(draw, 344))}")
        yield "X-Gm-Message-State: " + fold(noise(draw, 160), 76)
        yield "X-Google-Smtp-Source: " + fold(noise(draw, 96), 76)
        yield (f"X-Received: by 2002:a05:6e02:1b01:b0:{draw.randrange(65536):x}:{draw.randrange(65536):x}"
               f":{draw.randrange(65536):x} with SMTP id\n"
               f" {plain(draw, 14)}-20020a056e02.3.{sent}; {self.date}")

    def hop(self):
        draw = self.draw

        def host():
            return (f"{noise(draw, 12).upper()}.namprd21.prod.outlook.com\n"
                    f" (2603:10b6:{draw.randrange(999):x}:{draw.randrange(999):x}::{draw.randrange(99):x})")

        return (f"Received: from {host()} by {host()} with Microsoft SMTP Server (version=TLS1_2,\n"
                f" cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id"
                f" 15.20.{draw.randrange(6000, 8000)}.{draw.randrange(40)}; {self.date}")

    def of_microsoft(self):
        for _ in range(3):
            yield self.hop()
        yield "X-MS-Exchange-AntiSpam-MessageData-0:\n\t" + fold(noise(self.draw, 900), 70, "\t")
        yield "X-MS-PublicTrafficType: Email"
        yield f"X-MS-Office365-Filtering-Correlation-Id: {self.draw.getrandbits(128):032x}"

    def fields(self):
        report, style = self.report, self.report.style
        yield from self.trace()
        if style == "microsoft":
            yield from self.seals()
        yield self.signature()
        yield from {"google": self.of_google, "microsoft": self.of_microsoft}.get(style, tuple)()
        yield "MIME-Version: 1.0"
        yield "Date: " + self.date
        yield f"Message-ID: <{report.id}@{self.domain}>"
        yield f"Subject: Report domain: {report.domain} Submitter: {report.short} Report-ID: {report.id}"
        yield f"From: {report.mail}" if style == "google" else f'From: "DMARC Aggregate Report" <{report.mail}>'
        yield f"To: dmarc@{report.domain}"

    def disposition(self):
        return f'Content-Disposition: attachment; \n\tfilename="{self.name}"'

    def part(self):
        return (f'Content-Type: {self.type}; name="{self.name}"\nContent-Transfer-Encoding: base64\n'
                f"{self.disposition()}\n\n{self.base64}")

    def alone(self):
        """(its fields, body): the attachment is the mail."""
        return ([f'Content-Type: {self.type}; \n\tname="{self.name}"', self.disposition(),
                 "Content-Transfer-Encoding: base64"], self.base64)

    def nested(self):
        """The attachment beside a letter that is nested twice."""
        outer, middle, inner = (f"{name}={plain(self.draw, 24)}_" for name in ("_mpm", "_rv", "_av"))
        letter = f"""This is a DMARC aggregate report from Microsoft Corporation. For Emails=
 received between {self.date} UTC.

You're receiving this email because you have included your email address=
 in the 'rua' tag of your DMARC record in DNS for {self.report.domain}. Please remove your=
 email address from the 'rua' tag if you don't want to receive this email.
"""
        body = f"""--{outer}
Content-Type: multipart/related; boundary="{middle}"

--{middle}
Content-Type: multipart/alternative; boundary="{inner}"

--{inner}
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

{letter}
--{inner}
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<div style =3D"font-family:Segoe UI; font-size:14px;">{letter}<br />Please do not respond to this e-mail.=
 This mailbox is not monitored.</div>
--{inner}--

--{middle}--

--{outer}
{self.part()}--{outer}--
"""
        return [f'Content-Type: multipart/mixed; boundary="{outer}"'], body

    def beside(self):
        """The attachment beside a letter."""
        draw = self.draw
        boundary = (f"----=_Part_{draw.randrange(10**6)}_{draw.randrange(10**9)}"
                    f".{self.report.end * 1000 + draw.randrange(1000)}")
        body = f"""This is a multi-part message in MIME format.

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

This is an aggregate report from {self.report.org}.

--{boundary}
{self.part()}--{boundary}--
"""
        return [f'Content-Type: multipart/mixed; \n\tboundary="{boundary}"'], body

    def text(self):
        fields = list(self.fields())
        form = {"google": self.alone, "fastmail": self.alone, "microsoft": self.nested}
        type_fields, body = form.get(self.report.style, self.beside)()
        return "\n".join(fields + type_fields) + "\n\n" + body


class Workload:
    """`count` mails; `like` is the workload that these are the first of."""

    def __init__(self, mails, records=None, style=None, domains=None, like=None):
        self.mails, self.records, self.style = mails, records, style
        self.domains, self.like = domains, like

    def make(self, name):
        """Yields (report, mail as text)."""
        used = set()
        for number in range(self.mails):
            draw = random.Random(f"{SEED}/{self.like or name}/{number}")
            style = self.style or draw.choice(STYLES)
            report = Report(draw, style, self.records or few(draw), number, used,
                            self.domains and self.domains % number)
            yield report, Mail(report).text()


WORKLOADS = {
    "w1": Workload(10000),
    "w1s": Workload(500, like="w1"),
    "w2": Workload(200, records=1000),
    "w2s": Workload(20, records=1000, like="w2"),
    "w2x": Workload(1, records=100000, style="microsoft"),
    "w3": Workload(1, records=1000000, style="microsoft"),
    "w4": Workload(2000, domains="domain%d.example"),
    "w4s": Workload(200, domains="domain%d.example", like="w4"),
}


def write(folder, name):
    """Makes a workload; returns its truth: {report ID: (records, messages)}."""
    place = os.path.join(folder, name)
    os.makedirs(place, exist_ok=True)
    truth = {}
    with open(place + ".truth", "w", encoding="ascii") as lines:
        for number, (report, text) in enumerate(WORKLOADS[name].make(name)):
            with open(os.path.join(place, f"{number:05}.eml"), "w", encoding="ascii", newline="\n") as file:
                file.write(text)
            truth[report.id] = (report.records, report.total)
            lines.write(f"{report.id} {report.records} {report.total}\n")
    return truth


def main():
    names = sys.argv[2:] or ["w1s", "w2s"]
    if len(sys.argv) < 2 or not set(names) <= set(WORKLOADS):
        sys.exit(__doc__)
    for name in names:
        truth = write(sys.argv[1], name)
        print(f"{name}: {len(truth)} mails, {sum(records for records, _ in truth.values())} records")


if __name__ == "__main__":
    main()
