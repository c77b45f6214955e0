/* s3.h - a bucket of an S3 server: signed requests, and what answers mean. */
#ifndef RUAMILL_S3_H
#define RUAMILL_S3_H

#include "http.h"
#include "s3_sign.h"
#include "targets.h"

struct s3 {
    const struct conf_target *conf; /* borrowed */
    struct http_style style;
    struct http *http; /* for s3_ask() */
    char secret[CONF_PASSWORD];
    char *host; /* as the header Host has it */
    struct s3_signer signer;
};

/* Nothing is connected yet. s3_close() must follow even if it fails. */
enum rua_verdict s3_open(struct s3 *s3, const struct conf_target *conf,
                         volatile int *stop, struct rua_err *err);
void s3_close(struct s3 *s3);

/* Reads the file of the secret again; what cannot be read changes nothing. */
void s3_renew(struct s3 *s3);

/* A request about an object, or about the bucket. */
struct s3_order {
    const char *method;
    const char *key;              /* the object's name; NULL: the bucket */
    const char *query;            /* as in s3_sign.h; NULL: none */
    struct rua_span body;         /* absent: none */
    const struct http_file *file; /* in place of `body`; or NULL */
    const char *sha256;           /* of the file */
    const char *const *headers;   /* as in s3_sign.h */
    const struct rua_sink *into;  /* as in http.h */
};

/* The same, signed. Borrows body, file and sink. */
struct s3_request {
    struct http_request http;
    struct rua_buf texts[16];
    size_t n;
    const char *headers[16];
};

void s3_sign_order(const struct s3 *s3, const struct s3_order *order,
                   struct s3_request *ret_request);
void s3_request_done(struct s3_request *request);

/* As http_ask(): RUA_OK for any answer. */
enum rua_verdict s3_ask(struct s3 *s3, const struct s3_order *order,
                        struct http_answer *ret_answer, struct rua_err *err);

/* What an answer means: RUA_OK when it is one of success; else RUA_LATER (it
 * may go another time) or RUA_REFUSED (not until somebody mends something),
 * with a sentence that has what the server said. */
enum rua_verdict s3_judge(const struct s3 *s3, const char *key,
                          const struct http_answer *answer,
                          struct rua_err *err);

/* The same of an answer to PUT or HEAD of an object, or of a part of one. Any
 * web server may have a page for whatever it is asked; of S3 such an answer has
 * an ETag, and that to HEAD the object's length. Without them it is RUA_LATER.
 */
enum rua_verdict s3_judge_object(const struct s3 *s3, const char *key,
                                 const struct http_answer *answer,
                                 struct rua_err *err);
enum rua_verdict s3_judge_length(const struct s3 *s3, const char *key,
                                 const struct http_answer *answer,
                                 uint64_t *ret_len, struct rua_err *err);

/* RUA_LATER, and the sentence that what answers there is something else. */
enum rua_verdict s3_is_none(const struct s3 *s3, struct rua_err *err);

/* The code of an error ("NoSuchBucket"); empty when there is none. */
#define S3_CODE 64
void s3_code(const struct http_answer *answer, char ret_code[S3_CODE]);

/* Makes the bucket, unless it is there and ours. */
enum rua_verdict s3_create(struct s3 *s3, struct rua_err *err);

/* ---- what a file is, and what the server has of it ---- */

struct s3_digests {
    char sha256[RUA_DIGEST_SIZE];
    unsigned char md5[RUA_MD5_RAW];
};

/* RUA_LATER when it cannot be read. */
enum rua_verdict s3_digest(const struct http_file *file,
                           struct s3_digests *ret_digests, struct rua_err *err);

/* What an ETag says of an object. It is no MD5 where the server encrypts with
 * keys of its own service, or has other ideas. */
enum s3_match {
    S3_SAME,
    S3_OTHER,
    S3_UNKNOWN,
};

/* `parts`: of a multipart upload, whose MD5 is that of the MD5s of the parts;
 * 0: of one piece. */
enum s3_match s3_match(const struct http_answer *answer, struct rua_span etag,
                       const unsigned char md5[RUA_MD5_RAW], unsigned parts);

/* "Content-MD5: ...", by which a server checks what came, too, and without
 * which it takes nothing into a bucket whose objects are locked. */
#define S3_CONTENT_MD5 (sizeof("content-md5: ") + RUA_BASE64_SIZE(RUA_MD5_RAW))
void s3_content_md5(const unsigned char md5[RUA_MD5_RAW],
                    char ret_header[S3_CONTENT_MD5]);

#endif
