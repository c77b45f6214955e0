/* markup.h - the little grammar of XML that a repair needs. */
#ifndef RUA_MARKUP_H
#define RUA_MARKUP_H

#include <stdint.h>

#include "flow.h"

/* Whether XML 1.0 allows the character at all. */
bool rua_markup_is_allowed(uint32_t c);

/* Blank, TAB, CR or LF. */
bool rua_markup_is_space(unsigned char c);

/* Whether a name in ASCII may begin with the byte, or go on with it. */
bool rua_markup_begins_name(unsigned char c);
bool rua_markup_is_name(unsigned char c);

/* What stands between "&" and ";". */
enum rua_reference {
    RUA_REFERENCE_NONE,      /* nothing that we know */
    RUA_REFERENCE_GOOD,      /* one of the five entities, or a character */
    RUA_REFERENCE_FORBIDDEN, /* a character that XML forbids */
};
enum rua_reference rua_markup_reference(struct rua_span name);

/* Whether all between a tag's name and its end is well-formed: white space, or
 * attributes. There is no "<" in it; that no name comes twice is not looked at.
 */
bool rua_markup_are_attributes(struct rua_span text);

#endif
