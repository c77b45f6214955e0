"""base.py - what a vector is, and the parts that they are made of."""

import functools
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import build  # noqa: E402  (tests/golden)
from build import DECLARATION, feedback, gz, mail, metadata, multipart, part, policy, text  # noqa: E402

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
VECTORS = []


class Vector:
    """A mail and its fate: the verdict, or several, joined with |, of which each
    would do; what the sentence of the log must match; how many reports and
    records are stored of it if that is OK, and a note that the report gets. A
    bomb is in the bomb table, and may take so many MiB of memory. `everyone`: to
    a RUA that takes all domains."""

    def __init__(self, name, threat, make, verdict="bad", said="", reports=None, records=1, warned="",
                 bomb=False, memory=64, everyone=False):
        self.name, self.threat, self.make = name, threat, make
        self.verdict, self.said, self.warned = verdict, said, warned
        self.verdicts = verdict.split("|")
        self.reports = int("ok" in self.verdicts) if reports is None else reports
        self.records = records
        self.bomb, self.memory, self.everyone = bomb, memory, everyone

    @functools.cached_property
    def about(self):
        return (self.make.__doc__ or self.name.replace("-", " ")).strip()

    def bytes(self):
        return self.make(self.name)


def vector(threat, verdict="bad", said="", **more):
    """Makes a vector of a function, which is given the vector's name."""
    def decorate(make):
        VECTORS.append(Vector(make.__name__.replace("_", "-"), threat, make, verdict, said, **more))
        return make
    return decorate


# ---- parts of messages -------------------------------------------------------

def report(name, *inside, **more):
    """A document with that ID."""
    more.setdefault("meta", metadata(report_id=name))
    return feedback(*inside, **more)


def attached(data, type_="application/gzip", ending=".xml.gz"):
    """A mail with an attachment."""
    return mail(multipart(text(), part(data, type_, build.NAME + ending)))


def attached_xml(document):
    """The same, packed, of a document."""
    return attached(gz(document, level=1))


def repeated(block, times, before=b"", behind=b"", wrapper="gzip"):
    """A stream of `before`, a block `times` over, and `behind`, made without
    making what it unpacks to: behind a full flush, the same bytes mean the same.
    Its check sum is wrong; nobody is to get there."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    tail = packer.compress(behind) + packer.flush()
    body = head + piece * times + tail
    if wrapper == "gzip":
        return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + body + struct.pack("<II", 0, 0)
    return body


def inflating(block, size, before=b"<feedback>", behind=b"</feedback>"):
    """A mail with a gzip of that many bytes of the block."""
    block = (block * (MIB // len(block) + 1))[:MIB // len(block) * len(block)]
    return attached(repeated(block, size // len(block), before, behind))


def head_of(name):
    """The beginning of a report, up to its records."""
    return (DECLARATION + "<feedback>\n" + metadata(report_id=name) + policy()).encode()
