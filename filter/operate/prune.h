/* prune.h - what is old is taken out of archive and quarantine; its keys stay.
 *
 * The keys of a folder are on the disk before the first of its files goes, and
 * a file goes under the store's lock, some hundred at a time. So a process that
 * dies leaves files whose keys are noted already, which the next one takes
 * away, and never a report that nobody knows any more. */
#ifndef RUAMILL_PRUNE_H
#define RUAMILL_PRUNE_H

#include <signal.h>
#include <time.h>

#include "store.h"
#include "view.h"

struct prune_count {
    uint64_t files, bytes;
};

struct prune {
    struct rua_store *store; /* NULL: it is only counted */
    const struct view *view; /* the same store */
    int64_t before;          /* seconds since 1970: what is older goes */
    /* What came since then may be in the journal still, which would bring it
     * back: it stays until the next time. */
    struct timespec began; /* by the clock of files */
    const volatile sig_atomic_t *stop;
    /* Paths below the store, in order: only these go, however old they are. Or
     * NULL. */
    const struct view_names *only;
    struct prune_count archive, quarantine; /* what went */
};

/* Locks out others that take files away, with an open file that is the
 * caller's. RUA_LATER when one is at work. */
enum rua_verdict prune_lock(const struct view *view, int *ret_lock,
                            struct rua_err *err);

/* Takes a checkpoint: what is in the journal would be put back by a recovery.
 * From then on it may be pruned. */
enum rua_verdict prune_begin(struct prune *prune, struct rua_err *err);

/* The archive of a policy domain: a report goes when its period ended before.
 * One whose end cannot be is as old as the last day of its folder's month, one
 * in `undated` as its file. */
enum rua_verdict prune_archive(struct prune *prune, const char *domain,
                               struct rua_err *err);

/* Messages that came before. */
enum rua_verdict prune_quarantine(struct prune *prune, struct rua_err *err);

#endif
