/* s3_get.h - objects come as files, several at a time, in the order that they
 * are asked for. */
#ifndef RUAMILL_S3_GET_H
#define RUAMILL_S3_GET_H

#include "s3_list.h"

struct s3_get;

/* `most` at a time; up to S3_AHEAD that came wait for one before them. Files
 * are unlinked ones in `folder`. All is borrowed. NULL when libcurl cannot be
 * set up. */
enum {
    S3_AHEAD = 64
};
struct s3_get *s3_get_new(struct s3 *s3, unsigned most, int folder);
void s3_get_free(struct s3_get *get);
bool s3_get_has_room(const struct s3_get *get);

/* Asks for an object, of whose size no more and no less is taken. There must be
 * room; the key, which ends with a NUL, is copied. */
void s3_get_start(struct s3_get *get, const struct s3_object *object);

/* An object that came. */
struct s3_got {
    const char *key; /* borrowed until the next call */
    int64_t modified;
    enum rua_verdict verdict; /* RUA_OK; RUA_BAD: it is gone, or of another
                                 length; RUA_LATER and RUA_REFUSED: all the
                                 others will be so, too */
    struct rua_err err;
    int fd; /* to read only; the caller's */
};

/* Waits for the next one; false when there is none. What fails on the way is
 * asked for again a few times. */
bool s3_get_next(struct s3_get *get, struct s3_got *ret_got);

#endif
