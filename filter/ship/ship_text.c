#include <string.h>

#include "ship.h"

/* Our tables have no tab, line end or other control character in a value. */
static void
put_value(struct rua_span value, struct rua_buf *to)
{
    while (value.len) {
        const unsigned char *slash = memchr(value.data, '\\', value.len);
        size_t n = slash ? (size_t)(slash - value.data) : value.len;
        rua_buf_add(to, value.data, n);
        if (slash)
            rua_buf_add(to, "\\\\", 2);
        n += slash != NULL;
        value.data += n;
        value.len -= n;
    }
}

void
ship_text(const struct ship_row *row, struct rua_buf *to)
{
    const struct ship_columns *columns = ship_columns(row->which);

    for (size_t i = 0; i < columns->count; i++) {
        struct rua_span value = row->cells[i];
        if (!value.data && columns->columns[i].preset)
            value = rua_span_text(columns->columns[i].preset);
        if (value.data)
            put_value(value, to);
        else
            rua_buf_add(to, "\\N", 2);
        rua_buf_add_byte(to, i + 1 < columns->count ? '\t' : '\n');
    }
}

void
ship_printable(const char *text, size_t len, char *to, size_t max)
{
    size_t n = 0;
    bool blank = true;

    for (size_t i = 0; i < len && n + 1 < max; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' && blank)
            continue;
        blank = c <= ' ';
        to[n++] = blank ? ' ' : c > '~' ? '?' : (char)c;
    }
    while (n && to[n - 1] == ' ')
        n--;
    to[n] = '\0';
}
