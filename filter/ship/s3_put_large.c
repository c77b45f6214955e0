/* s3_put_large.c - a file in parts (multipart upload). */
#include <stdio.h>
#include <string.h>

#include "s3_put.h"
#include "s3_xml.h"

enum {
    PARTS = 10000, /* of an upload, at most */
    UPLOAD_ID = 1024,
    ETAG = 128,
};

#define PART (16ULL * 1024 * 1024)

struct upload {
    struct s3 *s3;
    const char *key;
    struct http_file file;
    struct rua_buf id;    /* "uploadId=...", escaped, and a NUL */
    struct rua_buf parts; /* the document that completes it */
    struct rua_md5 md5;   /* of the parts' */
    unsigned n;
};

/* A request that must succeed. */
static enum rua_verdict
ask(struct upload *upload, const struct s3_order *order,
    struct http_answer *ret_answer, struct rua_err *err)
{
    enum rua_verdict v = s3_ask(upload->s3, order, ret_answer, err);

    return v == RUA_OK ? s3_judge(upload->s3, upload->key, ret_answer, err) : v;
}

static enum rua_verdict
begin(struct upload *upload, struct rua_err *err)
{
    const struct s3_order order = {.method = "POST",
                                   .key = upload->key,
                                   .query = "uploads=",
                                   .body = RUA_SPAN("")};
    struct http_answer answer;
    char id[UPLOAD_ID];
    enum rua_verdict v = ask(upload, &order, &answer, err);

    if (v != RUA_OK)
        return v;
    if (!s3_xml_text(answer.body, "UploadId", id, sizeof(id)) || !id[0])
        return rua_err_set(err, RUA_LATER,
                           "%s: the server began an upload without an UploadId",
                           upload->s3->host);
    rua_buf_printf(&upload->id, "uploadId=");
    s3_escape(rua_span_text(id), true, &upload->id);
    rua_buf_add_byte(&upload->id, '\0');
    return RUA_OK;
}

/* It goes back into XML as it came, so it has to be plain. */
static enum rua_verdict
note_part(struct upload *upload, struct rua_span etag, struct rua_err *err)
{
    char text[ETAG];

    snprintf(text, sizeof(text), "%.*s", (int)(etag.len < ETAG ? etag.len : 0),
             (const char *)etag.data);
    if (!text[0] || strpbrk(text, "<>&"))
        return rua_err_set(err, RUA_LATER,
                           "%s: the server took a part and gave no ETag",
                           upload->s3->host);
    rua_buf_printf(&upload->parts,
                   "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>",
                   upload->n, text);
    return RUA_OK;
}

static enum rua_verdict
send_part(struct upload *upload, const struct http_file *part,
          struct rua_err *err)
{
    char md5[S3_CONTENT_MD5], query[3 * UPLOAD_ID + 64];
    const char *const headers[] = {md5, NULL};
    struct s3_digests digests;
    struct s3_order order = {.method = "PUT",
                             .key = upload->key,
                             .query = query,
                             .file = part,
                             .sha256 = digests.sha256,
                             .headers = headers};
    struct http_answer answer;
    struct rua_span etag;
    enum rua_verdict v = s3_digest(part, &digests, err);

    upload->n++;
    snprintf(query, sizeof(query), "partNumber=%u&%s", upload->n,
             (const char *)upload->id.data);
    s3_content_md5(digests.md5, md5);
    if (v == RUA_OK)
        v = ask(upload, &order, &answer, err);
    if (v != RUA_OK)
        return v;
    etag = http_header(&answer, "ETag");
    if (s3_match(&answer, etag, digests.md5, 0) == S3_OTHER)
        return rua_err_set(err, RUA_LATER,
                           "%s: the server has other bytes than were sent",
                           upload->s3->host);
    rua_md5_add(&upload->md5, (struct rua_span){digests.md5, RUA_MD5_RAW});
    return note_part(upload, etag, err);
}

static enum rua_verdict
send_parts(struct upload *upload, struct rua_err *err)
{
    uint64_t least = upload->file.len / PARTS + 1;
    uint64_t size = least > PART ? least : PART;
    enum rua_verdict v = RUA_OK;

    rua_buf_printf(&upload->parts, "<CompleteMultipartUpload>");
    for (uint64_t at = 0; v == RUA_OK && at < upload->file.len; at += size) {
        uint64_t left = upload->file.len - at;
        const struct http_file part = {upload->file.fd, at,
                                       left < size ? left : size};
        v = send_part(upload, &part, err);
    }
    rua_buf_printf(&upload->parts, "</CompleteMultipartUpload>");
    return v;
}

/* Makes the object of the parts. Without a sentence: RUA_DUPLICATE when there
 * was one, RUA_BAD when it has other bytes. An error may come with status 200,
 * since a server begins to answer before it is done. */
static enum rua_verdict
complete(struct upload *upload, struct rua_err *err)
{
    static const char *const headers[] = {"if-none-match: *", NULL};
    struct s3_order order = {.method = "POST",
                             .key = upload->key,
                             .query = (const char *)upload->id.data,
                             .body = rua_buf_span(&upload->parts),
                             .headers = headers};
    unsigned char md5[RUA_MD5_RAW];
    struct http_answer answer;
    char etag[ETAG];
    enum rua_verdict v = s3_ask(upload->s3, &order, &answer, err);

    if (v == RUA_OK && s3_put_knows_no_condition(&answer)) {
        order.headers = NULL;
        v = s3_ask(upload->s3, &order, &answer, err);
    }
    if (v != RUA_OK)
        return v;
    if (answer.status == 412)
        return RUA_DUPLICATE;
    v = s3_judge(upload->s3, upload->key, &answer, err);
    if (v != RUA_OK)
        return v;
    if (!s3_xml_text(answer.body, "ETag", etag, sizeof(etag)))
        return s3_is_none(upload->s3, err);
    rua_md5_raw(&upload->md5, md5);
    return s3_match(&answer, rua_span_text(etag), md5, upload->n) == S3_OTHER
               ? RUA_BAD
               : RUA_OK;
}

/* RUA_NOT_REPORT when there is no such object. */
static enum rua_verdict
look(struct upload *upload, uint64_t *ret_len, struct rua_err *err)
{
    const struct s3_order order = {.method = "HEAD", .key = upload->key};
    struct http_answer answer;
    enum rua_verdict v = s3_ask(upload->s3, &order, &answer, err);

    if (v == RUA_OK && (answer.status == 404 || answer.status == 403))
        return RUA_NOT_REPORT;
    if (v == RUA_OK)
        v = s3_judge_length(upload->s3, upload->key, &answer, ret_len, err);
    return v;
}

/* Also when we are told to stop: by a connection that knows nothing of it. */
static void
tell(struct upload *upload, const struct s3_order *order)
{
    struct http_style style = upload->s3->style;
    struct http_answer answer;
    struct s3_request request;
    struct http *http;

    style.stop = NULL;
    http = http_new(&style);
    if (!http)
        return;
    s3_sign_order(upload->s3, order, &request);
    http_ask(http, &request.http, &answer, NULL);
    s3_request_done(&request);
    http_free(http);
}

static enum rua_verdict
undo(struct upload *upload, struct rua_err *err)
{
    tell(upload, &(struct s3_order){.method = "DELETE", .key = upload->key});
    return rua_err_set(err, RUA_LATER,
                       "%s: the server had other bytes than were sent, and was "
                       "told to drop them: %.120s",
                       upload->s3->host, upload->key);
}

static enum rua_verdict
put(struct upload *upload, struct rua_err *err)
{
    uint64_t len = upload->file.len;
    enum rua_verdict v = begin(upload, err);

    if (v != RUA_OK)
        return v;
    v = send_parts(upload, err);
    if (v == RUA_OK)
        v = complete(upload, err);
    if (v == RUA_OK)
        v = look(upload, &len, err);
    else if (v != RUA_BAD)
        tell(upload,
             &(struct s3_order){.method = "DELETE",
                                .key = upload->key,
                                .query = (const char *)upload->id.data});
    if (v == RUA_BAD || (v == RUA_OK && len != upload->file.len))
        return undo(upload, err);
    return v == RUA_DUPLICATE || v == RUA_NOT_REPORT ? RUA_OK : v;
}

enum rua_verdict
s3_put_large(struct s3 *s3, const char *key, int fd, uint64_t len,
             struct rua_err *err)
{
    struct upload upload = {
        .s3 = s3, .key = key, .file = {fd, 0, len}
    };
    uint64_t there;
    enum rua_verdict v = look(&upload, &there, err);

    if (v != RUA_NOT_REPORT)
        return v;
    rua_buf_init(&upload.id, SIZE_MAX / 2);
    rua_buf_init(&upload.parts, SIZE_MAX / 2);
    rua_md5_init(&upload.md5);
    v = put(&upload, err);
    rua_buf_done(&upload.id);
    rua_buf_done(&upload.parts);
    return v;
}
