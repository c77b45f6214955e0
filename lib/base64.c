#include "base64.h"

enum {
    BLOCK = 4096, /* bytes of output that are pushed at once */
    /* What is no character of the alphabet has one of the two high bits. */
    WS = 0x40, /* white space */
    PD = 0x41, /* padding */
    XX = 0x80, /* junk */
};

/* clang-format off */
static const unsigned char value_of[256] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, WS, WS, XX, XX, WS, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    WS, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX, XX, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, PD, XX, XX,
    XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, XX,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};
/* clang-format on */

/* Closes the open quantum; returns the bytes it gave, 0 to 2. One character
 * alone is less than a byte. */
static size_t
close_quantum(struct rua_base64 *base64, unsigned char *out)
{
    unsigned count = base64->count;
    uint32_t bits = base64->bits << (6 * (4 - count));

    base64->count = 0;
    base64->bits = 0;
    if (count == 1)
        base64->junk++;
    if (count < 2)
        return 0;
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    return count - 1;
}

/* One character, whatever it is; returns the bytes it gave, 0 to 3. */
static size_t
take(struct rua_base64 *base64, unsigned char c, unsigned char *out)
{
    unsigned char value = value_of[c];

    if (value == PD)
        return close_quantum(base64, out);
    if (value >= WS) {
        base64->junk += value == XX;
        return 0;
    }
    base64->bits = base64->bits << 6 | value;
    if (++base64->count < 4)
        return 0;
    out[0] = (unsigned char)(base64->bits >> 16);
    out[1] = (unsigned char)(base64->bits >> 8);
    out[2] = (unsigned char)base64->bits;
    base64->count = 0;
    base64->bits = 0;
    return 3;
}

/* Whole quanta of the alphabet only, up to the first other one; returns how
 * many. */
static size_t
take_quanta(const unsigned char *in, size_t quanta, unsigned char *out)
{
    size_t i;

    for (i = 0; i < quanta; i++, in += 4, out += 3) {
        uint32_t a = value_of[in[0]], b = value_of[in[1]];
        uint32_t c = value_of[in[2]], d = value_of[in[3]];
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        if ((a | b | c | d) >= WS)
            break;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
    }
    return i;
}

/* Decodes into a block what fits, from bytes.data[*at] on; returns how much. */
static size_t
fill(struct rua_base64 *base64, struct rua_span bytes, size_t *at,
     unsigned char out[BLOCK])
{
    size_t n = 0;

    while (*at < bytes.len && BLOCK - n >= 3) {
        const unsigned char *in = bytes.data + *at;
        size_t left = (bytes.len - *at) / 4, room = (BLOCK - n) / 3, quanta = 0;
        if (base64->count == 0)
            quanta = take_quanta(in, left < room ? left : room, out + n);
        if (quanta) {
            *at += 4 * quanta;
            n += 3 * quanta;
        } else {
            *at += 1;
            n += take(base64, *in, out + n);
        }
    }
    return n;
}

enum rua_verdict
rua_base64_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_base64 *base64 = ctx;
    unsigned char out[BLOCK];
    enum rua_verdict verdict = RUA_OK;
    size_t at = 0;

    while (at < bytes.len && verdict == RUA_OK) {
        size_t n = fill(base64, bytes, &at, out);
        verdict = rua_push(&base64->next, (struct rua_span){out, n}, err);
    }
    return verdict;
}

enum rua_verdict
rua_base64_end(struct rua_base64 *base64, struct rua_err *err)
{
    unsigned char out[3];
    size_t n = close_quantum(base64, out);

    return rua_push(&base64->next, (struct rua_span){out, n}, err);
}
