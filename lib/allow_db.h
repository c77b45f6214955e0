/* allow_db.h - the allowlist as a constant database: looked up without being
 * read. A cdb file (tinycdb), as Postfix's.
 *
 * Under the pattern of each line stands its number, as a uint32_t with the
 * lowest byte first, and its policy domains behind it. Under "\n", which no
 * pattern is, stands what the database is:
 *
 *     ruamill allow 1 LINES BYTES\n
 *
 * BYTES is the length of the text that it was made of. A file that is damaged
 * is an error or a line that is not there, and nothing worse. */
#ifndef RUA_ALLOW_DB_H
#define RUA_ALLOW_DB_H

#include <stdint.h>
#include <sys/stat.h>

#include "allow_line.h"
#include "err.h"

struct rua_allow_db;

/* The name of a compiled list: that of its text and this; and, in a store, of
 * one that was fetched, which has no text. */
#define RUA_ALLOW_COMPILED ".cdb"
#define RUA_ALLOW_FETCHED  ".spool/allow/list"

/* Opens the database beside the text at `path`, of which fstat(2) says `text`;
 * NULL when it is not there. RUA_NOT_REPORT, without a sentence, when there is
 * no database; RUA_LATER when it cannot be read, is none of ours, or, by its
 * time and the length of its text, is not of this one. */
enum rua_verdict rua_allow_db_open(const char *path, const struct stat *text,
                                   struct rua_allow_db **ret_db,
                                   struct rua_err *err);

/* Takes an open file, which is the database's from now on. */
enum rua_verdict rua_allow_db_take(int fd, const char *path,
                                   struct rua_allow_db **ret_db,
                                   struct rua_err *err);
void rua_allow_db_free(struct rua_allow_db *db);

/* How many lines it has. */
uint64_t rua_allow_db_count(const struct rua_allow_db *db);

/* The line of a pattern, in lower case. What is found is kept until the
 * database is freed, and borrowed from it. RUA_NOT_REPORT when there is none;
 * RUA_LATER when it cannot be read. Thread-safe. */
enum rua_verdict rua_allow_db_find(struct rua_allow_db *db,
                                   struct rua_span pattern,
                                   struct rua_allow_line *ret_line,
                                   struct rua_err *err);

/* Shows each pattern, in the order of the lines, until `look` returns true:
 * whether it did. Reads all of it. */
bool rua_allow_db_any(struct rua_allow_db *db,
                      bool (*look)(void *ctx, struct rua_span pattern),
                      void *ctx);

/* Makes the database of these lines in an empty file, without a sync. */
enum rua_verdict rua_allow_db_write(int fd, const struct rua_allow_line *lines,
                                    size_t n, uint64_t bytes,
                                    struct rua_err *err);

#endif
