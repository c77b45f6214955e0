#include "json.h"

#include <stdbool.h>
#include <stdint.h>

/* The character at the begin of a span, and its length; 1 and U+FFFD for a byte
 * that is none (RFC 3629). */
static uint32_t
take(struct rua_span text, size_t *ret_len)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 0      },
        {0xe0, 0xc0, 0x80   },
        {0xf0, 0xe0, 0x800  },
        {0xf8, 0xf0, 0x10000}
    };
    uint32_t c = text.data[0];
    size_t n = 0;

    *ret_len = 1;
    while (n < 4 && (c & forms[n].mask) != forms[n].lead)
        n++;
    if (n == 4 || n >= text.len)
        return 0xfffd;
    c &= (unsigned char)~forms[n].mask;
    for (size_t i = 1; i <= n; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (text.data[i] & 0x3f);
    }
    if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0xfffd;
    *ret_len = n + 1;
    return c;
}

/* Controls, and what turns the direction of a line around. */
static bool
is_obeyed(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0xfeff ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x2069);
}

/* What would be read where JSON stands in a page. */
static bool
is_markup(uint32_t c)
{
    return c == '<' || c == '>' || c == '&';
}

void
json_text(FILE *out, struct rua_span text)
{
    size_t n;

    if (!text.data) {
        fputs("null", out);
        return;
    }
    putc('"', out);
    for (; text.len; text.data += n, text.len -= n) {
        uint32_t c = take(text, &n);
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (c == 0xfffd || is_obeyed(c) || is_markup(c))
            fprintf(out, "\\u%04x", (unsigned)c);
        else
            fwrite(text.data, 1, n, out);
    }
    putc('"', out);
}

void
json_string(FILE *out, const char *text)
{
    json_text(out, text ? rua_span_text(text) : (struct rua_span){NULL, 0});
}
