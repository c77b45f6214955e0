#include "ship_wait.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "ship.h"

enum {
    LONGEST = 300 * 1000, /* milliseconds */
};

int64_t
ship_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
ship_rest(unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000,
                            milliseconds % 1000 * 1000000L};

    while (!ship_stopping && nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

void
ship_back_off(unsigned *wait)
{
    unsigned chance = 0;

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
        chance = 0;
    ship_rest(*wait - chance % (*wait / 2));
    *wait = *wait < LONGEST / 2 ? *wait * 2 : LONGEST;
}
