#!/usr/bin/env python3
"""access.py [PROGRAM] - by which way, and as whom: TLS to ClickHouse and to
PostgreSQL, with the certificate checked; passwords from a file, which may have
another one later; and tables that --create makes as replicas, with ZooKeeper.
Whatever is wrong is one sentence, and then nothing was sent."""

import concurrent.futures
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading

import engines
import proxies
import replicas
import rig
from rig import harness

PASSWORD, OTHER = "secret word", "otherwise wrong"  # of engines.py's user shipper; and one that is not


def certificate(rigs, name):
    """A key and a certificate for this name, signed by itself: (certificate, both)."""
    key, crt, both = (rigs.path(f"{name}.{end}") for end in ("key", "crt", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", key, "-out", crt], check=True, capture_output=True)
    with open(both, "wb") as file:
        for path in (key, crt):
            with open(path, "rb") as source:
                file.write(source.read())
    return crt, both


class Tls:
    """TLS in front of a server that has none."""

    def __init__(self, port, both):
        self.behind = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(both)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                front, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.pass_on, args=(front,), daemon=True).start()

    def pass_on(self, front):
        try:
            front = self.context.wrap_socket(front, server_side=True)
            back = socket.create_connection(("127.0.0.1", self.behind))
        except OSError:
            front.close()
            return
        threads = [threading.Thread(target=copy, args=ends, daemon=True) for ends in ((front, back), (back, front))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for end in (front, back):
            end.close()

    def close(self):
        self.listener.close()


def copy(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def good(rigs, tally, server, what, target, store):
    name = target.split("]")[0].split()[-1]
    conf = rigs.configure(store, target)
    code, said = rigs.ship(conf, "--create", name)
    wrong = rigs.wrong(server, [store])
    tally.check((code, said) == (0, "") and not wrong, f"{name}: {what} ({code}) {said} {wrong}")
    rig.clear(server)
    subprocess.run(["rm", "-rf", rigs.path(f"{store}/.spool/ship")], check=True)


def rotated(rigs, tally, server, name, lines, store):
    wrong = rig.rotated(rigs, store, name, lambda path: f"[target {name}]\n{lines}user = shipper\npassword_file = {path}\n", PASSWORD)
    wrong = wrong or rigs.wrong(server, [store])
    tally.check(not wrong, f"{name}: another password while it is followed {wrong}")


class Bad:
    """Ways that do not lead there, tried side by side: some are tried again for a
    while. Each ends with its status and with one sentence, at the end, that has
    these words."""

    def __init__(self, rigs, tally, store):
        self.rigs, self.tally, self.store, self.cases = rigs, tally, store, []

    def __call__(self, what, target, status, *words):
        self.cases.append((what, target, status, words))

    def one(self, case):
        what, target, status, words = case
        name = target.split("]")[0].split()[-1]
        store = f"{name}-{what}".replace(" ", "-")
        shutil.copytree(self.rigs.path(self.store), self.rigs.path(store))
        code, said = self.rigs.ship(self.rigs.configure(store, target), "--create", name)
        lines = said.splitlines()
        good = code == status and len(lines) == 1 and all(word in said for word in words) and said.count(f"target {name}:") == 1
        self.tally.check(good and PASSWORD not in said and OTHER not in said, f"{name}: {what} ({code}) {lines}")

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(self.one, self.cases))


def passwords(rigs, bad, name, lines, refused):
    """The right one, a wrong one, and files that are none. Returns the target with
    the right one; `refused` is how a wrong one ends."""
    def target(path):
        return f"[target {name}]\n{lines}user = shipper\npassword_file = {path}\n"

    def file(what, text, mode=0o600):
        path = rigs.path(f"{name}-{what}", text)
        os.chmod(path, mode)
        return path

    bad("a wrong password", target(file("wrong", OTHER + "\n")), *refused)
    bad("everybody can read it", target(file("open", PASSWORD + "\n", 0o644)), 78, "chmod o= mends it")
    bad("a folder", target(file("empty", "").rpartition("/")[0]), 78, "is a folder; name a file in it")
    bad("an empty file", target(file("empty", "")), 78, "is no password; put it there")
    bad("an empty first line", target(file("line", "\n" + PASSWORD)), 78, "is no password")
    bad("too long", target(file("long", "x" * 600)), 78, "is no password")
    bad("no file", target(rigs.path(f"{name}-none")), 78, "password_file", "No such file or directory; mend the name")
    return target(file("right", PASSWORD + "\r\nand what else is in it\n"))


def stranger():
    """It logs anybody in, and answers every command with a COPY to the client."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(client):
        with client, contextlib.suppress(OSError):
            while b"user" not in client.recv(9999):  # what comes before is whether there is TLS
                client.sendall(b"N")
            client.sendall(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")
            while client.recv(9999):
                client.sendall(b"H\0\0\0\x07\0\0\0")

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


def clickhouse(rigs, tally, store, certificates):
    server, bad = rigs.clickhouse(), Bad(rigs, tally, store)
    crt, both, other = certificates
    way = Tls(server.http, both)

    def target(host="localhost", ca=crt):
        return f"[target ch]\nurl = https://{host}:{way.port}\ntls_ca = {ca}\n"

    good(rigs, tally, server, "by TLS", target(), store)
    bad("TLS of somebody else", target(ca=other), 69, "certificate", "with tls_ca")
    bad("TLS of another name", target(host="127.0.0.1"), 69, "127.0.0.1", "name the server in url as its certificate does")
    bad("a CA that is not there", target(ca=rigs.path("none.crt")), 78, "tls_ca", "none.crt: No such file or directory; mend the name")
    bad("a CA that is none", target(ca=rigs.path("allow")), 69, "mend tls_ca")
    bad("no TLS there", target().replace(str(way.port), str(server.http)), 75, "tried 5 times: ", "see whether there is TLS, or mend url")
    bad("nobody there", "[target ch]\nurl = http://127.0.0.1:1\n", 75,
        "tried 5 times: http://127.0.0.1:1 does not answer (Couldn't connect to server); see that the server runs, or mend url")
    for url, words in (("http://", "has no host"), ("http://127.0.0.1:99999", "has a port above 65535"),
                       ("http://127.0.0.1:1 https://:8443", '"https://:8443" has no host'), ("http://h:80a", "no number")):
        bad(f"the URL {url.replace('/', '')}", f"[target ch]\nurl = {url}\n", 78, words, "write it like http://HOST:8123")
    pages = proxies.web_server()
    bad("a web server", f"[target ch]\nurl = http://127.0.0.1:{pages.server_port}\n", 75, "no ClickHouse; see url")
    bad("a redirect", f"[target ch]\nurl = http://127.0.0.1:{pages.server_port}/moved\n", 69, "301", "where it leads")
    right = passwords(rigs, bad, "ch", f"url = http://127.0.0.1:{server.http}\n", (69, "see user and password_file"))
    bad.run()
    good(rigs, tally, server, "the right password", right, store)
    rotated(rigs, tally, server, "ch", f"url = http://127.0.0.1:{server.http}\n", store)
    way.close()
    pages.shutdown()
    server.stop()


def postgresql(rigs, tally, store, certificates):
    crt, both, other = certificates
    server, bad = rigs.postgres(tls=both), Bad(rigs, tally, store)
    server.sql(f"CREATE ROLE shipper LOGIN PASSWORD '{PASSWORD}'")
    server.sql(f"CREATE ROLE lamed LOGIN PASSWORD '{PASSWORD}'")
    server.sql("GRANT ALL ON DATABASE ruamill TO shipper")
    server.sql("GRANT ALL ON SCHEMA public TO shipper")

    def lines(mode, ca=crt, host="localhost"):
        return (f"type = postgresql\nurl = postgresql://{host}:{server.port}?sslmode={mode}\n" + (f"tls_ca = {ca}\n" if ca else ""))

    def target(*way, **more):
        return f"[target pg]\nuser = postgres\n{lines(*way, **more)}"

    for mode in ("require", "verify-ca", "verify-full"):
        good(rigs, tally, server, f"sslmode={mode}", target(mode), store)
    good(rigs, tally, server, "verify-ca does not look at the name", target("verify-ca", host="127.0.0.1"), store)
    bad("TLS of somebody else", target("verify-full", other), 75, "certificate verify failed; see tls_ca")
    bad("TLS of another name", target("verify-full", host="127.0.0.1"), 75, "127.0.0.1", "; see tls_ca, and sslmode in url")
    bad("without TLS where it must be", target("disable"), 75, "no encryption; let this host in there, or see sslmode in url")
    bad("nobody there", "[target pg]\ntype = postgresql\nurl = postgresql://127.0.0.1:1\n", 75,
        'tried 5 times: PostgreSQL: connection to server at "127.0.0.1", port 1 failed: Connection refused; see that the server runs, or mend url')
    bad("no database", target("verify-full") + "database = nosuch\n", 75, '"nosuch" does not exist; createdb makes it, or mend database')
    bad("no role", "[target pg]\nuser = lame\n" + lines("verify-full"), 75, "see user and password_file")
    bad("no such parameter", target("verify-full").replace("?", "?foo=bar&"), 78, 'invalid URI query parameter: "foo"; mend it')
    bad("no right", f"[target pg]\nuser = lamed\npassword_file = {rigs.path('pg-right')}\n{lines('verify-full')}", 69,
        "permission denied for schema public; grant it to the role lamed")
    other_server = stranger()
    bad("a COPY for an answer", f"[target pg]\ntype = postgresql\nurl = postgresql://127.0.0.1:{other_server.getsockname()[1]}\n",
        75, "not asked for")
    bad("a database in url", target("verify-full").replace("?", "/mydb?"), 78, "database = mydb")
    right = passwords(rigs, bad, "pg", lines("verify-full"), (75, "password authentication failed", "; see user and password_file"))
    bad.run()
    good(rigs, tally, server, "the right password", right, store)
    rotated(rigs, tally, server, "pg", lines("verify-full"), store)
    rig.clear(server)
    changed(rigs, tally, server, target("verify-full"), store)
    other_server.close()
    server.stop()


def changed(rigs, tally, server, target, store):
    """Somebody has taken a column away from a table that is there."""
    conf = rigs.configure(store, target)
    rigs.ship(conf, "--create", "pg")
    server.sql("ALTER TABLE records DROP COLUMN pct")
    subprocess.run(["rm", "-rf", rigs.path(f"{store}/.spool/ship")], check=True)
    server.sql("TRUNCATE records, reports, ruamill_offsets")
    code, said = rigs.ship(conf, "pg")
    tally.check(code == 69 and said.count("\n") == 1 and "add that column; ruamill-ship(1) says" in said,
                f"pg: a column is gone ({code}) {said}")
    rig.clear(server)


def replicated(rigs, tally, store):
    """Two replicas: what one got, the other has; what came while it was away, too."""
    keeper = replicas.ZooKeeper(rigs.folder)
    rigs.servers.append(keeper)
    one, two = (rigs.clickhouse(name, more=keeper.for_clickhouse(name)) for name in ("one", "two"))
    urls = f"http://127.0.0.1:{one.http} http://127.0.0.1:{two.http}"
    conf = rigs.configure(store, f"[target both]\nurl = {urls}\nreplicated = yes\n")
    code, said = rigs.ship(conf, "--create", "both")
    there = [rig.wait_for(lambda server=server: not rigs.wrong(server, [store])) for server in (one, two)]
    # where the machine is slow, the servers find ZooKeeper at a second try
    tally.check(code == 0 and all(there), f"replicas: both have all ({code}) {said} {there}")
    held = [server.sql("SELECT engine FROM system.tables WHERE database = 'ruamill' AND name = 'records'") for server in (one, two)]
    tally.check(held == [[["ReplicatedReplacingMergeTree"]]] * 2, f"replicas: that is what they are {held}")
    one.stop()
    subprocess.run(["rm", "-rf", rigs.path(f"{store}/.spool/ship")], check=True)
    rigs.replay(conf, rig.GOLDEN)
    code, said = rigs.ship(conf, "both")
    tally.check(code == 0 and not rigs.wrong(two, [store]), f"replicas: one is away, all again and more by the other ({code}) {said[-200:]}")
    one.start()
    there = rig.wait_for(lambda: not rigs.failing(one, [store]))
    tally.check(there, f"replicas: it has caught up {rigs.failing(one, [store])}")
    for server in (one, two, keeper):
        server.stop()


def main():
    program, _ = harness.arguments(__doc__)
    tally = harness.Tally()
    with harness.folder(in_memory=True) as folder, rig.Rig(folder, program) as rigs:
        conf = rigs.configure("store", "")
        rigs.replay(conf, os.path.join(rig.HERE, "../../examples/reports"))
        crt, both = certificate(rigs, "localhost")
        other, _ = certificate(rigs, "other.example")
        clickhouse(rigs, tally, "store", (crt, both, other))
        postgresql(rigs, tally, "store", (crt, both, other))
        replicated(rigs, tally, "store")
    tally.end()


if __name__ == "__main__":
    sys.exit(main())
