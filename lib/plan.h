/* plan.h - what a batch of reports will write, and where.
 *
 * Used under the store's lock. A new report's rows go to the end of its tables,
 * several of a batch behind each other; nothing is written yet, but tables and
 * folders that are missing are made. So it is with a message that is kept
 * aside. */
#ifndef RUA_PLAN_H
#define RUA_PLAN_H

#include "entry.h"
#include "journal_form.h"

/* The operations of an entry: of a report records, reports, archive; of a
 * message that is kept aside its row and its file. */
struct rua_plan_ops {
    struct rua_op ops[3];
    size_t n;
};

struct rua_plan_table;

struct rua_plan {
    int root; /* the store; the caller's */
    const char *ending;
    struct rua_span records_header; /* borrowed */
    struct rua_span reports_header;
    struct rua_arena names;
    struct rua_plan_table *tables;
    size_t n, room;
};

/* The operations of an entry, which borrow from it and from the plan. RUA_LATER
 * when a table or folder cannot be made: then the plan is as before. */
enum rua_verdict rua_plan_entry(struct rua_plan *plan,
                                const struct rua_entry *entry,
                                struct rua_plan_ops *ret_ops,
                                struct rua_err *err);

/* Has the file system keep room for all rows: a full disk shows here. */
enum rua_verdict rua_plan_reserve(const struct rua_plan *plan,
                                  struct rua_err *err);
void rua_plan_done(struct rua_plan *plan);

#endif
