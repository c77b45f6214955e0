/* row.h - for unit tests: one row, and its cells by their columns' names. */
#ifndef ROW_H
#define ROW_H

#include <stdio.h>

#include "rows.h"
#include "sample.h"

/* A row of the sample's record `n`, and all that it points to. */
struct sample_row {
    struct sample sample;
    struct rua_receipt receipt;
    struct rua_row row;
};

/* After a change of the sample: the facts anew. */
static inline void
sample_row_facts(struct sample_row *r)
{
    rua_facts_of_report(&r->sample.report, &r->row.facts);
    rua_facts_of_record(r->row.record, &r->row.record_facts);
}

static inline void
sample_row_fill(struct sample_row *r, size_t n)
{
    sample_fill(&r->sample);
    r->receipt = (struct rua_receipt){
        .rua = "dmarc@example.com",
        .envelope_from = "noreply@example.org",
        .message_id = "id@example.org",
        .queue_id = "4F2xYz",
        .reporter_auth = "dkim=pass",
        .archive = "archive/2023/11/a.xml.gz",
        .received_at = 1700090000,
    };
    r->row = (struct rua_row){
        .report = &r->sample.report,
        .key = "0123abcd",
        .record = &r->sample.records[n],
        .number = n + 1,
        .receipt = &r->receipt,
        .totals = {2, 5, 2, 3},
    };
    sample_row_facts(r);
}

/* The line of a row, with a NUL behind it; freed by the next call. */
static inline const char *
row_line(const char *columns, struct rua_style style, const struct rua_row *row)
{
    static char line[1 << 16];
    struct rua_rows *rows;
    struct rua_buf out;

    assert_int_equal(RUA_OK, rua_rows_new(columns, style, &rows, NULL));
    rua_buf_init(&out, sizeof(line) - 1);
    rua_rows_begin(rows, row);
    assert_true(rua_rows_add(rows, row, &out));
    memcpy(line, out.data, out.len);
    line[out.len] = '\0';
    rua_buf_done(&out);
    rua_rows_free(rows);
    return line;
}

/* The length of the cell at `text`, its quotes included. */
static inline size_t
row_cell_length(const char *text, char between)
{
    size_t n = 0;
    bool quoted = false;

    for (; quoted || (text[n] != between && text[n] != '\n'); n++) {
        assert_true(text[n]);
        if (between == ',' && text[n] == '"')
            quoted = !quoted;
    }
    return n;
}

/* The cell of a column, as it stands in the row. */
static inline const char *
row_cell(const char *profile, struct rua_style style, const struct rua_row *row,
         const char *name)
{
    static char cell[4096];
    const struct rua_profile *p = rua_columns_profile(profile);
    const char *at = row_line(profile, style, row);
    char between = style.format == RUA_CSV ? ',' : '\t';

    for (size_t i = 0; i < p->count; i++) {
        size_t n = row_cell_length(at, between);
        if (strcmp(p->columns[i].name, name) == 0) {
            snprintf(cell, sizeof(cell), "%.*s", (int)n, at);
            return cell;
        }
        at += n + 1;
    }
    fail_msg("no column %s", name);
    return NULL;
}

static inline const char *
csv_cell(const char *profile, const struct rua_row *row, const char *name)
{
    return row_cell(profile, (struct rua_style){RUA_CSV, true}, row, name);
}

#endif
