#include "ship_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "command.h"
#include "file.h"
#include "ship_scan.h"
#include "ship_table.h"
#include "ship_tries.h"
#include "ship_wait.h"

enum {
    SCAN_AGAIN = 3600, /* seconds after which all tables are looked at */
    HELD = 256,        /* tables whose sentence was said */
    REASON = 512,
};

volatile int ship_stopping;
volatile int ship_deaf;

struct run {
    const struct conf *conf;
    const struct conf_target *target;
    const struct ship_order *order;
    const struct ship_kind *kind;
    struct view view;
    struct view_moment moment;
    struct ship_state state;
    struct ship_target *open;
    struct ship_batch batch;
    struct ship_reader reader;
    uint64_t held[HELD]; /* inodes */
    size_t n_held;
    uint64_t packed; /* tables that were, before there was the target */
    struct ship_tries tries;
    time_t scanned;
};

static void
say(const struct run *run, const char *what, const char *why)
{
    ship_say(run->target->name, what, why);
}

static void
hold(void *ctx, uint64_t inode, const char *sentence)
{
    struct run *run = ctx;

    for (size_t i = 0; i < run->n_held; i++)
        if (run->held[i] == inode)
            return;
    if (run->n_held < HELD)
        run->held[run->n_held++] = inode;
    say(run, sentence, "");
}

/* After a try that came to `v`: false when it is the last. Else it waits, and
 * takes up what somebody may have mended meanwhile. */
static bool
goes_on(struct run *run, enum rua_verdict v, const char *why)
{
    if (!ship_tries_go_on(&run->tries, v, why))
        return false;
    if (v == RUA_REFUSED && run->kind->renew)
        run->kind->renew(run->open);
    return true;
}

/* ---- batches ---- */

/* Until it is there. Otherwise RUA_LATER or RUA_REFUSED, which has been said,
 * or RUA_NOT_REPORT when we were told to stop. */
static enum rua_verdict
send_until(struct run *run)
{
    enum rua_verdict v;

    ship_tries_begin(&run->tries);
    for (;;) {
        struct rua_err err = {0};
        v = run->kind->send(run->open, &run->batch, &err);
        if (v == RUA_OK)
            break;
        if (ship_stopping)
            return RUA_NOT_REPORT;
        if (!goes_on(run, v, err.sentence))
            return v;
        if (ship_stopping)
            return RUA_NOT_REPORT;
    }
    ship_tries_end(&run->tries);
    return v;
}

static enum rua_verdict
flush(struct run *run, struct rua_err *err)
{
    enum rua_verdict v;

    if (!run->batch.n)
        return RUA_OK;
    ship_batch_pack(&run->batch, true);
    v = ship_state_intend(&run->state, &run->batch, err);
    if (v == RUA_OK)
        v = send_until(run);
    if (v == RUA_OK)
        v = ship_state_confirm(&run->state, &run->batch, err);
    ship_batch_clear(&run->batch);
    return v;
}

/* A batch that was not confirmed goes first, as it was. Where its rows are gone
 * (a table was moved out of the store), the rest of it goes as new rows. */
static enum rua_verdict
resend(struct run *run, struct rua_err *err)
{
    struct ship_batch before = {0};
    enum rua_verdict v = ship_state_pending(&run->state, &before, err);

    for (size_t i = 0; v == RUA_OK && i < before.n; i++) {
        v = ship_read_range(&run->reader, &before.ranges[i], err);
        if (v == RUA_NOT_REPORT)
            say(run, before.ranges[i].path,
                " is not what it was when its rows were sent last; they are "
                "known by their keys");
    }
    if (v == RUA_OK && before.n)
        v = flush(run, err);
    ship_batch_clear(&run->batch);
    free(before.ranges);
    return v == RUA_NOT_REPORT && !ship_stopping ? RUA_OK : v;
}

static enum rua_verdict
visit(void *ctx, const struct view_table *table, uint64_t sent,
      struct rua_err *err)
{
    struct run *run = ctx;
    enum rua_verdict v = RUA_OK;
    bool more = true;

    (void)sent;
    while (v == RUA_OK && more) {
        if (ship_stopping)
            return RUA_NOT_REPORT;
        v = ship_read(&run->reader, table, &more, err);
        if (v == RUA_OK && ship_batch_is_full(&run->batch))
            v = flush(run, err);
    }
    return v;
}

static enum rua_verdict
visit_op(void *ctx, const struct rua_op *op, struct rua_err *err)
{
    struct run *run = ctx;
    enum rua_verdict v = ship_scan_one(
        &run->view, &run->state, ship_takes(run->target), op, visit, run, err);

    return v == RUA_NOT_REPORT ? RUA_DUPLICATE : v; /* stop */
}

/* All that there was at `began` is there; what is held is not. */
static enum rua_verdict
note_caught_up(struct run *run, time_t began, struct rua_err *err)
{
    return run->n_held ? RUA_OK : ship_state_caught_up(&run->state, began, err);
}

static enum rua_verdict
send_all(struct run *run, struct rua_err *err)
{
    time_t began = time(NULL);
    enum rua_verdict v;

    run->n_held = 0;
    view_now(&run->view, &run->moment);
    v = ship_scan(&run->view, &run->state, ship_takes(run->target), visit, run,
                  err);
    if (v == RUA_OK)
        v = flush(run, err);
    run->scanned = began;
    return v == RUA_OK ? note_caught_up(run, began, err) : v;
}

/* What came since the last time, by the journal. */
static enum rua_verdict
send_new(struct run *run, struct rua_err *err)
{
    time_t began = time(NULL);
    enum rua_verdict v;

    if (began - run->scanned >= SCAN_AGAIN)
        return send_all(run, err);
    v = view_since(&run->view, &run->moment, visit_op, run, err);
    if (v == RUA_NOT_REPORT)
        return send_all(run, err);
    if (v == RUA_OK)
        v = flush(run, err);
    return v == RUA_OK          ? note_caught_up(run, began, err)
           : v == RUA_DUPLICATE ? RUA_NOT_REPORT
                                : v;
}

static enum rua_verdict
create_until(struct run *run)
{
    ship_tries_begin(&run->tries);
    while (!ship_stopping) {
        struct rua_err err = {0};
        enum rua_verdict v = run->kind->create(run->open, &err);
        if (v == RUA_OK || (!ship_stopping && !goes_on(run, v, err.sentence)))
            return v;
    }
    return RUA_NOT_REPORT;
}

/* Once, for a target that is new: by their inodes nobody can tell afterwards
 * whether rows of these were sent. */
static enum rua_verdict
look_at_packed(struct run *run, struct rua_err *err)
{
    char text[REASON];
    enum rua_verdict v = ship_scan_packed(&run->view, ship_takes(run->target),
                                          &run->packed, err);

    snprintf(text, sizeof(text),
             "tables that are packed and stay out, since nothing was sent yet "
             "and rows are sent unpacked only: %llu; gunzip them, and they go, "
             "too",
             (unsigned long long)run->packed);
    if (v == RUA_OK && run->packed)
        say(run, text, "");
    return v;
}

static enum rua_verdict
send_what_there_is(struct run *run, struct rua_err *err)
{
    enum rua_verdict v = run->order->create ? create_until(run) : RUA_OK;

    if (v == RUA_OK && !run->state.number)
        v = look_at_packed(run, err);
    if (v == RUA_OK)
        v = resend(run, err);
    return v == RUA_OK ? send_all(run, err) : v;
}

/* A fault of the store's own disk ends it: systemd starts it anew, with its
 * state as it is on the disk. */
static enum rua_verdict
follow(struct run *run, struct rua_err *err)
{
    enum rua_verdict v = send_what_there_is(run, err);

    while (v == RUA_OK && !ship_stopping) {
        ship_rest(run->target->batch_age * 1000);
        if (!ship_stopping)
            v = send_new(run, err);
    }
    return v;
}

/* ---- beginning and end ---- */

/* Without --follow there is nothing to do without a store. */
static enum rua_verdict
open_store(struct run *run, struct rua_err *err)
{
    const char *path = run->conf->store;
    char none[RUA_SENTENCE_MAX];
    struct rua_err why = {0};
    enum rua_verdict v = view_open(path, &run->view, err);

    snprintf(none, sizeof(none), "store %s: there is none yet", path);
    while (run->order->follow && !ship_stopping &&
           (v == RUA_NOT_REPORT || (v == RUA_OK && run->view.lock < 0))) {
        if (v == RUA_OK)
            view_close(&run->view);
        ship_tries_complain(&run->tries, none);
        ship_rest(run->target->batch_age * 1000);
        v = view_open(path, &run->view, err);
    }
    if (v == RUA_NOT_REPORT && !ship_stopping)
        v = view_must_open(path, &run->view, err);
    if (v == RUA_OK && rua_file_check_root(run->view.root, &why) != RUA_OK)
        v = rua_err_set(err, RUA_REFUSED, "store %s: %s", path, why.sentence);
    return v;
}

static uint64_t
most_rows(const struct run *run)
{
    uint64_t kind = run->kind->most_rows, wanted = run->target->batch_rows;

    return kind && kind < wanted ? kind : wanted;
}

static enum rua_verdict
begin(struct run *run, struct rua_err *err)
{
    enum rua_verdict v = open_store(run, err);

    run->tries.said[0] = '\0';
    if (v == RUA_OK)
        v = ship_state_open(run->view.root, run->target->name, &run->state,
                            err);
    if (v == RUA_OK)
        v = command_enter_prison(run->conf, NULL, err);
    if (v == RUA_OK)
        v = run->kind->open(run->target, &run->view, run->state.shipper,
                            &run->open, err);
    ship_batch_init(&run->batch, run->kind->packs, most_rows(run),
                    run->target->batch_size);
    run->reader = (struct ship_reader){
        .view = &run->view,
        .state = &run->state,
        .kind = run->kind,
        .target = run->open,
        .batch = &run->batch,
        .guard = run->conf->formula_guard,
        .hold = hold,
        .ctx = run,
    };
    ship_reader_init(&run->reader);
    return v;
}

static void
end(struct run *run)
{
    if (run->open)
        run->kind->close(run->open);
    ship_reader_done(&run->reader);
    ship_batch_done(&run->batch);
    ship_state_close(&run->state);
    view_close(&run->view);
}

/* Before there is anything to send, a refusal is not the target's. */
static int
status_of(const struct run *run, enum rua_verdict v, bool begun)
{
    if (ship_stopping && (v == RUA_OK || v == RUA_NOT_REPORT))
        return EX_OK;
    if (v == RUA_OK)
        return run->n_held || run->packed ? EX_DATAERR : EX_OK;
    if (v == RUA_REFUSED)
        return begun ? EX_UNAVAILABLE : EX_CONFIG;
    return v == RUA_NOT_REPORT ? EX_NOINPUT : EX_TEMPFAIL;
}

int
ship_run(const struct conf *conf, const struct conf_target *target,
         const struct ship_order *order)
{
    struct run run = {
        .conf = conf,
        .target = target,
        .order = order,
        .kind = ship_kind(target),
        .tries = {.target = target->name, .follow = order->follow},
        .view = {          .root = -1,            .lock = -1                       },
        .state = { .lock = -1,           .fd = -1,                                  .batch = -1}
    };
    struct rua_err err = {0};
    enum rua_verdict v = begin(&run, &err);
    bool begun = v == RUA_OK;

    if (begun)
        v = order->follow ? follow(&run, &err) : send_what_there_is(&run, &err);
    if (err.sentence[0])
        say(&run, err.sentence, "");
    end(&run);
    return status_of(&run, v, begun);
}
