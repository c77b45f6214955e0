/* cell.h - one value in a table: quoting, cleaning, the formula guard.
 *
 * Whatever bytes come in, what goes out is valid UTF-8 without control
 * characters, line ends or bidirectional overrides, and cannot end its cell. */
#ifndef RUA_CELL_H
#define RUA_CELL_H

#include <stdint.h>

#include "buf.h"

enum rua_format {
    RUA_CSV, /* RFC 4180, LF: text quoted, absent = nothing, empty = "" */
    RUA_TSV, /* nothing quoted; " and \ in a value become ' and / */
};

/* Where cells are written. `full` is set when `out` reached its ceiling: what
 * has been written since is not whole. */
struct rua_cell {
    struct rua_buf *out;
    enum rua_format format;
    bool guard; /* CSV: put ' before what a spreadsheet would calculate */
    bool full;
    size_t start; /* of the text cell that is open */
};

/* A text value; absent gives nothing. */
void rua_cell_text(struct rua_cell *cell, struct rua_span value);

/* The same, with ASCII letters in lower case. */
void rua_cell_lower(struct rua_cell *cell, struct rua_span value);

/* A text value in several pieces. In a piece with `listed`, a comma is written
 * %2C, so that a reader can split at the commas between pieces. */
void rua_cell_begin(struct rua_cell *cell);
void rua_cell_piece(struct rua_cell *cell, struct rua_span value, bool listed);
void rua_cell_end(struct rua_cell *cell);

/* A typed value: digits, dates, never quoted. */
void rua_cell_typed(struct rua_cell *cell, const char *value);
void rua_cell_number(struct rua_cell *cell, uint64_t value);

/* "2026-11-21 20:00:00", UTC. */
void rua_cell_time(struct rua_cell *cell, int64_t seconds);

/* Between two cells, and behind the last of a row. */
void rua_cell_next(struct rua_cell *cell);
void rua_cell_end_row(struct rua_cell *cell);

#endif
