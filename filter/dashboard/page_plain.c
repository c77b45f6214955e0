/* The tables as plain HTML. The script makes the same cells. */
#include "page_parts.h"

#include "page_rows.h"
#include "page_text.h"

static void
put(struct rua_buf *out, const char *markup)
{
    rua_buf_add_span(out, rua_span_text(markup));
}

/* ---- cells ---- */

static void
put_note(struct rua_buf *out, const char *note)
{
    if (!note[0])
        return;
    put(out, "<span class=\"soft\"><bdi>");
    page_html_whole(out, note);
    put(out, "</bdi></span>");
}

static void
put_head(struct rua_buf *out, const struct page_row *row)
{
    put(out, "<tr><th scope=\"row\"><bdi>");
    page_html(out, row->name);
    put(out, "</bdi>");
    put_note(out, row->note);
    put(out, "</th>");
}

static void
put_text(struct rua_buf *out, const char *label, const char *kind,
         const char *text)
{
    rua_buf_printf(out, "<td class=\"%s\" data-label=\"%s\"><span>", kind,
                   label);
    page_html_whole(out, text);
    put(out, "</span></td>");
}

static void
put_number(struct rua_buf *out, const char *label, uint64_t value)
{
    char figure[FIGURE_SIZE];

    put_text(out, label, "n", figure_number(value, figure));
}

static void
put_share(struct rua_buf *out, const char *label, uint64_t share,
          uint64_t whole)
{
    char figure[FIGURE_SIZE];

    put_text(out, label, "n", figure_percent(share, whole, figure));
}

static void
put_check(struct rua_buf *out, const char *label,
          const struct page_check *check)
{
    rua_buf_printf(out, "<td class=\"check %s\" data-label=\"%s\"><span><bdi>",
                   check->kind, label);
    page_html_whole(out, check->text);
    put(out, "</bdi></span></td>");
}

/* What stands where there is no row; the script says the same. */
static void
put_nothing(struct rua_buf *out, size_t rows, int width, const char *sentence)
{
    if (rows)
        return;
    rua_buf_printf(out, "<tr><td class=\"empty\" colspan=\"%d\">", width);
    page_html_whole(out, sentence);
    put(out, "</td></tr>\n");
}

/* ---- tables ---- */

static void
put_group(struct rua_buf *out, const struct page *page,
          enum outcome_meaning meaning)
{
    const struct review *review = page->all;
    struct page_row row;
    char figure[FIGURE_SIZE];
    size_t rows = 0;

    put(out, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" "
             "colspan=\"5\"><span class=\"title\">");
    page_html_whole(out, outcome_words[meaning].title);
    put(out, "</span> <span class=\"sum\">");
    page_html_whole(out, figure_number(review->meanings[meaning], figure));
    put(out, "</span>");
    put_note(out, outcome_words[meaning].advice);
    put(out, "</th></tr>\n");
    for (size_t i = 0; i < review->failing.n; i++) {
        page_row_failing(page, review, &review->failing.entries[i], &row);
        if (row.meaning != meaning)
            continue;
        rows++;
        put_head(out, &row);
        put_number(out, "Failed", row.sums->failed);
        put_check(out, "SPF", &row.spf);
        put_check(out, "DKIM", &row.dkim);
        put_text(out, "Receivers", "act", row.acts);
        put(out, "</tr>\n");
    }
    put_nothing(out, rows, 5, page_empty[PAGE_EMPTY_GROUP]);
    put(out, "</tbody>\n");
}

void
page_put_failing(struct rua_buf *out, const struct page *page)
{
    enum outcome_meaning meanings[OUTCOME_MEANINGS];
    size_t n = page_meanings(page->all, meanings);

    if (n == 0) {
        put(out, "<tbody>");
        put_nothing(out, n, 5, page_empty[page_empty_failing(page->all)]);
        put(out, "</tbody>");
    }
    for (size_t i = 0; i < n; i++)
        put_group(out, page, meanings[i]);
}

void
page_put_sources(struct rua_buf *out, const struct page *page)
{
    const struct ranking *sources = &page->all->sources;
    struct page_row row;

    for (size_t i = 0; i < sources->n; i++) {
        page_row_source(page, &sources->entries[i], &row);
        put_head(out, &row);
        put_number(out, "Messages", row.sums->messages);
        put_share(out, "Pass rate", row.sums->passed,
                  row.sums->passed + row.sums->failed);
        put_check(out, "SPF", &row.spf);
        put_check(out, "DKIM", &row.dkim);
        put(out, "</tr>\n");
    }
    put_nothing(out, sources->n, 5, page_empty[PAGE_EMPTY_SOURCES]);
}

void
page_put_acts(struct rua_buf *out, const struct page *page)
{
    const struct ranking_sums *sums = &page->all->sums;

    for (int i = 0; i < RANKING_ACTS; i++) {
        if (i == ACT_UNSAID && !sums->acts[i])
            continue;
        put(out, "<tr><th scope=\"row\">");
        page_html_whole(out, page_acts_title[i]);
        put(out, "</th>");
        put_number(out, "Messages", sums->acts[i]);
        put_share(out, "Share", sums->acts[i], ranking_acted(sums));
        put(out, "</tr>\n");
    }
}

void
page_put_reporters(struct rua_buf *out, const struct page *page)
{
    const struct ranking *reporters = &page->all->reporters;
    struct page_row row;

    for (size_t i = 0; i < reporters->n; i++) {
        page_row_reporter(&reporters->entries[i], &row);
        put_head(out, &row);
        put_number(out, "Reports", row.sums->reports);
        put_number(out, "Messages", row.sums->messages);
        put(out, "</tr>\n");
    }
    put_nothing(out, reporters->n, 3, page_empty[PAGE_EMPTY_REPORTERS]);
}

/* ---- domains ---- */

static void
put_domain(struct rua_buf *out, const struct review *review)
{
    const struct ranking_sums *sums = &review->sums;
    char text[PAGE_SENTENCE], note[PAGE_SENTENCE];

    put(out, "<tr data-name=\"");
    page_html_value(out, review->name);
    put(out, "\"><th scope=\"row\"><a href=\"#domain=");
    page_html_value(out, review->name);
    put(out, "\">");
    page_html_whole(out, review->name);
    put(out, "</a></th><td data-label=\"Policy\"><span><bdi>");
    page_policy(&review->policy, text, note);
    page_html_whole(out, text);
    put(out, "</bdi>");
    put_note(out, note);
    put(out, "</span></td>");
    put_number(out, "Messages", sums->messages);
    put_number(out, "Failed", sums->failed);
    put_share(out, "Pass rate", sums->passed, sums->passed + sums->failed);
    put(out, "</tr>\n");
}

void
page_put_domains(struct rua_buf *out, const struct page *page)
{
    for (size_t i = 0; i < page->n; i++)
        put_domain(out, page->domains[i]);
    put_nothing(out, page->n, 5, page_empty[PAGE_EMPTY_DOMAINS]);
}
