/* verify.h - a store held against itself, and against its archive. */
#ifndef RUAMILL_VERIFY_H
#define RUAMILL_VERIFY_H

#include "conf.h"
#include "findings.h"
#include "makers.h"
#include "view.h"

struct verify {
    const struct conf *conf;
    struct view view;
    struct findings findings;
    uint64_t tables, reports, records;
    struct rua_scratch scratch;
    struct makers makers;
};

#define VERIFY_KEY 32

/* A report, by its row in a reports table. */
struct verify_report {
    unsigned char key[VERIFY_KEY];
    uint64_t path; /* of its archive file: a hash */
    uint64_t records, messages;
    uint64_t line;  /* of its row */
    unsigned table; /* which that is in: of the domain's tables */

    /* its rows */
    unsigned rows_table;
    bool spoilt;                /* something has been said of them */
    uint64_t last;              /* the number of the last one, */
    uint64_t seen, sum;         /* how many there are, and their messages */
    uint64_t first, begin, end; /* line; bytes */
};

/* A table of records. */
struct verify_sheet {
    const char *columns; /* as of makers.h; NULL: not known */
    bool keyed;          /* each row has the key of its report */
    size_t key, record, count;
};

struct verify_domain {
    struct verify *verify;
    struct view_domain view;
    struct verify_report *reports; /* n of them, by key */
    size_t n, room;
    struct verify_sheet *sheets; /* one for each table */
    uint64_t keyless;            /* rows of tables without keys */
};

/* view_look(), and counts the tables. What cannot be looked at is a problem:
 * RUA_NOT_REPORT. */
enum rua_verdict verify_look(struct verify *verify, const char *name,
                             struct view_domain *ret_domain,
                             struct rua_err *err);

/* Notes what is nothing of ours. */
void verify_foreign(const struct view_domain *domain);

/* Everything in the folder of a policy domain. Verdicts are RUA_OK or, when
 * nothing can be found out, RUA_LATER. */
enum rua_verdict verify_domain(struct verify *verify, const char *name,
                               struct rua_err *err);

/* NULL when there is none with the key. */
struct verify_report *verify_find(const struct verify_domain *domain,
                                  const char *key);
uint64_t verify_hash(const char *path);

/* The rows of the records tables; of reports that are there. */
enum rua_verdict verify_records(struct verify_domain *domain,
                                struct rua_err *err);

/* The archive: what every report's file gives when it is read again. */
enum rua_verdict verify_archive(struct verify_domain *domain,
                                struct rua_err *err);

/* The quarantine: each row has its file, and each file its row. */
enum rua_verdict verify_quarantine(struct verify *verify, struct rua_err *err);

#endif
