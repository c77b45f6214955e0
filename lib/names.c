#include "names.h"

#include <stdlib.h>

enum {
    SLOTS = 64 /* at first; at most half of them are taken */
};

struct rua_names_slot {
    uint32_t hash;
    uint32_t at; /* where the name begins in the text, and 1; 0: free */
};

static void
make_slots(struct rua_names *names, size_t n)
{
    names->slots = rua_alloc(n * sizeof(*names->slots));
    memset(names->slots, 0, n * sizeof(*names->slots));
    names->mask = n - 1;
}

void
rua_names_init(struct rua_names *names, size_t max)
{
    *names = (struct rua_names){0};
    rua_buf_init(&names->text, max < UINT32_MAX ? max : UINT32_MAX - 1);
    make_slots(names, SLOTS);
    names->seed = (uint32_t)((uintptr_t)names->slots >> 4);
}

void
rua_names_done(struct rua_names *names)
{
    rua_buf_done(&names->text);
    free(names->slots);
    *names = (struct rua_names){0};
}

void
rua_names_begin(struct rua_names *names)
{
    if (!names->n)
        return;
    rua_buf_reset(&names->text);
    free(names->slots);
    make_slots(names, SLOTS);
    names->n = 0;
}

/* FNV-1a, begun with a number that is another one in each run. */
static uint32_t
hash_of(const struct rua_names *names, const char *name)
{
    uint32_t hash = 2166136261U ^ names->seed;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash ^ (hash >> 15);
}

/* The slot that has the name, or the free one where it belongs. */
static struct rua_names_slot *
find(const struct rua_names *names, const char *name, uint32_t hash)
{
    for (size_t i = hash & names->mask;; i = (i + 1) & names->mask) {
        struct rua_names_slot *slot = &names->slots[i];
        if (!slot->at ||
            (slot->hash == hash &&
             strcmp((char *)names->text.data + slot->at - 1, name) == 0))
            return slot;
    }
}

static void
grow(struct rua_names *names)
{
    struct rua_names_slot *old = names->slots;
    size_t size = names->mask + 1;

    make_slots(names, 2 * size);
    for (size_t i = 0; i < size; i++)
        if (old[i].at)
            *find(names, (char *)names->text.data + old[i].at - 1,
                  old[i].hash) = old[i];
    free(old);
}

bool
rua_names_add(struct rua_names *names, const char *name)
{
    uint32_t hash = hash_of(names, name);
    struct rua_names_slot *slot = find(names, name, hash);
    size_t at = names->text.len;

    if (slot->at)
        return true;
    if (!rua_buf_add(&names->text, name, strlen(name) + 1))
        return false;
    *slot = (struct rua_names_slot){hash, (uint32_t)at + 1};
    if (++names->n > names->mask / 2)
        grow(names);
    return true;
}
