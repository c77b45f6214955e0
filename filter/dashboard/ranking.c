#include "ranking.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clip.h"
#include "figure.h"

void
ranking_sum(struct ranking_sums *a, const struct ranking_sums *b)
{
    a->messages = figure_add(a->messages, b->messages);
    a->passed = figure_add(a->passed, b->passed);
    a->failed = figure_add(a->failed, b->failed);
    for (int i = 0; i < OUTCOMES; i++) {
        a->spf[i] = figure_add(a->spf[i], b->spf[i]);
        a->dkim[i] = figure_add(a->dkim[i], b->dkim[i]);
    }
    for (int i = 0; i < RANKING_ACTS; i++)
        a->acts[i] = figure_add(a->acts[i], b->acts[i]);
    a->reports = figure_add(a->reports, b->reports);
}

uint64_t
ranking_acted(const struct ranking_sums *sums)
{
    uint64_t n = 0;

    for (int i = 0; i < RANKING_ACTS; i++)
        n += sums->acts[i]; /* FIGURE_MOST keeps this in range */
    return n;
}

/* ---- the hash table ---- */

/* FNV-1a */
static uint64_t
hash_of(const struct ranking *ranking, struct rua_span key)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ ranking->seed;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

/* The slot of a key, or the empty one where it would go. */
static uint32_t *
find(const struct ranking *ranking, struct rua_span key, uint64_t hash)
{
    for (size_t i = hash & ranking->slot_mask;;
         i = (i + 1) & ranking->slot_mask) {
        uint32_t *slot = &ranking->slots[i];
        const struct ranking_entry *entry;
        if (*slot == 0)
            return slot;
        entry = &ranking->entries[*slot - 1];
        if (entry->hash == hash && strlen(entry->key) == key.len &&
            memcmp(entry->key, key.data, key.len) == 0)
            return slot;
    }
}

static void
index_entries(struct ranking *ranking, size_t slots)
{
    free(ranking->slots);
    ranking->slots = rua_alloc(slots * sizeof(*ranking->slots));
    memset(ranking->slots, 0, slots * sizeof(*ranking->slots));
    ranking->slot_mask = slots - 1;
    for (size_t i = 0; i < ranking->n; i++) {
        const struct ranking_entry *entry = &ranking->entries[i];
        *find(ranking, rua_span_text(entry->key), entry->hash) =
            (uint32_t)(i + 1);
    }
}

/* ---- order ---- */

static int
compare(const struct ranking_entry *a, const struct ranking_entry *b,
        bool by_failed)
{
    const uint64_t x[] = {by_failed ? a->sums.failed : a->sums.messages,
                          by_failed ? a->sums.messages : a->sums.failed,
                          a->sums.reports};
    const uint64_t y[] = {by_failed ? b->sums.failed : b->sums.messages,
                          by_failed ? b->sums.messages : b->sums.failed,
                          b->sums.reports};

    for (size_t i = 0; i < sizeof(x) / sizeof(*x); i++)
        if (x[i] != y[i])
            return x[i] > y[i] ? -1 : 1;
    return strcmp(a->key, b->key);
}

static int
by_failed_first(const void *a, const void *b)
{
    return compare(a, b, true);
}

static int
by_messages_first(const void *a, const void *b)
{
    return compare(a, b, false);
}

void
ranking_cut(struct ranking *ranking, size_t n, bool by_failed)
{
    if (ranking->n)
        qsort(ranking->entries, ranking->n, sizeof(*ranking->entries),
              by_failed ? by_failed_first : by_messages_first);
    while (ranking->n > n) {
        struct ranking_entry *last = &ranking->entries[--ranking->n];
        ranking_sum(&ranking->rest, &last->sums);
        ranking->rest_n++;
        free(last->key);
    }
    free(ranking->slots);
    ranking->slots = NULL;
}

/* ---- sums ---- */

static void
make_room(struct ranking *ranking)
{
    if (ranking->n == RANKING_MOST) {
        ranking_cut(ranking, RANKING_MOST / 2, false);
        index_entries(ranking, (size_t)RANKING_MOST * 2);
    }
    if (ranking->n == ranking->room) {
        ranking->room = ranking->room ? ranking->room * 2 : 16;
        ranking->entries = rua_realloc(
            ranking->entries, ranking->room * sizeof(*ranking->entries));
        if (ranking->n == 0)
            ranking->seed = (uintptr_t)ranking->entries >> 4;
        index_entries(ranking, ranking->room * 2);
    }
}

static void
set_note(struct ranking_entry *entry, struct rua_span note)
{
    char text[RANKING_NOTE];

    if (note.len == 0)
        return;
    clip_text(note, text, sizeof(text));
    if (entry->note[0] == '\0')
        memcpy(entry->note, text, sizeof(text));
    else if (strcmp(entry->note, text) != 0)
        entry->several = true;
}

static struct ranking_entry *
entry_of(struct ranking *ranking, struct rua_span key)
{
    uint64_t hash = hash_of(ranking, key);
    uint32_t *slot = ranking->slots ? find(ranking, key, hash) : NULL;
    struct ranking_entry *entry;

    if (slot && *slot)
        return &ranking->entries[*slot - 1];
    make_room(ranking);
    entry = &ranking->entries[ranking->n++];
    hash = hash_of(ranking, key); /* now there is a seed */
    *entry = (struct ranking_entry){.hash = hash};
    entry->key = rua_alloc(key.len + 1);
    if (key.len)
        memcpy(entry->key, key.data, key.len);
    entry->key[key.len] = '\0';
    *find(ranking, key, hash) = (uint32_t)ranking->n;
    return entry;
}

void
ranking_add(struct ranking *ranking, struct rua_span key,
            const struct ranking_sums *sums, struct rua_span note)
{
    const unsigned char *nul;
    struct ranking_entry *entry;

    key = clip(key, RANKING_KEY - 1);
    if (key.len && (nul = memchr(key.data, '\0', key.len)))
        key.len = (size_t)(nul - key.data);
    entry = entry_of(ranking, key);
    ranking_sum(&entry->sums, sums);
    set_note(entry, note);
}

void
ranking_merge(struct ranking *ranking, const struct ranking *other)
{
    for (size_t i = 0; i < other->n; i++) {
        const struct ranking_entry *entry = &other->entries[i];
        ranking_add(ranking, rua_span_text(entry->key), &entry->sums,
                    rua_span_text(entry->note));
        if (entry->several)
            entry_of(ranking, rua_span_text(entry->key))->several = true;
    }
    ranking_sum(&ranking->rest, &other->rest);
    ranking->rest_n += other->rest_n;
}

void
ranking_done(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->n; i++)
        free(ranking->entries[i].key);
    free(ranking->entries);
    free(ranking->slots);
    *ranking = (struct ranking){0};
}
