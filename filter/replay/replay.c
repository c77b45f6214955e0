#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "host.h"
#include "log.h"
#include "mend.h"
#include "metrics.h"
#include "replay_parts.h"
#include "scratch.h"
#include "since.h"

enum {
    LEAST = 8 /* messages under way */
};

void
replay_begin_to_speak(struct replay *replay)
{
    pthread_mutex_lock(&replay->speech);
    if (replay->watch->clear)
        replay->watch->clear(replay->watch->ctx);
}

/* What an administrator should look at, though nothing failed. */
static void
say_notice(void *ctx, const char *sentence)
{
    struct replay *replay = ctx;
    char told[MENDED];

    replay_begin_to_speak(replay);
    log_error(mended(sentence, told));
    pthread_mutex_unlock(&replay->speech);
}

static enum rua_verdict
open_store(struct replay *replay, struct rua_err *err)
{
    const struct conf *conf = replay->options->conf;
    struct rua_store_style style =
        command_store_style(conf, replay->loads[0].maker);
    enum rua_verdict v;

    style.notice = (struct rua_notice){say_notice, replay};
    if (!replay->options->dry_run)
        return rua_store_open(conf->store, &style, &replay->store, err);
    v = rua_store_open_to_read(conf->store, &replay->store, err);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

/* A message that is under way keeps its file open, and so do folders and tables
 * of a commit (plan.h, place.h), and the workers' slots. */
static enum rua_verdict
size_window(struct replay *replay, struct rua_err *err)
{
    rlim_t others = 64 + 4 * (rlim_t)replay->options->jobs, files, most;
    enum rua_verdict v = host_raise_files(&files, err);

    if (v != RUA_OK)
        return v;
    most = files / 2 > others ? files / 2 - others : 0;
    replay->window = most < LEAST ? LEAST : most > RING ? RING : (unsigned)most;
    return RUA_OK;
}

/* Opens what is used at random: `ctx` is that of open_scratch(). */
static enum rua_verdict
open_files(struct replay *replay,
           enum rua_verdict (*open_scratch)(void *ctx, int *ret_fd,
                                            struct rua_err *err),
           void *ctx, struct rua_err *err)
{
    enum rua_verdict v = pool_open(replay->options->jobs, &replay->worker,
                                   open_scratch, ctx, &replay->pool, err);
    int spare;

    for (size_t i = 0; v == RUA_OK && i < 2; i++)
        v = open_scratch(ctx, &replay->loads[i].scratch.fd, err);
    if (v == RUA_OK)
        v = open_scratch(ctx, &spare, err);
    if (v == RUA_OK)
        input_give_spare(replay->input, spare);
    return v;
}

/* Commits by a thread from now on. */
static enum rua_verdict
start_committer(struct replay *replay, struct rua_err *err)
{
    enum rua_verdict v =
        committer_start(replay->store, &replay->committer, err);

    if (v == RUA_OK)
        pool_wake_by(replay->pool, committer_fd(replay->committer));
    return v;
}

static enum rua_verdict
begin(struct replay *replay, char *const *paths, size_t n, struct rua_err *err)
{
    const struct conf *conf = replay->options->conf;
    const struct rua_entry_style style = command_style(conf);
    bool dry = replay->options->dry_run;
    enum rua_verdict (*open_scratch)(void *, int *, struct rua_err *) =
        dry ? scratch_open_beside : scratch_open_in_store;
    enum rua_verdict v;

    v = input_open(paths, n, -1, &replay->input, err);
    if (v == RUA_OK && replay->options->again)
        input_take_whole(replay->input);
    for (size_t i = 0; v == RUA_OK && i < 2; i++)
        v = load_init(&replay->loads[i], &style, err);
    if (v == RUA_OK)
        v = size_window(replay, err);
    if (v == RUA_OK)
        v = open_store(replay, err);
    if (v != RUA_OK)
        return v;
    replay->worker = command_worker(conf);
    v = open_files(replay, open_scratch,
                   dry ? (void *)conf->store : (void *)replay->store, err);
    if (v == RUA_OK)
        v = command_enter_prison(conf, NULL, err);
    clock_gettime(CLOCK_MONOTONIC, &replay->began);
    if (v == RUA_OK && !dry) {
        replay->counters = counters_open(conf->store);
        v = start_committer(replay, err);
    }
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
    replay->loads[0].scratch.fd = replay->loads[1].scratch.fd = -1;
    replay->filled = replay->loads;
    pthread_mutex_init(&replay->speech, NULL);
    v = begin(replay, paths, n, err);
    if (v == RUA_OK)
        replay_loop(replay, stop);
    if (v == RUA_OK && options->again)
        v = options->again->end(options->again->ctx, replay->store, err);
    if (replay->counters)
        tell(replay);
    *ret_totals = replay->totals;
    committer_stop(replay->committer);
    input_close(replay->input);
    pool_close(replay->pool);
    counters_close(replay->counters);
    rua_store_close(replay->store);
    seen_done(&replay->seen);
    for (size_t i = 0; i < 2; i++)
        load_done(&replay->loads[i]);
    pthread_mutex_destroy(&replay->speech);
    free(replay);
    return v;
}
