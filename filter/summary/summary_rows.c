#include "summary_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- records ---- */

enum column {
    BEGIN,
    COUNT,
    DMARC,
    DKIM,
    SPF,
    DISPOSITION,
    SOURCE,
    ORG,
    FROM,
    DKIM_RESULTS,
    SPF_RESULTS,
    POLICY,
    COLUMNS
};

static const char *const columns[COLUMNS] = {
    [BEGIN] = "begin_date",         [COUNT] = "count",
    [DMARC] = "dmarc_aligned",      [DKIM] = "dkim_aligned",
    [SPF] = "spf_aligned",          [DISPOSITION] = "disposition",
    [SOURCE] = "source_ip_address", [ORG] = "org_name",
    [FROM] = "header_from",         [DKIM_RESULTS] = "dkim_results",
    [SPF_RESULTS] = "spf_results",  [POLICY] = "p",
};

/* Whether one of the words of a list is `word`. */
static bool
has_word(struct rua_span list, const char *word)
{
    struct rua_span wanted = rua_span_text(word);

    while (list.len >= wanted.len) {
        const unsigned char *comma = memchr(list.data, ',', list.len);
        size_t n = comma ? (size_t)(comma - list.data) : list.len;
        if (rua_span_same((struct rua_span){list.data, n}, wanted))
            return true;
        if (!comma)
            break;
        list.len -= n + 1;
        list.data += n + 1;
    }
    return false;
}

/* Whether it is said that nothing was checked. */
static bool
is_none(const struct survey_row *row, enum column column)
{
    return row->table->there >> column & 1 &&
           (row->cells[column].len == 0 ||
            rua_span_same(row->cells[column], RUA_SPAN("none")));
}

static void
fill_tally(const struct survey_row *row, struct tally *tally)
{
    const struct rua_span *cells = row->cells;
    uint64_t n = survey_number(cells[COUNT]);
    int dkim = survey_flag(cells[DKIM]), spf = survey_flag(cells[SPF]);
    int dmarc = cells[DMARC].data       ? survey_flag(cells[DMARC])
                : dkim == 1 || spf == 1 ? 1
                : dkim == 0 && spf == 0 ? 0
                                        : -1;
    bool dkim_pass = dkim == 1 || has_word(cells[DKIM_RESULTS], "pass");
    bool spf_pass = spf == 1 || has_word(cells[SPF_RESULTS], "pass");
    *tally = (struct tally){
        .rows = 1,
        .messages = n,
        .pass = dmarc == 1 ? n : 0,
        .fail = dmarc == 0 ? n : 0,
        .dkim = dkim == 1 ? n : 0,
        .spf = spf == 1 ? n : 0,
        .dkim_pass = dkim_pass ? n : 0,
        .spf_pass = spf_pass ? n : 0,
        .dkim_none = !dkim_pass && is_none(row, DKIM_RESULTS) ? n : 0,
        .spf_none = !spf_pass && is_none(row, SPF_RESULTS) ? n : 0,
        .dkim_known = dkim >= 0 ? n : 0,
        .spf_known = spf >= 0 ? n : 0,
        .dkim_said = row->table->there >> DKIM_RESULTS & 1 ? n : 0,
        .spf_said = row->table->there >> SPF_RESULTS & 1 ? n : 0};
    tally->policy[survey_policy(cells[DISPOSITION])] = n;
}

/* The key of one of the groupings; `scratch` has room for any number. */
static struct rua_span
key_of(struct summary *summary, enum by by, const struct survey_row *row,
       const struct origin *origin, char scratch[ORIGIN_TEXT + 16])
{
    static const char *const policies[SURVEY_POLICIES] = {"none", "quarantine",
                                                          "reject", NULL, ""};
    const struct rua_span *cells = row->cells;
    enum survey_policy policy = survey_policy(cells[DISPOSITION]);

    switch (by) {
    case BY_DOMAIN:
        return rua_span_text(summary->domain);
    case BY_SOURCE:
        return cells[SOURCE];
    case BY_ORG:
        return cells[ORG];
    case BY_FROM:
        return cells[FROM];
    case BY_DISPOSITION:
        return policies[policy] ? rua_span_text(policies[policy])
                                : cells[DISPOSITION];
    case BY_COUNTRY:
        return rua_span_text(origin->country);
    case BY_ASN:
        if (!origin->asn)
            return (struct rua_span){0};
        snprintf(scratch, ORIGIN_TEXT + 16, "AS%" PRIu32 " %s", origin->asn,
                 origin->as_name);
        return rua_span_text(scratch);
    case BY_SENDER:
        return rua_span_text(*origin->sender ? origin->sender
                                             : origin->as_name);
    default:
        return (struct rua_span){0};
    }
}

/* "2026-11-30" or "2026-11" of a moment. */
static struct rua_span
day_of(int64_t when, enum by by, char scratch[ORIGIN_TEXT + 16])
{
    time_t time = (time_t)when;
    struct tm tm;

    if (!gmtime_r(&time, &tm))
        return (struct rua_span){0};
    strftime(scratch, ORIGIN_TEXT, by == BY_DAY ? "%Y-%m-%d" : "%Y-%m", &tm);
    return rua_span_text(scratch);
}

static void
add_to_groups(struct summary_rows *rows, const struct survey_row *row,
              const struct sighting *sighting)
{
    struct summary *summary = rows->summary;
    char scratch[ORIGIN_TEXT + 16];
    static const struct origin nowhere;
    const struct origin *origin = &nowhere;

    if (summary->by[BY_COUNTRY] || summary->by[BY_ASN] ||
        summary->by[BY_SENDER])
        origin = origins_find(summary->origins, row->cells[SOURCE]);
    group_add(summary->all, sighting);
    for (enum by by = 0; by < BY_COUNT; by++) {
        if (!summary->by[by])
            continue;
        group_add(groups_get(&summary->groups[by],
                             by == BY_DAY || by == BY_MONTH
                                 ? day_of(sighting->when, by, scratch)
                                 : key_of(summary, by, row, origin, scratch)),
                  sighting);
    }
    if (!sighting->before)
        summary->failing[sighting->slot] += (double)sighting->tally.fail;
}

/* Whether a moment is in the period, or the one before. */
static bool
is_wanted(const struct summary *summary, int64_t when, bool *ret_before)
{
    const struct period *period = &summary->period, *before = &summary->before;

    *ret_before =
        before->until && when >= before->since && when < before->until;
    return *ret_before || !period->until ||
           (when >= period->since && when < period->until);
}

static enum rua_verdict
take_record(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct summary_rows *rows = ctx;
    struct summary *summary = rows->summary;
    struct sighting sighting = {.domain = summary->domain};
    const struct period *period = &summary->period;

    (void)err;
    if (!survey_begin(row, BEGIN, &sighting.when)) {
        summary->undated_rows++;
        summary->undated_messages += survey_number(row->cells[COUNT]);
        return RUA_OK;
    }
    if (!is_wanted(summary, sighting.when, &sighting.before))
        return RUA_OK;
    fill_tally(row, &sighting.tally);
    sighting.published = survey_policy(row->cells[POLICY]);
    if (!sighting.before && summary->slot) {
        int64_t back = (period->until - 1 - sighting.when) / summary->slot;
        sighting.slot =
            back < summary->slots ? summary->slots - 1 - (unsigned)back : 0;
    }
    add_to_groups(rows, row, &sighting);
    return RUA_OK;
}

static void
begin_records(void *ctx, const struct survey_table *table)
{
    struct summary_rows *rows = ctx;

    for (unsigned i = 0; i < COLUMNS; i++)
        rows->without[i] += !(table->there >> i & 1);
}

/* ---- reports ---- */

enum {
    REPORT_BEGIN,
    REPORT_ORG,
    REPORT_ID,
    REPORT_KEY,
    REPORT_COLUMNS
};

static enum rua_verdict
take_report(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct summary *summary = ctx;
    const struct rua_span *cells = row->cells;
    static const enum by both[] = {BY_DOMAIN, BY_ORG};
    int64_t when;
    bool before;

    (void)err;
    if (!survey_begin(row, REPORT_BEGIN, &when) ||
        !is_wanted(summary, when, &before))
        return RUA_OK;
    if (before)
        summary->all->reports_before++;
    else
        summary->all->reports++;
    for (size_t i = 0; i < 2; i++) {
        struct group *group;
        if (!summary->by[both[i]])
            continue;
        group =
            groups_get(&summary->groups[both[i]],
                       i ? cells[REPORT_ORG] : rua_span_text(summary->domain));
        if (before)
            group->reports_before++;
        else
            group->reports++;
        if (when > group->last)
            group->last = when;
    }
    if (!before)
        ids_add(&summary->ids, cells[REPORT_ORG], cells[REPORT_ID],
                cells[REPORT_KEY]);
    return RUA_OK;
}

struct survey_query
summary_reports_query(struct summary *summary)
{
    static const char *const wanted[REPORT_COLUMNS] = {
        "begin_date", "org_name", "report_id", "report_key"};

    return (struct survey_query){.kind = VIEW_REPORTS,
                                 .columns = wanted,
                                 .n = REPORT_COLUMNS,
                                 .row = take_report,
                                 .ctx = summary};
}

struct survey_query
summary_records_query(struct summary_rows *rows)
{
    return (struct survey_query){.kind = VIEW_RECORDS,
                                 .columns = columns,
                                 .n = COLUMNS,
                                 .table = begin_records,
                                 .row = take_record,
                                 .ctx = rows};
}

void
summary_rows_end(const struct summary_rows *rows)
{
    struct summary *summary = rows->summary;

    for (unsigned i = 0; i < COLUMNS; i++)
        if (rows->without[i] && survey_lack(columns[i]))
            summary_say(summary,
                        "tables without the column %s: %" PRIu64
                        "; their rows are %s",
                        columns[i], rows->without[i], survey_lack(columns[i]));
}
