#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "facts.h"

struct number_case {
    const char *token; /* NULL: absent */
    int64_t value;
    bool valid, odd;
};

static void
assert_number(const struct number_case *want, const struct rua_number *got)
{
    if (want->valid != got->valid || want->odd != got->odd)
        print_error("token %s\n", want->token ? want->token : "(absent)");
    assert_int_equal(want->valid, got->valid);
    assert_int_equal(want->odd, got->odd);
    assert_true(got->value == (want->valid ? want->value : 0));
}

static void
time_is_an_integer_of_this_century(void **state)
{
    static const struct number_case cases[] = {
        {NULL,                                      0,          false, false},
        {"",                                        0,          false, true },
        {"1262304000",                              1262304000, true,  false},
        {"4102444799",                              4102444799, true,  false},
        {"4102444800",                              0,          false, true },
        {"0004102444799",                           4102444799, true,  false},
        {"-1",                                      0,          false, true },
        {"+1",                                      0,          false, true },
        {"1e9",                                     0,          false, true },
        {"0x10",                                    0,          false, true },
        {"1,337,270,400",                           0,          false, true },
        {"1337270400 1",                            0,          false, true },
        {"1700000000000",                           0,          false, true },
        {"2023-11-14T22:13:20Z",                    0,          false, true },
        {"9223372036854775807",                     0,          false, true },
        {"9223372036854775808",                     0,          false, true },
        {"18446744073709551616",                    0,          false, true },
        {"340282366920938463463374607431768211457", 0,          false, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_report report = {0};
        struct rua_report_facts facts;
        report.field[RUA_BEGIN] = rua_span_text(cases[i].token);
        rua_facts_of_report(&report, &facts);
        assert_number(&cases[i], &facts.begin);
        assert_false(facts.end.valid);
        report.field[RUA_BEGIN] = (struct rua_span){0};
        report.field[RUA_END] = rua_span_text(cases[i].token);
        rua_facts_of_report(&report, &facts);
        assert_number(&cases[i], &facts.end);
        assert_false(facts.begin.valid);
    }
}

static void
period_is_given(const char *begin, const char *end, bool begin_odd,
                bool end_odd)
{
    struct rua_report report = {0};
    struct rua_report_facts facts;

    report.field[RUA_BEGIN] = rua_span_text(begin);
    report.field[RUA_END] = rua_span_text(end);
    rua_facts_of_report(&report, &facts);
    assert_int_equal(facts.begin.odd, begin_odd);
    assert_int_equal(facts.end.odd, end_odd);
    assert_int_equal(facts.begin.valid, true);
}

static void
period_before_2010_or_backwards_is_odd_and_kept(void **state)
{
    (void)state;
    period_is_given("0", NULL, true, false);
    period_is_given("1262303999", "1262304000", true, false);
    period_is_given("1262304000", "1262304000", false, false);
    period_is_given("1262304001", "1262304000", false, true);
    period_is_given("1262304001", "soon", false, true);
}

static void
fraction_of_a_second_is_cut_and_odd(void **state)
{
    static const struct number_case cases[] = {
        {"1337270400.0",   1337270400, true,  true},
        {"1337270400.999", 1337270400, true,  true},
        {"4102444799.9",   4102444799, true,  true},
        {"4102444800.0",   0,          false, true},
        {"1337270400.0.0", 0,          false, true},
        {"1337270400.-1",  0,          false, true},
        {"1337270400.5e1", 0,          false, true},
        {".5",             0,          false, true},
        {".",              0,          false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_report report = {0};
        struct rua_report_facts facts;
        report.field[RUA_BEGIN] = rua_span_text(cases[i].token);
        rua_facts_of_report(&report, &facts);
        assert_number(&cases[i], &facts.begin);
    }
}

static void
pct_is_0_to_100(void **state)
{
    static const struct number_case cases[] = {
        {NULL,    0,   false, false},
        {"",      0,   false, true },
        {"0",     0,   true,  false},
        {"100",   100, true,  false},
        {"00100", 100, true,  false},
        {"101",   0,   false, true },
        {"1000",  0,   false, true },
        {"-1",    0,   false, true },
        {"50%",   0,   false, true },
        {"50.0",  0,   false, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_report report = {0};
        struct rua_report_facts facts;
        report.field[RUA_PCT] = rua_span_text(cases[i].token);
        rua_facts_of_report(&report, &facts);
        assert_number(&cases[i], &facts.pct);
    }
}

static void
count_is_decimal_digits_up_to_2_63(void **state)
{
    static const struct number_case cases[] = {
        {NULL,                   0,             false, false},
        {"",                     0,             false, true },
        {"0",                    0,             true,  false},
        {"007",                  7,             true,  false},
        {"9223372036854775806",  INT64_MAX - 1, true,  false},
        {"9223372036854775807",  INT64_MAX,     true,  false},
        {"9223372036854775808",  0,             false, true },
        {"9223372036854775810",  0,             false, true },
        {"18446744073709551615", 0,             false, true },
        {"18446744073709551617", 0,             false, true },
        {"92233720368547758070", 0,             false, true },
        {"1e9",                  0,             false, true },
        {"1.0",                  0,             false, true },
        {"-1",                   0,             false, true },
        {"1 000",                0,             false, true },
        {"\xd9\xa1",             0,             false, true }, /* an Arabic 1 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_record record = {0};
        struct rua_record_facts facts;
        record.field[RUA_COUNT] = rua_span_text(cases[i].token);
        rua_facts_of_record(&record, &facts);
        assert_number(&cases[i], &facts.count);
    }
}

static void
nul_ends_no_number(void **state)
{
    struct rua_record record = {0};
    struct rua_record_facts facts;

    (void)state;
    record.field[RUA_COUNT] = RUA_SPAN("12\0");
    rua_facts_of_record(&record, &facts);
    assert_false(facts.count.valid);
    assert_true(facts.count.odd);
}

static void
only_the_span_is_read(void **state)
{
    struct rua_record record = {0};
    struct rua_record_facts facts;

    (void)state;
    record.field[RUA_COUNT] = (struct rua_span){RUA_SPAN("123").data, 2};
    rua_facts_of_record(&record, &facts);
    assert_true(facts.count.valid);
    assert_int_equal(12, facts.count.value);
}

static const struct {
    const char *token;
    enum rua_outcome outcome;
    bool odd;
} outcomes[] = {
    {NULL,        RUA_UNKNOWN, false},
    {"",          RUA_UNKNOWN, false},
    {"pass",      RUA_PASS,    false},
    {"PASS",      RUA_PASS,    false},
    {"fail",      RUA_FAIL,    false},
    {"Fail",      RUA_FAIL,    false},
    {"none",      RUA_FAIL,    true },
    {"neutral",   RUA_FAIL,    true },
    {"softfail",  RUA_FAIL,    true },
    {"hardfail",  RUA_FAIL,    true },
    {"policy",    RUA_FAIL,    true },
    {"temperror", RUA_FAIL,    true },
    {"PermError", RUA_FAIL,    true },
    {"unknown",   RUA_UNKNOWN, true },
    {"passed",    RUA_UNKNOWN, true },
    {"pas",       RUA_UNKNOWN, true },
    {"1",         RUA_UNKNOWN, true },
};

enum {
    N_OUTCOMES = sizeof(outcomes) / sizeof(*outcomes)
};

static void
alignment_is_what_policy_evaluated_says(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_OUTCOMES; d++)
        for (size_t s = 0; s < N_OUTCOMES; s++) {
            struct rua_record record = {0};
            struct rua_record_facts facts;
            enum rua_outcome dkim = outcomes[d].outcome;
            enum rua_outcome spf = outcomes[s].outcome;
            record.field[RUA_EVALUATED_DKIM] = rua_span_text(outcomes[d].token);
            record.field[RUA_EVALUATED_SPF] = rua_span_text(outcomes[s].token);
            rua_facts_of_record(&record, &facts);
            assert_int_equal(dkim, facts.dkim);
            assert_int_equal(spf, facts.spf);
            assert_int_equal(outcomes[d].odd, facts.dkim_odd);
            assert_int_equal(outcomes[s].odd, facts.spf_odd);
            if (dkim == RUA_PASS || spf == RUA_PASS)
                assert_int_equal(RUA_PASS, facts.dmarc);
            else if (dkim == RUA_FAIL && spf == RUA_FAIL)
                assert_int_equal(RUA_FAIL, facts.dmarc);
            else
                assert_int_equal(RUA_UNKNOWN, facts.dmarc);
        }
}

static void
address_is_canonical_or_odd(void **state)
{
    static const struct {
        const char *token, *ip;
        bool odd;
    } cases[] = {
        {NULL,               NULL,          false},
        {"",                 NULL,          false},
        {"192.0.2.1",        "192.0.2.1",   false},
        {"2001:DB8:0:0::1",  "2001:db8::1", false},
        {"[192.0.2.1]",      "192.0.2.1",   false},
        {"192.0.2.256",      NULL,          true },
        {"X.X.X.X",          NULL,          true },
        {"mail.example.com", NULL,          true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_record record = {0};
        struct rua_record_facts facts;
        record.field[RUA_SOURCE_IP] = rua_span_text(cases[i].token);
        rua_facts_of_record(&record, &facts);
        assert_int_equal(cases[i].ip != NULL, facts.ip_valid);
        assert_int_equal(cases[i].odd, facts.ip_odd);
        if (cases[i].ip)
            assert_string_equal(cases[i].ip, facts.ip);
    }
}

static void
code_is_the_place_in_the_table(void **state)
{
    static const char *const words[] = {"r", "s"};

    (void)state;
    assert_int_equal(0, rua_facts_code(RUA_SPAN("r"), words, 2));
    assert_int_equal(1, rua_facts_code(RUA_SPAN("S"), words, 2));
    assert_int_equal(-1, rua_facts_code(RUA_SPAN("rs"), words, 2));
    assert_int_equal(-1, rua_facts_code(RUA_SPAN(""), words, 2));
    assert_int_equal(-1, rua_facts_code((struct rua_span){0}, words, 2));
    assert_int_equal(-1, rua_facts_code(RUA_SPAN("s"), words, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_is_an_integer_of_this_century),
        cmocka_unit_test(period_before_2010_or_backwards_is_odd_and_kept),
        cmocka_unit_test(fraction_of_a_second_is_cut_and_odd),
        cmocka_unit_test(pct_is_0_to_100),
        cmocka_unit_test(count_is_decimal_digits_up_to_2_63),
        cmocka_unit_test(nul_ends_no_number),
        cmocka_unit_test(only_the_span_is_read),
        cmocka_unit_test(alignment_is_what_policy_evaluated_says),
        cmocka_unit_test(address_is_canonical_or_odd),
        cmocka_unit_test(code_is_the_place_in_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
