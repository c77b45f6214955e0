#include "page_text.h"

#include "clip.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* ---- HTML ---- */

static void
put_html(struct rua_buf *out, struct rua_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];
        if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
            rua_buf_printf(out, "&#%d;", c);
        else
            rua_buf_add_byte(out, c < ' ' || c == 0x7f ? ' ' : c);
    }
}

void
page_html_whole(struct rua_buf *out, const char *text)
{
    put_html(out, rua_span_text(text));
}

void
page_html(struct rua_buf *out, struct rua_span text)
{
    put_html(out, clip(text, PAGE_TEXT));
    if (text.len > PAGE_TEXT)
        rua_buf_add_span(out, RUA_SPAN(ELLIPSIS));
}

/* ---- JSON ---- */

/* U+2028 and U+2029, which end a line in scripts of old browsers. */
static bool
is_separator(struct rua_span text, size_t at)
{
    return text.len - at >= 3 && text.data[at] == 0xe2 &&
           text.data[at + 1] == 0x80 && (text.data[at + 2] | 1) == 0xa9;
}

static void
put_json(struct rua_buf *out, struct rua_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];
        if (is_separator(text, i)) {
            rua_buf_printf(out, "\\u20%02x", text.data[i + 2] & 0x3f);
            i += 2;
        } else if (c < ' ' || c == 0x7f || c == '"' || c == '\\' || c == '<' ||
                   c == '>' || c == '&') {
            rua_buf_printf(out, "\\u%04x", c);
        } else {
            rua_buf_add_byte(out, c);
        }
    }
}

void
page_json_whole(struct rua_buf *out, const char *text)
{
    rua_buf_add_byte(out, '"');
    put_json(out, rua_span_text(text));
    rua_buf_add_byte(out, '"');
}

void
page_json(struct rua_buf *out, struct rua_span text)
{
    rua_buf_add_byte(out, '"');
    put_json(out, clip(text, PAGE_TEXT));
    if (text.len > PAGE_TEXT)
        rua_buf_add_span(out, RUA_SPAN(ELLIPSIS));
    rua_buf_add_byte(out, '"');
}
