/* known.h - whether a report is stored already. */
#ifndef RUA_KNOWN_H
#define RUA_KNOWN_H

#include "entry.h"
#include "place.h"

/* The path of an entry's archive file below the store, and its NUL. */
#define RUA_ARCHIVE_PATH_SIZE 640
void rua_known_path(const struct rua_entry *entry, enum rua_container container,
                    char ret_path[RUA_ARCHIVE_PATH_SIZE]);

/* Whether the archive of a store has the report of an entry, in
 * whatever wrapping, or its key is in the file `pruned.keys` beside (keys.h);
 * or whether the quarantine has the message. RUA_LATER when that cannot be
 * found out. */
enum rua_verdict rua_known(struct rua_places *places,
                           const struct rua_entry *entry, bool *ret_known,
                           struct rua_err *err);

#endif
