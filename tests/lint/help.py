#!/usr/bin/env python3
"""help.py - holds what ruamill says by --help against its manual pages and its
sources: commands, options, synopses, and the options of the configuration with
their defaults.

usage: help.py SOURCE BUILD

A command's page is docs/ruamill-COMMAND.[18] if there is one, else its section in
docs/ruamill.1."""

import glob
import os
import re
import subprocess
import sys

EVERYWHERE = {"-h", "--help"}    # taken by every command, and not listed by --help
COMMON = {"-c", "--config", "-o"} | EVERYWHERE

wrong = 0


def say(what):
    global wrong
    wrong += 1
    print(f"help: {what}")


def same(where, what, has, wants):
    for name in sorted(wants - has):
        say(f"{where}: {what} lacks {name}")
    for name in sorted(has - wants):
        say(f"{where}: {what} has {name}, which it should not")


class Help:
    """What a command says by --help."""

    def __init__(self, program, command):
        text = subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True).stdout
        usage, body = text.split("\n\n", 1)
        self.usage = set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", usage))
        self.listed = set()
        for line in re.findall(r"^ {1,6}((?:-[a-zA-Z], )?--?[a-z].*)$", body, re.M):
            self.listed |= set(re.findall(r"(?:^|, )(--?[a-z][a-z-]*)", line.split("  ")[0]))
        self.settings = set(re.findall(r"^  ([a-z_]+)=", body, re.M))


def flags(lines):
    """The options in lines of mdoc: "Fl -to" is --to."""
    return {"-" + name for line in lines for name in re.findall(r"\bFl (-?[a-z][a-z-]*)", line)}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def part(text, begin, end):
    """From the line that matches `begin` to the next that matches `end`."""
    found = re.search(f"^{begin}$.*?(?=^{end}|\\Z)", text, re.M | re.S)
    return found.group(0) if found else ""


def items(text):
    return flags(line for line in text.splitlines() if line.startswith(".It "))


def synopses(text):
    """The parts of SYNOPSIS, by their command."""
    found = {}
    for one in re.split(r"^\.Nm.*\n", part(text, r"\.Sh SYNOPSIS", r"\.Sh"), flags=re.M)[1:]:
        name = re.match(r"\.Cm ([a-z]+)", one)
        if name:
            found[name.group(1)] = found.get(name.group(1), "") + one
    return found


def check_command(source, program, command, overview):
    helped = Help(program, command)
    pages = glob.glob(f"{source}/docs/ruamill-{command}.[18]")
    text = read(pages[0]) if pages else overview
    page = os.path.basename(pages[0]) if pages else "ruamill.1"
    described = items(text if pages else part(text, rf"\.Ss {command}", r"\.S[sh]"))
    synopsis = flags(synopses(text).get(command, "").splitlines())
    short = {name for name in helped.listed if len(name) == 2}

    if not helped.listed:
        say(f"ruamill {command} --help lists no options")
    # in a usage, the short name stands for both
    paired = {name for name in helped.listed if name in ("--config", "--verbose", "--option")}
    same(f"ruamill {command} --help", "its usage line", helped.usage - {"-h", "--help"},
         (helped.listed - paired) | (helped.usage & short))
    same(page, f"the synopsis of {command}", synopsis, helped.usage - {"-h", "--help"})
    same(page, f"the list of options of {command}", described - COMMON, helped.listed - COMMON)
    if pages:
        same(page, f"the list of options of {command}", described & COMMON, COMMON)
    return helped


def presets(text):
    """What --help says of the options of the configuration: their defaults, or None."""
    found = {}
    for name, rest in re.findall(r"^  ([a-z_]+)=(.*(?:\n {20,}.*)*)", text, re.M):
        default = re.search(r"\(default:\s+([^)]*)\)", rest)
        found[name] = default.group(1) if default else None
    return found


def described_presets(text):
    """What ruamill.conf.5 says of them; a ceiling's stands behind a semicolon."""
    found = {}
    for name, rest in re.findall(r"^\.It Ic ([a-z_]+)\n(.*?)(?=^\.It |^\.El)", text, re.M | re.S):
        said = re.search(r"^\.Ql (\S+)\n(?:by default\b|\(default\b)", rest, re.M) or \
            re.search(r",\n\.Ql (\S+)\nby default", rest) or re.search(r"(?:; |^)(\d+[KMG]?)\.$", rest, re.M)
        found[name] = said.group(1) if said else None
    return found


def check_presets(source, program):
    """The manual page and the example name the defaults of the program, and no others."""
    helped = subprocess.run([program, "check", "--help"], capture_output=True, text=True, check=True).stdout
    wants = presets(helped)
    if sum(default is not None for default in wants.values()) < 40:
        say(f"--help names few defaults: {wants}; is this script still right?")
    page = read(f"{source}/docs/ruamill.conf.5")
    end = page.index(".Ss Targets")
    example = read(f"{source}/examples/ruamill.conf")
    shown = dict(re.findall(r"^#([a-z_]+) = (.*?)(?:[ \t]+#.*)?$", example, re.M))
    named = set(shown) | set(re.findall(r"^(?:# )?([a-z_]+) = ", example, re.M))
    same("examples/ruamill.conf", "its list of options", named, set(wants))
    for where, says in (("ruamill.conf.5", described_presets(page[:end])), ("examples/ruamill.conf", shown)):
        for name, default in wants.items():
            if says.get(name) != default:
                say(f"{where}: the default of {name} is {says.get(name)}, and in filter/conf/options.c {default}")


def main():
    source, build = sys.argv[1:]
    program = os.path.join(build, "bin/ruamill")
    overview = read(f"{source}/docs/ruamill.1")
    usage = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ruamill ([a-z]+)", usage, re.M)
    same("ruamill.1", "the synopsis", set(synopses(overview)), set(commands))
    same("ruamill.1", "Options of every command",
         items(part(overview, r"\.Ss Options of every command", r"\.S[sh]")) & COMMON, COMMON)

    helps = [check_command(source, program, command, overview) for command in commands]
    taken = {f"--{name}" for path in glob.glob(f"{source}/filter/**/*.[ch]", recursive=True) for name in
             re.findall(r'"([a-z-]+)",\s*(?:required|optional|no)_argument', read(path))}
    same("getopt_long(3) in filter/", "the tables", taken - {"--help", "--option"},
         {name for one in helps for name in one.listed if name.startswith("--")} - {"--help", "--option"})
    described = {name for line in re.findall(r"^\.It Ic (.*)", read(f"{source}/docs/ruamill.conf.5"), re.M)
                 for name in re.findall(r"[a-z_]+", line)}
    same("ruamill.conf.5", "the list of options", described, {name for one in helps for name in one.settings})
    check_presets(source, program)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
