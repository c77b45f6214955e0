#include "cell.h"

#include <string.h>
#include <time.h>

/* What a byte asks for; 0 is "copy it". */
enum {
    COPY,
    CONTROL,
    QUOTE,
    BACKSLASH,
    COMMA,
    HIGH,
};

#define FOUR(x)    x, x, x, x
#define SIXTEEN(x) FOUR(x), FOUR(x), FOUR(x), FOUR(x)

static const unsigned char class[256] = {
    /* 0x00 */ SIXTEEN(CONTROL),
    SIXTEEN(CONTROL),
    /* 0x20 */ COPY,
    COPY,
    QUOTE,
    COPY,
    FOUR(COPY),
    FOUR(COPY),
    COMMA,
    COPY,
    COPY,
    COPY,
    /* 0x30 */ SIXTEEN(COPY),
    SIXTEEN(COPY),
    /* 0x50 */ FOUR(COPY),
    FOUR(COPY),
    FOUR(COPY),
    BACKSLASH,
    COPY,
    COPY,
    COPY,
    /* 0x60 */ SIXTEEN(COPY),
    /* 0x70 */ FOUR(COPY),
    FOUR(COPY),
    FOUR(COPY),
    COPY,
    COPY,
    COPY,
    CONTROL,
    /* 0x80 */ SIXTEEN(HIGH),
    SIXTEEN(HIGH),
    SIXTEEN(HIGH),
    SIXTEEN(HIGH),
    /* 0xc0 */ SIXTEEN(HIGH),
    SIXTEEN(HIGH),
    SIXTEEN(HIGH),
    SIXTEEN(HIGH),
};

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void
put(struct rua_cell *cell, const void *data, size_t n)
{
    if (!rua_buf_add(cell->out, data, n))
        cell->full = true;
}

/* The length of the UTF-8 sequence at `data` and its character; 0 when it is
 * none (RFC 3629: shortest form, no surrogates, up to U+10FFFF). */
static size_t
sequence(const unsigned char *data, size_t len, uint32_t *ret_character)
{
    unsigned char lead = data[0];
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = lead & (0x7fU >> n);

    if (lead < 0xc2 || lead > 0xf4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (data[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_character = c;
    return n;
}

/* Characters that steer the text around them. */
static bool
steers(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x200e || c == 0x200f || c == 0x61c || c == 0xfeff;
}

/* Writes one character of two bytes or more; returns the bytes it took. */
static size_t
put_high(struct rua_cell *cell, const unsigned char *data, size_t len)
{
    uint32_t c;
    size_t n = sequence(data, len, &c);

    if (n == 0)
        put(cell, replacement, 3);
    else if (c < 0xa0 || c == 0x2028 || c == 0x2029)
        put(cell, " ", 1);
    else if (steers(c))
        put(cell, replacement, 3);
    else
        put(cell, data, n);
    return n ? n : 1;
}

/* Writes the character at `data` that is not simply copied. */
static size_t
put_special(struct rua_cell *cell, const unsigned char *data, size_t len,
            bool listed)
{
    switch (class[data[0]]) {
    case HIGH:
        return put_high(cell, data, len);
    case CONTROL:
        put(cell, " ", 1);
        break;
    case QUOTE:
        put(cell, cell->format == RUA_CSV ? "\"\"" : "'",
            cell->format == RUA_CSV ? 2 : 1);
        break;
    case BACKSLASH:
        put(cell, cell->format == RUA_CSV ? "\\" : "/", 1);
        break;
    default:
        put(cell, listed ? "%2C" : ",", listed ? 3 : 1);
        break;
    }
    return 1;
}

void
rua_cell_piece(struct rua_cell *cell, struct rua_span value, bool listed)
{
    const unsigned char *p = value.data, *end, *run;

    if (value.len == 0)
        return;
    end = p + value.len;
    while (p < end) {
        for (run = p; p < end && class[*p] == COPY; p++)
            ;
        put(cell, run, (size_t)(p - run));
        if (p < end)
            p += put_special(cell, p, (size_t)(end - p), listed);
    }
}

void
rua_cell_begin(struct rua_cell *cell)
{
    if (cell->format == RUA_CSV)
        put(cell, "\"", 1);
    cell->start = cell->out->len;
}

/* What a spreadsheet takes for the beginning of a formula, full-width forms
 * included. */
static bool
is_formula(const unsigned char *text, size_t len)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b",
                                       "\xef\xbc\x8d", "\xef\xbc\xa0"};

    if (len && memchr("=+-@", text[0], 4))
        return true;
    for (size_t i = 0; i < 4; i++)
        if (len >= 3 && memcmp(text, wide[i], 3) == 0)
            return true;
    return false;
}

/* Whether the guard has to look at a text that begins so. */
static bool
may_be_formula(unsigned char first)
{
    return first == '\'' || first == ' ' || first == '=' || first == '+' ||
           first == '-' || first == '@';
}

/* An apostrophe goes before a formula, also before one behind blanks, which
 * spreadsheets pass over and which a TAB or line end has become, and before one
 * that has an apostrophe already: so it can be taken away again. */
static void
guard(struct rua_cell *cell)
{
    unsigned char *text = cell->out->data + cell->start;
    size_t len = cell->out->len - cell->start, skip = 0;

    if (len && text[0] < 0x80 && !may_be_formula(text[0]))
        return;
    while (skip < len && (text[skip] == '\'' || text[skip] == ' '))
        skip++;
    if (!is_formula(text + skip, len - skip))
        return;
    put(cell, "'", 1);
    if (cell->full)
        return;
    text = cell->out->data + cell->start;
    memmove(text + 1, text, len);
    text[0] = '\'';
}

void
rua_cell_end(struct rua_cell *cell)
{
    if (cell->format != RUA_CSV)
        return;
    if (cell->guard)
        guard(cell);
    put(cell, "\"", 1);
}

/* Nearly all values hold nothing that is special; the others are not touched
 * here. */
static bool
put_plain(struct rua_cell *cell, struct rua_span value)
{
    size_t quotes = cell->format == RUA_CSV;
    unsigned char *room = rua_buf_room(cell->out, value.len + 2 * quotes);

    if (!room || (value.len && may_be_formula(value.data[0])))
        return false;
    if (quotes)
        *room++ = '"';
    for (size_t i = 0; i < value.len; i++) {
        if (class[value.data[i]] != COPY)
            return false;
        room[i] = value.data[i];
    }
    if (quotes)
        room[value.len] = '"';
    cell->out->len += value.len + 2 * quotes;
    return true;
}

void
rua_cell_text(struct rua_cell *cell, struct rua_span value)
{
    if (!value.data || put_plain(cell, value))
        return;
    rua_cell_begin(cell);
    rua_cell_piece(cell, value, false);
    rua_cell_end(cell);
}

void
rua_cell_lower(struct rua_cell *cell, struct rua_span value)
{
    size_t from = cell->out->len;

    rua_cell_text(cell, value);
    for (size_t i = from; i < cell->out->len; i++)
        if (cell->out->data[i] >= 'A' && cell->out->data[i] <= 'Z')
            cell->out->data[i] |= 0x20;
}

void
rua_cell_typed(struct rua_cell *cell, const char *value)
{
    put(cell, value, strlen(value));
}

void
rua_cell_number(struct rua_cell *cell, uint64_t value)
{
    char digits[20];
    size_t n = sizeof(digits);

    do
        digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    put(cell, digits + n, sizeof(digits) - n);
}

void
rua_cell_time(struct rua_cell *cell, int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm tm;
    char text[32];

    if (gmtime_r(&time, &tm) &&
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
        rua_cell_typed(cell, text);
}

void
rua_cell_next(struct rua_cell *cell)
{
    put(cell, cell->format == RUA_CSV ? "," : "\t", 1);
}

void
rua_cell_end_row(struct rua_cell *cell)
{
    put(cell, "\n", 1);
}
