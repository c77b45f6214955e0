/* groups.h - messages, counted for each value of something: a source, a
 * reporter, a day.
 *
 * Bounded: of more than `most` values, those with the fewest messages are added
 * to `others` and forgotten, half of them at a time. A value that comes back
 * after that is counted from there on: its own figures are too small then, and
 * all figures together stay exact. */
#ifndef RUAMILL_GROUPS_H
#define RUAMILL_GROUPS_H

#include "survey.h"

enum {
    GROUPS_SLOTS = 31, /* of a line of how it went */
    GROUPS_KEY = 250   /* bytes of a value that count; the rest is cut */
};

/* Messages; a sum stays at 2^63 - 1. */
struct tally {
    uint64_t rows, messages;
    uint64_t pass, fail; /* of DMARC; those without a result are neither */
    uint64_t spf, dkim;  /* that passed, aligned with the From */
    uint64_t spf_pass, dkim_pass;     /* that passed, aligned or not */
    uint64_t spf_none, dkim_none;     /* without a result */
    uint64_t spf_known, dkim_known;   /* it is known whether that is aligned; */
    uint64_t spf_said, dkim_said;     /* and what the results are */
    uint64_t policy[SURVEY_POLICIES]; /* what was done to them */
};

/* One row, as counted. */
struct sighting {
    struct tally tally;           /* of the row */
    bool before;                  /* it is of the period before */
    unsigned slot;                /* of the line, below GROUPS_SLOTS */
    int64_t when;                 /* the begin of the report's period */
    const char *domain;           /* the policy domain; borrowed for good */
    enum survey_policy published; /* its policy */
};

struct group {
    struct tally now, before;
    uint64_t reports, reports_before;
    int64_t first, last; /* begin of the first and last period seen */
    const char *domain;  /* the first policy domain that it was seen with, */
    bool domains;        /* and whether there are more */
    enum survey_policy published; /* the policy that was seen last */
    double line[GROUPS_SLOTS];    /* messages over time */
    uint64_t hash;
    size_t len;
    char key[]; /* ends with a NUL, which may stand in it, too */
};

struct groups {
    struct group **slots; /* open addressing */
    size_t n, room, most;
    uint64_t seed;
    struct group *others; /* key "" */
    uint64_t forgotten;   /* how often a group became part of `others` */
};

/* `most` is at least 2. */
void groups_init(struct groups *groups, size_t most);
void groups_done(struct groups *groups);

/* The group of a value, which is made if it is new. Valid until the next call.
 */
struct group *groups_get(struct groups *groups, struct rua_span key);

void group_add(struct group *group, const struct sighting *sighting);
void tally_add(struct tally *sum, const struct tally *more);

/* All groups but others, in order; freed with free(), while the groups are
 * groups' own. */
struct group **groups_sort(const struct groups *groups,
                           int (*compare)(const void *, const void *));

/* Orders, for groups_sort(): ties by key. */
int groups_by_messages(const void *a, const void *b);
int groups_by_failing(const void *a, const void *b); /* then by messages */
int groups_by_key(const void *a, const void *b);

#endif
