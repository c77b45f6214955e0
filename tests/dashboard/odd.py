#!/usr/bin/env python3
"""odd.py - reports with what hardly fits a page: sums past the ceiling, long
addresses and names, characters that nobody sees.

usage: odd.py FOLDER"""

import os
import sys

BEGIN = 1793491200  # 2026-11-01
LABEL = "a-label-of-sixty-three-characters-which-is-the-most-one-can-have-in-dns"[:63]


def record(address, count, result, name):
    return (f"<record><row><source_ip>{address}</source_ip><count>{count}</count><policy_evaluated>"
            f"<disposition>none</disposition><dkim>{result}</dkim><spf>{result}</spf></policy_evaluated></row>"
            f"<identifiers><header_from>{name}</header_from></identifiers><auth_results>"
            f"<dkim><domain>{name}</domain><result>{result}</result></dkim></auth_results></record>\n")


def report(number, domain, records):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<feedback><report_metadata><org_name>Mail&#xE0041;&#xE0042; {number}'
            f"</org_name><email>reports@mail.example</email><report_id>{number}</report_id><date_range>"
            f"<begin>{BEGIN}</begin><end>{BEGIN + 86399}</end></date_range></report_metadata><policy_published>"
            f"<domain>{domain}</domain><p>none</p></policy_published>\n{records}</feedback>\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1])
    long = f"news.{LABEL}.{LABEL}.example"
    reports = [
        ("example.com", record("2001:db8:1111:2222:3333:4444:5555:6666", 2 ** 62, "pass", "example.com") +
         record("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 9, "fail", long)),
        ("example.net", record("2001:db8:1111:2222:3333:4444:5555:7777", 2 ** 62, "pass", "example.net")),
        ("example.org", record("2001:db8:1111:2222:3333:4444:5555:8888", 207410616, "pass", "example.org") +
         record("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ff00", 123456, "fail", "example.org")),
    ]
    for number, (domain, records) in enumerate(reports):
        with open(os.path.join(sys.argv[1], f"{domain}.xml"), "w", encoding="utf-8") as file:
            file.write(report(number, domain, records))


if __name__ == "__main__":
    main()
