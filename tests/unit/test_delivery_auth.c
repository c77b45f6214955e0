/* What a mail must have passed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delivery.h"

enum head {
    NO_HEAD, /* a report file */
    HEAD
};

enum reports {
    NO_REPORT,
    REPORT
};

static struct rua_allow *allow;
static struct rua_scratch scratch = {.fd = -1};
static struct delivery_desk desk;
static struct delivery delivery;

static int
begin(void **state)
{
    const struct rua_entry_style style = {
        .columns = "full", .style = {RUA_CSV, true}
    };

    (void)state;
    if (rua_allow_parse(RUA_SPAN("dmarc@example.com example.com\n"), "allow",
                        &allow, NULL) != RUA_OK)
        return -1;
    desk =
        (struct delivery_desk){.allow = allow, .own_names = "mx.example.com"};
    return rua_entry_maker_new(&style, &scratch, &desk.maker, NULL) == RUA_OK
               ? 0
               : -1;
}

static int
end(void **state)
{
    (void)state;
    delivery_done(&delivery);
    rua_entry_maker_free(desk.maker);
    rua_allow_free(allow);
    return 0;
}

static void
add_report(struct rua_result_writer *writer)
{
    struct rua_record record = {.oddities = 0};
    struct rua_report report = {.records = 1};
    struct rua_spool part;

    record.field[RUA_SOURCE_IP] = RUA_SPAN("192.0.2.1");
    report.field[RUA_ORG_NAME] = RUA_SPAN("example.net");
    report.field[RUA_DOMAIN] = RUA_SPAN("example.com");
    rua_spool_init(&part, NULL, 100, 100, "part");
    rua_spool_write(&part, RUA_SPAN("<feedback/>"), NULL);
    rua_result_document(writer, NULL);
    rua_result_record(writer, &record, NULL);
    rua_result_report(writer, &report, NULL);
    rua_result_part(writer, &part, RUA_CONTAINER_XML, NULL);
    rua_spool_done(&part);
}

/* Takes a message that has passed `auth`; its result ends with `verdict`. */
static void
take(enum conf_auth require_auth, const char *rua, enum head has_head,
     const char *auth, enum reports reports, enum rua_verdict verdict)
{
    const struct delivery_envelope envelope = {
        .id = "7", .ruas = &rua, .n_ruas = 1, .received_at = 1};
    const struct rua_head head = {.auth = auth};
    struct rua_spool result;
    const struct rua_sink out = {rua_spool_write, &result};
    struct rua_result_writer writer = {.reports = 0};
    const struct rua_err err = {0};

    rua_spool_init(&result, NULL, 1 << 20, UINT64_MAX, "a result");
    rua_result_begin(&writer, &out);
    if (has_head == HEAD)
        rua_result_head(&writer, &head, NULL);
    if (reports == REPORT)
        add_report(&writer);
    rua_result_end(&writer, verdict, verdict ? "what it is" : "", NULL);
    rua_result_done(&writer);
    delivery_done(&delivery);
    delivery_begin(&delivery, &envelope);
    desk.require_auth = require_auth;
    delivery_take(&delivery, &desk, &result);
    delivery_settle(&delivery, &err);
}

/* Takes a mail with a report. */
static void
take_mail(enum conf_auth require_auth, const char *auth)
{
    take(require_auth, "dmarc@example.com", HEAD, auth, REPORT, RUA_OK);
}

static void
assert_kept_aside(const char *sentence)
{
    assert_int_equal(delivery.verdict, RUA_REFUSED);
    assert_string_equal(delivery.err.sentence, sentence);
    assert_int_equal(delivery.n_entries, 0);
    assert_true(delivery_is_aside(&delivery));
    assert_string_equal(delivery.rua, "dmarc@example.com");
}

static void
assert_taken(void)
{
    assert_string_equal(delivery.err.sentence,
                        "stored 1 record of example.com from example.net");
    assert_int_equal(delivery.verdict, RUA_OK);
    assert_int_equal(delivery.n_entries, 1);
}

static void
what_it_has_passed_is_told(void **state)
{
    static const char auth[] = "dmarc=fail dkim=pass header.d=example.net";
    struct rua_span line;

    (void)state;
    take_mail(CONF_AUTH_OFF, auth);
    assert_taken();
    assert_string_equal(delivery_line(&delivery).auth, auth);
    line = rua_buf_span(&delivery.entries[0].report);
    assert_non_null(memmem(line.data, line.len, auth, strlen(auth)));
    take_mail(CONF_AUTH_OFF, NULL);
    assert_taken();
    assert_null(delivery_line(&delivery).auth);
    line = rua_buf_span(&delivery.entries[0].report);
    assert_null(memmem(line.data, line.len, "=", 1));
}

static void
pass_that_is_required_is_enough(void **state)
{
    (void)state;
    take_mail(CONF_AUTH_DMARC, "dmarc=pass dkim=fail");
    assert_taken();
    take_mail(CONF_AUTH_DKIM, "dmarc=fail dkim=pass spf=fail");
    assert_taken();
}

static void
mail_without_it_is_kept_aside(void **state)
{
    static const char *const no_dmarc[] = {
        NULL, "dmarc=fail dkim=pass spf=pass", "dmarc=none", "dkim=pass"};
    static const char *const no_dkim[] = {NULL, "dmarc=pass",
                                          "dmarc=pass dkim=fail spf=pass"};

    (void)state;
    for (size_t i = 0; i < sizeof(no_dmarc) / sizeof(no_dmarc[0]); i++) {
        take_mail(CONF_AUTH_DMARC, no_dmarc[i]);
        assert_kept_aside(
            "require_auth: the mail has no dmarc=pass by mx.example.com");
    }
    for (size_t i = 0; i < sizeof(no_dkim) / sizeof(no_dkim[0]); i++) {
        take_mail(CONF_AUTH_DKIM, no_dkim[i]);
        assert_kept_aside(
            "require_auth: the mail has no dkim=pass by mx.example.com");
        assert_string_equal(delivery.domain, "example.com");
        assert_string_equal(delivery.org, "example.net");
    }
}

static void
report_file_has_nothing_to_pass(void **state)
{
    (void)state;
    take(CONF_AUTH_DMARC, "dmarc@example.com", NO_HEAD, NULL, REPORT, RUA_OK);
    assert_taken();
}

static void
nothing_is_required_of_what_is_no_report(void **state)
{
    (void)state;
    take(CONF_AUTH_DMARC, "dmarc@example.com", HEAD, NULL, NO_REPORT,
         RUA_NOT_REPORT);
    assert_int_equal(delivery.verdict, RUA_NOT_REPORT);
    assert_string_equal(delivery.err.sentence, "what it is");
    take(CONF_AUTH_DMARC, "dmarc@example.com", HEAD, NULL, NO_REPORT, RUA_BAD);
    assert_int_equal(delivery.verdict, RUA_BAD);
    take(CONF_AUTH_DMARC, "x@example.com", HEAD, NULL, REPORT, RUA_OK);
    assert_int_equal(delivery.verdict, RUA_REFUSED);
    assert_string_equal(delivery.err.sentence,
                        "x@example.com is not on the allowlist");
    assert_false(delivery_is_aside(&delivery));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_has_passed_is_told),
        TEST(pass_that_is_required_is_enough),
        TEST(mail_without_it_is_kept_aside),
        TEST(report_file_has_nothing_to_pass),
        TEST(nothing_is_required_of_what_is_no_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
