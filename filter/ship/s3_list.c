#include "s3_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xml.h"

enum {
    PAGE = 16 << 20, /* bytes of a page */
};

struct reader {
    struct rua_xml *xml;
    struct s3_page *page;
    unsigned depth;
    bool in_object; /* <Contents> */
    bool escaped;   /* names are, as they were asked for */
    bool goes_on;   /* there are more pages, */
    char next[S3_TOKEN];
    struct rua_buf text; /* of the element */
    uint64_t bytes;      /* of the document so far */
    const char *wrong;   /* what is wrong with it */
};

static void
give_up(struct reader *reader, const char *wrong)
{
    if (!reader->wrong)
        reader->wrong = wrong;
    rua_xml_stop(reader->xml);
}

/* ---- values ---- */

static int
digit(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* "%XX" and "+" of an escaped name, in place. */
static void
unescape(struct rua_span *key)
{
    unsigned char *text = (unsigned char *)(uintptr_t)key->data;
    size_t n = 0;

    for (size_t i = 0; i < key->len; i++)
        if (text[i] == '%' && i + 2 < key->len && digit(text[i + 1]) >= 0 &&
            digit(text[i + 2]) >= 0) {
            text[n++] =
                (unsigned char)(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            text[n++] = text[i] == '+' ? ' ' : text[i];
        }
    text[n] = '\0';
    key->len = n;
}

/* "2026-11-30T13:19:14.000Z". */
static int64_t
parse_time(const char *text)
{
    struct tm tm = {0};

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return (int64_t)timegm(&tm);
}

static void
take_member(struct reader *reader, const char *name, const char *text)
{
    struct s3_object *object = &reader->page->objects[reader->page->n];

    if (strcmp(name, "Key") == 0) {
        object->key.len = reader->text.len - 1;
        object->key.data = (unsigned char *)rua_arena_text(
            &reader->page->arena,
            (struct rua_span){reader->text.data, object->key.len});
    } else if (strcmp(name, "Size") == 0 &&
               sscanf(text, "%" SCNu64, &object->size) != 1)
        give_up(reader, "a size is no number");
    else if (strcmp(name, "LastModified") == 0)
        object->modified = parse_time(text);
}

static void
take_value(struct reader *reader, const char *name, const char *text)
{
    if (strcmp(name, "IsTruncated") == 0)
        reader->goes_on = strcmp(text, "true") == 0;
    else if (strcmp(name, "EncodingType") == 0)
        reader->escaped = strcmp(text, "url") == 0;
    else if (strcmp(name, "NextContinuationToken") == 0)
        snprintf(reader->next, sizeof(reader->next), "%s", text);
}

/* ---- events ---- */

static void
on_open(void *ctx, const char *name, const char **attributes)
{
    struct reader *reader = ctx;

    (void)attributes;
    rua_buf_reset(&reader->text);
    reader->depth++;
    if (reader->depth == 1 && strcmp(name, "ListBucketResult") != 0)
        give_up(reader, "it is no list of a bucket");
    if (reader->depth != 2 || strcmp(name, "Contents") != 0)
        return;
    reader->in_object = true;
    if (reader->page->n == S3_OBJECTS)
        give_up(reader, "it has more objects than were asked for");
    else
        reader->page->objects[reader->page->n] = (struct s3_object){0};
}

static void
on_close(void *ctx, const char *name)
{
    struct reader *reader = ctx;
    const char *text;

    rua_buf_add_byte(&reader->text, '\0');
    text = (const char *)reader->text.data;
    if (reader->depth == 3 && reader->in_object)
        take_member(reader, name, text);
    else if (reader->depth == 2 && reader->in_object) {
        reader->in_object = false;
        reader->page->n++;
    } else if (reader->depth == 2) {
        take_value(reader, name, text);
    }
    rua_buf_reset(&reader->text);
    reader->depth--;
}

/* One byte is for the NUL. */
static void
on_text(void *ctx, const char *text, int len)
{
    struct reader *reader = ctx;

    if (reader->text.len + (size_t)len >= reader->text.max)
        give_up(reader, "a value is too long");
    else
        rua_buf_add(&reader->text, text, (size_t)len);
}

/* S3 declares nothing. */
static void
on_doctype(void *ctx, const char *name, const char *system_id,
           const char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    give_up(ctx, "it has a document type declaration");
}

/* ---- a page ---- */

static enum rua_verdict
on_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct reader *reader = ctx;
    enum rua_xml_state state;

    reader->bytes += bytes.len;
    if (reader->bytes > PAGE)
        reader->wrong = "it is too long";
    if (!reader->wrong) {
        state = rua_xml_read(reader->xml, bytes, false);
        if (state != RUA_XML_GOES_ON && !reader->wrong)
            reader->wrong = "it is no XML";
    }
    return reader->wrong ? rua_err_set(err, RUA_BAD, "%s", reader->wrong)
                         : RUA_OK;
}

static enum rua_verdict
ask(struct s3 *s3, const char *token, struct reader *reader,
    struct rua_err *err)
{
    const struct rua_sink sink = {on_bytes, reader};
    struct s3_order order = {.method = "GET", .into = &sink};
    struct http_answer answer;
    struct rua_buf query;
    enum rua_verdict v;

    rua_buf_init(&query, SIZE_MAX / 2);
    if (*token) {
        rua_buf_printf(&query, "continuation-token=");
        s3_escape(rua_span_text(token), true, &query);
        rua_buf_add_byte(&query, '&');
    }
    rua_buf_printf(&query, "encoding-type=url&list-type=2&max-keys=%d",
                   S3_OBJECTS);
    rua_buf_add_byte(&query, '\0');
    order.query = (const char *)query.data;
    v = s3_ask(s3, &order, &answer, err);
    rua_buf_done(&query);
    return v == RUA_OK ? s3_judge(s3, NULL, &answer, err) : v;
}

/* Names are escaped when all of the page is there: what says so may stand
 * behind them. */
static enum rua_verdict
finish(struct reader *reader, const char *token, struct rua_err *err)
{
    struct s3_page *page = reader->page;

    if (rua_xml_read(reader->xml, RUA_SPAN(""), true) != RUA_XML_GOES_ON ||
        reader->depth)
        return rua_err_set(err, RUA_LATER, "it broke off");
    if (reader->goes_on &&
        (!reader->next[0] || strcmp(reader->next, token) == 0))
        return rua_err_set(err, RUA_BAD, "it has no way to the next page");
    for (size_t i = 0; reader->escaped && i < page->n; i++)
        if (page->objects[i].key.len)
            unescape(&page->objects[i].key);
    if (reader->goes_on)
        snprintf(page->token, sizeof(page->token), "%s", reader->next);
    return RUA_OK;
}

enum rua_verdict
s3_list(struct s3 *s3, const char *token, struct s3_page *ret_page,
        struct rua_err *err)
{
    struct reader *reader = rua_alloc(sizeof(*reader));
    const struct rua_xml_events events = {.open = on_open,
                                          .close = on_close,
                                          .text = on_text,
                                          .doctype = on_doctype,
                                          .ctx = reader};
    struct rua_err why = {0};
    enum rua_verdict v;
    bool came;

    memset(ret_page, 0, sizeof(*ret_page));
    *reader = (struct reader){.page = ret_page, .xml = rua_xml_new(&events)};
    rua_buf_init(&reader->text, S3_TOKEN);
    rua_xml_begin(reader->xml, false, 0);
    v = ask(s3, token, reader, &why);
    came = v == RUA_OK || v == RUA_BAD;
    if (v == RUA_OK)
        v = finish(reader, token, &why);
    rua_xml_free(reader->xml);
    rua_buf_done(&reader->text);
    free(reader);
    if (v == RUA_OK)
        return v;
    s3_page_done(ret_page);
    return came ? rua_err_set(err, v, "the list of %s: %s; see url and bucket",
                              s3->conf->bucket, why.sentence)
                : rua_err_set(err, v, "%s", why.sentence);
}

void
s3_page_done(struct s3_page *page)
{
    rua_arena_done(&page->arena);
    page->n = 0;
}
