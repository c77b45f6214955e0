#!/usr/bin/env python3
"""damage.py - does damage to made-up reports before they are packed, before they
are mailed and to the mail, replays them, and looks at what is true all the same.

usage: tests/fuzz/damage.py [--rounds N] [--seed S] [--keep FOLDER] PROGRAM

The mails are those of meaning.py. Of each batch of 300: the program answers each
message, and none with `later`; every table is one that Python's csv reads, with
the width of its header; `ruamill verify` finds nothing wrong, so each report in
the archive gives its rows again; and a second replay changes no table. A batch
of which this is not true is kept in FOLDER (build/fuzz/damage)."""

import argparse
import csv
import glob
import io
import os
import random
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import meaning  # noqa: E402
import ruamill  # noqa: E402

BATCH = 300


def words():
    """What the dictionaries of the fuzzers have."""
    found = []
    for path in sorted(glob.glob(os.path.join(HERE, "dict", "*.dict"))):
        with open(path, encoding="ascii") as file:
            for line in file:
                if line.startswith('"'):
                    text = line.strip()[1:-1].replace('\\"', '"')
                    found.append(re.sub(rb"\\x(..)", lambda m: bytes([int(m[1], 16)]), text.encode()))
    return found


WORDS = words()


def damaged(rng, content):
    """Bytes with some of them changed, gone, doubled, moved or new."""
    at = rng.randrange(len(content) + 1)
    some = content[at:at + rng.choice((1, 2, 8, 100, 2000))]
    before, behind = content[:at], content[at + len(some):]
    return rng.choice((
        lambda: before + bytes(byte ^ 1 << rng.randrange(8) for byte in some[:1]) + some[1:] + behind,
        lambda: before + behind,
        lambda: before + some + some + behind,
        lambda: before + some * rng.choice((3, 100)) + behind if len(some) < 100 else before,
        lambda: before + rng.choice(WORDS) + some + behind,
        lambda: before + rng.choice(WORDS) + behind,
        lambda: before,
        lambda: before + rng.randbytes(rng.choice((1, 4, 20))) + behind,
        lambda: behind + some + before,
    ))()


class Damaged(meaning.Round):
    def passed_on(self, content):
        rng = random.Random(f"{self.seed} {len(content)}")
        while rng.random() < 0.4:
            content = damaged(rng, content)
        return content


def answers(run, rounds):
    """What is wrong with the log of a first replay."""
    if run.code != 0:
        return f"exit status {run.code}\n{run.err[-1000:]}\n"
    verdicts = run.verdicts()
    # Damage may make an mbox of a mail.
    if len(verdicts) < len(rounds):
        return f"{len(rounds)} messages, {len(verdicts)} answers\n"
    bad = [line for line in run.err.splitlines() if "verdict=later" in line or "worker" in line]
    return "\n".join(bad[:5])


def tables(store):
    """What is wrong with the tables."""
    for kind in ("records", "reports"):
        for name, text in store.tables(kind).items():
            look = {"strict": True} if store.form == "csv" else {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
            widths = {len(row) for row in csv.reader(io.StringIO(text, newline=""), **look)}
            if len(widths) != 1 or "\r" in text:
                return f"{name} has rows of {sorted(widths)} cells\n"
    return ""


def verified(store):
    command = [ruamill.program(), "verify", "-o", f"store={store.path}", "-o", f"format={store.form}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"verify: {done.stdout[-1000:]}{done.stderr[-1000:]}\n"


def batch_is_wrong(rounds, form):
    with ruamill.fresh_store(form=form) as store:
        path = os.path.join(os.path.dirname(store.path), "mail")
        os.makedirs(path)
        for one in rounds:
            with open(os.path.join(path, one.name + ".eml"), "wb") as file:
                file.write(one.content)
        wrong = answers(store.replay(path), rounds)
        wrong += tables(store) + verified(store)
        before = store.tables("records"), store.tables("reports")
        again = store.replay(path)
        if "ok" in again.verdicts() or before != (store.tables("records"), store.tables("reports")):
            wrong += "a second replay stored something\n"
    return wrong


def keep(rounds, form, wrong, path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    for one in rounds:
        alone = batch_is_wrong([one], form)
        if alone:
            print(f"alone {one.seed}: {alone}")
            rounds = [one]
            break
    for one in rounds:
        with open(os.path.join(path, one.name + ".eml"), "wb") as file:
            file.write(one.content)
    print(f"FAIL format {form}, kept in {path}\n{wrong}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1500)
    parser.add_argument("--seed", default=str(random.randrange(10**9)))
    parser.add_argument("--keep", default=os.path.join(meaning.ROOT, "build/fuzz/damage"), metavar="FOLDER")
    parser.add_argument("program")
    options = parser.parse_args()
    os.environ["RUAMILL"] = options.program
    ruamill.program()
    print(f"--rounds {options.rounds} --seed {options.seed}", flush=True)
    passed, failed = 0, 0
    for first in range(0, options.rounds, BATCH):
        rounds = [Damaged(options.seed, n) for n in range(first, min(first + BATCH, options.rounds))]
        for one in rounds:
            one.write()
        form = ("csv", "tsv")[first // BATCH % 2]
        wrong = batch_is_wrong(rounds, form)
        if wrong:
            failed += len(rounds)
            keep(rounds, form, wrong, options.keep)
            break
        passed += len(rounds)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
