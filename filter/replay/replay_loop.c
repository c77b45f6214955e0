/* Messages go round a ring of tickets: given to a worker, done, taken (their
 * rows rendered), and, a load at a time, committed by a thread of its own, and
 * settled. */
#include <string.h>

#include "keep.h"
#include "log.h"
#include "replay_parts.h"

enum {
    WAITING = 8 << 20 /* bytes of results that one reads ahead of the commits */
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
        replay->reading += pool_give(replay->pool, &job);
    }
    replay->given++;
}

/* ---- take ---- */

static uint64_t
in_memory(const struct ticket *ticket)
{
    const struct rua_spool *result = &ticket->result.result;

    return rua_spool_in_memory(result) ? result->len : 0;
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

    replay->waiting -= in_memory(ticket);
    if (again)
        again->envelope(again->ctx, ticket->item.id, &envelope);
    delivery_begin(delivery, &envelope);
    replay->desk.maker = replay->filled->maker;
    if (ticket->result.verdict == RUA_OK)
        delivery_take(delivery, &replay->desk, &ticket->result.result);
    else
        delivery_fail(delivery, ticket->result.verdict, &ticket->result.err);
    load_add(replay->filled, delivery->entries, delivery->n_entries,
             ticket->result.holds_slot);
    replay->taken++;
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
        replay_begin_to_speak(replay);
        log_message(&line);
        pthread_mutex_unlock(&replay->speech);
    }
    delivery_done(delivery);
    pool_release(replay->pool, &ticket->result);
    input_item_done(&ticket->item);
}

/* What the store would say. */
static void
commit_dry(struct replay *replay, const struct load *load, struct rua_err *err)
{
    for (size_t i = 0; i < load->n; i++) {
        struct rua_entry *entry = load->entries[i];
        bool known = false;
        enum rua_verdict v = RUA_OK;
        if (replay->store)
            v = rua_store_has(replay->store, entry, &known, err);
        known |= seen_add(&replay->seen, entry->key);
        entry->verdict = known ? RUA_DUPLICATE : v;
    }
}

/* The load's tickets are the first that are not settled. */
static void
settle_all(struct replay *replay, struct load *load, const struct rua_err *err)
{
    for (unsigned i = 0; i < load->messages; i++)
        settle(replay, at(replay, replay->settled++), err);
    counters_flush(replay->counters, replay->store);
    load_empty(load);
}

/* Waits for the load that is under way. */
static void
end_commit(struct replay *replay)
{
    struct load *load = replay->under_way;
    struct rua_err err;

    if (!load)
        return;
    committer_end(replay->committer, &err);
    replay->under_way = NULL;
    settle_all(replay, load, &err);
}

/* What was filled is under way then, and the other load is filled. */
static void
begin_commit(struct replay *replay)
{
    struct load *load = replay->filled;
    struct rua_err err = {0};

    end_commit(replay);
    if (!replay->committer) {
        commit_dry(replay, load, &err);
        settle_all(replay, load, &err);
        return;
    }
    committer_begin(replay->committer, load->entries, load->n);
    replay->under_way = load;
    replay->filled = &replay->loads[load == replay->loads ? 1 : 0];
}

/* ---- the loop ---- */

/* Gives messages to the workers while both last. */
static void
give_all(struct replay *replay, const volatile bool *stop, bool *more)
{
    while (*more && !*stop &&
           replay->given - replay->settled < replay->window &&
           replay->waiting < WAITING && pool_has_room(replay->pool)) {
        *more = input_next(replay->input, &at(replay, replay->given)->item);
        if (*more)
            give(replay);
    }
}

/* The next ticket is done, and there is a load to fill. */
static bool
can_take(struct replay *replay)
{
    if (replay->filled->full &&
        (!replay->under_way || committer_is_done(replay->committer)))
        begin_commit(replay);
    return !replay->filled->full && replay->taken < replay->given &&
           at(replay, replay->taken)->done;
}

/* Waits for a message to be read. */
static bool
wait_for_worker(struct replay *replay, int timeout)
{
    struct pool_done done;
    struct ticket *ticket;

    if (!pool_wait(replay->pool, timeout, &done))
        return false;
    ticket = at(replay, done.ticket);
    ticket->result = done;
    ticket->done = true;
    replay->waiting += in_memory(ticket);
    replay->reading--;
    return true;
}

/* When several can be taken, each turn looks for one more that was read, so
 * that no worker waits long for its next one. */
static void
turn(struct replay *replay)
{
    if (can_take(replay)) {
        if (replay->given - replay->taken > 1 &&
            at(replay, replay->taken + 1)->done)
            wait_for_worker(replay, 0);
        take(replay, at(replay, replay->taken));
    } else if (wait_for_worker(replay, 1000)) {
        return;
    } else if (replay->under_way &&
               (!replay->reading || committer_is_done(replay->committer))) {
        end_commit(replay);
    } else if (!replay->under_way && !replay->reading) {
        begin_commit(replay);
    }
}

static void
show_progress(struct replay *replay)
{
    if (!replay->watch->progress)
        return;
    pthread_mutex_lock(&replay->speech);
    replay->watch->progress(replay->watch->ctx, &replay->totals);
    pthread_mutex_unlock(&replay->speech);
}

void
replay_loop(struct replay *replay, const volatile bool *stop)
{
    bool more = true;

    while ((more && !*stop) || replay->taken < replay->given) {
        give_all(replay, stop, &more);
        turn(replay);
        show_progress(replay);
    }
    begin_commit(replay);
    end_commit(replay);
}
