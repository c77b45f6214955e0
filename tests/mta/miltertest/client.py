"""The MTA's side of the milter protocol, version 6."""

import socket
import struct

NR_MAIL, NR_RCPT, NR_HDR = 0x4000, 0x8000, 0x80
NR_EOH, NR_BODY = 0x40000, 0x80000
CONTINUE, ACCEPT, DISCARD, TEMPFAIL = b"c", b"a", b"d", b"t"
REPLY, PROGRESS, GONE = b"y", b"p", b""


class Milter:
    """A connection. After end(): `changes` has what was asked for. `steps` is None
    when it was closed at once."""

    def __init__(self, address, steps=0x1FFFFF):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.connect(address)    # waits, where one with a time limit would not
        self.socket.settimeout(30)
        self.changes = []
        self.send(b"O", struct.pack("!III", 6, 0x1FF, steps))
        _, data = self.receive()
        self.steps = struct.unpack("!III", data[:12])[2] if data else None

    def send(self, command, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def receive(self):
        length = self.exactly(4)
        if not length:
            return GONE, b""
        data = self.exactly(struct.unpack("!I", length)[0])
        return data[:1], data[1:]

    def step(self, command, data=b"", silent=0):
        """Returns the reply's letter; CONTINUE where there is to be none."""
        self.send(command, data)
        if self.steps & silent:
            return CONTINUE
        return self.receive()[0]

    def envelope(self, queue_id, recipients, sender="<a@reporter.example>"):
        self.send(b"D", b"Mi\0" + queue_id.encode() + b"\0")
        self.step(b"M", sender.encode() + b"\0", NR_MAIL)
        return [self.step(b"R", address.encode() + b"\0", NR_RCPT)
                for address in recipients]

    def content(self, headers, body):
        """From DATA to the body; returns what DATA was answered."""
        reply = self.step(b"T")
        if reply != CONTINUE:
            return reply
        for name, value in headers:
            self.step(b"L", f"{name}\0 {value}\0".encode(), NR_HDR)
        self.step(b"N", b"", NR_EOH)
        for i in range(0, len(body), 65535):
            self.step(b"B", body[i:i + 65535], NR_BODY)
        return reply

    def end(self):
        self.changes = []
        self.send(b"E")
        while True:
            reply, data = self.receive()
            if reply in b"hm-ip" and reply:
                self.changes.append((reply, data))
            else:
                return reply

    def message(self, queue_id, recipients, body):
        self.envelope(queue_id, recipients)
        reply = self.content([("From", "a@reporter.example"),
                              ("Content-Type", "text/xml")], body)
        return self.end() if reply == CONTINUE else reply

    def abort(self):
        self.send(b"A")

    def close(self):
        self.send(b"Q")
        self.socket.close()


def report(report_id, domain, records):
    record = f"""<record><row><source_ip>192.0.2.1</source_ip><count>1</count>
<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf>
</policy_evaluated></row><identifiers><header_from>{domain}</header_from>
</identifiers><auth_results><spf><domain>{domain}</domain><result>pass</result>
</spf></auth_results></record>
"""
    return f"""<?xml version="1.0"?>
<feedback><report_metadata><org_name>reporter.example</org_name>
<email>a@reporter.example</email><report_id>{report_id}</report_id>
<date_range><begin>1700000000</begin><end>1700086399</end></date_range>
</report_metadata><policy_published><domain>{domain}</domain><p>none</p>
</policy_published>
{record * records}</feedback>
""".replace("\n", "\r\n").encode()
