/* page.h - the dashboard's page: one HTML file that loads nothing.
 *
 * It holds the figures twice: as plain HTML for all domains together, and as
 * JSON for its script, which draws the charts and shows one domain alone.
 * Whatever strangers wrote is escaped here, and used as text only there; a
 * Content-Security-Policy lets no script run but ours, which is known by its
 * digest. */
#ifndef RUAMILL_PAGE_H
#define RUAMILL_PAGE_H

#include "origin.h"
#include "review.h"

enum {
    PAGE_DOMAINS = 200,   /* that have figures of their own */
    PAGE_ROWS = 20,       /* of a table */
    PAGE_MOST = 64 << 20, /* bytes of a page, at most */
    PAGE_CALLED = 300
};

struct page {
    const char *title;
    struct origins *origins; /* whose the sources are; may be NULL */
    const struct calendar *calendar;
    const struct review *all;
    struct review **domains; /* n of them, most messages first */
    size_t n;
    uint64_t others; /* domains beside these; */
    struct ranking_sums others_sums;
    char called[PAGE_CALLED]; /* all of them: "3 domains", or the only one */
    int64_t made;             /* seconds since 1970 */
};

/* Reviews are cut to PAGE_ROWS. RUA_LATER when the page would be over
 * PAGE_MOST; *ret_page is to be freed with rua_buf_done() in any case. */
enum rua_verdict page_write(const struct page *page, struct rua_buf *ret_page,
                            struct rua_err *err);

#endif
