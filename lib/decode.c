#include "decode.h"

#include <string.h>

/* Decoded bytes are gathered: the next stage may make a system call of each
 * push. */
struct gather {
    const struct rua_sink *next;
    struct rua_err *err;
    enum rua_verdict verdict; /* the first that was not RUA_OK */
    size_t len;
    unsigned char data[4096];
};

static void
flush(struct gather *out)
{
    if (out->verdict == RUA_OK)
        out->verdict = rua_push(
            out->next, (struct rua_span){out->data, out->len}, out->err);
    out->len = 0;
}

static void
put(struct gather *out, unsigned char byte)
{
    if (out->len == sizeof(out->data))
        flush(out);
    out->data[out->len++] = byte;
}

static void
put_all(struct gather *out, const unsigned char *data, size_t n)
{
    while (n) {
        size_t room = sizeof(out->data) - out->len;
        size_t some = n < room ? n : room;
        memcpy(out->data + out->len, data, some);
        out->len += some;
        data += some;
        n -= some;
        if (out->len == sizeof(out->data))
            flush(out);
    }
}

/* The value of a hexadecimal digit, or -1. */
static int
hex(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Gives what was no quoted byte as it is. */
static void
put_open(struct rua_quoted *quoted, struct gather *out)
{
    if (quoted->state != RUA_QUOTED_TEXT)
        put(out, '=');
    if (quoted->state == RUA_QUOTED_DIGIT)
        put(out, quoted->digit);
    if (quoted->state == RUA_QUOTED_BLANK)
        put(out, ' ');
    quoted->state = RUA_QUOTED_TEXT;
}

/* Takes a byte behind a "="; false when it does not belong to it. */
static bool
take(struct rua_quoted *quoted, struct gather *out, unsigned char c)
{
    if (quoted->state == RUA_QUOTED_DIGIT) {
        if (hex(c) < 0)
            return false;
        put(out, (unsigned char)(hex(quoted->digit) << 4 | hex(c)));
        quoted->state = RUA_QUOTED_TEXT;
    } else if (c == '\n') {
        quoted->state = RUA_QUOTED_TEXT;
    } else if (c == ' ' || c == '\t' || c == '\r') {
        quoted->state = RUA_QUOTED_BLANK;
    } else if (quoted->state == RUA_QUOTED_SIGN && hex(c) >= 0) {
        quoted->digit = c;
        quoted->state = RUA_QUOTED_DIGIT;
    } else {
        return false;
    }
    return true;
}

enum rua_verdict
rua_quoted_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_quoted *quoted = ctx;
    struct gather out = {.next = &quoted->next, .err = err};
    const unsigned char *at = bytes.data, *end = bytes.data + bytes.len;

    while (at < end && out.verdict == RUA_OK) {
        const unsigned char *sign;
        if (quoted->state != RUA_QUOTED_TEXT && take(quoted, &out, *at)) {
            at++;
            continue;
        }
        put_open(quoted, &out);
        sign = memchr(at, '=', (size_t)(end - at));
        put_all(&out, at, (size_t)((sign ? sign : end) - at));
        at = sign ? sign + 1 : end;
        if (sign)
            quoted->state = RUA_QUOTED_SIGN;
    }
    flush(&out);
    return out.verdict;
}

enum rua_verdict
rua_quoted_end(struct rua_quoted *quoted, struct rua_err *err)
{
    struct gather out = {.next = &quoted->next, .err = err};

    put_open(quoted, &out);
    flush(&out);
    return out.verdict;
}

/* Six bits of a character; both ' ' and '`' are zero. */
static unsigned
six(const struct rua_uu *uu, size_t at)
{
    return at < uu->len && at < RUA_UU_LINE ? (uu->line[at] - 32U) & 63 : 0;
}

static void
decode_line(struct rua_uu *uu, struct gather *out)
{
    size_t n, at = 1;

    if (uu->len && uu->len <= RUA_UU_LINE && uu->line[uu->len - 1] == '\r')
        uu->len--;
    n = six(uu, 0);
    if (uu->len == 3 && memcmp(uu->line, "end", 3) == 0) {
        uu->ended = true;
        n = 0;
    }
    for (; n; at += 4) {
        unsigned bits = six(uu, at) << 18 | six(uu, at + 1) << 12 |
                        six(uu, at + 2) << 6 | six(uu, at + 3);
        for (unsigned shift = 16; n && shift <= 16; shift -= 8, n--)
            put(out, (unsigned char)(bits >> shift));
    }
    uu->len = 0;
}

enum rua_verdict
rua_uu_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_uu *uu = ctx;
    struct gather out = {.next = &uu->next, .err = err};

    for (size_t i = 0; i < bytes.len && !uu->ended; i++) {
        uu->used++;
        if (bytes.data[i] == '\n') {
            decode_line(uu, &out);
            continue;
        }
        if (uu->len < RUA_UU_LINE)
            uu->line[uu->len] = bytes.data[i];
        uu->len++;
    }
    flush(&out);
    return out.verdict;
}

enum rua_verdict
rua_uu_end(struct rua_uu *uu, struct rua_err *err)
{
    struct gather out = {.next = &uu->next, .err = err};

    if (uu->len && !uu->ended)
        decode_line(uu, &out);
    flush(&out);
    return out.verdict;
}
