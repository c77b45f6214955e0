/* calendar.h - a stretch of time, cut into days, weeks or months (UTC), so that
 * there are not more pieces than a chart has room for. */
#ifndef RUAMILL_CALENDAR_H
#define RUAMILL_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

/* What "all" time begins with: the begin of 2010, before all reports. */
#define CALENDAR_FIRST INT64_C(1262304000)

struct calendar {
    const char *step; /* "day", "week" or "month" */
    int64_t *begins;  /* n of them: seconds since 1970 */
    size_t n;
    size_t first;         /* the piece that a chart begins with */
    int64_t since, until; /* [since, until) */
};

/* Of whole days: both are multiples of 86400, and since < until. The first
 * piece begins at `since`, whatever the step. */
void calendar_init(struct calendar *calendar, int64_t since, int64_t until);
void calendar_done(struct calendar *calendar);

/* The piece that a time is in; calendar->n when it is in none. */
size_t calendar_find(const struct calendar *calendar, int64_t time);

#endif
