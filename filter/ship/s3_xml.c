#include "s3_xml.h"

#include <string.h>

#include "xml.h"

struct search {
    struct rua_xml *xml;
    const char *name;
    char *text;
    size_t len, size;
    bool inside, found;
};

static void
on_open(void *ctx, const char *name, const char **attributes)
{
    struct search *search = ctx;

    (void)attributes;
    search->inside = strcmp(name, search->name) == 0;
}

static void
on_close(void *ctx, const char *name)
{
    struct search *search = ctx;

    (void)name;
    if (!search->inside)
        return;
    search->found = true;
    rua_xml_stop(search->xml);
}

static void
on_text(void *ctx, const char *text, int len)
{
    struct search *search = ctx;
    size_t room = search->size - 1 - search->len;
    size_t n = (size_t)len < room ? (size_t)len : room;

    if (!search->inside)
        return;
    memcpy(search->text + search->len, text, n);
    search->len += n;
}

/* S3 declares nothing. */
static void
on_doctype(void *ctx, const char *name, const char *system_id,
           const char *public_id, int has_subset)
{
    struct search *search = ctx;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    rua_xml_stop(search->xml);
}

bool
s3_xml_text(struct rua_span document, const char *name, char *ret_text,
            size_t size)
{
    struct search search = {.name = name, .text = ret_text, .size = size};
    const struct rua_xml_events events = {.open = on_open,
                                          .close = on_close,
                                          .text = on_text,
                                          .doctype = on_doctype,
                                          .ctx = &search};

    search.xml = rua_xml_new(&events);
    rua_xml_begin(search.xml, false, 0);
    rua_xml_read(search.xml, document, true);
    rua_xml_free(search.xml);
    ret_text[search.found ? search.len : 0] = '\0';
    return search.found;
}
