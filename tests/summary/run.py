#!/usr/bin/env python3
"""run.py - what `ruamill summary` shows.

usage: tests/summary/run.py [--long] [RUAMILL]
       UPDATE=1 tests/summary/run.py ...     write the expected screens

Screens at a fixed width are compared with tests/summary/expected; the sums in
JSON with those that Python's csv module finds in the tables; speed with that of
`wc -l` over the same files, and memory with itself."""

import csv
import glob
import io
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
LONG = "--long" in sys.argv
PATHS = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
if PATHS:
    os.environ["RUAMILL"] = os.path.abspath(PATHS[0])

import dns  # noqa: E402
import mmdb  # noqa: E402
from reports import DAY, Record, Report, make_store, summary  # noqa: E402

NOVEMBER = 1793491200  # 2026-11-01 00:00:00 UTC
PERIOD = ("--since", "2026-11-01", "--until", "2026-11-30")
PASSED = FAILED = 0


def check(name, good, why=""):
    global PASSED, FAILED
    if good:
        PASSED += 1
    else:
        FAILED += 1
    print(f"{'ok  ' if good else 'FAIL'} {name}{'' if good else ': ' + str(why)}", flush=True)


# --- stores ------------------------------------------------------------------

def usual():
    """Two months of three domains; every figure follows from the day."""
    reports = []
    for day in range(-30, 30):
        for org in ("Bluebird Mail", "Harbour Post", "N\u00f8rrebro Mail"):
            if org == "Harbour Post" and day >= 10:
                continue  # falls silent
            reports.append(Report("example.com", org, NOVEMBER + day * DAY, [
                Record("192.0.2.10", 100 + day, dkim_results=[("example.com", "pass")],
                       spf_results=[("example.com", "pass")]),
                Record("2001:db8:20::25", 10, spf="fail",
                       dkim_results=[("example.com", "pass")],
                       spf_results=[("bounce.mailer.example", "pass")]),
                Record("203.0.113.77", 1 if day % 7 else 5, "fail", "fail", "reject",
                       spf_results=[("example.com", "fail")]),
            ], policy="reject"))
        shop = [Record("192.0.2.10", 8, header_from="shop.example",
                       dkim_results=[("shop.example", "pass")])]
        if day >= 0:
            shop.append(Record("198.51.100.25", 4, "fail", "fail", header_from="shop.example",
                               dkim_results=[("letters.example", "pass")],
                               spf_results=[("letters.example", "pass")]))
        reports.append(Report("shop.example", "Bluebird Mail", NOVEMBER + day * DAY, shop))
        if day >= 20:
            reports.append(Report("new.example", "N\u00f8rrebro Mail", NOVEMBER + day * DAY, [
                Record("192.0.2.10", 3, dkim="fail", header_from="mail.new.example",
                       spf_results=[("new.example", "pass")])], policy="quarantine"))
        if day < 0:
            reports.append(Report("old.example", "Bluebird Mail", NOVEMBER + day * DAY, [
                Record("192.0.2.99", 2, header_from="old.example")]))
    return reports


def hostile():
    """Values that would steer a terminal, a page or a spreadsheet."""
    values = ["\u202eevil", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a\"b\\c,d",
              "two\nlines", "tab\there", "\u0085nel", "zero\u200bwidth", "wide \u6f22\u5b57",
              "x" * 300, "'quoted'", "\ufeffbom", "combining e\u0301"]
    return [Report("example.com", value, NOVEMBER + DAY, [
        Record("192.0.2.1" if i % 2 else value, i + 1, "fail", "fail", value,
               header_from=value)], id=value) for i, value in enumerate(values)]


def odd():
    """IDs used twice, no date, no count, results that are none."""
    day = NOVEMBER + 3 * DAY
    return [
        Report("example.com", "Twice", day, [Record("192.0.2.1", 3)], id="same"),
        Report("example.com", "Twice", day, [Record("192.0.2.1", 4)], id="same"),
        Report("example.com", "Undated", None, [Record("192.0.2.1", 5)]),
        Report("example.com", "Ancient", 86400, [Record("192.0.2.1", 6)]),
        Report("example.com", "Many", day, [Record("192.0.2.2", "1e9"), Record("192.0.2.2", 7)]),
        Report("example.com", "Words", day, [
            Record("192.0.2.3", 8, "unknown", "unknown", "discard"),
            Record("192.0.2.3", 9, "softfail", "fail", "")]),
        Report("example.com", "Huge", day, [Record("192.0.2.4", 2**63 - 1),
                                            Record("192.0.2.4", 2**63 - 1)]),
        Report("example.com", "Empty", day, []),
        Report("not a domain", "Invalid", day, [Record("192.0.2.5", 1)]),
    ]


# --- screens -----------------------------------------------------------------

def compare(name, text):
    path = os.path.join(HERE, "expected", name + ".txt")
    if os.environ.get("UPDATE"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    try:
        with open(path, encoding="utf-8") as file:
            expected = file.read()
    except FileNotFoundError:
        expected = None
    check(f"screen {name}", text == expected, f"is not as in {path}:\n{text}")


def screens(folder):
    store = make_store(folder, usual())
    for name, arguments in {
        "glance": (), "narrow": ("--width", "50"), "wide": ("--width", "140"),
        "ascii": ("--ascii",), "colour": ("--color", "always", "--top", "2"),
        "source": ("--by", "source"), "org": ("--by", "org"), "day": ("--by", "day"),
        "from": ("--by", "from"), "month": ("--by", "month"), "domain": ("--by", "domain"),
        "disposition": ("--by", "disposition"), "top": ("--by", "source", "--top", "1"),
        "one-domain": ("--domain", "shop.example"),
        "narrowest": ("--width", "40"),
        "csv": ("--format", "csv"), "csv-source": ("--format", "csv", "--by", "source"),
    }.items():
        done = summary(store, *PERIOD, "--width", "80", *arguments)
        compare(name, done.stdout.decode())
        check(f"{name}: nothing on standard error", done.stderr == b"", done.stderr)
    nothing = summary(store, "--since", "2020", "--until", "2020")
    compare("nothing", nothing.stdout.decode())
    for length, days in (("1y", "365d"), ("4w", "28d"), ("25h", "2d")):
        same = [summary(store, "--since", since, "--until", "2026-11-30", "--by", "day").stdout
                for since in (length, days)]
        check(f"--since {length} is {days}", same[0] and same[0] == same[1], same)
    compare("all", summary(store, "--since", "all", "--width", "80").stdout.decode())
    compare("below", summary(store, *PERIOD, "--domain", ".example", "--by", "domain",
                             "--width", "80").stdout.decode())
    compare("no-locale", summary(store, *PERIOD, "--width", "80", "--top", "2",
                                 env={"LC_ALL": "C"}).stdout.decode())
    store = make_store(folder, hostile(), name="hostile")
    for by in ("org", "source", "from"):
        text = summary(store, *PERIOD, "--by", by, "--width", "100", "--top", "0").stdout
        compare(f"hostile-{by}", text.decode())
        bare = text.replace(b"\n", b"")
        check(f"hostile {by}: nothing steers the terminal",
              not any(c < 32 or c == 127 for c in bare) and "\u202e" not in text.decode())
    compare("hostile-csv", summary(store, *PERIOD, "--by", "org", "--format", "csv").stdout.decode())
    store = make_store(folder, odd(), name="odd")
    compare("odd", summary(store, *PERIOD, "--width", "80", "--top", "0").stdout.decode())
    with open(os.path.join(store, "example.com", "records-2026-11.csv"), "a",
              encoding="utf-8") as file:
        file.write("broken,line\n")
    shutil.copy(os.path.join(HERE, "run.py"),
                os.path.join(store, "example.com", "records-2026-10.csv"))
    done = summary(store, *PERIOD, "--width", "80", "--by", "day", check=False)
    compare("broken", done.stdout.decode())
    check("broken: exit status 1", done.returncode == 1, done.returncode)


# --- periods and widths ------------------------------------------------------

def lengths(folder):
    """A length ends yesterday, so that it is compared with as much; of a long period, the first part may be shorter, not the last."""
    today = int(time.time()) // DAY * DAY
    store = make_store(folder, [Report("example.com", "Steady", today - day * DAY, [Record("192.0.2.10", 999)])
                                for day in range(0, 62)], name="steady")
    for length, words in (("7d", "7 days"), ("1d", "day"), ("30d", "30 days")):
        text = summary(store, "--since", length, "--width", "80").stdout.decode()
        check(f"--since {length} is compared with as much", f", as many as in the {words} before" in text, text)
    told = json.loads(summary(store, "--since", "2d", "--format", "json").stdout)
    check("and ends yesterday", told["totals"]["messages"] == 2 * 999 and len(told["over_time"]) == 2, told)
    told = json.loads(summary(store, "--since", "61d", "--format", "json").stdout)
    check("the first part may be shorter", [part["messages"] for part in told["over_time"]] == [999] + [2 * 999] * 30 and
          [part["begin"] for part in told["over_time"][:2]] == [time.strftime("%FT%TZ", time.gmtime(today - day * DAY)) for day in (61, 60)],
          told["over_time"][:2])
    text = summary(store, "--since", "61d", "--width", "50").stdout.decode()
    check("and the last is not, where the line is folded", "█  up to 7,992 in 8 days" in text, text)


def long_addresses(folder):
    """No address is cut where something else can give way."""
    sources = [f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ff{n:02x}" for n in range(4)]
    reports = [Report(domain, "Reporter", NOVEMBER, [Record(source, 1000000, dkim="fail", spf="fail") for source in sources])
               for domain in ("example.com", "example.net")]
    store = make_store(folder, reports, name="long")
    for width in (60, 72, 80, 100):
        for more in ((), ("--by", "source")):
            text = summary(store, *PERIOD, *more, "--width", str(width)).stdout.decode()
            check(f"{width} columns{' by source' * bool(more)}: addresses are whole", all(source in text for source in sources), text)


# --- mistakes ----------------------------------------------------------------

def mistakes(folder):
    store = os.path.join(folder, "store")
    for status, arguments in (
            (64, ("--since", "30")), (64, ("--until", "2026-13")), (64, ("--by", "color")),
            (64, ("--format", "xml")), (64, ("--top", "-1")), (64, ("--width", "0")), (64, ("--width", "39")),
            (64, ("--color", "maybe")), (64, ("--since", "2027", "--until", "2026")),
            (64, ("--domain", "not a domain")), (64, ("--nonsense",)), (64, ("operand",)),
            (66, ("--domain", "other.example")), (78, ("--by", "country"))):
        done = summary(store, *arguments, check=False)
        check(f"summary {' '.join(arguments)}: {status}",
              done.returncode == status and done.stdout == b"" and
              done.stderr.count(b"\n") == 1, (done.returncode, done.stderr))
    for by in ("domain", "source", "org", "day", "from", "disposition"):
        lines = summary(store, *PERIOD, "--width", "40", "--by", by).stdout.decode().splitlines()
        check(f"40 columns, by {by}", max(map(len, lines)) <= 40, lines)
    done = summary(store, *PERIOD, "--domain", "shop.example", "--domain", "gone.example")
    check("one domain that is not there beside one that is is named",
          b"there are no tables of gone.example" in done.stdout, done.stdout)
    check("JSON begins at once", summary(store, "--format", "json").stdout[:1] == b"{")
    done = summary(os.path.join(folder, "none"), check=False)
    check("no store: 66", done.returncode == 66 and done.stderr.count(b"\n") == 1, done.stderr)
    for option in ("geoip=/nonexistent.mmdb", f"geoip={HERE}/run.py",
                   "senders=/nonexistent", f"senders={HERE}/run.py"):
        done = summary(store, options=(option,), check=False)
        check(f"{option.replace(HERE, '')}: 78",
              done.returncode == 78 and done.stderr.count(b"\n") == 1, done.stderr)
    full = subprocess.run([os.environ.get("RUAMILL", "build/release/bin/ruamill"), "summary",
                           "-o", f"store={store}", *PERIOD],
                          stdout=open("/dev/full", "wb"), stderr=subprocess.PIPE, check=False)
    check("a full disk: 74", full.returncode == 74 and full.stderr.count(b"\n") == 1, full.stderr)


def lacking(folder):
    """What tables without some of the columns do not say is not known."""
    for name, columns in {"less": "domain,count", "little": "begin_date,count,source_ip_address",
                          "worker": "worker"}.items():
        store = make_store(folder, usual(), (f"columns={columns}",), name=f"lack-{name}")
        compare(f"lack-{name}", summary(store, *PERIOD, "--width", "80").stdout.decode())
        compare(f"lack-{name}-source",
                summary(store, *PERIOD, "--width", "80", "--by", "source").stdout.decode())


def packed(folder):
    """Tables that gzip packed are read; others are missed where they are of the time that is shown, and in one sentence."""
    store = make_store(folder, usual()[:40], name="packed")
    shown = ("--since", "2026-10-01", "--until", "2026-10-31", "--width", "200")
    plain = summary(store, *shown).stdout
    subprocess.run(["gzip", *glob.glob(os.path.join(store, "example.com", "re*.csv"))], check=True)
    check("what gzip packed is shown as it was", summary(store, *shown).stdout == plain and b"example.com" in plain, plain)
    for name in ("records-2026-05.csv.zst", "records-2026-06.csv.2.xz", "reports-2026-06.csv.2.xz"):
        with open(os.path.join(store, "example.com", name), "wb") as file:
            file.write(b"packed")
    done = summary(store, *shown)
    check("compressed tables of other times are not missed", b"compressed" not in done.stdout, done.stdout)
    done = summary(store, "--since", "all", "--width", "200", check=False)
    check("of all time they are, in one sentence", done.returncode == 1 and done.stdout.count(b"compressed") == 1 and
          b"records-2026-05.csv.zst: is compressed, and not by gzip, and so are 2 other tables of example.com" in done.stdout, done.stdout)
    os.rename(os.path.join(store, "example.com", "records-2026-06.csv.2.xz"),
              os.path.join(store, "example.com", "records-2026-10.csv.2.xz"))
    done = summary(store, *shown, check=False)
    check("and so is one of the time that is shown", done.returncode == 1 and
          b"records-2026-10.csv.2.xz: is compressed, and not by gzip; unpack it" in done.stdout, done.stdout)


# --- sums --------------------------------------------------------------------

def any_reports(chance):
    domains = [f"d{i}.example" for i in range(chance.randint(1, 4))]
    outcome = ["pass", "fail", "fail", "pass", "neutral", "nonsense"]
    reports = []
    for number in range(chance.randint(5, 60)):
        domain = chance.choice(domains)
        reports.append(Report(
            domain, chance.choice(["A, Inc.", "B \"b\"", "=C", "d"]),
            NOVEMBER + chance.randint(-40, 40) * DAY + chance.randint(0, DAY - 1),
            [Record(f"192.0.2.{chance.randint(1, 20)}", chance.choice([0, 1, 7, 1000, "x"]),
                    chance.choice(outcome), chance.choice(outcome),
                    chance.choice(["none", "reject", "quarantine", "pass", ""]), domain,
                    [(domain, chance.choice(["pass", "fail", "none"]))
                     for _ in range(chance.randint(0, 2))],
                    [(domain, chance.choice(["pass", "softfail"]))
                     for _ in range(chance.randint(0, 1))])
             for _ in range(chance.randint(0, 6))], id=f"id{chance.randint(0, 40)}"))
    return reports


def unguard(text):
    rest = text.lstrip("' ")
    return text[1:] if text.startswith("'") and rest[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") else text


def expected_sums(store, by):
    """What the tables say, read with Python's csv module."""
    keys = {"domain": lambda row, path: path.split("/")[-2],
            "source": lambda row, path: row["source_ip_address"],
            "org": lambda row, path: unguard(row["org_name"]),
            "day": lambda row, path: row["begin_date"][:10],
            "month": lambda row, path: row["begin_date"][:7],
            "from": lambda row, path: row["header_from"]}
    sums = {}
    for path in glob.glob(f"{store}/*/records*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                day = row["begin_date"][:10]
                when = ("now" if "2026-11-01" <= day <= "2026-11-30" else
                        "before" if "2026-10-02" <= day <= "2026-10-31" else None)
                if not when:
                    continue
                one = sums.setdefault(keys[by](row, path), {})
                n = int(row["count"] or 0)

                def add(name, value):
                    one[name] = one.get(name, 0) + value

                if when == "before":
                    add("messages_before", n)
                    add("pass_before", n * (row["dmarc_aligned"] == "1"))
                    add("fail_before", n * (row["dmarc_aligned"] == "0"))
                    continue
                add("records", 1)
                add("messages", n)
                add("pass", n * (row["dmarc_aligned"] == "1"))
                add("fail", n * (row["dmarc_aligned"] == "0"))
                add("spf_aligned", n * (row["spf_aligned"] == "1"))
                add("dkim_aligned", n * (row["dkim_aligned"] == "1"))
                add("spf_pass", n * (row["spf_aligned"] == "1" or
                                     "pass" in row["spf_results"].split(",")))
                add("dkim_pass", n * (row["dkim_aligned"] == "1" or
                                      "pass" in row["dkim_results"].split(",")))
                add("none", n * (row["disposition"] in ("none", "pass")))
                add("quarantine", n * (row["disposition"] == "quarantine"))
                add("reject", n * (row["disposition"] == "reject"))
    return sums


def differences(store, by):
    told = json.loads(summary(store, *PERIOD, "--by", by, "--format", "json").stdout)
    rows = {row[by]: row for row in told["groups"][0]["rows"]}
    wanted = {key: one for key, one in expected_sums(store, by).items() if "records" in one}
    if by in ("org", "domain"):  # reports without a record have a row as well
        rows = {key: row for key, row in rows.items() if row["records"] or key in wanted}
    if set(rows) != set(wanted):
        return f"keys {set(rows) ^ set(wanted)}"
    for key, one in wanted.items():
        for name, value in one.items():
            if rows[key][name] != value:
                return f"{key}: {name} is {rows[key][name]}, and not {value}"
    for name in ("messages", "pass", "fail", "records"):
        total = sum(one.get(name, 0) for one in wanted.values())
        if told["totals"][name] != total:
            return f"total {name} is {told['totals'][name]}, and not {total}"
    return None


def sums(folder):
    for seed in range(40 if LONG else 6):
        chance = random.Random(seed)
        partition = chance.choice(["month", "none", "year", "day"])
        store = make_store(folder, any_reports(chance), (f"partition={partition}",),
                           name=f"random{seed}")
        for by in ("domain", "source", "org", "day", "month", "from"):
            wrong = differences(store, by)
            check(f"sums of store {seed} ({partition}) by {by}", wrong is None, wrong)
        reports = sum(
            "2026-11-01" <= row["begin_date"][:10] <= "2026-11-30"
            for path in glob.glob(f"{store}/*/reports*.csv")
            for row in csv.DictReader(io.StringIO(open(path, encoding="utf-8").read())))
        told = json.loads(summary(store, *PERIOD, "--format", "json").stdout)
        check(f"reports of store {seed}", told["totals"]["reports"] == reports, reports)


def profiles(folder):
    """The same reports in other columns give the same figures, as far as there are."""
    chance = random.Random(99)
    reports = [report for report in any_reports(chance) if report.records]
    for report in reports:  # what all profiles can tell
        for record in report.records:
            record.dkim, record.spf = (o if o in ("pass", "fail") else "fail"
                                       for o in (record.dkim, record.spf))
            if record.disposition not in ("quarantine", "reject"):
                record.disposition = "none"
    wanted = None
    for name, options in {
            "full": (), "tsv": ("format=tsv",), "parsedmarc": ("columns=parsedmarc",),
            "worker": ("columns=worker",), "unguarded": ("formula_guard=no",),
            "list": ("columns=count,begin_date,org_name,dkim_aligned,spf_aligned,source_ip_address,"
                     "disposition,header_from",)}.items():
        store = make_store(folder, reports, options, name=f"as-{name}")
        guard = tuple(option for option in options if "guard" in option)
        figures = {}
        for by in ("domain", "source", "org", "day", "from", "disposition"):
            told = json.loads(summary(store, *PERIOD, "--by", by, "--format", "json",
                                      options=guard).stdout)
            figures[by] = [[row[k] for k in (by, "messages", "pass", "fail", "spf_aligned",
                                             "dkim_aligned", "reject")]
                           for row in told["groups"][0]["rows"]]
        wanted = wanted or figures
        # TSV cannot tell a quotation mark from an apostrophe
        same = json.dumps(figures).replace('\\"', "'") == json.dumps(wanted).replace('\\"', "'")
        check(f"columns {name}: the same figures", same, figures)


# --- others ------------------------------------------------------------------

def enrichment(folder):
    store = os.path.join(folder, "store")
    countries, networks = os.path.join(folder, "c.mmdb"), os.path.join(folder, "n.mmdb")
    mmdb.write(countries, {"0.0.0.0/0": {"registered_country": {"iso_code": "ZZ"}},
                           "192.0.2.0/24": {"country": {"iso_code": "DE"}},
                           "2001:db8::/32": {"country": {"iso_code": "DK"}},
                           "203.0.113.0/25": {"country": {"iso_code": "FR"}}})
    mmdb.write(networks, {"192.0.2.0/24": {
        "autonomous_system_number": 64500,
        "autonomous_system_organization": "Meadow \u202eHosting GmbH"},
        "198.51.100.0/24": {"asn": "AS64501", "as_name": "Letters",
                            "as_domain": "letters.example"}})
    senders = os.path.join(folder, "senders")
    with open(senders, "w", encoding="utf-8") as file:
        file.write("# who\n.letters.example newsletter Letters & Co\n"
                   "AS64500 hosting Meadow\n.harbour.example mailbox Harbour Post\n")
    options = (f"geoip={countries}", f"geoip_asn={networks}", f"senders={senders}")
    for by in ("country", "asn", "sender", "source"):
        compare(f"geoip-{by}", summary(store, *PERIOD, "--by", by, "--width", "110",
                                       options=options).stdout.decode())
    told = json.loads(summary(store, *PERIOD, "--by", "source", "--format", "json",
                              options=options).stdout)
    rows = {row["source"]: row for row in told["groups"][0]["rows"]}
    check("JSON: country, network and sender", (
        rows["192.0.2.10"]["country"], rows["192.0.2.10"]["asn"],
        rows["192.0.2.10"]["sender"], rows["198.51.100.25"]["asn"],
        rows["198.51.100.25"]["as_domain"], rows["198.51.100.25"]["sender_type"],
        rows["203.0.113.77"]["country"], rows["2001:db8:20::25"]["country"]) ==
        ("DE", 64500, "Meadow", 64501, "letters.example", "newsletter", "FR", "DK"), rows)
    export_origins(folder, options)
    names(folder, store, options)


def export_origins(folder, options):
    """The empty columns of the profile parsedmarc are filled, and nothing else is touched; a row that is broken stays."""
    for form in ("csv", "tsv"):
        store = make_store(folder, usual() + hostile(), ("columns=parsedmarc", f"format={form}"), name=f"filled-{form}")
        with open(sorted(glob.glob(f"{store}/example.com/records-*"))[-1], "a", encoding="utf-8") as file:
            file.write("half, a \"line")

        def export(*words):
            done = subprocess.run([os.environ.get("RUAMILL", "build/release/bin/ruamill"), "export", "-o", f"store={store}",
                                   *(word for option in options for word in ("-o", option)), *words, "example.com"],
                                  capture_output=True, check=True)
            return done.stdout.decode()

        plain, filled = export("--as-stored"), export()
        separator = {"delimiter": ","} if form == "csv" else {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
        wanted = {"192.0.2.10": ("DE", "64500", "Meadow \ufffdHosting GmbH", "", "Meadow", "hosting"),
                  "198.51.100.25": ("ZZ", "64501", "Letters", "letters.example", "Letters & Co", "newsletter"),
                  "203.0.113.77": ("FR", "", "", "", "", "")}
        names_ = ("source_country", "source_asn", "source_as_name", "source_as_domain", "source_name", "source_type")
        rows = [list(csv.DictReader(io.StringIO(text.rsplit("\n", 1)[0]), **separator)) for text in (plain, filled)]
        seen, wrong = set(), []
        for before, after in zip(*rows):
            ip = after["source_ip_address"]
            if ip in wanted:
                seen.add(ip)
                wrong += [] if tuple(after[name] for name in names_) == wanted[ip] else [(ip, [after[name] for name in names_])]
            wrong += [(name, before[name], after[name]) for name in before if name not in names_ and before[name] != after[name]]
        check(f"export, {form}: filled by the row's address", not wrong and len(seen) >= 2 and len(rows[0]) == len(rows[1]),
              (wrong[:3], seen))
        check(f"export, {form}: a broken line stays", plain.endswith("\nhalf, a \"line") and filled.endswith("\nhalf, a \"line"),
              filled[-99:])
        tables = []
        for path in sorted(glob.glob(f"{store}/example.com/records-*")):
            with open(path, encoding="utf-8") as file:
                tables += file.readlines()[1 if tables else 0:]
        missing = export_of(store, "-o", "geoip=/nonexistent.mmdb")
        check(f"export, {form}: a database that is not there", missing.returncode == 78 and missing.stderr.count(b"\n") == 1 and
              not missing.stdout, missing)
        check(f"export --as-stored, {form}: the bytes of the tables", plain == "".join(tables), (len(plain), len(tables)))


    store = make_store(folder, usual(), name="full")
    check("export: a table without such columns needs no database",
          export_of(store, "-o", "geoip=/nonexistent.mmdb").stdout == export_of(store).stdout != b"")


def export_of(store, *words):
    return subprocess.run([os.environ.get("RUAMILL", "build/release/bin/ruamill"), "export", "-o", f"store={store}", *words,
                           "example.com"], capture_output=True, check=False)


def names(folder, store, options):
    server = dns.Server(
        names={"192.0.2.10": "out.meadow.example", "2001:db8:20::25": "mx.harbour.example",
               "203.0.113.77": "www.bank.example"},
        addresses={"out.meadow.example": ["192.0.2.10"],
                   "mx.harbour.example": ["2001:db8:20::25"],
                   "www.bank.example": ["192.0.2.80"]},
        silent=("198.51.100.25",))
    asks = ("ptr=yes", f"resolver={server.at}", "ptr_wait=1")
    began = time.monotonic()
    compare("names", summary(store, *PERIOD, "--width", "100",
                             options=options + asks).stdout.decode())
    took = time.monotonic() - began
    check("names: the deadline is kept", took < 10, took)
    check("names: each address is asked for once or tried again",
          len({name for name, kind in server.asked if kind == dns.PTR}) == 4, server.asked)
    told = json.loads(summary(store, *PERIOD, "--by", "source", "--format", "json",
                              options=asks).stdout)
    rows = {row["source"]: row for row in told["groups"][0]["rows"]}
    check("names: one that leads back counts", rows["192.0.2.10"]["reverse"] == "out.meadow.example"
          and rows["2001:db8:20::25"]["reverse"] == "mx.harbour.example", rows)
    check("names: one that leads elsewhere does not", rows["203.0.113.77"]["reverse"] is None)
    recalled(folder, store, server, asks)
    asked = len(server.asked)
    summary(store, *PERIOD, options=(f"resolver={server.at}",))
    check("names: nobody is asked unless ptr = yes", len(server.asked) == asked)
    done = summary(store, options=("ptr=yes", "resolver=nowhere"), check=False)
    check("names: a resolver that is none: 78", done.returncode == 78 and
          done.stderr.count(b"\n") == 1, done.stderr)


def recalled(folder, store, server, asks):
    """What DNS has said is believed for a day, by who may write to it only; silence is not."""
    path = os.path.join(os.environ["XDG_CACHE_HOME"], "ruamill", "ptr")

    def told():
        before = len(server.asked)
        rows = json.loads(summary(store, *PERIOD, "--by", "source", "--format", "json", options=asks).stdout)["groups"][0]["rows"]
        return ({row["source"]: row["reverse"] for row in rows},
                {name for name, _ in server.asked[before:]} - {"25.100.51.198.in-addr.arpa"})

    first, asked = told()
    check("names: nobody is asked again but those who were silent", not asked and first["192.0.2.10"] == "out.meadow.example"
          and first["203.0.113.77"] is None, asked)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    check("names: it is a line an address", sorted(line.split()[0] for line in text.splitlines()[1:]) ==
          ["192.0.2.10", "2001:db8:20::25", "203.0.113.77"], text)
    old = re.sub(r" (\d+) ", lambda time_: f" {int(time_[1]) - 86401} ", text)
    for name, content, mode in (("older than a day", old, 0o640), ("of another resolver", "x\n" + text.split("\n", 1)[1], 0o640),
                                ("that others write to", text, 0o666), ("of rubbish", "\0\n\xff" * 99, 0o640)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(path, mode)
        again, asked = told()
        check(f"names: what is {name} is asked for again", len(asked) >= 3 and again == first, (asked, again))
    os.remove(path)
    os.mkdir(path)
    again, asked = told()
    check("names: a cache that cannot be written is none", len(asked) >= 3 and again == first, asked)
    os.rmdir(path)


def big_store(folder, rows, sources, name):
    """A table of that many rows, the rows of a real one again and again."""
    store = make_store(folder, usual()[:40], name=name)
    table = sorted(glob.glob(f"{store}/example.com/records-*.csv"))[0]
    with open(table, encoding="utf-8") as file:
        header = file.readline()
        lines = file.readlines()
    with open(table, "w", encoding="utf-8") as file:
        file.write(header)
        for i in range(rows):
            n = i * 7919 % sources
            file.write(lines[i % len(lines)].replace(
                '"192.0.2.10"', f'"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"'))
    return store, table


def measure(store, *arguments):
    """(CPU seconds, peak memory in KiB, JSON) of a summary of all time."""
    command = [os.environ.get("RUAMILL", "build/release/bin/ruamill"), "summary", "-o",
               f"store={store}", "--since", "2026-09-01", "--until", "2026-12-31", *arguments,
               "--format", "json", "--top", "5"]
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M"] + command, check=True,
                          capture_output=True)
    user, system, peak = done.stderr.decode().splitlines()[-1].split()
    return float(user) + float(system), int(peak), json.loads(done.stdout)


def speed(folder):
    rows = 10_000_000 if LONG else 500_000
    store, table = big_store(folder, rows, 5000, "fast")

    def counted():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["wc", "-l", table], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    ratios = []
    for _ in range(3):
        lines, (cpu, _, told) = counted(), measure(store)
        ratios.append(cpu / max(lines, 0.001))
        check(f"{rows} rows: all are counted", told["totals"]["records"] >= rows,
              told["totals"])
    size = os.path.getsize(table)
    print(f"     {rows} rows, {size >> 20} MiB: {cpu:.2f} s CPU, {min(ratios):.0f} times wc -l")
    check("summary takes at most 20 times the CPU of wc -l", min(ratios) < 20, ratios)
    os.unlink(table)


def memory(folder):
    peaks = {}
    for rows in (10_000, 100_000, 1_000_000):
        store, table = big_store(folder, rows, 3000, f"memory{rows}")
        _, peaks[rows], _ = measure(store)
        os.unlink(table)
    print(f"     peak memory in KiB by rows: {peaks}")
    check("memory does not grow with rows", peaks[1_000_000] < peaks[10_000] * 1.15, peaks)
    store, table = big_store(folder, 600_000, 300_000, "sources")
    _, peak, told = measure(store)
    print(f"     300,000 sources: {peak} KiB")
    check("memory is bounded for any number of sources", peak < 48 * 1024, peak)
    by = {group["by"]: group for group in told["groups"]}
    total = sum(row["messages"] for row in by["source"]["rows"]) + by["source"]["others"]["messages"]
    check("others and all sources together are the total",
          total == told["totals"]["messages"], (total, told["totals"]))
    check("it is said that there were too many", any("sources" in note for note in told["notes"]),
          told["notes"])
    os.unlink(table)


def meanwhile(folder):
    """A store that is written to: whole reports at any moment."""
    reports = [Report("example.com", "Busy", NOVEMBER + i % 28 * DAY,
                      [Record("192.0.2.1", 3), Record("192.0.2.2", 4, "fail", "fail")])
               for i in range(3000)]
    make_store(folder, reports[:1], name="busy")
    store = os.path.join(folder, "busy")
    mail = os.path.join(folder, "busy.reports")
    from reports import xml  # here, since only this needs it
    for i, report in enumerate(reports):
        with open(os.path.join(mail, f"{i:06}.xml"), "w", encoding="utf-8") as file:
            file.write(xml(report, i))
    writer = subprocess.Popen(
        [os.environ.get("RUAMILL", "build/release/bin/ruamill"), "replay", "--to",
         "dmarc@example.net", "-o", f"store={store}", "-o", f"allow={store}.allow", mail],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, last, wrong = 0, 0, None
    while writer.poll() is None or seen == 0:
        told = json.loads(summary(store, *PERIOD, "--format", "json").stdout)
        totals = told["totals"]
        whole = (totals["messages"] == totals["pass"] + totals["fail"] and
                 totals["records"] == 2 * totals["reports"] and
                 totals["pass"] * 4 == totals["fail"] * 3 and totals["reports"] >= last)
        if not whole or not told["complete"]:
            wrong = wrong or totals
        last, seen = totals["reports"], seen + 1
    check(f"a store that is written to: whole reports only ({seen} looks)", wrong is None, wrong)
    check("and all of them in the end", json.loads(summary(
        store, *PERIOD, "--format", "json").stdout)["totals"]["reports"] == len(reports))


def main():
    with tempfile.TemporaryDirectory(prefix="ruamill-summary-") as folder:
        os.environ["XDG_CACHE_HOME"] = os.path.join(folder, "cache")
        screens(folder)
        lengths(folder)
        long_addresses(folder)
        mistakes(folder)
        lacking(folder)
        packed(folder)
        sums(folder)
        profiles(folder)
        enrichment(folder)
        meanwhile(folder)
        speed(folder)
        memory(folder)
    print(f"{PASSED} passed, {FAILED} failed")
    return FAILED != 0


if __name__ == "__main__":
    os.chdir(os.path.join(HERE, "..", ".."))
    sys.exit(main())
