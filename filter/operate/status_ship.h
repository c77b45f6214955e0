/* status_ship.h - how far the targets of `ruamill ship` are behind.
 *
 * Looks through all tables of the store, for each target. */
#ifndef RUAMILL_STATUS_SHIP_H
#define RUAMILL_STATUS_SHIP_H

#include "conf.h"
#include "view.h"

/* A line a target. */
void status_print_lag(const struct conf *conf, const struct view *view);

/* The same for Prometheus. */
void status_print_lag_metrics(const struct conf *conf, const struct view *view);

#endif
