/* unzip_fixture.h - what test_unzip and test_unzip_odd share. */
#ifndef UNZIP_FIXTURE_H
#define UNZIP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "packed.h"
#include "report.h"
#include "unzip.h"
#include "zipdir.h"

enum {
    LONG = 3 * 1000 * 1000
};

/* The archive under test, and what was said of its files: a line each,
 * "NAME BYTES VERDICT ODDITIES". */
struct fixture {
    struct rua_gunzip *inflate;
    struct rua_limits limits;
    struct rua_budget budget;
    struct rua_buf in, out;
    char said[8192];
    size_t said_len;
    char name[256];
    const char *skip;               /* refused at `begin` */
    const char *stop;               /* the file that `verdict` is said of */
    enum rua_verdict stop_at_write; /* what `write` or `end` says of it */
    enum rua_verdict stop_at_end;
    enum rua_verdict verdict;
    struct rua_err err;
};

static inline int
begin(void **state)
{
    struct fixture *f = rua_alloc(sizeof(*f));

    *f = (struct fixture){.inflate = rua_gunzip_new(),
                          .limits = rua_limits_default,
                          .in = packed_new(),
                          .out = packed_new()};
    *state = f;
    return 0;
}

static inline int
end(void **state)
{
    struct fixture *f = *state;

    rua_gunzip_free(f->inflate);
    rua_buf_done(&f->in);
    rua_buf_done(&f->out);
    free(f);
    return 0;
}

static inline bool
is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static inline enum rua_verdict
begin_file(void *ctx, const char *name, struct rua_err *err)
{
    struct fixture *f = ctx;

    assert_int_equal('\0', err->sentence[0]);
    snprintf(f->name, sizeof(f->name), "%s", name);
    rua_buf_reset(&f->out);
    return is(f->skip, name) ? RUA_NOT_REPORT : RUA_OK;
}

static inline enum rua_verdict
write_file(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct fixture *f = ctx;

    assert_true(rua_buf_add_span(&f->out, bytes));
    if (is(f->stop, f->name) && f->stop_at_write)
        return rua_err_set(err, f->stop_at_write, "stopped");
    return RUA_OK;
}

static inline enum rua_verdict
end_file(void *ctx, enum rua_verdict verdict, uint32_t oddities,
         struct rua_err *err)
{
    struct fixture *f = ctx;
    size_t room = sizeof(f->said) - f->said_len;

    (void)err;
    f->said_len +=
        (size_t)snprintf(f->said + f->said_len, room, "%s %zu %s", f->name,
                         f->out.len, rua_verdict_name(verdict));
    for (unsigned i = 0; i < RUA_N_ODDITIES; i++)
        if (oddities >> i & 1)
            f->said_len += (size_t)snprintf(f->said + f->said_len,
                                            sizeof(f->said) - f->said_len,
                                            " %s", rua_oddity_name(i));
    f->said_len += (size_t)snprintf(f->said + f->said_len,
                                    sizeof(f->said) - f->said_len, "\n");
    return is(f->stop, f->name) ? f->stop_at_end : RUA_OK;
}

static inline void
read_spool(struct fixture *f, const struct rua_spool *spool)
{
    const struct rua_zip_visitor visitor = {begin_file, write_file, end_file,
                                            f};

    f->said_len = 0;
    f->said[0] = '\0';
    rua_err_clear(&f->err);
    f->budget = (struct rua_budget){.limits = &f->limits};
    f->verdict =
        rua_unzip_read(f->inflate, spool, &f->budget, &visitor, &f->err);
}

/* Reads f->in, which lies in memory, so that data comes in large pieces. */
static inline void
read_memory(struct fixture *f)
{
    struct rua_spool spool;

    rua_spool_init(&spool, NULL, PACKED_MAX, PACKED_MAX, "test");
    assert_int_equal(RUA_OK,
                     rua_spool_write(&spool, rua_buf_span(&f->in), &f->err));
    read_spool(f, &spool);
    rua_spool_done(&spool);
}

/* Reads f->in as a region of a file. */
static inline void
read_file(struct fixture *f)
{
    char path[] = "/tmp/test_unzip.XXXXXX";
    int fd = mkstemp(path);
    struct rua_spool spool;

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(f->in.len, pwrite(fd, f->in.data, f->in.len, 100));
    rua_spool_open(&spool, fd, 100, f->in.len);
    read_spool(f, &spool);
    rua_spool_done(&spool);
    close(fd);
}

/* f->in gives the files `said`, from memory and from a file. */
static inline void
assert_gives(struct fixture *f, const char *said)
{
    read_memory(f);
    assert_string_equal(said, f->said);
    assert_string_equal("", f->err.sentence);
    assert_int_equal(RUA_OK, f->verdict);
    read_file(f);
    assert_string_equal(said, f->said);
    assert_int_equal(RUA_OK, f->verdict);
}

/* f->in gives the files `said`, but something is wrong with it. */
static inline void
assert_bad(struct fixture *f, const char *said, const char *sentence)
{
    read_memory(f);
    assert_string_equal(said, f->said);
    assert_string_equal(sentence, f->err.sentence);
    assert_int_equal(RUA_BAD, f->verdict);
}

#endif
