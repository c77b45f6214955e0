#include "feedback_fixture.h"

#define HEAD                                                                   \
    "<report_metadata><org_name>o</org_name><report_id>i</report_id>"          \
    "</report_metadata><policy_published><domain>d</domain></"                 \
    "policy_published>"
#define RECORD                                                                 \
    "<record><row><source_ip>192.0.2.1</source_ip><count>2</count></row>"      \
    "</record>"

static void
every_field_comes_out_as_sent(void **state)
{
    assert_gives(
        state,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<feedback xmlns=\"urn:x\">\n"
        "  <version>1.0</version>\n"
        "  <report_metadata>\n"
        "    <org_name>Org</org_name><email>a@b.example</email>\n"
        "    <extra_contact_info lang=\"en\">c</extra_contact_info>\n"
        "    <report_id>007</report_id>\n"
        "    <date_range><begin>1</begin><end>2</end></date_range>\n"
        "    <error>e1</error><error/><generator>g</generator>\n"
        "  </report_metadata>\n"
        "  <policy_published><domain>d</domain><adkim>R</adkim>\n"
        "    <aspf>s</aspf><p>None</p><sp>nil</sp><np>x</np><pct>101</pct>\n"
        "    <fo>1:d</fo><testing>n</testing>\n"
        "    <discovery_method>psl</discovery_method>\n"
        "    <rf>afrf</rf></policy_published>\n"
        "  <extension><domain>no</domain></extension>\n"
        "  <record><row><source_ip>::1</source_ip><count>-3</count>\n"
        "    <policy_evaluated><disposition>pass</disposition>\n"
        "      <dkim>Pass</dkim><spf>none</spf>\n"
        "      <reason><type>t1</type><comment>c1</comment></reason>\n"
        "      <reason><comment>c2</comment></reason>\n"
        "    </policy_evaluated></row>\n"
        "    <identifiers><header_from>h</header_from>\n"
        "      <envelope_from/><envelope_to>t</envelope_to></identifiers>\n"
        "    <auth_results>\n"
        "      <spf><scope>helo</scope><result>r</result></spf>\n"
        "      <dkim><domain>d1</domain><selector>s1</selector>\n"
        "        <result>pass</result><human_result>h1</human_result></dkim>\n"
        "      <dkim><result>fail</result><domain>d2</domain></dkim>\n"
        "    </auth_results></record>\n"
        "</feedback>\n",
        "[ source_ip=::1 count=-3 disposition=pass dkim=Pass spf=none "
        "header_from=h envelope_from= envelope_to=t reason(t1,c1) "
        "reason(-,c2) auth_dkim(d1,s1,pass,h1) auth_dkim(d2,-,fail,-) "
        "auth_spf(-,helo,r,-) ]"
        "{ version=1.0 org_name=Org email=a@b.example extra_contact_info=c "
        "report_id=007 begin=1 end=2 generator=g domain=d p=None sp=nil np=x "
        "adkim=R aspf=s pct=101 fo=1:d testing=n discovery_method=psl "
        "error=e1 error= records=1 } ok");
}

static void
records_come_before_their_report_in_any_order(void **state)
{
    assert_gives(state,
                 "<feedback>" RECORD HEAD
                 "<record><identifiers><header_from>x</header_from>"
                 "</identifiers></record></feedback>",
                 "[ source_ip=192.0.2.1 count=2 ][ header_from=x ]"
                 "{ org_name=o report_id=i domain=d records=2 } ok");
}

static void
prefix_and_case_do_not_count(void **state)
{
    assert_gives(state,
                 "<a:Feedback><a:REPORT_METADATA><b:org_name>o</b:org_name>"
                 "</a:REPORT_METADATA><ext:record><c:Row><COUNT>1</COUNT>"
                 "</c:Row></ext:record></a:Feedback>",
                 "[ count=1 ]{ org_name=o records=1 } ok");
}

static void
unknown_element_is_left_out_with_all_in_it(void **state)
{
    assert_gives(
        state,
        "<feedback><x><record><row><count>9</count></row></record>"
        "<report_metadata><org_name>no</org_name></report_metadata>"
        "</x>" HEAD "<record><row><y>text<count>9</count></y>"
        "<count>1<z>0</z>2</count></row></record></feedback>",
        "[ count=12 ]{ org_name=o report_id=i domain=d records=1 } ok");
}

static void
text_that_comes_in_pieces_is_joined(void **state)
{
    assert_gives(state,
                 "<feedback><report_metadata><org_name>A&amp;T &#65;<!-- x -->"
                 "<![CDATA[<b>&]]>\xc3\xa9<?pi?>&#x20ac;</org_name>"
                 "</report_metadata></feedback>",
                 "{ org_name=A&T A<b>&\xc3\xa9\xe2\x82\xac records=0 } ok");
}

static void
white_space_around_a_value_is_left_out(void **state)
{
    assert_gives(state,
                 "<feedback><report_metadata>"
                 "<org_name>\r\n\t a b\xc2\xa0</org_name>"
                 "<email>\xef\xbb\xbf</email><report_id>&#160;x </report_id>"
                 "</report_metadata></feedback>",
                 "{ org_name=a b email= report_id=x records=0 } ok");
}

static void
row_and_dates_are_known_one_level_higher_too(void **state)
{
    assert_gives(state,
                 "<feedback><report_metadata><begin>1</begin><end>2</end>"
                 "</report_metadata><record><source_ip>s</source_ip>"
                 "<policy_evaluated><spf>pass</spf></policy_evaluated>"
                 "<count>1</count></record></feedback>",
                 "[ source_ip=s count=1 spf=pass ]"
                 "{ begin=1 end=2 records=1 } ok");
}

static void
report_without_records_is_a_report(void **state)
{
    assert_gives(state, "<feedback>" HEAD "</feedback>",
                 "{ org_name=o report_id=i domain=d records=0 } ok");
    assert_gives(state, "<feedback><version/></feedback>",
                 "{ version= records=0 } ok");
}

static void
other_xml_is_no_report(void **state)
{
#define NO_REPORT " not_report: no <feedback> with a known element"
    assert_gives(state, "", NO_REPORT);
    assert_gives(state, " \n ", NO_REPORT);
    assert_gives(state, "<rss><channel/></rss>", NO_REPORT);
    assert_gives(state, "<feedback/>", NO_REPORT);
    assert_gives(state, "<feedback><stars>5</stars></feedback>", NO_REPORT);
    assert_gives(state, "<html><p>cut", NO_REPORT);
#undef NO_REPORT
}

static void
the_same_in_any_encoding(void **state)
{
    static const char wanted[] =
        "{ org_name=\xc3\xa9\xe2\x82\xac records=0 } ok";

    assert_gives(state,
                 "<feedback><report_metadata><org_name>\xc3\xa9\xe2\x82\xac"
                 "</org_name></report_metadata></feedback>",
                 wanted);
    assert_gives(state,
                 "<?xml version='1.0' encoding='Windows-1252'?><feedback>"
                 "<report_metadata><org_name>\xe9\x80</org_name>"
                 "</report_metadata></feedback>",
                 wanted);
    assert_gives(state,
                 "<?xml version='1.0' encoding='iso-8859-15'?><feedback>"
                 "<report_metadata><org_name>\xe9\xa4</org_name>"
                 "</report_metadata></feedback>",
                 wanted);
    assert_gives(state,
                 "\xef\xbb\xbf\xef\xbb\xbf<?xml version='1.0' "
                 "encoding='iso-8859-1'?><feedback><report_metadata><org_name>"
                 "\xc3\xa9\xe2\x82\xac</org_name></report_metadata></feedback>",
                 wanted);
}

/* Each byte of `text` as UTF-16, big or little endian. */
static struct rua_span
widen(const char *text, bool is_big, unsigned char *wide)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        wide[2 * i + is_big] = (unsigned char)text[i];
        wide[2 * i + !is_big] = 0;
    }
    return (struct rua_span){wide, 2 * n};
}

static void
utf16_is_read_with_and_without_a_mark(void **state)
{
    unsigned char wide[1000] = "\xff\xfe";
    static const char text[] = "<feedback><version>1</version></feedback>";
    static const char wanted[] = "{ version=1 records=0 } ok";
    struct rua_span span = widen(text, false, wide + 2);

    assert_told(*state, (struct rua_span){wide, span.len + 2}, false, wanted);
    memcpy(wide, "\xfe\xff", 2);
    widen(text, true, wide + 2);
    assert_told(*state, (struct rua_span){wide, span.len + 2}, false, wanted);
    assert_told(*state, (struct rua_span){wide + 2, span.len}, false, wanted);
}

static void
parser_is_good_again_after_anything(void **state)
{
    static const char good[] = "<feedback>" HEAD RECORD "</feedback>";

    for (int i = 0; i < 3; i++) {
        read_pieces(*state, RUA_SPAN("<feedback><record><row><a"), 100, false);
        read_pieces(*state, RUA_SPAN("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), 100,
                    false);
        read_pieces(*state, RUA_SPAN("<feedback><version>1</x>"), 100, false);
        assert_gives(state, good,
                     "[ source_ip=192.0.2.1 count=2 ]"
                     "{ org_name=o report_id=i domain=d records=1 } ok");
    }
}

static void
sinks_verdict_ends_the_document(void **state)
{
    struct fixture *fixture = *state;

    fixture->calls_allowed = 1;
    assert_gives(state, "<feedback>" RECORD RECORD RECORD HEAD "</feedback>",
                 "[ source_ip=192.0.2.1 count=2 ]"
                 "[ source_ip=192.0.2.1 count=2 ] later: enough");
    assert_gives(state, "<feedback>" HEAD RECORD "</feedback>",
                 "[ source_ip=192.0.2.1 count=2 ]"
                 "{ org_name=o report_id=i domain=d records=1 } later: enough");
    fixture->calls_allowed = 0;
    assert_gives(state,
                 "<a><feedback><version/></feedback><feedback>" RECORD
                 "</feedback></a>",
                 "{ version= records=0 !wrapped } later: enough");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_field_comes_out_as_sent),
        TEST(records_come_before_their_report_in_any_order),
        TEST(prefix_and_case_do_not_count),
        TEST(unknown_element_is_left_out_with_all_in_it),
        TEST(text_that_comes_in_pieces_is_joined),
        TEST(white_space_around_a_value_is_left_out),
        TEST(row_and_dates_are_known_one_level_higher_too),
        TEST(report_without_records_is_a_report),
        TEST(other_xml_is_no_report),
        TEST(the_same_in_any_encoding),
        TEST(utf16_is_read_with_and_without_a_mark),
        TEST(parser_is_good_again_after_anything),
        TEST(sinks_verdict_ends_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
