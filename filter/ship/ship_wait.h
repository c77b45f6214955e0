/* ship_wait.h - the time, and waits that end when we are told to stop. */
#ifndef RUAMILL_SHIP_WAIT_H
#define RUAMILL_SHIP_WAIT_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t ship_now(void);

void ship_rest(unsigned milliseconds);

/* Waits for `*wait` milliseconds, and makes that twice as long for the next
 * time; five minutes at most. By chance it is up to a half less: hosts that
 * lost the same server do not come back together. */
void ship_back_off(unsigned *wait);

#endif
