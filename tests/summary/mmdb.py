"""mmdb.py - writes databases of addresses in the MaxMind DB format, version 2.0
(https://maxmind.github.io/MaxMind-DB/), small ones for tests."""

import ipaddress

RECORD_SIZE = 24  # bits
MARKER = b"\xab\xcd\xefMaxMind.com"


def field(kind, size):
    """The control bytes of a field."""
    head = bytearray([kind << 5 if kind < 8 else 0])
    if kind >= 8:
        head.append(kind - 7)
    if size < 29:
        head[0] |= size
    elif size < 285:
        head[0] |= 29
        head.append(size - 29)
    else:
        head[0] |= 30
        head += (size - 285).to_bytes(2, "big")
    return bytes(head)


def number(kind, value):
    text = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return field(kind, len(text)) + text


def encode(value):
    if isinstance(value, dict):
        return field(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return field(11, len(value)) + b"".join(encode(v) for v in value)
    if isinstance(value, int):
        return number(6, value)
    text = value.encode()
    return field(2, len(text)) + text


class Tree:
    def __init__(self):
        self.nodes = [[None, None]]

    def insert(self, bits, data):
        node = 0
        for bit in bits[:-1]:
            below = self.nodes[node][bit]
            if not isinstance(below, int):
                self.nodes.append([below, below])
                below = self.nodes[node][bit] = len(self.nodes) - 1
            node = below
        self.nodes[node][bits[-1]] = data


def bits_of(network):
    """The bits of a network in a tree of IPv6; IPv4 is at ::/96."""
    address, length = int(network.network_address), network.prefixlen
    if network.version == 4:
        length += 96
    return [address >> (127 - i) & 1 for i in range(length)]


def write(path, networks, kind="Test"):
    """networks: {"192.0.2.0/24": {...}}, the wider ones first."""
    tree, data, places = Tree(), b"", {}
    for text, value in networks.items():
        encoded = encode(value)
        if encoded not in places:
            places[encoded] = len(data)
            data += encoded
        tree.insert(bits_of(ipaddress.ip_network(text)), (places[encoded],))
    count = len(tree.nodes)
    out = b""
    for pair in tree.nodes:
        for record in pair:
            value = (count if record is None else
                     record if isinstance(record, int) else count + 16 + record[0])
            out += value.to_bytes(RECORD_SIZE // 8, "big")
    meta = (field(7, 9)
            + encode("binary_format_major_version") + number(5, 2)
            + encode("binary_format_minor_version") + number(5, 0)
            + encode("build_epoch") + number(9, 1790000000)
            + encode("database_type") + encode(kind)
            + encode("description") + encode({"en": "for tests"})
            + encode("ip_version") + number(5, 6)
            + encode("languages") + encode(["en"])
            + encode("node_count") + number(6, count)
            + encode("record_size") + number(5, RECORD_SIZE))
    with open(path, "wb") as file:
        file.write(out + bytes(16) + data + MARKER + meta)
