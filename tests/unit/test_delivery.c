#include "delivery_fixture.h"

static void
address_of_the_envelope_counts_alone(void **state)
{
    struct fixture *fixture = *state;

    add_head(fixture, (const char *[]){"all@example.net"}, 1);
    add_report(fixture, "example.com", "1");
    take(fixture, "org@example.net", RUA_OK, "");
    settles(fixture, NULL, 0, RUA_REFUSED,
            "the policy domain example.com is not taken by org@example.net");
    assert_string_equal(fixture->delivery.rua, "org@example.net");
    assert_true(delivery_is_aside(&fixture->delivery));
}

static void
without_one_the_first_listed_of_the_header_counts(void **state)
{
    struct fixture *fixture = *state;

    add_head(
        fixture,
        (const char *[]){"x@example.net", "com@example.net", "all@example.net"},
        3);
    add_report(fixture, "sub.example.com", "1");
    take(fixture, NULL, RUA_OK, "");
    assert_string_equal(fixture->delivery.rua, "com@example.net");
    settles(fixture, all_stored, 1, RUA_OK,
            "stored 2 records of sub.example.com from example.net");
}

static void
first_address_that_takes_the_policy_domain_counts(void **state)
{
    struct fixture *fixture = *state;

    add_head(fixture,
             (const char *[]){"org@example.net", "all@example.net",
                              "com@example.net"},
             3);
    add_report(fixture, "example.com", "1");
    take(fixture, NULL, RUA_OK, "");
    assert_string_equal(fixture->delivery.rua, "all@example.net");
    settles(fixture, all_stored, 1, RUA_OK,
            "stored 2 records of example.com from example.net");
}

static void
report_for_the_last_of_100_addresses_is_taken(void **state)
{
    struct fixture *fixture = *state;
    const char *addresses[100];

    for (size_t i = 0; i < 100; i++)
        addresses[i] = i < 99 ? "org@example.net" : "com@example.net";
    add_head(fixture, addresses, 100);
    add_report(fixture, "example.com", "1");
    take(fixture, NULL, RUA_OK, "");
    assert_string_equal(fixture->delivery.rua, "com@example.net");
    settles(fixture, all_stored, 1, RUA_OK,
            "stored 2 records of example.com from example.net");
}

static void
message_to_nobody_on_the_list_is_refused(void **state)
{
    struct fixture *fixture = *state;

    add_head(fixture, (const char *[]){"x@example.net"}, 1);
    add_report(fixture, "example.com", "1");
    take(fixture, NULL, RUA_OK, "");
    settles(fixture, NULL, 0, RUA_REFUSED,
            "x@example.net is not on the allowlist");
    assert_null(fixture->delivery.rua);
    assert_false(delivery_is_aside(&fixture->delivery));
}

static void
message_without_recipients_is_refused(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    take(fixture, NULL, RUA_OK, "");
    settles(fixture, NULL, 0, RUA_REFUSED,
            "it does not say who it was sent to (see --to)");
}

/* Whoever it was for: it is ordinary mail. */
static void
no_report_to_nobody_on_the_list_is_no_report(void **state)
{
    struct fixture *fixture = *state;

    add_head(fixture, (const char *[]){"x@example.net"}, 1);
    take(fixture, NULL, RUA_NOT_REPORT, "no aggregate report in it");
    settles(fixture, NULL, 0, RUA_NOT_REPORT, "no aggregate report in it");
    assert_false(delivery_is_aside(&fixture->delivery));
}

static void
policy_domain_that_is_none_needs_an_address_that_takes_any(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "no domain", "1");
    take(fixture, "com@example.net", RUA_OK, "");
    settles(fixture, NULL, 0, RUA_REFUSED,
            "the policy domain (none) is not taken by com@example.net");
}

static void
policy_domains_that_are_none_share_a_folder(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "no domain", "1");
    add_report(fixture, "", "2");
    add_report(fixture, "quarantine", "3");
    take(fixture, "all@example.net", RUA_OK, "");
    assert_int_equal(fixture->delivery.n_entries, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(fixture->delivery.entries[i].folder, "_invalid");
    settles(fixture, all_stored, 3, RUA_OK, "stored 6 records of 3 reports");
}

static void
good_reports_beside_a_refused_one_are_stored(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.org", "2");
    add_report(fixture, "sub.example.com", "3");
    take(fixture, "com@example.net", RUA_OK, "");
    settles(fixture, all_stored, 2, RUA_REFUSED,
            "the policy domain example.org is not taken by com@example.net");
    assert_int_equal(fixture->delivery.fresh, 2);
    assert_int_equal(fixture->delivery.records, 4);
    assert_string_equal(fixture->delivery.entries[1].folder, "sub.example.com");
    assert_true(delivery_is_aside(&fixture->delivery));
}

static void
each_report_goes_to_the_address_that_takes_it(void **state)
{
    struct fixture *fixture = *state;

    add_head(fixture, (const char *[]){"org@example.net", "com@example.net"},
             2);
    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.org", "2");
    take(fixture, NULL, RUA_OK, "");
    settles(fixture, all_stored, 2, RUA_OK, "stored 4 records of 2 reports");
    assert_non_null(
        strstr((char *)fixture->delivery.entries[0].report.data, "com@"));
    assert_non_null(
        strstr((char *)fixture->delivery.entries[1].report.data, "org@"));
}

static void
each_recipient_of_the_envelope_takes_what_it_may(void **state)
{
    const char *const ruas[] = {"x@example.net", "org@example.net",
                                "com@example.net"};
    const struct delivery_envelope envelope = {
        .id = "7", .ruas = ruas, .n_ruas = 3, .received_at = 1};
    struct fixture *fixture = *state;
    struct delivery *delivery = &fixture->delivery;

    add_head(fixture, (const char *[]){"all@example.net"}, 1);
    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.net", "2");
    rua_result_end(&fixture->writer, RUA_OK, "", NULL);
    delivery_begin(delivery, &envelope);
    delivery_take(delivery, &fixture->desk, &fixture->result);
    settles(fixture, all_stored, 1, RUA_REFUSED,
            "the policy domain example.net is not taken by org@example.net");
    assert_string_equal(delivery->rua, "com@example.net");
    delivery_unload(delivery);
    assert_null(delivery->entries);
    assert_int_equal(delivery_line(delivery).records, 2);
}

static void
good_report_beside_a_bad_one_is_stored(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    take(fixture, "com@example.net", RUA_BAD, "gzip: broken");
    settles(fixture, all_stored, 1, RUA_BAD, "gzip: broken");
    assert_int_equal(fixture->delivery.fresh, 1);
    assert_true(delivery_is_aside(&fixture->delivery));
}

static void
duplicates_count_as_such_when_nothing_is_new(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.com", "2");
    take(fixture, "com@example.net", RUA_OK, "");
    settles(fixture, (const enum rua_verdict[]){RUA_DUPLICATE, RUA_DUPLICATE},
            2, RUA_DUPLICATE, "already stored");
    assert_int_equal(fixture->delivery.duplicates, 2);
    assert_int_equal(fixture->delivery.records, 0);
    assert_false(delivery_is_aside(&fixture->delivery));
}

static void
duplicate_beside_a_new_report_is_ok(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.com", "2");
    take(fixture, "com@example.net", RUA_OK, "");
    settles(fixture, (const enum rua_verdict[]){RUA_DUPLICATE, RUA_OK}, 2,
            RUA_OK, "stored 2 records of example.com from example.net");
    assert_int_equal(fixture->delivery.duplicates, 1);
}

static void
store_that_fails_makes_everything_later(void **state)
{
    struct fixture *fixture = *state;

    add_report(fixture, "example.com", "1");
    add_report(fixture, "example.org", "2");
    take(fixture, "com@example.net", RUA_BAD, "gzip: broken");
    settles(fixture, (const enum rua_verdict[]){RUA_LATER}, 1, RUA_LATER,
            "no room");
    assert_int_equal(fixture->delivery.fresh, 0);
    assert_false(delivery_is_aside(&fixture->delivery));
}

/* The report stands before the fault, and is not to be believed either. */
static void
broken_result_is_bad_and_gives_no_entry(void **state)
{
    struct fixture *fixture = *state;
    unsigned char frame[16] = {99};

    add_report(fixture, "example.com", "1");
    assert_true(rua_buf_add(&fixture->writer.body, frame, sizeof(frame)));
    take(fixture, "com@example.net", RUA_OK, "");
    assert_int_equal(fixture->delivery.n_entries, 0);
    assert_int_equal(fixture->delivery.verdict, RUA_BAD);
    assert_memory_equal(fixture->delivery.err.sentence, "the reader's result ",
                        20);
}

static void
message_without_a_result_has_the_verdict_that_is_given(void **state)
{
    struct fixture *fixture = *state;
    struct rua_err err = {RUA_LATER, "open: Permission denied"};

    rua_spool_done(&fixture->result);
    delivery_begin(&fixture->delivery, &(struct delivery_envelope){.id = "a"});
    delivery_fail(&fixture->delivery, RUA_LATER, &err);
    settles(fixture, NULL, 0, RUA_LATER, "open: Permission denied");
    assert_false(delivery_is_aside(&fixture->delivery));
}

static void
line_says_what_became_of_it(void **state)
{
    struct fixture *fixture = *state;
    char rua[] = "com@example.net";
    struct log_line line;

    add_report(fixture, "example.com", "1");
    take(fixture, rua, RUA_OK, "");
    rua[0] = '?'; /* it was copied */
    settles(fixture, all_stored, 1, RUA_OK,
            "stored 2 records of example.com from example.net");
    line = delivery_line(&fixture->delivery);
    assert_string_equal(line.id, "7");
    assert_string_equal(line.rua, "com@example.net");
    assert_string_equal(line.from, "a@example.net");
    assert_int_equal(line.verdict, RUA_OK);
    assert_int_equal(line.reports, 1);
    assert_int_equal(line.records, 2);
    assert_string_equal(line.domain, "example.com");
    assert_string_equal(line.org, "example.net");
    assert_string_equal(line.text, fixture->delivery.err.sentence);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(address_of_the_envelope_counts_alone),
        test(without_one_the_first_listed_of_the_header_counts),
        test(first_address_that_takes_the_policy_domain_counts),
        test(report_for_the_last_of_100_addresses_is_taken),
        test(message_to_nobody_on_the_list_is_refused),
        test(message_without_recipients_is_refused),
        test(no_report_to_nobody_on_the_list_is_no_report),
        test(policy_domain_that_is_none_needs_an_address_that_takes_any),
        test(policy_domains_that_are_none_share_a_folder),
        test(good_reports_beside_a_refused_one_are_stored),
        test(each_report_goes_to_the_address_that_takes_it),
        test(each_recipient_of_the_envelope_takes_what_it_may),
        test(good_report_beside_a_bad_one_is_stored),
        test(duplicates_count_as_such_when_nothing_is_new),
        test(duplicate_beside_a_new_report_is_ok),
        test(store_that_fails_makes_everything_later),
        test(broken_result_is_bad_and_gives_no_entry),
        test(message_without_a_result_has_the_verdict_that_is_given),
        test(line_says_what_became_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
