/* The key of a report: what changes it, and what does not. */
#include "sample.h"

#include "canon.h"

static char honest[RUA_DIGEST_SIZE];

static void
assert_same(const struct sample *s)
{
    char key[RUA_DIGEST_SIZE];

    sample_key(s, key);
    assert_string_equal(honest, key);
}

static void
assert_other(const struct sample *s)
{
    char key[RUA_DIGEST_SIZE];

    sample_key(s, key);
    assert_string_not_equal(honest, key);
}

static int
begin(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    sample_key(&s, honest);
    return 0;
}

/* Keys are in archives and tables: a program that makes others takes every
 * report that was stored for a new one. */
static void
key_is_the_same_for_ever(void **state)
{
    (void)state;
    assert_string_equal(
        "bbb1b82e9aa56194072b2fe2c30831e1a56ebff0a260ed06916ce19be4da1965",
        honest);
}

static void
content_alone_makes_the_key(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    assert_same(&s);
    s.report.oddities = RUA_TRUNCATED | RUA_CRC_MISMATCH;
    s.report.records = 77;
    s.records[0].oddities = RUA_REPEATED;
    s.records[1].oddities = UINT32_MAX;
    assert_same(&s);
}

/* Part, container, head, what was abandoned before: nothing of it counts. */
static void
way_of_arrival_makes_no_difference(void **state)
{
    struct sample s;
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_result_writer writer = {0};
    struct rua_arena arena = {0};
    struct rua_result result;
    char key[RUA_DIGEST_SIZE];

    (void)state;
    sample_fill(&s);
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    rua_result_document(&writer, NULL);
    rua_result_record(&writer, &s.records[1], NULL);
    rua_result_abandon(&writer, NULL);
    rua_result_document(&writer, NULL);
    sample_write_report(&writer, &s);
    sample_write_report(&writer, &s);
    sample_write_part(&writer, "another wrapping", RUA_CONTAINER_ZIP);
    rua_result_end(&writer, RUA_BAD, "x", NULL);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(RUA_OK,
                         rua_result_key(&spool, &result.reports[i], key, NULL));
        assert_string_equal(honest, key);
    }
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

/* Tries other values of a field: each is another report. */
static void
assert_counts(struct sample *s, struct rua_span *field)
{
    struct rua_span old = *field;

    if (old.data) {
        *field = (struct rua_span){0};
        assert_other(s);
    }
    if (!old.data || old.len) {
        *field = RUA_SPAN("");
        assert_other(s);
    }
    *field = RUA_SPAN("another value");
    assert_other(s);
    *field = old;
}

static void
every_field_of_the_report_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    for (unsigned i = 0; i < RUA_N_REPORT_FIELDS; i++)
        assert_counts(&s, &s.report.field[i]);
    assert_same(&s);
    s.errors[1] = RUA_SPAN("second, with a comma ");
    assert_other(&s);
    s.report.n_errors = 1;
    assert_other(&s);
    s.report.n_errors = 0;
    assert_other(&s);
}

static void
every_field_of_a_record_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    for (unsigned n = 0; n < 2; n++)
        for (unsigned i = 0; i < RUA_N_RECORD_FIELDS; i++)
            assert_counts(&s, &s.records[n].field[i]);
    assert_same(&s);
}

static void
every_entry_of_a_list_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    for (unsigned i = 0; i < 4; i++) {
        if (i < 2) {
            assert_counts(&s, &s.reasons[0].field[i]);
            assert_counts(&s, &s.reasons[1].field[i]);
        }
        assert_counts(&s, &s.dkim[0].field[i]);
        assert_counts(&s, &s.dkim[1].field[i]);
        assert_counts(&s, &s.spf[0].field[i]);
    }
    for (unsigned n = 0; n < RUA_N_RECORD_LISTS; n++) {
        s.records[0].list[n].count--;
        assert_other(&s);
        s.records[0].list[n].count++;
    }
    assert_same(&s);
}

static void
swap(struct rua_span *a, struct rua_span *b)
{
    struct rua_span c = *a;

    *a = *b;
    *b = c;
}

/* The same bytes one field further are other bytes. */
static void
value_that_moves_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    for (unsigned i = 0; i + 1 < RUA_N_REPORT_FIELDS; i++) {
        swap(&s.report.field[i], &s.report.field[i + 1]);
        assert_other(&s);
        swap(&s.report.field[i], &s.report.field[i + 1]);
    }
    s.records[1].field[RUA_ENVELOPE_FROM] = RUA_SPAN("x");
    sample_key(&s, honest);
    swap(&s.records[1].field[RUA_ENVELOPE_FROM],
         &s.records[1].field[RUA_ENVELOPE_TO]);
    assert_other(&s);
}

static void
value_that_moves_in_the_lists_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    swap(&s.dkim[0].field[RUA_DKIM_SELECTOR],
         &s.dkim[1].field[RUA_DKIM_SELECTOR]);
    assert_other(&s);
    sample_fill(&s);
    swap(&s.dkim[1].field[RUA_DKIM_RESULT],
         &s.dkim[1].field[RUA_DKIM_HUMAN_RESULT]);
    assert_other(&s);
    sample_fill(&s);
    s.records[1].list[RUA_SPF] = s.records[0].list[RUA_SPF];
    s.records[0].list[RUA_SPF] = (struct rua_list){0};
    assert_other(&s);
    sample_fill(&s);
    s.records[0].list[RUA_SPF] = (struct rua_list){s.dkim, 1};
    s.records[0].list[RUA_DKIM].count = 1;
    sample_key(&s, honest);
    s.records[0].list[RUA_DKIM] = (struct rua_list){0};
    assert_other(&s);
}

/* "ab" and "c" are not "a" and "bc". */
static void
border_between_values_counts(void **state)
{
    struct sample s;

    (void)state;
    sample_fill(&s);
    s.report.field[RUA_P] = RUA_SPAN("ab");
    s.report.field[RUA_SP] = RUA_SPAN("c");
    sample_key(&s, honest);
    s.report.field[RUA_P] = RUA_SPAN("a");
    s.report.field[RUA_SP] = RUA_SPAN("bc");
    assert_other(&s);
    sample_fill(&s);
    s.errors[0] = RUA_SPAN("ab");
    s.errors[1] = RUA_SPAN("c");
    sample_key(&s, honest);
    s.errors[0] = RUA_SPAN("a");
    s.errors[1] = RUA_SPAN("bc");
    assert_other(&s);
}

static void
number_and_order_of_records_count(void **state)
{
    struct sample s;
    struct rua_record record;

    (void)state;
    sample_fill(&s);
    s.n_records = 1;
    assert_other(&s);
    s.n_records = 0;
    assert_other(&s);
    s.n_records = 2;
    record = s.records[0];
    s.records[0] = s.records[1];
    s.records[1] = record;
    assert_other(&s);
    s.records[0] = s.records[1];
    assert_other(&s);
}

/* Frames of records end where a buffer is full: no part of the content. */
static void
frames_make_no_difference(void **state)
{
    struct sample s;
    struct rua_buf records;
    struct rua_digest digest;
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_result_writer writer = {0};
    struct rua_arena arena = {0};
    struct rua_result result;
    char key[RUA_DIGEST_SIZE], want[RUA_DIGEST_SIZE];
    unsigned char len[4] = {0};

    (void)state;
    sample_fill(&s);
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    rua_digest_init(&digest);
    rua_digest_add(&digest, RUA_SPAN("ruamill report 1\n"));
    rua_digest_add(&digest, (struct rua_span){len, 4});
    rua_buf_init(&records, 10000);
    rua_canon_record(&s.records[0], &records);
    for (unsigned i = 0; i < 2000; i++) {
        rua_result_record(&writer, &s.records[0], NULL);
        rua_digest_add(&digest, (struct rua_span){records.data, 4});
        rua_digest_add(&digest,
                       (struct rua_span){records.data + 8, records.len - 8});
    }
    rua_digest_hex(&digest, want);
    memset(&s.report, 0, sizeof(s.report));
    rua_result_report(&writer, &s.report, NULL);
    sample_write_part(&writer, "", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_OK, "", NULL);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    assert_true(result.reports[0].to - result.reports[0].from >
                2000 * records.len + 2 * 16); /* several frames */
    rua_result_key(&spool, &result.reports[0], key, NULL);
    assert_string_equal(want, key);
    rua_buf_done(&records);
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(key_is_the_same_for_ever),
        TEST(content_alone_makes_the_key),
        TEST(way_of_arrival_makes_no_difference),
        TEST(every_field_of_the_report_counts),
        TEST(every_field_of_a_record_counts),
        TEST(every_entry_of_a_list_counts),
        TEST(value_that_moves_counts),
        TEST(value_that_moves_in_the_lists_counts),
        TEST(border_between_values_counts),
        TEST(number_and_order_of_records_count),
        TEST(frames_make_no_difference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
