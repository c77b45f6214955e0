#include "redo.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SPOOL ".spool"

void
rua_redo_init(struct rua_redo *redo, int root, int lock, unsigned lease_wait,
              const struct rua_notice *notice)
{
    *redo = (struct rua_redo){
        .root = root,
        .leases = {.lock = lock, .wait = lease_wait},
        .notice = *notice
    };
}

void
rua_redo_tell(struct rua_redo *redo)
{
    uint64_t n = redo->without_lease - redo->told;
    char sentence[RUA_SENTENCE_MAX];

    if (!n || !redo->notice.say)
        return;
    redo->told += n;
    snprintf(sentence, sizeof(sentence),
             "%" PRIu64 " time%s rows were written to a table that another "
             "program kept open (or no lease of it can be had): it may have "
             "seen a line in part; see lease_wait",
             n, n == 1 ? "" : "s");
    redo->notice.say(redo->notice.ctx, sentence);
}

void
rua_redo_tell_damaged(struct rua_redo *redo)
{
    if (redo->notice.say)
        redo->notice.say(redo->notice.ctx,
                         ".spool/journal was damaged, and is begun anew: what "
                         "was in it only is lost; ruamill verify says whether "
                         "the tables lack something");
}

static enum rua_verdict
remove_new(void *ctx, const char *name, struct rua_err *err)
{
    const struct rua_redo *redo = ctx;
    const char *dot = strrchr(name, '.');
    char path[sizeof(SPOOL) + 1 + NAME_MAX];

    if (!dot || strcmp(dot, RUA_NEW) != 0 ||
        (strncmp(name, "table", 5) != 0 && strncmp(name, "file", 4) != 0))
        return RUA_OK;
    snprintf(path, sizeof(path), SPOOL "/%s", name);
    return rua_file_remove(redo->root, path, err);
}

/* Where a rename is made of a link, such a file may have two names, and is not
 * written to. */
enum rua_verdict
rua_redo_clean(const struct rua_redo *redo, struct rua_err *err)
{
    struct rua_redo look = *redo;

    return rua_file_each(redo->root, SPOOL, remove_new, &look, err);
}

enum rua_verdict
rua_redo_make_folder(const struct rua_redo *redo, const char *path,
                     struct rua_err *err)
{
    char folder[RUA_OP_PATH + 1];
    const char *slash = strrchr(path, '/');
    size_t there = 0;
    enum rua_verdict v;

    if (!slash)
        return RUA_OK;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    v = rua_file_check_folders(redo->root, folder, &there, err);
    return v == RUA_OK && folder[there]
               ? rua_file_make_folders_checked(redo->root, folder, there, err)
               : v;
}

/* What goes to another place than recorded goes to its end, and brings its
 * header only to an empty one. */
enum rua_verdict
rua_redo_rows(struct rua_redo *redo, const struct rua_op *op,
              const char *report, struct rua_err *err)
{
    struct rua_op rows = *op;
    struct rua_table *table;
    struct rua_table_writer writer;
    struct rua_sink sink = {rua_table_write_rows, &writer};
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
    rua_table_write_begin(&writer, table);
    v = rua_op_rows_push(&rows, &sink, err);
    if (v == RUA_OK)
        v = rua_table_write_rest(&writer, err);
    rua_table_write_done(&writer);
    return v;
}

/* Writes the bytes of a file, and closes it. RUA_NOT_REPORT for a longer one.
 */
static enum rua_verdict
fill(const struct rua_op *op, const char *path, int fd, struct rua_err *err)
{
    struct rua_table file = {.fd = fd};
    struct rua_sink sink = {rua_table_write, &file};
    uint64_t size = 0;
    enum rua_verdict v = rua_file_size(fd, path, &size, err);

    snprintf(file.path, sizeof(file.path), "%s", path);
    if (v == RUA_OK)
        v = size > rua_op_len(op) ? RUA_NOT_REPORT
                                  : rua_op_push(op, &sink, err);
    close(fd);
    return v;
}

/* Recovery writes a file that is there already over with the same bytes, which
 * costs far less than putting another one in its place; that is done with one
 * that is longer. A damaged journal may name a table, whose lease would keep us
 * waiting for ourselves. */
static enum rua_verdict
write_over(struct rua_redo *redo, const struct rua_op *op, struct rua_err *err)
{
    int fd;
    enum rua_verdict v;

    rua_redo_give_back(redo);
    v = rua_file_open(redo->root, op->path, O_RDWR, &fd, err);
    return v == RUA_OK ? fill(op, op->path, fd, err) : v;
}

/* By way of another name, so that it is never there in part. */
static enum rua_verdict
put_file(struct rua_redo *redo, const struct rua_op *op, bool again,
         struct rua_err *err)
{
    enum rua_verdict v;
    int fd;

    if (again && (v = write_over(redo, op, err)) != RUA_NOT_REPORT)
        return v;
    if (again && (v = rua_redo_make_folder(redo, op->path, err)) != RUA_OK)
        return v;
    v = rua_file_make(redo->root, RUA_NEW_FILE, &fd, err);
    if (v == RUA_OK)
        v = fill(op, RUA_NEW_FILE, fd, err);
    if (v != RUA_OK)
        return v;
    if (again)
        return rua_file_replace(redo->root, RUA_NEW_FILE, op->path, err);
    v = rua_file_rename(redo->root, RUA_NEW_FILE, op->path, err);
    return v == RUA_DUPLICATE ? rua_file_remove(redo->root, RUA_NEW_FILE, err)
                              : v;
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
        v = ops[i].kind == RUA_OP_FILE
                ? put_file(redo, &ops[i], again, err)
                : rua_redo_rows(redo, &ops[i], report, err);
    return v;
}
