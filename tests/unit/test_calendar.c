#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calendar.h"
#include "survey.h"

enum {
    DAY = 86400
};

/* A second is in the piece that begins before it and ends behind it. */
static void
check_pieces(const struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->n; i++) {
        int64_t end =
            i + 1 < calendar->n ? calendar->begins[i + 1] : calendar->until;
        assert_int_equal(i, calendar_find(calendar, calendar->begins[i]));
        assert_int_equal(i, calendar_find(calendar, end - 1));
    }
    assert_int_equal(calendar->n, calendar_find(calendar, calendar->since - 1));
    assert_int_equal(calendar->n, calendar_find(calendar, calendar->until));
    assert_int_equal(calendar->n, calendar_find(calendar, INT64_MIN));
    assert_int_equal(calendar->n, calendar_find(calendar, INT64_MAX));
}

static void
pieces_grow_with_the_time(void **state)
{
    static const struct {
        int days;
        const char *step;
        size_t n;
    } cases[] = {
        {1,    "day",   1  },
        {30,   "day",   30 },
        {124,  "day",   124},
        {125,  "week",  18 },
        {868,  "week",  124},
        {869,  "month", 29 },
        {7305, "month", 240},
    };
    int64_t since = survey_day(2010, 1, 1);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct calendar calendar;
        calendar_init(&calendar, since, since + (int64_t)cases[i].days * DAY);
        assert_string_equal(cases[i].step, calendar.step);
        assert_int_equal(cases[i].n, calendar.n);
        check_pieces(&calendar);
        calendar_done(&calendar);
    }
}

static void
months_begin_with_their_first_day(void **state)
{
    struct calendar calendar;

    (void)state;
    calendar_init(&calendar, survey_day(2023, 10, 15), survey_day(2027, 1, 1));
    assert_int_equal(39, calendar.n);
    assert_true(calendar.begins[0] == survey_day(2023, 10, 15));
    assert_true(calendar.begins[1] == survey_day(2023, 11, 1));
    assert_true(calendar.begins[3] == survey_day(2024, 1, 1));
    assert_true(calendar.begins[38] == survey_day(2026, 12, 1));
    check_pieces(&calendar);
    calendar_done(&calendar);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_grow_with_the_time),
        cmocka_unit_test(months_begin_with_their_first_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
