#include "survey.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "survey_table.h"
#include "view_table.h"

enum rua_verdict
survey_open(struct survey *survey, const char *path, struct rua_err *err)
{
    return view_must_open(path, &survey->view, err);
}

void
survey_close(struct survey *survey)
{
    view_domain_done(&survey->tables_of);
    view_close(&survey->view);
}

enum rua_verdict
survey_domains(const struct survey *survey, struct view_names *ret_names,
               struct rua_err *err)
{
    return view_domains(&survey->view, ret_names, err);
}

void
survey_skip(const struct survey *survey, const char *format, ...)
{
    char sentence[RUA_SENTENCE_MAX + RUA_TABLE_PATH_SIZE];
    va_list values;

    va_start(values, format);
    vsnprintf(sentence, sizeof(sentence), format, values);
    va_end(values);
    survey->skip.say(survey->skip.ctx, sentence);
}

/* ---- the time that a table is for ---- */

/* The end of a year, month or day that begins so; month or day is 0 for one
 * that is not given. */
static int64_t
end_of(int year, unsigned month, unsigned day)
{
    if (day)
        return survey_day(year, month, day) + 86400;
    return month && month < 12 ? survey_day(year, month + 1, 1)
                               : survey_day(year + 1, 1, 1);
}

/* Of "d/records-2026-11", what is behind "records-"; "" for all time. */
static const char *
partition(const char *stem)
{
    const char *dash = strchr(strrchr(stem, '/'), '-');

    return dash ? dash + 1 : "";
}

/* What the name says, up to a dot; nothing, or something else, is for all time.
 */
static struct survey_table
describe(const struct survey *survey, const char *stem)
{
    struct survey_table about = {.domain = survey->domain};
    const char *name = partition(stem);
    int year = 0, end = 0;
    unsigned month = 0, day = 0;
    int n = sscanf(name, "%4d%n-%2u%n-%2u%n", &year, &end, &month, &end, &day,
                   &end);

    about.undated = strcmp(name, "undated") == 0;
    if (n < 1 || (name[end] && name[end] != '.') || year < 1 || month > 12 ||
        day > 31)
        return about;
    about.since = survey_day(year, month ? month : 1, day ? day : 1);
    about.until = end_of(year, month, day);
    return about;
}

static bool
overlaps(const struct survey *survey, const struct survey_table *about)
{
    return (survey->since == 0 && survey->until == 0) || about->until == 0 ||
           (about->since < survey->until && about->until > survey->since);
}

/* ---- the domain that is looked at ---- */

/* A table's name with the ending of something that packs files, and is not
 * gzip. */
static bool
is_packed(const char *path)
{
    const char *name = strrchr(path, '/') + 1, *dot = strrchr(name, '.');

    for (size_t i = 0; dot && view_table_foreign[i]; i++)
        if (strcmp(dot, view_table_foreign[i]) == 0)
            return strncmp(name, "records", 7) == 0 ||
                   strncmp(name, "reports", 7) == 0;
    return false;
}

/* Of other times they are not missed. */
static void
say_packed(const struct survey *survey)
{
    const struct view_names *names = &survey->tables_of.foreign;
    const char *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < names->n; i++) {
        const struct survey_table about = describe(survey, names->names[i]);
        if (!is_packed(names->names[i]) || !overlaps(survey, &about))
            continue;
        first = first ? first : names->names[i];
        n++;
    }
    if (n == 1)
        survey_skip(survey,
                    "%s: is compressed, and not by gzip; unpack it to have it "
                    "read",
                    first);
    else if (n)
        survey_skip(survey,
                    "%s: is compressed, and not by gzip, and so are %zu other "
                    "tables of %s; unpack them to have them read",
                    first, n - 1, survey->domain);
}

enum rua_verdict
survey_look(struct survey *survey, const char *domain, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v;

    view_domain_done(&survey->tables_of);
    survey->domain = domain;
    v = view_tables(&survey->view, domain, &survey->skip, &survey->tables_of,
                    &why);
    if (v == RUA_BAD) {
        survey_skip(survey, "%s", why.sentence);
        return RUA_OK;
    }
    if (v != RUA_OK)
        return rua_err_set(err, v, "%s", why.sentence);
    survey->pending = survey->tables_of.pending;
    say_packed(survey);
    return RUA_OK;
}

enum rua_verdict
survey_read(struct survey *survey, const struct survey_query *query,
            struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < survey->tables_of.n; i++) {
        const struct view_table *table = &survey->tables_of.tables[i];
        struct survey_table about = describe(survey, table->stem);
        bool to_come = !table->size && !table->packed && table->recorded;
        about.path = table->path;
        about.size = table->size;
        if (table->kind == query->kind && !to_come && overlaps(survey, &about))
            v = survey_read_table(survey, query, table, &about, err);
    }
    return v;
}
