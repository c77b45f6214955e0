/* digest.h - SHA-256 (FIPS 180-4) and what is made of it. The door of nettle,
 * which uses the CPU's SHA instructions where it has them. */
#ifndef RUA_DIGEST_H
#define RUA_DIGEST_H

#include "flow.h"
#include "version.h"

/* Hexadecimal digits of a digest, and its NUL. */
#define RUA_DIGEST_SIZE 65

/* The same in base64, and its NUL. */
#define RUA_DIGEST_BASE64 45

/* Opaque; holds nettle's context, which a test holds against this size. */
struct rua_digest {
    _Alignas(8) unsigned char opaque[128];
};

void rua_digest_init(struct rua_digest *digest);
void rua_digest_add(struct rua_digest *digest, struct rua_span bytes);

/* Lower-case hexadecimal; the digest must be initialised anew after it. */
void rua_digest_hex(struct rua_digest *digest, char ret_hex[RUA_DIGEST_SIZE]);

/* The same in base64 (RFC 4648), as Content-Security-Policy has it. */
void rua_digest_base64(struct rua_digest *digest,
                       char ret_text[RUA_DIGEST_BASE64]);

/* The same as bytes. */
#define RUA_DIGEST_RAW 32
void rua_digest_raw(struct rua_digest *digest,
                    unsigned char ret_raw[RUA_DIGEST_RAW]);

/* HMAC-SHA-256 (RFC 2104) of a text. `ret_raw` may be the key. */
void rua_hmac(struct rua_span key, struct rua_span text,
              unsigned char ret_raw[RUA_DIGEST_RAW]);

/* MD5 (RFC 1321), for protocols that ask for it: it finds accidents, and keeps
 * nobody out. Opaque as above. */
struct rua_md5 {
    _Alignas(8) unsigned char opaque[112];
};

#define RUA_MD5_RAW 16
void rua_md5_init(struct rua_md5 *md5);
void rua_md5_add(struct rua_md5 *md5, struct rua_span bytes);
void rua_md5_raw(struct rua_md5 *md5, unsigned char ret_raw[RUA_MD5_RAW]);

/* Bytes as lower-case hexadecimal digits and a NUL, and as base64 (RFC 4648)
 * and a NUL. */
void rua_hex(const unsigned char *raw, size_t n, char *ret_text);
#define RUA_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
void rua_base64_text(const unsigned char *raw, size_t n, char *ret_text);

/* "nettle 3.8". */
void rua_digest_version(char ret_text[RUA_VERSION_SIZE]);

#endif
