/* floor.c - the least that the libraries can do for a mail with a report: gmime
 * parses and decodes it, zlib inflates it, expat walks the XML with handlers
 * that count.
 *
 * usage: floor [STAGE] FILE...
 *
 *     mail    parse and decode, nothing else
 *     expat   inflate and walk; the mails are decoded before the clock starts
 *     whole   all of it, streaming (the default)
 *
 * Prints one line: the seconds of CPU, and as a proof how many mails, records
 * and messages (the sum of `count`) there were. */
#include <expat.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    PIECE = 1 << 16,
    ZIP_HEAD = 30, /* of a local file header; then name and extra field */
};

struct floor {
    XML_Parser parser;
    z_stream z;
    bool in_count;
    uint64_t count; /* the present one */
    uint64_t mails, records, messages;
    uint64_t bytes; /* decoded */
    unsigned char packed[PIECE], text[PIECE];
};

/* Says why, and ends. */
static void
fail(const char *file, const char *why)
{
    fprintf(stderr, "%s: %s\n", file, why);
    exit(1);
}

/* ---- expat ---- */

static void XMLCALL
begin_element(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct floor *floor = ctx;

    (void)attributes;
    floor->in_count = strcmp(name, "count") == 0;
    floor->count = 0;
}

static void XMLCALL
end_element(void *ctx, const XML_Char *name)
{
    struct floor *floor = ctx;

    if (floor->in_count)
        floor->messages += floor->count;
    else if (strcmp(name, "record") == 0)
        floor->records++;
    floor->in_count = false;
}

static void XMLCALL
text(void *ctx, const XML_Char *bytes, int len)
{
    struct floor *floor = ctx;

    for (int i = 0; floor->in_count && i < len; i++)
        floor->count = floor->count * 10 + (uint64_t)(bytes[i] - '0');
}

static void
begin_document(struct floor *floor)
{
    XML_ParserReset(floor->parser, NULL);
    XML_SetUserData(floor->parser, floor);
    XML_SetElementHandler(floor->parser, begin_element, end_element);
    XML_SetCharacterDataHandler(floor->parser, text);
}

/* ---- zlib ---- */

/* Begins a gzip, or the first entry of a zip; true when it is one. */
static bool
begin_inflate(struct floor *floor, size_t len)
{
    const unsigned char *head = floor->packed;
    size_t skip = 0;
    int bits = 15 + 16;

    if (len > ZIP_HEAD && memcmp(head, "PK\3\4", 4) == 0) {
        bits = -15;
        skip = ZIP_HEAD + (size_t)(head[26] | head[27] << 8) +
               (size_t)(head[28] | head[29] << 8);
    }
    if (inflateReset2(&floor->z, bits) != Z_OK || skip > len)
        return false;
    floor->z.next_in = floor->packed + skip;
    floor->z.avail_in = (unsigned)(len - skip);
    return true;
}

/* What is in `packed`, through zlib and expat; true at its end. */
static bool
inflate_piece(struct floor *floor, const char *file)
{
    int status = Z_OK;

    do {
        floor->z.next_out = floor->text;
        floor->z.avail_out = PIECE;
        status = inflate(&floor->z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            fail(file, "not inflated");
        if (XML_Parse(floor->parser, (const char *)floor->text,
                      (int)(PIECE - floor->z.avail_out),
                      status == Z_STREAM_END) != XML_STATUS_OK)
            fail(file, "not well-formed");
    } while (status != Z_STREAM_END && floor->z.avail_out == 0);
    return status == Z_STREAM_END;
}

/* ---- gmime ---- */

static void
find(GMimeObject *parent, GMimeObject *object, gpointer ctx)
{
    GMimePart **found = ctx;
    GMimeContentType *type = g_mime_object_get_content_type(object);

    (void)parent;
    if (GMIME_IS_PART(object) &&
        (g_mime_content_type_is_type(type, "application", "gzip") ||
         g_mime_content_type_is_type(type, "application", "zip")))
        *found = GMIME_PART(object);
}

static GMimeMessage *
parse(const char *file, GMimePart **ret_part)
{
    GMimeStream *stream =
        g_mime_stream_fs_open(file, O_RDONLY | O_CLOEXEC, 0, NULL);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    GMimeObject *top = message ? g_mime_message_get_mime_part(message) : NULL;

    *ret_part = NULL;
    if (top && GMIME_IS_MULTIPART(top))
        g_mime_multipart_foreach(GMIME_MULTIPART(top), find, ret_part);
    else if (top)
        find(NULL, top, ret_part);
    if (!*ret_part)
        fail(file, "no attachment");
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* The part as a stream that decodes what is read from it. */
static GMimeStream *
decode(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *encoded = g_mime_data_wrapper_get_stream(content);
    GMimeStream *decoded = g_mime_stream_filter_new(encoded);
    GMimeFilter *filter = g_mime_filter_basic_new(
        g_mime_data_wrapper_get_encoding(content), FALSE);

    g_mime_stream_reset(encoded);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
    g_object_unref(filter);
    return decoded;
}

/* ---- stages ---- */

static size_t
next_piece(struct floor *floor, GMimeStream *stream)
{
    ssize_t n = g_mime_stream_read(stream, (char *)floor->packed, PIECE);

    floor->bytes += n > 0 ? (uint64_t)n : 0;
    return n > 0 ? (size_t)n : 0;
}

static void
walk(struct floor *floor, GMimeStream *stream, const char *file)
{
    size_t n = next_piece(floor, stream);

    begin_document(floor);
    if (!begin_inflate(floor, n))
        fail(file, "neither gzip nor zip");
    while (!inflate_piece(floor, file)) {
        n = next_piece(floor, stream);
        if (n == 0)
            fail(file, "breaks off");
        floor->z.next_in = floor->packed;
        floor->z.avail_in = (unsigned)n;
    }
}

static void
read_mail(struct floor *floor, const char *file, bool only_mail)
{
    GMimePart *part;
    GMimeMessage *message = parse(file, &part);
    GMimeStream *stream = decode(part);

    floor->mails++;
    if (!only_mail)
        walk(floor, stream, file);
    while (only_mail && next_piece(floor, stream) > 0)
        continue;
    g_object_unref(stream);
    g_object_unref(message);
}

static GMimeStream *
keep_decoded(const char *file)
{
    GMimePart *part;
    GMimeMessage *message = parse(file, &part);
    GMimeStream *stream = decode(part), *kept = g_mime_stream_mem_new();

    g_mime_stream_write_to_stream(stream, kept);
    g_object_unref(stream);
    g_object_unref(message);
    g_mime_stream_reset(kept);
    return kept;
}

static double
cpu(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Without the mails: they are decoded before; the time from then on. */
static double
walk_all(struct floor *floor, char **files, int n)
{
    GMimeStream **kept = calloc((size_t)n, sizeof(*kept));
    double begin;

    if (!kept)
        abort();
    for (int i = 0; i < n; i++)
        kept[i] = keep_decoded(files[i]);
    begin = cpu();
    for (int i = 0; i < n; i++, floor->mails++)
        walk(floor, kept[i], files[i]);
    begin = cpu() - begin;
    for (int i = 0; i < n; i++)
        g_object_unref(kept[i]);
    free(kept);
    return begin;
}

int
main(int argc, char **argv)
{
    static const char *const stages[] = {"whole", "mail", "expat"};
    static struct floor floor;
    int stage = 0, first = 1;
    double seconds;

    for (int i = 0; argc > 1 && i < 3; i++)
        if (strcmp(argv[1], stages[i]) == 0)
            stage = i, first = 2;
    floor.parser = XML_ParserCreate(NULL);
    if (!floor.parser || inflateInit(&floor.z) != Z_OK)
        abort();
    g_mime_init();
    if (stage == 2)
        seconds = walk_all(&floor, argv + first, argc - first);
    for (int i = first; stage != 2 && i < argc; i++)
        read_mail(&floor, argv[i], stage == 1);
    if (stage != 2)
        seconds = cpu();
    printf("cpu=%.4f mails=%llu bytes=%llu records=%llu messages=%llu\n",
           seconds, (unsigned long long)floor.mails,
           (unsigned long long)floor.bytes, (unsigned long long)floor.records,
           (unsigned long long)floor.messages);
    inflateEnd(&floor.z);
    XML_ParserFree(floor.parser);
    return 0;
}
