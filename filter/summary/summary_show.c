#include "summary_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reverse.h"

const char *
summary_rate(const struct tally *tally, char ret_text[SUMMARY_RATE])
{
    uint64_t all = tally->pass + tally->fail;
    unsigned tenths;

    ret_text[0] = '\0';
    if (all == 0)
        return ret_text;
    tenths = (unsigned)(all > UINT64_MAX / 1000 ? tally->pass / (all / 1000)
                                                : tally->pass * 1000 / all);
    if (tenths >= 1000)
        tenths = tally->fail ? 999 : 1000;
    snprintf(ret_text, SUMMARY_RATE, "%u.%u %%", tenths / 10, tenths % 10);
    return ret_text;
}

enum paper_ink
summary_rate_ink(const struct tally *tally)
{
    double all = (double)tally->pass + (double)tally->fail;
    double rate = all > 0 ? (double)tally->pass / all : 1;

    return rate >= 0.98 ? PAPER_GOOD : rate >= 0.9 ? PAPER_POOR : PAPER_BAD;
}

bool
summary_is_unknown(const struct tally *tally)
{
    return tally->messages && !tally->pass && !tally->fail;
}

void
summary_put_rate(struct grid *grid, const struct tally *tally)
{
    char rate[SUMMARY_RATE];

    if (summary_is_unknown(tally))
        grid_print(grid, PAPER_DIM, "-");
    else
        grid_print(grid, summary_rate_ink(tally), "%s",
                   summary_rate(tally, rate));
}

void
summary_put_fail(struct grid *grid, const struct tally *tally)
{
    char digits[GRID_DIGITS];

    if (summary_is_unknown(tally))
        grid_print(grid, PAPER_DIM, "-");
    else
        grid_print(grid, tally->fail ? PAPER_BAD : PAPER_DIM, "%s",
                   grid_digits(tally->fail, digits));
}

const char *
summary_outcome(const struct tally *tally, enum summary_check check,
                char ret_text[SUMMARY_RATE])
{
    bool is_spf = check == SUMMARY_SPF;
    uint64_t n = is_spf ? tally->spf_known : tally->dkim_known;
    uint64_t aligned = is_spf ? tally->spf : tally->dkim;
    uint64_t passed = is_spf ? tally->spf_pass : tally->dkim_pass;
    uint64_t none = is_spf ? tally->spf_none : tally->dkim_none;
    uint64_t said = is_spf ? tally->spf_said : tally->dkim_said;
    unsigned part = n ? (unsigned)((double)aligned / (double)n * 100) : 0;

    if (n == 0)
        return tally->messages ? "-" : "";
    if (aligned == n)
        return "pass";
    if (aligned) {
        snprintf(ret_text, SUMMARY_RATE, "%u %%", part ? part : 1);
        return ret_text;
    }
    if (said == 0)
        return "no pass";
    return passed >= n - passed ? "unaligned" : none >= n ? "none" : "fail";
}

uint64_t
summary_whole(double messages)
{
    return messages < (double)INT64_MAX ? (uint64_t)messages : INT64_MAX;
}

const struct origin *
summary_origin(const struct summary_show *show, const struct group *group)
{
    static struct origin origin;
    struct origins *origins = show->summary->origins;
    struct rua_span ip = {(const unsigned char *)group->key, group->len};

    origin = *origins_find(origins, ip);
    if (show->reverse) {
        snprintf(origin.reverse, sizeof(origin.reverse), "%s",
                 reverse_find(show->reverse, ip));
        origins_name_sender(origins, &origin);
    }
    return &origin;
}

struct group **
summary_rows(const struct summary_show *show, enum by by, size_t *ret_n)
{
    struct groups *groups = &show->summary->groups[by];
    struct group **all = groups_sort(groups, summary_by[by].compare);
    size_t n = 0;

    for (size_t i = 0; i < groups->n; i++)
        if (all[i]->now.rows || all[i]->reports)
            all[n++] = all[i];
    *ret_n = n;
    return all;
}

bool
summary_others(const struct summary_show *show, enum by by,
               struct group *const *all, size_t shown, struct group *ret_others,
               uint64_t *ret_n)
{
    const struct groups *groups = &show->summary->groups[by];

    memcpy(ret_others, groups->others, sizeof(*ret_others));
    *ret_n = groups->forgotten;
    for (size_t i = shown; i < groups->n && all[i]; i++) {
        tally_add(&ret_others->now, &all[i]->now);
        tally_add(&ret_others->before, &all[i]->before);
        ret_others->reports += all[i]->reports;
        for (size_t s = 0; s < GROUPS_SLOTS; s++)
            ret_others->line[s] += all[i]->line[s];
        ++*ret_n;
    }
    return ret_others->now.rows > 0;
}

/* ---- what was left out ---- */

static void
note(struct paper *paper, const char *text)
{
    paper_to(paper, 2);
    paper_paragraph(paper, PAPER_PLAIN, 2, rua_span_text(text));
}

static void
count_notes(struct summary *summary)
{
    char text[2][GRID_DIGITS];

    if (summary->ids.shared)
        summary_say(summary,
                    "reports that have the ID of another report: %s; all are "
                    "counted",
                    grid_digits(summary->ids.shared, text[0]));
    if (summary->ids.twice)
        summary_say(summary,
                    "reports that are in the tables twice, and counted twice: "
                    "%s; see ruamill verify",
                    grid_digits(summary->ids.twice, text[0]));
    if (summary->ids.passed)
        summary_say(summary,
                    "reports whose ID was not compared with the others, since "
                    "there are too many: %s",
                    grid_digits(summary->ids.passed, text[0]));
    if (summary->undated_rows)
        summary_say(summary,
                    "rows without a date, left out: %s, of %s messages",
                    grid_digits(summary->undated_rows, text[0]),
                    grid_digits(summary->undated_messages, text[1]));
    if (summary->pending)
        summary_say(summary,
                    "reports in the journal that may not be in the tables yet, "
                    "left out: %s; ruamill checkpoint brings them in",
                    grid_digits(summary->pending, text[0]));
    for (enum by by = 0; by < BY_COUNT; by++)
        if (summary->groups[by].forgotten)
            summary_say(summary,
                        "%s: there are more than can be kept at once; the "
                        "smallest are counted together, and those shown have "
                        "at least these figures",
                        summary_by[by].many);
}

/* The sentences, the last of which says how many more there are. */
void
summary_finish(struct summary *summary)
{
    char text[GRID_DIGITS];
    uint64_t unsaid;

    count_notes(summary);
    unsaid = summary->unsaid;
    if (unsaid == 0)
        return;
    summary->said.n--;
    summary->unsaid = 0;
    summary_say(summary, "and %s more; see ruamill verify",
                grid_digits(unsaid + 1, text));
}

void
summary_show_notes(const struct summary_show *show, struct paper *paper)
{
    const struct view_names *said = &show->summary->said;

    if (said->n == 0)
        return;
    paper_end_line(paper);
    paper_print(paper, PAPER_DIM, "TO KNOW");
    paper_end_line(paper);
    for (size_t i = 0; i < said->n; i++)
        note(paper, said->names[i]);
}
