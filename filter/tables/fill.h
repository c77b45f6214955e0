/* fill.h - whose an address is, filled into a table while it is printed.
 *
 * A stage: the bytes of a table in, the same bytes out, but for the columns
 * of the profile parsedmarc that are stored empty (source_country, source_asn,
 * source_as_name, source_as_domain, source_name, source_type): what the
 * databases and `senders` know of the row's address stands there. What they do
 * not know stays empty, and so do names of DNS. A table without these columns,
 * and a line that cannot be read, goes through as it is. RUA_REFUSED, with a
 * sentence, when there are such columns and the plan cannot be used. */
#ifndef RUAMILL_FILL_H
#define RUAMILL_FILL_H

#include "csv.h"
#include "origin.h"

#define FILL_NOWHERE SIZE_MAX

enum fill_column {
    FILL_COUNTRY,
    FILL_ASN,
    FILL_AS_NAME,
    FILL_AS_DOMAIN,
    FILL_NAME,
    FILL_TYPE,
    FILL_COLUMNS
};

/* What is looked up where: opened for the first table that has such columns,
 * for the caller to close. */
struct fill_source {
    struct origins_plan plan;
    struct origins *origins; /* NULL: not yet */
};

struct fill {
    struct fill_source *source; /* borrowed */
    enum rua_format format;
    bool guard;
    const struct rua_sink *next;
    size_t ip, at[FILL_COLUMNS]; /* columns, or FILL_NOWHERE */
    bool ending;                 /* a line that comes now has no end */
    struct rua_csv csv;
    struct rua_buf line;
};

/* Whether a header may have such columns; where it has not, a table need not go
 * through this. */
bool fill_is_for(struct rua_span header);

/* Begins a table. `next` is borrowed. */
void fill_begin(struct fill *fill, struct fill_source *source,
                enum rua_format format, bool guard,
                const struct rua_sink *next);

/* A sink: ctx is the stage. */
enum rua_verdict fill_write(void *fill, struct rua_span bytes,
                            struct rua_err *err);

/* The end of the table. fill_done() comes after it, or instead of it. */
enum rua_verdict fill_end(struct fill *fill, struct rua_err *err);
void fill_done(struct fill *fill);

#endif
