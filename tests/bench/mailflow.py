#!/usr/bin/env python3
"""mailflow.py - what ruamill costs in the mail flow: messages a second, and CPU
a message, through one Postfix without a milter, with one that accepts everything,
and with ours; for ordinary mail and for reports. Prints a table.

usage: mailflow.py [PROGRAM] [--long] [--sync=MS[,shared]]

Fails if a report that was taken is not in the store afterwards, or if ruamill is
far slower than it should be; with --long, if ordinary mail is slower than through
the empty milter by more than the noise, or reports come in at less than a quarter
of the rate at which Postfix queues them.

With --sync, only reports are measured, on a disk that is made slow: every sync, of
Postfix and of ruamill, lasts MS milliseconds longer than it does (slowsync.c), one
after the other; with `shared`, all that wait for one to end are done with the next.
From 8 on, without `shared`, --long fails if reports come in more slowly than Postfix
queues them, over 10 connections and more.

The rows are measured in turns, several times, and the medians compared: rates of
different runs, and on a machine with other work, are not comparable."""

import os
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "mta"))
import rig   # noqa: E402
import smtp  # noqa: E402
from rig import OTHER, RUA, mails  # noqa: E402

SESSIONS = (1, 10, 50)
TOKENS = 110          # messages that Postfix lets pass before in_flow_delay holds them back
LETTER = 10000        # bytes of an ordinary mail
RECORDS = 12
EACH = 20             # messages a connection
SLOW = 8              # milliseconds of a sync: the disk is what Postfix waits for
IMPORTED = "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME"
TICK = os.sysconf("SC_CLK_TCK")

ROWS = (
    # name, kind of mail, service, recipient
    ("ordinary mail, no milter", "letter", "none", OTHER),
    ("ordinary mail, empty milter, no step", "letter", "empty", OTHER),
    ("ordinary mail, empty milter, every step", "letter", "every", OTHER),
    ("ordinary mail, ruamill", "letter", "ours", OTHER),
    ("reports, no milter: queued", "report", "none", RUA),
    ("reports, ruamill, in_flow_delay = 0", "report", "ours", RUA),
)
REPORTS = ROWS[-2:]
DELAYED = ("reports, ruamill, in_flow_delay = 1s", "report", "delayed", RUA)


def build(here):
    """The load generator and the empty milter."""
    milter = subprocess.run(["pkg-config", "--cflags", "--libs", "milter"], capture_output=True, text=True,
                            check=True).stdout.split()
    for name, libraries in (("smtpload", []), ("nothing", milter)):
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", os.path.join(HERE, name + ".c"), "-o",
                        here.make("bin/" + name), *libraries, "-lpthread"], check=True)


def family(pid):
    """A process and all below it."""
    yield pid
    for word in rig.read(f"/proc/{pid}/task/{pid}/children").split():
        yield from family(int(word))


def cpu(pids):
    """Seconds that processes, what is below them, and what ended below them used."""
    ticks = 0
    for pid in {pid for top in pids for pid in family(top)}:
        fields = rig.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15])) if fields else 0
    return ticks / TICK


def slow_disk(here, sync):
    """The environment of programs whose syncs last longer; none for a sync of
    zero."""
    milliseconds, _, shared = sync.partition(",")
    if not sync or not float(milliseconds):
        return {}
    library, disk = here.make("bin/slowsync.so"), here.make("disk")
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", os.path.join(HERE, "slowsync.c"),
                    "-o", library, "-ldl", "-lpthread"], check=True)
    with open(disk, "wb") as file:
        file.write(bytes(16))
    os.chmod(disk, 0o666)
    return {"LD_PRELOAD": library, "SLOWSYNC": milliseconds, "SLOWSYNC_FILE": disk,
            **({"SLOWSYNC_SHARED": "1"} if shared else {})}


class Bench:
    def __init__(self, here, is_long, sync):
        self.here = here
        self.rows = REPORTS if sync else ROWS
        disk = slow_disk(here, sync)
        self.rounds, self.count = (5, 400) if is_long else (5, 80)
        self.empty = []
        build(here)
        for name in ("empty", "every"):
            words = [here.make("bin/nothing"), f"unix:{here.own('run', 0o2750, 'postfix')}/{name}"]
            self.empty.append(subprocess.Popen(words + ["all"] * (name == "every"), user=here.user.pw_uid,
                                               group=here.user.pw_gid, extra_groups=[], umask=0o007))
        here.configure(allow=f"{RUA} *\n")
        here.milter.start(environment=disk)
        self.ports = {name: rig.free_port() for name in ("none", "empty", "every", "ours", "delayed")}
        self.server = rig.Postfix(here, 0, milter=True, in_flow_delay=0, virtual_transport="discard:",
                                  import_environment=" ".join([IMPORTED, *map("=".join, disk.items())]))
        here.servers.append(self.server)
        with open(self.server.folder + "/etc/master.cf", "a", encoding="utf-8") as file:
            for name, port in self.ports.items():
                sockets = {"none": "", "empty": self.socket("empty"), "every": self.socket("every")}
                file.write(f"127.0.0.1:{port} inet n - n - 200 smtpd\n")
                if name in sockets:
                    file.write(f"  -o smtpd_milters={sockets[name]}\n")
                if name == "delayed":
                    file.write("  -o cleanup_service_name=cleanup1s\n")
            file.write("cleanup1s unix n - n - 0 cleanup -o in_flow_delay=1s\n")
        self.server.start()
        self.master = int(rig.read(self.server.folder + "/queue/pid/master.pid"))
        self.sent = 0
        self.taken = []       # numbers of the reports that ruamill took
        self.letters = here.make("letters")
        with open(self.letters, "wb") as file:
            body = b"0123456789 123456789 123456789 123456789 123456789 123456789 123456\n" * (LETTER // 68)
            for number in range(100):
                file.write(smtp.dotted(b"From: a@client.example\nSubject: letter %d\n\n" % number + body))

    def socket(self, name):
        return f"unix:{os.path.dirname(self.here.milter.path)}/{name}"

    def close(self):
        for process in self.empty:
            process.kill()
            process.wait()

    def reports(self, count, service):
        """A file of reports that were not sent before."""
        path, first = self.here.make("reports"), self.sent
        with open(path, "wb") as file:
            for number in range(first, first + count):
                file.write(smtp.dotted(mails.Mail(number=number, records=RECORDS, domain="example.com",
                                                  kind="gzip").bytes()))
        self.sent += count
        if service in ("ours", "delayed"):
            self.taken += range(first, self.sent)
        return path

    def load(self, path, service, sessions, count, to):
        done = subprocess.run([self.here.make("bin/smtpload"), path, str(self.ports[service]), str(sessions), str(EACH),
                               str(count), rig.SENDER, to], capture_output=True, text=True, check=False)
        seen = {name: float(value) for name, _, value in (word.partition("=") for word in done.stdout.split())}
        if done.returncode:
            raise SystemExit(f"{service}: not everything was taken: {done.stdout}{done.stderr}")
        return seen

    def measure(self, row, sessions, count):
        """(rate, ms of CPU a message in Postfix, in the milter, ms until the answer)"""
        _, kind, service, to = row
        path = self.letters if kind == "letter" else self.reports(count, service)
        milters = {"none": [], "empty": [self.empty[0].pid], "every": [self.empty[1].pid]}
        ours = milters.get(service, [self.here.milter.process.pid])
        before = cpu([self.master]), cpu(ours)
        seen = self.load(path, service, sessions, count, to)
        rig.wait_for(lambda: not self.server.queued(), 60, 0.02)
        after = cpu([self.master]), cpu(ours)
        return seen["rate"], (after[0] - before[0]) * 1000 / count, (after[1] - before[1]) * 1000 / count, seen["p50"]

    def syncs(self, sessions, count):
        """Of the milter for so many reports, as strace sees them."""
        trace = self.here.make("syncs")
        with subprocess.Popen(["strace", "-f", "-p", str(self.here.milter.process.pid), "-e", "trace=fdatasync,syncfs",
                               "-o", trace], stderr=subprocess.PIPE, text=True) as watch:
            watch.stderr.readline()  # it is attached
            self.load(self.reports(count, "ours"), "ours", sessions, count, RUA)
            watch.send_signal(signal.SIGINT)
            watch.wait()
        with open(trace, encoding="utf-8") as file:
            return sum("sync" in line and "resumed" not in line for line in file)

    def shown(self):
        return self.rows if self.rows == REPORTS else (*self.rows, DELAYED)

    def measure_all(self):
        """{(name, sessions): what was measured in each round}"""
        seen = {}
        for turn in range(self.rounds + 1):     # the first does not count
            for sessions in SESSIONS:
                for row in self.rows:
                    count = self.count if turn else 60
                    got = self.measure(row, sessions, count)
                    if turn:
                        seen.setdefault((row[0], sessions), []).append(got)
        if DELAYED not in self.shown():
            return seen
        # nothing but reports from here on, so that the tokens stay used up
        self.load(self.reports(TOKENS, "delayed"), "delayed", 50, TOKENS, RUA)
        for sessions in SESSIONS:
            seen[DELAYED[0], sessions] = [self.measure(DELAYED, sessions, sessions * 2)]
        return seen


def show(seen, rows):
    medians = {key: [statistics.median(column) for column in zip(*values)] for key, values in seen.items()}
    print(f"{'':<42}" + "".join(f"{f'{n} sessions' if n > 1 else '1 session':>34}" for n in SESSIONS))
    print(f"{'messages a second; ms of CPU a message,':<42}" +
          f"{'rate':>8}{'Postfix':>9}{'milter':>8}{'ms':>9}" * len(SESSIONS))
    print("in Postfix and in the milter; ms from MAIL to the answer")
    for row in rows:
        cells = (medians[row[0], sessions] for sessions in SESSIONS)
        print(f"{row[0]:<42}" + "".join(f"{rate:>8.0f}{mta:>9.2f}{ours:>8.2f}{took:>9.1f}"
                                        for rate, mta, ours, took in cells))


def ratios(seen, sessions, ours, other):
    """Of the rates, and of the CPU of Postfix and milter together: the medians
    of what the rounds say, in each of which both were measured at about the same
    time."""
    pairs = list(zip(seen[ROWS[ours][0], sessions], seen[ROWS[other][0], sessions]))
    return (statistics.median(a[0] / b[0] for a, b in pairs),
            statistics.median((a[1] + a[2]) / (b[1] + b[2]) for a, b in pairs))


def judge_reports(tally, seen, least):
    for sessions in SESSIONS:
        rate, cost = ratios(seen, sessions, 5, 4)
        tally.check(rate >= least[sessions],
                    f"{sessions} sessions: reports, durable, at {rate:.2f} of the rate at which Postfix queues them, "
                    f"for {cost:.2f} of its CPU")


def judge_syncs(tally, shared, count):
    """Messages that come together share one; how many do depends on the disk."""
    for sessions, syncs in shared.items():
        tally.check(syncs <= 1.1 * count, f"{sessions} sessions: {count} reports by {syncs} syncs of the milter, "
                    f"{count / max(syncs, 1):.1f} each")
    tally.check(shared[50] < shared[1], "with 50 sessions there are fewer")


def judge(tally, seen, is_long, sync):
    """A machine with other work to do is no judge of a few per cent: only gross
    failures count in the short run."""
    many = 0.25 if is_long else 0.1
    if sync.isdigit() and int(sync) >= SLOW:
        many = 1 if is_long else 0.5
    judge_reports(tally, seen, {1: 0.25 if is_long else 0.1, 10: many, 50: many})
    for sessions in SESSIONS if not sync else ():
        for other, name in ((1, "with no step"), (2, "with every step")):
            rate, cost = ratios(seen, sessions, 3, other)
            tally.check(rate >= (0.85 if is_long else 0.4) and cost <= (1.1 if is_long else 2),
                        f"{sessions} sessions: ordinary mail at {rate:.2f} of the rate of the empty milter {name}, "
                        f"for {cost:.2f} of its CPU")


def main():
    program, options, tally = rig.begin(__doc__)
    is_long = "long" in options
    began = time.monotonic()
    with rig.Rig(program) as here:
        bench = Bench(here, is_long, options.get("sync", ""))
        try:
            seen = bench.measure_all()
            shared = {sessions: bench.syncs(sessions, bench.count) for sessions in SESSIONS}
        finally:
            bench.close()
        show(seen, bench.shown())
        judge_syncs(tally, shared, bench.count)
        judge(tally, seen, is_long, options.get("sync", ""))
        numbers, records = here.store.numbers(), len(here.store.rows("records-"))
        tally.check(numbers == sorted(bench.taken) and records == RECORDS * len(numbers),
                    f"{len(bench.taken)} reports were taken; in the store are {len(numbers)}, with {records} records")
        bad = here.store.verify()
        tally.check(not bad, f"the store is in order {bad or ''}")
    print(f"{time.monotonic() - began:.0f} s, {os.cpu_count()} cores")
    tally.end()


if __name__ == "__main__":
    main()
