#!/usr/bin/env python3
"""big-report.py RECORDS - writes a gzipped report of that many records to
standard output: the same bytes every time."""

import gzip
import sys

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>big.example.net</org_name>
    <email>dmarc@big.example.net</email>
    <report_id>{records}-records</report_id>
    <date_range><begin>1767225600</begin><end>1767311999</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain>
    <adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>
  </policy_published>
"""

RECORD = """  <record>
    <row>
      <source_ip>2001:db8::{high:x}:{low:x}</source_ip>
      <count>{count}</count>
      <policy_evaluated>
        <disposition>none</disposition><dkim>pass</dkim><spf>{spf}</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>bounce-{number}.example.com</envelope_from>
      <header_from>example.com</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.com</domain><selector>s{selector}</selector><result>pass</result>
      </dkim>
      <spf>
        <domain>bounce-{number}.example.com</domain><scope>mfrom</scope><result>{spf}</result>
      </spf>
    </auth_results>
  </record>
"""


def main():
    records = int(sys.argv[1])
    with gzip.GzipFile("", "wb", 6, sys.stdout.buffer, mtime=0) as out:
        out.write(HEAD.format(records=records).encode())
        for number in range(records):
            out.write(RECORD.format(
                number=number,
                high=number >> 16,
                low=number & 0xFFFF,
                count=number % 97 + 1,
                selector=number % 5,
                spf="fail" if number % 7 == 0 else "pass",
            ).encode())
        out.write(b"</feedback>\n")


main()
