/* names.h - the different names of the elements and attributes of a document.
 *
 * Expat keeps every name that it has met until it begins anew: here they are
 * counted, so that names that are made up cannot fill the memory. */
#ifndef RUA_NAMES_H
#define RUA_NAMES_H

#include <stdint.h>

#include "buf.h"

struct rua_names {
    struct rua_buf text; /* each name once, with its NUL */
    struct rua_names_slot *slots;
    size_t n, mask; /* names, and slots less one */
    uint32_t seed;  /* of their hashes: unknown to who makes names up */
};

/* `max` is their bytes, a NUL behind each counted. */
void rua_names_init(struct rua_names *names, size_t max);
void rua_names_done(struct rua_names *names);

/* Forgets the last document. */
void rua_names_begin(struct rua_names *names);

/* Counts a name that is new; false when that is too much. */
bool rua_names_add(struct rua_names *names, const char *name);

#endif
