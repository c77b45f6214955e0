#!/usr/bin/env python3
"""network.py [PROGRAM] - the network to the server goes away without a word, and
comes back: mail goes on, `ruamill ship --lag` grows, and then all is there.

The server is in a network namespace of its own, behind a pair of virtual
interfaces; needs root, and the right to make such a thing."""

import os
import subprocess
import sys
import time

import rig
from rig import harness

NAME = f"ruamill{os.getpid()}"
HERE, THERE = "10.231.77.1", "10.231.77.2"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def open_way():
    """False, with the reason said, where there can be none."""
    try:
        ip("netns", "add", NAME)
        ip("link", "add", f"v{os.getpid()}", "type", "veth", "peer", "name", "there", "netns", NAME)
        ip("addr", "add", f"{HERE}/30", "dev", f"v{os.getpid()}")
        ip("link", "set", f"v{os.getpid()}", "up")
        for words in (["addr", "add", f"{THERE}/30", "dev", "there"], ["link", "set", "there", "up"],
                      ["link", "set", "lo", "up"]):
            ip("-n", NAME, *words)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"ABSENT: no network namespace can be made here: {error}")
        return False
    return True


def run(rigs, tally):
    server = rigs.postgres(listen=THERE, inside=["ip", "netns", "exec", NAME])
    conf = rigs.configure("store", server.target(host=THERE, extra="batch_age = 1\n"))
    rigs.replay(conf, rigs.mails("w4s"))
    follow = rigs.follow(conf, "--create", "pg")
    there = rig.wait_for(lambda: not rigs.failing(server, ["store"]), 60)
    before = rigs.lag(conf, "pg")
    tally.check(there and before["rows"] == "0", f"before: {before}")

    ip("link", "set", f"v{os.getpid()}", "down")
    began = time.monotonic()
    rigs.replay(conf, rigs.mails("w1s"))
    took = time.monotonic() - began
    time.sleep(6)
    first = rigs.lag(conf, "pg")
    time.sleep(3)
    second = rigs.lag(conf, "pg")
    tally.check(int(first["rows"]) > 1000 and int(second["seconds"]) >= int(first["seconds"]) + 2,
                f"cut: {first}, then {second}; 500 mails in {took:.1f} s")
    tally.check(follow.poll() is None, "cut: it goes on")

    ip("link", "set", f"v{os.getpid()}", "up")
    began = time.monotonic()
    there = rig.wait_for(lambda: rigs.lag(conf, "pg")["rows"] == "0", 180)
    wrong = rigs.wrong(server, ["store"])
    tally.check(there and not wrong, f"back: all there after {time.monotonic() - began:.1f} s {wrong}")
    code, _ = rig.end(follow)
    said = follow.stdout.read()
    tally.check(code == 0, f"SIGTERM ends it ({code}) {said!r}")


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    try:
        if open_way():
            with harness.folder() as folder, rig.Rig(folder, program) as rigs:
                run(rigs, tally)
        elif os.environ.get("CI"):
            tally.check(False, "a network namespace must be to be had on CI")
    finally:
        subprocess.run(["ip", "netns", "del", NAME], check=False, capture_output=True)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
