/* period.h - a stretch of time, as an administrator names it.
 *
 * Days begin at 00:00 UTC, as the periods of reports do. */
#ifndef RUAMILL_PERIOD_H
#define RUAMILL_PERIOD_H

#include <stdint.h>

#include "err.h"

/* [since, until), in seconds since 1970; both 0: all time. */
struct period {
    int64_t since, until;
};

/* `until` is a day, a month or a year ("2026-11-30", "2026-11", "2026"), the
 * last of which still belongs to the period. `since` is one of these, or how
 * long it is up to `until` ("30d", "4w"; age.h, rounded up to days), or "all",
 * which begins before the first report. Without `until`, a length ends
 * yesterday, since reports of today come tomorrow, and all else today.
 * RUA_LATER, with a sentence that names the option, when it is none of these,
 * or nothing lies between the two. */
enum rua_verdict period_read(const char *since, const char *until, int64_t now,
                             struct period *ret_period, struct rua_err *err);

/* The period of the same length that ends where this one begins; all time has
 * none: both 0. */
struct period period_before(const struct period *period);

/* Whole days, at least one. */
int64_t period_days(const struct period *period);

/* "1 to 30 November 2026", "all time"; ret_text has PERIOD_TEXT bytes. */
#define PERIOD_TEXT 80
void period_print(const struct period *period, char ret_text[PERIOD_TEXT]);

/* "12 November" of a moment. */
void period_print_day(int64_t when, char ret_text[PERIOD_TEXT]);

#endif
