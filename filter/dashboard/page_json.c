/* The data that the page's script reads. */
#include "page_parts.h"

#include "page_rows.h"
#include "page_text.h"

/* "," between things. */
static void
part(struct rua_buf *out, size_t i)
{
    if (i)
        rua_buf_add_byte(out, ',');
}

static void
put_number(struct rua_buf *out, uint64_t value)
{
    rua_buf_printf(out, ",%llu", (unsigned long long)value);
}

static void
put_check(struct rua_buf *out, const struct page_check *check)
{
    rua_buf_add_span(out, RUA_SPAN(",["));
    page_json_whole(out, check->kind);
    rua_buf_add_byte(out, ',');
    page_json_whole(out, check->text);
    rua_buf_add_byte(out, ']');
}

static void
begin_row(struct rua_buf *out, const struct page_row *row)
{
    rua_buf_add_byte(out, '[');
    page_json(out, row->name);
    rua_buf_add_byte(out, ',');
    page_json_whole(out, row->note);
}

/* ---- tables ---- */

/* [meaning, messages, [[name, note, failed, spf, dkim, acts]...]]... */
static void
put_failing(struct rua_buf *out, const struct page *page,
            const struct review *review)
{
    enum outcome_meaning meanings[OUTCOME_MEANINGS];
    size_t n = page_meanings(review, meanings);
    struct page_row row;

    for (size_t i = 0; i < n; i++) {
        size_t rows = 0;
        part(out, i);
        rua_buf_printf(out, "[%d,%llu,[", (int)meanings[i],
                       (unsigned long long)review->meanings[meanings[i]]);
        for (size_t j = 0; j < review->failing.n; j++) {
            page_row_failing(page, review, &review->failing.entries[j], &row);
            if (row.meaning != meanings[i])
                continue;
            part(out, rows++);
            begin_row(out, &row);
            put_number(out, row.sums->failed);
            put_check(out, &row.spf);
            put_check(out, &row.dkim);
            rua_buf_add_byte(out, ',');
            page_json_whole(out, row.acts);
            rua_buf_add_byte(out, ']');
        }
        rua_buf_add_span(out, RUA_SPAN("]]"));
    }
}

/* [name, note, messages, passed, failed, spf, dkim]... */
static void
put_sources(struct rua_buf *out, const struct page *page,
            const struct review *review)
{
    struct page_row row;

    for (size_t i = 0; i < review->sources.n; i++) {
        page_row_source(page, &review->sources.entries[i], &row);
        part(out, i);
        begin_row(out, &row);
        put_number(out, row.sums->messages);
        put_number(out, row.sums->passed);
        put_number(out, row.sums->failed);
        put_check(out, &row.spf);
        put_check(out, &row.dkim);
        rua_buf_add_byte(out, ']');
    }
}

/* [name, note, messages, reports]... */
static void
put_reporters(struct rua_buf *out, const struct review *review)
{
    struct page_row row;

    for (size_t i = 0; i < review->reporters.n; i++) {
        page_row_reporter(&review->reporters.entries[i], &row);
        part(out, i);
        begin_row(out, &row);
        put_number(out, row.sums->messages);
        put_number(out, row.sums->reports);
        rua_buf_add_byte(out, ']');
    }
}

/* ---- a domain ---- */

static void
put_series(struct rua_buf *out, const struct review *review)
{
    size_t first = review->calendar->first;

    for (int i = 0; i < REVIEW_SERIES; i++) {
        part(out, (size_t)i);
        rua_buf_add_byte(out, '[');
        for (size_t j = first; j < review->calendar->n; j++)
            rua_buf_printf(out, "%s%llu", j > first ? "," : "",
                           (unsigned long long)review->series[i][j]);
        rua_buf_add_byte(out, ']');
    }
}

static void
put_words(struct rua_buf *out, const struct page_words *words)
{
    rua_buf_add_span(out, RUA_SPAN(",\"lead\":"));
    page_json_whole(out, words->lead);
    rua_buf_add_span(out, RUA_SPAN(",\"size\":"));
    page_json_whole(out, words->size);
    rua_buf_add_span(out, RUA_SPAN(",\"tiles\":["));
    for (size_t i = 0; i < PAGE_TILES; i++) {
        part(out, i);
        rua_buf_add_byte(out, '[');
        page_json_whole(out, words->value[i]);
        rua_buf_add_byte(out, ',');
        page_json_whole(out, words->note[i]);
        rua_buf_add_byte(out, ']');
    }
    rua_buf_add_span(out, RUA_SPAN("],\"rest\":{"));
    for (size_t i = 0; i < PAGE_TABLES; i++) {
        part(out, i);
        page_json_whole(out, page_table_names[i]);
        rua_buf_add_byte(out, ':');
        page_json_whole(out, words->rest[i]);
    }
    rua_buf_add_byte(out, '}');
}

static void
put_domain(struct rua_buf *out, const struct page *page,
           const struct review *review)
{
    struct page_words words;

    page_words(review, page->called, &words);
    rua_buf_add_span(out, RUA_SPAN("\n{\"name\":"));
    page_json_whole(out, review->name);
    rua_buf_printf(out, ",\"messages\":%llu",
                   (unsigned long long)review->sums.messages);
    rua_buf_printf(out, ",\"nothing\":%d", (int)page_empty_failing(review));
    put_words(out, &words);
    rua_buf_add_span(out, RUA_SPAN(",\"series\":["));
    put_series(out, review);
    rua_buf_add_span(out, RUA_SPAN("],\"acts\":["));
    for (int i = 0; i < RANKING_ACTS; i++)
        rua_buf_printf(out, "%s%llu", i ? "," : "",
                       (unsigned long long)review->sums.acts[i]);
    rua_buf_add_span(out, RUA_SPAN("],\"failing\":["));
    put_failing(out, page, review);
    rua_buf_add_span(out, RUA_SPAN("],\"sources\":["));
    put_sources(out, page, review);
    rua_buf_add_span(out, RUA_SPAN("],\"reporters\":["));
    put_reporters(out, review);
    rua_buf_add_span(out, RUA_SPAN("]}"));
}

/* ---- all ---- */

static void
put_texts(struct rua_buf *out, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        part(out, i);
        page_json_whole(out, texts[i]);
    }
}

static void
put_calendar(struct rua_buf *out, const struct calendar *calendar)
{
    rua_buf_printf(out, "{\"step\":\"%s\",\"days\":[", calendar->step);
    for (size_t i = calendar->first; i < calendar->n; i++) {
        part(out, i - calendar->first);
        rua_buf_printf(out, "%lld", (long long)calendar->begins[i]);
    }
    rua_buf_printf(out, "],\"until\":%lld", (long long)calendar->until);
}

void
page_put_data(struct rua_buf *out, const struct page *page)
{
    put_calendar(out, page->calendar);
    rua_buf_add_span(out, RUA_SPAN(",\n\"meanings\":["));
    for (size_t i = 0; i < OUTCOME_MEANINGS; i++) {
        part(out, i);
        rua_buf_add_byte(out, '[');
        page_json_whole(out, outcome_words[i].title);
        rua_buf_add_byte(out, ',');
        page_json_whole(out, outcome_words[i].advice);
        rua_buf_add_byte(out, ']');
    }
    rua_buf_add_span(out, RUA_SPAN("],\n\"acts\":["));
    put_texts(out, page_acts_title, RANKING_ACTS);
    rua_buf_add_span(out, RUA_SPAN("],\n\"empty\":["));
    put_texts(out, page_empty, PAGE_EMPTIES);
    rua_buf_add_span(out, RUA_SPAN("],\n\"domains\":["));
    put_domain(out, page, page->all);
    for (size_t i = 0; i < page->n; i++) {
        rua_buf_add_byte(out, ',');
        put_domain(out, page, page->domains[i]);
    }
    rua_buf_add_span(out, RUA_SPAN("]}"));
}
