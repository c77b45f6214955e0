#!/usr/bin/env python3
"""s3.py [PROGRAM] - the raw reports of stores are in a bucket, each once and
byte for byte: from one store and two, while reports arrive, after prune, in
parts. With OpenStack Swift as Debian has it, which checks signatures and
digests."""

import functools
import glob
import hashlib
import os
import re
import subprocess
import sys
import threading
import time

import proxies
import rig
import swift
from rig import harness

USAGE = __doc__
MOST_MEMORY = 32 * 1024  # KiB
BIG = 66 * 1024 * 1024   # bytes: goes in parts


def archived(*stores):
    """{name: path} of the archive files."""
    found = {}
    for store in stores:
        for path in glob.glob(f"{store}/*/archive/**/*", recursive=True):
            if os.path.isfile(path) and "!" in path:
                found[os.path.relpath(path, store)] = path
    return found


def differences(server, bucket, *stores):
    """What is wrong with a bucket, in a few words."""
    want, have = archived(*stores), server.names(bucket)
    wrong = [f"{name} is missing" for name in sorted(want.keys() - have.keys())]
    wrong += [f"{name} is nobody's" for name in sorted(have.keys() - want.keys())]
    wrong += [f"{name} has {have[name]} bytes" for name in sorted(want.keys() & have.keys())
              if have[name] != os.path.getsize(want[name])]
    for name in sorted(want.keys() & have.keys())[::9]:
        with open(want[name], "rb") as file:
            if hashlib.sha256(file.read()).digest() != hashlib.sha256(server.get(bucket, name)).digest():
                wrong.append(f"{name} has other bytes")
    return wrong[:3] + ([f"and {len(wrong) - 3} more"] if len(wrong) > 3 else [])


class Bench:
    """A server, and how stores are configured for it."""

    def __init__(self, rigs, server):
        self.rigs, self.server = rigs, server
        self.secret = rigs.path("secret", swift.SECRET + "\n")
        os.chmod(self.secret, 0o600)

    def configure(self, store, bucket, port=None, extra="", options=""):
        return self.rigs.configure(store, self.server.target("s3", bucket, self.secret, port, extra), options)

    def mails(self, number):
        """So many mails, each with a report."""
        return sorted(glob.glob(self.rigs.mails("w1s") + "/*"))[:number]

    def wrong(self, bucket, *stores):
        return differences(self.server, bucket, *(self.rigs.path(store) for store in stores))


def plain(bench, tally):
    """All of it; a second run has nothing to do; by the host's name, too."""
    rigs = bench.rigs
    conf = bench.configure("plain", "plain")
    rigs.replay(conf, *bench.mails(60))
    code, said = rigs.ship(conf, "s3")
    tally.check(code == 69 and "NoSuchBucket" in said and "--create" in said, f"no bucket ({code}) {said}")
    code, said = rigs.ship(conf, "--create", "s3")
    wrong = bench.wrong("plain", "plain")
    count = len(bench.server.names("plain"))
    tally.check(code == 0 and not said and count >= 60 and not wrong, f"{count} shipped ({code}) {said} {wrong}")
    code, said = rigs.ship(conf, "--create", "s3")
    lag = rigs.lag(conf, "s3")
    tally.check(code == 0 and not said and lag["rows"] == "0", f"a second run finds nothing ({code}) {said} {lag}")
    subprocess.run(["rm", "-rf", rigs.path("plain/.spool/ship")], check=True)
    code, said = rigs.ship(conf, "s3")
    tally.check(code == 0 and not said and not bench.wrong("plain", "plain"), f"all of it again ({code}) {said}")
    host = (f"[target s3]\ntype = s3\nurl = http://localhost:{bench.server.port}/\nbucket = host\n"
            f"virtual_host = yes\nregion = {swift.REGION}\nuser = {swift.USER}\npassword_file = {bench.secret}\n")
    conf = rigs.configure("by-host", host)
    rigs.replay(conf, *bench.mails(12))
    code, said = rigs.ship(conf, "--create", "s3")
    wrong = bench.wrong("host", "by-host")
    tally.check(code == 0 and not wrong, f"by the name of the host ({code}) {said} {wrong}")


def refused(bench, tally):
    """A wrong secret is one sentence, and no secret is seen anywhere."""
    rigs = bench.rigs
    other = rigs.path("other-secret", "not-the-secret\n")
    os.chmod(other, 0o600)
    conf = rigs.configure("plain", bench.server.target("s3", "plain", other) + "[target next]\ntype = s3\n"
                          "url = https://example.net/path\nbucket = b\nuser = u\npassword_file = p\n")
    subprocess.run(["rm", "-rf", rigs.path("plain/.spool/ship")], check=True)
    code, said = rigs.ship(conf, "s3")
    tally.check(code == 69 and said.count("\n") == 1 and "status 403" in said and
                "see user, password_file" in said and "not-the-secret" not in said, f"a wrong secret ({code}) {said}")
    code, said = rigs.ship(conf, "next")
    tally.check(code == 78 and "nothing behind it" in said, f"a path in url ({code}) {said}")


def rotated(bench, tally):
    """Another secret, while it is followed."""
    conf = bench.configure("rotated", "rotated")
    bench.rigs.replay(conf, *bench.mails(12))
    wrong = rig.rotated(bench.rigs, "rotated", "s3", lambda path: bench.server.target("s3", "rotated", path), swift.SECRET)
    wrong = wrong or bench.wrong("rotated", "rotated")
    tally.check(not wrong, f"another secret while it is followed {wrong}")


def two_hosts(bench, tally):
    """The same mails came to two hosts; both ship at the same time."""
    rigs, results = bench.rigs, []
    confs = [bench.configure(store, "two") for store in ("mx1", "mx2")]
    for conf, number in zip(confs, (60, 90)):
        rigs.replay(conf, *bench.mails(number))
    threads = [threading.Thread(target=lambda conf=conf: results.append(rigs.ship(conf, "--create", "s3")))
               for conf in confs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = bench.wrong("two", "mx1", "mx2")
    tally.check(all(code == 0 for code, _ in results) and not wrong, f"two hosts {results} {wrong}")


def caught_up(bench, conf):
    lag = bench.rigs.lag(conf, "s3")
    return lag["rows"] == "0" and lag["seconds"] == "0"


def while_written(bench, tally):
    """It follows two replays."""
    rigs = bench.rigs
    conf = bench.configure("busy", "busy", extra="batch_age = 1\n")
    follow = rigs.follow(conf, "--create", "s3")  # before there is a store
    mails = bench.mails(120)
    replays = [rigs.replay(conf, *mails[half::2], wait=False) for half in (0, 1)]
    ends = [replay.wait() for replay in replays]
    whole = rig.wait_for(lambda: caught_up(bench, conf), 60) and not bench.wrong("busy", "busy")
    code, seconds = rig.end(follow)
    said = follow.stdout.read()
    tally.check(whole and ends == [0, 0] and code == 0 and seconds < 8 and "left out" not in said,
                f"followed two replays {ends} ({code}, {seconds:.1f} s) {said}")


def pruned(bench, tally):
    """What is gone is one sentence, and the others come."""
    rigs = bench.rigs
    conf = bench.configure("pruned", "pruned")
    rigs.replay(conf, rig.GOLDEN)
    before = len(archived(rigs.path("pruned")))
    subprocess.run([rigs.program, "prune", "-c", conf, "--older-than", "1d"], check=True, capture_output=True)
    left = len(archived(rigs.path("pruned")))
    code, said = rigs.ship(conf, "--create", "s3")
    wrong = bench.wrong("pruned", "pruned")
    tally.check(left < before and code == 0 and said.count("\n") == 1 and
                f" {before - left} reports have no file" in said and not wrong,
                f"{before - left} of {before} were pruned ({code}) {said} {wrong}")


def big_report(path):
    """Of BIG bytes, most of them of records."""
    head, record, tail = harness_report()
    with open(path, "w", encoding="ascii") as file:
        file.write(head)
        for number in range(BIG // len(record) + 1):
            file.write(record.replace("@@@@@@@@", f"{number:08d}"))
        file.write(tail)


def harness_report():
    """A report in three pieces: what is before its records, one of them, what is behind."""
    record = ("<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><disposition>none"
              "</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>"
              "example.com</header_from></identifiers><auth_results><spf><domain>@@@@@@@@.example.com</domain>"
              f"<result>pass</result></spf></auth_results></record>{' ' * 3000}\n")
    head = ("<feedback><report_metadata><org_name>big.example.net</org_name><email>dmarc@example.net</email>"
            "<report_id>big</report_id><date_range><begin>1767225600</begin><end>1767311999</end></date_range>"
            "</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>\n")
    return head, record, "</feedback>\n"


def in_parts(bench, tally):
    """A report of 66 MiB, and what it takes of memory."""
    rigs = bench.rigs
    conf = bench.configure("big", "big", options="max_message = 100M\nmax_idle = 100M\n")
    report = rigs.path("big.xml")
    big_report(report)
    rigs.replay(conf, report)
    peak = rigs.path("peak")
    shipper = os.path.join(os.path.dirname(rigs.program), "ruamill-ship")
    done = subprocess.run(["time", "-o", peak, "-f", "%M", shipper, "-c", conf, "--create", "s3"],
                          capture_output=True, text=True, check=False)
    with open(peak, encoding="utf-8") as file:
        memory = int(file.read().split()[-1])
    names = list(bench.server.names("big").items())
    tag = bench.server.ask("HEAD", f"/big/{names[0][0]}")[1].get("ETag", "") if names else ""
    with open(report, "rb") as file:
        same = names and hashlib.sha256(file.read()).digest() == hashlib.sha256(
            bench.server.get("big", names[0][0])).digest()
    tally.check(done.returncode == 0 and len(names) == 1 and same and re.search(r"-5\"?$", tag),
                f"in parts: {names} {tag} {done.stderr}")
    subprocess.run(["rm", "-rf", rigs.path("big/.spool/ship")], check=True)
    began = time.monotonic()
    code, said = rigs.ship(conf, "s3")
    tally.check(code == 0 and not said, f"in parts: is there already, {time.monotonic() - began:.1f} s {said}")
    tally.check(memory <= MOST_MEMORY, f"in parts: {memory / 1024:.1f} MiB at its peak")


def no_s3(bench, tally):
    """A web server with a page for whatever it is asked confirms nothing: neither
    by PUT, nor by HEAD, nor for the large one of in_parts()."""
    rigs, pages, others = bench.rigs, proxies.web_server(), proxies.web_server(puts=501)
    cases = (("pages", pages, ()), ("pages-create", pages, ("--create",)), ("pages-501", others, ()), ("big", pages, ()))

    def one(case):
        store, server, words = case
        conf = bench.configure(store, "b", port=server.server_port, options="max_message = 100M\nmax_idle = 100M\n")
        subprocess.run(["rm", "-rf", rigs.path(store + "/.spool/ship")], check=True)
        if store != "big":
            rigs.replay(conf, *bench.mails(3))
        code, said = rigs.ship(conf, *words, "s3")
        lag = rigs.lag(conf, "s3")
        tally.check(code == 75 and "no S3; see url" in said and lag["rows"] == ("1" if store == "big" else "3"),
                    f"{store} ({code}) {lag} {said}")

    rig.side_by_side(*(functools.partial(one, case) for case in cases))
    for server in (pages, others):
        server.shutdown()


def main():
    program, _ = harness.arguments(USAGE)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        server = swift.Swift(folder)
        rigs.servers.append(server)
        bench = Bench(rigs, server)
        for test in (plain, refused, rotated, two_hosts, while_written, pruned, in_parts, no_s3):
            began = time.monotonic()
            test(bench, tally)
            print(f"{test.__name__}: {time.monotonic() - began:.1f} s")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
