#include "batch.h"

#include <stdlib.h>

#include "apply.h"
#include "known.h"

/* A report's key has the policy domain in it, so the folder is not looked at.
 */
static bool
came_before(const struct rua_batch *batch, const struct rua_entry *entry)
{
    size_t which;

    return rua_index_find(&batch->keys, entry->key, &which);
}

/* Sets the verdict of one entry, and writes it to the journal when it is new.
 * What is wrong with its own tables is no matter of the others: only a verdict
 * that is returned is. */
static enum rua_verdict
write_entry(struct rua_batch *batch, struct rua_entry *entry,
            struct rua_err *err)
{
    struct rua_plan_ops *ops = &batch->ops[batch->n];
    bool known = !entry->row_only && came_before(batch, entry);
    enum rua_verdict v = RUA_OK;

    if (!known && !entry->row_only)
        v = rua_known(&batch->plan.places, entry, &known, err);
    entry->verdict = v != RUA_OK ? v : known ? RUA_DUPLICATE : RUA_OK;
    if (entry->verdict != RUA_OK)
        return RUA_OK;
    entry->verdict = rua_plan_entry(&batch->plan, entry, ops, err);
    if (entry->verdict != RUA_OK)
        return RUA_OK;
    if (!entry->row_only)
        rua_index_add(&batch->keys, entry->key, batch->n);
    batch->n++;
    return rua_journal_write(batch->journal, ops->ops, ops->n, err);
}

static enum rua_verdict
write_all(struct rua_batch *batch, struct rua_entry *const *entries, size_t n,
          struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < n; i++)
        v = write_entry(batch, entries[i], err);
    if (v == RUA_OK)
        v = rua_plan_reserve(&batch->plan, err);
    if (v != RUA_OK)
        rua_journal_undo(batch->journal);
    return v;
}

static enum rua_verdict
apply_all(struct rua_batch *batch, struct rua_err *err)
{
    enum rua_verdict v =
        rua_apply(&batch->plan, batch->ops, batch->n, batch->redo, err);

    batch->journal->failed = batch->journal->failed || batch->redo->failed;
    return v == RUA_OK ? rua_journal_applied(batch->journal, err) : v;
}

enum rua_verdict
rua_batch_commit(struct rua_batch *batch, struct rua_entry *const *entries,
                 size_t n, struct rua_err *err)
{
    enum rua_verdict v;

    batch->n = 0;
    batch->ops = rua_alloc(n * sizeof(*batch->ops));
    v = write_all(batch, entries, n, err);
    if (v == RUA_OK && batch->n) {
        v = rua_journal_commit(batch->journal, err);
        if (v == RUA_OK)
            v = apply_all(batch, err);
    }
    rua_plan_done(&batch->plan);
    rua_index_done(&batch->keys);
    free(batch->ops);
    return v;
}
