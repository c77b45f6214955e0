#include "xml.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "charset.h"

/* No document that we read can have entities of its own, so that nothing grows;
 * a parser that counts may as well count strictly. */
static const float growth = 2;

/* These came with releases of expat, and of Debian, that name themselves as
 * those before: there is but to look whether they are there. */
#define OPTIONAL(result, name, ...)                                            \
    extern result XMLCALL name(XML_Parser, __VA_ARGS__) __attribute__((weak))
OPTIONAL(XML_Bool, XML_SetBillionLaughsAttackProtectionMaximumAmplification,
         float);
OPTIONAL(XML_Bool, XML_SetAllocTrackerMaximumAmplification, float);
OPTIONAL(XML_Bool, XML_SetReparseDeferralEnabled, XML_Bool);

struct rua_xml {
    XML_Parser parser;
    struct rua_xml_events events;
    uint64_t given; /* bytes of the document */
    XML_Index mark;
    size_t hold;
    struct rua_buf held;
    struct rua_buf left_over;
};

struct rua_xml *
rua_xml_new(const struct rua_xml_events *events)
{
    struct rua_xml *xml = rua_alloc(sizeof(*xml));

    *xml =
        (struct rua_xml){.parser = XML_ParserCreate(NULL), .events = *events};
    if (!xml->parser)
        rua_no_memory();
    rua_buf_init(&xml->left_over, SIZE_MAX);
    rua_buf_init(&xml->held, SIZE_MAX);
    return xml;
}

void
rua_xml_free(struct rua_xml *xml)
{
    XML_ParserFree(xml->parser);
    rua_buf_done(&xml->left_over);
    rua_buf_done(&xml->held);
    free(xml);
}

static int XMLCALL
find_encoding(void *ctx, const XML_Char *name, XML_Encoding *info)
{
    const uint16_t *table = rua_charset_find(rua_span_text(name));

    (void)ctx;
    if (!table)
        return XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++)
        info->map[i] = i < 128 ? i : table[i - 128];
    return XML_STATUS_OK;
}

static void
limit(XML_Parser parser)
{
    if (XML_SetBillionLaughsAttackProtectionMaximumAmplification)
        XML_SetBillionLaughsAttackProtectionMaximumAmplification(parser,
                                                                 growth);
}

/* Expat forgets its handlers and limits with each reset. */
void
rua_xml_begin(struct rua_xml *xml, bool is_utf8, size_t hold)
{
    XML_Parser parser = xml->parser;

    XML_ParserReset(parser, is_utf8 ? "UTF-8" : NULL);
    XML_SetUserData(parser, xml->events.ctx);
    XML_SetElementHandler(parser, xml->events.open, xml->events.close);
    XML_SetCharacterDataHandler(parser, xml->events.text);
    XML_SetStartDoctypeDeclHandler(parser, xml->events.doctype);
    XML_SetSkippedEntityHandler(parser, xml->events.entity);
    XML_SetProcessingInstructionHandler(parser, xml->events.instruction);
    XML_SetDefaultHandlerExpand(parser, xml->events.other);
    XML_SetUnknownEncodingHandler(parser, find_encoding, NULL);
    limit(parser);
    xml->given = 0;
    xml->hold = hold;
    rua_buf_reset(&xml->held);
}

bool
rua_xml_holds(const struct rua_xml *xml)
{
    return xml->held.len > 0;
}

static bool
is_cut_off(enum XML_Error code)
{
    return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
           code == XML_ERROR_PARTIAL_CHAR ||
           code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

static enum rua_xml_state
parse(struct rua_xml *xml, struct rua_span bytes, bool last)
{
    enum XML_Error code;

    xml->given += bytes.len;
    if (XML_Parse(xml->parser, (const char *)bytes.data, (int)bytes.len,
                  last) == XML_STATUS_OK)
        return RUA_XML_GOES_ON;
    code = XML_GetErrorCode(xml->parser);
    if (code == XML_ERROR_NO_MEMORY)
        rua_no_memory();
    if (code == XML_ERROR_ABORTED)
        return RUA_XML_STOPPED;
    return last && is_cut_off(code) ? RUA_XML_CUT_OFF : RUA_XML_BROKEN;
}

enum rua_xml_state
rua_xml_read(struct rua_xml *xml, struct rua_span bytes, bool last)
{
    if (xml->held.len || (!last && bytes.len <= xml->hold)) {
        rua_buf_add_span(&xml->held, bytes);
        if (!last && xml->held.len <= xml->hold)
            return RUA_XML_GOES_ON;
        bytes = rua_buf_span(&xml->held);
        rua_buf_reset(&xml->held);
    }
    xml->hold = 0;
    return parse(xml, bytes, last);
}

/* Expat goes on with the tag that it is in: with the end of "<a/>", and with
 * text that it has still to hand out. */
void
rua_xml_stop(struct rua_xml *xml)
{
    XML_Parser parser = xml->parser;

    XML_SetElementHandler(parser, NULL, NULL);
    XML_SetCharacterDataHandler(parser, NULL);
    XML_SetStartDoctypeDeclHandler(parser, NULL);
    XML_SetSkippedEntityHandler(parser, NULL);
    XML_SetProcessingInstructionHandler(parser, NULL);
    XML_SetDefaultHandlerExpand(parser, NULL);
    XML_StopParser(parser, XML_FALSE);
}

size_t
rua_xml_pending(struct rua_xml *xml)
{
    XML_Index begun = XML_GetCurrentByteIndex(xml->parser);

    return begun < 0 ? 0 : (size_t)(xml->given - (uint64_t)begun);
}

uint64_t
rua_xml_before(struct rua_xml *xml)
{
    XML_Index index = XML_GetCurrentByteIndex(xml->parser);

    return index < 0 ? UINT64_MAX : (uint64_t)index;
}

unsigned long
rua_xml_line(struct rua_xml *xml)
{
    return (unsigned long)XML_GetCurrentLineNumber(xml->parser);
}

const char *
rua_xml_words(struct rua_xml *xml)
{
    return XML_ErrorString(XML_GetErrorCode(xml->parser));
}

void
rua_xml_mark(struct rua_xml *xml)
{
    xml->mark = XML_GetCurrentByteIndex(xml->parser) +
                XML_GetCurrentByteCount(xml->parser);
}

/* Copied, since a new beginning overwrites expat's own buffer. That may hold
 * bytes of earlier pieces: expat puts off reading a token that is cut, and so
 * it has all from the end of the last event on. What it complains about may be
 * anywhere in a token. */
struct rua_span
rua_xml_left_over(struct rua_xml *xml)
{
    int offset = 0, size = 0;
    const char *input = XML_GetInputContext(xml->parser, &offset, &size);
    XML_Index back = XML_GetCurrentByteIndex(xml->parser) - xml->mark;

    offset = back < 0 || back > offset ? offset : offset - (int)back;
    rua_buf_reset(&xml->left_over);
    if (input)
        rua_buf_add(&xml->left_over, input + offset, (size_t)(size - offset));
    return rua_buf_span(&xml->left_over);
}

bool
rua_xml_skip(struct rua_span *bytes, bool nul)
{
    static const char blanks[] = " \t\r\n\xef\xbb\xbf";
    bool any_mark = false;

    for (; bytes->len && memchr(blanks, *bytes->data, sizeof(blanks) - !nul);
         bytes->data++, bytes->len--)
        any_mark |= *bytes->data >= 0x80;
    return any_mark;
}

void
rua_xml_version(char ret_text[RUA_VERSION_SIZE])
{
    const XML_Expat_Version number = XML_ExpatVersionInfo();
    const struct {
        const char *name;
        bool there;
    } features[] = {
        {"amplification limit",
         XML_SetBillionLaughsAttackProtectionMaximumAmplification != NULL      },
        {"allocation limit",    XML_SetAllocTrackerMaximumAmplification != NULL},
        {"reparse deferral",    XML_SetReparseDeferralEnabled != NULL          },
    };
    int n = snprintf(ret_text, RUA_VERSION_SIZE, "expat %d.%d.%d", number.major,
                     number.minor, number.micro);

    for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
        n += snprintf(ret_text + n, RUA_VERSION_SIZE - (size_t)n, "%s %s%s",
                      i ? "," : ":", features[i].there ? "" : "no ",
                      features[i].name);
}
