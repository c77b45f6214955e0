/* rebuild.h - the tables of a store made again from its archive. */
#ifndef RUAMILL_REBUILD_H
#define RUAMILL_REBUILD_H

#include "findings.h"
#include "reread.h"
#include "store.h"
#include "view.h"

struct rebuild {
    bool compare;
    const char *to; /* the RUA of reports without a row */

    const struct conf *conf;
    struct view view, made;
    struct findings findings;
    struct rua_scratch scratch;
    struct rua_entry_maker *maker;
    struct rua_store *store;
    struct reread *reread;
    uint64_t reports, records;

    struct rua_entry entries[REREAD_AHEAD]; /* the batch */
    size_t n;
    uint64_t bytes;

    /* the domain that is being read */
    struct view_domain *domain;
    const struct view_table *table;
    uint64_t pruned; /* of the table's reports */
    bool *used;      /* which files of the archive were */
};

/* Reads the reports of a domain into the new store, and compares. */
enum rua_verdict rebuild_domain(struct rebuild *rebuild, const char *name,
                                struct rua_err *err);

/* reread_watch.take; ctx is the struct. */
enum rua_verdict rebuild_take(void *rebuild, struct reread_done *done,
                              struct rua_err *err);

/* Holds the records tables of a domain against those that were made again, byte
 * for byte. Tables that follow each other, as logrotate or a change of columns
 * leaves them, are taken as one. */
enum rua_verdict rebuild_compare(const struct view *present,
                                 const struct view_domain *domain,
                                 const struct view *made,
                                 struct findings *findings,
                                 struct rua_err *err);

#endif
