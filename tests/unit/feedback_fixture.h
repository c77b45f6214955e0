/* feedback_fixture.h - what the tests of feedback.h and mend.h share: a
 * document is read, whole and in small pieces, and what comes of it is told as
 * text. */
#ifndef FEEDBACK_FIXTURE_H
#define FEEDBACK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "feedback.h"
#include "mend.h"

struct fixture {
    struct rua_limits limits;
    struct rua_feedback *feedback;
    struct rua_mend *mend;
    struct rua_buf told; /* "[record] {report} verdict: sentence" */
    unsigned calls, calls_allowed;
    uint32_t wrapping; /* oddities of the wrapping */
    bool values_only;  /* tell lengths and sums instead of values */
};

static void
tell(struct fixture *fixture, const char *text)
{
    rua_buf_add(&fixture->told, text, strlen(text));
}

static void
tell_oddities(struct fixture *fixture, uint32_t oddities)
{
    for (unsigned i = 0; i < RUA_N_ODDITIES; i++)
        if (oddities & 1U << i) {
            tell(fixture, " !");
            tell(fixture, rua_oddity_name(i));
        }
}

static void
tell_value(struct fixture *fixture, struct rua_span value)
{
    if (!value.data)
        tell(fixture, "-");
    else if (fixture->values_only)
        rua_buf_printf(&fixture->told, "%zu", value.len);
    else
        rua_buf_add_span(&fixture->told, value);
}

static void
tell_fields(struct fixture *fixture, const struct rua_span *fields, size_t n,
            bool is_report)
{
    for (unsigned i = 0; i < n; i++) {
        if (!fields[i].data)
            continue;
        tell(fixture, " ");
        tell(fixture,
             is_report ? rua_report_field_name(i) : rua_record_field_name(i));
        tell(fixture, "=");
        tell_value(fixture, fields[i]);
    }
}

static enum rua_verdict
take_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    static const char *const names[] = {" reason(", " auth_dkim(",
                                        " auth_spf("};
    struct fixture *fixture = ctx;

    tell(fixture, "[");
    tell_fields(fixture, record->field, RUA_N_RECORD_FIELDS, false);
    for (int l = 0; l < RUA_N_RECORD_LISTS; l++)
        for (size_t i = 0; i < record->list[l].count; i++) {
            tell(fixture, names[l]);
            for (int f = 0; f < (l == RUA_REASONS ? 2 : 4); f++) {
                tell(fixture, f ? "," : "");
                tell_value(fixture, record->list[l].entries[i].field[f]);
            }
            tell(fixture, ")");
        }
    tell_oddities(fixture, record->oddities);
    tell(fixture, " ]");
    return ++fixture->calls > fixture->calls_allowed
               ? rua_err_set(err, RUA_LATER, "enough")
               : RUA_OK;
}

static enum rua_verdict
take_report(void *ctx, const struct rua_report *report, struct rua_err *err)
{
    struct fixture *fixture = ctx;

    tell(fixture, "{");
    tell_fields(fixture, report->field, RUA_N_REPORT_FIELDS, true);
    for (size_t i = 0; i < report->n_errors; i++) {
        tell(fixture, " error=");
        tell_value(fixture, report->errors[i]);
    }
    rua_buf_printf(&fixture->told, " records=%llu",
                   (unsigned long long)report->records);
    tell_oddities(fixture, report->oddities);
    tell(fixture, " }");
    return ++fixture->calls > fixture->calls_allowed
               ? rua_err_set(err, RUA_LATER, "enough")
               : RUA_OK;
}

static inline int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct rua_feedback_sink sink = {take_record, take_report, fixture};

    fixture->limits = rua_limits_default;
    fixture->limits.max_idle = 300000;
    fixture->limits.max_tag = 100000;
    fixture->limits.max_value = 40;
    fixture->limits.max_text = 400;
    fixture->limits.max_results = 3;
    fixture->limits.max_records = 4;
    fixture->limits.max_xml_depth = 9;
    fixture->limits.max_attributes = 10;
    fixture->limits.max_names = 1000;
    fixture->calls_allowed = 1000;
    fixture->feedback = rua_feedback_new(&fixture->limits, &sink);
    fixture->mend = rua_mend_new(&fixture->limits);
    rua_buf_init(&fixture->told, 1000000);
    *state = fixture;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    rua_feedback_free(fixture->feedback);
    rua_mend_free(fixture->mend);
    rua_buf_done(&fixture->told);
    free(fixture);
    return 0;
}

/* Pushes a document in pieces until the verdict is not RUA_OK. */
static void
push_pieces(const struct rua_sink *sink, struct rua_span document, size_t piece,
            struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (document.len && v == RUA_OK) {
        size_t n = document.len < piece ? document.len : piece;

        v = rua_push(sink, (struct rua_span){document.data, n}, err);
        document.data += n;
        document.len -= n;
    }
}

static void
tell_end(struct fixture *fixture, enum rua_verdict verdict,
         const struct rua_err *err)
{
    rua_buf_printf(&fixture->told, " %s", rua_verdict_name(verdict));
    if (err->sentence[0])
        rua_buf_printf(&fixture->told, ": %s", err->sentence);
    if (rua_feedback_mendable(fixture->feedback))
        tell(fixture, " (mendable)");
    rua_buf_add_byte(&fixture->told, '\0');
}

static inline void
read_pieces(struct fixture *fixture, struct rua_span document, size_t piece,
            bool mended)
{
    struct rua_sink sink = {rua_feedback_write, fixture->feedback};
    struct rua_err ignored = {0}, err = {0};
    enum rua_verdict v = RUA_OK;
    uint32_t oddities = 0;

    rua_buf_reset(&fixture->told);
    fixture->calls = 0;
    rua_feedback_begin_message(fixture->feedback);
    rua_feedback_begin(fixture->feedback, mended);
    if (mended) {
        rua_mend_begin(fixture->mend, &sink);
        sink = (struct rua_sink){rua_mend_write, fixture->mend};
    }
    push_pieces(&sink, document, piece, &ignored);
    if (mended)
        v = rua_mend_end(fixture->mend, &oddities, &err);
    v = rua_worst(v, rua_feedback_end(fixture->feedback,
                                      fixture->wrapping | oddities, &err));
    tell_end(fixture, v, &err);
}

/* What the document gives, whole and in pieces of 1 to 7 bytes. */
static inline void
assert_told(struct fixture *fixture, struct rua_span document, bool mended,
            const char *wanted)
{
    for (size_t piece = 0; piece <= 7; piece++) {
        read_pieces(fixture, document, piece ? piece : document.len, mended);
        assert_string_equal(wanted, (const char *)fixture->told.data);
    }
}

#define assert_gives(state, document, wanted)                                  \
    assert_told(*(state), RUA_SPAN(document), false, wanted)
#define assert_mends(state, document, wanted)                                  \
    assert_told(*(state), RUA_SPAN(document), true, wanted)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
