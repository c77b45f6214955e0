#include "redo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEW_FILE ".spool/file.new"

void
rua_redo_init(struct rua_redo *redo, int root, unsigned lease_wait,
              const struct rua_notice *notice)
{
    *redo = (struct rua_redo){
        .root = root, .lease_wait = lease_wait, .notice = *notice};
}

enum rua_verdict
rua_redo_make_folder(const struct rua_redo *redo, const char *path,
                     struct rua_err *err)
{
    char folder[RUA_OP_PATH + 1];
    const char *slash = strrchr(path, '/');

    if (!slash)
        return RUA_OK;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    return rua_file_make_folders(redo->root, folder, err);
}

/* What goes to another place than recorded goes to its end, and brings its
 * header only to an empty one. */
static enum rua_verdict
put_rows(struct rua_redo *redo, const struct rua_op *op, const char *report,
         struct rua_err *err)
{
    struct rua_op rows = *op;
    struct rua_table *table;
    struct rua_sink sink = {rua_table_write, NULL};
    bool moved;
    enum rua_verdict v;

    v = rua_redo_table(redo, op, report, &table, &moved, err);
    if (v == RUA_OK && moved) {
        v = rua_file_size(table->fd, table->path, &rows.offset, err);
        rows.end_line = false;
    }
    if (v != RUA_OK)
        return v;
    table->end = rows.offset;
    sink.ctx = table;
    return rua_op_rows_push(&rows, &sink, err);
}

static enum rua_verdict
write_file(const struct rua_redo *redo, const struct rua_op *op,
           const char *path, int flags, struct rua_err *err)
{
    struct rua_table file = {.end = 0};
    struct rua_sink sink = {rua_table_write, &file};
    uint64_t size = 0;
    enum rua_verdict v;

    snprintf(file.path, sizeof(file.path), "%s", path);
    v = rua_file_open(redo->root, path, O_RDWR | flags, &file.fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_file_size(file.fd, path, &size, err);
    if (v == RUA_OK)
        v = size > rua_op_len(op) ? RUA_NOT_REPORT
                                  : rua_op_push(op, &sink, err);
    close(file.fd);
    return v;
}

/* By way of another name, so that it is never there in part. One that is there
 * already is written over with the same bytes, which costs far less than
 * putting another one in its place; that is done with one that is longer. */
static enum rua_verdict
put_file(const struct rua_redo *redo, const struct rua_op *op, bool again,
         struct rua_err *err)
{
    enum rua_verdict v;

    if (again && (v = write_file(redo, op, op->path, 0, err)) != RUA_NOT_REPORT)
        return v;
    if (again && (v = rua_redo_make_folder(redo, op->path, err)) != RUA_OK)
        return v;
    v = write_file(redo, op, NEW_FILE, O_CREAT | O_TRUNC, err);
    if (v != RUA_OK)
        return v;
    if (again)
        return rua_file_replace(redo->root, NEW_FILE, op->path, err);
    v = rua_file_rename(redo->root, NEW_FILE, op->path, err);
    return v == RUA_DUPLICATE ? rua_file_remove(redo->root, NEW_FILE, err) : v;
}

enum rua_verdict
rua_redo_entry(struct rua_redo *redo, const struct rua_op *ops, size_t n,
               bool again, struct rua_err *err)
{
    const char *report = "a report";
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; i < n; i++)
        if (ops[i].kind == RUA_OP_FILE)
            report = ops[i].path;
    for (size_t i = 0; v == RUA_OK && i < n; i++)
        v = ops[i].kind == RUA_OP_FILE ? put_file(redo, &ops[i], again, err)
                                       : put_rows(redo, &ops[i], report, err);
    return v;
}
