/* replay.h - stored messages through the workers into the store, in order.
 *
 * Messages are read by several workers at a time and taken in the order of the
 * input, so that the tables do not depend on the number of workers. Reports are
 * committed in batches. */
#ifndef RUAMILL_REPLAY_H
#define RUAMILL_REPLAY_H

#include "allow.h"
#include "conf.h"
#include "delivery.h"
#include "input.h"

/* Of messages that came before: what is kept aside is read again. */
struct replay_again {
    /* How the message `id` came: fills in sender, recipients and time. */
    void (*envelope)(void *ctx, const char *id,
                     struct delivery_envelope *envelope);
    /* It has its verdict, and is durable. It is not kept aside again. */
    void (*settled)(void *ctx, const struct delivery *delivery);
    /* All of them have: before the store is closed. */
    enum rua_verdict (*end)(void *ctx, struct rua_store *store,
                            struct rua_err *err);
    void *ctx;
};

struct replay_options {
    const struct conf *conf;
    const char *to; /* the RUA; NULL: by each message's header */
    unsigned jobs;
    bool dry_run;
    bool verbose; /* a line for each message, not only for those not ok */
    const struct replay_again *again; /* or NULL */
};

struct replay_totals {
    uint64_t messages;
    uint64_t records;                   /* rows that were added */
    uint64_t duplicates;                /* reports that were stored before */
    uint64_t fresh;                     /* reports that were not */
    uint64_t by_verdict[RUA_LATER + 1]; /* messages */
};

/* A progress line; both may be NULL. */
struct replay_watch {
    /* called now and then */
    void (*progress)(void *ctx, const struct replay_totals *totals);
    /* called before something else is written to stderr */
    void (*clear)(void *ctx);
    void *ctx;
};

/* Replays everything; ends early, with RUA_OK, when *stop becomes true.
 * RUA_LATER when nothing could be begun. */
enum rua_verdict replay_run(const struct replay_options *options,
                            const struct rua_allow *allow, char *const *paths,
                            size_t n, const volatile bool *stop,
                            const struct replay_watch *watch,
                            struct replay_totals *ret_totals,
                            struct rua_err *err);

#endif
