#include "digest.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct rua_digest),
               "nettle's context fits");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(struct rua_digest),
               "and is aligned");

static struct sha256_ctx *
context(struct rua_digest *digest)
{
    return (struct sha256_ctx *)(void *)digest->opaque;
}

void
rua_digest_init(struct rua_digest *digest)
{
    sha256_init(context(digest));
}

void
rua_digest_add(struct rua_digest *digest, struct rua_span bytes)
{
    if (bytes.len)
        sha256_update(context(digest), bytes.len, bytes.data);
}

void
rua_digest_raw(struct rua_digest *digest, unsigned char ret_raw[RUA_DIGEST_RAW])
{
    _Static_assert(RUA_DIGEST_RAW == SHA256_DIGEST_SIZE, "they are its bytes");
    sha256_digest(context(digest), RUA_DIGEST_RAW, ret_raw);
}

void
rua_digest_hex(struct rua_digest *digest, char ret_hex[RUA_DIGEST_SIZE])
{
    unsigned char raw[RUA_DIGEST_RAW];

    rua_digest_raw(digest, raw);
    rua_hex(raw, sizeof(raw), ret_hex);
}

void
rua_digest_base64(struct rua_digest *digest, char ret_text[RUA_DIGEST_BASE64])
{
    unsigned char raw[RUA_DIGEST_RAW];

    _Static_assert(RUA_BASE64_SIZE(sizeof(raw)) == RUA_DIGEST_BASE64,
                   "the text fits");
    rua_digest_raw(digest, raw);
    rua_base64_text(raw, sizeof(raw), ret_text);
}

void
rua_hmac(struct rua_span key, struct rua_span text,
         unsigned char ret_raw[RUA_DIGEST_RAW])
{
    struct hmac_sha256_ctx ctx;

    hmac_sha256_set_key(&ctx, key.len, key.data);
    hmac_sha256_update(&ctx, text.len, text.data);
    hmac_sha256_digest(&ctx, RUA_DIGEST_RAW, ret_raw);
}

/* ---- MD5 ---- */

_Static_assert(sizeof(struct md5_ctx) <= sizeof(struct rua_md5),
               "nettle's context fits");
_Static_assert(_Alignof(struct md5_ctx) <= _Alignof(struct rua_md5),
               "and is aligned");

static struct md5_ctx *
md5_context(struct rua_md5 *md5)
{
    return (struct md5_ctx *)(void *)md5->opaque;
}

void
rua_md5_init(struct rua_md5 *md5)
{
    md5_init(md5_context(md5));
}

void
rua_md5_add(struct rua_md5 *md5, struct rua_span bytes)
{
    if (bytes.len)
        md5_update(md5_context(md5), bytes.len, bytes.data);
}

void
rua_md5_raw(struct rua_md5 *md5, unsigned char ret_raw[RUA_MD5_RAW])
{
    _Static_assert(RUA_MD5_RAW == MD5_DIGEST_SIZE, "they are its bytes");
    md5_digest(md5_context(md5), RUA_MD5_RAW, ret_raw);
}

/* ---- texts ---- */

void
rua_hex(const unsigned char *raw, size_t n, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        ret_text[2 * i] = digits[raw[i] >> 4];
        ret_text[2 * i + 1] = digits[raw[i] & 15];
    }
    ret_text[2 * n] = '\0';
}

void
rua_base64_text(const unsigned char *raw, size_t n, char *ret_text)
{
    base64_encode_raw(ret_text, n, raw);
    ret_text[RUA_BASE64_SIZE(n) - 1] = '\0';
}

void
rua_digest_version(char ret_text[RUA_VERSION_SIZE])
{
    snprintf(ret_text, RUA_VERSION_SIZE, "nettle %d.%d", nettle_version_major(),
             nettle_version_minor());
}
