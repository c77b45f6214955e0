/* metrics.h - what Prometheus is told, as text (exposition format 0.0.4). */
#ifndef RUAMILL_METRICS_H
#define RUAMILL_METRICS_H

#include "conf.h"
#include "counters.h"
#include "lag.h"

/* What is told beside the counters. */
struct metrics_facts {
    struct counters_record record;
    uint64_t journal_bytes; /* in the journal since its last checkpoint */
    uint64_t free_bytes, free_inodes; /* of the store's file system, for us */
    uint64_t max_quarantine;
    uint64_t allow_asked, allow_changed; /* where the allowlist is fetched */
};

/* Looks at the store; its quarantine is counted when nobody has. */
void metrics_look(int root, const struct conf *conf,
                  const struct counters_record *record,
                  struct metrics_facts *ret_facts);

/* Bytes of the text, at most. */
#define METRICS_MAX (256 << 10)
void metrics_print(const struct metrics_facts *facts, const struct lags *lags,
                   struct rua_buf *text);

/* RUA_LATER when the file `metrics` could not be written, and why; RUA_OK when
 * none is set. Writes nothing. */
enum rua_verdict metrics_check(const struct conf *conf, struct rua_err *err);

/* Puts the text in place as the file `metrics`, if that is set and is older
 * than `pause` seconds: never there in part, and for everybody to read. What is
 * no regular file (a device, a FIFO, a link) is left as it is. That it cannot
 * be written is said once a process. */
void metrics_update(const struct conf *conf, struct counters *counters,
                    unsigned pause);

#endif
