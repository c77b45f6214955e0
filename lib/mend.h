/* mend.h - broken XML -> XML that expat reads.
 *
 * The second look at a document that is not well-formed. Repairs only what is
 * mechanical, and notes each repair:
 *   - any encoding becomes UTF-8: UTF-16 by its byte order mark; a declared
 *     single-byte encoding that we know; else UTF-8, where a byte that is none
 *     counts as windows-1252 (RUA_ENCODING, RUA_BAD_CHARACTERS);
 *   - characters that XML forbids, and references to them, become U+FFFD: a
 *     value must not turn into another one (RUA_BAD_CHARACTERS);
 *   - "&" that begins no character reference or one of the five entities, and
 *     "<" that begins no tag, comment or CDATA, are escaped:
 *     <email><a@b></email> (RUA_BARE_MARKUP); so is a tag in an element that
 *     holds a value: <header_from><bad.example></header_from>;
 *   - "/name>" behind text in an open <name> becomes "</name>"; an end tag
 *     closes the elements inside its own; one without a start tag is dropped;
 *     an element that belongs beside or around the open one closes that
 *     (RUA_BAD_NESTING);
 *   - a document type declaration and what it declares are dropped
 *     (RUA_DOCTYPE); attributes too, noted if they are not well-formed
 *     (RUA_BARE_MARKUP);
 *   - comments and the XML declaration are dropped, CDATA becomes plain text;
 *   - so is all that stands around <feedback>: elements (RUA_WRAPPED), text
 *     (RUA_LEADING_JUNK), and what comes behind (RUA_TRAILING_JUNK).
 * Before each </feedback> it says in "<?repairs N?>" what was noted so far.
 * What is missing at the end is not made up: a document that breaks off does so
 * in the output too. */
#ifndef RUA_MEND_H
#define RUA_MEND_H

#include "flow.h"
#include "limit.h"

struct rua_mend;

struct rua_mend *rua_mend_new(const struct rua_limits *limits);
void rua_mend_free(struct rua_mend *mend);

/* Begins a document; `next` is copied. */
void rua_mend_begin(struct rua_mend *mend, const struct rua_sink *next);

/* A sink: ctx is the stage. Any pieces give the same output. RUA_BAD over
 * max_tag or max_xml_depth, or the next stage's verdict. */
enum rua_verdict rua_mend_write(void *mend, struct rua_span bytes,
                                struct rua_err *err);

/* The document has ended; *ret_oddities names the repairs. */
enum rua_verdict rua_mend_end(struct rua_mend *mend, uint32_t *ret_oddities,
                              struct rua_err *err);

#endif
