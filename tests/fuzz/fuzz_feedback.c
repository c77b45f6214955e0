/* fuzz_feedback.c - a document: any pieces give the same reports, values are
 * clean and within the ceilings, and a record can be written and read again. */
#include "canon.h"
#include "feedback.h"
#include "fuzz.h"

/* What a document gave. */
struct outcome {
    const struct rua_limits *limits;
    struct rua_buf seen;
    uint64_t records; /* since the last report */
    enum rua_verdict verdict;
    bool mendable;
};

static void
must_be_value(const struct outcome *outcome, struct rua_span value)
{
    const struct rua_span trimmed = rua_span_trim(value);

    if (!value.data)
        return;
    fuzz_must(value.len <= outcome->limits->max_value, "a value is bounded");
    fuzz_must(fuzz_is_utf8(value), "a value is UTF-8");
    fuzz_must(trimmed.len == value.len, "no white space around a value");
}

static void
must_be_entries(const struct outcome *outcome, const struct rua_list *list)
{
    fuzz_must(list->count <= outcome->limits->max_results,
              "entries are bounded");
    for (size_t i = 0; i < list->count; i++) {
        size_t len = 0;

        for (int j = 0; j < RUA_N_ENTRY_FIELDS; j++) {
            must_be_value(outcome, list->entries[i].field[j]);
            len += list->entries[i].field[j].len;
        }
        fuzz_must(len > 0, "an entry holds something");
    }
}

/* The canonical form of a record gives the record again. */
static void
must_come_back(struct rua_span form, const struct rua_record *record)
{
    struct rua_canon_room room = {0};
    struct rua_record again;
    struct rua_buf form_again;

    rua_buf_init(&form_again, form.len);
    fuzz_must(rua_canon_read_record(form, &room, &again) == form.len &&
                  again.oddities == record->oddities &&
                  rua_canon_record(&again, &form_again) &&
                  fuzz_same(form, rua_buf_span(&form_again)),
              "a record can be written and read again");
    rua_buf_done(&form_again);
    rua_canon_room_done(&room);
}

static enum rua_verdict
note_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    struct outcome *outcome = ctx;
    const size_t from = outcome->seen.len;

    (void)err;
    outcome->records++;
    fuzz_must(outcome->records <= outcome->limits->max_records,
              "records are bounded");
    for (int i = 0; i < RUA_N_RECORD_FIELDS; i++)
        must_be_value(outcome, record->field[i]);
    for (int i = 0; i < RUA_N_RECORD_LISTS; i++)
        must_be_entries(outcome, &record->list[i]);
    fuzz_must(rua_canon_record(record, &outcome->seen), "there is room");
    must_come_back(
        (struct rua_span){outcome->seen.data + from, outcome->seen.len - from},
        record);
    return RUA_OK;
}

static enum rua_verdict
note_report(void *ctx, const struct rua_report *report, struct rua_err *err)
{
    struct outcome *outcome = ctx;

    (void)err;
    fuzz_must(report->records == outcome->records, "records are counted");
    outcome->records = 0;
    for (int i = 0; i < RUA_N_REPORT_FIELDS; i++)
        must_be_value(outcome, report->field[i]);
    for (size_t i = 0; i < report->n_errors; i++)
        must_be_value(outcome, report->errors[i]);
    fuzz_must(report->n_errors <= outcome->limits->max_results,
              "errors are bounded");
    fuzz_must(rua_canon_report(report, &outcome->seen), "there is room");
    fuzz_note(&outcome->seen, report->oddities);
    return RUA_OK;
}

static void
read_document(const struct rua_limits *limits, bool mended,
              struct rua_span document, unsigned pieces,
              struct outcome *ret_outcome)
{
    const struct rua_feedback_sink reports = {note_record, note_report,
                                              ret_outcome};
    struct rua_feedback *feedback = rua_feedback_new(limits, &reports);
    const struct rua_sink sink = {rua_feedback_write, feedback};
    struct rua_err err = {0};
    enum rua_verdict v;

    *ret_outcome = (struct outcome){.limits = limits};
    rua_buf_init(&ret_outcome->seen, 64 * RUA_MIB);
    rua_feedback_begin(feedback, mended);
    v = fuzz_push(&sink, document, pieces, &err);
    v = rua_worst(v, rua_feedback_end(feedback, 0, &err));
    fuzz_must(v == RUA_OK || v == RUA_BAD || v == RUA_NOT_REPORT,
              "it is read or it is not");
    fuzz_must_say(v, &err);
    ret_outcome->verdict = v;
    ret_outcome->mendable = v == RUA_BAD && rua_feedback_mendable(feedback);
    rua_feedback_free(feedback);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const clock_t began = clock();
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    const bool mended = (steer & 0x80) != 0;
    struct outcome whole, parts;

    read_document(&fuzz_loose, mended, input, 0, &whole);
    read_document(&fuzz_loose, mended, input, steer + 1, &parts);
    fuzz_must(whole.verdict == parts.verdict &&
                  whole.mendable == parts.mendable,
              "any pieces, one verdict");
    if (whole.verdict == RUA_OK)
        fuzz_must(
            fuzz_same(rua_buf_span(&whole.seen), rua_buf_span(&parts.seen)),
            "any pieces give the same");
    rua_buf_done(&whole.seen);
    rua_buf_done(&parts.seen);

    read_document(&fuzz_tight, mended, input, steer & 1 ? steer : 0, &whole);
    rua_buf_done(&whole.seen);
    fuzz_must_be_quick(began);
    return 0;
}
