#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "figure.h"

#define THIN "\xe2\x80\xaf"

static void
numbers_have_thin_spaces(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    assert_string_equal("0", figure_number(0, text));
    assert_string_equal("999", figure_number(999, text));
    assert_string_equal("1" THIN "000", figure_number(1000, text));
    assert_string_equal("12" THIN "345" THIN "678",
                        figure_number(12345678, text));
    assert_string_equal("9" THIN "007" THIN "199" THIN "254" THIN "740" THIN
                        "990",
                        figure_number(FIGURE_MOST - 1, text));
    assert_string_equal("at least 9" THIN "007" THIN "199" THIN "254" THIN
                        "740" THIN "991",
                        figure_number(FIGURE_MOST, text));
    assert_string_equal("at least 18" THIN "446" THIN "744" THIN "073" THIN
                        "709" THIN "551" THIN "615",
                        figure_number(UINT64_MAX, text));
}

static void
shares_are_cut(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    assert_string_equal("\xe2\x80\x93", figure_percent(0, 0, text));
    assert_string_equal("0" THIN "%", figure_percent(0, 5, text));
    assert_string_equal("0.0" THIN "%", figure_percent(1, 10000, text));
    assert_string_equal("33.3" THIN "%", figure_percent(1, 3, text));
    assert_string_equal("99.9" THIN "%",
                        figure_percent(9999999, 10000000, text));
    assert_string_equal("100" THIN "%", figure_percent(7, 7, text));
    assert_string_equal("99.9" THIN "%",
                        figure_percent(FIGURE_MOST - 1, FIGURE_MOST, text));
}

static void
sums_stop_at_what_is_counted_exactly(void **state)
{
    (void)state;
    assert_true(figure_add(2, 3) == 5);
    assert_true(figure_add(FIGURE_MOST - 1, 1) == FIGURE_MOST);
    assert_true(figure_add(FIGURE_MOST, 1) == FIGURE_MOST);
    assert_true(figure_add(1, UINT64_MAX) == FIGURE_MOST);
    assert_true(figure_add(UINT64_MAX, UINT64_MAX) == FIGURE_MOST);
}

static void
dates_are_written_out(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    assert_string_equal("1 January 1970", figure_date(0, text));
    assert_string_equal("30 November 2026", figure_date(1796045820, text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_thin_spaces),
        cmocka_unit_test(shares_are_cut),
        cmocka_unit_test(sums_stop_at_what_is_counted_exactly),
        cmocka_unit_test(dates_are_written_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
