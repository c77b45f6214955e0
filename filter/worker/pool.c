#include "pool.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "prison.h"
#include "probe.h"
#include "since.h"
#include "zygote.h"

enum {
    RECYCLE = 500, /* messages a worker reads, then it is replaced */
    RENEW = 1000,  /* ms after which it may have used a second of CPU */
    TRIES = 2,
};

enum state {
    FREE,
    BUSY, /* a job is under way */
    HELD, /* done; the result is in the slot's file */
};

struct slot {
    enum state state;
    struct worker worker;
    int scratch;              /* the worker's */
    struct rua_scratch spill; /* ours: for a result that is large */
    unsigned served;
    unsigned tries;
    int64_t renewed; /* ms: when its CPU time was set last */
    bool foreign;    /* somebody else ended a worker of this job */
    int64_t until;   /* ms of CLOCK_MONOTONIC: max_wall of this job */
    struct pool_job job;
    char name[WORKER_NAME];
    struct link link;
};

struct pool {
    const struct worker_plan *plan;
    struct zygote *zygote;
    unsigned n;
    struct slot *slots;
    unsigned char *piece;
    uint64_t deaths;
    int wake; /* or -1 */
};

static enum rua_verdict
start(struct pool *pool, struct slot *slot, struct rua_err *err)
{
    slot->served = 0;
    slot->renewed = now_ms();
    return zygote_take(pool->zygote, &slot->worker, err);
}

/* Ends the slot's worker by force; how it ended. */
static int
end_worker(struct pool *pool, struct slot *slot)
{
    return slot->worker.socket < 0 ? 0
                                   : zygote_end(pool->zygote, &slot->worker);
}

/* Lets a worker go that has nothing to do. */
static void
dismiss_worker(struct pool *pool, struct slot *slot)
{
    if (slot->worker.socket >= 0)
        zygote_dismiss(pool->zygote, &slot->worker);
}

enum rua_verdict
pool_open(unsigned n, const struct worker_plan *plan,
          enum rua_verdict (*open_scratch)(void *ctx, int *ret_fd,
                                           struct rua_err *err),
          void *ctx, struct pool **ret_pool, struct rua_err *err)
{
    const struct zygote_plan nest = {.worker = plan, .run = worker_run};
    struct pool *pool = rua_alloc(sizeof(*pool));
    enum rua_verdict v;

    *pool =
        (struct pool){.plan = plan, .piece = rua_alloc(LINK_PIECE), .wake = -1};
    pool->slots = rua_alloc(n * sizeof(*pool->slots));
    v = zygote_start(&nest, &pool->zygote, err);
    for (; v == RUA_OK && pool->n < n; pool->n++) {
        struct slot *slot = &pool->slots[pool->n];
        *slot = (struct slot){.worker.socket = -1,
                              .scratch = -1,
                              .spill.fd = -1,
                              .link.result.fd = -1};
        v = open_scratch(ctx, &slot->scratch, err);
        if (v == RUA_OK)
            v = open_scratch(ctx, &slot->spill.fd, err);
        if (v == RUA_OK)
            v = start(pool, slot, err);
    }
    if (v == RUA_OK)
        *ret_pool = pool;
    else
        pool_close(pool);
    return v;
}

void
pool_wake_by(struct pool *pool, int fd)
{
    pool->wake = fd;
}

uint64_t
pool_deaths(const struct pool *pool)
{
    return pool->deaths;
}

void
pool_close(struct pool *pool)
{
    if (!pool)
        return;
    for (struct slot *slot = pool->slots; slot < pool->slots + pool->n;
         slot++) {
        if (slot->state == BUSY) {
            end_worker(pool, slot);
            rua_spool_done(&slot->link.result);
        }
        dismiss_worker(pool, slot);
        if (slot->scratch >= 0)
            close(slot->scratch);
        if (slot->spill.fd >= 0)
            close(slot->spill.fd);
    }
    zygote_stop(pool->zygote);
    free(pool->slots);
    free(pool->piece);
    free(pool);
}

/* Sends the slot's job to its worker, which is started if there is none. */
static enum rua_verdict
submit(struct pool *pool, struct slot *slot, struct rua_err *err)
{
    const struct link_job job = {
        .fd = slot->job.fd,
        .offset = slot->job.offset,
        .len = slot->job.len,
        .input = slot->job.input,
        .name = slot->job.name ? slot->name : NULL,
        .scratch = slot->scratch,
    };
    int64_t now = now_ms();
    enum rua_verdict v = RUA_OK;

    if (slot->served >= RECYCLE)
        dismiss_worker(pool, slot);
    if (slot->worker.socket < 0)
        v = start(pool, slot, err);
    if (v == RUA_OK)
        v = link_begin(&slot->link, slot->worker.socket, &job, &slot->spill,
                       pool->plan->reading.limits, err);
    if (v != RUA_OK)
        return v;
    if (!pool->plan->free && now - slot->renewed >= RENEW) {
        prison_renew(slot->worker.pid, pool->plan->reading.limits->max_cpu);
        slot->renewed = now;
    }
    slot->until = now + (int64_t)(pool->plan->reading.limits->max_wall * 1000);
    slot->served++;
    slot->tries++;
    return RUA_OK;
}

bool
pool_has_room(const struct pool *pool)
{
    for (unsigned i = 0; i < pool->n; i++)
        if (pool->slots[i].state == FREE)
            return true;
    return false;
}

bool
pool_give(struct pool *pool, const struct pool_job *job)
{
    for (struct slot *slot = pool->slots; slot < pool->slots + pool->n;
         slot++) {
        if (slot->state != FREE)
            continue;
        slot->state = BUSY;
        slot->tries = 0;
        slot->foreign = false;
        slot->job = *job;
        memset(slot->name, 0, sizeof(slot->name));
        if (job->name)
            strncat(slot->name, job->name, sizeof(slot->name) - 1);
        if (submit(pool, slot, NULL) != RUA_OK)
            end_worker(pool, slot); /* pool_wait() tries again */
        return true;
    }
    return false;
}

/* Hands a job back to the caller, with its result or with a sentence. */
static void
finish(struct pool *pool, struct slot *slot, enum rua_verdict verdict,
       const struct rua_err *err, struct pool_done *ret_done)
{
    *ret_done = (struct pool_done){
        .ticket = slot->job.ticket,
        .verdict = verdict,
        .result = slot->link.result,
        .slot = (unsigned)(slot - pool->slots),
        .holds_slot = slot->link.result.fd >= 0,
    };
    if (err)
        ret_done->err = *err;
    slot->link.result = (struct rua_spool){.fd = -1}; /* the caller's now */
    slot->state = ret_done->holds_slot ? HELD : FREE;
}

void
pool_release(struct pool *pool, const struct pool_done *done)
{
    struct slot *slot = &pool->slots[done->slot];

    if (!done->holds_slot)
        return;
    slot->state = FREE;
    slot->spill.top = 0;
    if (ftruncate(slot->spill.fd, 0) < 0)
        return; /* it is ours alone, and is written over */
}

/* Whether a new worker of the slot dies of any message. */
static bool
dies_always(struct pool *pool, struct slot *slot)
{
    struct rua_err err = {0};

    if (start(pool, slot, &err) != RUA_OK)
        return true;
    slot->served++;
    if (probe_worker(&slot->worker, slot->scratch, &slot->spill,
                     pool->plan->reading.limits))
        return false;
    end_worker(pool, slot);
    return true;
}

/* The worker is gone before its result was whole: once more, or why not. */
static bool
bury(struct pool *pool, struct slot *slot, bool late,
     struct pool_done *ret_done)
{
    struct link_end end = {.status = end_worker(pool, slot), .late = late};
    struct rua_err err = {0};
    enum rua_verdict v;

    pool->deaths++;
    slot->foreign |= !link_died_of_it(&end);
    end.foreign = slot->foreign;
    if (slot->tries < TRIES) {
        v = submit(pool, slot, &err);
        if (v == RUA_OK)
            return false;
    } else {
        end.always = !end.foreign && dies_always(pool, slot);
        v = link_obituary(&end, slot->tries, pool->plan->reading.limits, &err);
    }
    finish(pool, slot, v, &err, ret_done);
    return true;
}

/* Takes what a worker has sent; true when its job is done. */
static bool
take(struct pool *pool, struct slot *slot, struct pool_done *ret_done)
{
    struct rua_err err = {0};

    switch (link_take(&slot->link, pool->piece, &err)) {
    case LINK_MORE:
        return false;
    case LINK_GONE:
        return bury(pool, slot, false, ret_done);
    case LINK_FAILED:
        end_worker(pool, slot); /* it would go on sending */
        break;
    case LINK_WHOLE:
        break;
    }
    finish(pool, slot, err.verdict, &err, ret_done);
    return true;
}

/* The workers that are at work, as poll(2) wants them. */
static nfds_t
fill(struct pool *pool, struct pollfd *polls, struct slot **slots)
{
    nfds_t n = 0;

    for (struct slot *slot = pool->slots; slot < pool->slots + pool->n;
         slot++) {
        if (slot->state != BUSY)
            continue;
        slots[n] = slot;
        polls[n++] =
            (struct pollfd){.fd = slot->worker.socket, .events = POLLIN};
    }
    return n;
}

/* Ends the workers that are over their time. */
static bool
end_late(struct pool *pool, struct slot **slots, nfds_t n,
         struct pool_done *ret_done)
{
    int64_t now = now_ms();

    for (nfds_t i = 0; i < n; i++) {
        if (slots[i]->until > now)
            continue;
        rua_spool_done(&slots[i]->link.result);
        if (bury(pool, slots[i], true, ret_done))
            return true;
    }
    return false;
}

/* Milliseconds until one of them is over its time, `timeout` at most. */
static int
time_left(struct slot *const *slots, nfds_t n, int timeout)
{
    int64_t least = timeout < 0 ? 3600000 : timeout, now = now_ms();

    for (nfds_t i = 0; i < n; i++)
        if (slots[i]->until - now < least)
            least = slots[i]->until - now;
    return least < 0 ? 0 : (int)least;
}

bool
pool_wait(struct pool *pool, int timeout, struct pool_done *ret_done)
{
    int64_t end = now_ms() + timeout;
    struct pollfd polls[POOL_MOST + 1];
    struct slot *slots[POOL_MOST];
    nfds_t n;

    while ((n = fill(pool, polls, slots)) > 0) {
        int found;
        for (nfds_t i = 0; i < n; i++)
            if (polls[i].fd < 0 && bury(pool, slots[i], false, ret_done))
                return true;
        n = fill(pool, polls, slots);
        polls[n] = (struct pollfd){.fd = pool->wake, .events = POLLIN};
        found = poll(polls, n + 1, time_left(slots, n, timeout));
        if (found < 0)
            return false;
        for (nfds_t i = 0; i < n; i++)
            if (polls[i].revents && take(pool, slots[i], ret_done))
                return true;
        if (end_late(pool, slots, n, ret_done))
            return true;
        if (polls[n].revents || (found == 0 && timeout >= 0 && now_ms() >= end))
            return false;
    }
    return false;
}
