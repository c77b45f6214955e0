/* page_rows.h - a line of the page's tables, made ready for HTML and JSON. */
#ifndef RUAMILL_PAGE_ROWS_H
#define RUAMILL_PAGE_ROWS_H

#include "page.h"
#include "page_words.h"

/* What SPF or DKIM came to. */
struct page_check {
    const char *kind; /* a class of the style sheet */
    char text[PAGE_SENTENCE];
};

struct page_row {
    struct rua_span name; /* borrowed from the entry */
    char note[PAGE_SENTENCE];
    const struct ranking_sums *sums;
    struct page_check spf, dkim;
    char acts[PAGE_SENTENCE];
    enum outcome_meaning meaning;
};

/* Of a group of failing messages; of a source; of a reporter. */
void page_row_failing(const struct page *page, const struct review *review,
                      const struct ranking_entry *entry,
                      struct page_row *ret_row);
void page_row_source(const struct page *page, const struct ranking_entry *entry,
                     struct page_row *ret_row);
void page_row_reporter(const struct ranking_entry *entry,
                       struct page_row *ret_row);

/* The meanings that there are failing messages of, most messages first; returns
 * how many. */
size_t page_meanings(const struct review *review,
                     enum outcome_meaning ret_meanings[OUTCOME_MEANINGS]);

#endif
