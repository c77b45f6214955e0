#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "journal.h"
#include "view.h"

static enum rua_verdict
read_head(int fd, struct rua_journal *journal, struct rua_err *err)
{
    unsigned char head[RUA_JOURNAL_HEAD] = {0};
    uint32_t version = RUA_JOURNAL_VERSION;
    size_t n;
    enum rua_verdict v =
        rua_file_read(fd, RUA_JOURNAL, 0, head, sizeof(head), &n, err);

    if (v != RUA_OK)
        return v;
    if (!rua_journal_head_get(head, &version, &journal->salt))
        return rua_err_set(err, RUA_BAD, "its head is damaged");
    if (version != RUA_JOURNAL_VERSION)
        return rua_err_set(err, RUA_BAD,
                           "is of version %u, and this program knows version "
                           "%d; use the ruamill that wrote it, or a newer one",
                           version, RUA_JOURNAL_VERSION);
    return RUA_OK;
}

/* Up to where it is applied, for sure: as rua_journal_load() has it. */
static enum rua_verdict
read_note(const struct view *view, const struct rua_journal *journal,
          struct rua_mark *ret_applied, struct rua_err *err)
{
    unsigned char form[RUA_NOTE] = {0};
    char boot[RUA_BOOT_ID_SIZE];
    struct rua_note note;
    size_t n;
    enum rua_verdict v = rua_file_boot_id(boot, err);

    *ret_applied = (struct rua_mark){.offset = RUA_JOURNAL_HEAD};
    if (v == RUA_OK && view->lock >= 0)
        v = rua_file_read(view->lock, ".spool/lock", 0, form, sizeof(form), &n,
                          err);
    if (v == RUA_OK && rua_note_get(form, &note) &&
        note.salt == journal->salt && strcmp(note.boot, boot) == 0)
        *ret_applied = note.applied;
    return v;
}

static void
add_op(struct view_pending *pending, const struct rua_op *op)
{
    if (pending->n == pending->room) {
        pending->room = pending->room ? pending->room * 2 : 64;
        pending->ops =
            rua_realloc(pending->ops, pending->room * sizeof(*pending->ops));
    }
    pending->ops[pending->n++] = *op;
}

static enum rua_verdict
read_entry(const struct rua_spool *file, const struct rua_mark *mark,
           const struct rua_entry_head *head, struct view_pending *pending,
           struct rua_err *err)
{
    uint64_t at = mark->offset + RUA_ENTRY_HEAD, end = at + head->len;
    struct rua_err why = {0};

    for (uint32_t i = 0; i < head->ops; i++) {
        struct rua_op_read read;
        if (rua_op_read(file, &at, end, &pending->arena, &read, &why) != RUA_OK)
            return rua_err_set(err, RUA_BAD, "entry %llu: %s",
                               (unsigned long long)mark->number, why.sentence);
        add_op(pending, &read.op);
    }
    pending->entries++;
    return RUA_OK;
}

/* From `mark` to where the entries end, which is behind what is applied. */
static enum rua_verdict
read_entries(const struct rua_journal *journal, const struct rua_spool *file,
             struct rua_mark mark, const struct rua_mark *applied,
             struct view_pending *pending, struct rua_err *err)
{
    enum rua_verdict v;

    for (;;) {
        struct rua_entry_head head;
        bool valid;
        v = rua_journal_check(journal, file, &mark, &head, &valid, err);
        if (v != RUA_OK || !valid)
            break;
        if (mark.offset >= applied->offset)
            v = read_entry(file, &mark, &head, pending, err);
        if (v != RUA_OK)
            break;
        rua_journal_step(&mark, &head);
    }
    if (v == RUA_OK && mark.offset < applied->offset)
        v = rua_err_set(err, RUA_BAD,
                        "entry %llu is damaged, and %llu were applied",
                        (unsigned long long)mark.number,
                        (unsigned long long)applied->number);
    return v;
}

enum rua_verdict
view_journal(const struct view *view, bool all,
             struct view_pending *ret_pending, struct rua_err *err)
{
    struct rua_journal journal = {.root = view->root, .fd = -1};
    struct rua_mark first = {.offset = RUA_JOURNAL_HEAD}, applied;
    struct rua_file_facts facts = {0};
    struct rua_spool file;
    enum rua_verdict v;

    *ret_pending = (struct view_pending){0};
    v = rua_file_open_to_read(view->root, RUA_JOURNAL, &journal.fd, err);
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_file_look(journal.fd, RUA_JOURNAL, &facts, err);
    if (v == RUA_OK && facts.size)
        v = read_head(journal.fd, &journal, err);
    if (v == RUA_OK && facts.size)
        v = read_note(view, &journal, &applied, err);
    if (v == RUA_OK && facts.size) {
        rua_spool_open(&file, journal.fd, 0, facts.size);
        v = read_entries(&journal, &file, all ? first : applied, &applied,
                         ret_pending, err);
    }
    close(journal.fd);
    return v;
}

void
view_pending_done(struct view_pending *pending)
{
    free(pending->ops);
    rua_arena_done(&pending->arena);
    *pending = (struct view_pending){0};
}
