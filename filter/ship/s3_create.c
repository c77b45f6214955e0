/* s3_create.c - the bucket. */
#include <string.h>

#include "s3.h"
#include "s3_xml.h"

/* There is a bucket, or a page for all that is asked. Who may not list it sees
 * no more than that it is there. */
static enum rua_verdict
check_bucket(struct s3 *s3, struct rua_err *err)
{
    const struct s3_order order = {.method = "GET",
                                   .query = "list-type=2&max-keys=1"};
    struct http_answer answer;
    char text[8];
    enum rua_verdict v = s3_ask(s3, &order, &answer, err);

    if (v == RUA_OK && answer.status / 100 == 2 &&
        !s3_xml_text(answer.body, "IsTruncated", text, sizeof(text)))
        return s3_is_none(s3, err);
    return v;
}

/* us-east-1 is where buckets are that say nothing. */
enum rua_verdict
s3_create(struct s3 *s3, struct rua_err *err)
{
    struct s3_order order = {.method = "HEAD"};
    struct http_answer answer;
    char code[S3_CODE];
    struct rua_buf body;
    enum rua_verdict v = s3_ask(s3, &order, &answer, err);

    if (v != RUA_OK)
        return v;
    if (answer.status / 100 == 2)
        return check_bucket(s3, err);
    rua_buf_init(&body, SIZE_MAX / 2);
    if (strcmp(s3->conf->region, "us-east-1") != 0)
        rua_buf_printf(
            &body,
            "<CreateBucketConfiguration xmlns=\""
            "http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
            "%s</LocationConstraint></CreateBucketConfiguration>",
            s3->conf->region);
    order.method = "PUT";
    order.body = rua_buf_span(&body);
    v = s3_ask(s3, &order, &answer, err);
    rua_buf_done(&body);
    if (v != RUA_OK)
        return v;
    s3_code(&answer, code);
    return strcmp(code, "BucketAlreadyOwnedByYou") == 0
               ? RUA_OK
               : s3_judge(s3, NULL, &answer, err);
}
