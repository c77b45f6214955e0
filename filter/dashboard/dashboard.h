/* dashboard.h - the domains of a store, counted for the dashboard's page. */
#ifndef RUAMILL_DASHBOARD_H
#define RUAMILL_DASHBOARD_H

#include "page.h"
#include "survey.h"

struct dashboard {
    struct calendar calendar;
    struct review *all;
    struct review **domains; /* n of them, the largest first */
    size_t n;
    uint64_t others; /* that are not among them */
    struct ranking_sums others_sums;
    uint64_t pending; /* reports that are in no table yet */
};

/* Counts these domains, which are to be looked at with `survey`; of more than
 * PAGE_DOMAINS, those with the most messages are kept apart. Memory is bounded
 * by that, and by ranking.h. */
enum rua_verdict dashboard_count(struct survey *survey,
                                 const struct view_names *names, int64_t since,
                                 int64_t until, struct dashboard *ret_dashboard,
                                 struct rua_err *err);
void dashboard_done(struct dashboard *dashboard);

#endif
