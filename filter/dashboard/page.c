#include "page.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "page_parts.h"
#include "page_text.h"
#include "page_words.h"
#include "period.h"

/* ---- the places of the template ---- */

/* What is put in them is made of these. */
struct filling {
    struct rua_buf *out;
    const struct page *page;
    struct page_words words;
};

static void
put_title(struct filling *filling, size_t which)
{
    (void)which;
    page_html_value(filling->out, filling->page->title);
}

static void
put_period(struct filling *filling, size_t which)
{
    const struct calendar *calendar = filling->page->calendar;
    const struct period period = {calendar->begins[calendar->first],
                                  calendar->until};
    char text[PERIOD_TEXT], figure[FIGURE_SIZE];
    const struct ranking *reporters = &filling->page->all->reporters;
    uint64_t n = reporters->n + reporters->rest_n;

    (void)which;
    period_print(&period, text);
    rua_buf_printf(filling->out, "%s \xc2\xb7 %s reporter%s", text,
                   figure_number(n, figure), n == 1 ? "" : "s");
}

static void
put_lead(struct filling *filling, size_t which)
{
    (void)which;
    page_html_whole(filling->out, filling->words.lead);
}

static void
put_value(struct filling *filling, size_t tile)
{
    page_html_whole(filling->out, filling->words.value[tile]);
}

static void
put_size(struct filling *filling, size_t which)
{
    (void)which;
    page_html_value(filling->out, filling->words.size);
}

static void
put_tile_note(struct filling *filling, size_t tile)
{
    page_html_whole(filling->out, filling->words.note[tile]);
}

static void
put_rest(struct filling *filling, size_t table)
{
    page_html_whole(filling->out, filling->words.rest[table]);
}

static void
put_rows(struct filling *filling, size_t which)
{
    static void (*const writers[])(struct rua_buf *, const struct page *) = {
        page_put_failing,   page_put_sources, page_put_acts,
        page_put_reporters, page_put_domains, page_put_data};

    writers[which](filling->out, filling->page);
}

static void
put_others(struct filling *filling, size_t which)
{
    const struct page *page = filling->page;
    char n[FIGURE_SIZE], others[FIGURE_SIZE], messages[FIGURE_SIZE];

    (void)which;
    if (page->others)
        rua_buf_printf(
            filling->out,
            "The %s domains with the most messages. The other %s, with %s "
            "messages, are counted under \xe2\x80\x9c"
            "All domains\xe2\x80\x9d; ruamill dashboard --domain shows them.",
            figure_number(page->n, n), figure_number(page->others, others),
            figure_number(page->others_sums.messages, messages));
}

/* What the figures lack, for want of columns. */
static void
put_lacks(struct rua_buf *out, const struct review *all)
{
    char figure[FIGURE_SIZE];

    for (size_t i = 0; i < REVIEW_COLUMNS; i++)
        if (all->without[i] && survey_lack(review_columns[i]))
            rua_buf_printf(out,
                           "<br>Tables without the column %s: %s; their "
                           "rows are %s.",
                           review_columns[i],
                           figure_number(all->without[i], figure),
                           survey_lack(review_columns[i]));
}

static void
put_footer(struct filling *filling, size_t which)
{
    char date[FIGURE_SIZE], figure[FIGURE_SIZE];
    int64_t made = filling->page->made;

    (void)which;
    rua_buf_printf(filling->out,
                   "Made by ruamill " RUAMILL_VERSION
                   " on %s at %02d:%02d UTC. A day is "
                   "that on which a report begins, in UTC.",
                   figure_date(made, date), (int)(made / 3600 % 24),
                   (int)(made / 60 % 60));
    if (filling->page->all->undated)
        rua_buf_printf(
            filling->out,
            " Not counted: %s messages of reports that do not say when.",
            figure_number(filling->page->all->undated, figure));
    put_lacks(filling->out, filling->page->all);
}

static void
put_asset(struct filling *filling, size_t which)
{
    rua_buf_add_span(filling->out, which ? page_script : page_style);
}

/* The source expression that lets it run (CSP 3, section 2.3.1). */
static void
put_digest(struct filling *filling, size_t which)
{
    struct rua_digest digest;
    char text[RUA_DIGEST_BASE64];

    rua_digest_init(&digest);
    rua_digest_add(&digest, which ? page_script : page_style);
    rua_digest_base64(&digest, text);
    rua_buf_printf(filling->out, "sha256-%s", text);
}

/* clang-format off */
static const struct place {
    const char *name;
    void (*put)(struct filling *filling, size_t which);
    size_t which;
} places[] = {
    {"TITLE", put_title, 0},
    {"PERIOD", put_period, 0},
    {"LEAD", put_lead, 0},
    {"SIZE", put_size, 0},
    {"MESSAGES", put_value, TILE_MESSAGES},
    {"MESSAGES_NOTE", put_tile_note, TILE_MESSAGES},
    {"RATE", put_value, TILE_RATE},
    {"RATE_NOTE", put_tile_note, TILE_RATE},
    {"FAILED", put_value, TILE_FAILED},
    {"FAILED_NOTE", put_tile_note, TILE_FAILED},
    {"HELD", put_value, TILE_HELD},
    {"HELD_NOTE", put_tile_note, TILE_HELD},
    {"FAILING", put_rows, 0},
    {"SOURCES", put_rows, 1},
    {"ACTS", put_rows, 2},
    {"REPORTERS", put_rows, 3},
    {"DOMAINS", put_rows, 4},
    {"DATA", put_rows, 5},
    {"FAILING_REST", put_rest, TABLE_FAILING},
    {"SOURCES_REST", put_rest, TABLE_SOURCES},
    {"REPORTERS_REST", put_rest, TABLE_REPORTERS},
    {"DOMAINS_REST", put_others, 0},
    {"FOOTER", put_footer, 0},
    {"STYLE", put_asset, 0},
    {"SCRIPT", put_asset, 1},
    {"STYLE_DIGEST", put_digest, 0},
    {"SCRIPT_DIGEST", put_digest, 1},
};
/* clang-format on */

static const struct place *
find_place(struct rua_span name)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (strlen(places[i].name) == name.len &&
            memcmp(places[i].name, name.data, name.len) == 0)
            return &places[i];
    return NULL;
}

/* The template is text and names of places in turn, with "@" between. */
static void
fill(struct filling *filling)
{
    const unsigned char *at = page_template.data, *end = at + page_template.len;
    bool is_name = false;

    while (at < end) {
        const unsigned char *mark = memchr(at, '@', (size_t)(end - at));
        struct rua_span piece = {at, (size_t)((mark ? mark : end) - at)};
        const struct place *place = is_name ? find_place(piece) : NULL;
        if (place)
            place->put(filling, place->which);
        else
            rua_buf_add_span(filling->out, piece);
        at += piece.len + 1;
        is_name = !is_name;
    }
}

enum rua_verdict
page_write(const struct page *page, struct rua_buf *ret_page,
           struct rua_err *err)
{
    struct filling filling = {.out = ret_page, .page = page};

    rua_buf_init(ret_page, PAGE_MOST);
    page_words(page->all, page->called, &filling.words);
    fill(&filling);
    /* What is over the ceiling is left out: then the end is missing. */
    if (ret_page->len < page_template.len ||
        memcmp(ret_page->data + ret_page->len - 8, "</html>\n", 8) != 0)
        return rua_err_set(err, RUA_LATER,
                           "the page would be over %d MiB: choose fewer "
                           "domains with --domain",
                           PAGE_MOST >> 20);
    return RUA_OK;
}
