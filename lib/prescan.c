#include "prescan.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The pass follows the message line by line and knows when it is in a block of
 * header fields: at the start, behind each line that could be a boundary, and
 * behind the header of an embedded message. It does not parse content types,
 * so it may take a line of text for a header, but never misses one. */

enum {
    WINDOW = 64 * 1024,
    /* Of one address header: a group needs a ':', a comment a '('. */
    COLONS = 256,
    COMMENTS = 1000,
    /* Of all address headers, commas * bytes: an address without "@" is looked
     * for up to the end of the header, once for each comma. */
    ADDRESS_WORK = 100 * 1000 * 1000,
    /* Of the message, multiparts * lines that begin with "--": each line is
     * compared with each boundary. */
    BOUNDARY_WORK = 20 * 1000 * 1000,
    /* A message has more multiparts than are inside each other, more lines
     * that begin with "--" and more parameters than parts, and no fields of
     * fewer bytes. */
    MULTIPARTS_A_LEVEL = 4,
    DASHES_A_PART = 10,
    PARAMETERS_A_PART = 20, /* gmime takes 400 bytes for one of 4 */
    BYTES_A_FIELD = 32,
};

enum field {
    NONE, /* text, or a line that is no field */
    OTHER,
    ADDRESS,
    TYPE,
    DISPOSITION,
};

/* What a Content-Type speaks of. */
enum {
    MULTIPART = 1,
    MESSAGE = 2,
    DIGEST = 4, /* its parts are messages without saying so */
};

struct scan {
    const struct rua_limits *limits;
    struct rua_err *err;
    bool in_line;   /* in the middle of a line longer than the window */
    bool in_header; /* in a block of header fields */
    bool in_part;   /* which began behind a line that begins with "--" */
    bool digest;    /* there has been a multipart/digest */
    unsigned types; /* of the block */
    enum field field;
    unsigned field_types;          /* of the field that is open */
    uint64_t colons, comments;     /* of the field that is open */
    uint64_t field_bytes, commas;  /* of the field that is open */
    uint64_t header_bytes, fields; /* of the message */
    uint64_t multiparts, dashes;   /* of the message */
    uint64_t address_work;         /* of the message */
    uint64_t parameters;           /* of the message */
};

static const struct {
    const char *name;
    enum field field;
} names[] = {
    {"From",                ADDRESS    },
    {"Sender",              ADDRESS    },
    {"Reply-To",            ADDRESS    },
    {"To",                  ADDRESS    },
    {"Cc",                  ADDRESS    },
    {"Bcc",                 ADDRESS    },
    {"Resent-From",         ADDRESS    },
    {"Resent-Sender",       ADDRESS    },
    {"Resent-Reply-To",     ADDRESS    },
    {"Resent-To",           ADDRESS    },
    {"Resent-Cc",           ADDRESS    },
    {"Resent-Bcc",          ADDRESS    },
    {"Content-Type",        TYPE       },
    {"Content-Disposition", DISPOSITION},
};

static const struct {
    const char *word;
    unsigned type;
} type_words[] = {
    {"multipart", MULTIPART},
    {"message",   MESSAGE  },
    {"digest",    DIGEST   },
};

static bool
is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks and a colon: what may stand behind the name of a field. */
static bool
is_colon(struct rua_span rest, bool whole)
{
    while (rest.len && is_blank(rest.data[0])) {
        rest.data++;
        rest.len--;
    }
    return rest.len ? rest.data[0] == ':' : !whole;
}

static enum field
find_name(struct rua_span line, bool whole)
{
    /* Most lines are text: they are not to pay for the table. */
    if (!line.len || !strchr("FfSsRrTtCcBb", line.data[0]))
        return NONE;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = strlen(names[i].name);
        if (line.len > n && (line.data[0] & 0xdf) == names[i].name[0] &&
            strncasecmp((const char *)line.data, names[i].name, n) == 0 &&
            is_colon((struct rua_span){line.data + n, line.len - n}, whole))
            return names[i].field;
    }
    return NONE;
}

/* A line that is a field for gmime: any name without blanks and control
 * characters inside. A line longer than the window is taken for one. */
static bool
is_field(struct rua_span line, bool whole)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == ':')
            return true;
        if (is_blank(line.data[i]))
            return is_colon((struct rua_span){line.data + i, line.len - i},
                            whole);
        if (line.data[i] < ' ')
            return false;
    }
    return !whole;
}

static enum field
find_field(const struct scan *scan, struct rua_span line, bool whole)
{
    enum field field = find_name(line, whole);

    if (field == NONE && scan->in_header && is_field(line, whole))
        field = OTHER;
    return field;
}

static enum rua_verdict
refuse(const struct scan *scan, const char *what, uint64_t most,
       const char *limit)
{
    return rua_err_set(scan->err, RUA_BAD, "more than %llu %s (by %s)",
                       (unsigned long long)most, what, limit);
}

static enum rua_verdict
check_boundaries(const struct scan *scan)
{
    const struct rua_limits *limits = scan->limits;
    uint64_t multiparts = MULTIPARTS_A_LEVEL * limits->max_mime_depth;
    uint64_t dashes = DASHES_A_PART * (limits->max_parts + 100);

    if (scan->multiparts > multiparts)
        return refuse(scan, "multiparts and embedded messages", multiparts,
                      "max_mime_depth");
    if (scan->dashes > dashes)
        return refuse(scan, "lines that begin with \"--\"", dashes,
                      "max_parts");
    if (scan->multiparts * scan->dashes > BOUNDARY_WORK)
        return rua_err_set(scan->err, RUA_BAD,
                           "%llu lines that begin with \"--\" in %llu "
                           "multiparts",
                           (unsigned long long)scan->dashes,
                           (unsigned long long)scan->multiparts);
    return RUA_OK;
}

static enum rua_verdict
end_field(struct scan *scan)
{
    if (scan->field == ADDRESS)
        scan->address_work += scan->commas * scan->field_bytes;
    scan->field = NONE;
    if (scan->address_work > ADDRESS_WORK)
        return rua_err_set(scan->err, RUA_BAD,
                           "an address header of too many addresses");
    return RUA_OK;
}

static enum rua_verdict
begin_field(struct scan *scan, struct rua_span line, bool whole)
{
    uint64_t most = scan->limits->max_header / BYTES_A_FIELD;

    scan->field = find_field(scan, line, whole);
    scan->field_types = 0;
    scan->colons = scan->comments = scan->commas = scan->field_bytes = 0;
    if (scan->in_header && scan->field != NONE && ++scan->fields > most)
        return refuse(scan, "header fields", most, "max_header");
    return RUA_OK;
}

/* The empty line behind a header; one in a text, or before the first field,
 * changes nothing. */
static void
end_header(struct scan *scan)
{
    if (!scan->fields && !scan->dashes)
        return;
    scan->in_header =
        (scan->types & MESSAGE) != 0 || (scan->digest && scan->in_part);
    scan->in_part = false;
    scan->types = 0;
}

/* Within a header the line may also be no boundary: then the header goes on,
 * and the line may be a field of it. */
static enum rua_verdict
begin_part(struct scan *scan, struct rua_span line, bool whole)
{
    bool in_header = scan->in_header;
    enum rua_verdict verdict;

    if (!in_header)
        scan->types = 0;
    scan->in_header = scan->in_part = true;
    scan->dashes++;
    verdict = check_boundaries(scan);
    return in_header && verdict == RUA_OK ? begin_field(scan, line, whole)
                                          : verdict;
}

static enum rua_verdict
begin_line(struct scan *scan, struct rua_span line, bool whole)
{
    enum rua_verdict verdict;

    if (line.len && is_blank(line.data[0]))
        return RUA_OK; /* goes on with the field */
    verdict = end_field(scan);
    if (verdict != RUA_OK)
        return verdict;
    if (whole && (!line.len || (line.len == 1 && line.data[0] == '\r'))) {
        end_header(scan);
        return RUA_OK;
    }
    if (line.len >= 2 && line.data[0] == '-' && line.data[1] == '-')
        return begin_part(scan, line, whole);
    return begin_field(scan, line, whole);
}

static enum rua_verdict
count_address(struct scan *scan, struct rua_span line)
{
    for (size_t i = 0; i < line.len; i++) {
        scan->colons += line.data[i] == ':';
        scan->comments += line.data[i] == '(';
        scan->commas += line.data[i] == ',';
    }
    if (scan->colons > COLONS)
        return rua_err_set(scan->err, RUA_BAD,
                           "an address header of too many groups");
    if (scan->comments > COMMENTS)
        return rua_err_set(scan->err, RUA_BAD,
                           "an address header of too many comments");
    return RUA_OK;
}

static unsigned
find_types(struct rua_span line)
{
    unsigned types = 0;

    for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); i++) {
        size_t n = strlen(type_words[i].word);
        for (size_t at = 0; at + n <= line.len; at++)
            if ((line.data[at] | 0x20) == type_words[i].word[0] &&
                strncasecmp((const char *)line.data + at, type_words[i].word,
                            n) == 0)
                types |= type_words[i].type;
    }
    return types;
}

static enum rua_verdict
count_parameters(struct scan *scan, struct rua_span line)
{
    uint64_t most = PARAMETERS_A_PART * (scan->limits->max_parts + 100);

    for (size_t i = 0; scan->in_header && i < line.len; i++)
        scan->parameters += line.data[i] == ';';
    return scan->parameters > most
               ? refuse(scan, "parameters of header fields", most, "max_parts")
               : RUA_OK;
}

/* A line longer than the window may have the word across the edge. */
static enum rua_verdict
count_types(struct scan *scan, struct rua_span line, bool whole)
{
    unsigned types = whole ? find_types(line) : MULTIPART | MESSAGE | DIGEST;

    if (!scan->in_header)
        return RUA_OK;
    if (types && !scan->field_types)
        scan->multiparts++;
    scan->field_types |= types;
    scan->types |= types;
    scan->digest = scan->digest || (types & DIGEST) != 0;
    return check_boundaries(scan);
}

/* A line, or a piece of one that is longer than the window; `ends` when its
 * end is the line's. */
static enum rua_verdict
scan_piece(struct scan *scan, struct rua_span piece, bool ends)
{
    bool whole = ends && !scan->in_line;
    enum rua_verdict verdict =
        scan->in_line ? RUA_OK : begin_line(scan, piece, whole);

    scan->in_line = !ends;
    if (verdict != RUA_OK || scan->field == NONE)
        return verdict;
    scan->field_bytes += piece.len + 1;
    if (scan->in_header)
        scan->header_bytes += piece.len + 1;
    if (scan->header_bytes > scan->limits->max_header)
        return rua_err_set(scan->err, RUA_BAD,
                           "headers of more than max_header (%llu) bytes",
                           (unsigned long long)scan->limits->max_header);
    if (scan->field == ADDRESS)
        return count_address(scan, piece);
    if (scan->field == TYPE || scan->field == DISPOSITION)
        verdict = count_parameters(scan, piece);
    return verdict == RUA_OK && scan->field == TYPE
               ? count_types(scan, piece, whole)
               : verdict;
}

/* Reads the lines of a window. A line that it breaks off is left for the next
 * window, unless it is all that there is. */
static enum rua_verdict
scan_window(struct scan *scan, struct rua_span window, bool last,
            size_t *ret_used)
{
    const unsigned char *at = window.data, *end = window.data + window.len;
    enum rua_verdict verdict = RUA_OK;

    while (at < end && verdict == RUA_OK) {
        const unsigned char *newline = memchr(at, '\n', (size_t)(end - at));
        const unsigned char *stop = newline ? newline : end;
        if (!newline && !last && at != window.data)
            break;
        verdict = scan_piece(scan, (struct rua_span){at, (size_t)(stop - at)},
                             newline || last);
        at = newline ? newline + 1 : end;
    }
    *ret_used = (size_t)(at - window.data);
    return verdict;
}

static enum rua_verdict
scan_file(struct scan *scan, const struct rua_spool *message)
{
    unsigned char window[WINDOW];
    enum rua_verdict verdict = RUA_OK;
    size_t n = 0;

    for (uint64_t offset = 0; offset < message->len && verdict == RUA_OK;) {
        verdict =
            rua_spool_read(message, offset, window, WINDOW, &n, scan->err);
        if (verdict == RUA_OK)
            verdict = scan_window(scan, (struct rua_span){window, n},
                                  offset + n == message->len, &n);
        offset += n;
    }
    return verdict;
}

/* A window is more memory than most messages, and a new process pays a page. */
enum rua_verdict
rua_prescan(const struct rua_spool *message, const struct rua_limits *limits,
            struct rua_err *err)
{
    struct scan scan = {.limits = limits, .err = err, .in_header = true};
    size_t used;
    enum rua_verdict verdict =
        rua_spool_in_memory(message)
            ? scan_window(&scan, rua_buf_span(&message->memory), true, &used)
            : scan_file(&scan, message);

    return verdict == RUA_OK ? end_field(&scan) : verdict;
}
