/* census.h - the elements and attributes of a document, counted. */
#ifndef RUA_CENSUS_H
#define RUA_CENSUS_H

#include "limit.h"
#include "names.h"
#include "schema.h"

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

/* An element has opened, as the `depth`th of those that are open: what the
 * schema knows it as, or NULL; its name as it stands there; names and values of
 * its attributes in turn, and a NULL. */
struct rua_census_over rua_census_count(struct rua_census *census, size_t depth,
                                        const struct rua_element *element,
                                        const char *name,
                                        const char *const *attributes);

#endif
