#include "makers.h"

#include <stdlib.h>
#include <string.h>

struct makers_one {
    const char *columns;
    struct rua_style style;
    struct rua_entry_maker *maker;
};

static bool
is_profile(const struct rua_csv_row *header, const struct rua_profile *profile)
{
    if (header->n != profile->count)
        return false;
    for (size_t i = 0; i < header->n; i++) {
        struct rua_span name = rua_span_text(profile->columns[i].name);
        if (name.len != header->cells[i].len ||
            memcmp(name.data, header->cells[i].data, name.len) != 0)
            return false;
    }
    return true;
}

const char *
makers_columns(struct makers *makers, const struct rua_csv_row *header)
{
    static const struct rua_profile *const profiles[] = {
        &rua_profile_full, &rua_profile_parsedmarc, &rua_profile_worker};
    struct rua_buf list;
    const char *columns;

    for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
        if (is_profile(header, profiles[i]))
            return profiles[i]->name;
    rua_buf_init(&list, RUA_CSV_LINE);
    for (size_t i = 0; i < header->n; i++) {
        if (i)
            rua_buf_add_byte(&list, ',');
        rua_buf_add_span(&list, header->cells[i]);
    }
    columns = rua_arena_text(&makers->names, rua_buf_span(&list));
    rua_buf_done(&list);
    return columns;
}

struct rua_entry_maker *
makers_get(struct makers *makers, const char *columns, struct rua_style style,
           struct rua_err *err)
{
    struct rua_entry_style entry = {
        .columns = columns, .style = style, .partition = makers->partition};
    struct makers_one *one;

    for (size_t i = 0; i < makers->n; i++) {
        one = &makers->all[i];
        if (strcmp(one->columns, columns) == 0 &&
            one->style.format == style.format &&
            one->style.guard == style.guard)
            return one->maker;
    }
    if (makers->n == makers->room) {
        makers->room = makers->room ? makers->room * 2 : 4;
        makers->all =
            rua_realloc(makers->all, makers->room * sizeof(*makers->all));
    }
    one = &makers->all[makers->n];
    *one = (struct makers_one){
        .columns = rua_arena_text(&makers->names, rua_span_text(columns)),
        .style = style};
    if (rua_entry_maker_new(&entry, makers->scratch, &one->maker, err) !=
        RUA_OK)
        return NULL;
    makers->n++;
    return one->maker;
}

void
makers_done(struct makers *makers)
{
    for (size_t i = 0; i < makers->n; i++)
        rua_entry_maker_free(makers->all[i].maker);
    free(makers->all);
    rua_arena_done(&makers->names);
}
