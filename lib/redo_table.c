#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redo.h"

enum {
    OPEN_TABLES = 64,
};

/* Where rows go that were meant for the table of this name and inode. */
struct rua_redo_table {
    char path[RUA_TABLE_PATH_SIZE];
    uint64_t inode;
    struct rua_table table; /* fd -1: closed meanwhile */
    enum lease {
        NOT_YET,
        HELD,
        REFUSED, /* for this batch */
    } lease;
    bool made;  /* another file has that name: all rows come again, or are
                   there */
    bool moved; /* rows go to its end, not to their offset */
};

/* ---- the tables of a batch ---- */

static void
close_table(struct rua_redo *redo, struct rua_redo_table *table)
{
    if (table->table.fd < 0)
        return;
    rua_table_close(&table->table); /* and its lease ends */
    table->lease = NOT_YET;
    redo->open--;
}

/* A lease keeps ourselves from opening its file, too, whatever its name is by
 * now. Those of other tables are taken again when they are written. */
void
rua_redo_give_back(struct rua_redo *redo)
{
    for (size_t i = 0; i < redo->n; i++) {
        struct rua_redo_table *table = &redo->tables[i];
        if (table->lease == HELD) {
            rua_file_unlease(table->table.fd);
            table->lease = NOT_YET;
        }
    }
}

void
rua_redo_end(struct rua_redo *redo)
{
    for (size_t i = 0; i < redo->n; i++)
        close_table(redo, &redo->tables[i]);
    free(redo->tables);
    redo->tables = NULL;
    redo->n = redo->room = 0;
    rua_lease_end(&redo->leases);
}

/* Those that are somewhere else than recorded are remembered. */
static void
close_tables(struct rua_redo *redo)
{
    size_t kept = 0;

    for (size_t i = 0; i < redo->n; i++) {
        struct rua_redo_table *table = &redo->tables[i];
        close_table(redo, table);
        if (table->made || table->moved)
            redo->tables[kept++] = *table;
    }
    redo->n = kept;
}

static struct rua_redo_table *
find(struct rua_redo *redo, const struct rua_op *op)
{
    for (size_t i = 0; i < redo->n; i++)
        if (redo->tables[i].inode == op->inode &&
            strcmp(redo->tables[i].path, op->path) == 0)
            return &redo->tables[i];
    return NULL;
}

bool
rua_redo_lease(struct rua_redo *redo, const struct rua_table *table)
{
    bool had = rua_lease_take(&redo->leases, table->fd, table->inode);

    redo->without_lease += !had;
    return had;
}

/* The lease is held until another table is opened, or the batch ends; a table
 * that somebody else has open is waited for once. */
static void
take_lease(struct rua_redo *redo, struct rua_redo_table *table)
{
    if (table->lease != NOT_YET)
        return;
    table->lease = rua_redo_lease(redo, &table->table) ? HELD : REFUSED;
}

/* ---- finding the table ---- */

/* Another file of the same name, which has the rows: the store was copied, or
 * brought back from a backup. */
static enum rua_verdict
open_copy(const struct rua_redo *redo, const struct rua_op *op,
          struct rua_table *ret_table, struct rua_err *err)
{
    bool is = false;
    enum rua_verdict v = rua_table_at(redo->root, op->path, ret_table, err);

    if (v != RUA_OK)
        return v;
    v = rua_redo_fits(ret_table, op, true, &is, err);
    if (v == RUA_OK && is)
        return v;
    rua_table_close(ret_table);
    return v == RUA_OK ? RUA_NOT_REPORT : v;
}

/* Opens what was recorded, under its name or another one; RUA_NOT_REPORT when
 * it is not to be found, or begins with another header. */
static enum rua_verdict
open_recorded(const struct rua_redo *redo, const struct rua_op *op,
              struct rua_table *ret_table, bool *ret_missing,
              struct rua_err *err)
{
    char stem[RUA_TABLE_PATH_SIZE];
    const char *ending;
    bool is = false;
    enum rua_verdict v = rua_table_at(redo->root, op->path, ret_table, err);

    *ret_missing = v == RUA_NOT_REPORT;
    if (v == RUA_OK && ret_table->inode != op->inode) {
        rua_table_close(ret_table);
        v = RUA_NOT_REPORT;
    }
    if (v == RUA_NOT_REPORT) {
        rua_table_cut(op->path, stem, &ending);
        v = rua_table_of_inode(redo->root, stem, op->inode, ret_table, err);
    }
    if (v == RUA_NOT_REPORT && !*ret_missing)
        v = open_copy(redo, op, ret_table, err);
    if (v != RUA_OK || !op->offset)
        return v;
    v = rua_table_has_header(ret_table, op->header, &is, err);
    if (v == RUA_OK && is)
        return v;
    rua_table_close(ret_table);
    return v == RUA_OK ? RUA_NOT_REPORT : v;
}

/* The report is named by its archive file. */
static void
say_moved(const struct rua_redo *redo, const struct rua_op *op,
          const char *report, const struct rua_table *table)
{
    char sentence[RUA_SENTENCE_MAX + 2 * RUA_TABLE_PATH_SIZE];

    if (!redo->notice.say)
        return;
    snprintf(sentence, sizeof(sentence),
             "possible double: %s is not what it was; its rows go to %s, from "
             "%s on",
             op->path, table->path, report);
    redo->notice.say(redo->notice.ctx, sentence);
}

/* Whether a table that the journal has from its beginning was lost in a power
 * cut: all of its rows come again. */
static enum rua_verdict
is_simply_lost(const struct rua_redo *redo, const struct rua_op *op, bool made,
               bool *ret_is, struct rua_err *err)
{
    bool packed = true;
    enum rua_verdict v = RUA_OK;

    if (made && op->offset == 0)
        v = rua_redo_make_folder(redo, op->path, err);
    if (v == RUA_OK && made && op->offset == 0)
        v = rua_table_is_packed(redo->root, op->path, &packed, err);
    *ret_is = !packed;
    return v;
}

/* A table in the place of one that is not what it was. What `with` asks for is
 * in it and on the disk before it has its name: if the power is cut again, this
 * is where those rows are. */
static enum rua_verdict
begin_other(struct rua_redo *redo, const struct rua_op *op,
            const struct rua_op *with, struct rua_table *ret_table,
            struct rua_err *err)
{
    struct rua_sink sink = {rua_table_write, ret_table};
    char stem[RUA_TABLE_PATH_SIZE];
    const char *ending;
    enum rua_verdict v = rua_redo_make_folder(redo, op->path, err);

    rua_table_cut(op->path, stem, &ending);
    if (v == RUA_OK)
        v = rua_table_new(redo->root, RUA_NEW_TABLE, ret_table, err);
    if (v != RUA_OK)
        return v;
    v = rua_push(&sink, op->header, err);
    if (v == RUA_OK && with)
        v = rua_op_push(with, &sink, err);
    if (v == RUA_OK) {
        v = rua_file_sync(ret_table->fd, RUA_NEW_TABLE, err);
        redo->failed = redo->failed || v != RUA_OK;
    }
    if (v == RUA_OK)
        v = rua_table_place(redo->root, RUA_NEW_TABLE, redo->root, stem, ending,
                            ret_table, err);
    if (v != RUA_OK) {
        rua_table_close(ret_table);
        rua_file_remove(redo->root, RUA_NEW_TABLE, NULL);
    }
    return v;
}

/* Finds, or begins, the table for an operation that comes first in this batch.
 */
static enum rua_verdict
add_table(struct rua_redo *redo, const struct rua_op *op, const char *report,
          struct rua_redo_table **ret_table, struct rua_err *err)
{
    struct rua_redo_table new = {.inode = op->inode};
    bool missing = false, lost = false;
    enum rua_verdict v;

    if (redo->open >= OPEN_TABLES)
        close_tables(redo);
    rua_redo_give_back(redo);
    snprintf(new.path, sizeof(new.path), "%s", op->path);
    v = open_recorded(redo, op, &new.table, &missing, err);
    new.made = v == RUA_OK &&new.table.inode != op->inode;
    if (v == RUA_NOT_REPORT) {
        new.made = missing && op->offset <= op->header.len;
        new.moved = !new.made;
        v = is_simply_lost(redo, op, new.made, &lost, err);
        if (v == RUA_OK)
            v = begin_other(redo, op, new.made ? op : NULL, &new.table, err);
        if (v == RUA_OK && !lost)
            say_moved(redo, op, report, &new.table);
    }
    if (v != RUA_OK)
        return v;
    redo->made_again = redo->made_again || new.made;
    if (redo->n == redo->room) {
        redo->room = redo->room ? redo->room * 2 : 8;
        redo->tables =
            rua_realloc(redo->tables, redo->room * sizeof(*redo->tables));
    }
    redo->tables[redo->n] = new;
    redo->open++;
    *ret_table = &redo->tables[redo->n++];
    return RUA_OK;
}

/* A table of this batch that turns out to hold other bytes where these rows
 * should be. */
static enum rua_verdict
move_table(struct rua_redo *redo, struct rua_redo_table *table,
           const struct rua_op *op, const char *report, struct rua_err *err)
{
    enum rua_verdict v;

    close_table(redo, table);
    rua_redo_give_back(redo);
    v = begin_other(redo, op, NULL, &table->table, err);
    if (v != RUA_OK)
        return v;
    table->moved = true;
    redo->open++;
    say_moved(redo, op, report, &table->table);
    return RUA_OK;
}

static enum rua_verdict
open_again(struct rua_redo *redo, struct rua_redo_table *table,
           struct rua_err *err)
{
    char path[RUA_TABLE_PATH_SIZE];
    uint64_t inode = table->table.inode;
    enum rua_verdict v;

    rua_redo_give_back(redo);
    if (redo->open >= OPEN_TABLES)
        for (size_t i = 0; i < redo->n; i++)
            close_table(redo, &redo->tables[i]);
    memcpy(path, table->table.path, sizeof(path));
    v = rua_table_at(redo->root, path, &table->table, err);
    redo->open += v == RUA_OK;
    if (v == RUA_NOT_REPORT || (v == RUA_OK && table->table.inode != inode))
        return rua_err_set(err, RUA_LATER, "%s: was taken away", path);
    return v;
}

enum rua_verdict
rua_redo_table(struct rua_redo *redo, const struct rua_op *op,
               const char *report, struct rua_table **ret_table,
               bool *ret_moved, struct rua_err *err)
{
    struct rua_redo_table *table = find(redo, op);
    bool is = true;
    enum rua_verdict v = RUA_OK;

    if (strlen(op->path) >= RUA_TABLE_PATH_SIZE)
        return rua_err_set(err, RUA_LATER, "%.100s: too long a name of a table",
                           op->path);
    if (!table)
        v = add_table(redo, op, report, &table, err);
    else if (table->table.fd < 0)
        v = open_again(redo, table, err);
    if (v == RUA_OK && !table->moved)
        v = rua_redo_fits(&table->table, op, false, &is, err);
    if (v == RUA_OK && !is)
        v = move_table(redo, table, op, report, err);
    if (v != RUA_OK)
        return v;
    take_lease(redo, table);
    *ret_table = &table->table;
    *ret_moved = table->moved;
    return RUA_OK;
}
