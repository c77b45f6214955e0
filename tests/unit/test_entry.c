#include "store_fixture.h"

static struct rua_scratch scratch = {.fd = -1};
static struct rua_entry_maker *maker;
static struct sample sample;
static struct made made;

static void
begin_as(const char *columns, enum rua_format format,
         enum rua_partition partition)
{
    const struct rua_entry_style style = {
        columns, {format, true},
         partition, NULL, 0
    };

    rua_err_clear(&err);
    assert_int_equal(RUA_OK,
                     rua_entry_maker_new(&style, &scratch, &maker, &err));
    sample_fill(&sample);
}

static int
begin(void **state)
{
    (void)state;
    begin_as("count,record,report_key", RUA_CSV, RUA_BY_MONTH);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    rua_entry_maker_free(maker);
    return 0;
}

static void
assert_bytes(const char *want, const unsigned char *got, size_t len)
{
    assert_int_equal(strlen(want), len);
    assert_memory_equal(want, got, len);
}

static void
entry_holds_rows_and_names(void **state)
{
    char want[1000], key[RUA_DIGEST_SIZE];

    (void)state;
    sample_key(&sample, key);
    made_fill(&made, maker, &sample, "example.com");
    assert_string_equal(key, made.entry.key);
    assert_string_equal("example.com", made.entry.folder);
    assert_string_equal("-2023-11", made.entry.period);
    snprintf(want, sizeof(want),
             "archive/2023/11/Google_LLC!example.com!1700000000!1700086399!%s",
             key);
    assert_string_equal(want, made.entry.archive);
    assert_int_equal(RUA_CONTAINER_XML_GZ, made.entry.container);
    snprintf(want, sizeof(want), "2,1,\"%s\"\n3,2,\"%s\"\n", key, key);
    assert_bytes(want, made.entry.records.memory.data, made.entry.records.len);
    assert_memory_equal("2023-11-14 22:13:20,", made.entry.report.data, 20);
    assert_int_equal('\n', made.entry.report.data[made.entry.report.len - 1]);
    assert_ptr_equal(&made.result, made.entry.part);
    assert_int_equal(sizeof(SAMPLE_PART) - 1, made.entry.part_len);
    assert_memory_equal(SAMPLE_PART,
                        made.result.memory.data + made.entry.part_at,
                        made.entry.part_len);
    made_done(&made);
}

static void
archive_in_the_row_has_its_ending(void **state)
{
    static const char *const endings[] = {".xml", ".xml.gz", ".zip", ".bin"};
    char want[400];

    (void)state;
    made_read(&made, &sample);
    for (int c = RUA_CONTAINER_XML; c <= RUA_CONTAINER_BIN; c++) {
        made.read.reports[0].container = (enum rua_container)c;
        assert_int_equal(RUA_OK,
                         rua_entry_make(maker, &made.result, made.read.reports,
                                        "example.com", &made_receipt,
                                        &made.entry, &err));
        assert_string_equal(endings[c],
                            rua_entry_ending((enum rua_container)c));
        snprintf(want, sizeof(want), ",\"%s%s\",\"%s\"\n", made.entry.archive,
                 endings[c], made.entry.key);
        assert_bytes(
            want, made.entry.report.data + made.entry.report.len - strlen(want),
            strlen(want));
        rua_entry_done(&made.entry);
    }
    made_done(&made);
}

static void
headers_are_those_of_the_layouts(void **state)
{
    struct rua_span header;

    (void)state;
    header = rua_entry_records_header(maker);
    assert_bytes("count,record,report_key\n", header.data, header.len);
    header = rua_entry_reports_header(maker);
    assert_memory_equal("begin_date,end_date,org_name,", header.data, 29);
    assert_memory_equal(",archive,report_key\n", header.data + header.len - 20,
                        20);
}

static void
unknown_columns_are_refused(void **state)
{
    static const char *const columns[] = {"no_such", "reports", ""};
    struct rua_entry_maker *none = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        const struct rua_entry_style style = {
            columns[i], {RUA_CSV, true},
             RUA_BY_MONTH, NULL, 0
        };
        rua_err_clear(&err);
        assert_int_equal(RUA_LATER,
                         rua_entry_maker_new(&style, &scratch, &none, &err));
        assert_null(none);
        assert_memory_equal("columns: ", err.sentence, 9);
        assert_non_null(strstr(err.sentence, columns[i]));
    }
}

static void
assert_totals(uint64_t records, uint64_t messages, uint64_t pass, uint64_t fail)
{
    made_fill(&made, maker, &sample, "example.com");
    assert_true(records == made.entry.totals.records);
    assert_true(messages == made.entry.totals.messages);
    assert_true(pass == made.entry.totals.dmarc_pass);
    assert_true(fail == made.entry.totals.dmarc_fail);
    made_done(&made);
}

static void
totals_are_sums_of_counts(void **state)
{
    (void)state;
    assert_totals(2, 5, 2, 3);
    sample.records[0].field[RUA_COUNT] = RUA_SPAN("1e9");
    assert_totals(2, 3, 0, 3);
    sample.records[0].field[RUA_COUNT] = (struct rua_span){0};
    assert_totals(2, 3, 0, 3);
    sample.records[1].field[RUA_EVALUATED_SPF] = RUA_SPAN("good");
    assert_totals(2, 3, 0, 0); /* neither passed nor failed */
    sample.n_records = 0;
    assert_totals(0, 0, 0, 0);
}

static void
sum_stays_at_its_greatest_value(void **state)
{
    struct rua_result_writer writer = {0};
    struct rua_sink out = {rua_spool_write, &made.result};

    (void)state;
    made = (struct made){0};
    sample_spool(&made.result);
    rua_result_begin(&writer, &out);
    sample.records[0].field[RUA_COUNT] = RUA_SPAN("9223372036854775800");
    for (unsigned i = 0; i < 3; i++)
        rua_result_record(&writer, &sample.records[0], NULL);
    rua_result_report(&writer, &sample.report, NULL);
    sample_write_part(&writer, "", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_OK, "", NULL);
    rua_result_done(&writer);
    assert_int_equal(
        RUA_OK, rua_result_read(&made.result, &made.arena, &made.read, NULL));
    assert_int_equal(RUA_OK, rua_entry_make(maker, &made.result,
                                            made.read.reports, "example.com",
                                            &made_receipt, &made.entry, &err));
    assert_int_equal(3, made.entry.totals.records);
    assert_true(made.entry.totals.messages == INT64_MAX);
    assert_true(made.entry.totals.dmarc_pass == INT64_MAX);
    assert_int_equal(0, made.entry.totals.dmarc_fail);
    made_done(&made);
}

static void
records_number_in_the_row_is_counted_here(void **state)
{
    (void)state;
    sample.report.records = 77; /* what a worker says */
    made_fill(&made, maker, &sample, "example.com");
    assert_non_null(strstr((char *)made.entry.report.data, ",2,5,2,3,"));
    made_done(&made);
}

/* More rows than are kept in memory go to the scratch file, all of them. */
static void
many_rows_overflow_into_the_scratch_file(void **state)
{
    struct rua_result_writer writer = {0};
    struct rua_sink out = {rua_spool_write, &made.result};
    FILE *file = tmpfile();
    enum rua_verdict v;

    (void)state;
    assert_non_null(file);
    made = (struct made){0};
    sample_spool(&made.result);
    rua_result_begin(&writer, &out);
    for (unsigned i = 0; i < 20000; i++)
        rua_result_record(&writer, &sample.records[0], NULL);
    rua_result_report(&writer, &sample.report, NULL);
    sample_write_part(&writer, "", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_OK, "", NULL);
    rua_result_done(&writer);
    assert_int_equal(
        RUA_OK, rua_result_read(&made.result, &made.arena, &made.read, NULL));
    v = rua_entry_make(maker, &made.result, made.read.reports, "example.com",
                       &made_receipt, &made.entry, &err);
    assert_int_equal(RUA_LATER, v); /* there is no file */
    scratch = (struct rua_scratch){.fd = fileno(file)};
    rua_err_clear(&err);
    v = rua_entry_make(maker, &made.result, made.read.reports, "example.com",
                       &made_receipt, &made.entry, &err);
    assert_int_equal(RUA_OK, v);
    assert_int_equal(20000, made.entry.totals.records);
    assert_true(made.entry.records.len > 20000 * 70);
    assert_true(scratch.top == made.entry.records.len);
    made_done(&made);
    assert_true(scratch.top == 0);
    scratch.fd = -1;
    fclose(file);
}

static void
row_that_is_too_long_is_bad(void **state)
{
    size_t n = 12 << 20;
    unsigned char *bytes = rua_alloc(n);

    (void)state;
    end(NULL);
    begin_as("org_name,header_from", RUA_CSV, RUA_BY_MONTH);
    memset(bytes, 0xff, n); /* each becomes three bytes */
    sample.report.field[RUA_ORG_NAME] = (struct rua_span){bytes, n};
    sample.records[0].field[RUA_HEADER_FROM] = (struct rua_span){bytes, n};
    made_read(&made, &sample);
    assert_int_equal(RUA_BAD, rua_entry_make(maker, &made.result,
                                             made.read.reports, "example.com",
                                             &made_receipt, &made.entry, &err));
    assert_string_equal("record 1: a row of more than 67108864 bytes",
                        err.sentence);
    made_done(&made);
    free(bytes);
}

/* A result that lies gives no entry, and nothing leaks. */
static void
broken_records_are_bad(void **state)
{
    (void)state;
    made_read(&made, &sample);
    made.result.memory.data[made.read.reports[0].from + 16] ^= 0x10;
    assert_int_equal(RUA_BAD, rua_entry_make(maker, &made.result,
                                             made.read.reports, "example.com",
                                             &made_receipt, &made.entry, &err));
    assert_memory_equal("the reader's result ", err.sentence, 20);
    made_done(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entry_holds_rows_and_names),
        TEST(archive_in_the_row_has_its_ending),
        TEST(headers_are_those_of_the_layouts),
        TEST(unknown_columns_are_refused),
        TEST(totals_are_sums_of_counts),
        TEST(sum_stays_at_its_greatest_value),
        TEST(records_number_in_the_row_is_counted_here),
        TEST(many_rows_overflow_into_the_scratch_file),
        TEST(row_that_is_too_long_is_bad),
        TEST(broken_records_are_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
