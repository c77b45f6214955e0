#include "s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "s3_xml.h"
#include "ship.h"

enum {
    SAID = 120, /* bytes of what a server said */
};

static const char empty_sha256[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* Codes of the S3 API that do not go away by themselves, and what to do. */
static const struct {
    const char *code, *hint;
} refusals[] = {
    {"AccessDenied",                       "the user may not do this"          },
    {"AccountProblem",                     "see the account"                   },
    {"AllAccessDisabled",                  "see the account"                   },
    {"AuthorizationHeaderMalformed",       "see region"                        },
    {"BucketAlreadyExists",                "the bucket is somebody else's"     },
    {"IllegalLocationConstraintException", "see region"                        },
    {"InvalidAccessKeyId",                 "see user and password_file"        },
    {"InvalidBucketName",                  "see bucket"                        },
    {"InvalidLocationConstraint",          "see region"                        },
    {"NoSuchBucket",                       "ruamill ship --create makes it"    },
    {"NotSignedUp",                        "see the account"                   },
    {"PermanentRedirect",                  "see region and url"                },
    {"RequestTimeTooSkewed",               "see the clock of this machine"     },
    {"SignatureDoesNotMatch",              "see user, password_file and region"},
    {"TemporaryRedirect",                  "see region and url"                },
};

/* ---- opening ---- */

/* What is behind "://", without slashes at its end. */
static struct rua_span
find_host(const char *url)
{
    struct rua_span host = rua_span_text(strstr(url, "://") + 3);

    while (host.len && host.data[host.len - 1] == '/')
        host.len--;
    return host;
}

static char *
make_host(const struct conf_target *conf)
{
    struct rua_span host = find_host(conf->url);
    size_t size = host.len + strlen(conf->bucket) + 2;
    char *text = rua_alloc(size);

    snprintf(text, size, "%s%s%.*s", conf->virtual_host ? conf->bucket : "",
             conf->virtual_host ? "." : "", (int)host.len, host.data);
    return text;
}

enum rua_verdict
s3_open(struct s3 *s3, const struct conf_target *conf, volatile int *stop,
        struct rua_err *err)
{
    enum rua_verdict v;

    *s3 = (struct s3){
        .conf = conf,
        .style = {conf->tls_ca, conf->request_time, stop, "url", "tls_ca"}
    };
    s3->http = http_new(&s3->style);
    if (!s3->http)
        return rua_err_set(err, RUA_LATER, "libcurl cannot be set up");
    s3->host = make_host(conf);
    v = conf_target_password(conf, s3->secret, err);
    s3->signer = (struct s3_signer){conf->user, s3->secret, conf->region};
    return v;
}

void
s3_renew(struct s3 *s3)
{
    char secret[CONF_PASSWORD] = "";

    if (conf_target_password(s3->conf, secret, &(struct rua_err){0}) == RUA_OK)
        memcpy(s3->secret, secret, sizeof(secret));
    explicit_bzero(secret, sizeof(secret));
}

void
s3_close(struct s3 *s3)
{
    http_free(s3->http);
    explicit_bzero(s3->secret, sizeof(s3->secret));
    free(s3->host);
    *s3 = (struct s3){0};
}

/* ---- requests ---- */

/* "/bucket/the/object", escaped. */
static void
add_path(const struct s3 *s3, const char *key, struct rua_buf *to)
{
    if (!s3->conf->virtual_host) {
        rua_buf_add_byte(to, '/');
        s3_escape(rua_span_text(s3->conf->bucket), false, to);
    }
    if (key || !to->len)
        rua_buf_add_byte(to, '/');
    if (key)
        s3_escape(rua_span_text(key), false, to);
}

/* A text that lives as long as the request. */
static struct rua_buf *
new_text(struct s3_request *request)
{
    struct rua_buf *text = &request->texts[request->n++];

    rua_buf_init(text, SIZE_MAX / 2);
    return text;
}

static const char *
end_text(struct rua_buf *text)
{
    rua_buf_add_byte(text, '\0');
    return (const char *)text->data;
}

static const char *
header(struct s3_request *request, const char *name, const char *value)
{
    struct rua_buf *text = new_text(request);

    rua_buf_printf(text, "%s: %s", name, value);
    return end_text(text);
}

static const char *
find_payload(const struct s3_order *order, char hex[RUA_DIGEST_SIZE])
{
    struct rua_digest digest;

    if (order->file)
        return order->sha256;
    if (!order->body.len)
        return empty_sha256;
    rua_digest_init(&digest);
    rua_digest_add(&digest, order->body);
    rua_digest_hex(&digest, hex);
    return hex;
}

void
s3_sign_order(const struct s3 *s3, const struct s3_order *order,
              struct s3_request *ret_request)
{
    struct s3_request *to = ret_request;
    const char *query = order->query ? order->query : "";
    char payload[RUA_DIGEST_SIZE], date[S3_DATE];
    struct s3_signed what = {order->method, s3->host,       NULL,      query,
                             NULL,          order->headers, time(NULL)};
    struct rua_buf *path, *url, *signature;
    size_t n = 0;

    *to = (struct s3_request){0};
    path = new_text(to);
    add_path(s3, order->key, path);
    what.path = end_text(path);
    what.payload = find_payload(order, payload);
    signature = new_text(to);
    s3_sign(&s3->signer, &what, date, signature);
    url = new_text(to);
    rua_buf_printf(url, "%.*s://%s%s%s%s", (int)strcspn(s3->conf->url, ":"),
                   s3->conf->url, s3->host, what.path, *query ? "?" : "",
                   query);
    to->headers[n++] = header(to, "Host", s3->host);
    to->headers[n++] = header(to, "x-amz-content-sha256", what.payload);
    to->headers[n++] = header(to, "x-amz-date", date);
    to->headers[n++] = header(to, "Authorization", end_text(signature));
    to->headers[n++] = "Content-Type: application/octet-stream";
    for (size_t i = 0; order->headers && order->headers[i]; i++)
        to->headers[n++] = order->headers[i];
    to->http = (struct http_request){.method = order->method,
                                     .url = end_text(url),
                                     .headers = to->headers,
                                     .body = order->body,
                                     .file = order->file,
                                     .into = order->into};
}

void
s3_request_done(struct s3_request *request)
{
    while (request->n)
        rua_buf_done(&request->texts[--request->n]);
}

enum rua_verdict
s3_ask(struct s3 *s3, const struct s3_order *order,
       struct http_answer *ret_answer, struct rua_err *err)
{
    struct s3_request request;
    enum rua_verdict v;

    s3_sign_order(s3, order, &request);
    v = http_ask(s3->http, &request.http, ret_answer, err);
    s3_request_done(&request);
    return v;
}

/* ---- answers ---- */

void
s3_code(const struct http_answer *answer, char ret_code[S3_CODE])
{
    char text[S3_CODE];

    s3_xml_text(answer->body, "Code", text, sizeof(text));
    ship_printable(text, strlen(text), ret_code, S3_CODE);
}

/* HEAD has no body that could say why. */
enum rua_verdict
s3_judge(const struct s3 *s3, const char *key, const struct http_answer *answer,
         struct rua_err *err)
{
    char code[S3_CODE], text[SAID], said[SAID] = "";
    bool final = answer->status / 100 == 3 || answer->status == 401 ||
                 answer->status == 403;
    bool whole = answer->status / 100 == 5 || answer->status / 100 == 2 ||
                 answer->status == 429;
    const char *hint = final   ? "see user, password_file and region"
                       : whole ? "see the server's log"
                               : "see that url and bucket are right";
    const char *about;

    s3_code(answer, code);
    if (answer->status / 100 == 2 && !code[0])
        return RUA_OK;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
        if (strcmp(refusals[i].code, code) == 0) {
            final = true;
            hint = refusals[i].hint;
        }
    if (s3_xml_text(answer->body, "Message", text, sizeof(text)))
        ship_printable(text, strlen(text), said, sizeof(said));
    about = final || whole ? NULL : key; /* else it is not about the object */
    return rua_err_set(err, final ? RUA_REFUSED : RUA_LATER,
                       "%s/%s: status %ld%s%s%s%s; %s%s%.100s", s3->host,
                       s3->conf->bucket, answer->status, code[0] ? " " : "",
                       code, said[0] ? ": " : "", said, hint,
                       about ? "; about " : "", about ? about : "");
}

enum rua_verdict
s3_is_none(const struct s3 *s3, struct rua_err *err)
{
    return rua_err_set(err, RUA_LATER,
                       "%s: what answers there is no S3; see url", s3->host);
}

enum rua_verdict
s3_judge_object(const struct s3 *s3, const char *key,
                const struct http_answer *answer, struct rua_err *err)
{
    enum rua_verdict v = s3_judge(s3, key, answer, err);

    return v == RUA_OK && !http_header(answer, "ETag").len ? s3_is_none(s3, err)
                                                           : v;
}

enum rua_verdict
s3_judge_length(const struct s3 *s3, const char *key,
                const struct http_answer *answer, uint64_t *ret_len,
                struct rua_err *err)
{
    enum rua_verdict v = s3_judge_object(s3, key, answer, err);
    struct rua_span value = http_header(answer, "Content-Length");
    unsigned long long number;
    char text[32];

    if (v != RUA_OK)
        return v;
    snprintf(text, sizeof(text), "%.*s", (int)(value.len < 31 ? value.len : 31),
             (const char *)value.data);
    if (!value.len || sscanf(text, "%llu", &number) != 1)
        return s3_is_none(s3, err);
    *ret_len = number;
    return RUA_OK;
}

/* ---- digests ---- */

enum rua_verdict
s3_digest(const struct http_file *file, struct s3_digests *ret_digests,
          struct rua_err *err)
{
    unsigned char piece[64 * 1024];
    struct rua_digest sha256;
    struct rua_md5 md5;
    uint64_t done = 0;

    rua_digest_init(&sha256);
    rua_md5_init(&md5);
    while (done < file->len) {
        uint64_t left = file->len - done;
        ssize_t n = pread(file->fd, piece,
                          left < sizeof(piece) ? (size_t)left : sizeof(piece),
                          (off_t)(file->offset + done));
        if (n < 0)
            return rua_err_sys(err, "read a file of the archive");
        if (n == 0)
            return rua_err_set(err, RUA_LATER,
                               "a file of the archive became shorter");
        rua_digest_add(&sha256, (struct rua_span){piece, (size_t)n});
        rua_md5_add(&md5, (struct rua_span){piece, (size_t)n});
        done += (uint64_t)n;
    }
    rua_digest_hex(&sha256, ret_digests->sha256);
    rua_md5_raw(&md5, ret_digests->md5);
    return RUA_OK;
}

enum s3_match
s3_match(const struct http_answer *answer, struct rua_span etag,
         const unsigned char md5[RUA_MD5_RAW], unsigned parts)
{
    struct rua_span how = http_header(answer, "x-amz-server-side-encryption");
    char want[2 * RUA_MD5_RAW + 16];
    size_t n = 2 * RUA_MD5_RAW;

    while (etag.len && etag.data[0] == '"') {
        etag.data++;
        etag.len--;
    }
    while (etag.len && etag.data[etag.len - 1] == '"')
        etag.len--;
    rua_hex(md5, RUA_MD5_RAW, want);
    if (parts)
        n += (size_t)snprintf(want + n, sizeof(want) - n, "-%u", parts);
    if (etag.len != n || (how.len && !rua_span_same(how, RUA_SPAN("AES256"))) ||
        http_header(answer, "x-amz-server-side-encryption-customer-algorithm")
            .data)
        return S3_UNKNOWN;
    return strncasecmp((const char *)etag.data, want, n) == 0 ? S3_SAME
                                                              : S3_OTHER;
}

void
s3_content_md5(const unsigned char md5[RUA_MD5_RAW],
               char ret_header[S3_CONTENT_MD5])
{
    char text[RUA_BASE64_SIZE(RUA_MD5_RAW)];

    rua_base64_text(md5, RUA_MD5_RAW, text);
    snprintf(ret_header, S3_CONTENT_MD5, "content-md5: %s", text);
}
