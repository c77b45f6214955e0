"""rig.py - what the parts of hostile.py share: checks, runs, mails, trees."""

import base64
import gzip
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
BEGIN = 1767225600  # 2026-01-01
FORBIDDEN = ({chr(c) for c in (*range(0x20), *range(0x7f, 0xa0), *range(0x202a, 0x202f), *range(0x2066, 0x206a))}
             | set("\u2028\u2029\u200e\u200f\u061c\ufeff"))


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, *evidence):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("not ok", name)
            for line in evidence:
                print("   ", repr(line)[:600])

    def absent(self, what):
        self.failed += 1
        print("ABSENT", what)


class Done:
    """What came of a run; `code` is None for one that did not end."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def place():
    """Where scratch folders are: in memory, if programs can run from there."""
    memory = "/dev/shm"
    good = os.access(memory, os.W_OK) and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    return memory if good else None


class Rig:
    """A folder of one's own, the program in it, and whoever runs it."""

    def __init__(self, program, user=None):
        self.folder = tempfile.mkdtemp(prefix="ruamill-hostile-", dir=place())
        os.chmod(self.folder, 0o755)
        self.user = user
        self.program = os.path.join(self.folder, "ruamill")
        shutil.copy(program, self.program)
        os.chmod(self.program, 0o755)
        self.top = self.path("top")
        os.mkdir(self.top, 0o755)
        self.own(self.top)
        self.store = os.path.join(self.top, "store")
        self.allow = self.path("allow")
        with open(self.allow, "w", encoding="utf-8") as file:
            file.write("@example.net *\n")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def own(self, path):
        if self.user:
            for folder, names, files in os.walk(path):
                for name in [folder] + [os.path.join(folder, n) for n in names + files]:
                    os.lchown(name, self.user.pw_uid, self.user.pw_gid)
            os.lchown(path, self.user.pw_uid, self.user.pw_gid)

    def command(self, name, *arguments, options=()):
        command = [self.program, name, "-o", f"store={self.store}"]
        if name not in ("export", "verify", "checkpoint"):
            command += ["-o", f"allow={self.allow}"]
        for option in options:
            command += ["-o", option]
        return command + list(arguments)

    def start(self, command, **others):
        if self.user:
            others.update(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        return subprocess.Popen(command, cwd=self.top, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True, **others)

    def run(self, name, *arguments, options=(), stdin=b"", limit=20, before=(), **others):
        child = self.start([*before, *self.command(name, *arguments, options=options)],
                           stdin=subprocess.PIPE, **others)
        try:
            out, err = child.communicate(stdin, timeout=limit)
            return Done(child.returncode, out, err)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return Done(None, *child.communicate())

    def done(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def tree(folder, but=None):
    """All that is in a folder, `but` what is below one path, as text."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(place, name) != but]
        for name in folders + files:
            path = os.path.join(place, name)
            if path == but:
                continue
            st = os.lstat(path)
            text = b""
            if os.path.isfile(path) and not os.path.islink(path) and st.st_size < 1 << 20:
                with open(path, "rb") as file:
                    text = file.read()
            found[path] = (st.st_mode, st.st_uid, st.st_size, st.st_ino, text)
    return found


def is_printable(text):
    """Lines of printable ASCII."""
    return all(c == 10 or 32 <= c <= 126 for c in text) and (not text or text.endswith(b"\n"))


def escape(value):
    return value.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def report(value, number, domain=b"example.com", **fields):
    """A report with `value` in every element that holds text; times and count,
    by which it is known again, are numbers."""
    text = escape(value)
    field = {name.encode(): escape(content) for name, content in fields.items()}

    def tags(names):
        return b"".join(b"<%s>%s</%s>" % (name, field.get(name, text), name) for name in names.split())

    return b"".join((
        b'<?xml version="1.0" encoding="UTF-8"?>\n<feedback>', tags(b"version"), b"<report_metadata>",
        tags(b"org_name email extra_contact_info report_id"),
        b"<date_range><begin>%d</begin><end>%d</end></date_range>" % (BEGIN, BEGIN + 86399),
        tags(b"error error generator"), b"</report_metadata><policy_published><domain>", escape(domain), b"</domain>",
        tags(b"adkim aspf p sp np pct fo testing discovery_method"), b"</policy_published><record><row>",
        tags(b"source_ip"), b"<count>%d</count><policy_evaluated>" % number,
        tags(b"disposition dkim spf"), 2 * (b"<reason>" + tags(b"type comment") + b"</reason>"),
        b"</policy_evaluated></row><identifiers>", tags(b"header_from envelope_from envelope_to"),
        b"</identifiers><auth_results>", 2 * (b"<dkim>" + tags(b"domain selector result human_result") + b"</dkim>"),
        2 * (b"<spf>" + tags(b"domain scope result human_result") + b"</spf>"),
        b"</auth_results></record></feedback>\n"))


def mail(content, value=b"x", kind=b"application/gzip", to=b"dmarc@example.net"):
    """A mail with `value` in its header and in the names of its part."""
    return b"\n".join((
        b"Return-Path: <" + value + b"@reporter.example>", b"Authentication-Results: mx.example.net; dmarc=pass "
        b"header.from=" + value, b"Delivered-To: " + to, b"From: " + value + b" <" + value + b"@reporter.example>", b"To: " + to,
        b"Subject: Report Domain: " + value + b" Submitter: " + value, b"Message-ID: <" + value + b"@x>",
        b"MIME-Version: 1.0", b"Content-Type: " + kind + b'; name="' + value + b'"',
        b'Content-Disposition: attachment; filename="' + value + b'"', b"Content-Transfer-Encoding: base64", b"",
        base64.encodebytes(content)))


def pack(content):
    return gzip.compress(content, mtime=0)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


class Milter:
    """An MTA, as far as a milter sees it: one session after the other."""

    def __init__(self, rig, options=(), before=()):
        os.makedirs(rig.path("run"), exist_ok=True)
        rig.own(rig.path("run"))
        self.socket = rig.path("run", "socket")
        self.errors = open(rig.path("milter.log"), "wb")  # pylint: disable=consider-using-with
        command = rig.command("milter", options=[f"socket=unix:{self.socket}", *options])
        others = {"user": rig.user.pw_uid, "group": rig.user.pw_gid, "extra_groups": []} if rig.user else {}
        self.child = subprocess.Popen([*before, *command], cwd=rig.top, stdout=self.errors, stderr=self.errors,
                                      stdin=subprocess.DEVNULL, start_new_session=True, **others)
        self.log = self.errors.name
        until = time.monotonic() + 20
        while not os.path.exists(self.socket) and time.monotonic() < until:
            time.sleep(0.02)

    def deliver(self, message, sender, recipient, queue_id):
        """The packets that come at the end of the message; the last is the
        verdict."""
        with socket.socket(socket.AF_UNIX) as self.wire:
            self.wire.settimeout(20)
            self.wire.connect(self.socket)
            self.send(b"O", struct.pack("!III", 6, 0x1ff, 0x503))  # no connect, no helo
            self.answer()
            self.send(b"D", b"Mi\0" + queue_id + b"\0")
            for command, data in ((b"M", b"<" + sender + b">\0"), (b"R", b"<" + recipient + b">\0"), (b"T", b"")):
                answer = self.ask(command, data)
                if answer[:1] != b"c":
                    return [answer]
            head, body = message.split(b"\n\n", 1)
            for line in head.split(b"\n"):
                name, value = line.split(b":", 1)
                self.ask(b"L", name + b"\0" + value.strip() + b"\0")
            self.ask(b"N")
            for at in range(0, len(body), 60000):
                self.ask(b"B", body[at:at + 60000])
            self.send(b"D", b"Ei\0" + queue_id + b"\0")
            self.send(b"E")
            packets = [self.answer()]
            while packets[-1][:1] in b"hmp-+i":
                packets.append(self.answer())
            return packets

    def send(self, command, data=b""):
        self.wire.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def ask(self, command, data=b""):
        self.send(command, data)
        return self.answer()

    def answer(self):
        (size,) = struct.unpack("!I", self.take(4))
        return self.take(size)

    def take(self, size):
        data = b""
        while len(data) < size:
            piece = self.wire.recv(size - len(data))
            if not piece:
                raise ConnectionError("the milter went away")
            data += piece
        return data

    def stop(self):
        """The log; and whether it was running to the end."""
        alive = self.child.poll() is None
        os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            alive = False
        self.errors.close()
        with open(self.log, "rb") as file:
            return file.read(), alive
