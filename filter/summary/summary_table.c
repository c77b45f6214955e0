#include <stdlib.h>
#include <string.h>

#include "summary_show.h"

/* The columns of one table, in their order. */
enum column {
    KEY,
    MESSAGES,
    PASS,
    BAR,
    FAIL,
    SPF,
    DKIM,
    QUARANTINED,
    REJECTED,
    REPORTS,
    WHO,
    DOMAIN,
    LINE,
    COLUMNS
};

static const struct grid_column forms[COLUMNS] = {
    [KEY] = {"",          GRID_TEXT,   24, 48,           0},
    [MESSAGES] = {"MESSAGES",  GRID_NUMBER, 0,  0,            0},
    [PASS] = {"PASS",      GRID_NUMBER, 0,  0,            0},
    [BAR] = {"",          GRID_BAR,    6,  16,           9},
    [FAIL] = {"FAIL",      GRID_NUMBER, 0,  0,            0},
    [SPF] = {"SPF",       GRID_TEXT,   9,  9,            3},
    [DKIM] = {"DKIM",      GRID_TEXT,   9,  9,            3},
    [QUARANTINED] = {"QUARANT.",  GRID_NUMBER, 0,  0,            6},
    [REJECTED] = {"REJECTED",  GRID_NUMBER, 0,  0,            5},
    [REPORTS] = {"REPORTS",   GRID_NUMBER, 0,  0,            4},
    [WHO] = {"WHOSE",     GRID_TEXT,   24, 40,           2},
    [DOMAIN] = {"DOMAIN",    GRID_TEXT,   14, 30,           7},
    [LINE] = {"OVER TIME", GRID_LINE,   10, GROUPS_SLOTS, 8},
};

/* Which columns tell something, by what the rows are. */
static bool
tells(const struct summary *summary, enum by by, enum column column)
{
    switch (column) {
    case SPF:
    case DKIM:
        return by == BY_SOURCE || by == BY_SENDER || by == BY_ASN ||
               by == BY_FROM;
    case QUARANTINED:
    case REJECTED:
        return by != BY_SOURCE && by != BY_DISPOSITION;
    case REPORTS:
        return by == BY_DOMAIN || by == BY_ORG;
    case WHO:
        return by == BY_SOURCE;
    case DOMAIN:
        return by == BY_SOURCE && summary->n_domains > 1;
    case LINE:
        return by != BY_DAY && by != BY_MONTH && summary->slots > 1;
    default:
        return true;
    }
}

/* "Meadow, AS64500 Meadow Hosting GmbH, DE": name, network and country. */
static void
describe(const struct origin *origin, char *ret_text, size_t size)
{
    const char *who = *origin->sender    ? origin->sender
                      : *origin->reverse ? origin->reverse
                                         : origin->as_name;

    snprintf(ret_text, size, "%s%s%s", who,
             *who && *origin->country ? ", " : "", origin->country);
}

static void
put_key(const struct summary_show *show, struct grid *grid,
        const struct group *group)
{
    struct rua_span key = {(const unsigned char *)group->key, group->len};

    if (group == show->summary->groups[show->by].others)
        return;
    if (key.len == 0)
        grid_text(grid, PAPER_DIM,
                  summary_by[show->by].origins ? RUA_SPAN("(not known)")
                                               : RUA_SPAN("(not given)"));
    else
        grid_text(grid, PAPER_PLAIN, key);
}

static void
put_number(struct grid *grid, enum paper_ink ink, uint64_t number)
{
    char text[GRID_DIGITS];

    grid_print(grid, number ? ink : PAPER_DIM, "%s", grid_digits(number, text));
}

static void
put_outcome(struct grid *grid, const struct tally *now,
            enum summary_check check)
{
    char text[SUMMARY_RATE];
    const char *word = summary_outcome(now, check, text);

    grid_print(grid,
               strcmp(word, "pass") == 0 ? PAPER_GOOD
               : strcmp(word, "-") == 0  ? PAPER_DIM
               : strchr(word, '%')       ? PAPER_POOR
                                         : PAPER_BAD,
               "%s", word);
}

static void
put_cell(const struct summary_show *show, struct grid *grid,
         const struct group *group, enum column column, const char *who)
{
    const struct tally *now = &group->now;
    double all = (double)now->pass + (double)now->fail;

    switch (column) {
    case KEY:
        put_key(show, grid, group);
        break;
    case MESSAGES:
        put_number(grid, PAPER_PLAIN, now->messages);
        break;
    case PASS:
        summary_put_rate(grid, now);
        break;
    case BAR:
        grid_bar(grid, summary_rate_ink(now),
                 all > 0 ? (double)now->pass / all : 0);
        break;
    case FAIL:
        summary_put_fail(grid, now);
        break;
    case SPF:
        put_outcome(grid, now, SUMMARY_SPF);
        break;
    case DKIM:
        put_outcome(grid, now, SUMMARY_DKIM);
        break;
    case QUARANTINED:
        put_number(grid, PAPER_PLAIN, now->policy[SURVEY_QUARANTINE]);
        break;
    case REJECTED:
        put_number(grid, PAPER_PLAIN, now->policy[SURVEY_REJECT]);
        break;
    case REPORTS:
        put_number(grid, PAPER_PLAIN, group->reports);
        break;
    case WHO:
        grid_print(grid, PAPER_PLAIN, "%s", who);
        break;
    case DOMAIN:
        grid_print(grid, PAPER_PLAIN, "%s",
                   group->domains  ? "several"
                   : group->domain ? group->domain
                                   : "");
        break;
    default:
        grid_line(grid, PAPER_MARK, group->line, show->summary->slots);
        break;
    }
}

static void
put_row(const struct summary_show *show, struct grid *grid,
        const struct group *group, const enum column *columns, size_t n,
        const char *key)
{
    char who[512] = "";

    if (show->by == BY_SOURCE && !key)
        describe(summary_origin(show, group), who, sizeof(who));
    for (size_t i = 0; i < n; i++)
        if (columns[i] == KEY && key)
            grid_print(grid, PAPER_DIM, "%s", key);
        else
            put_cell(show, grid, group, columns[i], who);
}

void
summary_show_table(const struct summary_show *show, struct paper *paper)
{
    const struct summary *summary = show->summary;
    struct grid_column chosen[COLUMNS];
    enum column columns[COLUMNS];
    struct group others;
    struct grid grid;
    char key[64], digits[GRID_DIGITS];
    uint64_t n_others;
    size_t n = 0, rows, shown;
    struct group **all = summary_rows(show, show->by, &rows);

    for (unsigned c = 0; c < COLUMNS; c++)
        if (tells(summary, show->by, (enum column)c)) {
            chosen[n] = forms[c];
            if (show->by == BY_SOURCE && c == FAIL)
                chosen[n].rank = 1; /* rather than cut addresses */
            columns[n++] = (enum column)c;
        }
    chosen[0].title = summary_by[show->by].title;
    if (show->by == BY_SOURCE)
        chosen[0].kind = GRID_NAME;
    grid_init(&grid, chosen, n);
    shown = show->top && rows > show->top ? show->top : rows;
    for (size_t i = 0; i < shown; i++)
        put_row(show, &grid, all[i], columns, n, NULL);
    all[rows] = NULL;
    if (summary_others(show, show->by, all, shown, &others, &n_others)) {
        snprintf(key, sizeof(key), "%s others", grid_digits(n_others, digits));
        put_row(show, &grid, &others, columns, n, key);
    }
    if (rows)
        grid_show(&grid, paper, 0);
    grid_done(&grid);
    free(all);
}
