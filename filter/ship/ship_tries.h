/* ship_tries.h - what does not go is tried again, and somebody is told. */
#ifndef RUAMILL_SHIP_TRIES_H
#define RUAMILL_SHIP_TRIES_H

#include <time.h>

#include "ship.h"

struct ship_tries {
    const char *target; /* its name, borrowed */
    bool follow;        /* without end; else five times */
    unsigned n, wait;   /* of what is tried now */
    char said[RUA_SENTENCE_MAX];
    time_t said_at;
};

/* "target NAME: WHAT WHY", in the log, with what can be done about an error of
 * the system at its end (mend.h). */
void ship_say(const char *target, const char *what, const char *why);

/* Something is going to be tried. */
void ship_tries_begin(struct ship_tries *tries);

/* After a try that came to `v`: false when it was the last one, of which it is
 * said why. Else it has waited. With `follow` it is said when it begins to
 * fail, or fails otherwise, and once in a while; without, only at the end. */
bool ship_tries_go_on(struct ship_tries *tries, enum rua_verdict v,
                      const char *why);

/* Something is not as it should be, and is waited for. */
void ship_tries_complain(struct ship_tries *tries, const char *why);

/* It went. */
void ship_tries_end(struct ship_tries *tries);

#endif
