/* nest.h - elements that close in the order in which they opened: what mend.h
 * writes.
 *
 * Only <feedback> and what is in it is written; around it, all that is found is
 * noted as leading or trailing junk, or as wrapping. Before each </feedback>
 * stands, unless that is 0, "<?repairs N?>": the oddities met so far. */
#ifndef RUA_NEST_H
#define RUA_NEST_H

#include "buf.h"
#include "limit.h"
#include "schema.h"

#define RUA_NEST_REPAIRS "repairs"

struct rua_nest {
    const struct rua_limits *limits;
    struct rua_buf out; /* to be taken, and reset, by the caller */
    uint32_t oddities;
    struct rua_err failure; /* over a ceiling */

    size_t depth;                        /* open elements, from <feedback> on */
    struct rua_buf names;                /* theirs */
    size_t *begins;                      /* where each name begins there */
    const struct rua_element **elements; /* and what they are, or NULL */
    size_t n_text; /* start tags in the open value that are text */
    bool met;      /* a <feedback> was met */
};

/* `limits` is borrowed. */
void rua_nest_init(struct rua_nest *nest, const struct rua_limits *limits);
void rua_nest_done(struct rua_nest *nest);

/* Forgets the last document. */
void rua_nest_begin(struct rua_nest *nest);

/* Well-formed text, or a byte of text that is escaped if need be. */
void rua_nest_put(struct rua_nest *nest, struct rua_span text);
void rua_nest_put_byte(struct rua_nest *nest, unsigned char c);

/* Notes a repair in <feedback>, or that something was found around it. */
void rua_nest_note(struct rua_nest *nest, uint32_t oddity);

/* Whether a tag is text: the innermost element holds a value, and none of those
 * around it has an element of this name. So is an end tag behind it, which is
 * looked for by number only. */
bool rua_nest_is_text(struct rua_nest *nest, struct rua_span name, bool is_end);

/* A start tag, and an end tag. One whose element belongs beside or around the
 * innermost one ends what has lost its end tag; elements inside the one that
 * ends are ended too; an end tag without a start tag is dropped
 * (RUA_BAD_NESTING). */
void rua_nest_open(struct rua_nest *nest, struct rua_span name);
void rua_nest_close(struct rua_nest *nest, struct rua_span name);

/* How many elements are open from the innermost of this name on; 0: none. */
size_t rua_nest_count(const struct rua_nest *nest, struct rua_span name);

/* The name of the innermost open element; only inside <feedback>. */
struct rua_span rua_nest_innermost(const struct rua_nest *nest);

#endif
