/* grid.h - a table on paper: columns as wide as what is in them, and no line
 * wider than the paper.
 *
 * Where there is no room, texts are cut, bars and lines become shorter, and
 * then columns are left out, the least important first. */
#ifndef RUAMILL_GRID_H
#define RUAMILL_GRID_H

#include <stdint.h>

#include "arena.h"
#include "paper.h"

enum grid_kind {
    GRID_TEXT,   /* to the left, may be cut */
    GRID_NAME,   /* to the left, cut when nothing else can give way */
    GRID_NUMBER, /* to the right, never cut */
    GRID_BAR,    /* a part of 1 */
    GRID_LINE,   /* values over time */
};

struct grid_column {
    const char *title;
    enum grid_kind kind;
    unsigned least, most; /* columns of the paper; most 0: as needed */
    unsigned rank;        /* the highest are left out first; 0: never */
};

struct grid_cell {
    enum paper_ink ink;
    const char *text;
    double part;
    const double *values; /* n of them; borrowed */
    unsigned n;
};

struct grid {
    const struct grid_column *columns;
    size_t n;
    struct grid_cell *cells; /* row by row */
    size_t used, room;
    struct rua_arena arena;
};

enum {
    GRID_COLUMNS = 16 /* at most */
};

/* `columns` is borrowed. */
void grid_init(struct grid *grid, const struct grid_column *columns, size_t n);
void grid_done(struct grid *grid);

/* The cells of a row, one after the other. Texts are copied. */
void grid_text(struct grid *grid, enum paper_ink ink, struct rua_span text);
void grid_print(struct grid *grid, enum paper_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void grid_bar(struct grid *grid, enum paper_ink ink, double part);
void grid_line(struct grid *grid, enum paper_ink ink, const double *values,
               unsigned n);

/* Prints all rows below the titles, each line behind `indent` blanks. */
void grid_show(const struct grid *grid, struct paper *paper, unsigned indent);

/* "1,284,312" */
#define GRID_DIGITS 32
const char *grid_digits(uint64_t number, char ret_text[GRID_DIGITS]);

#endif
