#include "gaps.h"

#include <stdlib.h>
#include <string.h>

/* "example.com/records-2026-11" and "example.com/reports-2026-11" */
static bool
is_same_period(const struct view_table *a, const struct view_table *b)
{
    static const size_t kind = sizeof("/records") - 1;
    const char *one = strrchr(a->stem, '/'), *other = strrchr(b->stem, '/');

    return a->format == b->format && strcmp(one + kind, other + kind) == 0;
}

bool
gaps_period_has(const struct gaps_period *period,
                const struct view_table *records)
{
    return records->kind == VIEW_RECORDS &&
           is_same_period(period->reports, records);
}

/* ---- collect ---- */

static struct gaps_period *
period_of(struct gaps *gaps, const struct view_table *reports)
{
    size_t n = gaps->n_periods;

    if (n && is_same_period(gaps->periods[n - 1].reports, reports))
        return &gaps->periods[n - 1];
    if (n == gaps->periods_room) {
        gaps->periods_room = n ? n * 2 : 16;
        gaps->periods = rua_realloc(gaps->periods, gaps->periods_room *
                                                       sizeof(*gaps->periods));
    }
    gaps->periods[n] =
        (struct gaps_period){.reports = reports, .first = gaps->n};
    gaps->n_periods++;
    return &gaps->periods[n];
}

static void
add_gap(struct gaps *gaps, struct gaps_period *period, uint64_t rows)
{
    struct gap *last = period->n ? &gaps->gaps[gaps->n - 1] : NULL;

    if (last && last->first + last->rows == period->rows) {
        last->rows += rows;
        return;
    }
    if (gaps->n == gaps->room) {
        gaps->room = gaps->room ? gaps->room * 2 : 64;
        gaps->gaps = rua_realloc(gaps->gaps, gaps->room * sizeof(*gaps->gaps));
    }
    gaps->gaps[gaps->n++] = (struct gap){period->rows, rows};
    period->n++;
}

/* A number that is damaged may be as large as it likes. */
void
gaps_add(struct gaps *gaps, const struct view_table *reports, uint64_t records,
         bool gone)
{
    struct gaps_period *period = period_of(gaps, reports);
    uint64_t left = INT64_MAX - period->rows;
    uint64_t rows = records < left ? records : left;

    period->gone |= gone;
    if (gone && rows)
        add_gap(gaps, period, rows);
    period->rows += rows;
}

void
gaps_done(struct gaps *gaps)
{
    free(gaps->gaps);
    free(gaps->periods);
    *gaps = (struct gaps){0};
}

const struct gaps_period *
gaps_period(const struct gaps *gaps, const struct view_table *records)
{
    for (size_t i = 0; i < gaps->n_periods; i++)
        if (gaps->periods[i].gone &&
            gaps_period_has(&gaps->periods[i], records))
            return &gaps->periods[i];
    return NULL;
}

/* ---- walk ---- */

void
gaps_walk_begin(const struct gaps *gaps, const struct view_table *records,
                struct gaps_walk *ret_walk)
{
    const struct gaps_period *period = gaps_period(gaps, records);

    *ret_walk = (struct gaps_walk){0};
    if (period && period->n) {
        ret_walk->gap = &gaps->gaps[period->first];
        ret_walk->end = ret_walk->gap + period->n;
    }
}

size_t
gaps_walk_on(struct gaps_walk *walk, struct rua_span bytes, bool *ret_gone)
{
    const struct gap *gap = walk->gap;
    const unsigned char *at = bytes.data, *end = at + bytes.len;
    uint64_t stop;

    *ret_gone = gap != walk->end && walk->row >= gap->first;
    if (gap == walk->end)
        return bytes.len;
    stop = gap->first + (*ret_gone ? gap->rows : 0);
    while (walk->row < stop && at < end) {
        const unsigned char *lf = memchr(at, '\n', (size_t)(end - at));
        at = lf ? lf + 1 : end;
        walk->row += lf != NULL;
    }
    if (*ret_gone && walk->row == stop)
        walk->gap++;
    return (size_t)(at - bytes.data);
}
