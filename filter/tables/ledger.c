#include "ledger.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "csv.h"

/* What is taken from a row, by the names of the columns. */
enum column {
    RECORDS,
    MESSAGES,
    RUA,
    ENVELOPE_FROM,
    MESSAGE_ID,
    QUEUE_ID,
    REPORTER_AUTH,
    RECEIVED_AT,
    ARCHIVE,
    KEY,
    COLUMNS
};

static const char *const names[COLUMNS] = {
    [RECORDS] = "records",
    [MESSAGES] = "messages",
    [RUA] = "rua",
    [ENVELOPE_FROM] = "envelope_from",
    [MESSAGE_ID] = "message_id",
    [QUEUE_ID] = "queue_id",
    [REPORTER_AUTH] = "reporter_auth",
    [RECEIVED_AT] = "received_at",
    [ARCHIVE] = "archive",
    [KEY] = "report_key",
};

struct ledger {
    const struct ledger_reader *reader;
    enum rua_format format;
    bool known; /* the header is one of ours */
    size_t at[COLUMNS];
    struct rua_arena arena;
    struct rua_buf bytes;
};

/* A later version has further columns at the end. */
static bool
is_ours(const struct rua_csv_row *header)
{
    const struct rua_profile *ours = &rua_profile_reports;

    if (header->n < ours->count)
        return false;
    for (size_t i = 0; i < ours->count; i++) {
        struct rua_span name = rua_span_text(ours->columns[i].name);
        if (name.len != header->cells[i].len ||
            memcmp(name.data, header->cells[i].data, name.len) != 0)
            return false;
    }
    return true;
}

static void
take_header(struct ledger *ledger, const struct rua_csv_row *row)
{
    const struct ledger_reader *reader = ledger->reader;

    ledger->known = !row->wrong && is_ours(row);
    if (!ledger->known)
        reader->wrong(reader->ctx, row->number,
                      row->wrong ? row->wrong
                                 : "is not the header of a reports table");
    for (size_t c = 0; ledger->known && c < COLUMNS; c++)
        for (size_t i = 0; i < row->n; i++)
            if (rua_span_same(row->cells[i], rua_span_text(names[c])))
                ledger->at[c] = i;
}

static const char *
text(struct ledger *ledger, const struct rua_csv_row *row, enum column column)
{
    struct rua_span value = row->cells[ledger->at[column]];

    if (ledger->format == RUA_CSV && ledger->reader->guard)
        value = rua_csv_unguard(value);
    return rua_arena_text(&ledger->arena, value);
}

/* "2026-11-21 20:00:00" */
static int64_t
read_time(struct rua_span value)
{
    char text[32];
    struct tm tm = {0};
    const char *end;

    snprintf(text, sizeof(text), "%.*s", (int)value.len,
             value.len ? (const char *)value.data : "");
    end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    return end && !*end ? (int64_t)timegm(&tm) : -1;
}

static const char *
take_values(struct ledger *ledger, const struct rua_csv_row *from,
            struct ledger_row *row)
{
    const struct rua_span *cells = from->cells;
    struct rua_span key = cells[ledger->at[KEY]];

    if (key.len != VIEW_KEY - 1)
        return "has no report_key";
    memcpy(row->key, key.data, key.len);
    if (strspn(row->key, "0123456789abcdef") != VIEW_KEY - 1)
        return "has a report_key that is none";
    if (!rua_csv_number(cells[ledger->at[RECORDS]], &row->records) ||
        !rua_csv_number(cells[ledger->at[MESSAGES]], &row->messages))
        return "has no number of records or messages";
    row->receipt = (struct rua_receipt){
        .rua = text(ledger, from, RUA),
        .envelope_from = text(ledger, from, ENVELOPE_FROM),
        .message_id = text(ledger, from, MESSAGE_ID),
        .queue_id = text(ledger, from, QUEUE_ID),
        .reporter_auth = text(ledger, from, REPORTER_AUTH),
        .archive = text(ledger, from, ARCHIVE),
        .received_at = read_time(cells[ledger->at[RECEIVED_AT]]),
    };
    if (row->receipt.received_at < 0)
        return "has no received_at";
    return row->receipt.archive ? NULL : "names no file of the archive";
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *from, struct rua_err *err)
{
    struct ledger *ledger = ctx;
    const struct ledger_reader *reader = ledger->reader;
    struct ledger_row row = {.line = from->number};
    const char *wrong = from->wrong;
    enum rua_verdict v = RUA_OK;

    if (from->number == 1)
        take_header(ledger, from);
    if (from->number == 1 || !ledger->known)
        return RUA_OK;
    if (!wrong)
        wrong = take_values(ledger, from, &row);
    rua_buf_reset(&ledger->bytes);
    rua_buf_add_span(&ledger->bytes, from->line);
    rua_buf_add_byte(&ledger->bytes, '\n');
    row.bytes = rua_buf_span(&ledger->bytes);
    if (wrong)
        reader->wrong(reader->ctx, row.line, wrong);
    else
        v = reader->row(reader->ctx, &row, err);
    rua_arena_done(&ledger->arena);
    return v;
}

enum rua_verdict
ledger_read(const struct view *view, const struct view_table *table,
            const struct ledger_reader *reader, struct rua_err *err)
{
    struct ledger ledger = {.reader = reader, .format = table->format};
    struct rua_csv csv;
    struct rua_sink sink = {rua_csv_write, &csv};
    struct rua_err why = {0};
    enum rua_verdict v;

    rua_buf_init(&ledger.bytes, RUA_CSV_LINE + 1);
    rua_csv_init(&csv, table->format, take_row, &ledger);
    v = view_push_table(view, table, &sink, &why);
    if (v == RUA_BAD) {
        reader->wrong(reader->ctx, 0, why.sentence);
        v = RUA_OK;
    }
    v = v == RUA_OK ? rua_csv_end(&csv, err)
                    : rua_err_set(err, v, "%s", why.sentence);
    rua_csv_done(&csv);
    rua_buf_done(&ledger.bytes);
    rua_arena_done(&ledger.arena);
    return v;
}
