/* redo.h - what an entry of the journal asks for is done to the store.
 *
 * Used under the store's lock. Doing it again writes the same bytes at the same
 * place. Rows go to the table that was recorded, by its inode: under its name,
 * or under the name that it was given since (logrotate). A table that is gone,
 * was cut, or holds other bytes where the rows should be, is left alone: then
 * the next suffix is begun, and a notice says that rows may be there twice. */
#ifndef RUA_REDO_H
#define RUA_REDO_H

#include "journal_form.h"
#include "lease.h"
#include "table.h"

/* Where a file is made, before it is put in place. */
#define RUA_NEW_FILE ".spool/file" RUA_NEW

/* Something that an administrator should know, and that is no failure. */
struct rua_notice {
    void (*say)(void *ctx, const char *sentence); /* or NULL */
    void *ctx;
};

struct rua_redo_table;

struct rua_redo {
    int root; /* the store; the caller's */
    struct rua_leases leases;
    struct rua_notice notice;
    uint64_t without_lease; /* tables written so, once a batch each, */
    uint64_t told;          /* and how many of them are told already */
    bool failed;            /* a sync did: final, for this process */
    bool made_again;        /* a table that was lost: see rua_redo_entry() */
    struct rua_redo_table *tables;
    size_t n, room, open;
};

/* Waits up to `lease_wait` ms for the lease of a table that others have open;
 * of one that they kept open for as long before, whoever waited, a few. */
void rua_redo_init(struct rua_redo *redo, int root, int lock,
                   unsigned lease_wait, const struct rua_notice *notice);

/* Takes away what a process that died was making in .spool. */
enum rua_verdict rua_redo_clean(const struct rua_redo *redo,
                                struct rua_err *err);

/* Does the operations of an entry. `again`: they may have been done before, and
 * a file that is there may be damaged. RUA_LATER when it cannot be done now.
 * redo->made_again is set when a table is another file from now on than later
 * entries name: then all of them must be done, and a checkpoint taken, before
 * anything is noted or answered. */
enum rua_verdict rua_redo_entry(struct rua_redo *redo, const struct rua_op *ops,
                                size_t n, bool again, struct rua_err *err);

/* Does one of them, which is about rows; `report` is for a notice. */
enum rua_verdict rua_redo_rows(struct rua_redo *redo, const struct rua_op *op,
                               const char *report, struct rua_err *err);

/* Takes the lease of an open table, or counts that it could not be had. */
bool rua_redo_lease(struct rua_redo *redo, const struct rua_table *table);

/* Ends a batch: gives back the leases, closes the tables, forgets which of them
 * were moved. */
void rua_redo_end(struct rua_redo *redo);

/* Now and then, and at the end: a notice says how often rows were written
 * without a lease since it was told last, if they were. */
void rua_redo_tell(struct rua_redo *redo);

/* A notice that the journal is damaged, and what it may have cost. */
void rua_redo_tell_damaged(struct rua_redo *redo);

/* ---- for the parts of this module ---- */

/* The table for the rows of an operation, with its lease if that can be had.
 * *ret_moved: they go to its end, not to their offset. `report` is for the
 * notice. */
enum rua_verdict rua_redo_table(struct rua_redo *redo, const struct rua_op *op,
                                const char *report,
                                struct rua_table **ret_table, bool *ret_moved,
                                struct rua_err *err);

/* Whether the place of an operation's rows is free, or has them, or a part of
 * them, already; `exact`: it has all of them. */
enum rua_verdict rua_redo_fits(const struct rua_table *table,
                               const struct rua_op *op, bool exact,
                               bool *ret_fits, struct rua_err *err);

/* Gives back the leases of all tables; they are taken again when needed. */
void rua_redo_give_back(struct rua_redo *redo);

/* Makes the folder that `path` is in. */
enum rua_verdict rua_redo_make_folder(const struct rua_redo *redo,
                                      const char *path, struct rua_err *err);

#endif
