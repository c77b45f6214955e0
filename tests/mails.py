#!/usr/bin/env python3
"""mails.py - writes stored mail with DMARC reports in it, for tests: made up,
and the same each time.

usage: mails.py mail FILE [NAME=VALUE]...    one mail
       mails.py report FILE [NAME=VALUE]...  its attachment alone
       mails.py folder FOLDER COUNT [NAME=VALUE]...
       mails.py maildir FOLDER COUNT [NAME=VALUE]...
       mails.py mbox FILE COUNT [NAME=VALUE]...

Names and their defaults:
       number=0                its number, which makes everything else of it
       records=2               records of the report
       to=dmarc@example.net    the To field; none: without one
       domain=                 the policy domain; else example.com, .net, .org
       kind=                   gzip, zip, xml, broken, text; else the first three
COUNT mails have the numbers from `number` on."""

import base64
import gzip
import io
import os
import sys
import zipfile

DAY = 86400
FIRST = 1767225600  # 2026-01-01
RESULTS = ("pass", "fail")


def record(number, index, domain):
    return f"""  <record>
    <row>
      <source_ip>192.0.2.{index % 254 + 1}</source_ip>
      <count>{number + index + 1}</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>{RESULTS[index % 2]}</dkim>
        <spf>{RESULTS[index // 2 % 2]}</spf>
      </policy_evaluated>
    </row>
    <identifiers><header_from>{domain}</header_from></identifiers>
    <auth_results>
      <dkim><domain>{domain}</domain><selector>s{index}</selector><result>{RESULTS[index % 2]}</result></dkim>
      <spf><domain>{domain}</domain><result>{RESULTS[index // 2 % 2]}</result></spf>
    </auth_results>
  </record>
"""


class Mail:
    def __init__(self, number=0, records=2, to="dmarc@example.net", domain="", kind=""):
        self.number = int(number)
        self.records = int(records)
        self.to = to
        self.domain = domain or f"example.{('com', 'net', 'org')[self.number % 3]}"
        self.kind = kind or ("gzip", "zip", "xml")[self.number // 3 % 3]
        self.org = f"reporter{self.number % 7}.example"
        self.begin = FIRST + self.number % 300 * DAY
        self.stem = f"{self.org}!{self.domain}!{self.begin}!{self.begin + DAY - 1}"

    def document(self):
        records = "".join(record(self.number, i, self.domain) for i in range(self.records))
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <report_metadata>
    <org_name>{self.org}</org_name>
    <email>noreply@{self.org}</email>
    <report_id>{self.number}</report_id>
    <date_range><begin>{self.begin}</begin><end>{self.begin + DAY - 1}</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>{self.domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><pct>100</pct>
  </policy_published>
{records}</feedback>
""".encode()

    def attachment(self):
        """(type, ending, bytes)"""
        document = self.document()
        if self.kind == "gzip":
            return "application/gzip", ".xml.gz", gzip.compress(document, mtime=0)
        if self.kind == "broken":
            return "application/gzip", ".xml.gz", b"\x1f\x8b\x08\0 no gzip behind this"
        if self.kind == "text":
            return "text/plain", ".txt", b"Hello, how are you?\n"
        if self.kind == "zip":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo(self.stem + ".xml"), document, zipfile.ZIP_DEFLATED)
            return "application/zip", ".zip", packed.getvalue()
        return "text/xml", ".xml", document

    def bytes(self):
        kind, ending, content = self.attachment()
        to = "" if self.to == "none" else f"To: {self.to}\n"
        head = f"""Return-Path: <noreply@{self.org}>
From: noreply@{self.org}
{to}Subject: Report Domain: {self.domain} Submitter: {self.org} Report-ID: <{self.number}>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Message-ID: <{self.number}@{self.org}>
MIME-Version: 1.0
Content-Type: {kind}
Content-Disposition: attachment; filename="{self.stem}{ending}"
Content-Transfer-Encoding: base64

"""
        return head.encode() + base64.encodebytes(content)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def series(count, values):
    first = int(values.pop("number", 0))
    return (Mail(number=number, **values) for number in range(first, first + int(count)))


def main(command, path, *rest):
    count = rest[0] if command in ("folder", "maildir", "mbox") else None
    values = dict(value.split("=", 1) for value in (rest[1:] if count else rest))
    if command == "mail":
        write(path, Mail(**values).bytes())
    elif command == "report":
        write(path, Mail(**values).attachment()[2])
    elif command == "folder":
        os.makedirs(path, exist_ok=True)
        for mail in series(count, values):
            write(os.path.join(path, f"{mail.number:06}.eml"), mail.bytes())
    elif command == "maildir":
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, name), exist_ok=True)
        for mail in series(count, values):
            name = f"cur/{mail.number:06}.host:2,S" if mail.number % 2 else f"new/{mail.number:06}.host"
            write(os.path.join(path, name), mail.bytes())
    elif command == "mbox":
        write(path, b"".join(b"From noreply@example.net Thu Jan  1 00:00:00 2026\n" + mail.bytes() + b"\n"
                             for mail in series(count, values)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
