"""strike.py - ends ruamill at a moment that a test chooses, by strike.c."""

import gzip
import io
import os
import subprocess

import rig
from rig import mails


class Strike:
    def __init__(self, here):
        self.rig = here
        self.library = here.make("lib/strike.so")
        self.armed = here.make("lib/armed")
        subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                        os.path.join(rig.HERE, "strike.c"), "-o", self.library, "-ldl"], check=True)
        self.arm(False)

    def arm(self, on):
        with open(self.armed, "w", encoding="ascii") as file:
            file.write("1" if on else "0")
        os.chmod(self.armed, 0o644)

    def environment(self, at="none"):
        return {"LD_PRELOAD": self.library, "STRIKE_AT": at, "STRIKE_ARMED": self.armed}

    def wrap(self, at):
        """Puts the strike before a program that somebody else starts."""
        real = self.rig.program + ".real"
        if not os.path.exists(real):
            os.rename(self.rig.program, real)
        words = " ".join(f"{name}={value}" for name, value in self.environment(at).items())
        rig.write(self.rig.program + ".new", f'#!/bin/sh\nexec env {words} {real} "$@"\n', 0o755)
        os.rename(self.rig.program + ".new", self.rig.program)

    def unwrap(self):
        os.rename(self.rig.program + ".real", self.rig.program)


class Marked(mails.Mail):
    """A report whose gzip member has a name that strike.c knows."""

    def __init__(self, mark, **values):
        super().__init__(kind="gzip", domain="example.com", **values)
        self.mark = mark

    def attachment(self):
        packed = io.BytesIO()
        with gzip.GzipFile(self.mark, "wb", mtime=0, fileobj=packed) as file:
            file.write(self.document())
        return "application/gzip", ".xml.gz", packed.getvalue()


def slow(number):
    return Marked("ruamill-test-slow", number=number)


def deadly(number):
    return Marked("ruamill-test-crash", number=number)
