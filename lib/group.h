/* group.h - group commit: threads of one process that commit at the same time.
 *
 * One of them, the leader, commits for all that wait, so that they share a
 * sync. flock(2) does not exclude threads that share a descriptor: whoever uses
 * the store under its lock takes his turn here first. */
#ifndef RUA_GROUP_H
#define RUA_GROUP_H

#include "entry.h"

/* A leader takes what has come so far, until it is this much. */
#define RUA_GROUP_REPORTS 256
#define RUA_GROUP_BYTES   (8ULL << 20)

/* Commits a batch: sets the verdict of each entry. */
struct rua_group_work {
    void (*commit)(void *ctx, struct rua_entry *const *entries, size_t n,
                   struct rua_err *err);
    void *ctx;
};

struct rua_group;

struct rua_group *rua_group_new(void);
void rua_group_free(struct rua_group *group);

/* Commits entries, with those of other threads. Returns their worst verdict. */
enum rua_verdict rua_group_commit(struct rua_group *group,
                                  const struct rua_group_work *work,
                                  struct rua_entry *const *entries, size_t n,
                                  struct rua_err *err);

/* From here to there the store is this thread's. */
void rua_group_enter(struct rua_group *group);
void rua_group_leave(struct rua_group *group);

#endif
