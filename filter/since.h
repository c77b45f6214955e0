/* since.h - how long something took, and when it has to end. */
#ifndef RUAMILL_SINCE_H
#define RUAMILL_SINCE_H

#include <stdint.h>
#include <time.h>

/* Microseconds since a time of CLOCK_MONOTONIC. */
static inline uint64_t
since_us(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - then->tv_sec) * 1000000 +
                      (now.tv_nsec - then->tv_nsec) / 1000);
}

/* Milliseconds of CLOCK_MONOTONIC. */
static inline int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
