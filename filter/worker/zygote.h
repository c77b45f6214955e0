/* zygote.h - the process that forks the workers of a program with threads.
 *
 * Forked before threads, locks, sockets and the store exist. It keeps workers
 * ready, with all that reading needs set up; each is given to one message, and
 * ends with it. It ends when the thread that started it does: let that be the
 * main thread. */
#ifndef RUAMILL_ZYGOTE_H
#define RUAMILL_ZYGOTE_H

#include "worker.h"

struct zygote;

struct zygote_plan {
    unsigned spare; /* workers that are kept ready */
    /* The caller has no threads and makes none: no process is kept for forking;
     * the first worker is forked at once, others when they are taken. */
    bool alone;
    const struct worker_plan *worker;
    /* What a worker does: worker_run(). */
    void (*run)(int socket, const struct worker_plan *plan);
};

enum rua_verdict zygote_start(const struct zygote_plan *plan,
                              struct zygote **ret_zygote, struct rua_err *err);

/* All workers have been given back. */
void zygote_stop(struct zygote *zygote);

/* Gives out a worker, which serves one message. Thread-safe. RUA_LATER when it
 * cannot be forked, and for ever when the zygote has died. */
enum rua_verdict zygote_take(struct zygote *zygote, struct worker *ret_worker,
                             struct rua_err *err);

/* Takes a worker back, and ends it by force if it is at work; how it ended, as
 * of waitpid(2), or -1 when that cannot be told. Thread-safe. */
int zygote_end(struct zygote *zygote, struct worker *worker);

/* Takes a worker back that is not at work: it ends when its socket does, by
 * force after some seconds. Thread-safe. */
void zygote_dismiss(struct zygote *zygote, struct worker *worker);

/* The same as zygote_end() for one that has done its work: how it ends does not
 * matter, and is not waited for. Its socket, the caller's to close, which is at
 * its end when the worker has gone; -1 when it has. */
int zygote_release(struct zygote *zygote, struct worker *worker);

/* False when it has died. Thread-safe. */
bool zygote_is_well(struct zygote *zygote);

#endif
