#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result.h"
#include "worker.h"

enum {
    RECYCLE = 500, /* messages a worker reads, then it is replaced */
    RESULT_MEMORY = 1 << 20,
    TRIES = 2,
    PIECE = 256 << 10,
};

enum state {
    FREE,
    BUSY, /* a job is under way */
    HELD, /* done; the result is in the slot's file */
};

struct slot {
    enum state state;
    pid_t pid;
    int socket;
    int scratch;              /* the worker's */
    struct rua_scratch spill; /* ours: for a result that is large */
    unsigned served;
    unsigned tries;
    bool foreign; /* somebody else ended a worker of this job */
    struct pool_job job;
    char name[WORKER_NAME];
    struct rua_spool result;
    struct rua_result_watch watch;
};

struct pool {
    const struct rua_limits *limits;
    unsigned n;
    struct slot *slots;
    unsigned char *piece;
};

/* Forks the worker of a slot. */
static enum rua_verdict
start(struct pool *pool, struct slot *slot, struct rua_err *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return rua_err_sys(err, "start a worker: socketpair");
    slot->pid = fork();
    if (slot->pid == 0)
        worker_run(pair[1], slot->scratch, pool->limits);
    close(pair[1]);
    if (slot->pid < 0) {
        close(pair[0]);
        return rua_err_sys(err, "start a worker: fork");
    }
    slot->socket = pair[0];
    slot->served = 0;
    return RUA_OK;
}

/* Ends the worker of a slot; its status as of waitpid(2). */
static int
stop(struct slot *slot)
{
    int status = 0;

    if (slot->socket < 0)
        return 0;
    close(slot->socket);
    slot->socket = -1;
    while (waitpid(slot->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

enum rua_verdict
pool_open(unsigned n, const struct rua_limits *limits,
          enum rua_verdict (*open_scratch)(void *ctx, int *ret_fd,
                                           struct rua_err *err),
          void *ctx, struct pool **ret_pool, struct rua_err *err)
{
    struct pool *pool = rua_alloc(sizeof(*pool));
    enum rua_verdict v = RUA_OK;

    *pool = (struct pool){.limits = limits, .piece = rua_alloc(PIECE)};
    pool->slots = rua_alloc(n * sizeof(*pool->slots));
    for (; v == RUA_OK && pool->n < n; pool->n++) {
        struct slot *slot = &pool->slots[pool->n];
        *slot = (struct slot){
            .socket = -1, .scratch = -1, .spill.fd = -1, .result.fd = -1};
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
pool_close(struct pool *pool)
{
    if (!pool)
        return;
    for (struct slot *slot = pool->slots; slot < pool->slots + pool->n;
         slot++) {
        if (slot->state == BUSY && slot->socket >= 0)
            kill(slot->pid, SIGKILL);
        stop(slot);
        if (slot->state == BUSY)
            rua_spool_done(&slot->result);
        if (slot->scratch >= 0)
            close(slot->scratch);
        if (slot->spill.fd >= 0)
            close(slot->spill.fd);
    }
    free(pool->slots);
    free(pool->piece);
    free(pool);
}

/* A description of the file that no other process moves the offset of: gmime
 * seeks, and the messages of an mbox are read by several workers at a time. */
static enum rua_verdict
open_again(int fd, int *ret_fd, struct rua_err *err)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? rua_err_sys(err, "open %s", path) : RUA_OK;
}

/* Sends the slot's job to its worker, which is started if there is none. */
static enum rua_verdict
submit(struct pool *pool, struct slot *slot, struct rua_err *err)
{
    struct worker_request request = {
        .offset = slot->job.offset,
        .len = slot->job.len,
        .input = slot->job.input,
    };
    enum rua_verdict v = RUA_OK;
    int fd;

    memcpy(request.name, slot->name, sizeof(request.name));
    if (slot->served >= RECYCLE)
        stop(slot);
    if (slot->socket < 0)
        v = start(pool, slot, err);
    if (v == RUA_OK)
        v = open_again(slot->job.fd, &fd, err);
    if (v != RUA_OK)
        return v;
    slot->served++;
    slot->tries++;
    slot->watch = (struct rua_result_watch){0};
    rua_spool_init(&slot->result, &slot->spill, RESULT_MEMORY, UINT64_MAX,
                   "a result");
    if (!worker_send(slot->socket, fd, &request))
        shutdown(slot->socket, SHUT_RDWR); /* pool_wait() will bury it */
    close(fd);
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
            stop(slot);
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
        .result = slot->result,
        .slot = (unsigned)(slot - pool->slots),
        .holds_slot = slot->result.fd >= 0,
    };
    if (err)
        ret_done->err = *err;
    slot->result = (struct rua_spool){.fd = -1}; /* the caller's now */
    slot->state = ret_done->holds_slot ? HELD : FREE;
}

void
pool_release(struct pool *pool, const struct pool_done *done)
{
    struct slot *slot = &pool->slots[done->slot];

    if (!done->holds_slot)
        return;
    slot->spill.top = 0;
    if (ftruncate(slot->spill.fd, 0) < 0)
        abort(); /* an unlinked file of our own */
    slot->state = FREE;
}

/* What a message can do to the worker that reads it; other signals come from
 * somebody else. */
static bool
is_of_the_message(int signal)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGABRT, SIGSYS,
                              SIGILL,  SIGFPE, SIGXCPU};

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (signal == own[i])
            return true;
    return false;
}

/* The worker is gone before its result was whole: once more, or why not. */
static bool
bury(struct pool *pool, struct slot *slot, struct pool_done *ret_done)
{
    int status = stop(slot);
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    struct rua_err err = {0};
    enum rua_verdict v;

    slot->foreign |= !is_of_the_message(signal);
    rua_spool_done(&slot->result);
    if (slot->tries < TRIES) {
        v = submit(pool, slot, &err);
        if (v == RUA_OK)
            return false;
        finish(pool, slot, v, &err, ret_done);
        return true;
    }
    v = rua_err_set(&err, slot->foreign ? RUA_LATER : RUA_BAD,
                    slot->foreign ? "the worker was ended (%s)"
                                  : "the worker died of it, twice (%s)",
                    signal ? strsignal(signal) : "no signal");
    finish(pool, slot, v, &err, ret_done);
    return true;
}

/* Takes what a worker has sent; true when its job is done. */
static bool
take(struct pool *pool, struct slot *slot, struct pool_done *ret_done)
{
    struct rua_err err = {0};
    ssize_t n = recv(slot->socket, pool->piece, PIECE, MSG_DONTWAIT);
    struct rua_span bytes = {pool->piece, n > 0 ? (size_t)n : 0};
    enum rua_verdict v;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0)
        return bury(pool, slot, ret_done);
    bytes.len = rua_result_watch(&slot->watch, bytes);
    v = rua_spool_write(&slot->result, bytes, &err);
    if (v == RUA_OK && !slot->watch.ended)
        return false;
    if (v != RUA_OK) {
        kill(slot->pid, SIGKILL); /* it would go on sending */
        stop(slot);
        rua_spool_done(&slot->result);
    }
    finish(pool, slot, v, &err, ret_done);
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
        polls[n++] = (struct pollfd){.fd = slot->socket, .events = POLLIN};
    }
    return n;
}

bool
pool_wait(struct pool *pool, int timeout, struct pool_done *ret_done)
{
    struct pollfd polls[POOL_MOST];
    struct slot *slots[POOL_MOST];
    nfds_t n;

    while ((n = fill(pool, polls, slots)) > 0) {
        for (nfds_t i = 0; i < n; i++)
            if (polls[i].fd < 0 && bury(pool, slots[i], ret_done))
                return true;
        n = fill(pool, polls, slots);
        if (poll(polls, n, timeout) <= 0)
            return false;
        for (nfds_t i = 0; i < n; i++)
            if (polls[i].revents && take(pool, slots[i], ret_done))
                return true;
    }
    return false;
}
