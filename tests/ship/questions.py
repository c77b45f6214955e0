"""questions.py - examples/queries, asked of the tables that `ruamill ship` made:
the answers must be those of examples/queries/answers.md, which tests/engines
works out of the data. The data are those of tests/engines/sample.mjs."""

import os
import re

from rig import HERE

QUERIES = os.path.join(HERE, "../../examples/queries")
DAY = 86400
FIRST, DAYS = 1771545600, 20  # 2026-02-20

# (policy domain, source, from which day on, how many on a day, aligned, disposition)
SENDERS = (("example.com", "192.0.2.10", 0, lambda day: 100 + day, True, "none"),
           ("example.com", "2001:db8::25", 15, lambda day: 7, True, "none"),
           ("example.com", "203.0.113.77", 3, lambda day: day % 5, False, "reject"),
           ("example.net", "198.51.100.4", 0, lambda day: 20, False, "none"),
           ("example.net", "192.0.2.10", 17, lambda day: 3, True, "none"))
# who reports, up to which day
REPORTERS = (("Bluebird Mail", DAYS), ("Harbour Post", 12), ("Meadow Hosting", 2))

REPORT = """<?xml version="1.0"?>
<feedback><report_metadata><org_name>{org}</org_name><report_id>{org}.{begin}</report_id>
<date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><p>none</p></policy_published>
{records}</feedback>
"""
RECORD = """<record><row><source_ip>{ip}</source_ip><count>{count}</count>
<policy_evaluated><disposition>{disposition}</disposition><dkim>{result}</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>{domain}</header_from></identifiers></record>
"""


def write(folder):
    """The reports, a file each."""
    os.makedirs(folder)
    for org, until in REPORTERS:
        for day in range(until):
            for domain in ("example.com", "example.net"):
                records = [RECORD.format(ip=ip, count=count(day), disposition=disposition, domain=domain,
                                         result="pass" if aligned else "fail")
                           for of, ip, since, count, aligned, disposition in SENDERS
                           if of == domain and day >= since and count(day)]
                begin = FIRST + day * DAY
                with open(os.path.join(folder, f"{org}!{domain}!{day}.xml"), "w", encoding="utf-8") as file:
                    file.write(REPORT.format(org=org, domain=domain, begin=begin, end=begin + DAY - 1,
                                             records="".join(records)))
    return folder


def read(name):
    with open(os.path.join(QUERIES, name), encoding="utf-8") as file:
        return file.read()


def answers():
    """{question: rows}, by answers.md."""
    found = {}
    for part in re.split(r"^## ", read("answers.md"), flags=re.M)[1:]:
        name, _, table = part.partition("\n")
        lines = [line for line in table.split("\n") if line.startswith("|")][2:]
        found[name] = [line.strip("| ").split(" | ") for line in lines]
    return found


def questions(name):
    """{question: query} of a file: each begins with a comment "-- NAME: ..."."""
    found = {}
    for query in re.sub(r"\A.*?\n\n", "", read(name), flags=re.S).split(";"):
        begin = re.match(r"\s*-- ([a-z ]+):", query)
        if begin:
            found[begin[1]] = "\n".join(line for line in query.split("\n") if not line.startswith("--")).strip()
    return found


def same(cell, wanted):
    try:
        return float(cell) == float(wanted)
    except ValueError:
        return cell == wanted


def wrong(server):
    """What is answered otherwise."""
    clickhouse = hasattr(server, "http")
    asked = questions("clickhouse.sql" if clickhouse else "postgresql.sql")
    found = [] if set(asked) == set(answers()) else [f"questions: {sorted(asked)}"]
    for name, wanted in answers().items():
        query = asked.get(name, "SELECT 1")
        if clickhouse:
            query = re.sub(r"\b(FROM) (records|reports)\b", r"\1 ruamill.\2", query)
        rows = server.sql(query)
        if len(rows) != len(wanted) or not all(
                len(row) == len(want) and all(map(same, row, want)) for row, want in zip(rows, wanted)):
            found.append(f"{name}: {rows}")
    return found
