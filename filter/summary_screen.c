#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "summary_show.h"

enum {
    INDENT = 2
};

static void
put_title(struct paper *paper, const char *title)
{
    paper_end_line(paper);
    paper_print(paper, PAPER_BOLD, "%s", title);
    paper_end_line(paper);
}

/* ---- the headline ---- */

/* "12 % more than before", for two numbers that are not 0. */
static void
put_change(struct paper *paper, uint64_t now, uint64_t before,
           const char *since)
{
    double part = (double)now / (double)before;
    double percent = part > 1 ? part * 100 - 100 : 100 - part * 100;

    if (before == 0)
        return;
    if (percent < 0.5)
        paper_print(paper, PAPER_DIM, ", as many as in the %s before", since);
    else if (part >= 10)
        paper_print(paper, PAPER_DIM, ", %.0f times the %s before", part,
                    since);
    else
        paper_print(paper, PAPER_DIM, ", %.0f %% %s than in the %s before",
                    percent, part > 1 ? "more" : "fewer", since);
}

static void
put_figure(struct paper *paper, enum paper_ink ink, const char *text)
{
    unsigned width = paper_width(paper, rua_span_text(text));

    paper_to(paper, width < 16 ? 16 - width : 0);
    paper_print(paper, ink, "%s", text);
    paper_to(paper, width < 16 ? 18 : paper->column + 2);
}

/* "20,001 let through, 2,000 quarantined, 122 rejected" of what failed cannot
 * be known from sums: it is of all. */
static void
put_dispositions(struct paper *paper, const struct tally *now)
{
    static const struct {
        enum survey_policy policy;
        const char *done;
    } words[] = {
        {SURVEY_QUARANTINE, "quarantined"      },
        {SURVEY_REJECT,     "rejected"         },
        {SURVEY_OTHER,      "treated otherwise"}
    };
    char digits[GRID_DIGITS];

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (now->policy[words[i].policy])
            paper_print(paper, PAPER_DIM, ", %s %s",
                        grid_digits(now->policy[words[i].policy], digits),
                        words[i].done);
}

static void
put_headline(const struct summary_show *show, struct paper *paper,
             const char *since)
{
    const struct summary *summary = show->summary;
    const struct group *all = summary->all;
    char digits[GRID_DIGITS], rate[SUMMARY_RATE], then[SUMMARY_RATE];
    size_t reporters;

    free(summary_rows(show, BY_ORG, &reporters));
    put_figure(paper, PAPER_BOLD, grid_digits(all->now.messages, digits));
    paper_print(paper, PAPER_PLAIN, "messages");
    put_change(paper, all->now.messages, all->before.messages, since);
    paper_end_line(paper);
    if (*summary_rate(&all->now, rate)) {
        put_figure(paper, summary_rate_ink(&all->now), rate);
        paper_print(paper, PAPER_PLAIN, "pass DMARC");
        if (*summary_rate(&all->before, then))
            paper_print(paper, PAPER_DIM, ", %s before", then);
        paper_end_line(paper);
        put_figure(paper, all->now.fail ? PAPER_BAD : PAPER_GOOD,
                   grid_digits(all->now.fail, digits));
        paper_print(paper, PAPER_PLAIN, "fail");
        put_dispositions(paper, &all->now);
        paper_end_line(paper);
    }
    put_figure(paper, PAPER_PLAIN, grid_digits(all->reports, digits));
    paper_print(paper, PAPER_PLAIN,
                "reports from %zu reporter%s on %s domain%s", reporters,
                reporters == 1 ? "" : "s",
                grid_digits(summary->n_domains, digits),
                summary->n_domains == 1 ? "" : "s");
    paper_end_line(paper);
}

static void
put_line(const struct summary *summary, struct paper *paper, const char *what,
         enum paper_ink ink, const double *values)
{
    char digits[GRID_DIGITS];
    const char *each = summary->slot > 86400 ? "" : " a day";
    double most = 0;

    for (unsigned i = 0; i < summary->slots; i++)
        most = values[i] > most ? values[i] : most;
    paper_to(paper, 18 - 2 - (unsigned)strlen(what));
    paper_print(paper, PAPER_DIM, "%s", what);
    paper_to(paper, 18);
    paper_line(paper, ink, values, summary->slots, most);
    paper_to(paper, 18 + summary->slots + 2);
    paper_print(paper, PAPER_DIM, "up to %s%s",
                grid_digits(summary_whole(most), digits), each);
    paper_end_line(paper);
}

/* ---- tables ---- */

static void
put_key(struct grid *grid, const struct group *group)
{
    if (group->len == 0)
        grid_text(grid, PAPER_DIM, RUA_SPAN("(not given)"));
    else
        grid_text(
            grid, PAPER_PLAIN,
            (struct rua_span){(const unsigned char *)group->key, group->len});
}

static void
put_domain(const struct summary *summary, struct grid *grid,
           const struct group *group, const char *key)
{
    static const char *const policies[SURVEY_POLICIES] = {"none", "quarantine",
                                                          "reject", "odd", ""};
    const struct tally *now = &group->now;
    double all = (double)now->pass + (double)now->fail;
    char digits[GRID_DIGITS], rate[SUMMARY_RATE];

    if (key)
        grid_print(grid, PAPER_DIM, "%s", key);
    else
        put_key(grid, group);
    grid_print(grid, PAPER_PLAIN, "%s", grid_digits(now->messages, digits));
    grid_print(grid, summary_rate_ink(now), "%s", summary_rate(now, rate));
    grid_bar(grid, summary_rate_ink(now),
             all > 0 ? (double)now->pass / all : 0);
    grid_print(grid, now->fail ? PAPER_BAD : PAPER_DIM, "%s",
               grid_digits(now->fail, digits));
    grid_print(grid, group->published == SURVEY_NONE ? PAPER_POOR : PAPER_PLAIN,
               "%s", key ? "" : policies[group->published]);
    grid_line(grid, PAPER_MARK, group->line, summary->slots);
}

static void
put_domains(const struct summary_show *show, struct paper *paper)
{
    static const struct grid_column columns[] = {
        {"DOMAIN",    GRID_TEXT,   14, 40,           0},
        {"MESSAGES",  GRID_NUMBER, 0,  0,            0},
        {"PASS",      GRID_NUMBER, 0,  0,            0},
        {"",          GRID_BAR,    6,  16,           3},
        {"FAIL",      GRID_NUMBER, 0,  0,            0},
        {"POLICY",    GRID_TEXT,   6,  10,           1},
        {"OVER TIME", GRID_LINE,   10, GROUPS_SLOTS, 2},
    };
    size_t n = sizeof(columns) / sizeof(*columns), rows, shown;
    char key[64], digits[GRID_DIGITS];
    uint64_t n_others;
    struct group others;
    struct grid grid;
    struct group **all = summary_rows(show, BY_DOMAIN, &rows);

    grid_init(&grid, columns, n);
    shown = show->top && rows > show->top ? show->top : rows;
    for (size_t i = 0; i < shown; i++)
        put_domain(show->summary, &grid, all[i], NULL);
    all[rows] = NULL;
    if (summary_others(show, BY_DOMAIN, all, shown, &others, &n_others)) {
        snprintf(key, sizeof(key), "%s other%s", grid_digits(n_others, digits),
                 n_others == 1 ? "" : "s");
        put_domain(show->summary, &grid, &others, key);
    }
    paper_end_line(paper);
    grid_show(&grid, paper, 0);
    grid_done(&grid);
    free(all);
}

static void
put_outcome(struct grid *grid, uint64_t n, uint64_t aligned, uint64_t passed,
            uint64_t none)
{
    char text[SUMMARY_RATE];
    const char *word = summary_outcome(n, aligned, passed, none, text);

    grid_print(grid,
               aligned == n && n ? PAPER_GOOD
               : aligned         ? PAPER_POOR
                                 : PAPER_BAD,
               "%s", word);
}

/* Whose an address is, in the shortest way that is known. */
static void
put_whose(const struct summary_show *show, struct grid *grid,
          const struct group *group)
{
    const struct origin *origin = summary_origin(show, group);
    const char *who = *origin->sender    ? origin->sender
                      : *origin->reverse ? origin->reverse
                                         : origin->as_name;

    grid_print(grid, PAPER_PLAIN, "%s%s%s", who,
               *who && *origin->country ? ", " : "", origin->country);
}

/* A source; `figure` is what it is in the table for. */
static void
put_source(const struct summary_show *show, struct grid *grid,
           const struct group *group, uint64_t figure, enum paper_ink ink)
{
    const struct summary *summary = show->summary;
    const struct tally *now = &group->now;
    char digits[GRID_DIGITS], rate[SUMMARY_RATE];
    bool is_new = summary->all->before.rows && !group->before.rows;

    put_key(grid, group);
    grid_print(grid, ink, "%s", grid_digits(figure, digits));
    grid_print(grid, summary_rate_ink(now), "%s", summary_rate(now, rate));
    put_outcome(grid, now->messages, now->spf, now->spf_pass, now->spf_none);
    put_outcome(grid, now->messages, now->dkim, now->dkim_pass, now->dkim_none);
    put_whose(show, grid, group);
    grid_print(grid, PAPER_PLAIN, "%s",
               summary->n_domains < 2 ? ""
               : group->domains       ? "several"
               : group->domain        ? group->domain
                                      : "");
    grid_print(grid, PAPER_MARK, "%s", is_new ? "new" : "");
}

static bool
is_failing(const struct group *group)
{
    return group->now.fail > 0;
}

static bool
is_any(const struct group *group)
{
    return group->now.messages > 0;
}

static void
put_sources(const struct summary_show *show, struct paper *paper, bool failing)
{
    const struct grid_column columns[] = {
        {failing ? "FAILING SOURCE" : "LARGEST SOURCE", GRID_TEXT,   22, 39, 0},
        {failing ? "FAIL" : "MESSAGES",                 GRID_NUMBER, 0,  0,  0},
        {"PASS",                                        GRID_NUMBER, 0,  0,  0},
        {"SPF",                                         GRID_TEXT,   9,  9,  0},
        {"DKIM",                                        GRID_TEXT,   9,  9,  0},
        {"WHOSE",                                       GRID_TEXT,   16, 40, 1},
        {"DOMAIN",                                      GRID_TEXT,   14, 30, 2},
        {"",                                            GRID_TEXT,   3,  3,  3},
    };
    const struct groups *groups = &show->summary->groups[BY_SOURCE];
    bool (*wanted)(const struct group *) = failing ? is_failing : is_any;
    size_t shown = 0;
    struct grid grid;
    struct group **all =
        groups_sort(groups, failing ? groups_by_failing : groups_by_messages);

    grid_init(&grid, columns, sizeof(columns) / sizeof(*columns));
    for (size_t i = 0;
         i < groups->n && wanted(all[i]) && (!show->top || shown < show->top);
         i++, shown++)
        put_source(show, &grid, all[i],
                   failing ? all[i]->now.fail : all[i]->now.messages,
                   failing ? PAPER_BAD : PAPER_PLAIN);
    if (shown) {
        paper_end_line(paper);
        grid_show(&grid, paper, 0);
    }
    grid_done(&grid);
    free(all);
}

/* ---- all of it ---- */

static void
put_nothing(const struct summary *summary, struct paper *paper)
{
    struct rua_buf text;

    rua_buf_init(&text, 1024);
    rua_buf_printf(&text, "No report in this period");
    if (summary->all->before.rows)
        rua_buf_printf(&text, ", though there were some before");
    rua_buf_printf(&text, ": --since all shows whatever there is.");
    paper_to(paper, INDENT);
    paper_paragraph(paper, PAPER_PLAIN, INDENT, rua_buf_span(&text));
    rua_buf_done(&text);
}

void
summary_show_screen(const struct summary_show *show, struct paper *paper)
{
    struct summary *summary = show->summary;
    char period[PERIOD_TEXT], since[32];
    int64_t days = period_days(&summary->period);

    period_print(&summary->period, period);
    snprintf(since, sizeof(since), days == 1 ? "day" : "%" PRId64 " days",
             days);
    paper_print(paper, PAPER_BOLD, "DMARC, %s", period);
    paper_print(paper, PAPER_DIM, "  (UTC)");
    paper_end_line(paper);
    paper_end_line(paper);
    if (summary->all->now.rows == 0 && summary->all->reports == 0) {
        put_nothing(summary, paper);
        return;
    }
    put_headline(show, paper, since);
    if (summary->slots > 1) {
        paper_end_line(paper);
        put_line(summary, paper, "messages", PAPER_MARK, summary->all->line);
        if (summary->all->now.fail)
            put_line(summary, paper, "failing", PAPER_BAD, summary->failing);
    }
    put_domains(show, paper);
    put_sources(show, paper, true);
    put_sources(show, paper, false);
    summary_show_changes(show, paper, put_title);
}
