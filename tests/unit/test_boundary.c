#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "boundary.h"
#include "buf.h"

static void
assert_guess(const char *body, const char *expected)
{
    struct rua_span name = rua_boundary_guess(rua_span_text(body));

    assert_int_equal(expected != NULL, name.data != NULL);
    if (expected) {
        assert_int_equal(strlen(expected), name.len);
        assert_memory_equal(expected, name.data, name.len);
    }
}

static void
line_above_a_content_field_is_a_boundary(void **state)
{
    (void)state;
    assert_guess("--a\nContent-Type: text/plain\n", "a");
    assert_guess("text\r\n--a\r\ncontent-x :\r\n", "a");
    assert_guess("--a\nContent is all\n", NULL);
    assert_guess("--a\nSubject: x\n", NULL);
    assert_guess("--a\n\nContent-Type: text/plain\n", NULL);
}

static void
line_that_comes_again_is_a_boundary(void **state)
{
    (void)state;
    assert_guess("--a\n\none\n--a\n\ntwo\n", "a");
    assert_guess("--a\n\none\n--a--", "a");
    assert_guess("--a \t\r\n\r\none\r\n--a-- \r\n", "a");
    assert_guess("--a\n\none\n--ab\n--A\n--a-\n--a--b\n --a\n-a\n", NULL);
}

static void
first_line_that_looks_like_one_wins(void **state)
{
    (void)state;
    assert_guess("--once\n--a\n\n--b\nContent-Type: x/y\n\n--b--\n--a--\n",
                 "a");
    assert_guess("--a\nContent-Type: x/y\n--b\n--b\n", "a");
}

static void
name_has_the_characters_of_a_boundary(void **state)
{
#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
    static const char *const names[] = {
        "AZaz09'()+_,-./:=? x",
        "--=_Part_1",
        SEVENTY,
    };
    static const char *const others[] = {
        "", " ", "-", "-----", " a", "a;b", "a\"b", "a\tb", "a@b", SEVENTY "1",
    };
    char body[200];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(body, sizeof(body), "--%s\n\n\n--%s--\n", names[i], names[i]);
        assert_guess(body, names[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(body, sizeof(body), "--%s\nContent-Type: x/y\n--%s\n",
                 others[i], others[i]);
        assert_guess(body, NULL);
    }
}

static void
text_without_boundaries_has_none(void **state)
{
    (void)state;
    assert_guess("", NULL);
    assert_guess("\n", NULL);
    assert_guess("--", NULL);
    assert_guess("--a", NULL);
    assert_guess("<feedback>\n<!--\n--a>\n-->\n</feedback>\n", NULL);
    assert_int_equal(0, rua_boundary_guess((struct rua_span){0}).len);
}

static void
only_16_names_are_looked_at(void **state)
{
    struct rua_buf body;

    (void)state;
    for (size_t others = 15; others <= 16; others++) {
        rua_buf_init(&body, 1000);
        for (size_t i = 0; i < others; i++)
            rua_buf_printf(&body, "--%zu\n", i);
        rua_buf_add_span(&body, RUA_SPAN("--a\n--a\n"));
        rua_buf_add_byte(&body, '\0');
        assert_guess((const char *)body.data, others == 15 ? "a" : NULL);
        rua_buf_done(&body);
    }
}

/* Were each held against all, that would be 10^12 comparisons. */
static void
million_lines_are_no_burden(void **state)
{
    struct rua_buf body;

    (void)state;
    rua_buf_init(&body, 16 << 20);
    for (size_t i = 0; i < 1000 * 1000; i++)
        assert_true(rua_buf_printf(&body, "--x%zu\n", i));
    rua_buf_add_byte(&body, '\0');
    assert_guess((const char *)body.data, NULL);
    rua_buf_done(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_above_a_content_field_is_a_boundary),
        cmocka_unit_test(line_that_comes_again_is_a_boundary),
        cmocka_unit_test(first_line_that_looks_like_one_wins),
        cmocka_unit_test(name_has_the_characters_of_a_boundary),
        cmocka_unit_test(text_without_boundaries_has_none),
        cmocka_unit_test(only_16_names_are_looked_at),
        cmocka_unit_test(million_lines_are_no_burden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
