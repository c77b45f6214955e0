/* journal_form.h - how the journal stands in its file, and what it asks for.
 *
 * The file is a head of 512 bytes and entries behind each other; an entry is a
 * head and operations. Numbers are little-endian. Reading takes nothing on
 * trust: lengths must fit, and a path must be one below the store. */
#ifndef RUA_JOURNAL_FORM_H
#define RUA_JOURNAL_FORM_H

#include "arena.h"
#include "file.h"
#include "spool.h"

/* The version of the form. */
#define RUA_JOURNAL_VERSION 1

enum {
    RUA_JOURNAL_HEAD = 512,
    RUA_ENTRY_HEAD = 40,
    RUA_NOTE = 96,
    RUA_OPS = 8,                     /* operations of an entry, at most, */
    RUA_OP_PATH = 1024,              /* bytes of a path, */
    RUA_OP_HEADER_LINE = 1 << 20,    /* and of a header line */
    RUA_OP_INLINE = 4 * 1024 * 1024, /* longer bytes are staged */
    RUA_OP_HEAD = 40,
    /* so that no entry is longer than this, its head aside */
    RUA_ENTRY_LONGEST = RUA_OPS * (RUA_OP_HEAD + RUA_OP_PATH +
                                   RUA_OP_HEADER_LINE + RUA_OP_INLINE),
};

enum rua_op_kind {
    RUA_OP_ROWS = 1, /* write rows at an offset of a table */
    RUA_OP_FILE,     /* put a file in place */
};

/* One operation. Its bytes are `bytes`, then [at, at + len) of `spool`. All is
 * borrowed. */
struct rua_op {
    enum rua_op_kind kind;
    const char *path;       /* below the store */
    uint64_t inode;         /* RUA_OP_ROWS: the table's, */
    uint64_t offset;        /* where the rows go, */
    struct rua_span header; /* its header line, which goes first at offset 0, */
    bool end_line;          /* and whether the line before has no end yet */
    struct rua_span bytes;
    const struct rua_spool *spool; /* or NULL */
    uint64_t at, len;
};

/* The bytes of an operation, in number and into a sink. RUA_LATER when the
 * spool has less than it should. */
uint64_t rua_op_len(const struct rua_op *op);
enum rua_verdict rua_op_push(const struct rua_op *op,
                             const struct rua_sink *sink, struct rua_err *err);

/* All that an operation on a table writes there: the header line or a line end
 * before its bytes, if it asks for them. */
uint64_t rua_op_rows_len(const struct rua_op *op);
enum rua_verdict rua_op_rows_push(const struct rua_op *op,
                                  const struct rua_sink *sink,
                                  struct rua_err *err);

/* A place between two entries: the number of the next one, and the CRC of the
 * one before, with which its own begins. */
struct rua_mark {
    uint64_t offset;
    uint64_t number;
    uint32_t crc;
};

/* The head of the file. False when it is damaged, or none. */
void rua_journal_head_put(uint64_t salt, unsigned char to[RUA_JOURNAL_HEAD]);
bool rua_journal_head_get(const unsigned char from[RUA_JOURNAL_HEAD],
                          uint32_t *ret_version, uint64_t *ret_salt);

/* The head of an entry: `len` bytes of operations follow. */
struct rua_entry_head {
    uint64_t salt;   /* of the epoch: a checkpoint begins a new one */
    uint64_t number; /* in the epoch, from 0 */
    uint64_t len;
    uint32_t ops;
    uint32_t crc; /* of the CRC before, of the rest of the head, and of the
                     operations */
};

void rua_entry_head_put(const struct rua_entry_head *head,
                        unsigned char to[RUA_ENTRY_HEAD]);

/* False when these are no head. */
bool rua_entry_head_get(const unsigned char from[RUA_ENTRY_HEAD],
                        struct rua_entry_head *ret_head);

/* What the CRC of an entry is before its operations. */
uint32_t rua_entry_head_crc(const unsigned char head[RUA_ENTRY_HEAD],
                            uint32_t before);

/* Bytes of an operation in the file before its own bytes: head, path and header
 * line. */
uint64_t rua_op_form_len(const struct rua_op *op);

/* Appends them. `staged`: the bytes are in a file of their own, whose CRC is
 * `crc`. False when a path or a header line is too long. */
bool rua_op_form_put(const struct rua_op *op, bool staged, uint32_t crc,
                     struct rua_buf *to);

/* An operation as it was read. */
struct rua_op_read {
    struct rua_op op; /* path and header line are in the arena */
    bool staged;      /* `len` bytes are elsewhere, with this CRC */
    uint32_t crc;
};

/* Reads the operation at *at, which is moved behind it, of an entry that ends
 * at `end`. RUA_LATER when it is none, or names something outside the store. */
enum rua_verdict rua_op_read(const struct rua_spool *journal, uint64_t *at,
                             uint64_t end, struct rua_arena *arena,
                             struct rua_op_read *ret_read, struct rua_err *err);

/* The note in the lock file: how far which epoch is applied, since which start
 * of the machine. False when it is damaged, or none. */
struct rua_note {
    char boot[RUA_BOOT_ID_SIZE];
    uint64_t salt;
    struct rua_mark applied;
};

void rua_note_put(const struct rua_note *note, unsigned char to[RUA_NOTE]);
bool rua_note_get(const unsigned char from[RUA_NOTE],
                  struct rua_note *ret_note);

#endif
