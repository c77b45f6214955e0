"""packed.py - A1 to A4: what is packed."""

import functools
import struct
import zipfile
import zlib

from build import feedback, gz, mail, metadata, multipart, part, record, zipped
from .base import GIB, KIB, MIB, attached, attached_xml, head_of, inflating, repeated, report, vector


def archived(data):
    return attached(data, "application/zip", ".zip")


def raw_zip(entries, comment=b"", count=None, shift=0):
    """A zip archive of dicts: the data, and what is said of it, true or not."""
    out, central = bytearray(), bytearray()
    for entry in entries:
        data, name = entry["data"], entry.get("name", b"a.xml")
        packed = entry.get("packed", data)
        sizes = (entry.get("crc", zlib.crc32(data)), entry.get("csize", len(packed)), entry.get("size", len(data)))
        extra = entry.get("extra", b"")
        fixed = (20, entry.get("flags", 0), entry.get("method", 0), 0, 0x5c63) + sizes
        at = entry.get("at", len(out))
        if "at" not in entry:
            out += struct.pack("<IHHHHHIIIHH", 0x04034b50, *fixed, len(name), len(extra)) + name + extra + packed
        central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, *fixed, len(name), len(extra), 0, 0, 0, 0,
                               at) + name + extra
    n = min(len(entries) if count is None else count, 0xffff)
    return bytes(out + central + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, n, n, len(central), len(out) + shift,
                                             len(comment)) + comment)


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


# ---- A1: gzip bombs ----------------------------------------------------------

@vector("A1", "bad", "white space", bomb=True)
def gzip_zeros(_):
    """gzip: 1 GiB of zeros"""
    return inflating(b"\0", GIB, b"", b"")


@vector("A1", "bad", "white space", bomb=True)
def gzip_zeros_10g(_):
    """gzip: 10 GiB of zeros"""
    return inflating(b"\0", 10 * GIB, b"", b"")


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_blanks(_):
    """gzip: 1 GiB of blanks in a report"""
    return inflating(b" ", GIB)


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_text(name):
    """gzip: 1 GiB of text in one value"""
    return inflating(b"A", GIB, head_of(name).replace(b"Example Reporter", b""), b"")


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_comments(_):
    """gzip: 1 GiB of comments"""
    return inflating(b"<!---->", GIB)


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_unknown_elements(_):
    """gzip: 1 GiB of unknown elements"""
    return inflating(b"<a></a>", GIB)


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_empty_records(name):
    """gzip: 1 GiB of empty records"""
    return inflating(b"<record/>", GIB, head_of(name))


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_slow(name):
    """gzip: 2 GiB, one record in each 15 MiB of blanks"""
    block = b" " * (15 * MIB) + record().encode()
    return attached(repeated(block, 2 * GIB // len(block), head_of(name), b"</feedback>"))


@vector("A1", "bad", "max_idle", bomb=True)
def gzip_many_parts(name):
    """900 parts of 15 MiB of blanks each"""
    piece = part(repeated(b" " * MIB, 15, b"<feedback>", b"</feedback>"))
    return mail(multipart(*[piece] * 900))


@vector("A1", "ok", bomb=True)
def gzip_empty_members(name):
    """gzip: 200,000 empty members, and a report"""
    return attached(gz("") * 200000 + gz(report(name)))


@vector("A1", "ok", bomb=True, warned="value_cut")
def gzip_value(name):
    """gzip: 15 MiB of text in one value"""
    return attached_xml(report(name, meta=metadata("A" * (15 * MIB), report_id=name)))


# ---- A2: zip bombs -----------------------------------------------------------

@functools.cache
def overlapping(n):
    """Each entry's data begins with the headers of all that follow it, quoted as
    stored blocks: n entries, one kernel, n times its size."""
    kernel = repeated(b" " * MIB, 64, b"<feedback>", b"</feedback>", wrapper="")
    size = 64 * MIB + 21
    files, at = [], b""
    for i in reversed(range(n)):
        name = b"%05d.xml" % i
        data = kernel if not files else struct.pack("<BHH", 0, len(at), len(at) ^ 0xffff) + at + files[0][1]
        total = size if not files else size + sum(len(f[2]) for f in files)
        local = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 0x5c63, 0, len(data), total, len(name), 0) + name
        files.insert(0, (name, data, local, total))
        at = local
    out = files[0][2] + files[0][1]
    central, offset = b"", 0
    for name, data, local, total in files:
        central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, 0, 8, 0, 0x5c63, 0, len(data), total,
                               len(name), 0, 0, 0, 0, 0, offset) + name
        offset += len(local) + 5
    return out + central + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, n, n, len(central), len(out), 0)


@vector("A2 A4", "bad", "overlap", bomb=True)
def zip_overlapping(_):
    """zip: 250 entries that quote each other, of 64 MiB each"""
    return archived(overlapping(250))


@vector("A2 A4", "bad", "overlap", bomb=True)
def zip_one_for_all(_):
    """zip: 200 entries that share one kernel of 1 GiB"""
    data = repeated(b" " * MIB, 1024, b"<feedback>", b"</feedback>", wrapper="")
    entry = {"data": b"", "packed": data, "method": 8, "size": 1 << 30, "csize": len(data)}
    return archived(raw_zip([entry] + [dict(entry, at=0, name=b"%d.xml" % i) for i in range(200)]))


@vector("A2", "bad", "max_idle", bomb=True)
def zip_200_bombs(_):
    """zip: 200 entries of 15 MiB of blanks, none shared"""
    data = repeated(b" " * MIB, 15, b"<feedback>", b"</feedback>", wrapper="")
    entry = {"data": b"", "packed": data, "method": 8, "size": 15 * MIB + 21, "csize": len(data)}
    return archived(raw_zip([dict(entry, name=b"%d.xml" % i) for i in range(200)]))


@vector("A2 A4", "bad", "max_entries", bomb=True)
def zip_10000_entries(_):
    """zip: 10,000 entries"""
    return archived(raw_zip([{"data": b"<a/>", "name": b"%d.xml" % i} for i in range(10000)]))


@vector("A2 A4", "bad", "max_entries", bomb=True)
def zip_65535_entries(_):
    """zip: 65,535 entries"""
    return archived(raw_zip([{"data": b"", "name": b"%d" % i} for i in range(65535)]))


@vector("A2", "bad", "unpacks to nothing", bomb=True)
def zip_no_directory(_):
    """zip: 60,000 local headers, and no directory"""
    local = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 0, 0, 0x5c63, 0, 0, 0, 1, 0) + b"a"
    return archived(local * 60000)


# ---- A3: wrapped in each other -----------------------------------------------

@vector("A3", "bad", "max_wrappings", bomb=True)
def gzip_nested(name):
    """gzip in gzip, 1,000 deep"""
    data = report(name).encode()
    for _ in range(1000):
        data = gz(data, level=0)
    return attached(data)


@vector("A3", "bad", "max_idle", bomb=True)
def gzip_in_gzip(_):
    """gzip in gzip: 1 GiB of blanks in some kB"""
    return attached(gz(repeated(b" " * MIB, 1024, b"<feedback>", b"</feedback>")))


@vector("A3", "bad", "max_idle", bomb=True)
def gzip_four_times(_):
    """gzip, four deep, of 10 GiB"""
    inner = repeated(b" " * MIB, 10240, b"<feedback>")
    for _ in range(3):
        inner = gz(inner)
    return attached(inner)


@vector("A3", "bad", "max_wrappings", bomb=True)
def zip_nested(name):
    """zip in zip, 100 deep"""
    data = report(name).encode()
    for i in range(100):
        data = zipped((f"{i}.zip", data))
    return archived(data)


@vector("A3", "bad", "max_wrappings", bomb=True)
def zip_tree(name):
    """zip: 16 in each of 16, five deep: a million reports"""
    data = report(name).encode()
    for _ in range(5):
        data = zipped(*((f"{i}.zip", data) for i in range(16)))
    return archived(data)


@vector("A3", "bad", "max_entries", bomb=True, reports=0)
def zip_tree_of_reports(name):
    """zip: 200 in 200: 40,000 reports"""
    data = zipped(*((f"{i}.xml", report(f"{name}-{i}")) for i in range(200)))
    return archived(zipped(*((f"{i}.zip", data) for i in range(200))))


class Bits:
    """Deflate's bits, the first one lowest; codes of Huffman turned around."""

    def __init__(self):
        self.value = self.n = 0

    def add(self, value, n):
        self.value |= value << self.n
        self.n += n

    def code(self, value, n):
        self.add(int(f"{value:0{n}b}"[::-1], 2), n)


def copying(n):
    """A deflate block of five bytes that repeats the last n, 17 to 20."""
    bits = Bits()
    bits.add(0b010, 3)  # not the last; fixed codes
    for length in (n - 10, 10):
        bits.code(length - 2, 7)  # lengths 3 to 10 are codes 257 to 264
        bits.code(8, 5)           # distances 17 to 24
        bits.add(n - 17, 3)
    bits.code(0, 7)
    assert bits.n == 40
    return bits.value.to_bytes(5, "little")


def quine():
    """A gzip file that unpacks to itself, but for its check sum: blocks that
    print (`show`) and blocks that repeat what was printed."""
    def show(n):
        return struct.pack("<BHH", 0, n, n ^ 0xffff)

    head = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03a\0"
    size = 5 * 38 + 12 + 8  # only said
    tail = struct.pack("<BHH", 1, 0, 0xffff) + struct.pack("<II", 0, size)
    h, t, four = show(len(head) + 5), show(len(tail) + 5), show(20)
    again_h, again_t, again = copying(len(head) + 5), copying(len(tail) + 5), copying(20)
    one, none = show(5), show(0)
    return b"".join((
        head, h, head, h, again_h, one, again_h, one, one, four, again_h, one, one, four,
        again, four, again, four, again, four, again, four, again, none, none, t,
        again, none, none, t, again_t, tail, again_t, tail))


@vector("A3", "bad", "max_wrappings", bomb=True)
def gzip_quine(_):
    """gzip: a file that unpacks to itself"""
    return attached(quine())


@vector("A3", "bad", "max_wrappings", bomb=True)
def zip_of_quines(_):
    """zip: 200 files that unpack to themselves"""
    return archived(zipped(*((f"{i}.gz", quine()) for i in range(200))))


# ---- A4: zip archives that lie -----------------------------------------------

@vector("A4 minizip", "ok")
def zip64_sizes(name):
    return archived(zipped(("a.xml", report(name)), zip64=True))


@vector("A4 minizip", "ok", warned="length_mismatch")
def zip64_wild(name):
    """zip: zip64 sizes of 2^63"""
    data = report(name).encode()
    extra = struct.pack("<HHQQ", 1, 16, 1 << 63, len(data))
    return archived(raw_zip([{"data": data, "size": 0xffffffff, "csize": 0xffffffff, "extra": extra}]))


@vector("A4 minizip", "bad", "bzip2")
def zip_bzip2(name):
    return archived(zipped(("a.xml", report(name)), method=zipfile.ZIP_BZIP2))


@vector("A4 minizip", "bad", "encrypted")
def zip_encrypted(name):
    return archived(raw_zip([{"data": report(name).encode(), "flags": 1}]))


@vector("A4 minizip", "ok", warned="crc_mismatch")
def zip_crc_and_size(name):
    """zip: wrong CRC, and a size too large"""
    data = report(name).encode()
    return archived(raw_zip([{"data": data, "packed": deflated(data), "method": 8, "crc": 1, "size": 1 << 20}]))


@vector("A4", "ok")
def zip_packed_size(name):
    """zip: a packed size of 4 GB"""
    data = report(name).encode()
    return archived(raw_zip([{"data": data, "packed": deflated(data), "method": 8, "csize": 0xfffffff0}]))


@vector("A4 minizip", "ok")
def zip_name_64k(name):
    return archived(raw_zip([{"data": report(name).encode(), "name": b"n" * 65535}]))


@vector("A4 B1 minizip", "ok")
def zip_name_nul(name):
    return archived(raw_zip([{"data": report(name).encode(), "name": b"../../a\0.xml"}]))


@vector("A4 B1 minizip", "ok")
def zip_name_path(name):
    return archived(raw_zip([{"data": report(name).encode(), "name": b"../../../../../../etc/cron.d/a.xml"}]))


@vector("A4 minizip", "ok")
def zip_end_in_comment(name):
    """zip: another directory in the comment"""
    inner = raw_zip([{"data": b"<a/>"}])
    return archived(raw_zip([{"data": report(name).encode()}], comment=inner))


@vector("A4", "ok")
def zip_directory_elsewhere(name):
    """zip: a directory beyond the end"""
    return archived(raw_zip([{"data": report(name).encode()}], shift=0x7ffffff0))


@vector("A4", "bad", "max_entries")
def zip_count_lies(name):
    """zip: one entry, 60,000 said"""
    return archived(raw_zip([{"data": report(name).encode()}], count=60000))
