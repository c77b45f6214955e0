#include "recode.h"

#include <string.h>

#include "charset.h"
#include "markup.h"
#include "report.h"

#define NO_CHARACTER 0xffffffff
#define REPLACEMENT  0xfffd

/* ---- decoders: the first character of `part`, and the bytes that it takes;
 * none of them if it is not complete ---- */

static uint32_t
decode_single(const struct rua_recode *recode, size_t *ret_used)
{
    unsigned char c = recode->part[0];

    *ret_used = 1;
    return c < 0x80 ? c : recode->table[c - 0x80];
}

/* Bytes of the character that `first` begins, or 0. */
static size_t
utf8_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool
is_utf8(uint32_t c, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    return c >= least[length] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* A byte that begins no character is given back as NO_CHARACTER. */
static uint32_t
decode_utf8(const struct rua_recode *recode, size_t *ret_used)
{
    const unsigned char *part = recode->part;
    size_t length = utf8_length(part[0]);
    uint32_t c = length == 1 ? part[0] : part[0] & (0x7fU >> length);

    *ret_used = 1;
    for (size_t i = 1; i < length && i < recode->n_part; i++) {
        if ((part[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (part[i] & 0x3f);
    }
    if (recode->n_part < length) {
        *ret_used = 0;
        return 0;
    }
    if (!length || !is_utf8(c, length))
        return NO_CHARACTER;
    *ret_used = length;
    return c;
}

static uint32_t
join_utf16(const struct rua_recode *recode, unsigned high, size_t *ret_used)
{
    const unsigned char *part = recode->part;
    uint32_t first = (uint32_t)part[high] << 8 | part[1 - high], second;

    *ret_used = 2;
    if (first < 0xd800 || first > 0xdbff)
        return first;
    if (recode->n_part < 4) {
        *ret_used = 0;
        return 0;
    }
    second = (uint32_t)part[2 + high] << 8 | part[3 - high];
    if (second < 0xdc00 || second > 0xdfff)
        return first;
    *ret_used = 4;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static uint32_t
decode_utf16le(const struct rua_recode *recode, size_t *ret_used)
{
    *ret_used = 0;
    return recode->n_part < 2 ? 0 : join_utf16(recode, 1, ret_used);
}

static uint32_t
decode_utf16be(const struct rua_recode *recode, size_t *ret_used)
{
    *ret_used = 0;
    return recode->n_part < 2 ? 0 : join_utf16(recode, 0, ret_used);
}

/* ---- characters ---- */

static void
add_utf8(uint32_t c, struct rua_buf *out)
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    unsigned char bytes[4];

    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (unsigned char)(0x80 | (c & 0x3f));
    bytes[0] = (unsigned char)(lead[n] | c);
    rua_buf_add(out, bytes, n);
}

uint32_t
rua_recode_marked(unsigned char c)
{
    if (c == RUA_RECODE_ENCODING)
        return RUA_ENCODING;
    return c == RUA_RECODE_BAD_CHARACTERS ? RUA_BAD_CHARACTERS : 0;
}

/* The first of each oddity is marked in the text, so that it is known of which
 * part of a document it is, in whatever pieces that comes. */
static void
note(struct rua_recode *recode, uint32_t oddities, struct rua_buf *out)
{
    uint32_t added = oddities & ~recode->oddities;

    recode->oddities |= oddities;
    if (added & RUA_ENCODING)
        rua_buf_add_byte(out, RUA_RECODE_ENCODING);
    if (added & RUA_BAD_CHARACTERS)
        rua_buf_add_byte(out, RUA_RECODE_BAD_CHARACTERS);
}

static void
take_character(struct rua_recode *recode, uint32_t c, struct rua_buf *out)
{
    bool is_mark = c == 0xfeff && !recode->begun;

    if (c == NO_CHARACTER) {
        note(recode, RUA_ENCODING | RUA_BAD_CHARACTERS, out);
        c = rua_charset_windows_1252[recode->part[0] - 0x80];
    }
    if (!rua_markup_is_allowed(c)) {
        note(recode, RUA_BAD_CHARACTERS, out);
        c = REPLACEMENT;
    }
    if (!is_mark) {
        recode->begun = true;
        add_utf8(c, out);
    }
}

static void
take_byte(struct rua_recode *recode, unsigned char byte, struct rua_buf *out)
{
    size_t used;

    recode->part[recode->n_part++] = byte;
    while (recode->n_part) {
        uint32_t c = recode->decode(recode, &used);

        if (!used)
            return;
        take_character(recode, c, out);
        recode->n_part -= used;
        memmove(recode->part, recode->part + used, recode->n_part);
    }
}

/* Printable ASCII at the beginning of `bytes`, which is most of a report. */
static size_t
count_plain(const struct rua_recode *recode, struct rua_span bytes)
{
    size_t n = 0;

    if (recode->n_part || recode->decode == decode_utf16le ||
        recode->decode == decode_utf16be)
        return 0;
    while (n < bytes.len && bytes.data[n] >= ' ' && bytes.data[n] < 0x7f)
        n++;
    return n;
}

static void
take_bytes(struct rua_recode *recode, struct rua_span bytes,
           struct rua_buf *out)
{
    while (bytes.len) {
        size_t n = count_plain(recode, bytes);

        rua_buf_add(out, bytes.data, n);
        recode->begun |= n != 0;
        bytes.data += n;
        bytes.len -= n;
        if (bytes.len) {
            take_byte(recode, *bytes.data, out);
            bytes.data++;
            bytes.len--;
        }
    }
}

/* ---- the encoding ---- */

/* The encoding of an XML declaration at the beginning, or the absent span. */
static struct rua_span
find_declared(struct rua_span head)
{
    const unsigned char *end, *name;
    size_t len = 0;

    head = rua_span_trim(head);
    if (head.len < 5 || memcmp(head.data, "<?xml", 5) != 0)
        return (struct rua_span){0};
    end = memmem(head.data, head.len, ">", 1);
    head.len = end ? (size_t)(end - head.data) : head.len;
    name = memmem(head.data, head.len, "encoding", 8);
    if (!name)
        return (struct rua_span){0};
    end = head.data + head.len;
    for (name += 8; name < end && memchr(" \t\r\n='\"", *name, 7); name++)
        ;
    while (name + len < end && !memchr(" \t\r\n'\"?", name[len], 7))
        len++;
    return (struct rua_span){name, len};
}

static bool
is_utf8_name(struct rua_span name)
{
    return !name.data || rua_span_same(name, RUA_SPAN("utf-8")) ||
           rua_span_same(name, RUA_SPAN("utf8")) ||
           rua_span_same(name, RUA_SPAN("us-ascii"));
}

static bool
begins(struct rua_span head, const char *two)
{
    return head.len >= 2 && memcmp(head.data, two, 2) == 0;
}

static void
find_encoding(struct rua_recode *recode, struct rua_buf *out)
{
    struct rua_span head = {recode->head, recode->n_head}, name;

    if (begins(head, "\xff\xfe") || begins(head, "<\0")) {
        recode->decode = decode_utf16le;
        return;
    }
    if (begins(head, "\xfe\xff") || begins(head, "\0<")) {
        recode->decode = decode_utf16be;
        return;
    }
    name = find_declared(head);
    recode->table = rua_charset_find(name);
    recode->decode = recode->table ? decode_single : decode_utf8;
    if (!recode->table && !is_utf8_name(name))
        note(recode, RUA_ENCODING, out);
}

/* ---- the stage ---- */

void
rua_recode_begin(struct rua_recode *recode)
{
    *recode = (struct rua_recode){0};
}

static void
begin_decoding(struct rua_recode *recode, struct rua_buf *out)
{
    find_encoding(recode, out);
    take_bytes(recode, (struct rua_span){recode->head, recode->n_head}, out);
}

void
rua_recode_write(struct rua_recode *recode, struct rua_span bytes,
                 struct rua_buf *out)
{
    if (!recode->decode) {
        size_t n = sizeof(recode->head) - recode->n_head;

        n = n < bytes.len ? n : bytes.len;
        memcpy(recode->head + recode->n_head, bytes.data, n);
        recode->n_head += n;
        bytes.data += n;
        bytes.len -= n;
        if (recode->n_head < sizeof(recode->head))
            return;
        begin_decoding(recode, out);
    }
    take_bytes(recode, bytes, out);
}

void
rua_recode_end(struct rua_recode *recode, struct rua_buf *out)
{
    if (!recode->decode)
        begin_decoding(recode, out);
}
