/* lag.h - how far the targets of `ruamill ship` are behind, said of all of
 * them.
 */
#ifndef RUAMILL_LAG_H
#define RUAMILL_LAG_H

#include "conf.h"
#include "ship_scan.h"
#include "view.h"

struct lag_target {
    const char *name; /* borrowed from the configuration */
    struct ship_lag lag;
};

struct lags {
    struct lag_target *targets; /* n of them */
    size_t n;
    bool measured; /* rows, bytes and tables are known */
};

/* Looks through all tables of the store, for each target. One that cannot be
 * looked at is said, and left out. */
void lags_measure(const struct conf *conf, const struct view *view,
                  struct lags *ret_lags);

/* Reads a few bytes for each target: seconds and the last batch only, and
 * `stored` is when a report was last stored, in seconds since 1970. */
void lags_glance(int root, const struct conf *conf, int64_t stored,
                 struct lags *ret_lags);
void lags_done(struct lags *lags);

/* A line a target; a member "targets" of JSON; and text for Prometheus. */
void lags_print(const struct lags *lags);
void lags_print_json(const struct lags *lags);
void lags_print_metrics(const struct lags *lags, struct rua_buf *text);

#endif
