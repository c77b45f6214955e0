/* split.h - one line of a table into the cells that are wanted, at the speed of
 * memory: csv.h is the careful reader, this is the fast one.
 *
 * It takes what cell.h writes. That a line has as many values as the header,
 * and that its quotes close, is checked; that it is UTF-8 is not. */
#ifndef RUAMILL_SPLIT_H
#define RUAMILL_SPLIT_H

#include "cell.h"

enum {
    SPLIT_PAD = 64 /* bytes behind a line that are read, and not used */
};

/* Where a wanted column is. */
#define SPLIT_NOWHERE SIZE_MAX

struct split {
    enum rua_format format;
    bool guard;       /* take the formula guard's apostrophe away */
    const size_t *at; /* of each wanted column, from 0; or SPLIT_NOWHERE */
    size_t n;
    size_t width; /* values of a line; 0: any number */
    size_t last;  /* how many values are looked at; 0: none is wanted */
    size_t *ends; /* of these, in the line */
    struct rua_buf text;
};

/* `at` is borrowed. */
void split_init(struct split *split, enum rua_format format, bool guard,
                const size_t *at, size_t n, size_t width);
void split_done(struct split *split);

/* How many values a line has. */
size_t split_count(enum rua_format format, struct rua_span line);

/* Fills `n` cells, unquoted; absent, and of a column that is nowhere: data
 * NULL. They are borrowed until the next line. Returns NULL, or what is wrong.
 */
const char *split_line(struct split *split, struct rua_span line,
                       struct rua_span *ret_cells);

#endif
