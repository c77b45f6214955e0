#include "unzip.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "zipdir.h"

enum {
    PIECE = 1024 * 1024 /* of packed data, between two looks for its end */
};

/* An archive being read. */
struct reader {
    struct rua_gunzip *inflate;
    const struct rua_spool *archive;
    struct rua_budget *budget;
    const struct rua_zip_visitor *visitor;
    uint32_t oddities;      /* of the whole archive */
    bool any;               /* there was a file */
    enum rua_verdict worst; /* of the files that could not be read */

    /* of the present file */
    uint32_t crc;
    uint64_t size;
    enum rua_verdict said; /* by the visitor */
};

static int
compare(const void *a, const void *b)
{
    const struct rua_zip_entry *const *x = a, *const *y = b;

    if ((*x)->data == (*y)->data)
        return ((*x)->packed > (*y)->packed) - ((*x)->packed < (*y)->packed);
    return (*x)->data > (*y)->data ? 1 : -1;
}

/* Entries that share data are how a small archive becomes a huge one. What a
 * local header says, too, is good only up to where the next entry begins. */
static enum rua_verdict
check_overlap(const struct rua_zip_list *list, struct rua_err *err)
{
    struct rua_zip_entry **sorted;
    enum rua_verdict v = RUA_OK;

    sorted = rua_alloc(list->n * sizeof(struct rua_zip_entry *));
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->entries[i];
    qsort(sorted, list->n, sizeof(*sorted), compare);
    for (size_t i = 1; i < list->n && v == RUA_OK; i++) {
        uint64_t most = sorted[i]->data - sorted[i - 1]->data;
        if (most < sorted[i - 1]->packed)
            v = rua_err_set(err, RUA_BAD, "zip: entries %s and %s overlap",
                            sorted[i - 1]->name, sorted[i]->name);
        if (most < sorted[i - 1]->local)
            sorted[i - 1]->local = most;
    }
    free(sorted);
    return v;
}

static enum rua_verdict
meter(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct reader *reader = ctx;
    const struct rua_zip_visitor *visitor = reader->visitor;

    reader->crc = rua_crc32(reader->crc, bytes);
    reader->size += bytes.len;
    return reader->said = visitor->write(visitor->ctx, bytes, err);
}

static enum rua_verdict
copy_stored(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct reader *reader = ctx;
    enum rua_verdict v = rua_budget_spend(reader->budget, bytes.len, err);

    return v ? v : meter(ctx, bytes, err);
}

/* The bytes that a file may have in the archive. When directory and local
 * header do not agree on a deflated one, the larger size does no harm. */
static uint64_t
find_room(const struct reader *reader, const struct rua_zip_entry *entry)
{
    uint64_t room = 0, packed = entry->packed;

    if (entry->data < reader->archive->len)
        room = reader->archive->len - entry->data;
    if (entry->method == RUA_ZIP_DEFLATED && entry->local > packed)
        packed = entry->local;
    return packed < room && !entry->streamed ? packed : room;
}

/* Pushes packed data; a deflated file ends where its stream ends, whatever its
 * size is said to be. *ret_end: where the data ends. */
static enum rua_verdict
push_data(struct reader *reader, const struct rua_zip_entry *entry,
          uint64_t *ret_end, struct rua_err *err)
{
    const struct rua_sink next = {meter, reader};
    const bool deflated = entry->method == RUA_ZIP_DEFLATED;
    const struct rua_sink sink =
        deflated ? (struct rua_sink){rua_gunzip_write, reader->inflate}
                 : (struct rua_sink){copy_stored, reader};
    uint64_t at = entry->data, left = find_room(reader, entry);
    enum rua_verdict v = RUA_OK;

    rua_gunzip_begin(reader->inflate, RUA_DEFLATE, &next, reader->budget);
    while (v == RUA_OK && left &&
           !(deflated && rua_gunzip_ended(reader->inflate))) {
        uint64_t n = left < PIECE ? left : PIECE;
        v = rua_spool_push(reader->archive, at, n, &sink, err);
        at += n;
        left -= n;
    }
    *ret_end = deflated ? entry->data + rua_gunzip_taken(reader->inflate) : at;
    return v;
}

/* What does not fit together in a file that ended at `end`. */
static uint32_t
compare_sizes(const struct reader *reader, const struct rua_zip_entry *entry,
              uint64_t end, bool truncated)
{
    const bool cut = end - entry->data < entry->packed;
    uint32_t oddities = 0;

    if (truncated || (cut && entry->method == RUA_ZIP_STORED))
        return RUA_TRUNCATED;
    if (entry->streamed)
        return 0;
    if (cut)
        oddities |= RUA_TRAILING_JUNK;
    if (reader->crc != entry->crc)
        oddities |= RUA_CRC_MISMATCH;
    if (reader->size != entry->size || end - entry->data > entry->packed)
        oddities |= RUA_LENGTH_MISMATCH;
    return oddities;
}

/* Reads a file between the visitor's begin and end. */
static enum rua_verdict
read_data(struct reader *reader, const struct rua_zip_entry *entry,
          uint64_t *ret_end, struct rua_err *err)
{
    const struct rua_zip_visitor *visitor = reader->visitor;
    uint32_t oddities = reader->oddities, of_stream = 0;
    enum rua_verdict v, at_end;

    reader->crc = 0;
    reader->size = 0;
    reader->budget->document = 0;
    v = push_data(reader, entry, ret_end, err);
    if (v == RUA_OK && entry->method == RUA_ZIP_DEFLATED)
        v = rua_gunzip_end(reader->inflate, &of_stream, err);
    if (v == RUA_OK)
        oddities |=
            compare_sizes(reader, entry, *ret_end, of_stream & RUA_TRUNCATED);
    at_end = visitor->end(visitor->ctx, v, oddities, err);
    if (v == RUA_LATER || at_end == RUA_LATER)
        return RUA_LATER;
    return reader->said ? RUA_OK : v;
}

static const char *
method_name(unsigned method)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {
        {1,  "shrink"   },
        {6,  "implode"  },
        {9,  "deflate64"},
        {12, "bzip2"    },
        {14, "LZMA"     },
        {93, "zstd"     },
        {95, "xz"       },
        {98, "PPMd"     },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].method == method)
            return names[i].name;
    return "unknown";
}

static enum rua_verdict
refuse(const struct rua_zip_entry *entry, struct rua_err *err)
{
    if (entry->encrypted)
        return rua_err_set(err, RUA_BAD, "encrypted");
    if (entry->method != RUA_ZIP_STORED && entry->method != RUA_ZIP_DEFLATED)
        return rua_err_set(err, RUA_BAD,
                           "compressed by method %u (%s), which is not read",
                           entry->method, method_name(entry->method));
    if (entry->method == RUA_ZIP_STORED && entry->streamed)
        return rua_err_set(err, RUA_BAD, "stored without its size");
    return RUA_OK;
}

static bool
is_no_file(const char *name)
{
    size_t len = strlen(name);

    return (len && name[len - 1] == '/') ||
           strncmp(name, "__MACOSX/", strlen("__MACOSX/")) == 0;
}

/* Reads one entry; only RUA_LATER comes back. *ret_end: where its data ends, or
 * at least begins. */
static enum rua_verdict
read_entry(struct reader *reader, const struct rua_zip_entry *entry,
           uint64_t *ret_end, struct rua_err *err)
{
    const struct rua_zip_visitor *visitor = reader->visitor;
    struct rua_err own = {0};
    enum rua_verdict v;

    *ret_end = entry->data;
    if (is_no_file(entry->name))
        return RUA_OK;
    reader->any = true;
    v = refuse(entry, &own);
    if (v == RUA_OK) {
        reader->said = visitor->begin(visitor->ctx, entry->name, &own);
        v = reader->said == RUA_LATER ? RUA_LATER : RUA_OK;
        if (reader->said == RUA_OK)
            v = read_data(reader, entry, ret_end, &own);
    }
    if (own.sentence[0])
        rua_err_set(err, own.verdict, "entry %s: %s", entry->name,
                    own.sentence);
    reader->worst = rua_worst(reader->worst, v);
    return v == RUA_LATER ? v : RUA_OK;
}

static enum rua_verdict
read_list(struct reader *reader, const struct rua_zip_list *list,
          struct rua_err *err)
{
    enum rua_verdict v = check_overlap(list, err);
    uint64_t end;

    for (size_t i = 0; i < list->n && v == RUA_OK; i++)
        v = read_entry(reader, &list->entries[i], &end, err);
    return v;
}

/* Goes from local header to local header, where there is no directory. */
static enum rua_verdict
read_locals(struct reader *reader, uint64_t max, struct rua_err *err)
{
    const struct rua_spool *archive = reader->archive;
    struct rua_zip_entry entry;
    uint64_t at = 0, end, n = 0;
    enum rua_verdict v;

    reader->oddities |= RUA_NO_DIRECTORY;
    for (;;) {
        v = rua_zip_find_local(archive, at, &at, err);
        if (v || at == archive->len)
            return v;
        if (n++ == max)
            return rua_zip_refuse_number(max, err);
        v = rua_zip_read_local(archive, at, &entry, err);
        if (v)
            return v == RUA_NOT_REPORT ? RUA_OK : v; /* a header cut off */
        v = read_entry(reader, &entry, &end, err);
        if (v)
            return v;
        at = end;
        if (entry.data < archive->len &&
            entry.packed <= archive->len - entry.data &&
            entry.data + entry.packed > end)
            at = entry.data + entry.packed;
    }
}

enum rua_verdict
rua_unzip_read(struct rua_gunzip *inflate, const struct rua_spool *archive,
               struct rua_budget *budget, const struct rua_zip_visitor *visitor,
               struct rua_err *err)
{
    struct reader reader = {.inflate = inflate,
                            .archive = archive,
                            .budget = budget,
                            .visitor = visitor};
    const uint64_t max = budget->limits->max_entries;
    struct rua_zip_list list = {0};
    unsigned char first[2];
    size_t n = 0;
    enum rua_verdict v =
        rua_spool_read(archive, 0, first, sizeof(first), &n, err);

    if (v == RUA_OK) {
        if (n < sizeof(first) || memcmp(first, "PK", sizeof(first)) != 0)
            reader.oddities |= RUA_LEADING_JUNK;
        v = rua_zip_list(archive, max, &list, err);
    }
    if (v == RUA_OK)
        v = read_list(&reader, &list, err);
    else if (v == RUA_NOT_REPORT)
        v = read_locals(&reader, max, err);
    free(list.entries);
    if (v == RUA_OK && !reader.any)
        v = rua_err_set(err, RUA_BAD, "zip: no file in it");
    return rua_worst(v, reader.worst);
}
