#include "differ.h"

#include <string.h>

enum {
    PIECE = 16 << 10
};

static void
count_lines(struct differ *differ, const unsigned char *bytes, size_t n)
{
    const unsigned char *end = bytes + n;

    while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        differ->lines++;
        bytes++;
    }
}

enum rua_verdict
differ_push(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct differ *differ = ctx;
    unsigned char piece[PIECE];
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len && !differ->differs) {
        size_t want = bytes.len < PIECE ? bytes.len : PIECE, n = 0, same = 0;
        v = rua_spool_read(differ->other, differ->at, piece, want, &n, err);
        if (v != RUA_OK)
            break;
        if (n == want && memcmp(piece, bytes.data, n) == 0)
            same = n;
        else
            while (same < n && piece[same] == bytes.data[same])
                same++;
        count_lines(differ, bytes.data, same);
        differ->differs = same < want;
        differ->at += same;
        bytes.data += same;
        bytes.len -= same;
    }
    return v;
}
