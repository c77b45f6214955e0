"""reports.py - stores for the tests of summary: reports made up, and replayed."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ruamill  # noqa: E402

DAY = 86400


@dataclass
class Record:
    source: str
    count: int
    dkim: str = "pass"  # as evaluated
    spf: str = "pass"
    disposition: str = "none"
    header_from: str = "example.com"
    dkim_results: list = field(default_factory=list)  # of (domain, result)
    spf_results: list = field(default_factory=list)


@dataclass
class Report:
    domain: str
    org: str
    begin: int
    records: list
    id: str = ""
    policy: str = "none"
    length: int = DAY


def xml(report, number):
    def results(kind, entries):
        return "".join(
            f"<{kind}><domain>{escape(domain)}</domain><result>{result}</result></{kind}>"
            for domain, result in entries)

    records = "".join(
        f"<record><row><source_ip>{escape(r.source)}</source_ip><count>{r.count}</count>"
        f"<policy_evaluated><disposition>{escape(r.disposition)}</disposition>"
        f"<dkim>{r.dkim}</dkim><spf>{r.spf}</spf></policy_evaluated></row>"
        f"<identifiers><header_from>{escape(r.header_from)}</header_from></identifiers>"
        f"<auth_results>{results('dkim', r.dkim_results)}{results('spf', r.spf_results)}"
        "</auth_results></record>"
        for r in report.records)
    begin = "" if report.begin is None else (
        f"<date_range><begin>{report.begin}</begin>"
        f"<end>{report.begin + report.length - 1}</end></date_range>")
    return (
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedback><report_metadata>"
        f"<org_name>{escape(report.org)}</org_name><email>dmarc@{number}.example</email>"
        f"<report_id>{escape(report.id or f'id-{number}')}</report_id>{begin}"
        f"</report_metadata><policy_published><domain>{escape(report.domain)}</domain>"
        f"<p>{report.policy}</p></policy_published>{records}</feedback>")


def make_store(folder, reports, options=(), name="store"):
    """Replays the reports into folder/store; its path."""
    mail = os.path.join(folder, name + ".reports")
    os.makedirs(mail, exist_ok=True)
    allow = os.path.join(folder, name + ".allow")
    with open(allow, "w", encoding="utf-8") as file:
        file.write(f"{ruamill.RUA} *\n")
    for number, report in enumerate(reports):
        with open(os.path.join(mail, f"{number:06}.xml"), "w", encoding="utf-8") as file:
            file.write(xml(report, number))
    store = os.path.join(folder, name)
    command = [ruamill.program(), "replay", "--to", ruamill.RUA,
               "-o", f"store={store}", "-o", f"allow={allow}"]
    for option in options:
        command += ["-o", option]
    subprocess.run(command + [mail], check=True, capture_output=True)
    return store


def summary(store, *arguments, options=(), env=None, check=True):
    """The output of ruamill summary, and its exit status."""
    command = [ruamill.program(), "summary", "-o", f"store={store}"]
    for option in options:
        command += ["-o", option]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb", **(env or {})}
    environment.pop("COLUMNS", None)
    done = subprocess.run(command + list(arguments), capture_output=True, env=environment,
                          check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"{command + list(arguments)}: {done.returncode}, "
                         f"{done.stderr.decode()}")
    return done
