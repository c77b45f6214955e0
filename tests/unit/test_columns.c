#include "row.h"

/* A cell of the full profile, of the reports profile. */
static const char *
full(const struct sample_row *r, const char *name)
{
    return csv_cell("full", &r->row, name);
}

static const char *
reports(const struct sample_row *r, const char *name)
{
    return csv_cell("reports", &r->row, name);
}

static void
full_row_of_the_reports_table(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.row.record = NULL;
    assert_string_equal(
        "2023-11-14 22:13:20,2023-11-15 22:13:19,\"Google "
        "LLC\",\"noreply@example.org\",\"https://example.org/help\",\"id-1\","
        "\"1.0\",\"gen/1\",\"first error,second%2C with a comma\","
        "\"Example.COM\",\"none\",\"quarantine\",\"reject\",\"r\",\"s\",100,"
        "\"1:d\",\"n\",\"psl\",2,5,2,3,,\"dmarc@example.com\","
        "\"noreply@example.org\",\"id@example.org\",\"4F2xYz\",\"dkim=pass\","
        "2023-11-15 23:13:20,\"archive/2023/11/a.xml.gz\",\"0123abcd\"\n",
        row_line("reports", (struct rua_style){RUA_CSV, true}, &r.row));
}

static void
receipt_may_know_nothing(void **state)
{
    static const char *const names[] = {"rua",           "envelope_from",
                                        "message_id",    "queue_id",
                                        "reporter_auth", "archive"};
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.receipt = (struct rua_receipt){.envelope_from = ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_string_equal(i == 1 ? "\"\"" : "", reports(&r, names[i]));
    assert_string_equal("1970-01-01 00:00:00", reports(&r, "received_at"));
}

static void
message_id_of_a_stranger_is_cleaned(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.receipt.message_id = "=a\n\"b\xff";
    assert_string_equal("\"'=a \"\"b\xef\xbf\xbd\"", reports(&r, "message_id"));
}

static void
list_of_one_keeps_its_commas(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].list[RUA_REASONS].count = 1;
    r.sample.reasons[0].field[RUA_REASON_COMMENT] = RUA_SPAN("a,b%2C");
    r.sample.report.n_errors = 1;
    r.sample.errors[0] = RUA_SPAN("c,d");
    assert_string_equal("\"a,b%2C\"", full(&r, "policy_override_comments"));
    assert_string_equal("\"c,d\"", reports(&r, "errors"));
}

static void
list_of_one_knows_absent_from_empty(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].list[RUA_DKIM].count = 1;
    r.sample.dkim[0].field[RUA_DKIM_SELECTOR] = (struct rua_span){0};
    r.sample.dkim[0].field[RUA_DKIM_RESULT] = RUA_SPAN("");
    assert_string_equal("", full(&r, "dkim_selectors"));
    assert_string_equal("\"\"", full(&r, "dkim_results"));
}

static void
list_of_several_goes_index_for_index(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.dkim[0].field[RUA_DKIM_DOMAIN] = RUA_SPAN("a,b");
    r.sample.dkim[1].field[RUA_DKIM_DOMAIN] = RUA_SPAN("c");
    r.sample.dkim[0].field[RUA_DKIM_RESULT] = (struct rua_span){0};
    r.sample.dkim[1].field[RUA_DKIM_RESULT] = RUA_SPAN("");
    r.sample.dkim[1].field[RUA_DKIM_SELECTOR] = RUA_SPAN(",");
    assert_string_equal("\"a%2Cb,c\"", full(&r, "dkim_domains"));
    assert_string_equal("\",\"", full(&r, "dkim_results"));
    assert_string_equal("\"s1,%2C\"", full(&r, "dkim_selectors"));
}

static void
empty_list_is_an_absent_cell(void **state)
{
    static const char *const names[] = {"policy_override_reasons",
                                        "policy_override_comments",
                                        "dkim_domains",
                                        "dkim_selectors",
                                        "dkim_results",
                                        "dkim_human_results",
                                        "spf_domains",
                                        "spf_scopes",
                                        "spf_results",
                                        "spf_human_results"};
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 1);
    r.sample.report.n_errors = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_string_equal("", full(&r, names[i]));
    assert_string_equal("", reports(&r, "errors"));
}

static void
odd_dates_are_nothing_and_a_warning(void **state)
{
    static const struct {
        const char *begin, *cell, *warnings;
    } cases[] = {
        {"0",             "1970-01-01 00:00:00", "\"begin=0\""                  },
        {"4102444799",    "2099-12-31 23:59:59", "\"end=1700086399\""           },
        {"4102444800",    "",                    "\"begin=4102444800\""         },
        {"-1",            "",                    "\"begin=-1\""                 },
        {"1e9",           "",                    "\"begin=1e9\""                },
        {"1337270400.0",  "2012-05-17 16:00:00", "\"begin=1337270400.0\""       },
        {"1337270400.7",  "2012-05-17 16:00:00", "\"begin=1337270400.7\""       },
        {"1700000000000", "",                    "\"begin=1700000000000\""      },
        {"1,337,270,400", "",                    "\"begin=1%2C337%2C270%2C400\""},
        {"",              "",                    "\"begin=\""                   },
        {NULL,            "",                    ""                             },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sample_row r;
        sample_row_fill(&r, 0);
        r.sample.report.field[RUA_BEGIN] = rua_span_text(cases[i].begin);
        sample_row_facts(&r);
        assert_string_equal(cases[i].cell, full(&r, "begin_date"));
        assert_string_equal(cases[i].cell, reports(&r, "begin_date"));
        assert_string_equal(cases[i].warnings, reports(&r, "warnings"));
    }
}

static void
odd_numbers_are_nothing_and_a_warning(void **state)
{
    static const struct {
        const char *token, *cell, *warnings;
    } cases[] = {
        {"0",                   "0",                   ""                             },
        {"9223372036854775807", "9223372036854775807", ""                             },
        {"9223372036854775808", "",                    "\"count=9223372036854775808\""},
        {"1e9",                 "",                    "\"count=1e9\""                },
        {"1.0",                 "",                    "\"count=1.0\""                },
        {"\"=1\n",              "",                    "\"count=\"\"=1 \""            },
        {"",                    "",                    "\"count=\""                   },
        {NULL,                  "",                    ""                             },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sample_row r;
        sample_row_fill(&r, 0);
        r.sample.records[0].field[RUA_COUNT] = rua_span_text(cases[i].token);
        sample_row_facts(&r);
        assert_string_equal(cases[i].cell, full(&r, "count"));
        assert_string_equal(cases[i].warnings, full(&r, "warnings"));
    }
}

static void
odd_pct_is_a_warning_of_the_report(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.report.field[RUA_PCT] = RUA_SPAN("101");
    r.sample.report.field[RUA_END] = RUA_SPAN("x");
    sample_row_facts(&r);
    assert_string_equal("", full(&r, "pct"));
    assert_string_equal("", full(&r, "end_date"));
    assert_string_equal("\"end=x,pct=101\"", reports(&r, "warnings"));
    assert_string_equal("", full(&r, "warnings"));
}

static void
odd_address_stands_as_sent(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].field[RUA_SOURCE_IP] = RUA_SPAN("X.X.X.X");
    sample_row_facts(&r);
    assert_string_equal("\"X.X.X.X\"", full(&r, "source_ip_address"));
    assert_string_equal("\"source_ip=X.X.X.X\"", full(&r, "warnings"));
    r.sample.records[0].field[RUA_SOURCE_IP] = RUA_SPAN("");
    sample_row_facts(&r);
    assert_string_equal("\"\"", full(&r, "source_ip_address"));
    assert_string_equal("", full(&r, "warnings"));
}

static void
alignment_is_1_or_0_or_nothing(void **state)
{
    static const struct {
        const char *dkim, *spf, *cells, *warnings;
    } cases[] = {
        {"pass", "fail",     "101", ""                                 },
        {"fail", "PASS",     "011", ""                                 },
        {"fail", "fail",     "000", ""                                 },
        {"fail", NULL,       "0__", ""                                 },
        {"",     "pass",     "_11", ""                                 },
        {"none", "softfail", "000",
         "\"policy_evaluated_dkim=none,policy_evaluated_spf=softfail\""},
        {"fail", "good",     "0__", "\"policy_evaluated_spf=good\""    },
    };
    static const char *const names[] = {"dkim_aligned", "spf_aligned",
                                        "dmarc_aligned"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sample_row r;
        sample_row_fill(&r, 0);
        r.sample.records[0].field[RUA_EVALUATED_DKIM] =
            rua_span_text(cases[i].dkim);
        r.sample.records[0].field[RUA_EVALUATED_SPF] =
            rua_span_text(cases[i].spf);
        sample_row_facts(&r);
        for (size_t k = 0; k < 3; k++) {
            char want[] = {cases[i].cells[k], '\0'};
            assert_string_equal(*want == '_' ? "" : want, full(&r, names[k]));
        }
        assert_string_equal(cases[i].warnings, full(&r, "warnings"));
    }
}

static void
oddities_stand_before_tokens(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].oddities = RUA_REPEATED | RUA_IDENTITIES;
    r.sample.records[0].field[RUA_COUNT] = RUA_SPAN("many");
    r.sample.report.oddities = RUA_CRC_MISMATCH | RUA_TRUNCATED;
    r.sample.report.field[RUA_BEGIN] = RUA_SPAN("now");
    sample_row_facts(&r);
    assert_string_equal("\"repeated,identities,count=many\"",
                        full(&r, "warnings"));
    assert_string_equal("\"crc_mismatch,truncated,begin=now\"",
                        reports(&r, "warnings"));
}

static void
unknown_oddity_bits_have_no_name(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].oddities = UINT32_MAX << RUA_N_ODDITIES;
    assert_string_equal("", full(&r, "warnings"));
    r.sample.records[0].oddities = UINT32_MAX << (RUA_N_ODDITIES - 1);
    assert_string_equal("\"identities\"", full(&r, "warnings"));
}

static void
token_is_escaped_and_cut(void **state)
{
    char sixty_four[65], value[100], want[200];
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].field[RUA_COUNT] = RUA_SPAN("%,a%2C,%");
    sample_row_facts(&r);
    assert_string_equal("\"count=%25%2Ca%252C%2C%25\"", full(&r, "warnings"));
    memset(value, 'x', sizeof(value));
    memset(sixty_four, 'x', 64);
    sixty_four[64] = '\0';
    value[63] = sixty_four[63] = ',';
    value[64] = '%';
    snprintf(want, sizeof(want), "\"count=%.63s%%2C\"", sixty_four);
    for (size_t n = 64; n <= sizeof(value); n += 36) {
        r.sample.records[0].field[RUA_COUNT] =
            (struct rua_span){(unsigned char *)value, n};
        sample_row_facts(&r);
        assert_string_equal(want, full(&r, "warnings"));
    }
}

static void
token_is_cut_between_two_characters(void **state)
{
    char value[100], want[200];
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    for (size_t n = 61; n <= 64; n++) {
        memset(value, 'x', n);
        memcpy(value + n, "\xf0\x9f\x93\xac", 4);
        r.sample.records[0].field[RUA_COUNT] =
            (struct rua_span){(unsigned char *)value, n + 4};
        sample_row_facts(&r);
        snprintf(want, sizeof(want), "\"count=%.*s\"", (int)n, value);
        assert_string_equal(want, full(&r, "warnings"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_row_of_the_reports_table),
        cmocka_unit_test(receipt_may_know_nothing),
        cmocka_unit_test(message_id_of_a_stranger_is_cleaned),
        cmocka_unit_test(list_of_one_keeps_its_commas),
        cmocka_unit_test(list_of_one_knows_absent_from_empty),
        cmocka_unit_test(list_of_several_goes_index_for_index),
        cmocka_unit_test(empty_list_is_an_absent_cell),
        cmocka_unit_test(odd_dates_are_nothing_and_a_warning),
        cmocka_unit_test(odd_numbers_are_nothing_and_a_warning),
        cmocka_unit_test(odd_pct_is_a_warning_of_the_report),
        cmocka_unit_test(odd_address_stands_as_sent),
        cmocka_unit_test(alignment_is_1_or_0_or_nothing),
        cmocka_unit_test(oddities_stand_before_tokens),
        cmocka_unit_test(unknown_oddity_bits_have_no_name),
        cmocka_unit_test(token_is_escaped_and_cut),
        cmocka_unit_test(token_is_cut_between_two_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
