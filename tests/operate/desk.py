"""desk.py - for the tests of the commands that an administrator runs: a program,
stores to run it on, and what it answers."""

import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(ROOT, "tests/store")]

import harness  # noqa: E402
import mails  # noqa: E402

NOBODY = 65534
DAY = 86400
OK, PROBLEMS, USAGE, NO_INPUT, LATER, CONFIG = 0, 1, 64, 66, 75, 78
KILLED = 128 + 9


class Answer:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    def sentence(self, code, words=""):
        """It is that status, and one sentence with these words."""
        return self.code == code and self.err.count("\n") == 1 and words in self.err and self.err.startswith("ruamill: ")

    def __repr__(self):
        return f"{self.code} {self.out[-300:]!r} {self.err[-300:]!r}"


class Desk:
    def __init__(self, program, folder):
        self.folder = folder
        self.program = os.path.join(folder, "ruamill")  # where everybody can run it
        shutil.copy(program, self.program)
        self.tool = None
        self.allow = self.path("allow")
        self.write("allow", "dmarc@example.net *\n")
        self.stores = 0
        os.chmod(folder, 0o755)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def new_store(self, like=None):
        self.stores += 1
        store = self.path(f"store{self.stores}")
        if like:
            shutil.copytree(like, store, symlinks=True)
        return store

    def command(self, store, command, *arguments):
        return [self.program, command, "-o", f"store={store}", "-o", f"allow={self.allow}", *arguments]

    def run(self, store, command, *arguments, stdin=b"", user=None, limit=120, **more):
        done = subprocess.run(self.command(store, command, *arguments), capture_output=True, input=stdin,
                              timeout=limit, check=False, user=user, group=user,
                              extra_groups=None if user is None else [], **more)
        return Answer(done)

    def replay(self, store, *paths, to="dmarc@example.net"):
        return self.run(store, "replay", "--to", to, *paths)

    # ---- a run that is struck, see tests/store/killat.c ----

    def strike(self, store, what, when, command, *arguments):
        """Runs it; ended at a call. Returns the answer and the calls that were struck."""
        if not self.tool:
            self.tool = self.path("killat")
            subprocess.run(["gcc", "-D_GNU_SOURCE", "-O1", "-o", self.tool,
                            os.path.join(ROOT, "tests/store/killat.c")], check=True)
        struck = store + ".struck"
        done = subprocess.run([self.tool, struck, store, what, str(when), *self.command(store, command, *arguments)],
                              capture_output=True, timeout=120, check=False)
        with open(struck, encoding="utf-8", errors="replace") as file:
            return Answer(done), file.read().splitlines()

    def calls(self, store, command, *arguments):
        """Of a run that nobody disturbs: (number, name, whether it changes something)."""
        answer, lines = self.strike(store, "list", 0, command, *arguments)
        if answer.code:
            sys.exit(f"{command} {arguments}: {answer}")
        words = (line.split(" ", 3) for line in lines)
        return [(int(word[0]), word[1], word[2] == "changes") for word in words]


def forget(store):
    """As if the machine had been started anew: all of the journal is done again."""
    os.truncate(os.path.join(store, ".spool/lock"), 0)


def archive(store, ending="*"):
    """Archived files, below the store."""
    found = glob.glob(os.path.join(glob.escape(store), "*", "archive", "**", "*!" + ending), recursive=True)
    return sorted(os.path.relpath(path, store) for path in found)


def kept(store):
    found = glob.glob(os.path.join(glob.escape(store), "quarantine/**/*.eml"), recursive=True)
    return sorted(os.path.relpath(path, os.path.join(store, "quarantine")) for path in found)


def keys(store):
    """Of what was pruned: a list for each file of keys."""
    found = []
    for base, _, names in os.walk(store):
        if "pruned.keys" in names:
            with open(os.path.join(base, "pruned.keys"), encoding="ascii") as file:
                found.append(file.read().splitlines())
    return found


def rows(store):
    """All rows of the tables of policy domains, as text."""
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(store), "*", "re[cp]or*.csv"))):
        with open(path, encoding="utf-8") as file:
            found += file.read().splitlines()
    return sorted(found)


def state(folder):
    """Names, sizes and times of all that is in it."""
    found = []
    for base, folders, names in os.walk(folder):
        for name in folders + names:
            facts = os.lstat(os.path.join(base, name))
            found.append((os.path.join(base, name), facts.st_size, facts.st_mtime_ns, facts.st_ino))
    return sorted(found)


def write_mails(folder, numbers, **values):
    os.makedirs(folder, exist_ok=True)
    paths = []
    for number in numbers:
        path = os.path.join(folder, f"{values.get('kind', 'mail')}-{number:04}.eml")
        with open(path, "wb") as file:
            file.write(mails.Mail(number, **values).bytes())
        paths.append(path)
    return paths


def main(usage, tests):
    program, options = harness.arguments(usage)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder:
        tests(Desk(program, folder), tally, bool(options.get("long")))
    tally.end()
