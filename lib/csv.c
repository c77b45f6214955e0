#include "csv.h"

#include <stdlib.h>
#include <string.h>

void
rua_csv_init(struct rua_csv *csv, enum rua_format format,
             enum rua_verdict (*row)(void *ctx, const struct rua_csv_row *row,
                                     struct rua_err *err),
             void *ctx)
{
    *csv =
        (struct rua_csv){.format = format, .row = row, .ctx = ctx, .number = 1};
    rua_buf_init(&csv->line, RUA_CSV_LINE);
    rua_buf_init(&csv->text, RUA_CSV_LINE);
}

void
rua_csv_done(struct rua_csv *csv)
{
    rua_buf_done(&csv->line);
    rua_buf_done(&csv->text);
    free(csv->cells);
    csv->cells = NULL;
}

/* ---- characters ---- */

/* The bytes of the UTF-8 sequence at `data`; 0 when it is none (RFC 3629). */
static size_t
sequence(const unsigned char *data, size_t len)
{
    unsigned char lead = data[0], second = len > 1 ? data[1] : 0;
    size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (n == 1)
        return 1;
    if (lead < 0xc2 || lead > 0xf4 || n > len ||
        (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Whether these eight bytes are printable ASCII, as nearly all are: none with
 * its highest bit set, none below a blank, and none that is DEL. */
static bool
are_plain(const unsigned char *data)
{
    const uint64_t ones = 0x0101010101010101U, highs = ones << 7;
    uint64_t bytes, del;

    memcpy(&bytes, data, sizeof(bytes));
    del = bytes ^ (ones * 0x7f);
    return !((bytes | (bytes - ones * ' ') | (del - ones)) & highs);
}

static const char *
check_characters(struct rua_span line, enum rua_format format)
{
    const unsigned char *p = line.data, *end = p + line.len;

    while (p < end) {
        size_t n;
        if (end - p >= 8 && are_plain(p)) {
            p += 8;
            continue;
        }
        n = sequence(p, (size_t)(end - p));
        if (n == 0)
            return "is not UTF-8";
        if ((*p < ' ' && !(*p == '\t' && format == RUA_TSV)) || *p == 0x7f)
            return *p == '\r' && p + 1 == end ? "ends with a carriage return"
                   : *p == '\0'               ? "has a NUL in it"
                                              : "has a control character in it";
        p += n;
    }
    return NULL;
}

/* ---- cells ---- */

static void
add_cell(struct rua_csv *csv, const unsigned char *data, size_t len)
{
    if (csv->n == csv->room) {
        csv->room = csv->room ? csv->room * 2 : 64;
        csv->cells = rua_realloc(csv->cells, csv->room * sizeof(*csv->cells));
    }
    csv->cells[csv->n++] = (struct rua_span){data, len};
}

/* Takes the quoted cell that begins at *p, which is moved behind it. The text
 * buffer has room for the whole line, so that cells in it do not move. */
static const char *
take_quoted(struct rua_csv *csv, const unsigned char **p,
            const unsigned char *end)
{
    unsigned char *to = csv->text.data + csv->text.len, *first = to;
    const unsigned char *at = *p + 1;

    for (;; at++) {
        const unsigned char *quote =
            at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
        if (!quote)
            return "has a quote that is not closed";
        memcpy(to, at, (size_t)(quote - at));
        to += quote - at;
        at = quote + 1;
        if (at == end || *at != '"')
            break;
        *to++ = '"';
    }
    if (at < end && *at != ',')
        return "has text behind a closing quote";
    add_cell(csv, first, (size_t)(to - first));
    csv->text.len += (size_t)(to - first);
    *p = at;
    return NULL;
}

static const char *
take_plain(struct rua_csv *csv, const unsigned char **p,
           const unsigned char *end)
{
    int between = csv->format == RUA_CSV ? ',' : '\t';
    const unsigned char *stop = memchr(*p, between, (size_t)(end - *p));
    size_t len = (size_t)((stop ? stop : end) - *p);

    if (csv->format == RUA_CSV && memchr(*p, '"', len))
        return "has a quote inside a value";
    add_cell(csv, len ? *p : NULL, len);
    *p += len;
    return NULL;
}

static const char *
split(struct rua_csv *csv, struct rua_span line)
{
    const unsigned char *p = line.data, *end = p + line.len;
    const char *wrong;

    csv->n = 0;
    rua_buf_reset(&csv->text);
    if (!rua_buf_room(&csv->text, line.len + 1))
        return "is too long";
    for (;;) {
        wrong = csv->format == RUA_CSV && p < end && *p == '"'
                    ? take_quoted(csv, &p, end)
                    : take_plain(csv, &p, end);
        if (wrong || p == end)
            return wrong;
        p++;
    }
}

/* ---- lines ---- */

static const char *
look_at(struct rua_csv *csv, struct rua_span line)
{
    const char *wrong = csv->cut ? "is too long" : NULL;

    if (!wrong)
        wrong = check_characters(line, csv->format);
    if (!wrong)
        wrong = split(csv, line);
    if (wrong)
        return wrong;
    if (csv->number == 1)
        csv->width = csv->n;
    return csv->n < csv->width   ? "has fewer values than the header"
           : csv->n > csv->width ? "has more values than the header"
                                 : NULL;
}

static enum rua_verdict
end_line(struct rua_csv *csv, bool ended, struct rua_err *err)
{
    struct rua_span line = rua_buf_span(&csv->line);
    struct rua_csv_row row = {
        .number = csv->number, .offset = csv->offset, .line = line};
    enum rua_verdict v;

    row.wrong = ended ? look_at(csv, line) : "breaks off: it has no line end";
    row.cells = csv->cells;
    row.n = row.wrong ? 0 : csv->n;
    v = csv->row(csv->ctx, &row, err);
    csv->number++;
    csv->offset += line.len + csv->dropped + ended;
    csv->cut = false;
    csv->dropped = 0;
    rua_buf_reset(&csv->line);
    return v;
}

enum rua_verdict
rua_csv_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_csv *csv = ctx;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len) {
        const unsigned char *lf = memchr(bytes.data, '\n', bytes.len);
        size_t n = lf ? (size_t)(lf - bytes.data) : bytes.len;
        csv->cut = csv->cut || !rua_buf_add(&csv->line, bytes.data, n);
        if (csv->cut)
            csv->dropped += n;
        if (lf)
            v = end_line(csv, true, err);
        n += lf != NULL;
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

enum rua_verdict
rua_csv_end(struct rua_csv *csv, struct rua_err *err)
{
    return csv->line.len || csv->cut ? end_line(csv, false, err) : RUA_OK;
}

/* ---- values ---- */

struct rua_span
rua_csv_unguard(struct rua_span value)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b",
                                       "\xef\xbc\x8d", "\xef\xbc\xa0"};
    struct rua_span rest = value;
    bool formula;

    while (rest.len && (rest.data[0] == '\'' || rest.data[0] == ' ')) {
        rest.data++;
        rest.len--;
    }
    formula = rest.len && memchr("=+-@", rest.data[0], 4);
    for (size_t i = 0; i < 4; i++)
        formula |= rest.len >= 3 && memcmp(rest.data, wide[i], 3) == 0;
    if (!formula || value.data[0] != '\'')
        return value;
    return (struct rua_span){value.data + 1, value.len - 1};
}

bool
rua_csv_number(struct rua_span value, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < value.len; i++) {
        unsigned digit = (unsigned)(value.data[i] - '0');
        if (value.data[i] < '0' || digit > 9 ||
            number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (value.len)
        *ret_number = number;
    return value.len > 0;
}
