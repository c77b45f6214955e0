/* keep.h - a message is kept aside, if there is room for it.
 *
 * When the quarantine is full (max_quarantine), the message is RUA_LATER: it
 * waits where it came from until the administrator has made room, and nothing
 * that was kept is lost to a flood. Reports are stored as ever. */
#ifndef RUAMILL_KEEP_H
#define RUAMILL_KEEP_H

#include "counters.h"

struct keep_desk {
    struct rua_store *store;
    struct counters *counters;
    uint64_t max_quarantine; /* bytes; 0: any number */
};

/* RUA_OK when it is kept, durably. */
enum rua_verdict keep_aside(const struct keep_desk *desk,
                            const struct rua_aside *aside, struct rua_err *err);

/* Looks through the quarantine of the store at `root`, and counts. */
enum rua_verdict keep_measure(int root, uint64_t *ret_messages,
                              uint64_t *ret_bytes, struct rua_err *err);

/* The same after messages were taken away, so that the counters know it. */
void keep_recount(const char *store, int root);

#endif
