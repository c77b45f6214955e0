/* ship_run.h - what there is goes to a target. */
#ifndef RUAMILL_SHIP_RUN_H
#define RUAMILL_SHIP_RUN_H

#include "ship.h"

struct ship_order {
    bool create; /* make the tables first */
    bool follow; /* go on until somebody says stop */
};

/* Sends all of the store that the target has not confirmed yet, a batch after
 * the other. Returns the exit status, and says on standard error why it is not
 * EX_OK: EX_TEMPFAIL when the target does not answer, EX_UNAVAILABLE when it
 * refuses, EX_DATAERR when there are tables that cannot be sent; with `follow`
 * none of these ends it. EX_NOINPUT when there is no store, EX_CONFIG when it
 * is not for us, or the target's options cannot be. */
int ship_run(const struct conf *conf, const struct conf_target *target,
             const struct ship_order *order);

#endif
