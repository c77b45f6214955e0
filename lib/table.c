#include "table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

enum {
    SUFFIXES = 1000
};

enum rua_verdict
rua_table_has_header(const struct rua_table *table, struct rua_span header,
                     bool *ret_has, struct rua_err *err)
{
    unsigned char *first = rua_alloc(header.len);
    size_t n = 0;
    enum rua_verdict v =
        rua_file_read(table->fd, table->path, 0, first, header.len, &n, err);

    *ret_has = n == 0 || memcmp(first, header.data, n) == 0;
    free(first);
    return v;
}

/* A line that somebody else left without its end must not swallow ours. */
static enum rua_verdict
look_at_end(struct rua_table *table, struct rua_err *err)
{
    unsigned char last = '\n';
    size_t n;
    enum rua_verdict v = RUA_OK;

    if (table->end)
        v = rua_file_read(table->fd, table->path, table->end - 1, &last, 1, &n,
                          err);
    table->end_line = last != '\n';
    return v;
}

/* Opens the file at table->path. */
static enum rua_verdict
open_path(int root, struct rua_table *table, struct rua_err *err)
{
    struct rua_file_facts facts = {0};
    enum rua_verdict v;

    v = rua_file_open(root, table->path, O_RDWR, &table->fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_file_look(table->fd, table->path, &facts, err);
    table->inode = facts.inode;
    table->end = facts.size;
    if (v == RUA_OK)
        v = look_at_end(table, err);
    if (v != RUA_OK)
        rua_table_close(table);
    return v;
}

static void
name_path(struct rua_table *table, const char *stem, int n, const char *ending)
{
    char suffix[16] = "";

    if (n > 1)
        snprintf(suffix, sizeof(suffix), ".%d", n);
    snprintf(table->path, sizeof(table->path), "%s%s%s", stem, suffix, ending);
}

/* Makes the table at table->path, and opens it; RUA_DUPLICATE when it is there
 * already. Its name comes when its header is on the disk: neither a reader nor
 * a power cut finds it without. */
static enum rua_verdict
make_path(int root, struct rua_span header, struct rua_table *table,
          struct rua_err *err)
{
    int fd;
    enum rua_verdict v = rua_file_make(root, RUA_NEW_TABLE, &fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_write(fd, RUA_NEW_TABLE, 0, header, err);
    if (v == RUA_OK)
        v = rua_file_sync(fd, RUA_NEW_TABLE, err);
    close(fd);
    if (v == RUA_OK)
        v = rua_file_rename(root, RUA_NEW_TABLE, table->path, err);
    if (v != RUA_OK)
        rua_file_remove(root, RUA_NEW_TABLE, NULL);
    if (v == RUA_OK)
        v = open_path(root, table, err);
    return v == RUA_NOT_REPORT
               ? rua_err_set(err, RUA_LATER, "%s: was taken away", table->path)
               : v;
}

/* Opens or makes the table at table->path; *ret_ours when it has the header, or
 * is empty. */
static enum rua_verdict
open_ours(int root, struct rua_span header, struct rua_table *table,
          bool *ret_ours, struct rua_err *err)
{
    enum rua_verdict v = open_path(root, table, err);

    if (v == RUA_NOT_REPORT)
        v = make_path(root, header, table, err);
    if (v == RUA_DUPLICATE)
        v = open_path(root, table, err);
    if (v != RUA_OK)
        return v;
    v = rua_table_has_header(table, header, ret_ours, err);
    *ret_ours = *ret_ours && (!table->end || table->end >= header.len);
    table->bare = table->end <= header.len;
    if (v != RUA_OK || !*ret_ours)
        rua_table_close(table);
    return v;
}

enum rua_verdict
rua_table_find(int root, const char *stem, const char *ending,
               struct rua_span header, struct rua_table *ret_table,
               struct rua_err *err)
{
    for (int n = 1; n < SUFFIXES; n++) {
        bool ours = false;
        enum rua_verdict v;
        name_path(ret_table, stem, n, ending);
        v = open_ours(root, header, ret_table, &ours, err);
        if (v != RUA_OK || ours)
            return v;
    }
    return rua_err_set(err, RUA_LATER, "%s%s: %d tables with other columns",
                       stem, ending, SUFFIXES);
}

enum rua_verdict
rua_table_begin(int root, const char *stem, const char *ending,
                struct rua_span header, struct rua_table *ret_table,
                struct rua_err *err)
{
    for (int n = 1; n < SUFFIXES; n++) {
        enum rua_verdict v;
        name_path(ret_table, stem, n, ending);
        v = make_path(root, header, ret_table, err);
        if (v != RUA_DUPLICATE)
            return v;
    }
    return rua_err_set(err, RUA_LATER, "%s%s: %d tables are there already",
                       stem, ending, SUFFIXES);
}

enum rua_verdict
rua_table_at(int root, const char *path, struct rua_table *ret_table,
             struct rua_err *err)
{
    snprintf(ret_table->path, sizeof(ret_table->path), "%s", path);
    return open_path(root, ret_table, err);
}

enum rua_verdict
rua_table_sync_name(int root, const char *path, struct rua_err *err)
{
    char folder[RUA_TABLE_PATH_SIZE];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    return rua_file_sync_folder(root, folder, err);
}

struct search {
    int root;
    const char *folder;
    const char *prefix; /* of the names in it */
    uint64_t inode;
    struct rua_table *table;
};

/* RUA_DUPLICATE when it is found. What cannot be opened is not ours. */
static enum rua_verdict
try_name(void *ctx, const char *name, struct rua_err *err)
{
    const struct search *search = ctx;
    char path[RUA_TABLE_PATH_SIZE + 256];

    (void)err;
    if (strncmp(name, search->prefix, strlen(search->prefix)) != 0)
        return RUA_OK;
    snprintf(path, sizeof(path), "%s/%s", search->folder, name);
    if (strlen(path) >= RUA_TABLE_PATH_SIZE ||
        rua_table_at(search->root, path, search->table, NULL) != RUA_OK)
        return RUA_OK;
    if (search->table->inode == search->inode)
        return RUA_DUPLICATE;
    rua_table_close(search->table);
    return RUA_OK;
}

enum rua_verdict
rua_table_of_inode(int root, const char *stem, uint64_t inode,
                   struct rua_table *ret_table, struct rua_err *err)
{
    char folder[RUA_TABLE_PATH_SIZE];
    const char *slash = strrchr(stem, '/');
    struct search search = {.root = root,
                            .folder = folder,
                            .prefix = slash ? slash + 1 : stem,
                            .inode = inode,
                            .table = ret_table};
    enum rua_verdict v;

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - stem) : 1,
             slash ? stem : ".");
    v = rua_file_each(root, folder, try_name, &search, err);
    if (v == RUA_LATER)
        return v;
    return v == RUA_DUPLICATE ? RUA_OK : RUA_NOT_REPORT;
}

void
rua_table_cut(const char *path, char ret_stem[RUA_TABLE_PATH_SIZE],
              const char **ret_ending)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t len = dot ? (size_t)(dot - path) : strlen(path), digits = 0;

    *ret_ending = path + len;
    while (len - digits > (size_t)(name - path) &&
           strchr("0123456789", path[len - digits - 1]))
        digits++;
    if (digits && len - digits > (size_t)(name - path) &&
        path[len - digits - 1] == '.')
        len -= digits + 1;
    snprintf(ret_stem, RUA_TABLE_PATH_SIZE, "%.*s", (int)len, path);
}

void
rua_table_close(struct rua_table *table)
{
    close(table->fd);
    table->fd = -1;
}

enum rua_verdict
rua_table_write(void *ctx, struct rua_span rows, struct rua_err *err)
{
    struct rua_table *table = ctx;
    enum rua_verdict v =
        rua_file_write(table->fd, table->path, table->end, rows, err);

    if (v == RUA_OK)
        table->end += rows.len;
    return v;
}
