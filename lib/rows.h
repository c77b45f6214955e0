/* rows.h - a record becomes a line.
 *
 * The columns that are the same in every row of a report are rendered once a
 * report; a row is those runs and the record's own cells between them. */
#ifndef RUA_ROWS_H
#define RUA_ROWS_H

#include "columns.h"

/* How tables look: the same for all tables of a store. */
struct rua_style {
    enum rua_format format;
    bool guard; /* formula_guard */
};

/* The layout of one table, and the runs of the report it is at: for one thread
 * at a time. */
struct rua_rows;

/* `columns` is a profile's name or a list of columns of the profile "full",
 * joined with ",". RUA_LATER with a sentence that names the column that is
 * none. */
enum rua_verdict rua_rows_new(const char *columns, struct rua_style style,
                              struct rua_rows **ret_rows, struct rua_err *err);
void rua_rows_free(struct rua_rows *rows);

/* The header line, its line end included. Borrowed. */
struct rua_span rua_rows_header(const struct rua_rows *rows);

/* How many columns. */
size_t rua_rows_width(const struct rua_rows *rows);

/* Begins a report: row->report, facts, key (and receipt and totals) are set. */
void rua_rows_begin(struct rua_rows *rows, const struct rua_row *row);

/* Appends a line to `out`; false when it does not fit out's ceiling, and then
 * `out` is as it was. */
bool rua_rows_add(struct rua_rows *rows, const struct rua_row *row,
                  struct rua_buf *out);

#endif
