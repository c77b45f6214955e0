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
    char digits[GRID_DIGITS];

    if (key)
        grid_print(grid, PAPER_DIM, "%s", key);
    else
        put_key(grid, group);
    grid_print(grid, PAPER_PLAIN, "%s", grid_digits(now->messages, digits));
    summary_put_rate(grid, now);
    grid_bar(grid, summary_rate_ink(now),
             all > 0 ? (double)now->pass / all : 0);
    summary_put_fail(grid, now);
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
put_outcome(struct grid *grid, const struct tally *now,
            enum summary_check check)
{
    uint64_t known = check == SUMMARY_SPF ? now->spf_known : now->dkim_known;
    uint64_t aligned = check == SUMMARY_SPF ? now->spf : now->dkim;
    char text[SUMMARY_RATE];

    grid_print(grid,
               known == 0         ? PAPER_DIM
               : aligned == known ? PAPER_GOOD
               : aligned          ? PAPER_POOR
                                  : PAPER_BAD,
               "%s", summary_outcome(now, check, text));
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
    char digits[GRID_DIGITS];
    bool is_new = summary->all->before.rows && !group->before.rows;

    put_key(grid, group);
    grid_print(grid, ink, "%s", grid_digits(figure, digits));
    summary_put_rate(grid, now);
    put_outcome(grid, now, SUMMARY_SPF);
    put_outcome(grid, now, SUMMARY_DKIM);
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
        {failing ? "FAILING SOURCE" : "LARGEST SOURCE", GRID_NAME,   0,  45, 0},
        {failing ? "FAIL" : "MESSAGES",                 GRID_NUMBER, 0,  0,  0},
        {"PASS",                                        GRID_NUMBER, 0,  0,  0},
        {"SPF",                                         GRID_TEXT,   9,  9,  3},
        {"DKIM",                                        GRID_TEXT,   9,  9,  2},
        {"WHOSE",                                       GRID_TEXT,   16, 40, 4},
        {"DOMAIN",                                      GRID_TEXT,   14, 30, 5},
        {"",                                            GRID_TEXT,   3,  3,  6},
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
    if (summary->period.since == 0) {
        rua_buf_printf(&text, "No report yet.");
    } else {
        rua_buf_printf(&text, "No report in this period");
        if (summary->all->before.rows)
            rua_buf_printf(&text, ", though there were some before");
        rua_buf_printf(&text, ": --since all shows whatever there is.");
    }
    paper_to(paper, INDENT);
    paper_paragraph(paper, PAPER_PLAIN, INDENT, rua_buf_span(&text));
    rua_buf_done(&text);
}

void
summary_show_screen(const struct summary_show *show, struct paper *paper)
{
    struct summary *summary = show->summary;
    char period[PERIOD_TEXT];

    period_print(&summary->period, period);
    paper_print(paper, PAPER_BOLD, "DMARC, %s", period);
    paper_print(paper, PAPER_DIM, "  (UTC)");
    paper_end_line(paper);
    paper_end_line(paper);
    if (summary->all->now.rows == 0 && summary->all->reports == 0) {
        put_nothing(summary, paper);
        return;
    }
    summary_show_head(show, paper);
    put_domains(show, paper);
    put_sources(show, paper, true);
    put_sources(show, paper, false);
    summary_show_changes(show, paper, put_title);
}
