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
#include "table.h"

/* Where a file is made, before it is put in place. */
#define RUA_NEW_FILE ".spool/file.new"

/* Something that an administrator should know, and that is no failure. */
struct rua_notice {
    void (*say)(void *ctx, const char *sentence); /* or NULL */
    void *ctx;
};

struct rua_redo_table;

struct rua_redo {
    int root; /* the store, */
    int lock; /* and its lock file: both the caller's */
    unsigned lease_wait;
    struct rua_notice notice;
    uint64_t without_lease; /* tables written so, once a batch each, */
    uint64_t told;          /* and how many of them are told already */
    struct rua_redo_table *tables;
    size_t n, room, open;
};

/* Waits up to `lease_wait` ms for the lease of a table that others have open;
 * of one that they kept open for as long before, whoever waited, a few. */
void rua_redo_init(struct rua_redo *redo, int root, int lock,
                   unsigned lease_wait, const struct rua_notice *notice);

/* Does the operations of an entry. `again`: they may have been done before, and
 * a file that is there may be damaged. RUA_LATER when it cannot be done now. */
enum rua_verdict rua_redo_entry(struct rua_redo *redo, const struct rua_op *ops,
                                size_t n, bool again, struct rua_err *err);

/* Ends a batch: gives back the leases, closes the tables, forgets which of them
 * were moved. */
void rua_redo_end(struct rua_redo *redo);

/* Now and then, and at the end: a notice says how often rows were written
 * without a lease since it was told last, if they were. */
void rua_redo_tell(struct rua_redo *redo);

/* ---- for the parts of this module ---- */

/* The table for the rows of an operation, with its lease if that can be had.
 * *ret_moved: they go to its end, not to their offset. `report` is for the
 * notice. */
enum rua_verdict rua_redo_table(struct rua_redo *redo, const struct rua_op *op,
                                const char *report,
                                struct rua_table **ret_table, bool *ret_moved,
                                struct rua_err *err);

/* Gives back the leases of all tables; they are taken again when needed. */
void rua_redo_give_back(struct rua_redo *redo);

/* Makes the folder that `path` is in. */
enum rua_verdict rua_redo_make_folder(const struct rua_redo *redo,
                                      const char *path, struct rua_err *err);

#endif
