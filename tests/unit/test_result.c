#include "sample.h"

#include <stdlib.h>

#include "result_frame.h"

/* A result that is being written, and then read. */
struct fixture {
    struct sample sample;
    struct rua_spool spool;
    struct rua_sink out;
    struct rua_result_writer writer;
    struct rua_arena arena;
    struct rua_result result;
};

static int
begin(void **state)
{
    struct fixture *f = rua_alloc(sizeof(*f));

    *f = (struct fixture){
        .out = {rua_spool_write, &f->spool}
    };
    sample_fill(&f->sample);
    sample_spool(&f->spool);
    rua_result_begin(&f->writer, &f->out);
    *state = f;
    return 0;
}

static int
end(void **state)
{
    struct fixture *f = *state;

    rua_result_done(&f->writer);
    rua_arena_done(&f->arena);
    rua_spool_done(&f->spool);
    free(f);
    return 0;
}

static void
finish(struct fixture *f)
{
    struct rua_err err = {0};

    assert_int_equal(RUA_OK, rua_result_end(&f->writer, RUA_OK, "", NULL));
    assert_int_equal(RUA_OK,
                     rua_result_read(&f->spool, &f->arena, &f->result, &err));
    assert_string_equal("", err.sentence);
}

/* Writes a document of one report, with this many records and report ID. */
static void
document(struct fixture *f, const char *id, size_t n_records)
{
    f->sample.n_records = n_records;
    f->sample.report.field[RUA_REPORT_ID] = rua_span_text(id);
    assert_int_equal(RUA_OK, rua_result_document(&f->writer, NULL));
    sample_write_report(&f->writer, &f->sample);
}

static enum rua_verdict
count_record(void *n, const struct rua_record *record, struct rua_err *err)
{
    (void)record;
    (void)err;
    ++*(size_t *)n;
    return RUA_OK;
}

static void
assert_report(struct fixture *f, size_t i, const char *id, size_t n_records)
{
    const struct rua_result_report *report = &f->result.reports[i];
    size_t n = 0;

    assert_span_equal(rua_span_text(id), report->report.field[RUA_REPORT_ID]);
    assert_int_equal(
        RUA_OK, rua_result_records(&f->spool, report, count_record, &n, NULL));
    assert_int_equal(n_records, n);
}

static void
assert_part(const struct fixture *f, size_t i, const char *text,
            enum rua_container container)
{
    const struct rua_result_report *report = &f->result.reports[i];
    char got[100];
    size_t n;

    assert_int_equal(container, report->container);
    assert_int_equal(strlen(text), report->part_len);
    assert_int_equal(RUA_OK, rua_spool_read(&f->spool, report->part, got,
                                            report->part_len, &n, NULL));
    assert_memory_equal(text, got, n);
}

/* The records of the sample, in turn. */
static enum rua_verdict
compare_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    const struct rua_record **want = ctx;

    (void)err;
    for (unsigned i = 0; i < RUA_N_RECORD_FIELDS; i++)
        assert_span_equal((*want)->field[i], record->field[i]);
    for (unsigned n = 0; n < RUA_N_RECORD_LISTS; n++)
        assert_int_equal((*want)->list[n].count, record->list[n].count);
    assert_int_equal((*want)->oddities, record->oddities);
    ++*want;
    return RUA_OK;
}

static void
message_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    const struct rua_result_report *report;
    const struct rua_record *want = f->sample.records;

    f->sample.report.oddities = RUA_TRUNCATED;
    f->sample.records[1].oddities = RUA_REPEATED;
    sample_write_message(&f->writer, &f->sample);
    assert_int_equal(RUA_OK,
                     rua_result_read(&f->spool, &f->arena, &f->result, NULL));
    assert_int_equal(RUA_OK, f->result.verdict);
    assert_string_equal("", f->result.sentence);
    assert_string_equal("id@example.org", f->result.head.message_id);
    assert_null(f->result.head.subject);
    assert_string_equal("dmarc=pass dkim=none", f->result.head.auth);
    assert_true(f->result.is_mail);
    assert_int_equal(2, f->result.head.n_recipients);
    assert_string_equal("dmarc@example.com", f->result.head.recipients[0]);
    assert_string_equal("second@example.com", f->result.head.recipients[1]);
    assert_int_equal(1, f->result.n_reports);
    report = f->result.reports;
    for (unsigned i = 0; i < RUA_N_REPORT_FIELDS; i++)
        assert_span_equal(f->sample.report.field[i], report->report.field[i]);
    assert_int_equal(2, report->report.n_errors);
    assert_span_equal(f->sample.errors[1], report->report.errors[1]);
    assert_int_equal(RUA_TRUNCATED, report->report.oddities);
    assert_int_equal(2, report->report.records);
    assert_string_equal("example.com", report->domain);
    assert_part(f, 0, SAMPLE_PART, RUA_CONTAINER_XML_GZ);
    assert_int_equal(RUA_OK, rua_result_records(&f->spool, report,
                                                compare_record, &want, NULL));
    assert_ptr_equal(f->sample.records + 2, want);
}

static void
empty_text_of_the_head_is_not_absent(void **state)
{
    struct fixture *f = *state;
    const struct rua_head head = {.subject = ""};

    assert_int_equal(RUA_OK, rua_result_head(&f->writer, &head, NULL));
    finish(f);
    assert_null(f->result.head.message_id);
    assert_string_equal("", f->result.head.subject);
    assert_int_equal(0, f->result.head.n_recipients);
    assert_int_equal(0, f->result.n_reports);
}

static void
message_without_a_head_is_read(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 1);
    sample_write_part(&f->writer, "A", RUA_CONTAINER_ZIP);
    finish(f);
    assert_null(f->result.head.message_id);
    assert_int_equal(0, f->result.head.n_recipients);
    assert_report(f, 0, "a", 1);
}

static void
verdict_and_sentence_come_back(void **state)
{
    (void)state;
    for (int verdict = RUA_OK; verdict <= RUA_LATER; verdict++) {
        struct fixture *f;
        begin((void **)&f);
        assert_int_equal(RUA_OK,
                         rua_result_end(&f->writer, (enum rua_verdict)verdict,
                                        "a \xff\n sentence", NULL));
        assert_int_equal(
            RUA_OK, rua_result_read(&f->spool, &f->arena, &f->result, NULL));
        assert_int_equal(verdict, f->result.verdict);
        assert_string_equal("a \xff\n sentence", f->result.sentence);
        end((void **)&f);
    }
}

static void
each_report_has_the_part_it_came_from(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 1);
    document(f, "b", 2);
    sample_write_part(&f->writer, "A and B", RUA_CONTAINER_ZIP);
    document(f, "c", 0);
    sample_write_part(&f->writer, "", RUA_CONTAINER_XML);
    sample_write_part(&f->writer, "of none", RUA_CONTAINER_XML);
    document(f, "d", 1);
    sample_write_part(&f->writer, "D", RUA_CONTAINER_BIN);
    finish(f);
    assert_int_equal(4, f->result.n_reports);
    assert_report(f, 0, "a", 1);
    assert_report(f, 1, "b", 2);
    assert_report(f, 2, "c", 0);
    assert_report(f, 3, "d", 1);
    assert_part(f, 0, "A and B", RUA_CONTAINER_ZIP);
    assert_part(f, 1, "A and B", RUA_CONTAINER_ZIP);
    assert_part(f, 2, "", RUA_CONTAINER_XML);
    assert_part(f, 3, "D", RUA_CONTAINER_BIN);
}

static void
two_reports_of_a_document_have_their_own_records(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 2);
    f->sample.n_records = 1;
    f->sample.report.field[RUA_REPORT_ID] = RUA_SPAN("b");
    sample_write_report(&f->writer, &f->sample);
    sample_write_part(&f->writer, "A", RUA_CONTAINER_XML);
    finish(f);
    assert_int_equal(2, f->result.n_reports);
    assert_report(f, 0, "a", 2);
    assert_report(f, 1, "b", 1);
}

static void
abandon_voids_what_came_since_the_document(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 1);
    document(f, "void", 2);
    rua_result_record(&f->writer, &f->sample.records[1], NULL);
    assert_int_equal(RUA_OK, rua_result_abandon(&f->writer, NULL));
    document(f, "b", 1);
    assert_int_equal(RUA_OK, rua_result_document(&f->writer, NULL));
    assert_int_equal(RUA_OK, rua_result_abandon(&f->writer, NULL));
    sample_write_part(&f->writer, "A and B", RUA_CONTAINER_ZIP);
    finish(f);
    assert_int_equal(2, f->result.n_reports);
    assert_report(f, 0, "a", 1);
    assert_report(f, 1, "b", 1);
    assert_part(f, 0, "A and B", RUA_CONTAINER_ZIP);
    assert_part(f, 1, "A and B", RUA_CONTAINER_ZIP);
}

static void
abandon_twice_is_abandon_once(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 1);
    document(f, "void", 1);
    rua_result_abandon(&f->writer, NULL);
    rua_result_abandon(&f->writer, NULL);
    sample_write_part(&f->writer, "A", RUA_CONTAINER_XML);
    finish(f);
    assert_int_equal(1, f->result.n_reports);
    assert_report(f, 0, "a", 1);
}

static void
abandon_does_not_reach_behind_a_part(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 1);
    sample_write_part(&f->writer, "A", RUA_CONTAINER_XML);
    rua_result_abandon(&f->writer, NULL);
    finish(f);
    assert_int_equal(1, f->result.n_reports);
    assert_part(f, 0, "A", RUA_CONTAINER_XML);
}

static void
domain_is_folded_or_none(void **state)
{
    static const struct {
        const char *raw, *domain;
    } cases[] = {
        {"Example.COM.",          "example.com"          },
        {" example.com ",         "example.com"          },
        {"b\xc3\xbc"
         "cher.example", "xn--bcher-kva.example"},
        {"../../etc",             ""                     },
        {"a/b",                   ""                     },
        {".",                     ""                     },
        {"..",                    ""                     },
        {".spool",                ""                     },
        {"",                      ""                     },
        {NULL,                    ""                     },
    };
    struct fixture *f = *state;
    size_t n = sizeof(cases) / sizeof(*cases);

    for (size_t i = 0; i < n; i++) {
        f->sample.report.field[RUA_DOMAIN] = rua_span_text(cases[i].raw);
        document(f, "a", 0);
    }
    sample_write_part(&f->writer, "", RUA_CONTAINER_XML);
    finish(f);
    assert_int_equal(n, f->result.n_reports);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(cases[i].domain, f->result.reports[i].domain);
}

static enum rua_verdict
stop_at_three(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    size_t *n = ctx;

    (void)record;
    return ++*n == 3 ? rua_err_set(err, RUA_LATER, "three") : RUA_OK;
}

static void
verdict_of_the_callback_ends_the_records(void **state)
{
    struct fixture *f = *state;
    struct rua_err err = {0};
    size_t n = 0;

    for (unsigned i = 0; i < 10; i++)
        rua_result_record(&f->writer, f->sample.records, NULL);
    document(f, "a", 0);
    document(f, "b", 2);
    f->sample.n_records = 2;
    for (unsigned i = 0; i < 5; i++)
        rua_result_record(&f->writer, f->sample.records, NULL);
    sample_write_report(&f->writer, &f->sample);
    sample_write_part(&f->writer, "", RUA_CONTAINER_XML);
    finish(f);
    assert_int_equal(RUA_LATER,
                     rua_result_records(&f->spool, &f->result.reports[2],
                                        stop_at_three, &n, &err));
    assert_int_equal(3, n);
    assert_string_equal("three", err.sentence);
}

static void
nothing_is_written_twice_after_a_new_beginning(void **state)
{
    struct fixture *f = *state;

    document(f, "a", 2);
    rua_result_record(&f->writer, f->sample.records, NULL);
    rua_spool_reset(&f->spool);
    rua_result_begin(&f->writer, &f->out);
    document(f, "b", 1);
    sample_write_part(&f->writer, "B", RUA_CONTAINER_XML);
    finish(f);
    assert_int_equal(1, f->result.n_reports);
    assert_report(f, 0, "b", 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(message_comes_back_whole),
        TEST(empty_text_of_the_head_is_not_absent),
        TEST(message_without_a_head_is_read),
        cmocka_unit_test(verdict_and_sentence_come_back),
        TEST(each_report_has_the_part_it_came_from),
        TEST(two_reports_of_a_document_have_their_own_records),
        TEST(abandon_voids_what_came_since_the_document),
        TEST(abandon_twice_is_abandon_once),
        TEST(abandon_does_not_reach_behind_a_part),
        TEST(domain_is_folded_or_none),
        TEST(verdict_of_the_callback_ends_the_records),
        TEST(nothing_is_written_twice_after_a_new_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
