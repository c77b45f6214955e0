#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "ship_scan.h"
#include "status_ship.h"
#include "targets.h"

static bool
look(const struct view *view, const struct conf_target *target,
     struct ship_lag *ret_lag)
{
    struct rua_err err = {0};

    if (ship_lag(view, target, ret_lag, &err) == RUA_OK)
        return true;
    log_error(err.sentence);
    return false;
}

void
status_print_lag(const struct conf *conf, const struct view *view)
{
    const struct conf_target *target;
    struct ship_lag lag;

    for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++) {
        if (!look(view, target, &lag))
            continue;
        if (!lag.confirmed)
            printf("target: %s: nothing was sent yet\n", target->name);
        else if (!lag.rows)
            printf("target: %s: has all\n", target->name);
        else
            printf("target: %s: %" PRIu64 " rows behind, %" PRIu64
                   " bytes of %" PRIu64 " tables, for %" PRIu64 " s\n",
                   target->name, lag.rows, lag.bytes, lag.tables, lag.seconds);
    }
}

/* A target's name is of letters, digits, - and _. */
void
status_print_lag_metrics(const struct conf *conf, const struct view *view)
{
    static const char *const units[] = {"rows", "bytes", "seconds"};
    const struct conf_target *target;
    struct ship_lag lag;

    for (size_t unit = 0; conf->n_targets && unit < 3; unit++) {
        printf("# HELP ruamill_ship_lag_%s How far a target of ruamill ship is "
               "behind.\n# TYPE ruamill_ship_lag_%s gauge\n",
               units[unit], units[unit]);
        for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++)
            if (look(view, target, &lag))
                printf("ruamill_ship_lag_%s{target=\"%s\"} %" PRIu64 "\n",
                       units[unit], target->name,
                       unit == 0   ? lag.rows
                       : unit == 1 ? lag.bytes
                                   : lag.seconds);
    }
}
