#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

struct reading {
    struct verify_domain *domain;
    unsigned table;
};

/* A problem of the line that is being read. */
#define SAY(reading, row, ...)                                                 \
    findings_add(&(reading)->domain->verify->findings,                         \
                 (reading)->domain->view.tables[(reading)->table].path,        \
                 (row)->number, __VA_ARGS__)

static bool
find_column(const struct rua_csv_row *header, const char *name, size_t *ret_at)
{
    for (size_t i = 0; i < header->n; i++)
        if (rua_span_same(header->cells[i], rua_span_text(name))) {
            *ret_at = i;
            return true;
        }
    return false;
}

/* Columns are chosen without regard to case, but are written in one way. */
static bool
is_as_written(const struct rua_csv_row *row,
              const struct rua_entry_maker *maker)
{
    struct rua_span ours = rua_entry_records_header(maker);

    return row->line.len + 1 == ours.len &&
           memcmp(row->line.data, ours.data, row->line.len) == 0;
}

static void
take_header(const struct reading *reading, const struct rua_csv_row *row)
{
    struct verify *verify = reading->domain->verify;
    const struct view_table *table =
        &reading->domain->view.tables[reading->table];
    struct verify_sheet *sheet = &reading->domain->sheets[reading->table];
    struct rua_style style = {table->format, verify->conf->formula_guard};
    const struct rua_entry_maker *maker;
    struct rua_err err = {0};

    if (row->wrong) {
        SAY(reading, row, "the header %s", row->wrong);
        return;
    }
    sheet->columns = makers_columns(&verify->makers, row);
    maker = makers_get(&verify->makers, sheet->columns, style, &err);
    if (maker && !is_as_written(row, maker)) {
        rua_err_set(&err, RUA_BAD, "it is spelt otherwise");
        maker = NULL;
    }
    if (!maker) {
        SAY(reading, row, "is not a header of ours: %s", err.sentence);
        sheet->columns = NULL;
        return;
    }
    sheet->keyed = find_column(row, "report_key", &sheet->key) &&
                   find_column(row, "record", &sheet->record) &&
                   find_column(row, "count", &sheet->count);
    if (strcmp(sheet->columns, verify->conf->columns) != 0)
        findings_note(table->path,
                      "has other columns than the configuration says");
}

static void
add(uint64_t *sum, uint64_t more)
{
    *sum = more > INT64_MAX - *sum ? INT64_MAX : *sum + more;
}

/* The rows of a report stand together, in the order of their numbers. */
static void
add_row(const struct reading *reading, const struct rua_csv_row *row,
        struct verify_report *report, uint64_t number, uint64_t count)
{
    uint64_t end = row->offset + row->line.len + 1;
    bool first = report->seen == 0, gap, apart;

    if (number <= report->last) {
        SAY(reading, row, "record %" PRIu64 " is there twice", number);
        report->spoilt = true;
        return;
    }
    gap = number > report->last + 1;
    apart = !first && (report->rows_table != reading->table ||
                       report->end != row->offset);
    if (gap)
        SAY(reading, row,
            "record %" PRIu64 " stands here, after record %" PRIu64, number,
            report->last);
    else if (apart)
        SAY(reading, row, "record %" PRIu64 " stands apart from the one before",
            number);
    report->spoilt = report->spoilt || gap || apart;
    if (first) {
        report->rows_table = reading->table;
        report->first = row->number;
        report->begin = row->offset;
    }
    report->end = end;
    report->last = number;
    report->seen++;
    add(&report->sum, count);
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    const struct reading *reading = ctx;
    struct verify_domain *domain = reading->domain;
    const struct verify_sheet *sheet = &domain->sheets[reading->table];
    struct verify_report *report;
    uint64_t number = 0, count = 0;
    struct rua_span cell;
    char key[VIEW_KEY];

    (void)err;
    if (row->number == 1) {
        take_header(reading, row);
        return RUA_OK;
    }
    domain->verify->records++;
    if (row->wrong)
        SAY(reading, row, "%s", row->wrong);
    if (row->wrong || !sheet->columns)
        return RUA_OK;
    if (!sheet->keyed) {
        domain->keyless++;
        return RUA_OK;
    }
    cell = row->cells[sheet->key];
    snprintf(key, sizeof(key), "%.*s", (int)cell.len,
             cell.len ? (const char *)cell.data : "");
    report = verify_find(domain, key);
    if (!report)
        SAY(reading, row, "no reports table has its report_key");
    else if (!rua_csv_number(row->cells[sheet->record], &number) || !number)
        SAY(reading, row, "has no record number");
    else if (row->cells[sheet->count].len &&
             !rua_csv_number(row->cells[sheet->count], &count))
        SAY(reading, row, "has a count that is no number");
    else
        add_row(reading, row, report, number, count);
    return RUA_OK;
}

static enum rua_verdict
read_table(struct verify_domain *domain, unsigned i, struct rua_err *err)
{
    const struct view_table *table = &domain->view.tables[i];
    struct reading reading = {domain, i};
    struct rua_csv csv;
    struct rua_sink sink = {rua_csv_write, &csv};
    struct rua_err why = {0};
    enum rua_verdict v;

    rua_csv_init(&csv, table->format, take_row, &reading);
    v = view_push_table(&domain->verify->view, table, &sink, &why);
    if (v == RUA_BAD) {
        findings_add(&domain->verify->findings, table->path, 0, "%s",
                     why.sentence);
        v = RUA_OK;
    }
    v = v == RUA_OK ? rua_csv_end(&csv, err)
                    : rua_err_set(err, v, "%s", why.sentence);
    rua_csv_done(&csv);
    return v;
}

enum rua_verdict
verify_records(struct verify_domain *domain, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (unsigned i = 0; v == RUA_OK && i < domain->view.n; i++)
        if (domain->view.tables[i].kind == VIEW_RECORDS)
            v = read_table(domain, i, err);
    return v;
}
