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

/* Sets *ret_same when the table begins with this header, or is empty. */
static enum rua_verdict
compare_header(const struct rua_table *table, struct rua_span header,
               bool *ret_same, struct rua_err *err)
{
    unsigned char *first = rua_alloc(header.len);
    size_t n = 0;
    enum rua_verdict v =
        rua_file_read(table->fd, table->path, 0, first, header.len, &n, err);

    *ret_same = n == 0 || (n == header.len &&
                           memcmp(first, header.data, header.len) == 0);
    free(first);
    return v;
}

/* A line that somebody else left without its end must not swallow ours. */
static enum rua_verdict
end_last_line(struct rua_table *table, struct rua_err *err)
{
    unsigned char last = '\n';
    size_t n;
    enum rua_verdict v = RUA_OK;

    if (table->end)
        v = rua_file_read(table->fd, table->path, table->end - 1, &last, 1, &n,
                          err);
    if (v == RUA_OK && last != '\n')
        v = rua_table_write(table, RUA_SPAN("\n"), err);
    return v;
}

/* Opens the table at table->path; *ret_same as compare_header() says. */
static enum rua_verdict
open_one(int root, struct rua_span header, struct rua_table *table,
         bool *ret_same, struct rua_err *err)
{
    enum rua_verdict v =
        rua_file_open(root, table->path, O_RDWR | O_CREAT, &table->fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_size(table->fd, table->path, &table->end, err);
    if (v == RUA_OK)
        v = compare_header(table, header, ret_same, err);
    if (v == RUA_OK && *ret_same)
        v = table->end ? end_last_line(table, err)
                       : rua_table_write(table, header, err);
    if (v != RUA_OK || !*ret_same)
        rua_table_close(table);
    return v;
}

enum rua_verdict
rua_table_open(int root, const char *stem, const char *ending,
               struct rua_span header, struct rua_table *ret_table,
               struct rua_err *err)
{
    enum rua_verdict v;
    bool same = false;

    for (int n = 1; n < SUFFIXES; n++) {
        char suffix[8] = "";
        if (n > 1)
            snprintf(suffix, sizeof(suffix), ".%d", n);
        snprintf(ret_table->path, sizeof(ret_table->path), "%s%s%s", stem,
                 suffix, ending);
        v = open_one(root, header, ret_table, &same, err);
        if (v != RUA_OK || same)
            return v;
    }
    return rua_err_set(err, RUA_LATER, "%s%s: %d tables with other columns",
                       stem, ending, SUFFIXES);
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
