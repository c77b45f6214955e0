#include "row.h"

#include <stdlib.h>

static const struct rua_style csv = {RUA_CSV, true};
static const struct rua_style tsv = {RUA_TSV, true};

static void
assert_header(const char *columns, struct rua_style style, const char *want)
{
    struct rua_rows *rows;
    struct rua_span got;

    assert_int_equal(RUA_OK, rua_rows_new(columns, style, &rows, NULL));
    got = rua_rows_header(rows);
    assert_int_equal(strlen(want), got.len);
    assert_memory_equal(want, got.data, got.len);
    rua_rows_free(rows);
}

/* The columns are an interface: these lines do not change. */
static void
profiles_have_these_columns(void **state)
{
    (void)state;
    assert_header(
        "full", csv,
        "begin_date,end_date,org_name,org_email,report_id,domain,p,sp,np,adkim,"
        "aspf,pct,fo,testing,discovery_method,source_ip_address,count,"
        "disposition,dkim_aligned,spf_aligned,dmarc_aligned,"
        "policy_evaluated_dkim,policy_evaluated_spf,policy_override_reasons,"
        "policy_override_comments,header_from,envelope_from,envelope_to,"
        "dkim_domains,dkim_selectors,dkim_results,dkim_human_results,"
        "spf_domains,spf_scopes,spf_results,spf_human_results,warnings,"
        "report_key,record\n");
    assert_header(
        "reports", csv,
        "begin_date,end_date,org_name,org_email,org_extra_contact_info,"
        "report_id,version,generator,errors,domain,p,sp,np,adkim,aspf,pct,fo,"
        "testing,discovery_method,records,messages,dmarc_pass,dmarc_fail,"
        "warnings,rua,envelope_from,message_id,queue_id,reporter_auth,"
        "received_at,archive,report_key\n");
    assert_header(
        "parsedmarc", csv,
        "xml_schema,org_name,org_email,org_extra_contact_info,report_id,"
        "begin_date,end_date,normalized_timespan,errors,domain,adkim,aspf,p,sp,"
        "np,pct,fo,testing,discovery_method,source_ip_address,source_country,"
        "source_reverse_dns,source_base_domain,source_name,source_type,"
        "source_asn,source_as_name,source_as_domain,count,spf_aligned,"
        "dkim_aligned,dmarc_aligned,disposition,policy_override_reasons,"
        "policy_override_comments,envelope_from,header_from,envelope_to,"
        "dkim_domains,dkim_selectors,dkim_results,spf_domains,spf_scopes,"
        "spf_results\n");
    assert_header(
        "worker", csv,
        "reportMetadataReportId,reportMetadataOrgName,"
        "reportMetadataDateRangeBegin,reportMetadataDateRangeEnd,"
        "reportMetadataError,policyPublishedDomain,policyPublishedADKIM,"
        "policyPublishedASPF,policyPublishedP,policyPublishedSP,"
        "policyPublishedPct,recordRowSourceIP,recordRowCount,"
        "recordRowPolicyEvaluatedDKIM,recordRowPolicyEvaluatedSPF,"
        "recordRowPolicyEvaluatedDisposition,"
        "recordRowPolicyEvaluatedReasonType,recordIdentifiersEnvelopeTo,"
        "recordIdentifiersHeaderFrom\n");
}

static void
list_of_columns_keeps_its_order(void **state)
{
    (void)state;
    assert_header("count,begin_date", csv, "count,begin_date\n");
    assert_header(" record , ORG_NAME", tsv, "record\torg_name\n");
    assert_header("domain", csv, "domain\n");
}

static void
list_that_is_none_says_why(void **state)
{
    static const struct {
        const char *columns, *sentence;
    } cases[] = {
        {"source_ip",           "columns: there is no column or profile \"source_ip\"; "
                      "ruamill-tables(5) lists them"    },
        {"full,domain",         "columns: full is a profile and stands alone"},
        {"count,domain, count",
         "columns: \"count\" stands there twice; leave out one of them"      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_err err = {0};
        struct rua_rows *rows;
        assert_int_equal(RUA_LATER,
                         rua_rows_new(cases[i].columns, csv, &rows, &err));
        assert_string_equal(cases[i].sentence, err.sentence);
    }
}

static void
width_is_the_number_of_columns(void **state)
{
    static const struct {
        const char *columns;
        size_t width;
    } cases[] = {
        {"full",         39},
        {"parsedmarc",   44},
        {"worker",       19},
        {"reports",      32},
        {"count",        1 },
        {"record,count", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_rows *rows;
        assert_int_equal(RUA_OK,
                         rua_rows_new(cases[i].columns, csv, &rows, NULL));
        assert_int_equal(cases[i].width, rua_rows_width(rows));
        rua_rows_free(rows);
    }
}

static void
unknown_column_is_named(void **state)
{
    static const struct {
        const char *columns, *named;
    } cases[] = {
        {"no_such",                "\"no_such\""      },
        {"count,no_such,nor_this", "\"no_such\""      },
        {"count,,record",          "\"\""             },
        {"count,",                 "\"\""             },
        {"",                       "\"\""             },
        {"full,count",             "full is a profile"},
        {"rua",                    "\"rua\""          }, /* of the reports table */
        {"normalized_timespan",    "\"normalized_t"   }, /* of another profile */
        {"FULL",                   "\"FULL\""         },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_rows *rows = NULL;
        struct rua_err err = {0};
        assert_int_equal(RUA_LATER,
                         rua_rows_new(cases[i].columns, csv, &rows, &err));
        assert_null(rows);
        assert_non_null(strstr(err.sentence, cases[i].named));
    }
}

/* Typed values stand bare, texts in quotes; absent is nothing. */
static void
full_row_of_csv(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    assert_string_equal(
        "2023-11-14 22:13:20,2023-11-15 22:13:19,\"Google "
        "LLC\",\"noreply@example.org\",\"id-1\",\"Example.COM\",\"none\","
        "\"quarantine\",\"reject\",\"r\",\"s\",100,\"1:d\",\"n\",\"psl\","
        "\"192.0.2.1\",2,\"none\",1,0,1,\"pass\",\"fail\",\"forwarded,other\","
        "\",arc=pass%2C as it is\",\"example.com\",\"bounce.example.com\","
        "\"example.org\",\"example.com,example.net\",\"s1,\",\"pass,fail\","
        "\",no key\",\"bounce.example.com\",\"mfrom\",\"softfail\",,,"
        "\"0123abcd\",1\n",
        row_line("full", csv, &r.row));
    sample_row_fill(&r, 1);
    assert_string_equal(
        "2023-11-14 22:13:20,2023-11-15 22:13:19,\"Google "
        "LLC\",\"noreply@example.org\",\"id-1\",\"Example.COM\",\"none\","
        "\"quarantine\",\"reject\",\"r\",\"s\",100,\"1:d\",\"n\",\"psl\","
        "\"2001:db8::1\",3,\"quarantine\",0,0,0,\"fail\",\"fail\",,,"
        "\"example.com\",,,,,,,,,,,,\"0123abcd\",2\n",
        row_line("full", csv, &r.row));
}

static void
full_row_of_tsv(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 1);
    r.sample.report.field[RUA_ORG_NAME] = RUA_SPAN("=a\t\"b\\\"\n");
    assert_string_equal("2023-11-14 22:13:20\t2023-11-15 22:13:19\t=a 'b/' \t"
                        "noreply@example.org\tid-1\tExample.COM\tnone\t"
                        "quarantine\treject\tr\ts\t100\t1:d\tn\tpsl\t"
                        "2001:db8::1\t3\tquarantine\t0\t0\t0\tfail\tfail\t\t\t"
                        "example.com\t\t\t\t\t\t\t\t\t\t\t\t0123abcd\t2\n",
                        row_line("full", tsv, &r.row));
}

static void
guard_is_as_the_style_says(void **state)
{
    struct sample_row r;

    (void)state;
    sample_row_fill(&r, 0);
    r.sample.report.field[RUA_ORG_NAME] = RUA_SPAN("=1");
    r.sample.records[0].field[RUA_HEADER_FROM] = RUA_SPAN("@a");
    assert_string_equal("\"'=1\",\"'@a\"\n",
                        row_line("org_name,header_from", csv, &r.row));
    assert_string_equal("\"=1\",\"@a\"\n",
                        row_line("org_name,header_from",
                                 (struct rua_style){RUA_CSV, false}, &r.row));
}

/* A report of nothing gives a row of nothing, but for key and number. */
static void
absent_fields_give_empty_cells(void **state)
{
    static const struct rua_record record;
    static const struct rua_report report;
    struct sample_row r;
    char want[64];

    (void)state;
    sample_row_fill(&r, 0);
    r.row.report = &report;
    r.row.record = &record;
    rua_facts_of_report(&report, &r.row.facts);
    rua_facts_of_record(&record, &r.row.record_facts);
    memset(want, ',', 37);
    memcpy(want + 37, "\"0123abcd\",1\n", 14);
    assert_string_equal(want, row_line("full", csv, &r.row));
}

/* One layout for many reports: nothing of the one before stays. */
static void
next_report_has_its_own_cells(void **state)
{
    struct sample_row a, b;
    struct rua_rows *rows;
    struct rua_buf out;

    (void)state;
    sample_row_fill(&a, 0);
    sample_row_fill(&b, 1);
    b.sample.report.field[RUA_ORG_NAME] = RUA_SPAN("B");
    b.sample.report.field[RUA_DOMAIN] = (struct rua_span){0};
    assert_int_equal(
        RUA_OK, rua_rows_new("org_name,count,domain,record", csv, &rows, NULL));
    rua_buf_init(&out, 1000);
    rua_rows_begin(rows, &a.row);
    assert_true(rua_rows_add(rows, &a.row, &out));
    a.row.number = 7;
    assert_true(rua_rows_add(rows, &a.row, &out));
    rua_rows_begin(rows, &b.row);
    assert_true(rua_rows_add(rows, &b.row, &out));
    rua_buf_add_byte(&out, '\0');
    assert_string_equal("\"Google LLC\",2,\"Example.COM\",1\n"
                        "\"Google LLC\",2,\"Example.COM\",7\n"
                        "\"B\",3,,2\n",
                        (char *)out.data);
    rua_buf_done(&out);
    rua_rows_free(rows);
}

static void
row_that_does_not_fit_leaves_nothing(void **state)
{
    struct sample_row r;
    struct rua_rows *rows;
    size_t whole;

    (void)state;
    sample_row_fill(&r, 0);
    whole = strlen(row_line("full", csv, &r.row));
    assert_int_equal(RUA_OK, rua_rows_new("full", csv, &rows, NULL));
    rua_rows_begin(rows, &r.row);
    for (size_t max = 3; max < whole + 6; max++) {
        struct rua_buf out;
        bool fits;
        rua_buf_init(&out, max);
        rua_buf_add(&out, "abc", 3);
        fits = rua_rows_add(rows, &r.row, &out);
        assert_int_equal(max >= whole + 3, fits);
        assert_int_equal(fits ? whole + 3 : 3, out.len);
        assert_memory_equal("abc", out.data, 3);
        rua_buf_done(&out);
    }
    rua_rows_free(rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_have_these_columns),
        cmocka_unit_test(list_of_columns_keeps_its_order),
        cmocka_unit_test(list_that_is_none_says_why),
        cmocka_unit_test(width_is_the_number_of_columns),
        cmocka_unit_test(unknown_column_is_named),
        cmocka_unit_test(full_row_of_csv),
        cmocka_unit_test(full_row_of_tsv),
        cmocka_unit_test(guard_is_as_the_style_says),
        cmocka_unit_test(absent_fields_give_empty_cells),
        cmocka_unit_test(next_report_has_its_own_cells),
        cmocka_unit_test(row_that_does_not_fit_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
