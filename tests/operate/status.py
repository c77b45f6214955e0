#!/usr/bin/env python3
"""status.py [PROGRAM] - `ruamill status`: what it says, and how it ends."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

from desk import NOBODY, ROOT, USAGE, forget, main, mails, state, write_mails

DAY = 86400


def reports_of(desk, org, days):
    """Mails of one reporter, of so many days ago each."""
    os.makedirs(desk.path("reporters"), exist_ok=True)
    paths = []
    for ago in days:
        mail = mails.Mail(ago, kind="xml", domain="example.com")
        mail.org = org
        mail.begin = int(time.time()) // DAY * DAY - ago * DAY - DAY
        paths.append(desk.path("reporters", f"{org}-{ago}.eml"))
        with open(paths[-1], "wb") as file:
            file.write(mail.bytes())
    return paths


def status(desk, store, *arguments):
    answer = desk.run(store, "status", "--format", "json", "--warning", "0", "--critical", "0", *arguments)
    return answer.code, json.loads(answer.out)


def move(store, days):
    """As if all had come so many days before."""
    now, then = (time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * DAY)) for ago in (0, days))
    for path in glob.glob(os.path.join(store, "*/reports-*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(re.sub(now + r" (\d\d:\d\d:\d\d,\"archive/)", then + r" \1", text))


def nothing_came(desk, tally):
    store = desk.new_store()
    os.mkdir(store)
    code, found = status(desk, store)
    tally.check((code, found["status"], found["reports"]) == (0, "OK", 0), "a store of today without anything")
    lines = desk.run(store, "status").out.splitlines()
    tally.check(lines[0].endswith("no report yet") and "never" not in "".join(lines) and "quarantine: nothing is kept aside" in lines, f"for people {lines}")
    os.utime(store, (time.time() - 5 * DAY,) * 2)
    found = [status(desk, store, "--max-age", age) for age in ("6d", "3d", "1d", "0")]
    tally.check([code for code, _ in found] == [0, 1, 2, 0] and found[1][1]["reasons"] == "no report has come yet, for 5 days",
                f"a store that waits too long {found[1][1]['reasons']}")


def unread(desk, tally, like):
    """What is not read is no reason to say that all is well."""
    def spoil(store, how):
        table = glob.glob(os.path.join(store, "example.com/reports-*.csv"))[0]
        if how == "header":
            desk.write(os.path.relpath(table, desk.folder), "what,is,this\n")
        elif how == "line":
            with open(table, "a", encoding="utf-8") as file:
                file.write("half a line\n")
        else:
            os.rename(os.path.join(store, "example.com"), store + ".moved")
            os.symlink(store + ".moved", os.path.join(store, "example.com"))

    for how in ("header", "line", "link"):
        store = desk.new_store(like)
        desk.run(store, "checkpoint")
        spoil(store, how)
        code, found = status(desk, store, "--max-age", "0")
        tally.check(code == 1 and found["tables_unread"] == 1 and "not in whole" in found["reasons"], f"not read: {how} {found['reasons']}")


def mistaken(desk, tally, like):
    """What is wrong with the configuration or the allowlist is an answer that Nagios understands."""
    store = desk.new_store(like)
    desk.run(store, "checkpoint")
    answer = desk.run(store, "status", "-o", "lease_wait=x")
    tally.check(answer.code == 3 and answer.out.startswith("UNKNOWN - ") and "lease_wait" in answer.out and answer.out.count("\n") == 1 and
                not answer.err, f"a wrong option {answer}")
    answer = desk.run(store, "status", "-o", "lease_wait=x", "--format", "json")
    tally.check(answer.code == 3 and "lease_wait" in json.loads(answer.out)["reasons"] and not answer.err, f"also in JSON {answer}")
    tally.check(desk.run(store, "status", "-o", "lease_wait=x", "--metrics").sentence(3, "lease_wait"), "and no metrics that are none")
    desk.write("wrong", "dmarc@example.net\n")
    for path, words in (("wrong", "wrong:1"), ("missing", "No such file")):
        code, found = status(desk, store, "-o", f"allow={desk.path(path)}")
        tally.check(code == 2 and words in found["reasons"], f"an allowlist: {path} {code} {found['reasons']}")


def damaged(desk, tally, like):
    """A journal that nobody can read is told, by who looks and by who begins it anew."""
    store = desk.new_store(like)
    desk.run(store, "checkpoint")
    with open(os.path.join(store, ".spool/journal"), "r+b") as file:
        file.write(os.urandom(5000))
    answer = desk.run(store, "status")
    tally.check(answer.code == 3 and answer.out == f"UNKNOWN - store {store}: .spool/journal: its head is damaged; ruamill checkpoint begins it anew, without what was in it only\n",
                f"a damaged journal {answer}")
    said = [desk.run(store, "checkpoint") for _ in range(2)]
    tally.check([one.code for one in said] == [0, 0] and said[0].err.count("\n") == 1 and
                "journal was damaged, and is begun anew" in said[0].err and not said[1].err, f"is begun anew {said}")


def inodes(desk, tally, like):
    """A disk may be full of files and have room for bytes."""
    disk = desk.path("disk")
    os.mkdir(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=1000,size=100m", "tmpfs", disk], check=True)
    try:
        store = os.path.join(disk, "store")
        shutil.copytree(like, store)
        desk.run(store, "checkpoint")
        before = status(desk, store, "--warning", "10")
        for number in range(os.statvfs(disk).f_ffree - 50):
            with open(os.path.join(disk, str(number)), "w", encoding="ascii"):
                pass
        code, found = status(desk, store, "--warning", "10")
        tally.check(before[0] == 0 and code == 1 and found["reasons"] == "5.0 % of the disk's inodes are free", f"inodes {before} {code} {found}")
    finally:
        subprocess.run(["umount", disk], check=True)


def as_installed(desk, store):
    """A PATH where ruamill is this program on this store."""
    os.makedirs(desk.path("bin"), exist_ok=True)
    words = " ".join(desk.command(store, '"$command"'))
    with open(desk.path("bin/ruamill"), "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\ncommand=$1\nshift\nexec {words} \"$@\"\n")
    os.chmod(desk.path("bin/ruamill"), 0o755)
    return {**os.environ, "PATH": desk.path("bin") + ":" + os.environ["PATH"]}


def example(name):
    with open(os.path.join(ROOT, "examples", name), encoding="utf-8") as file:
        return file.read()


def cron(desk, tally, like):
    """The example sends mail, which is what it prints, when something is wrong only."""
    line = re.search(r"^15 7 \* \* \*  ruamill  (.*)$", example("cron/ruamill"), re.MULTILINE)[1]
    stores = {"well": desk.new_store(like), "none": desk.path("none")}
    desk.run(stores["well"], "checkpoint")
    said = {}
    for name, store in stores.items():
        level = desk.run(store, "status").code
        done = subprocess.run(["sh", "-c", line], env=as_installed(desk, store), capture_output=True, text=True, check=False)
        said[name] = (level != 0, bool(done.stdout), done.stderr)
    tally.check(said["well"] in ((False, False, ""), (True, True, "")) and said["none"] == (True, True, ""), f"examples/cron {said}")


def logrotate(desk, tally):
    """The example takes tables away that all commands still read, and the next report gets new ones."""
    store = desk.new_store()
    letters = write_mails(desk.path("rotated"), range(4))
    option = ("-o", "partition=none")
    desk.run(store, "replay", "--to", "dmarc@example.net", *option, *letters[:2])
    before = status(desk, store)[1]["reports"]
    text = example("logrotate/ruamill").replace("/var/lib/ruamill", store).replace("su ruamill ruamill", "su root root")
    path = desk.write("rotate", text)
    os.chmod(path, 0o644)
    done = subprocess.run(["logrotate", "--force", "--state", desk.path("rotate.state"), path],
                          env=as_installed(desk, store), capture_output=True, text=True, check=False)
    left = glob.glob(os.path.join(store, "*/re[cp]or*"))
    tally.check(done.returncode == 0 and left and not [name for name in left if name.endswith(".csv")], f"examples/logrotate {done.stderr} {left}")
    found = status(desk, store)[1]
    tally.check(found["reports"] == before > 0 and found["tables_unread"] == 0 and desk.run(store, "verify").code == 0, "what it moved is read")
    desk.run(store, "replay", "--to", "dmarc@example.net", *option, *letters)
    tally.check(status(desk, store)[1]["reports"] == 4 and desk.run(store, "verify").code == 0, "and the next report has a new table")


def tests(desk, tally, _long):
    store = desk.new_store()
    letters = (reports_of(desk, "loud.example", range(1, 25)) + reports_of(desk, "quiet.example", range(20, 40)) +
               reports_of(desk, "weekly.example", range(6, 70, 7)) + reports_of(desk, "rare.example", (30, 60, 90)))
    broken = write_mails(desk.path("broken"), range(3), kind="broken")
    desk.replay(store, *letters, *broken)
    before = [entry for entry in state(store)]
    code, found = status(desk, store)
    tally.check(code == 0 and found["status"] == "OK" and found["reports"] == len(letters) and found["reasons"] == "", f"all is well {found}")
    tally.check([one["org_name"] for one in found["silent"]] == ["quiet.example"] and found["silent"][0]["gap_days"] == 1,
                f"who fell silent {found['silent']}")
    tally.check([(one["rua"], one["reports"]) for one in found["ruas"]] == [("dmarc@example.net", len(letters))] and
                abs(found["ruas"][0]["last"] - time.time()) < 300, "the last report of each RUA")
    desk.write("allow", "dmarc@example.net *\nrua+*@example.org *\n@quiet.example *\n")
    expected = (["rua+*@example.org", "@quiet.example"], 2)
    waiting = status(desk, store)[1]
    tally.check((waiting["waiting"], waiting["waiting_ruas"]) == expected, f"who waits for a first report {waiting['waiting']}")
    compiled = desk.run(store, "allow", "compile").code
    waiting = status(desk, store)[1]
    tally.check(compiled == 0 and (waiting["waiting"], waiting["waiting_ruas"]) == expected, "the same of a compiled list")
    tally.check("rua: @quiet.example: no report yet\n" in desk.run(store, "status").out, "also for people")
    tally.check(found["bad"] == found["quarantine_messages"] == 3 and found["quarantine_newest"] > time.time() - 300, "the quarantine")
    tally.check(found["journal_bytes"] > 0 and found["journal_entries"] == 0 and found["free_bytes"] > 0, "journal and disk")
    tally.check(state(store) == before, "nothing is written")
    answer = desk.run(store, "status")
    lines = answer.out.splitlines()
    tally.check(re.match(r"(OK|WARNING|CRITICAL) - .*\d+ reports, the last one came 20", lines[0]) is not None and
                any(line.startswith("silent: quiet.example: reported every day until 20") for line in lines) and
                answer.code == ("OK", "WARNING", "CRITICAL").index(lines[0].split()[0]), f"for people {lines}")
    for arguments, level, words in ((("--warning", "100"), 1, "are free"), (("--warning", "100", "--critical", "100"), 2, "are free"),
                                    (("-o", "max_quarantine=1K"), 2, "max_quarantine"), (("-o", "max_quarantine=1500"), 1, "max_quarantine"),
                                    (("-o", "max_quarantine=0"), 0, "")):
        code, found = status(desk, store, *arguments)
        tally.check(code == level and words in found["reasons"], f"{' '.join(arguments)} {code} {found['reasons']}")
    move(store, 2)
    codes = [status(desk, store, "--max-age", age)[0] for age in ("3d", "36h", "12h", "0")]
    tally.check(codes == [0, 1, 2, 0], f"--max-age {codes}")
    forget(store)
    tally.check(status(desk, store)[1]["journal_entries"] > 0, "what may not be applied")
    answer = desk.run(store, "status", "--metrics")
    with open(desk.path("metrics"), "w", encoding="ascii") as file:
        file.write(answer.out)
    with open(desk.path("metrics"), "rb") as file:
        checked = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, check=False)
    tally.check(answer.code == 0 and checked.returncode == 0 and f"ruamill_reports_total {len(letters)}\n" in answer.out, "--metrics")
    for arguments, words in ((("--format", "csv"), "table or json"), (("--warning", "x"), "percent"), (("--critical", "101"), "percent"),
                             (("--max-age", "3"), "400d"),
                             (("--critical", "20", "--warning", "10"), "is more than --warning 10"), (("--metrics", "--format", "json"), "leave out --format"),
                             (("x",), "is too much"), (("--what",), "no option")):
        answer = desk.run(store, "status", *arguments)
        tally.check(answer.sentence(USAGE, words), f"status {' '.join(arguments)}: {answer}")
    answer = desk.run(desk.path("none"), "status")
    tally.check((answer.code, answer.err) == (3, "") and answer.out == f"UNKNOWN - store {desk.path('none')}: there is none; mend the name, or let the first report make it\n", f"no store {answer}")
    answer = desk.run(desk.path("none"), "status", "--format", "json")
    tally.check(answer.code == 3 and json.loads(answer.out)["status"] == "UNKNOWN", "also in JSON")
    tally.check(desk.run(desk.path("none"), "status", "--metrics").sentence(3, "there is none"), "and no metrics that are none")
    nothing_came(desk, tally)
    unread(desk, tally, store)
    mistaken(desk, tally, store)
    damaged(desk, tally, store)
    cron(desk, tally, store)
    logrotate(desk, tally)
    if os.getuid() != 0:
        tally.check(False, "ABSENT root, to be somebody else")
        return
    inodes(desk, tally, store)
    subprocess.run(["chmod", "-R", "a+rX", store], check=True)
    answer = desk.run(store, "status", "--format", "json", user=NOBODY)
    tally.check(json.loads(answer.out)["bad"] == 0 or answer.code < 3, f"somebody else may look {answer}")
    os.chmod(store, 0o700)
    answer = desk.run(store, "status", user=NOBODY)
    tally.check(answer.code == 3 and answer.out.startswith("UNKNOWN - ") and answer.out.count("\n") == 1 and not answer.err, f"who may not, is told {answer}")


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
