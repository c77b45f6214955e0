#!/usr/bin/env python3
"""make-cases.py - writes the cases of this folder, and examples/reports.

usage: tests/golden/make-cases.py [FOLDER [EXAMPLES]]

NN-what-it-shows: NN is the number of the tricky input that the case stands for,
72 and 73 (parallel deliveries, a full disk) excepted: those are no matter of a
single file. What each case must give stands in EXPECT.tsv. The cases of big()
are too large to keep and are made when they are run."""

import os
import re
import struct
import sys
import zipfile
import zlib

sys.dont_write_bytecode = True

from build import (  # noqa: E402
    BEGIN, DECLARATION, END, NAME, SUBJECT, b64, crlf, dkim, feedback, gz, identifiers, mail, metadata,
    multipart, part, patch, policy, reason, record, row, spf, tag, tags, text, utc, zipped)

CASES = {}


def case(name, data):
    assert name not in CASES, name
    CASES[name] = data.encode() if isinstance(data, str) else data


POSTMARK = b"From reports@reporter.example Tue Mar  3 04:05:06 2026\n"
REPORT = feedback()
GZ = gz(REPORT)
ZIP = zipped((NAME + ".xml", REPORT))
MANY = feedback(*(record(ip=f"192.0.2.{i}", count=i, auth=dkim(selector=f"s{i * i * 7919}"))
                  for i in range(1, 60)))


def mails():
    # 1, 2: the message is the attachment.
    case("01-single-part-zip.eml", mail(part(ZIP, "application/zip", NAME + ".zip")))
    case("02-single-part-gzip.eml", mail(part(GZ)))

    # 3: a part without header and body, deep inside.
    empty = b"\n"
    alternative = multipart(empty, text("<p>report</p>\n", "text/html"), kind="alternative",
                            boundary="inner")
    related = multipart(alternative, kind="related", boundary="middle")
    case("03-mixed-related-alternative.eml", mail(multipart(related, part(GZ))))

    # 4 to 9: types, names and dispositions.
    def headed(header, data=GZ):
        return mail(multipart(text(), part(data, header=header + "Content-Transfer-Encoding: base64\n")))

    case("04-disposition-semicolon.eml", headed(
        "Content-Type: application/gzip\n"
        f'Content-Disposition: attachment; filename="{NAME}.xml.gz";\n'))
    case("05-unquoted-file-name.eml", headed(
        f"Content-Type: application/gzip; name={NAME}.xml.gz\n"
        f"Content-Disposition: attachment; filename={NAME}.xml.gz\n"))
    case("06-name-in-pieces.eml", headed(
        "Content-Type: application/octet-stream\n"
        "Content-Disposition: attachment;\n"
        f' filename*0="{NAME}.xm";\n filename*1="l.gz"\n'))
    case("07-type-header-misspelt.eml", headed(
        f'ContentType: application/gzip; name="{NAME}.xml.gz"\n'))
    for letter, type_, data in (("a", "application/octet-stream", GZ), ("b", "application/x-gzip", GZ),
                                ("c", "application/x-zip-compressed", ZIP),
                                ("d", "application/xml", REPORT.encode()),
                                ("e", "text/xml", REPORT.encode()), ("f", "APPLICATION/GZIP", GZ),
                                ("g", "application-x-gzip", GZ)):
        name = type_.lower().replace("/", "-").replace(".", "-")
        case(f"08{letter}-{name}.eml", mail(multipart(text(), part(data, type_, "report"))))
    case("09a-zip-labelled-gzip.eml", mail(multipart(text(), part(ZIP))))
    case("09b-gzip-labelled-zip.eml",
         mail(multipart(text(), part(GZ, "application/zip", NAME + ".zip"))))

    # 10, 11: around the wrapping.
    case("10a-line-end-behind-gzip.eml", mail(part(GZ + b"\r\n")))
    case("10b-line-end-behind-zip.eml",
         mail(part(ZIP + b"\r\n", "application/zip", NAME + ".zip")))
    case("11-zip-data-descriptor.eml",
         mail(part(zipped((NAME + ".xml", REPORT), stream=True), "application/zip", NAME + ".zip")))

    # 12, 13: names and subjects mean nothing.
    case("12a-name-is-a-path.eml",
         mail(multipart(text(), part(GZ, name="_var_db_reports_example.com.xml.gz"))))
    case("12b-name-without-receiver.eml",
         mail(multipart(text(), part(GZ, name="!example.com!1772409600!1772495999.xml.gz"))))
    for letter, what, subject in (
            ("a", "encoded", "=?utf-8?B?" + b64(SUBJECT.encode(), 999).strip() + "?="),
            ("b", "lower-case", "report domain: example.com; submitter: Example Reporter;"),
            ("c", "braces", "Dmarc Aggregate Report Domain: {example.com}  Submitter: {Example} "
                            "Date: {2026-03-02} Report-ID: {2026-03-02.1}"),
            ("d", "without-id", "Report Domain: example.com Submitter: reporter.example"),
            ("e", "folded", "Report Domain: example.com\n Submitter: reporter.example\n"
                            " Report-ID:\n <2026-03-02.1>")):
        case(f"13{letter}-subject-{what}.eml", mail(multipart(text(), part(GZ)), subject))

    # 14: gateways add parts and wrap messages.
    case("14a-disclaimer.eml", mail(multipart(part(GZ), text("This mail is confidential.\n"))))
    inner = mail(part(GZ))
    case("14b-forwarded.eml", mail(multipart(
        text("See below.\n"), b"Content-Type: message/rfc822\n\n" + inner), "Fwd: " + SUBJECT))
    case("14c-forwarded-in-base64.eml", mail(multipart(
        text("See below.\n"), b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + b64(inner).encode()), "Fwd: " + SUBJECT))

    # 15: transfer encodings.
    head = "Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n"

    def encoded(body):
        return mail(multipart(text(), (head + body).encode()))

    case("15a-base64-blanks.eml", encoded(b64(GZ).replace("\n", "  \n")))
    padded = next(p for p in map(gz, (REPORT, REPORT + "\n", REPORT + "\n\n\n")) if len(p) % 3)
    case("15b-base64-unpadded.eml", encoded(b64(padded).replace("=", "")))
    case("15c-base64-one-line.eml", encoded(b64(GZ, 99999)))
    quoted = REPORT.replace("=", "=3D").replace("<record>", "<rec=\nord>")
    case("15d-quoted-printable.eml",
         mail(multipart(text(), part(quoted, "text/xml", encoding="quoted-printable"))))
    case("15e-base64-padding-inside.eml", encoded(b64(GZ[:100]) + b64(GZ[100:])))
    case("15f-base64-junk.eml", encoded(b64(GZ, 50).replace("\n", " !\n")))
    case("15g-binary.eml", mail(multipart(text(), part(GZ, encoding="binary"))))

    # 16: line ends, mbox.
    whole = mail(multipart(text(), part(GZ)))
    case("16a-lf.eml", whole)
    case("16b-crlf.eml", crlf(whole))
    case("16c-bare-cr.eml", whole.replace(b"\n", b"\r"))
    case("16d-cr-in-document.eml", mail(part(gz(REPORT.replace("\n", "\r")))))
    case("16e-from-line.eml", POSTMARK + whole)
    case("16h-empty-lines-first.eml", b"\n\r\n" + whole)
    second = mail(part(gz(feedback(meta=metadata(report_id="2026-03-02.2")))))
    case("16f-two-messages.mbox", POSTMARK + whole + b"\n" + POSTMARK + second + b"\n")


TLSRPT = ('{"organization-name":"Example Reporter","date-range":{"start-datetime":'
          '"2026-03-02T00:00:00Z","end-datetime":"2026-03-02T23:59:59Z"},"contact-info":'
          '"reports@reporter.example","report-id":"1","policies":[]}\n')


def other_mail():
    """17 to 22: what is no report, and several reports at once."""
    case("17a-tls-report.eml", mail(
        multipart(text(), part(gz(TLSRPT), "application/tlsrpt+gzip", NAME + ".json.gz"),
                  kind='report; report-type="tlsrpt"')))
    case("17b-tls-report-plainly-attached.eml",
         mail(multipart(text(), part(gz(TLSRPT), name=NAME + ".json.gz"))))
    case("17c-report-typed-tlsrpt.eml",
         mail(multipart(text(), part(GZ, "application/tlsrpt+gzip"))))

    quoted = b"Content-Type: message/rfc822\n\n" + mail(multipart(text(), part(GZ)))
    arf = ("Content-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nVersion: 1\n"
           "User-Agent: example/1.0\nAuth-Failure: dmarc\nSource-IP: 192.0.2.1\n").encode()
    plain = text("A message from 192.0.2.1 failed DMARC.\n")
    case("18a-failure-report.eml", mail(
        multipart(plain, arf, b"Content-Type: text/rfc822-headers\n\nFrom: <a@example.com>\n",
                  kind="report; report-type=feedback-report"), "FW: a failure"))
    case("18b-failure-report-without-type.eml", mail(multipart(plain, kind="report")))
    case("18c-failure-report-quotes-report.eml", mail(
        multipart(plain, arf, quoted, kind="report; report-type=feedback-report")))
    status = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n"
    case("19-bounced-report.eml", mail(
        multipart(plain, status, quoted, kind="report; report-type=delivery-status")))
    case("18d-failure-report-in-mixed.eml", mail(multipart(plain, arf, quoted)))
    case("19b-report-beside-a-status.eml", mail(multipart(plain, status, part(GZ))))

    two = feedback(meta=metadata(report_id="2026-03-02.2"))
    case("20a-two-reports.eml", mail(multipart(text(), part(GZ), part(gz(two)))))
    case("20b-zip-of-two.zip", zipped(("a.xml", REPORT), ("b.xml", two)))
    case("20c-zip-with-folder.zip", zipped(("reports/", b""), ("reports/a.XML", REPORT)))
    case("20d-zip-with-resource-fork.zip",
         zipped(("__MACOSX/._a.xml", b"\0\5\x16\7"), ("README", "a report\n"), ("a.xml", REPORT)))
    central = ZIP.index(b"PK\1\2")
    locked = patch(ZIP, (6, b"\1\0"), (central + 8, b"\1\0"))
    case("20e-zip-encrypted.zip", locked)
    case("20f-zip-in-zip.zip", zipped(("inner.zip", ZIP)))
    case("20g-bad-beside-good.eml", mail(multipart(text(), part(GZ[:20]), part(GZ))))
    case("20h-gzip-in-zip.zip", zipped(("a.xml.gz", GZ)))
    bare = feedback(meta=metadata(report_id="a & b").replace("&amp;", "&"))
    case("20i-zip-of-seventy-to-mend.zip", zipped(*(
        (f"{i}.xml", feedback(meta=metadata(report_id=f"{i} & {i}").replace("&amp;", "&")))
        for i in range(70))))
    for name, first in (("20j-zip-locked-beside-good.zip", REPORT), ("20k-zip-locked-beside-mended.zip", bare)):
        both = zipped(("a.xml", first), ("b.xml", two))
        second, entry = both.rindex(b"PK\3\4"), both.rindex(b"PK\1\2")
        case(name, patch(both, (second + 6, b"\1\0"), (entry + 8, b"\1\0")))

    case("21-error-report.eml", mail(text(
        "Report-Date: Tue, 03 Mar 2026 04:05:06 +0000\nReport-Domain: example.com\n"
        "Report-ID: 2026-03-02.1\nReport-Size: 10500000\nSubmitter: reporter.example\n"
        "Submitting-URI: mailto:dmarc@example.net\n"), "Error report"))
    case("22a-html-only.eml", mail(text("<html><body>Your report</body></html>\n", "text/html")))
    case("22b-vacation.eml", mail(text("I am away until Monday.\n"), "Out of office: " + SUBJECT))
    case("22c-other-xml.xml", DECLARATION + "<invoice><total>1</total></invoice>\n")
    case("22d-feedback-of-another-kind.xml",
         DECLARATION + "<feedback><stars>5</stars><words>fine</words></feedback>\n")


def wrappings():
    # 23, 24: nothing in it.
    case("23-gzip-of-a-word.eml", mail(multipart(text(), part(gz("unused")))))
    case("24a-empty-file.xml", b"")
    case("24b-empty-attachment.eml", mail(multipart(text(), part(b""))))
    case("24c-gzip-of-nothing.eml", mail(multipart(text(), part(gz("")))))

    # 25: broken and concatenated.
    packed = gz(MANY)
    case("25a-gzip-cut.gz", packed[:len(packed) * 3 // 4])
    case("25b-gzip-wrong-crc.gz", gz(REPORT, crc=1))
    middle = len(REPORT) // 2
    case("25c-gzip-members.gz", gz(REPORT[:middle]) + gz(REPORT[middle:]))
    case("25d-gzip-cut-early.gz", GZ[:60])
    case("25e-gzip-wrong-length.gz", gz(REPORT, length=1))
    case("25f-gzip-without-trailer.gz", GZ[:-8])
    case("25g-zip-without-directory.zip", ZIP[:ZIP.index(b"PK\1\2")])
    case("25h-zip-wrong-crc.zip", patch(ZIP, (14, b"\1\0\0\0"),
                                        (ZIP.index(b"PK\1\2") + 16, b"\1\0\0\0")))
    case("25i-gzip-junk-behind.gz", GZ + b"junk")
    case("25j-gzip-zeros-behind.gz", GZ + bytes(20))

    # 26: bombs, and large sizes that are none.
    blanks = " " * (1 << 20)
    inside = REPORT.replace("<record>", blanks * 17 + "<record>")
    case("26a-blanks.gz", gz(inside))
    case("26b-blanks-packed-twice.gz", gz(gz(REPORT.replace("<record>", blanks * 128 + "<record>"))))
    case("26c-zip64.zip", zipped(("a.xml", REPORT), zip64=True))
    nested = REPORT.encode()
    for depth in range(1, 6):
        nested = gz(nested) if depth % 2 else zipped(("a", nested))
        if depth == 4:
            case("26d-wrapped-four-times.zip", nested)
    case("26e-wrapped-five-times.gz", nested)
    central = ZIP.index(b"PK\1\2")
    small = struct.pack("<I", 10)
    case("26f-zip-lying-size.zip", patch(ZIP, (22, small), (central + 24, small)))
    case("26g-zip-many-entries.zip", zipped(*((f"{i}", "x") for i in range(20))))
    end = ZIP.index(b"PK\5\6")
    twice = ZIP[:end] + ZIP[central:end] + ZIP[end:]
    end += end - central
    case("26h-zip-overlapping.zip", patch(
        twice, (end + 8, b"\2\0\2\0"), (end + 12, struct.pack("<I", end - central))))
    case("26i-zip-bzip2.zip", zipped(("a.xml", REPORT), method=zipfile.ZIP_BZIP2))
    case("26j-zip-of-nothing.zip", zipped())
    case("26k-zip-lying-packed-size.zip", patch(ZIP, (central + 20, small)))
    # No LF in it, so that as a mail it would be one with bare CR.
    program = b"MZ \0\r" + zipped((NAME + ".xml", REPORT.replace("\n", "\r")), method=zipfile.ZIP_STORED)
    assert b"\n" not in program
    case("26l-zip-behind-a-program.zip", program)

    # 27, 28: names that lie, headers in full.
    case("27a-plain-under-gz.gz", REPORT)
    case("27b-gzip-twice.gz", gz(GZ))
    case("27c-raw-deflate.eml", mail(multipart(text(), part(GZ[10:-8]))))
    zlib_stream = b"\x78\x9c" + GZ[10:-8]
    adler = zlib.adler32(REPORT.encode())
    case("27d-zlib.eml", mail(multipart(text(), part(zlib_stream + struct.pack(">I", adler)))))
    case("27e-plain-under-zip.zip", REPORT)
    case("27f-raw-deflate-file.gz", GZ[10:-8])
    case("27g-raw-deflate-without-name.eml", mail(multipart(text(), part(
        GZ[10:-8], header="Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n"))))
    case("28a-gzip-with-name.gz", gz(REPORT, flags=8, extra=NAME.encode() + b".xml\0", os=255))
    case("28b-gzip-full-header.gz",
         gz(REPORT, flags=4 | 8 | 16, extra=b"\4\0ab\0\0name\0comment\0", os=0))
    case("28c-gzip-wrong-header-crc.gz", gz(REPORT, flags=2, extra=b"\1\2"))


def encodings():
    # 29: the beginning.
    case("29a-no-declaration.xml", feedback(head=""))
    case("29b-blank-lines-first.xml", " \r\n\n" + REPORT)
    case("29c-bom.xml", "\ufeff" + REPORT)
    case("29d-two-boms.xml", "\ufeff\ufeff" + REPORT)
    case("29e-blank-lines-no-declaration.xml", "\n\n" + feedback(head=""))

    # 30, 31: encodings, declared and real.
    def named(encoding, org="B\u00fccher & S\u00f6hne".replace("&", "&amp;")):
        return feedback(head=f'<?xml version="1.0" encoding="{encoding}"?>\n',
                        meta=metadata(org_name=org))
    case("30a-windows-1252.xml", named("windows-1252", "B\u00fccher \u20ac").encode("cp1252"))
    case("30b-utf8-misspelt.xml", named("utf8"))
    case("30c-gb2312-ascii.xml", named("gb2312", "Example"))
    case("30d-latin-1.xml", named("ISO-8859-1").encode("latin-1"))
    case("30e-utf-16.xml", b"\xff\xfe" + named("UTF-16").encode("utf-16-le"))
    case("30f-utf-16-declared-only.xml", named("UTF-16", "Example"))
    case("30g-utf-16-big-endian.xml", b"\xfe\xff" + named("UTF-16").encode("utf-16-be"))
    case("30h-unknown-encoding.xml", named("x-user-defined"))
    case("30i-koi8-r.xml", named("koi8-r", "\u041f\u043e\u0447\u0442\u0430").encode("koi8-r"))
    case("31a-invalid-utf-8-in-metadata.xml", feedback(
        meta=metadata(org_name="B@cher")).encode().replace(b"B@cher", b"B\xfccher"))
    case("31b-invalid-utf-8-in-record.xml", feedback(
        record(ids=identifiers("b@cher.example"))).encode().replace(b"b@", b"b\xfc"))


def markup():
    # 32 to 35: not well-formed.
    case("32-address-in-brackets.xml", feedback(meta=metadata(email="<reports@reporter.example>")))
    case("33a-less-than-in-domain.xml", feedback(record(ids=identifiers("a < b.example.com"))))
    case("33b-ampersand-in-domain.xml", feedback(record(ids=identifiers("a&b.example.com"))))
    case("33c-unknown-entity.xml", feedback(meta=metadata(org_name="Example&nbsp;Reporter")))
    case("33d-attribute-unquoted.xml", feedback(open_="<feedback version=1>"))
    case("33e-tag-in-value.xml", feedback(record(ids=identifiers("<bad.example>")),
                                          meta=metadata(org_name='A & B <c> "d"')))
    case("33f-forbidden-reference-in-domain.xml",
         feedback(record(ids=identifiers("ex&#0;ample.com"))))
    case("33g-forbidden-byte-in-domain.xml",
         feedback(record(ids=identifiers("ex\1ample.com"))))
    case("34-stray-text.xml", feedback(pol=policy(more="11")))
    case("35a-wrapped-unclosed.xml", feedback(
        head=DECLARATION + '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'))
    case("35b-stray-quote.xml", feedback(head=DECLARATION.replace("\n", '"\n')))
    case("35c-end-tag-without-less-than.xml",
         REPORT.replace("</report_id>", "/report_id>"))
    case("35d-end-tag-missing.xml", REPORT.replace("</policy_evaluated>", ""))
    case("35e-end-tag-too-many.xml", REPORT.replace("</row>", "</row></row>"))
    case("35g-value-end-tag-missing.xml", REPORT.replace("</source_ip>", ""))
    case("35h-row-end-tag-missing.xml", REPORT.replace("</row>", ""))
    case("35i-records-in-records.xml", REPORT.replace("<record>", "<records><record>")
         .replace("</record>", "</record></records>"))
    case("35f-wrapped.xml", feedback(head="<reports>", close="</feedback></reports>\n"))

    # 36 to 38: namespaces, attributes, extensions.
    prefixed = feedback(head="", open_='<feedback>')
    for name in "feedback version report_metadata record row".split():
        prefixed = prefixed.replace(f"<{name}>", f"<ns1:{name}>").replace(f"</{name}>", f"</ns1:{name}>")
    case("36a-prefixes.xml", prefixed.replace(
        "<ns1:feedback>", '<ns1:feedback xmlns:ns1="http://dmarc.org/dmarc-xml/0.1">'))
    for letter, what, namespace in (("b", "0-1", "http://dmarc.org/dmarc-xml/0.1"),
                                    ("c", "0-2", "http://dmarc.org/dmarc-xml/0.2"),
                                    ("d", "2-0", "urn:ietf:params:xml:ns:dmarc-2.0"),
                                    ("e", "bogus", "http//dmarc.org/dmarc-xml/0.1")):
        case(f"36{letter}-namespace-{what}.xml", feedback(open_=f'<feedback xmlns="{namespace}">'))
    case("37-schema-location.xml", feedback(
        open_='<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
              'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
              'xsi:noNamespaceSchemaLocation="rua.xsd" lang="en">'))
    case("38a-undeclared-prefix.xml", feedback(
        record(ids=identifiers() + "<ext:more><count>7</count></ext:more>")))
    many = "".join(f"<e:x><record><row><count>{i}</count></row></record></e:x>" for i in range(2000))
    case("38b-large-extension.gz", gz(feedback(
        tag("extension", many), record(), open_='<feedback xmlns:e="urn:example">')))
    case("38c-deep-extension.xml", feedback("<extension>" + "<a>" * 40 + "</a>" * 40
                                            + "</extension>", record()))

    # 39: document type declarations.
    lol = '<!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>\n'
    case("39a-entities.xml", feedback(head=DECLARATION + lol, meta=metadata(org_name="&c;")))
    case("39b-external-entity.xml", feedback(
        head=DECLARATION + '<!DOCTYPE feedback [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n',
        meta=metadata(org_name="&x;")))
    case("39c-doctype.xml", feedback(
        head=DECLARATION + '<!DOCTYPE feedback SYSTEM "https://reporter.example/rua.dtd">\n'))

    # 40, 41: lines, and where a document ends.
    case("40a-one-line.xml", feedback(record(), record(ip="192.0.2.2")).replace("\n", ""))
    case("40b-tab-at-line-ends.xml", REPORT.replace("><", ">\t\n<").replace("\n", "\t\n"))
    three = feedback(*(record(ip=f"192.0.2.{i}", count=i) for i in (1, 2, 3)))
    case("41a-root-end-cut.xml", three.replace("</feedback>\n", "</feedback"))
    case("41b-cut-in-record.xml", three[:three.rindex("<selector>")])
    case("41c-zeros-behind.xml", REPORT + "\0" * 30)
    case("41d-cut-before-record.xml", REPORT[:REPORT.index("<identifiers>")])
    case("41e-junk-behind.xml", REPORT + "</pre>\nSent by a gateway\n")
    case("41f-two-documents.xml",
         REPORT + feedback(record(count="2"), meta=metadata(report_id="2026-03-02.2")))
    case("41h-empty-document-behind.xml", REPORT + "<feedback/>\n")
    case("41i-document-begun-behind.xml", REPORT + "<feedback>\n")
    case("41j-document-cut-behind.xml", REPORT + REPORT[:REPORT.index("<identifiers>")])
    case("41k-empty-document-inside.xml", feedback(
        head=DECLARATION + "<feedbacks>", close="</feedback><feedback/></feedbacks>\n"))
    case("41l-gzip-of-empty-document-behind.gz", GZ + gz("<feedback/>"))
    case("41m-empty-documents-behind.gz", gz(REPORT + "<feedback></feedback>" * 100000))
    case("41n-junk-and-document-behind.xml", REPORT.rstrip("\n") + "junk" + REPORT.replace("2026-03-02.1", "2"))
    case("41g-cut-behind-record.xml", three[:three.rindex("</record>") + len("</record>")])

    # 42, 43: text in pieces, upper case.
    case("42a-cdata.xml", feedback(meta=metadata(org_name="<![CDATA[A & B]]> &lt;C&gt;")))
    case("42b-comments.xml", feedback(record(ids=identifiers("exam<!-- split -->ple.com"))))
    case("42c-references.xml", feedback(meta=metadata(org_name="x&amp;y&#65;z&#x20AC;")))
    upper = re.sub(r"</?\w+", lambda m: m[0].upper(), feedback(head=""))
    case("43-upper-case.xml", DECLARATION + upper)


def metadata_and_policy():
    # 44 to 46: names and ids.
    case("44a-empty-org-name.xml", feedback(meta=metadata(org_name="")))
    case("44b-no-email.xml", feedback(meta=metadata(email=None)))
    case("44c-no-metadata.xml", feedback(meta=""))
    case("45a-odd-report-id.xml", feedback(meta=metadata(report_id="b2eb8a$22=a:c&lt;x@y&gt;!z")))
    case("45b-long-number.xml", feedback(meta=metadata(report_id="16407865876443493268")))
    case("45c-empty-report-id.xml", feedback(meta=metadata(report_id="")))

    def mbox(*documents):
        return b"".join(POSTMARK + mail(part(gz(d)), message_id=f"{i}@reporter.example") + b"\n"
                        for i, d in enumerate(documents, 1))

    next_day = metadata(begin=BEGIN + 86400, end=END + 86400)
    case("46a-same-id-other-day.mbox", mbox(REPORT, feedback(meta=next_day)))
    case("46b-same-id-other-content.mbox", mbox(REPORT, feedback(record(count="2"))))
    case("46c-sent-again.mbox", mbox(REPORT, REPORT))

    # 47, 48: the period.
    for letter, what, begin, end in (
            ("a", "no-length", BEGIN, BEGIN), ("b", "backwards", END, BEGIN),
            ("c", "fraction", f"{BEGIN}.0", f"{END}.0"), ("d", "milliseconds", f"{BEGIN}000", f"{END}999"),
            ("e", "spaces", f"  {BEGIN}\n", f"\t{END} "), ("f", "negative", "-1", "-2"),
            ("g", "1979", 302832000, 302918399), ("h", "iso", "2026-03-02T00:00:00Z", "2026-03-03"),
            ("i", "absent", None, None), ("j", "year-2100", 4102444800, 4102531199),
            ("k", "comma", "1,772,409,600", "1,772,495,999"), ("l", "empty", "", "")):
        case(f"47{letter}-period-{what}.xml", feedback(meta=metadata(begin=begin, end=end)))
    case("48a-ten-minutes.xml", feedback(meta=metadata(end=BEGIN + 600)))
    case("48b-over-the-month.xml", feedback(meta=metadata(begin=utc(20), end=utc(20) + 24 * 86400)))

    # 49 to 52: the policy.
    for letter, what, sp in (("a", "absent", None), ("b", "empty", ""), ("c", "nil", "nil"),
                             ("d", "unknown", "unknown")):
        case(f"49{letter}-sp-{what}.xml", feedback(pol=policy(sp=sp)))
    case("50a-little-policy.xml", feedback(pol=policy(adkim=None, aspf=None, pct=None)))
    case("50b-fo.xml", feedback(pol=policy(fo="0:1:d:s")))
    case("50c-pct.xml", feedback(pol=policy(pct="101")))
    case("50d-no-policy.xml", feedback(pol=""))
    case("51a-new-tags.xml", feedback(pol=policy(
        pct=None, more=tags(np="reject", testing="n", discovery_method="treewalk"))))
    case("51b-old-tags.xml", feedback(pol=policy(more=tags(rf="afrf", ri="86400", v="DMARC1"))))
    case("52-two-policies.xml", feedback(pol=policy(p="reject") + policy("example.org", p="none")))

    # 53: the policy domain becomes a folder.
    long = ".".join(["a" * 59] * 4 + ["a" * 60])
    for letter, what, domain in (
            ("a", "path", "../../etc/x"), ("b", "300-characters", long), ("c", "idn", "B\u00fccher.example"),
            ("d", "trailing-dot", "example.com."), ("e", "mixed-case", "Example.COM"),
            ("f", "not-ours", "example.com"), ("g", "path-not-ours", "../../etc/x"),
            ("h", "empty", ""), ("i", "dots", ".."), ("j", "underscore", "_dmarc.example.com")):
        case(f"53{letter}-domain-{what}.xml", feedback(pol=policy(domain)))

    # 54: repeated errors, attributes.
    case("54a-errors.xml", feedback(meta=metadata(more=tags(error="one") + tags(error="two, three"))))
    case("54b-lang.xml", feedback(
        record(reasons=reason().replace("</type>", '</type><comment lang="de">gut</comment>')),
        meta=metadata(more='<extra_contact_info lang="en">postmaster</extra_contact_info>')))


def records():
    # 55, 56: no record, empty records.
    case("55-no-record.xml", feedback("\n"))
    case("56a-empty-source-ip.xml", feedback(record(ip="")))
    case("56b-no-row.xml", feedback(tag("record", identifiers() + tag("auth_results", spf()))))
    case("56c-empty-record.xml", feedback("<record/>\n", record(), "<record> </record>\n"))

    # 57, 58: addresses and counts.
    ips = ("2001:DB8:0:0:0:0:0:1", "2001:db8::A", "::ffff:192.0.2.1", "fe80::1%eth0", "[2001:db8::2]",
           " 192.0.2.7 ", "108r.166.27.220", "192.0.2.010", "X.X.X.X", "mail.example.com",
           "2001:db8:0:1:0:0:0:1", "2001:db8:0:1:1:1:1:1", "192.0.2.1:25")
    case("57-addresses.xml", feedback(*(record(ip=ip) for ip in ips)))
    counts = ("0", "1.0", "-1", "99999999999999999999", "", "9223372036854775807",
              "9223372036854775808", "1,000", "7 ", None, "+1", "0x10")
    case("58-counts.xml", feedback(*(record(count=count) for count in counts)))

    # 59 to 62: what was decided.
    case("59-case-and-blanks.xml", feedback(record(disposition="None", dkim_="Pass", spf_=" pass ")))
    case("60-dispositions.xml", feedback(
        *(record(disposition=d) for d in ("pass", "", "15", "unknown", "quarantine", "reject", None))))
    case("61a-no-evaluated-dkim.xml", feedback(record(dkim_=None), record(dkim_="", spf_="fail")))
    case("61b-odd-evaluated-spf.xml", feedback(
        *(record(dkim_="fail", spf_=s) for s in ("none", "softfail", "unknown", "HardFail", "TempError"))))
    case("62a-empty-reason.xml", feedback(record(reasons=reason("", "")), record(reasons="<reason/>")))
    case("62b-reasons.xml", feedback(record(
        reasons=reason("local_policy", "arc=pass as[1].d=example.org") + reason("mailing_list")
        + reason("policy_test_mode", "one, two") + reason("whim", ""))))
    case("62c-reason-as-text.xml", feedback(record(reasons="<reason>other</reason>")))

    # 63, 64: identifiers and results that lack.
    case("63a-identities.xml", feedback(record(ids=identifiers(name="identities"))))
    case("63b-empty-envelope-from.xml", feedback(
        record(ids=identifiers(envelope_from="", envelope_to="example.net"))))
    case("63c-no-header-from.xml", feedback(
        record(ids=identifiers(None, "bounce.example.com")), record(ids="")))
    case("64-no-results.xml", feedback(
        record(auth=""), record().replace("<auth_results>", "<x>").replace("</auth_results>", "</x>")))

    # 65 to 68: results.
    case("65a-empty-results.xml", feedback(
        record(auth=dkim("", None, "") * 12 + spf()), record(auth="<dkim/>" + spf() + "<spf/>")))
    case("65b-many-results.xml", feedback(
        record(auth="".join(dkim(selector=f"s{i}") for i in range(120)))))
    case("65c-same-twice.xml", feedback(record(auth=dkim(result="temperror") + dkim(result="permerror"))))
    case("65d-too-many-results.xml", feedback(
        record(auth="".join(dkim(selector=f"s{i}") for i in range(12)))))
    case("66-spf.xml", feedback(
        record(auth=dkim() + spf("a.example") + spf("b.example", "helo", "none") + spf("c.example", None)),
        record(auth=spf(None, "helo", "pass")), record(auth=dkim() + tag("spf", tags(result="none")))))
    tokens = "hardfail unknown error invalid nxdomain signed discard Pass".split()
    case("67-results.xml", feedback(*(record(auth=dkim(result=t) + spf(result=t)) for t in tokens),
                                    record(auth=dkim(result="") + spf(result=""))))
    case("68-selectors.xml", feedback(
        record(auth=dkim("not.evaluated", "s_1.a-b=", "none") + dkim("NULL", 'a"b\\c', "fail")
               + dkim("example.com", "a,b", "pass", "2048-bit key, 50% off") + spf("NULL"))))

    # 69: text that means harm.
    case("69a-long-comment.gz", gz(feedback(record(reasons=reason("other", "x" * 100000)), record())))
    case("69b-control-characters.xml", feedback(record(
        reasons=reason("other", "one\r\ntwo\tthree&#13;&#10;four &quot;five&quot; \\N &#x85;six\u2028seven"))))
    formulas = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\uff1d1", "'=1", "' =1", "it's", "'plain",
                "=", "a=1")
    case("69c-formulas.xml", feedback(*(record(reasons=reason(f, f)) for f in formulas),
                                      meta=metadata(org_name="=1+1", report_id="-17")))
    case("69d-bidi.xml", feedback(meta=metadata(org_name="a\u202eb\u2066c\u200ed\ufeffe")))
    case("69e-reference-to-zero.xml", feedback(record(reasons=reason("other", "a&#0;b")), record()))
    case("69h-odd-count-is-long.xml", feedback(record(count="x" + "é" * 40)))
    case("69f-comment-with-commas.xml", feedback(
        record(reasons=reason("other", "one, two")),
        record(reasons=reason("other", "one, two") + reason("other", "three%2C"))))

    # 70: many records, all the same.
    case("70a-3555-records.gz", gz(feedback(*([record()] * 3555))))
    case("70b-too-many-records.gz", gz(feedback(*([record()] * 20))))

    # 71: any order, repetitions.
    shuffled = (tag("record", tag("auth_results", spf() + dkim()) + identifiers() + row())
                + tag("policy_published", tags(p="none", domain="example.com"))
                + tag("report_metadata", tag("date_range", tags(end=END, begin=BEGIN))
                      + tags(report_id="2026-03-02.1", email="reports@reporter.example",
                             org_name="Example Reporter")))
    case("71a-any-order.xml", DECLARATION + tag("feedback", shuffled + "<version>1.0</version>"))
    case("71b-repeated-scalars.xml", feedback(
        record().replace("<count>1</count>", "<count>1</count><count>7</count>"), record()))
    case("71c-repeated-metadata.xml", feedback(
        meta=metadata() + metadata(org_name="Another", begin=utc(9))))


def operation():
    both = mail(multipart(text(), part(GZ), part(ZIP, "application/zip", NAME + ".zip")))
    case("74a-same-report-twice-in-a-mail.eml", both)
    case("74b-same-mail-twice.mbox", (POSTMARK + mail(part(GZ)) + b"\n") * 2)
    other = gz(feedback(pol=policy("example.org")))
    case("75a-two-policy-domains.eml", mail(multipart(text(), part(GZ), part(other))))
    case("75b-one-of-two-is-not-ours.eml", mail(multipart(text(), part(GZ), part(other))))
    case("76a-message-too-large.eml", mail(multipart(text("x" * 3000 + "\n"), part(GZ))))

    # 77: what the mail has passed, by our own server, mx.example.net.
    own = ("Received: from out.reporter.example (out.reporter.example [192.0.2.25])\n"
           "\tby mx.example.net (Postfix) with ESMTPS id 4dGx\n"
           "\tfor <dmarc@example.net>; Tue,  3 Mar 2026 04:05:07 +0000 (UTC)\n")
    other = ("Received: from in.reporter.example (in.reporter.example [192.0.2.26])\n"
             "\tby out.reporter.example with ESMTP id 17; Tue, 03 Mar 2026 04:05:06 +0000\n")

    def results(server, dmarc, dkim_):
        return (f"Authentication-Results: {server};\n"
                f"\tdmarc={dmarc} (p=reject dis=none) header.from=reporter.example;\n"
                f"\tdkim={dkim_} (2048-bit key) header.d=reporter.example header.s=s1;\n"
                "\tspf=pass smtp.mailfrom=bounces@reporter.example\n")

    for name, fields in (
            ("a-dmarc-passed", own + results("mx.example.net", "pass", "pass") + other),
            ("b-dmarc-failed", own + results("mx.example.net", "fail", "pass") + other),
            ("c-nothing-known", own + other),
            ("d-word-of-another", own + results("mx.reporter.example", "pass", "pass") + other),
            ("e-below-a-foreign-hop", own + other + results("mx.example.net", "pass", "pass")),
            ("f-below-our-own", own + results("mx.example.net", "fail", "fail")
             + results("mx.example.net", "pass", "pass") + other),
            ("g-results-above-the-hop", results("MX.Example.NET", "pass", "none") + own + other),
            ("h-dkim-passed", own + results("mx.example.net", "fail", "pass") + other),
            ("i-dkim-missing", own + results("mx.example.net", "pass", "none") + other),
            ("j-nothing-required", own + results("mx.example.net", "fail", "neutral") + other)):
        case(f"77{name}.eml", fields.encode() + mail(part(GZ)))
    case("77k-file-passes-nothing.gz", GZ)


def many_records(count):
    """A report of `count` records with addresses that count up, packed piece by
    piece."""
    packer = zlib.compressobj(1, 8, 31)
    head, _, tail = feedback("RECORDS").partition("RECORDS")
    yield packer.compress(head.encode())
    shape = record(ip="198.51.@.@", auth=spf())
    for at in range(0, count, 10000):
        piece = "".join(shape.replace("@.@", f"{i // 250 % 250}.{i % 250}")
                        for i in range(at, min(at + 10000, count)))
        yield packer.compress(piece.encode())
    yield packer.compress(tail.encode()) + packer.flush()


def large_mbox(count):
    """Messages of some size, so that several workers are in the file at once."""
    letter = text("A covering letter.\n" * 2500)
    for i in range(1, count + 1):
        yield POSTMARK + mail(multipart(letter, part(gz(feedback(record(count=i))))),
                              message_id=f"{i}@reporter.example") + b"\n"


def big():
    """The cases that are made when they are run: name -> pieces of bytes."""
    line = "A covering letter of ten million bytes is still only a covering letter. "
    letter = text((line + "\n") * (10 * 1024 * 1024 // (len(line) + 1)))
    return {
        "16g-large-mbox.mbox": lambda: large_mbox(1500),
        "69g-comment-of-a-megabyte.gz":
            lambda: [gz(feedback(record(reasons=reason("other", "y" * (1 << 20)))))],
        "70c-million-records.gz": lambda: many_records(1000000),
        "76b-ten-megabytes.eml": lambda: [mail(multipart(letter, part(GZ)))],
    }


EXAMPLES = {}


def examples():
    """A few friendly reports for the quick start."""
    def name(reporter, domain, begin, end, ending):
        return f"{reporter}!{domain}!{begin}!{end}{ending}"

    def letter(reporter, domain, file, data, type_):
        return mail(multipart(text(f"The DMARC report of {reporter} for {domain}.\n"),
                              part(data, type_, file)),
                    f"Report Domain: {domain} Submitter: {reporter}", f"{file}@{reporter}").replace(
                        b"From: Reports <reports@reporter.example>", f"From: <dmarc@{reporter}>".encode()
                    ).replace(b"To: dmarc@example.net", b"To: dmarc@example.com")

    def report(reporter, org, domain, day, *recs, **pol):
        begin, end = utc(day), utc(day) + 86399
        pol.setdefault("p", "quarantine")
        meta = metadata(org, f"dmarc@{reporter}", f"{reporter}.{begin}", begin, end)
        return begin, end, feedback(*recs, meta=meta, pol=policy(domain, **pol))

    bad = dict(dkim_="fail", spf_="fail", disposition="quarantine")
    shop = dkim("example.com", "2026a") + spf("mail.example.com")

    begin, end, xml = report(
        "mx.bluebird.example", "Bluebird Mail", "example.com", 2,
        record("192.0.2.10", 184, shop), record("192.0.2.11", 23, shop),
        record("203.0.113.77", 3, spf("spammer.invalid", result="softfail"), **bad))
    file = name("mx.bluebird.example", "example.com", begin, end, ".xml.gz")
    EXAMPLES["bluebird-example.com.eml"] = letter(
        "mx.bluebird.example", "example.com", file, gz(xml), "application/gzip")

    begin, end, xml = report(
        "post.harbour.example", "Harbour Post", "example.com", 2,
        record("2001:db8:20::25", 12, shop), record(
            "198.51.100.9", 2, dkim("lists.example.org", "l1") + spf("lists.example.org"),
            dkim_="fail", spf_="fail", disposition="none",
            reasons=reason("mailing_list", "known list")))
    file = name("post.harbour.example", "example.com", begin, end, ".zip")
    EXAMPLES["harbour-example.com.eml"] = letter(
        "post.harbour.example", "example.com", file,
        zipped((file.replace(".zip", ".xml"), xml)), "application/zip")

    begin, end, xml = report("mx.bluebird.example", "Bluebird Mail", "example.net", 2,
                             record("192.0.2.10", 9, spf("mail.example.com"), dkim_="fail", spf_="fail",
                                    ids=identifiers("example.net")), p="none")
    file = name("mx.bluebird.example", "example.net", begin, end, ".xml.gz")
    EXAMPLES["bluebird-example.net.eml"] = letter(
        "mx.bluebird.example", "example.net", file, gz(xml), "application/gzip")

    begin, end, xml = report(
        "mail.meadow.example", "Meadow Hosting GmbH", "example.com", 3,
        record("192.0.2.10", 41, shop), record("203.0.113.5", 1, dkim(result="fail") + spf(result="fail"),
                                               **bad), sp="reject")
    EXAMPLES[name("mail.meadow.example", "example.com", begin, end, ".xml")] = xml.encode()

    begin, end, xml = report(
        "dmarc.orchard.example", "Orchard Webmail", "example.net", 3,
        record("198.51.100.20", 5, dkim("example.net", "news") + spf("bounce.example.net"),
               disposition="pass", ids=identifiers("news.example.net", "bounce.example.net")),
        p="reject", sp=None, pct=None, more=tags(np="reject", testing="n", discovery_method="treewalk"))
    xml = xml.replace("<feedback>", '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    EXAMPLES[name("dmarc.orchard.example", "example.net", begin, end, ".xml.gz")] = gz(xml)

    EXAMPLES["tls-report-by-mistake.eml"] = mail(
        multipart(text("This is an aggregate TLS report.\n"),
                  part(gz(TLSRPT), "application/tlsrpt+gzip", "mx.bluebird.example.json.gz"),
                  kind="report; report-type=tlsrpt"),
        "Report Domain: example.com Submitter: mx.bluebird.example").replace(
            b"To: dmarc@example.net", b"To: dmarc@example.com")


def make():
    for group in (mails, other_mail, wrappings, encodings, markup, metadata_and_policy, records,
                  operation):
        group()
    examples()


def main():
    if len(sys.argv) > 3 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else here
    shown = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "../../examples/reports")
    make()
    for place, files in ((folder, CASES), (shown, EXAMPLES)):
        os.makedirs(place, exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
    print(f"{len(CASES)} cases, {len(EXAMPLES)} examples")


if __name__ == "__main__":
    main()
