/* The readers of canon.h on bytes that nobody honest wrote. Each form stands in
 * memory of its exact length, so that a sanitizer sees every step beyond. */
#include "sample.h"

#include <stdlib.h>

#include "canon.h"

/* Reads a copy of the fields of a record, under a right head. */
static bool
reads_fields(const void *fields, size_t n)
{
    unsigned char *form = rua_alloc(RUA_CANON_RECORD_HEAD + n);
    struct rua_canon_room room = {0};
    struct rua_record record;
    size_t got;

    rua_canon_put(form, n, 4);
    rua_canon_put(form + 4, 0, 4);
    memcpy(form + RUA_CANON_RECORD_HEAD, fields, n);
    got = rua_canon_read_record(
        (struct rua_span){form, RUA_CANON_RECORD_HEAD + n}, &room, &record);
    assert_true(got == 0 || got == RUA_CANON_RECORD_HEAD + n);
    rua_canon_room_done(&room);
    free(form);
    return got > 0;
}

/* Reads a copy of a form, of a record or of a report. */
static size_t
read_record(const void *bytes, size_t n)
{
    unsigned char *form = rua_alloc(n);
    struct rua_canon_room room = {0};
    struct rua_record record;
    size_t got;

    memcpy(form, bytes, n);
    got = rua_canon_read_record((struct rua_span){form, n}, &room, &record);
    assert_true(got <= n);
    for (unsigned i = 0; got && i < RUA_N_RECORD_FIELDS; i++)
        if (record.field[i].data)
            assert_true(record.field[i].data >= form &&
                        record.field[i].data + record.field[i].len <= form + n);
    rua_canon_room_done(&room);
    free(form);
    return got;
}

static bool
reads_report(const void *bytes, size_t n)
{
    unsigned char *form = rua_alloc(n);
    struct rua_arena arena = {0};
    struct rua_report report;
    bool read;

    memcpy(form, bytes, n);
    read = rua_canon_read_report((struct rua_span){form, n}, &arena, &report);
    rua_arena_done(&arena);
    free(form);
    return read;
}

static void
write_sample(struct rua_buf *record, struct rua_buf *report)
{
    struct sample s;

    sample_fill(&s);
    rua_buf_init(record, 10000);
    rua_buf_init(report, 10000);
    assert_true(rua_canon_record(&s.records[0], record));
    assert_true(rua_canon_report(&s.report, report));
}

static void
record_that_breaks_off_is_broken(void **state)
{
    struct rua_buf record, report;

    (void)state;
    write_sample(&record, &report);
    for (size_t n = 0; n < record.len; n++)
        assert_int_equal(0, read_record(record.data, n));
    assert_int_equal(record.len, read_record(record.data, record.len));
    rua_buf_done(&record);
    rua_buf_done(&report);
}

/* A cut between two fields is no cut that the form itself could show. */
static void
report_that_breaks_off_is_broken(void **state)
{
    struct rua_buf record, report;
    size_t whole = 0;

    (void)state;
    write_sample(&record, &report);
    for (size_t n = 0; n <= report.len; n++)
        whole += reads_report(report.data, n);
    assert_int_equal(1 + RUA_N_REPORT_FIELDS + 2, whole);
    rua_buf_done(&record);
    rua_buf_done(&report);
}

static void
only_known_tags_are_read(void **state)
{
    (void)state;
    for (unsigned tag = 0; tag < 256; tag++) {
        unsigned char field[6] = {(unsigned char)tag, 1, 0, 0, 0, 'x'};
        unsigned char start[5] = {(unsigned char)tag};
        bool of_record = tag >= 1 && tag <= RUA_N_RECORD_FIELDS;
        bool of_report = tag >= 1 && tag <= RUA_N_REPORT_FIELDS;
        assert_int_equal(of_record, reads_fields(field, 6));
        assert_int_equal(of_report || tag == 0x40, reads_report(field, 6));
        assert_int_equal(of_record || (tag >= 0x50 && tag <= 0x52),
                         reads_fields(start, 5));
    }
}

static void
only_an_entrys_own_fields_are_read(void **state)
{
    static const unsigned char first[] = {0x60, 0x64, 0x68};
    static const unsigned char last[] = {0x61, 0x67, 0x6b};

    (void)state;
    for (unsigned list = 0; list < 3; list++)
        for (unsigned tag = 0; tag < 256; tag++) {
            unsigned char form[11] = {(unsigned char)(0x50 + list)};
            bool entry = tag >= 0x50 + list && tag <= 0x52;
            form[5] = (unsigned char)tag;
            form[6] = entry ? 0 : 1;
            assert_int_equal(entry || (tag >= first[list] && tag <= last[list]),
                             reads_fields(form, entry ? 10 : 11));
        }
}

static void
start_of_an_entry_has_no_value(void **state)
{
    (void)state;
    assert_true(reads_fields("\x50\0\0\0\0", 5));
    assert_false(reads_fields("\x50\1\0\0\0x", 6));
    assert_false(reads_fields("\x51\1\0\0\0x", 6));
}

static void
order_and_repetition_are_checked(void **state)
{
    static const struct {
        unsigned char tags[4];
        bool record, report;
    } cases[] = {
        {{1, 2},                   true,  true },
        {{2, 1},                   false, false},
        {{1, 1},                   false, false},
        {{0x40, 0x40},             false, true },
        {{1, 0x40},                false, true },
        {{0x40, 1},                false, false},
        {{1, 0x40, 0x40, 2},       false, false},
        {{0x50, 0x60, 0x61},       true,  false},
        {{0x50, 0x61, 0x60},       false, false},
        {{0x50, 0x60, 0x60},       false, false},
        {{0x50, 0x50, 0x60},       true,  false},
        {{0x50, 0x51, 0x60},       false, false},
        {{0x51, 0x64, 0x52, 0x68}, true,  false},
        {{0x51, 0x50},             false, false},
        {{0x52, 0x51},             false, false},
        {{0x50, 1},                false, false},
        {{1, 0x50, 0x60, 2},       false, false},
        {{0x60, 0x50},             false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned char form[20] = {0};
        size_t n = 0;
        while (n < 4 && cases[i].tags[n]) {
            form[5 * n] = cases[i].tags[n];
            n++;
        }
        assert_int_equal(cases[i].record, reads_fields(form, 5 * n));
        assert_int_equal(cases[i].report, reads_report(form, 5 * n));
    }
}

static void
length_over_the_end_is_broken(void **state)
{
    static const uint32_t lengths[] = {2, 0x7fffffff, 0x80000000, 0xfffffffa,
                                       0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        unsigned char field[6] = {1, 0, 0, 0, 0, 'x'}, head[8] = {0};
        rua_canon_put(field + 1, lengths[i], 4);
        rua_canon_put(head, lengths[i], 4);
        assert_false(reads_fields(field, 6));
        assert_false(reads_report(field, 6));
        assert_int_equal(0, read_record(head, 8));
    }
}

/* Random bytes, and honest forms with some bytes changed: whatever comes out,
 * it ends and stays inside. */
static void
any_bytes_are_survived(void **state)
{
    static const unsigned char likely[] = {
        0, 0, 0, 0, 1, 2, 5, 8, 0x40, 0x50, 0x51, 0x52, 0x60, 0x64, 0x68, 0xff};
    struct rua_buf record, report;
    uint32_t seed = 7;

    (void)state;
    write_sample(&record, &report);
    for (unsigned i = 0; i < 30000; i++) {
        unsigned char bytes[64];
        size_t n = sample_random(&seed) % sizeof(bytes);
        for (size_t k = 0; k < n; k++)
            bytes[k] = likely[sample_random(&seed) % sizeof(likely)];
        reads_fields(bytes, n);
        reads_report(bytes, n);
        read_record(bytes, n);
    }
    for (unsigned i = 0; i < 30000; i++) {
        size_t at = sample_random(&seed) % record.len;
        unsigned char old = record.data[at];
        record.data[at] = (unsigned char)sample_random(&seed);
        read_record(record.data, record.len);
        record.data[at] = old;
        at = sample_random(&seed) % report.len;
        old = report.data[at];
        report.data[at] = (unsigned char)sample_random(&seed);
        reads_report(report.data, report.len);
        report.data[at] = old;
    }
    rua_buf_done(&record);
    rua_buf_done(&report);
}

/* One content has one form: what is read is written again as it was. */
static void
what_is_read_is_written_the_same(void **state)
{
    static const unsigned char tags[] = {1,    2,    8,    0x50, 0x51, 0x52,
                                         0x60, 0x61, 0x64, 0x67, 0x68, 0x6b};
    uint32_t seed = 3;
    unsigned read = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        unsigned char form[8 + 24] = {0};
        struct rua_canon_room room = {0};
        struct rua_record record;
        struct rua_buf again;
        size_t n = 0;
        for (unsigned k = sample_random(&seed) % 4 + 1; k > 0; k--) {
            uint32_t r = sample_random(&seed);
            form[8 + n] = tags[(r >> 8) % sizeof(tags)];
            form[8 + n + 1] = r & 1;
            n += 5 + (r & 1);
        }
        form[0] = (unsigned char)n;
        rua_buf_init(&again, 100);
        if (rua_canon_read_record((struct rua_span){form, 8 + n}, &room,
                                  &record)) {
            read++;
            assert_true(rua_canon_record(&record, &again));
            assert_int_equal(8 + n, again.len);
            assert_memory_equal(form, again.data, 8 + n);
        }
        rua_canon_room_done(&room);
        rua_buf_done(&again);
    }
    assert_true(read > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_that_breaks_off_is_broken),
        cmocka_unit_test(report_that_breaks_off_is_broken),
        cmocka_unit_test(only_known_tags_are_read),
        cmocka_unit_test(only_an_entrys_own_fields_are_read),
        cmocka_unit_test(start_of_an_entry_has_no_value),
        cmocka_unit_test(order_and_repetition_are_checked),
        cmocka_unit_test(length_over_the_end_is_broken),
        cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(what_is_read_is_written_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
