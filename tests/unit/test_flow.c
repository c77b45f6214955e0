#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow.h"

static enum rua_verdict
count_calls(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    size_t *calls = ctx;

    (void)err;
    ++*calls;
    return bytes.data[0] == '!' ? RUA_BAD : RUA_OK;
}

static void
empty_span_is_not_passed_on(void **state)
{
    size_t calls = 0;
    struct rua_sink sink = {count_calls, &calls};

    (void)state;
    assert_int_equal(RUA_OK, rua_push(&sink, RUA_SPAN(""), NULL));
    assert_int_equal(RUA_OK, rua_push(&sink, (struct rua_span){0}, NULL));
    assert_int_equal(0, calls);
}

static void
sinks_verdict_comes_back(void **state)
{
    size_t calls = 0;
    struct rua_sink sink = {count_calls, &calls};

    (void)state;
    assert_int_equal(RUA_OK, rua_push(&sink, RUA_SPAN("a"), NULL));
    assert_int_equal(RUA_BAD, rua_push(&sink, RUA_SPAN("!"), NULL));
    assert_int_equal(2, calls);
}

static void
absent_is_not_empty(void **state)
{
    (void)state;
    assert_null(rua_span_text(NULL).data);
    assert_non_null(rua_span_text("").data);
    assert_int_equal(0, rua_span_text("").len);
    assert_int_equal(3, rua_span_text("abc").len);
    assert_int_equal(3, RUA_SPAN("a\0b").len);
}

static void
only_ascii_letters_are_without_case(void **state)
{
    (void)state;
    assert_true(rua_span_same(RUA_SPAN("aZ[@"), RUA_SPAN("Az[@")));
    assert_false(rua_span_same(RUA_SPAN("["), RUA_SPAN("{")));
    assert_false(rua_span_same(RUA_SPAN("@"), RUA_SPAN("`")));
    assert_false(rua_span_same(RUA_SPAN("\xc3\x84"), RUA_SPAN("\xc3\xa4")));
    assert_false(rua_span_same(RUA_SPAN("ab"), RUA_SPAN("a")));
    assert_true(rua_span_same(RUA_SPAN(""), (struct rua_span){0}));
}

static void
white_space_at_both_ends_is_trimmed(void **state)
{
    static const struct {
        const char *raw, *trimmed;
    } cases[] = {
        {"a",                       "a"        },
        {" \t\r\na b\n",            "a b"      },
        {"\xc2\xa0 a\xc2\xa0",      "a"        },
        {"\xef\xbb\xbf"
         "a\xef\xbb\xbf ", "a"        },
        {"\xe2\x80\xa8 a\xc2\x85",  "a"        },
        {"\xc2\x85 b\xe2\x80\xa9",  "b"        },
        {"",                        ""         },
        {" \xc2\xa0\t\xef\xbb\xbf", ""         },
        {"\xc2"
         "a",              "\xc2"
         "a"             }, /* half of a no-break space */
        {"a\xc3\xa0",               "a\xc3\xa0"}, /* a letter that ends in the same byte */
        {"a\xa0",                   "a\xa0"    },
        {"a\v",                     "a\v"      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rua_span got = rua_span_trim(rua_span_text(cases[i].raw));
        assert_non_null(got.data);
        assert_int_equal(strlen(cases[i].trimmed), got.len);
        assert_memory_equal(cases[i].trimmed, got.data, got.len);
    }
}

static void
nul_is_no_white_space(void **state)
{
    (void)state;
    assert_int_equal(2, rua_span_trim(RUA_SPAN("\0\0")).len);
}

static void
absent_span_stays_absent(void **state)
{
    (void)state;
    assert_null(rua_span_trim((struct rua_span){0}).data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_span_is_not_passed_on),
        cmocka_unit_test(sinks_verdict_comes_back),
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(only_ascii_letters_are_without_case),
        cmocka_unit_test(white_space_at_both_ends_is_trimmed),
        cmocka_unit_test(nul_is_no_white_space),
        cmocka_unit_test(absent_span_stays_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
