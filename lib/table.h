/* table.h - the file that a table's rows go to, and its end.
 *
 * Used under the store's lock. A table only grows: a byte that was written at
 * an offset is never changed. */
#ifndef RUA_TABLE_H
#define RUA_TABLE_H

#include <stdint.h>

#include "flow.h"

/* Bytes of a table's path below the store, and its NUL. */
#define RUA_TABLE_PATH_SIZE 320

struct rua_table {
    char path[RUA_TABLE_PATH_SIZE]; /* "example.com/records-2026-11.csv" */
    int fd;
    uint64_t end; /* where the next rows go */
};

/* Opens STEM.ending below `root`, making it with its header when it is missing
 * or empty. One that begins with another header is left alone, and
 * STEM.2.ending, STEM.3.ending ... is tried. A last line without its end gets
 * one. */
enum rua_verdict rua_table_open(int root, const char *stem, const char *ending,
                                struct rua_span header,
                                struct rua_table *ret_table,
                                struct rua_err *err);
void rua_table_close(struct rua_table *table);

/* Writes rows at the end. A sink: ctx is the table. */
enum rua_verdict rua_table_write(void *table, struct rua_span rows,
                                 struct rua_err *err);

#endif
