#include "unzip_fixture.h"

static void
without_a_directory_local_headers_are_followed(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a",    .data = RUA_SPAN("<a/>"),  .method = 8, .streamed = true},
        {.name = "b",    .data = RUA_SPAN("<bb/>")},
        {.name = "c",   .data = RUA_SPAN("<ccc/>"),                            .method = 8           },
        {.name = "d", .data = RUA_SPAN("<dddd/>"),                          .method = 8,.zip64 = true                 },
    };
    size_t end_record = 22;

    put_zip(&f->in, files, 4);
    f->in.len -= end_record;
    assert_gives(f, "a 4 ok no_directory\nb 5 ok no_directory\n"
                    "c 6 ok no_directory\nd 7 ok no_directory\n");
}

static void
local_headers_are_found_behind_other_bytes(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8},
        {.name = "b",           .data = RUA_SPAN("<bb/>")                        },
    };

    for (size_t junk = 4090; junk < 4100; junk++) {
        rua_buf_reset(&f->in);
        put_local(&f->in, &files[0], 0);
        memset(rua_buf_room(&f->in, junk), 'P', junk);
        f->in.len += junk;
        put_local(&f->in, &files[1], 0);
        assert_gives(f, "a 4 ok no_directory\nb 5 ok no_directory\n");
    }
}

static void
size_in_the_local_header_counts_if_it_is_there(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "a",
                            .data = RUA_SPAN("<a/>"),
                            .streamed = true,
                            .known = true,
                            .lie_crc = 1};

    put_local(&f->in, &file, 0);
    assert_gives(f, "a 4 ok crc_mismatch no_directory\n");
}

/* What a directory record says of the packed size, 20 bytes into it. */
static void
packed_size_of_the_local_header_counts_if_it_is_larger(void **state)
{
    static const struct {
        unsigned char size;
        const char *said;
    } cases[] = {
        {1,   "a 4 ok length_mismatch\n"},
        {5,   "a 4 ok length_mismatch\n"},
        {6,   "a 4 ok\n"                },
        {200, "a 4 ok trailing_junk\n"  },
    };
    struct fixture *f = *state;
    struct zip_file file = {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8};

    put_zip(&f->in, &file, 1);
    assert_int_equal(6, file.packed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned char *central = memmem(f->in.data, f->in.len, "PK\1\2", 4);
        assert_non_null(central);
        central[20] = cases[i].size;
        assert_gives(f, cases[i].said);
    }
}

static void
data_that_is_not_read_is_not_searched(void **state)
{
    struct fixture *f = *state;
    struct rua_buf inner = packed_new();
    struct zip_file a = {.name = "a", .data = RUA_SPAN("<a/>")};
    struct zip_file x = {.name = "x", .method = 9};
    struct zip_file b = {.name = "b", .data = RUA_SPAN("<b/>")};

    put_zip(&inner, &a, 1);
    x.data = rua_buf_span(&inner);
    put_local(&f->in, &x, 0);
    put_local(&f->in, &b, 0);
    assert_bad(f, "b 4 ok no_directory\n",
               "entry x: compressed by method 9 (deflate64), which is not "
               "read");
    rua_buf_done(&inner);
}

static void
directory_that_leads_nowhere_is_none(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8};

    put_local(&f->in, &file, 0);
    file.at += 3;
    put_directory(&f->in, &file, 1, 0);
    assert_gives(f, "a 4 ok no_directory\n");
}

static void
archive_in_an_archive_is_not_mistaken_for_it(void **state)
{
    struct fixture *f = *state;
    struct rua_buf inner = packed_new();
    struct zip_file a = {.name = "a", .data = RUA_SPAN("<a/>")};
    struct zip_file files[2] = {{.name = "zip"}, {.name = "b"}};

    put_zip(&inner, &a, 1);
    files[0].data = rua_buf_span(&inner);
    files[1].data = RUA_SPAN("<b/>");
    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    assert_gives(f, "zip 104 ok no_directory\nb 4 ok no_directory\n");
    assert_int_equal(104, inner.len);
    rua_buf_done(&inner);
}

static void
archives_behind_each_other_are_all_read(void **state)
{
    struct fixture *f = *state;
    struct zip_file a = {.name = "a", .data = RUA_SPAN("<a/>")};
    struct zip_file b = {.name = "b", .data = RUA_SPAN("<b/>"), .method = 8};

    put_zip(&f->in, &a, 1);
    put_zip(&f->in, &b, 1);
    assert_gives(f, "a 4 ok no_directory\nb 4 ok no_directory\n");
}

static void
data_cut_off_is_truncated(void **state)
{
    struct fixture *f = *state;
    struct rua_buf text = make_text(LONG);
    struct zip_file file = {.name = "a", .data = rua_buf_span(&text)};

    put_local(&f->in, &file, 0);
    f->in.len -= 1000;
    assert_gives(f, "a 2999000 ok truncated no_directory\n");
    rua_buf_reset(&f->in);
    file.method = 8;
    put_local(&f->in, &file, 0);
    f->in.len /= 2;
    read_memory(f);
    assert_int_equal(RUA_OK, f->verdict);
    assert_non_null(strstr(f->said, " ok truncated no_directory\n"));
    assert_true(f->out.len > LONG / 4);
    assert_memory_equal(text.data, f->out.data, f->out.len);
    rua_buf_done(&text);
}

static void
packed_data_that_is_too_short_is_truncated(void **state)
{
    struct fixture *f = *state;
    struct rua_buf text = make_text(1000);
    struct zip_file file = {
        .name = "a", .data = rua_buf_span(&text), .method = 8, .cut = 2};

    put_zip(&f->in, &file, 1);
    read_memory(f);
    assert_int_equal(RUA_OK, f->verdict);
    assert_non_null(strstr(f->said, " ok truncated\n"));
    rua_buf_done(&text);
}

static void
wrong_check_sum_and_length_are_oddities(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a",    .data = RUA_SPAN("<a/>"), .method = 8, .lie_crc = 1},
        {.name = "b",              .data = RUA_SPAN("<b/>"),                            .method = 8,  .lie_size = 1},
        {.name = "c", .data = RUA_SPAN("<c/>"),                         .lie_crc = 1                        },
        {.name = "d",  .data = RUA_SPAN("<d/>"),  .lie_size = 1000000},
    };

    put_zip(&f->in, files, 4);
    assert_gives(f, "a 4 ok crc_mismatch\nb 4 ok length_mismatch\n"
                    "c 4 ok crc_mismatch\nd 4 ok length_mismatch\n");
}

static void
archive_of_nothing_is_bad(void **state)
{
    struct fixture *f = *state;

    put_zip(&f->in, NULL, 0);
    assert_bad(f, "", "zip: no file in it");
    rua_buf_reset(&f->in);
    assert_bad(f, "", "zip: no file in it");
}

static void
what_cannot_be_read_is_named_and_the_rest_is_read(void **state)
{
    const struct {
        struct zip_file file;
        const char *sentence;
    } cases[] = {
        {{.name = "x", .data = RUA_SPAN("?"), .method = 12},
         "entry x: compressed by method 12 (bzip2), which is not read"  },
        {{.name = "x", .data = RUA_SPAN("?"), .method = 77},
         "entry x: compressed by method 77 (unknown), which is not read"},
        {{.name = "x", .data = RUA_SPAN("?"), .encrypted = true},
         "entry x: encrypted"                                           },
        {{.name = "x", .data = RUA_SPAN("?"), .method = 8, .cut = 3},
         "entry x: deflate: broke off before any data"                  },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct zip_file files[] = {
            cases[i].file, {.name = "a", .data = RUA_SPAN("<a/>")}
        };
        rua_buf_reset(&f->in);
        put_zip(&f->in, files, 2);
        read_memory(f);
        assert_string_equal(cases[i].sentence, f->err.sentence);
        assert_int_equal(RUA_BAD, f->verdict);
        assert_non_null(strstr(f->said, "a 4 ok\n"));
        assert_null(strstr(f->said, "x 1"));
    }
}

static void
broken_data_ends_with_its_verdict(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.name = "x", .data = RUA_SPAN("?"), .method = 8};

    put_zip(&f->in, &file, 1);
    f->in.data[31] |= 6; /* a block type that does not exist */
    assert_bad(f, "x 0 bad\n", "entry x: deflate: invalid block type");
}

static void
stored_file_without_its_size_is_named(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "x", .data = RUA_SPAN("<x/>"), .streamed = true},
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8     },
    };

    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    assert_bad(f, "a 4 ok no_directory\n", "entry x: stored without its size");
}

static void
entries_that_overlap_are_refused(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[3] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>")},
    };

    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    files[2] = files[0];
    files[2].name = "c";
    put_directory(&f->in, files, 3, 0);
    assert_bad(f, "", "zip: entries a and c overlap");
    rua_buf_reset(&f->in);
    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    files[0].packed += 31 + 1; /* up to the first byte of b */
    put_directory(&f->in, files, 2, 0);
    assert_bad(f, "", "zip: entries a and b overlap");
}

static void
entries_that_touch_do_not_overlap(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[2] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>")},
    };

    put_local(&f->in, &files[0], 0);
    put_local(&f->in, &files[1], 0);
    files[0].packed += 31; /* all of b's header */
    put_directory(&f->in, files, 2, 0);
    assert_gives(f, "a 35 ok crc_mismatch length_mismatch\nb 4 ok\n");
}

static void
number_of_entries_that_lies_is_found_out(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[3] = {
        {.name = "a", .data = RUA_SPAN("<a/>")},
        {.name = "b", .data = RUA_SPAN("<b/>")},
    };
    unsigned char *numbers;

    put_zip(&f->in, files, 2);
    numbers = f->in.data + f->in.len - 14;
    numbers[0] = numbers[2] = 3;
    assert_gives(f, "a 4 ok no_directory\nb 4 ok no_directory\n");
    memset(numbers, 0xff, 4);
    assert_bad(f, "", "zip: more than max_entries (256) files");
}

static void
archive_that_cannot_be_read_is_later(void **state)
{
    struct fixture *f = *state;
    struct rua_spool spool;

    rua_spool_open(&spool, 1000000, 0, 1000); /* no such descriptor */
    read_spool(f, &spool);
    assert_int_equal(RUA_LATER, f->verdict);
}

/* Nothing that happens to single bytes may do worse than give another answer:
 * for the sanitizers. */
static void
no_byte_is_trusted(void **state)
{
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
    struct fixture *f = *state;
    struct zip_file files[] = {
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8, .zip64 = true},
        {.name = "b",           .data = RUA_SPAN("<bb/>"),                         .streamed = true},
    };

    put_zip(&f->in, files, 2);
    for (size_t i = 0; i < f->in.len; i++) {
        unsigned char old = f->in.data[i];
        for (size_t v = 0; v < sizeof(values); v++) {
            f->in.data[i] = values[v];
            read_memory(f);
            assert_true(f->verdict == RUA_OK || f->verdict == RUA_BAD);
            assert_true(f->verdict == RUA_OK || f->err.sentence[0]);
        }
        f->in.data[i] = old;
    }
    for (; f->in.len; f->in.len--) {
        read_memory(f);
        assert_true(f->verdict == RUA_OK || f->verdict == RUA_BAD);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_directory_local_headers_are_followed),
        TEST(local_headers_are_found_behind_other_bytes),
        TEST(size_in_the_local_header_counts_if_it_is_there),
        TEST(packed_size_of_the_local_header_counts_if_it_is_larger),
        TEST(data_that_is_not_read_is_not_searched),
        TEST(directory_that_leads_nowhere_is_none),
        TEST(archive_in_an_archive_is_not_mistaken_for_it),
        TEST(archives_behind_each_other_are_all_read),
        TEST(data_cut_off_is_truncated),
        TEST(packed_data_that_is_too_short_is_truncated),
        TEST(wrong_check_sum_and_length_are_oddities),
        TEST(archive_of_nothing_is_bad),
        TEST(what_cannot_be_read_is_named_and_the_rest_is_read),
        TEST(broken_data_ends_with_its_verdict),
        TEST(stored_file_without_its_size_is_named),
        TEST(entries_that_overlap_are_refused),
        TEST(entries_that_touch_do_not_overlap),
        TEST(number_of_entries_that_lies_is_found_out),
        TEST(archive_that_cannot_be_read_is_later),
        TEST(no_byte_is_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
