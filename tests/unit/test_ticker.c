#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "ticker.h"

static void
count(void *ctx)
{
    atomic_uint *n = ctx;

    atomic_fetch_add(n, 1);
}

static void
nap(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

static void
calls_come_until_they_are_ended(void **state)
{
    struct ticker *ticker = ticker_new(5);
    atomic_uint a = 0, b = 0;
    struct ticker_call one = {.tick = count, .ctx = &a};
    struct ticker_call other = {.tick = count, .ctx = &b};
    unsigned then;

    (void)state;
    ticker_begin(ticker, &one);
    ticker_begin(ticker, &other);
    while (a < 3 || b < 3)
        nap(1);
    ticker_end(ticker, &one);
    then = a;
    b = 0;
    while (b < 3)
        nap(1);
    assert_int_equal(a, then);
    ticker_end(ticker, &other);
    ticker_free(ticker);
}

static void
what_ends_before_its_time_is_not_called(void **state)
{
    struct ticker *ticker = ticker_new(60000);
    atomic_uint n = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct ticker_call call = {.tick = count, .ctx = &n};
        ticker_begin(ticker, &call);
        ticker_end(ticker, &call);
    }
    assert_int_equal(n, 0);
    ticker_free(ticker);
}

static void
later_call_is_not_held_up_by_the_first(void **state)
{
    struct ticker *ticker = ticker_new(40);
    atomic_uint a = 0, b = 0;
    struct ticker_call one = {.tick = count, .ctx = &a};
    struct ticker_call other = {.tick = count, .ctx = &b};

    (void)state;
    ticker_begin(ticker, &one);
    nap(20);
    ticker_begin(ticker, &other);
    while (a < 4)
        nap(1);
    assert_in_range(b, 2, 5);
    ticker_end(ticker, &one);
    ticker_end(ticker, &other);
    ticker_free(ticker);
}

static void
nothing_to_call_is_fine(void **state)
{
    struct ticker *ticker = ticker_new(1);
    struct ticker_call none = {.tick = NULL};

    (void)state;
    ticker_begin(ticker, &none);
    ticker_end(ticker, &none);
    ticker_free(ticker);
    ticker_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_come_until_they_are_ended),
        cmocka_unit_test(what_ends_before_its_time_is_not_called),
        cmocka_unit_test(later_call_is_not_held_up_by_the_first),
        cmocka_unit_test(nothing_to_call_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
