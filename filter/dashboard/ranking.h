/* ranking.h - sums for each of many keys, of which the largest are wanted.
 *
 * Memory is bounded: past RANKING_MOST keys the smaller half is added together
 * into `rest`, and begins anew if it comes again. So all sums together are
 * exact, and so is each key's unless there are more keys than that. */
#ifndef RUAMILL_RANKING_H
#define RUAMILL_RANKING_H

#include <stdint.h>

#include "outcome.h"

enum {
    RANKING_MOST = 1 << 15,
    RANKING_KEY = 512, /* bytes of a key; what is longer is cut */
    RANKING_NOTE = 80  /* likewise, and its NUL */
};

/* What a receiver did with a message. */
enum ranking_act {
    ACT_LET_THROUGH,
    ACT_QUARANTINED,
    ACT_REJECTED,
    ACT_UNSAID, /* another word, or nothing */
    RANKING_ACTS
};

struct ranking_sums {
    uint64_t messages, passed, failed;      /* DMARC; the rest says neither */
    uint64_t spf[OUTCOMES], dkim[OUTCOMES]; /* messages, by what it came to */
    uint64_t acts[RANKING_ACTS];
    uint64_t reports;
};

struct ranking_entry {
    char *key; /* NUL-terminated */
    uint64_t hash;
    struct ranking_sums sums;
    char note[RANKING_NOTE]; /* the first one given; */
    bool several;            /* and there were others */
};

/* {0} is a valid empty ranking. */
struct ranking {
    struct ranking_entry *entries;
    size_t n, room;
    uint32_t *slots; /* hash table of entry numbers from 1 */
    size_t slot_mask;
    uint64_t seed;            /* so that nobody can prepare keys that collide */
    struct ranking_sums rest; /* what was dropped, */
    uint64_t rest_n;          /* and how many entries that were */
};

void ranking_add(struct ranking *ranking, struct rua_span key,
                 const struct ranking_sums *sums, struct rua_span note);

/* Adds all of another one. */
void ranking_merge(struct ranking *ranking, const struct ranking *other);

/* Puts the largest first, by messages failed and then by messages or the other
 * way round, and by key where these are the same; and keeps n of them. Nothing
 * may be added after it. */
void ranking_cut(struct ranking *ranking, size_t n, bool by_failed);

void ranking_done(struct ranking *ranking);

/* Messages, by what was done with them: more than a sum that stopped. */
uint64_t ranking_acted(const struct ranking_sums *sums);

/* a += b */
void ranking_sum(struct ranking_sums *a, const struct ranking_sums *b);

#endif
