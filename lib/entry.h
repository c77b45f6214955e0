/* entry.h - a report on its way into the store: its rows and its names.
 *
 * Made by the front end, outside the lock, from what a worker said of a report.
 * Nothing in it but the policy domain's folder and the archive's name comes
 * from a stranger, and both have been cleaned here. A message that is kept
 * aside (aside.h) goes the same way. */
#ifndef RUA_ENTRY_H
#define RUA_ENTRY_H

#include "domain.h"
#include "result.h"
#include "rows.h"

enum rua_partition {
    RUA_BY_MONTH, /* records-2026-11.csv */
    RUA_BY_NONE,  /* records.csv */
    RUA_BY_YEAR,  /* records-2026.csv */
    RUA_BY_DAY,   /* records-2026-11-21.csv */
};

/* The folder of reports whose policy domain is no domain name. */
#define RUA_FOLDER_INVALID "_invalid"

/* The folder of what is kept aside. */
#define RUA_FOLDER_QUARANTINE "quarantine"

struct rua_entry {
    char key[RUA_DIGEST_SIZE];
    char folder[RUA_DOMAIN_SIZE];
    char period[16];   /* "-2026-11", "-undated", "": as in a table's name */
    char archive[280]; /* below the folder, without its ending */
    enum rua_container container;
    bool aside;               /* a message: it has no records */
    bool row_only;            /* and this is only a row about one */
    struct rua_spool records; /* lines of the records table */
    struct rua_buf report;    /* line of the reports table, or quarantine's */
    struct rua_totals totals;
    const struct rua_spool *part; /* the raw part: [at, at + len) of it */
    uint64_t part_at, part_len;
    enum rua_verdict verdict; /* by the store: OK, DUPLICATE, LATER */
};

/* Renders entries: the layouts of both tables and buffers. One thread. */
struct rua_entry_maker;

struct rua_entry_style {
    const char *columns; /* of the records tables, see rows.h */
    struct rua_style style;
    enum rua_partition partition;
    /* Whose max_rows and max_warnings hold; borrowed. NULL: none, for what has
     * been stored before. */
    const struct rua_limits *limits;
    /* Bytes of a message's rows that stay in memory until they are stored, at
     * most; 0: 16 MiB. */
    uint64_t memory;
};

/* `scratch` is borrowed: where rows go that are too many for memory. RUA_LATER
 * as rua_rows_new(), and for the columns "reports". */
enum rua_verdict rua_entry_maker_new(const struct rua_entry_style *style,
                                     struct rua_scratch *scratch,
                                     struct rua_entry_maker **ret_maker,
                                     struct rua_err *err);
void rua_entry_maker_free(struct rua_entry_maker *maker);

/* The header lines of the two tables. Borrowed. */
struct rua_span rua_entry_records_header(const struct rua_entry_maker *maker);
struct rua_span rua_entry_reports_header(const struct rua_entry_maker *maker);

/* A message begins: max_rows is for the rows and the archived parts of all its
 * reports together. */
void rua_entry_maker_begin(struct rua_entry_maker *maker);

/* Makes the entry of a report for the folder of `domain` (NULL: _invalid).
 * `result` is borrowed until the entry is done. receipt->archive is set here.
 * RUA_BAD for a row that is too long, and over max_rows and max_warnings;
 * RUA_LATER when the scratch file fails. */
enum rua_verdict rua_entry_make(struct rua_entry_maker *maker,
                                const struct rua_spool *result,
                                const struct rua_result_report *report,
                                const char *domain,
                                const struct rua_receipt *receipt,
                                struct rua_entry *ret_entry,
                                struct rua_err *err);
void rua_entry_done(struct rua_entry *entry);

/* ".xml", ".xml.gz", ".zip", ".bin". */
const char *rua_entry_ending(enum rua_container container);

#endif
