#include "canon.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Tags: a field's number from here on; an entry of list n begins with
 * ENTRY + n, which has no value, and its fields follow from VALUE + 4n on. */
enum {
    FIELD = 1,
    ERROR = 0x40,
    ENTRY = 0x50,
    VALUE = 0x60,
    HEAD = 5, /* bytes of tag and length */
};

static const size_t fields_of[RUA_N_RECORD_LISTS] = {
    [RUA_REASONS] = 2, [RUA_DKIM] = 4, [RUA_SPF] = 4};

void
rua_canon_put(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

uint64_t
rua_canon_get(const unsigned char *at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static bool
put(struct rua_buf *out, unsigned tag, struct rua_span value)
{
    uint32_t len = htole32((uint32_t)value.len);
    unsigned char *room;

    if (!value.data)
        return true;
    if (value.len > UINT32_MAX || !(room = rua_buf_room(out, HEAD + value.len)))
        return false;
    room[0] = (unsigned char)tag;
    memcpy(room + 1, &len, sizeof(len));
    memcpy(room + HEAD, value.data, value.len);
    out->len += HEAD + value.len;
    return true;
}

bool
rua_canon_report(const struct rua_report *report, struct rua_buf *out)
{
    bool fits = true;

    for (unsigned i = 0; i < RUA_N_REPORT_FIELDS; i++)
        fits = fits && put(out, FIELD + i, report->field[i]);
    for (size_t i = 0; i < report->n_errors; i++)
        fits = fits && put(out, ERROR, report->errors[i]);
    return fits;
}

static bool
put_list(struct rua_buf *out, unsigned n, const struct rua_list *list)
{
    bool fits = true;

    for (size_t i = 0; fits && i < list->count; i++) {
        fits = put(out, ENTRY + n, RUA_SPAN(""));
        for (unsigned f = 0; f < fields_of[n]; f++)
            fits = fits && put(out, VALUE + RUA_N_ENTRY_FIELDS * n + f,
                               list->entries[i].field[f]);
    }
    return fits;
}

bool
rua_canon_record(const struct rua_record *record, struct rua_buf *out)
{
    size_t from = out->len, len;
    bool fits = rua_buf_room(out, RUA_CANON_RECORD_HEAD) != NULL;

    if (!fits)
        return false;
    out->len += RUA_CANON_RECORD_HEAD;
    for (unsigned i = 0; i < RUA_N_RECORD_FIELDS; i++)
        fits = fits && put(out, FIELD + i, record->field[i]);
    for (unsigned n = 0; n < RUA_N_RECORD_LISTS; n++)
        fits = fits && put_list(out, n, &record->list[n]);
    len = out->len - from - RUA_CANON_RECORD_HEAD;
    if (!fits || len > UINT32_MAX) {
        out->len = from;
        return false;
    }
    rua_canon_put(out->data + from, len, 4);
    rua_canon_put(out->data + from + 4, record->oddities, 4);
    return true;
}

/* Takes the next field off `form`; false when there is no whole one. */
static bool
take(struct rua_span *form, unsigned *ret_tag, struct rua_span *ret_value)
{
    uint32_t len;

    if (form->len < HEAD)
        return false;
    memcpy(&len, form->data + 1, sizeof(len));
    len = le32toh(len);
    if (len > form->len - HEAD)
        return false;
    *ret_tag = form->data[0];
    *ret_value = (struct rua_span){form->data + HEAD, len};
    form->data += HEAD + (size_t)len;
    form->len -= HEAD + (size_t)len;
    return true;
}

/* How many errors a report's form has, at most. */
static size_t
count_errors(struct rua_span form)
{
    struct rua_span value;
    unsigned tag;
    size_t n = 0;

    while (take(&form, &tag, &value))
        n += tag == ERROR;
    return n;
}

bool
rua_canon_read_report(struct rua_span form, struct rua_arena *arena,
                      struct rua_report *ret_report)
{
    struct rua_span value, *errors;
    unsigned tag, last = 0;

    errors = rua_arena_alloc(arena, count_errors(form) * sizeof(*errors));
    *ret_report = (struct rua_report){.errors = errors};
    while (form.len) {
        if (!take(&form, &tag, &value))
            return false;
        value = rua_arena_span(arena, value);
        if (tag == ERROR)
            errors[ret_report->n_errors++] = value;
        else if (tag > last && tag < FIELD + RUA_N_REPORT_FIELDS)
            ret_report->field[tag - FIELD] = value;
        else
            return false;
        last = tag;
    }
    return true;
}

/* A new entry at the end of list n; the lists stand in `room` behind each
 * other, and get their addresses when all are read. */
static struct rua_entry_fields *
add_entry(struct rua_canon_room *room, size_t used)
{
    if (used == room->size) {
        room->size = room->size ? room->size * 2 : 16;
        room->entries =
            rua_realloc(room->entries, room->size * sizeof(*room->entries));
    }
    room->entries[used] = (struct rua_entry_fields){0};
    return &room->entries[used];
}

/* Reads the fields of a record, all of `form`. */
static bool
read_fields(struct rua_span form, struct rua_canon_room *room,
            struct rua_record *record)
{
    struct rua_entry_fields *entry = NULL;
    struct rua_span value;
    unsigned tag, last = 0, list = 0;
    size_t used = 0;

    while (form.len) {
        if (!take(&form, &tag, &value))
            return false;
        if (tag >= ENTRY + list && tag < ENTRY + RUA_N_RECORD_LISTS) {
            if (value.len)
                return false;
            list = tag - ENTRY;
            entry = add_entry(room, used++);
            record->list[list].count++;
            last = VALUE + RUA_N_ENTRY_FIELDS * list - 1;
        } else if (tag <= last) {
            return false;
        } else if (entry &&
                   tag < VALUE + RUA_N_ENTRY_FIELDS * list + fields_of[list]) {
            entry->field[tag - VALUE - RUA_N_ENTRY_FIELDS * list] = value;
            last = tag;
        } else if (!entry && tag < FIELD + RUA_N_RECORD_FIELDS) {
            record->field[tag - FIELD] = value;
            last = tag;
        } else {
            return false;
        }
    }
    return true;
}

size_t
rua_canon_read_record(struct rua_span form, struct rua_canon_room *room,
                      struct rua_record *ret_record)
{
    size_t used = 0;
    uint64_t len;

    *ret_record = (struct rua_record){0};
    if (form.len < RUA_CANON_RECORD_HEAD)
        return 0;
    len = rua_canon_get(form.data, 4);
    if (len > form.len - RUA_CANON_RECORD_HEAD)
        return 0;
    ret_record->oddities = (uint32_t)rua_canon_get(form.data + 4, 4);
    form.data += RUA_CANON_RECORD_HEAD;
    form.len = (size_t)len;
    if (!read_fields(form, room, ret_record))
        return 0;
    for (unsigned n = 0; n < RUA_N_RECORD_LISTS; n++) {
        if (ret_record->list[n].count)
            ret_record->list[n].entries = &room->entries[used];
        used += ret_record->list[n].count;
    }
    return RUA_CANON_RECORD_HEAD + (size_t)len;
}

void
rua_canon_room_done(struct rua_canon_room *room)
{
    free(room->entries);
    *room = (struct rua_canon_room){0};
}
