#!/usr/bin/env python3
"""reports.py - a month of DMARC reports, made up, and the same each time.

usage: reports.py FOLDER

Three domains in November 2026, six reporters, and senders of every kind that the
dashboard tells apart: servers of one's own, a newsletter, a service that signs
with its own name, forwarders, a mailing list, a forgotten server, and two days
on which somebody uses the name. Example names and documentation addresses only."""

import os
import random
import sys
from xml.sax.saxutils import escape

DAY = 86400
FIRST = 1793491200  # 2026-11-01
DAYS = 30

# name, share of the mail
REPORTERS = [("Bluebird Mail", 0.46), ("Harbour Post", 0.24), ("orchard.example", 0.14), ("Meadow Hosting GmbH", 0.09),
             ("University of Example", 0.05), ("mx.lighthouse.example", 0.02)]

# domain: messages a day, policy, subdomains, pct
DOMAINS = {"example.com": (41000, "reject", "reject", 100), "example.net": (12500, "quarantine", "none", 50),
           "shop.example.org": (1900, "none", "none", 100)}


class Sender:
    """One line of a report. dkim and spf: (domain, result); {} is the policy domain."""

    def __init__(self, address, share, dkim=None, spf=None, reason=None, days=range(DAYS), only=None, sub=""):
        self.address, self.share, self.dkim, self.spf = address, share, dkim, spf
        self.reason, self.days, self.only, self.sub = reason, days, only, sub


OWN = ("{}", "pass")
SENDERS = [
    Sender("192.0.2.10", 0.46, OWN, OWN),
    Sender("192.0.2.11", 0.21, OWN, OWN),
    Sender("2001:db8:20::25", 0.13, OWN, OWN),
    Sender("198.51.100.20", 0.11, OWN, ("bounce.newsletter.example", "pass"), sub="news."),
    Sender("198.51.100.21", 0.04, OWN, ("bounce.newsletter.example", "pass"), sub="news."),
    Sender("192.0.2.40", 0.018, None, OWN),
    Sender("198.51.100.77", 0.0062, ("crm-cloud.example", "pass"), ("mail.crm-cloud.example", "pass")),
    Sender("198.51.100.78", 0.0021, ("crm-cloud.example", "pass"), ("mail.crm-cloud.example", "pass")),
    Sender("203.0.113.80", 0.0034, ("{}", "fail"), ("forward.example", "pass")),
    Sender("203.0.113.81", 0.0012, ("{}", "fail"), ("{}", "softfail")),
    Sender("203.0.113.90", 0.0011, ("{}", "fail"), ("lists.example", "pass"), reason="mailing_list"),
    Sender("2001:db8:90::5", 0.0005, ("{}", "fail"), ("lists.example", "pass"), reason="mailing_list"),
    Sender("198.51.100.140", 0.0016, None, ("booking.example", "pass")),
    Sender("192.0.2.200", 0.045, None, ("{}", "fail"), only="shop.example.org"),
    Sender("203.0.113.150", 0.0003, ("{}", "temperror"), ("{}", "temperror"), days=(8, 9, 20)),
    Sender("203.0.113.5", 0.0007, None, ("{}", "fail")),
] + [Sender(f"203.0.113.{200 + i}", 0.024 / (i + 1.4), None, ("{}", "fail"), days=(11, 12), only="example.com")
     for i in range(12)] + [
         Sender(f"198.51.100.{200 + i}", 0.00035 / (i + 1), None, ("{}", "softfail"), days=range(i, DAYS, 3))
         for i in range(24)]


def disposition(sender, domain):
    _, policy, _, _ = DOMAINS[domain]
    return "none" if sender.reason else policy


def record(sender, domain, count):
    passed = [sender.dkim == OWN, sender.spf == OWN]
    word = ["pass" if one else "fail" for one in passed]
    reason = (f"<reason><type>{sender.reason}</type><comment>known list</comment></reason>"
              if sender.reason and not any(passed) else "")
    results = ""
    for method, found in (("dkim", sender.dkim), ("spf", sender.spf)):
        if found:
            name = escape(found[0].format(domain))
            selector = "<selector>s1</selector>" if method == "dkim" else "<scope>mfrom</scope>"
            results += f"<{method}><domain>{name}</domain>{selector}<result>{found[1]}</result></{method}>"
    done = "none" if any(passed) else disposition(sender, domain)
    return (f"<record><row><source_ip>{sender.address}</source_ip><count>{count}</count><policy_evaluated>"
            f"<disposition>{done}</disposition><dkim>{word[0]}</dkim><spf>{word[1]}</spf>{reason}"
            f"</policy_evaluated></row><identifiers><header_from>{sender.sub}{domain}</header_from></identifiers>"
            f"<auth_results>{results}</auth_results></record>\n")


def report(chance, domain, day, reporter, share):
    volume, policy, sub, pct = DOMAINS[domain]
    weekday = (day + 6) % 7  # 2026-11-01 is a Sunday
    volume *= share * (0.34 if weekday > 4 else 1) * chance.uniform(0.9, 1.1)
    lines = ""
    for sender in SENDERS:
        if day in sender.days and sender.only in (None, domain):
            part = sender.share * volume * chance.uniform(0.8, 1.2)
            count = int(part) + (chance.random() < part % 1)
            lines += record(sender, domain, count) if count else ""
    begin = FIRST + day * DAY
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<feedback><version>1.0</version><report_metadata>'
            f"<org_name>{escape(reporter)}</org_name><email>reports@mail.example</email>"
            f"<report_id>{domain}-{day}-{len(reporter)}</report_id><date_range><begin>{begin}</begin>"
            f"<end>{begin + DAY - 1}</end></date_range></report_metadata><policy_published>"
            f"<domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>{policy}</p><sp>{sub}</sp><pct>{pct}</pct>"
            f"</policy_published>\n{lines}</feedback>\n") if lines else ""


def write(folder):
    chance = random.Random(1)
    os.makedirs(folder, exist_ok=True)
    for domain in DOMAINS:
        for day in range(DAYS):
            for number, (reporter, share) in enumerate(REPORTERS):
                text = report(chance, domain, day, reporter, share)
                if text:
                    with open(os.path.join(folder, f"{domain}-{day:02}-{number}.xml"), "w", encoding="utf-8") as file:
                        file.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])
