/* review.h - what the tables say of a policy domain in a stretch of time, or of
 * all of them: sums, sums for each day, and who sent and reported most. */
#ifndef RUAMILL_REVIEW_H
#define RUAMILL_REVIEW_H

#include "calendar.h"
#include "outcome.h"
#include "ranking.h"
#include "survey.h"

enum review_series {
    REVIEW_PASSED,
    REVIEW_FAILED,
    REVIEW_UNCLEAR, /* the report does not say whether DMARC passed */
    REVIEW_SERIES
};

enum {
    REVIEW_COLUMNS = 13, /* that are wanted of the records */
    REVIEW_WORD = 32     /* bytes of a word of the policy, and its NUL */
};

/* Their names. */
extern const char *const review_columns[REVIEW_COLUMNS];

/* The policy, as the latest report saw it. "" is what it did not say. */
struct review_policy {
    int64_t seen; /* when: the begin of the report; 0: never */
    char p[REVIEW_WORD], sp[REVIEW_WORD], pct[REVIEW_WORD],
        testing[REVIEW_WORD];
};

struct review {
    char *name;                       /* the policy domain; "" for all */
    const struct calendar *calendar;  /* borrowed */
    uint64_t *series[REVIEW_SERIES];  /* of calendar->n */
    struct ranking_sums sums;         /* of everything in that time */
    uint64_t without[REVIEW_COLUMNS]; /* tables that lack that column */
    uint64_t uncounted;     /* rows in this time of tables that lack `count` */
    uint64_t undated;       /* messages whose time is not known: they
                               are in none of the sums */
    struct ranking sources; /* by address */
    struct ranking failing; /* by a key of review_key() */
    struct ranking reporters;            /* by org_name */
    uint64_t meanings[OUTCOME_MEANINGS]; /* failing messages */
    uint64_t senders; /* of sources, how many have failing messages; known
                         after review_cut() */
    struct review_policy policy;
};

struct review *review_new(const char *name, const struct calendar *calendar);
void review_free(struct review *review);

/* Reads the tables of the domain that is looked at (survey_look()). */
enum rua_verdict review_read(struct review *review, struct survey *survey,
                             struct rua_err *err);

/* Adds all of a domain; before review_cut(). */
void review_merge(struct review *all, const struct review *domain);

/* Keeps `n` of each kind. */
void review_cut(struct review *review, size_t n);

/* A group of failing messages. */
struct review_group {
    struct rua_span source;
    struct outcome spf, dkim;
    enum outcome_meaning meaning;
};

/* The key of a group; and the group of a key, which borrows from it. */
struct rua_span review_key(const struct review_group *group,
                           char text[RANKING_KEY]);
struct review_group review_group_of(const char *key);

#endif
