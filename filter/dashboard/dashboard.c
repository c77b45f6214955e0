#include "dashboard.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "figure.h"

/* The most messages first, and then by name. */
static int
compare(const void *a, const void *b)
{
    const struct review *x = *(struct review *const *)a;
    const struct review *y = *(struct review *const *)b;

    if (x->sums.messages != y->sums.messages)
        return x->sums.messages > y->sums.messages ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Keeps the largest. */
static void
cut(struct dashboard *dashboard)
{
    if (dashboard->n)
        qsort(dashboard->domains, dashboard->n, sizeof(*dashboard->domains),
              compare);
    while (dashboard->n > PAGE_DOMAINS) {
        struct review *last = dashboard->domains[--dashboard->n];
        ranking_sum(&dashboard->others_sums, &last->sums);
        dashboard->others++;
        review_free(last);
    }
}

static enum rua_verdict
add(struct dashboard *dashboard, struct survey *survey, const char *name,
    struct rua_err *err)
{
    struct review *review = review_new(name, &dashboard->calendar);
    enum rua_verdict v = survey_look(survey, name, err);

    if (v == RUA_OK) {
        dashboard->pending += survey->pending;
        v = review_read(review, survey, err);
    }
    if (v != RUA_OK) {
        review_free(review);
        return v;
    }
    review_merge(dashboard->all, review);
    review_cut(review, PAGE_ROWS);
    dashboard->domains[dashboard->n++] = review;
    if (dashboard->n == 2 * PAGE_DOMAINS)
        cut(dashboard);
    return RUA_OK;
}

/* A chart of years begins with the first report. */
static void
skip_empty(struct calendar *calendar, const struct review *all)
{
    size_t i = 0;

    while (i + 12 < calendar->n && !all->series[REVIEW_PASSED][i] &&
           !all->series[REVIEW_FAILED][i] && !all->series[REVIEW_UNCLEAR][i])
        i++;
    calendar->first = i;
}

enum rua_verdict
dashboard_count(struct survey *survey, const struct view_names *names,
                int64_t since, int64_t until, struct dashboard *ret_dashboard,
                struct rua_err *err)
{
    struct dashboard *dashboard = ret_dashboard;
    enum rua_verdict v = RUA_OK;

    *dashboard = (struct dashboard){0};
    calendar_init(&dashboard->calendar, since, until);
    dashboard->all = review_new("", &dashboard->calendar);
    dashboard->domains =
        rua_alloc((size_t)2 * PAGE_DOMAINS * sizeof(*dashboard->domains));
    for (size_t i = 0; v == RUA_OK && i < names->n; i++)
        v = add(dashboard, survey, names->names[i], err);
    cut(dashboard);
    review_cut(dashboard->all, PAGE_ROWS);
    if (strcmp(dashboard->calendar.step, "month") == 0)
        skip_empty(&dashboard->calendar, dashboard->all);
    return v;
}

void
dashboard_done(struct dashboard *dashboard)
{
    for (size_t i = 0; i < dashboard->n; i++)
        review_free(dashboard->domains[i]);
    free(dashboard->domains);
    review_free(dashboard->all);
    calendar_done(&dashboard->calendar);
    *dashboard = (struct dashboard){0};
}
