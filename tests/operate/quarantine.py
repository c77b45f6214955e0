#!/usr/bin/env python3
"""quarantine.py [PROGRAM] [--long] - `ruamill quarantine`: list, show, retry.

Retry is killed before every call that changes something (with --long: before
every call): however it ends, each report is stored once, and its mail goes only
when it is."""

import csv
import io
import json
import os
import pty
import subprocess
import sys

from desk import KILLED, LATER, NO_INPUT, NOBODY, OK, PROBLEMS, USAGE, CONFIG, forget, kept, main, rows, state, write_mails

HOSTILE = b"""From: evil@example.com\r
Subject: \x1b]0;owned\x07 \x9b31m\r
To: dmarc@example.net\r
Content-Type: application/gzip\r
\r
\x1f\x8b no gzip \x1b[2J\r
"""


def is_clean(desk, store):
    answer = desk.run(store, "verify")
    return answer.code == OK or print(answer)


def table(store):
    with open(os.path.join(store, "quarantine/quarantine.csv"), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listed(desk, store, *arguments):
    answer = desk.run(store, "quarantine", "list", "--format", "json", *arguments)
    return json.loads(answer.out) if answer.code == OK else [answer]


class Sample:
    """A store that was filled with an allowlist that takes example.com only: what
    is of others is kept aside; and so are two that nobody can read."""

    def __init__(self, desk):
        self.letters = write_mails(desk.path("mails"), range(9))
        self.broken = write_mails(desk.path("mails"), range(2), kind="broken")
        self.store = desk.new_store()
        desk.write("allow", "dmarc@example.net example.com\n")
        desk.replay(self.store, *self.letters, *self.broken)
        desk.write("allow", "dmarc@example.net *\n")
        self.wanted = desk.new_store()
        desk.replay(self.wanted, *self.letters)


def text_of(store):
    """The rows without the time when they came, and the name of the archive, by which a run differs."""
    return [row for row in rows(store) if not row.startswith("begin_date")]


def records(store):
    return sorted(row for row in text_of(store) if "@reporter" not in row.split('"none"')[-1])


def lists(desk, tally, sample):
    found = listed(desk, sample.store)
    tally.check(len(found) == 8 and {row["state"] for row in found} == {"kept"} and
                sorted(row["verdict"] for row in found) == ["bad"] * 2 + ["refused"] * 6, f"list: {found[:2]}")
    tally.check(all(row["bytes"] == os.path.getsize(os.path.join(sample.store, "quarantine", row["file"]))
                    and row["rua"] == "dmarc@example.net" for row in found), "list: size and recipient")
    answer = desk.run(sample.store, "quarantine", "list", "--format", "csv")
    same = list(csv.DictReader(io.StringIO(answer.out)))
    tally.check([row["file"] for row in same] == [row["file"] for row in found], "list: csv says the same")
    text = desk.run(sample.store, "quarantine", "list").out.splitlines()
    tally.check(len(text) == 8 and "is not taken by dmarc@example.net" in "".join(text) and
                text[0].split()[3] in found[0]["file"], f"list: a table {text[:1]}")
    tally.check(len(listed(desk, sample.store, "--since", "1h")) == 8, "list --since")
    store = desk.new_store(sample.store)
    path = os.path.join(store, "quarantine/quarantine.csv")
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    lines[1] = '"2020' + lines[1][5:] if lines[1][0] == '"' else "2020" + lines[1][4:]
    lines.append("half a line")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    tally.check([len(listed(desk, store, "--since", day)) for day in ("2021-01-01", "2019")] == [7, 8], "list --since a day")
    tally.check(len(listed(desk, store, "--since", "400d")) == 7 and listed(desk, store)[-1]["when"][:4] == "2020",
                "list: by age, the newest first")
    answer = desk.run(store, "quarantine", "list")
    tally.check(answer.sentence(OK, "cannot be read: 1"), "list: a row that is none is said")
    store = desk.new_store(sample.store)
    forget(store)
    answer = desk.run(store, "quarantine", "list")
    tally.check(answer.sentence(OK, "left out here: 8; ruamill checkpoint"), f"list: before a recovery {answer}")
    empty = desk.new_store()
    desk.replay(empty, *sample.letters)
    tally.check(desk.run(empty, "quarantine", "list").out == "nothing is kept aside\n" and listed(desk, empty) == [],
                "list: nothing")


def on_terminal(command):
    """What a terminal would get."""
    main_end, terminal = pty.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal)
    os.close(terminal)
    found = b""
    while True:
        try:
            piece = os.read(main_end, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        found += piece
    process.wait()
    os.close(main_end)
    return found


def shows(desk, tally, sample):
    store = desk.new_store(sample.store)
    path = desk.path("hostile.eml")
    with open(path, "wb") as file:
        file.write(HOSTILE)
    desk.replay(store, path)
    name = next(row["file"] for row in listed(desk, store)
                if os.path.getsize(os.path.join(store, "quarantine", row["file"])) == len(HOSTILE))
    for given in (name, name[:20], os.path.join(store, "quarantine", name), os.path.basename(name)[:16]):
        answer = desk.run(store, "quarantine", "show", given)
        tally.check(answer.code == OK and answer.out.startswith("when: 20") and "\nverdict: bad\n" in answer.out and
                    "\n\nFrom: evil@example.com\n" in answer.out, f"show {given[:24]}")
    seen = on_terminal(desk.command(store, "quarantine", "show", name))
    tally.check(b"\\x1b]0;owned\\x07 \\x9b31m" in seen and not set(seen) & (set(range(32)) - {9, 10, 13}) and
                max(seen) < 127, "show: nothing that a terminal obeys")
    seen = on_terminal(desk.command(store, "quarantine", "show", "--raw", name))
    tally.check(seen.count(b"\n") == 1 and b"--raw is not for a terminal" in seen, f"show --raw: not to a terminal {seen}")
    seen = on_terminal(desk.command(store, "quarantine", "list")).decode().splitlines()
    tally.check(seen[0].split() == ["when", "verdict", "file", "rua", "sender", "sentence"] and seen[1][seen[0].index("file") + 4] == "/",
                f"list: a heading on a terminal {seen[:2]}")
    done = subprocess.run(desk.command(store, "quarantine", "show", "--raw", name), capture_output=True, check=False)
    tally.check(done.stdout == HOSTILE and done.returncode == OK, "show --raw: the bytes of the message")
    for given, words in (("20", "too short"), ("ffffffffffff", "no such file"), (name[:7], "begins 9 files"),
                         ("../../allow", "no such file")):
        answer = desk.run(store, "quarantine", "show", given)
        tally.check(answer.sentence(NO_INPUT, words), f"show {given}: {answer}")


def reports_of(store):
    return sorted(row.split(",")[4] + row.split(",")[-1] for row in rows(store) if "archive/" in row)


def retries(desk, tally, sample):
    store = desk.new_store(sample.store)
    before = len(table(store))
    first = listed(desk, store)[0]
    answer = desk.run(store, "quarantine", "retry", first["file"][:30])
    tally.check(answer.code == OK and answer.out == "retried 1 stored %d duplicate 0 still kept aside %d later 0\n" %
                ((0, 1) if first["verdict"] == "bad" else (1, 0)), f"retry of one: {answer}")
    answer = desk.run(store, "quarantine", "retry", "--all")
    tally.check(answer.code == OK and "still kept aside 2 later 0" in answer.out, f"retry of all: {answer}")
    tally.check(records(store) == records(sample.wanted) and reports_of(store) == reports_of(sample.wanted),
                "and all is stored, once")
    tally.check(len(kept(store)) == 2 and is_clean(desk, store), "what cannot be read stays, the rest goes")
    tally.check(len(table(store)) == before + 6 and [row["verdict"] for row in table(store)[before:]] == ["ok"] * 6,
                "a row says so")
    tally.check(sorted(row["state"] for row in listed(desk, store, "--all")) == ["kept"] * 2 + ["stored"] * 6,
                "list --all knows")
    came = {row["rua"] for row in table(store)}
    tally.check(came == {"dmarc@example.net"}, "with its recipient")
    answer = desk.run(store, "quarantine", "retry", "--all")
    tally.check(answer.out == "retried 2 stored 0 duplicate 0 still kept aside 2 later 0\n" and
                len(table(store)) == before + 6, f"and again: {answer}")
    forget(store)
    desk.run(store, "checkpoint")
    tally.check(len(kept(store)) == 2 and is_clean(desk, store), "a recovery brings nothing back")
    desk.write("allow", "dmarc@example.net example.com\n")
    desk.replay(store, *sample.letters)
    desk.write("allow", "dmarc@example.net *\n")
    tally.check(len(kept(store)) == 8 and is_clean(desk, store), "the same mails may be kept again")
    answer = desk.run(store, "quarantine", "retry", "--all")
    tally.check("stored 0 duplicate 6 still kept aside 2" in answer.out and len(kept(store)) == 2 and
                records(store) == records(sample.wanted) and is_clean(desk, store), f"and are duplicates: {answer}")


def received_as_it_came(desk, tally, sample):
    """A mail keeps its time, sender and recipient."""
    store = desk.new_store()
    desk.write("allow", "dmarc@example.net example.com\nother@example.net example.com\n")
    with open(sample.letters[1], "rb") as file:
        message = b"From someone@example.com Thu Jan  1 00:00:00 2026\n" + file.read() + b"\nFrom here on it is one mail\n"
    desk.run(store, "pipe", "--rcpt", "other@example.net", "--from", "sender@reporter.example", stdin=message)
    desk.write("allow", "dmarc@example.net example.com\nother@example.net *\n")
    when = table(store)[0]["when"]
    answer = desk.run(store, "quarantine", "retry", "-v", "--all")
    tally.check(answer.err.count("verdict=ok") == 1, f"-v says a line for each message: {answer}")
    with open(os.path.join(store, "example.net/reports-2026-01.csv"), encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    tally.check((row["rua"], row["envelope_from"], row["received_at"]) == ("other@example.net", "sender@reporter.example", when),
                f"it keeps its time, sender and recipient: {answer} {row['rua']} {row['envelope_from']} {row['received_at']} {when}")
    desk.write("allow", "dmarc@example.net *\n")


def killed(desk, tally, sample, long):
    arguments = ("quarantine", "retry", "--jobs", "1", "--all")
    calls = desk.calls(desk.new_store(sample.store), *arguments)
    points = [number for number, _, changes in calls if changes or long]
    struck, wrong = 0, []
    for number in points:
        store = desk.new_store(sample.store)
        answer, _ = desk.strike(store, "kill", number, *arguments)
        struck += answer.code == KILLED
        there = len(kept(store))
        if number % 2:
            forget(store)
        stored = len(reports_of(store))
        if there < 8 and stored < 9:
            desk.run(store, "checkpoint")
            if len(reports_of(store)) < 9:
                wrong.append(f"{number}: mail went, and its report is not there")
        answer = desk.run(store, *arguments)
        if records(store) != records(sample.wanted) or reports_of(store) != reports_of(sample.wanted):
            wrong.append(f"{number}: not each once: {answer}")
        if len(kept(store)) != 2 or len([row for row in table(store) if row["verdict"] in ("ok", "duplicate")]) != 6:
            wrong.append(f"{number}: {kept(store)} {table(store)}")
        verify = desk.run(store, "verify")
        if verify.code != OK or "note: quarantine" in verify.out:
            wrong.append(f"{number}: {verify}")
    tally.check(struck > 50 and not wrong, f"killed at {struck} of {len(points)} calls {wrong[:4]}")


def beside_a_writer(desk, tally, sample):
    store = desk.new_store(sample.store)
    more = write_mails(desk.path("more"), range(100, 200), kind="xml")
    desk.write("others", "dmarc@example.net example.com\n")
    writer = subprocess.Popen([desk.program, "replay", "-o", f"store={store}", "-o", f"allow={desk.path('others')}",
                               "--to", "dmarc@example.net", "--jobs", "1", *more],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    codes = set()
    while writer.poll() is None or not codes:
        codes.add(desk.run(store, "quarantine", "retry", "--all").code)
        verify = desk.run(store, "verify")
        codes.add(verify.code)
        if verify.code == PROBLEMS:
            print(verify)
    desk.run(store, "quarantine", "retry", "--all")
    expected = desk.new_store()
    desk.replay(expected, *sample.letters, *more)
    tally.check(codes == {OK} and records(store) == records(expected) and is_clean(desk, store), f"beside a writer {codes}")


def mistakes(desk, tally, sample):
    store = desk.new_store(sample.store)
    before = state(os.path.join(store, "quarantine"))
    for arguments, code, words in (
        ((), USAGE, "no list, show or retry given"),
        (("what",), USAGE, "it is list, show or retry"),
        (("list", "x"), USAGE, "is too much"),
        (("list", "--format", "xml"), USAGE, "table, csv or json"),
        (("list", "--since", "4"), USAGE, "30d"),
        (("show",), USAGE, "one FILE"),
        (("show", "a", "b"), USAGE, "one FILE"),
        (("retry",), USAGE, "or --all"),
        (("retry", "--all", "x"), USAGE, "or --all"),
        (("retry", "nothing"), NO_INPUT, "no such file"),
        (("retry", "--all", "--jobs", "x"), USAGE, "a number from 0 to 64"),
        (("retry", "--all", "-o", "allow=/nowhere"), CONFIG, "/nowhere"),
    ):
        answer = desk.run(store, "quarantine", *arguments)
        tally.check(answer.sentence(code, words), f"quarantine {' '.join(arguments)}: {answer}")
    tally.check(state(os.path.join(store, "quarantine")) == before, "mistakes change nothing")
    answer = desk.run(desk.path("none"), "quarantine", "list")
    tally.check(answer.sentence(NO_INPUT, "there is none"), f"no store: {answer}")
    if os.getuid() != 0:
        tally.check(False, "ABSENT root, to be somebody else")
        return
    subprocess.run(["chmod", "-R", "a+rX", store], check=True)
    tally.check(len(json.loads(desk.run(store, "quarantine", "list", "--format", "json", user=NOBODY).out)) == 8,
                "somebody else may look")
    answer = desk.run(store, "quarantine", "retry", "--all", user=NOBODY)
    tally.check(answer.sentence(LATER), f"and not retry: {answer}")


def tests(desk, tally, long):
    sample = Sample(desk)
    lists(desk, tally, sample)
    shows(desk, tally, sample)
    retries(desk, tally, sample)
    received_as_it_came(desk, tally, sample)
    mistakes(desk, tally, sample)
    killed(desk, tally, sample, long)
    beside_a_writer(desk, tally, sample)


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
