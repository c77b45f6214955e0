/* The front end's side of result.h. */
#include "result_frame.h"

#include <stdlib.h>
#include <string.h>

#include "auth.h"

size_t
rua_result_watch(struct rua_result_watch *watch, struct rua_span bytes)
{
    size_t at = 0;

    while (at < bytes.len && !watch->ended) {
        size_t n = bytes.len - at;
        if (watch->left) {
            n = watch->left < n ? (size_t)watch->left : n;
            watch->left -= n;
        } else {
            size_t want = RUA_FRAME_SIZE - watch->have;
            n = want < n ? want : n;
            memcpy(watch->frame + watch->have, bytes.data + at, n);
            watch->have += (unsigned)n;
            if (watch->have == RUA_FRAME_SIZE)
                watch->left = rua_canon_get(watch->frame + 8, 8);
        }
        at += n;
        if (watch->have == RUA_FRAME_SIZE && !watch->left) {
            watch->ended = rua_canon_get(watch->frame, 8) == RUA_FRAME_END;
            watch->have = 0;
        }
    }
    return at;
}

static enum rua_verdict
broken(struct rua_err *err, const char *why)
{
    return rua_err_set(err, RUA_BAD, "the reader's result %s", why);
}

/* A result being read: where we are, and the frame we are at. */
struct reader {
    const struct rua_spool *spool;
    struct rua_arena *arena;
    struct rua_result *result;
    size_t room;         /* for reports */
    size_t document;     /* reports before the present document */
    size_t part;         /* reports before the present part */
    uint64_t metadata;   /* bytes of reports, of void ones too */
    uint64_t at;         /* the next frame */
    uint64_t records;    /* where the present report's records begin */
    uint64_t type, len;  /* of the present frame */
    struct rua_buf body; /* its body, but a PART's */
};

/* Goes to the next frame, and reads its body if it is short enough to want. */
static enum rua_verdict
next_frame(struct reader *reader, struct rua_err *err)
{
    unsigned char head[RUA_FRAME_SIZE];
    size_t got;
    enum rua_verdict v = rua_spool_read(reader->spool, reader->at, head,
                                        sizeof(head), &got, err);

    if (v != RUA_OK)
        return v;
    if (got < sizeof(head))
        return broken(err, "breaks off");
    reader->type = rua_canon_get(head, 8);
    reader->len = rua_canon_get(head + 8, 8);
    reader->at += sizeof(head);
    if (reader->len > reader->spool->len - reader->at)
        return broken(err, "breaks off");
    rua_buf_reset(&reader->body);
    if (reader->type == RUA_FRAME_PART || reader->type == RUA_FRAME_RECORDS)
        return RUA_OK;
    if (!rua_buf_room(&reader->body, (size_t)reader->len))
        return broken(err, "has a frame that is too long");
    v = rua_spool_read(reader->spool, reader->at, reader->body.data,
                       (size_t)reader->len, &reader->body.len, err);
    if (v == RUA_OK && reader->body.len != reader->len)
        return broken(err, "breaks off");
    return v;
}

/* Takes a text and its NUL off `span`; *ret_text is NULL for an absent one. */
static bool
take_text(struct reader *reader, struct rua_span *span, const char **ret_text)
{
    const unsigned char *nul = memchr(span->data, 0, span->len);
    size_t len;

    if (!nul)
        return false;
    len = (size_t)(nul - span->data);
    *ret_text =
        len == 1 && span->data[0] == 1
            ? NULL
            : rua_arena_text(reader->arena, (struct rua_span){span->data, len});
    span->data = nul + 1;
    span->len -= len + 1;
    return true;
}

static enum rua_verdict
read_head(struct reader *reader, struct rua_err *err)
{
    struct rua_span span = rua_buf_span(&reader->body);
    struct rua_head *head = &reader->result->head;
    const char **recipients, *text;

    if (reader->result->is_mail)
        return broken(err, "has a broken head");
    recipients = rua_arena_alloc(reader->arena,
                                 RUA_RECIPIENTS_MAX * sizeof(*recipients));
    *head = (struct rua_head){.recipients = recipients};
    reader->result->is_mail = true;
    if (!take_text(reader, &span, &head->message_id) ||
        !take_text(reader, &span, &head->subject) ||
        !take_text(reader, &span, &head->auth) ||
        (head->auth && !rua_auth_is_text(head->auth)))
        return broken(err, "has a broken head");
    while (head->n_recipients < RUA_RECIPIENTS_MAX &&
           take_text(reader, &span, &text))
        if (text)
            recipients[head->n_recipients++] = text;
    return RUA_OK;
}

/* It becomes the name of a folder: only what domain.h lets through. */
static void
read_domain(const unsigned char *claimed, char ret_domain[RUA_DOMAIN_SIZE])
{
    struct rua_span span = {claimed,
                            strnlen((const char *)claimed, RUA_DOMAIN_SIZE)};

    if (!rua_domain_fold(span, ret_domain))
        ret_domain[0] = '\0';
}

static enum rua_verdict
read_report(struct reader *reader, struct rua_err *err)
{
    struct rua_result *result = reader->result;
    struct rua_span form = rua_buf_span(&reader->body);
    struct rua_result_report *report;

    if (result->n_reports == RUA_RESULT_REPORTS)
        return broken(err, "has too many reports");
    if (form.len > RUA_RESULT_METADATA - reader->metadata)
        return broken(err, "has too much metadata");
    reader->metadata += form.len;
    if (form.len < RUA_REPORT_HEAD)
        return broken(err, "has a broken report");
    if (result->n_reports == reader->room) {
        size_t room = reader->room ? reader->room * 2 : 4;
        report = rua_arena_alloc(reader->arena, room * sizeof(*report));
        if (result->n_reports)
            memcpy(report, result->reports,
                   result->n_reports * sizeof(*report));
        result->reports = report;
        reader->room = room;
    }
    report = &result->reports[result->n_reports];
    read_domain(form.data + 12, report->domain);
    form.data += RUA_REPORT_HEAD;
    form.len -= RUA_REPORT_HEAD;
    if (!rua_canon_read_report(form, reader->arena, &report->report))
        return broken(err, "has a broken report");
    report->report.records = rua_canon_get(reader->body.data, 8);
    report->report.oddities = (uint32_t)rua_canon_get(reader->body.data + 8, 4);
    report->from = reader->records;
    report->to = reader->at - RUA_FRAME_SIZE;
    result->n_reports++;
    return RUA_OK;
}

static enum rua_verdict
read_part(struct reader *reader, struct rua_err *err)
{
    unsigned char head[RUA_PART_HEAD];
    struct rua_result *result = reader->result;
    uint64_t container;
    size_t got;
    enum rua_verdict v = rua_spool_read(reader->spool, reader->at, head,
                                        sizeof(head), &got, err);

    if (v != RUA_OK)
        return v;
    container = rua_canon_get(head, sizeof(head));
    if (reader->len < sizeof(head) || container > RUA_CONTAINER_BIN)
        return broken(err, "has a broken part");
    for (size_t i = reader->part; i < result->n_reports; i++) {
        result->reports[i].part = reader->at + sizeof(head);
        result->reports[i].part_len = reader->len - sizeof(head);
        result->reports[i].container = (enum rua_container)container;
    }
    reader->part = reader->document = result->n_reports;
    return RUA_OK;
}

static enum rua_verdict
read_end(struct reader *reader, struct rua_err *err)
{
    struct rua_span span = rua_buf_span(&reader->body);
    struct rua_result *result = reader->result;
    const char *sentence = NULL;

    if (span.len < 2 || span.data[0] > RUA_LATER)
        return broken(err, "has a broken end");
    result->verdict = (enum rua_verdict)span.data[0];
    span.data++;
    span.len--;
    if (!take_text(reader, &span, &sentence))
        return broken(err, "has a broken end");
    result->sentence = sentence ? sentence : "";
    if (reader->part != result->n_reports)
        return broken(err, "has a report without its part");
    if (reader->at + reader->len != reader->spool->len)
        return broken(err, "goes on behind its end");
    return RUA_OK;
}

/* Does what the present frame says, and steps over it. */
static enum rua_verdict
read_frame(struct reader *reader, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    switch (reader->type) {
    case RUA_FRAME_HEAD:
        v = read_head(reader, err);
        break;
    case RUA_FRAME_DOCUMENT:
        reader->document = reader->result->n_reports;
        break;
    case RUA_FRAME_ABANDON:
        reader->result->n_reports = reader->document;
        break;
    case RUA_FRAME_VOID:
        reader->result->n_reports = reader->document = reader->part;
        break;
    case RUA_FRAME_RECORDS:
        reader->at += reader->len;
        return RUA_OK; /* the report that it belongs to comes later */
    case RUA_FRAME_REPORT:
        v = read_report(reader, err);
        break;
    case RUA_FRAME_PART:
        v = read_part(reader, err);
        break;
    case RUA_FRAME_END:
        v = read_end(reader, err);
        break;
    default:
        return broken(err, "has a frame of an unknown kind");
    }
    reader->at += reader->len;
    reader->records = reader->at;
    return v;
}

enum rua_verdict
rua_result_read(const struct rua_spool *spool, struct rua_arena *arena,
                struct rua_result *ret_result, struct rua_err *err)
{
    struct reader reader = {
        .spool = spool, .arena = arena, .result = ret_result};
    enum rua_verdict v;

    *ret_result = (struct rua_result){.sentence = ""};
    rua_buf_init(&reader.body, RUA_FRAME_LONGEST);
    do {
        v = next_frame(&reader, err);
        if (v == RUA_OK)
            v = read_frame(&reader, err);
    } while (v == RUA_OK && reader.type != RUA_FRAME_END);
    rua_buf_done(&reader.body);
    if (v != RUA_OK)
        ret_result->n_reports = 0;
    return v;
}

/* Loads each frame of a report's records and hands its body on. */
static enum rua_verdict
each_frame(const struct rua_spool *spool,
           const struct rua_result_report *report, const struct rua_sink *sink,
           struct rua_err *err)
{
    struct reader reader = {.spool = spool, .at = report->from};
    enum rua_verdict v = RUA_OK;

    rua_buf_init(&reader.body, RUA_FRAME_LONGEST);
    while (v == RUA_OK && reader.at < report->to) {
        v = next_frame(&reader, err);
        if (v == RUA_OK && (reader.type != RUA_FRAME_RECORDS ||
                            !rua_buf_room(&reader.body, (size_t)reader.len)))
            v = broken(err, "has a broken frame of records");
        if (v == RUA_OK)
            v = rua_spool_read(spool, reader.at, reader.body.data,
                               (size_t)reader.len, &reader.body.len, err);
        reader.at += reader.len;
        if (v == RUA_OK)
            v = sink->write(sink->ctx, rua_buf_span(&reader.body), err);
    }
    rua_buf_done(&reader.body);
    return v;
}

/* The length and the fields of each record: not its oddities. */
static enum rua_verdict
digest_frame(void *digest, struct rua_span body, struct rua_err *err)
{
    while (body.len) {
        uint64_t len;
        size_t whole;

        if (body.len < RUA_CANON_RECORD_HEAD)
            return broken(err, "has a broken record");
        len = rua_canon_get(body.data, 4);
        if (len > body.len - RUA_CANON_RECORD_HEAD)
            return broken(err, "has a broken record");
        whole = RUA_CANON_RECORD_HEAD + (size_t)len;
        rua_digest_add(digest, (struct rua_span){body.data, 4});
        rua_digest_add(
            digest,
            (struct rua_span){body.data + RUA_CANON_RECORD_HEAD, (size_t)len});
        body.data += whole;
        body.len -= whole;
    }
    return RUA_OK;
}

enum rua_verdict
rua_result_key(const struct rua_spool *spool,
               const struct rua_result_report *report,
               char ret_key[RUA_DIGEST_SIZE], struct rua_err *err)
{
    struct rua_digest digest;
    struct rua_sink sink = {digest_frame, &digest};
    struct rua_buf form;
    unsigned char len[4];
    enum rua_verdict v;

    rua_buf_init(&form, RUA_FRAME_LONGEST);
    rua_canon_report(&report->report, &form);
    rua_canon_put(len, form.len, 4);
    rua_digest_init(&digest);
    rua_digest_add(&digest, RUA_SPAN("ruamill report 1\n"));
    rua_digest_add(&digest, (struct rua_span){len, 4});
    rua_digest_add(&digest, rua_buf_span(&form));
    v = each_frame(spool, report, &sink, err);
    rua_digest_hex(&digest, ret_key);
    rua_buf_done(&form);
    return v;
}

/* The callback of rua_result_records(), and what it needs. */
struct visit {
    enum rua_verdict (*record)(void *ctx, const struct rua_record *record,
                               struct rua_err *err);
    void *ctx;
    struct rua_canon_room room;
};

static enum rua_verdict
visit_frame(void *ctx, struct rua_span body, struct rua_err *err)
{
    struct visit *visit = ctx;
    struct rua_record record;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && body.len) {
        size_t n = rua_canon_read_record(body, &visit->room, &record);
        if (n == 0)
            return broken(err, "has a broken record");
        v = visit->record(visit->ctx, &record, err);
        body.data += n;
        body.len -= n;
    }
    return v;
}

enum rua_verdict
rua_result_records(const struct rua_spool *spool,
                   const struct rua_result_report *report,
                   enum rua_verdict (*record)(void *ctx,
                                              const struct rua_record *record,
                                              struct rua_err *err),
                   void *ctx, struct rua_err *err)
{
    struct visit visit = {.record = record, .ctx = ctx};
    struct rua_sink sink = {visit_frame, &visit};
    enum rua_verdict v = each_frame(spool, report, &sink, err);

    rua_canon_room_done(&visit.room);
    return v;
}
