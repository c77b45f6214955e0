"""names.py - names that strangers choose, and where the program opens and makes
files because of them."""

import io
import os
import re
import shutil
import zipfile

import rig as tools

DOMAIN = r"(_invalid|[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*)"
FILE = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}![a-z0-9_-][a-z0-9._-]{0,63}!\d+!\d+![0-9a-f]{64}\.(xml|xml\.gz|zip|bin)"
PERIOD = r"(\d{4}/\d\d|undated)"
STORE = re.compile("|".join((
    r"\.spool(/(lock|journal|counters|(stage|poison)(/[0-9a-f-]+)?))?",
    r"quarantine(/(quarantine\.csv|\d{4}(/\d\d(/[0-9a-f]{64}\.eml)?)?))?",
    DOMAIN + r"(/((records|reports)-(\d{4}-\d\d|undated)\.(csv|tsv)|archive(/" + PERIOD[1:-1] + r")?|archive/\d{4}"
    r"|archive/" + PERIOD + "/" + FILE + "))?")))

NAMES = [name.encode() for name in (
    "../../outside", "../outside", "..", ".", "/outside", "a/b", "a/../../b", "a\\..\\b", ".spool", ".spool/lock",
    "quarantine", "_invalid", "store", "records-2026-01.csv", "example.com/../..", "example.com/archive", "%2e%2e%2f",
    "-rf", "~root", "$(touch outside)", "`touch outside`", "|touch outside", "CON", "x" * 255, "x." * 120 + "x", "a..b", "..com",
    "\uff0e\uff0e\uff0fx", "\u2025\u2215x", "xn--", "xn--a.xn--b", "a\nb", "a b", "a!b", "a%sb%n", "\u202ecsv.x", "'", '"')]
NAMES += [b"\xff\xfe/..", b"a\x1b[2J", b"..\xc0\xaf..\xc0\xafx"]

# The folder that is named, and what is written in it.
CALLS = re.compile(r"\b(open|openat|openat2|creat|mkdir|mkdirat|mknod|mknodat|rename|renameat|renameat2|link|linkat|symlink"
                   r"|symlinkat|unlink|unlinkat|rmdir|truncate|chmod|fchmodat|chown|lchown|fchownat|bind)\((.*)$")
WRITES = re.compile(r"O_(CREAT|TMPFILE|WRONLY|RDWR|TRUNC)\b")


def zipped(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("x" * len(name)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue().replace(b"x" * len(name), name)


def file_name(name):
    """As much of a name as a file can have."""
    return name.replace(b"/", b"\\")[:240].strip(b".") or b"dots"


def one_line(name):
    return name.replace(b"\n", b" ")


def mails(number, name):
    """Mails with the name in every place; in the last, the domain is good."""
    for i, domain in enumerate((name, name + b".example.com", b"example.com")):
        document = tools.report(name, 10 * number + i, domain)
        content = zipped(name, document) if i == 2 else tools.pack(document)
        yield tools.mail(content, one_line(name), to=one_line(name) + b"@example.net")


def escaped(trace, allowed):
    """Calls that make or change what is not below one of the allowed paths."""
    found = []
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            call = CALLS.search(line)
            if not call or (call[1].startswith("open") and not WRITES.search(line)):
                continue
            strings = re.findall(r'(?:(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)"', call[2])
            for folder, name in strings[:2]:
                path = os.path.normpath(os.path.join(folder or "/nowhere", name))
                if not any(path == a or path.startswith(a + "/") for a in allowed) or "/../" in f"/{name}/":
                    found.append(line.strip()[:300])
    return found


def replay(rig, tally, trace):
    inbox = rig.path("inbox")
    os.mkdir(inbox)
    mbox = b""
    for number, name in enumerate(NAMES, 1):
        for i, text in enumerate(mails(number, name)):
            tools.write(os.path.join(os.fsencode(inbox), b"%d%s" % (i, file_name(name))), text)
            mbox += b"From x Thu Jan  1 00:00:00 2026\n" + text + b"\n"
    tools.write(os.path.join(os.fsencode(inbox), b"..\x1b[2J mbox"), mbox)
    rig.own(inbox)
    done = rig.run("replay", "-v", "--to", "dmarc@example.net", inbox, limit=60, before=trace)
    tally.check("names: replay takes them", done.code == 0, done.code, done.out, done.err[-500:])
    done = rig.run("replay", "--dry-run", inbox, limit=60)
    tally.check("names: so does a dry run", done.code == 0, done.code, done.out, done.err[-500:])


def pipe(rig, tally, trace):
    for number, name in enumerate(NAMES):
        text = list(mails(1000 + number, name))[number % 3]
        done = rig.run("pipe", "--rcpt", one_line(name) + b"@example.net", "--from", name, "--queue-id", name,
                       stdin=text, before=trace if number < 4 else ())
        tally.check(f"names: pipe takes {name[:30]}", done.code == 0, done.code, done.out, done.err)


def milter(rig, tally, trace):
    server = tools.Milter(rig, before=trace)
    for number, name in enumerate(NAMES):
        text = list(mails(2000 + number, name))[number % 3]
        packets = server.deliver(text, name, one_line(name) + b"@example.net", name)
        tally.check(f"names: milter takes {name[:30]}", packets[-1][:1] == b"d", packets)
    log, alive = server.stop()
    tally.check("names: the milter goes on", alive, log[-500:])


def look(rig, tally):
    """Everything in the store has a name of ours, and an ordinary mode."""
    for place, folders, files in os.walk(rig.store):
        for name in folders + files:
            path = os.path.join(place, name)
            below = os.path.relpath(path, rig.store)
            mode = os.lstat(path).st_mode
            tally.check(f"names: {below[:80]} is one of ours", STORE.fullmatch(below), below)
            tally.check(f"names: {below[:80]} has its mode", mode & 0o7777 == (0o750 if name in folders else 0o640),
                        oct(mode))


def test(rig, tally):
    trace = []
    if shutil.which("strace"):
        rig.own(rig.path())
        trace = ["strace", "-f", "-y", "-qq", "-s", "9999", "-e", "signal=none", "-e",
                 "trace=%file,openat2,bind", "-A", "-o", rig.path("trace")]
    else:
        tally.absent("strace: where files are made is not seen")
    os.umask(0o077 if rig.user else 0)
    before = None
    for step in (replay, pipe, milter):
        step(rig, tally, trace)
        if before is None:
            before = tools.tree(rig.top, rig.store)
    tally.check("names: nothing beside the store", tools.tree(rig.top, rig.store) == before == {},
                tools.tree(rig.top, rig.store))
    if trace:
        ours = escaped(rig.path("trace"), [rig.store, rig.path("run", "socket"), rig.path("run", "socket.lock"),
                                           "/dev/null"])
        tally.check("names: all that is made is in the store", not ours, *ours[:5])
    look(rig, tally)
    done = rig.run("verify")
    tally.check("names: verify is content", done.code == 0, done.out[-500:], done.err)
    os.umask(0o022)
