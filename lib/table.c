#include "table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

enum {
    SUFFIXES = 1000,
    HELD = 256 << 10, /* bytes of rows that are written at once */
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

    v = rua_file_open_look(root, table->path, O_RDWR, &table->fd, &facts, err);
    if (v != RUA_OK)
        return v;
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

/* Opens the table at table->path; *ret_ours when it has the header, or is
 * empty. */
static enum rua_verdict
open_ours(int root, struct rua_span header, struct rua_table *table,
          bool *ret_ours, struct rua_err *err)
{
    enum rua_verdict v = open_path(root, table, err);

    if (v != RUA_OK)
        return v;
    v = rua_table_has_header(table, header, ret_ours, err);
    *ret_ours = *ret_ours && (!table->end || table->end >= header.len);
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
rua_table_new(int from, const char *new, struct rua_table *ret_table,
              struct rua_err *err)
{
    struct rua_file_facts facts = {0};
    enum rua_verdict v = rua_file_make(from, new, &ret_table->fd, err);

    if (v != RUA_OK)
        return v;
    snprintf(ret_table->path, sizeof(ret_table->path), "%s", new);
    v = rua_file_look(ret_table->fd, new, &facts, err);
    ret_table->inode = facts.inode;
    ret_table->end = 0;
    ret_table->end_line = false;
    if (v != RUA_OK)
        rua_table_close(ret_table);
    return v;
}

enum rua_verdict
rua_table_place(int from, const char *new, int to, const char *stem,
                const char *ending, struct rua_table *table,
                struct rua_err *err)
{
    for (int n = 1; n < SUFFIXES; n++) {
        enum rua_verdict v;
        name_path(table, stem, n, ending);
        v = rua_file_move(from, new, to, table->path, err);
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

/* RUA_DUPLICATE for a name that is one. */
static enum rua_verdict
is_packed(void *ctx, const char *name, struct rua_err *err)
{
    static const char *const endings[] = {".gz", ".xz", ".bz2", ".zst", ".lz4"};
    const struct search *search = ctx;
    const char *ending = strrchr(name, '.');

    (void)err;
    if (!ending || strncmp(name, search->prefix, strlen(search->prefix)) != 0)
        return RUA_OK;
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (strcmp(ending, endings[i]) == 0)
            return RUA_DUPLICATE;
    return RUA_OK;
}

enum rua_verdict
rua_table_is_packed(int root, const char *path, bool *ret_is,
                    struct rua_err *err)
{
    char folder[RUA_TABLE_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    char stem[RUA_TABLE_PATH_SIZE];
    const char *ending;
    struct search search = {.prefix = stem};
    enum rua_verdict v;

    rua_table_cut(slash ? slash + 1 : path, stem, &ending);
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    v = rua_file_each(root, folder, is_packed, &search, err);
    *ret_is = v == RUA_DUPLICATE;
    return *ret_is ? RUA_OK : v;
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

/* ---- rows ---- */

void
rua_table_write_begin(struct rua_table_writer *writer, struct rua_table *table)
{
    writer->table = table;
    rua_buf_init(&writer->held, RUA_TABLE_LINE);
}

/* Takes up to n bytes off `rows` and holds them, if they fit. */
static bool
hold(struct rua_table_writer *writer, struct rua_span *rows, size_t n)
{
    if (!rua_buf_add(&writer->held, rows->data, n))
        return false;
    rows->data += n;
    rows->len -= n;
    return true;
}

enum rua_verdict
rua_table_write_rest(struct rua_table_writer *writer, struct rua_err *err)
{
    enum rua_verdict v =
        rua_table_write(writer->table, rua_buf_span(&writer->held), err);

    rua_buf_reset(&writer->held);
    return v;
}

/* The end of the last whole line, as a number of bytes. */
static size_t
whole_lines(struct rua_span rows)
{
    const unsigned char *end = memrchr(rows.data, '\n', rows.len);

    return end ? (size_t)(end + 1 - rows.data) : 0;
}

/* Those that are too many to be held: what is held is made whole, and they are
 * written from where they are. */
enum rua_verdict
rua_table_write_rows(void *ctx, struct rua_span rows, struct rua_err *err)
{
    struct rua_table_writer *writer = ctx;
    const unsigned char *line;
    enum rua_verdict v = RUA_OK;
    size_t n;

    if (writer->held.len + rows.len <= HELD && hold(writer, &rows, rows.len))
        return RUA_OK;
    if (writer->held.len && writer->held.data[writer->held.len - 1] != '\n' &&
        (line = memchr(rows.data, '\n', rows.len)))
        hold(writer, &rows, (size_t)(line + 1 - rows.data));
    n = whole_lines(rows);
    if (n ||
        (writer->held.len && writer->held.data[writer->held.len - 1] == '\n'))
        v = rua_table_write_rest(writer, err);
    if (v == RUA_OK)
        v = rua_table_write(writer->table, (struct rua_span){rows.data, n},
                            err);
    rows.data += n;
    rows.len -= n;
    if (v == RUA_OK && !hold(writer, &rows, rows.len)) {
        v = rua_table_write_rest(writer, err);
        if (v == RUA_OK)
            v = rua_table_write(writer->table, rows, err);
    }
    return v;
}

void
rua_table_write_done(struct rua_table_writer *writer)
{
    rua_buf_done(&writer->held);
}
