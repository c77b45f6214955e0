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
 * ends are taken. At most 1 GiB, and 256 bytes before the "@". */
#ifndef RUA_ALLOW_H
#define RUA_ALLOW_H

#include <stdbool.h>

#include "allow_line.h"
#include "flow.h"

struct rua_allow;

/* Reads the list from text. RUA_LATER with "PATH:LINE: ..." for a malformed
 * line, a pattern that stands there twice, or one without a policy domain.
 * `path` is for sentences only. */
enum rua_verdict rua_allow_parse(struct rua_span text, const char *path,
                                 struct rua_allow **ret_allow,
                                 struct rua_err *err);

/* The same from a file; RUA_LATER with the path when it cannot be read. */
enum rua_verdict rua_allow_load(const char *path, struct rua_allow **ret_allow,
                                struct rua_err *err);
void rua_allow_free(struct rua_allow *allow);

/* How many RUAs it has. */
size_t rua_allow_count(const struct rua_allow *allow);

/* Finds the line of an address, for rua_allow_takes(); angle brackets around it
 * do not count. False when no line matches. Constant time in the length of the
 * list. */
bool rua_allow_find(const struct rua_allow *allow, struct rua_span address,
                    struct rua_allow_line *ret_line);

#endif
