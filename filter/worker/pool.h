/* pool.h - the workers: processes that read strangers' mail for us.
 *
 * A worker gets descriptors only: a socket, over which messages come in
 * (SCM_RIGHTS) and results go out, and an unlinked file for what is large. It
 * ends when its socket or its parent does. One that dies of a message is
 * replaced (they are forked by a process that has no threads, zygote.h), and
 * the message is given to its successor; one that kills that too is RUA_BAD,
 * unless somebody else did the killing, or workers die of any message
 * (probe.h).
 *
 * For one thread, and opened before there are others. */
#ifndef RUAMILL_POOL_H
#define RUAMILL_POOL_H

#include "ingest.h"
#include "spool.h"
#include "worker.h"

/* A message to be read: bytes [offset, offset + len) of fd, which stays the
 * caller's, and open until the result has been taken. */
struct pool_job {
    int fd;
    uint64_t offset, len;
    enum rua_input input;
    const char *name; /* of the file, or NULL; copied */
    uint64_t ticket;  /* the caller's, comes back with the result */
};

/* What came of a job. */
struct pool_done {
    uint64_t ticket;
    enum rua_verdict verdict; /* RUA_OK: there is a result */
    struct rua_err err;       /* the sentence, if not */
    struct rua_spool result;  /* to be read with result.h; the caller's now */
    unsigned slot;
    bool holds_slot; /* the result is in the slot's file: pool_release() */
};

struct pool;

enum {
    POOL_MOST = 256
};

/* Forks `n` workers, POOL_MOST at most. `plan` is borrowed until
 * pool_close(). `open_scratch` makes an unlinked file,
 * twice a worker. */
enum rua_verdict pool_open(unsigned n, const struct worker_plan *plan,
                           enum rua_verdict (*open_scratch)(
                               void *ctx, int *ret_fd, struct rua_err *err),
                           void *ctx, struct pool **ret_pool,
                           struct rua_err *err);

/* From now on pool_wait() ends when this descriptor can be read, too. */
void pool_wake_by(struct pool *pool, int fd);

/* Ends the workers and waits for them. */
void pool_close(struct pool *pool);

/* Whether a worker is free. */
bool pool_has_room(const struct pool *pool);

/* Gives a job to a free worker; false when none is free. */
bool pool_give(struct pool *pool, const struct pool_job *job);

/* Waits for the next job to be done, in any order; `timeout` in milliseconds,
 * -1 for none. False when the time is up, a signal came or what
 * pool_wake_by() said, or nothing is under way. */
bool pool_wait(struct pool *pool, int timeout, struct pool_done *ret_done);

/* How many workers died, or were ended, so far. */
uint64_t pool_deaths(const struct pool *pool);

/* Gives back the slot of a done job, after its result is done with. */
void pool_release(struct pool *pool, const struct pool_done *done);

#endif
