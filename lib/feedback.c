#include "feedback.h"

#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "nest.h"
#include "outlet.h"
#include "xml.h"

enum {
    PIECE = 65536, /* bytes read at once; the ceilings are looked at between */
    EMPTY_AT_MOST = 64 /* documents behind each other without a report */
};

struct rua_feedback {
    const struct rua_limits *limits;
    struct rua_outlet outlet;
    struct rua_census census;
    struct rua_xml *xml;
    const struct rua_element **stack; /* the open elements; see `outside` */
    size_t depth;

    enum {
        BETWEEN, /* before the first "<", or behind a <feedback> */
        READING,
        DONE, /* what comes is left out */
    } state;
    bool mended, mendable, has_bom;
    bool any;               /* an element was met */
    bool met;               /* a <feedback> was met since the parser began */
    bool open;              /* one is open */
    unsigned n_empty;       /* parsers begun since the last complete one */
    struct rua_idle idle;   /* of the message */
    struct rua_err failure; /* why the document cannot be read */
};

/* In the stack, an element that is skipped is NULL, and one that stands around
 * <feedback>, or nothing, is `outside`. */
static const struct rua_element outside = {.name = ""};

/* ---- events: none comes after a stop ---- */

/* Behind a <feedback>, what follows may turn out to be no part of it. */
static void
mark(void *ctx, const char *text, int len)
{
    struct rua_feedback *feedback = ctx;

    (void)text, (void)len;
    if (feedback->met && !feedback->open)
        rua_xml_mark(feedback->xml);
}

/* A verdict of ours or of the sink; other than RUA_OK, it ends the document. */
static void
obey(struct rua_feedback *feedback, enum rua_verdict verdict)
{
    feedback->failure.verdict = verdict;
    if (verdict == RUA_OK)
        return;
    feedback->state = DONE;
    rua_xml_stop(feedback->xml);
}

/* An XML of another kind that is over a ceiling is no bad report. */
static void
stop_at(struct rua_feedback *feedback, const char *what, uint64_t ceiling,
        const char *unit)
{
    bool is_other =
        feedback->any && !feedback->met && !feedback->outlet.pending;

    obey(feedback,
         rua_err_set(&feedback->failure, is_other ? RUA_NOT_REPORT : RUA_BAD,
                     "%s (%llu) %s", what, (unsigned long long)ceiling, unit));
}

static void
end_report(struct rua_feedback *feedback)
{
    feedback->open = false;
    if (rua_collect_has_any(&feedback->outlet.collect))
        feedback->n_empty = 0;
    obey(feedback, rua_outlet_close(&feedback->outlet, &feedback->failure));
}

static void
hand_on_record(struct rua_feedback *feedback)
{
    uint64_t max = feedback->limits->max_records;

    if (feedback->outlet.collect.report.records > max)
        stop_at(feedback, "more than max_records", max, "records");
    else
        obey(feedback,
             rua_outlet_record(&feedback->outlet, &feedback->failure));
}

static const struct rua_element *
open_outside(struct rua_feedback *feedback, const char *name)
{
    struct rua_collect *collect = &feedback->outlet.collect;

    feedback->any = true;
    if (!rua_schema_is_feedback(name))
        return &outside;
    rua_collect_begin(collect);
    if (feedback->depth)
        collect->report.oddities |= RUA_WRAPPED;
    feedback->met = feedback->open = true;
    return &rua_schema_feedback;
}

static void
open_element(void *ctx, const char *name, const char **attributes)
{
    struct rua_feedback *feedback = ctx;
    const struct rua_element *element = feedback->stack[feedback->depth];
    struct rua_census_over over;

    if (element == &outside)
        element = open_outside(feedback, name);
    else if (element && (element = rua_schema_child(element, name)) != NULL &&
             !rua_collect_open(&feedback->outlet.collect, element))
        element = NULL;
    feedback->stack[++feedback->depth] = element;
    over = rua_census_count(&feedback->census, feedback->depth, element, name,
                            attributes);
    if (over.what)
        stop_at(feedback, over.what, over.ceiling, over.unit);
}

static void
close_element(void *ctx, const char *name)
{
    struct rua_feedback *feedback = ctx;
    const struct rua_element *element = feedback->stack[feedback->depth];

    (void)name;
    feedback->depth--;
    if (element == &rua_schema_feedback)
        end_report(feedback);
    else if (element && element != &outside &&
             rua_collect_close(&feedback->outlet.collect, element))
        hand_on_record(feedback);
    mark(feedback, NULL, 0);
}

static void
text_data(void *ctx, const char *text, int len)
{
    struct rua_feedback *feedback = ctx;
    const struct rua_element *element = feedback->stack[feedback->depth];

    if (element)
        rua_collect_text(&feedback->outlet.collect, element, text, (size_t)len);
    mark(feedback, NULL, 0);
}

static void
open_doctype(void *ctx, const char *name, const char *system_id,
             const char *public_id, int has_subset)
{
    struct rua_feedback *feedback = ctx;

    (void)name, (void)system_id, (void)public_id;
    feedback->outlet.oddities |= RUA_DOCTYPE;
    if (has_subset)
        obey(
            feedback,
            rua_err_set(&feedback->failure, RUA_BAD,
                        "a document type declaration with an internal subset"));
}

/* With a document type declaration that we do not read, expat passes over
 * entities that it does not know, where else it would complain. */
static void
unknown_entity(void *ctx, const char *name, int is_parameter)
{
    struct rua_feedback *feedback = ctx;

    if (is_parameter)
        return;
    feedback->mendable = true;
    obey(feedback, rua_err_set(&feedback->failure, RUA_BAD,
                               "the entity \"%.64s\" is not known", name));
}

/* Only mend.h writes it; in a document as sent it says nothing. */
static void
read_instruction(void *ctx, const char *target, const char *data)
{
    struct rua_feedback *feedback = ctx;

    if (feedback->mended && strcmp(target, RUA_NEST_REPAIRS) == 0)
        feedback->outlet.oddities |= (uint32_t)strtoul(data, NULL, 10);
}

static void
add_junk(struct rua_feedback *feedback)
{
    feedback->outlet.last.report.oddities |= RUA_TRAILING_JUNK;
    feedback->state = DONE;
}

/* Passes over white space and byte order marks, and behind a <feedback> over
 * NUL; at the beginning, NUL and "<" are UTF-16. */
static struct rua_span
begin_reading(struct rua_feedback *feedback, struct rua_span bytes)
{
    feedback->has_bom |= rua_xml_skip(&bytes, feedback->any);
    if (bytes.len && (feedback->n_empty > EMPTY_AT_MOST ||
                      (feedback->outlet.pending && *bytes.data != '<'))) {
        add_junk(feedback);
    } else if (bytes.len) {
        feedback->n_empty++;
        rua_xml_begin(feedback->xml, feedback->mended || feedback->has_bom);
        feedback->state = READING;
        feedback->depth = 0;
        feedback->has_bom = feedback->met = false;
    }
    return bytes;
}

/* An error in a report, or before there was one. What broke off, or was mended
 * already, keeps its complete records. Before any element, a stray quotation
 * mark is enough: for expat it begins a literal that does not end. */
static void
give_up(struct rua_feedback *feedback, bool cut_off)
{
    feedback->state = DONE;
    if (!feedback->mended && !(cut_off && feedback->any)) {
        feedback->mendable = true;
    } else if (!feedback->met) {
        return;
    } else if (rua_outlet_break_off(&feedback->outlet)) {
        feedback->open = false;
        return;
    }
    if (cut_off)
        rua_err_set(&feedback->failure, RUA_BAD,
                    "broke off before the first complete record");
    else
        rua_err_set(&feedback->failure, RUA_BAD, "line %lu: %s",
                    rua_xml_line(feedback->xml), rua_xml_words(feedback->xml));
}

/* After an error behind a <feedback>, another document is begun there: a second
 * root, or only junk. */
static void
read_bytes(struct rua_feedback *feedback, struct rua_span bytes, bool last)
{
    enum rua_xml_state state;

    for (;;) {
        if (feedback->state == BETWEEN)
            bytes = begin_reading(feedback, bytes);
        if (feedback->state != READING)
            return;
        state = rua_xml_read(feedback->xml, bytes, last);
        if (state == RUA_XML_GOES_ON || state == RUA_XML_STOPPED)
            return;
        if (feedback->open || !feedback->met)
            break;
        bytes = rua_xml_left_over(feedback->xml);
        feedback->state = BETWEEN;
    }
    if (feedback->open || !feedback->outlet.pending)
        give_up(feedback, state == RUA_XML_CUT_OFF);
    else
        add_junk(feedback);
}

/* Neither a token that does not end nor one that is of no use causes an event
 * that counts. */
static void
check_ceilings(struct rua_feedback *feedback, size_t bytes)
{
    const struct rua_limits *limits = feedback->limits;

    if (rua_idle_spend(&feedback->idle, bytes, feedback->outlet.collect.news) >
        limits->max_idle)
        stop_at(feedback, "hardly anything new in max_idle", limits->max_idle,
                "bytes");
    else if (feedback->state == READING &&
             rua_xml_pending(feedback->xml) > limits->max_tag)
        stop_at(feedback, "a tag or comment of more than max_tag",
                limits->max_tag, "bytes");
}

struct rua_feedback *
rua_feedback_new(const struct rua_limits *limits,
                 const struct rua_feedback_sink *sink)
{
    struct rua_feedback *feedback = rua_alloc(sizeof(*feedback));
    const struct rua_xml_events events = {
        open_element,   close_element,    text_data, open_doctype,
        unknown_entity, read_instruction, mark,      feedback};

    *feedback = (struct rua_feedback){.limits = limits};
    feedback->stack =
        rua_alloc((limits->max_xml_depth + 2) * sizeof(*feedback->stack));
    feedback->stack[0] = &outside;
    rua_census_init(&feedback->census, limits);
    feedback->xml = rua_xml_new(&events);
    rua_outlet_init(&feedback->outlet, limits, sink);
    rua_feedback_begin(feedback, false);
    return feedback;
}

void
rua_feedback_free(struct rua_feedback *feedback)
{
    rua_xml_free(feedback->xml);
    rua_outlet_done(&feedback->outlet);
    rua_census_done(&feedback->census);
    free(feedback->stack);
    free(feedback);
}

void
rua_feedback_begin_message(struct rua_feedback *feedback)
{
    feedback->idle.bytes = 0;
}

void
rua_feedback_begin(struct rua_feedback *feedback, bool mended)
{
    rua_outlet_begin(&feedback->outlet);
    feedback->state = BETWEEN;
    feedback->mended = mended;
    feedback->mendable = feedback->has_bom = feedback->any = false;
    feedback->met = feedback->open = false;
    feedback->n_empty = 0;
    rua_census_begin(&feedback->census);
    rua_err_clear(&feedback->failure);
}

static bool
has_stopped(const struct rua_feedback *feedback)
{
    return feedback->failure.verdict != RUA_OK;
}

static enum rua_verdict
tell(const struct rua_feedback *feedback, struct rua_err *err)
{
    if (!has_stopped(feedback))
        return RUA_OK;
    return rua_err_set(err, feedback->failure.verdict, "%s",
                       feedback->failure.sentence);
}

enum rua_verdict
rua_feedback_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_feedback *feedback = ctx;

    while (bytes.len && !has_stopped(feedback)) {
        size_t n = bytes.len < PIECE ? bytes.len : PIECE;

        read_bytes(feedback, (struct rua_span){bytes.data, n}, false);
        if (feedback->state != DONE)
            check_ceilings(feedback, n);
        bytes.data += n;
        bytes.len -= n;
    }
    return tell(feedback, err);
}

enum rua_verdict
rua_feedback_end(struct rua_feedback *feedback, uint32_t oddities,
                 struct rua_err *err)
{
    read_bytes(feedback, RUA_SPAN(""), true);
    if (has_stopped(feedback))
        return tell(feedback, err);
    if (!feedback->outlet.pending)
        return rua_err_set(err, RUA_NOT_REPORT,
                           "no <feedback> with a known element");
    return rua_outlet_end(&feedback->outlet, oddities, err);
}

bool
rua_feedback_mendable(const struct rua_feedback *feedback)
{
    return feedback->mendable;
}
