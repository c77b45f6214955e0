/* figure.h - numbers as people read them. */
#ifndef RUAMILL_FIGURE_H
#define RUAMILL_FIGURE_H

#include <stdint.h>

/* Sums stop here, at the largest whole number that every reader of the page
 * (JavaScript among them) counts exactly: 2^53 - 1. */
#define FIGURE_MOST ((UINT64_C(1) << 53) - 1)

/* The sum, or FIGURE_MOST. */
uint64_t figure_add(uint64_t a, uint64_t b);

/* Bytes of a figure as text, and its NUL. */
enum {
    FIGURE_SIZE = 48
};

/* "1 234 567", with narrow no-break spaces (U+202F) in UTF-8; of a sum that
 * stopped, "at least" before it. */
const char *figure_number(uint64_t value, char text[FIGURE_SIZE]);

/* "97.2 %", likewise. Cut, not rounded: 100 % is all of them, 0 % none. A dash
 * for a share of nothing. */
const char *figure_percent(uint64_t part, uint64_t whole,
                           char text[FIGURE_SIZE]);

/* "3 November 2026", UTC, of seconds since 1970. */
const char *figure_date(int64_t seconds, char text[FIGURE_SIZE]);

#endif
