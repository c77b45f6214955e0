"""ruamill.py - runs `ruamill replay` for the tests, each time into a fresh store.

Environment: RUAMILL is the program (else build/release/bin/ruamill of the
checkout, else the newest build/*/bin/ruamill), RUAMILL_OPTIONS are further
options for every run (`-o sandbox=no`)."""

import contextlib
import csv
import glob
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUA = "dmarc@example.net"


def program():
    """The path of ruamill; ends the test when there is none."""
    found = os.environ.get("RUAMILL") or os.path.join(ROOT, "build/release/bin/ruamill")
    if not os.path.exists(found) and "RUAMILL" not in os.environ:
        others = glob.glob(os.path.join(ROOT, "build/*/bin/ruamill"))
        found = max(others, key=os.path.getmtime, default=found)
    if not os.access(found, os.X_OK):
        sys.exit(f"no program {found}: build it, or set RUAMILL")
    return os.path.abspath(found)


def scratch():
    """A temporary folder in memory where there is one."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="ruamill-test-", dir=place)


@dataclass
class Run:
    code: int  # exit status; None when it did not end in time
    out: str
    err: str

    def verdicts(self):
        return re.findall(r"\bverdict=(\w+)", self.err)


class Store:
    """A store and its allowlist, in a folder that is there already."""

    def __init__(self, folder, takes="*", form="csv"):
        self.path = os.path.join(folder, "store")
        self.allow = os.path.join(folder, "allow")
        self.form = form
        with open(self.allow, "w", encoding="utf-8") as file:
            file.write(f"{RUA} {takes}\n")

    def replay(self, path, options=(), limit=300):
        """Replays one file, named relative to its folder."""
        folder, name = os.path.split(os.path.abspath(path))
        command = [program(), "replay", "-v", "--to", RUA]
        for option in (f"store={self.path}", f"allow={self.allow}", f"format={self.form}", *options):
            command += ["-o", option]
        command += shlex.split(os.environ.get("RUAMILL_OPTIONS", "")) + [name]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired as late:
            return Run(None, "", (late.stderr or b"").decode("utf-8", "replace"))
        return Run(done.returncode, done.stdout.decode("utf-8", "replace"),
                   done.stderr.decode("utf-8", "replace"))

    def files(self):
        """All files, sorted, that are no state of the program's own."""
        return sorted(os.path.relpath(os.path.join(folder, name), self.path)
                      for folder, _, names in os.walk(self.path)
                      for name in names if ".spool" not in folder.split(os.sep))

    def tables(self, kind):
        """{name: text} of the `records` or `reports` tables."""
        tables = {}
        for name in self.files():
            if re.fullmatch(rf"{kind}-.*\.{self.form}", os.path.basename(name)):
                with open(os.path.join(self.path, name), encoding="utf-8", newline="") as file:
                    tables[name] = file.read()
        return tables

    def rows(self, kind):
        """The rows of all CSV tables of a kind, as dictionaries."""
        return [row for text in self.tables(kind).values()
                for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]


@contextlib.contextmanager
def fresh_store(**values):
    with scratch() as folder:
        yield Store(folder, **values)
