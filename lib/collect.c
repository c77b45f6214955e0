#include "collect.h"

#include <stdlib.h>
#include <string.h>

/* Spans into a text stay good while it grows, since it has its whole size from
 * the beginning; pages that are never written cost nothing. */
static void
init_text(struct rua_buf *buf, size_t max)
{
    rua_buf_init(buf, max);
    rua_buf_room(buf, max);
}

void
rua_collect_init(struct rua_collect *collect, const struct rua_limits *limits)
{
    *collect = (struct rua_collect){.limits = limits};
    init_text(&collect->head, limits->max_text);
    init_text(&collect->text, limits->max_text);
}

void
rua_collect_done(struct rua_collect *collect)
{
    for (int i = 0; i < RUA_N_RECORD_LISTS; i++)
        free(collect->record.list[i].entries);
    free(collect->errors);
    rua_buf_done(&collect->head);
    rua_buf_done(&collect->text);
    *collect = (struct rua_collect){0};
}

static void
begin_record(struct rua_collect *collect)
{
    struct rua_record *record = &collect->record;

    memset(record->field, 0, sizeof(record->field));
    for (int i = 0; i < RUA_N_RECORD_LISTS; i++)
        record->list[i].count = 0;
    record->oddities = 0;
    rua_buf_reset(&collect->text);
    collect->value = NULL;
}

void
rua_collect_begin(struct rua_collect *collect)
{
    collect->report = (struct rua_report){0};
    collect->once = 0;
    collect->old_news = collect->news;
    rua_buf_reset(&collect->head);
    begin_record(collect);
}

/* ---- values ---- */

static void
open_text(struct rua_collect *collect, struct rua_span *value,
          struct rua_buf *into, uint32_t *oddities)
{
    size_t max = collect->limits->max_value, left = into->max - into->len;

    collect->value = value;
    collect->into = into;
    collect->from = into->len;
    collect->room = left < max ? left : max;
    collect->oddities = oddities;
}

/* The first of several counts. */
static bool
open_value(struct rua_collect *collect, struct rua_span *value,
           struct rua_buf *into, uint32_t *oddities)
{
    if (value->data) {
        *oddities |= RUA_REPEATED;
        return false;
    }
    open_text(collect, value, into, oddities);
    return true;
}

static bool
is_plain(unsigned char byte)
{
    return byte > ' ' && byte < 0x80;
}

/* Takes the open value's text; nearly all have no white space at the ends. */
static struct rua_span
take_text(struct rua_collect *collect)
{
    struct rua_span text = {collect->into->data + collect->from,
                            collect->into->len - collect->from};

    collect->value = NULL;
    if (text.len && is_plain(text.data[0]) && is_plain(text.data[text.len - 1]))
        return text;
    return rua_span_trim(text);
}

static void
close_value(struct rua_collect *collect)
{
    struct rua_span *value = collect->value;

    *value = take_text(collect);
}

/* A value is cut between two characters, and once only: what comes behind the
 * cut must not be joined to what stands before it. */
static void
cut(struct rua_collect *collect, struct rua_span *text)
{
    size_t n = collect->room;

    while (n && (text->data[n] & 0xc0) == 0x80)
        n--;
    text->len = n;
    collect->room = n;
    *collect->oddities |= RUA_VALUE_CUT;
}

void
rua_collect_value(struct rua_collect *collect, struct rua_span text)
{
    struct rua_buf *into = collect->into;

    if (text.len > collect->room)
        cut(collect, &text);
    memcpy(into->data + into->len, text.data, text.len);
    into->len += text.len;
    collect->room -= text.len;
}

/* ---- entries ---- */

/* Makes room in an array for one more element. */
static void *
grow(void *array, size_t *size, size_t used, size_t element)
{
    if (used < *size)
        return array;
    *size = *size ? 2 * *size : 16;
    return rua_realloc(array, *size * element);
}

static bool
open_entry(struct rua_collect *collect, const struct rua_element *element)
{
    struct rua_list *list = &collect->record.list[element->index];

    if (list->count >= collect->limits->max_results) {
        collect->record.oddities |= RUA_RESULTS_CUT;
        return false;
    }
    list->entries = grow(list->entries, &collect->size[element->index],
                         list->count, sizeof(*list->entries));
    collect->entry = &list->entries[list->count];
    *collect->entry = (struct rua_entry_fields){0};
    collect->reason_text = element->index == RUA_REASONS;
    if (collect->reason_text)
        open_text(collect, &collect->entry->field[RUA_REASON_TYPE],
                  &collect->text, &collect->record.oddities);
    return true;
}

/* Text in <reason> counts only if there are no elements in it. */
static void
drop_reason_text(struct rua_collect *collect)
{
    if (take_text(collect).len)
        collect->report.oddities |= RUA_STRAY_TEXT;
    collect->reason_text = false;
}

static bool
open_entry_value(struct rua_collect *collect, const struct rua_element *element)
{
    if (collect->reason_text)
        drop_reason_text(collect);
    return open_value(collect, &collect->entry->field[element->index],
                      &collect->text, &collect->record.oddities);
}

static void
close_reason_text(struct rua_collect *collect)
{
    struct rua_span *type = collect->value, text = take_text(collect);

    collect->reason_text = false;
    if (!text.len)
        return;
    *type = text;
    collect->record.oddities |= RUA_REASON_TEXT;
}

static void
close_entry(struct rua_collect *collect, const struct rua_element *element)
{
    struct rua_list *list = &collect->record.list[element->index];
    size_t len = 0;

    if (collect->reason_text)
        close_reason_text(collect);
    for (int i = 0; i < RUA_N_ENTRY_FIELDS; i++)
        len += collect->entry->field[i].len;
    if (!len) {
        collect->record.oddities |= RUA_EMPTY_RESULT;
        return;
    }
    list->count++;
    collect->news++;
}

/* ---- records and reports ---- */

static bool
has_field(const struct rua_span *field, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (field[i].data)
            return true;
    return false;
}

static bool
close_record(struct rua_collect *collect)
{
    const struct rua_record *record = &collect->record;
    size_t entries = 0;

    for (int i = 0; i < RUA_N_RECORD_LISTS; i++)
        entries += record->list[i].count;
    if (!entries && !has_field(record->field, RUA_N_RECORD_FIELDS)) {
        collect->report.oddities |= RUA_EMPTY_RECORD;
        return false;
    }
    collect->report.records++;
    collect->news++;
    return true;
}

static bool
open_error(struct rua_collect *collect)
{
    struct rua_report *report = &collect->report;

    if (report->n_errors >= collect->limits->max_results) {
        report->oddities |= RUA_RESULTS_CUT;
        return false;
    }
    collect->errors = grow(collect->errors, &collect->errors_size,
                           report->n_errors, sizeof(*collect->errors));
    report->errors = collect->errors;
    open_text(collect, &collect->errors[report->n_errors], &collect->head,
              &report->oddities);
    return true;
}

static bool
open_node(struct rua_collect *collect, const struct rua_element *element)
{
    if (collect->once & element->once) {
        collect->report.oddities |= RUA_REPEATED;
        return false;
    }
    collect->once |= element->once;
    collect->record.oddities |= element->oddity;
    return true;
}

bool
rua_collect_has_any(const struct rua_collect *collect)
{
    const struct rua_report *report = &collect->report;

    return report->records || report->n_errors ||
           has_field(report->field, RUA_N_REPORT_FIELDS);
}

bool
rua_collect_is_begun(const struct rua_collect *collect)
{
    return collect->news != collect->old_news || collect->value;
}

/* ---- elements ---- */

bool
rua_collect_open(struct rua_collect *collect, const struct rua_element *element)
{
    struct rua_report *report = &collect->report;
    struct rua_record *record = &collect->record;

    switch ((enum rua_element_kind)element->kind) {
    case RUA_NODE:
        return open_node(collect, element);
    case RUA_REPORT_VALUE:
        return open_value(collect, &report->field[element->index],
                          &collect->head, &report->oddities);
    case RUA_ERROR_VALUE:
        return open_error(collect);
    case RUA_RECORD_NODE:
        begin_record(collect);
        return true;
    case RUA_RECORD_VALUE:
        return open_value(collect, &record->field[element->index],
                          &collect->text, &record->oddities);
    case RUA_ENTRY_NODE:
        return open_entry(collect, element);
    case RUA_ENTRY_VALUE:
        return open_entry_value(collect, element);
    }
    return false;
}

/* Mostly an indent. Below the blank, XML has only TAB, CR and LF. */
static bool
is_blank(struct rua_span text)
{
    static const char blanks[] = "        ";
    const size_t step = sizeof(blanks) - 1;
    const unsigned char *at = text.data, *end = at + text.len;

    for (; (size_t)(end - at) >= step; at += step)
        if (memcmp(at, blanks, step) != 0)
            break;
    while (at < end && *at <= ' ')
        at++;
    return at == end || rua_span_trim(text).len == 0;
}

void
rua_collect_between(struct rua_collect *collect, struct rua_span text)
{
    if (!is_blank(text))
        collect->report.oddities |= RUA_STRAY_TEXT;
}

bool
rua_collect_close(struct rua_collect *collect,
                  const struct rua_element *element)
{
    switch ((enum rua_element_kind)element->kind) {
    case RUA_NODE:
        break;
    case RUA_ERROR_VALUE:
        collect->report.n_errors++;
        /* fall through */
    case RUA_REPORT_VALUE:
    case RUA_RECORD_VALUE:
        collect->news++;
        /* fall through */
    case RUA_ENTRY_VALUE:
        close_value(collect);
        break;
    case RUA_ENTRY_NODE:
        close_entry(collect, element);
        break;
    case RUA_RECORD_NODE:
        return close_record(collect);
    }
    return false;
}
