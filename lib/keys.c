#include "keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool.h"

#define NEW_FILE ".spool/keys.new"

enum {
    LINE = RUA_DIGEST_SIZE, /* a key and its line end */
    PIECE = 1024,           /* lines that are written at once */
    PATH = 1024,
};

static bool
is_key(const char *line)
{
    return strspn(line, "0123456789abcdef") == LINE - 1 && !line[LINE - 1];
}

/* ---- from end to end ---- */

/* Lines are looked at one at a time: what is no key does no harm. */
struct reader {
    void (*take)(void *ctx, const char *key);
    void *ctx;
    char line[LINE];
    size_t len; /* of the line; it may be longer than what is kept */
};

static void
end_line(struct reader *reader)
{
    reader->line[LINE - 1] = '\0';
    if (reader->len == LINE - 1 && is_key(reader->line))
        reader->take(reader->ctx, reader->line);
    reader->len = 0;
}

static enum rua_verdict
look_at(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct reader *reader = ctx;

    (void)err;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] == '\n') {
            end_line(reader);
            continue;
        }
        if (reader->len < LINE - 1)
            reader->line[reader->len] = (char)bytes.data[i];
        reader->len += bytes.data[i] != '\r';
    }
    return RUA_OK;
}

static enum rua_verdict
read_all(int fd, uint64_t size, void (*take)(void *ctx, const char *key),
         void *ctx, struct rua_err *err)
{
    struct reader reader = {.take = take, .ctx = ctx};
    struct rua_sink sink = {look_at, &reader};
    struct rua_spool file;
    enum rua_verdict v;

    rua_spool_open(&file, fd, 0, size);
    v = rua_spool_push(&file, 0, size, &sink, err);
    end_line(&reader);
    return v;
}

/* ---- find ---- */

struct search {
    const char *key;
    bool found;
};

static void
compare(void *ctx, const char *key)
{
    struct search *search = ctx;

    search->found = search->found || strcmp(search->key, key) == 0;
}

/* *ret_sorted: whether all lines that were looked at could be in a sorted file.
 */
static enum rua_verdict
find_sorted(int fd, uint64_t lines, const char *key, bool *ret_found,
            bool *ret_sorted, struct rua_err *err)
{
    uint64_t low = 0, high = lines;
    char line[LINE];
    enum rua_verdict v = RUA_OK;

    *ret_found = false;
    *ret_sorted = true;
    while (v == RUA_OK && low < high && !*ret_found && *ret_sorted) {
        uint64_t middle = low + (high - low) / 2;
        size_t n = 0;
        int order;
        v = rua_file_read(fd, RUA_KEYS_FILE, middle * LINE, line, LINE, &n,
                          err);
        *ret_sorted = n == LINE && line[LINE - 1] == '\n';
        line[LINE - 1] = '\0';
        *ret_sorted = *ret_sorted && is_key(line);
        order = strcmp(key, line);
        *ret_found = *ret_sorted && order == 0;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return v;
}

enum rua_verdict
rua_keys_find(int fd, const char *key, bool *ret_found, struct rua_err *err)
{
    struct search search = {.key = key};
    uint64_t size = 0;
    bool sorted = false;
    enum rua_verdict v = rua_file_size(fd, RUA_KEYS_FILE, &size, err);

    if (v == RUA_OK && size % LINE == 0)
        v = find_sorted(fd, size / LINE, key, &search.found, &sorted, err);
    if (v == RUA_OK && !sorted)
        v = read_all(fd, size, compare, &search, err);
    if (v == RUA_OK)
        *ret_found = search.found;
    return v;
}

/* ---- in memory ---- */

void
rua_keys_add(struct rua_keys *keys, const char *key)
{
    if (keys->n == keys->room) {
        keys->room = keys->room ? keys->room * 2 : 64;
        keys->keys = rua_realloc(keys->keys, keys->room * sizeof(*keys->keys));
    }
    snprintf(keys->keys[keys->n++], sizeof(*keys->keys), "%s", key);
}

void
rua_keys_done(struct rua_keys *keys)
{
    free(keys->keys);
    *keys = (struct rua_keys){0};
}

static void
take(void *ctx, const char *key)
{
    rua_keys_add(ctx, key);
}

enum rua_verdict
rua_keys_read(struct rua_keys *keys, int fd, struct rua_err *err)
{
    uint64_t size = 0;
    enum rua_verdict v = rua_file_size(fd, RUA_KEYS_FILE, &size, err);

    return v == RUA_OK ? read_all(fd, size, take, keys, err) : v;
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void
sort(struct rua_keys *keys)
{
    size_t n = 0;

    if (!keys->n)
        return;
    qsort(keys->keys, keys->n, sizeof(*keys->keys), compare_keys);
    for (size_t i = 1; i < keys->n; i++)
        if (strcmp(keys->keys[n], keys->keys[i]) != 0)
            memmove(keys->keys[++n], keys->keys[i], sizeof(*keys->keys));
    keys->n = n + 1;
}

/* ---- write ---- */

static enum rua_verdict
write_lines(const struct rua_keys *keys, int fd, struct rua_err *err)
{
    struct rua_buf lines;
    uint64_t at = 0;
    enum rua_verdict v = RUA_OK;

    rua_buf_init(&lines, (size_t)PIECE * LINE);
    for (size_t i = 0; v == RUA_OK && i < keys->n; i++) {
        rua_buf_add(&lines, keys->keys[i], LINE - 1);
        rua_buf_add_byte(&lines, '\n'); /* the piece has room for whole lines */
        if (lines.len < lines.max && i + 1 < keys->n)
            continue;
        v = rua_file_write(fd, RUA_KEYS_FILE, at, rua_buf_span(&lines), err);
        at += lines.len;
        rua_buf_reset(&lines);
    }
    rua_buf_done(&lines);
    return v == RUA_OK ? rua_file_sync(fd, RUA_KEYS_FILE, err) : v;
}

static enum rua_verdict
read_present(struct rua_keys *keys, int root, const char *path,
             struct rua_err *err)
{
    int fd;
    enum rua_verdict v = rua_file_open(root, path, O_RDONLY, &fd, err);

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_keys_read(keys, fd, err);
    close(fd);
    return v;
}

/* By way of another name: a process that dies leaves the old file or the new
 * one. */
enum rua_verdict
rua_keys_write(struct rua_keys *keys, int root, const char *folder,
               struct rua_err *err)
{
    char path[PATH];
    enum rua_verdict v;
    int fd;

    snprintf(path, sizeof(path), "%s/" RUA_KEYS_FILE, folder);
    v = read_present(keys, root, path, err);
    if (v == RUA_OK)
        v = rua_file_make(root, NEW_FILE, &fd, err);
    if (v != RUA_OK)
        return v;
    sort(keys);
    v = write_lines(keys, fd, err);
    close(fd);
    if (v == RUA_OK)
        v = rua_file_replace(root, NEW_FILE, path, err);
    return v == RUA_OK ? rua_file_sync_folder(root, folder, err) : v;
}
