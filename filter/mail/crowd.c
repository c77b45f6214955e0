#include "crowd.h"

#include <time.h>

#include "log.h"

enum {
    SILENCE = 60 /* s */
};

bool
crowd_is_full(struct crowd *crowd, int64_t now, bool *ret_say)
{
    long long silent = crowd->silent;

    *ret_say = false;
    if (crowd->n < crowd->most)
        return false;
    *ret_say = now >= silent && atomic_compare_exchange_strong(
                                    &crowd->silent, &silent, now + SILENCE);
    return true;
}

bool
crowd_sends_away(struct crowd *crowd)
{
    struct timespec now;
    bool full, say;

    clock_gettime(CLOCK_MONOTONIC, &now);
    full = crowd_is_full(crowd, (int64_t)now.tv_sec, &say);
    if (say)
        log_error("connections are sent away: there are too many for the limit "
                  "of open files (LimitNOFILE=, ulimit -n)");
    return full;
}
