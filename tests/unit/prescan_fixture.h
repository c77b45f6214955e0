/* prescan_fixture.h - for the tests of the module prescan: a message, limits,
 * and what comes of the two. */
#ifndef PRESCAN_FIXTURE_H
#define PRESCAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "prescan.h"

enum {
    WINDOW = 64 * 1024,
    LOTS = 4 << 20,
};

/* The message of a test, and the limits it is held against. */
static struct rua_buf message;
static struct rua_limits limits;
static struct rua_err err;

static inline int
begin(void **state)
{
    (void)state;
    limits = rua_limits_default;
    rua_err_clear(&err);
    rua_buf_init(&message, LOTS);
    return 0;
}

static inline int
end(void **state)
{
    (void)state;
    rua_buf_done(&message);
    return 0;
}

static inline void
add(const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        assert_true(rua_buf_add_span(&message, rua_span_text(text)));
}

static inline void
say(const char *text)
{
    add(text, 1);
}

/* From memory, and from a file by windows: that makes no difference. */
static inline enum rua_verdict
scan(void)
{
    int fd = memfd_create("message", MFD_CLOEXEC);
    struct rua_spool memory, file;
    struct rua_err other = {0};
    enum rua_verdict verdict;

    rua_err_clear(&err);
    rua_spool_init(&memory, NULL, LOTS, LOTS, "test");
    assert_int_equal(RUA_OK,
                     rua_spool_write(&memory, rua_buf_span(&message), NULL));
    assert_int_equal(pwrite(fd, message.data, message.len, 0), message.len);
    rua_spool_open(&file, fd, 0, message.len);
    verdict = rua_prescan(&memory, &limits, &err);
    assert_int_equal(rua_prescan(&file, &limits, &other), verdict);
    assert_string_equal(other.sentence, err.sentence);
    rua_spool_done(&memory);
    rua_spool_done(&file);
    close(fd);
    return verdict;
}

static inline void
assert_passes(void)
{
    assert_int_equal(RUA_OK, scan());
    assert_string_equal("", err.sentence);
}

static inline void
assert_refused(const char *sentence)
{
    assert_int_equal(RUA_BAD, scan());
    assert_string_equal(sentence, err.sentence);
}

static const char groups[] = "an address header of too many groups";

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
