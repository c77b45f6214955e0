/* The story: a message comes in, and its reports go out.
 *
 *     message -> prescan -> mime -> part -> unpack -> document
 *             -> feedback (-> again through mend) -> records, report -> result
 *
 * One bad part or document does not stop the others: the worst is the verdict,
 * with its first sentence. What is no report counts only when there is none. */
#include "ingest.h"

#include <stdlib.h>
#include <string.h>

#include "feedback.h"
#include "lines.h"
#include "mend.h"
#include "prescan.h"
#include "result.h"
#include "unpack.h"

struct rua_ingest {
    const struct rua_reading *reading;
    const struct rua_limits *limits; /* reading->limits */
    struct rua_scratch *scratch;
    struct rua_unpack *unpack;
    struct rua_feedback *feedback;
    struct rua_mend *mend; /* made when first needed */
    struct rua_result_writer result;

    /* of the message */
    struct rua_budget budget;
    enum rua_verdict worst;  /* of parts and documents that are no good */
    struct rua_err sentence; /* the first about `worst` */
    unsigned reports;

    /* of the part */
    unsigned part_reports;
    size_t document;           /* its number in the part */
    unsigned document_reports; /* reports of the part before it */
    bool mending;              /* the second look, at what is marked */
    bool *broken;              /* by its number: marked to be mended */
    size_t marked, room;       /* numbers up to the last mark, in the array */
    struct rua_sink reader;    /* where the present document is pushed */
};

/* Remembers what is wrong with a part or a document; only RUA_LATER ends the
 * message. */
static enum rua_verdict
note(struct rua_ingest *ingest, enum rua_verdict verdict,
     const struct rua_err *err)
{
    if (verdict > ingest->worst) {
        ingest->worst = verdict;
        ingest->sentence = *err;
    }
    return verdict == RUA_LATER ? RUA_LATER : RUA_OK;
}

static enum rua_verdict
take_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;

    return rua_result_record(&ingest->result, record, err);
}

static enum rua_verdict
take_report(void *ctx, const struct rua_report *report, struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;
    const uint64_t max = ingest->limits->max_reports;

    if (ingest->reports + ingest->part_reports >= max)
        return rua_err_set(
            err, RUA_BAD, "more than max_reports (%llu) reports in one message",
            (unsigned long long)max);
    ingest->part_reports++;
    return rua_result_report(&ingest->result, report, err);
}

static bool
is_marked(const struct rua_ingest *ingest)
{
    return ingest->document < ingest->marked &&
           ingest->broken[ingest->document];
}

static void
mark(struct rua_ingest *ingest)
{
    if (ingest->document >= ingest->room) {
        ingest->room = 2 * ingest->document + 8;
        ingest->broken = rua_realloc(ingest->broken, ingest->room);
    }
    while (ingest->marked < ingest->document)
        ingest->broken[ingest->marked++] = false;
    ingest->broken[ingest->marked++] = true;
}

static enum rua_verdict
begin_document(void *ctx, struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;

    ingest->document_reports = ingest->part_reports;
    if (ingest->mending && !is_marked(ingest))
        return RUA_NOT_REPORT;
    rua_feedback_begin(ingest->feedback, ingest->mending);
    ingest->reader = (struct rua_sink){rua_feedback_write, ingest->feedback};
    if (ingest->mending) {
        rua_mend_begin(ingest->mend, &ingest->reader);
        ingest->reader = (struct rua_sink){rua_mend_write, ingest->mend};
    }
    return rua_result_document(&ingest->result, err);
}

static enum rua_verdict
write_document(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;

    return rua_push(&ingest->reader, bytes, err);
}

/* A document that is not well-formed is marked for the second look, and what it
 * gave so far is void. */
static enum rua_verdict
end_reading(struct rua_ingest *ingest, enum rua_verdict so_far,
            uint32_t oddities, struct rua_err *err)
{
    enum rua_verdict v;
    uint32_t repairs = 0;

    if (ingest->mending)
        so_far = rua_worst(so_far, rua_mend_end(ingest->mend, &repairs, err));
    v = rua_feedback_end(ingest->feedback, oddities | repairs, err);
    v = rua_worst(v, so_far);
    if (v == RUA_NOT_REPORT && oddities & RUA_TRUNCATED) {
        rua_err_clear(err);
        v = rua_err_set(err, RUA_BAD, "broke off before the report began");
    }
    if (v == RUA_OK || v == RUA_LATER)
        return v;
    ingest->part_reports = ingest->document_reports;
    if (v == RUA_BAD && !ingest->mending &&
        rua_feedback_mendable(ingest->feedback)) {
        mark(ingest);
        v = RUA_OK;
    }
    return rua_worst(v, rua_result_abandon(&ingest->result, err));
}

static enum rua_verdict
end_document(void *ctx, enum rua_verdict so_far, uint32_t oddities,
             struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;
    struct rua_err why = {0};
    enum rua_verdict v = RUA_OK;

    if (so_far != RUA_OK)
        why = *err;
    if (!ingest->mending || is_marked(ingest))
        v = end_reading(ingest, so_far, oddities, &why);
    ingest->document++;
    return note(ingest, v, &why);
}

/* One look at a part: all its documents, or those that are to be mended. */
static enum rua_verdict
look(struct rua_ingest *ingest, const struct rua_spool *content,
     const char *name, bool mending, enum rua_container *ret_container,
     struct rua_err *err)
{
    const struct rua_documents documents = {begin_document, write_document,
                                            end_document, ingest};

    if (mending && !ingest->mend)
        ingest->mend = rua_mend_new(ingest->limits);
    ingest->mending = mending;
    ingest->document = 0;
    return rua_unpack_read(ingest->unpack, content, name, &ingest->budget,
                           &documents, ret_container, err);
}

/* The part is archived once for each of its reports. */
static enum rua_verdict
give_part(struct rua_ingest *ingest, const struct rua_spool *content,
          enum rua_container container, struct rua_err *err)
{
    const uint64_t max = ingest->limits->max_unpacked;
    struct rua_err why = {0};

    if (content->len > max / ingest->part_reports) {
        note(ingest,
             rua_err_set(&why, RUA_BAD,
                         "its reports' archive files would be more than "
                         "max_unpacked (%llu) bytes",
                         (unsigned long long)max),
             &why);
        return rua_result_void(&ingest->result, err);
    }
    ingest->reports += ingest->part_reports;
    return rua_result_part(&ingest->result, content, container, err);
}

/* part -> wrapping off -> documents -> result */
static enum rua_verdict
read_part(struct rua_ingest *ingest, const struct rua_spool *content,
          const char *name, struct rua_err *err)
{
    enum rua_container container;
    struct rua_err why = {0};
    enum rua_verdict v;

    ingest->part_reports = 0;
    ingest->marked = 0;
    v = look(ingest, content, name, false, &container, &why);
    if (v == RUA_OK && ingest->marked) {
        rua_err_clear(&why);
        v = look(ingest, content, name, true, &container, &why);
    }
    /* of a zip: an entry that could not be read beside the others */
    v = note(ingest, v == RUA_OK ? why.verdict : v, &why);
    if (v == RUA_OK && ingest->part_reports)
        v = give_part(ingest, content, container, err);
    return v;
}

static enum rua_verdict
take_head(void *ctx, const struct rua_head *head, struct rua_err *err)
{
    struct rua_ingest *ingest = ctx;

    return rua_result_head(&ingest->result, head, err);
}

static enum rua_verdict
take_part(void *ctx, const struct rua_part *part, struct rua_err *err)
{
    /* By its type it may be raw deflate, whatever its name is. */
    const char *name = strstr(part->type, "gzip") ? ".gz" : part->name;

    return read_part(ctx, part->content, name, err);
}

static enum rua_verdict
read_mail(struct rua_ingest *ingest, const struct rua_spool *message,
          struct rua_err *err)
{
    const struct rua_mime_visitor visitor = {take_head, take_part, ingest};
    enum rua_mail mail = RUA_MAIL;
    enum rua_verdict v = rua_prescan(message, ingest->limits, err);

    if (v == RUA_OK)
        v = rua_mime_read(message, ingest->reading, ingest->scratch, &visitor,
                          &mail, err);
    if (v != RUA_OK || mail == RUA_MAIL || ingest->reports)
        return v;
    if (ingest->worst == RUA_NOT_REPORT) {
        /* The kind says more than what its parts are. */
        rua_err_clear(&ingest->sentence);
        ingest->worst = RUA_OK;
    }
    return rua_err_set(err, RUA_NOT_REPORT, "%s", rua_mail_name(mail));
}

/* The same for a message with bare CR for line ends. */
static enum rua_verdict
read_bare_lines(struct rua_ingest *ingest, const struct rua_spool *message,
                struct rua_err *err)
{
    struct rua_spool mended;
    enum rua_verdict v;

    v = rua_lines_mend(message, ingest->scratch, ingest->limits->max_message,
                       &mended, err);
    if (v == RUA_OK)
        v = read_mail(ingest, &mended, err);
    rua_spool_done(&mended);
    return v;
}

/* True when a report file stands where otherwise a mail would. */
static bool
is_report_file(const struct rua_spool *message, const char *name)
{
    unsigned char first[512];
    size_t n;

    return rua_spool_read(message, 0, first, sizeof(first), &n, NULL) ==
               RUA_OK &&
           rua_unpack_sniff((struct rua_span){first, n}, name);
}

/* The verdict over the whole message. */
static enum rua_verdict
judge(struct rua_ingest *ingest, enum rua_verdict v, struct rua_err *err)
{
    note(ingest, v, err);
    if (ingest->worst == RUA_OK && !ingest->reports) {
        rua_err_clear(&ingest->sentence);
        ingest->worst = rua_err_set(&ingest->sentence, RUA_NOT_REPORT,
                                    "no aggregate report in it");
    }
    if (ingest->worst == RUA_NOT_REPORT && ingest->reports) {
        rua_err_clear(&ingest->sentence);
        ingest->worst = RUA_OK;
    }
    return ingest->worst;
}

enum rua_verdict
rua_ingest_read(struct rua_ingest *ingest, const struct rua_spool *message,
                enum rua_input input, const char *name,
                const struct rua_sink *out, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v, ended;

    ingest->budget = (struct rua_budget){.limits = ingest->limits};
    ingest->worst = RUA_OK;
    ingest->reports = 0;
    rua_err_clear(&ingest->sentence);
    rua_feedback_begin_message(ingest->feedback);
    rua_result_begin(&ingest->result, out);
    if (message->len > ingest->limits->max_message)
        v = rua_err_set(&why, RUA_BAD,
                        "a message of more than max_message (%llu) bytes",
                        (unsigned long long)ingest->limits->max_message);
    else if (input == RUA_INPUT_PART ||
             (input == RUA_INPUT_ANY && is_report_file(message, name)))
        v = read_part(ingest, message, name, &why);
    else if (rua_lines_are_bare(message))
        v = read_bare_lines(ingest, message, &why);
    else
        v = read_mail(ingest, message, &why);
    v = judge(ingest, v, &why);
    if (v == RUA_LATER)
        rua_err_set(err, v, "%s", ingest->sentence.sentence);
    ended = rua_result_end(&ingest->result, v, ingest->sentence.sentence, err);
    return v == RUA_LATER ? v : ended;
}

struct rua_ingest *
rua_ingest_new(const struct rua_reading *reading, struct rua_scratch *scratch)
{
    struct rua_ingest *ingest = rua_alloc(sizeof(*ingest));
    const struct rua_feedback_sink sink = {take_record, take_report, ingest};

    *ingest = (struct rua_ingest){
        .reading = reading, .limits = reading->limits, .scratch = scratch};
    ingest->unpack = rua_unpack_new(scratch);
    ingest->feedback = rua_feedback_new(reading->limits, &sink);
    return ingest;
}

void
rua_ingest_free(struct rua_ingest *ingest)
{
    if (!ingest)
        return;
    rua_unpack_free(ingest->unpack);
    rua_feedback_free(ingest->feedback);
    if (ingest->mend)
        rua_mend_free(ingest->mend);
    rua_result_done(&ingest->result);
    free(ingest->broken);
    free(ingest);
}
