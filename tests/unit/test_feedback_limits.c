#include "feedback_fixture.h"

#define R1 "<record><row><count>1</count></row></record>"
#define R2 "<record><row><count>2</count></row></record>"
#define R3 "<record><row><count>3</count></row></record>"
#define R4 "<record><row><count>4</count></row></record>"
#define R5 "<record><row><count>5</count></row></record>"

/* A document in which `filling` is repeated until it has `len` bytes. */
static struct rua_span
fill(struct rua_buf *buf, const char *begin, const char *filling, size_t len,
     const char *end)
{
    rua_buf_init(buf, SIZE_MAX);
    rua_buf_add(buf, begin, strlen(begin));
    while (buf->len < len)
        rua_buf_add(buf, filling, strlen(filling));
    rua_buf_add(buf, end, strlen(end));
    return rua_buf_span(buf);
}

/* What a long document gives, in pieces of any size. */
static void
assert_filled(void **state, const char *begin, const char *filling, size_t len,
              const char *end, const char *wanted)
{
    static const size_t pieces[] = {1000, 65536, 10000000};
    struct fixture *fixture = *state;
    struct rua_buf buf;
    struct rua_span document = fill(&buf, begin, filling, len, end);

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        read_pieces(fixture, document, pieces[i], false);
        assert_string_equal(wanted, (const char *)fixture->told.data);
    }
    rua_buf_done(&buf);
}

static void
value_is_cut_between_two_characters(void **state)
{
    struct fixture *fixture = *state;

    fixture->values_only = true;
    assert_gives(state,
                 "<feedback><record><row><count>"
                 "0123456789012345678901234567890123456789</count>"
                 "<source_ip>012345678901234567890123456789012345678\xc3\xa9"
                 "</source_ip></row></record></feedback>",
                 "[ source_ip=39 count=40 !value_cut ]{ records=1 } ok");
    fixture->values_only = false;
    assert_gives(state,
                 "<feedback><version>0123456789012345678901234567890123456789"
                 "&amp;a&amp;b</version></feedback>",
                 "{ version=0123456789012345678901234567890123456789 records=0 "
                 "!value_cut } ok");
    assert_gives(state,
                 "<feedback><version>01234567890123456789012345678901234567"
                 "\xe2\x82\xac&amp;</version></feedback>",
                 "{ version=01234567890123456789012345678901234567 records=0 "
                 "!value_cut } ok");
}

static void
values_of_a_record_are_cut_together(void **state)
{
#define TEN   "0123456789"
#define FORTY TEN TEN TEN TEN
#define DKIM                                                                   \
    "<dkim><domain>" FORTY "</domain><selector>" FORTY "</selector></dkim>"
    struct fixture *fixture = *state;

    fixture->values_only = true;
    fixture->limits.max_results = 10;
    assert_gives(
        state,
        "<feedback><record><auth_results>" DKIM DKIM DKIM DKIM DKIM DKIM
        "</auth_results></record>" R1 "</feedback>",
        "[ auth_dkim(40,40,-,-) auth_dkim(40,40,-,-)"
        " auth_dkim(40,40,-,-) auth_dkim(40,40,-,-)"
        " auth_dkim(40,40,-,-) !value_cut !empty_result ]"
        "[ count=1 ]{ records=2 } ok");
}

static void
results_over_the_ceiling_are_dropped(void **state)
{
#define SPF "<spf><result>r</result></spf>"
    assert_gives(state,
                 "<feedback><record><auth_results>" SPF SPF "<spf/>" SPF SPF
                 "<dkim><result>d</result></dkim></auth_results></record>"
                 "</feedback>",
                 "[ auth_dkim(-,-,d,-) auth_spf(-,-,r,-) auth_spf(-,-,r,-) "
                 "auth_spf(-,-,r,-) !results_cut !empty_result ]"
                 "{ records=1 } ok");
    assert_gives(
        state,
        "<feedback><report_metadata><error>1</error><error>2</error>"
        "<error>3</error><error>4</error></report_metadata></feedback>",
        "{ error=1 error=2 error=3 records=0 !results_cut } ok");
}

static void
one_record_more_than_the_ceiling_is_refused(void **state)
{
    assert_gives(state, "<feedback>" R1 R2 R3 R4 "</feedback>",
                 "[ count=1 ][ count=2 ][ count=3 ][ count=4 ]"
                 "{ records=4 } ok");
    assert_gives(state, "<feedback>" R1 R2 R3 R4 R5 "</feedback>",
                 "[ count=1 ][ count=2 ][ count=3 ][ count=4 ]"
                 " bad: more than max_records (4) records");
}

static void
one_level_more_than_the_ceiling_is_refused(void **state)
{
#define DEEP " elements deeper than max_xml_depth (9) levels"
    assert_gives(state,
                 "<feedback><version>1</version><b><c><d><e><f><g><h><i/></h>"
                 "</g></f></e></d></c></b></feedback>",
                 "{ version=1 records=0 } ok");
    assert_gives(state,
                 "<feedback><version>1</version><b><c><d><e><f><g><h><i><j/>"
                 "</i></h></g></f></e></d></c></b></feedback>",
                 " bad:" DEEP);
    assert_gives(state, "<html><b><c><d><e><f><g><h><i><j><k>",
                 " not_report:" DEEP);
#undef DEEP
}

static void
one_element_more_than_the_ceiling_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->limits.max_elements = 6;
    assert_gives(state, "<feedback><version>1</version>" R1 "<x/></feedback>",
                 "[ count=1 ]{ version=1 records=1 } ok");
    assert_gives(state,
                 "<feedback><version>1</version>" R1 "<x/><y/></feedback>",
                 "[ count=1 ] bad: more than max_elements (6) elements");
    assert_gives(state, "<a><b/><b/><b/><b/><b/><b/></a>",
                 " not_report: more than max_elements (6) elements");
    assert_gives(state,
                 "<feedback>" R1 "</feedback><feedback>" R2 "</feedback>",
                 "[ count=1 ]"
                 " bad: more than max_elements (6) elements");
}

static void
one_attribute_more_than_the_ceiling_is_refused(void **state)
{
#define NINE " a='1' b='2' c='3' d='4' e='5' f='6' g='7' h='8' i='9'"
    assert_gives(state,
                 "<feedback" NINE " j=''><version>1</version></feedback>",
                 "{ version=1 records=0 } ok");
    assert_gives(state,
                 "<feedback" NINE " j='' k=''><version>1</version></feedback>",
                 " bad: more than max_attributes (10) attributes in one "
                 "element");
    assert_gives(state, "<feedback><x/><version" NINE " j='' k=''/></feedback>",
                 " bad: more than max_attributes (10) attributes in one "
                 "element");
    assert_gives(state, "<html" NINE " j='' k=''/>",
                 " not_report: more than max_attributes (10) attributes in one "
                 "element");
#undef NINE
}

/* A report of `n` names of nine bytes and a NUL, each of them twice, in tags
 * that begin and end like this. */
static struct rua_span
make_names(struct rua_buf *buf, unsigned n, const char *begin, const char *end)
{
    rua_buf_init(buf, SIZE_MAX);
    rua_buf_add_span(buf, RUA_SPAN("<feedback><version>1</version>"));
    for (unsigned twice = 0; twice < 2 * n; twice++)
        rua_buf_printf(buf, "<%s%08u%s", begin, twice / 2, end);
    rua_buf_add_span(buf, RUA_SPAN("</feedback>"));
    return rua_buf_span(buf);
}

static void
names_that_are_made_up_are_bounded(void **state)
{
    static const struct {
        unsigned n;
        const char *begin, *end;
    } cases[] = {
        {100, "n",         "/>"    },
        {99,  "VERSION n", "='x'/>"},
    };
    struct fixture *fixture = *state;
    struct rua_buf buf;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rua_span names =
            make_names(&buf, cases[i].n, cases[i].begin, cases[i].end);
        read_pieces(fixture, names, 1000, false);
        assert_non_null(strstr((char *)fixture->told.data, "} ok"));
        rua_buf_done(&buf);
        names = make_names(&buf, cases[i].n + 1, cases[i].begin, cases[i].end);
        read_pieces(fixture, names, 1000, false);
        assert_string_equal(
            (char *)fixture->told.data,
            " bad: different names of more than max_names (1000) bytes");
        rua_buf_done(&buf);
    }
}

static void
long_tag_or_comment_is_refused(void **state)
{
#define LONG " a tag or comment of more than max_tag (100000) bytes"
    assert_filled(state, "<feedback><a b='", "c", 250000, "'/></feedback>",
                  " bad:" LONG);
    assert_filled(state, "<feedback><!--", "c", 250000, "--></feedback>",
                  " bad:" LONG);
    assert_filled(state, "<!--", "c", 250000, "--><feedback/>", " bad:" LONG);
    assert_filled(state, "<a><b c='", "c", 250000, "'/></a>",
                  " not_report:" LONG);
    assert_filled(state, "<feedback><version>1</version></feedback><!--", "c",
                  250000, "-->", " bad:" LONG);
    assert_filled(state, "<feedback><version>1</version><a b='", "c", 60000,
                  "'/></feedback>", "{ version=1 records=0 } ok");
#undef LONG
}

static void
long_stretch_without_a_new_value_is_a_bomb(void **state)
{
#define IDLE " hardly anything new in max_idle (300000) bytes"
    struct fixture *fixture = *state;

    assert_filled(state, "", " ", 400000, "<feedback/>", " bad:" IDLE);
    assert_filled(state, "<a>", "<b/>", 400000, "</a>", " not_report:" IDLE);
    assert_filled(state, "<feedback>", "text", 400000, "</feedback>",
                  " bad:" IDLE);
    assert_filled(state, "<feedback><version>", "text", 400000,
                  "</version></feedback>", " bad:" IDLE);
    assert_filled(state, "<feedback><version>1</version>", "<version/>", 400000,
                  "</feedback>", " bad:" IDLE);
    assert_filled(state, "<feedback><record><auth_results>", "<dkim/>", 400000,
                  "</auth_results></record></feedback>", " bad:" IDLE);
    assert_filled(state, "<feedback>", "<record></record>", 400000,
                  "</feedback>", " bad:" IDLE);
    fixture->limits.max_records = 1000000;
    fixture->calls_allowed = 1000000;
    assert_filled(state, "<feedback>" R1, " ", 200000, R2 "</feedback>",
                  "[ count=1 ][ count=2 ]"
                  "{ records=2 } ok");
#undef IDLE
}

static void
short_stretches_add_up(void **state)
{
    struct rua_buf stretch;

    fill(&stretch, R1, " ", 100000, "");
    rua_buf_add_byte(&stretch, '\0');
    assert_filled(state, "<feedback>", (const char *)stretch.data, 500000,
                  "</feedback>",
                  "[ count=1 ][ count=1 ][ count=1 ][ count=1 ]"
                  " bad: hardly anything new in max_idle (300000) bytes");
    rua_buf_done(&stretch);
}

static void
stretches_of_one_message_add_up(void **state)
{
    struct fixture *fixture = *state;
    struct rua_buf text;
    struct rua_span document = fill(&text, "<a>", " ", 200000, "</a>");
    struct rua_err err = {0};

    rua_feedback_begin_message(fixture->feedback);
    rua_feedback_begin(fixture->feedback, false);
    assert_int_equal(RUA_OK,
                     rua_feedback_write(fixture->feedback, document, &err));
    rua_feedback_begin(fixture->feedback, false);
    assert_int_equal(RUA_NOT_REPORT,
                     rua_feedback_write(fixture->feedback, document, &err));
    assert_non_null(strstr(err.sentence, "max_idle (300000)"));
    read_pieces(fixture, RUA_SPAN("<feedback>" R1 "</feedback>"), 100, false);
    assert_string_equal("[ count=1 ]{ records=1 } ok",
                        (const char *)fixture->told.data);
    rua_buf_done(&text);
}

static void
each_entry_of_a_record_is_something_new(void **state)
{
    struct fixture *fixture = *state;
    struct rua_buf entry;

    fixture->limits.max_results = 1000;
    fixture->limits.max_idle = 7000;
    fill(&entry, "<dkim><domain>d</domain><x>", "x", 3000, "</x></dkim>");
    rua_buf_add_byte(&entry, '\0');
    fixture->values_only = true;
    assert_filled(state, "<feedback><record><auth_results>",
                  (const char *)entry.data, 12000,
                  "</auth_results></record></feedback>",
                  "[ auth_dkim(1,-,-,-) auth_dkim(1,-,-,-)"
                  " auth_dkim(1,-,-,-) auth_dkim(1,-,-,-) ]{ records=1 } ok");
    rua_buf_done(&entry);
}

static void
long_honest_report_passes(void **state)
{
    struct fixture *fixture = *state;
    struct rua_buf buf;
    struct rua_span document;

    fixture->limits.max_records = 1000000;
    fixture->calls_allowed = 1000000;
    document = fill(&buf, "<feedback>", R1, 2000000, "</feedback>");
    read_pieces(fixture, document, 65536, false);
    assert_int_equal(document.len / strlen(R1), fixture->calls - 1);
    rua_buf_done(&buf);
}

static void
empty_documents_behind_a_report_are_bounded(void **state)
{
    assert_filled(state, "<feedback><version>1</version>" R1 "</feedback>",
                  "<feedback></feedback>", 20000000,
                  "<feedback>" R2 "</feedback>",
                  "[ count=1 ]{ version=1 records=1 !trailing_junk } ok");
    assert_filled(state, "", "<feedback></feedback>", 20000000,
                  "<feedback>" R2 "</feedback>",
                  " not_report: no <feedback> with a known element");
    assert_filled(state, "", "<feedback></feedback>", 1000,
                  "<feedback>" R2 "</feedback>", "[ count=2 ]{ records=1 } ok");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(value_is_cut_between_two_characters),
        TEST(values_of_a_record_are_cut_together),
        TEST(results_over_the_ceiling_are_dropped),
        TEST(one_record_more_than_the_ceiling_is_refused),
        TEST(one_level_more_than_the_ceiling_is_refused),
        TEST(one_element_more_than_the_ceiling_is_refused),
        TEST(one_attribute_more_than_the_ceiling_is_refused),
        TEST(names_that_are_made_up_are_bounded),
        TEST(long_tag_or_comment_is_refused),
        TEST(long_stretch_without_a_new_value_is_a_bomb),
        TEST(short_stretches_add_up),
        TEST(stretches_of_one_message_add_up),
        TEST(each_entry_of_a_record_is_something_new),
        TEST(long_honest_report_passes),
        TEST(empty_documents_behind_a_report_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
