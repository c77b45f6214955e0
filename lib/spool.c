#include "spool.h"

#include <assert.h>
#include <string.h>

#include "file.h"

enum {
    PIECE = 64 * 1024
};

static const char scratch_name[] = "scratch file";

void
rua_spool_init(struct rua_spool *spool, struct rua_scratch *scratch,
               size_t memory, uint64_t max, const char *limit)
{
    assert(limit);
    *spool = (struct rua_spool){
        .scratch = scratch, .fd = -1, .max = max, .limit = limit};
    rua_buf_init(&spool->memory, memory);
}

void
rua_spool_open(struct rua_spool *spool, int fd, uint64_t offset, uint64_t len)
{
    *spool =
        (struct rua_spool){.fd = fd, .base = offset, .len = len, .max = len};
}

void
rua_spool_take(struct rua_spool *spool, unsigned char *bytes, size_t len)
{
    *spool = (struct rua_spool){
        .memory = {.data = bytes, .len = len, .cap = len, .max = len},
        .fd = -1,
        .len = len,
        .max = len
    };
}

static bool
is_in_file(const struct rua_spool *spool)
{
    return spool->fd >= 0;
}

bool
rua_spool_in_memory(const struct rua_spool *spool)
{
    return !is_in_file(spool);
}

/* A spool further down the stack keeps its place: another one is behind it. */
static void
give_back(struct rua_spool *spool)
{
    struct rua_scratch *scratch = spool->scratch;

    if (scratch && is_in_file(spool) &&
        spool->base + spool->len == scratch->top)
        scratch->top = spool->base;
}

void
rua_spool_done(struct rua_spool *spool)
{
    give_back(spool);
    rua_buf_done(&spool->memory);
    *spool = (struct rua_spool){.fd = -1};
}

void
rua_spool_reset(struct rua_spool *spool)
{
    assert(spool->limit); /* one that was opened cannot be written */
    give_back(spool);
    rua_buf_reset(&spool->memory);
    spool->fd = -1;
    spool->base = 0;
    spool->len = 0;
}

/* Appends to the scratch file, which only the last spool on it may. */
static enum rua_verdict
append(struct rua_spool *spool, struct rua_span bytes, struct rua_err *err)
{
    struct rua_scratch *scratch = spool->scratch;
    enum rua_verdict verdict =
        rua_file_write(spool->fd, scratch_name, scratch->top, bytes, err);

    if (verdict == RUA_OK)
        scratch->top += bytes.len;
    return verdict;
}

/* Moves all bytes from memory to the scratch file; many spools that have
 * overflowed are to take no memory. */
static enum rua_verdict
overflow(struct rua_spool *spool, struct rua_err *err)
{
    size_t memory = spool->memory.max;
    enum rua_verdict verdict;

    if (!spool->scratch || spool->scratch->fd < 0)
        return rua_err_set(err, RUA_LATER,
                           "more than %zu bytes in memory and no scratch file",
                           spool->memory.max);
    spool->base = spool->scratch->top;
    spool->fd = spool->scratch->fd;
    verdict = append(spool, rua_buf_span(&spool->memory), err);
    if (verdict != RUA_OK) {
        spool->fd = -1;
        return verdict;
    }
    rua_buf_done(&spool->memory);
    rua_buf_init(&spool->memory, memory);
    return RUA_OK;
}

enum rua_verdict
rua_spool_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_spool *spool = ctx;
    enum rua_verdict verdict = RUA_OK;

    assert(spool->limit); /* one that was opened cannot be written */
    if (bytes.len > spool->max - spool->len)
        return rua_err_set(err, RUA_BAD, "more than %s (%llu) bytes",
                           spool->limit, (unsigned long long)spool->max);
    if (is_in_file(spool) || !rua_buf_add_span(&spool->memory, bytes)) {
        if (!is_in_file(spool))
            verdict = overflow(spool, err);
        if (verdict == RUA_OK) {
            assert(spool->base + spool->len == spool->scratch->top);
            verdict = append(spool, bytes, err);
        }
    }
    if (verdict == RUA_OK)
        spool->len += bytes.len;
    return verdict;
}

enum rua_verdict
rua_spool_read(const struct rua_spool *spool, uint64_t offset, void *data,
               size_t n, size_t *ret_n, struct rua_err *err)
{
    uint64_t rest = offset < spool->len ? spool->len - offset : 0;
    size_t want = n < rest ? n : (size_t)rest, got = want;
    enum rua_verdict verdict = RUA_OK;

    if (want && is_in_file(spool))
        verdict = rua_file_read(spool->fd, scratch_name, spool->base + offset,
                                data, want, &got, err);
    else if (want)
        memcpy(data, spool->memory.data + offset, want);
    if (verdict == RUA_OK && got < want)
        verdict = rua_err_set(err, RUA_LATER, "read %s: it has become shorter",
                              scratch_name);
    if (verdict == RUA_OK)
        *ret_n = got;
    return verdict;
}

/* The file part of rua_spool_push(); a range that reaches beyond the end has
 * been cut. */
static enum rua_verdict
push_file(const struct rua_spool *spool, uint64_t offset, uint64_t len,
          const struct rua_sink *sink, struct rua_err *err)
{
    unsigned char piece[PIECE];
    enum rua_verdict verdict = RUA_OK;

    while (len && verdict == RUA_OK) {
        size_t n = len < PIECE ? (size_t)len : PIECE;
        verdict = rua_spool_read(spool, offset, piece, n, &n, err);
        if (verdict == RUA_OK)
            verdict = rua_push(sink, (struct rua_span){piece, n}, err);
        offset += n;
        len -= n;
    }
    return verdict;
}

enum rua_verdict
rua_spool_push(const struct rua_spool *spool, uint64_t offset, uint64_t len,
               const struct rua_sink *sink, struct rua_err *err)
{
    uint64_t rest = offset < spool->len ? spool->len - offset : 0;

    if (len > rest)
        len = rest;
    if (!len)
        return RUA_OK;
    if (is_in_file(spool))
        return push_file(spool, offset, len, sink, err);
    return rua_push(
        sink, (struct rua_span){spool->memory.data + offset, (size_t)len}, err);
}
