#include "rules.h"
#include "store_fixture.h"

static char store_text[256], allow_text[256];
static const char *values[3] = {store_text, allow_text, "jobs=0"};
static struct command_settings settings = {NULL, values, 3};

static int
begin(void **state)
{
    if (folder_begin(state) != 0)
        return -1;
    snprintf(store_text, sizeof(store_text), "store=%s/store", folder_path);
    snprintf(allow_text, sizeof(allow_text), "allow=%s/allow", folder_path);
    values[2] = "jobs=0";
    folder_put("allow", "dmarc@example.com *\nrua+*@example.com *\n"
                        "@reports.example.org *\n");
    return 0;
}

static struct rules *
read_rules(void)
{
    struct rules *rules;

    if (rules_read(&settings, &rules, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return rules;
}

static void
address_is_ours_unknown_or_somebody_elses(void **state)
{
    struct rules *rules;

    (void)state;
    values[2] = "dedicated=mx.example.com, Reports.Example.ORG\texample.com";
    rules = read_rules();
    assert_int_equal(rules_judge(rules, "dmarc@example.com", NULL), RULES_RUA);
    assert_int_equal(rules_judge(rules, "<DMARC@example.com>", NULL),
                     RULES_RUA);
    assert_int_equal(rules_judge(rules, "<rua+1@EXAMPLE.com>", NULL),
                     RULES_RUA);
    assert_int_equal(rules_judge(rules, "<any@reports.example.org>", NULL),
                     RULES_RUA);
    assert_int_equal(rules_judge(rules, "<other@Example.com>", NULL),
                     RULES_UNKNOWN);
    assert_int_equal(rules_judge(rules, "other@mx.example.com", NULL),
                     RULES_UNKNOWN);
    assert_int_equal(rules_judge(rules, "<other@x.example.com>", NULL),
                     RULES_OTHER);
    assert_int_equal(rules_judge(rules, "<other@example.co>", NULL),
                     RULES_OTHER);
    assert_int_equal(rules_judge(rules, "<postmaster>", NULL), RULES_OTHER);
    assert_int_equal(rules_judge(rules, "<>", NULL), RULES_OTHER);
    assert_int_equal(rules_judge(rules, "<a@>", NULL), RULES_OTHER);
    assert_int_equal(rules_judge(rules, "", NULL), RULES_OTHER);
    rules_drop(rules);
}

static void
without_dedicated_domains_nobody_is_unknown(void **state)
{
    struct rules *rules = read_rules();

    (void)state;
    assert_int_equal(rules_judge(rules, "<other@example.com>", NULL),
                     RULES_OTHER);
    rules_drop(rules);
}

static void
rules_last_as_long_as_somebody_holds_them(void **state)
{
    struct rules *rules = read_rules();

    (void)state;
    assert_ptr_equal(rules_hold(rules), rules);
    rules_drop(rules);
    assert_int_equal(rules_judge(rules, "dmarc@example.com", NULL), RULES_RUA);
    rules_drop(rules);
    rules_drop(NULL);
}

static void
what_is_no_good_is_not_read(void **state)
{
    struct rules *rules = NULL;

    (void)state;
    folder_put("allow", "dmarc@example.com\n");
    assert_int_equal(rules_read(&settings, &rules, &err), RUA_LATER);
    assert_null(rules);
    assert_non_null(strstr(err.sentence, "/allow:1: "));
}

/* What becomes of it when this option is set while it runs. */
static void
set_later(const char *value, enum rua_verdict verdict)
{
    struct rules *old, *new = NULL;

    values[2] = "jobs=0";
    old = read_rules();
    values[2] = value;
    rua_err_clear(&err);
    if (rules_read_again(&settings, old, &new, &err) != verdict)
        fail_msg("%s: %s", value, err.sentence);
    assert_int_equal(!new, verdict != RUA_OK);
    rules_drop(new);
    rules_drop(old);
}

static void
only_what_takes_effect_can_change(void **state)
{
    static const char *const can[] = {
        "jobs=0",           "after=accept",      "on_bad=reject",
        "dedicated=a.test", "require_auth=dkim", "pipe_time_limit=10"};
    static const char *const cannot[] = {
        "jobs=2",          "store=/elsewhere",     "format=tsv",
        "columns=worker",  "partition=day",        "formula_guard=no",
        "lease_wait=11",   "allow_network_fs=yes", "socket=inet:1@localhost",
        "socket_mode=600", "socket_group=mail",    "max_connections=3",
        "log=syslog",      "authserv_id=a.test",   "max_message=1M",
        "max_parts=3"};

    (void)state;
    for (size_t i = 0; i < sizeof(can) / sizeof(*can); i++)
        set_later(can[i], RUA_OK);
    for (size_t i = 0; i < sizeof(cannot) / sizeof(*cannot); i++)
        set_later(cannot[i], RUA_LATER);
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, folder_end)
    const struct CMUnitTest tests[] = {
        test(address_is_ours_unknown_or_somebody_elses),
        test(without_dedicated_domains_nobody_is_unknown),
        test(rules_last_as_long_as_somebody_holds_them),
        test(what_is_no_good_is_not_read),
        test(only_what_takes_effect_can_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
