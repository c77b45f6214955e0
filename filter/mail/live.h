/* live.h - a message of the mail flow, from its bytes to its verdict: what the
 * milter and the pipe have in common.
 *
 *     bytes -> a worker of its own -> delivery_take() -> the store's commit, or
 *     the quarantine -> verdict and sentence
 *
 * Opened before threads exist; then for any number of threads. */
#ifndef RUAMILL_LIVE_H
#define RUAMILL_LIVE_H

#include "delivery.h"
#include "rules.h"
#include "spool.h"
#include "zygote.h"

struct live;

struct live_plan {
    const struct command_settings *settings; /* until live_close() */
    unsigned seats; /* messages read at a time; 0: by `jobs` */
    bool alone;     /* the caller has no threads and makes none */
    /* What a worker does; NULL: worker_run(). */
    void (*run)(int socket, const struct worker_plan *plan);
};

/* Starts the process that forks the workers, which ends with the thread that
 * called this, then opens the store. */
enum rua_verdict live_open(const struct live_plan *plan, struct live **ret_live,
                           struct rua_err *err);

/* All messages are done with. */
void live_close(struct live *live);

/* False when no message will be taken any more, for the process that forks the
 * workers has died: the program should end, and be started anew by whoever
 * looks after it. Until then all is RUA_LATER. */
bool live_is_well(struct live *live);

/* Writes the metrics, unless they are younger than `pause` seconds. */
void live_tell(struct live *live, unsigned pause);

/* The present configuration and allowlist; for rules_drop(). */
struct rules *live_rules(struct live *live);

/* Reads configuration and allowlist anew. What cannot be read, or changes
 * something that is fixed while it runs (store, format, columns, partition,
 * socket), changes nothing and is said in the sentence. */
enum rua_verdict live_reload(struct live *live, struct rua_err *err);

/* An unlinked file for the bytes of a message that outgrow memory. */
enum rua_verdict live_scratch(struct live *live, int *ret_fd,
                              struct rua_err *err);

struct live_message {
    const struct rua_spool *message; /* all of its bytes */
    bool cut;         /* or its first only: it is longer than max_message */
    bool rejects_bad; /* the caller rejects what is RUA_BAD or RUA_REFUSED:
                         it is not kept aside */
    bool keeps_mail;  /* RUA_NOT_REPORT is kept aside too */
    struct delivery_envelope envelope;
    const struct rules *rules; /* by which it is judged */
    unsigned patience;         /* seconds until the message is read; after
                                  them it is RUA_LATER */
    /* Called every 20 s meanwhile, by another thread; or NULL. */
    void (*tick)(void *ctx);
    void *ctx;
};

/* Reads, stores or keeps aside a message; returns when it is durable or has
 * failed. `ret_delivery` is settled, and for delivery_done(). A worker that
 * dies of the message is RUA_LATER, and RUA_BAD when the same message comes
 * again (poison.h). */
void live_take(struct live *live, const struct live_message *message,
               struct delivery *ret_delivery);

#endif
