#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "summary_rows.h"

enum {
    MOST_GROUPS = 32768,
    MOST_DOMAINS = 65536
};

const struct by_form summary_by[BY_COUNT] = {
    [BY_DOMAIN] = {"domain",      "DOMAIN",      "domains",      false, groups_by_messages},
    [BY_SOURCE] = {"source",      "SOURCE",      "sources",      false, groups_by_failing },
    [BY_ORG] = {"org",         "REPORTER",    "reporters",    false, groups_by_messages},
    [BY_DAY] = {"day",         "DAY",         "days",         false, groups_by_key     },
    [BY_MONTH] = {"month",       "MONTH",       "months",       false, groups_by_key     },
    [BY_FROM] = {"from",        "FROM",        "From domains", false, groups_by_messages},
    [BY_DISPOSITION] = {"disposition", "DISPOSITION", "dispositions", false,
                   groups_by_messages                                                     },
    [BY_COUNTRY] = {"country",     "COUNTRY",     "countries",    true,
                   groups_by_messages                                                     },
    [BY_ASN] = {"asn",         "NETWORK",     "networks",     true,  groups_by_failing },
    [BY_SENDER] = {"sender",      "SENDER",      "senders",      true,  groups_by_failing },
};

void
summary_say(struct summary *summary, const char *format, ...)
{
    char sentence[RUA_SENTENCE_MAX + RUA_TABLE_PATH_SIZE];
    va_list values;

    if (summary->said.n == SUMMARY_SAID) {
        summary->unsaid++;
        return;
    }
    va_start(values, format);
    vsnprintf(sentence, sizeof(sentence), format, values);
    va_end(values);
    view_names_add(&summary->said, sentence);
}

static void
say_skipped(void *ctx, const char *sentence)
{
    struct summary *summary = ctx;

    summary->broken++;
    summary_say(summary, "%s", sentence);
}

/* ---- domains ---- */

/* The first wanted domain without tables, from number *at on; NULL when there
 * is none. */
static const char *
next_missing(const struct summary *summary, size_t *at)
{
    while (*at < summary->n_wanted) {
        const char *const *wanted = &summary->wanted[(*at)++];
        size_t i = 0;
        while (i < summary->domains.n &&
               !choice_has(wanted, 1, summary->domains.names[i]))
            i++;
        if (i == summary->domains.n)
            return *wanted;
    }
    return NULL;
}

static enum rua_verdict
count_domain(struct summary_rows *rows, struct survey *survey, const char *name,
             struct rua_err *err)
{
    struct summary *summary = rows->summary;
    const struct survey_query records = summary_records_query(rows),
                              reports = summary_reports_query(summary);
    uint64_t messages = summary->all->now.messages;
    enum rua_verdict v = survey_look(survey, name, err);

    summary->domain = name;
    if (v == RUA_OK)
        v = survey_read(survey, &records, err);
    if (v == RUA_OK)
        v = survey_read(survey, &reports, err);
    summary->pending += survey->pending;
    summary->n_domains += summary->all->now.messages > messages;
    ids_clear(&summary->ids);
    return v;
}

static enum rua_verdict
count_domains(struct summary *summary, struct survey *survey,
              struct rua_err *err)
{
    struct summary_rows rows = {.summary = summary};
    enum rua_verdict v = RUA_OK;
    const char *missing;
    bool any = false;
    size_t at = 0;

    for (size_t i = 0; v == RUA_OK && i < summary->domains.n; i++)
        if (choice_has(summary->wanted, summary->n_wanted,
                       summary->domains.names[i])) {
            any = true;
            v = count_domain(&rows, survey, summary->domains.names[i], err);
        }
    summary_rows_end(&rows);
    if (v == RUA_OK && !any && summary->n_wanted)
        v = rua_err_set(err, RUA_NOT_REPORT,
                        "store %s: there are no tables of %s; ruamill summary "
                        "--since all shows what there is",
                        summary->store, summary->wanted[0]);
    while (any && (missing = next_missing(summary, &at)))
        summary_say(summary, "there are no tables of %s", missing);
    return v;
}

static void
begin(struct summary *summary)
{
    int64_t days = period_days(&summary->period);

    summary->before = period_before(&summary->period);
    if (summary->period.since > 0) {
        int64_t each = (days + GROUPS_SLOTS - 1) / GROUPS_SLOTS;
        summary->slot = each * 86400;
        summary->slots = (unsigned)((days + each - 1) / each);
    }
    for (enum by by = 0; by < BY_COUNT; by++)
        groups_init(&summary->groups[by],
                    by == BY_DOMAIN ? MOST_DOMAINS : MOST_GROUPS);
    summary->all = rua_alloc(sizeof(*summary->all) + 1);
    memset(summary->all, 0, sizeof(*summary->all) + 1);
}

enum rua_verdict
summary_count(struct summary *summary, struct rua_err *err)
{
    struct survey survey = {
        .guard = summary->guard,
        .skip = {say_skipped, summary},
        .since = summary->before.since,
        .until = summary->period.until
    };
    enum rua_verdict v;

    begin(summary);
    survey.since =
        summary->before.until ? summary->before.since : summary->period.since;
    v = survey_open(&survey, summary->store, err);
    if (v != RUA_OK)
        return v;
    v = survey_domains(&survey, &summary->domains, err);
    if (v == RUA_OK)
        v = count_domains(summary, &survey, err);
    survey_close(&survey);
    if (summary->all->now.messages == INT64_MAX)
        summary_say(summary,
                    "a count is so large that sums end at %" PRId64
                    ": look who reports it, with --by org",
                    INT64_MAX);
    return v;
}

void
summary_done(struct summary *summary)
{
    for (enum by by = 0; by < BY_COUNT; by++)
        if (summary->groups[by].slots)
            groups_done(&summary->groups[by]);
    free(summary->all);
    ids_done(&summary->ids);
    view_names_done(&summary->domains);
    view_names_done(&summary->said);
}
