/* The formula guard: what a spreadsheet would calculate gets an apostrophe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cell.h"

static void
assert_cell(enum rua_format format, bool guard, const char *value,
            const char *before, const char *behind)
{
    struct rua_buf out, want;
    struct rua_cell cell = {.out = &out, .format = format, .guard = guard};

    rua_buf_init(&want, 100);
    rua_buf_printf(&want, "%s%s%s", before, value, behind);
    rua_buf_add_byte(&want, '\0');
    rua_buf_init(&out, 100);
    rua_cell_text(&cell, rua_span_text(value));
    rua_buf_add_byte(&out, '\0');
    assert_string_equal((char *)want.data, (char *)out.data);
    rua_buf_done(&want);
    rua_buf_done(&out);
}

/* With U+FF1D, U+FF0B, U+FF0D and U+FF20, the full-width forms. */
static const char *const formulas[] = {
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=",
    "-",
    "'=1",
    "''=1",
    "'''@",
    "\xef\xbc\x9d",
    "\xef\xbc\x8bz",
    "\xef\xbc\x8dz",
    "\xef\xbc\xa0z",
    "'\xef\xbc\x9dz",
    "=cmd|' /C calc'!A0",
    " =1",
    "  ' '@",
    "' =1",
    " \xef\xbc\x9d",
};

static const char *const harmless[] = {
    "",
    "a=1",
    "'",
    "''",
    "'a",
    "''a=",
    "1",
    "1-1",
    " 1-1",
    " ' a=",
    "(=1)",
    "%=1",
    "\xef\xbc\x9e", /* U+FF1E, a neighbour */
    "\xef\xbc\x8c=",
    "\xe2\x88\x92z", /* U+2212 */
};

/* One more than it has: take one away, and the value is as it was. */
static void
formula_gets_one_apostrophe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++)
        assert_cell(RUA_CSV, true, formulas[i], "\"'", "\"");
}

static void
what_is_no_formula_gets_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
        assert_cell(RUA_CSV, true, harmless[i], "\"", "\"");
}

static void
no_guard_means_as_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++)
        assert_cell(RUA_CSV, false, formulas[i], "\"", "\"");
}

static void
tsv_has_no_guard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++)
        assert_cell(RUA_TSV, true, formulas[i], "", "");
}

static void
guard_looks_at_the_whole_cell(void **state)
{
    struct rua_buf out;
    struct rua_cell cell = {.out = &out, .format = RUA_CSV, .guard = true};

    (void)state;
    rua_buf_init(&out, 100);
    rua_cell_typed(&cell, "-5");
    rua_cell_next(&cell);
    rua_cell_begin(&cell);
    rua_cell_piece(&cell, RUA_SPAN(""), true);
    rua_cell_piece(&cell, RUA_SPAN("="), true);
    rua_cell_piece(&cell, RUA_SPAN("1"), true);
    rua_cell_end(&cell);
    rua_buf_add_byte(&out, '\0');
    assert_string_equal("-5,\"'=1\"", (char *)out.data);
    rua_buf_done(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_gets_one_apostrophe),
        cmocka_unit_test(what_is_no_formula_gets_none),
        cmocka_unit_test(no_guard_means_as_sent),
        cmocka_unit_test(tsv_has_no_guard),
        cmocka_unit_test(guard_looks_at_the_whole_cell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
