#!/usr/bin/env python3
"""run.py - `ruamill replay` held against the floor: the least that gmime, zlib
and expat can do for the same mails (floor.c). Keeps nothing.

usage: run.py [OPTION]... BUILD       BUILD: a folder with bin/ruamill

  --workloads A,B...  of workloads.py; default: w1s,w2s,w4s
  --runs N            of each; what is shown is their median; default: 5
  --jobs A,B...       default: 1,2
  --tmp FOLDER        for mails and stores; default: in memory
  --disk FOLDER       stores go there
  --parts             shows the floor without mail (zlib and expat) as well
  --strict            a goal that is missed fails

Floor and program take turns. All processes of the program count, from its start
to its end, with durable tables and archive. After each run every report is
looked up in the tables, with its rows and the sum of their counts."""

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile

import measure
import workloads

# CPU of the program, at most this many times the floor; peak memory in KiB
GOALS = {"w1": 1.75, "w1s": 1.75, "w4": 1.75, "w4s": 1.75, "w2": 1.25, "w2s": 1.25, "w2x": 1.25, "w3": 1.25}
PEAK = 16384
HEAD = (f"{'workload':<9}{'mails':>6}{'records':>9}{'jobs':>5}{'floor s':>9}{'ruamill s':>10}{'user':>8}{'sys':>7}"
        f"{'ratio':>7}{'range':>12}{'goal':>6}{'wall s':>8}{'wall/(cpu/jobs)':>16}{'cpu/cpu1':>9}"
        f"{'peak MiB':>9}{'all MiB':>8}{'syncs':>6}")


def number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def folder(text):
    if not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no folder")
    return text


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("--workloads", default="w1s,w2s,w4s")
    parser.add_argument("--runs", type=number, default=5)
    parser.add_argument("--jobs", type=lambda text: [number(one) for one in text.split(",")], default=[1, 2])
    parser.add_argument("--tmp", type=folder)
    parser.add_argument("--disk", type=folder)
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    options.workloads = options.workloads.split(",")
    unknown = set(options.workloads) - set(workloads.WORKLOADS)
    if unknown:
        sys.exit(f"no workload {' '.join(sorted(unknown))}")
    return options


def median(costs, what):
    return statistics.median(getattr(cost, what) for cost in costs)


class Bench:
    def __init__(self, options, scratch, place):
        self.options, self.scratch = options, scratch
        program = measure.program_of(options.build)
        self.floor = measure.build_floor(scratch)
        self.replay = measure.Replay(program, place, scratch)
        self.passed = self.failed = 0

    def check(self, good, what):
        self.passed += good
        self.failed += not good
        if not good:
            print(f"FAILED  {what}", flush=True)

    def check_store(self, name, truth):
        rows, archived = self.replay.rows(), self.replay.archived()
        wrong = [report for report in truth.keys() | rows.keys() if truth.get(report) != rows.get(report)]
        self.check(not wrong, f"{name}: {len(wrong)} reports are not as they were sent, as {wrong[:1]}")
        self.check(archived == len(truth), f"{name}: {archived} of {len(truth)} reports are in the archive")

    def turns(self, name, folder, truth):
        """({jobs: costs}, costs of the floor, CPU of the floor without mail)"""
        mails = [os.path.join(folder, mail) for mail in sorted(os.listdir(folder))]
        costs, floors, parts = {jobs: [] for jobs in self.options.jobs}, [], []
        expected = f"records={sum(r for r, _ in truth.values())} messages={sum(m for _, m in truth.values())}"
        for _ in range(self.options.runs):
            cost, proof = measure.run([self.floor, *mails])
            floors.append(cost)
            self.check(expected in proof, f"{name}: the floor saw {proof.strip()}, not {expected}")
            if self.options.parts:
                words = measure.run([self.floor, "expat", *mails])[1].split()
                parts.append(float(words[0].partition("=")[2]))
            for jobs, taken in costs.items():
                self.replay.clear()
                taken.append(self.replay.run(folder, jobs))
                self.check_store(f"{name}, jobs={jobs}", truth)
        return costs, floors, parts

    def row(self, name, truth, jobs, taken, alone, floors, memory, syncs):
        cpu, wall = median(taken, "cpu"), median(taken, "wall")
        ratios = [cost.cpu / floor.cpu for cost, floor in zip(taken, floors)]
        ratio, (peak, together) = statistics.median(ratios), memory
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(f"{name:<9}{len(truth):>6}{sum(r for r, _ in truth.values()):>9}{jobs:>5}"
              f"{median(floors, 'cpu'):>9.3f}{cpu:>10.3f}{median(taken, 'user'):>8.3f}"
              f"{median(taken, 'system'):>7.3f}{ratio:>7.2f}{spread:>12}{GOALS[name]:>6.2f}{wall:>8.2f}"
              f"{wall * jobs / cpu:>16.2f}{cpu / median(alone, 'cpu'):>9.2f}"
              f"{peak / 1024:>9.1f}{together / 1024:>8.1f}{syncs:>6}", flush=True)
        if self.options.strict:
            self.check(ratio <= GOALS[name], f"{name}: {ratio:.2f} times the floor, goal {GOALS[name]:.2f}")
            self.check(peak <= PEAK, f"{name}: {peak} KiB in one process, goal {PEAK}")

    def workload(self, name):
        truth = workloads.write(self.scratch, name)
        folder = os.path.join(self.scratch, name)
        costs, floors, parts = self.turns(name, folder, truth)
        for jobs, taken in costs.items():
            self.replay.clear()
            memory = self.replay.memory(folder, jobs)
            self.replay.clear()
            syncs = self.replay.syncs(folder, jobs)
            self.row(name, truth, jobs, taken, costs[min(costs)], floors, memory, syncs)
        if parts:
            alone = statistics.median(parts)
            print(f"{'':<9}zlib and expat alone: {alone:.3f} s, of that "
                  f"{median(costs[min(costs)], 'cpu') / alone:.2f} times", flush=True)
        self.replay.clear()
        shutil.rmtree(folder)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and clean up
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ruamill-bench-", dir=options.tmp or memory) as scratch, \
            tempfile.TemporaryDirectory(prefix="ruamill-bench-", dir=options.disk or scratch) as place:
        bench = Bench(options, scratch, place)
        print(HEAD)
        for name in options.workloads:
            bench.workload(name)
    print(f"{bench.passed} passed, {bench.failed} failed")
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
