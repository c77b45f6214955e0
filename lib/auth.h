/* auth.h - who sent a message, as our own mail servers found out: the fields
 * Authentication-Results (RFC 8601) of its header, told apart from forged ones.
 *
 * A field counts when it calls itself by one of our own names, and stands above
 * the first Received that is not "by" one of them: what is further down was
 * there before the message came to us. Of a method (dmarc, dkim, spf) the
 * uppermost field that has it counts; our servers put theirs on top. Of one
 * that is malformed nothing counts, nor does what is below it. The same holds
 * for one with blanks in front of its colon: no server of ours writes that, and
 * what takes forged fields out by their name may leave it in.
 *
 * The canonical text, for people and for the column `reporter_auth`:
 *     dmarc=pass header.from=example.com dkim=pass header.d=example.com
 *     spf=fail smtp.mailfrom=example.com */
#ifndef RUA_AUTH_H
#define RUA_AUTH_H

#include "domain.h"

/* In the order of the text. */
enum rua_auth_method {
    RUA_AUTH_DMARC,
    RUA_AUTH_DKIM,
    RUA_AUTH_SPF,
    RUA_N_AUTH_METHODS
};

/* A method: its name, the words of its results (RFC 8601, section 2.7), and the
 * properties that hold a domain, the better one first. */
struct rua_auth_rule {
    const char *name;
    const char *words;
    const char *properties[2];
    /* Of several results in a field, one pass is enough: a message may have
     * several signatures, but one author. */
    bool any;
};

extern const struct rua_auth_rule rua_auth_methods[RUA_N_AUTH_METHODS];

/* The number of a method by its name; RUA_N_AUTH_METHODS for another. */
size_t rua_auth_method(struct rua_span name);

/* The longest text, 250 bytes, and its NUL. A domain that would make it longer
 * is left out. */
#define RUA_AUTH_SIZE 251

/* What is known of a method. */
struct rua_auth_result {
    struct rua_span word; /* "pass", "fail", ...; absent: nothing */
    const char *property; /* "header.d", ...; NULL: no domain */
    char domain[RUA_DOMAIN_SIZE];
};

/* A header being read. */
struct rua_auth {
    const char *own_names;
    bool over; /* what comes now does not count */
    struct rua_auth_result results[RUA_N_AUTH_METHODS];
};

/* `own_names`: blanks between, without regard to case; NULL: none. Borrowed. */
void rua_auth_begin(struct rua_auth *auth, const char *own_names);

/* The next field of the header, from the top: its raw name, which may have
 * blanks behind, and its raw value with its line breaks. Others than the two
 * are ignored. */
void rua_auth_field(struct rua_auth *auth, const char *name, const char *value);

/* The text; "" when nothing is known. */
void rua_auth_end(const struct rua_auth *auth, char ret_text[RUA_AUTH_SIZE]);

/* Whether a text is one that rua_auth_end() may write, and not "". */
bool rua_auth_is_text(const char *text);

/* Whether a text (NULL: none) says that the method was passed. */
bool rua_auth_passed(const char *text, enum rua_auth_method method);

#endif
