"""checks.py - what must hold for a store at any time: an independent reader of
its tables and its archive, for the tests. Knows the documents, not the program.

    check(store, sent, settled)  complaints about a store, [] when there are none
    reports_in(store)            the reports that are stored: (domain, report_id)
    same(store, other)           complaints about how two stores differ

`sent` says which bytes a report may have come in: (domain, report_id) -> a list
of attachments. A store is settled when nobody is at work in it and nothing was
left in its journal."""

import collections
import csv
import gzip
import io
import os
import re
import zipfile
from xml.etree import ElementTree

TABLE = re.compile(r"(records|reports)-.*\.(csv|tsv)$|(records|reports)\.(csv|tsv)$")
CLOCK = "received_at"  # the column that is another one each time


def read(path):
    with open(path, "rb") as file:
        return file.read()


def parse(lines, path):
    if path.endswith(".tsv"):
        return [line.split("\t") for line in lines]
    return list(csv.reader(lines, strict=True))


class Table:
    """A table; `faults` are what a reader would stumble over."""

    def __init__(self, path):
        content = read(path)
        *lines, rest = content.split(b"\n")
        self.path = path
        self.faults = []
        self.columns = {}  # name -> place
        self.rows = []  # lists of values
        if rest:
            self.faults.append(f"{path}: the last line has no end: {rest[:60]!r}")
        if b"\0" in content:
            self.faults.append(f"{path}: zeros at {content.index(0)}")
        elif lines:
            self.take(lines)

    def take(self, lines):
        try:
            header, *rows = parse([line.decode() for line in lines], self.path)
        except (csv.Error, UnicodeDecodeError) as error:
            self.faults.append(f"{self.path}: {error}")
            return
        self.columns = {name: place for place, name in enumerate(header)}
        if not {"report_key", "domain"} <= set(self.columns):
            self.faults.append(f"{self.path}: begins with no header: {lines[0][:60]!r}")
            return
        if len(rows) != len(lines) - 1:
            self.faults.append(f"{self.path}: {len(lines) - 1} lines are {len(rows)} rows")
        for number, row in enumerate(rows, 2):
            if row == header:
                self.faults.append(f"{self.path}:{number}: the header again")
            elif len(row) != len(header):
                self.faults.append(f"{self.path}:{number}: {len(row)} values, not {len(header)}: {row[:3]}")
            else:
                self.rows.append(row)

    def some(self, *names):
        """The rows, with these columns only, and with the path before them."""
        places = [self.columns[name] for name in names] if self.rows else []
        return [(self.path, *(row[place] for place in places)) for row in self.rows]

    def without_clock(self):
        clock = self.columns.get(CLOCK, len(self.columns))
        return [row[:clock] + row[clock + 1 :] for row in self.rows]


class Store:
    def __init__(self, path):
        self.path = path
        self.faults = []
        self.records = []  # (table, report_key, record)
        self.reports = []  # (table, report_key, domain, report_id, records, archive)
        self.archive = {}  # below the store -> path
        if not os.path.isdir(path):
            return
        for folder in sorted(os.listdir(path)):
            if not folder.startswith(".") and folder != "quarantine":
                self.read_domain(os.path.join(path, folder))

    def read_domain(self, folder):
        for base, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                if base != folder:
                    self.archive[os.path.relpath(path, self.path)] = path
                elif TABLE.match(name):
                    table = Table(path)
                    self.faults += table.faults
                    if name.startswith("records"):
                        self.records += table.some("report_key", "record")
                    else:
                        self.reports += table.some("report_key", "domain", "report_id", "records", "archive")
                else:
                    self.faults.append(f"{path}: what is this?")


def documents(content):
    """The XML documents in an attachment."""
    if content.startswith(b"\x1f\x8b"):
        return [gzip.decompress(content)]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [packed.read(name) for name in packed.namelist()]
    return [content]


def reports_of(content):
    """The reports of an attachment: (domain, report_id)."""
    found = set()
    for document in documents(content):
        root = ElementTree.fromstring(document)
        found.add((root.findtext("policy_published/domain"), root.findtext("report_metadata/report_id")))
    return found


def check_records(store):
    """Each record is there once, those of a report behind each other."""
    complaints = []
    last = {}  # by report: table, number
    before = None
    for path, key, number in store.records:
        number = int(number)
        expected = last[key][1] + 1 if key in last else 1
        if number != expected:
            complaints.append(f"{path}: record {number} of {key[:12]}, where {expected} should be")
        elif key in last and (before != key or last[key][0] != path):
            complaints.append(f"{path}: record {number} of {key[:12]} is not behind the one before")
        last[key] = path, number
        before = key
    return complaints, {key: number for key, (_, number) in last.items()}


def check_archive_file(path, sent):
    """It is whole, and as it was sent; else it may still be readable."""
    content = read(path)
    if any(content in contents for contents in sent.values()):
        return []
    try:
        return [f"{path}: other bytes than were sent, of {reports_of(content)}"]
    except (OSError, EOFError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        return [f"{path}: {len(content)} bytes that were not sent: {error}"]


def check_reports(store, numbers, sent):
    """Each report has one row, its records, and its archive file."""
    complaints = []
    archived = set()
    times = collections.Counter(row[1] for row in store.reports)
    for path, key, domain, report_id, records, archive in store.reports:
        name = os.path.join(os.path.relpath(os.path.dirname(path), store.path), archive)
        archived.add(name)
        if times[key] != 1:
            complaints.append(f"{path}: report {key[:12]} is there {times[key]} times")
        if int(records) != numbers.get(key, 0):
            complaints.append(f"{path}: {records} records of {key[:12]}, and {numbers.get(key, 0)} are there")
        if name not in store.archive:
            complaints.append(f"{path}: the archive of {key[:12]} is missing")
        elif read(store.archive[name]) not in sent.get((domain, report_id), ()):
            complaints.append(f"{path}: the archive of {key[:12]} has other bytes than were sent")
    complaints += (f"{key[:12]}: records without a report" for key in numbers if key not in times)
    complaints += (f"{name}: without a report" for name in store.archive if name not in archived)
    return complaints


def check(path, sent, settled=True):
    store = Store(path)
    complaints, numbers = check_records(store)
    complaints = store.faults + complaints
    for file in store.archive.values():
        complaints += check_archive_file(file, sent)
    if settled:
        complaints += check_reports(store, numbers, sent)
    return complaints


def reports_in(path):
    return {(domain, report_id) for _, _, domain, report_id, _, _ in Store(path).reports}


def files_of(path):
    found = {}
    for base, _, names in os.walk(path):
        found.update((os.path.relpath(os.path.join(base, name), path), os.path.join(base, name)) for name in names)
    return {name: file for name, file in found.items() if not name.startswith(".spool")}


def same(path, other, in_order=True):
    """Records tables and archive byte for byte, reports tables but for the clock;
    not `in_order`: the reports may have come in another order."""
    ours, theirs = files_of(path), files_of(other)
    complaints = [f"{name}: only in one of the two" for name in sorted(set(ours) ^ set(theirs))]
    for name in sorted(set(ours) & set(theirs)):
        is_table = TABLE.match(os.path.basename(name))
        a, b = read(ours[name]), read(theirs[name])
        if is_table and a != b:
            a, b = Table(ours[name]).without_clock(), Table(theirs[name]).without_clock()
            is_report = os.path.basename(name).startswith("reports")
            if not in_order:
                a, b = sorted(a), sorted(b)
            elif not is_report:
                a, b = read(ours[name]), read(theirs[name])
        if a != b:
            complaints.append(f"{name}: not the same as undisturbed")
    return complaints
