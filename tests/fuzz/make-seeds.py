#!/usr/bin/env python3
"""make-seeds.py - writes the first inputs of the fuzzers, seeds/<name>/: made up
here, or taken out of the cases in ../golden.

usage: tests/fuzz/make-seeds.py

The last byte of an input steers the target, so it is an addition to each. The
targets mime, prescan and ingest begin with the cases as they stand, mend with
what feedback has; seeds/journal is written by fuzz_journal itself. Files that
are not made here are findings."""

import email
import glob
import gzip
import io
import os
import struct
import sys
import zipfile
import zlib

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import mails  # noqa: E402
import reader  # noqa: E402

LARGEST = 6000


def put(name, seed, content, steer=b"\n"):
    folder = os.path.join(HERE, "seeds", name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, seed), "wb") as file:
        file.write(content + steer)


def parts():
    """(case, bytes) of the parts of all golden cases."""
    for path in sorted(glob.glob(os.path.join(os.path.dirname(HERE), "golden", "*"))):
        case, ending = os.path.splitext(os.path.basename(path))
        if not case[:1].isdigit() or os.path.getsize(path) > 4 * LARGEST:
            continue
        with open(path, "rb") as file:
            data = file.read()
        if ending == ".eml":
            for n, (_, content) in enumerate(reader.leaves(email.message_from_bytes(data))):
                yield f"{case}-{n}" if n else case, content
        elif ending in (".xml", ".gz", ".zip"):
            yield case, data


def documents(content):
    try:
        return list(reader.documents(content))
    except (ValueError, struct.error, IndexError, zlib.error):
        return []


def from_golden():
    seen = set()
    for case, content in parts():
        for n, document in enumerate(documents(content)[:2]):
            if len(document) <= LARGEST and document not in seen:
                seen.add(document)
                put("feedback", f"{case}-{n}" if n else case, document)
        if content in seen or len(content) > LARGEST:
            continue
        seen.add(content)
        if content[:2] == b"\x1f\x8b":
            put("gunzip", case, content, b"\0")
        elif content[:2] == b"PK":
            put("unzip", case, content, b"\0")


def gunzip():
    report = mails.Mail(records=1).document()
    put("gunzip", "zlib", zlib.compress(report), b"\1")
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    put("gunzip", "deflate", raw.compress(report) + raw.flush(), b"\2")
    put("gunzip", "two-members", gzip.compress(b"one", mtime=0) * 2, b"\0")
    put("gunzip", "zeros", gzip.compress(bytes(300000), mtime=0), b"\0")


def unzip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a/"), b"")
        archive.writestr(zipfile.ZipInfo("__MACOSX/a"), b"fork")
        archive.writestr(zipfile.ZipInfo("a"), b"stored")
        archive.writestr(zipfile.ZipInfo("../../b"), b"!deflated" * 9, zipfile.ZIP_DEFLATED)
        archive.comment = b"a comment"
    put("unzip", "stored-and-deflated", packed.getvalue(), b"\3")
    put("unzip", "stored-and-deflated-in-front", b"junk" + packed.getvalue(), b"\0")
    put("unzip", "no-directory", packed.getvalue()[:packed.getvalue().index(b"PK\1\2")], b"\0")


def base64():
    for name, text in (("padded", b"QUJD REVG\r\nRw=="), ("unpadded", b"QUJDRA"),
                       ("runs", b"QQ==QUI=QUJD"), ("junk", b"Q*U-J_D\0\xff=")):
        put("base64", name, text)


def constant_database(records):
    """A cdb file: see cdb(5)."""
    data, tables = b"", [[] for _ in range(256)]
    for key, value in records:
        code = 5381
        for byte in key:
            code = (code * 33 & 0xffffffff) ^ byte
        tables[code & 255].append((code, 2048 + len(data)))
        data += struct.pack("<II", len(key), len(value)) + key + value
    top, end = b"", b""
    for table in tables:
        slots = [(0, 0)] * (2 * len(table))
        for code, at in table:
            slot = (code >> 8) % len(slots)
            while slots[slot][1]:
                slot = (slot + 1) % len(slots)
            slots[slot] = (code, at)
        top += struct.pack("<II", 2048 + len(data) + len(end), len(slots))
        end += b"".join(struct.pack("<II", *slot) for slot in slots)
    return top + data + end


def allow():
    put("allow", "all-forms", b"""\xef\xbb\xbf# RUA  policy domains
dmarc@example.com   example.com .example.net # a comment
rua+*@example.com\t.example.com\r
"we ird"@example.com *
@reports.example.org *
\xc3\xa9@example.net *
""")
    lines = [(b"dmarc@example.com", b"example.com .example.net"), (b"rua+*@example.com", b".example.com"),
             (b"@reports.example.org", b"*")]
    records = [(pattern, struct.pack("<I", number) + domains) for number, (pattern, domains) in enumerate(lines, 2)]
    put("allowdb", "list", constant_database([(b"\n", b"ruamill allow 1 3 98\n"), *records]))
    put("allowdb", "twice", constant_database([(b"\n", b"ruamill allow 1 6 196\n"), *records, *records]))
    put("allowdb", "no-head", constant_database(records))
    put("allowdb", "odd-values", constant_database([
        (b"\n", b"ruamill allow 1 3 98\n"), (b"dmarc@example.com", b""), (b"rua+*@example.com", b"\1\0\0\0#"),
        (b"@reports.example.org", b"\1\0\0\0a b c"), (b"", b"\1\0\0\0*")]))
    put("allow", "broken", b"dmarc@example.com\n")
    put("allow", "twice", b"A@example.com *\na@EXAMPLE.com. *\n")


def conf():
    with open(os.path.join(HERE, "dict", "conf.dict"), encoding="utf-8") as file:
        names = [line.split('"')[1] for line in file if line.startswith('"')]
    put("conf", "all-names", "".join(f"{name} = 1\n" for name in names if name[-1].islower()).encode())
    put("conf", "some", b"""\xef\xbb\xbf; comment
store = reports  # here
allow=/etc/allow
format : tsv
columns = domain, count
max_message = 10M
\tpartition =day
formula_guard = no
""")
    put("conf", "setting", b"max_document=4G")
    put("conf", "section", b"[section]\nstore = a\n")


def csv():
    put("csv", "table", b'name,number\n"a ""b"" c",1\n"\'=1+1",\n,""\n')
    put("csv", "tsv", b"name\tnumber\na\t1\n\t\n")
    values = (b"=1+1", b"'=1", b"\xef\xbc\x9d1", b"a,b", b'"', b"\r\n", b"\xe2\x80\xae", b"\xff", b"\\", b"@")
    put("csv", "values", b"\x1f".join(values), b"\1")
    put("csv", "wrong", b'name\n"a\nb"c\n"\r\n\0\n\xc3\n1,2\nend')


def frame(kind, body=b""):
    return struct.pack("<QQ", kind, len(body)) + body


def fields(values):
    """The canonical form of fields: {tag: value}."""
    return b"".join(struct.pack("<BI", tag, len(value)) + value for tag, value in sorted(values.items()))


def result():
    head = frame(1, b"id@example.org\0Subject\0dmarc=pass dkim=none\0dmarc@example.net\0")
    end = frame(7, b"\0sentence\0")
    record = fields({1: b"192.0.2.1", 2: b"3", 4: b"pass", 6: b"example.com"})
    records = frame(3, (struct.pack("<II", len(record), 0) + record) * 2)
    report = frame(4, struct.pack("<QI", 2, 1) + b"example.com".ljust(254, b"\0")
                   + fields({2: b"=org", 6: b"1767225600", 7: b"1767311999", 9: b"example.com"}))
    part = frame(6, struct.pack("<I", 1) + b"part")
    put("result", "nothing", end)
    put("result", "one-report", head + frame(2) + records + report + part + end)
    put("result", "abandoned", head + frame(2) + records + report + frame(5) + frame(2) + report + part + end)
    put("result", "void", head + frame(2) + report + frame(8) + end)
    put("result", "broken-off", head + frame(2) + records + report)


def log():
    put("log", "plain", b"\x1f".join((b"4cXyz", b"a@example.org", b"", b"discard", b"example.com", b"Org",
                                      b"dmarc=pass", b"stored 1 record")))
    put("log", "odd", b'a b"\n\x1b[31m\\x0a\x1f\xe2\x80\xae' + b"x" * 300 + b"\x1f=\x1f id=4cXyz verdict=ok")
    put("log", "long", b"\x1f".join([b"\xff" * 300] * 8))


def auth():
    put("auth", "results", b"""mx.example.com 1; (a) dmarc=pass (p=none) header.from=example.net;
\tdkim=pass reason="good; (b)" header.d=example.net header.i=@example.net header.b="aB/+";
 spf/1=softfail smtp.mailfrom="a b"@example.net smtp.helo=x.example; auth=none""")
    put("auth", "none", b"mx.example.com; none")
    put("auth", "hops", b"Rfrom x (y [192.0.2.1]) by mx.example.com with SMTP id 1 for <a@b>; now\0"
                        b"a.example; dkim=fail\0Rby other.example\0mx.example.com; dkim=pass")
    put("auth", "text", b"dmarc=pass header.from=example.net dkim=pass header.d=example.net spf=fail")


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    for make in (from_golden, gunzip, unzip, base64, allow, conf, csv, result, auth, log):
        make()


if __name__ == "__main__":
    main()
