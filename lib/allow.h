/* allow.h - the allowlist: RUA -> the policy domains it takes.
 *
 * A text file, one RUA a line:
 *
 *     # RUA                  policy domains
 *     dmarc@example.com      example.com .example.net
 *     rua+*@example.com      .example.com
 *     @reports.example.org   *
 *
 * "example.com" takes that domain, ".example.com" it and its subdomains, "*"
 * any. Found: the exact address, then local+*@domain, then @domain; without
 * regard to case. Fields are separated by blanks or TABs; "#" begins a comment
 * at the start of a line or behind white space. A byte order mark and CRLF line
 * ends are taken. At most 1 GiB, and 256 bytes before the "@".
 *
 * Beside it may stand the same list compiled (allow_db.h), PATH.cdb, of which
 * only what is asked for is read. */
#ifndef RUA_ALLOW_H
#define RUA_ALLOW_H

#include <stdbool.h>
#include <time.h>

#include "allow_db.h"
#include "allow_line.h"
#include "err.h"
#include "flow.h"

struct rua_allow;

/* Reads the list from text. RUA_LATER with "PATH:LINE: ..." for a malformed
 * line, a pattern that stands there twice, or one without a policy domain.
 * `path` is for sentences only. */
enum rua_verdict rua_allow_parse(struct rua_span text, const char *path,
                                 struct rua_allow **ret_allow,
                                 struct rua_err *err);

/* The same from a file; RUA_LATER with the path when it cannot be read. */
enum rua_verdict rua_allow_read(const char *path, struct rua_allow **ret_allow,
                                struct rua_err *err);

/* Takes PATH.cdb, if it is not older than the text at PATH and was made of one
 * as long, or there is no text; else reads the text, and rua_allow_notice()
 * says why if there is a PATH.cdb. */
enum rua_verdict rua_allow_load(const char *path, struct rua_allow **ret_allow,
                                struct rua_err *err);
void rua_allow_free(struct rua_allow *allow);

/* Compiles a list that was read from a text into an empty file, without a sync;
 * the file's times become those that the text had when it was read. */
enum rua_verdict rua_allow_compile(const struct rua_allow *allow, int fd,
                                   struct rua_err *err);

/* What to say of how it was loaded, or NULL; and whether it is compiled. */
const char *rua_allow_notice(const struct rua_allow *allow);
bool rua_allow_is_compiled(const struct rua_allow *allow);

/* How many RUAs it has. */
size_t rua_allow_count(const struct rua_allow *allow);

/* Shows the pattern of each line, until `look` returns true: whether it did.
 * May read all of a compiled list. */
bool rua_allow_any(const struct rua_allow *allow,
                   bool (*look)(void *ctx, struct rua_span pattern), void *ctx);

/* Whether a pattern is in this domain. */
bool rua_allow_has_domain(const struct rua_allow *allow,
                          struct rua_span domain);

/* Finds the line of an address, for rua_allow_takes(); angle brackets around it
 * do not count. What *ret_line points to is the list's. RUA_NOT_REPORT when no
 * line matches; RUA_LATER when a compiled list cannot be read any more.
 * Constant time in the length of the list. Thread-safe. */
enum rua_verdict rua_allow_find(const struct rua_allow *allow,
                                struct rua_span address,
                                struct rua_allow_line *ret_line,
                                struct rua_err *err);

#endif
