#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cell.h"
#include "members.h"
#include "summary_show.h"

/* The numbers of a group, by their names in CSV and JSON. */
static const struct {
    const char *name;
    size_t offset;
    bool before; /* there is only one when there is a period before */
} numbers[] = {
    {"messages",        offsetof(struct group, now.messages),                  false},
    {"pass",            offsetof(struct group, now.pass),                      false},
    {"fail",            offsetof(struct group, now.fail),                      false},
    {"spf_aligned",     offsetof(struct group, now.spf),                       false},
    {"dkim_aligned",    offsetof(struct group, now.dkim),                      false},
    {"spf_pass",        offsetof(struct group, now.spf_pass),                  false},
    {"dkim_pass",       offsetof(struct group, now.dkim_pass),                 false},
    {"none",            offsetof(struct group, now.policy[SURVEY_NONE]),       false},
    {"quarantine",      offsetof(struct group, now.policy[SURVEY_QUARANTINE]),
     false                                                                          },
    {"reject",          offsetof(struct group, now.policy[SURVEY_REJECT]),     false},
    {"records",         offsetof(struct group, now.rows),                      false},
    {"messages_before", offsetof(struct group, before.messages),               true },
    {"pass_before",     offsetof(struct group, before.pass),                   true },
    {"fail_before",     offsetof(struct group, before.fail),                   true },
};

enum {
    NUMBERS = sizeof(numbers) / sizeof(*numbers)
};

static const char *const about_source[] = {"country",     "asn",     "as_name",
                                           "as_domain",   "reverse", "sender",
                                           "sender_type", "domain"};

enum {
    ABOUT = sizeof(about_source) / sizeof(*about_source)
};

static uint64_t
number_of(const struct group *group, size_t i)
{
    uint64_t number;

    memcpy(&number, (const char *)group + numbers[i].offset, sizeof(number));
    return number;
}

static struct rua_span
key_of(const struct group *group)
{
    return (struct rua_span){(const unsigned char *)group->key, group->len};
}

/* What is known of a source, in the order of about_source; absent when it is
 * not. */
static void
describe(const struct summary_show *show, const struct group *group,
         char scratch[16], struct rua_span ret_about[ABOUT])
{
    const struct origin *origin = summary_origin(show, group);
    const char *domain = group->domains || !group->domain ? "" : group->domain;
    const char *const texts[ABOUT] = {origin->country, "",
                                      origin->as_name, origin->as_domain,
                                      origin->reverse, origin->sender,
                                      origin->type,    domain};

    for (size_t i = 0; i < ABOUT; i++)
        ret_about[i] =
            *texts[i] ? rua_span_text(texts[i]) : (struct rua_span){0};
    if (origin->asn) {
        snprintf(scratch, 16, "%" PRIu32, origin->asn);
        ret_about[1] = rua_span_text(scratch);
    }
}

/* ---- CSV ---- */

static void
csv_header(const struct summary_show *show, struct rua_cell *cell)
{
    rua_cell_typed(cell, summary_by[show->by].name);
    for (size_t i = 0; i < NUMBERS; i++) {
        rua_cell_next(cell);
        rua_cell_typed(cell, numbers[i].name);
    }
    for (size_t i = 0; show->by == BY_SOURCE && i < ABOUT; i++) {
        rua_cell_next(cell);
        rua_cell_typed(cell, about_source[i]);
    }
    rua_cell_end_row(cell);
}

static void
csv_row(const struct summary_show *show, const struct group *group,
        struct rua_span key, struct rua_cell *cell)
{
    struct rua_span about[ABOUT] = {0};
    char scratch[16];

    rua_cell_text(cell, key);
    for (size_t i = 0; i < NUMBERS; i++) {
        rua_cell_next(cell);
        if (!numbers[i].before || show->summary->before.until)
            rua_cell_number(cell, number_of(group, i));
    }
    if (show->by == BY_SOURCE && key.data)
        describe(show, group, scratch, about);
    for (size_t i = 0; show->by == BY_SOURCE && i < ABOUT; i++) {
        rua_cell_next(cell);
        if (i == 1 && about[i].data)
            rua_cell_typed(cell, scratch);
        else
            rua_cell_text(cell, about[i]);
    }
    rua_cell_end_row(cell);
}

void
summary_show_csv(const struct summary_show *show, FILE *out)
{
    struct rua_buf line;
    struct rua_cell cell = {
        .out = &line, .format = RUA_CSV, .guard = show->summary->guard};
    struct group others;
    uint64_t n_others;
    size_t rows, shown;
    struct group **all = summary_rows(show, show->by, &rows);

    rua_buf_init(&line, 1 << 20);
    csv_header(show, &cell);
    shown = show->top && rows > show->top ? show->top : rows;
    all[rows] = NULL;
    for (size_t i = 0; i < shown; i++) {
        csv_row(show, all[i], key_of(all[i]), &cell);
        fwrite(line.data, 1, line.len, out);
        rua_buf_reset(&line);
    }
    if (summary_others(show, show->by, all, shown, &others, &n_others))
        csv_row(show, &others, (struct rua_span){0}, &cell);
    fwrite(line.data, 1, line.len, out);
    rua_buf_done(&line);
    free(all);
}

/* ---- JSON ---- */

static void
json_numbers(const struct summary *summary, const struct group *group,
             struct members *json)
{
    for (size_t i = 0; i < NUMBERS; i++)
        if (!numbers[i].before || summary->before.until)
            members_number(json, numbers[i].name, number_of(group, i));
}

static void
json_time(struct members *json, const char *name, int64_t when)
{
    char text[32];
    time_t time = (time_t)when;
    struct tm tm;

    if (when && gmtime_r(&time, &tm) &&
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
        members_text(json, name, rua_span_text(text));
    else
        members_null(json, name);
}

static void
json_row(const struct summary_show *show, enum by by, const struct group *group,
         struct members *json)
{
    struct rua_span about[ABOUT];
    char scratch[16];

    members_open(json, NULL, '{');
    members_text(json, summary_by[by].name, key_of(group));
    json_numbers(show->summary, group, json);
    if (by == BY_DOMAIN || by == BY_ORG)
        members_number(json, "reports", group->reports);
    json_time(json, "first", group->first);
    json_time(json, "last", group->last);
    if (by == BY_SOURCE)
        describe(show, group, scratch, about);
    for (size_t i = 0; by == BY_SOURCE && i < ABOUT; i++)
        if (i == 1 && about[i].data)
            members_number(json, about_source[i], strtoul(scratch, NULL, 10));
        else
            members_text(json, about_source[i], about[i]);
    members_close(json, '}');
}

static void
json_group(const struct summary_show *show, enum by by, struct members *json)
{
    struct group others;
    uint64_t n_others;
    size_t rows, shown;
    struct group **all = summary_rows(show, by, &rows);

    members_open(json, NULL, '{');
    members_text(json, "by", rua_span_text(summary_by[by].name));
    members_open(json, "rows", '[');
    shown = show->top && rows > show->top ? show->top : rows;
    all[rows] = NULL;
    for (size_t i = 0; i < shown; i++)
        json_row(show, by, all[i], json);
    members_close(json, ']');
    if (summary_others(show, by, all, shown, &others, &n_others)) {
        members_open(json, "others", '{');
        json_numbers(show->summary, &others, json);
        members_close(json, '}');
    } else {
        members_null(json, "others");
    }
    members_close(json, '}');
    free(all);
}

/* The parts of the period, as the line shows them. */
static void
json_over_time(const struct summary *summary, struct members *json)
{
    members_open(json, "over_time", '[');
    for (unsigned i = 0; i < summary->slots; i++) {
        int64_t begin =
            summary->period.until - (summary->slots - i) * summary->slot;
        members_open(json, NULL, '{');
        json_time(json, "begin", i ? begin : summary->period.since);
        members_number(json, "messages", summary_whole(summary->all->line[i]));
        members_number(json, "fail", summary_whole(summary->failing[i]));
        members_close(json, '}');
    }
    members_close(json, ']');
}

void
summary_show_json(const struct summary_show *show, FILE *out)
{
    const struct summary *summary = show->summary;
    struct members json = {.out = out};

    members_open(&json, NULL, '{');
    json_time(&json, "since", summary->period.since);
    json_time(&json, "until", summary->period.until);
    members_flag(&json, "complete", summary->broken == 0);
    members_open(&json, "totals", '{');
    json_numbers(summary, summary->all, &json);
    members_number(&json, "reports", summary->all->reports);
    members_number(&json, "domains", summary->n_domains);
    members_close(&json, '}');
    json_over_time(summary, &json);
    members_open(&json, "groups", '[');
    for (enum by by = 0; by < BY_COUNT; by++)
        if (summary->by[by] && (show->by == BY_COUNT || show->by == by))
            json_group(show, by, &json);
    members_close(&json, ']');
    members_number(&json, "shared_ids", summary->ids.shared);
    members_number(&json, "reports_twice", summary->ids.twice);
    members_number(&json, "undated_records", summary->undated_rows);
    members_number(&json, "reports_pending", summary->pending);
    members_open(&json, "notes", '[');
    for (size_t i = 0; i < summary->said.n; i++)
        members_text(&json, NULL, rua_span_text(summary->said.names[i]));
    members_close(&json, ']');
    members_close(&json, '}');
    fputc('\n', out);
}
