/* summary.h - the tables of a store, counted: for `ruamill summary`, and for
 * whoever shows the same in another form. */
#ifndef RUAMILL_SUMMARY_H
#define RUAMILL_SUMMARY_H

#include "groups.h"
#include "ids.h"
#include "origin.h"
#include "period.h"

/* What messages are counted by. */
enum by {
    BY_DOMAIN,
    BY_SOURCE,
    BY_ORG,
    BY_DAY,
    BY_MONTH,
    BY_FROM,
    BY_DISPOSITION,
    BY_COUNTRY,
    BY_ASN,
    BY_SENDER,
    BY_COUNT
};

struct by_form {
    const char *name;  /* of --by, and of the field in CSV and JSON */
    const char *title; /* of the column */
    const char *many;  /* "sources" */
    bool origins;      /* it needs geoip */
    int (*compare)(const void *, const void *);
};

extern const struct by_form summary_by[BY_COUNT];

/* Sentences for the end, of which the first are kept. */
enum {
    SUMMARY_SAID = 50
};

struct summary {
    /* Set by the caller: */
    const char *store;
    bool guard;
    struct period period;
    const char *const *wanted; /* policy domains, or ".example.com" with those
                                  below; n_wanted of them, 0: all */
    size_t n_wanted;
    struct origins *origins; /* NULL: nothing is known of addresses */

    /* What is counted: */
    struct period before; /* the same length before; both 0: none */
    bool by[BY_COUNT];    /* set by the caller */
    struct groups groups[BY_COUNT];
    struct group *all;
    int64_t slot;                 /* seconds of a part of the line; of the
                                     first one perhaps fewer */
    unsigned slots;               /* and how many there are */
    double failing[GROUPS_SLOTS]; /* as all->line */
    struct view_names domains;
    uint64_t n_domains;    /* that had messages in the period */
    uint64_t undated_rows; /* left out: they have no date */
    uint64_t undated_messages;
    uint64_t pending; /* reports in the journal, left out */
    struct ids ids;
    uint64_t broken;        /* lines and tables that cannot be read */
    struct view_names said; /* sentences: the first SUMMARY_SAID */
    uint64_t unsaid;        /* and how many more there were */
    const char *domain;     /* that is being read */
};

/* Counts. RUA_NOT_REPORT, with a sentence, when there is no store or a wanted
 * domain is not in it; RUA_LATER when the store cannot be read. */
enum rua_verdict summary_count(struct summary *summary, struct rua_err *err);
void summary_done(struct summary *summary);

/* A sentence for the end. */
void summary_say(struct summary *summary, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
