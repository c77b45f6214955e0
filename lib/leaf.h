/* leaf.h - the body of a MIME leaf: from its bytes in the message to its
 * content. */
#ifndef RUA_LEAF_H
#define RUA_LEAF_H

#include <stdbool.h>

#include "limit.h"
#include "spool.h"

enum rua_transfer {
    RUA_TRANSFER_NONE, /* 7bit, 8bit, binary, unknown, absent: as it is */
    RUA_TRANSFER_BASE64,
    RUA_TRANSFER_QUOTED,
    RUA_TRANSFER_UU,
};

/* Bytes [offset, offset + len) of a message. */
struct rua_leaf {
    const struct rua_spool *message;
    uint64_t offset;
    uint64_t len;
    enum rua_transfer transfer;
};

/* One decoded leaf. */
struct rua_part {
    const char *type;                /* "application/gzip", lower case */
    const char *name;                /* file name, decoded; NULL without one */
    const struct rua_spool *content; /* transfer encoding taken off */
};

/* The leaves of a message, counted, and who takes the parts. */
struct rua_leaves {
    const struct rua_limits *limits;
    struct rua_scratch *scratch;
    enum rua_verdict (*part)(void *ctx, const struct rua_part *part,
                             struct rua_err *err);
    void *ctx;      /* of `part` */
    uint64_t parts; /* given so far */
    uint64_t bytes; /* that leaves have decoded to */
};

/* The whole message as a leaf, behind empty lines and the line "From " or
 * ">From " that a mailbox puts before it. RUA_LATER when the message cannot be
 * read. */
enum rua_verdict rua_leaf_whole(const struct rua_spool *message,
                                struct rua_leaf *ret_leaf, struct rua_err *err);

/* Moves the end of a leaf that gmime found by one byte where it is wrong: the
 * line end before a boundary is taken to be as long as the one behind it. */
enum rua_verdict rua_leaf_mend(struct rua_leaf *leaf, struct rua_err *err);

/* Decodes a leaf and gives it; or the uuencoded files in its text instead.
 *
 * The first bytes may correct the transfer encoding: what is labelled base64
 * and is gzip, zip or XML is taken as it is; what has no label and is such a
 * thing in base64, as base64. The first line "begin 644 name" is looked for in
 * 64 KiB. RUA_BAD over max_parts and max_unpacked; errors of the spools. */
enum rua_verdict rua_leaf_give(struct rua_leaves *leaves, struct rua_leaf leaf,
                               const char *type, const char *name,
                               struct rua_err *err);

/* Gives a text that is in memory as a leaf "text/plain"; an empty one not. */
enum rua_verdict rua_leaf_give_text(struct rua_leaves *leaves,
                                    struct rua_span text, struct rua_err *err);

/* Makes a message again of the body of a multipart, into a new spool, which the
 * caller ends with rua_spool_done() whatever the verdict is: a header that
 * names `boundary`, and the body. Counts as decoded. */
enum rua_verdict rua_leaf_wrap(struct rua_leaves *leaves, bool report,
                               struct rua_span boundary, struct rua_span body,
                               struct rua_spool *ret_content,
                               struct rua_err *err);

/* Decodes a leaf by its label into a new spool, which the caller ends with
 * rua_spool_done() whatever the verdict is. For uuencode leaf->len becomes the
 * bytes up to the line "end". */
enum rua_verdict rua_leaf_decode(struct rua_leaves *leaves,
                                 struct rua_leaf *leaf,
                                 struct rua_spool *ret_content,
                                 struct rua_err *err);

#endif
