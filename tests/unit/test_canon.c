#include "sample.h"

#include <stdlib.h>

#include "canon.h"

static void
assert_records_equal(const struct rua_record *want,
                     const struct rua_record *got)
{
    for (unsigned i = 0; i < RUA_N_RECORD_FIELDS; i++)
        assert_span_equal(want->field[i], got->field[i]);
    for (unsigned n = 0; n < RUA_N_RECORD_LISTS; n++) {
        assert_int_equal(want->list[n].count, got->list[n].count);
        for (size_t i = 0; i < want->list[n].count; i++)
            for (unsigned f = 0; f < RUA_N_ENTRY_FIELDS; f++)
                assert_span_equal(want->list[n].entries[i].field[f],
                                  got->list[n].entries[i].field[f]);
    }
    assert_int_equal(want->oddities, got->oddities);
}

/* Writes a record and reads it again. */
static void
assert_record_survives(const struct rua_record *record)
{
    struct rua_canon_room room = {0};
    struct rua_record got;
    struct rua_buf form;

    rua_buf_init(&form, 1 << 20);
    assert_true(rua_canon_record(record, &form));
    assert_int_equal(form.len,
                     rua_canon_read_record(rua_buf_span(&form), &room, &got));
    assert_records_equal(record, &got);
    rua_canon_room_done(&room);
    assert_null(room.entries);
    rua_buf_done(&form);
}

/* The key is made of this form: it never changes. */
static void
form_is_tag_length_and_value(void **state)
{
    static const unsigned char want[] = {
        /* 69 bytes of fields, oddities */
        69, 0, 0, 0, 0x04, 0x03, 0x02, 0x01,
        /* source_ip, count (empty), envelope_to */
        1, 3, 0, 0, 0, ':', ':', '1', 2, 0, 0, 0, 0, 8, 1, 0, 0, 0, 'e',
        /* two reasons: a type, a comment */
        0x50, 0, 0, 0, 0, 0x60, 1, 0, 0, 0, 't', 0x50, 0, 0, 0, 0, 0x61, 1, 0,
        0, 0, 'c',
        /* dkim: a human result; spf: a domain */
        0x51, 0, 0, 0, 0, 0x67, 2, 0, 0, 0, 'h', 'h', 0x52, 0, 0, 0, 0, 0x68, 1,
        0, 0, 0, 'd',
        /* another spf, of nothing */
        0x52, 0, 0, 0, 0};
    struct rua_entry_fields reasons[2] = {0}, dkim[1] = {0}, spf[2] = {0};
    struct rua_record record = {
        .list = {{reasons, 2}, {dkim, 1}, {spf, 2}},
          .oddities = 0x01020304
    };
    struct rua_buf form;

    (void)state;
    record.field[RUA_SOURCE_IP] = RUA_SPAN("::1");
    record.field[RUA_COUNT] = RUA_SPAN("");
    record.field[RUA_ENVELOPE_TO] = RUA_SPAN("e");
    reasons[0].field[RUA_REASON_TYPE] = RUA_SPAN("t");
    reasons[1].field[RUA_REASON_COMMENT] = RUA_SPAN("c");
    dkim[0].field[RUA_DKIM_HUMAN_RESULT] = RUA_SPAN("hh");
    spf[0].field[RUA_SPF_DOMAIN] = RUA_SPAN("d");
    rua_buf_init(&form, 1000);
    assert_true(rua_canon_record(&record, &form));
    assert_int_equal(sizeof(want), form.len);
    assert_memory_equal(want, form.data, sizeof(want));
    rua_buf_done(&form);
}

static void
form_of_a_report_is_its_fields_and_errors(void **state)
{
    static const unsigned char want[] = {1, 1,   0,    0,   0,    '1', 18, 1,
                                         0, 0,   0,    'p', 0x40, 1,   0,  0,
                                         0, 'e', 0x40, 0,   0,    0,   0};
    struct rua_span errors[] = {RUA_SPAN("e"), RUA_SPAN("")};
    struct rua_report report = {
        .errors = errors, .n_errors = 2, .records = 9, .oddities = 9};
    struct rua_buf form;

    (void)state;
    report.field[RUA_VERSION] = RUA_SPAN("1");
    report.field[RUA_DISCOVERY_METHOD] = RUA_SPAN("p");
    rua_buf_init(&form, 100);
    assert_true(rua_canon_report(&report, &form));
    assert_int_equal(sizeof(want), form.len);
    assert_memory_equal(want, form.data, sizeof(want));
    rua_buf_done(&form);
}

static void
record_survives(void **state)
{
    static const struct rua_record nothing = {.oddities = UINT32_MAX};
    struct sample s;

    (void)state;
    sample_fill(&s);
    assert_record_survives(&s.records[0]);
    assert_record_survives(&s.records[1]);
    assert_record_survives(&nothing);
    s.records[0].field[RUA_COUNT] = RUA_SPAN("");
    s.records[0].field[RUA_HEADER_FROM] = RUA_SPAN("\0\xff\n");
    s.dkim[0].field[RUA_DKIM_DOMAIN] = RUA_SPAN("");
    s.dkim[1] = (struct rua_entry_fields){0};
    assert_record_survives(&s.records[0]);
}

static void
many_entries_survive(void **state)
{
    static struct rua_entry_fields entries[1000];
    const struct rua_record record = {
        .list = {{entries, 1}, {entries, 1000}, {entries, 17}}
    };

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        entries[i].field[i & 1] = RUA_SPAN("x");
    assert_record_survives(&record);
}

static void
report_survives(void **state)
{
    struct rua_arena arena = {0};
    struct rua_report got;
    struct rua_buf form;
    struct sample s;

    (void)state;
    sample_fill(&s);
    s.report.field[RUA_P] = RUA_SPAN("");
    s.report.field[RUA_SP] = (struct rua_span){0};
    rua_buf_init(&form, 1000);
    assert_true(rua_canon_report(&s.report, &form));
    assert_true(rua_canon_read_report(rua_buf_span(&form), &arena, &got));
    rua_buf_done(&form); /* all is in the arena */
    for (unsigned i = 0; i < RUA_N_REPORT_FIELDS; i++)
        assert_span_equal(s.report.field[i], got.field[i]);
    assert_int_equal(2, got.n_errors);
    assert_span_equal(s.errors[0], got.errors[0]);
    assert_span_equal(s.errors[1], got.errors[1]);
    rua_arena_done(&arena);
}

static void
records_stand_behind_each_other(void **state)
{
    struct rua_canon_room room = {0};
    struct rua_record got;
    struct rua_span rest;
    struct rua_buf form;
    struct sample s;
    size_t n;

    (void)state;
    sample_fill(&s);
    rua_buf_init(&form, 10000);
    for (size_t i = 0; i < 4; i++)
        assert_true(rua_canon_record(&s.records[i & 1], &form));
    rest = rua_buf_span(&form);
    for (size_t i = 0; i < 4; i++) {
        n = rua_canon_read_record(rest, &room, &got);
        assert_true(n > 0 && n <= rest.len);
        assert_records_equal(&s.records[i & 1], &got);
        rest.data += n;
        rest.len -= n;
    }
    assert_int_equal(0, rest.len);
    rua_canon_room_done(&room);
    rua_buf_done(&form);
}

static void
record_over_the_ceiling_leaves_nothing(void **state)
{
    struct rua_buf whole;
    struct sample s;

    (void)state;
    sample_fill(&s);
    rua_buf_init(&whole, 10000);
    assert_true(rua_canon_record(&s.records[0], &whole));
    for (size_t max = 1; max <= whole.len + 2; max++) {
        struct rua_buf form;
        bool fits;
        rua_buf_init(&form, max);
        rua_buf_add_byte(&form, 'x');
        fits = rua_canon_record(&s.records[0], &form);
        assert_int_equal(max >= whole.len + 1, fits);
        assert_int_equal(fits ? whole.len + 1 : 1, form.len);
        rua_buf_done(&form);
    }
    rua_buf_done(&whole);
}

static void
report_over_the_ceiling_is_refused(void **state)
{
    struct rua_buf whole;
    struct sample s;

    (void)state;
    sample_fill(&s);
    rua_buf_init(&whole, 10000);
    assert_true(rua_canon_report(&s.report, &whole));
    for (size_t max = 0; max <= whole.len + 1; max++) {
        struct rua_buf form;
        rua_buf_init(&form, max);
        assert_int_equal(max >= whole.len, rua_canon_report(&s.report, &form));
        rua_buf_done(&form);
    }
    rua_buf_done(&whole);
}

static void
numbers_are_little_endian(void **state)
{
    unsigned char at[9] = {0};

    (void)state;
    rua_canon_put(at, UINT64_C(0x8877665544332211), 8);
    assert_memory_equal("\x11\x22\x33\x44\x55\x66\x77\x88", at, 9);
    assert_true(rua_canon_get(at, 8) == UINT64_C(0x8877665544332211));
    assert_true(rua_canon_get(at, 4) == 0x44332211);
    rua_canon_put(at, 0, 4);
    assert_memory_equal("\0\0\0\0\x55\x66\x77\x88", at, 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_is_tag_length_and_value),
        cmocka_unit_test(form_of_a_report_is_its_fields_and_errors),
        cmocka_unit_test(record_survives),
        cmocka_unit_test(many_entries_survive),
        cmocka_unit_test(report_survives),
        cmocka_unit_test(records_stand_behind_each_other),
        cmocka_unit_test(record_over_the_ceiling_leaves_nothing),
        cmocka_unit_test(report_over_the_ceiling_is_refused),
        cmocka_unit_test(numbers_are_little_endian),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
