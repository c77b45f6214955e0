#!/usr/bin/env python3
"""metrics.py [PROGRAM] - what Prometheus is told: the option `metrics`, and the
ceiling of the quarantine, which lives by the same counters."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

from desk import KILLED, LATER, OK, ROOT, kept, main, rows, write_mails

SAMPLE = re.compile(r'(ruamill_[a-z_]+)(\{[^}]*\})? (\d+(?:\.\d+)?)')


def parse(text):
    """{name and labels: value}; ends the test when a line is none."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            continue
        match = SAMPLE.fullmatch(line)
        if not match or match[1] + (match[2] or "") in found:
            sys.exit(f"no line of metrics: {line!r}")
        found[match[1] + (match[2] or "")] = float(match[3])
    return found


def read(path):
    with open(path, encoding="ascii") as file:
        return parse(file.read())


def messages(found, front=None):
    sums = {}
    for name, value in found.items():
        match = re.fullmatch(r'ruamill_messages_total\{frontend="(\w+)",verdict="(\w+)"\}', name)
        if match and value and front in (None, match[1]):
            sums[match[2]] = sums.get(match[2], 0) + value
    return sums


def is_counter(name):
    return name.partition("{")[0].endswith("_total")


class Watch(threading.Thread):
    """Reads the file again and again: it is whole each time, and no counter goes back."""

    def __init__(self, path):
        super().__init__()
        self.path, self.over, self.wrong, self.times = path, False, [], 0
        self.start()

    def run(self):
        before = {}
        while not self.over:
            with contextlib.suppress(FileNotFoundError):
                with open(self.path, encoding="ascii") as file:
                    text = file.read()
                if not text.endswith("\n") or "ruamill_store_free_inodes " not in text:
                    self.wrong.append(f"{len(text)} bytes")
                    continue
                now = parse(text)
                self.wrong += [name for name, value in now.items() if is_counter(name) and value < before.get(name, 0)]
                before = now
                self.times += 1


def many_processes(desk, tally):
    store, path = desk.new_store(), desk.path("prom/ruamill.prom")
    os.makedirs(os.path.dirname(path))
    letters = write_mails(desk.path("mails"), range(60))
    broken = write_mails(desk.path("broken"), range(3), kind="broken")
    watch = Watch(path)
    running = []
    for part in (letters[:30], letters[20:50], broken, letters[50:]):
        running.append(subprocess.Popen(desk.command(store, "replay", "--to", "dmarc@example.net", "-o", f"metrics={path}", *part),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for letter in letters[:12]:
        with open(letter, "rb") as file:
            running.append(subprocess.Popen(desk.command(store, "pipe", "--rcpt", "dmarc@example.net", "-o", f"metrics={path}"),
                                            stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    codes = {process.wait() for process in running}
    desk.run(store, "pipe", "--rcpt", "dmarc@example.net", "-o", f"metrics={path}", stdin=b"Subject: hello\n\nhello\n")
    watch.over = True
    watch.join()
    found = read(path)
    sums = messages(found)
    records = sum('"none"' in row and "archive/" not in row for row in rows(store))
    tally.check(codes == {OK} and sums == {"ok": 60, "duplicate": 22, "bad": 3, "not_report": 1}, f"all processes are counted {codes} {sums}")
    tally.check(messages(found, "pipe").get("not_report") == 1 and sum(messages(found, "pipe").values()) == 13,
                "each front end for itself")
    tally.check((found["ruamill_reports_total"], found["ruamill_records_total"], found["ruamill_duplicate_reports_total"]) ==
                (60, records, 22), "reports, records, duplicates")
    size = sum(os.path.getsize(os.path.join(store, "quarantine", name)) for name in kept(store))
    tally.check((found["ruamill_kept_aside_total"], found["ruamill_quarantine_messages"], found["ruamill_quarantine_bytes"]) ==
                (4, 4, size), "the quarantine")
    tally.check(found["ruamill_syncs_total"] > 0 and found["ruamill_message_seconds_total{frontend=\"pipe\"}"] > 0 and
                found["ruamill_message_bytes_total{frontend=\"pipe\"}"] > 0 and found["ruamill_journal_bytes"] > 0 and
                abs(time.time() - found["ruamill_last_success_timestamp_seconds{frontend=\"replay\"}"]) < 300, "syncs, seconds, bytes, times")
    tally.check(watch.times > 3 and not watch.wrong, f"read {watch.times} times: never in part, and never back {watch.wrong[:3]}")
    tally.check(stat.S_IMODE(os.stat(path).st_mode) == 0o644 and os.listdir(os.path.dirname(path)) == ["ruamill.prom"],
                "for everybody to read, and nothing beside it")
    with open(path, "rb") as file:
        checked = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, check=False) \
            if shutil.which("promtool") else None
    tally.check(checked is not None and checked.returncode == 0 and not checked.stdout + checked.stderr,
                f"promtool has nothing to say {checked or 'ABSENT promtool'}")
    return store, path, letters


def not_flushed(desk, tally, store, path, letter):
    """What a process could not write down, since another one has the counters, it does not show: the next one would not."""
    def replayed():
        return messages(read(path)).get("duplicate", 0)

    with open(os.path.join(store, ".spool/counters"), "rb") as file:
        command = desk.command(store, "replay", "--to", "dmarc@example.net", "-o", f"metrics={path}", letter)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        before, seen = replayed(), []
        fcntl.flock(file, fcntl.LOCK_EX)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        old = os.stat(path).st_mtime_ns
        for _ in range(100):
            if os.stat(path).st_mtime_ns != old:
                seen.append(replayed())
            if seen or process.poll() is not None:
                break
            time.sleep(0.02)
        fcntl.flock(file, fcntl.LOCK_UN)
        process.wait()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    tally.check(seen == [before] and replayed() == before + 2, f"not flushed is not shown, and not lost {before} {seen} {replayed()}")


def a_new_start(desk, tally, store, path, letter):
    """Another boot: counters begin anew, times stay."""
    counters = os.path.join(store, ".spool/counters")
    with open(counters, "r+b") as file:
        file.seek(8)
        file.write(b"00000000-1111-2222-3333-444444444444")
    desk.run(store, "replay", "--to", "dmarc@example.net", "-o", f"metrics={path}", letter)
    found = read(path)
    tally.check(messages(found) == {"duplicate": 1} and found["ruamill_reports_total"] == 0 and
                'ruamill_last_success_timestamp_seconds{frontend="pipe"}' in found and found["ruamill_quarantine_messages"] == 4,
                "after a restart of the machine")
    for content in (b"", b"x" * 4000):
        with open(counters, "wb") as file:
            file.write(content)
        answer = desk.run(store, "replay", "--to", "dmarc@example.net", "-o", f"metrics={path}", letter)
        tally.check(answer.code == OK and messages(read(path)) == {"duplicate": 1}, f"a file of {len(content)} other bytes")


def no_file(desk, tally, store, letter):
    os.makedirs(os.path.join(desk.path("prom"), "x"), exist_ok=True)
    os.mkfifo(desk.path("fifo"))
    desk.write("aim", "mine")
    os.symlink("aim", desk.path("link"))
    for path, words in ((desk.path("nowhere/x.prom"), "open folder"), (desk.path("prom"), "no regular file"),
                        (desk.path("fifo"), "no regular file"), (desk.path("link"), "no regular file")):
        words = f"metrics are not written to {path}: " + ("it is there and is " if "regular" in words else "") + words
        answer = desk.run(store, "replay", "--to", "dmarc@example.net", "-o", f"metrics={path}", letter)
        tally.check(answer.sentence(OK, words) and " duplicate 1 " in answer.out, f"no such place: {answer}")
    with open(desk.path("aim"), encoding="utf-8") as file:
        tally.check(stat.S_ISFIFO(os.stat(desk.path("fifo")).st_mode) and os.path.islink(desk.path("link")) and file.read() == "mine",
                    "what is no regular file stays")
    os.makedirs(os.path.join(store, ".spool/was"))
    os.rename(os.path.join(store, ".spool/counters"), os.path.join(store, ".spool/was/counters"))
    os.mkdir(os.path.join(store, ".spool/counters"))
    answer = desk.run(store, "replay", "--to", "dmarc@example.net", letter)
    tally.check(answer.code == OK and not answer.err, f"counters that cannot be written are no fault of a message: {answer}")
    os.rmdir(os.path.join(store, ".spool/counters"))


def idle_milter(desk, store, path):
    """One that gets no mail, until it has written its metrics. Returns its status."""
    with open(desk.path("milter.log"), "wb") as log:
        process = subprocess.Popen(desk.command(store, "milter", "-o", f"socket=unix:{desk.path('socket')}", "-o", f"metrics={path}"), stderr=log)
    until = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def milter(desk, tally, store):
    path = desk.path("prom/milter.prom")
    code = idle_milter(desk, store, path)
    tally.check(code == OK and os.path.exists(path) and "ruamill_build_info" in str(read(path)) or
                open(desk.path("milter.log"), encoding="utf-8").read(), f"the milter writes them {code}")


ALERTS = """
rule_files: [%s]
evaluation_interval: 1h
tests:
  - interval: 1h
    input_series:
      - {series: 'ruamill_counters_start_timestamp_seconds{instance="never"}', values: '3600x200'}
      - {series: 'ruamill_counters_start_timestamp_seconds{instance="once"}', values: '3600x200'}
      - {series: 'ruamill_last_success_timestamp_seconds{frontend="milter",instance="once"}', values: '180000x200'}
    alert_rule_test:
      - {eval_time: 70h, alertname: RuamillNoReports, exp_alerts: []}
      - {eval_time: 80h, alertname: RuamillNoReports, exp_alerts: [{exp_labels: {instance: never}, exp_annotations: %s}]}
      - {eval_time: 125h, alertname: RuamillNoReports, exp_alerts: [{exp_labels: {instance: never}, exp_annotations: %s},
                                                                  {exp_labels: {instance: once}, exp_annotations: %s}]}
"""


def alerts(desk, tally):
    """The rules of the example, and what they need: where no report ever came, the counters began."""
    says = "{summary: No DMARC report has come for three days.}"
    path = desk.write("alerts_test.yml", ALERTS % (os.path.join(ROOT, "examples/node_exporter/alerts.yml"), says, says, says))
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, check=False)
    tally.check(done.returncode == 0, f"the example's alert, also where none ever came {(done.stdout + done.stderr)[-300:] if done.returncode else ''}")
    store, path = desk.new_store(), desk.path("start.prom")
    idle_milter(desk, store, path)
    with open(os.path.join(store, ".spool/counters"), "r+b") as file:
        file.seek(8)
        file.write(b"00000000-1111-2222-3333-444444444444")
    os.unlink(path)
    began = set()
    for _ in range(2):
        idle_milter(desk, store, path)
        began.add(read(path).get("ruamill_counters_start_timestamp_seconds"))
        os.unlink(path)
        time.sleep(1.1)
    tally.check(len(began) == 1 and None not in began, f"when they began, at a start of the machine, does not move while nothing comes {began}")


def ceiling(desk, tally, letters):
    store = desk.new_store()
    broken = write_mails(desk.path("flood"), range(20), kind="broken")
    size = os.path.getsize(broken[0])
    option = ("-o", f"max_quarantine={size * 5 // 2}")
    answer = desk.run(store, "replay", "--to", "dmarc@example.net", *option, *broken[:10], *letters[:5])
    tally.check(answer.code == LATER and " new 5 " in answer.out and " bad 2 " in answer.out and " later 8" in answer.out and
                answer.err.count("the quarantine is full, by max_quarantine") == 8 and len(kept(store)) == 2,
                f"over the ceiling it is LATER, and reports are stored {answer}")
    with open(broken[11], "rb") as file:
        message = file.read()
    answer = desk.run(store, "pipe", "--rcpt", "dmarc@example.net", *option, stdin=message)
    tally.check(answer.code == LATER and answer.out.startswith("4.3.0 ") and "max_quarantine" in answer.out, f"so it is in the pipe {answer}")
    answer = desk.run(store, "replay", "--to", "dmarc@example.net", *option, broken[0])
    tally.check(answer.code == LATER, "also one that is there already, for nobody looks")
    answer = desk.run(store, "replay", "--to", "dmarc@example.net", "-o", "max_quarantine=0", *broken[:10])
    tally.check(answer.code == OK and len(kept(store)) == 10, "0 is no ceiling")
    for path in kept(store):
        os.utime(os.path.join(store, "quarantine", path), (time.time() - 3 * 3600,) * 2)
    desk.run(store, "prune", "--quarantine", "--older-than", "1h")
    now = time.gmtime()
    if now.tm_mday > 1 or now.tm_hour >= 2:
        answer = desk.run(store, "replay", "--to", "dmarc@example.net", *option, *broken[10:12])
        tally.check(answer.code == OK and len(kept(store)) == 2, f"prune makes room at once {answer}")
    for path in kept(store):
        os.unlink(os.path.join(store, "quarantine", path))
    with open(os.path.join(store, ".spool/counters"), "r+b") as file:
        file.truncate(8)
    answer = desk.run(store, "replay", "--to", "dmarc@example.net", *option, *broken[12:14])
    tally.check(answer.code == OK, f"what is there is counted when nobody knows {answer}")
    tally.check(desk.run(store, "check", "-o", "max_quarantine=x").sentence(78, "a size from 0 to 1024G"), "a size that is none")


def counted_whoever_finishes(desk, tally):
    """A mail whose verdict was LATER, or whose process died, and that a recovery keeps aside, is counted all the same."""
    like, options = desk.new_store(), ("-o", "max_quarantine=1G", "-o", "jobs=1")
    broken = write_mails(desk.path("left"), range(100, 102), kind="broken")
    arguments = ("replay", "--to", "dmarc@example.net", *options)
    desk.run(like, *arguments, broken[0])
    points = [number for number, _, changes in desk.calls(desk.new_store(like), *arguments, broken[1]) if changes]
    struck, finished, wrong = 0, 0, []

    def status(store):
        return json.loads(desk.run(store, "status", "--format", "json", *options).out)

    for number in points:
        store = desk.new_store(like)
        answer, _ = desk.strike(store, "kill", number, *arguments, broken[1])
        struck += answer.code == KILLED
        if not status(store)["journal_entries"]:
            continue  # not begun; or done, and only the count of a process that was killed is lost
        left = len(kept(store))
        finish = ("checkpoint",) if number % 2 else (*arguments, broken[0])
        desk.run(store, *finish)
        finished += len(kept(store)) > left
        found = status(store)
        size = sum(os.path.getsize(os.path.join(store, "quarantine", name)) for name in kept(store))
        if (found["quarantine_messages"], found["quarantine_bytes"]) != (len(kept(store)), size):
            wrong.append((number, finish[0], len(kept(store)), found["quarantine_messages"]))
    tally.check(struck > 10 and finished > 3 and not wrong, f"killed at {struck} calls, {finished} finished by another {wrong[:4]}")


def tests(desk, tally, _long):
    store, path, letters = many_processes(desk, tally)
    not_flushed(desk, tally, store, path, letters[0])
    a_new_start(desk, tally, store, path, letters[0])
    milter(desk, tally, store)
    no_file(desk, tally, store, letters[0])
    ceiling(desk, tally, letters)
    alerts(desk, tally)
    counted_whoever_finishes(desk, tally)


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
