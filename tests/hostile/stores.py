"""stores.py - stores that somebody prepared: something else in the place of
each file and folder, and journals that ask for what no journal asks."""

import ctypes
import os
import re
import shutil
import socket
import struct
import zlib

import rig as tools

FOLDERS = {
    "domain": "example.com", "archive": "example.com/archive", "month": "example.com/archive/2026/01",
    "quarantine": "quarantine", "spool": ".spool", "stage": ".spool/stage", "root": "",
}
FILES = {
    "records": "example.com/records-2026-01.csv", "reports": "example.com/reports-2026-01.csv",
    "kept": "", "keys": "example.com/archive/2026/01/pruned.keys", "aside": "quarantine/quarantine.csv",
    "lock": ".spool/lock", "journal": ".spool/journal", "new table": ".spool/table.new",
    "new file": ".spool/file.new", "new journal": ".spool/journal.new",
}
# What is made anew: whatever stands there is taken away, but a folder.
TEMPORARY = {"new table", "new file", "new journal"}
# What is read, and not written.
READ = {("kept", "hard link"), ("kept", "foreign"), ("keys", "hard link")}

KINDS = {
    "link to a file": "is a symbolic link", "link to a folder": "is a symbolic link",
    "link to nothing": "is a symbolic link", "hard link": r"has 2 names \(hard links\)",
    "FIFO": "is a FIFO", "socket": "is a socket", "device": "is a device", "folder": "is a folder, not a file",
    "file": "is a file, not a folder", "foreign": r"belongs to user \d+",
    "open to others": r"others can write there \(mode 777\); chmod go-w it",
}
NEED_ROOT = {"device", "foreign"}


def make_socket(path):
    """A path to a socket may be longer than a socket's name."""
    here = os.open(".", os.O_RDONLY)
    os.chdir(os.path.dirname(path))
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.basename(path))
    os.fchdir(here)
    os.close(here)


class Canary:
    """What an attacker would have us touch: beside the store, and ours."""

    def __init__(self, rig):
        self.folder = os.path.join(rig.top, "canary")
        self.file = os.path.join(self.folder, "file")
        os.makedirs(os.path.join(self.folder, "folder"))
        tools.write(self.file, b"untouched\n")
        rig.own(self.folder)
        self.before = tools.tree(self.folder)

    def same(self):
        return tools.tree(self.folder) == self.before


def plant(rig, canary, path, kind):
    """Puts something in the place of what is there. A link leads to a copy of
    that, so that all would be well, if links were followed."""
    there = os.path.lexists(path)
    if kind == "foreign":
        if not there:
            return False
        os.chown(path, 12345, 12345)
        return True
    if kind == "open to others":
        os.chmod(path, 0o777)
        return True
    copy = os.path.join(canary.folder, "copy")
    if there:
        os.rename(path, copy)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        rig.own(os.path.dirname(path))
        if kind == "hard link":
            tools.write(copy, b"")
    if kind.startswith("link"):
        is_copy = os.path.exists(copy) and os.path.isdir(copy) == (kind == "link to a folder")
        os.symlink(copy if is_copy else {"link to a file": canary.file, "link to a folder": canary.folder}
                   .get(kind, os.path.join(canary.folder, "nothing")), path)
    elif kind == "hard link":
        os.link(copy, path)
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind == "socket":
        make_socket(path)
    elif kind == "device":
        os.mknod(path, 0o20666, os.makedev(1, 5))
    elif kind == "folder":
        os.mkdir(path, 0o750)
    elif kind == "file":
        tools.write(path, b"x")
    if rig.user:
        os.lchown(path, rig.user.pw_uid, rig.user.pw_gid)
        if os.path.lexists(copy):
            rig.own(copy)
    canary.before = tools.tree(canary.folder)
    return True


def outcome(place, kind):
    """Whether it is refused when a report and a bad mail are stored."""
    if place == "stage" or (place, kind) in READ:
        return False
    if place in TEMPORARY:
        return kind == "folder" and place != "new journal"
    return True


def one_sentence(text, regex):
    lines = [line for line in text.splitlines() if re.search(rb"verdict=later|^ruamill: ", line)]
    return lines and all(re.search(regex.encode(), line) for line in lines) and tools.is_printable(text)


def attack(rig, tally, good, place, below, kind):
    name = f"stores: {kind} in the place of {place}"
    shutil.rmtree(rig.top)
    os.mkdir(rig.top, 0o755)
    rig.own(rig.top)
    shutil.copytree(good, rig.store, symlinks=True)
    rig.own(rig.store)
    canary = Canary(rig)
    if not plant(rig, canary, os.path.join(rig.store, below) if below else rig.store, kind):
        return
    done = rig.run("replay", "-v", rig.path("mails"))
    tally.check(f"{name}: outside is as it was", canary.same(), done.err)
    if outcome(place, kind):
        regex = KINDS[kind] if below else KINDS[kind] + "|Not a directory|No such file|Permission denied"
        tally.check(f"{name}: come again later", done.code == 75, done.code, done.out, done.err)
        tally.check(f"{name}: says so", one_sentence(done.err, regex), done.err)
        if below:
            tally.check(f"{name}: names it", below.split("/")[-1].encode() in done.err or below.encode() in done.err,
                        done.err)
    else:
        tally.check(f"{name}: is no matter", done.code == 0, done.code, done.out, done.err)
    for command, arguments in (("verify", ()), ("export", ("example.com",))) if not rig.user else ():
        done = rig.run(command, *arguments)
        tally.check(f"{name}: {command} comes to its end", done.code in (0, 1, 65, 66, 75, 78), done.code, done.err)
        tally.check(f"{name}: {command} says so in lines", tools.is_printable(done.err) and
                    (command == "export" or tools.is_printable(done.out)), done.out, done.err)
    tally.check(f"{name}: outside is as it was in the end", canary.same())


# ---- the journal ----

def head(salt):
    rest = struct.pack("<IQ", 1, salt).ljust(512 - 20, b"\0")
    return b"ruamill journal\0" + struct.pack("<I", zlib.crc32(rest)) + rest


def entry(salt, payload, n_ops, length=None):
    rest = struct.pack("<QQQII", salt, 0, len(payload) if length is None else length, n_ops, 0)
    crc = zlib.crc32(payload, zlib.crc32(rest))
    return b"ruae" + struct.pack("<I", crc) + rest + payload


def operation(kind, path, data):
    return struct.pack("<BBHIQQQII", kind, 0, len(path), 0, 0, 0, len(data), 0, 0) + path + data


def journal_attacks(rig, tally, good):
    outside = os.path.join(rig.top, "canary", "new").encode()
    paths = (outside, b"../canary/new", b"example.com/../../canary/new", b"..", b".spool/lock", b".", b"", b"a//b",
             b"example.com/./x", b"example.com/..", b"a\0b", b"\x1b[2J/../../x", b"/")
    salt = 7
    bodies = {f"path {path!r}": entry(salt, operation(kind, path, b"x\n"), 1) for path in paths for kind in (1, 2)}
    bodies["unknown operation"] = entry(salt, operation(3, b"a/b", b"x"), 1)
    bodies["more operations than there are"] = entry(salt, operation(2, b"a/b", b"x"), 8)
    bodies["9 operations"] = entry(salt, operation(2, b"a/b", b"x"), 9)
    for name, body in bodies.items():
        journal_attack(rig, tally, good, name, head(salt) + body, None, 75)
    tera = 1 << 40
    journal_attack(rig, tally, good, "sparse, one entry over all of it",
                   head(salt) + entry(salt, b"", 1, tera - 1000), tera, 0)
    journal_attack(rig, tally, good, "sparse and empty", b"", tera, 0)
    journal_attack(rig, tally, good, "sparse with a head", head(salt), tera, 0)


def journal_attack(rig, tally, good, name, content, length, code):
    shutil.rmtree(rig.top)
    os.mkdir(rig.top, 0o755)
    shutil.copytree(good, rig.store)
    canary = Canary(rig)
    journal = os.path.join(rig.store, ".spool/journal")
    tools.write(journal, content)
    if length:
        os.truncate(journal, length)
    rig.own(rig.top)
    canary.before = tools.tree(canary.folder)
    done = rig.run("replay", "-v", rig.path("mails"))
    tally.check(f"stores: journal, {name}: status", done.code == code, done.code, done.out, done.err)
    tally.check(f"stores: journal, {name}: outside is as it was", canary.same())
    tally.check(f"stores: journal, {name}: in lines", tools.is_printable(done.err), done.err)
    done = rig.run("verify")
    tally.check(f"stores: journal, {name}: verify comes to its end", done.code in (0, 1, 65, 75), done.code, done.err)


# ---- a kernel without openat2 ----

def without_openat2():
    """In a child: openat2(2) is not there any more (seccomp(2): ENOSYS)."""
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, 437), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)]
    rules = b"".join(struct.pack("HBBI", *rule) for rule in code)
    buffer = ctypes.create_string_buffer(rules)
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


class OldKernel:
    """A rig whose programs run without openat2."""

    def __init__(self, rig):
        self.rig = rig

    def __getattr__(self, name):
        return getattr(self.rig, name)

    def run(self, *arguments, **others):
        return self.rig.run(*arguments, preexec_fn=without_openat2, **others)


def prepare(rig):
    """The mails, and a good store that has everything."""
    mails = rig.path("mails")
    os.mkdir(mails)
    report = tools.pack(tools.report(b"x", 1))
    tools.write(os.path.join(mails, "0.eml"), tools.mail(report))
    tools.write(os.path.join(mails, "bad.eml"), tools.mail(b"\x1f\x8b\x08\0 no gzip"))
    done = rig.run("replay", mails)
    if done.code != 0:
        raise SystemExit(f"no store can be made: {done.err!r}")
    kept = os.path.join(rig.store, FOLDERS["month"])
    FILES["kept"] = os.path.join(FOLDERS["month"], os.listdir(kept)[0])
    keys = os.path.join(rig.store, FILES["keys"])
    tools.write(keys, b"")
    good = rig.path("good")
    shutil.copytree(rig.store, good)
    tools.write(os.path.join(mails, "1.eml"), tools.mail(tools.pack(tools.report(b"y", 2))))
    tools.write(os.path.join(mails, "bad2.eml"), tools.mail(b"\x1f\x8b\x08\0 no gzip either"))
    return good


def places(kind):
    """Where a kind makes a difference."""
    if kind not in ("file", "open to others"):
        yield from FILES.items()
    if kind not in ("folder", "hard link"):
        for place, below in FOLDERS.items():
            if (place, kind) != ("root", "link to a folder"):
                yield place, below


def linked_root(rig, tally, good):
    """The store itself may be a link: the administrator's."""
    shutil.rmtree(rig.top)
    os.mkdir(rig.top, 0o755)
    shutil.copytree(good, rig.store + ".d")
    os.symlink("store.d", rig.store)
    rig.own(rig.top)
    done = rig.run("replay", rig.path("mails"))
    tally.check("stores: the store itself is a link", done.code == 0, done.code, done.err)


def test(rig, tally):
    """As somebody else, without openat2(2)."""
    good = prepare(rig)
    for kind in KINDS:
        if kind in NEED_ROOT and not tools.IS_ROOT:
            tally.absent(f"root: {kind}")
            continue
        for place, below in places(kind):
            attack(OldKernel(rig) if rig.user else rig, tally, good, place, below, kind)
    linked_root(rig, tally, good)
    journal_attacks(rig, tally, good)
