/* zygote_parts.h - what a front end and its zygote say to each other. */
#ifndef RUAMILL_ZYGOTE_PARTS_H
#define RUAMILL_ZYGOTE_PARTS_H

#include <sys/socket.h>

#include "zygote.h"

enum order {
    TAKE,
    END,
    DISMISS, /* as END, but it is left time to end by itself */
    RELEASE  /* as END, without an answer */
};

/* Over a SOCK_SEQPACKET pair: a request, and the answer to it. */
struct request {
    enum order order;
    pid_t pid; /* of a worker that is given back */
};

struct answer {
    pid_t pid;   /* TAKE: its socket is beside it; -1: there is none */
    int failure; /* for then: errno */
    int status;  /* of one that was given back */
};

union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* What the zygote does, which is forked already: it serves requests until its
 * socket ends, and exits. */
_Noreturn void zygote_run(const struct zygote_plan *plan, int socket);

/* Whether a child ends soon, by itself; how, as of waitpid(2). */
bool zygote_child_leaves(pid_t pid, int *ret_status);

#endif
