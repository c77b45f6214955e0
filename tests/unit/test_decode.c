#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "decode.h"

static enum rua_verdict
collect(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    assert_true(rua_buf_add_span(ctx, bytes));
    return RUA_OK;
}

static enum rua_verdict
refuse(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    (void)ctx, (void)bytes;
    return rua_err_set(err, RUA_BAD, "no");
}

/* Writes `text` in pieces of `n` bytes. */
static enum rua_verdict
write_pieces(const struct rua_sink *sink, struct rua_span text, size_t n,
             struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;

    for (size_t at = 0; at < text.len && verdict == RUA_OK; at += n) {
        size_t some = text.len - at < n ? text.len - at : n;
        verdict = rua_push(sink, (struct rua_span){text.data + at, some}, err);
    }
    return verdict;
}

static void
assert_bytes(const struct rua_buf *got, struct rua_span expected)
{
    assert_int_equal(expected.len, got->len);
    assert_memory_equal(expected.data, got->data, expected.len);
}

static void
assert_quoted(const char *text, const char *expected)
{
    struct rua_span bytes = rua_span_text(text);

    for (size_t n = 1; n <= 8; n++) {
        struct rua_buf got;
        struct rua_quoted quoted = {
            .next = {collect, &got}
        };
        struct rua_sink sink = {rua_quoted_write, &quoted};
        rua_buf_init(&got, 4096);
        write_pieces(&sink, bytes, n < 8 ? n : bytes.len, NULL);
        assert_int_equal(RUA_OK, rua_quoted_end(&quoted, NULL));
        assert_bytes(&got, rua_span_text(expected));
        rua_buf_done(&got);
    }
}

static void
quoted_bytes_are_decoded(void **state)
{
    (void)state;
    assert_quoted("", "");
    assert_quoted("plain\r\ntext\n", "plain\r\ntext\n");
    assert_quoted("<a b=3D=22x=22>=c3=A4", "<a b=\"x\">\xc3\xa4");
    assert_quoted("=3D=3D=\n=3D", "===");
}

static void
soft_line_ends_vanish(void **state)
{
    (void)state;
    assert_quoted("one=\ntwo=\r\nthree= \t \r\nfour=\n", "onetwothreefour");
    assert_quoted("=\n\n", "\n");
}

static void
equals_sign_that_quotes_nothing_stays(void **state)
{
    (void)state;
    assert_quoted("a=b c=xyz =4", "a=b c=xyz =4");
    assert_quoted("a==3D", "a==");
    assert_quoted("a=4=3D", "a=4=");
    assert_quoted("a= \t b", "a= b");
    assert_quoted("a=", "a=");
    assert_quoted("a=4", "a=4");
}

static void
refusal_of_the_next_stage_comes_back(void **state)
{
    struct rua_err err = {0};
    struct rua_quoted quoted = {
        .next = {refuse, NULL}
    };
    struct rua_uu uu = {
        .next = {refuse, NULL}
    };

    (void)state;
    assert_int_equal(RUA_BAD, rua_quoted_write(&quoted, RUA_SPAN("x"), &err));
    assert_int_equal(RUA_BAD, rua_uu_write(&uu, RUA_SPAN("#86)C\n"), &err));
    assert_string_equal("no", err.sentence);
}

/* Decodes in pieces; `used` is what is to be used of the text. */
static void
assert_uu(const char *text, struct rua_span expected, size_t used)
{
    struct rua_span bytes = rua_span_text(text);

    for (size_t n = 1; n <= 8; n++) {
        struct rua_buf got;
        struct rua_uu uu = {
            .next = {collect, &got}
        };
        struct rua_sink sink = {rua_uu_write, &uu};
        rua_buf_init(&got, 4096);
        write_pieces(&sink, bytes, n < 8 ? n : bytes.len, NULL);
        assert_int_equal(RUA_OK, rua_uu_end(&uu, NULL));
        assert_bytes(&got, expected);
        assert_int_equal(used, uu.used);
        rua_buf_done(&got);
    }
}

#define LINE45  "M86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A"
#define BYTES45 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
uuencoded_lines_are_decoded(void **state)
{
    (void)state;
    assert_uu("#86)C\n`\nend\n", RUA_SPAN("abc"), 12);
    assert_uu(LINE45 "\n" LINE45 "\n#86)C\n`\nend\n",
              RUA_SPAN(BYTES45 BYTES45 "abc"), 2 * 62 + 12);
    assert_uu(LINE45 "\r\n" LINE45 "\r\n#86)C\r\n`\r\nend\r\n",
              RUA_SPAN(BYTES45 BYTES45 "abc"), 2 * 63 + 15);
}

static void
length_of_a_line_cuts_its_last_group(void **state)
{
    (void)state;
    assert_uu("!80``\n\"86(`\nend\n", RUA_SPAN("aab"), 16);
}

static void
blanks_cut_off_a_line_are_zeros(void **state)
{
    (void)state;
    assert_uu("#80\nend\n", RUA_SPAN("a\0\0"), 8);
    assert_uu(" \n\n#86)C\nend\n", RUA_SPAN("abc"), 13);
}

static void
bytes_behind_the_end_are_passed_over(void **state)
{
    (void)state;
    assert_uu("#86)C\nend\n#86)C\n", RUA_SPAN("abc"), 10);
}

static void
missing_end_loses_nothing(void **state)
{
    (void)state;
    assert_uu("#86)C\n#86)C", RUA_SPAN("abcabc"), 11);
}

static void
line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    assert_uu("#86)C" LINE45 LINE45 "\n#86)C\n", RUA_SPAN("abcabc"), 134);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_bytes_are_decoded),
        cmocka_unit_test(soft_line_ends_vanish),
        cmocka_unit_test(equals_sign_that_quotes_nothing_stays),
        cmocka_unit_test(refusal_of_the_next_stage_comes_back),
        cmocka_unit_test(uuencoded_lines_are_decoded),
        cmocka_unit_test(length_of_a_line_cuts_its_last_group),
        cmocka_unit_test(blanks_cut_off_a_line_are_zeros),
        cmocka_unit_test(bytes_behind_the_end_are_passed_over),
        cmocka_unit_test(missing_end_loses_nothing),
        cmocka_unit_test(line_that_is_too_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
