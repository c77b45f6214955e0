/* delivery.h - one message from its result to its verdict: what the milter, the
 * pipe and replay have in common.
 *
 *     result -> delivery_take() -> entries -> the store's commit
 *            -> delivery_settle() -> verdict and sentence -> one log line */
#ifndef RUAMILL_DELIVERY_H
#define RUAMILL_DELIVERY_H

#include "allow.h"
#include "conf.h"
#include "counters.h"
#include "entry.h"
#include "log.h"
#include "result.h"
#include "store.h"

/* Who sent a message to whom; texts are NULL when unknown, and copied. */
struct delivery_envelope {
    const char *id;          /* queue id, or the file's path */
    const char *const *ruas; /* n_ruas recipients; none: those of the header */
    size_t n_ruas;
    const char *from; /* envelope sender */
    const char *queue_id;
    int64_t received_at;
};

/* A message under way. {0} is none. */
struct delivery {
    struct rua_arena arena;
    struct delivery_envelope envelope; /* texts in the arena */
    struct rua_spool result;           /* owned */
    struct rua_entry *entries; /* in the arena, n_entries of them, or NULL */
    size_t n_entries;
    enum rua_verdict verdict; /* the worst so far */
    struct rua_err err;       /* its sentence */
    const char *rua;          /* the one it was taken for, or NULL */
    const char *domain;       /* of its first report, for the log */
    const char *org;
    const char *auth;    /* what the mail has passed, see auth.h, or NULL */
    uint64_t fresh;      /* reports that were not stored before, */
    uint64_t records;    /* and their records */
    uint64_t duplicates; /* reports that were */
};

/* What deliveries are judged by. Borrowed. */
struct delivery_desk {
    const struct rua_allow *allow;
    struct rua_entry_maker *maker;
    enum conf_auth require_auth; /* of mails; a report file is none */
    const char *own_names;       /* for the sentence: whose word counts */
    /* The store in which a RUA may bring so many new policy domains a day that
     * the allowlist does not name; NULL, or 0: any number. */
    struct rua_store *store;
    uint64_t max_new_domains;
};

void delivery_begin(struct delivery *delivery,
                    const struct delivery_envelope *envelope);

/* Reads and checks the result, finds the RUA on the allowlist, and makes an
 * entry of each report whose policy domain the RUA takes, unless the mail has
 * not passed what is required, or there are too many new policy domains.
 * `result` becomes the delivery's. */
void delivery_take(struct delivery *delivery, const struct delivery_desk *desk,
                   const struct rua_spool *result);

/* There is no result: the message has this verdict. */
void delivery_fail(struct delivery *delivery, enum rua_verdict verdict,
                   const struct rua_err *err);

/* After the commit: the verdict over the message and its sentence.
 * `commit_err` is what the store said. */
void delivery_settle(struct delivery *delivery,
                     const struct rua_err *commit_err);

/* Whether it is to be kept aside (BAD, REFUSED for its policy domain). */
bool delivery_is_aside(const struct delivery *delivery);

/* Its line in the log. */
struct log_line delivery_line(const struct delivery *delivery);

/* What is counted of it, a message of `bytes`. */
struct counters_message delivery_count(const struct delivery *delivery,
                                       enum counters_front front,
                                       uint64_t bytes);

/* Gives back what is large, the result and the entries, when the delivery is
 * settled. */
void delivery_unload(struct delivery *delivery);

void delivery_done(struct delivery *delivery);

#endif
