/* Messages go round a ring of tickets: given to a worker, done, taken (their
 * rows rendered), and, a batch at a time, committed and settled. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "keep.h"
#include "log.h"
#include "metrics.h"
#include "pool.h"
#include "scratch.h"
#include "seen.h"
#include "since.h"

enum {
    RING = 512,
    BATCH = 256,           /* reports of one commit, */
    BATCH_BYTES = 8 << 20, /* or bytes */
};

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
    struct rua_scratch scratch; /* for rows */
    struct delivery_desk desk;
    struct replay_totals totals;
    const struct replay_watch *watch;
    struct seen seen;          /* in a dry run */
    struct counters *counters; /* not in a dry run */
    struct timespec began;

    struct ticket ring[RING];
    uint64_t given, taken, settled; /* tickets so far */
    struct rua_entry **batch;       /* entries of the tickets taken */
    size_t n_batch, room;
    uint64_t batch_bytes;
    bool full; /* commit before anything else is taken */
};

static struct ticket *
at(struct replay *replay, uint64_t ticket)
{
    return &replay->ring[ticket % RING];
}

/* ---- give ---- */

static void
give(struct replay *replay)
{
    struct ticket *ticket = at(replay, replay->given);
    const struct input_item *item = &ticket->item;
    struct pool_job job = {
        .fd = item->fd,
        .offset = item->offset,
        .len = item->len,
        .input = RUA_INPUT_ANY,
        .name = item->name,
        .ticket = replay->given,
    };

    ticket->done = false;
    if (item->err.sentence[0]) {
        ticket->done = true;
        ticket->result = (struct pool_done){
            .verdict = RUA_LATER, .err = item->err, .result = {.fd = -1}};
    } else {
        pool_give(replay->pool, &job);
    }
    replay->given++;
}

/* ---- take ---- */

static void
add_to_batch(struct replay *replay, struct rua_entry *entry)
{
    if (replay->n_batch == replay->room) {
        replay->room = replay->room ? replay->room * 2 : BATCH;
        replay->batch =
            rua_realloc(replay->batch, replay->room * sizeof(*replay->batch));
    }
    replay->batch[replay->n_batch++] = entry;
    replay->batch_bytes +=
        entry->records.len + entry->report.len + entry->part_len;
}

static void
take(struct replay *replay, struct ticket *ticket)
{
    struct delivery *delivery = &ticket->delivery;
    const struct replay_again *again = replay->options->again;
    struct delivery_envelope envelope = {
        .id = ticket->item.id,
        .ruas = &replay->options->to,
        .n_ruas = replay->options->to != NULL,
        .received_at = (int64_t)time(NULL),
    };

    if (again)
        again->envelope(again->ctx, ticket->item.id, &envelope);
    delivery_begin(delivery, &envelope);
    if (ticket->result.verdict == RUA_OK)
        delivery_take(delivery, &replay->desk, &ticket->result.result);
    else
        delivery_fail(delivery, ticket->result.verdict, &ticket->result.err);
    for (size_t i = 0; i < delivery->n_entries; i++)
        add_to_batch(replay, &delivery->entries[i]);
    replay->taken++;
    replay->full = ticket->result.holds_slot || replay->n_batch >= BATCH ||
                   replay->batch_bytes >= BATCH_BYTES ||
                   replay->taken - replay->settled >= RING / 2;
}

/* ---- commit and settle ---- */

static void
keep(struct replay *replay, struct ticket *ticket)
{
    struct delivery *delivery = &ticket->delivery;
    struct rua_spool message;
    struct rua_aside aside = {
        .message = &message,
        .verdict = delivery->verdict,
        .sentence = delivery->err.sentence,
        .rua = delivery->rua,
        .sender = delivery->envelope.from,
        .when = delivery->envelope.received_at,
    };
    const struct keep_desk desk = {
        .store = replay->store,
        .counters = replay->counters,
        .max_quarantine = replay->options->conf->max_quarantine,
    };
    struct rua_err err = {0};

    rua_spool_open(&message, ticket->item.fd, ticket->item.offset,
                   ticket->item.len);
    if (keep_aside(&desk, &aside, &err) != RUA_OK)
        delivery_fail(delivery, RUA_LATER, &err);
    rua_spool_done(&message);
}

static void
settle(struct replay *replay, struct ticket *ticket,
       const struct rua_err *commit_err)
{
    struct delivery *delivery = &ticket->delivery;
    struct replay_totals *totals = &replay->totals;
    const struct replay_again *again = replay->options->again;
    struct counters_message count;
    struct log_line line;

    delivery_settle(delivery, commit_err);
    if (again)
        again->settled(again->ctx, delivery);
    else if (delivery_is_aside(delivery) && !replay->options->dry_run)
        keep(replay, ticket);
    count = delivery_count(delivery, COUNTERS_REPLAY, ticket->item.len);
    counters_add_message(replay->counters, &count);
    totals->messages++;
    totals->by_verdict[delivery->verdict]++;
    totals->records += delivery->records;
    totals->duplicates += delivery->duplicates;
    totals->fresh += delivery->fresh;
    line = delivery_line(delivery);
    if (replay->options->verbose || delivery->verdict > RUA_DUPLICATE) {
        if (replay->watch->clear)
            replay->watch->clear(replay->watch->ctx);
        log_message(&line);
    }
    delivery_done(delivery);
    pool_release(replay->pool, &ticket->result);
    input_item_done(&ticket->item);
}

/* What the store would say. */
static void
commit_dry(struct replay *replay, struct rua_err *err)
{
    for (size_t i = 0; i < replay->n_batch; i++) {
        struct rua_entry *entry = replay->batch[i];
        bool known = false;
        enum rua_verdict v = RUA_OK;
        if (replay->store)
            v = rua_store_has(replay->store, entry, &known, err);
        known |= seen_add(&replay->seen, entry->key);
        entry->verdict = known ? RUA_DUPLICATE : v;
    }
}

static void
commit(struct replay *replay)
{
    struct rua_err err = {0};

    if (replay->options->dry_run)
        commit_dry(replay, &err);
    else if (replay->n_batch)
        rua_store_commit(replay->store, replay->batch, replay->n_batch, &err);
    for (; replay->settled < replay->taken; replay->settled++)
        settle(replay, at(replay, replay->settled), &err);
    counters_flush(replay->counters, replay->store);
    replay->n_batch = 0;
    replay->batch_bytes = 0;
    replay->full = false;
    if (replay->scratch.fd >= 0 && ftruncate(replay->scratch.fd, 0) == 0)
        replay->scratch.top = 0;
}

/* ---- the loop ---- */

/* Gives messages to the workers while both last. */
static void
give_all(struct replay *replay, const volatile bool *stop, bool *more)
{
    while (*more && !*stop && replay->given - replay->settled < RING &&
           pool_has_room(replay->pool)) {
        *more = input_next(replay->input, &at(replay, replay->given)->item);
        if (*more)
            give(replay);
    }
}

static void
take_all(struct replay *replay)
{
    while (replay->taken < replay->given && at(replay, replay->taken)->done) {
        take(replay, at(replay, replay->taken));
        if (replay->full)
            commit(replay);
    }
}

static void
loop(struct replay *replay, const volatile bool *stop)
{
    bool more = true;

    while ((more && !*stop) || replay->taken < replay->given) {
        struct pool_done done;
        give_all(replay, stop, &more);
        take_all(replay);
        if (replay->taken < replay->given &&
            pool_wait(replay->pool, 1000, &done)) {
            struct ticket *ticket = at(replay, done.ticket);
            ticket->result = done;
            ticket->done = true;
            take_all(replay);
        } else if (replay->given - replay->settled >= RING) {
            commit(replay);
        }
        if (replay->watch->progress)
            replay->watch->progress(replay->watch->ctx, &replay->totals);
    }
    commit(replay);
}

/* ---- begin and end ---- */

/* What an administrator should look at, though nothing failed. */
static void
say_notice(void *ctx, const char *sentence)
{
    const struct replay *replay = ctx;

    if (replay->watch->clear)
        replay->watch->clear(replay->watch->ctx);
    log_error(sentence);
}

static enum rua_verdict
open_store(struct replay *replay, struct rua_err *err)
{
    const struct conf *conf = replay->options->conf;
    struct rua_store_style style =
        command_store_style(conf, replay->desk.maker);
    enum rua_verdict v;

    style.notice = (struct rua_notice){say_notice, replay};
    if (!replay->options->dry_run)
        return rua_store_open(conf->store, &style, &replay->store, err);
    v = rua_store_open_to_read(conf->store, &replay->store, err);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

static enum rua_verdict
begin(struct replay *replay, char *const *paths, size_t n, struct rua_err *err)
{
    const struct conf *conf = replay->options->conf;
    const struct rua_entry_style style = command_style(conf);
    bool dry = replay->options->dry_run;
    enum rua_verdict (*open_scratch)(void *, int *, struct rua_err *) =
        dry ? scratch_open_beside : scratch_open_in_store;
    void *ctx;
    int spare;
    enum rua_verdict v;

    v = input_open(paths, n, -1, &replay->input, err);
    if (v == RUA_OK && replay->options->again)
        input_take_whole(replay->input);
    if (v == RUA_OK)
        v = rua_entry_maker_new(&style, &replay->scratch, &replay->desk.maker,
                                err);
    if (v == RUA_OK)
        v = open_store(replay, err);
    if (v != RUA_OK)
        return v;
    replay->worker = command_worker(conf);
    ctx = dry ? (void *)conf->store : (void *)replay->store;
    v = pool_open(replay->options->jobs, &replay->worker, open_scratch, ctx,
                  &replay->pool, err);
    if (v == RUA_OK)
        v = open_scratch(ctx, &replay->scratch.fd, err);
    if (v == RUA_OK)
        v = open_scratch(ctx, &spare, err);
    if (v == RUA_OK)
        input_give_spare(replay->input, spare);
    if (v == RUA_OK)
        v = command_enter_prison(conf, NULL, err);
    clock_gettime(CLOCK_MONOTONIC, &replay->began);
    if (v == RUA_OK && !dry)
        replay->counters = counters_open(conf->store);
    return v;
}

static void
tell(const struct replay *replay)
{
    counters_add_time(replay->counters, COUNTERS_REPLAY,
                      since_us(&replay->began));
    counters_add_deaths(replay->counters, pool_deaths(replay->pool));
    counters_flush(replay->counters, replay->store);
    metrics_update(replay->options->conf, replay->counters, 0);
}

enum rua_verdict
replay_run(const struct replay_options *options, const struct rua_allow *allow,
           char *const *paths, size_t n, const volatile bool *stop,
           const struct replay_watch *watch, struct replay_totals *ret_totals,
           struct rua_err *err)
{
    struct replay *replay = rua_alloc(sizeof(*replay));
    enum rua_verdict v;

    memset(replay, 0, sizeof(*replay));
    replay->options = options;
    replay->watch = watch;
    replay->desk.allow = allow;
    replay->desk.require_auth = options->conf->require_auth;
    replay->desk.own_names = options->conf->authserv_id;
    replay->scratch.fd = -1;
    v = begin(replay, paths, n, err);
    if (v == RUA_OK)
        loop(replay, stop);
    if (v == RUA_OK && options->again)
        v = options->again->end(options->again->ctx, replay->store, err);
    if (replay->counters)
        tell(replay);
    *ret_totals = replay->totals;
    input_close(replay->input);
    pool_close(replay->pool);
    counters_close(replay->counters);
    rua_store_close(replay->store);
    seen_done(&replay->seen);
    rua_entry_maker_free(replay->desk.maker);
    if (replay->scratch.fd >= 0)
        close(replay->scratch.fd);
    free(replay->batch);
    free(replay);
    return v;
}
