#include "survey_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"
#include "csv.h"
#include "file.h"
#include "split.h"
#include "view_table.h"

enum {
    PIECE = 256 << 10
};

/* Other people's names of the same thing. */
static const struct {
    const char *ours, *theirs;
} synonyms[] = {
    {"report_id",         "reportMetadataReportId"             },
    {"org_name",          "reportMetadataOrgName"              },
    {"begin_date",        "reportMetadataDateRangeBegin"       },
    {"end_date",          "reportMetadataDateRangeEnd"         },
    {"domain",            "policyPublishedDomain"              },
    {"adkim",             "policyPublishedADKIM"               },
    {"aspf",              "policyPublishedASPF"                },
    {"p",                 "policyPublishedP"                   },
    {"sp",                "policyPublishedSP"                  },
    {"pct",               "policyPublishedPct"                 },
    {"source_ip_address", "recordRowSourceIP"                  },
    {"count",             "recordRowCount"                     },
    {"dkim_aligned",      "recordRowPolicyEvaluatedDKIM"       },
    {"spf_aligned",       "recordRowPolicyEvaluatedSPF"        },
    {"disposition",       "recordRowPolicyEvaluatedDisposition"},
    {"envelope_to",       "recordIdentifiersEnvelopeTo"        },
    {"header_from",       "recordIdentifiersHeaderFrom"        },
};

/* A table that is being read. */
struct reading {
    struct survey *survey;
    const struct survey_query *query;
    struct survey_table table;
    struct split split;
    size_t at[SURVEY_COLUMNS];
    struct rua_span cells[SURVEY_COLUMNS];
    uint64_t line;
    uint64_t wrong, first_wrong; /* lines: how many, and the first one, */
    const char *why;             /* what is wrong with it */
    bool used;                   /* the header is ours */
};

/* ---- the header ---- */

static bool
is_wanted(const char *wanted, struct rua_span name)
{
    if (rua_span_same(rua_span_text(wanted), name))
        return true;
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++)
        if (rua_span_same(rua_span_text(synonyms[i].theirs), name))
            return strcmp(synonyms[i].ours, wanted) == 0;
    return false;
}

static bool
is_ours(struct rua_span name)
{
    static const char *const profiles[] = {"full", "reports", "parsedmarc",
                                           "worker"};

    for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
        const struct rua_profile *profile = rua_columns_profile(profiles[i]);
        for (size_t c = 0; c < profile->count; c++)
            if (rua_span_same(rua_span_text(profile->columns[c].name), name))
                return true;
    }
    return false;
}

/* Columns that are not known stand behind those that are: a later version's.
 * Returns NULL, or why the header is not used. */
static const char *
find_columns(struct reading *reading, const struct rua_span *names, size_t n)
{
    if (n == 0 || !is_ours(names[0]))
        return "its first line is not a header of ours";
    for (size_t i = 0; i < reading->query->n; i++) {
        reading->at[i] = SPLIT_NOWHERE;
        for (size_t c = 0; c < n && reading->at[i] == SPLIT_NOWHERE; c++)
            if (is_wanted(reading->query->columns[i], names[c]))
                reading->at[i] = c;
        if (reading->at[i] != SPLIT_NOWHERE)
            reading->table.there |= (uint64_t)1 << i;
    }
    return reading->table.there ? NULL
                                : "has none of the columns that are needed";
}

static const char *
take_header(struct reading *reading, enum rua_format format,
            struct rua_span line)
{
    size_t n = split_count(format, line), *at = rua_alloc(n * sizeof(*at));
    struct rua_span *names = rua_alloc(n * sizeof(*names));
    struct split split;
    const char *why;

    for (size_t i = 0; i < n; i++)
        at[i] = i;
    split_init(&split, format, false, at, n, n);
    why = split_line(&split, line, names);
    if (!why)
        why = find_columns(reading, names, n);
    split_done(&split);
    free(names);
    free(at);
    if (!why)
        split_init(&reading->split, format, reading->survey->guard, reading->at,
                   reading->query->n, n);
    reading->used = !why;
    return why;
}

/* ---- rows ---- */

static void
note_wrong(struct reading *reading, const char *why)
{
    if (reading->wrong++ == 0) {
        reading->first_wrong = reading->line;
        reading->why = why;
    }
}

static enum rua_verdict
take_line(struct reading *reading, const struct view_table *table,
          struct rua_span line, struct rua_err *err)
{
    const struct survey_query *query = reading->query;
    struct survey_row row = {&reading->table, ++reading->line, reading->cells};
    const char *why;

    if (reading->line == 1) {
        why = take_header(reading, table->format, line);
        if (why) {
            survey_skip(reading->survey, "%s: %s; it is left out", table->path,
                        why);
            return RUA_NOT_REPORT;
        }
        if (query->table)
            query->table(query->ctx, &reading->table);
        return RUA_OK;
    }
    why = split_line(&reading->split, line, reading->cells);
    if (!why)
        return query->row(query->ctx, &row, err);
    note_wrong(reading, why);
    return RUA_OK;
}

/* Takes the whole lines at the front, and moves the rest there. */
static enum rua_verdict
take_lines(struct reading *reading, const struct view_table *table,
           struct rua_buf *buf, struct rua_err *err)
{
    const unsigned char *p = buf->data, *end = p + buf->len, *lf;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && (lf = memchr(p, '\n', (size_t)(end - p)))) {
        v = take_line(reading, table, (struct rua_span){p, (size_t)(lf - p)},
                      err);
        p = lf + 1;
    }
    buf->len = (size_t)(end - p);
    memmove(buf->data, p, buf->len);
    return v;
}

/* Room for a piece; NULL when the line that is there is too long. */
static unsigned char *
make_room(struct reading *reading, struct rua_buf *buf)
{
    unsigned char *room = rua_buf_room(buf, PIECE + SPLIT_PAD);

    if (!room) {
        reading->line++;
        note_wrong(reading,
                   "is too long, and the rest of the table is not read");
    }
    return room;
}

/* *ret_whole: no line is too long. */
static enum rua_verdict
read_plain(struct reading *reading, int fd, const struct view_table *table,
           struct rua_buf *buf, bool *ret_whole, struct rua_err *err)
{
    uint64_t at = 0;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && at < table->size) {
        unsigned char *room = make_room(reading, buf);
        uint64_t left = table->size - at;
        size_t n = 0;
        if (!room)
            break;
        v = rua_file_read(fd, table->path, at, room,
                          left < PIECE ? (size_t)left : PIECE, &n, err);
        if (v == RUA_OK && n == 0)
            break;
        at += n;
        buf->len += n;
        if (v == RUA_OK)
            v = take_lines(reading, table, buf, err);
    }
    *ret_whole = at >= table->size;
    reading->survey->bytes += at;
    return v;
}

/* A table that is being unpacked. */
struct unpacking {
    struct reading *reading;
    const struct view_table *table;
    struct rua_buf *buf;
    bool too_long;
};

/* RUA_DUPLICATE when nothing more is read. */
static enum rua_verdict
take_unpacked(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct unpacking *unpacking = ctx;
    struct reading *reading = unpacking->reading;

    while (bytes.len) {
        size_t n = bytes.len < PIECE ? bytes.len : PIECE;
        unsigned char *room = make_room(reading, unpacking->buf);
        enum rua_verdict v;
        unpacking->too_long = !room;
        if (!room)
            return RUA_DUPLICATE;
        memcpy(room, bytes.data, n);
        unpacking->buf->len += n;
        reading->survey->bytes += n;
        bytes.data += n;
        bytes.len -= n;
        v = take_lines(reading, unpacking->table, unpacking->buf, err);
        if (v != RUA_OK)
            return v;
    }
    return RUA_OK;
}

static enum rua_verdict
read_packed(struct reading *reading, int fd, const struct view_table *table,
            struct rua_buf *buf, bool *ret_whole, struct rua_err *err)
{
    struct unpacking unpacking = {reading, table, buf, false};
    const struct rua_sink sink = {take_unpacked, &unpacking};
    struct rua_err why = {0};
    enum rua_verdict v = view_table_unpack(fd, table, &sink, &why);

    *ret_whole = v == RUA_OK;
    if (v == RUA_BAD) {
        survey_skip(reading->survey, "%s: %s", table->path, why.sentence);
        reading->survey->wrong++;
    } else if (v != RUA_OK && why.sentence[0]) {
        rua_err_set(err, v, "%s", why.sentence);
    }
    return unpacking.too_long || v == RUA_BAD ? RUA_OK : v;
}

static enum rua_verdict
read_lines(struct reading *reading, int fd, const struct view_table *table,
           struct rua_err *err)
{
    struct rua_buf buf;
    bool whole = false;
    enum rua_verdict v;

    rua_buf_init(&buf, RUA_CSV_LINE + PIECE + SPLIT_PAD);
    v = table->packed ? read_packed(reading, fd, table, &buf, &whole, err)
                      : read_plain(reading, fd, table, &buf, &whole, err);
    if (v == RUA_OK && whole && buf.len) {
        reading->line++;
        note_wrong(reading, "breaks off");
    }
    if (v == RUA_OK && whole && reading->line == 0)
        survey_skip(reading->survey,
                    "%s: is empty; if rows were in it, ruamill verify says "
                    "which, else take it away",
                    table->path);
    rua_buf_done(&buf);
    return v;
}

/* Somebody may have moved it since it was looked at. */
static enum rua_verdict
open_table(const struct survey *survey, const struct view_table *table,
           int *ret_fd, struct rua_err *err)
{
    struct rua_file_facts facts;
    enum rua_verdict v =
        rua_file_open_to_read(survey->view.root, table->path, ret_fd, err);

    if (v == RUA_OK) {
        v = rua_file_look(*ret_fd, table->path, &facts, err);
        if (v == RUA_OK &&
            (facts.inode != table->inode || facts.size < table->size))
            v = RUA_NOT_REPORT;
        if (v != RUA_OK)
            close(*ret_fd);
    }
    if (v == RUA_NOT_REPORT)
        rua_err_set(err, v, "%s: was moved at this moment; try again",
                    table->path);
    return v;
}

enum rua_verdict
survey_read_table(struct survey *survey, const struct survey_query *query,
                  const struct view_table *table,
                  const struct survey_table *about, struct rua_err *err)
{
    struct reading reading = {
        .survey = survey, .query = query, .table = *about};
    struct rua_err why = {0};
    enum rua_verdict v;
    int fd;

    v = open_table(survey, table, &fd, &why);
    if (v != RUA_OK) {
        survey_skip(survey, "%s", why.sentence);
        return RUA_OK;
    }
    v = read_lines(&reading, fd, table, err);
    close(fd);
    if (reading.used) {
        survey->tables++;
        split_done(&reading.split);
    }
    survey->wrong += reading.wrong;
    if (reading.wrong)
        survey_skip(survey,
                    "%s:%" PRIu64 ": %s; lines that are left out: %" PRIu64
                    "; see ruamill verify",
                    table->path, reading.first_wrong, reading.why,
                    reading.wrong);
    return v == RUA_NOT_REPORT && !reading.used ? RUA_OK : v;
}
