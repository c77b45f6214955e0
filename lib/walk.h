/* walk.h - through the elements of a document, as expat meets them: what they
 * hold goes into the outlet. For feedback.h, which knows where documents begin
 * and end. */
#ifndef RUA_WALK_H
#define RUA_WALK_H

#include "census.h"
#include "outlet.h"
#include "xml.h"

struct rua_walk {
    const struct rua_limits *limits;
    struct rua_outlet outlet;
    struct rua_census census;
    struct rua_xml *xml;
    const struct rua_element **stack; /* the open elements */
    size_t depth;

    bool mended;            /* the document comes out of mend.h */
    bool mendable;          /* it cannot be read, but mend.h may help */
    bool any;               /* an element was met */
    bool met;               /* a <feedback> was met since the parser began */
    bool open;              /* one is open */
    unsigned n_empty;       /* parsers begun since the last complete one */
    struct rua_err failure; /* why the document cannot be read */
};

/* `limits` is borrowed, `sink` copied. Must not be moved then. */
void rua_walk_init(struct rua_walk *walk, const struct rua_limits *limits,
                   const struct rua_feedback_sink *sink);
void rua_walk_done(struct rua_walk *walk);

/* Begins a document. */
void rua_walk_begin(struct rua_walk *walk, bool mended);

/* Begins a parser for it, or for what is left of it behind a <feedback>; see
 * rua_xml_begin(). */
void rua_walk_parse(struct rua_walk *walk, bool is_utf8, size_t hold);

/* The document is over a ceiling: "more than max_records", its value, and what
 * that is a number of. An XML of another kind is no bad report then. */
void rua_walk_stop(struct rua_walk *walk, const char *what, uint64_t ceiling,
                   const char *unit);

#endif
