#!/usr/bin/env python3
"""start.py [NAME=]PROGRAM... [--rounds N] [--disk FOLDER] [--allow LINES] [--check]
- what `ruamill pipe` costs from exec to exit, in CPU time of all its processes,
beside a program that does nothing.

A mail with a report of one record, each time another, is stored in a warm store;
programs take turns with the bare one, and the medians of the turns count. With
several programs (builds of ruamill, linked in different ways) a line for each.

--allow: with an allowlist of so many lines, as text and compiled.
--check: fails when the first program is over the recorded ratio to the bare one;
with --allow, when the compiled list costs half as much again as one of one line.

The store is below --disk, in memory (/dev/shm) without. authserv_id is set, so
that the name service is not asked."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import mails  # noqa: E402

RUA = "dmarc@example.net"
WARM = 3
# The median of the ratios of turns: 5 to 6 where this was recorded, with 0 to 20
# processes waiting; 9 to 11 with GMime shared.
RATIO = 8
NULL = os.open(os.devnull, os.O_RDWR)


def cpu(command, message=None):
    """Milliseconds of CPU time, of its children too."""
    source = os.open(message, os.O_RDONLY) if message else NULL
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, NULL, 1), (os.POSIX_SPAWN_DUP2, NULL, 2)])
    _, status, used = os.wait4(pid, 0)
    if message:
        os.close(source)
    if status:
        sys.exit(f"{' '.join(command)}: wait status {status}")
    return 1000 * (used.ru_utime + used.ru_stime)


class Way:
    """A program and a configuration, with a store of its own."""

    def __init__(self, name, program, folder, allow):
        self.name, self.program = name, os.path.abspath(program)
        self.allow = allow
        self.store = tempfile.mkdtemp(dir=folder)
        self.conf = os.path.join(self.store, "conf")
        self.taken = []
        with open(self.conf, "w", encoding="ascii") as file:
            file.write(f"store = {self.store}/store\nallow = {allow}\nauthserv_id = mx.example.net\n")

    def version(self):
        return cpu([self.program, "--version"])

    def pipe(self, message):
        return cpu([self.program, "pipe", "-c", self.conf, "--rcpt", RUA], message)

    def rows(self):
        found = 0
        for folder, _, names in os.walk(os.path.join(self.store, "store")):
            for name in names:
                if name.startswith("records-"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found += len(file.readlines()) - 1
        return found


def build_bare(folder):
    source, bare = os.path.join(folder, "bare.c"), os.path.join(folder, "bare")
    with open(source, "w", encoding="ascii") as file:
        file.write("int\nmain(void)\n{\n    return 0;\n}\n")
    subprocess.run(["gcc", "-O2", source, "-o", bare], check=True)
    return bare


def write_mails(folder, count):
    paths = [os.path.join(folder, f"{number}.eml") for number in range(count)]
    for number, path in enumerate(paths):
        with open(path, "wb") as file:
            file.write(mails.Mail(number, records=1, to=RUA).bytes())
    return paths


def write_allow(path, lines):
    with open(path, "w", encoding="ascii") as file:
        for number in range(lines - 1):
            file.write(f"rua{number}@example.org example{number}.org .example{number}.com\n")
        file.write(f"{RUA} *\n")


def measure(bare, ways, messages):
    """Turns of (bare, {way: (version, pipe)})."""
    turns = []
    for number, message in enumerate(messages):
        turn = (cpu([bare]), {way: (way.version(), way.pipe(message)) for way in ways})
        if number >= WARM:
            turns.append(turn)
    return turns


def report(turns, ways):
    bare = [turn[0] for turn in turns]
    print(f"{len(turns)} turns, milliseconds of CPU time; medians. A bare program: {statistics.median(bare):.2f}, "
          f"at least {min(bare):.2f}\n")
    print("| | pipe | at least | more than bare | of it with --version | ratio |")
    print("|---|--:|--:|--:|--:|--:|")
    ratios = []
    for way in ways:
        pipe = [turn[1][way][1] for turn in turns]
        more = statistics.median(turn[1][way][1] - turn[0] for turn in turns)
        start = statistics.median(turn[1][way][0] - turn[0] for turn in turns)
        ratios.append(statistics.median(turn[1][way][1] / turn[0] for turn in turns))
        print(f"| {way.name} | {statistics.median(pipe):.2f} | {min(pipe):.2f} | {more:.2f} | {start:.2f} | {ratios[-1]:.1f} |")
    return ratios


def ways_of(arguments, folder):
    allow = os.path.join(folder, "allow")
    write_allow(allow, 1)
    named = [text.split("=", 1) if "=" in text else (text, text) for text in arguments.programs]
    ways = [Way(name, program, folder, allow) for name, program in named]
    if arguments.allow:
        large = os.path.join(folder, "large")
        write_allow(large, arguments.allow)
        ways.append(Way(f"{arguments.allow} lines, text", ways[0].program, folder, large))
        compiled = os.path.join(folder, "compiled")
        shutil.copyfile(large, compiled)
        subprocess.run([ways[0].program, "allow", "compile", compiled], check=True, stdout=subprocess.DEVNULL)
        ways.append(Way(f"{arguments.allow} lines, compiled", ways[0].program, folder, compiled))
    return ways


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", metavar="[NAME=]PROGRAM")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--disk", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    parser.add_argument("--allow", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    os.umask(0o027)
    with tempfile.TemporaryDirectory(dir=arguments.disk) as folder:
        messages = write_mails(folder, arguments.rounds + WARM)
        ways = ways_of(arguments, folder)
        ratios = report(measure(build_bare(folder), ways, messages), ways)
        wrong = [f"{way.name}: {way.rows()} rows of {len(messages)}" for way in ways if way.rows() != len(messages)]
    if wrong:
        sys.exit("\n".join(wrong))
    if arguments.check and ratios[0] > RATIO:
        sys.exit(f"{ratios[0]:.1f} times a bare program: at most {RATIO} are recorded")
    if arguments.check and arguments.allow and ratios[-1] > 1.5 * ratios[0]:
        sys.exit(f"a compiled allowlist takes {ratios[-1] / ratios[0]:.1f} times what a list of one line does")


if __name__ == "__main__":
    main()
