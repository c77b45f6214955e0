/* page_parts.h - what page.c puts a page together from. */
#ifndef RUAMILL_PAGE_PARTS_H
#define RUAMILL_PAGE_PARTS_H

#include "page.h"

/* The files of filter/dashboard/page/, as they are built in: the page, with
 * names as @TITLE@ in the places that are to be filled; its style sheet; its
 * script. */
extern const struct rua_span page_template, page_style, page_script;

/* The JSON that the script reads. */
void page_put_data(struct rua_buf *out, const struct page *page);

/* The rows of all domains together, as HTML: */
void page_put_failing(struct rua_buf *out, const struct page *page);
void page_put_sources(struct rua_buf *out, const struct page *page);
void page_put_acts(struct rua_buf *out, const struct page *page);
void page_put_reporters(struct rua_buf *out, const struct page *page);

/* and a row for each domain. */
void page_put_domains(struct rua_buf *out, const struct page *page);

#endif
