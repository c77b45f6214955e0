"""envelop.py - wraps documents and writes mails around them, in odd but honest
ways at random: for meaning.py."""

import base64
import binascii
import gzip
import io
import quopri
import zipfile
import zlib

# ---- wrappings -------------------------------------------------------------
# A document is (bytes, the notes of each of its reports). What is odd about the
# wrapping is known at its end, and said of the last report.


class Stream(io.RawIOBase):
    """What a zip archive is written to that must do without going back."""

    def __init__(self):
        super().__init__()
        self.all = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.all += data
        return len(data)


def note(documents, name):
    for _, notes in documents:
        notes[-1].add(name)


def gzipped(rng, content):
    if rng.random() < 0.2 and len(content) > 1:
        at = rng.randrange(1, len(content))
        return gzipped(rng, content[:at]) + gzipped(rng, content[at:])
    out = io.BytesIO()
    name = rng.choice(("", "report.xml", "ü.xml"))
    with gzip.GzipFile(name, "wb", rng.randint(0, 9), out, rng.randrange(2**31)) as file:
        file.write(content)
    return out.getvalue()


def with_padding(rng, content):
    return content + rng.choice((b"",) * 6 + (b"\n", b"\r\n", b"\0\0\0"))


def zipped(rng, contents):
    out = Stream() if rng.random() < 0.3 else io.BytesIO()
    entries = [(f"{n}.xml", content) for n, content in enumerate(contents)]
    if rng.random() < 0.2:
        entries.insert(0, ("folder/", b""))
    if rng.random() < 0.2:
        entries.append(("__MACOSX/._0.xml", b"\0\5\x16\7\0"))
    if rng.random() < 0.1:
        entries.insert(rng.randrange(len(entries) + 1), ("README.txt", b"Read me.\n"))
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(rng.choice((name, "../" + name, "ä" + name)) if content else name)
            archive.writestr(info, content, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
        if rng.random() < 0.1:
            archive.comment = b"a comment PK"
    return bytes(out.all) if isinstance(out, Stream) else out.getvalue()


def packed(rng, documents, depth=4):
    """(bytes, ending of the archive's file, name) of documents."""
    kind = rng.random()
    several = len(documents) > 1
    if not several and kind < 0.3:
        return documents[0][0], "xml", "report.xml"
    if not several and kind < 0.4:
        return zlib.compress(documents[0][0]), "bin", "report.xml.gz"
    if not several and kind < 0.45:
        note(documents, "raw_deflate")
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        return deflate.compress(documents[0][0]) + deflate.flush(), "bin", "report.xml.gz"
    nested = rng.random() < 0.2 and depth > 1
    inner = [content for content, _ in documents]
    if nested:
        inner = [packed_again(rng, document, depth - 1) for document in documents]
    if not several and kind < 0.75:
        return with_padding(rng, gzipped(rng, inner[0])), "xml.gz", "report.xml.gz"
    archive = zipped(rng, inner)
    if rng.random() < 0.05:
        note(documents, "leading_junk")
        archive = b"MZ self-extracting \0" + archive
    return with_padding(rng, archive), "zip", "report.zip"


def packed_again(rng, document, depth):
    """A document in one more wrapping, of a kind with a magic."""
    nested = rng.random() < 0.3 and depth > 1
    content = packed_again(rng, document, depth - 1) if nested else document[0]
    return rng.choice((lambda: gzipped(rng, content), lambda: zipped(rng, [content]),
                       lambda: zlib.compress(content)))()


# ---- mails -----------------------------------------------------------------

TYPES = ["application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed",
         "text/xml", "application/xml", "application/octet-stream", "APPLICATION/GZIP",
         "application/dmarc+xml", "text/plain",
         "application/x-zip", "application/gz", "image/png", "nonsense", "application/gzip;", ""]
LETTERS = ["Dear all,\n\nplease find a report attached.\n", "",
           "This is an aggregate report.\n-- \nThe robot\n", "Grüße\n",
           "<html><body><p>A report</p></body></html>\n", "begin with no number\n",
           "--not-a-boundary\n", "{}\n"]
SUBJECTS = ["Report Domain: example.com Submitter: example.org Report-ID: 1",
            "Report\n Domain: example.com", "=?utf-8?Q?Re=20port?=", "Ünencoded", ""]


class Envelope:
    """Writes one mail."""

    def __init__(self, rng):
        self.rng = rng
        self.end = rng.choice((b"\n", b"\r\n"))
        self.levels = 0

    def lines(self, text):
        return text.encode().replace(b"\n", self.end)

    def encoded(self, content):
        """(transfer encoding, body)"""
        kind = self.rng.random()
        # A line end behind UTF-16 would be half a character.
        if kind < 0.6 or content[:1] in (b"\xff", b"\xfe"):
            width = self.rng.choice((57, 57, 57, 54, 30, 45, 570)) if self.rng.random() < 0.9 else 3
            if len(content) > 3000:
                width = 57
            text = b"".join(base64.b64encode(content[at:at + width])
                            + self.rng.choice((b"", b"", b"", b" ")) + self.end
                            for at in range(0, len(content), width))
            return self.rng.choice(("base64", "BASE64", "base64 ")), text
        if kind < 0.8:
            return "quoted-printable", binascii.b2a_qp(content, istext=False).replace(b"=\n", b"=" + self.end)
        name = "binary"
        if b"\0" not in content and max(map(len, content.split(b"\n"))) < 900:
            name = "7bit" if content.isascii() else "8bit"
        return self.rng.choice((name, name, "")), content

    def named(self, name):
        """Parameters that name a file, for a type and a disposition."""
        kind = self.rng.randrange(8)
        if kind == 0:
            return f"; name={name}", f"; filename={name}"
        if kind == 1:
            return "", f"; filename*=utf-8''%C3%BC-{name}"
        if kind == 2:
            return "", f'; filename*0="{name[:4]}";\n filename*1="{name[4:]}"'
        if kind == 3:
            return f'; name="=?utf-8?B?{base64.b64encode(name.encode()).decode()}?="', ""
        if kind == 4:
            return f';\n\tname="{name}"', f';\n\tfilename="{name}"'
        return "", f'; filename="{name}"'

    def leaf(self, content, name):
        of_type, of_disposition = self.named(name)
        encoding, body = self.encoded(content)
        kind = self.rng.choice(TYPES)
        if "/" not in kind:  # what stands behind such a type is nothing
            of_type, of_disposition = "", f"; filename={name}"
        head = [f"Content-Type: {kind}{of_type}\n"] if kind else []
        disposition = self.rng.choice(("attachment", "inline", "ATTACHMENT"))
        head.append(f"Content-Disposition: {disposition}{of_disposition}\n")
        if encoding:
            head.append(f"Content-Transfer-Encoding: {encoding}\n")
        self.rng.shuffle(head)
        return self.lines("".join(head)) + self.end + body

    def letter(self):
        text = self.rng.choice(LETTERS)
        kind = "text/html" if text.startswith("<") else "text/plain"
        if self.rng.random() < 0.3:
            return self.lines(f"Content-Type: {kind}; charset=utf-8\n"
                              "Content-Transfer-Encoding: quoted-printable\n\n") + (
                quopri.encodestring(text.encode()).replace(b"\n", self.end))
        return self.lines(f"Content-Type: {kind}; charset=utf-8\n\n{text}")

    def multipart(self, parts):
        self.levels += 1
        form = self.rng.choice(("=_{}", "----=_Part_{}", "b{}", "'()+_,-./:=?{}"))
        boundary = form.format(self.rng.randrange(10**12))
        kind = self.rng.choice(("mixed", "mixed", "mixed", "related", "alternative", "x-unknown"))
        head = self.lines(f'Content-Type: multipart/{kind};\n boundary="{boundary}"\n\n')
        if self.rng.random() < 0.2:
            head += self.lines("This is a message in MIME.\n")
        body = b"".join(self.lines(f"--{boundary}\n") + part + self.end for part in parts)
        return head + body + self.lines(f"--{boundary}--\n" + self.rng.choice(("", "\n", "epilogue\n")))

    def forwarded(self, entity):
        self.levels += 1
        return self.lines("Content-Type: message/rfc822\n\nFrom: a@example.org\nTo: b@example.net\n"
                          "Subject: inside\nMIME-Version: 1.0\n") + entity

    def head(self, number):
        to = self.rng.choice(("To: dmarc@example.net\n", "To: <dmarc@example.net>, Other <o@example.org>\n", ""))
        subject = self.rng.choice(SUBJECTS)
        fields = [f"Message-ID: <{number}>\n", "From: Reports <noreply@example.org>\n", to,
                  "MIME-Version: 1.0\n", f"Subject: {subject}\n", "Date: Thu, 1 Jan 2026 00:00:00 +0000\n"]
        if self.rng.random() < 0.3:
            fields.append("Received: from a.example by b.example\n\twith ESMTPS id 1;\n"
                          "\tThu, 1 Jan 2026 00:00:00 +0000\n")
        if self.rng.random() < 0.1:
            fields.append("X-Long: " + "x" * 2000 + "\n")
        self.rng.shuffle(fields)
        return self.lines("".join(fields))

    def mail(self, number, files):
        """files: [(bytes, name)]"""
        parts = [self.leaf(content, name) for content, name in files]
        if len(parts) == 1 and self.rng.random() < 0.3:
            return self.head(number) + parts[0] + self.rng.choice((b"", self.end))
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            parts.insert(self.rng.randrange(len(parts) + 1), self.letter())
        while self.rng.random() < 0.3 and self.levels < 5:
            at = self.rng.randrange(len(parts))
            wrap = self.rng.choice((lambda part: self.multipart([part]),
                                    lambda part: self.multipart([self.letter(), part]), self.forwarded))
            parts[at] = wrap(parts[at])
        return self.head(number) + self.multipart(parts)
