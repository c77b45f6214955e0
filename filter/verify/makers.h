/* makers.h - makers of entries by the header of the table that is there. */
#ifndef RUAMILL_MAKERS_H
#define RUAMILL_MAKERS_H

#include "csv.h"
#include "entry.h"

struct makers_one;

struct makers {
    enum rua_partition partition;
    struct rua_scratch *scratch;
    struct rua_arena names;
    struct makers_one *all;
    size_t n, room;
};

/* What `columns` was when this header was written: a profile's name, or a list.
 */
const char *makers_columns(struct makers *makers,
                           const struct rua_csv_row *header);

/* NULL, with a sentence, when there are no such columns. */
struct rua_entry_maker *makers_get(struct makers *makers, const char *columns,
                                   struct rua_style style, struct rua_err *err);
void makers_done(struct makers *makers);

#endif
