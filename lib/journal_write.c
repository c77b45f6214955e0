#include <string.h>
#include <unistd.h>

#include "gunzip.h"
#include "journal.h"

enum {
    STEP = 1 << 20, /* bytes that the file grows by */
    ZEROES = 64 << 10,
};

/* Allocates and zeroes the file up to `end` and further. Its sync is that of
 * the commit. */
static enum rua_verdict
make_room(struct rua_journal *journal, uint64_t end, struct rua_err *err)
{
    static const unsigned char zeroes[ZEROES];
    enum rua_verdict v = RUA_OK;

    if (end <= journal->room)
        return RUA_OK;
    end = (end + STEP - 1) / STEP * STEP;
    while (v == RUA_OK && journal->room < end) {
        uint64_t rest = end - journal->room;
        size_t n = rest < ZEROES ? (size_t)rest : ZEROES;
        v = rua_file_write(journal->fd, RUA_JOURNAL, journal->room,
                           (struct rua_span){zeroes, n}, err);
        if (v == RUA_OK)
            journal->room += n;
    }
    return v;
}

/* ---- what is too long for an entry ---- */

struct stage {
    const char *name;
    int fd;
    uint64_t at;
    uint32_t crc;
};

static enum rua_verdict
stage_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct stage *stage = ctx;
    enum rua_verdict v =
        rua_file_write(stage->fd, stage->name, stage->at, bytes, err);

    stage->at += bytes.len;
    stage->crc = rua_crc32(stage->crc, bytes);
    return v;
}

static enum rua_verdict
stage(struct rua_journal *journal, const struct rua_op *op, size_t index,
      uint32_t *ret_crc, struct rua_err *err)
{
    char name[RUA_STAGE_NAME];
    struct stage stage = {.name = name};
    struct rua_sink sink = {stage_bytes, &stage};
    enum rua_verdict v;

    rua_journal_stage_name(journal, journal->written.number, index, name);
    journal->staged = true;
    v = rua_file_make_folders(journal->root, RUA_JOURNAL_STAGE, err);
    if (v == RUA_OK)
        v = rua_file_make(journal->root, name, &stage.fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_op_push(op, &sink, err);
    if (v == RUA_OK)
        v = rua_journal_sync(journal, stage.fd, name, err);
    close(stage.fd);
    if (v == RUA_OK) {
        v = rua_file_sync_folder(journal->root, RUA_JOURNAL_STAGE, err);
        journal->failed = v != RUA_OK;
    }
    journal->staged_bytes += stage.at;
    *ret_crc = stage.crc;
    return v;
}

/* ---- an entry ---- */

struct writer {
    struct rua_journal *journal;
    uint32_t crc;
};

static enum rua_verdict
flush(struct rua_journal *journal, struct rua_err *err)
{
    struct rua_buf *form = &journal->form;
    enum rua_verdict v = rua_file_write(
        journal->fd, RUA_JOURNAL, journal->form_at, rua_buf_span(form), err);

    journal->form_at += form->len;
    rua_buf_reset(form);
    return v;
}

/* Long ones are not copied. */
static enum rua_verdict
add_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct writer *writer = ctx;
    struct rua_journal *journal = writer->journal;
    enum rua_verdict v = RUA_OK;

    writer->crc = rua_crc32(writer->crc, bytes);
    if (rua_buf_add_span(&journal->form, bytes))
        return v;
    v = flush(journal, err);
    if (v != RUA_OK || rua_buf_add_span(&journal->form, bytes))
        return v;
    v = rua_file_write(journal->fd, RUA_JOURNAL, journal->form_at, bytes, err);
    journal->form_at += bytes.len;
    return v;
}

static bool
is_long(const struct rua_op *op)
{
    return rua_op_len(op) > RUA_OP_INLINE;
}

static enum rua_verdict
add_op(struct writer *writer, const struct rua_op *op, size_t index,
       struct rua_err *err)
{
    struct rua_sink sink = {add_bytes, writer};
    struct rua_buf form;
    uint32_t crc = 0;
    enum rua_verdict v = RUA_OK;

    if (is_long(op))
        v = stage(writer->journal, op, index, &crc, err);
    if (v != RUA_OK)
        return v;
    rua_buf_init(&form, RUA_OP_PATH + RUA_OP_HEADER_LINE + 256);
    if (!rua_op_form_put(op, is_long(op), crc, &form))
        v = rua_err_set(err, RUA_LATER, "%.100s: too long a name or header",
                        op->path);
    if (v == RUA_OK)
        v = rua_push(&sink, rua_buf_span(&form), err);
    rua_buf_done(&form);
    return v == RUA_OK && !is_long(op) ? rua_op_push(op, &sink, err) : v;
}

static uint64_t
entry_len(const struct rua_op *ops, size_t n)
{
    uint64_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += rua_op_form_len(&ops[i]) +
               (is_long(&ops[i]) ? 0 : rua_op_len(&ops[i]));
    return len;
}

/* Those that fit into memory are there as a whole. */
static enum rua_verdict
begin_entry(struct rua_journal *journal, uint64_t size, struct rua_err *err)
{
    uint64_t end = journal->written.offset + size;
    enum rua_verdict v = make_room(journal, end, err);

    if (v == RUA_OK && journal->form.len + size > journal->form.max)
        v = flush(journal, err);
    if (!journal->form.len)
        journal->form_at = journal->written.offset;
    return v;
}

/* The head goes last, since it has the CRC of all. */
static enum rua_verdict
put_head(struct rua_journal *journal, const unsigned char form[RUA_ENTRY_HEAD],
         struct rua_err *err)
{
    uint64_t at = journal->written.offset;

    if (at >= journal->form_at) {
        memcpy(journal->form.data + (at - journal->form_at), form,
               RUA_ENTRY_HEAD);
        return RUA_OK;
    }
    if (flush(journal, err) != RUA_OK)
        return RUA_LATER;
    return rua_file_write(journal->fd, RUA_JOURNAL, at,
                          (struct rua_span){form, RUA_ENTRY_HEAD}, err);
}

enum rua_verdict
rua_journal_write(struct rua_journal *journal, const struct rua_op *ops,
                  size_t n, struct rua_err *err)
{
    struct rua_mark *written = &journal->written;
    struct rua_entry_head head = {.salt = journal->salt,
                                  .number = written->number,
                                  .len = entry_len(ops, n),
                                  .ops = (uint32_t)n};
    struct writer writer = {.journal = journal};
    unsigned char form[RUA_ENTRY_HEAD];
    enum rua_verdict v;

    v = begin_entry(journal, RUA_ENTRY_HEAD + head.len, err);
    rua_entry_head_put(&head, form);
    if (v == RUA_OK && !rua_buf_add(&journal->form, form, sizeof(form)))
        v = RUA_LATER; /* there is room: it was flushed */
    writer.crc = rua_entry_head_crc(form, written->crc);
    for (size_t i = 0; v == RUA_OK && i < n; i++)
        v = add_op(&writer, &ops[i], i, err);
    head.crc = writer.crc;
    rua_entry_head_put(&head, form);
    if (v == RUA_OK)
        v = put_head(journal, form, err);
    if (v != RUA_OK)
        return v;
    written->offset += RUA_ENTRY_HEAD + head.len;
    written->number++;
    written->crc = head.crc;
    return RUA_OK;
}

enum rua_verdict
rua_journal_commit(struct rua_journal *journal, struct rua_err *err)
{
    enum rua_verdict v = flush(journal, err);

    if (v != RUA_OK) {
        rua_journal_undo(journal);
        return v;
    }
    v = rua_journal_sync(journal, journal->fd, RUA_JOURNAL, err);
    if (v != RUA_OK)
        return v;
    journal->end = journal->written;
    journal->durable = journal->end.offset;
    journal->staged = false;
    return RUA_OK;
}

/* ---- undo ---- */

static void
remove_staged(const struct rua_journal *journal)
{
    for (uint64_t i = journal->end.number; i <= journal->written.number; i++)
        for (size_t op = 0; op < RUA_OPS; op++) {
            char name[RUA_STAGE_NAME];
            rua_journal_stage_name(journal, i, op, name);
            rua_file_remove(journal->root, name, NULL);
        }
}

/* Every head is taken away, the first one first: an entry behind it could seem
 * valid again when the same entry as now is written before it. A head that
 * cannot be taken away would be committed by whoever comes next, though what it
 * says may not be so any more: then this process does no more. */
void
rua_journal_undo(struct rua_journal *journal)
{
    static const unsigned char nothing[RUA_ENTRY_HEAD];
    uint64_t at = journal->end.offset;

    rua_buf_reset(&journal->form);
    while (at <= journal->written.offset &&
           at + RUA_ENTRY_HEAD <= journal->room) {
        unsigned char form[RUA_ENTRY_HEAD] = {0};
        struct rua_entry_head head;
        size_t n;
        rua_file_read(journal->fd, RUA_JOURNAL, at, form, sizeof(form), &n,
                      NULL);
        if (!rua_entry_head_get(form, &head))
            break;
        if (rua_file_write(journal->fd, RUA_JOURNAL, at,
                           (struct rua_span){nothing, sizeof(nothing)},
                           NULL) != RUA_OK)
            journal->failed = true;
        at += RUA_ENTRY_HEAD + head.len;
    }
    if (journal->staged)
        remove_staged(journal);
    journal->staged = false;
    journal->written = journal->end;
}
