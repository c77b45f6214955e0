/* The head of the screen: how much mail, how much of it passes, and how that
 * went. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "summary_show.h"

enum {
    INDENT = 18,  /* of what stands behind the figures */
    SHORTEST = 8, /* of a line that is folded for the sake of */
    CAPTION = 23, /* "  up to 166,651 a day", behind it */
    ODD_SHOWN = 3
};

static void say(struct paper *paper, enum paper_ink ink, const char *format,
                ...) __attribute__((format(printf, 3, 4)));

static void
say(struct paper *paper, enum paper_ink ink, const char *format, ...)
{
    char text[256];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    paper_go_on(paper, ink, INDENT, rua_span_text(text));
}

/* "12 % more than before", for two numbers that are not 0. */
static void
put_change(struct paper *paper, uint64_t now, uint64_t before,
           const char *since)
{
    double part = (double)now / (double)before;
    double percent = part > 1 ? part * 100 - 100 : 100 - part * 100;
    char digits[GRID_DIGITS];

    if (before == 0)
        return;
    if (percent < 0.5)
        say(paper, PAPER_DIM, ", %sas many as in the %s before",
            now == before ? "" : "about ", since);
    else if (part >= 10)
        say(paper, PAPER_DIM, ", %s times the %s before",
            grid_digits(summary_whole(part), digits), since);
    else
        say(paper, PAPER_DIM, ", %.0f %% %s than in the %s before", percent,
            part > 1 ? "more" : "fewer", since);
}

static void
put_figure(struct paper *paper, enum paper_ink ink, const char *text)
{
    unsigned width = paper_width(paper, rua_span_text(text));

    paper_to(paper, width < 16 ? 16 - width : 0);
    paper_print(paper, ink, "%s", text);
    paper_to(paper, width < 16 ? INDENT : paper->column + 2);
}

/* Dispositions that are none of the usual, the first few by name. */
static void
put_odd(const struct summary_show *show, struct paper *paper, uint64_t messages)
{
    size_t n, told = 0;
    struct group **all = summary_rows(show, BY_DISPOSITION, &n);
    char digits[GRID_DIGITS];

    say(paper, PAPER_DIM, ", %s otherwise", grid_digits(messages, digits));
    for (size_t i = 0; i < n && told <= ODD_SHOWN; i++) {
        struct rua_span key = {(const unsigned char *)all[i]->key, all[i]->len};
        if (survey_policy(key) != SURVEY_OTHER || !all[i]->now.messages)
            continue;
        if (told++ < ODD_SHOWN)
            say(paper, PAPER_DIM, told > 1 ? ", %.*s" : " (%.*s",
                (int)(key.len < 40 ? key.len : 40), (const char *)key.data);
        else
            say(paper, PAPER_DIM, ", ...");
    }
    if (told)
        say(paper, PAPER_DIM, ")");
    free(all);
}

/* "2,000 quarantined, 122 rejected" of what failed cannot be known from sums:
 * it is of all. */
static void
put_dispositions(const struct summary_show *show, struct paper *paper)
{
    const uint64_t *policy = show->summary->all->now.policy;
    char digits[GRID_DIGITS];

    if (policy[SURVEY_QUARANTINE])
        say(paper, PAPER_DIM, ", %s quarantined",
            grid_digits(policy[SURVEY_QUARANTINE], digits));
    if (policy[SURVEY_REJECT])
        say(paper, PAPER_DIM, ", %s rejected",
            grid_digits(policy[SURVEY_REJECT], digits));
    if (policy[SURVEY_OTHER])
        put_odd(show, paper, policy[SURVEY_OTHER]);
}

/* Reporters that have a name. */
static size_t
count_reporters(const struct summary_show *show)
{
    size_t n, named = 0;
    struct group **all = summary_rows(show, BY_ORG, &n);

    for (size_t i = 0; i < n; i++)
        named += all[i]->len > 0;
    free(all);
    return named;
}

static void
put_reports(const struct summary_show *show, struct paper *paper)
{
    const struct summary *summary = show->summary;
    uint64_t reports = summary->all->reports;
    size_t reporters = count_reporters(show);
    char digits[GRID_DIGITS];

    put_figure(paper, PAPER_PLAIN, grid_digits(reports, digits));
    say(paper, PAPER_PLAIN, "report%s", reports == 1 ? "" : "s");
    if (reporters)
        say(paper, PAPER_PLAIN, " from %zu reporter%s", reporters,
            reporters == 1 ? "" : "s");
    say(paper, PAPER_PLAIN, " on %s domain%s",
        grid_digits(summary->n_domains, digits),
        summary->n_domains == 1 ? "" : "s");
    paper_end_line(paper);
}

static void
put_headline(const struct summary_show *show, struct paper *paper,
             const char *since)
{
    const struct summary *summary = show->summary;
    const struct group *all = summary->all;
    char digits[GRID_DIGITS], rate[SUMMARY_RATE], then[SUMMARY_RATE];

    put_figure(paper, PAPER_BOLD, grid_digits(all->now.messages, digits));
    say(paper, PAPER_PLAIN, "messages");
    put_change(paper, all->now.messages, all->before.messages, since);
    paper_end_line(paper);
    if (*summary_rate(&all->now, rate)) {
        put_figure(paper, summary_rate_ink(&all->now), rate);
        say(paper, PAPER_PLAIN, "pass DMARC");
        if (*summary_rate(&all->before, then))
            say(paper, PAPER_DIM, ", %s before", then);
        paper_end_line(paper);
        put_figure(paper, all->now.fail ? PAPER_BAD : PAPER_GOOD,
                   grid_digits(all->now.fail, digits));
        say(paper, PAPER_PLAIN, "fail");
        put_dispositions(show, paper);
        paper_end_line(paper);
    } else if (all->now.messages) {
        put_figure(paper, PAPER_DIM, "-");
        say(paper, PAPER_PLAIN, "pass DMARC: not known");
        paper_end_line(paper);
    }
    put_reports(show, paper);
}

/* Two parts as one, until there is room for all; of an odd number, the first
 * one stays alone, so that the last is as long as the others. Returns how many
 * parts are one. */
static unsigned
fold(double *values, unsigned *n, unsigned room)
{
    unsigned together = 1;

    for (; *n > room && *n > 1; together *= 2) {
        unsigned alone = *n % 2;
        for (unsigned i = alone; i < *n; i++) {
            double *to = &values[(i + alone) / 2];
            *to = (i + alone) % 2 ? *to + values[i] : values[i];
        }
        *n = (*n + 1) / 2;
    }
    return together;
}

/* The line, with room for what is said behind it, or else below it. */
static void
put_line(const struct summary *summary, struct paper *paper, const char *what,
         enum paper_ink ink, const double *all)
{
    char digits[GRID_DIGITS], caption[64];
    double values[GROUPS_SLOTS], most = 0;
    unsigned n = summary->slots, room = paper->width - INDENT;
    int64_t days = summary->slot / 86400;

    memcpy(values, all, n * sizeof(*values));
    days *= fold(values, &n, room < SHORTEST + CAPTION ? room : room - CAPTION);
    for (unsigned i = 0; i < n; i++)
        most = values[i] > most ? values[i] : most;
    grid_digits(summary_whole(most), digits);
    if (days == 1)
        snprintf(caption, sizeof(caption), "up to %s a day", digits);
    else
        snprintf(caption, sizeof(caption), "up to %s in %" PRId64 " days",
                 digits, days);
    paper_to(paper, INDENT - 2 - (unsigned)strlen(what));
    paper_print(paper, PAPER_DIM, "%s", what);
    paper_to(paper, INDENT);
    paper_line(paper, ink, values, n, most);
    if (INDENT + n + 2 + strlen(caption) > paper->width)
        paper_end_line(paper);
    paper_to(paper, paper->column ? INDENT + n + 2 : INDENT);
    paper_print(paper, PAPER_DIM, "%s", caption);
    paper_end_line(paper);
}

void
summary_show_head(const struct summary_show *show, struct paper *paper)
{
    const struct summary *summary = show->summary;
    int64_t days = period_days(&summary->period);
    char since[32];

    snprintf(since, sizeof(since), days == 1 ? "day" : "%" PRId64 " days",
             days);
    put_headline(show, paper, since);
    if (summary->slots < 2)
        return;
    paper_end_line(paper);
    put_line(summary, paper, "messages", PAPER_MARK, summary->all->line);
    if (summary->all->now.fail)
        put_line(summary, paper, "failing", PAPER_BAD, summary->failing);
}
