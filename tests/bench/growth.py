#!/usr/bin/env python3
"""growth.py - what a record and a report cost, as there come to be more of them:
a straight line is expected.

usage: growth.py [--long] [--svg FILE] BUILD     BUILD: a folder with bin/ruamill

  records   of one report, 10^2 to 10^5; --long: to 10^6
  reports   in one store, 10^2 to 10^5; --long: to 10^6
  domains   of one report each, 10 to 10^4; --long: to 10^5
  again     one more report for each of these domains

Each is the CPU time of all processes, without that of a replay of one report. The slope of its
sum over the number, both as logarithms, is 1 when it is flat: held to 1 +- 0.1,
and what one costs at the end to 1.5 times the least before. What took less than
20 ms is shown, and not judged. --svg has gnuplot draw the curves."""

import argparse
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile

import measure
import workloads

sys.path.insert(0, os.path.join(measure.HERE, ".."))
import mails  # noqa: E402  (it stands beside the folder of this file)

SLOPE = 0.1
STEEP = 1.5  # of what one costs, between the cheapest size and the largest
JUDGED = 0.02  # seconds of CPU, at least
ENOUGH = 1.0  # seconds of CPU; smaller ones are repeated,
MOST = 15  # at most so often
TITLES = {"records": "a record, by records of the report", "reports": "a report, by reports in the store",
          "domains": "a first report, by domains", "again": "a further report, by domains"}
DRAW = """set terminal svg size 720,420 font "sans-serif,12" background "white"
set output "{svg}"
set logscale xy
set grid
set key outside below
set format x "10^{{%T}}"
set xlabel "number"
set ylabel "microseconds of CPU for one"
set yrange [1:*]
plot {plots}
"""


def powers(first, last):
    return [10**exponent for exponent in range(first, last + 1)]


class Growth:
    def __init__(self, build, folder):
        program = measure.program_of(build)
        self.folder = folder
        self.replay = measure.Replay(program, folder, folder)
        self.curves = {}
        self.passed = self.failed = 0
        self.start = {True: 0.0, False: 0.0}
        self.measure_starts()

    def path(self, name):
        return os.path.join(self.folder, name)

    def mbox(self, name, numbers, domain=None):
        path = self.path(name)
        with open(path, "wb") as file:
            for number in numbers:
                mail = mails.Mail(number=number, records=2, to=measure.RUA, domain=domain and domain(number),
                                  kind="gzip")
                file.write(b"From noreply@example.net Thu Jan  1 00:00:00 2026\n" + mail.bytes() + b"\n")
        return path

    def measure_starts(self):
        """The CPU seconds of a replay of one report, into a new store and into
        one that is there."""
        paths = [self.mbox(f"start{number}", [number]) for number in (0, 3)]
        seen = []
        for _ in range(MOST):
            self.replay.clear()
            seen.append([self.cost(path) for path in paths])
        self.start = {True: statistics.median(new for new, _ in seen),
                      False: statistics.median(old for _, old in seen)}

    def cost(self, path):
        """Without the start."""
        new = not os.path.exists(self.replay.store)
        return max(self.replay.run(path, 1).cpu - self.start[new], 1e-6)

    def repeated(self, path):
        """The median of what it costs in a new store."""
        costs = []
        while not costs or (sum(costs) < ENOUGH and len(costs) < MOST):
            self.replay.clear()
            costs.append(self.cost(path))
        return statistics.median(costs)

    def records(self, last):
        points = []
        for count in powers(2, last):
            path = self.path("report.xml.gz")
            report = workloads.Report(random.Random(f"growth/{count}"), "microsoft", count, count)
            with open(path, "wb") as file:
                file.write(report.gzip())
            points.append((count, self.repeated(path)))
        self.keep("records", points)

    def reports(self, last):
        """One store that grows."""
        points, total, first = [], 0, 0
        self.replay.clear()
        for count in powers(2, last):
            path = self.mbox("box", range(first, count), lambda number: "example.com")
            total += self.cost(path) if first else self.repeated(path)
            points.append((count, total))
            first = count
        self.keep("reports", points)

    def domains(self, last):
        new, again = [], []
        for count in powers(1, last):
            first, second = (self.mbox(f"box{turn}", range(turn * count, (turn + 1) * count),
                                       lambda number, of=count: f"d{number % of}.example") for turn in (0, 1))
            seen = []
            while not seen or (sum(a + b for a, b in seen) < ENOUGH and len(seen) < MOST):
                self.replay.clear()
                seen.append((self.cost(first), self.cost(second)))
            new.append((count, statistics.median(cost for cost, _ in seen)))
            again.append((count, statistics.median(cost for _, cost in seen)))
        self.keep("domains", new)
        self.keep("again", again)

    def keep(self, name, points):
        """points: (number, CPU seconds of them all)"""
        self.curves[name] = [(number, seconds / number * 1e6) for number, seconds in points]
        judged = [point for point in points if point[1] >= JUDGED]
        slope = statistics.linear_regression([math.log(number) for number, _ in judged],
                                             [math.log(seconds) for _, seconds in judged]).slope
        each = [seconds / number for number, seconds in judged]
        steep = each[-1] / min(each)
        good = abs(slope - 1) <= SLOPE and steep <= STEEP
        self.passed += good
        self.failed += not good
        figures = "  ".join(f"10^{round(math.log10(number))}: {cost:.1f}" for number, cost in self.curves[name])
        print(f"{'ok      ' if good else 'FAILED  '}{TITLES[name]:<36} {figures} microseconds;"
              f" slope {slope:.3f}, the last {steep:.2f} times the least", flush=True)

    def draw(self, svg):
        plots = []
        for name, points in self.curves.items():
            with open(self.path(name + ".points"), "w", encoding="ascii") as file:
                file.writelines(f"{number} {cost:.3f}\n" for number, cost in points)
            plots.append(f'"{self.path(name)}.points" with linespoints linewidth 2 title "{TITLES[name]}"')
        subprocess.run(["gnuplot", "-"], input=DRAW.format(svg=svg, plots=", ".join(plots)), text=True, check=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--svg")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and clean up
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ruamill-growth-", dir=memory) as folder:
        growth = Growth(options.build, folder)
        growth.records(6 if options.long else 5)
        growth.reports(6 if options.long else 5)
        growth.domains(5 if options.long else 4)
        if options.svg:
            growth.draw(os.path.abspath(options.svg))
    print(f"{growth.passed} passed, {growth.failed} failed")
    sys.exit(1 if growth.failed else 0)


if __name__ == "__main__":
    main()
