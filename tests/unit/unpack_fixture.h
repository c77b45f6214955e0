/* unpack_fixture.h - what test_unpack and test_unpack_odd share. */
#ifndef UNPACK_FIXTURE_H
#define UNPACK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "packed.h"
#include "report.h"
#include "sniff.h"
#include "unpack.h"

/* The part under test, and what was said of its documents: a line each,
 * "VERDICT ODDITIES: FIRST BYTES". */
struct fixture {
    struct rua_unpack *unpack;
    struct rua_limits limits;
    struct rua_budget budget;
    struct rua_buf part, other, document;
    const char *name;
    char said[4096];
    size_t said_len, shown;
    enum rua_verdict at_begin, at_write, at_end; /* of the first document */
    unsigned documents;
    char ceiling[RUA_SENTENCE_MAX]; /* `err` at `end` */
    enum rua_container container;
    enum rua_verdict verdict;
    struct rua_err err;
};

static inline int
begin(void **state)
{
    struct fixture *f = rua_alloc(sizeof(*f));

    *f = (struct fixture){.unpack = rua_unpack_new(NULL),
                          .limits = rua_limits_default,
                          .part = packed_new(),
                          .other = packed_new(),
                          .document = packed_new(),
                          .shown = 40};
    *state = f;
    return 0;
}

static inline int
end(void **state)
{
    struct fixture *f = *state;

    rua_unpack_free(f->unpack);
    rua_buf_done(&f->part);
    rua_buf_done(&f->other);
    rua_buf_done(&f->document);
    free(f);
    return 0;
}

static inline void
say(struct fixture *f, const char *text)
{
    size_t room = sizeof(f->said) - f->said_len;

    f->said_len += (size_t)snprintf(f->said + f->said_len, room, "%s", text);
    assert_true(f->said_len < sizeof(f->said));
}

static inline enum rua_verdict
begin_document(void *ctx, struct rua_err *err)
{
    struct fixture *f = ctx;

    (void)err;
    rua_buf_reset(&f->document);
    return f->documents++ ? RUA_OK : f->at_begin;
}

static inline enum rua_verdict
write_document(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct fixture *f = ctx;

    assert_true(rua_buf_add_span(&f->document, bytes));
    if (f->documents == 1 && f->at_write)
        return rua_err_set(err, f->at_write, "stopped");
    return RUA_OK;
}

static inline enum rua_verdict
end_document(void *ctx, enum rua_verdict verdict, uint32_t oddities,
             struct rua_err *err)
{
    struct fixture *f = ctx;
    char text[64];
    size_t n = f->document.len < f->shown ? f->document.len : f->shown;

    say(f, rua_verdict_name(verdict));
    for (unsigned i = 0; i < RUA_N_ODDITIES; i++)
        if (oddities >> i & 1) {
            say(f, " ");
            say(f, rua_oddity_name(i));
        }
    snprintf(text, sizeof(text), ": %.*s\n", (int)n,
             (const char *)f->document.data);
    say(f, text);
    snprintf(f->ceiling, sizeof(f->ceiling), "%s", err->sentence);
    return f->documents == 1 ? f->at_end : RUA_OK;
}

static inline void
read_part(struct fixture *f)
{
    const struct rua_documents documents = {begin_document, write_document,
                                            end_document, f};
    struct rua_spool spool;

    f->said_len = f->documents = 0;
    f->said[0] = f->ceiling[0] = '\0';
    f->container = RUA_CONTAINER_BIN;
    rua_err_clear(&f->err);
    f->budget = (struct rua_budget){.limits = &f->limits};
    rua_spool_init(&spool, NULL, PACKED_MAX, PACKED_MAX, "test");
    assert_int_equal(RUA_OK,
                     rua_spool_write(&spool, rua_buf_span(&f->part), &f->err));
    f->verdict = rua_unpack_read(f->unpack, &spool, f->name, &f->budget,
                                 &documents, &f->container, &f->err);
    rua_spool_done(&spool);
}

static inline void
assert_gives(struct fixture *f, enum rua_container container, const char *said)
{
    read_part(f);
    assert_string_equal(said, f->said);
    assert_int_equal(RUA_OK, f->verdict);
    assert_int_equal(container, f->container);
}

/* There is no document. */
static inline void
assert_none(struct fixture *f, enum rua_container container,
            enum rua_verdict verdict, const char *sentence)
{
    read_part(f);
    assert_string_equal("", f->said);
    assert_string_equal(sentence, f->err.sentence);
    assert_int_equal(verdict, f->verdict);
    assert_int_equal(container, f->container);
}

static inline void
set_part(struct fixture *f, struct rua_span bytes)
{
    rua_buf_reset(&f->part);
    rua_buf_add_span(&f->part, bytes);
}

/* The part becomes what is packed of itself. */
static inline void
wrap(struct fixture *f, int window_bits)
{
    const struct rua_buf part = f->part;

    rua_buf_reset(&f->other);
    pack(&f->other, window_bits, rua_buf_span(&f->part));
    f->part = f->other;
    f->other = part;
}

/* The part becomes an archive of itself. */
static inline void
wrap_zip(struct fixture *f, unsigned method)
{
    const struct rua_buf part = f->part;
    struct zip_file file = {
        .name = "f", .data = rua_buf_span(&f->part), .method = method};

    rua_buf_reset(&f->other);
    put_zip(&f->other, &file, 1);
    f->part = f->other;
    f->other = part;
}

#endif
