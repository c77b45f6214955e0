"""smtp.py - an SMTP client that does what a test wants, also what is not nice."""

import socket


class Reply:
    def __init__(self, lines):
        self.code = int(lines[-1][:3]) if lines else 0    # 0: the connection broke
        self.text = " ".join(line[4:] for line in lines)

    def __str__(self):
        return f"{self.code} {self.text}"


def dotted(message):
    """A message as it goes over the wire, with its final dot."""
    lines = message.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


class Client:
    def __init__(self, port, limit=60):
        self.socket = socket.create_connection(("127.0.0.1", port), limit)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.greeting = self.reply()
        self.say("EHLO client.example")

    def reply(self):
        lines = []
        while True:
            while b"\n" not in self.rest:
                try:
                    got = self.socket.recv(65536)
                except ConnectionError:
                    got = b""
                if not got:
                    return Reply(lines)
                self.rest += got
            line, _, self.rest = self.rest.partition(b"\n")
            lines.append(line.decode("ascii", "replace").rstrip("\r"))
            if lines[-1][3:4] != "-":
                return Reply(lines)

    def send(self, octets):
        """Whether the other side still listens."""
        try:
            self.socket.sendall(octets)
        except ConnectionError:
            return False
        return True

    def say(self, line):
        return self.reply() if self.send(line.encode() + b"\r\n") else Reply([])

    def envelope(self, to, sender):
        """The replies to MAIL and to each RCPT."""
        return self.say(f"MAIL FROM:<{sender}>"), [self.say(f"RCPT TO:<{address}>") for address in to]

    def mail(self, message, to, sender="noreply@reporter.example"):
        """One transaction: (replies to the recipients, the last reply)."""
        first, recipients = self.envelope(to, sender)
        if first.code != 250 or all(reply.code != 250 for reply in recipients):
            return recipients, recipients[-1] if first.code == 250 else first
        data = self.say("DATA")
        if data.code != 354:
            return recipients, data
        return recipients, self.reply() if self.send(dotted(message)) else Reply([])

    def quit(self):
        self.say("QUIT")
        self.socket.close()

    def close(self):
        self.socket.close()


def mail(port, message, to, sender="noreply@reporter.example"):
    """One message on a connection of its own."""
    client = Client(port)
    try:
        return client.mail(message, [to] if isinstance(to, str) else to, sender)
    finally:
        client.quit()
