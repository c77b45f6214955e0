/* s3_sign.h - AWS Signature Version 4, in a header, over the whole payload.
 *
 * libcurl can sign, too; how it orders and escapes a path and a query depends
 * on its release, and what is signed must be what is sent. */
#ifndef RUAMILL_S3_SIGN_H
#define RUAMILL_S3_SIGN_H

#include <stdint.h>

#include "buf.h"
#include "digest.h"

/* Who signs. */
struct s3_signer {
    const char *access, *secret; /* the two keys */
    const char *region;
};

/* What is signed. */
struct s3_signed {
    const char *method;
    const char *host;
    const char *path;    /* escaped: s3_escape(), "/" for none */
    const char *query;   /* escaped, names in order: "partNumber=1&uploadId=x";
                            a name without a value has its "=", too */
    const char *payload; /* its SHA-256, in hexadecimal digits */
    /* Further headers: "name: value", names in small letters, eight at most,
     * ended by a NULL; or NULL. */
    const char *const *headers;
    int64_t now; /* seconds since 1970 */
};

#define S3_DATE 17 /* "20130524T000000Z", and its NUL */

/* Appends the value of the header Authorization. `date` is set to that of
 * x-amz-date, which must go along with host, x-amz-content-sha256 and the
 * further headers. */
void s3_sign(const struct s3_signer *signer, const struct s3_signed *what,
             char ret_date[S3_DATE], struct rua_buf *to);

/* Appends text as S3 wants it in a path or, with `slash`, in a query: all but
 * letters, digits and "-._~" as %XX; "/" is one of these in a query only. */
void s3_escape(struct rua_span text, bool slash, struct rua_buf *to);

#endif
