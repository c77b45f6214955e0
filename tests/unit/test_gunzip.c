#include "gunzip_fixture.h"

static void
gzip_zlib_and_deflate_come_out_as_they_went_in(void **state)
{
    struct fixture *f = *state;
    const struct rua_span text = rua_buf_span(&f->text);

    pack(&f->in, PACK_GZIP, text);
    assert_gives(f, RUA_GZIP, text, 0);
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_ZLIB, text);
    assert_gives(f, RUA_ZLIB, text, 0);
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_RAW, text);
    assert_gives(f, RUA_DEFLATE, text, RUA_RAW_DEFLATE);
}

static void
output_comes_in_pieces_of_64_kib(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, rua_buf_span(&f->text));
    run(f, RUA_GZIP, f->in.len);
    assert_int_equal(64 * 1024, f->largest);
}

/* zlib may have taken all input and still hold output back. */
static void
data_that_ends_at_the_edge_of_the_output_comes_whole(void **state)
{
    struct fixture *f = *state;
    struct rua_span text;

    memset(f->text.data, 'x', f->text.len);
    for (size_t more = 0; more < 600; more++) {
        text = (struct rua_span){f->text.data, 64 * 1024 + more};
        rua_buf_reset(&f->in);
        pack(&f->in, PACK_RAW, text);
        run(f, RUA_DEFLATE, f->in.len);
        assert_int_equal(RUA_OK, f->ended);
        assert_int_equal(RUA_RAW_DEFLATE, f->oddities);
        assert_out(f, text);
    }
}

static void
members_are_one_stream(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("one "));
    pack(&f->in, PACK_GZIP, RUA_SPAN(""));
    pack(&f->in, PACK_GZIP, RUA_SPAN("two"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("one two"), 0);
}

static void
members_may_have_padding_between_them(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN("one "));
    rua_buf_add(&f->in, "\0\0\r\n", 4);
    pack(&f->in, PACK_GZIP, RUA_SPAN("two"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("one two"), 0);
}

static void
whole_stream_of_nothing_is_nothing(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, RUA_SPAN(""));
    assert_gives(f, RUA_GZIP, RUA_SPAN(""), 0);
}

static void
verdict_of_the_next_stage_comes_back_and_ends_the_work(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, rua_buf_span(&f->text));
    f->stop_at = 1;
    run(f, RUA_GZIP, f->in.len);
    assert_int_equal(RUA_REFUSED, f->written);
    assert_int_equal(64 * 1024, f->out.len);
    assert_int_equal(
        RUA_OK, rua_gunzip_write(f->gunzip, rua_buf_span(&f->in), &f->err));
    assert_int_equal(64 * 1024, f->out.len);
}

static void
ceiling_is_bad_and_named(void **state)
{
    struct fixture *f = *state;

    pack(&f->in, PACK_GZIP, rua_buf_span(&f->text));
    f->limits.max_document = LONG;
    assert_gives(f, RUA_GZIP, rua_buf_span(&f->text), 0);
    f->limits.max_document = LONG - 1;
    run(f, RUA_GZIP, f->in.len);
    assert_int_equal(RUA_BAD, f->written);
    assert_non_null(strstr(f->err.sentence, "max_document"));
    assert_true(f->out.len < LONG);
    f->limits.max_document = LONG;
    f->limits.max_unpacked = LONG - 1;
    run(f, RUA_GZIP, f->in.len);
    assert_int_equal(RUA_BAD, f->written);
    assert_non_null(strstr(f->err.sentence, "max_unpacked"));
}

static void
stage_can_be_begun_again_after_anything(void **state)
{
    struct fixture *f = *state;

    break_second_member(f);
    run(f, RUA_GZIP, f->in.len);
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_RAW, RUA_SPAN("text"));
    assert_gives(f, RUA_DEFLATE, RUA_SPAN("text"), RUA_RAW_DEFLATE);
    f->in.len -= 2;
    run(f, RUA_DEFLATE, f->in.len);
    rua_buf_reset(&f->in);
    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    assert_gives(f, RUA_GZIP, RUA_SPAN("text"), 0);
}

static void
taken_are_the_bytes_of_the_stream(void **state)
{
    struct fixture *f = *state;
    size_t len;

    pack(&f->in, PACK_RAW, rua_buf_span(&f->text));
    len = f->in.len;
    rua_buf_add(&f->in, "PK\1\2", 4);
    for (size_t piece = 0; piece <= 7; piece++) {
        run(f, RUA_DEFLATE, piece ? piece : f->in.len);
        assert_true(rua_gunzip_ended(f->gunzip));
        assert_int_equal(len, rua_gunzip_taken(f->gunzip));
    }
    f->in.len = len - 1;
    run(f, RUA_DEFLATE, f->in.len);
    assert_false(rua_gunzip_ended(f->gunzip));
    assert_int_equal(len - 1, rua_gunzip_taken(f->gunzip));
}

static void
crc32_is_the_one_of_zip(void **state)
{
    uint32_t crc = rua_crc32(0, RUA_SPAN("1234"));

    (void)state;
    assert_int_equal(0xcbf43926, rua_crc32(crc, RUA_SPAN("56789")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gzip_zlib_and_deflate_come_out_as_they_went_in),
        TEST(output_comes_in_pieces_of_64_kib),
        TEST(data_that_ends_at_the_edge_of_the_output_comes_whole),
        TEST(members_are_one_stream),
        TEST(members_may_have_padding_between_them),
        TEST(whole_stream_of_nothing_is_nothing),
        TEST(verdict_of_the_next_stage_comes_back_and_ends_the_work),
        TEST(ceiling_is_bad_and_named),
        TEST(stage_can_be_begun_again_after_anything),
        TEST(taken_are_the_bytes_of_the_stream),
        TEST(crc32_is_the_one_of_zip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
