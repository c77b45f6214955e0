#include "ship_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "view_table.h"

struct scan {
    const struct view *view;
    const struct ship_state *state;
    const bool *takes;
    ship_visit *visit;
    void *ctx;
    const char *folder;
    uint64_t inode; /* of the only table that is looked for; 0: all */
};

static enum rua_verdict
visit(const struct scan *scan, struct view_table *table, struct rua_err *err)
{
    uint64_t sent = 0, mark = 0;
    struct stat st;
    enum rua_verdict v = RUA_OK;

    if (fstatat(scan->view->root, table->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? RUA_OK
                               : rua_err_sys(err, "stat %s", table->path);
    if (!S_ISREG(st.st_mode) || (scan->inode && scan->inode != st.st_ino))
        return RUA_OK;
    table->inode = st.st_ino;
    table->size = (uint64_t)st.st_size;
    if (scan->state->fd >= 0)
        v = ship_state_find(scan->state, table->inode, &sent, &mark, err);
    /* as long as what was sent, and new since: it may be another table with the
     * inode of one that was taken away */
    if (v == RUA_OK &&
        (table->size != sent ||
         (sent && (int64_t)st.st_ctim.tv_sec >= scan->state->caught_up)))
        v = scan->visit(scan->ctx, table, sent, err);
    return v;
}

static enum rua_verdict
on_name(void *ctx, const char *name, struct rua_err *err)
{
    const struct scan *scan = ctx;
    struct view_table table = {.suffix = 1};
    char path[2 * RUA_TABLE_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", scan->folder, name);
    if (!view_is_table(path, &table) || table.kind == VIEW_ASIDE ||
        !scan->takes[table.kind == VIEW_REPORTS ? SHIP_REPORTS : SHIP_RECORDS])
        return RUA_OK;
    return visit(scan, &table, err);
}

/* A link of that name is refused, with a sentence. */
static bool
is_folder(const struct view *view, const char *name)
{
    struct stat st;

    return view_is_domain(name) &&
           fstatat(view->root, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode));
}

static enum rua_verdict
on_folder(void *ctx, const char *name, struct rua_err *err)
{
    struct scan scan = *(const struct scan *)ctx;

    if (!is_folder(scan.view, name))
        return RUA_OK;
    scan.folder = name;
    return rua_file_each(scan.view->root, name, on_name, &scan, err);
}

enum rua_verdict
ship_scan(const struct view *view, const struct ship_state *state,
          const bool takes[SHIP_TABLES], ship_visit *each, void *ctx,
          struct rua_err *err)
{
    struct scan scan = {view, state, takes, each, ctx, NULL, 0};

    return rua_file_each(view->root, ".", on_folder, &scan, err);
}

/* What begins at `offset` was sent, if the table is not a shorter one with the
 * inode of another. */
static bool
was_sent(const struct view *view, const struct rua_op *op, uint64_t sent)
{
    struct stat st;

    return sent > op->offset &&
           (fstatat(view->root, op->path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            st.st_ino != op->inode || (uint64_t)st.st_size >= sent);
}

enum rua_verdict
ship_scan_one(const struct view *view, const struct ship_state *state,
              const bool takes[SHIP_TABLES], const struct rua_op *op,
              ship_visit *each, void *ctx, struct rua_err *err)
{
    struct scan scan = {view, state, takes, each, ctx, NULL, op->inode};
    uint64_t sent = 0, mark = 0;
    char folder[RUA_TABLE_PATH_SIZE];
    struct stat st;
    enum rua_verdict v = ship_state_find(state, op->inode, &sent, &mark, err);

    if (v != RUA_OK || was_sent(view, op, sent))
        return v;
    snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(op->path, "/"),
             op->path);
    scan.folder = folder;
    if (!view_is_domain(folder))
        return RUA_OK;
    if (fstatat(view->root, op->path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_ino == op->inode)
        return on_name(&scan, op->path + strlen(folder) + 1, err);
    return rua_file_each(view->root, folder, on_name, &scan, err);
}

/* ---- packed tables ---- */

struct packed {
    const struct view *view;
    const bool *takes;
    const char *folder;
    uint64_t n;
};

static enum rua_verdict
count_packed(void *ctx, const char *name, struct rua_err *err)
{
    struct packed *packed = ctx;
    struct view_table table;

    (void)err;
    packed->n +=
        view_table_cut(packed->folder, name, &table) && table.packed &&
        packed->takes[table.kind == VIEW_REPORTS ? SHIP_REPORTS : SHIP_RECORDS];
    return RUA_OK;
}

static enum rua_verdict
look_for_packed(void *ctx, const char *name, struct rua_err *err)
{
    struct packed *packed = ctx;

    if (!is_folder(packed->view, name))
        return RUA_OK;
    packed->folder = name;
    return rua_file_each(packed->view->root, name, count_packed, packed, err);
}

enum rua_verdict
ship_scan_packed(const struct view *view, const bool takes[SHIP_TABLES],
                 uint64_t *ret_n, struct rua_err *err)
{
    struct packed packed = {view, takes, NULL, 0};
    enum rua_verdict v =
        rua_file_each(view->root, ".", look_for_packed, &packed, err);

    *ret_n = packed.n;
    return v;
}

/* ---- lag ---- */

enum {
    SAMPLE = 64 * 1024, /* bytes that rows are counted in */
};

struct measure {
    const struct view *view;
    struct ship_lag *lag;
};

/* Rows in `size` bytes from `sent` on, by the length of the first of them. */
static uint64_t
count_rows(const struct view *view, const struct view_table *table,
           uint64_t sent)
{
    unsigned char sample[SAMPLE];
    uint64_t size = table->size - sent, rows = 0;
    size_t n = 0;
    int fd;

    if (rua_file_open_to_read(view->root, table->path, &fd, NULL) != RUA_OK)
        return 0;
    if (rua_file_read(fd, table->path, sent, sample,
                      size < SAMPLE ? (size_t)size : SAMPLE, &n,
                      NULL) != RUA_OK)
        n = 0;
    close(fd);
    for (size_t i = 0; i < n; i++)
        rows += sample[i] == '\n';
    if (sent == 0 && rows)
        rows--; /* the header */
    return n ? (uint64_t)((double)rows * (double)size / (double)n + 0.5) : 0;
}

static enum rua_verdict
measure(void *ctx, const struct view_table *table, uint64_t sent,
        struct rua_err *err)
{
    const struct measure *measure = ctx;
    uint64_t rows;

    (void)err;
    if (table->size == sent)
        return RUA_OK;
    if (table->size < sent) /* another one, with its inode */
        sent = 0;
    rows = count_rows(measure->view, table, sent);
    if (!rows)
        return RUA_OK;
    measure->lag->tables++;
    measure->lag->bytes += table->size - sent;
    measure->lag->rows += rows;
    return RUA_OK;
}

enum rua_verdict
ship_lag(const struct view *view, const struct conf_target *target,
         struct ship_lag *ret_lag, struct rua_err *err)
{
    struct measure ctx = {view, ret_lag};
    struct ship_state state;
    int64_t now = (int64_t)time(NULL);
    enum rua_verdict v = ship_state_look(view->root, target->name, &state, err);

    *ret_lag = (struct ship_lag){0};
    if (v != RUA_OK && v != RUA_NOT_REPORT)
        return v;
    v = ship_scan(view, &state, ship_takes(target), measure, &ctx, err);
    if (state.fd >= 0)
        ret_lag->confirmed = state.number ? state.confirmed : 0;
    if (ret_lag->tables && state.fd >= 0 && now > state.caught_up)
        ret_lag->seconds = (uint64_t)(now - state.caught_up);
    ship_state_close(&state);
    return v;
}

enum rua_verdict
ship_glance(int root, const struct conf_target *target, int64_t stored,
            struct ship_lag *ret_lag)
{
    int64_t now = (int64_t)time(NULL);
    struct ship_state state;
    enum rua_verdict v = ship_state_look(root, target->name, &state, NULL);

    *ret_lag = (struct ship_lag){0};
    if (v != RUA_OK)
        return v;
    ret_lag->confirmed = state.number ? state.confirmed : 0;
    if (stored >= state.caught_up && now > state.caught_up)
        ret_lag->seconds = (uint64_t)(now - state.caught_up);
    ship_state_close(&state);
    return v;
}
