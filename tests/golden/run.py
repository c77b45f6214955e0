#!/usr/bin/env python3
"""run.py - replays every case of this folder and compares what comes of it.

usage: tests/golden/run.py [PREFIX]...      only the cases whose names begin so
       UPDATE=1 tests/golden/run.py ...     write the expected files instead

Each case goes into fresh stores of its own, as CSV and as TSV. Expected:
  CASE.csv CASE.tsv   the records tables, one behind the other (none: no row)
  CASE.log            the log, the summary and the files in the store
  EXPECT.tsv          verdict, numbers and warnings, written by hand: UPDATE
                      writes nothing for a case that contradicts it
A second replay of the case must change no table and store nothing anew.

Environment: RUAMILL, RUAMILL_OPTIONS (see ../ruamill.py), JOBS (2)."""

import concurrent.futures
import csv
import difflib
import hashlib
import importlib
import itertools
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
sys.dont_write_bytecode = True

import ruamill  # noqa: E402

ENDINGS = (".eml", ".xml", ".gz", ".zip", ".mbox")
UPDATE = os.environ.get("UPDATE") == "1"
LARGEST = 20000


def expectations():
    with open(os.path.join(HERE, "EXPECT.tsv"), encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {line["case"]: line for line in table}


def shortened(text):
    """What is too large to keep: its ends, its length and its check sum."""
    if len(text) <= LARGEST:
        return text
    lines = [line if len(line) < 500 else f"{line[:300]} ... {line[-100:]}"
             for line in text.splitlines()]
    if len(lines) > 20:
        lines = lines[:5] + [f"... {len(lines) - 10} lines ..."] + lines[-5:]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "\n".join(lines) + f"\n{len(text.encode())} bytes, SHA-256 {digest}\n"


def differences(path, got):
    """How an expected file differs; "" when it is as it should be."""
    got = shortened(got)
    if not os.path.exists(path):
        return f"no expected file {os.path.basename(path)}\n" if got else ""
    with open(path, encoding="utf-8", newline="") as file:
        wanted = file.read()
    return "".join(line if line.endswith("\n") else line + "\n" for line in difflib.unified_diff(
        wanted.splitlines(True), got.splitlines(True), os.path.basename(path), "got", n=1))


def write(path, got):
    """Writes an expected file; where there is nothing to expect, there is none."""
    if got:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(shortened(got))
    elif os.path.exists(path):
        os.unlink(path)


def store_listing(store):
    """The files of a store, those under the date of today as a number."""
    files = store.files()
    dated = [name for name in files if name.startswith("quarantine/")]
    kept = [name for name in dated if not name.endswith("quarantine.csv")]
    listing = [name for name in files if name not in dated]
    return "".join(f"{name}\n" for name in listing) + (
        f"quarantine: {len(kept)}\n" if dated else "")


def warnings(rows):
    return {token for row in rows for token in row["warnings"].split(",") if token}


def verdicts(text):
    """["ok", "ok", "bad"] of "ok*2,bad"."""
    return [word for item in text.split(",")
            for word in [item.partition("*")[0]] * int(item.partition("*")[2] or 1)]


def counted(words):
    """The reverse of verdicts()."""
    runs = [(word, len(list(run))) for word, run in itertools.groupby(words)]
    return ",".join(word if n == 1 else f"{word}*{n}" for word, n in runs)


def contradictions(wanted, run, store):
    """What differs from the line of EXPECT.tsv."""
    records, reports = store.rows("records"), store.rows("reports")
    got = {
        "records": str(len(records)),
        "messages": str(sum(int(row["count"] or 0) for row in records)),
    }
    wrong = [f"EXPECT.tsv: {name} {wanted[name]}, got {got[name]}\n"
             for name in got if wanted[name] != got[name]]
    if run.verdicts() != verdicts(wanted["verdict"]):
        wrong.append(f"EXPECT.tsv: verdict {wanted['verdict']}, got {counted(run.verdicts())}\n")
    for kind, rows in (("record", records), ("report", reports)):
        named = wanted[f"{kind}_warnings"]
        named = set() if named == "-" else set(named.split(" "))
        if warnings(rows) != named:
            wrong.append(f"EXPECT.tsv: {kind}_warnings {' '.join(sorted(named)) or '-'}, "
                         f"got {' '.join(sorted(warnings(rows))) or '-'}\n")
    if run.code != 0:
        wrong.append(f"exit status {run.code}\n{run.err}")
    return wrong


def replayed_again(path, store, options, first):
    before = store.tables("records") | store.tables("reports")
    again = store.replay(path, options)
    wrong = []
    if before != store.tables("records") | store.tables("reports"):
        wrong.append("a second replay changed a table\n")
    wanted = ["duplicate" if verdict == "ok" else verdict for verdict in first.verdicts()]
    if again.verdicts() != wanted:
        wrong.append(f"second replay: {counted(wanted)}, got {counted(again.verdicts())}\n")
    return wrong


def check(path, wanted):
    """All complaints about a case."""
    if wanted is None:
        return "no line in EXPECT.tsv\n"
    options = [] if wanted["options"] == "-" else wanted["options"].split(" ")
    takes = [option[6:] for option in options if option.startswith("takes=")] or ["*"]
    options = [option for option in options if not option.startswith("takes=")]
    stem = os.path.join(HERE, os.path.basename(path).rsplit(".", 1)[0])
    wrong, outcome = [], {}
    for form in ("csv", "tsv"):
        with ruamill.fresh_store(takes=takes[0], form=form) as store:
            run = store.replay(path, options)
            outcome[f"{stem}.{form}"] = "".join(store.tables("records").values())
            if form == "csv":
                outcome[f"{stem}.log"] = run.err + run.out + store_listing(store)
                wrong += contradictions(wanted, run, store)
                wrong += replayed_again(path, store, options, run)
    if UPDATE and not wrong:
        for name, got in outcome.items():
            write(name, got)
    elif not UPDATE:
        wrong += [differences(name, got) for name, got in outcome.items()]
    return "".join(wrong)


def orphans(seen):
    """Expected files whose case is gone."""
    stems = {name.rsplit(".", 1)[0] for name in seen}
    return [name for name in sorted(os.listdir(HERE)) if name[:1].isdigit()
            and name.endswith((".csv", ".tsv", ".log")) and name.rsplit(".", 1)[0] not in stems]


def cases(prefixes, folder):
    """Paths of the cases; those of big() are made in `folder` as they come."""
    chosen = lambda name: not prefixes or name.startswith(tuple(prefixes))  # noqa: E731
    for name in sorted(os.listdir(HERE)):
        if name[:1].isdigit() and name.endswith(ENDINGS) and chosen(name):
            yield os.path.join(HERE, name)
    for name, make in importlib.import_module("make-cases").big().items():
        if chosen(name):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.writelines(make())
            yield path


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    ruamill.program()
    expected = expectations()
    seen, failed = set(), []
    with ruamill.scratch() as folder, \
            concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        paths = list(cases(sys.argv[1:], folder))
        results = pool.map(lambda path: check(path, expected.get(os.path.basename(path))), paths)
        for path, complaint in zip(paths, results):
            name = os.path.basename(path)
            seen.add(name)
            if complaint:
                failed.append(name)
                print(f"FAIL {name}\n  " + complaint.rstrip("\n").replace("\n", "\n  "))
    if not sys.argv[1:]:
        for name in sorted(set(expected) - seen):
            failed.append(name)
            print(f"FAIL {name}\n  EXPECT.tsv has it, the folder has not")
        for name in orphans(seen):
            failed.append(name)
            print(f"FAIL {name}\n  an expected file without a case")
    print(f"{len(seen) - len(set(failed) & seen)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not seen else 0)


if __name__ == "__main__":
    main()
