/* s3_list.h - what is in a bucket, a page at a time (ListObjectsV2).
 *
 * The server may be anybody's: a page has a ceiling, and so has each value. */
#ifndef RUAMILL_S3_LIST_H
#define RUAMILL_S3_LIST_H

#include "arena.h"
#include "s3.h"

enum {
    S3_OBJECTS = 1000, /* of a page, at most */
    S3_KEY = 1024,     /* bytes of an object's name, as S3 has it */
    S3_TOKEN = 4096,   /* of what the next page is asked for by */
};

struct s3_object {
    struct rua_span key; /* any bytes, and a NUL behind them */
    uint64_t size;
    int64_t modified; /* seconds since 1970; 0: not known */
};

struct s3_page {
    struct s3_object objects[S3_OBJECTS];
    size_t n;
    struct rua_arena arena;
    char token[S3_TOKEN]; /* of the next page; empty: this is the last one */
};

/* Asks for the page behind `token` ("": the first one). RUA_LATER, to be asked
 * for again, RUA_REFUSED as s3_judge() has it, or RUA_BAD when what the server
 * says is no such page. */
enum rua_verdict s3_list(struct s3 *s3, const char *token,
                         struct s3_page *ret_page, struct rua_err *err);
void s3_page_done(struct s3_page *page);

#endif
