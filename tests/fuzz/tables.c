/* A result on its way into tables, see fuzz_read_result() in fuzz.h. */
#include <string.h>

#include "csv.h"
#include "entry.h"
#include "fuzz.h"

static const struct rua_entry_style styles[] = {
    {"full",                        {RUA_CSV, true},  RUA_BY_MONTH, NULL, 0},
    {"full",                        {RUA_TSV, false}, RUA_BY_DAY,   NULL, 0},
    {"parsedmarc",                  {RUA_CSV, false}, RUA_BY_NONE,  NULL, 0},
    {"worker",                      {RUA_TSV, false}, RUA_BY_YEAR,  NULL, 0},
    {"dkim_human_results,warnings", {RUA_CSV, true},  RUA_BY_MONTH, NULL, 0},
};

static enum rua_verdict
look_at_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    uint64_t *rows = ctx;

    (void)err;
    fuzz_must(!row->wrong, "a row is one line of the table");
    ++*rows;
    return RUA_OK;
}

/* Reads a table; how many rows it has, its header not counted. */
static uint64_t
read_table(enum rua_format format, struct rua_span header,
           const struct rua_spool *records, struct rua_span rows)
{
    struct rua_csv csv;
    const struct rua_sink sink = {rua_csv_write, &csv};
    uint64_t n = 0;

    rua_csv_init(&csv, format, look_at_row, &n);
    fuzz_must(rua_csv_write(&csv, header, NULL) == RUA_OK &&
                  rua_csv_write(&csv, rows, NULL) == RUA_OK &&
                  (!records || rua_spool_push(records, 0, records->len, &sink,
                                              NULL) == RUA_OK) &&
                  rua_csv_end(&csv, NULL) == RUA_OK,
              "a table is read to its end");
    rua_csv_done(&csv);
    return n - 1;
}

static bool
is_plain(const char *name, const char *others)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    while (*name && (strchr(plain, *name) || strchr(others, *name)))
        name++;
    return *name == '\0';
}

static void
look_at_names(const struct rua_entry *entry)
{
    fuzz_must(entry->folder[0] && entry->folder[0] != '.' &&
                  is_plain(entry->folder, ""),
              "the folder is a name");
    fuzz_must(is_plain(entry->period, "") && !strchr(entry->period, '.'),
              "the period is a part of a name");
    fuzz_must(is_plain(entry->archive, "/!") && !strstr(entry->archive, "/.") &&
                  !strstr(entry->archive, "//") &&
                  strncmp(entry->archive, "archive/", 8) == 0,
              "the archive's file is below the archive");
    fuzz_must(strlen(entry->key) == 64, "the key is a digest");
}

static void
look_at_entry(const struct rua_entry_maker *maker,
              const struct rua_entry *entry, enum rua_format format)
{
    look_at_names(entry);
    fuzz_must(read_table(format, rua_entry_records_header(maker),
                         &entry->records,
                         RUA_SPAN("")) == entry->totals.records,
              "a record is a row");
    fuzz_must(read_table(format, rua_entry_reports_header(maker), NULL,
                         rua_buf_span(&entry->report)) == 1,
              "a report is a row");
}

/* What is said of the mail comes from strangers, too. */
static void
make_entry(struct rua_entry_maker *maker, const struct rua_spool *spool,
           const struct rua_result *result,
           const struct rua_result_report *report, enum rua_format format)
{
    const char *const domain = report->domain[0] ? report->domain : NULL;
    const struct rua_receipt receipt = {
        .rua = result->head.n_recipients ? result->head.recipients[0] : NULL,
        .envelope_from = result->sentence,
        .message_id = result->head.message_id,
        .queue_id = result->head.subject,
        .reporter_auth = result->head.subject,
        .received_at = 1767225600};
    struct rua_entry entry;
    struct rua_err err = {0};
    enum rua_verdict v;

    v = rua_entry_make(maker, spool, report, domain, &receipt, &entry, &err);
    fuzz_must(v == RUA_OK || v == RUA_BAD, "it becomes rows or it does not");
    fuzz_must_say(v, &err);
    if (v != RUA_OK)
        return;
    look_at_entry(maker, &entry, format);
    rua_entry_done(&entry);
}

enum rua_verdict
fuzz_read_result(const struct rua_spool *result, unsigned style,
                 struct rua_err *err)
{
    const struct rua_entry_style *const look =
        &styles[style % (sizeof(styles) / sizeof(*styles))];
    struct rua_entry_maker *maker;
    struct rua_arena arena = {0};
    struct rua_result found;
    enum rua_verdict v;

    v = rua_result_read(result, &arena, &found, err);
    fuzz_must(v == RUA_OK || v == RUA_BAD, "a result is whole or it is not");
    fuzz_must_say(v, err);
    fuzz_must(v == RUA_OK || found.n_reports == 0,
              "a broken result has no reports");
    fuzz_must(found.verdict <= RUA_LATER, "a verdict is one");
    if (v == RUA_OK)
        fuzz_must(rua_entry_maker_new(look, fuzz_scratch(), &maker, err) ==
                      RUA_OK,
                  "the columns are columns");
    for (size_t i = 0; i < found.n_reports; i++)
        make_entry(maker, result, &found, &found.reports[i],
                   look->style.format);
    if (v == RUA_OK)
        rua_entry_maker_free(maker);
    rua_arena_done(&arena);
    return v;
}
