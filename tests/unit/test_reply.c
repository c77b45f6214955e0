#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reply.h"

#define D REPLY_DISCARD
#define A REPLY_ACCEPT
#define X REPLY_DELRCPT
#define R REPLY_REJECT
#define T REPLY_TEMPFAIL

/* Of each verdict: after=discard with only RUAs, and with others; after=accept
 * with only RUAs, and with others. First on_bad=keep, then on_bad=reject. */
static const struct {
    enum rua_verdict verdict;
    enum reply_action keep[4], reject[4];
    const char *code, *dsn;
} table[] = {
    {RUA_OK,         {D, X, A, A}, {D, X, A, A}, NULL,  NULL   },
    {RUA_DUPLICATE,  {D, X, A, A}, {D, X, A, A}, NULL,  NULL   },
    {RUA_NOT_REPORT, {A, A, A, A}, {A, A, A, A}, NULL,  NULL   },
    {RUA_BAD,        {D, X, A, A}, {R, X, R, A}, "554", "5.6.0"},
    {RUA_REFUSED,    {D, X, A, A}, {R, X, R, A}, "550", "5.7.1"},
    {RUA_LATER,      {T, T, T, T}, {T, T, T, T}, "451", "4.3.0"},
};

static void
action_is_that_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6 * 8; i++) {
        const struct reply_case of = {
            .verdict = table[i / 8].verdict,
            .only_ruas = i % 2 == 0,
            .after = i % 4 < 2 ? CONF_DISCARD : CONF_ACCEPT,
            .on_bad = i % 8 < 4 ? CONF_KEEP : CONF_REJECT,
        };
        enum reply_action expected =
            i % 8 < 4 ? table[i / 8].keep[i % 4] : table[i / 8].reject[i % 4];
        bool refused = expected == REPLY_REJECT || expected == REPLY_TEMPFAIL;
        struct reply reply;

        reply_choose(&of, "why", &reply);
        assert_int_equal(reply.action, expected);
        assert_int_equal(reply.code != NULL, refused);
        if (refused) {
            assert_string_equal(reply.code, table[i / 8].code);
            assert_string_equal(reply.dsn, table[i / 8].dsn);
        }
        assert_int_equal(reply.stamped, expected == REPLY_ACCEPT &&
                                            of.verdict != RUA_NOT_REPORT);
        assert_int_equal(reply_rejects_bad(&of),
                         of.on_bad == CONF_REJECT && of.only_ruas);
    }
}

static void
sender_is_told_its_faults_and_not_ours(void **state)
{
    struct reply_case of = {
        .verdict = RUA_BAD, .only_ruas = true, .on_bad = CONF_REJECT};
    struct reply reply;

    (void)state;
    reply_choose(&of, "gzip: no end", &reply);
    assert_string_equal(reply.text, "gzip: no end");
    of.verdict = RUA_LATER;
    reply_choose(&of, "/var/lib/ruamill: No space left on device", &reply);
    assert_null(strstr(reply.text, "/var"));
    assert_int_not_equal(strlen(reply.text), 0);
}

static void
text_is_one_printable_line_of_400_bytes(void **state)
{
    char text[2000];
    struct reply reply;

    (void)state;
    reply_refuse(&reply, REPLY_REJECT, "550", "5.1.1",
                 "a\r\n250 ok\x80\x7f 100%s");
    assert_string_equal(reply.text, "a??250 ok?? 100%%s");
    memset(text, '%', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        reply_refuse(&reply, REPLY_REJECT, "550", "5.1.1", text);
        assert_int_equal(strlen(reply.text), i ? 399 : 400);
        text[0] = 'a'; /* no half "%%" at the end */
    }
}

static void
actions_have_names(void **state)
{
    (void)state;
    assert_string_equal(reply_action_name(REPLY_DISCARD), "discard");
    assert_string_equal(reply_action_name(REPLY_ACCEPT), "accept");
    assert_string_equal(reply_action_name(REPLY_DELRCPT), "delrcpt");
    assert_string_equal(reply_action_name(REPLY_REJECT), "reject");
    assert_string_equal(reply_action_name(REPLY_TEMPFAIL), "tempfail");
}

static void
stamped(enum rua_verdict verdict, const char *domain, const char *org,
        const char *expected)
{
    char value[REPLY_STAMP_SIZE];

    reply_stamp(verdict, 12, domain, org, value);
    assert_string_equal(value, expected);
}

static void
stamp_says_what_was_stored(void **state)
{
    (void)state;
    stamped(RUA_OK, "example.com", "google.com",
            "stored; records=12; domain=example.com; org=google.com");
    stamped(RUA_DUPLICATE, "example.com", "google.com",
            "duplicate; domain=example.com; org=google.com");
    stamped(RUA_BAD, NULL, NULL, "aside");
    stamped(RUA_REFUSED, "example.com", "", "aside; domain=example.com");
}

static void
what_strangers_wrote_stays_in_its_value(void **state)
{
    char value[REPLY_STAMP_SIZE], org[1000];

    (void)state;
    stamped(RUA_BAD, NULL, "A \"B\" C\\", "aside; org=\"A \\\"B\\\" C\\\\\"");
    stamped(RUA_BAD, NULL, "a; domain=b", "aside; org=\"a; domain=b\"");
    stamped(RUA_BAD, NULL, "a\r\nTo: b", "aside; org=\"a??To: b\"");
    stamped(RUA_BAD, NULL, "M\xc3\xbcller", "aside; org=\"M??ller\"");
    memset(org, '"', sizeof(org) - 1);
    org[sizeof(org) - 1] = '\0';
    reply_stamp(RUA_OK, UINT64_MAX, org, org, value);
    assert_in_range(strlen(value), 400, REPLY_STAMP_SIZE - 2);
    assert_string_equal(value + strlen(value) - 3, "\\\"\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(action_is_that_of_the_table),
        cmocka_unit_test(sender_is_told_its_faults_and_not_ours),
        cmocka_unit_test(text_is_one_printable_line_of_400_bytes),
        cmocka_unit_test(actions_have_names),
        cmocka_unit_test(stamp_says_what_was_stored),
        cmocka_unit_test(what_strangers_wrote_stays_in_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
