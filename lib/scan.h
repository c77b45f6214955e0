/* scan.h - the words of a structured header field (RFC 5322, RFC 2045): white
 * space, line breaks and comments between them are stepped over. */
#ifndef RUA_SCAN_H
#define RUA_SCAN_H

#include "flow.h"

/* Longer ones are not looked at. */
enum {
    RUA_SCAN_FIELD = 32 << 10,
    RUA_SCAN_VALUE = 1024 /* bytes of a value without its quotes */
};

/* What is left of a field, and whether something in it was not as it has to be:
 * a comment or a quoted string without its end, a ")" without its beginning. */
struct rua_scan {
    const unsigned char *at, *end;
    bool bad;
};

/* The raw value of a field is borrowed. False when it is too long, or has
 * control characters. */
bool rua_scan_begin(struct rua_scan *scan, const char *value);

/* Whether only white space and comments are left. */
bool rua_scan_is_at_end(struct rua_scan *scan);

/* Whether the next byte is this one; it stays. */
bool rua_scan_sees(struct rua_scan *scan, unsigned char c);

/* Takes a byte if it is the next one. */
bool rua_scan_take(struct rua_scan *scan, unsigned char c);

/* Takes letters, digits, "-" and "_"; may be empty. */
struct rua_span rua_scan_name(struct rua_scan *scan);

/* Takes a value up to white space, ";" or a comment: quoted or not, or both in
 * turn as in "a b"@example.org; may be empty. */
struct rua_span rua_scan_value(struct rua_scan *scan);

/* Writes a value without its quotes and returns that; absent when it is too
 * long. */
struct rua_span rua_scan_unquote(struct rua_span value,
                                 unsigned char room[RUA_SCAN_VALUE]);

/* The word of a list, white space between, that `word` is without regard to
 * case; absent for none, and when there is no list. */
struct rua_span rua_scan_find(const char *list, struct rua_span word);

#endif
