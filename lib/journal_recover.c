#include <fcntl.h>
#include <unistd.h>

#include "journal.h"

#define NEW_JOURNAL ".spool/journal.new"

/* ---- a new file ---- */

struct copy {
    int fd;
    uint64_t at;
};

static enum rua_verdict
copy_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct copy *copy = ctx;
    enum rua_verdict v =
        rua_file_write(copy->fd, NEW_JOURNAL, copy->at, bytes, err);

    copy->at += bytes.len;
    return v;
}

/* Everything up to the end; the space behind it is allocated as it is needed.
 */
static enum rua_verdict
copy_journal(struct rua_journal *journal, int to, struct rua_err *err)
{
    struct copy copy = {to, RUA_JOURNAL_HEAD};
    struct rua_sink sink = {copy_bytes, &copy};
    struct rua_spool file;
    enum rua_verdict v = rua_journal_write_head(to, journal->salt, err);

    rua_spool_open(&file, journal->fd, 0, journal->end.offset);
    if (v == RUA_OK)
        v = rua_spool_push(&file, RUA_JOURNAL_HEAD,
                           journal->end.offset - RUA_JOURNAL_HEAD, &sink, err);
    if (v == RUA_OK)
        v = rua_journal_sync(journal, to, NEW_JOURNAL, err);
    if (v == RUA_OK)
        v = rua_file_replace(journal->root, NEW_JOURNAL, RUA_JOURNAL, err);
    if (v == RUA_OK) {
        v = rua_file_sync_folder(journal->root, ".spool", err);
        journal->failed = v != RUA_OK;
    }
    return v;
}

static enum rua_verdict
harden(struct rua_journal *journal, struct rua_err *err)
{
    enum rua_verdict v;
    int fd;

    v = rua_file_make(journal->root, NEW_JOURNAL, &fd, err);
    if (v != RUA_OK)
        return v;
    v = copy_journal(journal, fd, err);
    if (v != RUA_OK) {
        close(fd);
        rua_file_remove(journal->root, NEW_JOURNAL, NULL);
        return v;
    }
    close(journal->fd);
    journal->fd = fd;
    journal->room = journal->durable = journal->end.offset;
    return RUA_OK;
}

/* ---- the entries ---- */

/* The bytes of an operation that are in a file of their own. */
static enum rua_verdict
open_staged(const struct rua_journal *journal, const char *name,
            struct rua_op_read *read, struct rua_spool *spool,
            struct rua_err *err)
{
    uint32_t crc = 0;
    struct rua_sink sink = {rua_journal_crc, &crc};
    uint64_t size = 0;
    int fd;
    enum rua_verdict v;

    v = rua_file_open(journal->root, name, O_RDONLY, &fd, err);
    if (v == RUA_NOT_REPORT)
        return rua_err_set(err, RUA_LATER, "%s: bytes of %s are missing", name,
                           read->op.path);
    if (v != RUA_OK)
        return v;
    rua_spool_open(spool, fd, 0, read->op.len);
    read->op.spool = spool;
    read->op.at = 0;
    v = rua_file_size(fd, name, &size, err);
    if (v == RUA_OK && size == read->op.len)
        v = rua_spool_push(spool, 0, size, &sink, err);
    if (v == RUA_OK && (size != read->op.len || crc != read->crc))
        v = rua_err_set(err, RUA_LATER, "%s: bytes of %s are damaged", name,
                        read->op.path);
    return v;
}

struct redo {
    struct rua_journal *journal;
    struct rua_spool file;
    enum rua_verdict (*apply)(void *ctx, const struct rua_op *ops, size_t n,
                              struct rua_err *err);
    void *ctx;
};

/* Reads the operations of an entry, and applies them. */
static enum rua_verdict
redo_ops(const struct redo *redo, const struct rua_entry_head *head,
         struct rua_arena *arena, struct rua_spool staged[RUA_OPS],
         struct rua_err *err)
{
    const struct rua_journal *journal = redo->journal;
    uint64_t at = journal->applied.offset + RUA_ENTRY_HEAD;
    uint64_t end = at + head->len;
    struct rua_op ops[RUA_OPS];
    enum rua_verdict v = RUA_OK;

    if (head->ops > RUA_OPS)
        return rua_err_set(err, RUA_LATER, "journal: an entry makes no sense");
    for (size_t i = 0; v == RUA_OK && i < head->ops; i++) {
        struct rua_op_read read;
        char name[RUA_STAGE_NAME];
        v = rua_op_read(&redo->file, &at, end, arena, &read, err);
        if (v == RUA_OK && read.staged) {
            rua_journal_stage_name(journal, head->number, i, name);
            v = open_staged(journal, name, &read, &staged[i], err);
        }
        if (v == RUA_OK)
            ops[i] = read.op;
    }
    return v == RUA_OK ? redo->apply(redo->ctx, ops, head->ops, err) : v;
}

static enum rua_verdict
redo_entry(const struct redo *redo, const struct rua_entry_head *head,
           struct rua_err *err)
{
    struct rua_spool staged[RUA_OPS];
    struct rua_arena arena = {0};
    enum rua_verdict v;

    for (size_t i = 0; i < RUA_OPS; i++)
        rua_spool_open(&staged[i], -1, 0, 0);
    v = redo_ops(redo, head, &arena, staged, err);
    for (size_t i = 0; i < RUA_OPS; i++)
        if (staged[i].fd >= 0)
            close(staged[i].fd);
    rua_arena_done(&arena);
    return v;
}

/* Each is noted, so that rows which went elsewhere do not go there again when a
 * later one fails, time after time. From the first table on that was made again
 * nothing is: whoever comes after us finds it by its first rows, as we do. */
static enum rua_verdict
redo_all(struct redo *redo, struct rua_err *err)
{
    struct rua_journal *journal = redo->journal;
    enum rua_verdict v = RUA_OK;

    rua_spool_open(&redo->file, journal->fd, 0, journal->end.offset);
    while (v == RUA_OK && journal->applied.offset < journal->end.offset) {
        struct rua_entry_head head;
        bool valid;
        v = rua_journal_check(journal, &redo->file, &journal->applied, &head,
                              &valid, err);
        if (v == RUA_OK && !valid)
            v = rua_err_set(err, RUA_LATER,
                            RUA_JOURNAL " has changed under the lock");
        if (v == RUA_OK)
            v = redo_entry(redo, &head, err);
        if (v == RUA_OK)
            rua_journal_step(&journal->applied, &head);
        if (v == RUA_OK && !journal->made_again)
            v = rua_journal_note(journal, err);
    }
    return v;
}

enum rua_verdict
rua_journal_recover(struct rua_journal *journal,
                    enum rua_verdict (*apply)(void *ctx,
                                              const struct rua_op *ops,
                                              size_t n, struct rua_err *err),
                    void *ctx, struct rua_err *err)
{
    struct redo redo = {.journal = journal, .apply = apply, .ctx = ctx};
    enum rua_verdict v = RUA_OK;

    if (journal->end.offset > RUA_JOURNAL_HEAD &&
        journal->durable < journal->end.offset)
        v = harden(journal, err);
    if (v == RUA_OK)
        v = redo_all(&redo, err);
    if (v != RUA_OK)
        return v;
    journal->recoveries++;
    return journal->anew ? rua_journal_checkpoint(journal, err)
                         : rua_journal_note(journal, err);
}
