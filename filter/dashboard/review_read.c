#include "clip.h"
#include "figure.h"
#include "review.h"

/* clang-format off */
enum {
    BEGIN, SOURCE, COUNT, DISPOSITION, DKIM, SPF, DMARC, REASONS, FROM,
    DKIM_DOMAINS, DKIM_RESULTS, SPF_DOMAINS, SPF_RESULTS, RECORD_COLUMNS
};

_Static_assert((int)RECORD_COLUMNS == (int)REVIEW_COLUMNS, "see review.h");

const char *const review_columns[REVIEW_COLUMNS] = {
    [BEGIN] = "begin_date", [SOURCE] = "source_ip_address", [COUNT] = "count",
    [DISPOSITION] = "disposition", [DKIM] = "dkim_aligned",
    [SPF] = "spf_aligned", [DMARC] = "dmarc_aligned",
    [REASONS] = "policy_override_reasons", [FROM] = "header_from",
    [DKIM_DOMAINS] = "dkim_domains", [DKIM_RESULTS] = "dkim_results",
    [SPF_DOMAINS] = "spf_domains", [SPF_RESULTS] = "spf_results",
};

enum {
    R_BEGIN, R_ORG, R_MESSAGES, R_P, R_SP, R_PCT, R_TESTING, REPORT_COLUMNS
};

static const char *const report_columns[REPORT_COLUMNS] = {
    [R_BEGIN] = "begin_date", [R_ORG] = "org_name", [R_MESSAGES] = "messages",
    [R_P] = "p", [R_SP] = "sp", [R_PCT] = "pct", [R_TESTING] = "testing",
};

static const enum ranking_act acts[SURVEY_POLICIES] = {
    [SURVEY_NONE] = ACT_LET_THROUGH, [SURVEY_QUARANTINE] = ACT_QUARANTINED,
    [SURVEY_REJECT] = ACT_REJECTED, [SURVEY_OTHER] = ACT_UNSAID,
    [SURVEY_ABSENT] = ACT_UNSAID,
};
/* clang-format on */

/* The piece of the calendar; calendar->n when it is not wanted. */
static size_t
piece_of(struct review *review, const struct survey_row *row, size_t begin,
         uint64_t messages)
{
    int64_t time;

    if (!survey_begin(row, begin, &time)) {
        review->undated = figure_add(review->undated, messages);
        return review->calendar->n;
    }
    return calendar_find(review->calendar, time);
}

/* ---- records ---- */

static enum review_series
series_of(const struct rua_span *cells)
{
    int dkim = survey_flag(cells[DKIM]), spf = survey_flag(cells[SPF]);
    int dmarc = survey_flag(cells[DMARC]);

    if (dmarc == 1 || (dmarc < 0 && (dkim == 1 || spf == 1)))
        return REVIEW_PASSED;
    return dmarc == 0 || (dkim == 0 && spf == 0) ? REVIEW_FAILED
                                                 : REVIEW_UNCLEAR;
}

/* What SPF or DKIM came to. */
static struct outcome
outcome_of(const struct survey_row *row, size_t aligned, size_t results,
           size_t domains)
{
    int flag = survey_flag(row->cells[aligned]);

    return row->table->there >> results & 1
               ? outcome_read(flag, row->cells[results], row->cells[domains])
               : outcome_read_aligned(flag);
}

/* The same for a source: what is not said to be aligned or not is not known. */
static enum outcome_what
what_of(const struct survey_row *row, size_t aligned, size_t results,
        size_t domains)
{
    return survey_flag(row->cells[aligned]) < 0
               ? OUTCOME_UNKNOWN
               : outcome_of(row, aligned, results, domains).what;
}

static void
add_failing(struct review *review, const struct survey_row *row,
            const struct ranking_sums *sums)
{
    const struct rua_span *cells = row->cells;
    char text[RANKING_KEY];
    struct rua_span from =
        cells[FROM].len ? cells[FROM] : rua_span_text(review->name);
    struct review_group group = {
        .source = cells[SOURCE],
        .spf = outcome_of(row, SPF, SPF_RESULTS, SPF_DOMAINS),
        .dkim = outcome_of(row, DKIM, DKIM_RESULTS, DKIM_DOMAINS),
    };

    group.meaning =
        outcome_meaning(&group.spf, &group.dkim, cells[REASONS], from);
    review->meanings[group.meaning] =
        figure_add(review->meanings[group.meaning], sums->messages);
    ranking_add(&review->failing, review_key(&group, text), sums, from);
}

static void
begin_records(void *ctx, const struct survey_table *table)
{
    struct review *review = ctx;

    for (unsigned i = 0; i < RECORD_COLUMNS; i++)
        review->without[i] += !(table->there >> i & 1);
}

static enum rua_verdict
take_record(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct review *review = ctx;
    const struct rua_span *cells = row->cells;
    uint64_t n = survey_number(cells[COUNT]);
    size_t piece = piece_of(review, row, BEGIN, n);
    enum review_series series = series_of(cells);
    struct ranking_sums sums = {.messages = n};
    uint64_t *sum;

    (void)err;
    if (piece == review->calendar->n)
        return RUA_OK;
    sums.passed = series == REVIEW_PASSED ? n : 0;
    sums.failed = series == REVIEW_FAILED ? n : 0;
    review->uncounted += !(row->table->there >> COUNT & 1);
    sums.spf[what_of(row, SPF, SPF_RESULTS, SPF_DOMAINS)] = n;
    sums.dkim[what_of(row, DKIM, DKIM_RESULTS, DKIM_DOMAINS)] = n;
    sums.acts[acts[survey_policy(cells[DISPOSITION])]] = n;
    sum = &review->series[series][piece];
    *sum = figure_add(*sum, n);
    ranking_sum(&review->sums, &sums);
    ranking_add(&review->sources, cells[SOURCE], &sums, (struct rua_span){0});
    if (series == REVIEW_FAILED)
        add_failing(review, row, &sums);
    return RUA_OK;
}

/* ---- reports ---- */

static void
see_policy(struct review_policy *policy, const struct rua_span *cells)
{
    int64_t time;

    if (!survey_time(cells[R_BEGIN], &time) || time < policy->seen ||
        cells[R_P].len == 0)
        return;
    policy->seen = time;
    clip_text(cells[R_P], policy->p, REVIEW_WORD);
    clip_text(cells[R_SP], policy->sp, REVIEW_WORD);
    clip_text(cells[R_PCT], policy->pct, REVIEW_WORD);
    clip_text(cells[R_TESTING], policy->testing, REVIEW_WORD);
}

static enum rua_verdict
take_report(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct review *review = ctx;
    const struct rua_span *cells = row->cells;
    struct ranking_sums sums = {.reports = 1};

    (void)err;
    if (piece_of(review, row, R_BEGIN, 0) == review->calendar->n)
        return RUA_OK;
    see_policy(&review->policy, cells);
    ranking_sum(&review->sums, &sums);
    sums.messages = survey_number(cells[R_MESSAGES]);
    ranking_add(&review->reporters, cells[R_ORG], &sums, (struct rua_span){0});
    return RUA_OK;
}

enum rua_verdict
review_read(struct review *review, struct survey *survey, struct rua_err *err)
{
    const struct survey_query records = {.kind = VIEW_RECORDS,
                                         .columns = review_columns,
                                         .n = RECORD_COLUMNS,
                                         .table = begin_records,
                                         .row = take_record,
                                         .ctx = review};
    const struct survey_query reports = {.kind = VIEW_REPORTS,
                                         .columns = report_columns,
                                         .n = REPORT_COLUMNS,
                                         .row = take_report,
                                         .ctx = review};
    enum rua_verdict v = survey_read(survey, &records, err);

    return v == RUA_OK ? survey_read(survey, &reports, err) : v;
}
