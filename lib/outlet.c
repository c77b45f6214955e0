#include "outlet.h"

void
rua_outlet_init(struct rua_outlet *outlet, const struct rua_limits *limits,
                const struct rua_feedback_sink *sink)
{
    *outlet = (struct rua_outlet){.sink = *sink};
    rua_collect_init(&outlet->collect, limits);
    rua_collect_init(&outlet->last, limits);
}

void
rua_outlet_done(struct rua_outlet *outlet)
{
    rua_collect_done(&outlet->collect);
    rua_collect_done(&outlet->last);
}

void
rua_outlet_begin(struct rua_outlet *outlet)
{
    outlet->pending = outlet->any_handed_on = false;
    outlet->oddities = 0;
    rua_collect_begin(&outlet->collect);
}

static enum rua_verdict
hand_on(struct rua_outlet *outlet, struct rua_err *err)
{
    if (!outlet->pending)
        return RUA_OK;
    outlet->pending = false;
    outlet->any_handed_on = true;
    outlet->last.report.oddities |= outlet->oddities;
    return outlet->sink.report(outlet->sink.ctx, &outlet->last.report, err);
}

/* A report comes behind its own records, so the one before it must go first. */
enum rua_verdict
rua_outlet_record(struct rua_outlet *outlet, struct rua_err *err)
{
    enum rua_verdict v = hand_on(outlet, err);

    if (v != RUA_OK)
        return v;
    return outlet->sink.record(outlet->sink.ctx, &outlet->collect.record, err);
}

/* A value that is open yet is no part of a report, and forgotten with the next
 * one. */
static void
keep(struct rua_outlet *outlet)
{
    struct rua_collect last = outlet->last;

    outlet->last = outlet->collect;
    outlet->collect = last;
    outlet->collect.news = outlet->last.news;
    outlet->pending = true;
}

enum rua_verdict
rua_outlet_close(struct rua_outlet *outlet, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    if (!rua_collect_has_any(&outlet->collect)) {
        outlet->last.report.oddities |= RUA_TRAILING_JUNK;
    } else {
        v = hand_on(outlet, err);
        keep(outlet);
    }
    return v;
}

/* The report before one with records was handed on with the first of them. */
bool
rua_outlet_break_off(struct rua_outlet *outlet)
{
    if (outlet->collect.report.records) {
        outlet->collect.report.oddities |= RUA_TRUNCATED;
        keep(outlet);
    } else {
        outlet->last.report.oddities |= rua_collect_is_begun(&outlet->collect)
                                            ? RUA_TRUNCATED
                                            : RUA_TRAILING_JUNK;
    }
    return outlet->pending;
}

enum rua_verdict
rua_outlet_end(struct rua_outlet *outlet, uint32_t oddities,
               struct rua_err *err)
{
    outlet->oddities |= oddities;
    if (outlet->pending && !outlet->any_handed_on &&
        oddities & RUA_BAD_NESTING && !outlet->last.report.records)
        return rua_err_set(err, RUA_BAD,
                           "tags that do not match, and no complete record");
    return hand_on(outlet, err);
}
