/* allow_line.h - one line of the allowlist: its fields, checked and folded. */
#ifndef RUA_ALLOW_LINE_H
#define RUA_ALLOW_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow.h"

/* Bytes of a pattern before its "@", at most. */
#define RUA_ALLOW_LOCAL_MAX 256

/* One line of the list, as found, in lower case. Borrowed from the list. */
struct rua_allow_line {
    unsigned line;           /* number in the file, from 1 */
    struct rua_span pattern; /* "rua+*@example.com" */
    struct rua_span domains; /* ".example.com" and more, blanks between */
};

/* Reads a line, without its end. Both fields are made lower case where they
 * stand, and what they lose by that becomes blanks: the line is written to.
 * pattern.data is NULL for an empty line or a comment. Returns NULL, or what is
 * wrong with *ret_field. */
const char *rua_allow_line_read(unsigned char *text, size_t len,
                                struct rua_allow_line *ret_line,
                                struct rua_span *ret_field);

/* True when that line takes the policy domain, which has been through
 * domain.h; NULL is a domain that is none, which only "*" takes. */
bool rua_allow_takes(const struct rua_allow_line *line, const char *domain);

/* True when the line names the policy domain itself, as "example.com" or
 * ".example.com", and does not only let it pass. */
bool rua_allow_names(const struct rua_allow_line *line, const char *domain);

/* Whether a pattern is of this domain: "rua+*@example.com" of "example.com". */
bool rua_allow_is_in(struct rua_span pattern, struct rua_span domain);

/* ASCII letters in lower case, as patterns have them. */
unsigned char rua_allow_lower(unsigned char c);

#endif
