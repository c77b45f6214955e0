#include "ticker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "buf.h"
#include "since.h"
#include "thread.h"

struct ticker {
    unsigned interval; /* milliseconds */
    pthread_mutex_t mutex;
    pthread_cond_t change; /* of what follows */
    pthread_t thread;
    bool runs, stop;
    struct ticker_call *calls;
};

struct ticker *
ticker_new(unsigned interval_ms)
{
    struct ticker *ticker = rua_alloc(sizeof(*ticker));
    pthread_condattr_t attributes;

    *ticker = (struct ticker){.interval = interval_ms};
    pthread_mutex_init(&ticker->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ticker->change, &attributes);
    pthread_condattr_destroy(&attributes);
    return ticker;
}

/* Calls what is due; when the next is. The mutex is held all the time: a call
 * that has ended is not under way. */
static int64_t
call_all(struct ticker *ticker)
{
    int64_t now = now_ms(), next = now + ticker->interval;

    for (struct ticker_call *call = ticker->calls; call; call = call->next) {
        if (call->due <= now) {
            call->tick(call->ctx);
            call->due = now + ticker->interval;
        }
        if (call->due < next)
            next = call->due;
    }
    return next;
}

static void *
run(void *ctx)
{
    struct ticker *ticker = ctx;

    pthread_mutex_lock(&ticker->mutex);
    while (!ticker->stop) {
        int64_t next = call_all(ticker);
        const struct timespec until = {.tv_sec = (time_t)(next / 1000),
                                       .tv_nsec = next % 1000 * 1000000};
        pthread_cond_timedwait(&ticker->change, &ticker->mutex, &until);
    }
    pthread_mutex_unlock(&ticker->mutex);
    return NULL;
}

/* Without a thread nothing is called: the other side's patience ends earlier,
 * and the message comes again. */
static void
start(struct ticker *ticker)
{
    ticker->runs = thread_start(&ticker->thread, run, ticker) == 0;
}

void
ticker_free(struct ticker *ticker)
{
    if (!ticker)
        return;
    if (ticker->runs) {
        pthread_mutex_lock(&ticker->mutex);
        ticker->stop = true;
        pthread_cond_signal(&ticker->change);
        pthread_mutex_unlock(&ticker->mutex);
        pthread_join(ticker->thread, NULL);
    }
    pthread_cond_destroy(&ticker->change);
    pthread_mutex_destroy(&ticker->mutex);
    free(ticker);
}

void
ticker_begin(struct ticker *ticker, struct ticker_call *call)
{
    if (!call->tick)
        return;
    call->due = now_ms() + ticker->interval;
    pthread_mutex_lock(&ticker->mutex);
    call->next = ticker->calls;
    ticker->calls = call;
    if (!ticker->runs)
        start(ticker);
    pthread_mutex_unlock(&ticker->mutex);
}

void
ticker_end(struct ticker *ticker, struct ticker_call *call)
{
    struct ticker_call **at = &ticker->calls;

    if (!call->tick)
        return;
    pthread_mutex_lock(&ticker->mutex);
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    pthread_mutex_unlock(&ticker->mutex);
}
