/* gunzip.h - zlib's door: gzip (RFC 1952), zlib (RFC 1950) and raw deflate
 * (RFC 1951), streamed.
 *
 * Wrong check sums and lengths, a missing trailer and junk behind the end are
 * oddities, not failures: what inflates is passed on. */
#ifndef RUA_GUNZIP_H
#define RUA_GUNZIP_H

#include "buf.h"
#include "limit.h"
#include "version.h"

enum rua_wrapping {
    RUA_GZIP, /* several members become one stream */
    RUA_ZLIB,
    RUA_DEFLATE, /* no header, no trailer */
};

struct rua_gunzip;

struct rua_gunzip *rua_gunzip_new(void);
void rua_gunzip_free(struct rua_gunzip *gunzip);

/* Begins a stream (a stage may be begun again any number of times, which is
 * cheaper than a new one). Output goes to `next`, which is copied, in pieces of
 * up to 64 KiB, and is counted against `budget`, which is borrowed. */
void rua_gunzip_begin(struct rua_gunzip *gunzip, enum rua_wrapping wrapping,
                      const struct rua_sink *next, struct rua_budget *budget);

/* A sink: ctx is the stage. RUA_BAD when the data is broken and nothing at all
 * came out of it; broken later, the rest is swallowed and RUA_TRUNCATED noted.
 * Any other verdict than RUA_OK is the next stage's or the budget's. */
enum rua_verdict rua_gunzip_write(void *gunzip, struct rua_span bytes,
                                  struct rua_err *err);

/* The input has ended. RUA_BAD when nothing came out of a stream that is not
 * whole. *ret_oddities: RUA_CRC_MISMATCH, RUA_LENGTH_MISMATCH, RUA_TRUNCATED,
 * RUA_TRAILING_JUNK (zero padding and white space are none), RUA_RAW_DEFLATE.
 */
enum rua_verdict rua_gunzip_end(struct rua_gunzip *gunzip,
                                uint32_t *ret_oddities, struct rua_err *err);

/* True when the stream has come to its end, or is broken: more input can only
 * be padding, junk or (gzip) another member. */
bool rua_gunzip_ended(const struct rua_gunzip *gunzip);

/* Bytes of the input that were of the stream: what stands behind its end is not
 * among them. */
uint64_t rua_gunzip_taken(const struct rua_gunzip *gunzip);

/* Appends `bytes` as a gzip file, packed quickly rather than well. False when
 * that is over the ceiling of `to`. */
bool rua_gzip(struct rua_span bytes, struct rua_buf *to);

/* CRC-32 (as in zip and gzip) of more bytes; begin with 0. */
uint32_t rua_crc32(uint32_t crc, struct rua_span bytes);

/* "zlib 1.2.13". */
void rua_gunzip_version(char ret_text[RUA_VERSION_SIZE]);

#endif
