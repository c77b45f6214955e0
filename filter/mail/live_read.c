#include "live_read.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file.h"
#include "link.h"
#include "poison.h"
#include "probe.h"

/* ---- time ---- */

struct timespec
live_after(uint64_t seconds)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += (time_t)seconds;
    return time;
}

/* Milliseconds until then, for poll(2). */
static int
left_until(const struct timespec *time)
{
    struct timespec now;
    int64_t left;

    clock_gettime(CLOCK_MONOTONIC, &now);
    left = (int64_t)(time->tv_sec - now.tv_sec) * 1000 +
           (time->tv_nsec - now.tv_nsec) / 1000000;
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* ---- a message ---- */

/* More in memory than a socket takes at once goes to the worker in a file of
 * its own, so that no worker sees what another one has read. */
static enum rua_verdict
make_job(const struct seat *seat, const struct rua_spool *message,
         struct link_job *ret_job, int *ret_own, struct rua_err *err)
{
    *ret_own = -1;
    *ret_job = (struct link_job){.fd = message->fd,
                                 .offset = message->base,
                                 .len = message->len,
                                 .input = RUA_INPUT_MESSAGE,
                                 .last = true,
                                 .scratch = seat->scratch};
    if (message->fd >= 0)
        return RUA_OK;
    if (message->len > 0 && message->len <= WORKER_AT_ONCE) {
        ret_job->bytes = message->memory.data;
        return RUA_OK;
    }
    *ret_own = memfd_create("message", MFD_CLOEXEC);
    if (*ret_own < 0)
        return rua_err_sys(err, "memory for a message: memfd_create");
    ret_job->fd = *ret_own;
    ret_job->offset = 0;
    return rua_file_write(*ret_own, "memory for a message", 0,
                          rua_buf_span(&message->memory), err);
}

/* Whether workers die of any message. */
static bool
die_always(const struct live_reader *reader, struct seat *seat)
{
    struct rua_err err = {0};
    struct worker worker;
    bool reads;

    if (zygote_take(reader->zygote, &worker, &err) != RUA_OK)
        return true;
    reads = probe_worker(&worker, seat->scratch, &seat->spill,
                         reader->worker.reading.limits);
    zygote_end(reader->zygote, &worker);
    return !reads;
}

/* The worker is gone: whose fault was it? */
static enum rua_verdict
bury(const struct live_reader *reader, struct seat *seat,
     const struct rua_spool *message, struct link_end *end, struct rua_err *err)
{
    bool before = false;
    enum rua_verdict v = RUA_OK;

    end->foreign = !link_died_of_it(end);
    counters_add_deaths(reader->counters, 1);
    if (!end->foreign)
        v = poison_note(reader->store, message, (int64_t)time(NULL), &before,
                        err);
    end->always = v == RUA_OK && before && die_always(reader, seat);
    return v == RUA_OK ? link_obituary(end, before ? 2 : 1,
                                       reader->worker.reading.limits, err)
                       : v;
}

/* Waits for the result: LINK_MORE when the time is up. */
static enum link_state
await_result(struct link *link, const struct timespec *until,
             struct rua_err *err)
{
    struct pollfd poll_fd = {.fd = link->socket, .events = POLLIN};
    unsigned char *piece = rua_alloc(LINK_PIECE);
    enum link_state state = LINK_MORE;
    int left;

    while (state == LINK_MORE && (left = left_until(until)) > 0)
        if (poll(&poll_fd, 1, left) > 0)
            state = link_take(link, piece, err);
    free(piece);
    if (state == LINK_MORE)
        rua_spool_done(&link->result);
    return state;
}

/* The worker that had the seat's file before is killed when its result is
 * whole, and nobody waits for that; but until it has gone, one that was taken
 * over could still write to the file. Its socket ends when it does. */
static enum rua_verdict
await_last(struct seat *seat, const struct timespec *deadline,
           struct rua_err *err)
{
    struct pollfd poll_fd = {.fd = seat->last, .events = POLLIN};
    char noise[4096];
    ssize_t n = 1;
    int left;

    while (seat->last >= 0 && n > 0 && (left = left_until(deadline)) > 0)
        if (poll(&poll_fd, 1, left) > 0)
            n = recv(seat->last, noise, sizeof(noise), 0);
    if (seat->last >= 0 && n > 0)
        return rua_err_set(err, RUA_LATER, "the worker before has not ended");
    if (seat->last >= 0)
        close(seat->last);
    seat->last = -1;
    return RUA_OK;
}

/* Sends the message to a worker. */
static enum rua_verdict
begin(const struct live_reader *reader, struct seat *seat,
      const struct rua_spool *message, struct worker *worker,
      struct link *ret_link, struct rua_err *err)
{
    struct link_job job;
    int own;
    enum rua_verdict v = make_job(seat, message, &job, &own, err);

    if (v == RUA_OK)
        v = link_begin(ret_link, worker->socket, &job, &seat->spill,
                       reader->worker.reading.limits, err);
    if (own >= 0)
        close(own);
    return v;
}

enum rua_verdict
live_read(const struct live_reader *reader, struct seat *seat,
          const struct rua_spool *message, const struct timespec *deadline,
          struct rua_spool *ret_result, struct rua_err *err)
{
    const struct timespec wall =
        live_after(reader->worker.reading.limits->max_wall);
    bool is_last = left_until(deadline) <= left_until(&wall);
    enum link_state state = LINK_FAILED;
    struct worker worker;
    struct link_end end;
    struct link link;
    enum rua_verdict v = await_last(seat, deadline, err);

    if (v == RUA_OK)
        v = zygote_take(reader->zygote, &worker, err);
    if (v != RUA_OK)
        return v;
    v = begin(reader, seat, message, &worker, &link, err);
    if (v == RUA_OK)
        state = await_result(&link, is_last ? deadline : &wall, err);
    if (state == LINK_WHOLE) {
        seat->last = zygote_release(reader->zygote, &worker);
        *ret_result = link.result;
        return RUA_OK;
    }
    end = (struct link_end){.status = zygote_end(reader->zygote, &worker),
                            .late = state == LINK_MORE};
    if (state == LINK_MORE && is_last)
        return rua_err_set(err, RUA_LATER, "it could not be read in time");
    if (state == LINK_MORE || state == LINK_GONE)
        return bury(reader, seat, message, &end, err);
    return v != RUA_OK ? v : err->verdict;
}
