#include "page_text.h"

#include <string.h>

#include "clip.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define THIN        "\xe2\x80\xaf"
#define NO_BREAK    "\xc2\xa0"

/* Takes a tag character (U+E0000 and on) off the text: nobody sees these, and
 * they can spell what they like. */
static bool
take_tag(struct rua_span text, size_t *at)
{
    if (text.len - *at < 4 || text.data[*at] != 0xf3 ||
        text.data[*at + 1] != 0xa0)
        return false;
    *at += 3;
    return true;
}

/* ---- HTML ---- */

static void
put_byte(struct rua_buf *out, unsigned char c)
{
    if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
        rua_buf_printf(out, "&#%d;", c);
    else
        rua_buf_add_byte(out, c < ' ' || c == 0x7f ? ' ' : c);
}

static bool
is_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the text has this before its byte `end`. */
static bool
ends_with(struct rua_span text, size_t end, const char *mark)
{
    size_t n = strlen(mark);

    return end >= n && memcmp(text.data + end - n, mark, n) == 0;
}

/* Whether a word has a figure of more than nine digits. */
static bool
is_long(struct rua_span word)
{
    size_t thin = 0;

    for (size_t i = 0; i < word.len; i++)
        thin += ends_with(word, i, THIN);
    return thin > 2;
}

/* Whether a line may end behind this byte of a word: behind a dot in a name, a
 * colon in an address, before a figure, and behind the thin spaces of a long
 * one. The script knows the same. */
static bool
is_joint(struct rua_span word, size_t at)
{
    unsigned char c = word.data[at];
    unsigned char next = at + 1 < word.len ? word.data[at + 1] : '\0';

    if (c == ':')
        return is_letter(next) || is_digit(next) || next == ':';
    if (ends_with(word, at + 1, NO_BREAK) ||
        (ends_with(word, at + 1, THIN) && is_long(word)))
        return is_digit(next);
    return c == '.' && at &&
           (is_letter(next) ||
            (is_digit(next) && !is_digit(word.data[at - 1])));
}

/* The class of a word: one with joints goes to a line of its own before it is
 * broken, and an option such as --since is not; NULL for any other. */
static const char *
class_of(struct rua_span word)
{
    size_t n = 2;

    for (size_t i = 0; i < word.len; i++)
        if (is_joint(word, i))
            return "name";
    if (word.len < 3 || word.len > 15 || memcmp(word.data, "--", 2) != 0)
        return NULL;
    while (n < word.len && word.data[n] >= 'a' && word.data[n] <= 'z')
        n++;
    return n == word.len ? "whole" : NULL;
}

static void
put_word(struct rua_buf *out, struct rua_span word)
{
    const char *class = class_of(word);

    if (class)
        rua_buf_printf(out, "<span class=\"%s\">", class);
    for (size_t i = 0; i < word.len; i++) {
        if (take_tag(word, &i)) {
            rua_buf_add_span(out, RUA_SPAN(REPLACEMENT));
            continue;
        }
        put_byte(out, word.data[i]);
        if (is_joint(word, i))
            rua_buf_add_span(out, RUA_SPAN("<wbr>"));
    }
    if (class)
        rua_buf_add_span(out, RUA_SPAN("</span>"));
}

static void
put_html(struct rua_buf *out, struct rua_span text)
{
    const unsigned char *end = text.data + text.len, *space;

    while (text.len && (space = memchr(text.data, ' ', text.len))) {
        put_word(out,
                 (struct rua_span){text.data, (size_t)(space - text.data)});
        rua_buf_add_byte(out, ' ');
        text.data = space + 1;
        text.len = (size_t)(end - text.data);
    }
    put_word(out, text);
}

void
page_html_whole(struct rua_buf *out, const char *text)
{
    put_html(out, rua_span_text(text));
}

void
page_html_value(struct rua_buf *out, const char *text)
{
    for (; *text; text++)
        put_byte(out, (unsigned char)*text);
}

void
page_html(struct rua_buf *out, struct rua_span text)
{
    put_html(out, clip(text, PAGE_TEXT));
    if (text.len > PAGE_TEXT)
        rua_buf_add_span(out, RUA_SPAN(CLIP_ELLIPSIS));
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
        } else if (take_tag(text, &i)) {
            rua_buf_add_span(out, RUA_SPAN(REPLACEMENT));
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
        rua_buf_add_span(out, RUA_SPAN(CLIP_ELLIPSIS));
    rua_buf_add_byte(out, '"');
}
