#include "domain.h"

#include <idn2.h>
#include <stdio.h>
#include <string.h>

enum {
    LONGEST_LABEL = 63,
    /* Nothing longer in UTF-8 is a domain name; libidn2 need not look. */
    LONGEST_TEXT = 1024,
};

/* The name without white space and one trailing dot. */
static struct rua_span
bare(struct rua_span raw)
{
    struct rua_span name = rua_span_trim(raw);

    if (name.len && name.data[name.len - 1] == '.')
        name.len--;
    return name;
}

/* The byte in lower case, or 0 when no label has it. */
static char
fold(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_')
        return (char)c;
    return 0;
}

bool
rua_domain_fold(struct rua_span raw, char ret_domain[RUA_DOMAIN_SIZE])
{
    struct rua_span name = bare(raw);
    char domain[RUA_DOMAIN_SIZE];
    size_t label = 0;

    if (name.len >= RUA_DOMAIN_SIZE)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        bool dot = name.data[i] == '.';
        domain[i] = dot ? '.' : fold(name.data[i]);
        if (!domain[i] || (dot && !label) || (!dot && label == LONGEST_LABEL))
            return false;
        label = dot ? 0 : label + 1;
    }
    if (!label)
        return false;
    memcpy(ret_domain, domain, name.len);
    ret_domain[name.len] = '\0';
    return true;
}

static bool
is_ascii(struct rua_span span)
{
    for (size_t i = 0; i < span.len; i++)
        if (span.data[i] >= 0x80)
            return false;
    return true;
}

/* ASCII does not pass through libidn2, which refuses names that are in use
 * ("a--b") and A-labels that it would have made differently. */
bool
rua_domain_to_ascii(struct rua_span raw, char ret_domain[RUA_DOMAIN_SIZE])
{
    struct rua_span name = bare(raw);
    unsigned char text[LONGEST_TEXT + 1];
    unsigned char *ascii;
    bool good;

    if (is_ascii(name))
        return rua_domain_fold(raw, ret_domain);
    if (name.len > LONGEST_TEXT || memchr(name.data, '\0', name.len))
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    if (idn2_lookup_u8(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
        IDN2_OK)
        return false;
    good = rua_domain_fold(rua_span_text((const char *)ascii), ret_domain);
    idn2_free(ascii);
    return good;
}

void
rua_domain_version(char ret_text[RUA_VERSION_SIZE])
{
    snprintf(ret_text, RUA_VERSION_SIZE, "libidn2 %s",
             idn2_check_version(NULL));
}
