#include "tag.h"

#include "markup.h"

void
rua_tag_init(struct rua_tag *tag)
{
    *tag = (struct rua_tag){0};
    rua_buf_init(&tag->text, SIZE_MAX);
}

void
rua_tag_done(struct rua_tag *tag)
{
    rua_buf_done(&tag->text);
}

void
rua_tag_begin(struct rua_tag *tag)
{
    rua_buf_reset(&tag->text);
    rua_buf_add_byte(&tag->text, '<');
    tag->name_end = 0;
    tag->quote = 0;
}

bool
rua_tag_is_end(const struct rua_tag *tag)
{
    return tag->text.len > 1 && tag->text.data[1] == '/';
}

bool
rua_tag_is_empty(const struct rua_tag *tag)
{
    return !rua_tag_is_end(tag) && tag->text.data[tag->text.len - 1] == '/';
}

struct rua_span
rua_tag_name(const struct rua_tag *tag)
{
    size_t begin = rua_tag_is_end(tag) ? 2 : 1;
    size_t end = tag->name_end ? tag->name_end : tag->text.len;

    return (struct rua_span){tag->text.data + begin, end - begin};
}

struct rua_span
rua_tag_attributes(const struct rua_tag *tag)
{
    size_t begin = tag->name_end ? tag->name_end : tag->text.len;
    size_t end = tag->text.len - rua_tag_is_empty(tag);

    return (struct rua_span){tag->text.data + begin, end - begin};
}

/* A byte of the name, or the first behind it. */
static bool
is_name_or_end(struct rua_tag *tag, unsigned char c)
{
    bool is_first = rua_tag_name(tag).len == 0;

    if (is_first && c == '/')
        return tag->text.len == 1;
    if (is_first)
        return rua_markup_begins_name(c);
    if (!rua_markup_is_name(c))
        tag->name_end = tag->text.len;
    return rua_markup_is_name(c) || rua_markup_is_space(c) || c == '/';
}

enum rua_tag_state
rua_tag_add(struct rua_tag *tag, unsigned char c)
{
    if (c == '<')
        return RUA_TAG_CUT;
    if (c == '>' && !tag->quote)
        return rua_tag_name(tag).len ? RUA_TAG_WHOLE : RUA_TAG_NONE;
    if (!tag->name_end && !is_name_or_end(tag, c))
        return RUA_TAG_NONE;
    if (c == tag->quote)
        tag->quote = 0;
    else if (!tag->quote && (c == '"' || c == '\''))
        tag->quote = c;
    rua_buf_add_byte(&tag->text, c);
    return RUA_TAG_GOES_ON;
}
