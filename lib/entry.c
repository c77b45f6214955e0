#include "entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LONGEST_ROW = 64 << 20,
    FULL = 64 << 10,       /* bytes of lines that are handed on */
    MEMORY = 1 << 20,      /* bytes of a report's rows kept in memory, */
    MEMORY_ALL = 16 << 20, /* and of all reports' of a message */
    NAME_PART = 64,        /* bytes of org or domain in an archive's name */
};

struct rua_entry_maker {
    enum rua_partition partition;
    const struct rua_limits *limits;
    uint64_t memory; /* for rows of a message */
    uint64_t bytes;  /* of all rows of the message so far */
    struct rua_rows *records;
    struct rua_rows *reports;
    struct rua_scratch *scratch;
    struct rua_buf lines;

    /* the report that is being rendered */
    struct rua_row row;
    struct rua_entry *entry;
    uint64_t warnings; /* so far */
};

enum rua_verdict
rua_entry_maker_new(const struct rua_entry_style *style,
                    struct rua_scratch *scratch,
                    struct rua_entry_maker **ret_maker, struct rua_err *err)
{
    struct rua_entry_maker *maker;
    enum rua_verdict v;

    if (strcmp(style->columns, rua_profile_reports.name) == 0)
        return rua_err_set(err, RUA_LATER,
                           "columns: \"%s\" is for the reports tables only",
                           style->columns);
    maker = rua_alloc(sizeof(*maker));
    *maker = (struct rua_entry_maker){.partition = style->partition,
                                      .limits = style->limits,
                                      .memory = style->memory ? style->memory
                                                              : MEMORY_ALL,
                                      .scratch = scratch};
    rua_buf_init(&maker->lines, LONGEST_ROW + FULL);
    v = rua_rows_new(style->columns, style->style, &maker->records, err);
    if (v == RUA_OK)
        v = rua_rows_new("reports", style->style, &maker->reports, err);
    if (v == RUA_OK)
        *ret_maker = maker;
    else
        rua_entry_maker_free(maker);
    return v;
}

void
rua_entry_maker_free(struct rua_entry_maker *maker)
{
    if (!maker)
        return;
    rua_rows_free(maker->records);
    rua_rows_free(maker->reports);
    rua_buf_done(&maker->lines);
    free(maker);
}

void
rua_entry_maker_begin(struct rua_entry_maker *maker)
{
    maker->bytes = 0;
}

struct rua_span
rua_entry_records_header(const struct rua_entry_maker *maker)
{
    return rua_rows_header(maker->records);
}

struct rua_span
rua_entry_reports_header(const struct rua_entry_maker *maker)
{
    return rua_rows_header(maker->reports);
}

const char *
rua_entry_ending(enum rua_container container)
{
    static const char *const endings[] = {
        [RUA_CONTAINER_XML] = ".xml",
        [RUA_CONTAINER_XML_GZ] = ".xml.gz",
        [RUA_CONTAINER_ZIP] = ".zip",
        [RUA_CONTAINER_BIN] = ".bin",
    };
    return endings[container];
}

/* The day on which the period begins; false for one that is "undated". */
static bool
first_day(const struct rua_number *begin, struct tm *ret_tm)
{
    time_t time = (time_t)begin->value;

    return begin->valid && begin->value >= RUA_PERIOD_FIRST &&
           begin->value < RUA_PERIOD_END && gmtime_r(&time, ret_tm);
}

static void
name_period(struct rua_entry_maker *maker, struct rua_entry *entry)
{
    static const int digits[] = {[RUA_BY_MONTH] = 7,
                                 [RUA_BY_NONE] = 0,
                                 [RUA_BY_YEAR] = 4,
                                 [RUA_BY_DAY] = 10};
    int n = digits[maker->partition];
    char day[16] = "undated";
    struct tm tm;

    if (first_day(&maker->row.facts.begin, &tm))
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    else if (n)
        n = (int)strlen(day);
    snprintf(entry->period, sizeof(entry->period), n ? "-%.*s" : "%.*s", n,
             day);
}

/* Letters, digits, "." "-" "_" stay, all else becomes "_"; never a leading
 * dot, never empty. */
static void
clean(struct rua_span value, char ret_name[NAME_PART + 1])
{
    size_t n = value.len < NAME_PART ? value.len : NAME_PART;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = value.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                     (c == '.' && i > 0);
        ret_name[i] = plain ? (char)c : '_';
    }
    if (n == 0)
        ret_name[n++] = '_';
    ret_name[n] = '\0';
}

static void
name_archive(const struct rua_row *row, struct rua_entry *entry)
{
    char org[NAME_PART + 1], domain[NAME_PART + 1], month[16] = "undated";
    struct tm tm;

    clean(row->report->field[RUA_ORG_NAME], org);
    clean(rua_span_text(entry->folder), domain);
    if (first_day(&row->facts.begin, &tm))
        strftime(month, sizeof(month), "%Y/%m", &tm);
    snprintf(entry->archive, sizeof(entry->archive),
             "archive/%s/%s!%s!%lld!%lld!%s", month, org, domain,
             (long long)row->facts.begin.value, (long long)row->facts.end.value,
             entry->key);
}

/* A row repeats what is said of its report, and each report in a zip is
 * archived with all of it: so a few bytes become many. */
static enum rua_verdict
count_bytes(struct rua_entry_maker *maker, size_t n, struct rua_err *err)
{
    maker->bytes += n;
    if (!maker->limits || maker->bytes <= maker->limits->max_rows)
        return RUA_OK;
    return rua_err_set(err, RUA_BAD,
                       "rows and files for the archive of more than max_rows "
                       "(%llu) bytes",
                       (unsigned long long)maker->limits->max_rows);
}

static enum rua_verdict
count_warnings(struct rua_entry_maker *maker, unsigned n, struct rua_err *err)
{
    maker->warnings += n;
    if (!maker->limits || maker->warnings <= maker->limits->max_warnings)
        return RUA_OK;
    return rua_err_set(err, RUA_BAD,
                       "more than max_warnings (%llu) warnings of one report",
                       (unsigned long long)maker->limits->max_warnings);
}

static enum rua_verdict
flush(struct rua_entry_maker *maker, struct rua_err *err)
{
    enum rua_verdict v = count_bytes(maker, maker->lines.len, err);

    if (v == RUA_OK)
        v = rua_spool_write(&maker->entry->records, rua_buf_span(&maker->lines),
                            err);
    rua_buf_reset(&maker->lines);
    return v;
}

/* A sum stays at the greatest value that the engines' 64-bit integers hold. */
static void
add(uint64_t *sum, uint64_t more)
{
    *sum = more > INT64_MAX - *sum ? INT64_MAX : *sum + more;
}

static void
count(struct rua_totals *totals, const struct rua_record_facts *facts)
{
    uint64_t messages = facts->count.valid ? (uint64_t)facts->count.value : 0;

    totals->records++;
    add(&totals->messages, messages);
    if (facts->dmarc == RUA_PASS)
        add(&totals->dmarc_pass, messages);
    else if (facts->dmarc == RUA_FAIL)
        add(&totals->dmarc_fail, messages);
}

static enum rua_verdict
take_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    struct rua_entry_maker *maker = ctx;
    struct rua_row *row = &maker->row;
    enum rua_verdict v;

    row->record = record;
    row->number++;
    rua_facts_of_record(record, &row->record_facts);
    count(&row->totals, &row->record_facts);
    v = count_warnings(
        maker, rua_facts_record_warnings(record, &row->record_facts), err);
    if (v != RUA_OK)
        return v;
    if (!rua_rows_add(maker->records, row, &maker->lines))
        return rua_err_set(err, RUA_BAD,
                           "record %llu: a row of more than %d "
                           "bytes",
                           (unsigned long long)row->number, LONGEST_ROW);
    return maker->lines.len >= FULL ? flush(maker, err) : RUA_OK;
}

static enum rua_verdict
render_records(struct rua_entry_maker *maker, const struct rua_spool *result,
               const struct rua_result_report *report, struct rua_err *err)
{
    enum rua_verdict v;

    rua_rows_begin(maker->records, &maker->row);
    rua_buf_reset(&maker->lines);
    v = rua_result_records(result, report, take_record, maker, err);
    return v == RUA_OK ? flush(maker, err) : v;
}

static enum rua_verdict
render_report(struct rua_entry_maker *maker, struct rua_receipt receipt,
              struct rua_err *err)
{
    struct rua_entry *entry = maker->entry;
    char archive[sizeof(entry->archive) + 8];

    snprintf(archive, sizeof(archive), "%s%s", entry->archive,
             rua_entry_ending(entry->container));
    receipt.archive = archive;
    maker->row.receipt = &receipt;
    maker->row.record = NULL;
    rua_rows_begin(maker->reports, &maker->row);
    if (rua_rows_add(maker->reports, &maker->row, &entry->report))
        return count_bytes(maker, entry->report.len, err);
    return rua_err_set(err, RUA_BAD, "a report's row of more than %d bytes",
                       LONGEST_ROW);
}

/* For the rows of one report: the many of a stranger's message must not each
 * have as much. */
static size_t
memory_left(const struct rua_entry_maker *maker)
{
    bool has_file = maker->scratch && maker->scratch->fd >= 0;
    uint64_t left =
        maker->memory > maker->bytes ? maker->memory - maker->bytes : 0;

    return maker->limits && has_file && left < MEMORY ? (size_t)left : MEMORY;
}

enum rua_verdict
rua_entry_make(struct rua_entry_maker *maker, const struct rua_spool *result,
               const struct rua_result_report *report, const char *domain,
               const struct rua_receipt *receipt, struct rua_entry *ret_entry,
               struct rua_err *err)
{
    struct rua_entry *entry = ret_entry;
    enum rua_verdict v;

    *entry = (struct rua_entry){.container = report->container,
                                .part = result,
                                .part_at = report->part,
                                .part_len = report->part_len};
    snprintf(entry->folder, sizeof(entry->folder), "%s",
             domain ? domain : RUA_FOLDER_INVALID);
    rua_spool_init(&entry->records, maker->scratch, memory_left(maker),
                   UINT64_MAX, "rows");
    rua_buf_init(&entry->report, LONGEST_ROW);
    maker->entry = entry;
    maker->row = (struct rua_row){.report = &report->report, .key = entry->key};
    rua_facts_of_report(&report->report, &maker->row.facts);
    v = rua_result_key(result, report, entry->key, err);
    name_period(maker, entry);
    name_archive(&maker->row, entry);
    maker->warnings = 0;
    if (v == RUA_OK)
        v = count_warnings(
            maker,
            rua_facts_report_warnings(&report->report, &maker->row.facts), err);
    if (v == RUA_OK)
        v = count_bytes(maker, entry->part_len, err);
    if (v == RUA_OK)
        v = render_records(maker, result, report, err);
    entry->totals = maker->row.totals;
    if (v == RUA_OK)
        v = render_report(maker, *receipt, err);
    if (v != RUA_OK)
        rua_entry_done(entry);
    return v;
}

void
rua_entry_done(struct rua_entry *entry)
{
    rua_spool_done(&entry->records);
    rua_buf_done(&entry->report);
}
