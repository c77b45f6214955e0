#!/usr/bin/env python3
"""cells.py - compares ruamill's CSV with that of reader.py, cell for cell.

usage: tests/cells.py [FILE]...           those files
       tests/cells.py --corpus            everything in the corpus
       tests/cells.py                     20 reports of the corpus, 20 of golden/

Cells are compared as they stand in the table, quotes included, so that absent
and empty are told apart; only the column report_key is left out. A file that
holds the same report twice is no matter for this test. Environment: RUAMILL,
RUAMILL_OPTIONS, RUAMILL_CORPUS, JOBS (2)."""

import concurrent.futures
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import corpus  # noqa: E402
import reader  # noqa: E402
import ruamill  # noqa: E402

CORPUS = """
    dmarcrua/83638b78882e4e24bc17d3bd886346b0.xml
    dmarcrua/d851afec4fde45ba9289473b7a396a7b.xml
    dmarcrua/3605227ac35c4215843c742c3db49012.xml
    dmarcrua/cd271347ed2b47f58f0c2c80cfb8f6b0.xml
    dmarcrua/7e5b27052f8345f1af280088203ab5e3.xml
    dmarcrua/d88f458a5e77448dbeabe2fb85d68433.xml
    dmarcrua/a3a0a64651bc41709b06b501873f81bd.xml
    dmarcrua/621041b462f3450ab6dc25b2f22db160.xml
    dmarcrua/96b96077b693481aa386ec99b50bfc26.xml
    dmarcrua/5a47ba8048c4422b84f272bb807c28b5.xml
    dmarcrua/415cd7ca5e0d4d948f7e7ff3e45a13d5.xml
    probes/val-rfc9990.xml
    probes/val-ip-forms.xml
    probes/mail-nested-rfc822.eml
    probes/xml-cp1252.xml
    probes/xml-bad-end-tag.xml
    probes/zip-truncated.zip
    real/oliverpool+go-dmarc-report/testdata/test_report.zip
    real/stalwartlabs+mail-auth/resources/dmarc-feedback/104.eml
    real/domainaware+parsedmarc/samples/extract_report/nice-input.xml.gz
""".split()

GOLDEN = """01 03 14c 15d 20b 25a 31b 33a 35c 42a 47c 51a 57 58 61b 62b 66 68 69b 69c""".split()

CELL = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)(,|\n)')


def cells(text):
    """The lines of a CSV table, as lists of cells with their quotes."""
    lines, line = [], []
    for cell, end in CELL.findall(text):
        line.append(cell)
        if end == "\n":
            lines.append(line)
            line = []
    return lines


def theirs(path):
    """The rows ruamill gives, without their report_key; and its log."""
    with ruamill.fresh_store() as store:
        run = store.replay(path)
        rows = []
        for text in store.tables("records").values():
            head, *lines = cells(text)
            at = head.index("report_key")
            rows += [dict(zip(head[:at] + head[at + 1:], line[:at] + line[at + 1:])) for line in lines]
        return rows, run.err


def ours(path):
    with open(path, "rb") as file:
        return [dict(zip(reader.COLUMNS, row)) for row in reader.rows(file.read())]


def place(row):
    return row["begin_date"], row["domain"], row["report_id"], int(row["record"])


def compare(path):
    """Every difference, as a line."""
    got, log = theirs(path)
    wanted = ours(path)
    if len(got) != len(wanted):
        return [f"{len(wanted)} rows by reader.py, {len(got)} by ruamill: {log.strip()}"]
    wrong = []
    for want, have in zip(sorted(wanted, key=place), sorted(got, key=place)):
        if list(want) != list(have):
            return [f"columns {','.join(want)}, got {','.join(have)}"]
        wrong += [f"record {want['record']} {name}: reader.py {want[name]}, ruamill {have[name]}"
                  for name in want if want[name] != have[name]]
    return wrong


def golden(numbers):
    for number in numbers:
        found = [path for path in glob.glob(os.path.join(ruamill.ROOT, "tests/golden", number + "-*"))
                 if not path.endswith((".csv", ".tsv", ".log"))]
        if len(found) != 1:
            sys.exit(f"case {number}: {len(found)} files")
        yield found[0]


def chosen(target):
    """The paths to compare; the corpus is unpacked into `target`."""
    arguments = sys.argv[1:]
    if arguments and arguments != ["--corpus"]:
        return arguments
    found = corpus.folder()
    paths = [] if arguments else list(golden(GOLDEN))
    if found is None:
        corpus.absent()
        return paths
    corpus.unpack(found, target)
    wanted = CORPUS
    if arguments:
        wanted = [line["path"] for line in corpus.index(found)
                  if line["expected_records"] and line["path"] not in corpus.OTHERWISE]
    return [corpus.located(found, target, path) for path in wanted] + paths


def main():
    if sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    ruamill.program()
    failed = 0
    with ruamill.scratch() as target, \
            concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        paths = chosen(target)
        for path, wrong in zip(paths, pool.map(compare, paths)):
            if wrong:
                failed += 1
                print(f"FAIL {path}")
                print("\n".join(f"  {line}" for line in wrong[:20]))
    print(f"{len(paths) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
