"""harness.py - for the tests of the store: counts what passes, compiles C
programs against the library of a build, finds temporary folders."""

import os
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGES = ("gmime-3.0", "zlib", "minizip", "expat", "nettle", "libidn2", "libcdb")


class Tally:
    """Counts; the last line says how many."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, what):
        print(("ok      " if good else "FAILED  ") + what, flush=True)
        if good:
            self.passed += 1
        else:
            self.failed += 1
        return good

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def arguments(usage):
    """(program, options) of the command line."""
    words = sys.argv[1:]
    named = [word for word in words if not word.startswith("-")]
    program = named[0] if named else os.path.join(ROOT, "build/release/bin/ruamill")
    options = {}
    for word in (word for word in words if word.startswith("-")):
        name, _, value = word.partition("=")
        if name not in ("--long", "--seed", "--seconds", "--sync"):
            sys.exit(usage)
        options[name[2:]] = value or True
    if not os.access(program, os.X_OK):
        sys.exit(f"no program {program}: build it, or name it")
    return os.path.abspath(program), options


def folder(in_memory=False):
    """A temporary folder, on a disk or in memory."""
    place = "/dev/shm" if in_memory and os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="ruamill-store-", dir=place)


def compile_c(program, name, to, replaced=()):
    """Makes the program `to` of NAME.c, of `replaced` C files, which take the
    place of the library's own, and of the library that `program` is made of."""
    library = os.path.join(os.path.dirname(os.path.dirname(program)), "librua.a")
    packages = subprocess.run(["pkg-config", "--cflags", "--libs", *PACKAGES],
                              capture_output=True, text=True, check=True).stdout
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-Werror",
                    f"-I{ROOT}/lib", f"-I{HERE}", os.path.join(HERE, name + ".c"), *replaced, library,
                    *shlex.split(packages), "-lpthread", "-o", to], check=True)
    return to


def figures(command, limit):
    """What a program prints as NAME=VALUE words, as numbers."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    if done.stderr:
        print(done.stderr, end="")
    words = (word.partition("=") for word in done.stdout.split() if "=" in word)
    return {name: float(value) if "." in value else int(value) for name, _, value in words}
