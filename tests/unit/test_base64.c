#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base64.h"
#include "buf.h"

static enum rua_verdict
gather(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    assert_true(bytes.len <= 4096);
    assert_true(rua_buf_add_span(ctx, bytes));
    return RUA_OK;
}

/* Decodes in pieces of `piece` bytes; returns the junk. */
static unsigned
decode(struct rua_span text, size_t piece, struct rua_buf *out)
{
    struct rua_base64 base64 = {
        .next = {gather, out}
    };

    for (size_t i = 0; i < text.len; i += piece) {
        size_t n = text.len - i < piece ? text.len - i : piece;
        struct rua_span span = {text.data + i, n};
        assert_int_equal(RUA_OK, rua_base64_write(&base64, span, NULL));
    }
    assert_int_equal(RUA_OK, rua_base64_end(&base64, NULL));
    return base64.junk;
}

static void
assert_decodes(const char *text, struct rua_span expected, unsigned junk)
{
    for (size_t piece = 1; piece <= 8; piece++) {
        struct rua_buf out;
        rua_buf_init(&out, 1000);
        assert_int_equal(junk, decode(rua_span_text(text),
                                      piece < 8 ? piece : SIZE_MAX / 2, &out));
        assert_int_equal(expected.len, out.len);
        assert_memory_equal(expected.data, out.data, out.len);
        rua_buf_done(&out);
    }
}

static void
vectors_of_the_rfc_are_decoded(void **state)
{
    (void)state;
    assert_decodes("", RUA_SPAN(""), 0);
    assert_decodes("Zg==", RUA_SPAN("f"), 0);
    assert_decodes("Zm8=", RUA_SPAN("fo"), 0);
    assert_decodes("Zm9v", RUA_SPAN("foo"), 0);
    assert_decodes("Zm9vYg==", RUA_SPAN("foob"), 0);
    assert_decodes("Zm9vYmE=", RUA_SPAN("fooba"), 0);
    assert_decodes("Zm9vYmFy", RUA_SPAN("foobar"), 0);
    assert_decodes("+/+/", RUA_SPAN("\xfb\xff\xbf"), 0);
}

static void
padding_may_be_missing(void **state)
{
    (void)state;
    assert_decodes("Zg", RUA_SPAN("f"), 0);
    assert_decodes("Zg=", RUA_SPAN("f"), 0);
    assert_decodes("Zm8", RUA_SPAN("fo"), 0);
}

static void
decoding_goes_on_behind_padding(void **state)
{
    (void)state;
    assert_decodes("Zg==Zm8=Zm9v", RUA_SPAN("ffofoo"), 0);
    assert_decodes("Zg==\r\nZm8=\r\nZm9vYmFyZm9vYmFy\r\n",
                   RUA_SPAN("ffofoobarfoobar"), 0);
    assert_decodes("====Zm9v====", RUA_SPAN("foo"), 0);
    assert_decodes("Zg=\n=Zm9v", RUA_SPAN("ffoo"), 0);
}

static void
white_space_is_passed_over_wherever_it_is(void **state)
{
    (void)state;
    assert_decodes("Z m\t9\rv\nYm\r\nFy\n", RUA_SPAN("foobar"), 0);
}

static void
junk_is_passed_over_and_counted(void **state)
{
    (void)state;
    assert_decodes("Zm9v!Ym\xff"
                   "Fy-_",
                   RUA_SPAN("foobar"), 4);
    assert_decodes("Zm\v9v", RUA_SPAN("foo"), 1);
}

static void
character_alone_is_no_byte_and_counts_as_junk(void **state)
{
    (void)state;
    assert_decodes("Zm9vY", RUA_SPAN("foo"), 1);
    assert_decodes("Zm9vY===Zm9v", RUA_SPAN("foofoo"), 1);
}

static void
nul_is_junk(void **state)
{
    struct rua_buf out;

    (void)state;
    rua_buf_init(&out, 100);
    assert_int_equal(1, decode(RUA_SPAN("Zm\0"
                                        "9v"),
                               100, &out));
    assert_int_equal(3, out.len);
    rua_buf_done(&out);
}

/* The plainest encoder there is, with a line end after each `line` characters
 * and the padding of each `run` bytes where they end. */
static void
encode(struct rua_span bytes, size_t line, size_t run, struct rua_buf *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
                                   "nopqrstuvwxyz0123456789+/";
    size_t in_line = 0;

    for (size_t at = 0; at < bytes.len;) {
        size_t left = run - at % run;
        size_t n = left < 3 ? left : 3;
        uint32_t bits = 0;
        if (n > bytes.len - at)
            n = bytes.len - at;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < n ? bytes.data[at + i] : 0);
        for (size_t i = 0; i < 4; i++) {
            char c = i <= n ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
            assert_true(rua_buf_add_byte(out, (unsigned char)c));
            if (++in_line % line == 0)
                rua_buf_add_span(out, RUA_SPAN("\r\n"));
        }
        at += n;
    }
}

static void
what_was_encoded_is_decoded(void **state)
{
    static unsigned char bytes[20000];

    (void)state;
    srandom(7);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)random();
    for (size_t round = 0; round < 200; round++) {
        struct rua_span span = {bytes, (size_t)random() % sizeof(bytes)};
        size_t line = 1 + (size_t)random() % 100;
        size_t run = round % 2 ? SIZE_MAX : 1 + (size_t)random() % 1000;
        size_t piece = round % 4 < 2 ? SIZE_MAX / 2 : 1 + round % 7;
        struct rua_buf text, out;
        rua_buf_init(&text, 10 * sizeof(bytes));
        rua_buf_init(&out, 10 * sizeof(bytes));
        encode(span, line, run, &text);
        assert_int_equal(0, decode(rua_buf_span(&text), piece, &out));
        assert_int_equal(span.len, out.len);
        assert_memory_equal(bytes, out.data, out.len);
        rua_buf_done(&text);
        rua_buf_done(&out);
    }
}

static enum rua_verdict
refuse(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    int *calls = ctx;

    (void)bytes;
    ++*calls;
    return rua_err_set(err, RUA_BAD, "enough");
}

static void
verdict_of_the_sink_ends_the_decoding(void **state)
{
    static unsigned char text[100000];
    struct rua_err err = {0};
    int calls = 0;
    struct rua_base64 base64 = {
        .next = {refuse, &calls}
    };

    (void)state;
    memset(text, 'A', sizeof(text));
    assert_int_equal(
        RUA_BAD,
        rua_base64_write(&base64, (struct rua_span){text, 99999}, &err));
    assert_int_equal(1, calls);
    assert_string_equal("enough", err.sentence);
    base64 = (struct rua_base64){
        .next = {refuse, &calls}
    };
    rua_base64_write(&base64, RUA_SPAN("Zg"), &err);
    assert_int_equal(RUA_BAD, rua_base64_end(&base64, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc_are_decoded),
        cmocka_unit_test(padding_may_be_missing),
        cmocka_unit_test(decoding_goes_on_behind_padding),
        cmocka_unit_test(white_space_is_passed_over_wherever_it_is),
        cmocka_unit_test(junk_is_passed_over_and_counted),
        cmocka_unit_test(character_alone_is_no_byte_and_counts_as_junk),
        cmocka_unit_test(nul_is_junk),
        cmocka_unit_test(what_was_encoded_is_decoded),
        cmocka_unit_test(verdict_of_the_sink_ends_the_decoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
