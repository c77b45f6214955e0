/* Whether rows may go to a table. */
#include <string.h>

#include "file.h"
#include "redo.h"

enum {
    PIECE = 16 << 10
};

struct compare {
    const struct rua_table *table;
    uint64_t at;
    bool exact; /* zeros are not ours */
    bool same;
};

/* After a power cut, bytes that were not on the disk yet read as zeros. */
static bool
is_ours(const unsigned char *there, const unsigned char *ours, size_t n,
        bool exact)
{
    if (memcmp(there, ours, n) == 0)
        return true;
    if (exact)
        return false;
    for (size_t i = 0; i < n; i++)
        if (there[i] && there[i] != ours[i])
            return false;
    return true;
}

static enum rua_verdict
compare_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct compare *compare = ctx;
    const struct rua_table *table = compare->table;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len && compare->same) {
        unsigned char there[PIECE];
        size_t n = bytes.len < PIECE ? bytes.len : PIECE, got = 0;
        v = rua_file_read(table->fd, table->path, compare->at, there, n, &got,
                          err);
        compare->same =
            v == RUA_OK && is_ours(there, bytes.data, got, compare->exact);
        compare->at += n;
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

enum rua_verdict
rua_redo_fits(const struct rua_table *table, const struct rua_op *op,
              bool exact, bool *ret_fits, struct rua_err *err)
{
    struct compare compare = {
        .table = table, .at = op->offset, .exact = exact, .same = true};
    struct rua_sink sink = {compare_bytes, &compare};
    uint64_t size = 0, least = op->offset + (exact ? rua_op_rows_len(op) : 0);
    enum rua_verdict v = rua_file_size(table->fd, table->path, &size, err);

    if (v == RUA_OK && size > op->offset && size >= least)
        v = rua_op_rows_push(op, &sink, err);
    *ret_fits = v == RUA_OK && size >= least && compare.same;
    return v;
}
