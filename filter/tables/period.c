#include "period.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "age.h"
#include "survey.h"

enum {
    DAY = 86400,
    MOST_DAYS = 36500
};

/* The days that "2026-11" and its like name. */
static bool
read_date(const char *text, struct period *ret_days)
{
    int year, end = 0;
    unsigned month = 0, day = 0;
    int n = sscanf(text, "%4d%n-%2u%n-%2u%n", &year, &end, &month, &end, &day,
                   &end);
    static const unsigned char days[] = {0,  31, 29, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31};

    if (n < 1 || text[end] || year < 1970 ||
        (n > 1 && (!month || month > 12)) ||
        (n > 2 && (!day || day > days[month])))
        return false;
    ret_days->since = survey_day(year, n > 1 ? month : 1, n > 2 ? day : 1);
    ret_days->until = n > 2 ? ret_days->since + DAY
                      : n > 1
                          ? survey_day(year + (month == 12), month % 12 + 1, 1)
                          : survey_day(year + 1, 1, 1);
    return true;
}

/* "30d", "4w", "1y"; a day that has begun counts. */
static bool
read_length(const char *text, int64_t *ret_days)
{
    int64_t seconds;

    if (!age_parse(text, &seconds))
        return false;
    *ret_days = (seconds + DAY - 1) / DAY;
    return *ret_days <= MOST_DAYS;
}

enum rua_verdict
period_read(const char *since, const char *until, int64_t now,
            struct period *ret_period, struct rua_err *err)
{
    struct period last = {0, (now / DAY + 1) * DAY}, first;
    int64_t days;

    if (until && !read_date(until, &last))
        return rua_err_set(err, RUA_LATER,
                           "--until %s: is no day, month or year such as "
                           "2026-11-30, 2026-11 or 2026",
                           *until ? until : "\"\"");
    if (read_length(since, &days)) {
        last.until -= until ? 0 : DAY;
        first.since = last.until - days * DAY;
    } else if (strcmp(since, "all") == 0)
        first.since = 0;
    else if (!read_date(since, &first))
        return rua_err_set(
            err, RUA_LATER,
            "--since %s: is no length such as 30d (or with h, "
            "w or y), and no day, month or year such as 2026-11-30; \"all\" "
            "is all time",
            *since ? since : "\"\"");
    if (first.since >= last.until)
        return rua_err_set(err, RUA_LATER,
                           "--since %s is after the end of the period; name an "
                           "earlier one",
                           since);
    *ret_period = (struct period){first.since, last.until};
    if (first.since == 0 && !until)
        ret_period->until = 0;
    return RUA_OK;
}

struct period
period_before(const struct period *period)
{
    if (period->since <= 0)
        return (struct period){0};
    return (struct period){2 * period->since - period->until, period->since};
}

int64_t
period_days(const struct period *period)
{
    int64_t days = (period->until - period->since) / DAY;

    return days > 0 ? days : 1;
}

static void
print_date(int64_t when, char ret_text[PERIOD_TEXT])
{
    time_t time = (time_t)when;
    struct tm tm;

    ret_text[0] = '\0';
    if (gmtime_r(&time, &tm))
        strftime(ret_text, PERIOD_TEXT, "%d %B %Y", &tm);
    if (*ret_text == '0')
        memmove(ret_text, ret_text + 1, strlen(ret_text));
}

void
period_print_day(int64_t when, char ret_text[PERIOD_TEXT])
{
    print_date(when, ret_text);
    if (strrchr(ret_text, ' '))
        *strrchr(ret_text, ' ') = '\0';
}

/* Leaves out of the first day the year, and the month, that the last one has as
 * well. */
static void
cut_same(char *first, const char *last)
{
    const char *month = strchr(last, ' '), *year = strrchr(last, ' ');
    char *at = strrchr(first, ' ');

    if (!at || !year || strcmp(at, year) != 0)
        return;
    *at = '\0';
    at = strchr(first, ' ');
    if (at && strlen(at) == (size_t)(year - month) &&
        strncmp(at, month, strlen(at)) == 0)
        *at = '\0';
}

void
period_print(const struct period *period, char ret_text[PERIOD_TEXT])
{
    char first[PERIOD_TEXT], last[PERIOD_TEXT];

    if (period->until == 0) {
        snprintf(ret_text, PERIOD_TEXT, "all time");
        return;
    }
    print_date(period->since, first);
    print_date(period->until - 1, last);
    if (period->since <= 0)
        snprintf(ret_text, PERIOD_TEXT, "up to %.60s", last);
    else if (strcmp(first, last) == 0)
        snprintf(ret_text, PERIOD_TEXT, "%s", last);
    else {
        cut_same(first, last);
        snprintf(ret_text, PERIOD_TEXT, "%.30s to %.40s", first, last);
    }
}
