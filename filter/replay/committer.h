/* committer.h - a thread that commits to a store, so that messages are read
 * meanwhile. */
#ifndef RUAMILL_COMMITTER_H
#define RUAMILL_COMMITTER_H

#include "store.h"

struct committer;

/* Starts the thread. `store` is borrowed. RUA_LATER when there cannot be one.
 */
enum rua_verdict committer_start(struct rua_store *store,
                                 struct committer **ret_committer,
                                 struct rua_err *err);

/* Has entries committed, as rua_store_commit() does it, while nothing else is
 * under way. They are borrowed until committer_end(). */
void committer_begin(struct committer *committer,
                     struct rua_entry *const *entries, size_t n);

/* Whether what was begun is done; its descriptor can be read then. */
bool committer_is_done(struct committer *committer);
int committer_fd(const struct committer *committer);

/* Waits until it is done, and says what the store said. */
void committer_end(struct committer *committer, struct rua_err *ret_err);

/* Nothing is under way. */
void committer_stop(struct committer *committer);

#endif
