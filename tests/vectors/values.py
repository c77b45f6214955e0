"""values.py - A11, B1, C1 to C5, D1 to D3: what stands in a report."""

from build import DECLARATION, SUBJECT, feedback, gz, identifiers, mail, metadata, multipart, part, policy, reason, record, text
from .base import KIB, MIB, attached, attached_xml, report, vector

# ---- A11: numbers ------------------------------------------------------------

COUNTS = ("-1", "18446744073709551616", "9223372036854775808", "1e9", "0x10", "1 000", "NaN", "", "1" * 5000, "٣",
          "+1", "1.5", "=1+1")


@vector("A11", "ok", records=len(COUNTS))
def number_counts(name):
    """counts that are none"""
    return attached_xml(report(name, *(record(count=count) for count in COUNTS)))


def spanning(name, begin, end):
    return attached_xml(report(name, meta=metadata(report_id=name, begin=begin, end=end)))


@vector("A11", "ok")
def number_dates(name):
    """0 to 2^63"""
    return spanning(name, 0, 1 << 63)


@vector("A11", "ok")
def number_dates_negative(name):
    return spanning(name, -(1 << 63), -1)


@vector("A11", "ok")
def number_dates_huge(name):
    return spanning(name, "9" * 5000, "1e999")


@vector("A11", "ok")
def number_dates_reversed(name):
    """an end before its begin"""
    return spanning(name, 1772495999, 1772409600)


@vector("A11", "ok")
def number_year(name):
    """the year 30000"""
    return spanning(name, 884541351600, 884541437999)


@vector("A11", "ok")
def number_pct(name):
    return attached_xml(report(name, pol=policy(pct="-2147483649")))


# ---- B1: paths ---------------------------------------------------------------

DOMAINS = ("../../etc", "..", ".", "a/b", "/etc/passwd", "a\\b", ".spool", "-rf", "~root", "$(id)", "a;b", "%2e%2e%2f",
           "CON", "x" * 64 + ".example", ".".join(["x" * 60] * 5), "quarantine", "_invalid", "*", "a..b", "&#10;",
           "&#x202e;example", "a&#9;b", "xn--a", "xn--" + "9" * 100)


def of_domain(number, domain):
    def make(name):
        return attached_xml(report(name, pol=policy(domain)))
    make.__name__ = f"domain_{number:02}"
    make.__doc__ = f"policy domain {domain[:30]}"
    vector("B1", "ok", everyone=True)(make)


for at, one in enumerate(DOMAINS):
    of_domain(at, one)


@vector("B1", "ok")
def domain_upper_case(name):
    return attached_xml(report(name, pol=policy("EXAMPLE.com.")))


@vector("B1", "ok")
def names_are_paths(name):
    """reporter, ID, e-mail and file names that are paths"""
    document = feedback(meta=metadata("../../../etc", "../a", f"../../../../etc/cron.d/{name}"))
    return mail(multipart(text(), part(gz(document), name="../../../../etc/passwd")))


@vector("B1", "ok", everyone=True)
def names_are_long(name):
    """a reporter and an ID of 5,000 bytes"""
    return attached_xml(report(name, meta=metadata("o" * 5000, "e" * 5000, name + "i" * 5000)))


# ---- C: text -----------------------------------------------------------------

FORMULAS = ("=HYPERLINK(&quot;http://example.org&quot;)", "+1+1", "-1+1", "@SUM(A1)", "&#9;=1", "&#13;=1", "&#10;=1",
            "'=1", "＝1", "|calc", "%0A=1", ";=1", " =1", "&#160;=1", "&#xfeff;=1", "&#x200b;=1", '"=1')


@vector("C1", "ok", records=len(FORMULAS))
def text_formulas(name):
    """values that a spreadsheet would run"""
    return attached_xml(report(name, *(record(auth=build_auth(value), reasons=reason(value, value))
                                       for value in FORMULAS), meta=metadata(FORMULAS[0], FORMULAS[1], name)))


def build_auth(value):
    return (f"<dkim><domain>{value}</domain><selector>{value}</selector><result>{value}</result>"
            f"<human_result>{value}</human_result></dkim><spf><domain>{value}</domain><result>{value}</result></spf>")


BREAKING = ('",",",', '""', "a,b", "a&#13;&#10;b", "a&#10;&quot;,&quot;", "a&#9;b", "a&#x2028;b", "a&#x2029;b",
            "a&#x85;b", "\\", "\\&quot;", "a;b", "&#xb;&#xc;", "&#1;&#27;", "'", "<![CDATA[\n\",\"\n]]>")


@vector("C2", "ok", records=len(BREAKING))
def text_columns(name):
    """values that would begin another column or row"""
    return attached_xml(report(name, *(record(value, auth=build_auth(value), ids=identifiers(value))
                                       for value in BREAKING), meta=metadata(BREAKING[0], BREAKING[3], name)))


TERMINAL = ("\u009b31m", "\u202egnp.exe", "\u2066a\u2069", "\ufeff", "\u007f", "\u0080\u0090\u009d52;c;YQ==\u009c",
            "&#x1b;[2J", "&#x1b;]52;c;YQ==&#7;", "&#8;&#8;", "\u200f\u061c", "e" + "\u0301" * 3000, "\U000e0041")


@vector("C3", "ok", records=len(TERMINAL))
def text_terminal(name):
    """values that a terminal would obey"""
    return attached_xml(report(name, *(record(value, auth=build_auth(value), ids=identifiers(value))
                                       for value in TERMINAL), meta=metadata("".join(TERMINAL), report_id=name)))


@vector("C4", "ok")
def text_log(name):
    """a reporter that would write lines of the log"""
    org = ("x\r\nid=1 rua=a verdict=ok text=stored\n %n%s%n \" verdict=ok \\\" \x7f" + "y" * MIB).replace("\r", "&#13;")
    return attached_xml(report(name, meta=metadata(org.replace("\n", "&#10;").replace("\x7f", "&#127;"),
                                                   report_id=name)))


@vector("C4", "bad", "entry")
def text_log_of_archive(name):
    """a file in an archive that would write lines of the log"""
    from .packed import archived, raw_zip
    return archived(raw_zip([{"data": b"a", "method": 12, "name": b"x\r\nid=1 verdict=ok text=\"\x1b[2J%n%s" * 100}]))


@vector("C5", "ok")
def text_script(name):
    """HTML and SQL"""
    value = "&lt;img src=x onerror=alert(1)&gt;'); DROP TABLE reports; --"
    return attached_xml(report(name, record(value, auth=build_auth(value), ids=identifiers(value)),
                               meta=metadata(value, value, name)))


# ---- D: forged ---------------------------------------------------------------

@vector("D1", "ok")
def forged_id_first(_):
    """a report with somebody else's ID, sent first"""
    return attached_xml(report("forged-id", record(count="666")))


@vector("D1", "ok")
def forged_id_second(_):
    """the true one"""
    return attached_xml(report("forged-id", record(count="1")))


@vector("D2", "ok")
def replayed_first(_):
    return attached_xml(report("replayed"))


@vector("D2", "duplicate")
def replayed_otherwise(_):
    """the same report, written and packed otherwise"""
    from .packed import archived
    document = report("replayed").replace("><", ">\r\n\t <").replace("<feedback>", '<feedback  a="b" >')
    return archived(zipped_twice(document))


def zipped_twice(document):
    from build import zipped
    return zipped(("b.xml.gz", gz(document)))


@vector("D3", "ok")
def forged_sender(name):
    """nobody's report, in the name of a large reporter"""
    return attached_xml(report(name, meta=metadata("google.com", "noreply-dmarc-support@google.com", name)))
