/* listen.h - what the option `socket` means on this machine: looked at before
 * libmilter opens it, since libmilter takes the socket of a living instance
 * away, and its sentences go to syslog only.
 *
 * What fails is RUA_LATER with a sentence, and an exit status of sysexits.h in
 * `status`: EX_CONFIG for what has to be mended in the configuration or the
 * system, EX_UNAVAILABLE for what may go by. */
#ifndef RUAMILL_LISTEN_H
#define RUAMILL_LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>

#include "conf.h"

struct listen {
    int status;
    const char *name; /* as configured, borrowed */
    const char *path; /* of a unix socket, in `name`; or NULL */
    char folder[108]; /* that the unix socket is in */
    unsigned mode;    /* of that */
    gid_t group;      /* of that; (gid_t)-1: that of the process */
    int lock;         /* held on PATH.lock, or -1 */
    struct sockaddr_storage address;
    socklen_t len;
};

/* Looks at the name, the folder and the group; opens nothing. */
enum rua_verdict listen_look(const struct conf *conf, struct listen *ret_listen,
                             struct rua_err *err);

/* Takes the lock of a unix socket, and finds out whether an address is free.
 * After forks: whoever inherits the lock holds it. */
enum rua_verdict listen_claim(struct listen *listen, struct rua_err *err);

/* Before and after libmilter opens it: mode and group of a unix socket. The
 * umask of the process is changed meanwhile. */
void listen_before(const struct listen *listen, mode_t *ret_umask);
enum rua_verdict listen_after(struct listen *listen, mode_t umask_before,
                              struct rua_err *err);

/* Takes the name of a unix socket away: nobody comes any more. */
void listen_leave(struct listen *listen);

/* The same, and gives up the lock. */
void listen_done(struct listen *listen);

/* Raises the limit of open files as far as it goes; what `connections` that
 * bring reports and `jobs` workers need must be there. Sets how many
 * connections, of whatever kind, the limit leaves room for. */
enum rua_verdict listen_raise_files(unsigned connections, unsigned jobs,
                                    unsigned *ret_most, struct rua_err *err);

#endif
