/* Archives that lie on purpose: nothing that they say of themselves is
 * believed. */
#include "unzip_fixture.h"

/* Writes a number of n bytes, `behind` bytes behind the last `signature`. */
static void
lie(struct fixture *f, const char *signature, size_t behind, uint64_t value,
    size_t n)
{
    size_t at = f->in.len;

    while (memcmp(f->in.data + --at, signature, 4) != 0)
        assert_true(at > 0);
    for (size_t i = 0; i < n; i++, value >>= 8)
        f->in.data[at + behind + i] = (unsigned char)value;
}

/* In the directory they have no bytes, and so share none. */
static void
data_is_unpacked_once_whatever_local_headers_say(void **state)
{
    struct fixture *f = *state;
    struct zip_file files[3] = {
        {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8},
    };

    put_local(&f->in, &files[0], 0);
    files[0].packed = 0;
    files[1] = files[2] = files[0];
    files[1].name = "b";
    files[2].name = "c";
    put_directory(&f->in, files, 3, 0);
    read_memory(f);
    assert_int_equal(RUA_BAD, f->verdict);
    assert_int_equal(4, f->budget.unpacked);
}

/* The offset of a local header, 42 bytes into a directory record, and that of
 * the directory, 16 bytes into the end record: then there is no directory, and
 * what is there is found without it. */
static void
offset_that_points_elsewhere_leads_nowhere(void **state)
{
    static const uint64_t offsets[] = {1, 40, 200, 0x7fffffff, 0xfffffffe};
    struct fixture *f = *state;
    struct zip_file file = {.name = "a", .data = RUA_SPAN("<a/>"), .method = 8};

    for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
        rua_buf_reset(&f->in);
        put_zip(&f->in, &file, 1);
        lie(f, "PK\1\2", 42, offsets[i], 4);
        assert_gives(f, "a 4 ok no_directory\n");
        rua_buf_reset(&f->in);
        put_zip(&f->in, &file, 1);
        lie(f, "PK\5\6", 16, offsets[i], 4);
        assert_gives(f, "a 4 ok no_directory\n");
    }
}

/* The zip64 field of the directory stands behind the name of one byte: sizes at
 * 51 and 59, the offset at 67. */
static void
zip64_numbers_are_no_more_than_a_claim(void **state)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       0xffffffff,
                                       INT64_MAX,
                                       (uint64_t)INT64_MAX + 1,
                                       UINT64_MAX - 3,
                                       UINT64_MAX};
    struct fixture *f = *state;
    struct zip_file file = {
        .name = "a", .data = RUA_SPAN("<a/>"), .method = 8, .zip64 = true};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        for (size_t at = 51; at <= 67; at += 8) {
            rua_buf_reset(&f->in);
            put_zip(&f->in, &file, 1);
            lie(f, "PK\1\2", at, numbers[i], 8);
            read_memory(f);
            assert_true(f->budget.unpacked <= 4);
            assert_true(f->verdict == RUA_OK || f->verdict == RUA_BAD);
        }
}

/* Only sentences show a name, and it ends no sentence: it is a text. */
static void
name_leads_nowhere(void **state)
{
    struct fixture *f = *state;
    struct zip_file file = {.data = RUA_SPAN("<a/>"), .method = 8};

    file.name = "../../../etc/x.xml";
    put_zip(&f->in, &file, 1);
    assert_gives(f, "../../../etc/x.xml 4 ok\n");
    rua_buf_reset(&f->in);
    file.name = "a.xml_../b";
    put_zip(&f->in, &file, 1);
    lie(f, "PK\1\2", 46 + 5, 0, 1);
    assert_gives(f, "a.xml 4 ok\n");
}

/* clang-format off */
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
/* clang-format on */

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(data_is_unpacked_once_whatever_local_headers_say),
        TEST(offset_that_points_elsewhere_leads_nowhere),
        TEST(zip64_numbers_are_no_more_than_a_claim),
        TEST(name_leads_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
