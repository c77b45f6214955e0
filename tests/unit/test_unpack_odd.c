#include "unpack_fixture.h"

static void
junk_before_xml_is_dropped_and_noted(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\0\0<a/>",                     6 },
        {"\xef\xbb\xbf\xef\xbb\xbf<a/>", 10},
        {"\n\xef\xbb\xbf<a/>",           8 },
        {"\xef\xbb\xbf\n<a/>",           8 },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        set_part(f, (struct rua_span){(const unsigned char *)cases[i].bytes,
                                      cases[i].len});
        assert_gives(f, RUA_CONTAINER_XML, "ok leading_junk: <a/>\n");
        wrap(f, PACK_GZIP);
        assert_gives(f, RUA_CONTAINER_XML_GZ, "ok leading_junk: <a/>\n");
    }
}

static void
white_space_is_junk_before_an_xml_declaration_only(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN(" \t\r\n<a/>"));
    assert_gives(f, RUA_CONTAINER_XML, "ok: <a/>\n");
    set_part(f, RUA_SPAN("\n<?xml version='1.0'?><a/>"));
    assert_gives(f, RUA_CONTAINER_XML,
                 "ok leading_junk: <?xml version='1.0'?><a/>\n");
}

static void
junk_before_a_wrapping_is_dropped_and_noted(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("<a/>"));
    wrap(f, PACK_GZIP);
    rua_buf_reset(&f->other);
    rua_buf_add(&f->other, "\r\n", 2);
    rua_buf_add_span(&f->other, rua_buf_span(&f->part));
    set_part(f, rua_buf_span(&f->other));
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok leading_junk: <a/>\n");
    set_part(f, RUA_SPAN("\r\n"));
    put_zip(&f->part, &(struct zip_file){.name = "f", .data = RUA_SPAN("<a/>")},
            1);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok leading_junk: <a/>\n");
    wrap(f, PACK_GZIP);
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok leading_junk: <a/>\n");
}

static void
one_byte_order_mark_is_the_documents_own(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("\xef\xbb\xbf<a/>"));
    assert_gives(f, RUA_CONTAINER_XML, "ok: \xef\xbb\xbf<a/>\n");
}

static void
utf_16_is_xml_too(void **state)
{
    static const struct {
        const char *bytes;
        size_t len, begin;
    } cases[] = {
        {"\xff\xfe<\0a\0/\0>\0",     10, 0},
        {"\xfe\xff\0<\0a\0/\0>",     10, 0},
        {"<\0a\0/\0>\0",             8,  0},
        {"\0<\0a\0/\0>",             8,  0},
        {"\xff\xfe\n\0<\0a\0/\0>\0", 12, 4},
        {"\xfe\xff\0\n\0<\0a\0/\0>", 12, 4},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct rua_span bytes = {(const unsigned char *)cases[i].bytes,
                                       cases[i].len};
        const size_t len = bytes.len - cases[i].begin;
        set_part(f, bytes);
        read_part(f);
        assert_int_equal(RUA_OK, f->verdict);
        assert_int_equal(len, f->document.len);
        assert_memory_equal(bytes.data + cases[i].begin, f->document.data, len);
        assert_int_equal(cases[i].begin > 0,
                         strstr(f->said, "leading_junk") != NULL);
    }
}

static void
junk_is_skipped_up_to_a_bound(void **state)
{
    struct fixture *f = *state;

    for (size_t junk = RUA_SNIFF_MAX - 1; junk <= RUA_SNIFF_MAX; junk++) {
        rua_buf_reset(&f->part);
        memset(rua_buf_room(&f->part, junk), ' ', junk);
        f->part.len = junk;
        rua_buf_add(&f->part, "<a/>", 4);
        wrap(f, PACK_GZIP);
        if (junk < RUA_SNIFF_MAX)
            assert_gives(f, RUA_CONTAINER_XML_GZ, "ok leading_junk: <a/>\n");
        else
            assert_none(f, RUA_CONTAINER_XML_GZ, RUA_BAD,
                        "unpacks to white space");
    }
}

static void
other_kinds_are_no_report_and_named(void **state)
{
    static const struct {
        const char *bytes, *sentence;
    } cases[] = {
        {"Dear postmaster,\n",       "text, no XML"        },
        {" {\"organization-name\":", "JSON, no XML"        },
        {"%PDF-1.7",                 "PDF, no XML"         },
        {"BZh91AY",                  "bzip2, no XML"       },
        {"a\1b",                     "unknown data, no XML"},
        {"",                         "nothing, no XML"     },
        {"\r\n",                     "white space, no XML" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        set_part(f, rua_span_text(cases[i].bytes));
        assert_none(f, RUA_CONTAINER_BIN, RUA_NOT_REPORT, cases[i].sentence);
        wrap(f, PACK_GZIP);
        if (i < 5)
            assert_none(f, RUA_CONTAINER_XML_GZ, RUA_NOT_REPORT,
                        cases[i].sentence);
    }
}

static void
wrapping_of_nothing_is_bad(void **state)
{
    struct fixture *f = *state;

    wrap(f, PACK_GZIP);
    assert_none(f, RUA_CONTAINER_XML_GZ, RUA_BAD, "unpacks to nothing");
    rua_buf_reset(&f->part);
    wrap_zip(f, 0);
    assert_none(f, RUA_CONTAINER_ZIP, RUA_BAD, "entry f: unpacks to nothing");
    rua_buf_reset(&f->part);
    put_zip(&f->part, NULL, 0);
    assert_none(f, RUA_CONTAINER_ZIP, RUA_BAD, "zip: no file in it");
}

static void
broken_wrapping_is_bad_though_a_readme_is_fine(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "readme.txt", .data = RUA_SPAN("read me")},
        {.name = "a.xml",      .data = RUA_SPAN("<a/>"),    .encrypted = true},
        {.name = "b.gz",                    .data = RUA_SPAN("\x1f\x8b\10broken")                                 },
    };

    put_zip(&f->part, files, 2);
    assert_none(f, RUA_CONTAINER_ZIP, RUA_BAD, "entry a.xml: encrypted");
    rua_buf_reset(&f->part);
    files[1] = files[2];
    put_zip(&f->part, files, 2);
    assert_none(f, RUA_CONTAINER_ZIP, RUA_BAD,
                "entry b.gz: gzip: unknown header flags set");
}

static void
oddities_of_all_wrappings_come_with_the_document(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "f", .method = 8, .lie_size = 1};

    set_part(f, RUA_SPAN("\n<a/>"));
    wrap(f, PACK_GZIP);
    f->part.data[f->part.len - 8] ^= 1;
    rua_buf_add(&f->part, "junk", 4);
    wrap(f, PACK_GZIP);
    f->part.len -= 4;
    file.data = rua_buf_span(&f->part);
    rua_buf_reset(&f->other);
    rua_buf_add(&f->other, "MZ", 2);
    put_zip(&f->other, &file, 1);
    set_part(f, rua_buf_span(&f->other));
    assert_gives(f, RUA_CONTAINER_ZIP,
                 "ok crc_mismatch length_mismatch truncated trailing_junk "
                 "leading_junk: <a/>\n");
}

static void
oddities_of_one_file_are_not_those_of_the_next(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("\0<a/>"), .lie_crc = 1},
        {.name = "b",           .data = RUA_SPAN("<b/>")                          },
    };

    put_zip(&f->part, files, 2);
    assert_gives(f, RUA_CONTAINER_ZIP,
                 "ok crc_mismatch leading_junk: <a/>\nok: <b/>\n");
}

static void
gzip_cut_off_gives_a_truncated_document(void **state)
{
    struct fixture *f = *state;
    struct rua_buf text = make_text(300 * 1000);

    set_part(f, rua_buf_span(&text));
    wrap(f, PACK_GZIP);
    f->part.len /= 2;
    f->shown = 8;
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok truncated: <record>\n");
    assert_true(f->document.len > 100 * 1000);
    rua_buf_done(&text);
}

static void
raw_deflate_is_tried_under_a_name_in_gz(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("<a/>"));
    wrap(f, PACK_RAW);
    assert_none(f, RUA_CONTAINER_BIN, RUA_NOT_REPORT, "unknown data, no XML");
    f->name = "a.xml.zip";
    assert_none(f, RUA_CONTAINER_BIN, RUA_NOT_REPORT, "unknown data, no XML");
    f->name = "A.XML.GZ";
    assert_gives(f, RUA_CONTAINER_BIN, "ok raw_deflate: <a/>\n");
    set_part(f, RUA_SPAN("plain text"));
    wrap(f, PACK_RAW);
    assert_none(f, RUA_CONTAINER_BIN, RUA_NOT_REPORT, "unknown data, no XML");
    set_part(f, RUA_SPAN("plain text"));
    assert_none(f, RUA_CONTAINER_BIN, RUA_NOT_REPORT, "text, no XML");
}

static void
archive_behind_a_program_is_found(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "f", .data = RUA_SPAN("<a/>")};

    set_part(f, RUA_SPAN("MZ\1 not to be run"));
    put_zip(&f->part, &file, 1);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok leading_junk: <a/>\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(junk_before_xml_is_dropped_and_noted),
        TEST(white_space_is_junk_before_an_xml_declaration_only),
        TEST(junk_before_a_wrapping_is_dropped_and_noted),
        TEST(one_byte_order_mark_is_the_documents_own),
        TEST(utf_16_is_xml_too),
        TEST(junk_is_skipped_up_to_a_bound),
        TEST(other_kinds_are_no_report_and_named),
        TEST(wrapping_of_nothing_is_bad),
        TEST(broken_wrapping_is_bad_though_a_readme_is_fine),
        TEST(oddities_of_all_wrappings_come_with_the_document),
        TEST(oddities_of_one_file_are_not_those_of_the_next),
        TEST(gzip_cut_off_gives_a_truncated_document),
        TEST(raw_deflate_is_tried_under_a_name_in_gz),
        TEST(archive_behind_a_program_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
