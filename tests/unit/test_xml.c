/* Expat's door: what is behind it stays there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "xml.h"

enum event {
    OPEN,
    CLOSE,
    TEXT,
    DOCTYPE,
    ENTITY,
    INSTRUCTION,
    OTHER,
    EVENTS,
    NEVER
};

/* A parser that is stopped at the first event of a kind. */
struct reading {
    struct rua_xml *xml;
    enum event stop_at;
    bool stopped;
    unsigned events, after;
    size_t text; /* bytes */
};

static void
meet(void *ctx, enum event event)
{
    struct reading *reading = ctx;

    reading->events++;
    reading->after += reading->stopped;
    if (event != reading->stop_at || reading->stopped)
        return;
    reading->stopped = true;
    rua_xml_stop(reading->xml);
}

static void
open_element(void *ctx, const char *name, const char **attributes)
{
    (void)name, (void)attributes;
    meet(ctx, OPEN);
}

static void
close_element(void *ctx, const char *name)
{
    (void)name;
    meet(ctx, CLOSE);
}

static void
text_data(void *ctx, const char *text, int len)
{
    struct reading *reading = ctx;

    (void)text;
    reading->text += (size_t)len;
    meet(ctx, TEXT);
}

static void
open_doctype(void *ctx, const char *name, const char *system_id,
             const char *public_id, int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    meet(ctx, DOCTYPE);
}

static void
unknown_entity(void *ctx, const char *name, int is_parameter)
{
    (void)name, (void)is_parameter;
    meet(ctx, ENTITY);
}

static void
read_instruction(void *ctx, const char *target, const char *data)
{
    (void)target, (void)data;
    meet(ctx, INSTRUCTION);
}

static void
read_other(void *ctx, const char *text, int len)
{
    (void)text, (void)len;
    meet(ctx, OTHER);
}

static struct reading
new_reading(enum event stop_at)
{
    return (struct reading){.stop_at = stop_at};
}

/* Reads the document by its halves, once and then again with the same parser.
 */
static enum rua_xml_state
read_document(struct reading *reading, struct rua_span document)
{
    const struct rua_xml_events events = {
        open_element,   close_element,    text_data,  open_doctype,
        unknown_entity, read_instruction, read_other, reading};
    struct rua_span half = {document.data, document.len / 2};
    struct rua_span rest = {document.data + half.len, document.len - half.len};
    enum rua_xml_state state = RUA_XML_GOES_ON;

    reading->xml = rua_xml_new(&events);
    for (int i = 0; i < 2; i++) {
        reading->stopped = false;
        rua_xml_begin(reading->xml, false, 0);
        state = rua_xml_read(reading->xml, half, false);
        if (state == RUA_XML_GOES_ON)
            state = rua_xml_read(reading->xml, rest, true);
    }
    rua_xml_free(reading->xml);
    return state;
}

/* Expat, left alone, goes on with an end of <b/>, with the lines of a text, and
 * with what a CDATA section still has. */
static void
nothing_is_called_after_a_stop(void **state)
{
    static const char *const documents[] = {
        "<b/>",
        "<a>one\ntwo\n&lt;three<![CDATA[four\nfive\n]]><c/></a>\n",
        ("<!-- o --><!DOCTYPE a SYSTEM \"file:///etc/passwd\">\n<?p i?>\n"
         "<a>&unknown;</a>\n"),
    };
    unsigned stops = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int stop_at = OPEN; stop_at < EVENTS; stop_at++) {
            struct reading reading = new_reading((enum event)stop_at);
            enum rua_xml_state end =
                read_document(&reading, rua_span_text(documents[i]));
            assert_int_equal(
                reading.stopped ? RUA_XML_STOPPED : RUA_XML_GOES_ON, end);
            assert_int_equal(0, reading.after);
            stops += reading.stopped;
        }
    assert_true(stops >= 2 + 3 + 5);
}

static void
handlers_are_back_with_the_next_document(void **state)
{
    struct reading reading = new_reading(OPEN);

    (void)state;
    read_document(&reading, RUA_SPAN("<a/>"));
    assert_int_equal(2, reading.events);
}

/* Up to its ceiling, until there is no more. */
static void
document_is_held(void **state)
{
    struct reading reading = new_reading(NEVER);
    const struct rua_xml_events events = {
        open_element,   close_element,    text_data,  open_doctype,
        unknown_entity, read_instruction, read_other, &reading};
    const struct {
        size_t hold;
        bool first, second; /* whether it holds then */
    } cases[] = {
        {10, true,  true },
        {9,  true,  false},
        {4,  false, false}
    };

    (void)state;
    reading.xml = rua_xml_new(&events);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        reading.events = 0;
        rua_xml_begin(reading.xml, false, cases[i].hold);
        rua_xml_read(reading.xml, RUA_SPAN("<a><b"), false);
        assert_int_equal(cases[i].first, rua_xml_holds(reading.xml));
        rua_xml_read(reading.xml, RUA_SPAN("/></a"), false);
        assert_int_equal(cases[i].second, rua_xml_holds(reading.xml));
        assert_int_equal(cases[i].second, reading.events == 0);
        assert_int_equal(RUA_XML_GOES_ON,
                         rua_xml_read(reading.xml, RUA_SPAN(">"), true));
        assert_false(rua_xml_holds(reading.xml));
        assert_int_equal(4, reading.events);
    }
    rua_xml_free(reading.xml);
}

/* A parser that opened it would have its text. */
static void
external_entity_is_not_opened(void **state)
{
    static const char *const documents[] = {
        "<!DOCTYPE a SYSTEM \"/etc/passwd\"><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM \"/etc/passwd\"> %x;]><a>&y;</a>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
        struct reading reading = new_reading(NEVER);
        assert_int_equal(RUA_XML_GOES_ON,
                         read_document(&reading, rua_span_text(documents[i])));
        assert_int_equal(0, reading.text);
    }
}

/* A megabyte, thirteen times: expat alone lets it grow a hundredfold. It begins
 * to count at 8 MiB. */
static void
entities_do_not_grow(void **state)
{
    struct reading reading = new_reading(NEVER);
    char version[RUA_VERSION_SIZE];
    struct rua_buf document;

    (void)state;
    rua_xml_version(version);
    if (strstr(version, "no amplification limit"))
        skip();
    rua_buf_init(&document, 2 << 20);
    rua_buf_printf(&document, "<!DOCTYPE a [<!ENTITY e \"");
    memset(rua_buf_room(&document, 1 << 20), 'x', 1 << 20);
    document.len += 1 << 20;
    rua_buf_printf(&document, "\">]><a>&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"
                              "</a>");
    assert_int_equal(RUA_XML_BROKEN,
                     read_document(&reading, rua_buf_span(&document)));
    assert_true(reading.text < 2 * (10 << 20));
    rua_buf_done(&document);
}

static void
version_says_what_there_is(void **state)
{
    char version[RUA_VERSION_SIZE];

    (void)state;
    rua_xml_version(version);
    assert_memory_equal("expat 2.", version, 8);
    assert_non_null(strstr(version, "amplification limit, "));
    assert_non_null(strstr(version, "allocation limit, "));
    assert_non_null(strstr(version, "reparse deferral"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_called_after_a_stop),
        cmocka_unit_test(handlers_are_back_with_the_next_document),
        cmocka_unit_test(document_is_held),
        cmocka_unit_test(external_entity_is_not_opened),
        cmocka_unit_test(entities_do_not_grow),
        cmocka_unit_test(version_says_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
