/* The profiles parsedmarc and worker. */
#include "row.h"

static const char *
parsedmarc(const struct sample_row *r, const char *name)
{
    return csv_cell("parsedmarc", &r->row, name);
}

static const char *
worker(const struct sample_row *r, const char *name)
{
    return csv_cell("worker", &r->row, name);
}

static void
profiles_are_found_by_name(void **state)
{
    static const char *const names[] = {"full", "parsedmarc", "worker",
                                        "reports"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct rua_profile *profile = rua_columns_profile(names[i]);
        assert_non_null(profile);
        assert_string_equal(names[i], profile->name);
    }
    assert_null(rua_columns_profile(""));
    assert_null(rua_columns_profile("Full"));
    assert_null(rua_columns_profile("record"));
}

static void
full_row_of_parsedmarc(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.dkim[1].field[RUA_DKIM_RESULT] = RUA_SPAN("FAIL");
    r.sample.records[0].field[RUA_DISPOSITION] = RUA_SPAN("None");
    r.sample.report.field[RUA_P] = RUA_SPAN("REJECT");
    assert_string_equal(
        "\"1.0\",\"Google LLC\",\"noreply@example.org\","
        "\"https://example.org/help\",\"id-1\",2023-11-14 22:13:20,"
        "2023-11-15 22:13:19,False,\"first error|second, with a comma\","
        "\"Example.COM\",\"r\",\"s\",\"reject\",\"quarantine\",\"reject\",100,"
        "\"1:d\",\"n\",\"psl\",\"192.0.2.1\",,,,,,,,,2,False,True,True,"
        "\"none\",\"forwarded,other\",\"none|arc=pass, as it is\","
        "\"bounce.example.com\",\"example.com\",\"example.org\","
        "\"example.com,example.net\",\"s1,none\",\"pass,fail\","
        "\"bounce.example.com\",\"mfrom\",\"softfail\"\n",
        row_line("parsedmarc", (struct rua_style){RUA_CSV, true}, &r.row));
}

static void
schema_without_version_is_draft(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.report.field[RUA_VERSION] = (struct rua_span){0};
    assert_string_equal("\"draft\"", parsedmarc(&r, "xml_schema"));
    r.sample.report.field[RUA_VERSION] = RUA_SPAN("");
    assert_string_equal("\"draft\"", parsedmarc(&r, "xml_schema"));
}

static void
aligned_is_false_unless_pass(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.records[0].field[RUA_EVALUATED_DKIM] = (struct rua_span){0};
    r.sample.records[0].field[RUA_EVALUATED_SPF] = RUA_SPAN("good");
    sample_row_facts(&r);
    assert_string_equal("False", parsedmarc(&r, "dkim_aligned"));
    assert_string_equal("False", parsedmarc(&r, "spf_aligned"));
    assert_string_equal("False", parsedmarc(&r, "dmarc_aligned"));
    r.sample.records[0].field[RUA_EVALUATED_SPF] = RUA_SPAN("Pass");
    sample_row_facts(&r);
    assert_string_equal("True", parsedmarc(&r, "spf_aligned"));
    assert_string_equal("True", parsedmarc(&r, "dmarc_aligned"));
}

static void
missing_members_have_a_word(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    memset(r.sample.spf, 0, sizeof(r.sample.spf));
    r.sample.reasons[1].field[RUA_REASON_TYPE] = RUA_SPAN("");
    assert_string_equal("\"mfrom\"", parsedmarc(&r, "spf_scopes"));
    assert_string_equal("\"none\"", parsedmarc(&r, "spf_domains"));
    assert_string_equal("\"none\"", parsedmarc(&r, "spf_results"));
    assert_string_equal("\"forwarded,none\"",
                        parsedmarc(&r, "policy_override_reasons"));
    sample_row_fill(&r, 1);
    assert_string_equal("", parsedmarc(&r, "spf_scopes"));
    assert_string_equal("", parsedmarc(&r, "dkim_selectors"));
}

static void
comments_keep_their_case(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.reasons[0].field[RUA_REASON_TYPE] = RUA_SPAN("Mailing_List");
    r.sample.reasons[0].field[RUA_REASON_COMMENT] = RUA_SPAN("As It Is");
    assert_string_equal("\"mailing_list,other\"",
                        parsedmarc(&r, "policy_override_reasons"));
    assert_string_equal("\"As It Is|arc=pass, as it is\"",
                        parsedmarc(&r, "policy_override_comments"));
}

static void
full_row_of_worker(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    assert_string_equal(
        "\"id-1\",\"Google LLC\",1700000000,1700086399,"
        "\"first error|second, with a comma\",\"Example.COM\",0,1,0,1,100,"
        "\"192.0.2.1\",2,1,0,0,1,\"example.org\",\"example.com\"\n",
        row_line("worker", (struct rua_style){RUA_CSV, true}, &r.row));
}

static void
words_of_worker_have_numbers(void **state)
{
    static const struct {
        const char *word, *number;
    } policies[] =
        {
            {"none",       "0"},
            {"Quarantine", "1"},
            {"REJECT",     "2"},
            {"other",      "" },
            {"",           "" },
            {NULL,         "" }
    },
      reasons[] = {{"other", "0"},        {"forwarded", "1"},
                   {"sampled_out", "2"},  {"trusted_forwarder", "3"},
                   {"mailing_list", "4"}, {"local_policy", "5"},
                   {"arc", ""},           {NULL, ""}},
      results[] = {{"fail", "0"}, {"Pass", "1"}, {"none", ""}, {NULL, ""}};
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
        struct rua_span word = rua_span_text(policies[i].word);
        r.sample.report.field[RUA_P] = r.sample.report.field[RUA_SP] = word;
        r.sample.records[0].field[RUA_DISPOSITION] = word;
        assert_string_equal(policies[i].number, worker(&r, "policyPublishedP"));
        assert_string_equal(policies[i].number,
                            worker(&r, "policyPublishedSP"));
        assert_string_equal(policies[i].number,
                            worker(&r, "recordRowPolicyEvaluatedDisposition"));
    }
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        r.sample.reasons[0].field[RUA_REASON_TYPE] =
            rua_span_text(reasons[i].word);
        assert_string_equal(reasons[i].number,
                            worker(&r, "recordRowPolicyEvaluatedReasonType"));
    }
    for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++) {
        struct rua_span word = rua_span_text(results[i].word);
        r.sample.records[0].field[RUA_EVALUATED_DKIM] = word;
        r.sample.records[0].field[RUA_EVALUATED_SPF] = word;
        assert_string_equal(results[i].number,
                            worker(&r, "recordRowPolicyEvaluatedDKIM"));
        assert_string_equal(results[i].number,
                            worker(&r, "recordRowPolicyEvaluatedSPF"));
    }
}

static void
worker_has_nothing_for_what_is_missing(void **state)
{
    static const struct rua_record record;
    static const struct rua_report report;
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.row.report = &report;
    r.row.record = &record;
    rua_facts_of_report(&report, &r.row.facts);
    rua_facts_of_record(&record, &r.row.record_facts);
    assert_string_equal(
        ",,,,,,,,,,,,,,,,,,\n",
        row_line("worker", (struct rua_style){RUA_CSV, true}, &r.row));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_are_found_by_name),
        cmocka_unit_test(full_row_of_parsedmarc),
        cmocka_unit_test(schema_without_version_is_draft),
        cmocka_unit_test(aligned_is_false_unless_pass),
        cmocka_unit_test(missing_members_have_a_word),
        cmocka_unit_test(comments_keep_their_case),
        cmocka_unit_test(full_row_of_worker),
        cmocka_unit_test(words_of_worker_have_numbers),
        cmocka_unit_test(worker_has_nothing_for_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
