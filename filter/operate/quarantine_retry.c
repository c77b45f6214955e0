/* What is stored now is noted in the quarantine's table, by a row of its own,
 * and only when all of these rows are on the disk do the messages go. Whatever
 * comes between, the next run finds the report stored, and does the rest. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "allow_cache.h"
#include "aside.h"
#include "command.h"
#include "host.h"
#include "keep.h"
#include "log.h"
#include "prune.h"
#include "quarantine.h"
#include "replay.h"

enum {
    BATCH = 256, /* rows that share a sync */
    PATH = 4096,
};

static volatile bool stopped;
static volatile sig_atomic_t never; /* what has been noted goes all the same */

static void
on_signal(int number)
{
    (void)number;
    stopped = true;
}

/* A message that is stored, and has no row that says so. */
struct stored {
    const struct kept *kept;
    enum rua_verdict verdict;
    const char *sentence, *rua; /* in the arena */
};

struct retry {
    const struct view *view;
    struct kept_list list;      /* what is there */
    const struct kept **chosen; /* n_chosen of it, by file */
    size_t n_chosen;
    char **paths; /* of those that are to be read; NULL behind them */
    size_t n_paths;
    struct rua_arena arena;
    struct stored *stored; /* room for all that are read */
    size_t n_stored;
    struct view_names gone; /* paths below the store */
    bool verbose;
};

/* ---- which ---- */

static int
compare_kept(const void *a, const void *b)
{
    return strcmp((*(const struct kept *const *)a)->file,
                  (*(const struct kept *const *)b)->file);
}

static enum rua_verdict
choose(struct retry *retry, char **names, struct rua_err *err)
{
    size_t n = 0, room = retry->list.n + 1;
    enum rua_verdict v = RUA_OK;

    for (char **name = names; *name; name++)
        room++;
    retry->chosen = rua_alloc(room * sizeof(*retry->chosen));
    for (; v == RUA_OK && *names; names++)
        v = kept_find(&retry->list, *names, &retry->chosen[n++], err);
    if (n == 0)
        for (; n < retry->list.n; n++)
            retry->chosen[n] = &retry->list.kept[n];
    if (v == RUA_OK && n)
        qsort(retry->chosen, n, sizeof(*retry->chosen), compare_kept);
    for (size_t i = 0; v == RUA_OK && i < n; i++)
        if (i == 0 || retry->chosen[i] != retry->chosen[i - 1])
            retry->chosen[retry->n_chosen++] = retry->chosen[i];
    return v;
}

static void
add_gone(struct retry *retry, const struct kept *kept)
{
    char path[512];

    snprintf(path, sizeof(path), RUA_FOLDER_QUARANTINE "/%s", kept->file);
    view_names_add(&retry->gone, path);
}

/* One that was stored, and whose process died then, has only to go. */
static void
list_paths(struct retry *retry, const char *store)
{
    size_t n = retry->n_chosen;

    retry->paths = rua_alloc((n + 1) * sizeof(*retry->paths));
    retry->stored = rua_alloc((n + 1) * sizeof(*retry->stored));
    for (size_t i = 0; i < n; i++) {
        const struct kept *kept = retry->chosen[i];
        char path[PATH];
        if (kept->state == KEPT_STORED) {
            add_gone(retry, kept);
            continue;
        }
        snprintf(path, sizeof(path), "%s/" RUA_FOLDER_QUARANTINE "/%s", store,
                 kept->file);
        retry->paths[retry->n_paths++] =
            rua_arena_text(&retry->arena, rua_span_text(path));
    }
    retry->paths[retry->n_paths] = NULL;
}

static const struct kept *
find(const struct retry *retry, const char *id)
{
    const char *file = id + strlen(id);
    struct kept wanted, *const key = &wanted;
    const struct kept *const *found;

    for (int slashes = 0; file > id && slashes < 3; file--)
        slashes += file[-1] == '/';
    wanted.file = file + 1;
    found = bsearch(&key, retry->chosen, retry->n_chosen,
                    sizeof(*retry->chosen), compare_kept);
    return found ? *found : NULL;
}

/* ---- replay_again ---- */

static void
tell_envelope(void *ctx, const char *id, struct delivery_envelope *envelope)
{
    const struct kept *kept = find(ctx, id);

    if (!kept)
        return;
    envelope->received_at = kept->when;
    envelope->from = kept->sender;
    if (!kept->rua)
        return;
    envelope->ruas = &kept->rua;
    envelope->n_ruas = 1;
}

static void
note_stored(void *ctx, const struct delivery *delivery)
{
    struct retry *retry = ctx;
    const struct kept *kept = find(retry, delivery->envelope.id);

    if (!kept || delivery->verdict > RUA_DUPLICATE)
        return;
    retry->stored[retry->n_stored++] = (struct stored){
        .kept = kept,
        .verdict = delivery->verdict,
        .sentence = rua_arena_text(&retry->arena,
                                   rua_span_text(delivery->err.sentence)),
        .rua = delivery->rua
                   ? rua_arena_text(&retry->arena, rua_span_text(delivery->rua))
                   : NULL,
    };
}

static enum rua_verdict
add_rows(struct retry *retry, struct rua_store *store, size_t from, size_t to,
         struct rua_err *err)
{
    struct rua_entry *entries = rua_alloc(BATCH * sizeof(*entries));
    struct rua_entry *batch[BATCH];
    int64_t now = (int64_t)time(NULL);
    enum rua_verdict v;

    for (size_t i = from; i < to; i++) {
        const struct stored *stored = &retry->stored[i];
        const struct rua_aside row = {.verdict = stored->verdict,
                                      .sentence = stored->sentence,
                                      .rua = stored->rua,
                                      .sender = stored->kept->sender,
                                      .when = now};
        batch[i - from] = &entries[i - from];
        rua_aside_settle(&row, stored->kept->file, &entries[i - from]);
    }
    v = rua_store_commit(store, batch, to - from, err);
    for (size_t i = to - from; i-- > 0;)
        rua_entry_done(&entries[i]);
    free(entries);
    return v;
}

static enum rua_verdict
finish(void *ctx, struct rua_store *store, struct rua_err *err)
{
    struct retry *retry = ctx;
    struct prune prune = {.store = store,
                          .view = retry->view,
                          .stop = &never,
                          .only = &retry->gone};
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < retry->n_stored; i += BATCH)
        v = add_rows(retry, store, i,
                     i + BATCH < retry->n_stored ? i + BATCH : retry->n_stored,
                     err);
    for (size_t i = 0; i < retry->n_stored; i++)
        add_gone(retry, retry->stored[i].kept);
    if (v != RUA_OK || !retry->gone.n)
        return v;
    view_names_sort(&retry->gone);
    v = prune_begin(&prune, err);
    if (v == RUA_OK)
        v = prune_quarantine(&prune, err);
    keep_recount(retry->view->path, retry->view->root);
    return v;
}

/* ---- run ---- */

static void
print_totals(const struct replay_totals *totals, uint64_t left)
{
    const uint64_t *by = totals->by_verdict;

    printf("retried %llu stored %llu duplicate %llu still kept aside %llu "
           "later %llu\n",
           (unsigned long long)(totals->messages + left),
           (unsigned long long)by[RUA_OK],
           (unsigned long long)(by[RUA_DUPLICATE] + left),
           (unsigned long long)(by[RUA_NOT_REPORT] + by[RUA_BAD] +
                                by[RUA_REFUSED]),
           (unsigned long long)by[RUA_LATER]);
}

static enum rua_verdict
replay(struct retry *retry, const struct conf *conf,
       const struct rua_allow *allow, struct replay_totals *ret_totals,
       struct rua_err *err)
{
    const struct replay_again again = {
        .envelope = tell_envelope,
        .settled = note_stored,
        .end = finish,
        .ctx = retry,
    };
    const struct replay_options options = {
        .conf = conf,
        .jobs = command_workers(conf),
        .again = &again,
        .verbose = retry->verbose,
    };
    const struct replay_watch watch = {0};

    return replay_run(&options, allow, retry->paths, retry->n_paths, &stopped,
                      &watch, ret_totals, err);
}

/* What a process left in the journal is not in the table for sure, and would
 * not be found. */
static enum rua_verdict
recover(const struct conf *conf, struct rua_err *err)
{
    struct rua_store *store = NULL;
    enum rua_verdict v = command_open_store(conf, &store, err);

    if (v == RUA_OK)
        v = rua_store_enter(store, err);
    if (v == RUA_OK)
        rua_store_leave(store);
    command_close_store(store, err);
    return v;
}

static int
retry_all(struct retry *retry, const struct conf *conf,
          const struct rua_allow *allow, char **names)
{
    struct replay_totals totals = {0};
    struct rua_err err = {0};
    int lock = -1;
    enum rua_verdict v = prune_lock(retry->view, &lock, &err);

    if (v == RUA_OK)
        v = recover(conf, &err);
    if (v == RUA_OK)
        v = kept_read(retry->view, false, &retry->list, &err);
    if (v == RUA_OK)
        v = choose(retry, names, &err);
    if (v == RUA_OK && retry->n_chosen) {
        list_paths(retry, conf->store);
        v = replay(retry, conf, allow, &totals, &err);
    }
    if (lock >= 0)
        close(lock);
    if (v != RUA_OK)
        command_say(&err);
    else
        print_totals(&totals, retry->gone.n - retry->n_stored);
    if (v == RUA_OK && stopped)
        log_error("stopped before the end; run the same command again");
    return v == RUA_NOT_REPORT ? EX_NOINPUT
           : v != RUA_OK || stopped || totals.by_verdict[RUA_LATER]
               ? EX_TEMPFAIL
               : EX_OK;
}

static enum rua_verdict
prepare(const struct quarantine_request *request, struct conf *conf,
        struct rua_allow **ret_allow, struct rua_err *err)
{
    if (!conf->allow)
        return rua_err_set(err, RUA_LATER,
                           "quarantine retry: allow is not set: which RUA "
                           "takes which policy domains");
    if (request->jobs)
        conf->jobs = request->n_jobs;
    if (!conf->authserv_id)
        conf->authserv_id = host_name();
    return allow_cache_load(conf, ret_allow, err);
}

int
quarantine_retry(const struct quarantine_request *request, struct conf *conf,
                 const struct view *view, char **names)
{
    /* a second Ctrl-C does not wait for what is under way */
    const struct sigaction action = {.sa_handler = on_signal,
                                     .sa_flags = (int)SA_RESETHAND};
    struct retry retry = {.view = view, .verbose = request->verbose};
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};
    int status;

    if (prepare(request, conf, &allow, &err) != RUA_OK) {
        command_say(&err);
        return EX_CONFIG;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    status = retry_all(&retry, conf, allow, names);
    free(retry.chosen);
    free(retry.paths);
    free(retry.stored);
    view_names_done(&retry.gone);
    rua_arena_done(&retry.arena);
    kept_done(&retry.list);
    rua_allow_free(allow);
    return status;
}
