#!/usr/bin/env python3
"""reader.py - a second reader of aggregate reports, to hold the first against.

usage: tests/reader.py FILE

Prints the rows of the `full` profile as CSV, the report_key excepted. FILE is a
mail (.eml, mbox) or a report (.xml, .gz, .zip), told apart by its first bytes.

It knows the documents of the interface (ruamill-tables(5)) and nothing of the
code in lib/, reads everything into memory, and is written to be read. As a
module: rows(data) gives lists of cells as they stand in the table."""

import binascii
import datetime
import email
import re
import socket
import struct
import sys
import zlib
from xml.parsers import expat

MAX_VALUE = 64 * 1024
MAX_RESULTS = 1000
MAX_WRAPPINGS = 4

COLUMNS = """begin_date end_date org_name org_email report_id domain p sp np adkim
    aspf pct fo testing discovery_method source_ip_address count disposition
    dkim_aligned spf_aligned dmarc_aligned policy_evaluated_dkim
    policy_evaluated_spf policy_override_reasons policy_override_comments
    header_from envelope_from envelope_to dkim_domains dkim_selectors
    dkim_results dkim_human_results spf_domains spf_scopes spf_results
    spf_human_results warnings record""".split()

TYPED = {"begin_date", "end_date", "count", "pct", "record", "dkim_aligned",
         "spf_aligned", "dmarc_aligned"}

# --- a mail's parts ---------------------------------------------------------

NO_REPORT_TYPES = {"tlsrpt", "feedback-report", "delivery-status",
                   "disposition-notification"}


def decode_base64(text):
    """Passes over what is no base64; "=" ends a group and decoding goes on."""
    out = bytearray()
    for group in re.split(rb"=+", re.sub(rb"[^A-Za-z0-9+/=]", b"", text)):
        group = group[:-1] if len(group) % 4 == 1 else group
        group += b"=" * (-len(group) % 4)
        out += binascii.a2b_base64(group)
    return bytes(out)


def transfer_encoding(part):
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def content(part):
    if transfer_encoding(part) != "base64":
        return part.get_payload(decode=True) or b""
    del part["content-transfer-encoding"]
    return decode_base64(part.get_payload(decode=True))


def leaves(message, inside_report=False):
    """The decoded leaf parts of a message, in its order."""
    kind = message.get_content_type()
    if kind == "multipart/report":
        if str(message.get_param("report-type", "")).lower() in NO_REPORT_TYPES:
            return
        inside_report = True
    if kind == "message/rfc822":
        if inside_report:
            return
        if transfer_encoding(message) in ("base64", "quoted-printable"):
            inner = message.get_payload(0)
            inner["content-transfer-encoding"] = transfer_encoding(message)
            yield from leaves(email.message_from_bytes(content(inner)))
            return
    if message.is_multipart():
        for part in message.get_payload():
            yield from leaves(part, inside_report)
    else:
        yield message.get_filename() or "", content(message)


def mails(data):
    """One message, or those of an mbox."""
    if not data.startswith(b"From "):
        return [data]
    pieces = re.split(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n", data)
    return [piece for piece in pieces if piece.strip()]


# --- wrappings --------------------------------------------------------------

def inflate(data, wbits=-15):
    """(what comes out, what is left behind it); a broken end is no matter."""
    stream, out = zlib.decompressobj(wbits), bytearray()
    for at in range(0, len(data), 64):
        try:
            out += stream.decompress(data[at:at + 64])
        except zlib.error:
            return bytes(out), b""
        if stream.eof:
            return bytes(out), stream.unused_data + data[at + 64:]
    return bytes(out), b""


def gunzip(data):
    """All members, check sums not looked at."""
    out = b""
    while data[:3] == b"\x1f\x8b\x08":
        flags, at = data[3], 10
        if flags & 4:
            at += 2 + struct.unpack_from("<H", data, at)[0]
        for bit in (8, 16):
            if flags & bit:
                at = data.index(b"\0", at) + 1
        if flags & 2:
            at += 2
        piece, rest = inflate(data[at:])
        out, data = out + piece, rest[8:]
    return out


def zip_directory(data):
    """(name, flags, method, packed size or None, local header) of each entry."""
    end = data.rfind(b"PK\5\6")
    if end < 0:  # cut off: by the local headers
        for found in re.finditer(b"PK\3\4", data):
            flags, method, size = struct.unpack_from("<6xHH8xI", data, found.start())
            length = struct.unpack_from("<H", data, found.start() + 26)[0]
            name = data[found.start() + 30:][:length]
            yield name, flags, method, None if flags & 8 else size, found.start()
        return
    entries, size, at = struct.unpack_from("<10xHII", data, end)
    at = end - size if at == 0xffffffff or data[at:at + 4] != b"PK\1\2" else at
    if data[at:at + 4] != b"PK\1\2":
        at = data.find(b"PK\1\2")
    while data[at:at + 4] == b"PK\1\2":
        flags, method, size, whole, n, extra, comment, start = struct.unpack_from(
            "<8xHH8xIIHHH8xI", data, at)
        name = data[at + 46:at + 46 + n]
        field, stop = at + 46 + n, at + 46 + n + extra
        while field + 4 <= stop:
            tag, length = struct.unpack_from("<HH", data, field)
            if tag == 1:  # zip64: only what did not fit stands there
                large = list(struct.unpack_from(f"<{length // 8}Q", data, field + 4))
                if whole == 0xffffffff:
                    large.pop(0)
                if size == 0xffffffff:
                    size = large.pop(0)
                if start == 0xffffffff:
                    start = large.pop(0)
            field += 4 + length
        yield name, flags, method, size, start
        at = stop + comment


def unzip(data):
    for name, flags, method, size, start in zip_directory(data):
        if name.endswith(b"/") or name.startswith(b"__MACOSX/") or flags & 1:
            continue
        n, extra = struct.unpack_from("<HH", data, start + 26)
        packed = data[start + 30 + n + extra:]
        if method == 0:
            yield packed[:size]
        elif method == 8:
            yield inflate(packed if size is None else packed[:size])[0]


BEFORE_XML = re.compile(rb"(?:[ \t\r\n\0]|\xef\xbb\xbf)*(?=<)")


def documents(data, name="", depth=0):
    """The XML documents in a part."""
    if data[:3] == b"\x1f\x8b\x08":
        inner = [gunzip(data)]
    elif data[:4] in (b"PK\3\4", b"PK\5\6"):
        inner = list(unzip(data))
    elif data[:1] == b"\x78" and len(data) > 1 and (data[0] * 256 + data[1]) % 31 == 0:
        inner = [inflate(data, 15)[0]]
    elif BEFORE_XML.match(data) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield data
        return
    elif name.lower().endswith(".gz") and depth == 0:
        inner = [piece for piece in [inflate(data)[0]] if BEFORE_XML.match(piece)]
    else:
        return
    if depth < MAX_WRAPPINGS:
        for piece in inner:
            yield from documents(piece, "", depth + 1)


# --- XML to events: ("start", name), ("end", name), ("text", text) -----------

class Refused(Exception):
    """A document type declaration with an internal subset."""


def strict(data):
    """The events of a well-formed document; expat.ExpatError if it is none."""
    parser, events = expat.ParserCreate(), []
    parser.StartElementHandler = lambda name, _: events.append(("start", name))
    parser.EndElementHandler = lambda name: events.append(("end", name))
    parser.CharacterDataHandler = lambda text: events.append(("text", text))

    def doctype(_name, _system, _public, internal_subset):
        if internal_subset:
            raise Refused
    parser.StartDoctypeDeclHandler = doctype
    # A declared multi-byte or unknown encoding is for mended().
    try:
        parser.Parse(data, True)
    except (ValueError, LookupError) as error:
        raise expat.ExpatError(str(error)) from error
    return events


SINGLE_BYTE = re.compile(r"(iso-?8859-\d+|windows-125\d|cp125\d|koi8-[ru]|latin-?1)$", re.I)


def to_text(data):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    declared = re.match(rb"[\s\0\xef\xbb\xbf]*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)", data)
    if declared and SINGLE_BYTE.match(declared[1].decode("ascii", "replace")):
        return data.decode(declared[1].decode(), "replace")
    return re.sub("[\udc80-\udcff]",
                  lambda c: bytes([ord(c[0]) - 0xdc00]).decode("cp1252", "replace"),
                  data.decode("utf-8", "surrogateescape"))


TOKEN = re.compile(r"""<!--.*?-->
    | <!\[CDATA\[(?P<cdata>.*?)\]\]>
    | <\?.*?\?>
    | <!DOCTYPE[^\[>]*(?P<subset>\[.*?\]\s*)?>
    | <(?P<close>/)?(?P<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*?)?(?P<empty>/)?\s*>
    | &(?P<entity>\#\d+|\#x[0-9A-Fa-f]+|amp|lt|gt|quot|apos);""", re.X | re.S)
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def reference(entity):
    if entity[0] != "#":
        return ENTITIES[entity]
    code = int(entity[2:], 16) if entity[1] == "x" else int(entity[1:])
    return FORBIDDEN.sub("", chr(code)) if code < 0x110000 else ""


def mended(data):
    """The events of a document that is not well-formed, as far as it goes."""
    text = FORBIDDEN.sub("", to_text(data).replace("\r\n", "\n").replace("\r", "\n"))
    events, stack, at = [], [], 0

    def close(name):
        if name in stack:
            while stack[-1] != name:
                events.append(("end", stack.pop()))
            events.append(("end", stack.pop()))

    def say(piece):
        lost = f"/{stack[-1]}>" if stack else None
        if lost and lost in piece:  # the "<" of an end tag is missing
            before, _, behind = piece.partition(lost)
            events.append(("text", before))
            close(stack[-1])
            piece = behind
        if piece:
            events.append(("text", piece))

    for token in TOKEN.finditer(text):
        if token.start() > at:
            say(text[at:token.start()])
        at = token.end()
        if token["subset"]:
            raise Refused
        if token["cdata"] or token["entity"]:
            events.append(("text", token["cdata"] or reference(token["entity"])))
        elif token["close"]:
            close(token["name"])
        elif token["name"]:
            stack.append(token["name"])
            events.append(("start", token["name"]))
            if token["empty"]:
                close(token["name"])
    say(re.sub(r"<[^<]*\Z", "", text[at:]))  # a tag that broke off is none
    return events


# --- events to reports ------------------------------------------------------

DKIM = {"domain": "domain", "selector": "selector", "result": "result",
        "human_result": "human_result"}
SPF = {"domain": "domain", "scope": "scope", "result": "result",
       "human_result": "human_result"}
IDENTIFIERS = {"header_from": "header_from", "envelope_from": "envelope_from",
               "envelope_to": "envelope_to"}

# A dict holds elements, a list is an entry of a list, a string a value.
SCHEMA = {
    "version": "version",
    "report_metadata": {
        "org_name": "org_name", "email": "email", "report_id": "report_id",
        "extra_contact_info": "extra_contact_info", "generator": "generator",
        "error": "error", "date_range": {"begin": "begin", "end": "end"},
    },
    "policy_published": {name: name for name in
                         "domain p sp np adkim aspf pct fo testing discovery_method".split()},
    "record": {
        "row": {
            "source_ip": "source_ip", "count": "count",
            "policy_evaluated": {
                "disposition": "disposition", "dkim": "evaluated_dkim",
                "spf": "evaluated_spf",
                "reason": ["reason", {"type": "type", "comment": "comment"}],
            },
        },
        "identifiers": IDENTIFIERS,
        "identities": IDENTIFIERS,
        "auth_results": {"dkim": ["dkim", DKIM], "spf": ["spf", SPF]},
    },
}

SPACE = " \t\r\n\u0085\u00a0\u2028\u2029\ufeff"


class Report:
    def __init__(self):
        self.fields, self.records, self.seen = {}, [], set()


class Record:
    def __init__(self):
        self.fields, self.notes = {}, set()
        self.lists = {"reason": [], "dkim": [], "spf": []}


class Reader:
    """Walks the events; `reports` are those that have a known field."""

    def __init__(self):
        self.reports = []

    def local(self, name):
        return name.rpartition(":")[2].lower()

    def run(self, events):
        report, stack = None, []  # a stack of (schema node, text or None)
        for kind, value in events:
            if report is None:
                if kind == "start" and self.local(value) == "feedback":
                    report, stack = Report(), [(SCHEMA, [])]
                    self.report, self.record, self.entry = report, None, None
            elif kind == "text":
                stack[-1][1].append(value)
            elif kind == "start":
                stack.append((self.enter(stack[-1][0], self.local(value)), []))
            else:
                node, text = stack.pop()
                if not stack:
                    self.give(report)
                    report = None
                else:
                    self.leave(node, "".join(text))
        if report:
            self.give(report)
        return self.reports

    def give(self, report):
        if report.fields or report.records:
            self.reports.append(report)

    def enter(self, parent, name):
        node = (parent[1] if isinstance(parent, list) else parent)
        node = node.get(name) if isinstance(node, dict) else None
        if parent is SCHEMA:
            if name == "record":
                self.record = Record()
            elif isinstance(node, dict):
                if name in self.report.seen:
                    return None
                self.report.seen.add(name)
        if self.record and name == "identities" and node:
            self.record.notes.add("identities")
        if isinstance(node, list):
            self.entry = {}
        return node

    def leave(self, node, text):
        text = text.strip(SPACE)
        if isinstance(node, str):
            self.set(node, text)
        elif isinstance(node, list):
            self.end_entry(node[0], text)
        elif node is SCHEMA["record"]:
            if self.record.fields or any(self.record.lists.values()):
                self.report.records.append(self.record)
            self.record = None

    def set(self, field, text):
        if len(text.encode()) > MAX_VALUE:
            text = text.encode()[:MAX_VALUE].decode("utf-8", "ignore")
            if self.record:
                self.record.notes.add("value_cut")
        holder = self.report.fields
        if self.record:
            holder = self.record.fields if self.entry is None else self.entry
        if field not in holder:
            holder[field] = text
        elif self.record:
            self.record.notes.add("repeated")

    def end_entry(self, name, text):
        entry, self.entry = self.entry, None
        if name == "reason" and "type" not in entry and text:
            entry["type"] = text
            self.record.notes.add("reason_text")
        if not any(entry.values()):
            self.record.notes.add("empty_result")
        elif len(self.record.lists[name]) == MAX_RESULTS:
            self.record.notes.add("results_cut")
        else:
            self.record.lists[name].append(entry)


# --- reports to cells -------------------------------------------------------

BLANKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MARKS = re.compile("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f\ufeff]")
FORMULA = re.compile("[' ]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
EVALUATED = {"pass": 1, **dict.fromkeys(
    "fail none neutral softfail hardfail policy temperror permerror".split(), 0)}
NOTES = "repeated value_cut results_cut empty_result reason_text identities".split()


def clean(text):
    return MARKS.sub("\ufffd", BLANKS.sub(" ", text))


def token(name, value):
    value = clean(value.encode()[:64].decode("utf-8", "ignore"))
    return f"{name}={value.replace('%', '%25').replace(',', '%2C')}"


def date(text):
    whole = re.fullmatch(r"(\d+)(?:\.\d+)?", text or "", re.A)
    if not whole or int(whole[1]) > 4102444799:
        return None
    moment = datetime.datetime.fromtimestamp(int(whole[1]), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def number(text, most):
    if text and re.fullmatch(r"\d+", text, re.A) and int(text) <= most:
        return str(int(text))
    return None


def address(text):
    bare = text.strip(SPACE)
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    bare = bare.partition("%")[0]
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, bare))
        except (OSError, ValueError):
            pass
    return None


def joined(entries, field):
    """Index for index; one entry alone is its value as it is, absent or not."""
    if len(entries) < 2:
        return entries[0].get(field) if entries else None
    return ",".join((entry.get(field) or "").replace(",", "%2C") for entry in entries)


def aligned(a, b):
    return 1 if 1 in (a, b) else 0 if (a, b) == (0, 0) else None


def record_values(report, record, place):
    fields, lists, odd = record.fields, record.lists, []
    row = {name: report.fields.get(name) for name in COLUMNS}
    row["org_email"] = report.fields.get("email")
    row["begin_date"] = date(report.fields.get("begin"))
    row["end_date"] = date(report.fields.get("end"))
    row["pct"] = number(report.fields.get("pct"), 100)

    ip = fields.get("source_ip")
    row["source_ip_address"] = address(ip) if ip else ip
    if ip and row["source_ip_address"] is None:
        row["source_ip_address"] = ip
        odd.append(token("source_ip", ip))
    row["count"] = number(fields.get("count"), 2**63 - 1)
    if "count" in fields and row["count"] is None:
        odd.append(token("count", fields["count"]))
    for kind in ("dkim", "spf"):
        sent = fields.get(f"evaluated_{kind}")
        row[f"policy_evaluated_{kind}"] = sent
        row[f"{kind}_aligned"] = EVALUATED.get(sent.lower()) if sent else None
        if sent and sent.lower() not in ("pass", "fail"):
            odd.append(token(f"policy_evaluated_{kind}", sent))
    row["dmarc_aligned"] = aligned(row["dkim_aligned"], row["spf_aligned"])
    for name in ("disposition", "header_from", "envelope_from", "envelope_to"):
        row[name] = fields.get(name)
    row["policy_override_reasons"] = joined(lists["reason"], "type")
    row["policy_override_comments"] = joined(lists["reason"], "comment")
    for kind, third in (("dkim", "selector"), ("spf", "scope")):
        for field in ("domain", third, "result", "human_result"):
            row[f"{kind}_{field}s"] = joined(lists[kind], field)
    notes = [note for note in NOTES if note in record.notes] + odd
    row["warnings"] = ",".join(notes) if notes else None
    row["record"] = place
    return row


def cell(name, value):
    if value is None:
        return ""
    if name in TYPED:
        return str(value)
    value = clean(str(value))
    if FORMULA.match(value):
        value = "'" + value
    return '"' + value.replace('"', '""') + '"'


def read_document(data):
    body = data[BEFORE_XML.match(data).end():] if BEFORE_XML.match(data) else data
    try:
        try:
            events = strict(body)
        except expat.ExpatError:
            events = mended(body)
    except Refused:
        return []
    return Reader().run(events)


def reports(data):
    """The reports in the bytes of a file."""
    if list(documents(data)):
        parts = [("", data)]
    else:
        parts = [leaf for mail in mails(data)
                 for leaf in leaves(email.message_from_bytes(mail))]
    return [report for name, part in parts
            for document in documents(part, name)
            for report in read_document(document)]


def rows(data):
    """One list of cells a record, in the order of COLUMNS."""
    return [[cell(name, values[name]) for name in COLUMNS]
            for report in reports(data)
            for place, record in enumerate(report.records, 1)
            for values in [record_values(report, record, place)]]


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("--"):
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    print(",".join(COLUMNS))
    for row in rows(data):
        print(",".join(row))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
