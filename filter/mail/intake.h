/* intake.h - a message from a descriptor, to its end. */
#ifndef RUAMILL_INTAKE_H
#define RUAMILL_INTAKE_H

#include "live.h"

/* Begun with scratch.fd -1 and zeros. */
struct intake {
    struct rua_spool message;
    struct rua_scratch scratch;
    bool cut; /* there was more of it than `max` bytes */
};

/* Reads a message of at most `max` bytes; what is over is read and dropped,
 * since whoever writes it wants to be heard out. Leaves out a "From " line in
 * front, as flag F of Postfix's pipe(8) puts there: it has the present time in
 * it, and without it the message is the same each time it comes. RUA_LATER when
 * it cannot be read or kept, or there is none. */
enum rua_verdict intake_read(struct intake *intake, int fd, struct live *live,
                             uint64_t max, struct rua_err *err);

void intake_done(struct intake *intake);

#endif
