#include "nest.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

void
rua_nest_init(struct rua_nest *nest, const struct rua_limits *limits)
{
    *nest = (struct rua_nest){.limits = limits};
    nest->begins = rua_alloc(limits->max_xml_depth * sizeof(*nest->begins));
    rua_buf_init(&nest->out, SIZE_MAX);
    rua_buf_init(&nest->names, limits->max_tag);
}

void
rua_nest_done(struct rua_nest *nest)
{
    rua_buf_done(&nest->out);
    rua_buf_done(&nest->names);
    free(nest->begins);
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

static bool
is_feedback(struct rua_span name)
{
    const unsigned char *colon = memrchr(name.data, ':', name.len);

    if (colon) {
        name.len -= (size_t)(colon + 1 - name.data);
        name.data = colon + 1;
    }
    return rua_span_same(name, RUA_SPAN("feedback"));
}

void
rua_nest_open(struct rua_nest *nest, struct rua_span name)
{
    uint64_t max = nest->limits->max_xml_depth;

    if (!nest->depth && !is_feedback(name)) {
        nest->oddities |= nest->met ? RUA_TRAILING_JUNK : RUA_WRAPPED;
        return;
    }
    if (nest->depth == max) {
        fail(nest, "elements deeper than max_xml_depth", max, "levels");
        return;
    }
    nest->met = true;
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
    while (n--) {
        put_tag(nest, "</", rua_nest_innermost(nest));
        nest->names.len = nest->begins[--nest->depth];
    }
}
