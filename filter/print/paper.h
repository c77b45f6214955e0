/* paper.h - what is printed for people: a terminal, or a file or mail that
 * looks like one.
 *
 * Lines are as wide as is said, have no blanks at their end, and no colour
 * unless it is asked for. Strangers' text is made fit for it here (plain.h);
 * what a terminal cannot show is written as U+FFFD, or "?" in ASCII. */
#ifndef RUAMILL_PAPER_H
#define RUAMILL_PAPER_H

#include <stdio.h>

#include "buf.h"

enum paper_ink {
    PAPER_PLAIN,
    PAPER_BOLD,
    PAPER_DIM,
    PAPER_GOOD, /* green */
    PAPER_POOR, /* yellow */
    PAPER_BAD,  /* red */
    PAPER_MARK, /* cyan */
};

enum paper_when {
    PAPER_AUTO,
    PAPER_ALWAYS,
    PAPER_NEVER,
};

struct paper {
    FILE *out;
    bool colour;
    bool ascii;
    unsigned width;      /* columns */
    struct rua_buf line; /* that is being written */
    struct rua_buf text; /* scratch */
    unsigned column;     /* where it ends, blanks that are owed included, */
    unsigned owed;       /* and how many of them are not written yet */
};

/* Colour: by `colour`; of itself on a terminal, unless NO_COLOR is set or TERM
 * is "dumb". Width: `width`; 0: that of the terminal, COLUMNS, or 80. ASCII:
 * when it is asked for, or the locale is not one of UTF-8. Calls setlocale(3).
 */
void paper_init(struct paper *paper, FILE *out, enum paper_when colour,
                unsigned width, bool ascii);
void paper_done(struct paper *paper);

/* How many columns a text takes. */
unsigned paper_width(struct paper *paper, struct rua_span text);

/* Writes a text in at most `most` columns; one that is cut ends with an
 * ellipsis. */
void paper_put(struct paper *paper, enum paper_ink ink, struct rua_span text,
               unsigned most);

/* The same for a text of ours. */
void paper_print(struct paper *paper, enum paper_ink ink, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

/* A further piece of a line, which begins with a comma or a word: what has no
 * room goes on behind `indent` blanks in the next one. */
void paper_go_on(struct paper *paper, enum paper_ink ink, unsigned indent,
                 struct rua_span text);

/* Blanks up to a column. */
void paper_to(struct paper *paper, unsigned column);
void paper_end_line(struct paper *paper);

/* A paragraph behind `indent` blanks, broken at blanks; its first line begins
 * where the line is. */
void paper_paragraph(struct paper *paper, enum paper_ink ink, unsigned indent,
                     struct rua_span text);

/* A bar of `part` (0 to 1) of `width` columns, with nothing behind it. */
void paper_bar(struct paper *paper, enum paper_ink ink, double part,
               unsigned width);

/* A character for each of n values, the largest of which is `most`. */
void paper_line(struct paper *paper, enum paper_ink ink, const double *values,
                unsigned n, double most);

#endif
