#include "fill.h"

#include <string.h>

static const char *const names[FILL_COLUMNS] = {
    [FILL_COUNTRY] = "source_country", [FILL_ASN] = "source_asn",
    [FILL_AS_NAME] = "source_as_name", [FILL_AS_DOMAIN] = "source_as_domain",
    [FILL_NAME] = "source_name",       [FILL_TYPE] = "source_type",
};

bool
fill_is_for(struct rua_span header)
{
    for (size_t c = 0; c < FILL_COLUMNS; c++)
        if (memmem(header.data, header.len, names[c], strlen(names[c])))
            return true;
    return false;
}

static enum rua_verdict
take_header(struct fill *fill, const struct rua_csv_row *row,
            struct rua_err *err)
{
    struct fill_source *source = fill->source;
    bool any = false;

    for (size_t i = 0; !row->wrong && i < row->n; i++) {
        if (rua_span_same(row->cells[i], RUA_SPAN("source_ip_address")))
            fill->ip = i;
        for (size_t c = 0; c < FILL_COLUMNS; c++)
            if (rua_span_same(row->cells[i], rua_span_text(names[c]))) {
                fill->at[c] = i;
                any = true;
            }
    }
    if (any && !source->origins &&
        origins_open(&source->plan, &source->origins, err) != RUA_OK)
        return RUA_REFUSED;
    return RUA_OK;
}

/* Writes what is known; false for nothing. */
static bool
put(struct rua_cell *cell, const struct origin *origin, size_t column)
{
    const char *texts[FILL_COLUMNS] = {
        [FILL_COUNTRY] = origin->country,     [FILL_AS_NAME] = origin->as_name,
        [FILL_AS_DOMAIN] = origin->as_domain, [FILL_NAME] = origin->sender,
        [FILL_TYPE] = origin->type,
    };

    if (column == FILL_ASN ? !origin->asn : !*texts[column])
        return false;
    if (column == FILL_ASN)
        rua_cell_number(cell, origin->asn);
    else
        rua_cell_text(cell, rua_span_text(texts[column]));
    return true;
}

/* Where the cell ends that begins at `at`. */
static size_t
end_of_cell(const struct fill *fill, struct rua_span line, size_t at)
{
    bool quoted = false;

    for (; at < line.len; at++) {
        if (fill->format == RUA_TSV ? line.data[at] == '\t'
                                    : line.data[at] == ',' && !quoted)
            break;
        if (line.data[at] == '"')
            quoted = !quoted;
    }
    return at;
}

/* The line cell by cell, as it stands there where there is nothing to fill. */
static void
fill_line(struct fill *fill, const struct rua_csv_row *row)
{
    const struct origin *origin =
        origins_find(fill->source->origins, row->cells[fill->ip]);
    struct rua_cell cell = {
        .out = &fill->line, .format = fill->format, .guard = fill->guard};
    size_t at = 0;

    for (size_t i = 0; i < row->n; i++) {
        size_t end = end_of_cell(fill, row->line, at), c = 0;
        while (c < FILL_COLUMNS && fill->at[c] != i)
            c++;
        if (i)
            rua_cell_next(&cell);
        if (c == FILL_COLUMNS || row->cells[i].len || !put(&cell, origin, c))
            rua_buf_add(&fill->line, row->line.data + at, end - at);
        at = end + 1;
    }
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct fill *fill = ctx;
    enum rua_verdict v =
        row->number == 1 ? take_header(fill, row, err) : RUA_OK;

    if (v != RUA_OK)
        return v;
    rua_buf_reset(&fill->line);
    if (row->number > 1 && !row->wrong && fill->ip < row->n)
        fill_line(fill, row);
    else
        rua_buf_add_span(&fill->line, row->line);
    if (!fill->ending)
        rua_buf_add_byte(&fill->line, '\n');
    return rua_push(fill->next, rua_buf_span(&fill->line), err);
}

void
fill_begin(struct fill *fill, struct fill_source *source,
           enum rua_format format, bool guard, const struct rua_sink *next)
{
    *fill = (struct fill){.source = source,
                          .format = format,
                          .guard = guard,
                          .next = next,
                          .ip = FILL_NOWHERE};
    for (size_t c = 0; c < FILL_COLUMNS; c++)
        fill->at[c] = FILL_NOWHERE;
    rua_csv_init(&fill->csv, format, take_row, fill);
    rua_buf_init(&fill->line, RUA_CSV_LINE + FILL_COLUMNS * 2 * ORIGIN_TEXT);
}

enum rua_verdict
fill_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct fill *fill = ctx;

    return rua_csv_write(&fill->csv, bytes, err);
}

enum rua_verdict
fill_end(struct fill *fill, struct rua_err *err)
{
    fill->ending = true;
    return rua_csv_end(&fill->csv, err);
}

void
fill_done(struct fill *fill)
{
    rua_csv_done(&fill->csv);
    rua_buf_done(&fill->line);
}
