#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "file.h"
#include "group.h"
#include "journal.h"
#include "known.h"
#include "plan.h"

#define SPOOL ".spool"
#define LOCK  ".spool/lock"

enum {
    LOCK_WAIT = 60000,       /* milliseconds */
    FULL = 32 * 1024 * 1024, /* bytes of the journal: a checkpoint is due, */
    MUCH = 1024 * 1024,      /* or worth the while at the end */
};

struct rua_store {
    struct rua_store_style style;
    char *path;
    int root, spool, lock;
    struct rua_group *group; /* guards what follows */
    struct rua_journal journal;
    struct rua_redo redo;
};

/* ---- open and close ---- */

static struct rua_store *
new_store(const char *path)
{
    struct rua_store *store = rua_alloc(sizeof(*store));
    size_t size = strlen(path) + 1;

    *store = (struct rua_store){
        .root = -1, .spool = -1, .lock = -1, .journal = {.fd = -1}};
    store->path = memcpy(rua_alloc(size), path, size);
    store->group = rua_group_new();
    return store;
}

/* Names in sentences are below the store: says which one that is. */
static enum rua_verdict
say(const struct rua_store *store, enum rua_verdict verdict,
    const struct rua_err *why, struct rua_err *err)
{
    return verdict == RUA_OK ? verdict
                             : rua_err_set(err, verdict, "store %s: %s",
                                           store->path, why->sentence);
}

static enum rua_verdict
check_file_system(const struct rua_store *store, struct rua_err *err)
{
    const char *network = NULL;
    enum rua_verdict v = rua_file_network(store->root, &network, err);

    if (v == RUA_OK && network && !store->style.allow_network_fs)
        v = rua_err_set(err, RUA_LATER,
                        "is on a network file system (%s), where crashes and "
                        "other hosts are not provided for; "
                        "allow_network_fs = yes takes the risk",
                        network);
    return v;
}

static enum rua_verdict
open_spool(struct rua_store *store, struct rua_err *err)
{
    enum rua_verdict v = rua_file_make_folders(store->root, SPOOL, err);
    size_t there;

    if (v == RUA_OK)
        v = rua_file_check_folders(store->root, SPOOL, &there, err);
    if (v == RUA_OK)
        v = rua_file_open(store->root, SPOOL, O_RDONLY | O_DIRECTORY,
                          &store->spool, err);
    if (v == RUA_OK)
        v = rua_file_open(store->root, LOCK, O_RDWR | O_CREAT, &store->lock,
                          err);
    return v;
}

static enum rua_verdict finish_left(struct rua_store *store,
                                    struct rua_err *err);

static void
notice(const struct rua_store *store, const struct rua_err *why)
{
    if (store->style.notice.say)
        store->style.notice.say(store->style.notice.ctx, why->sentence);
}

/* For those who only look, and have no lock. Whoever has it does this anyway; a
 * failure is no reason to refuse. */
static void
recover(struct rua_store *store)
{
    struct rua_err why = {0};

    if (rua_file_lock(store->lock, LOCK, 0, NULL) != RUA_OK)
        return;
    if (finish_left(store, &why) == RUA_OK)
        rua_file_unlock(store->lock);
    else
        notice(store, &why);
}

enum rua_verdict
rua_store_open(const char *path, const struct rua_store_style *style,
               struct rua_store **ret_store, struct rua_err *err)
{
    struct rua_store *store = new_store(path);
    struct rua_err why = {0};
    enum rua_verdict v;

    store->style = *style;
    v = rua_file_open_root(path, true, &store->root, err);
    if (v == RUA_OK)
        v = rua_file_check_root(store->root, &why);
    if (v == RUA_OK)
        v = check_file_system(store, &why);
    if (v == RUA_OK)
        v = open_spool(store, &why);
    if (v == RUA_OK)
        v = rua_journal_open(&store->journal, store->root, store->lock, &why);
    rua_redo_init(&store->redo, store->root, store->lock, style->lease_wait,
                  &style->notice);
    say(store, v, &why, err);
    if (v == RUA_OK)
        recover(store);
    if (v == RUA_OK)
        *ret_store = store;
    else
        rua_store_close(store);
    return v;
}

enum rua_verdict
rua_store_open_to_read(const char *path, struct rua_store **ret_store,
                       struct rua_err *err)
{
    struct rua_store *store = new_store(path);
    enum rua_verdict v = rua_file_open_root(path, false, &store->root, err);
    bool missing = v != RUA_OK && errno == ENOENT;

    if (v == RUA_OK) {
        *ret_store = store;
        return v;
    }
    rua_store_close(store);
    if (!missing)
        return v;
    rua_err_clear(err);
    return RUA_NOT_REPORT;
}

static void
close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

enum rua_verdict
rua_store_scratch(struct rua_store *store, int *ret_fd, struct rua_err *err)
{
    return rua_file_open_unlinked(store->spool, ret_fd, err);
}

enum rua_verdict
rua_store_has(struct rua_store *store, const struct rua_entry *entry,
              bool *ret_has, struct rua_err *err)
{
    struct rua_places places;
    enum rua_verdict v;

    rua_places_init(&places, store->root);
    places.unchecked = true;
    v = rua_known(&places, entry, ret_has, err);
    rua_places_done(&places);
    return v;
}

enum rua_verdict
rua_store_has_folder(struct rua_store *store, const char *domain, bool *ret_has,
                     struct rua_err *err)
{
    return rua_file_folder_exists(store->root, domain, ret_has, err);
}

const char *
rua_store_path(const struct rua_store *store)
{
    return store->path;
}

/* ---- under the lock ---- */

static enum rua_verdict
redo_entry(void *ctx, const struct rua_op *ops, size_t n, struct rua_err *err)
{
    struct rua_store *store = ctx;
    enum rua_verdict v = rua_redo_entry(&store->redo, ops, n, true, err);

    store->journal.failed |= store->redo.failed;
    store->journal.made_again = store->redo.made_again;
    store->journal.anew = store->journal.anew || store->redo.made_again;
    return v;
}

/* What a process left that died; unlocks when that fails. */
static enum rua_verdict
finish_left(struct rua_store *store, struct rua_err *err)
{
    bool pending = false;
    enum rua_verdict v = rua_redo_clean(&store->redo, err);

    if (v == RUA_OK)
        v = rua_journal_load(&store->journal, &pending, err);
    if (v == RUA_OK && store->journal.damaged)
        rua_redo_tell_damaged(&store->redo);
    if (v == RUA_OK && pending) {
        v = rua_journal_recover(&store->journal, redo_entry, store, err);
        rua_redo_end(&store->redo);
        store->redo.made_again = store->redo.made_again && v != RUA_OK;
    }
    if (v != RUA_OK)
        rua_file_unlock(store->lock);
    return v;
}

static enum rua_verdict
take_lock(struct rua_store *store, unsigned wait, struct rua_err *err)
{
    enum rua_verdict v = rua_file_lock(store->lock, LOCK, wait, err);

    return v == RUA_OK ? finish_left(store, err) : v;
}

/* What is stored is durable without it: a failure concerns what comes next. */
static void
checkpoint_if_full(struct rua_store *store)
{
    struct rua_err why = {0};

    if (rua_journal_bytes(&store->journal) < FULL && !store->redo.made_again)
        return;
    if (rua_journal_checkpoint(&store->journal, &why) == RUA_OK)
        store->redo.made_again = false;
    else
        notice(store, &why);
    rua_redo_tell(&store->redo);
}

static enum rua_verdict
commit_batch(struct rua_store *store, struct rua_entry *const *entries,
             size_t n, struct rua_err *err)
{
    struct rua_batch batch = {.journal = &store->journal, .redo = &store->redo};
    enum rua_verdict v;

    rua_plan_init(&batch.plan, store->root);
    batch.plan.ending = store->style.format == RUA_CSV ? ".csv" : ".tsv";
    batch.plan.records_header = store->style.records_header;
    batch.plan.reports_header = store->style.reports_header;
    v = rua_batch_commit(&batch, entries, n, err);
    if (v == RUA_OK && batch.n)
        checkpoint_if_full(store);
    return v;
}

/* ---- one turn after the other ---- */

/* rua_group_work: the verdicts are set, one way or the other. */
static void
commit_group(void *ctx, struct rua_entry *const *entries, size_t n,
             struct rua_err *err)
{
    struct rua_store *store = ctx;
    struct rua_err why = {0};
    enum rua_verdict v = take_lock(store, LOCK_WAIT, &why);

    if (v == RUA_OK) {
        v = commit_batch(store, entries, n, &why);
        rua_file_unlock(store->lock);
    }
    if (why.sentence[0])
        say(store, RUA_LATER, &why, err);
    for (size_t i = 0; v != RUA_OK && i < n; i++)
        entries[i]->verdict = RUA_LATER;
}

enum rua_verdict
rua_store_commit(struct rua_store *store, struct rua_entry *const *entries,
                 size_t n, struct rua_err *err)
{
    const struct rua_group_work work = {commit_group, store};

    return rua_group_commit(store->group, &work, entries, n, err);
}

enum rua_verdict
rua_store_keep_aside(struct rua_store *store, const struct rua_aside *aside,
                     struct rua_err *err)
{
    struct rua_entry entry, *const entries[] = {&entry};
    struct rua_err why = {0};
    enum rua_verdict v = rua_aside_make(aside, &entry, &why);

    if (v != RUA_OK)
        return say(store, v, &why, err);
    v = rua_store_commit(store, entries, 1, err);
    rua_entry_done(&entry);
    return v;
}

static enum rua_verdict
enter(struct rua_store *store, unsigned wait, struct rua_err *err)
{
    enum rua_verdict v;

    rua_group_enter(store->group);
    v = take_lock(store, wait, err);
    if (v != RUA_OK)
        rua_group_leave(store->group);
    return v;
}

enum rua_verdict
rua_store_enter(struct rua_store *store, struct rua_err *err)
{
    struct rua_err why = {0};

    return say(store, enter(store, LOCK_WAIT, &why), &why, err);
}

void
rua_store_leave(struct rua_store *store)
{
    rua_file_unlock(store->lock);
    rua_group_leave(store->group);
}

static enum rua_verdict
checkpoint(struct rua_store *store, unsigned wait, struct rua_err *err)
{
    enum rua_verdict v = enter(store, wait, err);

    if (v != RUA_OK)
        return v;
    v = rua_journal_checkpoint(&store->journal, err);
    rua_store_leave(store);
    return v;
}

enum rua_verdict
rua_store_checkpoint(struct rua_store *store, struct rua_err *err)
{
    struct rua_err why = {0};

    return say(store, checkpoint(store, LOCK_WAIT, &why), &why, err);
}

struct rua_store_counts
rua_store_count(struct rua_store *store)
{
    struct rua_store_counts counts;

    rua_group_enter(store->group);
    counts = (struct rua_store_counts){
        store->journal.syncs, store->redo.without_lease,
        store->journal.checkpoints, store->journal.recoveries};
    rua_group_leave(store->group);
    return counts;
}

void
rua_store_close(struct rua_store *store)
{
    if (!store)
        return;
    rua_redo_tell(&store->redo);
    if (rua_journal_bytes(&store->journal) >= MUCH)
        checkpoint(store, 0, NULL);
    rua_journal_close(&store->journal);
    rua_group_free(store->group);
    close_if_open(store->lock);
    close_if_open(store->spool);
    close_if_open(store->root);
    free(store->path);
    free(store);
}
