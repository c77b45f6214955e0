/* feedback.h - expat's door: document -> records, one by one, and their report.
 *
 * Streams: memory is bounded by one record. A document holds one <feedback>, or
 * several behind or beside each other; each is a report. Refuses a document
 * type declaration with an internal subset, opens no external entity. */
#ifndef RUA_FEEDBACK_H
#define RUA_FEEDBACK_H

#include "limit.h"
#include "outlet.h" /* struct rua_feedback_sink */

struct rua_feedback;

/* Reusable between documents. `sink` is copied, `limits` borrowed. */
struct rua_feedback *rua_feedback_new(const struct rua_limits *limits,
                                      const struct rua_feedback_sink *sink);
void rua_feedback_free(struct rua_feedback *feedback);

/* Begins a message: max_idle is counted over all its documents. */
void rua_feedback_begin_message(struct rua_feedback *feedback);

/* Begins a document. With `mended` its bytes come out of mend.h: they are UTF-8
 * whatever they declare. */
void rua_feedback_begin(struct rua_feedback *feedback, bool mended);

/* A sink: ctx is the stage. RUA_BAD with a sentence: not well-formed, a bomb
 * (hardly anything new in max_idle bytes), a ceiling. RUA_NOT_REPORT: a
 * ceiling, in an XML of another kind. */
enum rua_verdict rua_feedback_write(void *feedback, struct rua_span bytes,
                                    struct rua_err *err);

/* The document has ended; `oddities` are those of its wrapping and mending. A
 * report has all oddities of its document that were known when it was handed
 * on; that is when the next one shows its first record or ends, so that only
 * the last report is sure to have those of the end.
 *
 * RUA_OK: at least one report. One that broke off is RUA_TRUNCATED and has its
 * complete records; if it has none and stands behind another report, that is
 * RUA_TRUNCATED, or RUA_TRAILING_JUNK when there was no known field.
 * RUA_NOT_REPORT: no <feedback> with a known field in it. RUA_BAD: broke off,
 * or stayed not well-formed, before the first complete record; or what write()
 * returned. */
enum rua_verdict rua_feedback_end(struct rua_feedback *feedback,
                                  uint32_t oddities, struct rua_err *err);

/* After RUA_BAD: whether mend.h might help (not well-formed, or an unknown
 * encoding). All that the sink has got since rua_feedback_begin() is void then,
 * and the document is to be read again through mend.h. */
bool rua_feedback_mendable(const struct rua_feedback *feedback);

#endif
