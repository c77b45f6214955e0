"""rig.py - what the tests of ruamill ship have in common: a folder with mails,
stores and servers in it."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "store"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "bench"))

import engines  # noqa: E402
import harness  # noqa: E402
import tables  # noqa: E402
import workloads  # noqa: E402

RUA = "dmarc@example.net"
GOLDEN = os.path.join(os.path.dirname(HERE), "golden")
POSTGRES, CLICKHOUSE = "postgresql", "clickhouse"
ONCE = {POSTGRES: "{table}", CLICKHOUSE: "{database}.{table}_once"}


class Rig:
    """`target` lines are those of one server; each store has a folder."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program
        self.servers = []
        os.chmod(folder, 0o711)  # the servers' users pass through
        self.path("allow", f"{RUA} *\n")

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()

    def postgres(self, **options):
        self.servers.append(engines.Postgres(self.folder, **options))
        return self.servers[-1]

    def clickhouse(self, name="ch", **options):
        self.servers.append(engines.ClickHouse(self.folder, name, **options))
        return self.servers[-1]

    def mails(self, name):
        """Mails of a workload of tests/bench/workloads.py."""
        place = self.path("mails")
        if not os.path.isdir(os.path.join(place, name)):
            subprocess.run([sys.executable, workloads.__file__, place, name], check=True,
                           stdout=subprocess.DEVNULL)
        return os.path.join(place, name)

    def configure(self, store, targets, options=""):
        """A configuration file for a store and these sections."""
        return self.path(f"{store}.conf", f"store = {self.path(store)}\nallow = {self.path('allow')}\n"
                         f"{options}\n{targets}")

    def replay(self, conf, *paths, wait=True):
        words = [self.program, "replay", "-c", conf, "--to", RUA, *paths]
        running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if wait and running.wait():
            raise RuntimeError(f"{' '.join(words)}: exit status {running.returncode}")
        return running

    def ship(self, conf, *words, limit=120):
        """(exit status, what it said)."""
        done = subprocess.run([self.program, "ship", "-c", conf, *words], capture_output=True,
                              text=True, timeout=limit, check=False)
        return done.returncode, done.stderr

    def follow(self, conf, *words):
        return subprocess.Popen([self.program, "ship", "-c", conf, "--follow", *words],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def lag(self, conf, name):
        """What `ruamill ship --lag` says, by name."""
        done = subprocess.run([self.program, "ship", "-c", conf, "--lag", name], capture_output=True,
                              text=True, check=True)
        words = done.stdout.split()
        return dict(zip(words[0::2], words[1::2]))

    def wrong(self, server, stores, database="ruamill"):
        """What is wrong with a server's tables, in a few words."""
        kind = CLICKHOUSE if hasattr(server, "http") else POSTGRES
        once = ONCE[kind].replace("{database}", database)
        paths = [self.path(store) for store in stores]
        found = []
        for table in ("records", "reports"):
            found += tables.differences(server, paths, table, once=once)
        return found[:3] + ([f"and {len(found) - 3} more"] if len(found) > 3 else [])

    def failing(self, server, stores):
        """The same of a server that may be away or not ready yet."""
        try:
            return self.wrong(server, stores)
        except RuntimeError as error:
            return str(error)


def side_by_side(*works):
    """Calls all of them at the same time; the first exception is ours."""
    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result()


def end(process, how=signal.SIGTERM, limit=30):
    """(exit status, seconds)."""
    began = time.monotonic()
    process.send_signal(how)
    process.wait(timeout=limit)
    return process.returncode, time.monotonic() - began


def wait_for(test, seconds=60):
    """Whether it became true in time."""
    until = time.monotonic() + seconds
    while not test():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def rotated(rigs, store, name, target, right):
    """What is wrong, in a few words, when a password is refused at first, and its file
    gets another one while it is followed: where tables are to be made, and where
    they are there. `target` makes the lines of a password_file."""
    path = rigs.path(f"{name}-rotated")
    conf = rigs.configure(store, target(path))
    for words in (("--create",), ()):
        subprocess.run(["rm", "-rf", rigs.path(f"{store}/.spool/ship")], check=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("what it was before\n")
        os.chmod(path, 0o600)
        follow = rigs.follow(conf, *words, name)
        first = follow.stdout.readline()
        with open(path, "w", encoding="utf-8") as file:
            file.write(right + "\n")
        there = wait_for(lambda: rigs.lag(conf, name)["rows"] == "0", 20)
        code, _ = end(follow)
        said = first + follow.stdout.read()
        if not there or code or said.count("tried again") != 1:
            return f"{words} ({code}) {there} {said}"
    return ""


def clear(server, database="ruamill"):
    """Takes the tables away."""
    if hasattr(server, "http"):
        server.sql(f"DROP DATABASE IF EXISTS {database}")
    else:
        server.sql("DROP TABLE IF EXISTS records, reports, ruamill_offsets CASCADE")
