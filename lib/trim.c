#include "trim.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "leaf.h"

enum {
    TOLD = 100 /* fields that rua_header_field() looks at, at most */
};

/* A field, with the lines that go on with it. */
struct field {
    struct rua_span all;
    size_t name; /* bytes of its name */
};

/* A header that is gone through. */
struct header {
    struct rua_span rest;
    unsigned char *copy; /* what is kept */
    size_t len;
    struct field told[TOLD];
    size_t n_told;
};

/* Names of fields that stay: what is asked of gmime, and what it goes by. */
static const char *const kept[] = {"To", "Subject", "Message-ID",
                                   "MIME-Version"};
static const char content[] = "Content-";

/* Names of fields that rua_header_field() looks at. */
static const char *const told[] = {"Delivered-To", "X-Original-To", "Received",
                                   "Authentication-Results"};

static bool
is_name_char(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-';
}

/* Bytes of the line that `text` begins with, its LF included; 0 for one without
 * an LF, or with something in it that programs see different ends in. */
static size_t
line_len(struct rua_span text)
{
    const unsigned char *newline = memchr(text.data, '\n', text.len);
    const unsigned char *cr;
    size_t n = newline ? (size_t)(newline - text.data) : 0;

    if (!n || memchr(text.data, '\0', n))
        return 0;
    cr = memchr(text.data, '\r', n);
    return cr && cr != newline - 1 ? 0 : n + 1;
}

static bool
is_blank(struct rua_span line)
{
    return line.data[0] == ' ' || line.data[0] == '\t';
}

/* Whether the line goes on with a field, and is not of white space only. */
static bool
goes_on(struct rua_span line)
{
    size_t at = 0;

    if (!is_blank(line))
        return false;
    while (at < line.len && line.data[at] <= ' ')
        at++;
    return at < line.len;
}

/* The field that `text` begins with; of no length when there is a doubt. */
static struct field
find_field(struct rua_span text)
{
    struct field field = {
        .all = {text.data, 0}
    };
    size_t n = line_len(text);

    while (field.name < n && is_name_char(text.data[field.name]))
        field.name++;
    if (!field.name || field.name == n || text.data[field.name] != ':')
        return field;
    do {
        field.all.len += n;
        text.data += n;
        text.len -= n;
        n = line_len(text);
    } while (n && goes_on((struct rua_span){text.data, n}));
    if (text.len && is_blank(text))
        field.all.len = 0; /* what comes may be a part of it */
    return field;
}

static bool
is_called(const struct field *field, const char *name)
{
    return strlen(name) == field->name &&
           strncasecmp((const char *)field->all.data, name, field->name) == 0;
}

static bool
is_kept(const struct field *field)
{
    const size_t n = sizeof(content) - 1;

    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        if (is_called(field, kept[i]))
            return true;
    return field->name > n &&
           strncasecmp((const char *)field->all.data, content, n) == 0;
}

static bool
is_told(const struct field *field)
{
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        if (is_called(field, told[i]))
            return true;
    return false;
}

static void
tell(const struct field *field, struct rua_header *header)
{
    const struct rua_span name = {field->all.data, field->name};
    const struct rua_span value = {field->all.data + field->name + 1,
                                   field->all.len - field->name - 1};

    rua_header_field(header, rua_arena_text(&header->arena, name),
                     rua_arena_text(&header->arena, value));
}

/* Takes the next field off the header; false when it is in doubt, or there are
 * too many to be told. */
static bool
take(struct header *header)
{
    const struct field field = find_field(header->rest);
    const size_t n = field.all.len;

    if (is_kept(&field)) {
        memcpy(header->copy + header->len, field.all.data, n);
        header->len += n;
    } else if (is_told(&field)) {
        if (header->n_told == TOLD)
            return false;
        header->told[header->n_told++] = field;
    }
    header->rest.data += n;
    header->rest.len -= n;
    return n > 0;
}

static bool
is_at_end(struct rua_span rest)
{
    return rest.data[0] == '\n' ||
           (rest.len > 1 && rest.data[0] == '\r' && rest.data[1] == '\n');
}

bool
rua_trim(const struct rua_spool *message, struct rua_header *ret_header,
         struct rua_spool *ret_trimmed)
{
    struct header header = {.n_told = 0};
    struct rua_leaf whole;
    bool good = true;

    if (!rua_spool_in_memory(message) ||
        rua_leaf_whole(message, &whole, NULL) != RUA_OK)
        return false;
    header.rest = (struct rua_span){message->memory.data + whole.offset,
                                    (size_t)whole.len};
    header.copy = rua_alloc(header.rest.len);
    while (good && header.rest.len && !is_at_end(header.rest))
        good = take(&header);
    if (!good || !header.rest.len || !header.len) {
        free(header.copy);
        return false;
    }
    for (size_t i = 0; i < header.n_told; i++)
        tell(&header.told[i], ret_header);
    memcpy(header.copy + header.len, header.rest.data, header.rest.len);
    rua_spool_take(ret_trimmed, header.copy, header.len + header.rest.len);
    return true;
}
