/* mime_fixture.h - for the tests of the module mime: a visitor that writes down
 * what it is told, and messages read from memory and from a file. */
#ifndef MIME_FIXTURE_H
#define MIME_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mime.h"
#include "prescan.h"

enum {
    LOTS = 4 << 20,
    BEFORE = 7, /* bytes before the message in its file */
};

/* What the visitor was told, as text, and what it answers. */
static struct rua_buf told;
static enum rua_verdict answer;
static struct rua_limits limits;
static struct rua_reading reading = {.limits = &limits};
static struct rua_scratch scratch;
static enum rua_mail mail;
static struct rua_err err;

static inline int
begin(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    if (!file)
        return -1;
    scratch = (struct rua_scratch){.fd = dup(fileno(file))};
    fclose(file);
    limits = rua_limits_default;
    reading.own_names = NULL;
    answer = RUA_OK;
    rua_err_clear(&err);
    rua_buf_init(&told, LOTS);
    return scratch.fd >= 0 ? 0 : -1;
}

static inline int
end(void **state)
{
    (void)state;
    rua_buf_done(&told);
    return close(scratch.fd);
}

static inline void
tell(const char *text)
{
    assert_true(rua_buf_add_span(&told, rua_span_text(text ? text : "-")));
}

static inline enum rua_verdict
take_head(void *ctx, const struct rua_head *head, struct rua_err *error)
{
    (void)ctx, (void)error;
    tell("id ");
    tell(head->message_id);
    tell(" subject ");
    tell(head->subject);
    tell(" to");
    for (size_t i = 0; i < head->n_recipients; i++) {
        tell(" ");
        tell(head->recipients[i]);
    }
    if (head->auth) {
        tell(" auth ");
        tell(head->auth);
    }
    tell("\n");
    return RUA_OK;
}

static inline enum rua_verdict
tell_bytes(void *ctx, struct rua_span bytes, struct rua_err *error)
{
    (void)ctx, (void)error;
    assert_true(rua_buf_add_span(&told, bytes));
    return RUA_OK;
}

static inline enum rua_verdict
take_part(void *ctx, const struct rua_part *part, struct rua_err *error)
{
    const struct rua_sink sink = {tell_bytes, NULL};

    (void)ctx;
    tell(part->type);
    tell(" ");
    tell(part->name);
    tell(" [");
    assert_int_equal(RUA_OK, rua_spool_push(part->content, 0,
                                            part->content->len, &sink, NULL));
    tell("]\n");
    return answer == RUA_OK ? RUA_OK : rua_err_set(error, answer, "enough");
}

static inline enum rua_verdict
read_spool(const struct rua_spool *message)
{
    const struct rua_mime_visitor visitor = {take_head, take_part, NULL};
    enum rua_verdict verdict;

    rua_buf_reset(&told);
    rua_err_clear(&err);
    mail = RUA_MAIL;
    verdict = rua_prescan(message, &limits, &err);
    if (verdict == RUA_OK)
        verdict =
            rua_mime_read(message, &reading, &scratch, &visitor, &mail, &err);
    assert_int_equal(verdict == RUA_OK, err.sentence[0] == '\0');
    return verdict;
}

static inline enum rua_verdict
read_memory(struct rua_span bytes)
{
    struct rua_spool message;
    enum rua_verdict verdict;

    rua_spool_init(&message, NULL, LOTS, LOTS, "test");
    assert_int_equal(RUA_OK, rua_spool_write(&message, bytes, NULL));
    verdict = read_spool(&message);
    rua_spool_done(&message);
    assert_int_equal(0, scratch.top);
    return verdict;
}

static inline enum rua_verdict
read_file(struct rua_span bytes)
{
    FILE *file = tmpfile();
    struct rua_spool message;
    enum rua_verdict verdict;

    assert_non_null(file);
    assert_int_equal((ssize_t)bytes.len,
                     pwrite(fileno(file), bytes.data, bytes.len, BEFORE));
    assert_int_equal(
        5, pwrite(fileno(file), "--a--", 5, (off_t)(BEFORE + bytes.len)));
    rua_spool_open(&message, fileno(file), BEFORE, bytes.len);
    verdict = read_spool(&message);
    fclose(file);
    assert_int_equal(0, scratch.top);
    return verdict;
}

static inline void
assert_told(const char *expected)
{
    rua_buf_add_byte(&told, '\0');
    assert_string_equal(expected, (const char *)told.data);
}

/* Reads from memory and from a file. */
static inline void
assert_mail(enum rua_mail kind, const char *text, const char *expected)
{
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    assert_told(expected);
    assert_int_equal(kind, mail);
    assert_int_equal(RUA_OK, read_file(rua_span_text(text)));
    assert_told(expected);
    assert_int_equal(kind, mail);
}

/* The head of a message that names nobody and nothing. */
#define NOBODY "id - subject - to\n"
static inline void
assert_parts(const char *text, const char *expected)
{
    assert_mail(RUA_MAIL, text, expected);
}

static inline void
assert_bad(struct rua_span message, const char *sentence)
{
    assert_int_equal(RUA_BAD, read_memory(message));
    assert_string_equal(sentence, err.sentence);
    assert_int_equal(RUA_BAD, read_file(message));
    assert_string_equal(sentence, err.sentence);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
