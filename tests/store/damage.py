#!/usr/bin/env python3
"""damage.py - damages a store, for tests.

usage: damage.py kinds                   the names of all kinds, a line each
       damage.py STORE KIND [SEED]       damages it; prints what must be said of
                                         it, as a regular expression

The store has the reports of mails.py in example.com, .net and .org, several of
them in one month, and one with three records or more."""

import csv
import glob
import os
import random
import re
import shutil
import sys

DOMAIN = "example.com"


class Store:
    def __init__(self, path, seed):
        self.path = path
        self.random = random.Random(seed)

    def full(self, name):
        return os.path.join(self.path, name)

    def lines(self, name):
        with open(self.full(name), "rb") as file:
            return file.read().splitlines(keepends=True)

    def write(self, name, lines):
        with open(self.full(name), "wb") as file:
            file.write(b"".join(lines))

    def tables(self, kind, domain=DOMAIN):
        return sorted(os.path.relpath(path, self.path)
                      for path in glob.glob(self.full(f"{domain}/{kind}*.csv")))

    def cells(self, name):
        with open(self.full(name), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def row(self, kind="records", wanted=lambda row: True):
        """(table, index of the line, row) of the first row that is wanted"""
        for name in self.tables(kind):
            for index, row in enumerate(self.cells(name)):
                if wanted(row):
                    return name, index + 1, row
        sys.exit(f"no such row of {kind}")

    def report(self):
        name, index, row = self.row("reports")
        return name, index, row, f"{DOMAIN}/{row['archive']}"


def at(name, index):
    return re.escape(name) + f":{index + 1}: "


def edit(store, name, index, change):
    lines = store.lines(name)
    lines[index] = change(lines[index])
    store.write(name, lines)


KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


@kind
def byte_of_an_address(store):
    name, index, row = store.row()
    old = row["source_ip_address"]
    edit(store, name, index, lambda line: line.replace(old.encode(), old.replace("2", "3", 1).encode(), 1))
    return at(name, index) + "is not what the archived report gives$"


@kind
def byte_of_a_later_record(store):
    name, index, _ = store.row(wanted=lambda row: row["record"] == "3")
    edit(store, name, index, lambda line: line.replace(b'"none"', b'"nine"', 1))
    return at(name, index) + "is not what the archived report gives$"


@kind
def byte_anywhere(store):
    name = store.random.choice([name for domain in ("com", "net", "org")
                                for name in store.tables("records", f"example.{domain}")])
    lines = store.lines(name)
    index = store.random.randrange(len(lines))
    line = bytearray(lines[index])
    place = store.random.randrange(len(line))
    line[place] ^= 1 << store.random.randrange(8)
    print(f"{name}:{index + 1}, byte {place}", file=sys.stderr)
    lines[index] = bytes(line)
    store.write(name, lines)
    return re.escape(name) + ":[0-9]+: |/(records|reports)-[0-9-]*[.]csv:[0-9]+: says"


@kind
def header_in_capitals(store):
    name = store.tables("records")[0]
    edit(store, name, 0, lambda line: line.replace(b"count", b"Count", 1))
    return at(name, 0) + "is not a header of ours"


@kind
def reports_header_in_capitals(store):
    name = store.tables("reports")[0]
    edit(store, name, 0, lambda line: line.replace(b"domain", b"dOmain", 1))
    return at(name, 0) + "is not the header of a reports table"


@kind
def count(store):
    name, index, row = store.row()
    edit(store, name, index, lambda line: line.replace(f",{row['count']},".encode(), b",777777,", 1))
    table, line, _ = store.row("reports", lambda report: report["report_key"] == row["report_key"])
    return at(table, line) + "says [0-9]+ messages, and its records say [0-9]+$"


@kind
def no_number(store):
    name, index, row = store.row()
    edit(store, name, index, lambda line: line.replace(f",{row['count']},".encode(), b",1e3,", 1))
    return at(name, index) + "has a count that is no number$"


@kind
def quote_lost(store):
    name, index, _ = store.row()
    edit(store, name, index, lambda line: line.replace(b'"', b"", 1))
    return at(name, index) + "has a quote inside a value$"


@kind
def value_lost(store):
    name, index, _ = store.row()
    edit(store, name, index, lambda line: line.split(b",", 1)[1])
    return at(name, index) + "has fewer values than the header$"


@kind
def no_utf8(store):
    name, index, _ = store.row()
    edit(store, name, index, lambda line: line.replace(b"reporter", b"rep\xffrter", 1))
    return at(name, index) + "is not UTF-8$"


@kind
def carriage_returns(store):
    name = store.tables("records")[0]
    store.write(name, [line.replace(b"\n", b"\r\n") for line in store.lines(name)])
    return at(name, 0) + "the header ends with a carriage return$"


@kind
def row_doubled(store):
    name, index, row = store.row(wanted=lambda row: row["record"] == "2")
    edit(store, name, index, lambda line: line + line)
    return at(name, index + 1) + f"record {row['record']} is there twice$"


@kind
def report_doubled(store):
    name, index, _ = store.row("reports")
    edit(store, name, index, lambda line: line + line)
    return at(name, index + 1) + f"its report stands in {re.escape(name)}:{index + 1} already$"


@kind
def row_removed(store):
    name, index, row = store.row(wanted=lambda row: row["record"] == "3")
    edit(store, name, index, lambda line: b"")
    table, line, _ = store.row("reports", lambda report: report["report_key"] == row["report_key"])
    return at(table, line) + r"says ([0-9]+) records, and [0-9]+ are in the tables$"


@kind
def rows_exchanged(store):
    name, index, _ = store.row(wanted=lambda row: row["record"] == "2")
    lines = store.lines(name)
    lines[index - 1], lines[index] = lines[index], lines[index - 1]
    store.write(name, lines)
    return at(name, index - 1) + "record 2 stands here, after record 0$"


@kind
def report_removed(store):
    name, index, row = store.row("reports")
    edit(store, name, index, lambda line: b"")
    table, line, _ = store.row("records", lambda record: record["report_key"] == row["report_key"])
    return at(table, line) + "no reports table has its report_key$"


@kind
def report_removed_archive(store):
    name, index, _, archive = store.report()
    edit(store, name, index, lambda line: b"")
    return re.escape(archive) + ": no reports table has this report$"


@kind
def report_changed(store):
    name, index, _ = store.row("reports")
    edit(store, name, index, lambda line: line.replace(b"reporter", b"deporter", 1))
    return at(name, index) + "is not what the archived report gives$"


@kind
def reports_table_removed(store):
    name, index, row = store.row()
    os.remove(store.full(name.replace("records", "reports")))
    return at(name, index) + "no reports table has its report_key$"


@kind
def records_table_removed(store):
    name, index, _ = store.row("reports")
    os.remove(store.full(name.replace("reports", "records")))
    return at(name, index) + "says [0-9]+ records, and 0 are in the tables$"


@kind
def last_line_cut(store):
    name = store.tables("records")[-1]
    os.truncate(store.full(name), os.path.getsize(store.full(name)) - 3)
    return at(name, len(store.lines(name)) - 1) + "breaks off: it has no line end$"


@kind
def archive_removed(store):
    name, index, _, archive = store.report()
    os.remove(store.full(archive))
    return at(name, index) + "its archive file archive/.*: is missing$"


@kind
def archive_exchanged(store):
    _, _, row, archive = store.report()
    _, _, other = store.row("reports", lambda report: report["report_key"] != row["report_key"])
    shutil.copy(store.full(f"{DOMAIN}/{other['archive']}"), store.full(archive))
    return re.escape(archive) + ": it holds another report .*reports-[^:]*:[0-9]+.$"


@kind
def archive_cut(store):
    archive = store.report()[3]
    os.truncate(store.full(archive), 20)
    return re.escape(archive) + ": "


@kind
def archive_too_many(store):
    archive = store.report()[3]
    stem, key = archive.rsplit("!", 1)
    extra = f"{stem}!{'0' * 64}{key[64:]}"
    shutil.copy(store.full(archive), store.full(extra))
    return re.escape(extra) + ": no reports table has this report$"


@kind
def archive_twice(store):
    archive = store.report()[3]
    extra = archive[:archive.rindex("!") + 65] + ".bin"
    shutil.copy(store.full(archive), store.full(extra))
    return re.escape(extra) + ": another file is the archive of this report, by "


@kind
def header_changed(store):
    name = store.tables("records")[0]
    edit(store, name, 0, lambda line: line.replace(b"source_ip", b"sauce_ip", 1))
    return at(name, 0) + "is not a header of ours: "


@kind
def reports_header_changed(store):
    name = store.tables("reports")[0]
    edit(store, name, 0, lambda line: line.replace(b"messages", b"massages", 1))
    return at(name, 0) + "is not the header of a reports table$"


@kind
def quarantine_file_removed(store):
    name = "quarantine/quarantine.csv"
    row = store.cells(name)[0]
    os.remove(store.full(f"quarantine/{row['file']}"))
    return at(name, 1) + "its file .*: is missing$"


@kind
def quarantine_file_changed(store):
    name = "quarantine/quarantine.csv"
    row = store.cells(name)[1]
    with open(store.full(f"quarantine/{row['file']}"), "ab") as file:
        file.write(b"x")
    return at(name, 2) + "its file .*: the digest in its name is not that of its bytes$"


@kind
def quarantine_header_changed(store):
    edit(store, "quarantine/quarantine.csv", 0, lambda line: b"x" + line)
    return r"quarantine/quarantine\.csv:1: is not the header"


@kind
def quarantine_row_doubled(store):
    name = "quarantine/quarantine.csv"
    edit(store, name, 1, lambda line: line + line)
    return at(name, 2) + r"its file stands in quarantine/quarantine\.csv:2 already$"


@kind
def quarantine_row_removed(store):
    name = "quarantine/quarantine.csv"
    row = store.cells(name)[1]
    edit(store, name, 2, lambda line: b"")
    return re.escape(f"quarantine/{row['file']}") + ": no row of the quarantine's table has this file$"


@kind
def quarantine_table_removed(store):
    name = "quarantine/quarantine.csv"
    row = store.cells(name)[0]
    os.remove(store.full(name))
    return re.escape(f"quarantine/{row['file']}") + ": no row of the quarantine's table has this file$"


@kind
def quarantine_verdict_changed(store):
    name = "quarantine/quarantine.csv"
    edit(store, name, 1, lambda line: line.replace(b'"bad"', b'"bat"'))
    return at(name, 1) + "its verdict is none of a message that is kept aside$"


@kind
def link_beside_the_domains(store):
    os.symlink(DOMAIN, store.full("latest"))
    return r"^latest: open latest: is a symbolic link, "


@kind
def link_for_the_quarantine(store):
    os.rename(store.full("quarantine"), store.full("elsewhere"))
    os.symlink("elsewhere", store.full("quarantine"))
    return r"^quarantine: open quarantine: is a symbolic link, "


@kind
def journal_entry(store):
    with open(store.full(".spool/journal"), "r+b") as file:
        file.seek(512 + 60)
        old = file.read(1)
        file.seek(512 + 60)
        file.write(bytes([old[0] ^ 1]))
    return r"\.spool/journal: entry 0 is damaged, and [0-9]+ were applied$"


@kind
def journal_head(store):
    with open(store.full(".spool/journal"), "r+b") as file:
        file.write(b"?")
    return r"\.spool/journal: its head is damaged$"


def main(arguments):
    if arguments == ["kinds"]:
        print("\n".join(KINDS))
    elif len(arguments) in (2, 3) and arguments[1] in KINDS:
        print(KINDS[arguments[1]](Store(arguments[0], "".join(arguments[2:]))))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
