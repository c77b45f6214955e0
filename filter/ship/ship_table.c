#include "ship_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum {
    CHUNK = 256 * 1024,
    HEADER = 1 << 20, /* bytes of a header line, at most */
    FIRST_HEADER = 4096,
};

#define NO_CELL SIZE_MAX

/* A table that is open for the time of one read: writers wait for us. */
struct open_table {
    int fd;
    struct rua_file_facts facts;
};

static void
hold(struct ship_reader *reader, const char *why, uint64_t offset)
{
    char sentence[RUA_TABLE_PATH_SIZE + 160];

    snprintf(sentence, sizeof(sentence),
             "%s: the line at byte %llu %s; nothing from there on is sent; see "
             "ruamill verify",
             reader->path, (unsigned long long)offset, why);
    reader->hold(reader->ctx, reader->inode, sentence);
}

/* ---- rows ---- */

static enum rua_verdict
take_row(struct ship_reader *reader, const struct rua_csv_row *row)
{
    struct rua_span cells[SHIP_COLUMNS];
    enum ship_which which = reader->row.which;

    for (size_t i = 0; i < reader->columns->count; i++) {
        const struct ship_column *column = &reader->columns->columns[i];
        struct rua_span cell = {0};
        if (reader->map[i] != NO_CELL)
            cell = row->cells[reader->map[i]];
        if (!cell.data && column->needed) {
            hold(reader, "has no report_key or record", row->offset);
            return RUA_BAD;
        }
        if (cell.len && cell.data[0] == '\'' && reader->guard &&
            reader->format == RUA_CSV && column->type == SHIP_TEXT)
            cell = rua_csv_unguard(cell);
        cells[i] = cell;
    }
    reader->row.cells = cells;
    reader->kind->put(reader->target, &reader->row,
                      &reader->batch->text[which]);
    reader->batch->rows[which]++;
    reader->good = row->offset + row->line.len + 1;
    return RUA_OK;
}

static enum rua_verdict
on_line(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct ship_reader *reader = ctx;

    (void)err;
    if (row->wrong) {
        hold(reader, row->wrong, row->offset);
        return RUA_BAD;
    }
    if (row->number > 1)
        return take_row(reader, row);
    for (size_t i = 0; i < reader->columns->count; i++) {
        struct rua_span name = rua_span_text(reader->columns->columns[i].name);
        reader->map[i] = NO_CELL;
        for (size_t j = 0; j < row->n; j++)
            if (row->cells[j].len == name.len &&
                memcmp(row->cells[j].data, name.data, name.len) == 0)
                reader->map[i] = j;
    }
    return RUA_OK;
}

void
ship_reader_init(struct ship_reader *reader)
{
    rua_csv_init(&reader->csv, RUA_CSV, on_line, reader);
    rua_buf_init(&reader->bytes, RUA_CSV_LINE + CHUNK);
    rua_buf_init(&reader->header, HEADER);
    reader->row.which = SHIP_TABLES;
}

void
ship_reader_done(struct ship_reader *reader)
{
    rua_csv_done(&reader->csv);
    rua_buf_done(&reader->bytes);
    rua_buf_done(&reader->header);
}

/* ---- bytes ---- */

/* Bytes [begin, end) of the table, as many as are there. */
static enum rua_verdict
fetch(struct ship_reader *reader, const struct open_table *table,
      uint64_t begin, uint64_t end, struct rua_err *err)
{
    size_t want, n = 0;
    unsigned char *room;
    enum rua_verdict v;

    end = end < table->facts.size ? end : table->facts.size;
    want = end > begin ? (size_t)(end - begin) : 0;
    rua_buf_reset(&reader->bytes);
    room = rua_buf_room(&reader->bytes, want);
    if (!room)
        return rua_err_set(err, RUA_LATER, "%s: a line is too long",
                           reader->path);
    v = rua_file_read(table->fd, reader->path, begin, room, want, &n, err);
    reader->bytes.len = v == RUA_OK ? n : 0;
    return v;
}

static size_t
whole_lines(const struct rua_buf *bytes)
{
    const unsigned char *lf = memrchr(bytes->data, '\n', bytes->len);

    return lf ? (size_t)(lf + 1 - bytes->data) : 0;
}

/* Has the reader of lines know the columns. *ret_len is 0 when there is no
 * whole header yet. */
static enum rua_verdict
take_header(struct ship_reader *reader, const struct open_table *table,
            size_t *ret_len, struct rua_err *err)
{
    struct rua_span line = {0};
    enum rua_verdict v;

    *ret_len = 0;
    for (uint64_t size = FIRST_HEADER; size <= HEADER; size *= 4) {
        const unsigned char *lf;
        v = fetch(reader, table, 0, size, err);
        if (v != RUA_OK)
            return v;
        lf = memchr(reader->bytes.data, '\n', reader->bytes.len);
        if (lf)
            line = (struct rua_span){reader->bytes.data,
                                     (size_t)(lf + 1 - reader->bytes.data)};
        if (lf || reader->bytes.len < size)
            break;
    }
    if (!line.len)
        return RUA_OK;
    *ret_len = line.len;
    reader->csv.format = reader->format;
    if (reader->columns && reader->header.len == line.len &&
        memcmp(reader->header.data, line.data, line.len) == 0 &&
        reader->columns == ship_columns(reader->row.which))
        return RUA_OK;
    reader->columns = ship_columns(reader->row.which);
    rua_buf_reset(&reader->header);
    rua_buf_add_span(&reader->header, line);
    reader->csv.number = 1;
    reader->csv.offset = 0;
    return rua_csv_write(&reader->csv, line, err);
}

/* A table without what rows are known by cannot be sent exactly once. */
static bool
has_needed(struct ship_reader *reader)
{
    char sentence[RUA_TABLE_PATH_SIZE + 160];

    for (size_t i = 0; i < reader->columns->count; i++)
        if (reader->columns->columns[i].needed && reader->map[i] == NO_CELL) {
            snprintf(sentence, sizeof(sentence),
                     "%s has no column %s, by which a row is known; with "
                     "columns = full it would",
                     reader->path, reader->columns->columns[i].name);
            reader->hold(reader->ctx, reader->inode, sentence);
            return false;
        }
    return true;
}

/* ---- ranges ---- */

static uint64_t
mark_before(const struct rua_buf *bytes, size_t end)
{
    size_t n = end < SHIP_MARK ? end : SHIP_MARK;

    return ship_mark(bytes->data + end - n, n);
}

/* Rows up to `good` are in the batch: bytes [at, at + ...) of the table begin
 * the reader's. */
static void
add_range(struct ship_reader *reader, uint64_t begin, uint64_t at)
{
    struct ship_batch *batch = reader->batch;
    struct ship_range *range = ship_batch_range(batch, reader->inode);

    if (!range) {
        range = ship_batch_add(batch, reader->inode, reader->path);
        range->begin = begin;
    }
    range->end = reader->good;
    range->mark = mark_before(&reader->bytes, (size_t)(reader->good - at));
}

/* Where the rows begin that were not sent. A file that has the inode of another
 * one begins anew: tables only grow, so a shorter one is another, too. */
static enum rua_verdict
find_begin(struct ship_reader *reader, const struct open_table *table,
           size_t header, uint64_t *ret_begin, struct rua_err *err)
{
    const struct ship_range *range =
        ship_batch_range(reader->batch, reader->inode);
    uint64_t offset = range ? range->end : 0, mark = 0;
    enum rua_verdict v = RUA_OK;

    *ret_begin = offset;
    if (range)
        return RUA_OK;
    v = ship_state_find(reader->state, reader->inode, &offset, &mark, err);
    if (v == RUA_OK && offset) {
        uint64_t from = offset < SHIP_MARK ? 0 : offset - SHIP_MARK;
        v = fetch(reader, table, from, offset, err);
        if (v == RUA_OK &&
            (table->facts.size < offset ||
             mark_before(&reader->bytes, reader->bytes.len) != mark))
            offset = 0;
    }
    *ret_begin = offset < header ? header : offset;
    return v;
}

/* ---- a table ---- */

static enum rua_verdict
open_table(struct ship_reader *reader, const char *path, enum ship_which which,
           enum rua_format format, struct open_table *ret_table,
           struct rua_err *err)
{
    enum rua_verdict v =
        rua_file_open_to_read(reader->view->root, path, &ret_table->fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_look(ret_table->fd, path, &ret_table->facts, err);
    snprintf(reader->folder, sizeof(reader->folder), "%.*s",
             (int)strcspn(path, "/"), path);
    reader->row = (struct ship_row){.which = which, .folder = reader->folder};
    reader->format = format;
    reader->path = path;
    reader->inode = ret_table->facts.inode;
    if (v != RUA_OK)
        close(ret_table->fd);
    return v;
}

/* Takes the lines that were fetched from `at` on. RUA_BAD: from `good` on,
 * something is wrong with them. */
static enum rua_verdict
take_lines(struct ship_reader *reader, uint64_t at, struct rua_err *err)
{
    struct rua_span lines = {reader->bytes.data, whole_lines(&reader->bytes)};
    enum rua_verdict v;

    reader->csv.number = 2;
    reader->csv.offset = reader->good = at;
    rua_buf_reset(&reader->csv.line);
    v = rua_csv_write(&reader->csv, lines, err);
    ship_batch_pack(reader->batch, false);
    return v;
}

/* One piece of a table, opened for this only. */
static enum rua_verdict
read_piece(struct ship_reader *reader, const struct view_table *table,
           uint64_t chunk, bool *ret_more, struct rua_err *err)
{
    struct open_table open;
    uint64_t begin = 0;
    size_t header = 0;
    enum rua_verdict v =
        open_table(reader, table->path,
                   table->kind == VIEW_RECORDS ? SHIP_RECORDS : SHIP_REPORTS,
                   table->format, &open, err);

    *ret_more = false;
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    if (!table->inode || table->inode == open.facts.inode)
        v = take_header(reader, &open, &header, err);
    if (v == RUA_OK && header && has_needed(reader))
        v = find_begin(reader, &open, header, &begin, err);
    if (v == RUA_OK && begin && begin < open.facts.size)
        v = fetch(reader, &open, begin, begin + chunk, err);
    else
        rua_buf_reset(&reader->bytes);
    close(open.fd);
    if (v == RUA_OK && reader->bytes.len == chunk &&
        !whole_lines(&reader->bytes) && chunk < RUA_CSV_LINE)
        return read_piece(reader, table, chunk * 4, ret_more, err);
    if (v == RUA_OK && whole_lines(&reader->bytes)) {
        v = take_lines(reader, begin, err);
        if (reader->good > begin)
            add_range(reader, begin, begin);
        *ret_more = v == RUA_OK && begin + reader->bytes.len < open.facts.size;
    }
    return v == RUA_BAD ? RUA_OK : v;
}

enum rua_verdict
ship_read(struct ship_reader *reader, const struct view_table *table,
          bool *ret_more, struct rua_err *err)
{
    enum rua_verdict v;

    do
        v = read_piece(reader, table, CHUNK, ret_more, err);
    while (v == RUA_OK && *ret_more && !ship_batch_is_full(reader->batch));
    return v;
}

/* ---- the same again ---- */

/* The rows [begin, end), piece by piece. */
static enum rua_verdict
take_range(struct ship_reader *reader, const struct open_table *table,
           const struct ship_range *range, struct rua_err *err)
{
    uint64_t at = range->begin, chunk = CHUNK;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && at < range->end) {
        uint64_t end = range->end - at < chunk ? range->end : at + chunk;
        v = fetch(reader, table, at, end, err);
        if (v == RUA_OK && !whole_lines(&reader->bytes)) {
            if (end == range->end || chunk > RUA_CSV_LINE)
                return RUA_NOT_REPORT;
            chunk *= 4;
            continue;
        }
        if (v == RUA_OK)
            v = take_lines(reader, at, err);
        if (reader->good > at)
            add_range(reader, range->begin, at);
        at = reader->good;
    }
    return v == RUA_BAD ? RUA_NOT_REPORT : v;
}

enum rua_verdict
ship_read_range(struct ship_reader *reader, const struct ship_range *range,
                struct rua_err *err)
{
    struct view_table table = {.suffix = 1};
    struct open_table open;
    struct ship_range *now;
    size_t header = 0;
    enum rua_verdict v;

    if (!view_is_table(range->path, &table))
        return RUA_NOT_REPORT;
    v = open_table(reader, table.path,
                   table.kind == VIEW_RECORDS ? SHIP_RECORDS : SHIP_REPORTS,
                   table.format, &open, err);
    if (v != RUA_OK)
        return v;
    if (open.facts.inode != range->inode || open.facts.size < range->end)
        v = RUA_NOT_REPORT;
    if (v == RUA_OK)
        v = take_header(reader, &open, &header, err);
    if (v == RUA_OK && header && has_needed(reader))
        v = take_range(reader, &open, range, err);
    close(open.fd);
    now = ship_batch_range(reader->batch, range->inode);
    if (v == RUA_OK &&
        (!now || now->end != range->end || now->mark != range->mark))
        v = RUA_NOT_REPORT;
    return v;
}
