#!/usr/bin/env python3
"""service.py PROGRAM - the milter as a service: how it starts, what it refuses
to start with, reload and end."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from client import CONTINUE, DISCARD, GONE, NR_RCPT, REPLY, Milter, report

PROGRAM = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="service.")


def check(name, good, more=""):
    print(("ok " if good else "FAILED ") + name + ("" if good else f": {more}"))


def path(name):
    return os.path.join(FOLDER, name)


def write(name, text):
    with open(path(name), "w", encoding="ascii") as file:
        file.write(text)


def command(*options, conf="/dev/null"):
    return ([PROGRAM, "milter", "-c", conf, "-o", "allow=" + path("allow")] +
            [word for option in options for word in ("-o", option)])


class Service:
    """A milter that has said that it is ready."""

    def __init__(self, *options, env=None, pass_fds=(), wrap=(),
                 conf="/dev/null"):
        self.log = open(path("log"), "w+", encoding="ascii")
        self.process = subprocess.Popen(
            list(wrap) + command(f"store={path('store')}", *options,
                                 conf=conf),
            stdout=subprocess.DEVNULL,
            stderr=self.log, env={**os.environ, **(env or {})}, pass_fds=pass_fds)
        SERVICES.append(self.process)
        self.wait(" serves ")

    def text(self):
        with open(path("log"), encoding="ascii") as file:
            return file.read()

    def wait(self, text):
        for _ in range(400):
            if text in self.text():
                return True
            time.sleep(0.05)
        return False

    def stop(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(60)
        return status, time.monotonic() - began


def refused(name, status, sentence, *options):
    done = subprocess.run(command(*options), capture_output=True, text=True,
                          timeout=60, check=False)
    check(name, done.returncode == status and sentence in done.stderr and
          done.stderr.count("\n") == 1, f"{done.returncode} {done.stderr}")


def test_refusals():
    store = f"store={path('store')}"
    refused("folder that is missing", 78, "No such file or directory", store,
            f"socket=unix:{path('none/s')}")
    refused("path that is too long", 78, "must have 1 to 107 bytes", store,
            "socket=unix:/" + "x" * 120)
    refused("unknown group", 78, "there is no group no-such", store,
            f"socket=unix:{path('s')}", "socket_group=no-such")
    refused("socket that nobody handed over", 78, "no listening socket", store,
            "socket=fd:33")
    refused("form of socket", 78, "must be unix:PATH", store, "socket=tcp:1")
    refused("something else of that name", 78, "is there, and no socket; move it away", store,
            f"socket=unix:{path('allow')}")
    refused("store that cannot be", 69, "/nonexistent/x/y", "store=/nonexistent/x/y",
            f"socket=unix:{path('s')}")
    refused("missing allowlist", 78, "none", store, f"allow={path('none')}")
    taken = socket.create_server(("127.0.0.1", 0))
    refused("address in use", 69, "another program listens there (Address already in use); end that one", store,
            f"socket=inet:{taken.getsockname()[1]}@127.0.0.1")
    taken.close()
    for port in ("99999", "0", "abc", ""):
        refused(f"port {port}", 78, f'the port is "{port}", must be a number', store,
                f"socket=inet:{port}@127.0.0.1")
    limited = subprocess.run(
        ["sh", "-c", 'ulimit -n 300; exec "$@"', "sh"] +
        command(store, f"socket=unix:{path('s')}", "max_connections=1000"),
        capture_output=True, text=True, timeout=60, check=False)
    check("too few open files", limited.returncode == 78 and
          "max_connections = 1000 needs" in limited.stderr, limited.stderr)


def test_readiness():
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(path("notify"))
    manager.settimeout(20)
    service = Service(f"socket=unix:{path('s')}", "socket_mode=0606",
                      env={"NOTIFY_SOCKET": path("notify")})
    check("ready", manager.recv(100) == b"READY=1")
    check("socket's mode", os.stat(path("s")).st_mode & 0o777 == 0o606)
    refused("second instance", 69, "another ruamill serves it",
            f"store={path('store')}", f"socket=unix:{path('s')}")
    client = Milter(path("s"))
    check("first is not hurt", client.message(
        "Q1", ["<rua@example.com>"], report("1", "example.com", 1)) == DISCARD)
    status, seconds = service.stop()
    check("end", status == 0, status)
    check("at once, with a client that is connected", seconds < 3, seconds)
    check("stopping", manager.recv(100) == b"STOPPING=1")
    check("socket is gone", not os.path.exists(path("s")))
    client.socket.close()


def test_stale_socket():
    service = Service(f"socket=unix:{path('s')}")
    service.stop(signal.SIGKILL)
    check("socket is left", os.path.exists(path("s")))
    service = Service(f"socket=unix:{path('s')}")
    client = Milter(path("s"))
    check("it is replaced", client.message(
        "Q1", ["<rua@example.com>"], report("2", "example.com", 1)) == DISCARD)
    client.close()
    for number in (signal.SIGINT, signal.SIGHUP):
        status, _ = service.stop(number)
        check(f"end by signal {number}", status == 0, status)
        service = Service(f"socket=unix:{path('s')}")
    service.stop()


def test_activation():
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path("a"))
    listening.listen(5)
    service = Service("socket=fd:3", pass_fds=(listening.fileno(),), wrap=(
        "sh", "-c", f'exec 3<&{listening.fileno()}; exec "$@"', "sh"))
    listening.close()
    client = Milter(path("a"))
    check("socket that was handed over", client.message(
        "Q1", ["<rua@example.com>"], report("3", "example.com", 1)) == DISCARD)
    check("is known to be a unix socket", client.steps & 0x80)
    client.close()
    status, seconds = service.stop()
    check("end", status == 0 and seconds < 3, f"{status} {seconds}")
    check("it is left to whoever made it", os.path.exists(path("a")))


def test_reload():
    service = Service(f"socket=unix:{path('s')}", "dedicated=example.com")
    client = Milter(path("s"))
    check("recipient is refused before",
          client.envelope("Q1", ["<new@example.com>"]) == [REPLY])
    write("allow", "rua@example.com example.com\nnew@example.com example.com\n")
    service.process.send_signal(signal.SIGUSR1)
    check("reload is said", service.wait("read anew"), service.text())
    check("recipient is taken after",
          client.envelope("Q1", ["<new@example.com>"]) == [CONTINUE])
    client.abort()
    write("allow", "rua@example.com\n")
    service.process.send_signal(signal.SIGUSR1)
    check("failure is said", service.wait("not reloaded: "), service.text())
    check("and changes nothing",
          client.envelope("Q1", ["<new@example.com>"]) == [CONTINUE])
    write("allow", "rua@example.com example.com\n")
    for _ in range(50):
        service.process.send_signal(signal.SIGUSR1)
    time.sleep(0.3)
    check("it lives on", client.message(
        "Q2", ["<rua@example.com>"], report("4", "example.com", 1)) == DISCARD)
    client.close()
    status, _ = service.stop()
    check("end", status == 0, status)


def test_flight():
    """A message that is being taken when the end comes is taken."""
    service = Service(f"socket=unix:{path('s')}")
    client, idle = Milter(path("s")), Milter(path("s"))
    lock = os.open(path("store/.spool/lock"), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.message(
        "Q1", ["<rua@example.com>"], report("5", "example.com", 1))))
    thread.start()
    time.sleep(1)
    service.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    check("it is waited for", not answers and service.process.poll() is None)
    fcntl.flock(lock, fcntl.LOCK_UN)
    thread.join()
    check("it is answered", answers == [DISCARD], answers)
    check("then the end", service.process.wait(60) == 0)
    check("clients without a message are let go", idle.receive()[0] == GONE)
    os.close(lock)
    with open(path("store/example.com/reports-2023-11.csv"),
              encoding="utf-8") as file:
        check("it is stored", len(file.readlines()) == 6)


def test_silent_recipients():
    """Replies to RCPT were given up before a domain was dedicated."""
    write("conf", "")
    service = Service(f"socket=unix:{path('s')}", conf=path("conf"))
    client = Milter(path("s"))
    check("no reply to RCPT", client.steps & NR_RCPT)
    write("conf", "dedicated = example.com\n")
    service.process.send_signal(signal.SIGUSR1)
    check("reload is said", service.wait("read anew"), service.text())
    client.envelope("Q1", ["<nobody@example.com>", "<rua@example.com>"])
    client.content([("Content-Type", "text/xml")], report("6", "example.com", 1))
    check("the message is not discarded", client.end() == CONTINUE)
    check("and the RUA taken out", client.changes == [(b"-", b"<rua@example.com>\0")],
          client.changes)
    later = Milter(path("s"))
    check("who comes now is refused",
          later.envelope("Q2", ["<nobody@example.com>"]) == [REPLY])
    client.close()
    later.close()
    service.stop()


def test_dead_zygote():
    service = Service(f"socket=unix:{path('s')}")
    pid = service.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    check("there is one child", len(children) == 1, children)
    os.kill(int(children[0]), signal.SIGKILL)
    check("an idle milter without it ends", service.process.wait(20) == 71)
    check("and says so", "ended by a failure" in service.text(), service.text())


def test_crowd():
    service = Service(f"socket=unix:{path('s')}", "max_connections=20", "jobs=1",
                      wrap=("sh", "-c", 'ulimit -n 300; exec "$@"', "sh"))
    clients = [Milter(path("s")) for _ in range(172)]
    check("connections are let in", all(client.steps for client in clients))
    more = [Milter(path("s")) for _ in range(50)]
    check("up to the limit of open files",
          all(client.steps is None for client in more))
    check("which is said once", service.text().count("are sent away") == 1,
          service.text())
    check("others are served", clients[100].message(
        "Q1", ["<rua@example.com>"], report("7", "example.com", 1)) == DISCARD)
    for client in clients[:50]:
        client.close()
    time.sleep(0.5)
    client = Milter(path("s"))
    check("until some have gone", client.steps is not None)
    service.stop()


def one_message(number, answers):
    client = Milter(path("s"))
    domain = f"new{number}.example"
    answers[number] = client.message(
        f"Q{number}", [f"<any{number}@reports.example.org>"],
        report(str(number), domain, 1))
    client.close()


def test_newcomers():
    store = path("new")
    write("any", "@reports.example.org *\n")
    log = ""
    answers = [None] * 40
    for first in (0, 20):  # and once more when it has been started anew
        service = Service(f"socket=unix:{path('s')}", f"allow={path('any')}",
                          f"store={store}", "max_new_domains=5", "jobs=8")
        threads = [threading.Thread(target=one_message, args=(number, answers))
                   for number in range(first, first + 20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        log += service.text()
        service.stop()
    folders = [name for name in os.listdir(store) if name.startswith("new")]
    aside = sum(name.endswith(".eml") for _, _, names in
                os.walk(os.path.join(store, "quarantine")) for name in names)
    check("new domains are stored up to the limit", len(folders) == 5, folders)
    check("the others are kept aside", aside == 35, aside)
    check("all are taken", answers == [DISCARD] * 40, answers)
    check("which the log says of each", log.count(
        'text="more than max_new_domains (5) new policy domains today for '
        '@reports.example.org: new') == 35, log)


write("allow", "rua@example.com example.com\n")
SERVICES = []
for test in (test_refusals, test_readiness, test_stale_socket, test_activation,
             test_reload, test_flight, test_silent_recipients, test_dead_zygote,
             test_crowd, test_newcomers):
    try:
        test()
    except (OSError, subprocess.TimeoutExpired) as error:
        check(test.__name__, False, repr(error))
    for process in SERVICES:
        process.kill()
subprocess.run(["rm", "-rf", FOLDER], check=False)
print("done")
