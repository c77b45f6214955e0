/* replay_parts.h - what replay.c puts a replay together from. */
#ifndef RUAMILL_REPLAY_PARTS_H
#define RUAMILL_REPLAY_PARTS_H

#include <pthread.h>
#include <time.h>

#include "committer.h"
#include "load.h"
#include "pool.h"
#include "replay.h"
#include "seen.h"

enum {
    RING = 3 * LOAD_MESSAGES /* committed, filled, and read meanwhile */
};

/* A message, from its input to its verdict. */
struct ticket {
    bool done;
    struct input_item item;
    struct pool_done result;
    struct delivery delivery;
};

struct replay {
    const struct replay_options *options;
    struct rua_store *store; /* NULL in a dry run without a store */
    struct pool *pool;
    struct input *input;
    struct worker_plan worker;
    struct delivery_desk desk; /* its maker is that of the filled load */
    struct replay_totals totals;
    const struct replay_watch *watch;
    pthread_mutex_t speech;      /* held by who writes to stderr */
    struct seen seen;            /* in a dry run */
    struct counters *counters;   /* not in a dry run, */
    struct committer *committer; /* nor this */
    struct timespec began;

    struct ticket ring[RING];
    unsigned window;                /* so many of it are used */
    uint64_t given, taken, settled; /* tickets so far, */
    unsigned reading;               /* and those that are at workers */
    uint64_t waiting; /* bytes in memory of results that are not taken */
    struct load loads[2];
    struct load *filled;
    struct load *under_way; /* at the committer, or NULL */
};

/* Messages go round, until there are no more or *stop is true. */
void replay_loop(struct replay *replay, const volatile bool *stop);

/* From here on this thread has standard error, and the progress line is gone,
 * until it lets replay->speech go. */
void replay_begin_to_speak(struct replay *replay);

#endif
