#!/usr/bin/env python3
"""commands.py - ruamill dashboard as an administrator uses it: mistakes, a full
disk, a page that is replaced, large stores.

usage: commands.py PROGRAM STORE    STORE is of reports.py, and is not changed

Times are compared only within a run: twice the rows may cost three times as much."""

import glob
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

PROGRAM, STORE = (os.path.abspath(name) for name in sys.argv[1:3])
NOVEMBER = ["--since", "2026-11", "--until", "2026-11"]
passed = failed = 0


def check(good, what, *more):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED", what, *more)


def run(*arguments, store=STORE, limit=None, **more):
    before = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit is not None else None
    return subprocess.run([PROGRAM, "dashboard", "-o", f"store={store}", *arguments], capture_output=True, text=True,
                          preexec_fn=before, check=False, **more)


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))


def mistakes(folder):
    """Each is answered with one sentence that says what to do."""
    page = os.path.join(folder, "page.html")
    os.mkdir(os.path.join(folder, "is-a-folder"))
    cases = [
        (64, "-o FILE.html", []),
        (64, "--since yesteryear", ["-o", page, "--since", "yesteryear"]),
        (64, "--until 2026-13", ["-o", page, "--until", "2026-13"]),
        (64, "--since 2027", ["-o", page, "--since", "2027", "--until", "2026"]),
        (64, '"example.com" is too much; the file goes behind -o', ["-o", page, "example.com"]),
        (64, "no option --chart", ["-o", page, "--chart"]),
        (64, "no value behind --title", ["-o", page, "--title"]),
        (66, "there are no tables of example.edu", ["-o", page, "--domain", "example.edu"]),
        (64, "is no domain name", ["-o", page, "--domain", "../.."]),
        (64, "is no domain name", ["-o", page, "--domain", ""]),
        (64, "is no domain name", ["-o", page, "--domain", "."]),
        (66, "there is none", ["-o", page, "-o", f"store={folder}/missing"]),
        (64, "-o FILE.html", ["-o", ""]),
        (78, "goes behind --output", ["-o", "page=1.html"]),
        (73, "no-such-folder", ["-o", f"{folder}/no-such-folder/page.html"]),
        (73, "No such file", ["-o", f"{folder}/no-such-folder/"]),
        (73, "is a folder", ["-o", f"{folder}/is-a-folder/"]),
        (73, "is a folder", ["-o", f"{folder}/is-a-folder"]),
        (73, "too long", ["-o", f"{folder}/{'x' * 255}"]),
        (78, "no-option", ["-o", page, "-o", "no-option=1"]),
    ]
    for code, words, arguments in cases:
        done = run(*arguments)
        check(done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1 and not done.stdout,
              f"dashboard {' '.join(arguments)}", done.returncode, done.stderr)
    check(sorted(os.listdir(folder)) == ["is-a-folder"], "nothing is left of mistakes", os.listdir(folder))
    check("--output" in run("--help").stdout, "--help lists the options")


def files(folder):
    page = os.path.join(folder, "page.html")
    done = run("-o", page, *NOVEMBER)
    check(done.returncode == 0 and not done.stderr and not done.stdout, "a page is written in silence", done)
    check(stat.S_IMODE(os.stat(page).st_mode) == 0o640, "its mode is 0640")
    with open(page, encoding="utf-8") as file:
        first = file.read()
    check(first.endswith("</html>\n"), "it is whole")
    check(run("-o", "-", *NOVEMBER).stdout.split("Made by")[0] == first.split("Made by")[0], "- is standard output")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROGRAM, "dashboard", "-o", f"store={STORE}", "-o", "-"], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    check(done.returncode == 74 and done.stderr.count("\n") == 1 and "standard output" in done.stderr,
          "standard output that is full", done)

    if os.geteuid() == 0:  # as somebody who may not write there
        os.chmod(folder, 0o755)
        os.mkdir(os.path.join(folder, "open"), 0o755)
        done = subprocess.run([PROGRAM, "dashboard", "-o", f"store={folder}/open", "-o", page], capture_output=True,
                              text=True, user="nobody", extra_groups=[], cwd="/", check=False)
        check(done.returncode == 73 and f"written to {page}: " in done.stderr and "Permission denied" in done.stderr,
              "no permission", done)
        os.rmdir(os.path.join(folder, "open"))

    broken = subprocess.run([PROGRAM, "dashboard", "-o", f"store={STORE}", "-o", "-", *NOVEMBER, "--title", b"a\xffb"],
                            capture_output=True, check=True).stdout.decode("utf-8", "replace")
    check("<title>a\ufffdb</title>" in broken, "a title that is no UTF-8 is made so")
    inode = os.stat(page).st_ino
    for limit in (0, 100, 20000):
        done = run("-o", page, *NOVEMBER, limit=limit)
        check(done.returncode == 75 and done.stderr.count("\n") == 1, f"no room behind {limit} bytes", done)
    with open(page, encoding="utf-8") as file:
        check(file.read() == first and os.stat(page).st_ino == inode, "the old page stays as it was")
    check(os.listdir(folder) == ["page.html"], "and nothing stands beside it", os.listdir(folder))
    run("-o", "page=1.html", cwd=folder)
    check(run("--output", "page=1.html", *NOVEMBER, cwd=folder).returncode == 0, "--output takes a name with =")
    check(sorted(os.listdir(folder)) == ["page.html", "page=1.html"], "and -o does not", os.listdir(folder))

    os.symlink("elsewhere", os.path.join(folder, "link"))
    os.mkfifo(os.path.join(folder, "pipe"))
    if os.geteuid() == 0:  # a device like /dev/null, of our own
        os.mknod(os.path.join(folder, "null"), 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    for name in set(os.listdir(folder)) - {"page.html", "page=1.html"}:
        before = os.lstat(os.path.join(folder, name)).st_mode
        done = run("-o", os.path.join(folder, name), *NOVEMBER)
        check(done.returncode == 73 and (name == "link" or " is no regular file; " in done.stderr) and done.stderr.count("\n") == 1 and
              os.lstat(os.path.join(folder, name)).st_mode == before, f"a {name} is not replaced", done)
    check(not os.path.exists(os.path.join(folder, "elsewhere")), "a symbolic link is not followed")


def chosen(folder):
    """--domain takes names as they are spelt, each once, and with a dot what is below them."""
    names = ["example.com", "example.net", "shop.example.org"]
    for given, found in ((["example.com"], [0]), (["EXAMPLE.com", "example.com"], [0]), ([".example.org"], [2]),
                         ([".shop.example.org"], [2]), ([".com", "example.net"], [0, 1]), ([".NET", "example.net"], [1])):
        done = run("-o", "-", *NOVEMBER, *(word for name in given for word in ("--domain", name)))
        domains = data_of(done.stdout)["domains"] if done.returncode == 0 else []
        check(sorted(domain["name"] for domain in domains[1:]) == [names[i] for i in found] and
              domains[0]["messages"] == sum(domain["messages"] for domain in domains[1:]), f"--domain {given}", done.stderr)
    for name in (".example", ".xample.org", "example.org"):
        done = run("-o", os.path.join(folder, "page.html"), *NOVEMBER, "--domain", "example.com", "--domain", name)
        check(done.returncode == 66 and f"store {STORE}: there are no tables of {name};" in done.stderr, f"--domain {name}", done)
    check(not os.listdir(folder), "no page is written then")


def ceiling(folder):
    """Where sums end, nothing is said to be all of it, and nothing to have passed whole."""
    store = os.path.join(folder, "huge")
    os.makedirs(os.path.join(store, "d.example"), mode=0o750)
    with open(os.path.join(store, "d.example", "records-2026-11.csv"), "w", encoding="ascii") as file:
        file.write("begin_date,domain,count,source_ip_address,dkim_aligned,spf_aligned,disposition\n")
        for count, aligned in ((1 << 62, 1), (261, 0)):
            file.write(f'2026-11-05 00:00:00,"d.example",{count},"192.0.2.1",{aligned},{aligned},"none"\n')
    with open(os.path.join(store, "d.example", "reports-2026-11.csv"), "w", encoding="ascii") as file:
        file.write('begin_date,domain\n2026-11-05 00:00:00,"d.example"\n')
    page = os.path.join(folder, "page.html")
    run("-o", page, *NOVEMBER, store=store)
    with open(page, encoding="utf-8") as file:
        lead = data_of(file.read())["domains"][0]["lead"]
    check(lead.startswith("Of at least 9\u202f007\u202f199\u202f254\u202f740\u202f991 messages") and "99.9" in lead and "261 failed" in lead, lead)


def damaged(folder):
    """What cannot be read is said, and the page has the rest."""
    page = os.path.join(folder, "page.html")
    cases = [("a broken line", "lines that are left out: 1", lambda path: open(path, "a", encoding="utf-8").write("broken,line\n")),
             ("an empty table", "is empty", lambda path: os.truncate(path, 0))]
    for name, words, damage in cases:
        store = os.path.join(folder, name)
        shutil.copytree(STORE, store)
        damage(min(glob.glob(f"{store}/example.com/records-2026-11*")))
        done = run("-o", page, *NOVEMBER, store=store)
        with open(page, encoding="utf-8") as file:
            whole = file.read().endswith("</html>\n")
        check(done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1 and whole, name, done)


def killed(folder):
    """Whenever it is killed, the page is whole: the old one or the new one."""
    page = os.path.join(folder, "page.html")
    run("-o", page, *NOVEMBER, "--title", "old")
    began = time.monotonic()
    run("-o", page, *NOVEMBER, "--title", "old")
    took = time.monotonic() - began
    for number in range(20):
        with subprocess.Popen([PROGRAM, "dashboard", "-o", f"store={STORE}", "-o", page, *NOVEMBER]) as process:
            time.sleep(took * number / 16)
            process.send_signal(signal.SIGKILL)
        with open(page, encoding="utf-8") as file:
            check(file.read().endswith("</html>\n"), f"killed after {took * number / 16:.4f} s")
    check(run("-o", page, *NOVEMBER).returncode == 0, "what a dead process left is in nobody's way")
    check(os.listdir(folder) == ["page.html"], "and is gone", os.listdir(folder))


HEADER = ("begin_date,end_date,org_name,domain,p,source_ip_address,count,disposition,dkim_aligned,spf_aligned,"
          "dmarc_aligned,header_from")


def tables(store, domains, rows):
    """Tables of some columns, as an option makes them: reports and records."""
    for number in range(domains):
        name = f"d{number}.example"
        os.makedirs(os.path.join(store, name), mode=0o750)
        with open(os.path.join(store, name, "records-2026-11.csv"), "w", encoding="ascii") as file:
            file.write(HEADER + "\n")
            for row in range(rows):
                file.write(f'2026-11-{row % 30 + 1:02} 00:00:00,2026-11-30 00:00:00,"Org {row % 40}","{name}","none",'
                           f'"10.{row >> 16 & 255}.{row >> 8 & 255}.{row & 255}",{1 + row % 9},"none",0,{row % 2},'
                           f'{row % 2},"{name}"\n')


def lacking(folder):
    """What tables without some of the columns do not say is not known, and that is said."""
    page = os.path.join(folder, "page.html")
    row = {"begin_date": "2026-11-05 00:00:00", "domain": '"d.example"', "count": "7",
           "source_ip_address": '"192.0.2.1"', "dkim_aligned": "0", "spf_aligned": "0", "disposition": '"none"'}
    unknown = "No message is known to have failed"
    for columns, words, lead, others in (
            ("begin_date domain source_ip_address", ["count", "disposition", "dkim_aligned", "spf_aligned"],
             "How many messages were reported for d.example is not known", [unknown]),
            ("domain count", ["begin_date", "source_ip_address"],
             "Whether the 7 messages in the name of d.example passed DMARC is not known", [unknown]),
            ("begin_date domain count source_ip_address", ["dkim_aligned"],
             "Whether the 7 messages in the name of d.example passed DMARC is not known", [unknown]),
            ("begin_date domain count source_ip_address dkim_aligned spf_aligned", ["disposition"],
             "Of 7 messages in the name of d.example, 0\u202f% passed DMARC. 7 failed; what receivers did is not known.",
             ["Failed, and the tables do not say why", "did not pass"])):
        store = os.path.join(folder, str(len(os.listdir(folder))))
        os.makedirs(os.path.join(store, "d.example"), mode=0o750)
        for kind, names in (("records", columns.split()), ("reports", ["begin_date", "domain"])):
            with open(os.path.join(store, "d.example", f"{kind}-2026-11.csv"), "w", encoding="ascii") as file:
                file.write(",".join(names) + "\n" + ",".join(row[name] for name in names) + "\n")
        check(run("-o", page, *NOVEMBER, store=store).returncode == 0, columns)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        shown = re.sub("<wbr>|</?span[^>]*>", "", text.split('<script type="application/json"')[0])
        said = [f"Tables without the column {word}: 1" for word in words] + [lead] + others
        check(all(word in shown for word in said), columns, [word for word in said if word not in shown])
        check("no record" not in shown and "There is nothing to do" not in shown and "None failed" not in shown,
              f"{columns}: nothing is said that is not known")
        domain = data_of(text)["domains"][1]
        check(domain["lead"] == data_of(text)["domains"][0]["lead"], f"{columns}: the lead of the domain")


def cost(folder, name, domains, rows):
    """(bytes of the page, seconds of CPU, peak KiB, page) of such a store."""
    store = os.path.join(folder, name)
    tables(store, domains, rows)
    best = (1e9, 0)
    for _ in range(3):
        child = subprocess.Popen([PROGRAM, "dashboard", "-o", f"store={store}", "-o", f"{store}.html", *NOVEMBER])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        check(child.returncode == 0, f"{name}: a page")
        best = min(best, (usage.ru_utime + usage.ru_stime, usage.ru_maxrss))
    with open(store + ".html", encoding="utf-8") as file:
        page = file.read()
    print(f"{name:<28} page {len(page) / 1024:7.0f} KiB   CPU {best[0]:6.2f} s   memory {best[1] / 1024:6.1f} MiB")
    return len(page), *best, page


def large(folder):
    few = cost(folder, "250 domains", 250, 40)
    many = cost(folder, "2500 domains", 2500, 40)
    check(many[0] < 1.1 * few[0], "the page does not grow with the domains")
    check(many[1] < 20 * few[1] + 0.1, "nor does the time by more than they do")
    check(many[2] < 2 * few[2] + 4096, "nor memory")
    found = data_of(many[3])
    check(len(found["domains"]) == 201 and "2\u202f300" in many[3], "200 stand alone, and the page says so")
    check(found["domains"][0]["messages"] == 2500 * sum(1 + row % 9 for row in range(40)), "the sum is of all")

    short = cost(folder, "100,000 senders", 1, 100000)
    long = cost(folder, "800,000 senders", 1, 800000)
    check(long[0] < 1.1 * short[0], "the page does not grow with the senders")
    check(long[1] < 3 * 8 * short[1] + 0.1, "nor does the time by much more than they do")
    check(long[2] < 1.5 * short[2] + 4096, "nor memory")
    found = data_of(long[3])["domains"][0]
    check(found["messages"] == sum(1 + row % 9 for row in range(800000)), "the sum is of all")


def main():
    for test in (mistakes, files, chosen, ceiling, damaged, killed, lacking, large):
        with tempfile.TemporaryDirectory(prefix="ruamill-dashboard-") as folder:
            test(folder)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
