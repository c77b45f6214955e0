/* crowd.h - how many connections there are, and whether one more may come.
 *
 * When the descriptors are used up, libmilter can accept nobody, and tries
 * without a pause: one that would come too near to that is sent away. */
#ifndef RUAMILL_CROWD_H
#define RUAMILL_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct crowd {
    unsigned most;       /* may be there */
    atomic_uint n;       /* are there */
    atomic_llong silent; /* until this second nothing is said */
};

/* True when no more may come. Sets whether that is to be said now: once a
 * minute. `now` is in seconds. Thread-safe. */
bool crowd_is_full(struct crowd *crowd, int64_t now, bool *ret_say);

/* The same for one that has come, and says so in the log. */
bool crowd_sends_away(struct crowd *crowd);

#endif
