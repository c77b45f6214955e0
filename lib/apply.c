#include "apply.h"

#include <string.h>
#include <unistd.h>

#include "file.h"

#define SPOOL ".spool"

struct apply {
    struct rua_plan *plan;
    struct rua_redo *redo;
    struct rua_table_writer writer;
};

/* ---- tables ---- */

static enum rua_verdict
write_rows(struct apply *apply, struct rua_plan_table *table,
           struct rua_err *err)
{
    struct rua_sink sink = {rua_table_write_rows, &apply->writer};
    enum rua_verdict v = RUA_OK;

    apply->writer.table = &table->table;
    table->table.end = table->first->op->offset;
    for (const struct rua_plan_rows *rows = table->first; v == RUA_OK && rows;
         rows = rows->next)
        v = rua_op_rows_push(rows->op, &sink, err);
    return v == RUA_OK ? rua_table_write_rest(&apply->writer, err) : v;
}

/* It has its name when its first rows are in it. If somebody else has given
 * that name to another file meanwhile, it gets the next one. */
static enum rua_verdict
write_begun(struct apply *apply, struct rua_plan_table *table,
            struct rua_err *err)
{
    struct rua_plan *plan = apply->plan;
    struct rua_place *place;
    const char *stem;
    enum rua_verdict v = rua_plan_open(plan, table, err);

    if (v == RUA_NOT_REPORT)
        v = rua_err_set(err, RUA_LATER, "%s: was taken away", table->new);
    if (v == RUA_OK)
        v = write_rows(apply, table, err);
    if (v == RUA_OK)
        v = rua_place_of(&plan->places, table->stem, &place, &stem, err);
    if (v == RUA_OK)
        v = rua_table_place(plan->spool, table->new, place->fd, stem,
                            table->ending, &table->table, err);
    table->begun = v != RUA_OK;
    rua_plan_close(plan, table);
    return v;
}

/* Whether nobody has cut it, added to it, or taken it away since. */
static enum rua_verdict
is_as_planned(const struct rua_plan_table *table, bool *ret_is,
              struct rua_err *err)
{
    struct rua_file_facts facts = {0};
    enum rua_verdict v =
        rua_file_look(table->table.fd, table->path, &facts, err);

    *ret_is = v == RUA_OK && facts.linked && facts.size == table->size;
    return v;
}

static enum rua_verdict
write_other(struct apply *apply, struct rua_plan_table *table,
            struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    rua_plan_close(apply->plan, table);
    for (const struct rua_plan_rows *rows = table->first; v == RUA_OK && rows;
         rows = rows->next)
        v = rua_redo_rows(apply->redo, rows->op, rows->report, err);
    rua_redo_end(apply->redo);
    return v;
}

/* The lease ends before the next one is taken: a reader who wants a table waits
 * for its own rows only. */
static enum rua_verdict
write_leased(struct apply *apply, struct rua_plan_table *table,
             struct rua_err *err)
{
    bool is = false, leased;
    enum rua_verdict v = rua_plan_open(apply->plan, table, err);

    if (v == RUA_NOT_REPORT)
        return write_other(apply, table, err);
    if (v != RUA_OK)
        return v;
    leased = rua_redo_lease(apply->redo, &table->table);
    v = is_as_planned(table, &is, err);
    if (v == RUA_OK && is)
        v = write_rows(apply, table, err);
    if (leased && v == RUA_OK && !is)
        rua_file_unlease(table->table.fd);
    if (v == RUA_OK && !is)
        return write_other(apply, table, err);
    rua_plan_close(apply->plan, table); /* and its lease ends */
    return v;
}

/* ---- files ---- */

static enum rua_verdict
fill(const struct rua_op *op, int fd, struct rua_err *err)
{
    struct rua_table file = {.fd = fd};
    struct rua_sink sink = {rua_table_write, &file};

    memcpy(file.path, RUA_NEW_FILE, sizeof(RUA_NEW_FILE));
    return rua_op_push(op, &sink, err);
}

/* By way of another name, so that it is never there in part. */
static enum rua_verdict
put_file(struct apply *apply, const struct rua_op *op, struct rua_err *err)
{
    const char *new = &RUA_NEW_FILE[sizeof(SPOOL)], *name;
    struct rua_plan *plan = apply->plan;
    struct rua_place *place;
    int fd;
    enum rua_verdict v = rua_file_make(plan->spool, new, &fd, err);

    if (v != RUA_OK)
        return v;
    v = fill(op, fd, err);
    close(fd);
    if (v == RUA_OK)
        v = rua_place_of(&plan->places, op->path, &place, &name, err);
    if (v == RUA_OK)
        v = rua_file_move(plan->spool, new, place->fd, name, err);
    return v == RUA_DUPLICATE ? rua_file_remove(plan->spool, new, err) : v;
}

/* Files first: their folders are still open. */
enum rua_verdict
rua_apply(struct rua_plan *plan, const struct rua_plan_ops *ops, size_t n,
          struct rua_redo *redo, struct rua_err *err)
{
    struct apply apply = {.plan = plan, .redo = redo};
    enum rua_verdict v;

    v = rua_plan_open_spool(plan, err);
    for (size_t i = 0; v == RUA_OK && i < n; i++)
        if (ops[i].ops[ops[i].n - 1].kind == RUA_OP_FILE)
            v = put_file(&apply, &ops[i].ops[ops[i].n - 1], err);
    rua_table_write_begin(&apply.writer, NULL);
    for (size_t i = 0; v == RUA_OK && i < plan->n; i++)
        v = plan->tables[i].begun ? write_begun(&apply, &plan->tables[i], err)
                                  : write_leased(&apply, &plan->tables[i], err);
    rua_table_write_done(&apply.writer);
    rua_redo_end(redo);
    return v;
}
