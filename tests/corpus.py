#!/usr/bin/env python3
"""corpus.py - replays the corpus of real reports and holds the counts against it.

usage: tests/corpus.py [SUBSTRING]...     only the lines whose path has one

The corpus belongs to others and is no part of this project: it lies beside the
checkout (../shared/corpus), or where RUAMILL_CORPUS says. Every file of its
INDEX.tsv is replayed alone, into a fresh store. Where the index knows the number
of records and of messages, the tables must give the same (at least as many
records, where it calls a document MALFORMED); else the program must come to a
verdict. Environment: RUAMILL, RUAMILL_OPTIONS (see ruamill.py), JOBS (2)."""

import concurrent.futures
import csv
import os
import sys
import tarfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ruamill  # noqa: E402

JUDGED = 1816

# Where the index is read differently, and why: the same report is stored once.
OTHERWISE = {
    "probes/xml-trailing-second-root.xml":
        ("2", "3", "its two documents are the same report, which counts once"),
}
TIME_LIMIT = 10


def folder():
    """Where the corpus is, or None."""
    found = os.environ.get("RUAMILL_CORPUS") or os.path.join(ruamill.ROOT, "../shared/corpus")
    return found if os.path.exists(os.path.join(found, "INDEX.tsv")) else None


def absent():
    print("CORPUS ABSENT: no ../shared/corpus/INDEX.tsv beside the checkout and no RUAMILL_CORPUS; "
          "the synthetic cases stand for it")


def index(place):
    with open(os.path.join(place, "INDEX.tsv"), encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for line in lines:
        if line["path"] in OTHERWISE:
            line["expected_records"], line["expected_message_count"], why = OTHERWISE[line["path"]]
            print(f"OTHERWISE {line['path']}: {line['expected_records']} records, since {why}")
    return lines


def unpack(place, target):
    with tarfile.open(os.path.join(place, "dmarcrua-half.tar.gz")) as archive:
        archive.extractall(target, filter="data") if hasattr(tarfile, "data_filter") \
            else archive.extractall(target)


def located(place, target, path):
    inside = os.path.join(target, path)
    return inside if os.path.exists(inside) else os.path.join(place, path)


def judge(path, line):
    """(whether it was judged, what is wrong or None)."""
    with ruamill.fresh_store() as store:
        run = store.replay(path, limit=TIME_LIMIT)
        if run.code is None:
            return False, f"no verdict within {TIME_LIMIT} s"
        if run.code != 0 or not run.verdicts():
            return False, f"exit status {run.code}: {run.err.strip()[:300]}"
        if line["expected_records"] == "":
            return False, None
        rows = store.rows("records")
        wanted, got = int(line["expected_records"]), len(rows)
        if got < wanted if "MALFORMED" in line["whats_special"] else got != wanted:
            return True, f"{wanted} records expected, got {got}: {run.err.strip()[:300]}"
        total = sum(int(row["count"] or 0) for row in rows)
        if line["expected_message_count"] not in ("", str(total)):
            if not ("MALFORMED" in line["whats_special"] and total > int(line["expected_message_count"])):
                return True, f"{line['expected_message_count']} messages expected, got {total}"
        return True, None


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    place = folder()
    if place is None:
        absent()
        return
    ruamill.program()
    lines = [line for line in index(place)
             if not sys.argv[1:] or any(part in line["path"] for part in sys.argv[1:])]
    judged, failures = 0, 0
    with ruamill.scratch() as target, \
            concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        unpack(place, target)
        results = pool.map(lambda line: judge(located(place, target, line["path"]), line), lines)
        for line, (counted, wrong) in zip(lines, results):
            judged += counted
            if wrong:
                failures += 1
                print(f"FAIL {line['path']}\n  {wrong}\n  ({line['whats_special']})")
    print(f"{judged} judged, {len(lines) - judged} only run, {failures} failed")
    few = judged < JUDGED and not sys.argv[1:]
    if few:
        print(f"fewer than the {JUDGED} lines with expected numbers were judged")
    sys.exit(1 if failures or few else 0)


if __name__ == "__main__":
    main()
