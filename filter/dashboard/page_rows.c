#include "page_rows.h"

#include <stdio.h>
#include <string.h>

#include "clip.h"
#include "page_text.h"

/* ---- who ---- */

#define DOT " \xc2\xb7 "

/* A further part of a note. */
static void
add_note(char note[PAGE_SENTENCE], const char *before, const char *text,
         const char *behind)
{
    size_t n = strlen(note);

    if (text[0])
        snprintf(note + n, PAGE_SENTENCE - n, "%s%s%s%s", n ? DOT : "", before,
                 text, behind);
}

/* "Meadow Hosting · DE" */
static void
note_origin(const struct page *page, struct rua_span address,
            char note[PAGE_SENTENCE])
{
    const struct origin *origin = origins_find(page->origins, address);

    add_note(note, "",
             origin->sender[0]    ? origin->sender
             : origin->as_name[0] ? origin->as_name
                                  : origin->as_domain,
             "");
    add_note(note, "", origin->country, "");
}

/* ---- failing ---- */

static void
put_phrase(const struct outcome_phrase *phrases, const struct outcome *outcome,
           struct page_check *check)
{
    const struct outcome_phrase *phrase = &phrases[outcome->what];
    struct rua_span domain = clip(outcome->domain, PAGE_TEXT);

    check->kind = phrase->name;
    if (phrase->with && domain.len)
        snprintf(check->text, PAGE_SENTENCE, "%s%.*s%s", phrase->with,
                 (int)domain.len, (const char *)domain.data,
                 domain.len < outcome->domain.len ? CLIP_ELLIPSIS : "");
    else
        snprintf(check->text, PAGE_SENTENCE, "%s", phrase->bare);
}

void
page_row_failing(const struct page *page, const struct review *review,
                 const struct ranking_entry *entry, struct page_row *ret_row)
{
    struct review_group group = review_group_of(entry->key);
    const char *name = review->name[0] ? review->name : page->called;

    *ret_row = (struct page_row){
        .name = group.source, .sums = &entry->sums, .meaning = group.meaning};
    put_phrase(outcome_spf, &group.spf, &ret_row->spf);
    put_phrase(outcome_dkim, &group.dkim, &ret_row->dkim);
    page_acts(&entry->sums, ret_row->acts);
    note_origin(page, group.source, ret_row->note);
    if (strcmp(entry->note, name) != 0 || entry->several)
        add_note(ret_row->note, "as ", entry->note,
                 entry->several ? " and others" : "");
}

/* ---- sources and reporters ---- */

static void
put_common(const struct outcome_phrase *phrases,
           const uint64_t messages[OUTCOMES], bool failed,
           struct page_check *check)
{
    enum outcome_what what = outcome_common(messages);
    uint64_t passed = messages[OUTCOME_PASS], others = 0;
    char figure[FIGURE_SIZE];

    for (int i = OUTCOME_PASS + 1; i < OUTCOMES; i++)
        others += i == OUTCOME_UNKNOWN ? 0 : messages[i];
    check->kind = what == OUTCOME_PASS ? others ? "mixed" : "pass"
                  : failed             ? phrases[what].name
                                       : "none"; /* one of the two is enough */
    if (passed && others)
        snprintf(check->text, PAGE_SENTENCE, "passed for %s",
                 figure_percent(passed, passed + others, figure));
    else
        snprintf(check->text, PAGE_SENTENCE, "%s", phrases[what].bare);
}

void
page_row_source(const struct page *page, const struct ranking_entry *entry,
                struct page_row *ret_row)
{
    *ret_row = (struct page_row){.name = rua_span_text(entry->key),
                                 .sums = &entry->sums};
    if (ret_row->name.len == 0)
        ret_row->name = RUA_SPAN("without an address");
    note_origin(page, ret_row->name, ret_row->note);
    put_common(outcome_spf, entry->sums.spf, entry->sums.failed, &ret_row->spf);
    put_common(outcome_dkim, entry->sums.dkim, entry->sums.failed,
               &ret_row->dkim);
}

void
page_row_reporter(const struct ranking_entry *entry, struct page_row *ret_row)
{
    *ret_row = (struct page_row){.name = rua_span_text(entry->key),
                                 .sums = &entry->sums};
    if (ret_row->name.len == 0)
        ret_row->name = RUA_SPAN("without a name");
}

/* ---- the groups ---- */

size_t
page_meanings(const struct review *review,
              enum outcome_meaning ret_meanings[OUTCOME_MEANINGS])
{
    size_t n = 0;

    for (int i = 0; i < OUTCOME_MEANINGS; i++) {
        size_t at = n;
        if (!review->meanings[i])
            continue;
        for (;
             at && review->meanings[ret_meanings[at - 1]] < review->meanings[i];
             at--)
            ret_meanings[at] = ret_meanings[at - 1];
        ret_meanings[at] = (enum outcome_meaning)i;
        n++;
    }
    return n;
}
