/* rebuild.h - the tables of a store made again from its archive, or from what
 * `ruamill ship` brought of it to a bucket. */
#ifndef RUAMILL_REBUILD_H
#define RUAMILL_REBUILD_H

#include "findings.h"
#include "gaps.h"
#include "reread.h"
#include "store.h"
#include "view.h"

struct rebuild {
    bool compare;
    const char *to;   /* the RUA of reports without a row */
    const char *from; /* the target whose bucket is read; NULL: the archive */
    int argc;         /* the command line */
    char **argv;

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
    uint64_t pruned;  /* of the table's reports */
    struct gaps gaps; /* rows of those that are gone */
    bool *used;       /* which files of the archive were */
};

/* The command `rebuild`; `from_bucket` is called when it is to read a bucket,
 * and returns the exit status. */
typedef int rebuild_bucket(struct rebuild *rebuild, const struct conf *conf,
                           const char *folder);
int rebuild_main(int argc, char **argv, rebuild_bucket *from_bucket);

/* What a rebuild begins and ends with. `limits` are held against the rows of
 * each report; NULL: none, it is all there already. RUA_REFUSED when the folder
 * cannot be taken. */
enum rua_verdict rebuild_begin(struct rebuild *rebuild, const char *folder,
                               const struct rua_limits *limits,
                               struct rua_err *err);
enum rua_verdict rebuild_commit(struct rebuild *rebuild, struct rua_err *err);
void rebuild_say(struct rebuild *rebuild);
void rebuild_end(struct rebuild *rebuild);

/* Reads the reports of a domain into the new store, and compares. */
enum rua_verdict rebuild_domain(struct rebuild *rebuild, const char *name,
                                struct rua_err *err);

/* reread_watch.take; ctx is the struct. */
enum rua_verdict rebuild_take(void *rebuild, struct reread_done *done,
                              struct rua_err *err);

/* Holds the records tables of a domain against those that were made again, byte
 * for byte, without the rows of reports that are gone. Tables that follow each
 * other, as logrotate or a change of columns leaves them, are taken as one. */
enum rua_verdict rebuild_compare(const struct view *present,
                                 const struct view_domain *domain,
                                 const struct view *made,
                                 const struct gaps *gaps,
                                 struct findings *findings,
                                 struct rua_err *err);

#endif
