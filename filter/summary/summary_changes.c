/* What is not as it was in the period before. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "summary_show.h"

enum {
    SHOWN = 5,          /* of one kind */
    ENOUGH = 20,        /* messages that a rate says something of */
    ENOUGH_REPORTS = 7, /* that a reporter is missed after */
    WEEK = 7 * 86400,
    INDENT = 4
};

struct changes {
    const struct summary_show *show;
    struct paper *paper;
    void (*put_title)(struct paper *paper, const char *title);
    const char *mark; /* of what is told now */
    bool begun;
    size_t told; /* of one kind */
};

static void tell(struct changes *changes, enum paper_ink ink,
                 const struct group *group, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void
tell(struct changes *changes, enum paper_ink ink, const struct group *group,
     const char *format, ...)
{
    struct rua_buf text;
    char words[256];
    va_list values;

    if (changes->told++ >= SHOWN)
        return;
    if (!changes->begun)
        changes->put_title(changes->paper, "CHANGED");
    changes->begun = true;
    va_start(values, format);
    vsnprintf(words, sizeof(words), format, values);
    va_end(values);
    rua_buf_init(&text, 4096);
    if (group->len)
        rua_buf_add(&text, group->key, group->len);
    else
        rua_buf_printf(&text, "(not given)");
    rua_buf_printf(&text, " %s", words);
    paper_to(changes->paper, 2);
    paper_print(changes->paper, ink, "%s", changes->mark);
    paper_paragraph(changes->paper, PAPER_PLAIN, INDENT, rua_buf_span(&text));
    rua_buf_done(&text);
}

/* How many more there are of the kind that was told. */
static void
end_kind(struct changes *changes, const char *many)
{
    if (changes->told > SHOWN) {
        paper_to(changes->paper, INDENT);
        paper_print(changes->paper, PAPER_DIM, "and %zu more %s",
                    changes->told - SHOWN, many);
        paper_end_line(changes->paper);
    }
    changes->told = 0;
}

static double
rate(const struct tally *tally)
{
    return (double)tally->pass / ((double)tally->pass + (double)tally->fail);
}

static void
tell_of_domain(struct changes *changes, const struct group *group)
{
    const struct tally *now = &group->now, *before = &group->before;
    char a[SUMMARY_RATE], b[SUMMARY_RATE], digits[GRID_DIGITS];
    double change = rate(now) - rate(before);

    if (!before->rows) {
        changes->mark = "+";
        tell(changes, PAPER_MARK, group, "is new: %s messages",
             grid_digits(now->messages, digits));
    } else if (!now->rows) {
        changes->mark = "-";
        tell(changes, PAPER_POOR, group, "has no report; %s messages before",
             grid_digits(before->messages, digits));
    } else if (now->pass + now->fail >= ENOUGH &&
               before->pass + before->fail >= ENOUGH &&
               (change > 0.01 || change < -0.01)) {
        changes->mark = change > 0 ? "+" : "-";
        tell(changes, change > 0 ? PAPER_GOOD : PAPER_BAD, group,
             "passes with %s, and %s before", summary_rate(now, a),
             summary_rate(before, b));
    }
}

static void
tell_of_source(struct changes *changes, const struct group *group)
{
    char fail[GRID_DIGITS], digits[GRID_DIGITS];

    if (group->before.rows || !group->now.fail)
        return;
    changes->mark = "+";
    tell(changes, PAPER_BAD, group, "is new and fails: %s of %s messages",
         grid_digits(group->now.fail, fail),
         grid_digits(group->now.messages, digits));
}

/* One that sent a report a day, or nearly, and none for a week. */
static void
tell_of_reporter(struct changes *changes, const struct group *group)
{
    const struct summary *summary = changes->show->summary;
    uint64_t reports = group->reports + group->reports_before;
    char day[PERIOD_TEXT];

    if (reports < ENOUGH_REPORTS ||
        group->last + WEEK >= summary->period.until ||
        (group->reports && period_days(&summary->period) < 14))
        return;
    period_print_day(group->last, day);
    changes->mark = "-";
    tell(changes, PAPER_POOR, group,
         "has sent no report since that of %s; %" PRIu64 " reports before", day,
         reports);
}

static void
tell_of_all(struct changes *changes, enum by by,
            int (*order)(const void *, const void *),
            void (*of)(struct changes *, const struct group *),
            const char *many)
{
    const struct groups *groups = &changes->show->summary->groups[by];
    struct group **all = groups_sort(groups, order);

    for (size_t i = 0; i < groups->n; i++)
        of(changes, all[i]);
    end_kind(changes, many);
    free(all);
}

void
summary_show_changes(const struct summary_show *show, struct paper *paper,
                     void (*put_title)(struct paper *paper, const char *title))
{
    const struct summary *summary = show->summary;
    struct changes changes = {
        .show = show, .paper = paper, .put_title = put_title};

    if (!summary->all->before.rows)
        return;
    tell_of_all(&changes, BY_DOMAIN, groups_by_messages, tell_of_domain,
                "domains");
    if (!summary->groups[BY_SOURCE].forgotten)
        tell_of_all(&changes, BY_SOURCE, groups_by_failing, tell_of_source,
                    "new sources that fail");
    tell_of_all(&changes, BY_ORG, groups_by_messages, tell_of_reporter,
                "reporters");
}
