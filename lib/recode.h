/* recode.h - bytes of any encoding -> UTF-8 that XML allows.
 *
 * UTF-16 by its byte order mark or its first "<"; a declared single-byte
 * encoding that charset.h knows; else UTF-8, where a byte that is none counts
 * as windows-1252. Characters that XML forbids become U+FFFD. */
#ifndef RUA_RECODE_H
#define RUA_RECODE_H

#include <stdint.h>

#include "buf.h"

#define RUA_RECODE_HEAD 1024

/* Stand before the first character of a document that is odd; no text has
 * them otherwise. */
#define RUA_RECODE_ENCODING       0x01 /* RUA_ENCODING */
#define RUA_RECODE_BAD_CHARACTERS 0x02 /* RUA_BAD_CHARACTERS */

/* The oddity that a byte of the text stands for, or 0. */
uint32_t rua_recode_marked(unsigned char c);

struct rua_recode {
    uint32_t oddities; /* RUA_ENCODING, RUA_BAD_CHARACTERS */
    uint32_t (*decode)(const struct rua_recode *recode, size_t *ret_used);
    const uint16_t *table;               /* of a single-byte encoding */
    bool begun;                          /* a character was written */
    unsigned char head[RUA_RECODE_HEAD]; /* until the encoding is known */
    size_t n_head;
    unsigned char part[4]; /* a character that is not complete */
    size_t n_part;
};

void rua_recode_begin(struct rua_recode *recode);

/* Appends to `out`, at most RUA_RECODE_HEAD bytes more than three for each, and
 * the marks. Any pieces give the same. */
void rua_recode_write(struct rua_recode *recode, struct rua_span bytes,
                      struct rua_buf *out);

/* Nothing follows; a character that is not complete is left out. */
void rua_recode_end(struct rua_recode *recode, struct rua_buf *out);

#endif
