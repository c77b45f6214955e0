/* table.h - the file that a table's rows go to, and its end.
 *
 * Used under the store's lock. A table only grows: a byte that was written at
 * an offset is never changed. */
#ifndef RUA_TABLE_H
#define RUA_TABLE_H

#include <stdint.h>

#include "buf.h"
#include "flow.h"

/* How the names of files end that are being made, in .spool: what is left of
 * them is taken away. */
#define RUA_NEW ".new"

/* Where recovery makes a table, before it is put in place. */
#define RUA_NEW_TABLE ".spool/table" RUA_NEW

/* Bytes of a table's path below the store, and its NUL. */
#define RUA_TABLE_PATH_SIZE 320

struct rua_table {
    char path[RUA_TABLE_PATH_SIZE]; /* "example.com/records-2026-11.csv" */
    int fd;
    uint64_t inode;
    uint64_t end;  /* where the next rows go */
    bool end_line; /* the last line has no end yet */
};

/* Opens STEM.ending below `root`. One that begins with another header is left
 * alone, and STEM.2.ending, STEM.3.ending ... is tried. The first that is
 * missing is RUA_NOT_REPORT, without a sentence: then only the path is set. */
enum rua_verdict rua_table_find(int root, const char *stem, const char *ending,
                                struct rua_span header,
                                struct rua_table *ret_table,
                                struct rua_err *err);

/* Makes an empty file that shall be a table, and opens it: below `from`, under
 * a name of its own, `new`, which is its path for the time being. */
enum rua_verdict rua_table_new(int from, const char *new,
                               struct rua_table *ret_table,
                               struct rua_err *err);

/* Gives it the first of the names STEM.ending, STEM.2.ending ... below `to`
 * that is missing, which is its path then. It stays open. */
enum rua_verdict rua_table_place(int from, const char *new, int to,
                                 const char *stem, const char *ending,
                                 struct rua_table *table, struct rua_err *err);

/* Opens the table at `path`, whatever is in it. RUA_NOT_REPORT, without a
 * sentence, when it is missing. */
enum rua_verdict rua_table_at(int root, const char *path,
                              struct rua_table *ret_table, struct rua_err *err);

/* Opens the file of this inode, whatever it is called now, if its name begins
 * with STEM. RUA_NOT_REPORT when there is none. */
enum rua_verdict rua_table_of_inode(int root, const char *stem, uint64_t inode,
                                    struct rua_table *ret_table,
                                    struct rua_err *err);

/* Whether a table may have been packed by somebody: there is a file whose name
 * begins with its stem, and ends so: "records.csv.1.gz", "records-1.csv.gz". */
enum rua_verdict rua_table_is_packed(int root, const char *path, bool *ret_is,
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

/* Rows on their way to the end of a table, few of them at once. A write ends
 * where a line does, unless the line is longer than RUA_TABLE_LINE: a process
 * that dies between two of them leaves whole lines. */
#define RUA_TABLE_LINE (4U << 20)

struct rua_table_writer {
    struct rua_table *table;
    struct rua_buf held;
};

void rua_table_write_begin(struct rua_table_writer *writer,
                           struct rua_table *table);

/* A sink: ctx is the writer. What it does not write now it copies. */
enum rua_verdict rua_table_write_rows(void *writer, struct rua_span rows,
                                      struct rua_err *err);

/* Writes what is left; another table may follow. */
enum rua_verdict rua_table_write_rest(struct rua_table_writer *writer,
                                      struct rua_err *err);
void rua_table_write_done(struct rua_table_writer *writer);

#endif
