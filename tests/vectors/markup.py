"""markup.py - A5 to A8: XML."""

from build import DECLARATION, feedback, gz, identifiers, metadata, part, mail, policy, record
from .base import KIB, MIB, attached, attached_xml, head_of, report, vector

# A file and a port that nobody is to touch: a test makes them, and looks.
CANARY_FILE = "/etc/hostname"
CANARY_PORT = 9


def declared(name, subset="", external=""):
    """A report with a document type declaration, whose organisation is &a;."""
    doctype = f"<!DOCTYPE feedback {external}" + (f"[{subset}]" if subset else "") + ">\n"
    return attached_xml(report(name, head=DECLARATION + doctype, meta=metadata("&a;", report_id=name)))


# ---- A5: entities ------------------------------------------------------------

SUBSET = "internal subset"


@vector("A5 expat", "bad", SUBSET, bomb=True)
def xml_billion_laughs(name):
    """entities: a billion laughs"""
    names = "abcdefghijk"
    return declared(name, "".join(f'<!ENTITY {one} "{f"&{next_};" * 10}">' for one, next_ in zip(names, names[1:]))
                    + '<!ENTITY k "ha">')


@vector("A5 expat", "bad", SUBSET, bomb=True)
def xml_quadratic(name):
    """entities: 100 kB, 10,000 times"""
    doctype = f'<!DOCTYPE feedback [<!ENTITY a "{"a" * 100000}">]>\n'
    return attached_xml(report(name, head=DECLARATION + doctype, meta=metadata("&a;" * 10000, report_id=name)))


@vector("A5 expat", "bad", SUBSET, bomb=True)
def xml_entity_chain(name):
    """entities: a chain of 200,000"""
    return declared(name, '<!ENTITY a "&e0;">' + "".join(f'<!ENTITY e{i} "&e{i + 1};">' for i in range(200000))
                    + '<!ENTITY e200000 "ha">')


@vector("A5 expat", "bad", SUBSET, bomb=True)
def xml_entity_value(name):
    """entities: one of 20 MB, never used"""
    return declared(name, '<!ENTITY b "' + "b" * (20 * MIB) + '"><!ENTITY a "a">')


@vector("A5 expat", "bad", SUBSET)
def xml_external_file(name):
    return declared(name, f'<!ENTITY a SYSTEM "file://{CANARY_FILE}">')


@vector("A5 expat", "bad", SUBSET)
def xml_external_address(name):
    return declared(name, f'<!ENTITY a SYSTEM "http://127.0.0.1:{CANARY_PORT}/a">')


@vector("A5", "bad", SUBSET)
def xml_parameter_entity(name):
    return declared(name, f'<!ENTITY % p SYSTEM "http://127.0.0.1:{CANARY_PORT}/p.dtd"> %p;')


@vector("A5", "ok", warned="doctype")
def xml_external_subset(name):
    """An external subset only: passed over."""
    return attached_xml(report(name, head=DECLARATION + "<!DOCTYPE feedback SYSTEM "
                                                        f'"http://127.0.0.1:{CANARY_PORT}/f.dtd">\n'))


@vector("A5", "ok", warned="doctype")
def xml_external_subset_file(name):
    return attached_xml(report(name, head=DECLARATION + f'<!DOCTYPE feedback SYSTEM "file://{CANARY_FILE}">\n'))


@vector("A5", "ok", warned="doctype")
def xml_unknown_entity(name):
    """An entity that only the external subset may know."""
    return declared(name, external=f'SYSTEM "file://{CANARY_FILE}"')


@vector("A5", "ok")
def xml_include(name):
    """XInclude"""
    return attached_xml(report(name, open_='<feedback xmlns:xi="http://www.w3.org/2001/XInclude">'
                                           f'<xi:include href="file://{CANARY_FILE}" parse="text"/>'))


@vector("A5", "ok")
def xml_stylesheet(name):
    return attached_xml(report(name, head=DECLARATION + '<?xml-stylesheet type="text/xsl" '
                                                        f'href="http://127.0.0.1:{CANARY_PORT}/s.xsl"?>\n'))


# ---- A6: large tokens --------------------------------------------------------

def in_record(name, junk):
    """A report with something before its record."""
    return attached_xml(report(name, junk + record()))


@vector("A6 expat", "bad", "max_tag")
def xml_attribute_4m(name):
    """an attribute of 4 MB"""
    return in_record(name, '<a b="' + "x" * (4 * MIB) + '"/>')


@vector("A6 expat", "bad", "max_tag", bomb=True)
def xml_attribute_5m(name):
    """an attribute of 5 MB"""
    return in_record(name, '<a b="' + "x" * (5 * MIB) + '"/>')


@vector("A6 expat", "bad", "max_tag", bomb=True)
def xml_attribute_16m(name):
    """an attribute of 16 MB"""
    return in_record(name, '<a b="' + "x" * (16 * MIB) + '"/>')


@vector("A6", "bad", "max_tag", bomb=True)
def xml_attribute_open(name):
    """an attribute of 30 MB that does not end"""
    return in_record(name, '<a b="' + "x" * (30 * MIB))


@vector("A6", "ok", bomb=True)
def xml_attribute_entities(name):
    """an attribute of 130,000 references"""
    return in_record(name, '<a b="' + "&amp;" * 130000 + '"/>')


@vector("A6 expat", "bad", "max_tag", bomb=True)
def xml_comment_8m(name):
    """a comment of 8 MB"""
    return in_record(name, "<!--" + "x" * (8 * MIB) + "-->")


@vector("A6", "bad", "max_tag", bomb=True)
def xml_instruction_10m(name):
    """a processing instruction of 10 MB"""
    return in_record(name, "<?a " + "x" * (10 * MIB) + "?>")


@vector("A6", "bad", "max_tag", bomb=True)
def xml_name_10m(name):
    """an element's name of 10 MB"""
    return in_record(name, "<" + "x" * (10 * MIB) + "/>")


@vector("A6", "ok", bomb=True, warned="value_cut")
def xml_cdata_10m(name):
    """CDATA of 10 MB"""
    return attached_xml(report(name, meta=metadata("<![CDATA[" + "x" * (10 * MIB) + "]]>", report_id=name)))


@vector("A6", "ok", bomb=True)
def xml_tags_1m(name):
    """ten attributes of just below 1 MB"""
    return in_record(name, ('<a b="' + "x" * (MIB - 70000) + '"/>') * 10)


# ---- A7: many and deep -------------------------------------------------------

@vector("A7 expat", "bad", "max_xml_depth", bomb=True)
def xml_nested_5m(name):
    """5,000,000 elements inside each other"""
    return in_record(name, "<a>" * 5000000)


@vector("A7", "bad", "max_xml_depth", bomb=True)
def xml_nested_records(name):
    """100,000 records inside each other"""
    return in_record(name, "<record>" * 100000)


@vector("A7 expat", "bad", "max_names", bomb=True)
def xml_names_1m(name):
    """1,000,000 names of elements"""
    return in_record(name, "".join(f"<n{i}/>" for i in range(1000000)))


@vector("A7", "bad", "max_names", bomb=True)
def xml_names_long(name):
    """100,000 names of 150 bytes, packed"""
    return in_record(name, "".join(f"<{'n' * 140}{i}/>" for i in range(100000)))


@vector("A7", "bad", "max_tag", bomb=True)
def xml_attributes_200k(name):
    """200,000 attributes of one element"""
    return in_record(name, "<a" + "".join(f" a{i}='{i}'" for i in range(200000)) + "/>")


@vector("A7", "bad", "max_attributes", bomb=True)
def xml_attributes_1m(name):
    """1,000,000 names of attributes, 50,000 an element"""
    return in_record(name, "".join("<a" + "".join(f" n{i}=''" for i in range(j, j + 50000)) + "/>"
                                   for j in range(0, 1000000, 50000)))


@vector("A7", "bad", "max_tag", bomb=True)
def xml_namespaces(name):
    """100,000 namespaces"""
    return in_record(name, "<a" + "".join(f" xmlns:p{i}='urn:{i}'" for i in range(50000)) + "/>" +
                     "".join(f"<p{i}:a xmlns:p{i}='urn:x'/>" for i in range(50000)))


@vector("A7", "ok", bomb=True, warned="results_cut")
def xml_results_200k(name):
    """200,000 DKIM results in one record"""
    one = "<dkim><domain>example.com</domain><selector>s</selector><result>pass</result></dkim>"
    return attached_xml(report(name, record(auth=one * 200000)))


@vector("A7", "ok", bomb=True)
def xml_errors_200k(name):
    """200,000 errors in the metadata"""
    return attached_xml(report(name, meta=metadata(report_id=name, more="<error>this is an error</error>" * 200000)))


@vector("A7", "ok", bomb=True, warned="empty_record")
def xml_empty_records(name):
    """1,000,000 empty records"""
    return in_record(name, "<record/>" * 1000000)


@vector("A7", "not_report", bomb=True)
def xml_empty_documents(name):
    """200,000 roots behind each other"""
    return attached_xml("<feedback/>" * 200000)


@vector("A7", "bad", "max_reports", bomb=True)
def xml_reports_20000(name):
    """20,000 reports in one document"""
    one = feedback(head="", meta=metadata(report_id=name))
    return attached_xml("<r>" + one * 20000 + "</r>")


# ---- not well-formed: read again, and mended ---------------------------------

@vector("A7", "bad", "max_xml_depth", bomb=True)
def mend_open_tags(name):
    """mended: 500,000 elements that do not end"""
    return in_record(name, "<row>" * 500000)


@vector("A7", "ok", bomb=True)
def mend_end_tags(name):
    """mended: 1,000,000 ends of nothing"""
    return in_record(name, "</a>" * 1000000)


@vector("A7", "ok", bomb=True)
def mend_crossed(name):
    """mended: 200,000 crossed tags"""
    return in_record(name, "<a><b></a></b>" * 200000)


@vector("A7", "bad", "max_idle", bomb=True)
def mend_less_than(name):
    """mended: 8,000,000 "<" """
    return in_record(name, "<" * 8000000)


@vector("A7", "bad", "max_idle", bomb=True)
def mend_ampersands(name):
    """mended: 8,000,000 "&" """
    return in_record(name, "<a>" + "&" * 8000000 + "</a>")


@vector("A7", "bad", "max_tag", bomb=True)
def mend_quotes(name):
    """mended: a tag of 8 MB without its quotation mark"""
    return in_record(name, "<a b=" + "c='" * 2700000 + ">")


@vector("A7", "bad", "max_tag", bomb=True)
def mend_comments(name):
    """mended: 2,000,000 comments that do not end"""
    return in_record(name, "<!--" * 2000000)


@vector("A7", "bad", "broke off", bomb=True)
def mend_cdata(name):
    """mended: 1,000,000 CDATA sections that do not end"""
    return in_record(name, "<![CDATA[" * 1000000)


@vector("A7", "ok", bomb=True)
def mend_doctypes(name):
    """mended: 1,000,000 document types"""
    return in_record(name, "<!DOCTYPE a>" * 1000000)


@vector("A7", "bad", "max_idle", bomb=True)
def mend_slow(name):
    """mended: 1 GB with an error at its end, a record in each 15 MiB"""
    from .base import repeated
    block = b" " * (15 * MIB) + record().encode()
    return attached(repeated(block, 66, head_of(name), b"</wrong></feedback>"))


# ---- A8: encodings -----------------------------------------------------------

def encoded(name, declared_as, codec, mark=b"", org="Example"):
    document = report(name, head=f'<?xml version="1.0" encoding="{declared_as}"?>\n',
                      meta=metadata(org, report_id=name))
    return attached(gz(mark + (codec(document) if callable(codec) else document.encode(codec))))


def with_bytes(name, octets):
    """A report with bytes as its organisation."""
    document = report(name, meta=metadata("@@", report_id=name)).encode()
    return attached(gz(document.replace(b"@@", octets)))


@vector("A8", "ok")
def xml_utf_16(name):
    return encoded(name, "UTF-16", "utf-16-be", b"\xfe\xff")


@vector("A8", "ok")
def xml_utf_16_without_mark(name):
    return encoded(name, "UTF-16LE", "utf-16-le")


@vector("A8", "ok")
def xml_utf_16_surrogates(name):
    """lone surrogates in UTF-16"""
    return encoded(name, "UTF-16", lambda text: text.replace("Example", "\ud800\ud800\udc00\udc00")
                   .encode("utf-16-le", "surrogatepass"), b"\xff\xfe")


@vector("A8", "ok")
def xml_utf_16_odd(name):
    """UTF-16 of an odd number of bytes"""
    return encoded(name, "UTF-16", lambda text: text.encode("utf-16-le")[:-1], b"\xff\xfe")


@vector("A8", "not_report")
def xml_utf_32(name):
    return encoded(name, "UTF-32", "utf-32-le", b"\xff\xfe\0\0")


@vector("A8", "ok")
def xml_utf_7(name):
    return encoded(name, "UTF-7", "ascii", org="+ADw-script+AD4-")


@vector("A8 H1", "ok")
def xml_iso_2022_cn_ext(name):
    """an encoding that would load code"""
    return encoded(name, "ISO-2022-CN-EXT", "ascii", org="\x1b$*H##")


@vector("A8", "ok")
def xml_invalid_utf_8(name):
    return with_bytes(name, b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5\x80\x80\x80\xc3")


@vector("A8", "ok")
def xml_overlong_utf_8(name):
    return with_bytes(name, b"\xc0\xbcscript\xc0\xbe \xe0\x80\xaf\xf0\x80\x80\xaf")


@vector("A8", "ok")
def xml_nul(name):
    return with_bytes(name, b"a\0b\0\0c")


@vector("A8", "ok", bomb=True)
def xml_invalid_8m(name):
    """8 MB of invalid UTF-8"""
    return with_bytes(name, b"\xff" * (8 * MIB))


@vector("A8", "bad", "max_idle", bomb=True)
def xml_control_8m(name):
    """8 MB of control characters"""
    return with_bytes(name, b"\1" * (8 * MIB))
