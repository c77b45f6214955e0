"""proxies.py - what may lie between a shipper and a server: proxies that answer
500, break the connection before or after the server has done its work, or take
their time. Each INSERT, or each connection, gets the next fault of a list."""

import http.client
import http.server
import itertools
import socket
import threading
import time


class Faults:
    """`turn` is called for each chance, and gives a fault or None (pass on). `struck`
    has those that happened."""

    def __init__(self, faults):
        self.list, self.lock, self.struck = itertools.cycle(faults), threading.Lock(), []

    def turn(self):
        with self.lock:
            return next(self.list)

    def strike(self, fault):
        with self.lock:
            self.struck.append(fault)


class Http:
    """In front of ClickHouse, or with another `strikes` (method, path) of another
    server. Faults: "500", "page" (of a load balancer, with status 200), "before",
    "half", "after", "late"."""

    def __init__(self, port, faults, strikes=lambda method, path: "INSERT" in path):
        proxy = self
        self.faults, self.behind = Faults(faults), port

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fault = proxy.faults.turn() if strikes(self.command, self.path) else None
                if fault:
                    proxy.faults.strike(fault)
                proxy.handle(self, body, fault)

            do_PUT = do_GET = do_HEAD = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that was killed
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, handler, body, fault):
        if fault == "500":
            return answer(handler, 500, [], b"the proxy is out of order\n")
        if fault == "page":
            return answer(handler, 200, [("Content-Type", "text/html")], PAGE)
        if fault == "before":
            return cut(handler)
        if fault == "half":
            self.send_half(handler, body)
            return cut(handler)
        reply = self.pass_on(handler, body)
        if fault == "after" or not reply:
            return cut(handler)
        if fault == "late":
            time.sleep(2)
        return answer(handler, *reply)

    def pass_on(self, handler, body):
        """(status, headers, body) of the server; None when it is away."""
        back = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        try:
            back.request(handler.command, handler.path, body, dict(handler.headers))
            reply = back.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            back.close()

    def send_half(self, handler, body):
        with socket.create_connection(("127.0.0.1", self.behind), timeout=60) as back:
            lines = [f"{handler.command} {handler.path} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in handler.headers.items()]
            back.sendall("\r\n".join(lines + ["", ""]).encode() + body[:len(body) // 2])

    def close(self):
        self.server.shutdown()
        self.server.server_close()


PAGE = b"<html>welcome</html>\n"


def web_server(puts=200):
    """It has a page with status 200 for whatever it is asked, or sends one elsewhere;
    `puts` is its status for PUT."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            moved = self.path.startswith("/moved/")
            self.send_response(301 if moved else puts if self.command == "PUT" else 200)
            if moved:
                self.send_header("Location", "http://localhost/")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else PAGE)

        do_GET = do_HEAD = do_PUT = do_DELETE = do_POST

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def answer(handler, status, headers, text):
    try:
        handler.send_response_only(status)
        head = handler.command == "HEAD"
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", *(() if head else ("content-length",))):
                handler.send_header(name, value)
        if not head:
            handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(b"" if head else text)
    except OSError:
        pass


def cut(handler):
    handler.close_connection = True
    # a reset, not an end
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


# as a query of its own, which is a batch's; what makes partitions is a text that ends with it
COMMIT = b"Q\0\0\0\x0bCOMMIT\0"


class Tcp:
    """In front of PostgreSQL. Faults, of a connection: a number: cut after so
    many bytes from the client; "before", "commit": cut before, or when, the server
    has answered a batch's COMMIT; "late": all answers 0.2 s late."""

    def __init__(self, port, faults):
        self.faults, self.behind = Faults(faults), port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                front, _ = self.listener.accept()
                back = socket.create_connection(("127.0.0.1", self.behind))
            except OSError:
                return
            state = {"fault": self.faults.turn(), "sent": 0, "committed": False}
            threading.Thread(target=self.forth, args=(front, back, state), daemon=True).start()
            threading.Thread(target=self.back, args=(front, back, state), daemon=True).start()

    def forth(self, front, back, state):
        fault = state["fault"]
        try:
            while data := front.recv(65536):
                state["committed"] |= COMMIT in data
                if fault == "before" and state["committed"]:
                    self.faults.strike(fault)
                    break
                if isinstance(fault, int) and state["sent"] + len(data) > fault:
                    back.sendall(data[:fault - state["sent"]])
                    self.faults.strike(fault)
                    break
                state["sent"] += len(data)
                back.sendall(data)
        except OSError:
            pass
        stop(front, back)

    def back(self, front, back, state):
        late = False
        try:
            while data := back.recv(65536):
                if state["fault"] == "commit" and state["committed"] and b"COMMIT" in data:
                    self.faults.strike("commit")
                    break
                if state["fault"] == "late":
                    time.sleep(0.2)
                    if not late:
                        self.faults.strike("late")
                    late = True
                front.sendall(data)
        except OSError:
            pass
        stop(front, back)

    def close(self):
        self.listener.close()


def stop(*ends):
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()
