#!/usr/bin/env python3
"""hostile.py - what strangers choose leads nowhere, and is shown as text only.

usage: tests/hostile.py [RUAMILL] [names|stores|text]...

names:  names that come from outside, in every place where one comes from: what
        is made has a name and a place of ours.
stores: stores that somebody prepared, with something else in the place of each
        file and folder: one sentence, nothing outside is touched, nobody waits.
text:   control characters, escapes, formulas and more in every value: none in
        a table, a log, a reply or on a terminal.

As root, all is done as root and as nobody; else, what needs root is ABSENT."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "hostile"))

import names  # noqa: E402
import rig as tools  # noqa: E402
import stores  # noqa: E402
import text  # noqa: E402


def main():
    arguments = sys.argv[1:]
    program = os.path.join(HERE, "../build/release/bin/ruamill")
    if arguments and arguments[0] not in ("names", "stores", "text"):
        program = arguments.pop(0)
    if not os.access(program, os.X_OK):
        sys.exit(f"no program {program}: build it, or name it")
    tally = tools.Tally()
    users = [None, tools.NOBODY] if tools.IS_ROOT else [None]
    if not tools.IS_ROOT:
        tally.absent("root: nobody else to be, and no device to make")
    for part, user in ((part, user) for part in (names, stores, text) for user in users):
        if arguments and part.__name__ not in arguments:
            continue
        print(f"{part.__name__} as {user.pw_name if user else 'ourselves'}", flush=True)
        rig = tools.Rig(program, user)
        try:
            part.test(rig, tally)
        finally:
            rig.done()
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
