#include "flow.h"

#include <string.h>

enum rua_verdict
rua_push(const struct rua_sink *sink, struct rua_span bytes,
         struct rua_err *err)
{
    return bytes.len ? sink->write(sink->ctx, bytes, err) : RUA_OK;
}

struct rua_span
rua_span_text(const char *text)
{
    return (struct rua_span){(const unsigned char *)text,
                             text ? strlen(text) : 0};
}

static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool
rua_span_same(struct rua_span a, struct rua_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

/* Bytes of the white space that begins at `data`, or 0. */
static size_t
space_at(const unsigned char *data, size_t len)
{
    static const char *const others[] = {"\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8",
                                         "\xe2\x80\xa9", "\xef\xbb\xbf"};

    if (len && memchr(" \t\r\n", data[0], 4))
        return 1;
    if (!len || data[0] < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (len >= strlen(others[i]) &&
            memcmp(data, others[i], strlen(others[i])) == 0)
            return strlen(others[i]);
    return 0;
}

/* The same for white space that ends at data + len. */
static size_t
space_before(const unsigned char *data, size_t len)
{
    for (size_t n = 1; n <= 3 && n <= len; n++)
        if (space_at(data + len - n, n) == n)
            return n;
    return 0;
}

struct rua_span
rua_span_trim(struct rua_span span)
{
    size_t n;

    while ((n = space_at(span.data, span.len)) != 0) {
        span.data += n;
        span.len -= n;
    }
    while ((n = space_before(span.data, span.len)) != 0)
        span.len -= n;
    return span;
}
