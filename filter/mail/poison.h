/* poison.h - messages that workers died of, remembered in the store as empty
 * files, .spool/poison/<SHA-256 of the message>, for seven days. */
#ifndef RUAMILL_POISON_H
#define RUAMILL_POISON_H

#include <stdbool.h>
#include <stdint.h>

#include "spool.h"

/* How many are remembered; the oldest are forgotten for new ones. */
#define POISON_MOST 1000

#define POISON_SECONDS (7LL * 24 * 3600)

/* Remembers a message at the time `now`, and says whether a worker died of it
 * before. `store` is the path of an open store. Forgets what is too old. */
enum rua_verdict poison_note(const char *store, const struct rua_spool *message,
                             int64_t now, bool *ret_before,
                             struct rua_err *err);

#endif
