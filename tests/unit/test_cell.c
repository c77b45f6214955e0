#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cell.h"

#define FFFD "\xef\xbf\xbd"

/* One text cell in a buffer; the text ends with a NUL there. */
static const char *
render(enum rua_format format, bool guard, struct rua_span value)
{
    static unsigned char text[4096];
    struct rua_buf out;
    struct rua_cell cell = {.out = &out, .format = format, .guard = guard};

    rua_buf_init(&out, sizeof(text) - 1);
    rua_cell_text(&cell, value);
    assert_false(cell.full);
    memcpy(text, out.data, out.len);
    text[out.len] = '\0';
    assert_int_equal(out.len, strlen((char *)text));
    rua_buf_done(&out);
    return (char *)text;
}

static void
assert_both(struct rua_span value, const char *csv, const char *tsv)
{
    assert_string_equal(csv, render(RUA_CSV, true, value));
    assert_string_equal(tsv, render(RUA_TSV, true, value));
}

/* The same in both formats, but for the quotes around it. */
static void
assert_cleaned(struct rua_span value, const char *want)
{
    char quoted[128] = "\"";

    memcpy(quoted + 1, want, strlen(want));
    quoted[strlen(want) + 1] = '"';
    assert_both(value, quoted, want);
}

static void
text_is_quoted_in_csv_only(void **state)
{
    (void)state;
    assert_both(RUA_SPAN("a b"), "\"a b\"", "a b");
    assert_both(RUA_SPAN("1"), "\"1\"", "1");
}

static void
absent_is_not_empty_in_csv(void **state)
{
    (void)state;
    assert_both((struct rua_span){0}, "", "");
    assert_both(RUA_SPAN(""), "\"\"", "");
}

static void
quote_is_doubled_or_changed(void **state)
{
    (void)state;
    assert_both(RUA_SPAN("\"a\"\"b"), "\"\"\"a\"\"\"\"b\"", "'a''b");
}

static void
backslash_is_changed_in_tsv_only(void **state)
{
    (void)state;
    assert_both(RUA_SPAN("a\\n\\"), "\"a\\n\\\"", "a/n/");
}

static void
comma_is_itself_in_a_single_value(void **state)
{
    (void)state;
    assert_cleaned(RUA_SPAN("a,b"), "a,b");
}

static void
every_control_character_is_one_blank(void **state)
{
    unsigned char value[] = "a?b";

    (void)state;
    for (unsigned c = 0; c < 0x80; c++) {
        if (c >= 0x20 && c != 0x7f)
            continue;
        value[1] = (unsigned char)c;
        assert_cleaned((struct rua_span){value, 3}, "a b");
    }
    assert_cleaned(RUA_SPAN("a\r\n\tb"), "a   b");
}

static void
c1_controls_and_separators_are_one_blank(void **state)
{
    unsigned char c1[] = "a\xc2?b";

    (void)state;
    for (unsigned c = 0x80; c < 0xa0; c++) {
        c1[2] = (unsigned char)c;
        assert_cleaned((struct rua_span){c1, 4}, "a b");
    }
    assert_cleaned(RUA_SPAN("a\xe2\x80\xa8"
                            "b\xe2\x80\xa9"),
                   "a b ");
}

static void
printable_ascii_is_copied(void **state)
{
    (void)state;
    for (char c = ' '; c < 0x7f; c++) {
        char value[] = "a?b";
        value[1] = c;
        if (c != '"' && c != '\\')
            assert_cleaned(rua_span_text(value), value);
    }
}

static void
valid_utf8_is_copied(void **state)
{
    static const char *const values[] = {
        "\xc2\xa0", /* U+00A0, right behind the controls */
        "\xdf\xbf",         "\xe0\xa0\x80",
        "\xed\x9f\xbf",     "\xee\x80\x80",
        "\xef\xbf\xbd",     "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", "Zo\xc3\xab \xe2\x82\xac",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        assert_cleaned(rua_span_text(values[i]), values[i]);
}

static void
every_byte_that_is_no_utf8_is_replaced(void **state)
{
    static const char *const cases[][2] = {
        {"a\x80z",               "a" FFFD "z"            }, /* a continuation alone */
        {"a\xbfz",               "a" FFFD "z"            },
        {"\xc0\xaf",             FFFD FFFD               }, /* too long a form */
        {"\xc1\xbf",             FFFD FFFD               },
        {"\xe0\x80\xaf",         FFFD FFFD FFFD          },
        {"\xe0\x9f\xbf",         FFFD FFFD FFFD          },
        {"\xf0\x80\x80\xaf",     FFFD FFFD FFFD FFFD     },
        {"\xf0\x8f\xbf\xbf",     FFFD FFFD FFFD FFFD     },
        {"\xed\xa0\x80",         FFFD FFFD FFFD          }, /* surrogates */
        {"\xed\xbf\xbf",         FFFD FFFD FFFD          },
        {"\xf4\x90\x80\x80",     FFFD FFFD FFFD FFFD     }, /* over U+10FFFF */
        {"\xf5\x80\x80\x80",     FFFD FFFD FFFD FFFD     },
        {"\xfe\xff",             FFFD FFFD               },
        {"\xe2\x82",             FFFD FFFD               }, /* cut at the end */
        {"\xf0\x9f\x98",         FFFD FFFD FFFD          },
        {"a\xc3",                "a" FFFD                },
        {"\xc3\"",               FFFD "'"                }, /* cut by a quote */
        {"\xe2\x82\xe2\x82\xac", FFFD FFFD "\xe2\x82\xac"},
        {"\xf8\x88\x80\x80\x80", FFFD FFFD FFFD FFFD FFFD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(cases[i][1],
                            render(RUA_TSV, false, rua_span_text(cases[i][0])));
    assert_string_equal("\"" FFFD "\"\"\"",
                        render(RUA_CSV, false, RUA_SPAN("\xc3\"")));
}

static void
characters_that_steer_the_text_are_replaced(void **state)
{
    static const struct {
        const char *value;
        bool steers;
    } cases[] = {
        {"\xe2\x80\x8d", false},
        {"\xe2\x80\x8e", true },
        {"\xe2\x80\x8f", true },
        {"\xe2\x80\x90", false},
        {"\xe2\x80\xaa", true },
        {"\xe2\x80\xab", true },
        {"\xe2\x80\xac", true },
        {"\xe2\x80\xad", true },
        {"\xe2\x80\xae", true },
        {"\xe2\x80\xaf", false},
        {"\xe2\x81\xa5", false},
        {"\xe2\x81\xa6", true },
        {"\xe2\x81\xa7", true },
        {"\xe2\x81\xa8", true },
        {"\xe2\x81\xa9", true },
        {"\xe2\x81\xaa", false},
        {"\xef\xbb\xbe", false},
        {"\xef\xbb\xbf", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_cleaned(rua_span_text(cases[i].value),
                       cases[i].steers ? FFFD : cases[i].value);
}

static void
piece_that_is_listed_hides_its_commas(void **state)
{
    struct rua_buf out;
    struct rua_cell cell = {.out = &out, .format = RUA_CSV, .guard = true};

    (void)state;
    rua_buf_init(&out, 100);
    rua_cell_begin(&cell);
    rua_cell_piece(&cell, RUA_SPAN("a,b,"), true);
    rua_cell_piece(&cell, RUA_SPAN(","), false);
    rua_cell_piece(&cell, (struct rua_span){0}, true);
    rua_cell_piece(&cell, RUA_SPAN("=\""), true);
    rua_cell_end(&cell);
    rua_buf_add_byte(&out, '\0');
    assert_string_equal("\"a%2Cb%2C,=\"\"\"", (char *)out.data);
    rua_buf_done(&out);
}

static void
lower_case_is_for_ascii_letters_of_this_cell(void **state)
{
    struct rua_buf out;
    struct rua_cell cell = {.out = &out, .format = RUA_CSV, .guard = true};

    (void)state;
    rua_buf_init(&out, 100);
    rua_cell_text(&cell, RUA_SPAN("AZ"));
    rua_cell_lower(&cell, RUA_SPAN("=AZ[@`\xc3\x84"));
    rua_cell_lower(&cell, (struct rua_span){0});
    rua_buf_add_byte(&out, '\0');
    assert_string_equal("\"AZ\"\"'=az[@`\xc3\x84\"", (char *)out.data);
    rua_buf_done(&out);
}

static void
typed_values_are_never_quoted(void **state)
{
    static const char *const want[] = {
        "0,18446744073709551615,1970-01-01 00:00:00,2099-12-31 23:59:59,"
        "2000-02-29 12:00:00,True\n",
        "0\t18446744073709551615\t1970-01-01 00:00:00\t2099-12-31 23:59:59\t"
        "2000-02-29 12:00:00\tTrue\n"};

    (void)state;
    for (int format = RUA_CSV; format <= RUA_TSV; format++) {
        struct rua_buf out;
        struct rua_cell cell = {
            .out = &out, .format = (enum rua_format)format, .guard = true};
        static const int64_t times[] = {0, 4102444799, 951825600};
        rua_buf_init(&out, 200);
        rua_cell_number(&cell, 0);
        rua_cell_next(&cell);
        rua_cell_number(&cell, UINT64_MAX);
        for (size_t i = 0; i < 3; i++) {
            rua_cell_next(&cell);
            rua_cell_time(&cell, times[i]);
        }
        rua_cell_next(&cell);
        rua_cell_typed(&cell, "True");
        rua_cell_end_row(&cell);
        rua_buf_add_byte(&out, '\0');
        assert_string_equal(want[format], (char *)out.data);
        rua_buf_done(&out);
    }
}

/* Whatever the ceiling: `full` says whether everything is there. */
static void
full_says_that_something_is_missing(void **state)
{
    static const char whole[] =
        "\"'=a\"\" " FFFD "%2C\",12,2099-12-31 23:59:59\n";

    (void)state;
    for (size_t max = 0; max < sizeof(whole) + 3; max++) {
        struct rua_buf out;
        struct rua_cell cell = {.out = &out, .format = RUA_CSV, .guard = true};
        rua_buf_init(&out, max);
        rua_cell_begin(&cell);
        rua_cell_piece(&cell, RUA_SPAN("=A\"\n\xff,"), true);
        rua_cell_end(&cell);
        for (size_t i = 0; i < out.len; i++)
            if (out.data[i] == 'A')
                out.data[i] = 'a';
        rua_cell_next(&cell);
        rua_cell_number(&cell, 12);
        rua_cell_next(&cell);
        rua_cell_time(&cell, 4102444799);
        rua_cell_end_row(&cell);
        assert_int_equal(max < sizeof(whole) - 1, cell.full);
        if (!cell.full)
            assert_memory_equal(whole, out.data, sizeof(whole) - 1);
        rua_buf_done(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_quoted_in_csv_only),
        cmocka_unit_test(absent_is_not_empty_in_csv),
        cmocka_unit_test(quote_is_doubled_or_changed),
        cmocka_unit_test(backslash_is_changed_in_tsv_only),
        cmocka_unit_test(comma_is_itself_in_a_single_value),
        cmocka_unit_test(every_control_character_is_one_blank),
        cmocka_unit_test(c1_controls_and_separators_are_one_blank),
        cmocka_unit_test(printable_ascii_is_copied),
        cmocka_unit_test(valid_utf8_is_copied),
        cmocka_unit_test(every_byte_that_is_no_utf8_is_replaced),
        cmocka_unit_test(characters_that_steer_the_text_are_replaced),
        cmocka_unit_test(piece_that_is_listed_hides_its_commas),
        cmocka_unit_test(lower_case_is_for_ascii_letters_of_this_cell),
        cmocka_unit_test(typed_values_are_never_quoted),
        cmocka_unit_test(full_says_that_something_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
