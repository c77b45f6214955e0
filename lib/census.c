#include "census.h"

void
rua_census_init(struct rua_census *census, const struct rua_limits *limits)
{
    *census = (struct rua_census){.limits = limits};
    rua_names_init(&census->names, limits->max_names);
}

void
rua_census_done(struct rua_census *census)
{
    rua_names_done(&census->names);
}

void
rua_census_begin(struct rua_census *census)
{
    census->elements = 0;
    rua_names_begin(&census->names);
}

struct rua_census_over
rua_census_count(struct rua_census *census, size_t depth, bool known,
                 const char *name, const char *const *attributes)
{
    const struct rua_limits *limits = census->limits;
    uint64_t n = 0;
    bool fits = known || rua_names_add(&census->names, name);

    for (; attributes[2 * n]; n++)
        fits = fits && rua_names_add(&census->names, attributes[2 * n]);
    if (depth > limits->max_xml_depth)
        return (struct rua_census_over){"elements deeper than max_xml_depth",
                                        limits->max_xml_depth, "levels"};
    if (++census->elements > limits->max_elements)
        return (struct rua_census_over){"more than max_elements",
                                        limits->max_elements, "elements"};
    if (n > limits->max_attributes)
        return (struct rua_census_over){"more than max_attributes",
                                        limits->max_attributes,
                                        "attributes in one element"};
    if (!fits)
        return (struct rua_census_over){"different names of more than "
                                        "max_names",
                                        limits->max_names, "bytes"};
    return (struct rua_census_over){0};
}
