/* index.h - numbers by their names, while a batch lasts. */
#ifndef RUA_INDEX_H
#define RUA_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rua_index_slot {
    const char *name; /* NULL: free */
    uint32_t hash;
    size_t number;
};

/* {0} is a valid empty index. */
struct rua_index {
    struct rua_index_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t n;
};

void rua_index_done(struct rua_index *index);

bool rua_index_find(const struct rua_index *index, const char *name,
                    size_t *ret_number);

/* `name` is not there yet, and is borrowed. */
void rua_index_add(struct rua_index *index, const char *name, size_t number);

/* Takes back what was added last. */
void rua_index_drop(struct rua_index *index, const char *name);

#endif
