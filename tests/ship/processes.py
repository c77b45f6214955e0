#!/usr/bin/env python3
"""processes.py [PROGRAM] - the processes of ruamill ship, one a target: how they
end, each by itself and together. Without a server: nobody listens at their ports."""

import os
import signal
import socket
import subprocess
import sys
import time

import engines
import rig
from rig import harness

URLS = {"ch": "http://127.0.0.1:1", "ch2": "http://127.0.0.1:1", "pg": "postgresql://127.0.0.1:1"}


class Ships:
    """One command line; its standard error is kept."""

    def __init__(self, rigs, conf):
        self.rigs, self.conf = rigs, conf
        self.program = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
        self.path = rigs.path("said")

    def start(self, *words, **more):
        with open(self.path, "w", encoding="utf-8") as said:
            return subprocess.Popen([self.program, "-c", self.conf, *words], stderr=said, **more)

    def follow(self, *names, **more):
        """It, and its children, once each of them has tried."""
        process = self.start("--follow", *names, **more)
        rig.wait_for(lambda: all(f"target {name}: " in self.said() for name in names))
        return process, children(process.pid)

    def said(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()


def children(pid):
    found = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return [each for each in found if engines.parent(each) == pid]


def is_gone(pid):
    return (engines.fields(pid) or "Z")[0] == "Z"


def command_line(rigs, tally, ships):
    for words, sentence in ((["ch", "pg", "ch"], "target ch is named twice"),
                            ([], "no target given"),
                            (["--lag", "--follow", "ch"], "--lag sends nothing"),
                            (["--lag", "--create", "ch"], "--lag sends nothing")):
        code, said = rigs.ship(ships.conf, *words)
        tally.check(code == 64 and sentence in said and said.count("\n") == 1, f"{words} ({code}) {said}")


def ended(tally, ships):
    """By SIGTERM, alone and with others, while they wait and before that."""
    for names in (["pg"], ["ch"], list(URLS)):
        process, found = ships.follow(*names)
        code, seconds = rig.end(process)
        tally.check(code == 0 and seconds < 2 and all(map(is_gone, found)) and len(found) == len(names) * (len(names) > 1),
                    f"{names}: SIGTERM ends it and {len(found)} children, {seconds:.1f} s ({code})")
    codes = []
    for _ in range(20):
        process = ships.start("--follow", *URLS)
        rig.wait_for(lambda running=process: children(running.pid))
        codes.append(rig.end(process))
    tally.check(all(code == 0 and seconds < 2 for code, seconds in codes),
                f"SIGTERM in the beginning, {max(seconds for _, seconds in codes):.1f} s at most {codes}")


def said_once(tally, ships):
    """How long each try took is no other sentence."""
    process, _ = ships.follow(*URLS)
    time.sleep(8)
    code, _ = rig.end(process)
    lines = ships.said().splitlines()
    tally.check(code == 0 and len(lines) == len(URLS) and all(line.endswith("; it will be tried again") for line in lines),
                f"some tries, a sentence for each target ({code}) {lines}")


def connecting(rigs, tally):
    """PostgreSQL's own library waits for a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        ships = Ships(rigs, rigs.configure("store", f"[target mute]\ntype = postgresql\nurl = postgresql://127.0.0.1:{mute.getsockname()[1]}\n"))
        process = ships.start("--follow", "mute")
        with mute.accept()[0] as client:
            client.recv(1000)
            code, seconds = rig.end(process)
        tally.check(code == 0 and seconds < 2, f"SIGTERM ends it while it connects, {seconds:.1f} s ({code})")


def killed(tally, ships):
    process, found = ships.follow(*URLS)
    rig.end(process, signal.SIGKILL)
    gone = rig.wait_for(lambda: all(map(is_gone, found)), 10)
    tally.check(len(found) == 3 and gone, f"{len(found)} children end with their parent")
    for number in range(3):
        process, found = ships.follow(*URLS)
        os.kill(found[number], signal.SIGKILL)
        ends = rig.wait_for(lambda running=process: running.poll() is not None, 10)
        tally.check(ends and process.returncode == 70 and all(map(is_gone, found)) and "signal 9" in ships.said(),
                    f"child {number} is killed, and all end ({process.poll()}) {ships.said().splitlines()[-1:]}")


def run_to_the_end(tally, ships):
    """Without --follow, one that is killed ends no other; and all are waited for,
    whatever who started it does with SIGCHLD."""
    for how, want in ((signal.SIG_DFL, 75), (signal.SIG_IGN, 75)):
        process = ships.start(*URLS, preexec_fn=lambda action=how: signal.signal(signal.SIGCHLD, action))
        code = process.wait(timeout=120)
        tally.check(code == want and all(f"target {name}: " in ships.said() for name in URLS),
                    f"SIGCHLD {how.name}: all were tried ({code})")
        tally.check(ships.said().count("\n") == len(URLS) == ships.said().count(": tried 5 times: "), f"a sentence each {ships.said()}")
    process = ships.start(*URLS)
    rig.wait_for(lambda: len(children(process.pid)) == 3)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    rig.wait_for(lambda: "signal 9" in ships.said())
    others = len(children(process.pid))
    code = process.wait(timeout=120)
    tally.check(others == 2 and code == 75 and ships.said().count("\n") == 3, f"one is killed, {others} others go on ({code})")


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        types = {name: "postgresql" if name == "pg" else "clickhouse" for name in URLS}
        conf = rigs.configure("store", "".join(f"[target {name}]\ntype = {types[name]}\nurl = {url}\nbatch_age = 1\n"
                                               for name, url in URLS.items()))
        rigs.replay(conf, os.path.join(rig.HERE, "../../examples/reports"))
        ships = Ships(rigs, conf)
        command_line(rigs, tally, ships)
        ended(tally, ships)
        said_once(tally, ships)
        killed(tally, ships)
        run_to_the_end(tally, ships)
        connecting(rigs, tally)
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
