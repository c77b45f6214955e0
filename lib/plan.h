/* plan.h - what a batch of reports will write, and where.
 *
 * Used under the store's lock. A new report's rows go to the end of its tables,
 * several of a batch behind each other. Nothing is written yet, but folders
 * that are missing are made, and tables that are missing are begun, in .spool,
 * so that the journal can say which files they are. So it is with a message
 * that is kept aside. */
#ifndef RUA_PLAN_H
#define RUA_PLAN_H

#include "entry.h"
#include "index.h"
#include "journal_form.h"
#include "place.h"
#include "table.h"

/* The operations of an entry: of a report records, reports, archive; of a
 * message that is kept aside its row and its file. */
struct rua_plan_ops {
    struct rua_op ops[3];
    size_t n;
};

/* Rows for a table, in the order in which they go there. */
struct rua_plan_rows {
    const struct rua_op *op; /* of the caller's rua_plan_ops */
    const char *report;      /* its archive file */
    struct rua_plan_rows *next;
};

#define RUA_NEW_NAME 32

struct rua_plan_table {
    const char *stem, *ending; /* stem in plan->names */
    const char *path;          /* where its rows shall be; in plan->names */
    struct rua_table table;    /* table.end is where the next rows go; fd is -1
                                  when too many are open */
    uint64_t size;             /* of the file, as it was found */
    bool begun;                /* it is in .spool still, as */
    char new[RUA_NEW_NAME];    /* this, which is table.path then */
    struct rua_plan_rows *first, *last;
};

struct rua_plan {
    struct rua_places places;
    int spool; /* the folder of files that are being made, or -1 */
    const char *ending;
    struct rua_span records_header; /* borrowed */
    struct rua_span reports_header;
    struct rua_arena names;
    struct rua_index stems;
    struct rua_plan_table *tables;
    size_t n, room;
    size_t open, most; /* descriptors of tables */
};

/* An empty plan for the store at `root`; the caller sets the borrowed rest. */
void rua_plan_init(struct rua_plan *plan, int root);

/* The operations of an entry, which borrow from it and from the plan, and stay
 * where they are until the plan is done. RUA_LATER when a table or folder
 * cannot be made: then the plan is as before. */
enum rua_verdict rua_plan_entry(struct rua_plan *plan,
                                const struct rua_entry *entry,
                                struct rua_plan_ops *ret_ops,
                                struct rua_err *err);

/* Has the file system keep room for all rows, if it has not plenty: a full disk
 * shows here. */
enum rua_verdict rua_plan_reserve(struct rua_plan *plan, struct rua_err *err);

/* The folder of files that are being made: plan->spool, open from now on. */
enum rua_verdict rua_plan_open_spool(struct rua_plan *plan,
                                     struct rua_err *err);

/* Opens a table of the plan whose descriptor was given up, and checks that it
 * is the same. RUA_NOT_REPORT, without a sentence, when it is not. */
enum rua_verdict rua_plan_open(struct rua_plan *plan,
                               struct rua_plan_table *table,
                               struct rua_err *err);
void rua_plan_close(struct rua_plan *plan, struct rua_plan_table *table);

/* Closes all; a table that was begun and not put in place is taken away. */
void rua_plan_done(struct rua_plan *plan);

#endif
