/* ticker.h - calls a function now and then while a thread is busy otherwise. */
#ifndef RUAMILL_TICKER_H
#define RUAMILL_TICKER_H

#include <stdint.h>

struct ticker;

/* One that is to be called; on the stack of the thread that is busy. */
struct ticker_call {
    void (*tick)(void *ctx);
    void *ctx;
    int64_t due; /* ticker.c's, like the next */
    struct ticker_call *next;
};

/* Its thread is started when first needed, and handles no signals. */
struct ticker *ticker_new(unsigned interval_ms);

/* Nothing is to be called any more. */
void ticker_free(struct ticker *ticker);

/* From here to there `call` is called every interval, by another thread; not
 * after ticker_end(). A call without a function is fine. */
void ticker_begin(struct ticker *ticker, struct ticker_call *call);
void ticker_end(struct ticker *ticker, struct ticker_call *call);

#endif
