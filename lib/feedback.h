/* feedback.h - expat's door: document -> records, one by one, and their report.
 *
 * Streams: memory is bounded by one record. A document holds one <feedback>, or
 * several behind or beside each other; each is a report. Refuses a document
 * type declaration with an internal subset, opens no external entity. */
#ifndef RUA_FEEDBACK_H
#define RUA_FEEDBACK_H

#include "limit.h"
#include "report.h"

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

struct rua_feedback;

/* Reusable between documents. `sink` is copied, `limits` borrowed. */
struct rua_feedback *rua_feedback_new(const struct rua_limits *limits,
                                      const struct rua_feedback_sink *sink);
void rua_feedback_free(struct rua_feedback *feedback);

/* Begins a document. With `mended` its bytes come out of mend.h: they are UTF-8
 * whatever they declare. */
void rua_feedback_begin(struct rua_feedback *feedback, bool mended);

/* A sink: ctx is the stage. RUA_BAD with a sentence: not well-formed, a bomb
 * (nothing new for max_idle bytes), a ceiling. RUA_NOT_REPORT: a ceiling, in an
 * XML of another kind. */
enum rua_verdict rua_feedback_write(void *feedback, struct rua_span bytes,
                                    struct rua_err *err);

/* The document has ended; `oddities` are those of its wrapping and mending, for
 * its last report (the others are handed on already). RUA_OK: every <feedback>
 * in it gave its report; one that broke off is RUA_TRUNCATED and has its
 * complete records. RUA_NOT_REPORT: no <feedback> with a known field in it.
 * RUA_BAD: broke off, or stayed not well-formed, before the first complete
 * record; or what write() returned. */
enum rua_verdict rua_feedback_end(struct rua_feedback *feedback,
                                  uint32_t oddities, struct rua_err *err);

/* After RUA_BAD: whether mend.h might help (not well-formed, or an unknown
 * encoding). All that the sink has got since rua_feedback_begin() is void then,
 * and the document is to be read again through mend.h. */
bool rua_feedback_mendable(const struct rua_feedback *feedback);

#endif
