/* s3_put.h - files become objects, unless there are objects of their names.
 *
 * A name is that of an archived report, and ends in its key: what is there
 * already is the same report, and stays as it is. The server is told to see to
 * that (If-None-Match); one that cannot is asked before. It gets the SHA-256
 * and the MD5 of the file, and what it says that it has is compared with them:
 * an object of other bytes is taken away again. */
#ifndef RUAMILL_S3_PUT_H
#define RUAMILL_S3_PUT_H

#include "s3.h"

/* Longer files go in parts, which is for s3_put_large(). */
#define S3_ONE_PIECE (64ULL * 1024 * 1024)

/* Several files at a time. */
struct s3_put;

/* NULL when libcurl cannot be set up. `s3` is borrowed. */
struct s3_put *s3_put_new(struct s3 *s3, unsigned most);
void s3_put_free(struct s3_put *put);
bool s3_put_has_room(const struct s3_put *put);

/* There must be room. `key` is borrowed until the file is done; `fd` is not the
 * caller's any more. What is not RUA_OK is done already: it cannot be read. */
enum rua_verdict s3_put_start(struct s3_put *put, const char *key, int fd,
                              uint64_t len, size_t ticket, struct rua_err *err);

/* A file that is there now (RUA_OK), or may go another time (RUA_LATER), or
 * will not until somebody mends something (RUA_REFUSED). */
struct s3_put_done {
    size_t ticket;
    enum rua_verdict verdict;
    struct rua_err err;
};

/* Waits for one; false when there is none. */
bool s3_put_wait(struct s3_put *put, struct s3_put_done *ret_done);

/* A file in parts, one after the other. What was begun and fails is aborted.
 * The verdicts are the same. */
enum rua_verdict s3_put_large(struct s3 *s3, const char *key, int fd,
                              uint64_t len, struct rua_err *err);

/* Whether an answer says that the server knows no condition. */
bool s3_put_knows_no_condition(const struct http_answer *answer);

#endif
