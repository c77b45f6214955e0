/* probe.h - whether a worker can read anything at all.
 *
 * A message that two workers have died of is kept aside for it. Where memory is
 * short, or a limit of the configuration is too low for any message, workers
 * die of every one: a small report of our own tells one case from the other. */
#ifndef RUAMILL_PROBE_H
#define RUAMILL_PROBE_H

#include "spool.h"
#include "worker.h"

/* Gives a worker that has nothing to do our own message (rua_ingest_sample),
 * and waits for its result, 30 seconds at most; true when it came. `scratch`
 * and `spill` are the files of a message. The worker stays the caller's to end.
 */
bool probe_worker(const struct worker *worker, int scratch,
                  struct rua_scratch *spill, const struct rua_limits *limits);

#endif
