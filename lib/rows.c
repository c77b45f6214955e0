#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_RUN = 64 << 20
};

/* Consecutive columns of a row: cells of the report, rendered once and kept in
 * `text`, or one cell of the record. */
struct run {
    const struct rua_column *columns;
    size_t count;
    size_t text, len; /* in rows->text */
};

struct rua_rows {
    struct rua_style style;
    struct rua_column *columns;
    size_t width;
    struct run *runs;
    size_t n_runs;
    struct rua_buf header;
    struct rua_buf text;
    bool full; /* the report's own cells do not fit */
};

static const struct rua_column *
find(struct rua_span name)
{
    for (size_t i = 0; i < rua_profile_full.count; i++) {
        const struct rua_column *column = &rua_profile_full.columns[i];
        if (rua_span_same(name, rua_span_text(column->name)))
            return column;
    }
    return NULL;
}

/* No column of the list, so far. */
static enum rua_verdict
complain(struct rua_span name, struct rua_err *err)
{
    char word[32];

    snprintf(word, sizeof(word), "%.*s", name.len < 32 ? (int)name.len : 31,
             (const char *)name.data);
    if (rua_columns_profile(word))
        return rua_err_set(err, RUA_LATER,
                           "columns: %s is a profile and stands alone", word);
    return rua_err_set(err, RUA_LATER,
                       "columns: there is no column or profile \"%.*s\"; "
                       "ruamill-tables(5) lists them",
                       (int)name.len, (const char *)name.data);
}

static bool
has(const struct rua_rows *rows, const struct rua_column *column)
{
    for (size_t i = 0; i < rows->width; i++)
        if (strcmp(rows->columns[i].name, column->name) == 0)
            return true;
    return false;
}

/* Fills the columns from a list of names. */
static enum rua_verdict
choose(struct rua_rows *rows, const char *list, struct rua_err *err)
{
    const char *comma;

    for (const char *p = list; p; p = comma ? comma + 1 : NULL) {
        const struct rua_column *column;
        struct rua_span name = rua_span_text(p);

        comma = strchr(p, ',');
        if (comma)
            name.len = (size_t)(comma - p);
        name = rua_span_trim(name);
        column = find(name);
        if (!column)
            return complain(name, err);
        if (has(rows, column))
            return rua_err_set(err, RUA_LATER,
                               "columns: \"%s\" stands there twice; leave out "
                               "one of them",
                               column->name);
        rows->columns = rua_realloc(rows->columns,
                                    (rows->width + 1) * sizeof(*rows->columns));
        rows->columns[rows->width++] = *column;
    }
    return RUA_OK;
}

static void
lay_out(struct rua_rows *rows)
{
    struct rua_cell cell = {.out = &rows->header, .format = rows->style.format};

    rows->runs = rua_alloc(rows->width * sizeof(*rows->runs));
    for (size_t i = 0; i < rows->width; i++) {
        struct rua_column *column = &rows->columns[i];
        struct run *last = rows->n_runs ? &rows->runs[rows->n_runs - 1] : NULL;

        if (i > 0)
            rua_cell_next(&cell);
        rua_cell_typed(&cell, column->name);
        if (last && column->of_report && last->columns->of_report)
            last->count++;
        else
            rows->runs[rows->n_runs++] = (struct run){column, 1, 0, 0};
    }
    rua_cell_end_row(&cell);
}

enum rua_verdict
rua_rows_new(const char *columns, struct rua_style style,
             struct rua_rows **ret_rows, struct rua_err *err)
{
    struct rua_rows *rows = rua_alloc(sizeof(*rows));
    const struct rua_profile *profile = rua_columns_profile(columns);
    enum rua_verdict v = RUA_OK;

    *rows = (struct rua_rows){.style = style};
    rua_buf_init(&rows->header, LONGEST_RUN);
    rua_buf_init(&rows->text, LONGEST_RUN);
    if (profile) {
        size_t size = profile->count * sizeof(*rows->columns);
        rows->width = profile->count;
        rows->columns = memcpy(rua_alloc(size), profile->columns, size);
    } else {
        v = choose(rows, columns, err);
    }
    if (v != RUA_OK) {
        rua_rows_free(rows);
        return v;
    }
    lay_out(rows);
    *ret_rows = rows;
    return RUA_OK;
}

void
rua_rows_free(struct rua_rows *rows)
{
    if (!rows)
        return;
    rua_buf_done(&rows->header);
    rua_buf_done(&rows->text);
    free(rows->columns);
    free(rows->runs);
    free(rows);
}

struct rua_span
rua_rows_header(const struct rua_rows *rows)
{
    return rua_buf_span(&rows->header);
}

size_t
rua_rows_width(const struct rua_rows *rows)
{
    return rows->width;
}

void
rua_rows_begin(struct rua_rows *rows, const struct rua_row *row)
{
    struct rua_cell cell = {.out = &rows->text,
                            .format = rows->style.format,
                            .guard = rows->style.guard};

    rua_buf_reset(&rows->text);
    for (struct run *run = rows->runs; run < rows->runs + rows->n_runs; run++) {
        run->text = rows->text.len;
        for (size_t i = 0; run->columns->of_report && i < run->count; i++) {
            if (i > 0)
                rua_cell_next(&cell);
            run->columns[i].put(row, run->columns[i].which, &cell);
        }
        run->len = rows->text.len - run->text;
    }
    rows->full = cell.full;
}

bool
rua_rows_add(struct rua_rows *rows, const struct rua_row *row,
             struct rua_buf *out)
{
    struct rua_cell cell = {.out = out,
                            .format = rows->style.format,
                            .guard = rows->style.guard,
                            .full = rows->full};
    size_t from = out->len;

    for (struct run *run = rows->runs; run < rows->runs + rows->n_runs; run++) {
        if (run > rows->runs)
            rua_cell_next(&cell);
        if (!run->columns->of_report)
            run->columns->put(row, run->columns->which, &cell);
        else if (!rua_buf_add(out, rows->text.data + run->text, run->len))
            cell.full = true;
    }
    rua_cell_end_row(&cell);
    if (cell.full)
        out->len = from;
    return !cell.full;
}
