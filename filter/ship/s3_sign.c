#include "s3_sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

enum {
    OWN = 3, /* headers that are always signed */
    HEADERS = OWN + 8,
};

void
s3_escape(struct rua_span text, bool slash, struct rua_buf *to)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (size_t i = 0; i < text.len; i++)
        if ((text.data[i] && strchr(plain, text.data[i])) ||
            (text.data[i] == '/' && !slash))
            rua_buf_add_byte(to, text.data[i]);
        else
            rua_buf_printf(to, "%%%02X", text.data[i]);
}

/* ---- headers, in the order of their names ---- */

struct header {
    const char *name; /* its value is behind it */
    size_t len;
    const char *value;
};

static int
compare(const void *a, const void *b)
{
    const struct header *one = a, *other = b;
    size_t n = one->len < other->len ? one->len : other->len;
    int order = memcmp(one->name, other->name, n);

    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static size_t
collect(const struct s3_signed *what, const char *date,
        struct header ret_all[HEADERS])
{
    const struct header own[OWN] = {
        {"host",                 4,  what->host   },
        {"x-amz-content-sha256", 20, what->payload},
        {"x-amz-date",           10, date         },
    };
    size_t n = OWN;

    memcpy(ret_all, own, sizeof(own));
    for (size_t i = 0; what->headers && what->headers[i] && n < HEADERS; i++) {
        const char *line = what->headers[i];
        size_t len = strcspn(line, ":");
        ret_all[n++] = (struct header){
            line, len, line + len + 1 + strspn(line + len + 1, " ")};
    }
    qsort(ret_all, n, sizeof(*ret_all), compare);
    return n;
}

static void
add_names(const struct header *all, size_t n, struct rua_buf *to)
{
    for (size_t i = 0; i < n; i++)
        rua_buf_printf(to, "%s%.*s", i ? ";" : "", (int)all[i].len,
                       all[i].name);
}

/* ---- the signature ---- */

static void
digest_request(const struct s3_signed *what, const struct header *all, size_t n,
               char ret_hex[RUA_DIGEST_SIZE])
{
    struct rua_digest digest;
    struct rua_buf text;

    rua_buf_init(&text, SIZE_MAX / 2);
    rua_buf_printf(&text, "%s\n%s\n%s\n", what->method, what->path,
                   what->query);
    for (size_t i = 0; i < n; i++)
        rua_buf_printf(&text, "%.*s:%s\n", (int)all[i].len, all[i].name,
                       all[i].value);
    rua_buf_add(&text, "\n", 1);
    add_names(all, n, &text);
    rua_buf_printf(&text, "\n%s", what->payload);
    rua_digest_init(&digest);
    rua_digest_add(&digest, rua_buf_span(&text));
    rua_digest_hex(&digest, ret_hex);
    rua_buf_done(&text);
}

static void
step(unsigned char key[RUA_DIGEST_RAW], struct rua_span text)
{
    rua_hmac((struct rua_span){key, RUA_DIGEST_RAW}, text, key);
}

static void
derive_key(const struct s3_signer *signer, const char *date,
           unsigned char ret_key[RUA_DIGEST_RAW])
{
    struct rua_buf secret;

    rua_buf_init(&secret, SIZE_MAX / 2);
    rua_buf_printf(&secret, "AWS4%s", signer->secret);
    rua_hmac(rua_buf_span(&secret),
             (struct rua_span){(const unsigned char *)date, 8}, ret_key);
    explicit_bzero(secret.data, secret.len);
    rua_buf_done(&secret);
    step(ret_key, rua_span_text(signer->region));
    step(ret_key, RUA_SPAN("s3"));
    step(ret_key, RUA_SPAN("aws4_request"));
}

void
s3_sign(const struct s3_signer *signer, const struct s3_signed *what,
        char ret_date[S3_DATE], struct rua_buf *to)
{
    unsigned char key[RUA_DIGEST_RAW];
    char request[RUA_DIGEST_SIZE], signature[RUA_DIGEST_SIZE];
    struct header all[HEADERS];
    time_t now = (time_t)what->now;
    struct rua_buf text;
    struct tm tm;
    size_t n;

    strftime(ret_date, S3_DATE, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    n = collect(what, ret_date, all);
    digest_request(what, all, n, request);
    rua_buf_init(&text, SIZE_MAX / 2);
    rua_buf_printf(&text, ALGORITHM "\n%s\n%.8s/%s/s3/aws4_request\n%s",
                   ret_date, ret_date, signer->region, request);
    derive_key(signer, ret_date, key);
    step(key, rua_buf_span(&text));
    rua_buf_done(&text);
    rua_hex(key, sizeof(key), signature);
    explicit_bzero(key, sizeof(key));
    rua_buf_printf(
        to, ALGORITHM " Credential=%s/%.8s/%s/s3/aws4_request, SignedHeaders=",
        signer->access, ret_date, signer->region);
    add_names(all, n, to);
    rua_buf_printf(to, ", Signature=%s", signature);
}
