#include "nest.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

enum {
    NAME = 64 /* longer than any name that the schema knows */
};

void
rua_nest_init(struct rua_nest *nest, const struct rua_limits *limits)
{
    *nest = (struct rua_nest){.limits = limits};
    nest->begins = rua_alloc(limits->max_xml_depth * sizeof(*nest->begins));
    nest->elements = rua_alloc(limits->max_xml_depth * sizeof(*nest->elements));
    rua_buf_init(&nest->out, SIZE_MAX);
    rua_buf_init(&nest->names, limits->max_tag);
}

void
rua_nest_done(struct rua_nest *nest)
{
    rua_buf_done(&nest->out);
    rua_buf_done(&nest->names);
    free(nest->begins);
    free(nest->elements);
    *nest = (struct rua_nest){0};
}

void
rua_nest_begin(struct rua_nest *nest)
{
    rua_buf_reset(&nest->out);
    rua_buf_reset(&nest->names);
    rua_err_clear(&nest->failure);
    nest->oddities = 0;
    nest->depth = 0;
    nest->met = false;
}

void
rua_nest_put(struct rua_nest *nest, struct rua_span text)
{
    if (nest->depth)
        rua_buf_add_span(&nest->out, text);
}

/* ">" is escaped since "]]>" is not allowed in text. */
void
rua_nest_put_byte(struct rua_nest *nest, unsigned char c)
{
    struct rua_span byte = {&c, 1};

    rua_nest_put(nest, c == '&'   ? RUA_SPAN("&amp;")
                       : c == '<' ? RUA_SPAN("&lt;")
                       : c == '>' ? RUA_SPAN("&gt;")
                                  : byte);
}

void
rua_nest_note(struct rua_nest *nest, uint32_t oddity)
{
    if (!nest->depth)
        oddity = nest->met ? RUA_TRAILING_JUNK : RUA_LEADING_JUNK;
    nest->oddities |= oddity;
}

/* ---- elements ---- */

static void
fail(struct rua_nest *nest, const char *what, uint64_t ceiling,
     const char *unit)
{
    rua_err_set(&nest->failure, RUA_BAD, "%s (%llu) %s", what,
                (unsigned long long)ceiling, unit);
}

static struct rua_span
open_name(const struct rua_nest *nest, size_t i)
{
    size_t end = i + 1 < nest->depth ? nest->begins[i + 1] : nest->names.len;

    return (struct rua_span){nest->names.data + nest->begins[i],
                             end - nest->begins[i]};
}

struct rua_span
rua_nest_innermost(const struct rua_nest *nest)
{
    return open_name(nest, nest->depth - 1);
}

static void
put_tag(struct rua_nest *nest, const char *begin, struct rua_span name)
{
    rua_nest_put(nest, rua_span_text(begin));
    rua_nest_put(nest, name);
    rua_nest_put(nest, RUA_SPAN(">"));
}

/* What the schema reads; the end of a long name tells no less, since a prefix
 * does not count. */
static const char *
copy_name(struct rua_span name, char *text)
{
    size_t n = name.len < NAME ? name.len : NAME - 1;

    memcpy(text, name.data + (name.len - n), n);
    text[n] = '\0';
    return text;
}

/* The child of an element that is open, or of a document. */
static const struct rua_element *
find_child(const struct rua_nest *nest, size_t depth, struct rua_span name)
{
    const struct rua_element *parent;
    char text[NAME];

    copy_name(name, text);
    if (!depth)
        return rua_schema_is_feedback(text) ? &rua_schema_feedback : NULL;
    parent = nest->elements[depth - 1];
    return parent ? rua_schema_child(parent, text) : NULL;
}

static bool
is_in_value(const struct rua_nest *nest)
{
    const struct rua_element *element =
        nest->depth ? nest->elements[nest->depth - 1] : NULL;

    return element && !element->n_children;
}

/* How deep a start tag of this name belongs, where elements have lost their end
 * tags. A value has lost its own wherever another element begins; of those that
 * hold elements, only one that does the same tells, since senders put values of
 * their own into them. */
static size_t
find_depth(const struct rua_nest *nest, struct rua_span name)
{
    size_t beside = nest->depth - is_in_value(nest);

    for (size_t i = nest->depth; i > 0 && nest->elements[i - 1]; i--) {
        const struct rua_element *child = find_child(nest, i, name);

        if (child)
            return i >= beside || child->n_children ? i : nest->depth;
    }
    return nest->depth;
}

static void
close_innermost(struct rua_nest *nest)
{
    if (nest->depth == 1 && nest->oddities)
        rua_buf_printf(&nest->out, "<?" RUA_NEST_REPAIRS " %lu?>",
                       (unsigned long)nest->oddities);
    put_tag(nest, "</", rua_nest_innermost(nest));
    nest->names.len = nest->begins[--nest->depth];
}

static void
close_down_to(struct rua_nest *nest, size_t depth)
{
    if (depth < nest->depth)
        rua_nest_note(nest, RUA_BAD_NESTING);
    while (depth < nest->depth)
        close_innermost(nest);
}

bool
rua_nest_is_text(struct rua_nest *nest, struct rua_span name, bool is_end)
{
    bool is_text;

    if (!is_in_value(nest))
        return false;
    is_text = is_end ? nest->n_text && !rua_nest_count(nest, name)
                     : find_depth(nest, name) == nest->depth;
    if (is_text && is_end)
        nest->n_text--;
    else if (is_text)
        nest->n_text++;
    return is_text;
}

void
rua_nest_open(struct rua_nest *nest, struct rua_span name)
{
    uint64_t max = nest->limits->max_xml_depth;
    const struct rua_element *element;

    close_down_to(nest, find_depth(nest, name));
    element = find_child(nest, nest->depth, name);
    if (!nest->depth && !element) {
        nest->oddities |= nest->met ? RUA_TRAILING_JUNK : RUA_WRAPPED;
        return;
    }
    if (nest->depth == max) {
        fail(nest, "elements deeper than max_xml_depth", max, "levels");
        return;
    }
    nest->met = true;
    nest->n_text = 0;
    nest->elements[nest->depth] = element;
    nest->begins[nest->depth++] = nest->names.len;
    if (!rua_buf_add_span(&nest->names, name))
        fail(nest, "tags of more than max_tag", nest->limits->max_tag, "bytes");
    put_tag(nest, "<", name);
}

size_t
rua_nest_count(const struct rua_nest *nest, struct rua_span name)
{
    for (size_t i = nest->depth; i-- > 0;)
        if (rua_span_same(open_name(nest, i), name))
            return nest->depth - i;
    return 0;
}

void
rua_nest_close(struct rua_nest *nest, struct rua_span name)
{
    size_t n = rua_nest_count(nest, name);
    bool is_wrapping = !nest->depth && nest->oddities & RUA_WRAPPED;

    if (!is_wrapping &&
        (n != 1 || memcmp(rua_nest_innermost(nest).data, name.data, name.len)))
        rua_nest_note(nest, RUA_BAD_NESTING);
    while (n--)
        close_innermost(nest);
}
