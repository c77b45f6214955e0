#include "feedback_fixture.h"

#define V1 "<version>1</version>"
#define V2 "<version>2</version>"
#define V3 "<version>3</version>"
#define R1 "<record><row><count>1</count></row></record>"
#define R2 "<record><row><count>2</count></row></record>"
#define R3 "<record><row><count>3</count></row></record>"

static void
first_of_repeated_values_counts(void **state)
{
    assert_gives(
        state,
        "<feedback>" V1 V2 "<record><row><count>1</count><count>9</count></row>"
        "<row><count>8</count><source_ip>s</source_ip></row>"
        "<auth_results><dkim><result/><result>x</result>"
        "<domain>d</domain></dkim></auth_results></record>" R3 "</feedback>",
        "[ source_ip=s count=1 auth_dkim(d,-,,-) !repeated ]"
        "[ count=3 ]{ version=1 records=2 !repeated } ok");
}

static void
second_metadata_or_policy_is_left_out_whole(void **state)
{
    assert_gives(state,
                 "<feedback><policy_published><domain>a</domain>"
                 "</policy_published><policy_published><p>none</p>"
                 "</policy_published></feedback>",
                 "{ domain=a records=0 !repeated } ok");
    assert_gives(state,
                 "<feedback><report_metadata/><report_metadata>"
                 "<org_name>o</org_name></report_metadata>" V1 "</feedback>",
                 "{ version=1 records=0 !repeated } ok");
}

static void
text_of_a_reason_is_its_type(void **state)
{
#define REASON(text)                                                           \
    "<feedback><record><row><policy_evaluated><reason>" text                   \
    "</reason></policy_evaluated></row></record></feedback>"
    assert_gives(state, REASON(" forward<!-- -->ed\n"),
                 "[ reason(forwarded,-) !reason_text ]{ records=1 } ok");
    assert_gives(state, REASON("\n <type>t</type>\n <comment>c</comment>\n"),
                 "[ reason(t,c) ]{ records=1 } ok");
    assert_gives(state, REASON("x<type>t</type>"),
                 "[ reason(t,-) ]{ records=1 !stray_text } ok");
    assert_gives(state, REASON("<type>t</type>y"),
                 "[ reason(t,-) ]{ records=1 !stray_text } ok");
    assert_gives(state, REASON("<comment>c</comment>"),
                 "[ reason(-,c) ]{ records=1 } ok");
#undef REASON
}

static void
empty_result_is_left_out(void **state)
{
    assert_gives(
        state,
        "<feedback><record><row><count>1</count><policy_evaluated>"
        "<reason><type/><comment> </comment></reason><reason> </reason>"
        "</policy_evaluated></row><auth_results><dkim/>"
        "<dkim><domain>d</domain></dkim><spf><domain/></spf>"
        "</auth_results></record></feedback>",
        "[ count=1 auth_dkim(d,-,-,-) !empty_result ]"
        "{ records=1 } ok");
}

static void
record_without_a_known_field_is_none(void **state)
{
    assert_gives(state,
                 "<feedback><record/><record><row/><x>1</x></record>"
                 "<record><auth_results><spf/></auth_results></record>"
                 "<record><row><count/></row></record></feedback>",
                 "[ count= ]{ records=1 !empty_record } ok");
}

static void
identities_are_identifiers(void **state)
{
    assert_gives(state,
                 "<feedback><record><identities><header_from>h</header_from>"
                 "</identities></record>" R1 "</feedback>",
                 "[ header_from=h !identities ][ count=1 ]{ records=2 } ok");
}

static void
text_between_elements_is_left_out(void **state)
{
    assert_gives(state,
                 "<feedback><record><row><count>1</count>1&#49;</row></record>"
                 "</feedback>",
                 "[ count=1 ]{ records=1 !stray_text } ok");
    assert_gives(state, "<feedback>\xc2\xa0\r\n" V1 "\t</feedback>",
                 "{ version=1 records=0 } ok");
    assert_gives(state, "<feedback>" V1 "<x>text</x></feedback>",
                 "{ version=1 records=0 } ok");
}

static void
feedback_is_found_inside_other_elements(void **state)
{
    assert_gives(state,
                 "<?xml version='1.0'?><xs:schema>text<b/>"
                 "<feedback>" R1 "</feedback> text </xs:schema>",
                 "[ count=1 ]{ records=1 !wrapped } ok");
    assert_gives(state, "<schema><feedback>" R1 "</feedback>\n",
                 "[ count=1 ]{ records=1 !wrapped } ok");
    assert_gives(state, "<schema><feedback>" R1 "</feedback></x>",
                 "[ count=1 ]{ records=1 !trailing_junk !wrapped } ok");
}

static void
each_feedback_is_a_report(void **state)
{
    assert_gives(state,
                 "<a><feedback>" V1 R1 "</feedback><feedback/><feedback>" R2 V2
                 "</feedback></a>",
                 "[ count=1 ]{ version=1 records=1 !trailing_junk !wrapped }"
                 "[ count=2 ]{ version=2 records=1 !wrapped } ok");
    assert_gives(state,
                 "\xef\xbb\xbf<?xml version='1.0'?><feedback>" V1
                 "</feedback>\n"
                 "<?xml version='1.0' encoding='windows-1252'?>"
                 "<feedback>"
                 "<version>2\xe9</version>" R2 "</feedback>"
                 "<feedback>" V3 "</feedback>",
                 "{ version=1 records=0 }[ count=2 ]"
                 "{ version=2\xc3\xa9 records=1 }{ version=3 records=0 } ok");
}

static void
report_behind_an_unknown_feedback_is_read(void **state)
{
    assert_gives(state, "<feedback/>\n\0<feedback>" V1 "</feedback>",
                 "{ version=1 records=0 } ok");
}

static void
blanks_nul_and_comments_behind_a_report_are_no_junk(void **state)
{
    static const char wanted[] = "{ version=1 records=0 } ok";

    assert_gives(state, "<feedback>" V1 "</feedback>\r\n \t\n", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback><!-- c --> <?pi?>", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback>\n\0\0\0\0\0\0\0\0\0",
                 wanted);
}

static void
other_bytes_behind_a_report_are_junk(void **state)
{
    static const char wanted[] = "{ version=1 records=0 !trailing_junk } ok";

    assert_gives(state, "<feedback>" V1 "</feedback>--boundary--", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback><html>", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback>\0\0<", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback><!-- cut", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback></feedback>", wanted);
    assert_gives(state, "<feedback>" V1 "</feedback><?xml version='1.0'?>\n",
                 wanted);
    assert_gives(state,
                 "<feedback>" V1 "</feedback>junk<feedback>" V1 "</feedback>",
                 wanted);
    assert_gives(state,
                 "<?xml version='1.0' encoding='koi8-r'?><feedback>" V1
                 "</feedback>\xf7\xf7<feedback>" V1 "</feedback>",
                 wanted);
}

static void
what_broke_off_keeps_its_complete_records(void **state)
{
    static const char wanted[] = "[ count=1 ]{ records=1 !truncated } ok";

    assert_gives(state, "<feedback>" R1, wanted);
    assert_gives(state, "<feedback>" R1 "</feedback", wanted);
    assert_gives(state, "<feedback>" R1 "<record><row><count>2</co", wanted);
    assert_gives(state, "<feedback>" R1 "<record><row><count>2\xe2\x82",
                 wanted);
    assert_gives(state, "<feedback>" R1 "<version><![CDATA[2", wanted);
    assert_gives(state, "<a><feedback>" R1 "<!--",
                 "[ count=1 ]{ records=1 !truncated !wrapped } ok");
}

static void
what_broke_off_earlier_is_bad(void **state)
{
    static const char wanted[] =
        " bad: broke off before the first complete record";

    assert_gives(state, "<feedback>", wanted);
    assert_gives(state, "<feedback>" V1 "<record><row><count>2</count>",
                 wanted);
}

static void
not_well_formed_is_bad_and_mendable(void **state)
{
    assert_gives(state,
                 "<feedback>\n" R1 "<version>a & b</version>"
                 "</feedback>",
                 "[ count=1 ] bad: line 2: not well-formed (invalid token) "
                 "(mendable)");
    assert_gives(state, "<feedback>" R1 "</x></feedback>",
                 "[ count=1 ] bad: line 1: mismatched tag (mendable)");
    assert_gives(state, "no xml", " bad: line 1: syntax error (mendable)");
    assert_gives(state, "<?xml version='1.0'?>\"<feedback/>",
                 " bad: broke off before the first complete record (mendable)");
    assert_gives(state, "<?xml version='1.0' encoding='big5'?><feedback/>",
                 " bad: line 1: unknown encoding (mendable)");
    assert_gives(state,
                 "<a><feedback>" R1 "</feedback><feedback>"
                 "<version>&</version>"
                 "</x>",
                 "[ count=1 ] bad: line 1: not "
                 "well-formed (invalid token) (mendable)");
}

static void
report_is_kept_whatever_comes_behind_it(void **state)
{
#define JUNK(document)                                                         \
    assert_gives(state, document,                                              \
                 "[ count=1 ]{ version=1 records=1 !trailing_junk } ok")
#define CUT(document)                                                          \
    assert_gives(state, document,                                              \
                 "[ count=1 ]{ version=1 records=1 !truncated } ok")
#define REPORT "<feedback>" V1 R1 "</feedback>"
    JUNK(REPORT "<feedback/>");
    JUNK(REPORT "<feedback>");
    JUNK(REPORT "\n<?xml version='1.0'?><feedback><x>1</x>");
    JUNK(REPORT "<feedback><x>1</x></feedback>\n");
    CUT(REPORT "<feedback>" V2);
    CUT(REPORT "<feedback>" V2 "<record><row><count>2</count>");
    CUT(REPORT "<feedback><record><row><count>2</count>");
    CUT(REPORT "<feedback><version>2");
    assert_gives(state, "<a>" REPORT "<feedback/></a>",
                 "[ count=1 ]{ version=1 records=1 !trailing_junk !wrapped } "
                 "ok");
    assert_gives(state, REPORT "<feedback>" R2 "<record>",
                 "[ count=1 ]{ version=1 records=1 }"
                 "[ count=2 ]{ records=1 !truncated } ok");
    assert_gives(state, REPORT REPORT "<feedback><version>2",
                 "[ count=1 ]{ version=1 records=1 }"
                 "[ count=1 ]{ version=1 records=1 !truncated } ok");
    assert_gives(state, REPORT "<feedback>&</feedback>",
                 "[ count=1 ] bad: line 1: not well-formed (invalid token) "
                 "(mendable)");
#undef JUNK
#undef CUT
#undef REPORT
}

static void
records_may_stand_in_an_element_of_their_own(void **state)
{
    assert_gives(state,
                 "<feedback>" V1 "<records>" R1 R2 "</records></feedback>",
                 "[ count=1 ][ count=2 ]{ version=1 records=2 } ok");
}

static void
oddities_of_the_document_are_every_reports(void **state)
{
    assert_gives(state,
                 "<!DOCTYPE feedback SYSTEM 'feedback.dtd'><a><feedback>" V1
                 "</feedback><feedback>" V2 "</feedback></a>",
                 "{ version=1 records=0 !wrapped !doctype }"
                 "{ version=2 records=0 !wrapped !doctype } ok");
    assert_gives(state,
                 "<feedback>" V1 "<?repairs 512?></feedback><feedback>" V2
                 "</feedback>",
                 "{ version=1 records=0 }{ version=2 records=0 } ok");
}

static void
document_type_with_a_subset_is_refused(void **state)
{
    assert_gives(state,
                 "<!DOCTYPE feedback [<!ENTITY a SYSTEM 'file:///etc/passwd'>"
                 "]><feedback>"
                 "<version>&a;</version>"
                 "</feedback>",
                 " bad: a document type declaration with an internal subset");
}

static void
document_type_without_a_subset_is_not_used(void **state)
{
    assert_gives(state,
                 "<!DOCTYPE feedback SYSTEM 'feedback.dtd'><feedback>" V1
                 "</feedback>",
                 "{ version=1 records=0 !doctype } ok");
    assert_gives(state,
                 "<!DOCTYPE feedback SYSTEM 'feedback.dtd'><feedback>"
                 "<version>a&b;c</version>"
                 "</feedback>",
                 " bad: the entity \"b\" is not known (mendable)");
}

static void
oddities_of_the_wrapping_are_the_last_reports(void **state)
{
    struct fixture *fixture = *state;

    fixture->wrapping = RUA_CRC_MISMATCH | RUA_BARE_MARKUP;
    assert_gives(state,
                 "<feedback>" V1 "</feedback><feedback>" V2 "</feedback>",
                 "{ version=1 records=0 }"
                 "{ version=2 records=0 !crc_mismatch !bare_markup } ok");
    fixture->wrapping = RUA_BAD_NESTING;
    assert_gives(state, "<feedback>" V1 "</feedback>",
                 " bad: tags that do not match, and no complete record");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_of_repeated_values_counts),
        TEST(second_metadata_or_policy_is_left_out_whole),
        TEST(text_of_a_reason_is_its_type),
        TEST(empty_result_is_left_out),
        TEST(record_without_a_known_field_is_none),
        TEST(identities_are_identifiers),
        TEST(text_between_elements_is_left_out),
        TEST(feedback_is_found_inside_other_elements),
        TEST(each_feedback_is_a_report),
        TEST(report_behind_an_unknown_feedback_is_read),
        TEST(blanks_nul_and_comments_behind_a_report_are_no_junk),
        TEST(other_bytes_behind_a_report_are_junk),
        TEST(what_broke_off_keeps_its_complete_records),
        TEST(what_broke_off_earlier_is_bad),
        TEST(not_well_formed_is_bad_and_mendable),
        TEST(report_is_kept_whatever_comes_behind_it),
        TEST(records_may_stand_in_an_element_of_their_own),
        TEST(oddities_of_the_document_are_every_reports),
        TEST(document_type_with_a_subset_is_refused),
        TEST(document_type_without_a_subset_is_not_used),
        TEST(oddities_of_the_wrapping_are_the_last_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
