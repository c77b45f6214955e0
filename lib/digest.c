#include "digest.h"

#include <nettle/base64.h>
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
rua_digest_hex(struct rua_digest *digest, char ret_hex[RUA_DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[SHA256_DIGEST_SIZE];

    sha256_digest(context(digest), sizeof(raw), raw);
    for (size_t i = 0; i < sizeof(raw); i++) {
        ret_hex[2 * i] = digits[raw[i] >> 4];
        ret_hex[2 * i + 1] = digits[raw[i] & 15];
    }
    ret_hex[2 * sizeof(raw)] = '\0';
}

void
rua_digest_base64(struct rua_digest *digest, char ret_text[RUA_DIGEST_BASE64])
{
    unsigned char raw[SHA256_DIGEST_SIZE];

    _Static_assert(BASE64_ENCODE_RAW_LENGTH(sizeof(raw)) ==
                       RUA_DIGEST_BASE64 - 1,
                   "the text fits");
    sha256_digest(context(digest), sizeof(raw), raw);
    base64_encode_raw(ret_text, sizeof(raw), raw);
    ret_text[RUA_DIGEST_BASE64 - 1] = '\0';
}

void
rua_digest_version(char ret_text[RUA_VERSION_SIZE])
{
    snprintf(ret_text, RUA_VERSION_SIZE, "nettle %d.%d", nettle_version_major(),
             nettle_version_minor());
}
