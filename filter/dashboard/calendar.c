#include "calendar.h"

#include <stdlib.h>
#include <time.h>

#include "buf.h"
#include "survey.h"

enum {
    DAY = 86400,
    MOST_DAYS = 124, /* four months */
    MOST_WEEKS = 7 * 124
};

static int64_t
next_month(int64_t time)
{
    const time_t seconds = (time_t)time;
    struct tm tm = {0};
    int year;
    unsigned month;

    gmtime_r(&seconds, &tm);
    year = tm.tm_year + 1900 + (tm.tm_mon == 11);
    month = (unsigned)(tm.tm_mon + 1) % 12 + 1;
    return survey_day(year, month, 1);
}

void
calendar_init(struct calendar *calendar, int64_t since, int64_t until)
{
    int64_t days = (until - since) / DAY;
    int64_t step = days <= MOST_DAYS ? DAY : 7 * DAY;
    int64_t time = since;
    size_t room = (size_t)(days <= MOST_DAYS ? days : days / 7 + 1);

    *calendar = (struct calendar){.since = since, .until = until};
    calendar->step = days <= MOST_DAYS    ? "day"
                     : days <= MOST_WEEKS ? "week"
                                          : "month";
    calendar->begins = rua_alloc(room * sizeof(*calendar->begins));
    while (time < until) {
        calendar->begins[calendar->n++] = time;
        time = days <= MOST_WEEKS ? time + step : next_month(time);
    }
}

void
calendar_done(struct calendar *calendar)
{
    free(calendar->begins);
    *calendar = (struct calendar){0};
}

size_t
calendar_find(const struct calendar *calendar, int64_t time)
{
    size_t low = 0, high = calendar->n;

    if (time < calendar->since || time >= calendar->until)
        return calendar->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (calendar->begins[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}
