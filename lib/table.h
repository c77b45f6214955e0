/* table.h - the file that a table's rows go to, and its end.
 *
 * Used under the store's lock. A table only grows: a byte that was written at
 * an offset is never changed. */
#ifndef RUA_TABLE_H
#define RUA_TABLE_H

#include <stdint.h>

#include "flow.h"

/* Where a table is made, before it is put in place. */
#define RUA_NEW_TABLE ".spool/table.new"

/* Bytes of a table's path below the store, and its NUL. */
#define RUA_TABLE_PATH_SIZE 320

struct rua_table {
    char path[RUA_TABLE_PATH_SIZE]; /* "example.com/records-2026-11.csv" */
    int fd;
    uint64_t inode;
    uint64_t end;  /* where the next rows go */
    bool bare;     /* it has no rows: its name may be not on the disk yet */
    bool end_line; /* the last line has no end yet */
};

/* Opens STEM.ending below `root`. One that begins with another header is left
 * alone, and STEM.2.ending, STEM.3.ending ... is tried. A missing one is made,
 * and is never there without its header. */
enum rua_verdict rua_table_find(int root, const char *stem, const char *ending,
                                struct rua_span header,
                                struct rua_table *ret_table,
                                struct rua_err *err);

/* Syncs the folder that a table is in. */
enum rua_verdict rua_table_sync_name(int root, const char *path,
                                     struct rua_err *err);

/* Makes, with its header, and opens the first of these names that is missing.
 */
enum rua_verdict rua_table_begin(int root, const char *stem, const char *ending,
                                 struct rua_span header,
                                 struct rua_table *ret_table,
                                 struct rua_err *err);

/* Opens the table at `path`, whatever is in it. RUA_NOT_REPORT, without a
 * sentence, when it is missing. */
enum rua_verdict rua_table_at(int root, const char *path,
                              struct rua_table *ret_table, struct rua_err *err);

/* Opens the file of this inode, whatever it is called now, if its name begins
 * with STEM. RUA_NOT_REPORT when there is none. */
enum rua_verdict rua_table_of_inode(int root, const char *stem, uint64_t inode,
                                    struct rua_table *ret_table,
                                    struct rua_err *err);

/* Whether the table begins with this header, as far as it goes. */
enum rua_verdict rua_table_has_header(const struct rua_table *table,
                                      struct rua_span header, bool *ret_has,
                                      struct rua_err *err);

/* Cuts "d/records.2.csv" into its stem "d/records" and its ending ".csv", which
 * is borrowed from `path`. */
void rua_table_cut(const char *path, char ret_stem[RUA_TABLE_PATH_SIZE],
                   const char **ret_ending);

void rua_table_close(struct rua_table *table);

/* Writes rows at the end. A sink: ctx is the table. */
enum rua_verdict rua_table_write(void *table, struct rua_span rows,
                                 struct rua_err *err);

#endif
