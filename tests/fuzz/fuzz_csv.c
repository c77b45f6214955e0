/* fuzz_csv.c - our tables: any pieces give the same rows, and what was written
 * is read again, as one line. */
#include "csv.h"
#include "fuzz.h"

#include <string.h>

enum {
    BETWEEN = 0x1f /* between the values of an input */
};

static enum rua_verdict
note_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    (void)err;
    fuzz_note(ctx, row->number);
    fuzz_note(ctx, row->offset);
    fuzz_note_span(ctx, rua_span_text(row->wrong));
    for (size_t i = 0; i < row->n && !row->wrong; i++)
        fuzz_note_span(ctx, row->cells[i]);
    return RUA_OK;
}

static void
read_table(enum rua_format format, struct rua_span table, unsigned pieces,
           struct rua_buf *ret_seen)
{
    struct rua_csv csv;
    const struct rua_sink sink = {rua_csv_write, &csv};

    rua_buf_init(ret_seen, 64 * table.len + 64);
    rua_csv_init(&csv, format, note_row, ret_seen);
    fuzz_must(fuzz_push(&sink, table, pieces, NULL) == RUA_OK &&
                  rua_csv_end(&csv, NULL) == RUA_OK,
              "any bytes can be read");
    rua_csv_done(&csv);
}

static void
read_any(enum rua_format format, struct rua_span table, unsigned pieces)
{
    struct rua_buf whole, parts;

    read_table(format, table, 0, &whole);
    read_table(format, table, pieces, &parts);
    fuzz_must(fuzz_same(rua_buf_span(&whole), rua_buf_span(&parts)),
              "any pieces give the same");
    rua_buf_done(&whole);
    rua_buf_done(&parts);
}

/* A table of one column, the value in it; then the value read again. */
static enum rua_verdict
take_value(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct rua_buf *value = ctx;

    (void)err;
    fuzz_must(row->number <= 2, "a row is one line");
    fuzz_must(!row->wrong && row->n == 1, "a value stays in its cell");
    rua_buf_reset(value);
    rua_buf_add_span(value, row->cells[0]);
    return RUA_OK;
}

static void
write_and_read(struct rua_cell style, struct rua_span value, bool listed,
               struct rua_buf *ret_value)
{
    struct rua_buf table;
    struct rua_csv csv;

    rua_buf_init(&table, 4 * value.len + 16);
    rua_buf_init(ret_value, 4 * value.len + 16);
    rua_buf_add_span(&table, RUA_SPAN("name\n"));
    style.out = &table;
    rua_cell_begin(&style);
    rua_cell_piece(&style, value, listed);
    rua_cell_end(&style);
    rua_cell_end_row(&style);
    fuzz_must(!style.full, "a cell is bounded");
    fuzz_must(fuzz_is_utf8(rua_buf_span(&table)), "a table is UTF-8");
    rua_csv_init(&csv, style.format, take_value, ret_value);
    fuzz_must(rua_csv_write(&csv, rua_buf_span(&table), NULL) == RUA_OK &&
                  rua_csv_end(&csv, NULL) == RUA_OK && csv.number == 3,
              "a table is read to its end");
    rua_csv_done(&csv);
    rua_buf_done(&table);
}

static void
must_come_back(struct rua_span value, bool listed)
{
    const struct rua_cell plain = {.format = RUA_CSV},
                          tsv = {.format = RUA_TSV},
                          guarded = {.format = RUA_CSV, .guard = true};
    struct rua_buf clean, with_guard, again;

    write_and_read(plain, value, listed, &clean);
    write_and_read(guarded, value, listed, &with_guard);
    fuzz_must(!with_guard.len || !memchr("=+-@", with_guard.data[0], 4),
              "no spreadsheet calculates it");
    fuzz_must(with_guard.len < 2 || with_guard.data[0] != ' ' ||
                  !memchr("=+-@", with_guard.data[1], 4),
              "nor what is behind a blank");
    fuzz_must(fuzz_same(rua_csv_unguard(rua_buf_span(&with_guard)),
                        rua_buf_span(&clean)),
              "the guard can be taken off");
    write_and_read(plain, rua_buf_span(&clean), listed, &again);
    fuzz_must(fuzz_same(rua_buf_span(&again), rua_buf_span(&clean)),
              "what is clean stays as it is");
    rua_buf_done(&clean);
    rua_buf_done(&with_guard);
    rua_buf_done(&again);
    write_and_read(tsv, value, listed, &clean);
    rua_buf_done(&clean);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);

    read_any(RUA_CSV, input, steer + 1);
    read_any(RUA_TSV, input, steer + 1);
    while (input.len) {
        const unsigned char *end = memchr(input.data, BETWEEN, input.len);
        const size_t n = end ? (size_t)(end - input.data) : input.len;

        must_come_back((struct rua_span){input.data, n}, steer & 1);
        input.data += n + (end != NULL);
        input.len -= n + (end != NULL);
    }
    return 0;
}
