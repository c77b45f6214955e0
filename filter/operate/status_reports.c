#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "log.h"
#include "status.h"
#include "survey.h"

enum {
    END_DATE,
    ORG_NAME,
    RUA,
    RECEIVED_AT,
    COLUMNS,
    DAY = 86400,
    REGULAR = 5,  /* days with reports, at least, that make a rhythm, */
    LONGEST = 14, /* and the longest gap of one */
    PATIENCE = 3, /* usual gaps until a reporter is silent, */
    AT_LEAST = 3, /* and days: a report comes a day after its period */
};

struct reading {
    struct status *status;
    void *ruas, *reporters; /* trees of search.h */
};

/* The text that a node begins with. */
static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The node of a name, which is made of `size` bytes if there are fewer than
 * `most`; else NULL. */
static void *
find(void **tree, struct rua_span name, size_t size, size_t *n, size_t most)
{
    char text[256], *key = text;
    size_t len = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;
    void **found, *node;

    memcpy(text, len ? name.data : (const unsigned char *)"", len);
    text[len] = '\0';
    found = tfind(&key, tree, compare);
    if (found)
        return *found;
    if (*n >= most)
        return NULL;
    node = rua_alloc(size);
    memset(node, 0, size);
    *(char **)node = memcpy(rua_alloc(len + 1), text, len + 1);
    if (!tsearch(node, tree, compare))
        rua_no_memory();
    (*n)++;
    return node;
}

static void
note_day(const struct status *status, struct status_reporter *reporter,
         int64_t end)
{
    int64_t ago = (status->now - end) / DAY;

    if (end > status->now || ago >= STATUS_DAYS)
        return;
    reporter->days[ago / 8] |= (unsigned char)(1U << ago % 8);
    if (end > reporter->last)
        reporter->last = end;
}

static enum rua_verdict
take_row(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct reading *reading = ctx;
    struct status *status = reading->status;
    struct status_reporter *reporter;
    struct status_rua *rua;
    int64_t end = 0, came = 0;

    (void)err;
    status->reports++;
    survey_time(row->cells[RECEIVED_AT], &came);
    if (came > status->last_report)
        status->last_report = came;
    rua = find(&reading->ruas, row->cells[RUA], sizeof(*rua), &status->n_ruas,
               STATUS_RUAS);
    if (rua) {
        rua->reports++;
        rua->last = came > rua->last ? came : rua->last;
    }
    if (!survey_time(row->cells[END_DATE], &end))
        return RUA_OK;
    reporter = find(&reading->reporters, row->cells[ORG_NAME],
                    sizeof(*reporter), &status->n_reporters, STATUS_REPORTERS);
    if (reporter)
        note_day(status, reporter, end);
    return RUA_OK;
}

/* ---- a reporter's rhythm ---- */

static int
compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The median of the days between two of its reports. */
static void
judge(const struct status *status, struct status_reporter *reporter)
{
    int gaps[STATUS_DAYS], last = -1;
    size_t n = 0;
    int64_t ago = (status->now - reporter->last) / DAY;

    for (int day = 0; day < STATUS_DAYS; day++) {
        if (!(reporter->days[day / 8] & 1U << day % 8))
            continue;
        if (last >= 0)
            gaps[n++] = day - last;
        last = day;
    }
    if (n + 1 < REGULAR)
        return;
    qsort(gaps, n, sizeof(*gaps), compare_numbers);
    if (gaps[n / 2] > LONGEST)
        return;
    reporter->gap = (unsigned)gaps[n / 2];
    reporter->silent = ago > AT_LEAST && ago > PATIENCE * gaps[n / 2];
}

static int
compare_silent(const void *a, const void *b)
{
    const struct status_reporter *one = a, *other = b;

    if (one->silent != other->silent)
        return one->silent ? -1 : 1;
    if (one->last != other->last)
        return one->last < other->last ? 1 : -1;
    return strcmp(one->org, other->org);
}

/* twalk(3) has no place for a context. */
struct target {
    char *to;
    size_t size;
};

static void
copy_node(const void *node, VISIT which, void *ctx)
{
    struct target *target = ctx;

    if (which != postorder && which != leaf)
        return;
    memcpy(target->to, *(void *const *)node, target->size);
    target->to += target->size;
}

/* The nodes of a tree as an array, in order; the tree is freed. */
static void *
gather(void *tree, size_t n, size_t size)
{
    struct target target = {.size = size};
    char *all = rua_alloc(n * size + 1);

    target.to = all;
    twalk_r(tree, copy_node, &target);
    tdestroy(tree, free);
    return all;
}

static void
finish(struct reading *reading)
{
    struct status *status = reading->status;

    status->ruas = gather(reading->ruas, status->n_ruas, sizeof(*status->ruas));
    status->reporters = gather(reading->reporters, status->n_reporters,
                               sizeof(*status->reporters));
    for (size_t i = 0; i < status->n_reporters; i++) {
        judge(status, &status->reporters[i]);
        status->n_silent += status->reporters[i].silent;
    }
    if (status->n_reporters)
        qsort(status->reporters, status->n_reporters,
              sizeof(*status->reporters), compare_silent);
}

/* ---- read ---- */

static void
say(void *ctx, const char *sentence)
{
    struct status *status = ctx;

    status->unread++;
    log_error(sentence);
}

static enum rua_verdict
read_domain(struct reading *reading, struct survey *survey, const char *domain,
            struct rua_err *err)
{
    static const char *const columns[COLUMNS] = {
        [END_DATE] = "end_date",
        [ORG_NAME] = "org_name",
        [RUA] = "rua",
        [RECEIVED_AT] = "received_at",
    };
    const struct survey_query query = {.kind = VIEW_REPORTS,
                                       .columns = columns,
                                       .n = COLUMNS,
                                       .row = take_row,
                                       .ctx = reading};
    enum rua_verdict v = survey_look(survey, domain, err);

    for (size_t i = 0; v == RUA_OK && i < survey->tables_of.n; i++)
        reading->status->begun += survey->tables_of.tables[i].suffix > 1;
    return v == RUA_OK ? survey_read(survey, &query, err) : v;
}

enum rua_verdict
status_read_reports(struct status *status, const struct conf *conf,
                    struct rua_err *err)
{
    struct survey survey = {
        .guard = conf->formula_guard,
        .since = status->now - STATUS_DAYS * (int64_t)DAY,
        .until = status->now + DAY,
        .skip = {say, status}
    };
    struct reading reading = {.status = status};
    struct view_names names = {0};
    enum rua_verdict v = survey_open(&survey, conf->store, err);

    if (v != RUA_OK)
        return v;
    v = survey_domains(&survey, &names, err);
    status->domains = names.n;
    for (size_t i = 0; v == RUA_OK && i < names.n; i++)
        v = read_domain(&reading, &survey, names.names[i], err);
    finish(&reading);
    view_names_done(&names);
    survey_close(&survey);
    return v;
}

void
status_done(struct status *status)
{
    for (size_t i = 0; i < status->n_ruas; i++)
        free(status->ruas[i].rua);
    for (size_t i = 0; i < status->n_reporters; i++)
        free(status->reporters[i].org);
    for (size_t i = 0; i < status->kept_waiting; i++)
        free(status->waiting[i]);
    free(status->waiting);
    free(status->ruas);
    free(status->reporters);
    lags_done(&status->lags);
}
