/* gunzip_fixture.h - what test_gunzip and test_gunzip_odd share. */
#ifndef GUNZIP_FIXTURE_H
#define GUNZIP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gunzip.h"
#include "packed.h"
#include "report.h"

enum {
    LONG = 200 * 1000 /* more than three pieces of output */
};

/* The stage under test and what came out of it. */
struct fixture {
    struct rua_gunzip *gunzip;
    struct rua_limits limits;
    struct rua_budget budget;
    struct rua_buf in, out;
    struct rua_buf text; /* LONG bytes */
    size_t largest;      /* piece of output */
    size_t stop_at;      /* `next` returns RUA_REFUSED from so many bytes on */
    enum rua_verdict written, ended;
    uint32_t oddities;
    struct rua_err err;
};

static inline int
begin(void **state)
{
    struct fixture *f = rua_alloc(sizeof(*f));

    *f = (struct fixture){.gunzip = rua_gunzip_new(),
                          .limits = rua_limits_default,
                          .in = packed_new(),
                          .out = packed_new(),
                          .text = make_text(LONG),
                          .stop_at = SIZE_MAX};
    *state = f;
    return 0;
}

static inline int
end(void **state)
{
    struct fixture *f = *state;

    rua_gunzip_free(f->gunzip);
    rua_buf_done(&f->in);
    rua_buf_done(&f->out);
    rua_buf_done(&f->text);
    free(f);
    return 0;
}

static inline enum rua_verdict
take(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct fixture *f = ctx;

    (void)err;
    assert_true(rua_buf_add_span(&f->out, bytes));
    if (bytes.len > f->largest)
        f->largest = bytes.len;
    return f->out.len >= f->stop_at ? RUA_REFUSED : RUA_OK;
}

/* Runs f->in through the stage in pieces of `piece` bytes. */
static inline void
run(struct fixture *f, enum rua_wrapping wrapping, size_t piece)
{
    const struct rua_sink next = {take, f};

    rua_buf_reset(&f->out);
    rua_err_clear(&f->err);
    f->budget = (struct rua_budget){.limits = &f->limits};
    f->written = RUA_OK;
    f->oddities = 0;
    rua_gunzip_begin(f->gunzip, wrapping, &next, &f->budget);
    for (size_t at = 0; at < f->in.len && !f->written; at += piece) {
        size_t n = f->in.len - at < piece ? f->in.len - at : piece;
        f->written = rua_gunzip_write(
            f->gunzip, (struct rua_span){f->in.data + at, n}, &f->err);
    }
    f->ended = f->written;
    if (!f->written)
        f->ended = rua_gunzip_end(f->gunzip, &f->oddities, &f->err);
}

static inline void
assert_out(const struct fixture *f, struct rua_span expected)
{
    assert_int_equal(expected.len, f->out.len);
    assert_memory_equal(expected.data, f->out.data, expected.len);
}

/* f->in gives `expected` and `oddities`, whole and in any pieces. */
static inline void
assert_gives(struct fixture *f, enum rua_wrapping wrapping,
             struct rua_span expected, uint32_t oddities)
{
    for (size_t piece = 0; piece <= 7; piece++) {
        run(f, wrapping, piece ? piece : f->in.len);
        assert_int_equal(RUA_OK, f->ended);
        assert_int_equal(oddities, f->oddities);
        assert_out(f, expected);
        assert_int_equal(expected.len, f->budget.unpacked);
    }
}

static inline void
assert_bad(struct fixture *f, enum rua_wrapping wrapping, const char *sentence)
{
    for (size_t piece = 0; piece <= 7; piece++) {
        run(f, wrapping, piece ? piece : f->in.len + 1);
        assert_int_equal(RUA_BAD, f->ended);
        assert_string_equal(sentence, f->err.sentence);
        assert_int_equal(0, f->out.len);
    }
}

/* The second member has a block type that does not exist. */
static inline void
break_second_member(struct fixture *f)
{
    size_t at;

    pack(&f->in, PACK_GZIP, RUA_SPAN("text"));
    at = f->in.len;
    pack(&f->in, PACK_GZIP, RUA_SPAN("more"));
    f->in.data[at + 10] |= 6;
}

#endif
