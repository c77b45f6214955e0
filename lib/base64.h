/* base64.h - a tolerant base64 decoder (RFC 4648, RFC 2045 section 6.8).
 *
 * Our own, since gmime 3.2.13 stops at the first "=": mailers that encode a
 * file in runs put padding in the middle. */
#ifndef RUA_BASE64_H
#define RUA_BASE64_H

#include <stdint.h>

#include "flow.h"

/* {0} with `next` set is a decoder at its start. Bytes outside the alphabet
 * are passed over; "=" ends a quantum, and decoding goes on behind it; padding
 * may be missing. */
struct rua_base64 {
    struct rua_sink next;
    uint32_t bits;  /* of the quantum that is open */
    unsigned count; /* characters in it, 0 to 3 */
    unsigned junk;  /* characters passed over that are no white space */
};

/* A sink: ctx is the decoder. Any pieces give the same bytes. */
enum rua_verdict rua_base64_write(void *base64, struct rua_span bytes,
                                  struct rua_err *err);

/* Gives the bytes of an open quantum. */
enum rua_verdict rua_base64_end(struct rua_base64 *base64, struct rua_err *err);

#endif
