#include "ids.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
    FIRST_ROOM = 1024
};

struct ids_one {
    uint64_t id, key; /* hashes; id is not 0 */
};

/* FNV-1a, 64 bits, gone on with */
static uint64_t
hash(uint64_t from, struct rua_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        from = (from ^ bytes.data[i]) * 0x100000001b3;
    return (from ^ bytes.len) * 0x100000001b3;
}

static struct ids_one *
find(const struct ids *ids, uint64_t id)
{
    size_t at = (id ^ id >> 29) & (ids->room - 1);

    while (ids->slots[at].id && ids->slots[at].id != id)
        at = (at + 1) & (ids->room - 1);
    return &ids->slots[at];
}

static void
grow(struct ids *ids)
{
    struct ids old = *ids;

    ids->room = old.room ? old.room * 2 : FIRST_ROOM;
    ids->slots = rua_alloc(ids->room * sizeof(*ids->slots));
    memset(ids->slots, 0, ids->room * sizeof(*ids->slots));
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].id)
            *find(ids, old.slots[i].id) = old.slots[i];
    free(old.slots);
}

void
ids_add(struct ids *ids, struct rua_span org, struct rua_span id,
        struct rua_span key)
{
    struct ids_one one = {.id = hash(hash(0xcbf29ce484222325, org), id) | 1,
                          .key = hash(0xcbf29ce484222325, key)};
    struct ids_one *there;

    if (!id.len || !key.len)
        return;
    if (ids->n == IDS_MOST) {
        ids->passed++;
        return;
    }
    if (ids->n * 3 >= ids->room * 2)
        grow(ids);
    there = find(ids, one.id);
    if (!there->id) {
        *there = one;
        ids->n++;
    } else if (there->key == one.key) {
        ids->twice++;
    } else {
        ids->shared++;
    }
}

void
ids_clear(struct ids *ids)
{
    free(ids->slots);
    ids->slots = NULL;
    ids->n = ids->room = 0;
}

void
ids_done(struct ids *ids)
{
    ids_clear(ids);
}
