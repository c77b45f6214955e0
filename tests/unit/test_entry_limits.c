/* The ceilings that a message's rows are held to. */
#include "store_fixture.h"

static struct rua_scratch scratch = {.fd = -1};
static struct rua_limits limits;
static struct rua_entry_maker *maker;
static struct sample sample;

static int
begin(void **state)
{
    const struct rua_entry_style style = {
        .columns = "count,record", .style = {RUA_CSV, true},
             .limits = &limits
    };

    (void)state;
    limits = rua_limits_default;
    rua_err_clear(&err);
    sample_fill(&sample);
    return rua_entry_maker_new(&style, &scratch, &maker, &err) != RUA_OK;
}

static int
end(void **state)
{
    (void)state;
    rua_entry_maker_free(maker);
    return 0;
}

/* Bytes of its rows; 0 when it was refused. */
static uint64_t
make(enum rua_verdict wanted)
{
    struct made made;
    uint64_t bytes = 0;

    rua_err_clear(&err);
    made_read(&made, &sample);
    assert_int_equal(wanted, rua_entry_make(maker, &made.result,
                                            made.read.reports, "example.com",
                                            &made_receipt, &made.entry, &err));
    if (wanted == RUA_OK)
        bytes = made.entry.records.len + made.entry.report.len +
                made.entry.part_len;
    made_done(&made);
    return bytes;
}

/* Each of many reports may have few. */
static void
rows_of_a_message_are_kept_in_memory_up_to_16_mib(void **state)
{
    const struct rua_span text = {rua_alloc(RUA_MIB), RUA_MIB};
    FILE *file = tmpfile();
    struct made made;

    (void)state;
    assert_non_null(file);
    memset((void *)(uintptr_t)text.data, 'a', text.len);
    sample.report.field[RUA_EMAIL] = text;
    scratch.fd = fileno(file);
    rua_entry_maker_begin(maker);
    for (unsigned mib = 0; mib <= 16; mib++) {
        made_fill(&made, maker, &sample, "example.com");
        assert_int_equal(made.entry.records.fd >= 0, mib == 16);
        made_done(&made);
    }
    rua_entry_maker_begin(maker);
    made_fill(&made, maker, &sample, "example.com");
    assert_true(made.entry.records.fd < 0);
    made_done(&made);
    scratch.fd = -1;
    fclose(file);
    free((void *)(uintptr_t)text.data);
}

static void
rows_of_all_reports_of_a_message_count(void **state)
{
    (void)state;
    rua_entry_maker_begin(maker);
    limits.max_rows = 2 * make(RUA_OK);
    assert_true(limits.max_rows > 0);
    for (unsigned messages = 0; messages < 3; messages++) {
        rua_entry_maker_begin(maker);
        make(RUA_OK);
        make(RUA_OK);
    }
    make(RUA_BAD);
    assert_non_null(strstr(err.sentence, "of more than max_rows ("));
    limits.max_rows--;
    rua_entry_maker_begin(maker);
    make(RUA_OK);
    make(RUA_BAD);
    make(RUA_BAD);
}

static void
warnings_of_a_report_and_its_records_count(void **state)
{
    (void)state;
    sample.report.oddities = RUA_WRAPPED | RUA_DOCTYPE;
    sample.report.field[RUA_PCT] = RUA_SPAN("all");
    sample.records[0].oddities = RUA_VALUE_CUT;
    sample.records[0].field[RUA_SOURCE_IP] = RUA_SPAN("x");
    sample.records[1].field[RUA_COUNT] = RUA_SPAN("x");
    sample.records[1].field[RUA_EVALUATED_DKIM] = RUA_SPAN("neutral");
    limits.max_warnings = 7;
    make(RUA_OK);
    make(RUA_OK);
    limits.max_warnings = 6;
    make(RUA_BAD);
    assert_string_equal("more than max_warnings (6) warnings of one report",
                        err.sentence);
    limits.max_warnings = 2;
    make(RUA_BAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_a_message_are_kept_in_memory_up_to_16_mib),
        TEST(rows_of_all_reports_of_a_message_count),
        TEST(warnings_of_a_report_and_its_records_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
