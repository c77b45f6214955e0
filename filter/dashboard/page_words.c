#include "page_words.h"

#include <stdio.h>
#include <string.h>

#define NO_BREAK "\xc2\xa0" /* a space within a line */

const char *const page_table_names[PAGE_TABLES] = {
    [TABLE_FAILING] = "failing",
    [TABLE_SOURCES] = "sources",
    [TABLE_REPORTERS] = "reporters",
};

const char *const page_empty[PAGE_EMPTIES] = {
    [PAGE_EMPTY_FAILING] = "No message failed. There is nothing to do.",
    [PAGE_EMPTY_SOURCES] = "No report names a sender in this time.",
    [PAGE_EMPTY_REPORTERS] =
        ("No report came. Most mail systems send one a day: does the _dmarc "
         "record of the domain have a rua= with an address that ruamill takes "
         "(ruamill check ADDRESS)?"),
    [PAGE_EMPTY_DOMAINS] = ("There are no tables yet: ruamill replay, milter "
                            "or pipe makes them of the first report."),
    [PAGE_EMPTY_UNKNOWN] =
        ("No message is known to have failed, but of some the tables do not "
         "say whether they passed."),
    [PAGE_EMPTY_GROUP] = "These are among the smaller ones, which are counted "
                         "at the end of the table.",
};

const char *const page_acts_title[RANKING_ACTS] = {
    [ACT_LET_THROUGH] = "Let through",
    [ACT_QUARANTINED] = "Quarantined (spam folder)",
    [ACT_REJECTED] = "Rejected",
    [ACT_UNSAID] = "Not said",
};

static const char *const act_words[RANKING_ACTS] = {
    [ACT_LET_THROUGH] = "let through",
    [ACT_QUARANTINED] = "quarantined",
    [ACT_REJECTED] = "rejected",
    [ACT_UNSAID] = "not said",
};

void
page_acts(const struct ranking_sums *sums, char text[PAGE_SENTENCE])
{
    char figure[FIGURE_SIZE];
    size_t n = 0;

    text[0] = '\0';
    for (int i = 0; i < RANKING_ACTS; i++)
        if (sums->acts[i])
            n += (size_t)snprintf(text + n, PAGE_SENTENCE - n,
                                  "%s%s" NO_BREAK "%s", n ? ", " : "",
                                  act_words[i],
                                  figure_number(sums->acts[i], figure));
}

/* Messages of which it is not known whether they passed, or rows of which it is
 * not known how many messages they are. */
static bool
is_unclear(const struct review *review)
{
    const uint64_t *unclear = review->series[REVIEW_UNCLEAR];
    size_t i = 0;

    while (i < review->calendar->n && !unclear[i])
        i++;
    return review->uncounted || i < review->calendar->n;
}

enum page_empty
page_empty_failing(const struct review *review)
{
    return is_unclear(review)           ? PAGE_EMPTY_UNKNOWN
           : review->sums.messages == 0 ? PAGE_EMPTY_SOURCES
                                        : PAGE_EMPTY_FAILING;
}

/* ---- the head ---- */

static uint64_t
held_of(const struct ranking_sums *sums)
{
    return figure_add(sums->acts[ACT_QUARANTINED], sums->acts[ACT_REJECTED]);
}

/* No report says what was done. */
static bool
is_silent(const struct ranking_sums *sums)
{
    return sums->messages && sums->acts[ACT_UNSAID] == sums->messages;
}

/* What became of the failing ones. */
static void
put_end(const struct review *review, char text[PAGE_SENTENCE])
{
    const struct ranking_sums *sums = &review->sums;
    char failed[FIGURE_SIZE], held[FIGURE_SIZE];
    uint64_t n = held_of(sums);

    figure_number(sums->failed, failed);
    figure_number(n, held);
    if (sums->failed == 0)
        snprintf(text, PAGE_SENTENCE,
                 is_unclear(review) ? "None is known to have failed."
                                    : "None failed.");
    else if (is_silent(sums))
        snprintf(text, PAGE_SENTENCE,
                 "%s failed; what receivers did is not known.", failed);
    else if (n)
        snprintf(text, PAGE_SENTENCE, "%s failed. Receivers held back %s.",
                 failed, held);
    else
        snprintf(text, PAGE_SENTENCE, "%s failed, and none was held back.",
                 failed);
}

static void
put_lead(const struct review *review, const char *domains,
         char text[PAGE_SENTENCE])
{
    const struct ranking_sums *sums = &review->sums;
    const char *name = review->name[0] ? review->name : domains;
    char all[FIGURE_SIZE], figure[FIGURE_SIZE], end[PAGE_SENTENCE];

    put_end(review, end);
    figure_number(sums->messages, all);
    if (sums->reports == 0)
        snprintf(text, PAGE_SENTENCE, "There is no report of this time.%s",
                 review->calendar->since <= CALENDAR_FIRST
                     ? ""
                     : " If there are older ones, --since all shows them.");
    else if (sums->messages == 0 && review->uncounted)
        snprintf(text, PAGE_SENTENCE,
                 "How many messages were reported for %.300s is not known: the "
                 "tables lack the column count.",
                 name);
    else if (sums->messages == 0)
        snprintf(text, PAGE_SENTENCE, "No message was reported for %.300s.",
                 name);
    else if (sums->failed == 0 && !is_unclear(review) &&
             sums->messages < FIGURE_MOST)
        snprintf(text, PAGE_SENTENCE,
                 "All %s messages in the name of %.300s passed DMARC.", all,
                 name);
    else if (sums->passed == 0 && sums->failed == 0)
        snprintf(text, PAGE_SENTENCE,
                 "Whether the %s messages in the name of %.300s passed DMARC "
                 "is not known.",
                 all, name);
    else
        snprintf(
            text, PAGE_SENTENCE,
            "Of %s messages in the name of %.255s, %s passed DMARC. "
            "%.130s",
            all, name,
            figure_percent(sums->passed, sums->passed + sums->failed, figure),
            end);
}

/* A tile of which nothing is known. */
static void
put_unknown(enum page_tile tile, struct page_words *words)
{
    snprintf(words->value[tile], FIGURE_SIZE, "\xe2\x80\x93");
    snprintf(words->note[tile], PAGE_SENTENCE, "not known");
}

static void
put_tiles(const struct review *review, struct page_words *words)
{
    const struct ranking_sums *sums = &review->sums;
    char figure[FIGURE_SIZE], other[FIGURE_SIZE];
    bool no_count = sums->messages == 0 && review->uncounted;

    figure_number(sums->messages, words->value[TILE_MESSAGES]);
    if (no_count)
        put_unknown(TILE_MESSAGES, words);
    snprintf(words->note[TILE_MESSAGES], PAGE_SENTENCE, "in %s report%s",
             figure_number(sums->reports, figure),
             sums->reports == 1 ? "" : "s");
    figure_percent(sums->passed, sums->passed + sums->failed,
                   words->value[TILE_RATE]);
    snprintf(words->note[TILE_RATE], PAGE_SENTENCE, "%s message%s",
             figure_number(sums->passed, figure), sums->passed == 1 ? "" : "s");
    figure_number(sums->failed, words->value[TILE_FAILED]);
    snprintf(words->note[TILE_FAILED], PAGE_SENTENCE, "from %s address%s",
             figure_number(review->senders, figure),
             review->senders == 1 ? "" : "es");
    if (no_count || (sums->messages && !sums->passed && !sums->failed)) {
        put_unknown(TILE_RATE, words);
        put_unknown(TILE_FAILED, words);
    }
    figure_number(held_of(sums), words->value[TILE_HELD]);
    snprintf(words->note[TILE_HELD], PAGE_SENTENCE,
             "quarantined" NO_BREAK "%s, rejected" NO_BREAK "%s",
             figure_number(sums->acts[ACT_QUARANTINED], figure),
             figure_number(sums->acts[ACT_REJECTED], other));
    if (no_count || is_silent(sums))
        put_unknown(TILE_HELD, words);
}

/* Figures stay on one line as long as that can be read. */
static const char *
size_of(const struct page_words *words)
{
    size_t most = 0;

    for (int i = 0; i < PAGE_TILES; i++) {
        size_t n = 0;
        for (const char *at = words->value[i]; *at; at++)
            n += (*at & 0xc0) != 0x80;
        most = n > most ? n : most;
    }
    return most <= 7    ? "short"
           : most <= 9  ? "usual"
           : most <= 11 ? "long"
                        : "longest";
}

/* ---- what is not shown ---- */

static void
put_rest(const struct ranking *ranking, const char *one, const char *several,
         bool failed, char text[PAGE_SENTENCE])
{
    char figure[FIGURE_SIZE], messages[FIGURE_SIZE];
    uint64_t n = failed ? ranking->rest.failed : ranking->rest.messages;

    text[0] = '\0';
    if (ranking->rest_n)
        snprintf(text, PAGE_SENTENCE, "And %s more %s, with %s message%s%s.",
                 figure_number(ranking->rest_n, figure),
                 ranking->rest_n == 1 ? one : several,
                 figure_number(n, messages), n == 1 ? "" : "s",
                 failed ? " that failed" : "");
}

void
page_words(const struct review *review, const char *domains,
           struct page_words *ret_words)
{
    put_lead(review, domains, ret_words->lead);
    put_tiles(review, ret_words);
    ret_words->size = size_of(ret_words);
    put_rest(&review->failing, "group", "groups", true,
             ret_words->rest[TABLE_FAILING]);
    put_rest(&review->sources, "address", "addresses", false,
             ret_words->rest[TABLE_SOURCES]);
    put_rest(&review->reporters, "reporter", "reporters", false,
             ret_words->rest[TABLE_REPORTERS]);
}

/* ---- the policy ---- */

static const struct {
    const char *word, *meaning;
} policies[] = {
    {"none",       "only watched"             },
    {"quarantine", "failing mail goes to spam"},
    {"reject",     "failing mail is refused"  },
};

static const char *
meaning_of(const char *policy)
{
    for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
        if (strcmp(policies[i].word, policy) == 0)
            return policies[i].meaning;
    return "";
}

void
page_policy(const struct review_policy *policy, char text[PAGE_SENTENCE],
            char note[PAGE_SENTENCE])
{
    const char *meaning = meaning_of(policy->p);
    size_t n;

    note[0] = '\0';
    snprintf(text, PAGE_SENTENCE, "%s", policy->p[0] ? policy->p : "not known");
    if (!policy->p[0])
        return;
    n = (size_t)snprintf(note, PAGE_SENTENCE, "%s", meaning);
    if (policy->sp[0] && strcmp(policy->sp, policy->p) != 0)
        n += (size_t)snprintf(note + n, PAGE_SENTENCE - n, "%ssubdomains: %s",
                              n ? "; " : "", policy->sp);
    if (policy->pct[0] && strcmp(policy->pct, "100") != 0)
        n += (size_t)snprintf(note + n, PAGE_SENTENCE - n,
                              "%sfor %s of 100 messages", n ? "; " : "",
                              policy->pct);
    if (policy->testing[0] == 'y')
        snprintf(note + n, PAGE_SENTENCE - n, "%sin test", n ? "; " : "");
}
