#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gaps.h"

static struct view_table
table(enum view_kind kind, const char *period)
{
    struct view_table table = {.kind = kind, .suffix = 1};

    snprintf(table.stem, sizeof(table.stem), "example.com/%s%s",
             kind == VIEW_RECORDS ? "records" : "reports", period);
    return table;
}

/* What of the text remains, pushed in pieces of so many bytes; of what is left
 * out, the line ends do. */
static void
walk(const struct gaps *gaps, const struct view_table *records,
     const char *text, size_t piece, char *ret_rest)
{
    struct gaps_walk walk;

    gaps_walk_begin(gaps, records, &walk);
    for (size_t at = 0, end; text[at]; at = end) {
        end = strnlen(text + at, piece) + at;
        while (at < end) {
            struct rua_span bytes = {(const unsigned char *)text + at,
                                     end - at};
            bool gone;
            size_t n = gaps_walk_on(&walk, bytes, &gone);
            assert_in_range(n, 1, end - at);
            if (!gone)
                ret_rest = mempcpy(ret_rest, text + at, n);
            at += n;
        }
    }
    *ret_rest = '\0';
}

static void
expect(const struct gaps *gaps, const char *period, const char *text,
       const char *rest)
{
    const struct view_table records = table(VIEW_RECORDS, period);
    char got[64];

    for (size_t piece = 1; piece < 12; piece++) {
        walk(gaps, &records, text, piece, got);
        assert_string_equal(got, rest);
    }
}

static void
leaves_gaps_out(void **state)
{
    const struct view_table january = table(VIEW_REPORTS, "-2026-01"),
                            february = table(VIEW_REPORTS, "-2026-02");
    struct gaps gaps = {0};

    (void)state;
    gaps_add(&gaps, &january, 1, true);
    gaps_add(&gaps, &january, 2, false);
    gaps_add(&gaps, &january, 2, true);
    gaps_add(&gaps, &february, 1, false);
    gaps_add(&gaps, &february, 1, true);
    expect(&gaps, "-2026-01", "a\nb\nc\nd\ne\nf\ng", "b\nc\nf\ng");
    expect(&gaps, "-2026-01", "a\nb\nc\nd", "b\nc\n");
    expect(&gaps, "-2026-02", "a\nb\nc\n", "a\nc\n");
    expect(&gaps, "-2026-03", "a\nb\nc\n", "a\nb\nc\n");
    expect(&gaps, "", "a\n", "a\n");
    gaps_done(&gaps);
}

static void
counts_through_all_tables(void **state)
{
    const struct view_table first = table(VIEW_REPORTS, ""), second = first;
    struct view_table records = table(VIEW_RECORDS, "");
    struct gaps gaps = {0};

    (void)state;
    gaps_add(&gaps, &first, 1, false);
    gaps_add(&gaps, &first, 1, true);
    gaps_add(&gaps, &first, 0, false);
    gaps_add(&gaps, &second, 2, true);
    assert_int_equal(gaps.n_periods, 1);
    assert_int_equal(gaps.n, 1);
    expect(&gaps, "", "a\nb\nc\nd\ne\n", "a\ne\n");
    assert_true(gaps_period_has(&gaps.periods[0], &records));
    assert_false(gaps_period_has(&gaps.periods[0], &first));
    records.format = RUA_TSV;
    assert_false(gaps_period_has(&gaps.periods[0], &records));
    gaps_done(&gaps);
}

static void
bears_any_number(void **state)
{
    const struct view_table reports = table(VIEW_REPORTS, ""),
                            records = table(VIEW_RECORDS, "");
    struct gaps gaps = {0};

    (void)state;
    gaps_add(&gaps, &reports, 0, false);
    assert_null(gaps_period(&gaps, &records));
    gaps_add(&gaps, &reports, 0, true);
    assert_ptr_equal(gaps_period(&gaps, &records), &gaps.periods[0]);
    assert_int_equal(gaps.n, 0);
    expect(&gaps, "", "a\n", "a\n");
    gaps_add(&gaps, &reports, 1, false);
    gaps_add(&gaps, &reports, UINT64_MAX, true);
    gaps_add(&gaps, &reports, UINT64_MAX, false);
    gaps_add(&gaps, &reports, 1, true);
    assert_int_equal(gaps.n, 1);
    expect(&gaps, "", "a\nb\nc\n", "a\n");
    gaps_done(&gaps);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_gaps_out),
        cmocka_unit_test(counts_through_all_tables),
        cmocka_unit_test(bears_any_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
