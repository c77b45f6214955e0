/* counters.h - what all processes on a store have done: `.spool/counters`.
 *
 * A process adds up what it does, and adds that to the file now and then, under
 * a lock of its own: a read and a write of half a kilobyte, and no sync. What
 * cannot be written now is added the next time, and is never a message's fault.
 *
 * Counters are those of this start of the machine. A power cut may take the
 * last seconds of them, and whoever reads them (Prometheus) would take a
 * counter that goes back for one that began anew: so they do begin anew. */
#ifndef RUAMILL_COUNTERS_H
#define RUAMILL_COUNTERS_H

#include "store.h"

enum counters_front {
    COUNTERS_MILTER,
    COUNTERS_PIPE,
    COUNTERS_REPLAY,
    COUNTERS_FRONTS
};

extern const char *const counters_fronts[COUNTERS_FRONTS]; /* "milter" ... */

enum {
    COUNTERS_VERDICTS = RUA_LATER + 1
};

/* Counters: they only grow. All are uint64_t. */
struct counters_values {
    uint64_t messages[COUNTERS_FRONTS][COUNTERS_VERDICTS];
    uint64_t microseconds[COUNTERS_FRONTS]; /* from their last byte to their
                                               verdict; of replay: all of it */
    uint64_t bytes[COUNTERS_FRONTS];        /* of messages */
    uint64_t reports, records, duplicates;  /* stored; reports known before */
    uint64_t kept;                          /* messages that were kept aside */
    uint64_t syncs, without_lease, checkpoints, worker_deaths;
};

/* What is so at present. Times are seconds since 1970; 0: never, not known. */
struct counters_state {
    int64_t since;                         /* when the counters began */
    int64_t last_success[COUNTERS_FRONTS]; /* RUA_OK or RUA_DUPLICATE */
    int64_t last_checkpoint;
    int64_t measured; /* when the quarantine was looked through */
    uint64_t quarantine_messages, quarantine_bytes;
};

struct counters_record {
    struct counters_values values;
    struct counters_state state;
};

struct counters;

/* For any number of threads. `path` is the store's; where there is no file to
 * write to, all is as if there were. */
struct counters *counters_open(const char *path);
void counters_close(struct counters *counters);

/* A message that has its verdict. */
struct counters_message {
    enum counters_front front;
    enum rua_verdict verdict;
    uint64_t microseconds, bytes;
    uint64_t reports, records, duplicates;
};

void counters_add_message(struct counters *counters,
                          const struct counters_message *message);

/* What no message is said of: replay's time, and workers that died. */
void counters_add_time(struct counters *counters, enum counters_front front,
                       uint64_t microseconds);
void counters_add_deaths(struct counters *counters, uint64_t n);

/* A message was kept aside. */
void counters_add_kept(struct counters *counters, uint64_t bytes);

/* Adds it to the file. `store`: what it did since goes with it, and after a
 * recovery of its own the quarantine is to be looked through; or NULL. */
void counters_flush(struct counters *counters, struct rua_store *store);

/* The quarantine was looked through: that is what there is. */
void counters_set_quarantine(struct counters *counters, uint64_t messages,
                             uint64_t bytes);

/* What stands in the file; all 0 when there is none. */
void counters_read(int root, struct counters_record *ret_record);

/* What is behind what was flushed, too. */
void counters_look(struct counters *counters,
                   struct counters_record *ret_record);

/* What is in the file, for who shows it: what this process has not flushed the
 * next one could not show, and a counter would go back. Where there is no file,
 * it is what this process did. */
void counters_show(struct counters *counters,
                   struct counters_record *ret_record);

#endif
