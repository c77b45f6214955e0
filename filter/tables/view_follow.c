/* view_follow.c - which tables got rows since the last look, by the journal. */
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "journal.h"
#include "view.h"

void
view_now(const struct view *view, struct view_moment *ret_moment)
{
    unsigned char form[RUA_NOTE] = {0};
    struct rua_note note;
    size_t n;

    *ret_moment = (struct view_moment){0};
    if (view->lock < 0 || rua_file_read(view->lock, ".spool/lock", 0, form,
                                        sizeof(form), &n, NULL) != RUA_OK)
        return;
    ret_moment->known = rua_note_get(form, &note);
    if (ret_moment->known) {
        ret_moment->salt = note.salt;
        ret_moment->applied = note.applied;
    }
}

static enum rua_verdict
each_op(const struct rua_spool *file, const struct rua_mark *mark,
        const struct rua_entry_head *head,
        enum rua_verdict (*each)(void *ctx, const struct rua_op *op,
                                 struct rua_err *err),
        void *ctx, struct rua_err *err)
{
    uint64_t at = mark->offset + RUA_ENTRY_HEAD, end = at + head->len;
    struct rua_arena arena = {0};
    enum rua_verdict v = RUA_OK;

    for (uint32_t i = 0; v == RUA_OK && i < head->ops; i++) {
        struct rua_op_read read;
        if (rua_op_read(file, &at, end, &arena, &read, NULL) != RUA_OK)
            v = RUA_NOT_REPORT;
        else if (read.op.kind == RUA_OP_ROWS)
            v = each(ctx, &read.op, err);
    }
    rua_arena_done(&arena);
    return v;
}

/* RUA_NOT_REPORT when the entries are not those that were applied: another
 * epoch has begun meanwhile. */
static enum rua_verdict
each_entry(const struct rua_journal *journal, struct rua_mark mark,
           const struct rua_mark *applied,
           enum rua_verdict (*each)(void *ctx, const struct rua_op *op,
                                    struct rua_err *err),
           void *ctx, struct rua_err *err)
{
    struct rua_file_facts facts = {0};
    struct rua_spool file;
    enum rua_verdict v = rua_file_look(journal->fd, RUA_JOURNAL, &facts, err);

    rua_spool_open(&file, journal->fd, 0, facts.size);
    while (v == RUA_OK && mark.number < applied->number) {
        struct rua_entry_head head;
        bool valid = false;
        v = rua_journal_check(journal, &file, &mark, &head, &valid, NULL);
        if (v != RUA_OK || !valid)
            return RUA_NOT_REPORT;
        v = each_op(&file, &mark, &head, each, ctx, err);
        rua_journal_step(&mark, &head);
    }
    return v;
}

enum rua_verdict
view_since(const struct view *view, struct view_moment *moment,
           enum rua_verdict (*each)(void *ctx, const struct rua_op *op,
                                    struct rua_err *err),
           void *ctx, struct rua_err *err)
{
    struct rua_journal journal = {.root = view->root, .fd = -1};
    struct view_moment now, before = *moment;
    enum rua_verdict v;

    view_now(view, &now);
    *moment = now;
    if (!before.known || !now.known || now.salt != before.salt ||
        now.applied.number < before.applied.number)
        return RUA_NOT_REPORT;
    if (now.applied.number == before.applied.number)
        return RUA_OK;
    v = rua_file_open_to_read(view->root, RUA_JOURNAL, &journal.fd, err);
    if (v != RUA_OK)
        return v;
    journal.salt = now.salt;
    v = each_entry(&journal, before.applied, &now.applied, each, ctx, err);
    close(journal.fd);
    return v;
}
