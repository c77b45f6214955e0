#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redo.h"

#define LOCK ".spool/lock"

enum {
    OPEN_TABLES = 64,
    PIECE = 16 << 10,
    BUSY_WAIT = 5,    /* ms */
    BUSY_NOTES = 512, /* where they are in the lock file, */
    N_BUSY = 64,      /* and how many */
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
    bool made;  /* it was lost before it had rows; all of them come again */
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

/* Tables that somebody kept open for the whole wait, as tail -F does, are noted
 * in the lock file, by their inodes: no process waits for them as long again.
 * The note may be lost, and may be that of another table. */
static uint64_t
place_of_note(uint64_t inode)
{
    return BUSY_NOTES + inode % N_BUSY * sizeof(inode);
}

static bool
is_busy(const struct rua_redo *redo, uint64_t inode)
{
    uint64_t noted = 0;
    size_t n;

    rua_file_read(redo->lock, LOCK, place_of_note(inode), &noted, sizeof(noted),
                  &n, NULL);
    return noted == inode;
}

static void
note_busy(const struct rua_redo *redo, uint64_t inode, bool busy)
{
    uint64_t note = busy ? inode : 0;

    rua_file_write(
        redo->lock, LOCK, place_of_note(inode),
        (struct rua_span){(const unsigned char *)&note, sizeof(note)}, NULL);
}

static bool
get_lease(const struct rua_redo *redo, const struct rua_table *table)
{
    bool busy = is_busy(redo, table->inode), had;
    unsigned wait = redo->lease_wait;

    had =
        rua_file_lease(table->fd, busy && wait > BUSY_WAIT ? BUSY_WAIT : wait);
    if (had == busy)
        note_busy(redo, table->inode, !had);
    return had;
}

/* The lease is held until another table is opened, or the batch ends; a table
 * that somebody else has open is waited for once. */
static void
take_lease(struct rua_redo *redo, struct rua_redo_table *table)
{
    if (table->lease != NOT_YET)
        return;
    if (get_lease(redo, &table->table)) {
        table->lease = HELD;
    } else {
        table->lease = REFUSED;
        redo->without_lease++;
    }
}

/* ---- whether rows may go to a table ---- */

struct compare {
    const struct rua_table *table;
    uint64_t at;
    bool exact; /* zeros are not ours */
    bool same;
};

/* After a power cut, bytes that were not on the disk yet read as zeros. */
static bool
is_ours(const unsigned char *there, const unsigned char *ours, size_t n,
        bool exact)
{
    if (memcmp(there, ours, n) == 0)
        return true;
    if (exact)
        return false;
    for (size_t i = 0; i < n; i++)
        if (there[i] && there[i] != ours[i])
            return false;
    return true;
}

static enum rua_verdict
compare_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct compare *compare = ctx;
    const struct rua_table *table = compare->table;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len && compare->same) {
        unsigned char there[PIECE];
        size_t n = bytes.len < PIECE ? bytes.len : PIECE, got = 0;
        v = rua_file_read(table->fd, table->path, compare->at, there, n, &got,
                          err);
        compare->same =
            v == RUA_OK && is_ours(there, bytes.data, got, compare->exact);
        compare->at += n;
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

/* The place is free, or has these rows, or a part of them, already; `exact`: it
 * has all of them. */
static enum rua_verdict
fits(const struct rua_table *table, const struct rua_op *op, bool exact,
     bool *ret_fits, struct rua_err *err)
{
    struct compare compare = {
        .table = table, .at = op->offset, .exact = exact, .same = true};
    struct rua_sink sink = {compare_bytes, &compare};
    uint64_t size = 0, least = op->offset + (exact ? rua_op_rows_len(op) : 0);
    enum rua_verdict v = rua_file_size(table->fd, table->path, &size, err);

    if (v == RUA_OK && size > op->offset && size >= least)
        v = rua_op_rows_push(op, &sink, err);
    *ret_fits = v == RUA_OK && size >= least && compare.same;
    return v;
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
    v = fits(ret_table, op, true, &is, err);
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

static enum rua_verdict
begin_other(const struct rua_redo *redo, const struct rua_op *op,
            struct rua_table *ret_table, struct rua_err *err)
{
    char stem[RUA_TABLE_PATH_SIZE];
    const char *ending;
    enum rua_verdict v = rua_redo_make_folder(redo, op->path, err);

    rua_table_cut(op->path, stem, &ending);
    return v == RUA_OK ? rua_table_begin(redo->root, stem, ending, op->header,
                                         ret_table, err)
                       : v;
}

/* Finds, or begins, the table for an operation that comes first in this batch.
 */
static enum rua_verdict
add_table(struct rua_redo *redo, const struct rua_op *op, const char *report,
          struct rua_redo_table **ret_table, struct rua_err *err)
{
    struct rua_redo_table new = {.inode = op->inode};
    bool missing = false;
    enum rua_verdict v;

    if (redo->open >= OPEN_TABLES)
        close_tables(redo);
    rua_redo_give_back(redo);
    snprintf(new.path, sizeof(new.path), "%s", op->path);
    v = open_recorded(redo, op, &new.table, &missing, err);
    if (v == RUA_NOT_REPORT) {
        v = begin_other(redo, op, &new.table, err);
        new.made = missing && op->offset <= op->header.len;
        new.moved = !new.made;
        if (v == RUA_OK)
            say_moved(redo, op, report, &new.table);
    }
    if (v != RUA_OK)
        return v;
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
    v = begin_other(redo, op, &table->table, err);
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
        v = fits(&table->table, op, false, &is, err);
    if (v == RUA_OK && !is)
        v = move_table(redo, table, op, report, err);
    if (v != RUA_OK)
        return v;
    take_lease(redo, table);
    *ret_table = &table->table;
    *ret_moved = table->moved;
    return RUA_OK;
}
