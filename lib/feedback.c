#include "feedback.h"

#include <stdlib.h>

#include "walk.h"

enum {
    PIECE = 65536,  /* bytes read at once; the ceilings are looked at between */
    HOLD = 1 << 20, /* bytes of a document that may be read at once */
    EMPTY_AT_MOST = 64 /* documents behind each other without a report */
};

struct rua_feedback {
    struct rua_walk walk;
    enum {
        BETWEEN, /* before the first "<", or behind a <feedback> */
        READING,
        DONE, /* what comes is left out */
    } state;
    bool has_bom;
    struct rua_idle idle; /* of the message */
    size_t unread;        /* bytes that are not counted there yet */
};

static bool
has_stopped(const struct rua_feedback *feedback)
{
    return feedback->walk.failure.verdict != RUA_OK;
}

static void
add_junk(struct rua_feedback *feedback)
{
    feedback->walk.outlet.last.report.oddities |= RUA_TRAILING_JUNK;
    feedback->state = DONE;
}

/* How much of a document is held until all of it is there: not so much that a
 * ceiling would be passed unseen. */
static size_t
find_hold(const struct rua_feedback *feedback)
{
    const struct rua_limits *limits = feedback->walk.limits;
    uint64_t hold = HOLD, left = limits->max_idle - feedback->idle.bytes;

    if (feedback->walk.any) /* the rest may be read again and again */
        return 0;
    if (feedback->idle.bytes >= limits->max_idle)
        return 0;
    hold = hold < left ? hold : left;
    hold = hold < limits->max_tag ? hold : limits->max_tag;
    return hold < limits->max_idle / 8 ? hold : limits->max_idle / 8;
}

/* Passes over white space and byte order marks, and behind a <feedback> over
 * NUL; at the beginning, NUL and "<" are UTF-16. */
static struct rua_span
begin_reading(struct rua_feedback *feedback, struct rua_span bytes)
{
    feedback->has_bom |= rua_xml_skip(&bytes, feedback->walk.any);
    if (bytes.len && (feedback->walk.n_empty > EMPTY_AT_MOST ||
                      (feedback->walk.outlet.pending && *bytes.data != '<'))) {
        add_junk(feedback);
    } else if (bytes.len) {
        rua_walk_parse(&feedback->walk,
                       feedback->walk.mended || feedback->has_bom,
                       find_hold(feedback));
        feedback->state = READING;
        feedback->has_bom = false;
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
    if (!feedback->walk.mended && !(cut_off && feedback->walk.any)) {
        uint64_t read = rua_xml_before(feedback->walk.xml);
        feedback->walk.mendable = true;
        if (read < feedback->unread) /* what was held behind it is not */
            feedback->unread = (size_t)read;
    } else if (!feedback->walk.met) {
        return;
    } else if (rua_outlet_break_off(&feedback->walk.outlet)) {
        feedback->walk.open = false;
        return;
    }
    if (cut_off)
        rua_err_set(&feedback->walk.failure, RUA_BAD,
                    "broke off before the first complete record");
    else
        rua_err_set(&feedback->walk.failure, RUA_BAD, "line %lu: %s",
                    rua_xml_line(feedback->walk.xml),
                    rua_xml_words(feedback->walk.xml));
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
        state = rua_xml_read(feedback->walk.xml, bytes, last);
        if (has_stopped(feedback))
            feedback->state = DONE;
        if (has_stopped(feedback) || state == RUA_XML_GOES_ON)
            return;
        if (feedback->walk.open || !feedback->walk.met)
            break;
        bytes = rua_xml_left_over(feedback->walk.xml);
        feedback->state = BETWEEN;
    }
    if (feedback->walk.open || !feedback->walk.outlet.pending)
        give_up(feedback, state == RUA_XML_CUT_OFF);
    else
        add_junk(feedback);
}

/* Neither a token that does not end nor one that is of no use causes an event
 * that counts. */
static void
check_ceilings(struct rua_feedback *feedback)
{
    const struct rua_limits *limits = feedback->walk.limits;
    size_t bytes = feedback->unread;

    feedback->unread = 0;
    if (rua_idle_spend(&feedback->idle, bytes,
                       feedback->walk.outlet.collect.news) > limits->max_idle)
        rua_walk_stop(&feedback->walk, "hardly anything new in max_idle",
                      limits->max_idle, "bytes");
    else if (feedback->state == READING &&
             rua_xml_pending(feedback->walk.xml) > limits->max_tag)
        rua_walk_stop(&feedback->walk, "a tag or comment of more than max_tag",
                      limits->max_tag, "bytes");
    if (has_stopped(feedback))
        feedback->state = DONE;
}

struct rua_feedback *
rua_feedback_new(const struct rua_limits *limits,
                 const struct rua_feedback_sink *sink)
{
    struct rua_feedback *feedback = rua_alloc(sizeof(*feedback));

    *feedback = (struct rua_feedback){0};
    rua_walk_init(&feedback->walk, limits, sink);
    rua_feedback_begin(feedback, false);
    return feedback;
}

void
rua_feedback_free(struct rua_feedback *feedback)
{
    rua_walk_done(&feedback->walk);
    free(feedback);
}

void
rua_feedback_begin_message(struct rua_feedback *feedback)
{
    feedback->idle.bytes = 0;
    feedback->unread = 0;
}

void
rua_feedback_begin(struct rua_feedback *feedback, bool mended)
{
    rua_walk_begin(&feedback->walk, mended);
    feedback->state = BETWEEN;
    feedback->has_bom = false;
}

static enum rua_verdict
tell(const struct rua_feedback *feedback, struct rua_err *err)
{
    if (!has_stopped(feedback))
        return RUA_OK;
    return rua_err_set(err, feedback->walk.failure.verdict, "%s",
                       feedback->walk.failure.sentence);
}

enum rua_verdict
rua_feedback_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_feedback *feedback = ctx;

    while (bytes.len && !has_stopped(feedback)) {
        size_t n = bytes.len < PIECE ? bytes.len : PIECE;

        read_bytes(feedback, (struct rua_span){bytes.data, n}, false);
        if (feedback->state != DONE)
            feedback->unread += n;
        if (feedback->state == BETWEEN ||
            (feedback->state == READING && !rua_xml_holds(feedback->walk.xml)))
            check_ceilings(feedback);
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
    if (feedback->unread && !has_stopped(feedback))
        check_ceilings(feedback);
    if (has_stopped(feedback))
        return tell(feedback, err);
    if (!feedback->walk.outlet.pending)
        return rua_err_set(err, RUA_NOT_REPORT,
                           "no <feedback> with a known element");
    return rua_outlet_end(&feedback->walk.outlet, oddities, err);
}

bool
rua_feedback_mendable(const struct rua_feedback *feedback)
{
    return feedback->walk.mendable;
}
