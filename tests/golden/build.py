"""build.py - the parts that make-cases.py builds its cases of.

Text goes into the XML as it is given, so that a case can be as broken as it
likes; None leaves an element out, "" makes it empty."""

import base64
import calendar
import io
import struct
import zipfile
import zlib


def utc(day, month=3, hour=0, minute=0, second=0):
    """Seconds since 1970 of a moment in 2026."""
    return calendar.timegm((2026, month, day, hour, minute, second))


BEGIN, END = utc(2), utc(2, hour=23, minute=59, second=59)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


# --- a report ---------------------------------------------------------------

def tag(name, value):
    if value is None:
        return ""
    return f"<{name}>{value}</{name}>"


def tags(**values):
    return "".join(tag(name, value) for name, value in values.items())


def dkim(domain="example.com", selector="s1", result="pass", human_result=None):
    return tag("dkim", tags(domain=domain, selector=selector, result=result,
                            human_result=human_result))


def spf(domain="example.com", scope="mfrom", result="pass", human_result=None):
    return tag("spf", tags(domain=domain, scope=scope, result=result,
                           human_result=human_result))


def reason(kind="local_policy", comment=None):
    return tag("reason", tags(type=kind, comment=comment))


def row(ip="192.0.2.1", count="1", disposition="none", dkim_="pass", spf_="pass", reasons=""):
    evaluated = tags(disposition=disposition, dkim=dkim_, spf=spf_) + reasons
    return tag("row", tags(source_ip=ip, count=count, policy_evaluated=evaluated))


def identifiers(header_from="example.com", envelope_from=None, envelope_to=None, name="identifiers"):
    return tag(name, tags(envelope_to=envelope_to, envelope_from=envelope_from,
                          header_from=header_from))


def record(ip="192.0.2.1", count="1", auth=None, ids=None, **values):
    """One <record> on a line of its own."""
    auth = dkim() + spf() if auth is None else auth
    ids = identifiers() if ids is None else ids
    return tag("record", row(ip, count, **values) + ids + tag("auth_results", auth)) + "\n"


def metadata(org_name="Example Reporter", email="reports@reporter.example",
             report_id="2026-03-02.1", begin=BEGIN, end=END, more=""):
    dates = tag("date_range", tags(begin=begin, end=end))
    return tag("report_metadata",
               tags(org_name=org_name, email=email, report_id=report_id) + dates + more) + "\n"


def policy(domain="example.com", adkim="r", aspf="r", p="none", sp="none", pct="100",
           fo=None, more=""):
    return tag("policy_published", tags(domain=domain, adkim=adkim, aspf=aspf, p=p, sp=sp,
                                        pct=pct, fo=fo) + more) + "\n"


def feedback(*inside, open_="<feedback>", close="</feedback>\n", head=DECLARATION, version="1.0",
             meta=None, pol=None):
    """A document. Without anything inside it has one record."""
    inside = inside or (record(),)
    return (head + open_ + "\n" + tag("version", version) + "\n"
            + (metadata() if meta is None else meta) + (policy() if pol is None else pol)
            + "".join(inside) + close)


# --- wrappings --------------------------------------------------------------

def gz(data, flags=0, extra=b"", os=3, crc=None, length=None, level=9):
    """A gzip member; crc and length to lie about them."""
    data = data.encode() if isinstance(data, str) else data
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data) if crc is None else crc
    length = len(data) if length is None else length
    return (struct.pack("<4BIBB", 0x1f, 0x8b, 8, flags, 0, 2, os) + extra + body
            + struct.pack("<II", crc, length & 0xffffffff))


class Pipe(io.RawIOBase):
    """A file that cannot be wound back: zipfile writes data descriptors then."""

    def __init__(self):
        super().__init__()
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.bytes += data
        return len(data)


def zipped(*entries, stream=False, zip64=False, method=zipfile.ZIP_DEFLATED):
    """A zip archive of (name, data); zip64 has its sizes in 64 bits throughout."""
    file = Pipe() if stream else io.BytesIO()
    usual, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 0 if zip64 else zipfile.ZIP64_LIMIT
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, (2026, 3, 3, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else method
            info.create_system = 3
            data = data.encode() if isinstance(data, str) else data
            with archive.open(info, "w", force_zip64=zip64) as entry:
                entry.write(data)
    zipfile.ZIP64_LIMIT = usual
    return bytes(file.bytes) if stream else file.getvalue()


def patch(data, *changes):
    """Puts bytes in place of others: (offset, bytes)."""
    data = bytearray(data)
    for at, new in changes:
        data[at:at + len(new)] = new
    return bytes(data)


# --- a mail -----------------------------------------------------------------

NAME = "reporter.example!example.com!1772409600!1772495999"
SUBJECT = "Report Domain: example.com Submitter: reporter.example Report-ID: <2026-03-02.1>"


def b64(data, width=76):
    text = base64.b64encode(data).decode()
    return "\n".join(text[i:i + width] for i in range(0, len(text), width)) + "\n"


def part(data, type_="application/gzip", name=NAME + ".xml.gz", encoding="base64", header=None):
    """A leaf: its header, an empty line, its body, as bytes. A whole header
    given takes the place of the usual one."""
    data = data.encode() if isinstance(data, str) else data
    if header is None:
        header = f"Content-Type: {type_}"
        header += f'; name="{name}"\n' if name else "\n"
        header += f"Content-Transfer-Encoding: {encoding}\n"
        if name:
            header += f'Content-Disposition: attachment; filename="{name}"\n'
    body = b64(data).encode() if encoding == "base64" else data
    return header.encode() + b"\n" + body


def text(words="This is an aggregate report.\n", type_="text/plain; charset=utf-8"):
    return f"Content-Type: {type_}\n\n{words}".encode()


def multipart(*parts, kind="mixed", boundary="part"):
    joint = f"--{boundary}\n".encode()
    body = b"".join(joint + piece + b"\n" for piece in parts)
    return (f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
            + body + f"--{boundary}--\n".encode())


def mail(body, subject=SUBJECT, message_id="1@reporter.example"):
    """A message around a part or multipart."""
    return (f"From: Reports <reports@reporter.example>\n"
            f"To: dmarc@example.net\n"
            f"Subject: {subject}\n"
            f"Date: Tue, 03 Mar 2026 04:05:06 +0000\n"
            f"Message-ID: <{message_id}>\n"
            f"MIME-Version: 1.0\n").encode() + body


def crlf(data):
    return data.replace(b"\n", b"\r\n")
