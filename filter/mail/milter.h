/* milter.h - libmilter's door: its callbacks, and what of them is ours. There
 * is one of it in a process. */
#ifndef RUAMILL_MILTER_H
#define RUAMILL_MILTER_H

#include <stdbool.h>

#include "crowd.h"
#include "session.h"

struct milter_plan {
    struct session_hall *hall;
    const char *socket;
    bool local;          /* a unix socket: steps without a reply are cheaper */
    struct crowd *crowd; /* of connections; counted here */
};

/* Opens the socket; messages wait until milter_serve(). A socket that nobody
 * serves any more is replaced. */
enum rua_verdict milter_open(const struct milter_plan *plan,
                             struct rua_err *err);

/* Serves; does not return, unless it cannot (false), or a thread of libmilter's
 * was given SIGTERM, SIGINT or SIGHUP. */
bool milter_serve(void);

/* By another thread: lets no callback in any more, and waits until the messages
 * that are being taken are done, at most `seconds`. Returns how many are not;
 * if none, nothing touches the hall any more. */
unsigned milter_drain(unsigned seconds);

#endif
