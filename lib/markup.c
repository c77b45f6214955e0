#include "markup.h"

#include <stdlib.h>
#include <string.h>

bool
rua_markup_is_allowed(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) ||
           (c >= 0x10000 && c <= 0x10ffff);
}

bool
rua_markup_is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
rua_markup_begins_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == ':';
}

bool
rua_markup_is_name(unsigned char c)
{
    return rua_markup_begins_name(c) || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

/* ---- references ---- */

static bool
are_in(struct rua_span text, const char *set)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || !strchr(set, text.data[i]))
            return false;
    return text.len != 0;
}

/* "38" or "x26"; a number that is too large to be read is no character. */
static enum rua_reference
look_at_number(struct rua_span digits)
{
    bool is_hex = digits.len && digits.data[0] == 'x';
    char text[10] = "";

    digits.data += is_hex;
    digits.len -= is_hex;
    if (!are_in(digits, is_hex ? "0123456789abcdefABCDEF" : "0123456789"))
        return RUA_REFERENCE_NONE;
    if (digits.len >= sizeof(text))
        return RUA_REFERENCE_FORBIDDEN;
    memcpy(text, digits.data, digits.len);
    return rua_markup_is_allowed(
               (uint32_t)strtoul(text, NULL, is_hex ? 16 : 10))
               ? RUA_REFERENCE_GOOD
               : RUA_REFERENCE_FORBIDDEN;
}

enum rua_reference
rua_markup_reference(struct rua_span name)
{
    static const char *const entities[] = {"amp", "lt", "gt", "quot", "apos"};

    if (name.len && name.data[0] == '#')
        return look_at_number((struct rua_span){name.data + 1, name.len - 1});
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
        if (name.len == strlen(entities[i]) &&
            memcmp(name.data, entities[i], name.len) == 0)
            return RUA_REFERENCE_GOOD;
    return RUA_REFERENCE_NONE;
}

/* ---- attributes ---- */

static void
skip(struct rua_span *text, bool (*is_of)(unsigned char c))
{
    while (text->len && is_of(*text->data)) {
        text->data++;
        text->len--;
    }
}

static bool
skip_byte(struct rua_span *text, unsigned char byte)
{
    if (!text->len || *text->data != byte)
        return false;
    text->data++;
    text->len--;
    return true;
}

/* A quoted value, in which each "&" begins a reference. */
static bool
skip_value(struct rua_span *text)
{
    unsigned char quote = '"';
    struct rua_span name;

    if (!skip_byte(text, quote) && !skip_byte(text, quote = '\''))
        return false;
    for (; text->len && *text->data != quote; text->data++, text->len--) {
        if (*text->data != '&')
            continue;
        name = (struct rua_span){text->data + 1, 0};
        while (name.len + 1 < text->len && name.data[name.len] != ';')
            name.len++;
        if (name.len + 1 == text->len ||
            rua_markup_reference(name) != RUA_REFERENCE_GOOD)
            return false;
    }
    return skip_byte(text, quote);
}

bool
rua_markup_are_attributes(struct rua_span text)
{
    const unsigned char *begin = text.data;

    for (;;) {
        skip(&text, rua_markup_is_space);
        if (!text.len)
            return true;
        if (text.data == begin || !rua_markup_begins_name(*text.data))
            return false;
        skip(&text, rua_markup_is_name);
        skip(&text, rua_markup_is_space);
        if (!skip_byte(&text, '='))
            return false;
        skip(&text, rua_markup_is_space);
        if (!skip_value(&text))
            return false;
        begin = text.data;
    }
}
