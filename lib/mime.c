#include "mime.h"

#include <gmime/gmime.h>

#include "boundary.h"
#include "prescan.h"
#include "stream.h"
#include "trim.h"

enum {
    GUESSES = 4, /* inside each other: each has gmime read the text once more */
};

/* The message, through all that is embedded in it. */
struct reading {
    const struct rua_limits *limits;
    const struct rua_mime_visitor *visitor;
    struct rua_err *err;
    GMimeParserOptions *options;
    struct rua_leaves leaves;
    enum rua_mail skipped; /* the first other report passed over */
};

/* Where in it. */
struct place {
    const struct rua_spool *message; /* the innermost that was parsed */
    uint64_t depth;                  /* multiparts and messages around */
    unsigned guesses;                /* boundaries around that were guessed */
    bool quoted;                     /* below or beside another report */
};

static bool
is_type(GMimeObject *object, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(object),
                                       type, subtype);
}

/* What a multipart is by its report-type or the type of a part. Some mailers
 * put a message/feedback-report into a multipart/mixed. */
static enum rua_mail
find_kind(GMimeMultipart *multipart)
{
    GMimeObject *object = GMIME_OBJECT(multipart);
    bool report = is_type(object, "multipart", "report");
    enum rua_mail kind = RUA_MAIL;

    if (report)
        kind = rua_mail_kind(
            g_mime_object_get_content_type_parameter(object, "report-type"));
    for (int i = 0; !kind && i < g_mime_multipart_get_count(multipart); i++) {
        GMimeObject *part = g_mime_multipart_get_part(multipart, i);
        if (report || is_type(part, "message", "*"))
            kind = rua_mail_kind(g_mime_content_type_get_media_subtype(
                g_mime_object_get_content_type(part)));
    }
    return kind;
}

/* The offsets of this stream and of all that gmime makes of it count from the
 * first byte of the message. */
static GMimeStream *
open_stream(const struct rua_leaf *whole, FILE *file)
{
    GMimeStream *stream = g_mime_stream_file_new_with_bounds(
        file, (gint64)whole->offset, (gint64)whole->message->len);

    g_mime_stream_file_set_owner(GMIME_STREAM_FILE(stream), FALSE);
    return stream;
}

static GMimeMessage *
parse(const struct reading *reading, GMimeStream *stream)
{
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message =
        g_mime_parser_construct_message(parser, reading->options);

    g_object_unref(parser);
    return message;
}

/* Members of groups too; the prescan has bounded how deep they are. */
static void
add_list(struct rua_header *header, InternetAddressList *list)
{
    int count = list ? internet_address_list_length(list) : 0;

    for (int i = 0; i < count; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address))
            add_list(header, internet_address_group_get_members(
                                 INTERNET_ADDRESS_GROUP(address)));
        else
            rua_header_to(header, internet_address_mailbox_get_addr(
                                      INTERNET_ADDRESS_MAILBOX(address)));
    }
}

static enum rua_verdict
give_head(const struct reading *reading, struct rua_header *header,
          GMimeMessage *message)
{
    GMimeHeaderList *fields;
    struct rua_head head = {0};

    if (message) {
        fields = g_mime_object_get_header_list(GMIME_OBJECT(message));
        for (int i = 0; i < g_mime_header_list_get_count(fields); i++) {
            GMimeHeader *field = g_mime_header_list_get_header_at(fields, i);
            rua_header_field(header, g_mime_header_get_raw_name(field),
                             g_mime_header_get_raw_value(field));
        }
        add_list(header, g_mime_message_get_to(message));
        head.message_id = g_mime_message_get_message_id(message);
        head.subject = g_mime_message_get_subject(message);
    }
    rua_header_end(header, &head);
    return reading->visitor->head(reading->visitor->ctx, &head, reading->err);
}

/* All others are RUA_TRANSFER_NONE. */
static const enum rua_transfer transfers[] = {
    [GMIME_CONTENT_ENCODING_BASE64] = RUA_TRANSFER_BASE64,
    [GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE] = RUA_TRANSFER_QUOTED,
    [GMIME_CONTENT_ENCODING_UUENCODE] = RUA_TRANSFER_UU,
};

/* Where the body of a part is. gmime left it where it was: the stream that it
 * gives is a window on ours. */
static struct rua_leaf
find_leaf(const struct rua_spool *message, GMimePart *part)
{
    size_t encoding = (size_t)g_mime_part_get_content_encoding(part);
    struct rua_leaf leaf = {.message = message, .offset = message->len};
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *stream =
        wrapper ? g_mime_data_wrapper_get_stream(wrapper) : NULL;

    if (encoding < sizeof(transfers) / sizeof(transfers[0]))
        leaf.transfer = transfers[encoding];
    if (stream) {
        leaf.offset = (uint64_t)stream->bound_start;
        leaf.len = (uint64_t)(stream->bound_end - stream->bound_start);
    }
    return leaf;
}

static enum rua_verdict read_message(struct reading *reading,
                                     struct place place,
                                     struct rua_header *header);

/* Reads a message made out of a piece of another, unless that has failed
 * already, and ends its spool. */
static enum rua_verdict
read_made(struct reading *reading, struct place place,
          struct rua_spool *content, enum rua_verdict verdict)
{
    place.message = content;
    if (verdict == RUA_OK)
        verdict = rua_prescan(content, reading->limits, reading->err);
    if (verdict == RUA_OK)
        verdict = read_message(reading, place, NULL);
    rua_spool_done(content);
    return verdict;
}

/* A message that gmime leaves closed, since its transfer encoding is not one
 * that a message may have, is decoded and read. */
static enum rua_verdict
open_message(struct reading *reading, struct place place, struct rua_leaf *leaf)
{
    struct rua_spool content;
    enum rua_verdict verdict =
        rua_limit_enter(reading->limits, &place.depth, reading->err);

    if (verdict != RUA_OK)
        return verdict;
    verdict = rua_leaf_decode(&reading->leaves, leaf, &content, reading->err);
    return read_made(reading, place, &content, verdict);
}

static enum rua_verdict
read_leaf(struct reading *reading, struct place place, GMimePart *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    struct rua_leaf leaf = find_leaf(place.message, part);
    enum rua_verdict verdict = rua_leaf_mend(&leaf, reading->err);
    bool message = is_type(GMIME_OBJECT(part), "message", "*");
    const char *subtype = g_mime_content_type_get_media_subtype(type);
    char *text, *lower;

    if (verdict != RUA_OK || (message && rua_mail_kind(subtype)))
        return verdict;
    if (message && rua_mail_is_message(subtype))
        return place.quoted ? RUA_OK : open_message(reading, place, &leaf);
    text = g_mime_content_type_get_mime_type(type);
    lower = g_ascii_strdown(text, -1);
    verdict = rua_leaf_give(&reading->leaves, leaf, lower,
                            g_mime_part_get_filename(part), reading->err);
    g_free(lower);
    g_free(text);
    return verdict;
}

static enum rua_verdict read_object(struct reading *reading, struct place place,
                                    GMimeObject *object);

/* A multipart without a part: gmime has not found the boundary, and taken all
 * for what stands before the first part. */
static enum rua_verdict
read_partless(struct reading *reading, struct place place,
              GMimeMultipart *multipart)
{
    bool report = is_type(GMIME_OBJECT(multipart), "multipart", "report");
    struct rua_span body =
        rua_span_text(g_mime_multipart_get_prologue(multipart));
    struct rua_span boundary = {0};
    struct rua_spool content;
    enum rua_verdict verdict;

    if (body.len && place.guesses++ < GUESSES)
        boundary = rua_boundary_guess(body);
    if (!boundary.data)
        return rua_leaf_give_text(&reading->leaves, body, reading->err);
    verdict = rua_leaf_wrap(&reading->leaves, report, boundary, body, &content,
                            reading->err);
    /* It may be as large as the message. */
    g_mime_multipart_set_prologue(multipart, NULL);
    return read_made(reading, place, &content, verdict);
}

static enum rua_verdict
read_multipart(struct reading *reading, struct place place,
               GMimeMultipart *multipart)
{
    bool report = is_type(GMIME_OBJECT(multipart), "multipart", "report");
    enum rua_mail kind = find_kind(multipart);
    enum rua_verdict verdict =
        rua_limit_enter(reading->limits, &place.depth, reading->err);

    if (kind && !reading->skipped)
        reading->skipped = kind;
    if (kind && report)
        return verdict;
    place.quoted = place.quoted || kind || report;
    if (verdict == RUA_OK && g_mime_multipart_get_count(multipart) == 0)
        return read_partless(reading, place, multipart);
    for (int i = 0;
         verdict == RUA_OK && i < g_mime_multipart_get_count(multipart); i++)
        verdict = read_object(reading, place,
                              g_mime_multipart_get_part(multipart, i));
    return verdict;
}

static enum rua_verdict
read_embedded(struct reading *reading, struct place place,
              GMimeMessagePart *part)
{
    GMimeMessage *message = g_mime_message_part_get_message(part);
    enum rua_verdict verdict;

    if (!message || place.quoted)
        return RUA_OK;
    verdict = rua_limit_enter(reading->limits, &place.depth, reading->err);
    if (verdict == RUA_OK)
        verdict =
            read_object(reading, place, g_mime_message_get_mime_part(message));
    return verdict;
}

static enum rua_verdict
read_object(struct reading *reading, struct place place, GMimeObject *object)
{
    if (GMIME_IS_MULTIPART(object))
        return read_multipart(reading, place, GMIME_MULTIPART(object));
    if (GMIME_IS_MESSAGE_PART(object))
        return read_embedded(reading, place, GMIME_MESSAGE_PART(object));
    if (GMIME_IS_PART(object))
        return read_leaf(reading, place, GMIME_PART(object));
    return RUA_OK;
}

/* place.message has passed the prescan. What is no message for gmime, since it
 * does not begin with a header, is one leaf. `header` is that of the outermost
 * message, or NULL. */
static enum rua_verdict
read_message(struct reading *reading, struct place place,
             struct rua_header *header)
{
    struct rua_leaf whole;
    struct rua_stream file;
    GMimeStream *stream;
    GMimeMessage *message;
    enum rua_verdict verdict =
        rua_leaf_whole(place.message, &whole, reading->err);

    if (verdict != RUA_OK)
        return verdict;
    rua_stream_open(&file, place.message, reading->err);
    stream = open_stream(&whole, file.file);
    message = parse(reading, stream);
    verdict = file.verdict; /* gmime takes a failure for the end */
    if (verdict == RUA_OK && header)
        verdict = give_head(reading, header, message);
    if (verdict == RUA_OK)
        verdict = message ? read_object(reading, place,
                                        g_mime_message_get_mime_part(message))
                          : rua_leaf_give(&reading->leaves, whole, "text/plain",
                                          NULL, reading->err);
    if (message)
        g_object_unref(message);
    g_object_unref(stream);
    rua_stream_close(&file);
    return verdict;
}

enum rua_verdict
rua_mime_read(const struct rua_spool *message, const struct rua_reading *how,
              struct rua_scratch *scratch,
              const struct rua_mime_visitor *visitor, enum rua_mail *ret_mail,
              struct rua_err *err)
{
    /* Raw bytes in a header are UTF-8 or nothing: another fallback would load
     * a conversion module. */
    const char *charsets[] = {"utf-8", NULL};
    struct reading reading = {
        .limits = how->limits,
        .visitor = visitor,
        .err = err,
        .options = g_mime_parser_options_new(),
        .leaves = {.limits = how->limits,
                   .scratch = scratch,
                   .part = visitor->part,
                   .ctx = visitor->ctx}
    };
    struct place place = {.message = message};
    struct rua_spool trimmed = {.fd = -1};
    struct rua_header header;
    enum rua_verdict verdict;

    g_mime_parser_options_set_fallback_charsets(reading.options, charsets);
    rua_header_begin(&header, how->own_names);
    if (rua_trim(message, &header, &trimmed))
        place.message = &trimmed;
    verdict = read_message(&reading, place, &header);
    rua_spool_done(&trimmed);
    rua_header_done(&header);
    g_mime_parser_options_free(reading.options);
    if (verdict == RUA_OK)
        *ret_mail = reading.skipped;
    return verdict;
}

static enum rua_verdict
ignore_head(void *ctx, const struct rua_head *head, struct rua_err *err)
{
    (void)ctx, (void)head, (void)err;
    return RUA_OK;
}

static enum rua_verdict
ignore_part(void *ctx, const struct rua_part *part, struct rua_err *err)
{
    (void)ctx, (void)part, (void)err;
    return RUA_OK;
}

void
rua_mime_setup(void)
{
    /* The raw byte in the subject loads the tables of iconv. */
    static const char text[] = "To: a@example.org\n"
                               "Subject: \xc3\xa4\n"
                               "Content-Type: multipart/mixed; boundary=b\n"
                               "\n"
                               "--b\n\ntext\n--b\n"
                               "Content-Type: message/rfc822\n\n"
                               "From: b@example.org\n\ntext\n--b--\n";
    const struct rua_mime_visitor visitor = {ignore_head, ignore_part, NULL};
    const struct rua_reading reading = {.limits = &rua_limits_default};
    struct rua_spool message;
    enum rua_mail mail;

    g_mime_init();
    rua_spool_init(&message, NULL, sizeof(text), sizeof(text), "setup");
    rua_spool_write(&message, rua_span_text(text), NULL);
    rua_mime_read(&message, &reading, NULL, &visitor, &mail, NULL);
    rua_spool_done(&message);
}

void
rua_mime_version(char ret_text[RUA_VERSION_SIZE])
{
    g_snprintf(ret_text, RUA_VERSION_SIZE, "gmime %u.%u.%u, glib %u.%u.%u",
               gmime_major_version, gmime_minor_version, gmime_micro_version,
               glib_major_version, glib_minor_version, glib_micro_version);
}
