#!/usr/bin/env python3
"""limits.py [PROGRAM] - every ceiling of the configuration, one after the other:
a message that is just within it is taken, and one that is just over it gives
what the manual says, in a sentence that names the option. The list of the
ceilings is that of the program: one without a case here is a failure. Then the
defaults, values that make no sense, and that messages which are far over a
ceiling take no memory."""

import base64
import gzip
import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests/mta/miltertest")]
sys.dont_write_bytecode = True
if len(sys.argv) > 1:
    os.environ["RUAMILL"] = os.path.abspath(sys.argv[1])

import ruamill  # noqa: E402
from client import DISCARD, Milter, report  # noqa: E402

PROGRAM = ruamill.program()
PEAK = 24576  # KiB: of the biggest process, as in memory.sh
COUNTS = {True: 0, False: 0}


def check(name, good, more=""):
    COUNTS[bool(good)] += 1
    if not good:
        print(f"FAILED {name}: {more}")


# ---- reports and mails ----

RECORD = ("<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row>"
          "<identifiers><header_from>example.com</header_from></identifiers></record>")


def document(number=1, records=RECORD, org="o", attributes="", extra=""):
    return (f"<feedback{attributes}><report_metadata><org_name>{org}</org_name>"
            f"<report_id>{number}</report_id><date_range><begin>1767225600</begin>"
            "<end>1767311999</end></date_range></report_metadata><policy_published>"
            f"<domain>example.com</domain></policy_published>{records}{extra}"
            "</feedback>").encode()


HEAD_TEXT = len("o" + "1" + "1767225600" + "1767311999" + "example.com")


def packed(*documents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(documents):
            archive.writestr(f"{number}.xml", text)
    return out.getvalue()


def mail(content, kind="text/xml", header=""):
    return (f"From: a@example.net\nTo: {ruamill.RUA}\n{header}"
            f"Content-Type: {kind}\n\n").encode() + content


def gzip_mail(content):
    return mail(base64.encodebytes(gzip.compress(content)), "application/gzip",
                "Content-Transfer-Encoding: base64\n")


def multipart(parts, boundary="b"):
    """Bodies with their headers, as a body, and its type."""
    text = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return text + f"--{boundary}--\n", f"multipart/mixed; boundary={boundary}"


XML_PART = "Content-Type: text/xml\n\n" + document().decode()


def parts_mail(others):
    body, kind = multipart(["Content-Type: text/plain\n\ntext"] * others + [XML_PART])
    return mail(body.encode(), kind)


def deep_mail(levels):
    part = XML_PART
    for level in range(levels):
        body, kind = multipart([part], f"b{level}")
        part = f"Content-Type: {kind}\n\n{body}"
    return f"From: a@example.net\nTo: {ruamill.RUA}\n{part}".encode()


# ---- a store for each message ----

def replay(content, *options):
    """The line of the log, and the store's rows: (line, reports, records)."""
    with ruamill.fresh_store() as store:
        path = os.path.join(os.path.dirname(store.path), "message")
        with open(path, "wb") as file:
            file.write(content)
        run = store.replay(path, options)
        return run.err.strip(), store.rows("reports"), store.rows("records")


def names(name, value, line):
    """Whether the sentence in a line names the option, most often as "name (value)"."""
    return re.search(rf'text="[^"]*\b{name}( \({value}\)| is {value}|\))', line)


def holds(name, content, within, over, wanted="bad"):
    """With `within` the message is taken without a warning. With `over`: BAD and
    a sentence with the option in it, or a warning and the option in the manual."""
    line, reports, records = replay(content, f"{name}={within}")
    warnings = {row["warnings"] for row in reports + records}
    check(f"{name}={within}: taken", " verdict=ok " in line and
          (wanted == "bad" or wanted not in warnings), f"{line} {warnings}")
    line, reports, records = replay(content, f"{name}={over}")
    if wanted == "bad":
        check(f"{name}={over}: bad, and the sentence names it",
              " verdict=bad " in line and line.count("\n") == 0 and
              names(name, over, line), line)
    else:
        check(f"{name}={over}: taken, and flagged", " verdict=ok " in line and
              wanted in {row["warnings"] for row in reports + records}, line)
        check(f"{name}: the manual names the flag", wanted in described(name), described(name))


def exactly(name, content, most, wanted="bad"):
    holds(name, content, most, most - 1, wanted)


def of_rows(name):
    """One message is held to it, whatever came before."""
    most = rows_of(document())
    exactly(name, document(), most)
    with ruamill.fresh_store() as store:
        folder = os.path.join(os.path.dirname(store.path), "messages")
        os.mkdir(folder)
        for number in range(3):
            with open(os.path.join(folder, f"{number}.xml"), "wb") as file:
                file.write(document(number))
        run = store.replay(folder, [f"{name}={most}"])
        check(f"{name}={most}: three messages, one after the other",
              run.err.count("verdict=ok") == 3, run.err)


def rows_of(content):
    """Bytes of all rows that a document becomes, and of itself in the archive."""
    with ruamill.fresh_store() as store:
        path = os.path.join(os.path.dirname(store.path), "message")
        with open(path, "wb") as file:
            file.write(content)
        store.replay(path)
        return len(content) + sum(
            len(text.split("\n", 1)[1].encode())
            for kind in ("records", "reports") for text in store.tables(kind).values())


# ---- what is no matter of a single message ----

class Live:
    """A store with an allowlist for milter and pipe."""

    def __init__(self, folder, *options):
        self.store = ruamill.Store(folder)
        self.socket = os.path.join(folder, "socket")
        self.options = ["-c", "/dev/null"]
        for option in (f"store={self.store.path}", f"allow={self.store.allow}", *options):
            self.options += ["-o", option]

    def pipe(self, content):
        done = subprocess.run([PROGRAM, "pipe", *self.options, "--rcpt", ruamill.RUA],
                              input=content, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode()

    def milter(self):
        """The process, when it serves, and a list that its lines go to."""
        process = subprocess.Popen(
            [PROGRAM, "milter", *self.options, "-o", f"socket=unix:{self.socket}"],
            stderr=subprocess.PIPE, text=True)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if " serves " in line:
                break
        threading.Thread(target=lines.extend, args=(process.stderr,), daemon=True).start()
        return process, lines


def of_new_domains(name):
    with ruamill.scratch() as folder:
        live = Live(folder, f"{name}=2")
        texts = [mail(document(number).replace(b"example.com", b"example%d.com" % number))
                 for number in range(3)]
        answers = [live.pipe(text) for text in texts]
        check(f"{name}=2: two are taken", all(
            status == 0 and "2.0.0 stored" in said for status, said in answers[:2]), answers)
        check(f"{name}=2: one more is kept aside, and the sentence names it",
              answers[2][0] == 0 and "kept aside: " in answers[2][1] and
              f"{name} (2)" in answers[2][1], answers[2])


def of_quarantine(name):
    bad = mail(b"<feedback>", header="X: " + "x" * 500 + "\n")
    with ruamill.scratch() as folder:
        live = Live(folder, f"{name}={len(bad) + 100}")
        (kept, _), (later, said) = live.pipe(bad), live.pipe(bad + b"\n")
        good, _ = live.pipe(mail(document()))
        check(f"{name}: one is kept aside, the other is to come again, and the sentence names it",
              (kept, later, good) == (0, 75, 0) and name in said, (kept, later, good, said))


def two_connections(name, most):
    with ruamill.scratch() as folder:
        live = Live(folder, f"{name}={most}")
        process, lines = live.milter()
        first, second = Milter(live.socket), Milter(live.socket)
        first.envelope("Q1", [f"<{ruamill.RUA}>"])
        first.content([("Content-Type", "text/xml")], report("1", "example.com", 1))
        answer = second.message("Q2", [f"<{ruamill.RUA}>"], report("2", "example.com", 1))
        taken = first.end()
        first.close()
        second.close()
        process.terminate()
        process.wait(60)
        return taken, answer, "".join(lines)


def of_connections(name):
    taken, answer, log = two_connections(name, 2)
    check(f"{name}=2: two at the same time are taken",
          (taken, answer) == (DISCARD, DISCARD) and log.count("verdict=ok") == 2, log)
    taken, answer, log = two_connections(name, 1)
    check(f"{name}=1: the other one is to come again, and the sentence names it",
          taken == DISCARD and answer != DISCARD and "verdict=later" in log and
          f"{name} (1)" in log, log)


def of_worker(name, least, content, *options):
    """What a worker is ended for: a replay tries twice. `least` is within it for
    a short message."""
    line = replay(document(), f"{name}={least}")[0]
    check(f"{name}={least}: a short message is taken", " verdict=ok " in line, line)
    line = replay(content, f"{name}=1", *options)[0]
    check(f"{name}=1: bad, and the sentence names it", " verdict=bad " in line and
          names(name, 1, line), line)


def of_time(name):
    """Nothing in this document is new, and it takes seconds to find that out."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packer:
        packer.write(document()[:-len("</feedback>")])
        for _ in range(250):
            packer.write(b"<x/>" * 250_000)
    of_worker(name, 1, out.getvalue(), "max_idle=1G")


# ---- the cases ----

ORG = "o" * 40
THREE = "".join(f"<dkim><domain>d{i}</domain><result>pass</result></dkim>" for i in range(3))
RESULTS = RECORD.replace("</record>", f"<auth_results>{THREE}</auth_results></record>")
ODD = RECORD.replace("<count>1<", "<count>one<")

CASES = {
    "max_connections": of_connections,
    "max_new_domains": of_new_domains,
    "max_quarantine": of_quarantine,
    "max_message": lambda n: exactly(n, mail(document()), len(mail(document()))),
    "max_header": lambda n: exactly(n, mail(document(), header="X-Long: " + "x" * 500 + "\n"),
                                    len(mail(b"", header="X-Long: " + "x" * 500 + "\n")) - 1),
    "max_parts": lambda n: exactly(n, parts_mail(3), 4),
    "max_mime_depth": lambda n: exactly(n, deep_mail(3), 3),
    "max_wrappings": lambda n: exactly(n, gzip.compress(gzip.compress(document())), 2),
    "max_entries": lambda n: exactly(n, packed(document(), b"text", b"text"), 3),
    "max_reports": lambda n: exactly(n, packed(*map(document, range(3))), 3),
    "max_document": lambda n: exactly(n, gzip.compress(document()), len(document())),
    "max_unpacked": lambda n: exactly(n, gzip.compress(document()), len(document())),
    # these two are looked at once for each 64 KiB
    "max_idle": lambda n: holds(n, document(extra=" " * 300000), 400000, 200000),
    "max_tag": lambda n: holds(n, document(extra="<!--" + " " * 300000 + "-->"), 400000, 200000),
    "max_records": lambda n: exactly(n, document(records=RECORD * 3), 3),
    "max_value": lambda n: exactly(n, document(org=ORG), len(ORG), "value_cut"),
    "max_text": lambda n: exactly(n, document(org=ORG), HEAD_TEXT - 1 + len(ORG), "value_cut"),
    "max_xml_depth": lambda n: exactly(n, document(), 4),
    "max_elements": lambda n: exactly(n, document(), len(re.findall(b"<[a-z]", document()))),
    "max_attributes": lambda n: exactly(n, document(attributes=" a='' b='' c=''"), 3),
    "max_names": lambda n: exactly(n, document(attributes=" abcd=''", extra="<x:efg/><x:efg/>"),
                                   len("abcd.x:efg.")),
    "max_results": lambda n: exactly(n, document(records=RESULTS), 3, "results_cut"),
    "max_warnings": lambda n: exactly(n, document(records=ODD * 3), 3),
    "max_rows": of_rows,
    "max_memory": lambda n: of_worker(n, "64M", gzip.compress(document(
        extra=distinct("<n%d/>", 9000), attributes=" a='" + "x" * 900_000 + "'")), "max_message=64K"),
    "max_cpu": of_time,
    "max_wall": of_time,
}


# ---- the options ----

def ceilings():
    """{name: default} of all options that are ceilings, by the program's help."""
    text = subprocess.run([PROGRAM, "check", "--help"], capture_output=True, text=True,
                          timeout=60, check=True).stdout
    paragraphs = re.findall(r"^  (max_\w+)=(.*\n(?:   .*\n)*)", text, re.M)
    return {name: re.search(r"\(default:\s+(\S+)\)", paragraph)[1]
            for name, paragraph in paragraphs}


def described(name):
    """The paragraph of the manual about an option, or ""."""
    with open(os.path.join(ROOT, "docs/ruamill.conf.5"), encoding="utf-8") as file:
        text = file.read()
    found = re.search(rf"^\.It Ic {name}\n((?:(?!\.It |\.El).*\n)*)", text, re.M)
    return found[1] if found else ""


def settings(*options):
    command = [PROGRAM, "check", "-v", "-c", "/dev/null"]
    for option in options:
        command += ["-o", option]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_defaults(defaults):
    with ruamill.fresh_store() as store:
        base = [f"store={store.path}", f"allow={store.allow}"]
        one = settings(*base)
        other = settings(*base, *(f"{name}={value}" for name, value in defaults.items()))
        check("the defaults can be given", one.returncode == other.returncode == 0 and
              one.stdout == other.stdout, other.stderr)
        for name, value in defaults.items():
            check(f"{name}: its default is in force", f"\n{name} = {value}\n" in one.stdout)
            check(f"{name}: the manual has it, and its default",
                  re.search(rf"\b{value}\b", described(name)), described(name))


def test_nonsense(defaults):
    values = ["", "0", "-1", "+1", "1.5", "1e3", "many", "1 0", "1T", "0x10",
              "99999999999999999999999", "1099511627777", "1KK"]
    with ruamill.fresh_store() as store:
        for name in defaults:
            for value in values:
                if value == "0" and name in ("max_new_domains", "max_quarantine"):
                    continue
                done = settings(f"store={store.path}", f"allow={store.allow}", f"{name}={value}")
                wanted = f"-o: {name} has no value" if value == "" else \
                    f'-o: {name} is "{value}", must be a '
                check(f"{name}={value}: refused in one sentence", done.returncode == 78 and
                      done.stderr.count("\n") == 1 and wanted in done.stderr,
                      f"{done.returncode} {done.stderr}")


def test_cases(defaults):
    for name in sorted(set(defaults) | set(CASES)):
        if name not in defaults:
            check(f"{name}: is a ceiling of the program", False, "there is a case for it")
        elif name not in CASES:
            check(f"{name}: has a case here", False, "there is none")
        else:
            CASES[name](name)


# ---- memory ----

RESULT = "(unreadable|refused) report, kept aside: .*"


def distinct(form, n):
    return "".join((RECORD if i % 1000 == 0 else "") + form % i for i in range(n))


def bombs():
    """(name, message, the ceiling that it is over)"""
    doc = document()
    yield "a header of 40 MB, one field", mail(doc, header="X: " + "x" * 40_000_000 + "\n"), "max_header"
    yield "a header of 40 MB, folded", mail(doc, header="X: a\n" + (" " + "x" * 70 + "\n") * 560_000), "max_header"
    yield "a header of 40 MB, short fields", mail(doc, header="X: a\n" * 8_000_000), "max_header"
    yield "100,000 parts", mail("--b\n\nx\n".encode() * 100_000, "multipart/mixed; boundary=b"), "max_parts"
    yield "10,000 parts", mail("--b\n\nx\n".encode() * 10_000, "multipart/mixed; boundary=b"), "max_parts"
    yield "100,000 parameters", mail(doc, "text/xml" + ";\n a=b" * 100_000), "max_parts"
    yield "1,000 multiparts in each other", deep_mail(1000), "max_mime_depth"
    yield "an attribute of 5 MB", gzip_mail(document(attributes=" a='" + "x" * 5_000_000 + "'")), "max_tag"
    yield "100,000 attributes", gzip_mail(document(attributes="".join(
        f" a{i}=''" for i in range(90_000)))), "max_attributes"
    yield "1,000,000 names of elements", gzip_mail(document(extra=distinct("<n%d/>", 1_000_000))), "max_names"
    yield "1,000,000 names of attributes", gzip_mail(document(extra=distinct("<x n%d=''/>", 1_000_000))), "max_names"
    yield "names of 1 MB", gzip_mail(document(extra="".join(
        f"<{'n' * 1_000_000}>" for _ in range(30)))), "max_names"
    yield "a value of 30 MB", gzip_mail(document(org="o" * 30_000_000)), "max_idle"
    yield "short records of a long report", gzip_mail(document(
        org="o" * 65_000, records="<record><row><count>1</count></row></record>" * 100_000)), "max_rows"


def test_memory():
    for name, message, ceiling in bombs():
        with tempfile.TemporaryDirectory(prefix="ruamill-limits-") as folder:
            live = Live(folder, "max_rows=200M")
            path = os.path.join(folder, "message")
            peak = os.path.join(folder, "peak")
            with open(path, "wb") as file:
                file.write(message)
            with open(path, "rb") as file:
                done = subprocess.run(
                    ["/usr/bin/time", "-f", "%M", "-o", peak, PROGRAM, "pipe",
                     *live.options, "-o", "pipe_time_limit=60", "--rcpt", ruamill.RUA],
                    stdin=file, capture_output=True, text=True, timeout=300, check=False)
            check(f"{name}: over {ceiling}", done.returncode == 0 and re.search(
                f"{RESULT}{ceiling}", done.stdout), done.stdout)
            with open(peak, encoding="ascii") as file:
                used = int(file.read().split()[-1])
            print(f"{name:33} {len(message) / 1e6:5.1f} MB mail {used / 1024:5.1f} MiB in one process")
            check(f"{name}: memory", used < PEAK, f"{used} KiB, limit {PEAK}")


def main():
    defaults = ceilings()
    check("the program has ceilings", len(defaults) > 10, defaults)
    test_cases(defaults)
    test_defaults(defaults)
    test_nonsense(defaults)
    test_memory()
    print(f"{COUNTS[True]} passed, {COUNTS[False]} failed")
    return COUNTS[False] != 0


if __name__ == "__main__":
    sys.exit(main())
