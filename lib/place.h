/* place.h - the folders that a batch uses, open and looked at once.
 *
 * Under the store's lock, and for one batch: somebody may move a folder away
 * between two. */
#ifndef RUA_PLACE_H
#define RUA_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct rua_place {
    char *path;
    uint32_t hash;
    int fd;            /* the places'; of O_PATH */
    bool pruned_known; /* whether .pruned was looked for; for known.c: */
    bool pruned;       /* it has a list of keys that were taken away */
};

#define RUA_PLACES_MOST 256

struct rua_places {
    int root;       /* the store; the caller's */
    bool unchecked; /* whoever folders belong to: for looking only */
    size_t most;
    size_t n, oldest;
    char *missing; /* the path that was looked for last, and of which only */
    size_t there;  /* so many bytes are there; or NULL */
    struct rua_place places[RUA_PLACES_MOST];
};

void rua_places_init(struct rua_places *places, int root);
void rua_places_done(struct rua_places *places);

/* The folder at `path` below the store: *ret_place is NULL when it is missing,
 * and may be used until the next call. RUA_LATER for what is no folder, belongs
 * to another user, or can be written to by others, and so for what is on the
 * way to it. */
enum rua_verdict rua_place_find(struct rua_places *places, const char *path,
                                struct rua_place **ret_place,
                                struct rua_err *err);

/* The same, and it is made when it is missing: without a sync, since what needs
 * it is in the journal. */
enum rua_verdict rua_place_make(struct rua_places *places, const char *path,
                                struct rua_place **ret_place,
                                struct rua_err *err);

/* The same for the folder that a file is in; *ret_name is the file's name
 * there, a part of `path`. */
enum rua_verdict rua_place_of(struct rua_places *places, const char *path,
                              struct rua_place **ret_place,
                              const char **ret_name, struct rua_err *err);

#endif
