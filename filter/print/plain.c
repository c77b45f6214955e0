#include "plain.h"

#include <string.h>
#include <wchar.h>

#include "cell.h"

/* A cell of CSV is cleaned so; only its quotes are doubled. */
void
plain_text(struct rua_buf *out, struct rua_span text)
{
    struct rua_cell cell = {.out = out, .format = RUA_CSV};

    while (text.len) {
        const unsigned char *quote = memchr(text.data, '"', text.len);
        size_t n = quote ? (size_t)(quote - text.data) : text.len;
        rua_cell_piece(&cell, (struct rua_span){text.data, n}, false);
        if (quote)
            rua_buf_add_byte(out, '"');
        n += quote != NULL;
        text.data += n;
        text.len -= n;
    }
}

size_t
plain_next(struct rua_span text, uint32_t *ret_character)
{
    unsigned char lead = text.len ? text.data[0] : 0;
    size_t n = !text.len     ? 0
               : lead < 0x80 ? 1
               : lead < 0xe0 ? 2
               : lead < 0xf0 ? 3
                             : 4;
    uint32_t c = n > 1 ? lead & (0x7fU >> n) : lead;

    if (n > text.len)
        n = text.len;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (text.data[i] & 0x3f);
    *ret_character = c;
    return n;
}

unsigned
plain_width(uint32_t character)
{
    int width = wcwidth((wchar_t)character);

    return width < 0 ? 0 : (unsigned)width;
}
