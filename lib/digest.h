/* digest.h - SHA-256 (FIPS 180-4). The door of nettle, which uses the CPU's SHA
 * instructions where it has them. */
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

/* "nettle 3.8". */
void rua_digest_version(char ret_text[RUA_VERSION_SIZE]);

#endif
