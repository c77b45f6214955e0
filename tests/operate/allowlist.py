#!/usr/bin/env python3
"""allowlist.py [PROGRAM] - an allowlist that is fetched from a web server: a good
answer takes its place, and nothing else does; who dies on the way leaves the old
one or the new one; a running milter takes it by itself. By TLS, with a CA of the
test's own."""

import glob
import http.server
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

from desk import CONFIG, KILLED, LATER, NOBODY, USAGE, main, write_mails

GOOD = b"dmarc@example.net *\nrua+*@example.org .example.org\n"
OTHER = b"dmarc@example.net *\n@reports.example.com *\n"
MANY = b"".join(b"rua%d@example.net example.net\n" % n for n in range(100))
SAMPLE = 12


class Server:
    """Answers with what `answer` is: (status, headers, body), or a function."""

    def __init__(self, folder, name="localhost"):
        self.answer, self.asked = (200, {}, GOOD), []
        self.ca = certificate(folder, name)
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.asked.append(dict(self.headers))
                try:
                    if callable(server.answer):
                        server.answer(self)
                    else:
                        send(self, *server.answer)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, f"{name}.pem"))
        # the handshake is the connection's own thread's
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.http.handle_error = lambda *_: None
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path="/allow", host="localhost"):
        return f"https://{host}:{self.http.server_port}{path}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def certificate(folder, name):
    """A certificate of this name, signed by itself, in NAME.pem with its key."""
    path = os.path.join(folder, f"{name}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                    "-keyout", path + ".key", "-out", path + ".crt"], check=True, capture_output=True)
    with open(path, "wb") as file:
        for part in (".key", ".crt"):
            with open(path + part, "rb") as source:
                file.write(source.read())
    return path + ".crt"


def send(handler, status, headers, body, length=None):
    handler.send_response_only(status)
    for name, value in {"Content-Length": str(len(body) if length is None else length), **headers}.items():
        if value is not None:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def with_tag(handler):
    """As a web server does it."""
    if handler.headers.get("If-None-Match") == '"one"':
        return send(handler, 304, {"ETag": '"one"', "Content-Length": None}, b"")
    return send(handler, 200, {"ETag": '"one"'}, GOOD)


def cut(body, length=None):
    """An answer that breaks off, without TLS having said its end."""
    def answer(handler):
        send(handler, 200, {"Content-Length": length, "Connection": "close"}, body)
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        socket.socket(fileno=os.dup(handler.connection.fileno())).close()
        os.close(handler.connection.detach())
    return answer


def huge(handler):
    """More than anybody takes, and it does not say how much."""
    handler.send_response_only(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    chunk = b"# nothing\n" * 100_000
    for _ in range(100):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    handler.wfile.write(b"0\r\n\r\n")


class Host:
    """A store whose allowlist is the server's."""

    def __init__(self, desk, server, url=None, ca=None):
        self.desk, self.store = desk, desk.new_store()
        self.options = ["-o", f"allow={url or server.url()}", "-o", f"allow_ca={ca or server.ca}"]

    def run(self, command, *arguments, **more):
        words = [arguments[0], *self.options, *arguments[1:]] if command == "allow" else [*self.options, *arguments]
        return self.desk.run(self.store, command, *words, **more)

    def fetch(self, *arguments):
        return self.run("allow", "fetch", *arguments)

    def status(self):
        return json.loads(self.run("status", "--format", "json").out)

    def list(self):
        """The bytes and the time of what is there; None: nothing."""
        path = os.path.join(self.store, ".spool/allow/list.cdb")
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            return file.read(), os.stat(path).st_ino

    def takes(self, address):
        return self.run("check", address).code == 0


def first(desk, tally, server, letters):
    """Without a list nothing works; with one all does."""
    host = Host(desk, server)
    for command in (("check",), ("replay", "--to", "dmarc@example.net", letters[0])):
        answer = host.run(*command)
        tally.check(answer.sentence(CONFIG, "run ruamill allow fetch"), f"{command[0]} before the first fetch {answer}")
    server.answer = (503, {}, b"later")
    answer = host.fetch()
    tally.check(answer.sentence(LATER, "HTTP status 503; see the server's log; no list is there, and no report is taken") and host.list() is None,
                f"the first fetch fails {answer}")
    server.answer = with_tag
    answer = host.fetch()
    tally.check((answer.code, answer.out, answer.err) == (0, f"{server.url()}: 2 RUAs\n", ""), f"a good answer {answer}")
    answer = host.run("check", "dmarc@example.net", "rua+x@example.org")
    tally.check(answer.code == 0 and f"allowlist {server.url()}: 2 RUAs\n" in answer.out and "note: allowlist" not in answer.out and
                f"dmarc@example.net: {server.url()}:1: dmarc@example.net takes *" in answer.out, f"check {answer}")
    answer = host.run("replay", "--to", "dmarc@example.net", letters[0])
    tally.check(answer.code == 0 and glob.glob(host.store + "/*/records-*.csv"), f"replay stores by it {answer}")
    return host


def again(tally, server, host):
    """304 is no new list, and a tag is of the URL that it came from."""
    before, tags = host.list(), [headers.get("If-None-Match") for headers in server.asked]
    answer = host.fetch()
    tally.check((answer.code, answer.out) == (0, f"{server.url()}: unchanged, 2 RUAs\n") and host.list() == before and
                server.asked[-1].get("If-None-Match") == '"one"' and not any(tags), f"304 {answer} {tags}")
    other = Host(host.desk, server, server.url("/other"))
    other.store = host.store
    answer = other.fetch()
    tally.check(answer.code == 0 and "If-None-Match" not in server.asked[-1], f"another URL is asked without the tag {answer}")
    host.fetch()
    os.remove(host.store + "/.spool/allow/list.cdb")
    answer = host.fetch()
    tally.check(answer.out.endswith(": 2 RUAs\n") and host.list() is not None, f"a list that is gone comes again {answer}")
    server.answer = (200, {"ETag": 'W/"x"'}, GOOD)
    host.fetch()
    host.fetch()
    tally.check(server.asked[-1].get("If-None-Match") == 'W/"x"', "a weak tag")
    server.answer = (200, {"ETag": '"' + "x" * 2000 + '"'}, GOOD)
    tally.check([host.fetch().code for _ in "12"] == [0, 0] and "If-None-Match" not in server.asked[-1], "a tag that is too long is none")
    server.answer = (304, {"Content-Length": None}, b"")
    answer = host.fetch()
    tally.check(answer.sentence(LATER, "HTTP status 304"), f"304 that nobody asked for {answer}")


def bad_answers(desk, tally, server):
    """None of these takes the place of the good one; all are said in one sentence."""
    host = Host(desk, server)
    server.answer = (200, {}, MANY)
    host.fetch()
    before = host.list()
    for name, answer, words in (
            ("500", (500, {}, OTHER), "HTTP status 500"), ("404", (404, {}, OTHER), "HTTP status 404; mend the URL at allow"),
            ("301", (301, {"Location": server.url("/there")}, b""), "HTTP status 301; set allow to where that leads"),
            ("403", (403, {}, OTHER), "HTTP status 403; have the server let this machine have it"), ("206", (206, {}, OTHER), "HTTP status 206"), ("204", (204, {"Content-Length": None}, b""), "HTTP status 204"),
            ("shorter than it says", cut(OTHER, str(len(OTHER) + 10)), "allowlist not fetched"),
            ("cut off, and no length said", cut(MANY[:-800]), "allowlist not fetched"),
            ("a page", (200, {}, b"<!doctype html>\n<p>Log in here\n"), "/allow:1: \""),
            ("garbage", (200, {}, random.Random(1).randbytes(5000)), "/allow:1: "), ("NUL", (200, {}, b"a@example.net *\0\n"), "NUL"),
            ("control characters", (200, {}, b"\x1b[31m@@\x07 x\n"), "/allow:1: "),
            ("nothing", (200, {}, b""), "no RUA is on the list"), ("comments", (200, {}, b"# none\n\n"), "no RUA is on the list"),
            ("one line that is wrong", (200, {}, MANY + b"rua@example.net\n"), "/allow:101: "),
            ("twice the same", (200, {}, MANY + MANY[:MANY.index(b"\n") + 1]), "stands in line 1 already"),
            ("less than half", (200, {}, OTHER), "ruamill allow fetch --force"), ("too much", huge, "longer than 67108864 bytes")):
        server.answer = answer
        said = host.fetch()
        tally.check(said.sentence(LATER, words) and "with 100 RUAs is used on" in said.err and host.list() == before, f"{name} {said}")
        tally.check(not any(ord(letter) < 32 or ord(letter) == 127 for letter in said.err[:-1]), f"{name}: nothing but text is said")
    found = host.status()["allowlist"]
    tally.check(found["failed"] >= found["asked"] > 0 and "longer than" in found["why"], f"status, JSON {found}")
    answer = host.run("status")
    tally.check(f"allowlist: {server.url()}: the list of 20" in answer.out and "; not fetched 20" in answer.out, f"status {answer.out}")
    answer = host.run("check")
    tally.check(answer.code == 0 and answer.out.count("note: allowlist: the last fetch failed, ") == 1, f"check {answer}")
    server.answer = (200, {}, OTHER)
    answer = host.fetch("--force")
    tally.check(answer.code == 0 and answer.out.endswith(": 2 RUAs\n") and host.takes("x@reports.example.com") and
                not host.takes("rua1@example.net"), f"--force {answer}")
    answer = host.run("check")
    tally.check("note: allowlist" not in answer.out and host.status()["allowlist"]["failed"] == 0, "and all is well again")


def long_ago(desk, tally, server):
    """Nobody has fetched for days: it is said."""
    host = Host(desk, server)
    server.answer = (200, {}, GOOD)
    host.fetch()
    note = os.path.join(host.store, ".spool/allow/note")
    with open(note, encoding="utf-8") as file:
        text = file.read()
    asked = host.status()["allowlist"]["asked"]
    with open(note, "w", encoding="utf-8") as file:
        file.write(text.replace(f"asked {asked}", f"asked {asked - 3 * 86400}"))
    found = host.status()
    tally.check(found["status"] != "OK" and "the allowlist could not be fetched for 72 hours" in found["reasons"], f"warned of {found['reasons']}")
    answer = host.run("status", "--metrics")
    tally.check(f"ruamill_allow_asked_timestamp_seconds {asked - 3 * 86400}\n" in answer.out, "and in the metrics")


def unreachable(desk, tally, server):
    """TLS is checked; who does not answer changes nothing."""
    server.answer = (200, {}, GOOD)
    good = Host(desk, server)
    good.fetch()
    before = good.list()
    stranger = Server(desk.folder, "elsewhere.example")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"https://localhost:{probe.getsockname()[1]}/allow"
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=lambda: plain.accept()[0].sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), daemon=True).start()
        no_tls = f"https://localhost:{plain.getsockname()[1]}/allow"
        away = "see that the server runs, or mend allow"
        for name, url, ca, words in (
                ("another CA", server.url(), stranger.ca, "with allow_ca"), ("another name", stranger.url(), stranger.ca, "name the server in allow"),
                ("by its number", server.url(host="127.0.0.1"), server.ca, "name the server in allow as its certificate does"),
                ("nobody there", closed, server.ca, away), ("no such host", "https://nowhere.invalid/allow", server.ca, away),
                ("no TLS", no_tls, server.ca, "see whether there is TLS, or mend allow"), ("no CA", server.url(), __file__, "mend allow_ca")):
            host = Host(desk, server, url, ca)
            host.store = good.store
            answer = host.fetch()
            tally.check(answer.sentence(LATER, "is used on") and words in answer.err and good.list() == before, f"{name} {answer.err[-300:]}")
    stranger.close()
    answer = Host(desk, server, server.url().replace("https", "http")).run("check")
    tally.check(answer.sentence(CONFIG, "must begin with https://"), f"without TLS {answer}")


def mistaken(desk, tally, server):
    """What cannot be is the configuration's, and nothing is asked for; so is a store that is not for us."""
    server.answer = (200, {}, GOOD)
    for url, ca, words in (("https://", server.ca, 'allow is https://, which names no host'),
                           ("https://127.0.0.1:99999/x", server.ca, "whose port is none"),
                           (server.url(), desk.path("none"), "none: No such file or directory; mend the name")):
        for command in (("allow", "fetch"), ("check",)):
            answer = Host(desk, server, url, ca).run(*command)
            tally.check(answer.sentence(CONFIG, words), f"{command[0]}, {url} {answer}")
    host = Host(desk, server)
    for store, words in ((desk.path("none", "store"), ": No such file or directory; mend"), (desk.allow, ": Not a directory; mend")):
        host.store = store
        answer = host.fetch()
        tally.check(answer.sentence(CONFIG, f"store {store}{words}"), f"a store that cannot be {answer}")
    host = Host(desk, server)
    host.fetch()
    if os.geteuid() == 0:
        shutil.chown(host.store, NOBODY)
        answer = host.fetch()
        tally.check(answer.sentence(CONFIG, f"store {host.store}: belongs to "), f"another one's store {answer}")
        shutil.chown(host.store, 0)
    with open(host.store + "/.spool/allow/list.cdb", "wb") as file:
        file.write(b"nonsense")
    answer = host.run("check")
    tally.check(answer.sentence(CONFIG, "run ruamill allow fetch"), f"a damaged list {answer}")
    tally.check(host.fetch().code == 0 and host.takes("dmarc@example.net"), "and that mends it")
    answer = host.run("allow", "fetch", "-c", desk.path("none"))
    tally.check(answer.sentence(CONFIG, "No such file or directory; mend the name"), f"no configuration {answer}")


def secret(desk, tally, server, letters):
    """A token in the URL is in no sentence."""
    host, said = Host(desk, server, server.url("/allow?token=tiptoptoken")), []
    for answer in ((500, {}, b"no"), (200, {}, b""), (200, {}, b"no line\n"), (200, {}, MANY), (200, {}, GOOD)):
        said.append(host.run("check"))
        server.answer = answer
        said.append(host.fetch())
    said += [host.run("status"), host.run("check", "dmarc@example.net"), host.run("allow", "compile"),
             host.run("replay", "--to", "nobody@example.com", letters[0])]
    texts = [answer.out + answer.err for answer in said]
    shown = [text for text in texts if "tiptop" in text]
    tally.check(not shown and sum("/allow" in text for text in texts) > 10, f"a token in the URL {shown}")


def words(desk, tally, server):
    host = Host(desk, server)
    for arguments, code, said in ((("fetch", "x"), USAGE, "is too much; the URL is that of allow"), (("fetch", "--what"), USAGE, "no option"),
                                  (("compile", "--force"), USAGE, "is for ruamill allow fetch"), (("compile",), CONFIG, "allow fetch compiles"),
                                  (("get",), USAGE, "there are: ruamill allow compile, ruamill allow fetch")):
        answer = host.run("allow", *arguments)
        tally.check(answer.sentence(code, said), f"allow {' '.join(arguments)}: {answer}")
    answer = desk.run(host.store, "allow", "fetch")
    tally.check(answer.sentence(CONFIG, "there is nothing to fetch"), f"allow is a file {answer}")
    held, free = threading.Event(), threading.Event()

    def slow(handler):
        held.set()
        free.wait(30)
        send(handler, 200, {}, GOOD)

    server.answer = slow
    one = threading.Thread(target=host.fetch)
    one.start()
    held.wait(30)
    answer = host.fetch()
    tally.check(answer.sentence(LATER, "another ruamill allow fetch is at work; wait for its end"), f"two at a time {answer}")
    free.set()
    one.join()
    tally.check(host.list() is not None, "the first one went on")


def killed(desk, tally, server, everything):
    """At any call that changes something: the old list, or the new one, and the next fetch ends well."""
    server.answer = (200, {"ETag": '"old"'}, GOOD)
    like = Host(desk, server)
    like.fetch()
    server.answer = (200, {"ETag": '"new"'}, OTHER)
    words = ["allow", "fetch", *like.options]
    counted = desk.new_store(like.store)
    numbers = [number for number, _, changes in desk.calls(counted, *words) if changes or everything]
    if not everything:
        numbers = numbers[:SAMPLE] + numbers[-SAMPLE:]
    seen, wrong = set(), []
    for number in sorted(set(numbers)):
        host = Host(desk, server)
        shutil.copytree(like.store, host.store, symlinks=True)
        answer, _ = desk.strike(host.store, "kill", number, *words)
        takes = (host.takes("rua+x@example.org"), host.takes("a@reports.example.com"))
        seen.add(takes)
        last = host.fetch()
        if answer.code != KILLED or takes not in ((True, False), (False, True)) or last.code or not host.takes("a@reports.example.com"):
            wrong.append((number, answer, takes, last))
    tally.check(len(numbers) > 5 and len(seen) == 2 and not wrong, f"killed at {len(numbers)} calls {wrong[:2]}")


def running(desk, tally, server):
    """A milter takes another list by itself, once, and says so."""
    host = Host(desk, server)
    server.answer = (200, {}, GOOD)
    host.fetch()
    log = desk.path("milter.log")
    with open(log, "wb") as out:
        milter = subprocess.Popen(desk.command(host.store, "milter", *host.options, "-o", f"socket=unix:{desk.path('socket')}"), stderr=out, stdout=out)

    def said():
        with open(log, encoding="utf-8") as file:
            return file.read()

    def wait_for(words, times=1):
        until = time.monotonic() + 30
        while said().count(words) < times and time.monotonic() < until:
            time.sleep(0.1)
        return said().count(words)

    serves = wait_for("serves unix:")
    server.answer = (500, {}, b"")
    host.fetch()
    server.answer = (200, {}, OTHER)
    host.fetch()
    once = wait_for("allowlist read anew")
    time.sleep(2.5)
    tally.check((serves, once, said().count("allowlist read anew")) == (1, 1, 1), f"a milter took it, once {said()[-300:]!r}")
    milter.terminate()
    tally.check(milter.wait(30) == 0, "and ends")


def tests(desk, tally, everything):
    shutil.copy(os.path.join(os.path.dirname(os.path.abspath(main_program())), "ruamill-ship"), desk.folder)
    server = Server(desk.folder)
    letters = write_mails(desk.path("letters"), range(2))
    host = first(desk, tally, server, letters)
    again(tally, server, host)
    bad_answers(desk, tally, server)
    long_ago(desk, tally, server)
    unreachable(desk, tally, server)
    mistaken(desk, tally, server)
    secret(desk, tally, server, letters)
    words(desk, tally, server)
    killed(desk, tally, server, everything)
    running(desk, tally, server)
    server.close()


def main_program():
    """The program that is tested, beside which the one that has libcurl is."""
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "build/release/bin/ruamill")


if __name__ == "__main__":
    sys.exit(main(__doc__, tests))
