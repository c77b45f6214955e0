#!/usr/bin/env python3
"""meaning.py - makes reports up, mails them in odd ways, and holds the tables
against what was made up, cell by cell; the archive, too.

usage: tests/fuzz/meaning.py [--rounds N] [--seed S] [--keep FOLDER] PROGRAM

A round is a mail or a report file with some reports; 3000 of them by default,
300 in a run of the program. With the same seed and number of rounds it does the
same again. What disagrees is put into FOLDER (build/fuzz/meaning) as the smallest
file that was found to do so, with what was wanted. The rows that a report should
give are those of ../reader.py."""

import argparse
import collections
import os
import random
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import envelop  # noqa: E402
import invent  # noqa: E402
import reader  # noqa: E402
import ruamill  # noqa: E402

BATCH = 300
MOST_FAILURES = 10
BETWEEN = {"csv": ",", "tsv": "\t"}
REPORTS = """begin_date end_date org_name org_email org_extra_contact_info report_id version
    generator errors domain p sp np adkim aspf pct fo testing discovery_method records messages
    dmarc_pass dmarc_fail warnings rua envelope_from message_id queue_id reporter_auth received_at
    archive report_key""".split()
TYPED = reader.TYPED | {"records", "messages", "dmarc_pass", "dmarc_fail"}
UNKNOWN = {"envelope_from", "queue_id", "reporter_auth", "received_at", "archive", "report_key"}
NOTES = "leading_junk raw_deflate bad_characters bare_markup bad_nesting wrapped doctype empty_record".split()

# ---- what should come out --------------------------------------------------


def cell(name, value, form):
    if value is None:
        return ""
    if name in TYPED:
        return str(value)
    if form == "csv":
        return reader.cell(name, value)
    return reader.clean(value).replace('"', "'").replace("\\", "/")


def number_odd(fields, name, value):
    """The token of a typed value that could not be taken as it is."""
    return reader.token(name, fields[name]) if name in fields and value is None else None


def time_odd(fields, name, least):
    """The same of a time, which is odd, too, when it was bent or is too early."""
    sent = fields.get(name)
    if sent is not None and (reader.date(sent) is None or "." in sent or int(sent) < least):
        return reader.token(name, sent)
    return None


def seconds(fields, name):
    return int(fields[name].partition(".")[0]) if reader.date(fields.get(name)) else None


def joined(values):
    if len(values) < 2:
        return values[0] if values else None
    return ",".join(value.replace(",", "%2C") for value in values)


def report_values(report, rows, message_id):
    fields = report.fields
    row = {name: fields.get(name) for name in REPORTS}
    row.update(org_email=fields.get("email"), org_extra_contact_info=fields.get("extra_contact_info"),
               begin_date=reader.date(fields.get("begin")), end_date=reader.date(fields.get("end")),
               pct=reader.number(fields.get("pct"), 100), errors=joined(report.errors), rua=ruamill.RUA,
               message_id=message_id, records=len(rows))
    counts = [(row["dmarc_aligned"], int(row["count"] or 0)) for row in rows]
    for name, of in (("messages", (0, 1, None)), ("dmarc_pass", (1,)), ("dmarc_fail", (0,))):
        row[name] = min(sum(count for aligned, count in counts if aligned in of), 2**63 - 1)
    odd = [note for note in NOTES if note in report.notes]
    odd += [time_odd(fields, "begin", 1262304000), time_odd(fields, "end", seconds(fields, "begin") or 0),
            number_odd(fields, "pct", row["pct"])]
    row["warnings"] = ",".join(filter(None, odd)) or None
    return row


def folder(report):
    """The domain as the name of a folder."""
    name = report.fields.get("domain", "").strip(reader.SPACE)
    name = name[:-1] if name.endswith(".") else name
    if not name.isascii():
        name = name.encode("idna").decode()
    plain = re.fullmatch(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", name.lower())
    return name.lower() if plain and name.lower() not in ("_invalid", "quarantine") else "_invalid"


def archive_stem(report):
    names = [report.fields.get("org_name", ""), folder(report)]
    org, domain = (re.sub(rb"[^A-Za-z0-9._-]|^\.", b"_", name.encode()[:64]).decode() or "_" for name in names)
    begin, end = (seconds(report.fields, name) or 0 for name in ("begin", "end"))
    return f"{org}!{domain}!{begin}!{end}!"


class Wanted:
    """What a report is to give."""

    def __init__(self, report, file, message_id, form):
        rows = [reader.record_values(report, record, place) for place, record in enumerate(report.records, 1)]
        self.records = [[cell(name, row[name], form) for name in reader.COLUMNS] for row in rows]
        values = report_values(report, rows, message_id)
        self.report = BETWEEN[form].join(cell(name, values[name], form) for name in REPORTS if name not in UNKNOWN)
        begin = seconds(report.fields, "begin") or 0
        month = reader.date(str(begin))[:7] if begin >= 1262304000 else "undated"
        self.place = os.path.join(folder(report), f"{{}}-{month}.{form}")
        self.archive = os.path.join("archive", month.replace("-", "/"), archive_stem(report))
        self.content, self.ending = file


# ---- one round -------------------------------------------------------------


class Round:
    """A mail, or a report file, and the reports in it."""

    def __init__(self, seed, number):
        self.seed = f"{seed}-{number}"
        rng = random.Random(self.seed)
        self.name = f"{number:07}"
        self.is_file = rng.random() < 0.1
        self.files = []
        for _ in range(1 if self.is_file else rng.choice((1, 1, 1, 1, 2))):
            self.files.append([[invent.Report(rng, f"{self.name}.{len(self.files)}.{d}.{r}")
                                for r in range(rng.choice((1,) * 12 + (2,)))]
                               for d in range(rng.choice((1,) * 12 + (2, 3)))])

    def write(self):
        """Writes it as it is now: `content` is its bytes, `given` each report and its file."""
        rng = random.Random(self.seed + "-written")
        parts, self.given = [], []
        for documents in self.files:
            for report in (report for document in documents for report in document):
                report.notes = set()
                for record in report.records:
                    record.notes = set()
            contents = [(self.passed_on(invent.Writer(rng).document(document)),
                         [report.notes for report in document]) for document in documents]
            content, ending, name = envelop.packed(rng, contents)
            content = self.passed_on(content)
            parts.append((content, name))
            self.given += [(report, (content, ending)) for document in documents for report in document]
        if self.is_file:
            self.content = parts[0][0]
        else:
            self.content = envelop.Envelope(rng).mail(self.name + "@made.example", parts)
        self.content = self.passed_on(self.content)
        if self.is_file:
            self.name = self.name.partition(".")[0] + "." + parts[0][1].partition(".")[2]

    def passed_on(self, content):
        """A document, a packed one or a mail on its way; damage.py has damage done to it."""
        return content

    def wanted(self, form):
        message_id = None if self.is_file else self.name + "@made.example"
        return [Wanted(report, file, message_id, form) for report, file in self.given]


def is_for_mbox(content):
    return not re.search(rb"\nFrom ", content)


def store_files(rounds, path, rng):
    """Puts rounds into a folder: as files, and some mails as an mbox."""
    os.makedirs(path)
    mbox = []
    for one in rounds:
        if not one.is_file and rng.random() < 0.2 and is_for_mbox(one.content):
            mbox.append(b"From noreply@example.org Thu Jan  1 00:00:00 2026\n" + one.content + b"\n\n")
            continue
        with open(os.path.join(path, one.name if one.is_file else one.name + ".eml"), "wb") as file:
            file.write(one.content)
    if mbox:
        with open(os.path.join(path, "mbox"), "wb") as file:
            file.write(b"".join(mbox))


# ---- what came out ---------------------------------------------------------

CELL = re.compile(r'("(?:[^"]|"")*"|[^,]*)(?:,|$)')


def cells(line, form):
    return line.split("\t") if form == "tsv" else CELL.findall(line)[:line.count(",") + 1]


class Found:
    """The tables of a store: reports by their line, records by their key."""

    def __init__(self, store):
        self.reports, self.records = {}, collections.defaultdict(list)
        for name, text in store.tables("reports").items():
            for line in text.splitlines()[1:]:
                row = dict(zip(REPORTS, cells(line, store.form)))
                known = BETWEEN[store.form].join(row[column] for column in REPORTS if column not in UNKNOWN)
                self.reports[known] = name, row
        for name, text in store.tables("records").items():
            for line in text.splitlines()[1:]:
                *row, key, number = line.rsplit(BETWEEN[store.form], 2)
                self.records[key].append((name, row[0], number))


def compare(wanted, found, store):
    """What disagrees about a report, as text; "" when nothing does."""
    name, row = found.reports.pop(wanted.report, (None, None))
    if row is None:
        return f"no such row of reports:\n  {wanted.report}"
    if name != wanted.place.format("reports"):
        return f"in {name}, not {wanted.place.format('reports')}"
    records = [(wanted.place.format("records"), BETWEEN[store.form].join(line[:-1]), line[-1])
               for line in wanted.records]
    got = found.records.pop(row["report_key"], [])
    if records != got:
        return "".join(f"wanted {a}\ngot    {b}\n" for a, b in
                       zip(records + [None] * len(got), got + [None] * len(records)) if a != b)
    key = row["report_key"].strip('"')
    archive = row["archive"].strip('"')
    if archive != f"{wanted.archive}{key}.{wanted.ending}":
        return f"archive {archive}, not {wanted.archive}{key}.{wanted.ending}"
    with open(os.path.join(store.path, os.path.dirname(name), archive), "rb") as file:
        content = file.read()
    if content[:len(wanted.content)] == wanted.content and not content[len(wanted.content):].strip(b"\r\n"):
        return ""  # the end of the mail may follow, where it is not encoded
    return f"{archive} is not the file that came"


def run(rounds, form, rng):
    """Replays rounds; {round: what disagrees}, and what disagrees of all."""
    with ruamill.fresh_store(form=form) as store:
        path = os.path.join(os.path.dirname(store.path), "mail")
        store_files(rounds, path, rng)
        done = store.replay(path)
        found = Found(store)
        wrong = {}
        for one in rounds:
            text = "".join(compare(wanted, found, store) for wanted in one.wanted(form))
            if text:
                lines = [line for line in done.err.splitlines() if one.name in line]
                wrong[one] = text + "\n" + "\n".join(lines)
        left = list(found.reports) + [str(rows) for rows in found.records.values()]
        general = "" if done.code == 0 else f"exit status {done.code}\n{done.err[-2000:]}"
        if left and not wrong:
            general += "rows that nobody sent:\n" + "\n".join(left[:10])
        return wrong, general


# ---- what disagrees, made smaller --------------------------------------------


def smaller(one):
    """Each way to leave something out: a function that does, and one that undoes it."""
    lists = [one.files] + one.files + [document for documents in one.files for document in documents]
    reports = [report for report, _ in one.given]
    lists += [report.records for report in reports]
    lists += [entries for report in reports for record in report.records for entries in record.lists.values()]
    for some in lists:
        for item in list(some):
            if len(some) > 1 or some not in (one.files, *one.files):
                at = some.index(item)
                yield (lambda some=some, at=at: some.pop(at)), (
                    lambda some=some, at=at, item=item: some.insert(at, item))
    records = [record for report in reports for record in report.records]
    for holder in [holder.fields for holder in reports + records]:
        for name, value in list(holder.items()):
            yield (lambda holder=holder, name=name: holder.pop(name)), (
                lambda holder=holder, name=name, value=value: holder.__setitem__(name, value))


def disagrees(one, form):
    one.write()
    wrong, general = run([one], form, random.Random(1))
    return wrong.get(one, "") + general


def shrink(one, form):
    """Leaves out what can be left out while something disagrees; what does then,
    and the bytes of it."""
    kept = disagrees(one, form), one.content
    if not kept[0]:
        return "(not when it comes alone)", one.content
    for leave_out, undo in smaller(one):
        try:
            leave_out()
            text = disagrees(one, form)
        except (IndexError, KeyError, ValueError):
            text = ""
        if text:
            kept = text, one.content
        else:
            undo()
    return kept


def keep(one, form, text, path):
    os.makedirs(path, exist_ok=True)
    small, content = shrink(one, form)
    stem = os.path.join(path, one.seed)
    with open(stem + (os.path.splitext(one.name)[1] if one.is_file else ".eml"), "wb") as file:
        file.write(content)
    with open(stem + ".txt", "w", encoding="utf-8") as file:
        file.write(f"format {form}\n\n{text}\n\nmade smaller:\n{small}\n")
    print(f"FAIL {stem}\n{small}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--seed", default=str(random.randrange(10**9)))
    parser.add_argument("--keep", default=os.path.join(ROOT, "build/fuzz/meaning"), metavar="FOLDER")
    parser.add_argument("program")
    options = parser.parse_args()
    os.environ["RUAMILL"] = options.program
    ruamill.program()
    print(f"--rounds {options.rounds} --seed {options.seed}", flush=True)
    failed, reports = 0, 0
    for first in range(0, options.rounds, BATCH):
        rounds = [Round(options.seed, n) for n in range(first, min(first + BATCH, options.rounds))]
        for one in rounds:
            one.write()
            reports += len(one.given)
        form = ("csv", "csv", "tsv")[first // BATCH % 3]
        wrong, general = run(rounds, form, random.Random(f"{options.seed}-{first}"))
        for one, text in wrong.items():
            failed += 1
            if failed <= MOST_FAILURES:
                keep(one, form, text, options.keep)
        if general:
            failed += not wrong
            print(f"FAIL in the rounds from {first} on\n{general}")
        if failed > MOST_FAILURES:
            break
    print(f"{reports} reports")
    print(f"{options.rounds - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
