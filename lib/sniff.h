/* sniff.h - what bytes are, by the way they begin: one table of magics. */
#ifndef RUA_SNIFF_H
#define RUA_SNIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"

/* At most so many bytes are looked at, junk in front included. */
#define RUA_SNIFF_MAX 4096

enum rua_kind {
    RUA_IS_UNKNOWN, /* more bytes are needed */
    RUA_IS_NOTHING, /* empty, or junk only */
    RUA_IS_OTHER,   /* of no use to us; its name says what */
    RUA_IS_XML,
    RUA_IS_GZIP,
    RUA_IS_ZLIB,
    RUA_IS_ZIP,
    RUA_IS_DEFLATE, /* never told by its bytes */
};

struct rua_sight {
    enum rua_kind kind;
    const char *name;  /* "gzip", "JSON", ...; a literal */
    size_t begin;      /* where it begins, behind the junk */
    uint32_t oddities; /* RUA_LEADING_JUNK */
    bool text;         /* RUA_IS_OTHER without a magic, but text */
};

/* Tells the kind of bytes by the first of them; `whole`: there are no more.
 *
 * White space, zero bytes and byte order marks may stand in front and are
 * junk, except one byte order mark directly before a "<", which is the
 * document's own, and white space before XML without a declaration. XML begins
 * with "<", in UTF-8 or UTF-16. Which of the bytes come in one call does not
 * matter. */
struct rua_sight rua_sniff(struct rua_span bytes, bool whole);

#endif
