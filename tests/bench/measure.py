"""measure.py - for the measurements: builds the floor, runs a program and says
what it took, holds a store against what it should contain."""

import csv
import glob
import os
import shlex
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
RUA = "dmarc@reports.example.org"
SYNCS = ("fdatasync", "fsync", "syncfs", "sync_file_range", "msync")
TICK = 0.005  # seconds between two looks at the memory


@dataclass
class Cost:
    user: float
    system: float
    wall: float

    @property
    def cpu(self):
        return self.user + self.system


def program_of(build):
    """The program of a build."""
    program = os.path.join(os.path.abspath(build), "bin/ruamill")
    if not os.access(program, os.X_OK):
        raise SystemExit(f"no program {program}: build it, or name another build")
    return program


def build_floor(folder):
    libraries = subprocess.run(["pkg-config", "--cflags", "--libs", "gmime-3.0", "zlib", "expat"],
                               capture_output=True, text=True, check=True).stdout
    floor = os.path.join(folder, "floor")
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", os.path.join(HERE, "floor.c"),
                    *shlex.split(libraries), "-o", floor], check=True)
    return floor


def run(command, watch=None):
    """Runs it to its end: (Cost, what it printed). Its children count too."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while watch and not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            watch(process.pid)
            time.sleep(TICK)
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ...: exit status {process.returncode}")
    return Cost(used.ru_utime, used.ru_stime, time.monotonic() - began), output


def descendants(pid):
    yield pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
    except OSError:
        return
    for child in children:
        yield from descendants(int(child))


def shared_out(pid):
    """Its memory in KiB, pages shared with others divided among them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except OSError:  # it is gone
        return 0


class Census:
    """The most memory that all processes of a run had together, in KiB."""

    def __init__(self):
        self.most = 0

    def __call__(self, pid):
        self.most = max(self.most, sum(map(shared_out, descendants(pid))))


class Replay:
    """Replays into a new store each time; `domains` are those it takes."""

    def __init__(self, program, folder, scratch):
        self.store = os.path.join(folder, "store")
        allow = os.path.join(scratch, "allow")
        with open(allow, "w", encoding="ascii") as file:
            file.write(f"{RUA} *\n")
        self.command = [program, "replay", "-o", f"store={self.store}", "-o", f"allow={allow}", "--to", RUA]

    def clear(self):
        subprocess.run(["rm", "-rf", self.store], check=True)

    def run(self, path, jobs):
        return run([*self.command, "--jobs", str(jobs), path])[0]

    def memory(self, path, jobs):
        """The most KiB of one process, and of all of them together."""
        census, peak = Census(), self.store + ".peak"
        # By time(1), since a process is charged with what its parent had when
        # it was forked.
        run(["time", "-f", "%M", "-o", peak, *self.command, "--jobs", str(jobs), path], census)
        with open(peak, encoding="ascii") as file:
            largest = int(file.read())
        os.unlink(peak)
        return largest, census.most

    def syncs(self, path, jobs):
        """How often it had something synced."""
        trace = self.store + ".trace"
        # the calls of parsing are not stopped at: --seccomp-bpf
        subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", trace, "-e", "trace=" + ",".join(SYNCS),
                        *self.command, "--jobs", str(jobs), path], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        with open(trace, encoding="ascii", errors="replace") as file:
            calls = sum(any(f" {name}(" in line for name in SYNCS) for line in file)
        os.unlink(trace)
        return calls

    def rows(self):
        """{report ID: (rows, messages)} as the tables have it."""
        found = defaultdict(lambda: [0, 0])
        for path in glob.iglob(os.path.join(self.store, "*", "records-*.csv")):
            with open(path, encoding="utf-8", newline="") as file:
                rows = csv.reader(file)
                head = next(rows)
                name, count = head.index("report_id"), head.index("count")
                for row in rows:
                    found[row[name]][0] += 1
                    found[row[name]][1] += int(row[count])
        return {name: tuple(sums) for name, sums in found.items()}

    def archived(self):
        return sum(1 for _, _, files in os.walk(self.store) for name in files
                   if name.endswith((".gz", ".zip")))
