#include "index.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
    FIRST = 64
};

void
rua_index_done(struct rua_index *index)
{
    free(index->slots);
    *index = (struct rua_index){0};
}

/* FNV-1a. Who makes up names to be slow here has no more than a batch. */
static uint32_t
hash_of(const char *name)
{
    uint32_t hash = 2166136261U;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash ^ (hash >> 15);
}

/* The slot of a name, or the free one where it would be. */
static struct rua_index_slot *
slot_of(const struct rua_index *index, const char *name, uint32_t hash)
{
    for (size_t i = hash;; i++) {
        struct rua_index_slot *slot = &index->slots[i & (index->room - 1)];
        if (!slot->name ||
            (slot->hash == hash && strcmp(slot->name, name) == 0))
            return slot;
    }
}

bool
rua_index_find(const struct rua_index *index, const char *name,
               size_t *ret_number)
{
    const struct rua_index_slot *slot;

    if (!index->n)
        return false;
    slot = slot_of(index, name, hash_of(name));
    *ret_number = slot->number;
    return slot->name != NULL;
}

static void
grow(struct rua_index *index)
{
    struct rua_index old = *index;
    size_t room = old.room ? old.room * 2 : FIRST;

    index->room = room;
    index->slots = rua_alloc(room * sizeof(*index->slots));
    memset(index->slots, 0, room * sizeof(*index->slots));
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].name)
            *slot_of(index, old.slots[i].name, old.slots[i].hash) =
                old.slots[i];
    free(old.slots);
}

void
rua_index_add(struct rua_index *index, const char *name, size_t number)
{
    uint32_t hash = hash_of(name);

    if (2 * (index->n + 1) > index->room)
        grow(index);
    *slot_of(index, name, hash) = (struct rua_index_slot){name, hash, number};
    index->n++;
}

/* Those that were added before it may stand in its way, and none behind it. */
void
rua_index_drop(struct rua_index *index, const char *name)
{
    slot_of(index, name, hash_of(name))->name = NULL;
    index->n--;
}
