/* A message sits down on a seat, which has all that one message needs, and the
 * seats are as many as messages are read at a time. */
#include "live.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "host.h"
#include "keep.h"
#include "live_read.h"
#include "metrics.h"
#include "seats.h"
#include "since.h"
#include "ticker.h"

enum {
    TICK = 20000, /* milliseconds */
    SEATS_LEAST = 4,
    SEATS_MOST = 256,
    SPARE_MOST = 8,
    ROWS = 1 << 20 /* bytes of rows that a message has in memory */
};

struct live {
    struct live_plan plan;
    struct rules *first; /* by which workers and store are run */
    struct live_reader reader;
    struct rua_entry_maker *maker; /* has the headers of the tables */
    struct rua_store *store;
    struct seats *seats;
    unsigned most; /* of them */
    struct ticker *ticker;
    pthread_mutex_t mutex; /* guards `rules` */
    struct rules *rules;
    pthread_mutex_t reload; /* one at a time */
};

/* ---- open and close ---- */

static unsigned
seats_of(const struct conf *conf)
{
    unsigned n = conf->jobs ? conf->jobs : 2 * host_cores();

    if (!conf->jobs && n < SEATS_LEAST)
        n = SEATS_LEAST;
    return n > SEATS_MOST ? SEATS_MOST : n;
}

static enum rua_verdict
start_zygote(struct live *live, struct rua_err *err)
{
    const struct live_plan *plan = &live->plan;
    struct zygote_plan zygote = {
        .spare = live->most < SPARE_MOST ? live->most : SPARE_MOST,
        .alone = plan->alone,
        .worker = &live->reader.worker,
        .run = plan->run ? plan->run : worker_run,
    };

    live->reader.worker = command_worker(&live->first->conf);
    live->reader.store = live->first->conf.store;
    return zygote_start(&zygote, &live->reader.zygote, err);
}

static enum rua_verdict
open_store(struct live *live, struct rua_err *err)
{
    const struct conf *conf = &live->first->conf;
    struct rua_entry_style entry = command_style(conf);
    struct rua_store_style style;
    enum rua_verdict v = rua_entry_maker_new(&entry, NULL, &live->maker, err);

    if (v != RUA_OK)
        return v;
    style = command_store_style(conf, live->maker);
    v = rua_store_open(conf->store, &style, &live->store, err);
    if (v == RUA_OK)
        live->reader.counters = counters_open(conf->store);
    /* while a message waits for its commit, others take its seat */
    entry.memory = ROWS;
    if (v == RUA_OK)
        live->seats = seats_new(live->most, &entry, live->store);
    return v;
}

enum rua_verdict
live_open(const struct live_plan *plan, struct live **ret_live,
          struct rua_err *err)
{
    struct live *live = rua_alloc(sizeof(*live));
    enum rua_verdict v;

    *live = (struct live){.plan = *plan, .ticker = ticker_new(TICK)};
    pthread_mutex_init(&live->mutex, NULL);
    pthread_mutex_init(&live->reload, NULL);
    v = rules_read(plan->settings, &live->first, err);
    if (v == RUA_OK) {
        live->rules = rules_hold(live->first);
        live->most = plan->seats ? plan->seats : seats_of(&live->first->conf);
        v = start_zygote(live, err);
    }
    if (v == RUA_OK)
        v = open_store(live, err);
    if (v == RUA_OK)
        *ret_live = live;
    else
        live_close(live);
    return v;
}

void
live_close(struct live *live)
{
    if (!live)
        return;
    seats_free(live->seats);
    ticker_free(live->ticker);
    zygote_stop(live->reader.zygote);
    if (live->store && !live->plan.alone)
        rua_store_checkpoint(live->store, NULL);
    counters_flush(live->reader.counters, live->store);
    if (live->store)
        live_tell(live, 0);
    counters_close(live->reader.counters);
    rua_store_close(live->store);
    rua_entry_maker_free(live->maker);
    rules_drop(live->rules);
    rules_drop(live->first);
    pthread_mutex_destroy(&live->mutex);
    pthread_mutex_destroy(&live->reload);
    free(live);
}

void
live_tell(struct live *live, unsigned pause)
{
    metrics_update(&live->first->conf, live->reader.counters, pause);
}

bool
live_is_well(struct live *live)
{
    return zygote_is_well(live->reader.zygote);
}

enum rua_verdict
live_scratch(struct live *live, int *ret_fd, struct rua_err *err)
{
    return rua_store_scratch(live->store, ret_fd, err);
}

/* ---- rules ---- */

struct rules *
live_rules(struct live *live)
{
    struct rules *rules;

    pthread_mutex_lock(&live->mutex);
    rules = rules_hold(live->rules);
    pthread_mutex_unlock(&live->mutex);
    return rules;
}

enum rua_verdict
live_reload(struct live *live, struct rua_err *err)
{
    struct rules *rules, *old = NULL;
    enum rua_verdict v;

    pthread_mutex_lock(&live->reload);
    v = rules_read_again(live->plan.settings, live->first, &rules, err);
    if (v == RUA_OK) {
        pthread_mutex_lock(&live->mutex);
        old = live->rules;
        live->rules = rules;
        pthread_mutex_unlock(&live->mutex);
    }
    pthread_mutex_unlock(&live->reload);
    rules_drop(old);
    return v;
}

/* ---- taking ---- */

static void
commit(struct live *live, struct delivery *delivery)
{
    struct rua_entry **entries =
        rua_alloc((delivery->n_entries + 1) * sizeof(*entries));
    struct rua_err err = {0};

    for (size_t i = 0; i < delivery->n_entries; i++)
        entries[i] = &delivery->entries[i];
    if (delivery->n_entries)
        rua_store_commit(live->store, entries, delivery->n_entries, &err);
    free(entries);
    delivery_settle(delivery, &err);
}

static void
read_and_store(struct live *live, const struct live_message *message,
               struct delivery *delivery)
{
    const struct timespec deadline = live_after(message->patience);
    struct delivery_desk desk = {
        .allow = message->rules->allow,
        .require_auth = message->rules->conf.require_auth,
        .own_names = live->reader.worker.reading.own_names,
        .store = live->store,
        .max_new_domains = message->rules->conf.max_new_domains,
    };
    struct rua_spool result;
    struct rua_err err = {0};
    struct seat *seat;
    enum rua_verdict v = seats_take(live->seats, &deadline, &seat, &err);

    if (v != RUA_OK) {
        delivery_fail(delivery, v, &err);
        return;
    }
    desk.maker = seat->maker;
    v = live_read(&live->reader, seat, message->message, &deadline, &result,
                  &err);
    if (v == RUA_OK)
        delivery_take(delivery, &desk, &result);
    else
        delivery_fail(delivery, v, &err);
    /* others may read while this is committed, so that they share the sync */
    if (!seats_is_in_use(seat)) {
        seats_give(live->seats, seat);
        seat = NULL;
    }
    commit(live, delivery);
    delivery_unload(delivery);
    if (seat)
        seats_give(live->seats, seat);
}

static void
keep(struct live *live, const struct live_message *message,
     struct delivery *delivery)
{
    const struct rua_aside aside = {
        .message = message->message,
        .verdict = delivery->verdict,
        .sentence = delivery->err.sentence,
        .rua = delivery_line(delivery).rua,
        .sender = delivery->envelope.from,
        .when = delivery->envelope.received_at,
    };
    const struct keep_desk desk = {
        .store = live->store,
        .counters = live->reader.counters,
        .max_quarantine = message->rules->conf.max_quarantine,
    };
    struct rua_err err = {0};

    if (keep_aside(&desk, &aside, &err) != RUA_OK)
        delivery_fail(delivery, RUA_LATER, &err);
}

static void
refuse_cut(struct live *live, struct delivery *delivery)
{
    struct rua_err err = {0};

    rua_err_set(
        &err, RUA_BAD, "a message of more than max_message (%llu) bytes",
        (unsigned long long)live->reader.worker.reading.limits->max_message);
    delivery_fail(delivery, RUA_BAD, &err);
}

static void
count(struct live *live, const struct live_message *message,
      const struct delivery *delivery, const struct timespec *began)
{
    struct counters_message counted = delivery_count(
        delivery, live->plan.alone ? COUNTERS_PIPE : COUNTERS_MILTER,
        message->message->len);

    counted.microseconds = since_us(began);
    counters_add_message(live->reader.counters, &counted);
    counters_flush(live->reader.counters, live->store);
}

void
live_take(struct live *live, const struct live_message *message,
          struct delivery *ret_delivery)
{
    struct ticker_call call = {message->tick, message->ctx, 0, NULL};
    const struct timespec began = live_after(0);

    delivery_begin(ret_delivery, &message->envelope);
    ticker_begin(live->ticker, &call);
    if (message->cut)
        refuse_cut(live, ret_delivery);
    else
        read_and_store(live, message, ret_delivery);
    if (message->keeps_mail && ret_delivery->verdict == RUA_NOT_REPORT)
        keep(live, message, ret_delivery);
    if (!message->rejects_bad && delivery_is_aside(ret_delivery))
        keep(live, message, ret_delivery);
    count(live, message, ret_delivery, &began);
    ticker_end(live->ticker, &call);
}
