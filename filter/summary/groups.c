#include "groups.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    FIRST_ROOM = 64
};

/* Strangers choose the values: the seed keeps them from choosing where these
 * go. */
void
groups_init(struct groups *groups, size_t most)
{
    *groups = (struct groups){.most = most, .room = FIRST_ROOM};
    if (getrandom(&groups->seed, sizeof(groups->seed), GRND_NONBLOCK) < 0)
        groups->seed = (uint64_t)(uintptr_t)groups;
    groups->slots = rua_alloc(groups->room * sizeof(*groups->slots));
    memset(groups->slots, 0, groups->room * sizeof(*groups->slots));
    groups->others = rua_alloc(sizeof(struct group) + 1);
    memset(groups->others, 0, sizeof(struct group) + 1);
}

void
groups_done(struct groups *groups)
{
    for (size_t i = 0; i < groups->room; i++)
        free(groups->slots[i]);
    free(groups->slots);
    free(groups->others);
    *groups = (struct groups){0};
}

static uint64_t
mix(uint64_t a)
{
    a ^= a >> 32;
    a *= 0xd6e8feb86659fd93;
    a ^= a >> 29;
    a *= 0xa0761d6478bd642f;
    return a ^ a >> 32;
}

static uint64_t
hash_of(const struct groups *groups, struct rua_span key)
{
    uint64_t hash = groups->seed ^ key.len, piece;

    for (; key.len >= 8; key.data += 8, key.len -= 8) {
        memcpy(&piece, key.data, 8);
        hash = mix(hash ^ piece);
    }
    piece = 0;
    if (key.len)
        memcpy(&piece, key.data, key.len);
    return mix(hash ^ piece);
}

/* Where the key is, or would be. */
static size_t
find(const struct groups *groups, uint64_t hash, struct rua_span key)
{
    size_t mask = groups->room - 1, at = hash & mask;

    for (;; at = (at + 1) & mask) {
        const struct group *group = groups->slots[at];
        if (!group || (group->hash == hash && group->len == key.len &&
                       (!key.len || !memcmp(group->key, key.data, key.len))))
            return at;
    }
}

/* Takes the groups into a table of that size. */
static void
move(struct groups *groups, struct group *const *from, size_t n, size_t room)
{
    struct group **slots = rua_alloc(room * sizeof(*slots));

    memset(slots, 0, room * sizeof(*slots));
    for (size_t i = 0; i < n; i++) {
        size_t at;
        if (!from[i])
            continue;
        for (at = from[i]->hash & (room - 1); slots[at];
             at = (at + 1) & (room - 1))
            ;
        slots[at] = from[i];
    }
    free(groups->slots);
    groups->slots = slots;
    groups->room = room;
}

static void
add(uint64_t *sum, uint64_t more)
{
    *sum = more > INT64_MAX - *sum ? INT64_MAX : *sum + more;
}

void
tally_add(struct tally *sum, const struct tally *more)
{
    add(&sum->rows, more->rows);
    add(&sum->messages, more->messages);
    add(&sum->pass, more->pass);
    add(&sum->fail, more->fail);
    add(&sum->spf, more->spf);
    add(&sum->dkim, more->dkim);
    add(&sum->spf_pass, more->spf_pass);
    add(&sum->dkim_pass, more->dkim_pass);
    add(&sum->spf_none, more->spf_none);
    add(&sum->dkim_none, more->dkim_none);
    add(&sum->spf_known, more->spf_known);
    add(&sum->dkim_known, more->dkim_known);
    add(&sum->spf_said, more->spf_said);
    add(&sum->dkim_said, more->dkim_said);
    for (size_t i = 0; i < SURVEY_POLICIES; i++)
        add(&sum->policy[i], more->policy[i]);
}

static void
merge(struct group *others, const struct group *group)
{
    tally_add(&others->now, &group->now);
    tally_add(&others->before, &group->before);
    add(&others->reports, group->reports);
    add(&others->reports_before, group->reports_before);
    for (size_t i = 0; i < GROUPS_SLOTS; i++)
        others->line[i] += group->line[i];
}

static uint64_t
weight(const struct group *group)
{
    return group->now.messages + group->before.messages;
}

static int
by_weight(const void *a, const void *b)
{
    const struct group *one = *(struct group *const *)a,
                       *other = *(struct group *const *)b;
    int order = (weight(one) < weight(other)) - (weight(one) > weight(other));

    return order ? order : groups_by_key(a, b);
}

static void
forget(struct groups *groups)
{
    struct group **all = groups_sort(groups, by_weight);
    size_t kept = groups->n / 2;

    for (size_t i = kept; i < groups->n; i++) {
        merge(groups->others, all[i]);
        free(all[i]);
    }
    groups->forgotten += groups->n - kept;
    groups->n = kept;
    move(groups, all, kept, groups->room);
    free(all);
}

struct group *
groups_get(struct groups *groups, struct rua_span key)
{
    struct group *group;
    uint64_t hash;
    size_t at;

    if (key.len > GROUPS_KEY)
        key.len = GROUPS_KEY;
    hash = hash_of(groups, key);
    at = find(groups, hash, key);
    if (groups->slots[at])
        return groups->slots[at];
    if (groups->n == groups->most)
        forget(groups);
    if (groups->n * 2 >= groups->room)
        move(groups, groups->slots, groups->room, groups->room * 2);
    group = rua_alloc(sizeof(*group) + key.len + 1);
    memset(group, 0, sizeof(*group) + key.len + 1);
    group->hash = hash;
    group->len = key.len;
    if (key.len)
        memcpy(group->key, key.data, key.len);
    groups->slots[find(groups, hash, key)] = group;
    groups->n++;
    return group;
}

void
group_add(struct group *group, const struct sighting *sighting)
{
    if (sighting->before) {
        tally_add(&group->before, &sighting->tally);
        return;
    }
    tally_add(&group->now, &sighting->tally);
    group->line[sighting->slot] += (double)sighting->tally.messages;
    if (!group->first || sighting->when < group->first)
        group->first = sighting->when;
    if (sighting->when >= group->last) {
        group->last = sighting->when;
        group->published = sighting->published;
    }
    if (!group->domain)
        group->domain = sighting->domain;
    group->domains = group->domains || group->domain != sighting->domain;
}

struct group **
groups_sort(const struct groups *groups,
            int (*compare)(const void *, const void *))
{
    struct group **all = rua_alloc((groups->n + 1) * sizeof(*all));
    size_t n = 0;

    for (size_t i = 0; i < groups->room; i++)
        if (groups->slots[i])
            all[n++] = groups->slots[i];
    qsort(all, n, sizeof(*all), compare);
    return all;
}

/* ---- orders ---- */

int
groups_by_key(const void *a, const void *b)
{
    const struct group *one = *(struct group *const *)a,
                       *other = *(struct group *const *)b;
    size_t least = one->len < other->len ? one->len : other->len;
    int order = memcmp(one->key, other->key, least);

    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static int
larger_first(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

int
groups_by_messages(const void *a, const void *b)
{
    const struct group *one = *(struct group *const *)a,
                       *other = *(struct group *const *)b;
    int order = larger_first(one->now.messages, other->now.messages);

    if (!order)
        order = larger_first(one->before.messages, other->before.messages);
    return order ? order : groups_by_key(a, b);
}

int
groups_by_failing(const void *a, const void *b)
{
    const struct group *one = *(struct group *const *)a,
                       *other = *(struct group *const *)b;
    int order = larger_first(one->now.fail, other->now.fail);

    return order ? order : groups_by_messages(a, b);
}
