#include "lines.h"

#include <string.h>

enum {
    MEMORY = 256 << 10,
    PIECE = 4096,
};

/* Copies on its way; `cr`: the last byte was one, and is not written yet. */
struct mending {
    struct rua_spool *to;
    bool cr;
};

bool
rua_lines_are_bare(const struct rua_spool *message)
{
    unsigned char first[RUA_LINES_LOOK];
    size_t n;

    return rua_spool_read(message, 0, first, sizeof(first), &n, NULL) ==
               RUA_OK &&
           memchr(first, '\r', n) && !memchr(first, '\n', n);
}

/* One piece, which gives at most two bytes for each of its own. */
static enum rua_verdict
mend_piece(struct mending *mending, struct rua_span bytes, struct rua_err *err)
{
    unsigned char out[2 * PIECE + 1];
    size_t n = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = bytes.data[i];
        if (mending->cr)
            out[n++] = c == '\n' ? '\r' : '\n';
        mending->cr = c == '\r';
        if (!mending->cr)
            out[n++] = c;
    }
    return rua_spool_write(mending->to, (struct rua_span){out, n}, err);
}

static enum rua_verdict
mend(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len) {
        size_t n = bytes.len < PIECE ? bytes.len : PIECE;
        v = mend_piece(ctx, (struct rua_span){bytes.data, n}, err);
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

enum rua_verdict
rua_lines_mend(const struct rua_spool *message, struct rua_scratch *scratch,
               uint64_t max, struct rua_spool *ret_mended, struct rua_err *err)
{
    struct mending mending = {.to = ret_mended};
    struct rua_sink sink = {mend, &mending};
    enum rua_verdict v;

    rua_spool_init(ret_mended, scratch, MEMORY, max, "max_message");
    v = rua_spool_push(message, 0, message->len, &sink, err);
    if (v == RUA_OK && mending.cr)
        v = rua_spool_write(ret_mended, RUA_SPAN("\n"), err);
    return v;
}
