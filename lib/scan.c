#include "scan.h"

#include <string.h>

static bool
is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct rua_span
rua_scan_find(const char *list, struct rua_span word)
{
    while (list && *list) {
        struct rua_span one = {(const unsigned char *)list, 0};
        while (list[one.len] && !is_blank((unsigned char)list[one.len]))
            one.len++;
        if (one.len && rua_span_same(one, word))
            return one;
        list += one.len + (list[one.len] != '\0');
    }
    return (struct rua_span){0};
}

bool
rua_scan_begin(struct rua_scan *scan, const char *value)
{
    size_t len = strlen(value);

    *scan = (struct rua_scan){(const unsigned char *)value,
                              (const unsigned char *)value + len, false};
    for (size_t i = 0; i < len && len <= RUA_SCAN_FIELD; i++)
        scan->bad |= (scan->at[i] < ' ' && !is_blank(scan->at[i])) ||
                     scan->at[i] == 0x7f;
    return len <= RUA_SCAN_FIELD && !scan->bad;
}

/* Steps over white space and comments, which may be nested. */
static void
skip(struct rua_scan *scan)
{
    size_t depth = 0;

    for (; scan->at < scan->end; scan->at++) {
        unsigned char c = *scan->at;
        if (c == '(')
            depth++;
        else if (c == ')' && depth)
            depth--;
        else if (c == '\\' && depth && scan->at + 1 < scan->end)
            scan->at++;
        else if (!depth && !is_blank(c))
            break;
    }
    scan->bad |= depth > 0;
}

bool
rua_scan_is_at_end(struct rua_scan *scan)
{
    skip(scan);
    return scan->at == scan->end;
}

bool
rua_scan_sees(struct rua_scan *scan, unsigned char c)
{
    return !rua_scan_is_at_end(scan) && *scan->at == c;
}

bool
rua_scan_take(struct rua_scan *scan, unsigned char c)
{
    bool seen = rua_scan_sees(scan, c);

    scan->at += seen;
    return seen;
}

struct rua_span
rua_scan_name(struct rua_scan *scan)
{
    struct rua_span name;

    skip(scan);
    name = (struct rua_span){scan->at, 0};
    while (scan->at < scan->end && ((*scan->at >= 'a' && *scan->at <= 'z') ||
                                    (*scan->at >= 'A' && *scan->at <= 'Z') ||
                                    (*scan->at >= '0' && *scan->at <= '9') ||
                                    *scan->at == '-' || *scan->at == '_')) {
        scan->at++;
        name.len++;
    }
    return name;
}

static void
skip_quoted(struct rua_scan *scan)
{
    for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\' && scan->at + 1 < scan->end)
            scan->at++;
    if (scan->at < scan->end)
        scan->at++;
    else
        scan->bad = true;
}

struct rua_span
rua_scan_value(struct rua_scan *scan)
{
    const unsigned char *from;

    skip(scan);
    from = scan->at;
    while (scan->at < scan->end && !is_blank(*scan->at) && *scan->at != ';' &&
           *scan->at != '(') {
        scan->bad |= *scan->at == ')';
        if (*scan->at == '"')
            skip_quoted(scan);
        else
            scan->at++;
    }
    return (struct rua_span){from, (size_t)(scan->at - from)};
}

struct rua_span
rua_scan_unquote(struct rua_span raw, unsigned char room[RUA_SCAN_VALUE])
{
    struct rua_span plain = {room, 0};
    bool quoted = false;

    for (size_t i = 0; i < raw.len; i++) {
        if (raw.data[i] == '"') {
            quoted = !quoted;
            continue;
        }
        if (quoted && raw.data[i] == '\\' && i + 1 < raw.len)
            i++;
        if (plain.len == RUA_SCAN_VALUE)
            return (struct rua_span){0};
        room[plain.len++] = raw.data[i];
    }
    return plain;
}
