/* frames.h - for unit tests: results made by hand, frame by frame. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdlib.h>

#include "result_frame.h"
#include "sample.h"

static struct rua_spool spool;
static struct rua_arena arena;
static struct rua_result result;
static struct rua_err err;

static inline int
begin(void **state)
{
    (void)state;
    sample_spool(&spool);
    rua_err_clear(&err);
    return 0;
}

static inline int
end(void **state)
{
    (void)state;
    rua_arena_done(&arena);
    rua_spool_done(&spool);
    return 0;
}

/* Appends a frame that says its body is `len` bytes long. */
static inline void
put_head(uint64_t type, uint64_t len)
{
    unsigned char head[RUA_FRAME_SIZE];

    rua_canon_put(head, type, 8);
    rua_canon_put(head + 8, len, 8);
    rua_spool_write(&spool, (struct rua_span){head, sizeof(head)}, NULL);
}

static inline void
put_frame(uint64_t type, struct rua_span body)
{
    put_head(type, body.len);
    rua_spool_write(&spool, body, NULL);
}

static inline void
put_report(const char *domain)
{
    unsigned char body[RUA_REPORT_HEAD] = {0};

    memcpy(body + 12, domain, strlen(domain));
    put_frame(RUA_FRAME_REPORT, (struct rua_span){body, sizeof(body)});
}

static inline void
put_part_and_end(void)
{
    put_frame(RUA_FRAME_PART, RUA_SPAN("\0\0\0\0raw"));
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
}

static inline enum rua_verdict
take_record(void *ctx, const struct rua_record *record, struct rua_err *e)
{
    size_t *bytes = ctx;

    (void)e;
    for (unsigned i = 0; i < RUA_N_RECORD_FIELDS; i++)
        for (size_t k = 0; k < record->field[i].len; k++)
            *bytes += record->field[i].data[k];
    return RUA_OK;
}

/* Reads, and asks all that can be asked of what was read. */
static inline enum rua_verdict
read_all(void)
{
    enum rua_verdict v;

    rua_arena_done(&arena);
    rua_err_clear(&err);
    v = rua_result_read(&spool, &arena, &result, &err);
    if (v != RUA_OK) {
        assert_int_equal(0, result.n_reports);
        return v;
    }
    for (size_t i = 0; i < result.n_reports && v == RUA_OK; i++) {
        const struct rua_result_report *report = &result.reports[i];
        char key[RUA_DIGEST_SIZE];
        size_t sum = 0;
        assert_true(report->part <= spool.len);
        assert_true(report->part_len <= spool.len - report->part);
        assert_true(report->container <= RUA_CONTAINER_BIN);
        assert_null(strchr(report->domain, '/'));
        v = rua_result_key(&spool, report, key, &err);
        v = rua_worst(
            v, rua_result_records(&spool, report, take_record, &sum, &err));
    }
    return v;
}

static inline void
assert_broken(const char *why)
{
    assert_int_equal(RUA_BAD, read_all());
    assert_memory_equal("the reader's result ", err.sentence, 20);
    assert_string_equal(why, err.sentence + 20);
}

#endif
