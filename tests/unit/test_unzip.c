#include "unzip_fixture.h"

static void
files_come_in_the_order_of_the_directory(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a.xml", .data = RUA_SPAN("<first/>"), .method = 8},
        {.name = "b.xml",               .data = RUA_SPAN("<second />")                            },
    };
    struct zip_file swapped[2];

    put_zip(&f->in, files, 2);
    assert_gives(f, "a.xml 8 ok\nb.xml 10 ok\n");
    rua_buf_reset(&f->in);
    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    swapped[0] = files[1];
    swapped[1] = files[0];
    put_directory(&f->in, swapped, 2, 0);
    assert_gives(f, "b.xml 10 ok\na.xml 8 ok\n");
}

static void
long_files_come_out_as_they_went_in(void **state)
{
    struct fixture *f = *state;
    struct rua_buf text = make_text(LONG);
    struct zip_file file = {.name = "a.xml", .data = rua_buf_span(&text)};
    const unsigned methods[] = {0, 8};

    for (size_t i = 0; i < 2; i++) {
        file.method = methods[i];
        rua_buf_reset(&f->in);
        put_zip(&f->in, &file, 1);
        assert_gives(f, "a.xml 3000000 ok\n");
        assert_memory_equal(text.data, f->out.data, LONG);
        assert_int_equal(LONG, f->budget.unpacked);
    }
    rua_buf_done(&text);
}

static void
sizes_behind_the_data_are_read_from_the_directory(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8, .streamed = true},
        {.name = "b",           .data = RUA_SPAN("<bb/>"),                         .streamed = true},
    };

    put_zip(&f->in, files, 2);
    assert_gives(f, "a 4 ok\nb 5 ok\n");
}

static void
zip64_is_read(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8, .zip64 = true},
        {.name = "b",           .data = RUA_SPAN("<bb/>"),                         .zip64 = true},
    };

    put_zip(&f->in, files, 2);
    assert_gives(f, "a 4 ok\nb 5 ok\n");
}

static void
bytes_before_and_behind_the_archive_do_not_hurt(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8};

    put_zip(&f->in, &file, 1);
    rua_buf_add(&f->in, "\r\n", 2);
    assert_gives(f, "a 4 ok\n");
    rua_buf_reset(&f->in);
    rua_buf_add(&f->in, "MZ program", 10);
    put_zip(&f->in, &file, 1);
    assert_gives(f, "a 4 ok leading_junk\n");
}

static void
offsets_may_count_from_the_bytes_before_the_archive(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8};

    rua_buf_add(&f->in, "MZ program", 10);
    put_local(&f->in, &file, 0);
    put_directory(&f->in, &file, 1, 0);
    assert_gives(f, "a 4 ok leading_junk\n");
}

static void
folders_and_resource_forks_are_passed_over(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "reports/"       },
        { .name = "__MACOSX/._a.xml", .data = RUA_SPAN("fork")},
        { .name = "reports/a.xml", .data = RUA_SPAN("<a/>")},
    };

    put_zip(&f->in, files, 3);
    assert_gives(f, "reports/a.xml 4 ok\n");
    rua_buf_reset(&f->in);
    put_zip(&f->in, files, 2);
    assert_bad(f, "", "zip: no file in it");
}

static void
too_many_entries_are_bad_and_the_ceiling_is_named(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[3] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>")},
        {.name = "c", .data = RUA_SPAN("<c/>")},
    };

    put_zip(&f->in, files, 3);
    f->limits.max_entries = 3;
    assert_gives(f, "a 4 ok\nb 4 ok\nc 4 ok\n");
    f->limits.max_entries = 2;
    assert_bad(f, "", "zip: more than max_entries (2) files");
    f->in.len -= 22;
    assert_bad(f, "a 4 ok no_directory\nb 4 ok no_directory\n",
               "zip: more than max_entries (2) files");
}

static void
each_file_is_a_document_of_its_own_for_the_budget(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<aaaa/>"), .method = 8},
        {.name = "b",           .data = RUA_SPAN("<b/>")                           },
        {.name = "c",           .data = RUA_SPAN("<ccc/>")},
    };

    put_zip(&f->in, files, 3);
    f->limits.max_document = 7;
    assert_gives(f, "a 7 ok\nb 4 ok\nc 6 ok\n");
    f->limits.max_document = 5;
    assert_bad(f, "a 0 bad\nb 4 ok\nc 0 bad\n",
               "entry a: a document of more than max_document (5) bytes");
    f->limits.max_document = 7;
    f->limits.max_unpacked = 16;
    assert_bad(f, "a 7 ok\nb 4 ok\nc 0 bad\n",
               "entry c: unpacks to more than max_unpacked (16) bytes");
}

static void
what_the_visitor_says_ends_that_file_only(void **state)
{
    static const struct {
        enum rua_verdict write, end, verdict;
        const char *said;
    } cases[] = {
        {RUA_BAD,        RUA_OK,    RUA_OK,    "b 4 bad\nc 4 ok\n"       },
        {RUA_NOT_REPORT, RUA_OK,    RUA_OK,    "b 4 not_report\nc 4 ok\n"},
        {RUA_OK,         RUA_BAD,   RUA_OK,    "b 4 ok\nc 4 ok\n"        },
        {RUA_LATER,      RUA_OK,    RUA_LATER, "b 4 later\n"             },
        {RUA_OK,         RUA_LATER, RUA_LATER, "b 4 ok\n"                },
    };
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>"), .method = 8},
        {.name = "c",           .data = RUA_SPAN("<c/>")                        },
    };

    put_zip(&f->in, files, 3);
    f->skip = "a";
    f->stop = "b";
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        f->stop_at_write = cases[i].write;
        f->stop_at_end = cases[i].end;
        read_memory(f);
        assert_string_equal(cases[i].said, f->said);
        assert_int_equal(cases[i].verdict, f->verdict);
        assert_string_equal(cases[i].write ? "entry b: stopped" : "",
                            f->err.sentence);
    }
}

static void
name_is_cut_not_overrun(void **state)
{
    struct fixture *f = *state;
    char name[1000];
    struct zip_file file = {.name = name, .data = RUA_SPAN("<a/>")};

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    put_zip(&f->in, &file, 1);
    read_memory(f);
    assert_int_equal(RUA_OK, f->verdict);
    assert_int_equal(RUA_ZIP_NAME_MAX - 1, strlen(f->name));
}

static void
end_record_is_looked_for_in_the_last_64_kib(void **state)
{
    struct fixture *f = *state;
    struct rua_spool spool;
    bool has;

    put_zip(&f->in, NULL, 0);
    for (size_t more = 0; more < 2; more++) {
        while (f->in.len < 22 + 65535 + more)
            rua_buf_add_byte(&f->in, 'c');
        rua_spool_init(&spool, NULL, PACKED_MAX, PACKED_MAX, "test");
        rua_spool_write(&spool, rua_buf_span(&f->in), &f->err);
        assert_int_equal(RUA_OK, rua_zip_has_end(&spool, &has, &f->err));
        assert_int_equal(more == 0, has);
        rua_spool_done(&spool);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_come_in_the_order_of_the_directory),
        TEST(long_files_come_out_as_they_went_in),
        TEST(sizes_behind_the_data_are_read_from_the_directory),
        TEST(zip64_is_read),
        TEST(bytes_before_and_behind_the_archive_do_not_hurt),
        TEST(offsets_may_count_from_the_bytes_before_the_archive),
        TEST(folders_and_resource_forks_are_passed_over),
        TEST(too_many_entries_are_bad_and_the_ceiling_is_named),
        TEST(each_file_is_a_document_of_its_own_for_the_budget),
        TEST(what_the_visitor_says_ends_that_file_only),
        TEST(name_is_cut_not_overrun),
        TEST(end_record_is_looked_for_in_the_last_64_kib),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
