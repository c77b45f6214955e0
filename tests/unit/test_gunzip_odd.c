#include "gunzip_fixture.h"

static void
padding_behind_the_end_is_not_odd(void **state)
{
    static const struct {
        int window_bits;
        enum rua_wrapping wrapping;
        uint32_t oddities;
    } cases[] = {
        {PACK_GZIP, RUA_GZIP,    0              },
        {PACK_ZLIB, RUA_ZLIB,    0              },
        {PACK_RAW,  RUA_DEFLATE, RUA_RAW_DEFLATE},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rua_buf_reset(&f->in);
        pack(&f->in, cases[i].window_bits, RUA_SPAN("text"));
        rua_buf_add(&f->in, "\r\n\0\0 \t", 6);
        assert_gives(f, cases[i].wrapping, RUA_SPAN("text"), cases[i].oddities);
    }
}

static void
other_bytes_behind_the_end_are_trailing_junk(void **state)
{
    static const char *const junk[] = {"-- \nfooter", "\x1f", "\x1f\x1f\x8b",
                                       "\r\n\x1fx"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
        rua_buf_reset(&f->in);
        pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
        rua_buf_add(&f->in, junk[i], strlen(junk[i]));
        assert_gives(f, RUA_GZIP, RUA_SPAN("text"), RUA_TRAILING_JUNK);
    }
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_ZLIB, RUA_SPAN("text"));
    pack(&f->in, PACK_ZLIB, RUA_SPAN("more"));
    assert_gives(f, RUA_ZLIB, RUA_SPAN("text"), RUA_TRAILING_JUNK);
}

static void
wrong_check_sum_is_an_oddity_and_the_next_member_is_read(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("one "));
    f->in.data[f->in.len - 8] ^= 1;
    assert_gives(f, RUA_GZIP, RUA_SPAN("one "), RUA_CRC_MISMATCH);
    pack(&f->in, PACK_GZIP, RUA_SPAN("two"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("one two"), RUA_CRC_MISMATCH);
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_ZLIB, RUA_SPAN("text"));
    f->in.data[f->in.len - 1] ^= 1;
    assert_gives(f, RUA_ZLIB, RUA_SPAN("text"), RUA_CRC_MISMATCH);
}

static void
wrong_length_is_an_oddity_and_the_next_member_is_read(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("one "));
    f->in.data[f->in.len - 1] ^= 1;
    pack(&f->in, PACK_GZIP, RUA_SPAN("two"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("one two"), RUA_LENGTH_MISMATCH);
}

static void
wrong_check_sum_of_a_header_is_an_oddity(void **state)
{
    static const unsigned char header[] = {0x1f, 0x8b, 8, 2,   0, 0,
                                           0,    0,    0, 255, 1, 2};
    struct fixture *f = *state;
    struct rua_buf packed = packed_new();

    pack(&packed, PACK_GZIP, RUA_SPAN("text"));
    for (int members = 1; members <= 2; members++) {
        rua_buf_add(&f->in, header, sizeof(header));
        rua_buf_add(&f->in, packed.data + 10, packed.len - 10);
        assert_gives(f, RUA_GZIP,
                     members == 1 ? RUA_SPAN("text") : RUA_SPAN("texttext"),
                     RUA_CRC_MISMATCH);
    }
    f->in.len--;
    assert_gives(f, RUA_GZIP, RUA_SPAN("texttext"),
                 RUA_CRC_MISMATCH | RUA_TRUNCATED);
    rua_buf_done(&packed);
}

static void
missing_trailer_is_truncated(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    for (int i = 0; i < 8; i++) {
        f->in.len--;
        assert_gives(f, RUA_GZIP, RUA_SPAN("text"), RUA_TRUNCATED);
    }
}

static void
trailer_cut_off_behind_a_wrong_check_sum_is_both(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    f->in.data[f->in.len - 8] ^= 1;
    f->in.len -= 2;
    assert_gives(f, RUA_GZIP, RUA_SPAN("text"),
                 RUA_CRC_MISMATCH | RUA_TRUNCATED);
}

static void
stream_cut_off_keeps_what_came_out(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, rua_buf_span(&f->text));
    f->in.len /= 2;
    for (size_t piece = 0; piece <= 7; piece++) {
        run(f, RUA_GZIP, piece ? piece : f->in.len);
        assert_int_equal(RUA_OK, f->ended);
        assert_int_equal(RUA_TRUNCATED, f->oddities);
        assert_true(f->out.len > LONG / 4);
        assert_memory_equal(f->text.data, f->out.data, f->out.len);
    }
}

static void
broken_later_swallows_the_rest(void **state)
{
    struct fixture *f = *state;

    break_second_member(f);
    pack(&f->in, PACK_GZIP, RUA_SPAN("and more"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("text"), RUA_TRUNCATED);
}

static void
broken_from_the_start_is_bad(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    f->in.data[10] |= 6;
    assert_bad(f, RUA_GZIP, "gzip: invalid block type");
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_ZLIB, RUA_SPAN("text"));
    f->in.data[1] ^= 1;
    assert_bad(f, RUA_ZLIB, "zlib: incorrect header check");
}

static void
preset_dictionary_is_bad(void **state)
{
    struct fixture *f = *state;

    rua_buf_add(&f->in, "\x78\xbb\1\2\3\4more", 10);
    assert_bad(f, RUA_ZLIB, "zlib: needs a preset dictionary");
}

static void
too_little_for_any_data_is_bad(void **state)
{
    struct fixture *f = *state;

    assert_bad(f, RUA_GZIP, "gzip: broke off before any data");
    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    f->in.len = 10; /* the header */
    assert_bad(f, RUA_GZIP, "gzip: broke off before any data");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(padding_behind_the_end_is_not_odd),
        TEST(other_bytes_behind_the_end_are_trailing_junk),
        TEST(wrong_check_sum_is_an_oddity_and_the_next_member_is_read),
        TEST(wrong_length_is_an_oddity_and_the_next_member_is_read),
        TEST(wrong_check_sum_of_a_header_is_an_oddity),
        TEST(missing_trailer_is_truncated),
        TEST(trailer_cut_off_behind_a_wrong_check_sum_is_both),
        TEST(stream_cut_off_keeps_what_came_out),
        TEST(broken_later_swallows_the_rest),
        TEST(broken_from_the_start_is_bad),
        TEST(preset_dictionary_is_bad),
        TEST(too_little_for_any_data_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
