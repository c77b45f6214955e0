#include "allow_line.h"

#include <string.h>
#include <strings.h>

#include "domain.h"

unsigned char
rua_allow_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

/* Takes the next field off `rest`; false at the end or at a comment. */
static bool
next(struct rua_span *rest, struct rua_span *ret_field)
{
    size_t at = 0, end;

    while (at < rest->len && (rest->data[at] == ' ' || rest->data[at] == '\t'))
        at++;
    if (at == rest->len || rest->data[at] == '#')
        return false;
    end = at;
    while (end < rest->len && rest->data[end] != ' ' && rest->data[end] != '\t')
        end++;
    *ret_field = (struct rua_span){rest->data + at, end - at};
    *rest = (struct rua_span){rest->data + end, rest->len - end};
    return true;
}

/* The same bytes, to be written: every span of a line is in our own text. */
static unsigned char *
ours(struct rua_span span)
{
    return (unsigned char *)span.data;
}

/* Folds a domain where it stands; its new length, or 0 when it is none. */
static size_t
fold(struct rua_span raw)
{
    char domain[RUA_DOMAIN_SIZE];
    size_t len;

    if (!rua_domain_fold(raw, domain) || (len = strlen(domain)) > raw.len)
        return 0;
    memset(ours(raw), ' ', raw.len);
    memcpy(ours(raw), domain, len);
    return len;
}

/* A RUA as the DMARC record has it. */
static bool
is_uri(struct rua_span raw)
{
    static const char scheme[] = "mailto:";
    const size_t n = sizeof(scheme) - 1;

    return raw.len > n && strncasecmp((const char *)raw.data, scheme, n) == 0;
}

/* Checks and folds the RUA of a line; returns what is wrong, or NULL. */
static const char *
read_pattern(struct rua_span raw, struct rua_span *ret_pattern)
{
    const unsigned char *at = memchr(raw.data, '@', raw.len), *star;
    struct rua_span local = raw, domain;
    size_t len;

    if (!at)
        return "has no @";
    if (is_uri(raw))
        return "begins with mailto:, as in DNS; leave that out here";
    if (rua_span_trim(raw).data != raw.data)
        return "begins with a no-break space, a byte order mark or a line end "
               "of Unicode";
    local.len = (size_t)(at - raw.data);
    domain = (struct rua_span){at + 1, raw.len - local.len - 1};
    if (memchr(domain.data, '@', domain.len))
        return "has more than one @";
    if (local.len > RUA_ALLOW_LOCAL_MAX)
        return "has more than 256 bytes before the @";
    star = memchr(local.data, '*', local.len);
    if (star && (star + 1 != at || local.len < 3 || star[-1] != '+'))
        return "has a * in the wrong place: known are local+*@domain, and "
               "@domain for all addresses";
    if (!(len = fold(domain)))
        return "has no domain name behind the @";
    for (size_t i = 0; i < local.len; i++)
        if (local.data[i] < ' ' || local.data[i] == 0x7f)
            return "has a control character";
        else
            ours(local)[i] = rua_allow_lower(local.data[i]);
    *ret_pattern = (struct rua_span){raw.data, local.len + 1 + len};
    return NULL;
}

/* The same for a policy domain, which is put behind those before it. */
static const char *
read_domain(struct rua_span raw, struct rua_span *domains)
{
    struct rua_span name = raw;

    if (name.data[0] == '.')
        name = (struct rua_span){raw.data + 1, raw.len - 1};
    if (!rua_span_same(raw, RUA_SPAN("*")) && !fold(name))
        return "is no domain name (known are example.com, .example.com for it "
               "and its subdomains, and * for any)";
    if (!domains->data)
        *domains = raw;
    domains->len = (size_t)(raw.data + raw.len - domains->data);
    return NULL;
}

const char *
rua_allow_line_read(unsigned char *text, size_t len,
                    struct rua_allow_line *ret_line, struct rua_span *ret_field)
{
    struct rua_span rest = {text, len};
    const char *wrong;

    ret_line->pattern = ret_line->domains = (struct rua_span){0};
    if (!next(&rest, ret_field))
        return NULL;
    wrong = read_pattern(*ret_field, &ret_line->pattern);
    while (!wrong && next(&rest, ret_field))
        wrong = read_domain(*ret_field, &ret_line->domains);
    if (!wrong && !ret_line->domains.data)
        wrong = "has no policy domain behind it";
    return wrong;
}

bool
rua_allow_is_in(struct rua_span pattern, struct rua_span domain)
{
    const unsigned char *at =
        pattern.len ? memrchr(pattern.data, '@', pattern.len) : NULL;
    size_t before = at ? (size_t)(at + 1 - pattern.data) : 0;

    return at && rua_span_same((struct rua_span){at + 1, pattern.len - before},
                               domain);
}

/* True when the policy domain `field` of the list takes `name`. */
static bool
takes(struct rua_span field, struct rua_span name)
{
    if (rua_span_same(field, RUA_SPAN("*")))
        return true;
    if (field.data[0] == '.' && name.len >= field.len)
        name = (struct rua_span){name.data + name.len - field.len, field.len};
    else if (field.data[0] == '.')
        field = (struct rua_span){field.data + 1, field.len - 1};
    return rua_span_same(field, name);
}

bool
rua_allow_takes(const struct rua_allow_line *line, const char *domain)
{
    struct rua_span rest = line->domains, field;

    while (next(&rest, &field))
        if (takes(field, rua_span_text(domain)))
            return true;
    return false;
}

bool
rua_allow_names(const struct rua_allow_line *line, const char *domain)
{
    struct rua_span rest = line->domains, field;

    while (next(&rest, &field)) {
        if (field.data[0] == '.')
            field = (struct rua_span){field.data + 1, field.len - 1};
        if (rua_span_same(field, rua_span_text(domain)))
            return true;
    }
    return false;
}
