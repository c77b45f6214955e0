#include "journal_form.h"

#include <string.h>

#include "canon.h"
#include "gunzip.h"

enum {
    FLAG_END_LINE = 1,
    FLAG_STAGED = 2,
    ENTRY_MAGIC = 0x65617572, /* "ruae" */
};

static const unsigned char head_magic[16] = "ruamill journal";
static const unsigned char note_magic[8] = "ruanote";

/* ---- what an operation writes ---- */

uint64_t
rua_op_len(const struct rua_op *op)
{
    return op->bytes.len + (op->spool ? op->len : 0);
}

enum rua_verdict
rua_op_push(const struct rua_op *op, const struct rua_sink *sink,
            struct rua_err *err)
{
    enum rua_verdict v = rua_push(sink, op->bytes, err);

    if (v != RUA_OK || !op->spool)
        return v;
    if (op->at > op->spool->len || op->len > op->spool->len - op->at)
        return rua_err_set(err, RUA_LATER, "%s: its bytes are not all there",
                           op->path);
    return rua_spool_push(op->spool, op->at, op->len, sink, err);
}

static struct rua_span
before_rows(const struct rua_op *op)
{
    if (op->offset == 0)
        return op->header;
    return op->end_line ? RUA_SPAN("\n") : (struct rua_span){NULL, 0};
}

uint64_t
rua_op_rows_len(const struct rua_op *op)
{
    return before_rows(op).len + rua_op_len(op);
}

enum rua_verdict
rua_op_rows_push(const struct rua_op *op, const struct rua_sink *sink,
                 struct rua_err *err)
{
    enum rua_verdict v = rua_push(sink, before_rows(op), err);

    return v == RUA_OK ? rua_op_push(op, sink, err) : v;
}

/* ---- heads ---- */

static uint32_t
crc_of(const unsigned char *data, size_t n)
{
    return rua_crc32(0, (struct rua_span){data, n});
}

/* 0 magic, 16 CRC of what follows, 20 version, 24 salt. */
void
rua_journal_head_put(uint64_t salt, unsigned char to[RUA_JOURNAL_HEAD])
{
    memset(to, 0, RUA_JOURNAL_HEAD);
    memcpy(to, head_magic, sizeof(head_magic));
    rua_canon_put(to + 20, RUA_JOURNAL_VERSION, 4);
    rua_canon_put(to + 24, salt, 8);
    rua_canon_put(to + 16, crc_of(to + 20, RUA_JOURNAL_HEAD - 20), 4);
}

bool
rua_journal_head_get(const unsigned char from[RUA_JOURNAL_HEAD],
                     uint32_t *ret_version, uint64_t *ret_salt)
{
    if (memcmp(from, head_magic, sizeof(head_magic)) != 0 ||
        rua_canon_get(from + 16, 4) != crc_of(from + 20, RUA_JOURNAL_HEAD - 20))
        return false;
    *ret_version = (uint32_t)rua_canon_get(from + 20, 4);
    *ret_salt = rua_canon_get(from + 24, 8);
    return true;
}

/* 0 magic, 4 CRC, 8 salt, 16 number, 24 length, 32 operations, 36 zero. */
void
rua_entry_head_put(const struct rua_entry_head *head,
                   unsigned char to[RUA_ENTRY_HEAD])
{
    memset(to, 0, RUA_ENTRY_HEAD);
    rua_canon_put(to, ENTRY_MAGIC, 4);
    rua_canon_put(to + 4, head->crc, 4);
    rua_canon_put(to + 8, head->salt, 8);
    rua_canon_put(to + 16, head->number, 8);
    rua_canon_put(to + 24, head->len, 8);
    rua_canon_put(to + 32, head->ops, 4);
}

bool
rua_entry_head_get(const unsigned char from[RUA_ENTRY_HEAD],
                   struct rua_entry_head *ret_head)
{
    if (rua_canon_get(from, 4) != ENTRY_MAGIC)
        return false;
    *ret_head = (struct rua_entry_head){
        .crc = (uint32_t)rua_canon_get(from + 4, 4),
        .salt = rua_canon_get(from + 8, 8),
        .number = rua_canon_get(from + 16, 8),
        .len = rua_canon_get(from + 24, 8),
        .ops = (uint32_t)rua_canon_get(from + 32, 4),
    };
    return true;
}

uint32_t
rua_entry_head_crc(const unsigned char head[RUA_ENTRY_HEAD], uint32_t before)
{
    return rua_crc32(before, (struct rua_span){head + 8, RUA_ENTRY_HEAD - 8});
}

/* ---- operations ---- */

uint64_t
rua_op_form_len(const struct rua_op *op)
{
    return RUA_OP_HEAD + strlen(op->path) + op->header.len;
}

/* 0 kind, 1 flags, 2 length of the path, 4 length of the header line, 8 inode,
 * 16 offset, 24 length of the bytes, 32 their CRC if they are staged, 36 zero.
 */
bool
rua_op_form_put(const struct rua_op *op, bool staged, uint32_t crc,
                struct rua_buf *to)
{
    unsigned char head[RUA_OP_HEAD] = {(unsigned char)op->kind};
    size_t path = strlen(op->path);

    if (path > RUA_OP_PATH || op->header.len > RUA_OP_HEADER_LINE)
        return false;
    head[1] = (unsigned char)((op->end_line ? FLAG_END_LINE : 0) |
                              (staged ? FLAG_STAGED : 0));
    rua_canon_put(head + 2, path, 2);
    rua_canon_put(head + 4, op->header.len, 4);
    rua_canon_put(head + 8, op->inode, 8);
    rua_canon_put(head + 16, op->offset, 8);
    rua_canon_put(head + 24, rua_op_len(op), 8);
    rua_canon_put(head + 32, crc, 4);
    return rua_buf_add(to, head, sizeof(head)) &&
           rua_buf_add(to, op->path, path) && rua_buf_add_span(to, op->header);
}

static enum rua_verdict
broken(struct rua_err *err)
{
    return rua_err_set(err, RUA_LATER, "journal: an entry makes no sense");
}

/* Reads n bytes into the arena, as a text. */
static enum rua_verdict
read_text(const struct rua_spool *journal, uint64_t at, size_t n,
          struct rua_arena *arena, char **ret_text, struct rua_err *err)
{
    char *text = rua_arena_alloc(arena, n + 1);
    size_t got = 0;
    enum rua_verdict v = rua_spool_read(journal, at, text, n, &got, err);

    *ret_text = text;
    return v == RUA_OK && got < n ? broken(err) : v;
}

/* Components joined by single slashes, none of them "." or "..". What begins
 * with a dot is ours alone: .spool. */
static bool
is_path(const char *path, size_t len)
{
    const char *at = path;
    size_t n;

    if (strlen(path) != len || path[0] == '.')
        return false;
    for (;; at += n + 1) {
        n = strcspn(at, "/");
        if (n == 0 || (n <= 2 && memcmp(at, "..", n) == 0))
            return false;
        if (!at[n])
            return true;
    }
}

/* What the fixed part of an operation says must fit into the entry. */
static bool
fits(const struct rua_op_read *read, uint64_t path, uint64_t header,
     uint64_t room)
{
    bool known = read->op.kind == RUA_OP_ROWS || read->op.kind == RUA_OP_FILE;
    uint64_t inside = path + header + (read->staged ? 0 : read->op.len);

    return known && path <= RUA_OP_PATH && header <= RUA_OP_HEADER_LINE &&
           read->op.len <= INT64_MAX && read->op.offset <= INT64_MAX &&
           inside <= room;
}

enum rua_verdict
rua_op_read(const struct rua_spool *journal, uint64_t *at, uint64_t end,
            struct rua_arena *arena, struct rua_op_read *ret_read,
            struct rua_err *err)
{
    struct rua_op_read read;
    unsigned char head[RUA_OP_HEAD];
    char *path, *header;
    size_t n = 0, path_len, header_len;
    enum rua_verdict v;

    if (end - *at < RUA_OP_HEAD)
        return broken(err);
    v = rua_spool_read(journal, *at, head, sizeof(head), &n, err);
    if (v != RUA_OK)
        return v;
    *at += RUA_OP_HEAD;
    path_len = (size_t)rua_canon_get(head + 2, 2);
    header_len = (size_t)rua_canon_get(head + 4, 4);
    read = (struct rua_op_read){
        .op = {.kind = (enum rua_op_kind)head[0],
               .inode = rua_canon_get(head + 8, 8),
               .offset = rua_canon_get(head + 16, 8),
               .end_line = head[1] & FLAG_END_LINE,
               .spool = journal,
               .len = rua_canon_get(head + 24, 8)},
        .staged = head[1] & FLAG_STAGED,
        .crc = (uint32_t)rua_canon_get(head + 32, 4),
    };
    if (n < sizeof(head) || !fits(&read, path_len, header_len, end - *at))
        return broken(err);
    v = read_text(journal, *at, path_len, arena, &path, err);
    if (v == RUA_OK)
        v = read_text(journal, *at + path_len, header_len, arena, &header, err);
    if (v != RUA_OK)
        return v;
    if (!is_path(path, path_len))
        return rua_err_set(err, RUA_LATER,
                           "journal: an entry names \"%.100s\", which is no "
                           "table or file of the store",
                           path);
    *at += path_len + header_len;
    read.op.path = path;
    read.op.header = (struct rua_span){(unsigned char *)header, header_len};
    read.op.at = *at;
    *at += read.staged ? 0 : read.op.len;
    *ret_read = read;
    return RUA_OK;
}

/* ---- the note ---- */

/* 0 magic, 8 CRC of what follows, 12 CRC of the mark, 16 salt, 24 offset, 32
 * number, 40 boot id. */
void
rua_note_put(const struct rua_note *note, unsigned char to[RUA_NOTE])
{
    memset(to, 0, RUA_NOTE);
    memcpy(to, note_magic, sizeof(note_magic));
    rua_canon_put(to + 12, note->applied.crc, 4);
    rua_canon_put(to + 16, note->salt, 8);
    rua_canon_put(to + 24, note->applied.offset, 8);
    rua_canon_put(to + 32, note->applied.number, 8);
    memcpy(to + 40, note->boot, sizeof(note->boot));
    rua_canon_put(to + 8, crc_of(to + 12, RUA_NOTE - 12), 4);
}

bool
rua_note_get(const unsigned char from[RUA_NOTE], struct rua_note *ret_note)
{
    if (memcmp(from, note_magic, sizeof(note_magic)) != 0 ||
        rua_canon_get(from + 8, 4) != crc_of(from + 12, RUA_NOTE - 12))
        return false;
    ret_note->applied.crc = (uint32_t)rua_canon_get(from + 12, 4);
    ret_note->salt = rua_canon_get(from + 16, 8);
    ret_note->applied.offset = rua_canon_get(from + 24, 8);
    ret_note->applied.number = rua_canon_get(from + 32, 8);
    memcpy(ret_note->boot, from + 40, sizeof(ret_note->boot));
    return ret_note->boot[RUA_BOOT_ID_SIZE - 1] == '\0';
}
