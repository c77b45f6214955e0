"""text.py - what strangers write, in every value of a report and a mail; and
what of it stands in tables, logs, replies and on the terminal."""

import csv
import io
import os
import re

import names
import rig as tools

TEXTS = [text.encode() for text in (
    "plain", "\x80\x85\x8d\x90\x9b31m\x9d0;x\x9c\x9f", "a\u202egpj.exe", "\u2066x\u2069", "\u2067\u2068", "\u202a\u202b\u202c\u202d",
    "\u200e\u200f\u061c", "\ufeffx\ufeff", "a\u2028b\u2029c", "\u0085x", "a\tb", "a\rb", "a\nb", "a\r\nid=x verdict=ok", "\u2028=1",
    "\u0085=1", "\u009b=1", "=HYPERLINK(\"http://a.example\",\"x\")", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", "''+1", "' -1",
    "' ' @x", "'", "''", "'x", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "'\uff1d1", "\u200b=1", "-", "%n%s%x%n", "%2C,%", "a,b,=c", "\"", "\"\"",
    "\",\"=1", "a\"b", "\\", "\\\"", "a\\", "\\N", "$(id)", "<img src=x onerror=alert(1)>", "]]>", "&amp;", "NULL", "\ud7ff\ue000\U0010ffff",
    "\U0001f600", "a" * 100000, "\u202e" * 30000, "=" * 70000, "text=\"ok\" verdict=ok", "\u00a0=1", "\u2003=1")]
# What XML does not allow, so that it does not arrive as it was sent.
BROKEN = [b"\0x\0", b"\x01=1", b"\x0b=1", b"\x1b[2J", b"\x1b]52;c;aGk=\x07", b"\x7f", b"\xff\xfe", b"a\x9b31m", b"\xc0\xaf", b"\xed\xa0\x80",
          b"\xf4\x90\x80\x80", b"=\xff", b"\x08\x08\x08=1", b"\xef\xbf\xbf", b"&#27;[2J", b"&#0;", b"&x;", b"x\x1b", bytes(range(1, 32))]
GUARD = re.compile("[' ]*[=+@\uff1d\uff0b\uff0d\uff20-]")
PROFILES = ("full", "parsedmarc", "worker", "org_name,report_id,count,header_from,dkim_domains,source_ip_address,warnings")
CLEAN = str.maketrans({**{c: " " for c in tools.FORBIDDEN},
                       **{c: "\ufffd" for c in "\u200e\u200f\u061c\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}})


def sent(text):
    """What a value is for us: without white space around it, cut, cleaned."""
    text = text.replace("\r\n", "\n").strip(" \t\r\n\u0085\u00a0\u2028\u2029\ufeff")
    cut = text.encode()[:65536].decode(errors="ignore")
    return cut.translate(CLEAN)


def unguarded(cell):
    """The rule of ruamill-tables(5)."""
    return cell[1:] if cell[:1] == "'" and GUARD.match(cell[1:]) else cell


def documents():
    """(number, text, report); the number is the count of its record."""
    for number, text in enumerate(TEXTS + BROKEN, 1):
        yield number, text, tools.report(text, number)


def check_table(tally, name, content, is_csv):
    """A table without a byte that it must not have; its rows, as lists."""
    try:
        text = content.decode()
    except UnicodeDecodeError as wrong:
        tally.check(f"text: {name} is UTF-8", False, wrong)
        return []
    allowed = {"\n"} if is_csv else {"\n", "\t"}
    found = (set(text) & tools.FORBIDDEN) - allowed
    tally.check(f"text: {name} has no character that steers", not found, found)
    lines = text.split("\n")
    tally.check(f"text: {name} ends with a line", lines.pop() == "")
    rows = (list(csv.reader(io.StringIO(text, newline=""), strict=True)) if is_csv
            else [line.split("\t") for line in lines])
    tally.check(f"text: {name} has a line for each row", len(rows) == len(lines), len(rows), len(lines))
    widths = {len(row) for row in rows}
    tally.check(f"text: {name} has a value for each column", len(widths) == 1, widths)
    bad = [cell[:50] for row in rows if is_csv for cell in row if re.match(" *[=+@\uff1d\uff0b\uff0d\uff20-]", cell)]
    tally.check(f"text: {name} is guarded", not bad, bad)
    if not is_csv:
        tally.check(f"text: {name} has nothing that quotes", not set(text) & set('"\\'))
    return rows


# Columns with one value that is the text itself.
SINGLE = {"org_name", "org_email", "report_id", "org_extra_contact_info", "version", "generator", "header_from", "envelope_from", "envelope_to",
          "source_ip_address", "reportMetadataOrgName", "reportMetadataReportId", "recordIdentifiersHeaderFrom",
          "recordIdentifiersEnvelopeTo", "recordRowSourceIP", "p", "sp", "np", "fo", "testing", "discovery_method", "adkim", "aspf", "disposition",
          "policy_evaluated_dkim", "policy_evaluated_spf"}
LISTED = {"dkim_domains", "dkim_selectors", "dkim_results", "dkim_human_results", "spf_domains", "spf_scopes", "spf_results",
          "spf_human_results", "policy_override_reasons", "policy_override_comments", "errors"}


def check_values(tally, name, rows, profile):
    """Each value, without the guard, is what was sent."""
    head = rows[0]
    count = next((head.index(name) for name in ("count", "recordRowCount", "messages") if name in head), None)
    if count is None:
        return
    lower = profile == "parsedmarc"
    for row in rows[1:]:
        number = int(row[count] or 0)
        if not 0 < number <= len(TEXTS):
            continue
        want = sent(TEXTS[number - 1].decode())
        for column, cell in zip(head, row):
            wanted = None
            if column in SINGLE:
                wanted = want
            elif column in LISTED and not lower:
                wanted = ",".join([want.replace(",", "%2C")] * 2)
            if wanted is None or (column == "envelope_from" and "rua" in head):
                continue
            have = unguarded(cell)
            if lower:
                have, wanted = have.lower(), wanted.lower()
            tally.check(f"text: {name}: {column} of {TEXTS[number - 1][:20]} is what was sent", have == wanted,
                        have[:80], wanted[:80])


def tables(folder):
    for place, _, files in os.walk(folder):
        for file in sorted(files):
            if file.endswith((".csv", ".tsv")):
                with open(os.path.join(place, file), "rb") as table:
                    yield os.path.join(os.path.basename(place), file), table.read()


def check_store(rig, tally, profile, is_csv):
    n_rows = 0
    for name, content in tables(rig.store):
        of_csv = is_csv or name.startswith("quarantine/")
        rows = check_table(tally, f"{profile[:10]} {name}", content, of_csv)
        if rows and of_csv and name.startswith("example.com/"):
            check_values(tally, f"{profile[:10]} {name}", rows, profile if "/records" in name else "reports")
            n_rows += len(rows) - 1
    tally.check(f"text: {profile[:10]} has rows", n_rows >= 2 * len(TEXTS) or not is_csv, n_rows)


def mailed(text):
    return text.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\0", b"")[:5000]


def mails():
    """Reports in mails whose header has the text, too; some that are bad, and
    say so with a name in the sentence; one for a domain that is none."""
    for number, text, document in documents():
        kind = number % 3
        content = tools.pack(document) if kind else names.zipped(mailed(text)[:200] or b"x", document)
        yield tools.mail(content, mailed(text), b"application/octet-stream")
        yield tools.mail(tools.pack(tools.report(text, 1000 + number, domain=text)), mailed(text))
        yield bad(text)


def bad(text):
    """An archive whose entry cannot be read, and is named in the sentence."""
    name = mailed(text)[:100] + b".xml"
    content = names.zipped(name, b"<feedback/>")
    for mark, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        where = content.index(mark) + at
        content = content[:where] + b"\x0c\0" + content[where + 2:]
    return tools.mail(content, mailed(text), b"application/zip")


def printable(tally, name, done, codes=(0,), out=True):
    tally.check(f"text: {name}: status", done.code in codes, done.code, done.err[-300:])
    tally.check(f"text: {name}: errors are printable", tools.is_printable(done.err), done.err[-300:])
    if out:
        tally.check(f"text: {name}: output is printable", tools.is_printable(done.out), done.out[-300:])


def prepare(rig):
    inbox = rig.path("inbox")
    os.mkdir(inbox)
    nasty = [text for text in (names.file_name(mailed(text)) for text in TEXTS + BROKEN) if text]
    for number, mail in enumerate(mails()):
        tools.write(os.path.join(os.fsencode(inbox), b"%d" % number + nasty[number % len(nasty)][:200]), mail)
    for number, _, document in documents():
        tools.write(os.path.join(inbox, f"{number}.xml"), document)
    rig.own(inbox)
    return inbox


def replay(rig, tally, inbox):
    """Every profile in both formats; the log each time in another way."""
    first = rig.store
    for i, profile in enumerate(PROFILES if not rig.user else PROFILES[:1]):
        for form in ("csv", "tsv"):
            rig.store = f"{first}-{form}-{i}"
            options = (f"format={form}", f"columns={profile}", "log=journal" if form == "tsv" else "log=stderr")
            done = rig.run("replay", "-v", "--to", "dmarc@example.net", inbox, options=options, limit=120)
            printable(tally, f"replay {profile[:10]} {form}", done)
            tally.check("text: a line for each message", len(done.err.splitlines()) == len(os.listdir(inbox)),
                        len(done.err.splitlines()))
            check_store(rig, tally, profile, form == "csv")
            if i == 0:
                commands(rig, tally, options[:2])
    rig.store = first


def commands(rig, tally, options):
    printable(tally, "verify", rig.run("verify", options=options, limit=60))
    again = os.path.join(rig.top, "again" + os.path.basename(rig.store))
    printable(tally, "rebuild", rig.run("rebuild", again, options=options, limit=60), codes=(0, 1, 65))
    for kind in ("records", "reports"):
        done = rig.run("export", "--table", kind, "example.com", options=options)
        printable(tally, "export", done, out=False)
        check_table(tally, f"export of {kind}", done.out, "format=csv" in options)


def arguments(rig, tally):
    """What an administrator has copied from somewhere; "plain" is a domain."""
    for text in TEXTS + BROKEN:
        text = text.replace(b"\0", b"")[:2000]
        if text != b"plain":
            printable(tally, f"check {text[:20]}", rig.run("check", "--", text), codes=(0, 67))
            printable(tally, f"export {text[:20]}", rig.run("export", "--", text), codes=(66,))


def pipe(rig, tally):
    for number, text in enumerate(TEXTS + BROKEN):
        value = text.replace(b"\0", b"")[:3000]
        message = bad(text) if number % 2 else tools.mail(tools.pack(tools.report(text, 5000 + number)), mailed(text))
        done = rig.run("pipe", "--rcpt", value[:200] + b"@example.net", "--from", value, "--queue-id", value, stdin=message)
        printable(tally, f"pipe {text[:20]}", done, codes=(0, 64, 67))
        tally.check(f"text: pipe {text[:20]}: one line", done.out.count(b"\n") == 1, done.out)


def milter(rig, tally):
    for options in (("after=accept",), ("on_bad=reject", "log=journal")):
        server = tools.Milter(rig, options=options)
        for number, text in enumerate(TEXTS + BROKEN):
            value = text.replace(b"\0", b"")[:2000]
            message = tools.mail(tools.pack(tools.report(text, 7000 + number, org_name=text + options[0].encode())),
                                 mailed(text))
            for packets in (server.deliver(message, value, b"dmarc@example.net", value),
                            server.deliver(bad(text), value, value[:200] + b"@example.net", value)):
                for packet in packets:
                    words = packet[1:].rstrip(b"\0").replace(b"\0", b"\n") + b"\n"
                    tally.check(f"text: milter {text[:20]}: {packet[:1]} is printable",
                                packet[:1] not in b"hiy" or tools.is_printable(words), packet)
        log, alive = server.stop()
        tally.check("text: the milter goes on", alive, log[-500:])
        tally.check("text: its log is printable", tools.is_printable(log), log[-500:])


def test(rig, tally):
    csv.field_size_limit(1 << 30)
    inbox = prepare(rig)
    replay(rig, tally, inbox)
    if rig.user:
        return
    pipe(rig, tally)
    arguments(rig, tally)
    milter(rig, tally)
    for name, content in tables(rig.store):
        check_table(tally, f"mail flow {name}", content, True)
