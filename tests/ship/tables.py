"""tables.py - the tables of stores, read by Python's own csv, and held against
what an engine has."""

import csv
import glob
import os

KEYS = {"records": ("report_key", "record"), "reports": ("report_key",)}
TYPED = {"begin_date", "end_date", "received_at", "pct", "count", "record", "records", "messages",
         "dmarc_pass", "dmarc_fail", "dkim_aligned", "spf_aligned", "dmarc_aligned", "report_key"}
PRESETS = {"begin_date": "1970-01-01 00:00:00", "domain": ""}
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# the same report may come to several stores, each at a time of its own
OF_RECEIPT = {"rua", "envelope_from", "message_id", "queue_id", "reporter_auth", "received_at",
              "archive"}


def unguard(value):
    rest = value.lstrip("' ")
    return value[1:] if value.startswith("'") and rest.startswith(FORMULA) else value


def split(line):
    """A line of our CSV: Python's csv cannot tell an absent value from ""."""
    cells, at = [], 0
    while True:
        if line[at:at + 1] == '"':
            end = at + 1
            while line[end] != '"' or line[end + 1:end + 2] == '"':
                end += 2 if line[end] == '"' else 1
            cells.append(line[at + 1:end].replace('""', '"'))
            at = end + 1
        else:
            end = line.find(",", at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end] or None)
            at = end
        if at >= len(line):
            return cells
        at += 1


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    tsv = ".tsv" in os.path.basename(path)
    take = (lambda line: [cell or None for cell in line.split("\t")]) if tsv else split
    header = take(lines[0])
    for line in lines[1:]:
        if line:
            row = dict(zip(header, take(line), strict=True))
            for name, value in row.items():
                if value is None:
                    row[name] = PRESETS.get(name)
                elif not tsv and name not in TYPED:
                    row[name] = unguard(value)
            yield row


def expected(stores, table):
    """What an engine should have: {key: row}; of a key that several stores have,
    the columns of the receipt are left out."""
    found = {}
    for store in stores:
        for path in sorted(glob.glob(os.path.join(store, "*", f"{table}[-.]*"))):
            for row in rows(path):
                key = tuple(row[name] for name in KEYS[table])
                if key in found:
                    row = {name: value for name, value in row.items() if name not in OF_RECEIPT}
                found[key] = row
    return found


def differences(engine, stores, table, once=""):
    """What is wrong with an engine's table, as sentences. `once`: what makes it
    show each row once (" FINAL", or the name of a view)."""
    want = expected(stores, table)
    columns = list(csv.reader([header(stores, table)]))[0] if want else []
    quote = "`" if hasattr(engine, "http") else '"'
    listed = ", ".join(f"{quote}{name}{quote}" for name in columns)
    source = (once or "{table}").format(table=table)
    have = {}
    wrong = [] if want else [f"{table}: there are no rows in {' '.join(stores)}"]
    for cells in engine.sql(f"SELECT {listed} FROM {source}") if want else []:
        row = dict(zip(columns, cells, strict=True))
        key = tuple(row[name] for name in KEYS[table])
        if key in have:
            wrong.append(f"{table}: {key} is there twice")
        have[key] = row
    for key, row in want.items():
        if key not in have:
            wrong.append(f"{table}: {key} is missing")
            continue
        for name, value in row.items():
            if have[key][name] != value:
                wrong.append(f"{table}: {key}: {name} is {have[key][name]!r}, must be {value!r}")
    wrong += [f"{table}: {key} is nobody's" for key in have if key not in want]
    return wrong


def header(stores, table):
    for store in stores:
        for path in glob.glob(os.path.join(store, "*", f"{table}[-.]*")):
            with open(path, encoding="utf-8") as file:
                return file.readline().rstrip("\n").replace("\t", ",")
    return ""
