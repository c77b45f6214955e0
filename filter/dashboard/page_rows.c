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
                 domain.len < outcome->domain.len ? "\xe2\x80\xa6" : "");
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
put_share(const struct ranking_sums *sums, uint64_t part, uint64_t whole,
          struct page_check *check)
{
    char figure[FIGURE_SIZE];
    bool is_known = whole || !sums->messages;

    /* one of the two is enough */
    check->kind = !is_known       ? "none"
                  : part == 0     ? sums->failed ? "fail" : "none"
                  : part == whole ? "pass"
                                  : "mixed";
    if (!is_known)
        snprintf(check->text, PAGE_SENTENCE, "not known");
    else if (part == 0)
        snprintf(check->text, PAGE_SENTENCE, "not aligned");
    else if (part == whole)
        snprintf(check->text, PAGE_SENTENCE, "passed");
    else
        snprintf(check->text, PAGE_SENTENCE, "passed for %s",
                 figure_percent(part, whole, figure));
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
    put_share(&entry->sums, entry->sums.spf, entry->sums.spf_known,
              &ret_row->spf);
    put_share(&entry->sums, entry->sums.dkim, entry->sums.dkim_known,
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
