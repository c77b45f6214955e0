/* kept.h - what is in the quarantine, by its table. */
#ifndef RUAMILL_KEPT_H
#define RUAMILL_KEPT_H

#include "view.h"

enum kept_state {
    KEPT,        /* its file is there */
    KEPT_STORED, /* it was read again since, and stored */
    KEPT_PRUNED,
    KEPT_MISSING,
    KEPT_STATES
};

extern const char *const kept_states[KEPT_STATES]; /* "kept" ... */

/* A message, by its last row. Texts are as they stand in the table: strangers'
 * bytes, cleaned; NULL for absent. */
struct kept {
    const char *file; /* "2026/11/<digest>.eml" */
    enum kept_state state;
    enum rua_verdict verdict; /* it came with */
    int64_t when;             /* it came */
    const char *sentence, *rua, *sender;
    uint64_t row;  /* counted over all tables */
    bool settles;  /* the row says what became of it */
    uint64_t size; /* bytes; 0 when it is not there */
};

struct kept_list {
    struct rua_arena arena;
    struct kept *kept; /* the newest first */
    size_t n, room;
    uint64_t wrong;   /* rows that could not be read, */
    uint64_t pending; /* and messages in the journal that are left out */
};

/* Reads the table, and looks which files are there. With `all`, those too that
 * went. RUA_BAD, with a sentence, when something cannot be looked at. */
enum rua_verdict kept_read(const struct view *view, bool all,
                           struct kept_list *ret_list, struct rua_err *err);
void kept_done(struct kept_list *list);

/* The one that is meant: its file, as in the table, or the begin of its digest,
 * with the folder or without. RUA_NOT_REPORT, with a sentence, for none, and
 * for several. */
enum rua_verdict kept_find(const struct kept_list *list, const char *name,
                           const struct kept **ret_kept, struct rua_err *err);

#endif
