/* survey.h - the tables of a store, for those who count and show.
 *
 *     struct survey survey = {.guard = conf->formula_guard, .skip = {say, me},
 *                             .since = from, .until = to};
 *     survey_open(&survey, conf->store, &err);      the store, to look at only
 *     survey_domains(&survey, &names, &err);        who has tables in it
 *     survey_look(&survey, names.names[i], &err);   one of them, at this moment
 *     survey_read(&survey, &records, &err);         its rows, one by one
 *     survey_read(&survey, &reports, &err);         of the same moment
 *     survey_close(&survey);
 *
 * Nothing is written, and the store may be written to at the same time: rows
 * are whole ones, as of the moment of survey_look(), and the records tables of
 * that moment hold the rows of all reports in the reports tables. All tables
 * are read whatever their names, columns and format say of the configuration at
 * that time: "records-2026-11.csv", ".2.csv", ".csv.1" of logrotate, ".tsv", of
 * a month, a day or all time, of any of the profiles, also with ".gz" behind
 * it.
 *
 * What cannot be used (a header that is not ours, a table that cannot be read,
 * or was moved at this moment, lines that are broken) is told to `skip` in one
 * sentence a table, which names the table; the rest goes on. Of tables that
 * something else than gzip has compressed one sentence a domain tells, when
 * their names are of the time that is wanted. Memory: a buffer of 256 KiB, or
 * of the longest line; nothing is allocated for a row. Ten million rows take a
 * few seconds. */
#ifndef RUAMILL_SURVEY_H
#define RUAMILL_SURVEY_H

#include "view.h"

struct survey {
    /* Set by the caller, before survey_open(): */
    bool guard;           /* CSV was written with formula_guard */
    int64_t since, until; /* seconds since 1970; tables of a partition that
                             does not overlap [since, until) are not read.
                             Both 0: all. Rows are for the caller to choose: a
                             table may be of a year */
    struct view_skip skip;

    /* To be read: */
    struct view view;
    const char *domain; /* that is looked at; borrowed from the caller */
    uint64_t pending;   /* its reports that are in the journal, and not in the
                           tables yet: not seen here */
    uint64_t wrong;     /* lines that were broken, of all tables so far */
    uint64_t tables;    /* tables that were read, likewise */
    uint64_t bytes;     /* and their bytes */
    struct view_domain tables_of;
};

/* RUA_NOT_REPORT, with a sentence, when there is no store. */
enum rua_verdict survey_open(struct survey *survey, const char *path,
                             struct rua_err *err);
void survey_close(struct survey *survey);

/* The names of the policy domains' folders, in order; view_names_done() frees
 * them. "_invalid" (RUA_FOLDER_INVALID) is among them when there is one: the
 * reports whose policy domain is no domain name. */
enum rua_verdict survey_domains(const struct survey *survey,
                                struct view_names *ret_names,
                                struct rua_err *err);

/* Takes names and lengths of the tables of a domain, under the store's lock. A
 * domain that has none is fine. A folder that cannot be looked at is told to
 * `skip`, and has no tables. */
enum rua_verdict survey_look(struct survey *survey, const char *domain,
                             struct rua_err *err);

/* A table that is about to be read. */
struct survey_table {
    const char *domain;   /* as in survey_look() */
    const char *path;     /* below the store */
    uint64_t size;        /* bytes that are read */
    int64_t since, until; /* what its name says it is for; until 0: all time */
    bool undated;         /* of the reports without a usable begin: never left
                             out for `since` and `until` */
    uint64_t there;       /* bit i: it has wanted column i */
};

/* A row. All is borrowed during the call. */
struct survey_row {
    const struct survey_table *table;
    uint64_t line; /* in the table, from 2 */
    /* One a wanted column: the text, unquoted, and without the apostrophe of
     * the formula guard. Absent values, and all of a column that the table has
     * not, have data NULL. Strangers' bytes: they are as text is cleaned in a
     * table (no control characters), unless somebody else wrote to it. */
    const struct rua_span *cells;
};

enum {
    SURVEY_COLUMNS = 64 /* wanted, at most */
};

/* What is wanted of the tables of one kind. */
struct survey_query {
    enum view_kind kind; /* VIEW_RECORDS or VIEW_REPORTS */
    /* Names of columns, as in the profile `full` or in the reports tables
     * (ruamill-tables(5)). Where the profiles parsedmarc and worker have the
     * same thing, it is found there, too, by their name for it, and spelt as
     * they do: read it with the functions below. */
    const char *const *columns;
    size_t n;
    /* Before a table's rows; may be NULL. */
    void (*table)(void *ctx, const struct survey_table *table);
    /* A verdict other than RUA_OK ends the reading, and is returned. */
    enum rua_verdict (*row)(void *ctx, const struct survey_row *row,
                            struct rua_err *err);
    void *ctx;
};

/* The rows of the tables that were looked at, older tables first. */
enum rua_verdict survey_read(struct survey *survey,
                             const struct survey_query *query,
                             struct rua_err *err);

/* ---- values, as any profile spells them ---- */

/* "2026-11-21 20:00:00" or seconds since 1970; false when it is neither. */
bool survey_time(struct rua_span value, int64_t *ret_seconds);

/* When the report of a row begins: by its value of begin_date, which is wanted
 * column `column`; of a table without that column, by what its name says. */
bool survey_begin(const struct survey_row *row, size_t column,
                  int64_t *ret_seconds);

/* What rows are for lack of a column, in words: "of no source"; NULL for a
 * column that nobody misses. */
const char *survey_lack(const char *column);

/* dkim_aligned and its like: 1, True, pass are 1; 0, False, fail are 0; nothing
 * or anything else is -1. */
int survey_flag(struct rua_span value);

/* A disposition or a policy, as a word or as the number of the worker. */
enum survey_policy {
    SURVEY_NONE, /* also "pass" (RFC 9990): nothing was done to it */
    SURVEY_QUARANTINE,
    SURVEY_REJECT,
    SURVEY_OTHER, /* another word */
    SURVEY_ABSENT,
    SURVEY_POLICIES
};

enum survey_policy survey_policy(struct rua_span value);

/* Digits; 0 when it is nothing or no number. */
uint64_t survey_number(struct rua_span value);

/* Seconds since 1970 of the begin of a day, UTC, in the years 1 to 9999. */
int64_t survey_day(int year, unsigned month, unsigned day);

#endif
