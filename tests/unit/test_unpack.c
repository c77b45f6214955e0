#include "unpack_fixture.h"

static void
every_wrapping_is_taken_off(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("<a/>"));
    assert_gives(f, RUA_CONTAINER_XML, "ok: <a/>\n");
    assert_int_equal(0, f->budget.unpacked);
    wrap(f, PACK_GZIP);
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok: <a/>\n");
    assert_int_equal(4, f->budget.unpacked);
    set_part(f, RUA_SPAN("<a/>"));
    wrap(f, PACK_ZLIB);
    assert_gives(f, RUA_CONTAINER_BIN, "ok: <a/>\n");
    set_part(f, RUA_SPAN("<a/>"));
    wrap_zip(f, 8);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\n");
    assert_int_equal(4, f->budget.unpacked);
}

static void
zlib_of_any_level_is_known(void **state)
{
    static const unsigned char levels[] = {0x01, 0x5e, 0x9c, 0xda};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(levels); i++) {
        set_part(f, RUA_SPAN("<a/>"));
        wrap(f, PACK_ZLIB);
        f->part.data[1] = levels[i];
        assert_gives(f, RUA_CONTAINER_BIN, "ok: <a/>\n");
    }
}

static void
wrappings_are_nested_in_any_order(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("<a/>"));
    wrap(f, PACK_GZIP);
    wrap(f, PACK_GZIP);
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok: <a/>\n");
    wrap_zip(f, 8);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\n");
    wrap(f, PACK_ZLIB);
    assert_gives(f, RUA_CONTAINER_BIN, "ok: <a/>\n");
    set_part(f, RUA_SPAN("<a/>"));
    wrap_zip(f, 0);
    wrap_zip(f, 8);
    wrap(f, PACK_GZIP);
    wrap_zip(f, 8);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\n");
}

static void
too_many_wrappings_are_bad_and_the_ceiling_is_named(void **state)
{
    struct fixture *f = *state;

    set_part(f, RUA_SPAN("<a/>"));
    for (int i = 0; i < 5; i++)
        wrap(f, PACK_GZIP);
    assert_none(f, RUA_CONTAINER_XML_GZ, RUA_BAD,
                "more than max_wrappings (4) wrappings");
    f->limits.max_wrappings = 5;
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok: <a/>\n");
    set_part(f, RUA_SPAN("<a/>"));
    for (int i = 0; i < 6; i++)
        wrap_zip(f, 8);
    assert_none(f, RUA_CONTAINER_ZIP, RUA_BAD,
                "entry f: entry f: entry f: entry f: entry f: "
                "more than max_wrappings (5) wrappings");
    f->limits.max_wrappings = 6;
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\n");
}

static void
every_file_of_an_archive_is_looked_into(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "readme.txt",      .data = RUA_SPAN("read me")},
        {                                      .name = "a.xml", .data = RUA_SPAN("<a/>"),                 .method = 8},
        {                                      .name = "empty"                        },
        { .name = "b.dat",                         .data = RUA_SPAN("\0<b/>"),              .method = 8},
    };

    put_zip(&f->part, files, 4);
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\nok leading_junk: <b/>\n");
}

static void
bad_document_ends_and_the_next_is_read(void **state)
{
    static const struct {
        enum rua_verdict begin, write, end, verdict;
        const char *said;
    } cases[] = {
        {RUA_BAD,        RUA_OK,    RUA_OK,    RUA_OK,    "bad: \nok: <b/>\n"       },
        {RUA_NOT_REPORT, RUA_OK,    RUA_OK,    RUA_OK,    "not_report: \nok: <b/>\n"},
        {RUA_OK,         RUA_BAD,   RUA_OK,    RUA_OK,    "bad: <a/>\nok: <b/>\n"   },
        {RUA_OK,         RUA_OK,    RUA_BAD,   RUA_OK,    "ok: <a/>\nok: <b/>\n"    },
        {RUA_LATER,      RUA_OK,    RUA_OK,    RUA_LATER, ""                        },
        {RUA_OK,         RUA_LATER, RUA_OK,    RUA_LATER, ""                        },
        {RUA_OK,         RUA_OK,    RUA_LATER, RUA_LATER, "ok: <a/>\n"              },
    };
    struct fixture *f = *state;
    struct rua_buf gz = packed_new(), zip = packed_new();
    struct zip_file a = {.name = "a"};
    struct zip_file both[] = {
        {.name = "zip"            },
        { .name = "b", .data = RUA_SPAN("<b/>")}
    };

    /* the first document is in a gzip in a zip in the zip */
    pack(&gz, PACK_GZIP, RUA_SPAN("<a/>"));
    a.data = rua_buf_span(&gz);
    put_zip(&zip, &a, 1);
    both[0].data = rua_buf_span(&zip);
    put_zip(&f->part, both, 2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        f->at_begin = cases[i].begin;
        f->at_write = cases[i].write;
        f->at_end = cases[i].end;
        read_part(f);
        assert_string_equal(cases[i].said, f->said);
        assert_int_equal(cases[i].verdict, f->verdict);
    }
    rua_buf_done(&gz);
    rua_buf_done(&zip);
}

static void
document_over_a_ceiling_ends_with_bad(void **state)
{
    struct fixture *f = *state;
    struct rua_buf text = make_text(300 * 1000);

    set_part(f, rua_buf_span(&text));
    wrap(f, PACK_GZIP);
    f->shown = 8;
    f->limits.max_document = text.len;
    assert_gives(f, RUA_CONTAINER_XML_GZ, "ok: <record>\n");
    f->limits.max_document = text.len - 1;
    assert_gives(f, RUA_CONTAINER_XML_GZ, "bad: <record>\n");
    assert_non_null(strstr(f->ceiling, "max_document"));
    f->limits.max_document = text.len;
    f->limits.max_unpacked = text.len - 1;
    assert_gives(f, RUA_CONTAINER_XML_GZ, "bad: <record>\n");
    assert_non_null(strstr(f->ceiling, "max_unpacked"));
    rua_buf_done(&text);
}

static void
each_part_is_a_new_document_for_the_budget(void **state)
{
    struct fixture *f = *state;
    const struct rua_documents documents = {begin_document, write_document,
                                            end_document, f};
    struct rua_spool spool;

    set_part(f, RUA_SPAN("<a/>"));
    wrap(f, PACK_GZIP);
    f->limits.max_document = 4;
    f->budget = (struct rua_budget){.limits = &f->limits};
    rua_spool_init(&spool, NULL, PACKED_MAX, PACKED_MAX, "test");
    rua_spool_write(&spool, rua_buf_span(&f->part), &f->err);
    for (int i = 0; i < 2; i++)
        assert_int_equal(RUA_OK,
                         rua_unpack_read(f->unpack, &spool, NULL, &f->budget,
                                         &documents, &f->container, &f->err));
    assert_string_equal("ok: <a/>\nok: <a/>\n", f->said);
    assert_int_equal(8, f->budget.unpacked);
    rua_spool_done(&spool);
}

static void
max_entries_counts_the_files_of_all_archives(void **state)
{
    struct fixture *f = *state;
    struct rua_buf zip = packed_new();
    struct zip_file inner[] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>")}
    };
    struct zip_file outer[] = {{.name = "1"}, {.name = "2"}};

    put_zip(&zip, inner, 2);
    outer[0].data = outer[1].data = rua_buf_span(&zip);
    put_zip(&f->part, outer, 2);
    f->limits.max_entries = 6;
    assert_gives(f, RUA_CONTAINER_ZIP,
                 "ok: <a/>\nok: <b/>\nok: <a/>\nok: <b/>\n");
    f->limits.max_entries = 5;
    assert_gives(f, RUA_CONTAINER_ZIP, "ok: <a/>\nok: <b/>\nok: <a/>\n");
    assert_non_null(strstr(f->err.sentence, "max_entries (5)"));
    rua_buf_done(&zip);
}

static void
part_that_cannot_be_read_is_later(void **state)
{
    struct fixture *f = *state;
    const struct rua_documents documents = {begin_document, write_document,
                                            end_document, f};
    struct rua_spool spool;

    rua_spool_open(&spool, 1000000, 0, 1000); /* no such descriptor */
    f->budget = (struct rua_budget){.limits = &f->limits};
    f->container = RUA_CONTAINER_XML;
    assert_int_equal(RUA_LATER,
                     rua_unpack_read(f->unpack, &spool, NULL, &f->budget,
                                     &documents, &f->container, &f->err));
    assert_int_equal(RUA_CONTAINER_BIN, f->container);
}

static void
report_files_are_told_from_mails(void **state)
{
    static const struct {
        struct rua_span first;
        const char *name;
        bool is_report;
    } cases[] = {
        {{(const unsigned char *)"<?xml", 5},          NULL,       true },
        {{(const unsigned char *)"\n<feedback>", 11},  NULL,       true },
        {{(const unsigned char *)"\x1f\x8b\x08", 3},   NULL,       true },
        {{(const unsigned char *)"PK\3\4", 4},         NULL,       true },
        {{(const unsigned char *)"From: <a@b>\n", 12}, NULL,       false},
        {{(const unsigned char *)"", 0},               NULL,       false},
        {{(const unsigned char *)"{}", 2},             NULL,       false},
        {{(const unsigned char *)"\x8b\1\2", 3},       NULL,       false},
        {{(const unsigned char *)"\x8b\1\2", 3},       "a.xml.GZ", true },
        {{(const unsigned char *)"\x8b\1\2", 3},       "KEY.bin",  true },
        {{(const unsigned char *)"MZ\1\2", 4},         "a.zip",    true },
        {{(const unsigned char *)"\x8b\1\2", 3},       "a.xml",    false},
        {{(const unsigned char *)"H4sIAAAA\n", 9},     "a.gz",     false},
        {{(const unsigned char *)"To: \1\2\n", 7},     "a.gz",     false},
        {{(const unsigned char *)"From \1\2\n", 8},    "a.gz",     false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(cases[i].is_report,
                         rua_unpack_sniff(cases[i].first, cases[i].name));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_wrapping_is_taken_off),
        TEST(zlib_of_any_level_is_known),
        TEST(wrappings_are_nested_in_any_order),
        TEST(too_many_wrappings_are_bad_and_the_ceiling_is_named),
        TEST(every_file_of_an_archive_is_looked_into),
        TEST(bad_document_ends_and_the_next_is_read),
        TEST(document_over_a_ceiling_ends_with_bad),
        TEST(each_part_is_a_new_document_for_the_budget),
        TEST(max_entries_counts_the_files_of_all_archives),
        TEST(part_that_cannot_be_read_is_later),
        TEST(report_files_are_told_from_mails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
