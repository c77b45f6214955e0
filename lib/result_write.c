/* The worker's side of result.h. */
#include "result_frame.h"

#include <string.h>

enum {
    LONGEST_RECORD = 16 << 20,
    FULL = 48 << 10, /* bytes of records that make a frame */
};

void
rua_result_begin(struct rua_result_writer *writer, const struct rua_sink *out)
{
    if (!writer->body.data) {
        rua_buf_init(&writer->body, LONGEST_RECORD + 4 * FULL);
        rua_buf_init(&writer->records, LONGEST_RECORD + FULL);
    }
    rua_buf_reset(&writer->body);
    rua_buf_reset(&writer->records);
    writer->out = *out;
    writer->reports = writer->document = writer->part = 0;
    writer->metadata = 0;
    writer->torn = false;
}

void
rua_result_done(struct rua_result_writer *writer)
{
    rua_buf_done(&writer->body);
    rua_buf_done(&writer->records);
}

static enum rua_verdict
flush(struct rua_result_writer *writer, struct rua_err *err)
{
    enum rua_verdict v =
        rua_push(&writer->out, rua_buf_span(&writer->body), err);

    rua_buf_reset(&writer->body);
    return v;
}

static void
put_head(unsigned char frame[RUA_FRAME_SIZE], enum rua_frame type, uint64_t len)
{
    rua_canon_put(frame, type, 8);
    rua_canon_put(frame + 8, len, 8);
}

/* Small frames are gathered, so that a small result is one write. */
static enum rua_verdict
frame(struct rua_result_writer *writer, enum rua_frame type,
      struct rua_span body, struct rua_err *err)
{
    unsigned char head[RUA_FRAME_SIZE];

    put_head(head, type, body.len);
    if (!rua_buf_add(&writer->body, head, sizeof(head)) ||
        !rua_buf_add_span(&writer->body, body))
        return rua_err_set(err, RUA_BAD, "a result of more than %d bytes",
                           LONGEST_RECORD);
    return writer->body.len >= FULL ? flush(writer, err) : RUA_OK;
}

static enum rua_verdict
flush_records(struct rua_result_writer *writer, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    if (writer->records.len)
        v = frame(writer, RUA_FRAME_RECORDS, rua_buf_span(&writer->records),
                  err);
    rua_buf_reset(&writer->records);
    return v;
}

/* A text and the NUL behind it; absent is a text of one byte, 0x01. */
static bool
put_text(struct rua_buf *buf, const char *text)
{
    return text ? rua_buf_add(buf, text, strlen(text) + 1)
                : rua_buf_add(buf, "\1", 2);
}

enum rua_verdict
rua_result_head(struct rua_result_writer *writer, const struct rua_head *head,
                struct rua_err *err)
{
    struct rua_buf *buf = &writer->records;
    bool fits = put_text(buf, head->message_id) &&
                put_text(buf, head->subject) && put_text(buf, head->auth);
    enum rua_verdict v;

    for (size_t i = 0; i < head->n_recipients; i++)
        fits = fits && put_text(buf, head->recipients[i]);
    if (!fits) { /* a mail all the same */
        rua_buf_reset(buf);
        rua_buf_add_span(buf, RUA_SPAN("\1\0\1\0\1\0"));
    }
    v = frame(writer, RUA_FRAME_HEAD, rua_buf_span(buf), err);
    rua_buf_reset(buf);
    return v;
}

enum rua_verdict
rua_result_document(struct rua_result_writer *writer, struct rua_err *err)
{
    writer->document = writer->reports;
    return frame(writer, RUA_FRAME_DOCUMENT, (struct rua_span){0}, err);
}

enum rua_verdict
rua_result_record(struct rua_result_writer *writer,
                  const struct rua_record *record, struct rua_err *err)
{
    size_t from = writer->records.len;

    if (!rua_canon_record(record, &writer->records) ||
        writer->records.len - from > LONGEST_RECORD) {
        writer->records.len = from;
        return rua_err_set(err, RUA_BAD, "a record of more than %d bytes",
                           LONGEST_RECORD);
    }
    return writer->records.len >= FULL ? flush_records(writer, err) : RUA_OK;
}

static enum rua_verdict
report_frame(struct rua_result_writer *writer, struct rua_err *err)
{
    struct rua_span body = rua_buf_span(&writer->records);

    if (body.len > RUA_RESULT_METADATA - writer->metadata)
        return rua_err_set(err, RUA_BAD,
                           "more than %llu bytes of metadata of the reports in "
                           "a message",
                           RUA_RESULT_METADATA);
    writer->metadata += body.len;
    return frame(writer, RUA_FRAME_REPORT, body, err);
}

enum rua_verdict
rua_result_report(struct rua_result_writer *writer,
                  const struct rua_report *report, struct rua_err *err)
{
    struct rua_buf *buf = &writer->records;
    unsigned char head[RUA_REPORT_HEAD] = {0};
    char domain[RUA_DOMAIN_SIZE];
    enum rua_verdict v = flush_records(writer, err);

    if (v != RUA_OK)
        return v;
    if (writer->reports == RUA_RESULT_REPORTS)
        return rua_err_set(err, RUA_BAD, "more than %d reports in a message",
                           RUA_RESULT_REPORTS);
    rua_canon_put(head, report->records, 8);
    rua_canon_put(head + 8, report->oddities, 4);
    if (rua_domain_to_ascii(report->field[RUA_DOMAIN], domain))
        memcpy(head + 12, domain, strlen(domain));
    if (rua_buf_add(buf, head, sizeof(head)) && rua_canon_report(report, buf))
        v = report_frame(writer, err);
    else
        v = rua_err_set(err, RUA_BAD,
                        "a report's metadata of more than %d bytes",
                        LONGEST_RECORD);
    rua_buf_reset(buf);
    writer->reports += v == RUA_OK;
    return v;
}

enum rua_verdict
rua_result_abandon(struct rua_result_writer *writer, struct rua_err *err)
{
    rua_buf_reset(&writer->records);
    writer->reports = writer->document;
    return frame(writer, RUA_FRAME_ABANDON, (struct rua_span){0}, err);
}

enum rua_verdict
rua_result_void(struct rua_result_writer *writer, struct rua_err *err)
{
    rua_buf_reset(&writer->records);
    writer->reports = writer->document = writer->part;
    return frame(writer, RUA_FRAME_VOID, (struct rua_span){0}, err);
}

enum rua_verdict
rua_result_part(struct rua_result_writer *writer, const struct rua_spool *part,
                enum rua_container container, struct rua_err *err)
{
    unsigned char head[RUA_FRAME_SIZE + RUA_PART_HEAD];
    struct rua_sink gather = {rua_frame_gather, &writer->body};
    bool small = part->len < FULL;
    enum rua_verdict v = RUA_OK;

    writer->part = writer->document = writer->reports;
    put_head(head, RUA_FRAME_PART, RUA_PART_HEAD + part->len);
    rua_canon_put(head + RUA_FRAME_SIZE, container, RUA_PART_HEAD);
    rua_buf_add(&writer->body, head, sizeof(head));
    if (!small)
        v = flush(writer, err);
    if (v == RUA_OK)
        v = rua_spool_push(part, 0, part->len, small ? &gather : &writer->out,
                           err);
    writer->torn = v != RUA_OK;
    return v;
}

enum rua_verdict
rua_frame_gather(void *buf, struct rua_span bytes, struct rua_err *err)
{
    if (rua_buf_add_span(buf, bytes))
        return RUA_OK;
    return rua_err_set(err, RUA_BAD, "a result of more than %d bytes",
                       LONGEST_RECORD);
}

enum rua_verdict
rua_result_end(struct rua_result_writer *writer, enum rua_verdict verdict,
               const char *sentence, struct rua_err *err)
{
    struct rua_buf *buf = &writer->records;
    unsigned char code = (unsigned char)verdict;
    enum rua_verdict v;

    if (writer->torn)
        return rua_err_set(err, RUA_LATER, "a result that broke off in a part");
    rua_buf_reset(buf);
    rua_buf_add_byte(buf, code);
    put_text(buf, sentence);
    v = frame(writer, RUA_FRAME_END, rua_buf_span(buf), err);
    rua_buf_reset(buf);
    return rua_worst(v, flush(writer, err));
}
