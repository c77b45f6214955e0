/* batch.h - entries that are stored together, with one sync.
 *
 *     known? -> plan -> journal, for each; the sync; then all is applied */
#ifndef RUA_BATCH_H
#define RUA_BATCH_H

#include "journal.h"
#include "plan.h"
#include "redo.h"

/* Under the store's lock. The caller sets the plan's style, and lends the rest.
 */
struct rua_batch {
    struct rua_plan plan;
    struct rua_journal *journal;
    struct rua_redo *redo;
    struct rua_index keys;
    struct rua_plan_ops *ops; /* of each of its new entries, */
    size_t n;                 /* and how many these are */
};

/* Sets the verdict of each entry: RUA_OK, RUA_DUPLICATE, or RUA_LATER for one
 * whose own tables cannot be opened. Returns RUA_LATER when nothing can be
 * stored, or not applied yet: then no verdict is to be believed. */
enum rua_verdict rua_batch_commit(struct rua_batch *batch,
                                  struct rua_entry *const *entries, size_t n,
                                  struct rua_err *err);

#endif
