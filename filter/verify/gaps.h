/* gaps.h - the rows of the records tables that the archive does not give any
 * more, since the files of their reports are gone.
 *
 * The records tables of a period have the rows of its reports in the order in
 * which its reports tables name these, so that the numbers of records there say
 * which rows these are. They are counted from 0 through all tables of a period,
 * headers left out. Neighbours are one gap, and that is all that is kept. */
#ifndef RUAMILL_GAPS_H
#define RUAMILL_GAPS_H

#include "view.h"

struct gap {
    uint64_t first, rows; /* rows: 1 or more */
};

struct gaps_period {
    const struct view_table *reports; /* the first of its reports tables */
    uint64_t rows;                    /* of all its reports so far */
    bool gone;       /* the file of one of them at least, with rows or none */
    size_t first, n; /* its gaps */
};

/* Of a policy domain; {0} is none. */
struct gaps {
    struct gap *gaps; /* n of them */
    size_t n, room;
    struct gaps_period *periods; /* n_periods of them */
    size_t n_periods, periods_room;
};

/* The next report of a reports table, which is borrowed. The tables come in the
 * order of view.h. */
void gaps_add(struct gaps *gaps, const struct view_table *reports,
              uint64_t records, bool gone);
void gaps_done(struct gaps *gaps);

/* Whether the records table is one of the period. */
bool gaps_period_has(const struct gaps_period *period,
                     const struct view_table *records);

/* The period that the records table is of; NULL when nothing of it is gone. */
const struct gaps_period *gaps_period(const struct gaps *gaps,
                                      const struct view_table *records);

/* A way through the rows of a period. */
struct gaps_walk {
    const struct gap *gap, *end; /* that come next: none, if they are equal */
    uint64_t row;                /* comes next; not counted behind the gaps */
};

/* To the begin of the period that the records table is of. */
void gaps_walk_begin(const struct gaps *gaps, const struct view_table *records,
                     struct gaps_walk *ret_walk);

/* How many of the bytes, which are rows, come before the next gap begins or
 * ends, and whether they are of a gap. */
size_t gaps_walk_on(struct gaps_walk *walk, struct rua_span bytes,
                    bool *ret_gone);

#endif
