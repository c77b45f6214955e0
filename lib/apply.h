/* apply.h - what a batch has in the journal is done to the store.
 *
 *     the archive files; then all rows of a table in one go, under its lease
 *
 * Where a table is not as it was planned any more, redo.h does its rows. */
#ifndef RUA_APPLY_H
#define RUA_APPLY_H

#include "plan.h"
#include "redo.h"

/* The operations of n entries, which are committed. RUA_LATER when it cannot be
 * done now: then it is up to recovery. */
enum rua_verdict rua_apply(struct rua_plan *plan,
                           const struct rua_plan_ops *ops, size_t n,
                           struct rua_redo *redo, struct rua_err *err);

#endif
