/* link.h - one message at one worker: sent there, and its result taken as it
 * comes. */
#ifndef RUAMILL_LINK_H
#define RUAMILL_LINK_H

#include "result.h"
#include "worker.h"

/* A message: bytes [offset, offset + len) of `fd`; or, with `bytes`, these. */
struct link_job {
    int fd;
    const unsigned char *bytes; /* WORKER_AT_ONCE at most, or NULL */
    uint64_t offset, len;
    enum rua_input input;
    const char *name; /* of the file, or NULL; its first WORKER_NAME bytes */
    int scratch;      /* an unlinked file for the worker */
    bool last;        /* the worker reads no other */
};

struct link {
    int socket;              /* the worker's, borrowed */
    struct rua_spool result; /* so far; the caller's when it is whole */
    struct rua_result_watch watch;
};

/* Sends a message. A result that does not fit into memory goes to `spill`; how
 * much it may be follows from `limits`. RUA_LATER when the message cannot be
 * opened; when the worker is gone, link_take() will find that. */
enum rua_verdict link_begin(struct link *link, int socket,
                            const struct link_job *job,
                            struct rua_scratch *spill,
                            const struct rua_limits *limits,
                            struct rua_err *err);

/* What there is of a result. */
enum link_state {
    LINK_MORE,   /* not all of it yet */
    LINK_WHOLE,  /* all */
    LINK_GONE,   /* none: the worker has ended before it was whole; */
    LINK_FAILED, /* it is too long, or there is no room: see err */
};

/* Takes what the worker has sent, without waiting. A result that will not be
 * whole is freed. */
#define LINK_PIECE (256 << 10)
enum link_state link_take(struct link *link, unsigned char piece[LINK_PIECE],
                          struct rua_err *err);

/* How a worker ended whose message has no result. */
struct link_end {
    int status;   /* as of waitpid(2) */
    bool late;    /* we ended it, after max_wall */
    bool foreign; /* somebody else ended it, or one before it */
    bool always;  /* so do workers that read a message of ours (probe.h) */
};

/* Whether it is one that a message can bring about: some signals, an end of the
 * worker's own accord, or ours. Else somebody else ended it. */
bool link_died_of_it(const struct link_end *end);

/* The verdict and the sentence about the message, of which a worker has ended
 * for the `times`th time. */
enum rua_verdict link_obituary(const struct link_end *end, unsigned times,
                               const struct rua_limits *limits,
                               struct rua_err *err);

#endif
