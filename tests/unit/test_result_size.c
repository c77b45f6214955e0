/* Results that are large, or come in pieces. */
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>

#include "result_frame.h"

enum {
    LONGEST_RECORD = 16 << 20
};

static struct rua_err err;

static int
begin(void **state)
{
    (void)state;
    rua_err_clear(&err);
    return 0;
}

/* A sample result and what it would be followed by, in `n`-byte pieces. */
static void
assert_watched(struct rua_span whole, size_t result_len, size_t piece)
{
    struct rua_result_watch watch = {0};
    size_t taken = 0;

    for (size_t at = 0; at < whole.len; at += piece) {
        size_t n = whole.len - at < piece ? whole.len - at : piece;
        size_t got =
            rua_result_watch(&watch, (struct rua_span){whole.data + at, n});
        assert_true(got <= n);
        assert_true(got == n || watch.ended);
        taken += got;
        assert_int_equal(taken >= result_len, watch.ended);
    }
    assert_int_equal(result_len, taken);
}

static void
watch_finds_the_end_in_any_pieces(void **state)
{
    struct rua_spool spool;
    struct sample s;
    uint64_t len;

    (void)state;
    sample_fill(&s);
    sample_result(&s, &spool);
    len = spool.len;
    for (size_t piece = 1; piece <= 7; piece++)
        assert_watched(rua_buf_span(&spool.memory), len, piece);
    assert_watched(rua_buf_span(&spool.memory), len, len);
    rua_spool_write(&spool, RUA_SPAN("what is behind it"), NULL);
    for (size_t piece = 1; piece <= 7; piece++)
        assert_watched(rua_buf_span(&spool.memory), len, piece);
    assert_watched(rua_buf_span(&spool.memory), len, spool.len);
    rua_spool_done(&spool);
}

static void
watch_waits_for_what_breaks_off(void **state)
{
    struct rua_spool spool;
    struct sample s;

    (void)state;
    sample_fill(&s);
    sample_result(&s, &spool);
    for (size_t n = 0; n < spool.len; n++) {
        struct rua_result_watch watch = {0};
        assert_int_equal(
            n,
            rua_result_watch(&watch, (struct rua_span){spool.memory.data, n}));
        assert_false(watch.ended);
    }
    rua_spool_done(&spool);
}

static void
watch_survives_any_length(void **state)
{
    static const uint64_t lengths[] = {1, UINT32_MAX, INT64_MAX, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (unsigned type = 0; type < 10; type++) {
            struct rua_result_watch watch = {0};
            unsigned char bytes[17] = {(unsigned char)type};
            rua_canon_put(bytes + 8, lengths[i], 8);
            assert_int_equal(
                17, rua_result_watch(&watch, (struct rua_span){bytes, 17}));
            assert_int_equal(type == RUA_FRAME_END && i == 0, watch.ended);
        }
}

static enum rua_verdict
compare_number(void *ctx, const struct rua_record *record, struct rua_err *e)
{
    size_t *n = ctx;
    char want[20];

    (void)e;
    snprintf(want, sizeof(want), "%zu", ++*n);
    assert_span_equal(rua_span_text(want), record->field[RUA_COUNT]);
    return RUA_OK;
}

static void
many_records_come_back_in_order(void **state)
{
    struct rua_result_writer writer = {0};
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_arena arena = {0};
    struct rua_result result;
    struct sample s;
    size_t n = 0;

    (void)state;
    sample_fill(&s);
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    for (unsigned i = 1; i <= 5000; i++) {
        char count[20];
        snprintf(count, sizeof(count), "%u", i);
        s.records[0].field[RUA_COUNT] = rua_span_text(count);
        assert_int_equal(RUA_OK,
                         rua_result_record(&writer, &s.records[0], NULL));
        assert_true(writer.records.len < 100 << 10); /* memory stays small */
    }
    assert_int_equal(RUA_OK, rua_result_report(&writer, &s.report, NULL));
    sample_write_part(&writer, "", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_OK, "", NULL);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    assert_int_equal(RUA_OK, rua_result_records(&spool, &result.reports[0],
                                                compare_number, &n, NULL));
    assert_int_equal(5000, n);
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

static void
part_of_any_size_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 49151, 49152, 49153, 200000};
    struct sample s;

    (void)state;
    sample_fill(&s);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct rua_result_writer writer = {0};
        struct rua_spool spool;
        struct rua_sink out = {rua_spool_write, &spool};
        struct rua_arena arena = {0};
        struct rua_result result;
        char *text = rua_alloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = '\0';
        sample_spool(&spool);
        rua_result_begin(&writer, &out);
        sample_write_report(&writer, &s);
        sample_write_part(&writer, text, RUA_CONTAINER_BIN);
        sample_write_part(&writer, text, RUA_CONTAINER_BIN);
        rua_result_end(&writer, RUA_OK, "", NULL);
        assert_int_equal(RUA_OK,
                         rua_result_read(&spool, &arena, &result, &err));
        assert_int_equal(sizes[i], result.reports[0].part_len);
        assert_memory_equal(text, spool.memory.data + result.reports[0].part,
                            sizes[i]);
        free(text);
        rua_result_done(&writer);
        rua_arena_done(&arena);
        rua_spool_done(&spool);
    }
}

static enum rua_verdict
measure_record(void *ctx, const struct rua_record *record, struct rua_err *e)
{
    (void)e;
    *(size_t *)ctx = record->field[RUA_HEADER_FROM].len;
    return RUA_OK;
}

/* With `before` other records in the buffer; the length of the header_from
 * that came back, or 0 when writing it was RUA_BAD. */
static size_t
send_long_record(size_t len, unsigned before)
{
    struct rua_result_writer writer = {0};
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_arena arena = {0};
    struct rua_result result;
    struct sample s;
    struct rua_record record = {0};
    unsigned char *value = rua_alloc(len);
    enum rua_verdict v;
    size_t got = 0;

    memset(value, 'x', len);
    record.field[RUA_HEADER_FROM] = (struct rua_span){value, len};
    sample_fill(&s);
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    for (unsigned i = 0; i < before; i++)
        rua_result_record(&writer, &s.records[0], NULL);
    v = rua_result_record(&writer, &record, &err);
    if (v == RUA_OK) {
        assert_int_equal(RUA_OK, rua_result_report(&writer, &s.report, NULL));
        sample_write_part(&writer, "", RUA_CONTAINER_XML);
        rua_result_end(&writer, RUA_OK, "", NULL);
        assert_int_equal(RUA_OK,
                         rua_result_read(&spool, &arena, &result, &err));
        assert_int_equal(RUA_OK,
                         rua_result_records(&spool, &result.reports[0],
                                            measure_record, &got, &err));
    } else {
        assert_int_equal(RUA_BAD, v);
    }
    free(value);
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
    return got;
}

static void
record_of_16_mib_is_the_longest(void **state)
{
    size_t longest = LONGEST_RECORD - RUA_CANON_RECORD_HEAD - 5;

    (void)state;
    for (unsigned before = 0; before <= 100; before += 50) {
        assert_int_equal(longest, send_long_record(longest, before));
        assert_int_equal(0, send_long_record(longest + 1, before));
        assert_string_equal("a record of more than 16777216 bytes",
                            err.sentence);
    }
}

static void
reports_of_a_message_are_counted(void **state)
{
    static const struct rua_report report;
    struct rua_result_writer writer = {0};
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_arena arena = {0};
    struct rua_result result;

    (void)state;
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    rua_result_report(&writer, &report, &err); /* what is void is not counted */
    rua_result_document(&writer, &err);
    rua_result_report(&writer, &report, &err);
    rua_result_abandon(&writer, &err);
    rua_result_void(&writer, &err);
    for (unsigned i = 0; i < RUA_RESULT_REPORTS; i++)
        assert_int_equal(RUA_OK, rua_result_report(&writer, &report, &err));
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(RUA_BAD, rua_result_report(&writer, &report, &err));
    assert_string_equal("more than 10000 reports in a message", err.sentence);
    sample_write_part(&writer, "x", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_BAD, err.sentence, NULL);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    assert_int_equal(RUA_RESULT_REPORTS, result.n_reports);
    assert_int_equal(1, result.reports[9999].part_len);
    assert_int_equal(1, result.reports[0].part_len);
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

static void
longest_sentence_comes_back(void **state)
{
    struct rua_result_writer writer = {0};
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_arena arena = {0};
    struct rua_result result;
    char sentence[RUA_SENTENCE_MAX];

    (void)state;
    memset(sentence, 'x', sizeof(sentence) - 1);
    sentence[sizeof(sentence) - 1] = '\0';
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    rua_result_end(&writer, RUA_BAD, sentence, NULL);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    assert_string_equal(sentence, result.sentence);
    rua_result_done(&writer);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

/* Takes so many bytes, then no more. */
static enum rua_verdict
take_some(void *ctx, struct rua_span bytes, struct rua_err *e)
{
    size_t *left = ctx;

    if (bytes.len > *left)
        return rua_err_set(e, RUA_LATER, "the sink is full");
    *left -= bytes.len;
    return RUA_OK;
}

static void
verdict_of_the_sink_comes_back(void **state)
{
    struct rua_result_writer writer = {0};
    size_t left = 10;
    struct rua_sink out = {take_some, &left};
    struct sample s;
    enum rua_verdict v = RUA_OK;

    (void)state;
    sample_fill(&s);
    rua_result_begin(&writer, &out);
    assert_int_equal(RUA_LATER, rua_result_end(&writer, RUA_OK, "", &err));
    assert_string_equal("the sink is full", err.sentence);
    left = 60 << 10;
    rua_result_begin(&writer, &out);
    for (unsigned i = 0; i < 100000 && v == RUA_OK; i++)
        v = rua_result_record(&writer, &s.records[0], NULL);
    assert_int_equal(RUA_LATER, v);
    rua_result_done(&writer);
}

static void
head_that_is_too_large_is_one_all_the_same(void **state)
{
    static char address[1 << 20];
    const char *recipients[20];
    const struct rua_head head = {.message_id = "id@example.org",
                                  .recipients = recipients,
                                  .n_recipients = 20};
    struct rua_result_writer writer = {0};
    struct rua_spool spool;
    struct rua_sink out = {rua_spool_write, &spool};
    struct rua_arena arena = {0};
    struct rua_result result;

    (void)state;
    memset(address, 'a', sizeof(address) - 1);
    for (size_t i = 0; i < 20; i++)
        recipients[i] = address;
    sample_spool(&spool);
    rua_result_begin(&writer, &out);
    assert_int_equal(RUA_OK, rua_result_head(&writer, &head, &err));
    assert_int_equal(RUA_OK, rua_result_end(&writer, RUA_OK, "", &err));
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, &err));
    assert_true(result.is_mail);
    assert_null(result.head.message_id);
    assert_null(result.head.auth);
    assert_int_equal(0, result.head.n_recipients);
    rua_arena_done(&arena);
    rua_spool_done(&spool);
    rua_result_done(&writer);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(watch_finds_the_end_in_any_pieces),
        TEST(watch_waits_for_what_breaks_off),
        TEST(watch_survives_any_length),
        TEST(many_records_come_back_in_order),
        TEST(part_of_any_size_comes_back),
        TEST(record_of_16_mib_is_the_longest),
        TEST(reports_of_a_message_are_counted),
        TEST(head_that_is_too_large_is_one_all_the_same),
        TEST(longest_sentence_comes_back),
        TEST(verdict_of_the_sink_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
