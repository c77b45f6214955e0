/* live_read.h - a message of the mail flow is read by a worker of its own. */
#ifndef RUAMILL_LIVE_READ_H
#define RUAMILL_LIVE_READ_H

#include <time.h>

#include "counters.h"
#include "seats.h"
#include "zygote.h"

struct live_reader {
    struct zygote *zygote;
    struct worker_plan worker;
    const char *store; /* its path */
    struct counters *counters;
};

/* The time so many seconds from now, of CLOCK_MONOTONIC. */
struct timespec live_after(uint64_t seconds);

/* Gives the message to a worker and waits for its result, until `deadline` or
 * for max_wall. RUA_LATER when there is none; RUA_BAD when it is the second
 * time that a worker died of the message, and not of any (probe.h).
 * Thread-safe, with a seat each. */
enum rua_verdict live_read(const struct live_reader *reader, struct seat *seat,
                           const struct rua_spool *message,
                           const struct timespec *deadline,
                           struct rua_spool *ret_result, struct rua_err *err);

#endif
