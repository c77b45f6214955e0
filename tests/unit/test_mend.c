#include "feedback_fixture.h"

#define R1 "<record><row><count>1</count></row></record>"
#define R2 "<record><row><count>2</count></row></record>"

#define O(text)                                                                \
    "<feedback><report_metadata><org_name>" text                               \
    "</org_name></report_metadata></feedback>"

/* What mend.h itself gives, whole and in pieces of 1 to 7 bytes. */
static enum rua_verdict
take_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct fixture *fixture = ctx;

    (void)err;
    rua_buf_add_span(&fixture->told, bytes);
    return RUA_OK;
}

static void
assert_writes(void **state, struct rua_span document, const char *wanted)
{
    struct fixture *fixture = *state;
    const struct rua_sink out = {take_bytes, fixture};
    const struct rua_sink sink = {rua_mend_write, fixture->mend};

    for (size_t piece = 0; piece <= 7; piece++) {
        struct rua_err err = {0};
        uint32_t oddities = 0;

        rua_buf_reset(&fixture->told);
        rua_mend_begin(fixture->mend, &out);
        push_pieces(&sink, document, piece ? piece : document.len, &err);
        assert_int_equal(RUA_OK, rua_mend_end(fixture->mend, &oddities, &err));
        tell_oddities(fixture, oddities);
        rua_buf_add_byte(&fixture->told, '\0');
        assert_string_equal(wanted, (const char *)fixture->told.data);
    }
}

static void
good_document_stays_the_same_report(void **state)
{
    assert_mends(state,
                 "<?xml version='1.0' encoding='utf-8' ?>\n<!-- c > -- -->"
                 "<feedback xmlns='urn:x' a = \"b>'&lt;\"><!---->" R1
                 "<version>a&amp;b<![CDATA[<]]]]>&#65;&#x2f;/version</version>"
                 "<x/></feedback >\n",
                 "[ count=1 ]{ version=a&b<]]A//version records=1 } ok");
}

static void
bare_ampersand_is_escaped(void **state)
{
    struct fixture *fixture = *state;

    fixture->limits.max_value = 100;
    assert_mends(
        state,
        O("AT&T && &x; &#; &#x;&#1a;&amp &aNameThatIsTooLongForIt1; &#65;&"),
        "{ org_name=AT&T && &x; &#; &#x;&#1a;&amp &aNameThatIsTooLongForIt1; "
        "A& "
        "records=0 !bare_markup } ok");
}

static void
bare_less_than_is_escaped(void **state)
{
#define GIVES(text) "{ org_name=" text " records=0 !bare_markup } ok"
    assert_mends(state, O("<a@b.example>"), GIVES("<a@b.example>"));
    assert_mends(state, O("a<b.example"), GIVES("a<b.example"));
    assert_mends(state, O("a<b c='d"), GIVES("a<b c='d"));
    assert_mends(state, O("1 < 2 <> </> <! <!- <!x <-"),
                 GIVES("1 < 2 <> </> <! <!- <!x <-"));
    assert_mends(state, O("<<b&c@d"), GIVES("<<b&c@d"));
    assert_mends(state, O("<//b>"), GIVES("<//b>"));
#undef GIVES
}

static void
forbidden_characters_become_the_replacement_character(void **state)
{
#define R "\xef\xbf\xbd"
    assert_told(*state,
                RUA_SPAN(O("a\0\x01\x02\x7f&#0;&#x1F;&#xd800;"
                           "&#99999999999;\xef\xbf\xbe"
                           "b\t")),
                true,
                "{ org_name=a" R R R "\x7f" R R R R R
                "b records=0 !bad_characters } ok");
    assert_mends(state, O("ex&#0;ample.com"),
                 "{ org_name=ex" R "ample.com records=0 !bad_characters } ok");
#undef R
}

static void
byte_that_is_no_utf8_is_windows_1252(void **state)
{
    assert_mends(state,
                 O("\x93q\x94 \xe9 \xc3\xa9 \x80\x81 \xe2\x82\xac \xe2\x82"),
                 "{ org_name=\xe2\x80\x9cq\xe2\x80\x9d \xc3\xa9 \xc3\xa9 "
                 "\xe2\x82\xac\xc2\x81 \xe2\x82\xac \xc3\xa2\xe2\x80\x9a "
                 "records=0 !encoding !bad_characters } ok");
    assert_mends(state, O("\xc0\x80|\xed\xa0\x80|\xf5\x80|\xf0\x9f\x98\x80"),
                 "{ org_name=\xc3\x80\xe2\x82\xac|\xc3\xad\xc2\xa0\xe2\x82\xac|"
                 "\xc3\xb5\xe2\x82\xac|\xf0\x9f\x98\x80 "
                 "records=0 !encoding !bad_characters } ok");
}

static void
declared_encoding_is_used_if_it_is_known(void **state)
{
#define DECLARED(name) "<?xml version='1.0' encoding=\"" name "\" ?>"
    assert_mends(state, DECLARED("koi8-r") O("\xcd & \xc9"),
                 "{ org_name=\xd0\xbc & \xd0\xb8 records=0 !bare_markup } ok");
    assert_mends(state, "\n\n" DECLARED("ISO_8859-2") O("\xb1"),
                 "{ org_name=\xc4\x85 records=0 } ok");
    assert_mends(state, DECLARED("utf8") O("\xc4\x85"),
                 "{ org_name=\xc4\x85 records=0 } ok");
    assert_mends(state, DECLARED("gb2312") O("\xc4\x85"),
                 "{ org_name=\xc4\x85 records=0 !encoding } ok");
    assert_mends(state, DECLARED("utf-16") O("a"),
                 "{ org_name=a records=0 !encoding } ok");
}

static void
utf16_is_read(void **state)
{
    static const char text[] = "<feedback><version>&a</version></feedback>";
    unsigned char wide[2 * sizeof(text) + 4] = "\xff\xfe";
    size_t n = 2;

    for (const char *p = text; *p; p++, n += 2)
        wide[n] = (unsigned char)*p;
    assert_writes(
        state, (struct rua_span){wide, n},
        "<feedback><version>&amp;a</version><?repairs 512?></feedback> "
        "!bare_markup");
    assert_writes(
        state, (struct rua_span){wide + 2, n - 2},
        "<feedback><version>&amp;a</version><?repairs 512?></feedback> "
        "!bare_markup");
    assert_writes(state,
                  RUA_SPAN("\xfe\xff\0<\0f\0e\0e\0d\0b\0a\0c\0k\0>\xd8\x3d"
                           "\xde\0\xd8\x3d\0a\xde\0\0b"),
                  "<feedback>\xf0\x9f\x98\x80"
                  "\xef\xbf\xbd"
                  "a\xef\xbf\xbd"
                  "b !bad_characters");
}

static void
end_tag_without_its_first_byte_is_one(void **state)
{
    assert_mends(state, "<feedback><version>1/version>" R2 "</feedback>",
                 "[ count=2 ]{ version=1 records=1 !bad_nesting } ok");
    assert_mends(state,
                 "<feedback><version>a/b/version/versio</version>" R2
                 "</feedback>",
                 "[ count=2 ]{ version=a/b/version/versio records=1 } ok");
}

static void
end_tag_without_its_last_byte_is_one(void **state)
{
    assert_mends(state, "<feedback><version>1</version" R2 "</feedback>",
                 "[ count=2 ]{ version=1 records=1 !bad_nesting } ok");
    assert_mends(state, "<feedback><version>1</versio" R2 "</feedback>",
                 "[ count=2 ]{ version=1</versio records=1 !bare_markup "
                 "!bad_nesting } ok");
}

static void
end_tag_closes_what_is_open_inside(void **state)
{
    assert_mends(state,
                 "<feedback><record><row><count>1</row></dkim></Record>" R2
                 "</feedback>",
                 "[ count=1 ][ count=2 ]{ records=2 !bad_nesting } ok");
    assert_writes(state, RUA_SPAN("<feedback><a><b></A></c></feedback>"),
                  "<feedback><a><b></b></a><?repairs 1024?></feedback> "
                  "!bad_nesting");
    assert_writes(state, RUA_SPAN("<feedback></FEEDBACK>"),
                  "<feedback><?repairs 1024?></feedback> !bad_nesting");
}

static void
tag_in_a_value_is_text(void **state)
{
#define GIVES(text) "{ org_name=" text " records=0 !bare_markup } ok"
    assert_mends(state, O("<bad.example>"), GIVES("<bad.example>"));
    assert_mends(state, O("A & B <c> \"d\""), GIVES("A & B <c> \"d\""));
    assert_mends(state, O("a <b>c</b> <br/> <d e='f'>"),
                 GIVES("a <b>c</b> <br/> <d e='f'>"));
    assert_mends(state, O("<domain>"), GIVES("<domain>"));
#undef GIVES
    assert_mends(state,
                 "<feedback><record><identifiers><header_from><bad.example>"
                 "</header_from></identifiers></record></feedback>",
                 "[ header_from=<bad.example> ]{ records=1 !bare_markup } ok");
    assert_mends(state, "<feedback><version>1</x></version>" R2 "</feedback>",
                 "[ count=2 ]{ version=1 records=1 !bad_nesting } ok");
}

static void
element_that_belongs_elsewhere_closes_what_is_open(void **state)
{
#define WHOLE "[ source_ip=s count=1 spf=pass header_from=h ]"
#define GIVES WHOLE "{ records=1 !bad_nesting } ok"
#define RECORD(ip, row)                                                        \
    "<feedback><record><row><source_ip>s" ip "<count>1</count>"                \
    "<policy_evaluated><spf>pass</spf></policy_evaluated>" row                 \
    "<identifiers><header_from>h</header_from></identifiers></record>"         \
    "</feedback>"
    assert_mends(state, RECORD("</source_ip>", "</row>"),
                 WHOLE "{ records=1 } ok");
    assert_mends(state, RECORD("", "</row>"), GIVES);
    assert_mends(state, RECORD("</source_ip>", ""), GIVES);
    assert_mends(state, RECORD("", ""), GIVES);
#undef RECORD
#undef GIVES
#undef WHOLE
    assert_mends(state,
                 "<feedback><record><row><count>1<record><row><count>2</count>"
                 "</row></record></feedback>",
                 "[ count=1 ][ count=2 ]{ records=2 !bad_nesting } ok");
    assert_mends(
        state,
        "<feedback><policy_published><domain>a&b</domain>"
        "<version>1</version><p>none</p></policy_published></feedback>",
        "{ domain=a&b p=none records=0 !bare_markup } ok");
}

static void
repairs_are_noted_in_every_report_behind_them(void **state)
{
    assert_mends(state,
                 "<feedback><version>&</version></feedback><feedback>" R2
                 "</feedback><feedback>\x01" R2 "</feedback>",
                 "{ version=& records=0 !bare_markup }"
                 "[ count=2 ]{ records=1 !bare_markup }"
                 "[ count=2 ]{ records=1 !bad_characters !bare_markup "
                 "!stray_text } ok");
    assert_mends(state,
                 "<feedback><version>\xe9</version></feedback><feedback>" R2
                 "</feedback>",
                 "{ version=\xc3\xa9 records=0 !encoding !bad_characters }"
                 "[ count=2 ]{ records=1 !encoding !bad_characters } ok");
}

static void
report_is_kept_whatever_comes_behind_it(void **state)
{
    assert_mends(state, "<feedback>" R1 "</feedback><feedback>&</x>",
                 "[ count=1 ]{ records=1 !trailing_junk !bare_markup "
                 "!bad_nesting } ok");
    assert_mends(state,
                 "<feedback>" R1 "</feedback><feedback><version>2</version>"
                 "<record><x>&",
                 "[ count=1 ]{ records=1 !truncated } ok");
}

static void
attributes_are_dropped(void **state)
{
    assert_writes(state,
                  RUA_SPAN("<feedback a='1'\n b = \"&amp;'\"><x c='>'/>"),
                  "<feedback><x></x>");
    assert_writes(state, RUA_SPAN("<feedback><x a=1>"),
                  "<feedback><x> !bare_markup");
    assert_writes(state, RUA_SPAN("<feedback><x b >"),
                  "<feedback><x> !bare_markup");
    assert_writes(state, RUA_SPAN("<feedback><x c='&'>"),
                  "<feedback><x> !bare_markup");
    assert_writes(state, RUA_SPAN("<feedback><x d=''e=''>"),
                  "<feedback><x> !bare_markup");
    assert_writes(state, RUA_SPAN("<feedback><x/f=''>"),
                  "<feedback><x> !bare_markup");
}

static void
document_type_is_dropped(void **state)
{
    assert_writes(state,
                  RUA_SPAN("<!DOCTYPE a [ <!ENTITY b \"c\"> ]>"
                           "<feedback>&b;</feedback>"),
                  "<feedback>&amp;b;<?repairs 4608?></feedback> !bare_markup "
                  "!doctype");
}

static void
only_feedback_is_written(void **state)
{
    assert_writes(state, RUA_SPAN("<?xml version='1.0'?>\"<feedback/>"),
                  "<feedback><?repairs 16?></feedback> !leading_junk");
    assert_writes(state,
                  RUA_SPAN("<a><br><x:feedback>t</x:feedback></br></a> "),
                  "<x:feedback>t<?repairs 2048?></x:feedback> !wrapped");
    assert_writes(state,
                  RUA_SPAN("<feedback/>\n<![CDATA[x]]>\n<feedback></feedback>"),
                  "<feedback></feedback><feedback><?repairs 8?></feedback> "
                  "!trailing_junk");
    assert_writes(state, RUA_SPAN("<feedback/></x>"),
                  "<feedback></feedback> !trailing_junk");
    assert_mends(state, "<!DOCTYPE html><html><p>a<br>b & c<br></html>",
                 " not_report: no <feedback> with a known element");
}

static void
what_is_missing_at_the_end_is_not_made_up(void **state)
{
    assert_writes(state, RUA_SPAN("<feedback><a>b</a"), "<feedback><a>b");
    assert_mends(state,
                 "<feedback>"
                 "<record><row><count>1&</count></row></record>"
                 "<record><row><count>2</co",
                 "[ count=1& ]{ records=1 !truncated !bare_markup } ok");
}

static void
ceilings_hold(void **state)
{
    struct fixture *fixture = *state;

    assert_mends(state,
                 "<feedback><b><c><d><e><f><g><h><i></i></h></g></f></e></d>"
                 "</c></b><version>1</version></feedback>",
                 "{ version=1 records=0 } ok");
    assert_mends(state,
                 "<feedback><version>1</version>" R1
                 "<b><c><d><e><f><g><h><i><j>",
                 "[ count=1 ]{ version=1 records=1 !truncated } bad: elements "
                 "deeper than max_xml_depth (9) levels");
    fixture->limits.max_tag = 20;
    assert_mends(state,
                 "<feedback><a b='123456789012'/><version>1</version>"
                 "</feedback>",
                 "{ version=1 records=0 } ok");
    assert_mends(state, "<feedback><a b='1234567890123456'/>",
                 " bad: a tag or comment of more than max_tag (20) bytes");
    assert_mends(state, "<feedback><!--012345678901234567-->",
                 " bad: a tag or comment of more than max_tag (20) bytes");
}

static void
next_stages_verdict_comes_back(void **state)
{
    struct fixture *fixture = *state;

    fixture->calls_allowed = 0;
    assert_mends(state, "<feedback>" R1 R2 "</feedback>",
                 "[ count=1 ] later: enough");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_document_stays_the_same_report),
        TEST(bare_ampersand_is_escaped),
        TEST(bare_less_than_is_escaped),
        TEST(forbidden_characters_become_the_replacement_character),
        TEST(byte_that_is_no_utf8_is_windows_1252),
        TEST(declared_encoding_is_used_if_it_is_known),
        TEST(utf16_is_read),
        TEST(end_tag_without_its_first_byte_is_one),
        TEST(end_tag_without_its_last_byte_is_one),
        TEST(end_tag_closes_what_is_open_inside),
        TEST(tag_in_a_value_is_text),
        TEST(element_that_belongs_elsewhere_closes_what_is_open),
        TEST(repairs_are_noted_in_every_report_behind_them),
        TEST(report_is_kept_whatever_comes_behind_it),
        TEST(attributes_are_dropped),
        TEST(document_type_is_dropped),
        TEST(only_feedback_is_written),
        TEST(what_is_missing_at_the_end_is_not_made_up),
        TEST(ceilings_hold),
        TEST(next_stages_verdict_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
