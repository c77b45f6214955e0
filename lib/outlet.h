/* outlet.h - the reports of a document on their way out.
 *
 * While one <feedback> is read, the report before it is held back until the
 * present one shows that it is a report: else it is something odd that stands
 * behind the one before it. */
#ifndef RUA_OUTLET_H
#define RUA_OUTLET_H

#include "collect.h"

/* Called with each record as it is complete, and with its report after the last
 * of them: metadata and policy may come late in a document. Borrowed during the
 * call. A verdict other than RUA_OK ends the document and is returned. */
struct rua_feedback_sink {
    enum rua_verdict (*record)(void *ctx, const struct rua_record *record,
                               struct rua_err *err);
    enum rua_verdict (*report)(void *ctx, const struct rua_report *report,
                               struct rua_err *err);
    void *ctx;
};

struct rua_outlet {
    struct rua_feedback_sink sink;
    struct rua_collect collect; /* the <feedback> that is open */
    struct rua_collect last;    /* the report before it ... */
    bool pending;               /* ... which is not handed on yet */
    bool any_handed_on;         /* a report is */
    uint32_t oddities;          /* of the document, so far */
};

/* `limits` is borrowed, `sink` copied. */
void rua_outlet_init(struct rua_outlet *outlet, const struct rua_limits *limits,
                     const struct rua_feedback_sink *sink);
void rua_outlet_done(struct rua_outlet *outlet);

/* Forgets the last document. */
void rua_outlet_begin(struct rua_outlet *outlet);

/* Hands on the complete record of `collect`. */
enum rua_verdict rua_outlet_record(struct rua_outlet *outlet,
                                   struct rua_err *err);

/* The <feedback> in `collect` is complete; an empty one is junk. */
enum rua_verdict rua_outlet_close(struct rua_outlet *outlet,
                                  struct rua_err *err);

/* It broke off. False: neither a record of it is complete, nor was there a
 * report before it. */
bool rua_outlet_break_off(struct rua_outlet *outlet);

/* The document has ended, and these are its other oddities. RUA_OK also when
 * there was no report. */
enum rua_verdict rua_outlet_end(struct rua_outlet *outlet, uint32_t oddities,
                                struct rua_err *err);

#endif
