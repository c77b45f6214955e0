"""dns.py - a small DNS server on loopback, for tests: names of addresses, and
addresses of names; some questions are never answered."""

import ipaddress
import socket
import struct
import threading

A, PTR, AAAA = 1, 12, 28


def encode(name):
    return b"".join(bytes([len(label)]) + label for label in name.split(b".") if label) + b"\0"


def decode(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    return b".".join(labels), struct.unpack(">H", query[at + 1:at + 3])[0], query[12:at + 5]


class Server:
    """names: {"192.0.2.1": "mail.example"}; addresses: {"mail.example": ["192.0.2.1"]};
    silent: addresses that are not answered for."""

    def __init__(self, names, addresses, silent=()):
        self.names = {ipaddress.ip_address(ip).reverse_pointer.encode(): name.encode()
                      for ip, name in names.items()}
        self.silent = {ipaddress.ip_address(ip).reverse_pointer.encode() for ip in silent}
        self.addresses = {name.encode(): [ipaddress.ip_address(ip) for ip in ips]
                          for name, ips in addresses.items()}
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            name, kind, question = decode(query)
            self.asked.append((name.lower().decode(), kind))
            if name.lower() in self.silent:
                continue
            answers = self.answers(name.lower(), kind)
            head = query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if answers else 3), 1,
                                           len(answers), 0, 0)
            body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
                            for data in answers)
            self.socket.sendto(head + question + body, peer)

    def answers(self, name, kind):
        if kind == PTR:
            return [encode(self.names[name])] if name in self.names else []
        version = {A: 4, AAAA: 6}.get(kind)
        return [ip.packed for ip in self.addresses.get(name, ()) if ip.version == version]
