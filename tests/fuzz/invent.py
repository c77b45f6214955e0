"""invent.py - reports made up at random, written as XML in odd but honest ways:
for meaning.py. All of a report is in its fields; how it is written is up to the
random numbers of the writer, and changes nothing but the notes that it lists."""

import re

SPACE = " \t\r\n\u0085\u00a0\u2028\u2029\ufeff"  # what does not count around a value

# ---- values ----------------------------------------------------------------

WORDS = """example reporter mail.example.net pass none forwarded r s relaxed 0
    selector1 2026-03 noreply@example.org https://example.org/?a=b sampled_out""".split()
ODD = ["Müller & Söhne", "日本語のレポート", "📬 überall", "a,b", 'say "hello"', "'quoted'", "=1+1", "+49",
       "-", "@here", "'=1", "＝2", "<b>bold</b>", "a < b && c > d", "]]>", "&amp;", "tab\there", "two\nlines",
       "car\rriage", "cr\r\nlf", "rtl \u202e gnitset", "a\u2028b", "\u0085", "a\u0085b", "zero\u200bwidth",
       "bom \ufeff inside", "nb\u00a0sp", "back\\slash", "%2C", "100%", "x" * 300, "ﬁ", "\U0010ffff", "\ufffd",
       "é" * 70, "a;b|c", "#hash", "{}", "\u007f", "&lt;", "<!-- no -->", "привет", "€uro", "null", "NaN"]
DOMAINS = ["example.com", "example.net", "sub.example.org", "EXAMPLE.com", "münchen.example", "a--b.example",
           "_dmarc.example.com", "xn--mnchen-3ya.example", "example.com.", "ex_ample.net"]
NO_DOMAINS = ["", "no domain", "a..b", ".", "ex ample.com", "-/../etc", "a" * 64 + ".example",
              "quarantine", "_invalid"]
ADDRESSES = ["192.0.2.1", "198.51.100.255", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::ffff:192.0.2.9", "::",
             "[192.0.2.7]", "[2001:db8::2]", "fe80::1%eth0", "1.2.3", "256.1.1.1", "mail.example.net", "",
             "2001:db8::1::2", "192.0.2.01"]
COUNTS = ["0", "1", "2", "17", "123456789", "9223372036854775807", "9223372036854775808", "1e9", "-1", "",
          "007", "1.0", "many", "1 000", "٣"]
OUTCOMES = ["pass", "fail", "none", "softfail", "PASS", "Fail", "", "unknown", "neutral", "temperror",
            "permerror", "policy", "hardfail", "pass fail"]
TIMES = ["", "yesterday", "2026-01-01", "0", "1262303999", "-5", "4102444800", "99999999999999999999",
         "1767225600.0", "1767225600,5", "0x10"]

METADATA = "org_name email extra_contact_info report_id generator".split()
POLICY = "domain p sp np adkim aspf pct fo testing discovery_method".split()
LISTS = {"reason": ["type", "comment"], "dkim": ["domain", "selector", "result", "human_result"],
         "spf": ["domain", "scope", "result", "human_result"]}


def text(rng):
    chance = rng.random()
    if chance < 0.75:
        return rng.choice(WORDS)
    if chance < 0.95:
        return rng.choice(ODD)
    return " ".join(rng.choice(ODD + WORDS) for _ in range(rng.randint(0, 3)))


def maybe(rng, fields, name, make, chance=0.9):
    if rng.random() < chance:
        fields[name] = make(rng).strip(SPACE)


def choice(usual, others, chance=0.8):
    return lambda rng: rng.choice(usual if rng.random() < chance else others)


class Record:
    def __init__(self, rng):
        self.fields, self.notes, self.lists = {}, set(), {name: [] for name in LISTS}
        maybe(rng, self.fields, "source_ip", choice(ADDRESSES[:4], ADDRESSES))
        maybe(rng, self.fields, "count", choice(COUNTS[:4], COUNTS))
        for name in ("evaluated_dkim", "evaluated_spf"):
            maybe(rng, self.fields, name, choice(OUTCOMES[:2], OUTCOMES))
        maybe(rng, self.fields, "disposition", choice(["none", "quarantine", "reject"], ["", "pass", "Reject"]))
        maybe(rng, self.fields, "header_from", choice(DOMAINS[:4], DOMAINS + NO_DOMAINS))
        for name in ("envelope_from", "envelope_to"):
            maybe(rng, self.fields, name, text, 0.4)
        for name, parts in LISTS.items():
            for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3))):
                entry = {}
                for part in parts:
                    maybe(rng, entry, part, text, 0.8)
                self.lists[name].append(entry)
        if not self.fields:
            self.fields["count"] = "1"


class Report:
    def __init__(self, rng, marker):
        self.fields, self.notes = {}, set()
        for name in METADATA:
            maybe(rng, self.fields, name, text, 0.8)
        self.fields[rng.choice(METADATA)] = marker
        begin = rng.randrange(1262304000, 1893456000)
        maybe(rng, self.fields, "begin", choice([str(begin)], TIMES, 0.93), 0.97)
        maybe(rng, self.fields, "end", choice([str(begin + 86399), str(begin)], TIMES, 0.93), 0.97)
        self.errors = [text(rng).strip(SPACE) for _ in range(rng.choice((0, 0, 0, 0, 1, 2)))]
        maybe(rng, self.fields, "version", choice(["1.0", "1"], ODD), 0.6)
        maybe(rng, self.fields, "domain", choice(DOMAINS, NO_DOMAINS, 0.95), 0.98)
        for name in POLICY[1:]:
            maybe(rng, self.fields, name, text, 0.5)
        maybe(rng, self.fields, "pct", choice(["100", "0", "50"], ["101", "", "ten", "099", "-1", "100.0"]), 0.7)
        self.records = [Record(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5)))]


# ---- XML -------------------------------------------------------------------

ENCODINGS = [("utf-8", b"")] * 6 + [
    ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("iso-8859-1", b""),
    ("windows-1252", b""), ("us-ascii", b""), ("koi8-r", b""), ("iso-8859-15", b""), ("windows-1251", b"")]
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
EXTENSIONS = ["<extension><a><b/>text</a></extension>", "<x:y xmlns:x='urn:x'>1</x:y>", "<extensions/>",
              "<unknown><record><row><count>99</count></row></record></unknown>"]
BROKEN = [("<extension>R&D</extension>", "bare_markup"), ("<extension a=b/>", "bare_markup"),
          ("<extension>\x01</extension>", "bad_characters"), ("<extension>&#1;</extension>", "bad_characters"),
          ("<extension>a < b</extension>", "bare_markup"), ("<extension><a>b</extension>", "bad_nesting")]
ATTRIBUTES = [' a="b"', " xml:lang='en'", ' a = "&lt;" b=""', " "]
NOISE = ["<!-- a comment -->", "<!---->", "<?target data?>", "<?t?>", "<?repairs 7?>", "<!-- <record> & -->"]


class Writer:
    """Writes one document."""

    def __init__(self, rng):
        self.rng = rng
        self.encoding, self.mark = rng.choice(ENCODINGS)
        self.prefix = rng.choice(("", "", "", "", "d:", "dmarc-2.0:"))
        self.case = rng.choice((str,) * 12 + (str.upper, str.title))
        self.end = rng.choice(("\n", "\n", "\r\n", "", "\n\n  "))
        self.noise = rng.choice((0, 0, 0, 0.03, 0.2))
        self.odd = rng.choice((0, 0, 0.1, 0.5))
        self.shuffled = rng.random() < 0.3
        self.broken = rng.random() < 0.15  # what is not well-formed gives the same, by way of mend.h

    def chance(self, of):
        return of > 0 and self.rng.random() < of

    def plain(self, piece):
        """A piece of a value, escaped."""
        out = []
        for before, c in zip("]" + piece, piece):
            if (c in "&<\r" or before + c == "]>" or (c in ">\"'" and self.rng.random() < 0.5)
                    or self.chance(self.odd / 4)):
                out.append(ENTITIES.get(c) if c in ENTITIES and self.rng.random() < 0.7
                           else f"&#{ord(c)};" if self.rng.random() < 0.5 else f"&#x{ord(c):x};")
            else:
                out.append(c)
        return "".join(out)

    def quoted(self, piece):
        """The same as CDATA, where that is possible."""
        try:
            piece.encode(self.encoding)
        except UnicodeEncodeError:
            return self.plain(piece)
        if "\r" in piece or "]]>" in piece or piece.endswith("]"):
            return self.plain(piece)
        return f"<![CDATA[{piece}]]>"

    def around(self):
        if not self.chance(self.odd):
            return ""
        return self.rng.choice(("", "\n", "  ", "\t", "\u00a0", "&#160;", "&#9;"))

    def value(self, name, value):
        pieces = [value]
        if self.chance(self.odd) and len(value) > 1:
            at = self.rng.randrange(1, len(value))
            pieces = [value[:at], value[at:]]
        inner = (self.rng.choice(NOISE) if self.chance(self.odd) else "").join(
            self.quoted(piece) if self.chance(self.odd) else self.plain(piece) for piece in pieces)
        return self.element(name, self.around() + inner + self.around(), True)

    def element(self, name, inner, is_value=False):
        name = self.prefix + self.case(name)
        attributes = self.rng.choice(ATTRIBUTES) if self.chance(self.noise) else ""
        if not inner and self.rng.random() < 0.5:
            return f"<{name}{attributes}/>" + self.end
        before = "" if is_value else self.end
        after = "\n" if self.chance(self.noise) else ""
        return f"<{name}{attributes}>{before}{inner}</{name}{after}>{self.end}"

    def node(self, name, parts):
        """An element of elements, in any order; None is a part that is absent."""
        parts = [part for part in parts if part is not None]
        if self.shuffled:
            parts = self.mixed(parts)
        for extra in (NOISE, EXTENSIONS):
            if self.chance(self.noise):
                parts.insert(self.rng.randrange(len(parts) + 1), self.rng.choice(extra) + self.end)
        return self.element(name, "".join(parts))

    def mixed(self, parts):
        """In another order, where those of one name stay in theirs."""
        name = lambda part: re.match(r"<[\w.:-]+", part)[0]  # noqa: E731
        names = [name(part) for part in parts]
        queues = {n: [part for part in parts if name(part) == n] for n in names}
        self.rng.shuffle(names)
        return [queues[n].pop(0) for n in names]

    def values(self, holder, names, called=None):
        called = called or {}
        return [self.value(called.get(name, name), holder[name]) for name in names if name in holder]

    def entries(self, record, kind):
        out = []
        for entry in record.lists[kind]:
            if kind == "reason" and list(entry) == ["type"] and entry["type"] and self.chance(self.odd):
                record.notes.add("reason_text")
                out.append(self.value(kind, entry["type"]))
            else:
                out.append(self.node(kind, self.values(entry, LISTS[kind])))
            if not any(entry.values()):
                record.notes.add("empty_result")
        record.lists[kind][:] = [entry for entry in record.lists[kind] if any(entry.values())]
        return out

    def record(self, record):
        evaluated = self.node("policy_evaluated", self.values(
            record.fields, ("disposition", "evaluated_dkim", "evaluated_spf"),
            {"evaluated_dkim": "dkim", "evaluated_spf": "spf"}) + self.entries(record, "reason"))
        row = self.values(record.fields, ("source_ip", "count")) + [evaluated]
        if self.chance(self.odd) and "count" in record.fields:
            record.notes.add("repeated")
            row.append(self.value("count", "4711"))
        if not self.chance(self.odd / 5):
            row = [self.node("row", row)]
        name = "identifiers"
        if self.chance(self.odd / 5):
            record.notes.add("identities")
            name = "identities"
        return self.node("record", row + [
            self.node(name, self.values(record.fields, ("header_from", "envelope_from", "envelope_to"))),
            self.node("auth_results", self.entries(record, "dkim") + self.entries(record, "spf"))])

    def feedback(self, report):
        dates = self.values(report.fields, ("begin", "end"))
        if not self.chance(self.odd / 4):
            dates = [self.node("date_range", dates)]
        metadata = self.node("report_metadata", self.values(report.fields, METADATA[:4]) + dates + [
            self.value("error", error) for error in report.errors] + self.values(report.fields, METADATA[4:]))
        records = [self.record(record) for record in report.records]
        if self.chance(self.odd / 4):
            report.notes.add("empty_record")
            records.append(self.node("record", [self.node("row", [])]))
        if self.chance(self.odd / 4):
            records = [self.node("records", records)]
        policy = self.node("policy_published", self.values(report.fields, POLICY))
        broken = None
        if self.broken:
            broken, note = self.rng.choice(BROKEN if report.records else BROKEN[:-1])
            report.notes.add(note)
        out = self.node("feedback", self.values(report.fields, ("version",)) + [metadata, broken, policy] + records)
        if self.prefix:
            return out.replace(">", f' xmlns:{self.prefix[:-1]}="urn:ietf:params:xml:ns:dmarc-2.0">', 1)
        if self.chance(0.3):
            return re.sub("^<[^>/]*", r'\g<0> xmlns="http://dmarc.org/dmarc-xml/0.1"', out)
        return out

    def declaration(self):
        named = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}.get(self.encoding, self.encoding)
        if self.encoding.startswith("utf-8") and self.rng.random() < 0.2:
            return ""
        named = self.rng.choice((named, named.upper()))
        quote = self.rng.choice("\"'")
        end = self.rng.choice(("", "\n", "\r\n"))
        return f"<?xml version={quote}1.0{quote} encoding={quote}{named}{quote}?>{end}"

    def document(self, reports):
        """The bytes of a document with these reports in it."""
        self.broken = self.broken and len(reports) == 1
        out = "".join(self.feedback(report) for report in reports)
        if len(reports) > 1 and (self.encoding != "utf-8" or self.rng.random() < 0.5):
            for report in reports:
                report.notes.add("wrapped")
            out = f"<reports>{out}</reports>"
        elif len(reports) == 1 and self.chance(self.noise / 2):
            reports[0].notes.add("doctype")
            root = re.match(r"<([^\s/>]+)", out)[1]
            out = f"<!DOCTYPE {root}>" + out
        out = self.declaration() + out
        return self.mark + out.encode(self.encoding, "xmlcharrefreplace")
