"""mime.py - A9, A10, H1: the message itself."""

import binascii

from build import SUBJECT, gz, mail, multipart, part, text
from .base import KIB, MIB, report, vector

HEAD = b"From: a@reporter.example\nTo: dmarc@example.net\nMIME-Version: 1.0\n"
TYPE = b"Content-Type: multipart/mixed; boundary=b\n"


def packed(name):
    """The part with the report, at last."""
    return part(gz(report(name)))


def headed(name, header):
    """A report in a mail with more header."""
    return header + mail(multipart(text(), packed(name)))


def embedded(name, header):
    """The same, of a message within it."""
    return mail(multipart(text(), b"Content-Type: message/rfc822\n\n" + headed(name, header)))


# ---- A9: multiparts ----------------------------------------------------------

@vector("A9 gmime", "bad", "max_parts", bomb=True)
def mime_parts_1m(_):
    """1,000,000 empty parts"""
    return HEAD + TYPE + b"\n" + b"--b\n\n\n" * 1000000 + b"--b--\n"


@vector("A9", "bad", "max_parts", bomb=True)
def mime_parts_100k(name):
    """100,000 parts"""
    return HEAD + TYPE + b"\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 100000 + b"--b\n" + packed(name) + b"\n--b--\n"


@vector("A9", "bad", "max_parts", bomb=True)
def mime_parts_2000(name):
    """2,000 parts"""
    return HEAD + TYPE + b"\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 2000 + b"--b\n" + packed(name) + b"\n--b--\n"


def nested(depth, inside):
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))
    return head + inside + b"\n" + b"".join(b"--b%d--\n" % i for i in reversed(range(depth)))


@vector("A9 gmime", "bad", "max_mime_depth", bomb=True)
def mime_nested_1000(name):
    """1,000 multiparts inside each other"""
    return HEAD + nested(1000, packed(name))


@vector("A9 gmime", "bad", "max_mime_depth", bomb=True)
def mime_nested_1024(name):
    """1,024 multiparts, and as many messages, inside each other"""
    return HEAD + nested(1024, b"Content-Type: message/rfc822\n\n" * 1024 + packed(name))


@vector("A9", "ok", bomb=True)
def mime_nested_90(name):
    """90 multiparts inside each other"""
    return HEAD + nested(90, packed(name))


@vector("A9 gmime", "bad", "multiparts|max_parts|max_mime_depth", bomb=True)
def mime_boundaries(name):
    """1,000 boundaries, 1,000,000 lines of dashes"""
    return HEAD + nested(1000, b"\n" + b"--\n" * 1000000 + packed(name))


@vector("A9", "bad", "lines that begin|max_parts", bomb=True)
def mime_boundaries_300(name):
    """300 multiparts, 10,000 lines of dashes"""
    return HEAD + nested(300, b"\n" + b"--x\n" * 100000 + packed(name))


@vector("A9", "ok", bomb=True)
def mime_boundaries_below(name):
    """90 multiparts, 10,000 lines of dashes: just allowed"""
    return HEAD + nested(90, multipart(b"\n" + (b"--" + b"x" * 900 + b"\n") * 10000, packed(name)))


@vector("A9", "bad", "max_mime_depth|max_parts", bomb=True)
def mime_messages_1000(name):
    """1,000 messages inside each other"""
    return HEAD + b"Content-Type: message/rfc822\n\n" * 1000 + packed(name)


@vector("A9", "bad", "lines that begin", bomb=True)
def mime_digest(name):
    """a digest of 50,000 messages"""
    return HEAD + b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\nSubject: x\n\nx\n" * 50000 + b"--b--\n"


@vector("A9", "not_report", bomb=True)
def mime_boundary_60k(name):
    """a boundary of 60 kB"""
    boundary = "b" * 60000
    return HEAD + multipart(text(), packed(name), boundary=boundary)


@vector("A9 gmime", "ok", bomb=True)
def mime_parameter(name):
    """gmime's endless loop: a parameter's name of 70 to 72 bytes"""
    parts = [b'Content-Type: multipart/mixed; %s="\xc3\xa4\xc3\xb6"\n\nx\n' % (b"n" * n) for n in range(66, 76)]
    return HEAD + b'Content-Type: multipart/mixed; %s="\xc3\xa4"; boundary="b"\n\n' % (b"n" * 71) + b"".join(
        b"--b\n" + one for one in parts + [packed(name)]) + b"\n--b--\n"


@vector("A9 gmime", "not_report")
def mime_parameter_alone(_):
    """the same, as the message's own type, without boundary"""
    return HEAD + b'Content-Type: multipart/mixed; %s="\xc3\xa4\xc3\xb6\xc3\xbc"\n\ntext\n' % (b"n" * 71)


@vector("A9", "ok", bomb=True)
def mime_parameters_continued(name):
    """20,000 continuations of one parameter"""
    folded = b"".join(b";\n name*%d=a" % i for i in range(20000))
    return mail(multipart(text(), b"Content-Type: application/gzip" + folded +
                          b"\nContent-Transfer-Encoding: base64\n\n" + binascii.b2a_base64(gz(report(name)))))


# Postfix cuts this as well.

@vector("A9", "bad|ok", "parameters", bomb=True)
def mime_parameters_50k(name):
    """50,000 parameters"""
    folded = b"".join(b";\n a%d=b" % i for i in range(50000))
    return mail(multipart(text(), b"Content-Type: application/gzip" + folded +
                          b"\nContent-Transfer-Encoding: base64\n\n" + binascii.b2a_base64(gz(report(name)))))


@vector("A9", "not_report", bomb=True)
def mime_no_boundary(name):
    """10 MB and a boundary to be guessed"""
    return HEAD + b"Content-Type: multipart/mixed\n\n" + (b"x" * 76 + b"\n") * 130000 + packed(name)


@vector("A9", "not_report", bomb=True)
def mime_prologue(_):
    """10 MB before the first part"""
    return HEAD + TYPE + b"\n" + (b"x" * 76 + b"\n") * 130000 + b"--b\n\nx\n--b--\n"


@vector("A9", "not_report", bomb=True)
def mime_guessed_four_times(name):
    """10 MB, in four multiparts whose boundaries are to be guessed"""
    body = b"".join(b"--g%d\nContent-Type: multipart/mixed\n\n" % i for i in range(8))
    return HEAD + b"Content-Type: multipart/mixed\n\n" + body + (b"x" * 76 + b"\n") * 130000 + packed(name) + b"".join(
        b"\n--g%d--" % i for i in reversed(range(8))) + b"\n"


# ---- A9: header bombs --------------------------------------------------------

@vector("A9 gmime", "bad", "groups", bomb=True)
def header_groups(name):
    """Cc: 45,000 groups inside each other"""
    return headed(name, b"Cc: " + b"g:" * 45000 + b"\n")


@vector("A9 gmime", "bad", "groups", bomb=True)
def header_groups_folded(name):
    """the same, folded, over four fields of 30,000"""
    return headed(name, b"".join(b"%s: " % field + b"\n ".join([b"g:" * 30] * 1000) + b"\n"
                                 for field in (b"Cc", b"To", b"Reply-To", b"Resent-Bcc")))


@vector("A9 gmime F3", "bad", "groups", bomb=True)
def header_groups_embedded(name):
    """the same, in a message within"""
    return embedded(name, b"Cc: " + b"g:" * 45000 + b"\n")


@vector("A9 gmime", "bad", "groups", bomb=True)
def header_groups_base64(name):
    """the same, in a message within, in base64"""
    inner = headed(name, b"Cc: " + b"g:" * 45000 + b"\n")
    return mail(multipart(text(), part(inner, "message/rfc822", None)))


@vector("A9", "bad", "comments", bomb=True)
def header_comments(name):
    """Cc: 100,000 comments inside each other"""
    return embedded(name, b"Cc: " + b"(" * 100000 + b"\n")


@vector("A9", "bad", "addresses", bomb=True)
def header_addresses(name):
    """To: 200,000 addresses without an @"""
    return embedded(name, b"Cc: " + b"a," * 200000 + b"\n")


@vector("A9", "bad", "addresses", bomb=True)
def header_recipients(name):
    """To: 20,000 proper addresses"""
    return embedded(name, b"To: " + b",\n ".join(b"a%d@example.net" % i for i in range(20000)) + b"\n")


@vector("A9", "bad", "header fields|max_header", bomb=True)
def header_fields(name):
    """200,000 fields"""
    return embedded(name, b"X: y\n" * 200000)


# Postfix cuts the headers of messages within, too, after header_size_limit.

@vector("A9", "bad|ok", "max_header", bomb=True)
def header_field_5m(name):
    """one field of 5 MB"""
    return embedded(name, b"X-Long: " + (b"x" * 76 + b"\n ") * 65000 + b"\n")


@vector("A9", "bad|ok", "max_header", bomb=True)
def header_line_5m(name):
    """one line of 5 MB"""
    return embedded(name, b"X-Long: " + b"x" * (5 * MIB) + b"\n")


@vector("A9", "bad", "max_header|header fields", bomb=True)
def header_of_parts(name):
    """500 parts with 5 kB of header each"""
    one = b"--b\n" + b"X-Header: some text that is not short, and not long\n" * 100 + b"\nx\n"
    return HEAD + TYPE + b"\n" + one * 500 + b"--b\n" + packed(name) + b"\n--b--\n"


@vector("A9", "ok", bomb=True)
def header_words(name):
    """Subject: 900 kB of encoded words"""
    return embedded(name, b"Subject: " + b"=?utf-8?q?=41=42=43?=\n " * 38000 + b"x\n")


@vector("A9", "ok", bomb=True)
def header_words_own(name):
    """Subject: 60 kB of encoded words, of the message itself"""
    return headed(name, b"Subject: " + b"=?utf-8?b?w6TDtg==?=\n " * 2600 + b"x\n")


@vector("A9", "ok", bomb=True)
def header_results(name):
    """Authentication-Results: 60 kB of comments and quotes"""
    return headed(name, b"Authentication-Results: mx.test.example; " + b"((((\\))))\"" * 6000 + b"\n")


@vector("A9", "ok", bomb=True)
def header_references(name):
    """References: 900 kB"""
    return embedded(name, b"References: " + b"<a@b>\n " * 120000 + b"\n")


@vector("A9", "not_report", bomb=True)
def header_nothing_else(_):
    """a message of 10 MB without an empty line"""
    return HEAD + b"no header, no body " * 500000


# ---- A10: transfer encodings -------------------------------------------------

def coded(name, encoding, body, type_=b"application/gzip"):
    return mail(multipart(text(), b"Content-Type: " + type_ + b"\nContent-Transfer-Encoding: " + encoding +
                          b"\n\n" + body))


@vector("A10 gmime", "ok")
def base64_goes_on(name):
    """base64 that goes on behind ="""
    data = gz(report(name))
    return coded(name, b"base64", b"".join(binascii.b2a_base64(data[i:i + 100]) for i in range(0, len(data), 100)))


@vector("A10", "ok")
def base64_unpadded(name):
    data = gz(report(name))
    return coded(name, b"base64", binascii.b2a_base64(data).rstrip(b"=\n") + b"\n")


@vector("A10", "ok", bomb=True)
def base64_line_10m(name):
    """base64: one line of 10 MB"""
    return coded(name, b"base64", binascii.b2a_base64(gz(report(name)) + bytes(7 * MIB)))


@vector("A10", "ok", bomb=True)
def base64_junk(name):
    """base64: 1.5 MB of blanks and junk between"""
    return coded(name, b"base64", b" \n\t!#\n".join(bytes([c]) * 1 for c in binascii.b2a_base64(gz(report(name)))) +
                 b"\n" + b"*-.,\n" * 300000)


@vector("A10", "ok", bomb=True)
def base64_padding(name):
    """base64: 10 MB of ="""
    return coded(name, b"base64", b"=" * (10 * MIB) + binascii.b2a_base64(gz(report(name))))


@vector("A10", "ok", bomb=True)
def quoted_soft(name):
    """quoted-printable: 1,000,000 soft line ends"""
    document = report(name).replace("=", "=3D").encode()
    return coded(name, b"quoted-printable", document[:200] + b"=\n" * 1000000 + document[200:], b"text/xml")


@vector("A10", "ok", bomb=True, records=0)
def quoted_equals(name):
    """quoted-printable: 10 MB of ="""
    document = report(name, " " ).replace("=", "=3D").encode()
    return coded(name, b"quoted-printable", document + b"=" * (10 * MIB), b"text/xml")


@vector("A10", "ok")
def uuencoded(name):
    data = gz(report(name))
    lines = b"".join(binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45))
    return coded(name, b"x-uuencode", b"begin 644 ../../../etc/passwd\n" + lines + b"`\nend\n")


@vector("A10", "not_report")
def uuencoded_lies(name):
    """uuencode: lengths that lie"""
    return coded(name, b"x-uuencode", b"begin 777 a\n" + b"M\n" * 100000 + b"~~~~~\n" * 100000 + b"end\n")


# Postfix changes line ends in what is not encoded.

@vector("A10", "ok|bad")
def encoding_unknown(name):
    return coded(name, b"x-nothing-known", gz(report(name)))


@vector("A10", "ok|bad")
def encoding_lies(name):
    """gzip as it is, said to be 7bit"""
    return coded(name, b"7bit", gz(report(name)))


# ---- H1: names of encodings that load code -----------------------------------

@vector("H1 A8", "ok")
def charset_of_text(name):
    """charset=ISO-2022-CN-EXT"""
    return mail(multipart(text("\x1b$)A\x0e\n", "text/plain; charset=ISO-2022-CN-EXT"),
                          part(report(name), "text/xml; charset=ISO-2022-CN-EXT")),
                subject="=?ISO-2022-CN-EXT?B?GyQpQQ4=?= =?iso-2022-kr?q?=1b$)C?= =?UTF-7?q?+AOQ-?=")


@vector("H1 A8", "ok")
def charset_of_parameter(name):
    """charsets of RFC 2231 and 2047 in names"""
    header = (b"Content-Type: application/gzip; name*=ISO-2022-CN-EXT''%1b%24%29A%0e\n"
              b"Content-Disposition: attachment; filename=\"=?BIG5-HKSCS?B?pEA=?=\"\n"
              b"Content-Transfer-Encoding: base64\n")
    return (b"Cc: =?EUC-TW?B?jqKhoQ==?= <a@example.net>, =?../../../tmp/x?q?a?= <b@example.net>\n" +
            mail(multipart(text(), header + b"\n" + binascii.b2a_base64(gz(report(name))))))
