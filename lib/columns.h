/* columns.h - table: column name -> text of a field; and the column profiles.
 *
 * The columns are an interface with a version, described in ruamill-tables(5).
 * New ones go at the end of a profile. */
#ifndef RUA_COLUMNS_H
#define RUA_COLUMNS_H

#include "cell.h"
#include "facts.h"
#include "report.h"

/* How a report came to us: the reports table shows it, nothing else does.
 * Texts are NULL when absent. */
struct rua_receipt {
    const char *rua;
    const char *envelope_from;
    const char *message_id;
    const char *queue_id;
    const char *reporter_auth;
    const char *archive; /* path below the policy domain's folder */
    int64_t received_at; /* seconds since 1970 */
};

/* The sums over a report's records; counts that mean nothing add nothing, and
 * a sum that would be over 2^63 - 1 stays there. */
struct rua_totals {
    uint64_t records;
    uint64_t messages;
    uint64_t dmarc_pass;
    uint64_t dmarc_fail;
};

/* All that a row can be made of. A row of the records table has a record; one
 * of the reports table a receipt and totals. */
struct rua_row {
    const struct rua_report *report;
    struct rua_report_facts facts;
    const char *key;
    const struct rua_record *record;
    struct rua_record_facts record_facts;
    uint64_t number; /* of the record in its report, from 1 */
    const struct rua_receipt *receipt;
    struct rua_totals totals;
};

struct rua_column {
    const char *name;
    bool of_report; /* the same in every row of a report */
    /* Writes the cell; nothing written is an absent value. */
    void (*put)(const struct rua_row *row, unsigned which,
                struct rua_cell *cell);
    unsigned which; /* a field, or a list and field: as `put` takes it */
};

struct rua_profile {
    const char *name; /* "full", "parsedmarc", "worker", "reports" */
    const struct rua_column *columns;
    size_t count;
};

/* The columns of the records table by a profile's name; NULL when there is no
 * such profile. "reports" is the reports table's, and has no other. */
const struct rua_profile *rua_columns_profile(const char *name);

/* The profiles of columns.c's siblings. */
extern const struct rua_profile rua_profile_full;
extern const struct rua_profile rua_profile_reports;
extern const struct rua_profile rua_profile_parsedmarc;
extern const struct rua_profile rua_profile_worker;

/* Columns that profiles share: `which` is a field, or a list and a field. */
#define RUA_LISTED(list, field) ((unsigned)(list) << 8 | (unsigned)(field))
void rua_column_report_text(const struct rua_row *row, unsigned which,
                            struct rua_cell *cell);
void rua_column_record_text(const struct rua_row *row, unsigned which,
                            struct rua_cell *cell);
void rua_column_time(const struct rua_row *row, unsigned which,
                     struct rua_cell *cell);
void rua_column_ip(const struct rua_row *row, unsigned which,
                   struct rua_cell *cell);
void rua_column_count(const struct rua_row *row, unsigned which,
                      struct rua_cell *cell);
void rua_column_pct(const struct rua_row *row, unsigned which,
                    struct rua_cell *cell);

#endif
