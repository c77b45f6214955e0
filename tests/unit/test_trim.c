/* The header as gmime gets it, and what is told of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trim.h"

#define BODY "\nReceived: x\n\ntext\n"

static void
assert_trimmed(const char *expected, const char *text)
{
    const struct rua_span span = rua_span_text(text);
    unsigned char *copy = malloc(span.len);
    struct rua_spool message, trimmed = {.fd = -1};
    struct rua_header header;

    assert_non_null(copy);
    memcpy(copy, span.data, span.len);
    rua_spool_take(&message, copy, span.len);
    rua_header_begin(&header, NULL);
    assert_int_equal(expected != NULL, rua_trim(&message, &header, &trimmed));
    if (expected) {
        assert_int_equal(strlen(expected), trimmed.len);
        assert_memory_equal(expected, trimmed.memory.data, trimmed.len);
    }
    rua_header_done(&header);
    rua_spool_done(&trimmed);
    rua_spool_done(&message);
}

static void
what_gmime_is_asked_for_stays(void **state)
{
    (void)state;
    assert_trimmed("To: a\nsubject:\n b\nMESSAGE-ID: c\nContent-X: d\n"
                   "MIME-Version: 1.0\n" BODY,
                   "Received: x\n\ty: z\nTo: a\nX-To: u\nsubject:\n b\n"
                   "MESSAGE-ID: c\nContent-X: d\nMIME-Version: 1.0\n"
                   "Content: v\nDate: w\n" BODY);
    assert_trimmed("To: a\r\n\r\ntext", "From: b\r\nTo: a\r\n\r\ntext");
    assert_trimmed("To: a\n\n", "From x y\nFrom: b\nTo: a\n\n");
}

static void
header_in_doubt_stays_whole(void **state)
{
    static const char *const doubtful[] = {
        "X: a\n\n",                     /* no field would stay */
        "To: a\nX: b\n",                /* no end */
        "To: a\nX: b\nno field\n\n",    /* gmime knows what that is */
        "To: a\nX : b\n\n",             /* so does auth.h */
        "To: a\nX: b\n \t\n\n",         /* a line that looks like the end */
        "To: a\nX: b\n \t\r\n\n",       /* the same */
        "To: a\nX: b\rTo: c\n\n",       /* a line end for some */
        "To: a\nX: b\r\r\n\n",          /* the same */
        "To: a\nX: b",                  /* breaks off */
        "To: a\nX: b\n\xc3\xa4: c\n\n", /* no name */
        ": a\nTo: b\n\n",               /* the same */
        " X: a\nTo: b\n\n",             /* goes on with nothing */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(doubtful) / sizeof(*doubtful); i++)
        assert_trimmed(NULL, doubtful[i]);
}

static void
message_in_a_file_stays_whole(void **state)
{
    struct rua_spool message, trimmed;
    struct rua_header header;

    (void)state;
    rua_spool_open(&message, 0, 0, 100);
    rua_header_begin(&header, NULL);
    assert_false(rua_trim(&message, &header, &trimmed));
    rua_header_done(&header);
    rua_spool_done(&message);
}

static void
recipients_are_told(void **state)
{
    static const char text[] = "X-Original-To: a@example.org\n"
                               "Delivered-To: <b@example.org>\n"
                               "delivered-to:\n c@example.org\n"
                               "Subject: d\n\n";
    unsigned char *copy = malloc(strlen(text));
    struct rua_spool message, trimmed;
    struct rua_header header;
    struct rua_head head = {0};

    (void)state;
    assert_non_null(copy);
    memcpy(copy, text, strlen(text));
    rua_spool_take(&message, copy, strlen(text));
    rua_header_begin(&header, NULL);
    assert_true(rua_trim(&message, &header, &trimmed));
    rua_header_end(&header, &head);
    assert_int_equal(3, head.n_recipients);
    assert_string_equal("b@example.org", head.recipients[0]);
    assert_string_equal("c@example.org", head.recipients[1]);
    assert_string_equal("a@example.org", head.recipients[2]);
    rua_header_done(&header);
    rua_spool_done(&trimmed);
    rua_spool_done(&message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_gmime_is_asked_for_stays),
        cmocka_unit_test(header_in_doubt_stays_whole),
        cmocka_unit_test(message_in_a_file_stays_whole),
        cmocka_unit_test(recipients_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
