#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "table.h"

#define SPOOL ".spool"
#define LOCK  ".spool/lock"

enum {
    LOCK_WAIT = 60000, /* milliseconds */
    OPEN_TABLES = 64,
};

struct rua_store {
    struct rua_store_style style;
    char *path;
    int root;
    int spool;
    int lock;

    struct rua_table tables[OPEN_TABLES]; /* open during a commit */
    char stems[OPEN_TABLES][RUA_TABLE_PATH_SIZE];
    size_t n_tables;
};

static struct rua_store *
new_store(const char *path)
{
    struct rua_store *store = rua_alloc(sizeof(*store));
    size_t size = strlen(path) + 1;

    *store = (struct rua_store){.root = -1, .spool = -1, .lock = -1};
    store->path = memcpy(rua_alloc(size), path, size);
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
        v = rua_file_make_folders(store->root, SPOOL, &why);
    if (v == RUA_OK)
        v = rua_file_open(store->root, SPOOL, O_RDONLY | O_DIRECTORY,
                          &store->spool, &why);
    if (v == RUA_OK)
        v = rua_file_open(store->root, LOCK, O_RDWR | O_CREAT, &store->lock,
                          &why);
    say(store, v, &why, err);
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

    if (v == RUA_OK) {
        *ret_store = store;
        return v;
    }
    rua_store_close(store);
    if (errno != ENOENT)
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

void
rua_store_close(struct rua_store *store)
{
    if (!store)
        return;
    close_if_open(store->lock);
    close_if_open(store->spool);
    close_if_open(store->root);
    free(store->path);
    free(store);
}

enum rua_verdict
rua_store_scratch(struct rua_store *store, int *ret_fd, struct rua_err *err)
{
    return rua_file_open_unlinked(store->spool, ret_fd, err);
}

/* The path of an entry's archive file below the store. */
static void
archive_path(const struct rua_entry *entry, enum rua_container container,
             char *ret_path, size_t size)
{
    snprintf(ret_path, size, "%s/%s%s", entry->folder, entry->archive,
             rua_entry_ending(container));
}

/* The same report may have come in another wrapping. */
enum rua_verdict
rua_store_has(struct rua_store *store, const struct rua_entry *entry,
              bool *ret_has, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    *ret_has = false;
    for (int c = RUA_CONTAINER_XML;
         v == RUA_OK && !*ret_has && c <= RUA_CONTAINER_BIN; c++) {
        char path[1024];
        archive_path(entry, (enum rua_container)c, path, sizeof(path));
        v = rua_file_exists(store->root, path, ret_has, err);
    }
    return v;
}

static void
close_tables(struct rua_store *store)
{
    while (store->n_tables)
        rua_table_close(&store->tables[--store->n_tables]);
}

/* The table that rows of this entry go to, opened once in a commit. */
static enum rua_verdict
find_table(struct rua_store *store, const struct rua_entry *entry,
           const char *name, struct rua_span header,
           struct rua_table **ret_table, struct rua_err *err)
{
    const char *ending = store->style.format == RUA_CSV ? ".csv" : ".tsv";
    char stem[RUA_TABLE_PATH_SIZE];
    enum rua_verdict v;

    snprintf(stem, sizeof(stem), "%s/%s%s", entry->folder, name, entry->period);
    for (size_t i = 0; i < store->n_tables; i++)
        if (strcmp(store->stems[i], stem) == 0) {
            *ret_table = &store->tables[i];
            return RUA_OK;
        }
    if (store->n_tables == OPEN_TABLES)
        close_tables(store);
    *ret_table = &store->tables[store->n_tables];
    v = rua_table_open(store->root, stem, ending, header, *ret_table, err);
    if (v == RUA_OK)
        memcpy(store->stems[store->n_tables++], stem, sizeof(stem));
    return v;
}

static enum rua_verdict
write_rows(struct rua_store *store, const struct rua_entry *entry,
           struct rua_err *err)
{
    struct rua_table *table;
    struct rua_sink sink = {rua_table_write, NULL};
    enum rua_verdict v;

    v = find_table(store, entry, "records", store->style.records_header, &table,
                   err);
    sink.ctx = table;
    if (v == RUA_OK)
        v = rua_spool_push(&entry->records, 0, entry->records.len, &sink, err);
    if (v == RUA_OK)
        v = find_table(store, entry, "reports", store->style.reports_header,
                       &table, err);
    if (v == RUA_OK)
        v = rua_table_write(table, rua_buf_span(&entry->report), err);
    return v;
}

/* Where the raw part stands until its rows are written. */
static void
staged_path(const struct rua_entry *entry, char *ret_path, size_t size)
{
    snprintf(ret_path, size, SPOOL "/%s%s", entry->key,
             rua_entry_ending(entry->container));
}

static enum rua_verdict
stage(struct rua_store *store, const struct rua_entry *entry,
      struct rua_err *err)
{
    char folder[1024], path[256];
    struct rua_table file = {.end = 0};
    struct rua_sink sink = {rua_table_write, &file};
    enum rua_verdict v;

    archive_path(entry, entry->container, folder, sizeof(folder));
    *strrchr(folder, '/') = '\0';
    v = rua_file_make_folders(store->root, folder, err);
    staged_path(entry, path, sizeof(path));
    snprintf(file.path, sizeof(file.path), "%s", path);
    if (v == RUA_OK)
        v = rua_file_open(store->root, path, O_RDWR | O_CREAT | O_TRUNC,
                          &file.fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_spool_push(entry->part, entry->part_at, entry->part_len, &sink,
                       err);
    close(file.fd);
    return v;
}

static enum rua_verdict
put_in_place(struct rua_store *store, const struct rua_entry *entry,
             struct rua_err *err)
{
    char from[256], to[1024];
    enum rua_verdict v;

    staged_path(entry, from, sizeof(from));
    archive_path(entry, entry->container, to, sizeof(to));
    v = rua_file_rename(store->root, from, to, err);
    return v == RUA_DUPLICATE ? rua_file_remove(store->root, from, err) : v;
}

/* Does `step` for every entry that is new. */
static enum rua_verdict
each_new(struct rua_store *store, struct rua_entry *const *entries, size_t n,
         enum rua_verdict (*step)(struct rua_store *store,
                                  const struct rua_entry *entry,
                                  struct rua_err *err),
         struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < n; i++)
        if (entries[i]->verdict == RUA_OK)
            v = step(store, entries[i], err);
    return v;
}

/* The key has the policy domain in it, so the folder is not looked at; and the
 * staged part goes by the key. */
static bool
is_same(const struct rua_entry *a, const struct rua_entry *b)
{
    return strcmp(a->key, b->key) == 0;
}

/* Marks what is stored already, or stands twice in this batch. */
static enum rua_verdict
find_duplicates(struct rua_store *store, struct rua_entry *const *entries,
                size_t n, size_t *ret_new, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    *ret_new = 0;
    for (size_t i = 0; v == RUA_OK && i < n; i++) {
        bool known = false;
        for (size_t j = 0; !known && j < i; j++)
            known = is_same(entries[j], entries[i]);
        if (!known)
            v = rua_store_has(store, entries[i], &known, err);
        entries[i]->verdict = known ? RUA_DUPLICATE : RUA_OK;
        *ret_new += !known;
    }
    return v;
}

/* The raw part goes into place last: it is the mark that its rows are there. */
static enum rua_verdict
store_new(struct rua_store *store, struct rua_entry *const *entries, size_t n,
          struct rua_err *err)
{
    enum rua_verdict v = each_new(store, entries, n, stage, err);

    if (v == RUA_OK)
        v = each_new(store, entries, n, write_rows, err);
    close_tables(store);
    if (v == RUA_OK)
        v = rua_file_sync_all(store->root, err);
    if (v == RUA_OK)
        v = each_new(store, entries, n, put_in_place, err);
    if (v == RUA_OK)
        v = rua_file_sync_all(store->root, err);
    return v;
}

enum rua_verdict
rua_store_commit(struct rua_store *store, struct rua_entry *const *entries,
                 size_t n, struct rua_err *err)
{
    enum rua_verdict v, worst = RUA_OK;
    struct rua_err why = {0};
    size_t new = 0;

    v = rua_file_lock(store->lock, LOCK, LOCK_WAIT, &why);
    if (v == RUA_OK) {
        v = find_duplicates(store, entries, n, &new, &why);
        if (v == RUA_OK && new)
            v = store_new(store, entries, n, &why);
        rua_file_unlock(store->lock);
    }
    say(store, v, &why, err);
    for (size_t i = 0; i < n; i++) {
        if (v != RUA_OK)
            entries[i]->verdict = RUA_LATER;
        worst = rua_worst(worst, entries[i]->verdict);
    }
    return worst;
}

enum rua_verdict
rua_store_keep_aside(struct rua_store *store, const struct rua_aside *aside,
                     struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v = rua_file_lock(store->lock, LOCK, LOCK_WAIT, &why);

    if (v == RUA_OK) {
        v = rua_aside_put(store->root, aside, &why);
        rua_file_unlock(store->lock);
    }
    return say(store, v, &why, err);
}
