"""rig.py - for the tests with mail servers: ruamill as milter and as pipe, a
private Postfix and Sendmail beside whatever the host has, all in one temporary
folder, and the configuration in examples/, with its paths replaced."""

import contextlib
import csv
import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
ROOT = os.path.dirname(TESTS)
sys.path[:0] = [TESTS, os.path.join(TESTS, "store")]
import harness  # noqa: E402  (tests/store)
import mails    # noqa: E402  (tests)

RUA = "dmarc@example.net"
SECOND = "rua@example.org"
DEDICATED = "reports.example.org"
OTHER = "anna@example.net"    # somebody with a mailbox
SENDER = "noreply@reporter.example"
USER = "nobody"
ALLOW = f"""{RUA} .example.net .example.com
{SECOND} .example.org .example.com
@{DEDICATED} *
"""


def wait_for(what, seconds=30, pause=0.05):
    """Calls `what` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while not (got := what()) and time.monotonic() < end:
        time.sleep(pause)
    return got


def read(path):
    with contextlib.suppress(FileNotFoundError), \
            open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()
    return ""


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def example(name, replaced):
    """A file of examples/, with each path in it replaced that `replaced` names;
    it must be there."""
    text = read(os.path.join(ROOT, "examples", name))
    for old, new in replaced.items():
        if old not in text:
            raise SystemExit(f"examples/{name}: there is no {old!r} in it")
        text = text.replace(old, new)
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def logfmt(line):
    """The keys and values of a line of the log."""
    words = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line)
    return {key: value[1:-1] if value.startswith('"') else value for key, value in words}


class Rig:
    """The folder of a test, with the program, its configuration and its store."""

    def __init__(self, program, **options):
        self.folder = tempfile.mkdtemp(prefix="ruamill-mta-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.user = pwd.getpwnam(USER)
        self.servers = []
        self.program = self.make("bin/ruamill")
        shutil.copy(program, self.program)
        self.conf = self.make("etc/ruamill.conf")
        self.store = Store(self, self.own("data", 0o755) + "/store")
        self.milter = Milter(self)
        self.configure(**options)

    def make(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def own(self, name, mode, group=None):
        """A folder that belongs to the user of ruamill."""
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        os.chown(path, self.user.pw_uid, grp.getgrnam(group).gr_gid if group else self.user.pw_gid)
        os.chmod(path, mode)
        return path

    def configure(self, allow=ALLOW, **options):
        """Writes ruamill.conf, made of the example, and the allowlist."""
        options.setdefault("socket", f"unix:{self.milter.path}")
        text = example("ruamill.conf", {"/var/lib/ruamill": self.store.path})
        write(self.conf, text + "".join(f"{name} = {value}\n" for name, value in options.items()))
        write(self.make("etc/allow"), allow)

    def run(self, *words, **more):
        """A command of ruamill, as its user."""
        return subprocess.run([self.program, words[0], "-c", self.conf, *words[1:]], user=self.user.pw_uid,
                              group=self.user.pw_gid, extra_groups=[], capture_output=True, timeout=300,
                              check=False, **more)

    def postfix(self, **options):
        self.servers.append(Postfix(self, len(self.servers), **options))
        return self.servers[-1].start()

    def close(self):
        self.milter.kill()
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if failure[0]:
            for name in [self.milter.log] + [server.log for server in self.servers]:
                print(f"---- the end of {name}\n" + "\n".join(read(name).splitlines()[-30:]))
        self.close()


class Store:
    def __init__(self, rig, path):
        self.rig = rig
        self.path = path

    def tables(self, prefix):
        for folder, names, files in os.walk(self.path):
            names[:] = [name for name in names if name != ".spool"]
            for name in sorted(files):
                if name.startswith(prefix) and name.endswith(".csv"):
                    yield os.path.join(folder, name)

    def rows(self, prefix="reports-"):
        return [row for path in self.tables(prefix) for row in csv.DictReader(read(path).splitlines())]

    def has(self, mail):
        """How often it has the report of a mail; None if records are amiss."""
        reports = [row for row in self.rows() if row["report_id"] == str(mail.number)]
        records = [row for row in self.rows("records-") if row["report_id"] == str(mail.number)]
        return len(reports) if len(records) == mail.records * len(reports) else None

    def numbers(self):
        return sorted(int(row["report_id"]) for row in self.rows())

    def aside(self):
        """The rows of the quarantine."""
        return self.rows("quarantine")

    def verify(self):
        """None, or what `ruamill verify` says against it."""
        done = self.rig.run("verify")
        out = done.stdout.decode()
        return None if done.returncode == 0 and out.endswith(" problems 0\n") else out + done.stderr.decode()


class Milter:
    """`ruamill milter`, as its unit would start it: its socket is in a folder
    that Postfix may enter, and it says when it is ready."""

    def __init__(self, rig):
        self.rig = rig
        self.path = rig.own("run", 0o2750, "postfix") + "/milter"
        self.log = rig.make("milter.log")
        self.process = None

    def start(self, environment=None, listener=None):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            name = self.rig.own("notify", 0o755) + "/ready"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            ready.bind(name)
            os.chmod(name, 0o777)
            ready.settimeout(10)
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [self.rig.program, "milter", "-c", self.rig.conf], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    user=self.rig.user.pw_uid, group=self.rig.user.pw_gid, extra_groups=[], umask=0o027,
                    env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": name, **(environment or {})},
                    pass_fds=[listener] if listener else [])
            try:
                while b"READY=1" not in ready.recv(4096):
                    pass
            except TimeoutError:
                raise SystemExit("the milter does not get ready") from None
        return self

    def kill(self, number=signal.SIGKILL):
        """Ends it with a signal; returns its exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds=60):
        if not self.process:
            return None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def restart(self, **options):
        self.kill()
        return self.start(**options)

    def lines(self, begin=0):
        """What it said of messages, from that place in its log on."""
        return [logfmt(line) for line in read(self.log)[begin:].splitlines() if line.startswith("id=")]

    def place(self):
        return len(read(self.log))


BASE = """compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test.example
mynetworks = 127.0.0.0/8
local_header_rewrite_clients =
mydestination =
alias_maps =
alias_database =
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
notify_classes =
biff = no
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = static:all/
virtual_mailbox_limit = 0
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
recipient_delimiter = +
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
default_destination_concurrency_failed_cohort_limit = 0
"""
SERVICES = """127.0.0.1:{port} inet n - n - 200 smtpd
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
showq     unix  n - n -   - showq
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
virtual   unix  - n n -   - virtual
anvil     unix  - - n -   1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A Postfix of our own. Every address has a mailbox; with milter=True it has
    examples/postfix/milter.cf, with pipe=True pipe.cf and what belongs to it;
    others of `more` are lines of main.cf."""

    def __init__(self, rig, number, milter=False, pipe=False, **more):
        self.rig = rig
        self.port = free_port()
        self.folder = os.path.join(rig.folder, f"postfix{number}")
        self.log = os.path.join(self.folder, "log")
        for name in ("etc", "queue", "data", "boxes"):
            os.makedirs(os.path.join(self.folder, name))
        shutil.chown(self.folder + "/data", "postfix")
        shutil.chown(self.folder + "/boxes", USER)
        os.chmod(self.folder + "/data", 0o700)
        main, services = BASE, SERVICES
        if milter:
            main += example("postfix/milter.cf", {"/run/ruamill/milter": rig.milter.path})
        if pipe:
            main += example("postfix/pipe.cf", {"/etc/postfix/transport": "{folder}/etc/transport"})
            services += example("postfix/pipe-master.cf", {
                "user=ruamill": f"user={USER}", "/usr/local/bin/ruamill": rig.program,
                "/usr/local/etc/ruamill/ruamill.conf": rig.conf, "${recipient}": "${{recipient}}",
                "${sender}": "${{sender}}", "${queue_id}": "${{queue_id}}"})
            write(self.folder + "/etc/transport", example("postfix/transport", {
                "dmarc@example.com ": RUA + " ", "rua@example.com ": SECOND + " "}))
        names = {"folder": self.folder, "port": self.port, "uid": rig.user.pw_uid, "gid": rig.user.pw_gid}
        # what comes later in main.cf wins, and Postfix warns of it
        lines = dict(re.findall(r"^(\w+) *= *(.*)$", main.format(**names), re.M))
        lines.update((name, str(value)) for name, value in more.items())
        write(self.folder + "/etc/main.cf", "".join(f"{name} = {value}\n" for name, value in lines.items()))
        write(self.folder + "/etc/master.cf", services.format(**names))
        if pipe:
            self.command("postmap", self.folder + "/etc/transport")

    def command(self, program, *words):
        return subprocess.run([program, "-c", self.folder + "/etc", *words], capture_output=True, text=True,
                              check=False)

    def start(self):
        done = self.command("postfix", "start")
        if done.returncode:
            raise SystemExit(f"Postfix does not start: {done.stderr}{read(self.log)}")
        return self

    def stop(self):
        self.command("postfix", "stop")

    def set(self, **lines):
        for name, value in lines.items():
            self.command("postconf", "-e", f"{name}={value}")
        log = self.place()
        self.command("postfix", "reload")
        self.said("master.*: reload", log)

    def flush(self):
        self.command("postqueue", "-f")

    def queued(self):
        """How many messages it has."""
        return sum(len(files) for name in ("maildrop", "incoming", "active", "deferred")
                   for _, _, files in os.walk(os.path.join(self.folder, "queue", name)))

    def place(self):
        return len(read(self.log))

    def said(self, what, begin=0, seconds=20):
        """Whether a line of its log matches; waits for it."""
        return wait_for(lambda: re.search(what, read(self.log)[begin:]), seconds)

    def box(self, address):
        """The mails in a mailbox; those of all are in one folder."""
        folder = os.path.join(self.folder, "boxes/all/new")
        with contextlib.suppress(FileNotFoundError):
            mails_there = [read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))]
            return [mail for mail in mails_there if f"\nDelivered-To: {address}\n" in mail]
        return []


def begin(usage):
    """(program, options, tally) of a test."""
    program, options = harness.arguments(usage)
    tally = harness.Tally()
    # whoever ends the test ends its servers as well
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if os.geteuid():
        tally.check(False, "ABSENT: a mail server can only be started by root")
        tally.end()
    if not shutil.which("postfix"):
        tally.check(False, "ABSENT: postfix (tests/install.sh mta)")
        tally.end()
    return program, options, tally
