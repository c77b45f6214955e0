/* census.h - the elements and attributes of a document, counted. */
#ifndef RUA_CENSUS_H
#define RUA_CENSUS_H

#include "limit.h"
#include "names.h"

struct rua_census {
    const struct rua_limits *limits;
    uint64_t elements;
    struct rua_names names; /* those that are not the schema's */
};

/* `limits` is borrowed. */
void rua_census_init(struct rua_census *census,
                     const struct rua_limits *limits);
void rua_census_done(struct rua_census *census);

/* Forgets the last document. */
void rua_census_begin(struct rua_census *census);

/* The ceiling that a document is over: "more than max_elements", its value and
 * what that is a number of. `what` is NULL for none. */
struct rua_census_over {
    const char *what;
    uint64_t ceiling;
    const char *unit;
};

/* An element has opened, as the `depth`th of those that are open: its name,
 * which is `known` when the schema spells it so (it is one of few); names and
 * values of its attributes in turn, and a NULL. */
struct rua_census_over rua_census_count(struct rua_census *census, size_t depth,
                                        bool known, const char *name,
                                        const char *const *attributes);

/* The same for a known name, where there is nothing to hold against a ceiling;
 * else false, and nothing is counted. (Here to be inline, as for nearly all.)
 */
static inline bool
rua_census_plain(struct rua_census *census, size_t depth,
                 const char *const *attributes)
{
    const struct rua_limits *limits = census->limits;

    if (*attributes || depth > limits->max_xml_depth ||
        census->elements >= limits->max_elements)
        return false;
    census->elements++;
    return true;
}

#endif
