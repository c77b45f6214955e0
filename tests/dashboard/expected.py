#!/usr/bin/env python3
"""expected.py - what a dashboard must show, computed from the tables alone.

usage: expected.py STORE SINCE UNTIL     days as 2026-11-01; UNTIL belongs to it

Prints JSON: for "" (all) and each policy domain the figures of the page."""

import csv
import datetime
import glob
import json
import os
import sys
from collections import Counter, defaultdict


def rows(store, domain, kind):
    for path in sorted(glob.glob(os.path.join(store, domain, kind + "-*.csv"))):
        with open(path, encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def best(row, method):
    """What SPF or DKIM came to for a record."""
    if row[method + "_aligned"] not in ("0", "1"):
        return None
    results = row[method + "_results"].lower().split(",")
    if row[method + "_aligned"] == "1":
        return "passed"
    return ("other" if "pass" in results else "failed" if set(results) - {"", "none", "temperror", "permerror"}
            else "error" if set(results) - {"", "none"} else "none")


WORDS = {"spf": {"other": "passed for another domain", "failed": "failed", "error": "could not be checked",
                 "none": "no record"},
         "dkim": {"other": "signed for another domain", "failed": "broken signature",
                  "error": "could not be checked", "none": "not signed"}}


def words(method, found):
    """The same for a source, in the words that the rest of the page has."""
    whole = sum(found.values())
    if found["passed"]:
        return "passed" if found["passed"] == whole else "passed for"
    if 2 * found["other"] >= whole:
        return WORDS[method]["other"]
    if found["none"] == whole:
        return WORDS[method]["none"]
    return WORDS[method]["failed" if found["failed"] else "error"]


class Figures:
    def __init__(self, days):
        self.days = {day: [0, 0, 0] for day in days}
        self.acts = [0, 0, 0, 0]
        self.reports = 0
        self.sources = defaultdict(lambda: [0, 0, 0])
        self.found = {"spf": defaultdict(Counter), "dkim": defaultdict(Counter)}
        self.reporters = defaultdict(lambda: [0, 0])
        self.failing = Counter()

    def add_record(self, row):
        count = int(row["count"] or 0)
        which = {"1": 0, "0": 1}.get(row["dmarc_aligned"], 2)
        self.days[row["begin_date"][:10]][which] += count
        act = {"none": 0, "pass": 0, "quarantine": 1, "reject": 2}.get(row["disposition"], 3)
        self.acts[act] += count
        source = self.sources[row["source_ip_address"]]
        for method, found in self.found.items():
            found[row["source_ip_address"]][best(row, method)] += count
        source[0] += count
        source[1] += count if which == 0 else 0
        source[2] += count if which == 1 else 0
        if which == 1:
            self.failing[row["source_ip_address"]] += count

    def add_report(self, row):
        self.reports += 1
        reporter = self.reporters[row["org_name"]]
        reporter[0] += int(row["messages"] or 0)
        reporter[1] += 1

    def as_json(self):
        sums = [sum(day[i] for day in self.days.values()) for i in range(3)]
        return {"messages": sum(sums), "passed": sums[0], "failed": sums[1], "held": self.acts[1] + self.acts[2],
                "reports": self.reports, "senders": sum(1 for source in self.sources.values() if source[2]),
                "acts": self.acts, "days": list(self.days.values()), "sources": self.sources,
                "words": {source: [words(method, found[source]) for method, found in self.found.items()]
                          for source in self.sources},
                "reporters": self.reporters, "failing": self.failing}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    store = sys.argv[1]
    since, until = (datetime.date.fromisoformat(word) for word in sys.argv[2:])
    days = [(since + datetime.timedelta(i)).isoformat() for i in range((until - since).days + 1)]
    figures = {"": Figures(days)}
    for domain in sorted(os.listdir(store)):
        if domain in (".spool", "quarantine"):
            continue
        figures[domain] = Figures(days)
        for name in ("", domain):
            for row in rows(store, domain, "records"):
                if row["begin_date"][:10] in figures[name].days:
                    figures[name].add_record(row)
            for row in rows(store, domain, "reports"):
                if row["begin_date"][:10] in figures[name].days:
                    figures[name].add_report(row)
    json.dump({name: one.as_json() for name, one in figures.items()}, sys.stdout)


if __name__ == "__main__":
    main()
