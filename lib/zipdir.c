#include "zipdir.h"

#include <errno.h>
#include <minizip/unzip.h>
#include <string.h>

enum {
    LOCAL_LEN = 30,
    CENTRAL_LEN = 46,
    CENTRAL_SHIFT = 2, /* what both records have stands 2 bytes later there */
    END_LEN = 22,
    COMMENT_MAX = 65535,
    EXTRA_MAX = 1024, /* looked at for the zip64 field */
    WINDOW = 4096,
};

#define ZIP64_ID  1U
#define IN_ZIP64  0xffffffffU /* a size that stands in the zip64 field */
#define ENCRYPTED 0x0001U
#define STREAMED  0x0008U

static uint64_t
number(const unsigned char *data, size_t n)
{
    uint64_t value = 0;

    while (n--)
        value = value << 8 | data[n];
    return value;
}

/* Takes the next number of a zip64 field, which holds, in a fixed order, only
 * those that did not fit elsewhere. */
static void
widen(uint64_t *value, struct rua_span *field)
{
    if (*value != IN_ZIP64 || field->len < 8)
        return;
    *value = number(field->data, 8);
    field->data += 8;
    field->len -= 8;
}

static void
read_zip64(struct rua_span extra, struct rua_zip_entry *entry, uint64_t *offset)
{
    while (extra.len >= 4) {
        struct rua_span field = {extra.data + 4,
                                 (size_t)number(extra.data + 2, 2)};
        if (field.len > extra.len - 4)
            return;
        extra.len -= 4 + field.len;
        extra.data += 4 + field.len;
        if (number(field.data - 4, 2) == ZIP64_ID) {
            widen(&entry->size, &field);
            widen(&entry->packed, &field);
            widen(offset, &field);
            return;
        }
    }
}

/* Name and extra field, which stand behind both kinds of record. */
static enum rua_verdict
read_tail(const struct rua_spool *archive, uint64_t at, size_t name_len,
          size_t extra_len, struct rua_zip_entry *entry, uint64_t *offset,
          struct rua_err *err)
{
    unsigned char extra[EXTRA_MAX];
    size_t n = name_len < RUA_ZIP_NAME_MAX ? name_len : RUA_ZIP_NAME_MAX - 1;
    enum rua_verdict v = rua_spool_read(archive, at, entry->name, n, &n, err);

    if (v)
        return v;
    entry->name[n] = '\0';
    n = extra_len < EXTRA_MAX ? extra_len : EXTRA_MAX;
    v = rua_spool_read(archive, at + name_len, extra, n, &n, err);
    if (v)
        return v;
    read_zip64((struct rua_span){extra, n}, entry, offset);
    return RUA_OK;
}

/* Reads the fixed part of a record; RUA_NOT_REPORT when it is not there. */
static enum rua_verdict
read_record(const struct rua_spool *archive, uint64_t at, const char *signature,
            unsigned char *record, size_t len, struct rua_err *err)
{
    size_t n;
    enum rua_verdict v = rua_spool_read(archive, at, record, len, &n, err);

    if (v == RUA_OK && (n < len || memcmp(record, signature, 4) != 0))
        return RUA_NOT_REPORT;
    return v;
}

/* `record` begins such that the fields of a local header are at their place. */
static void
take_fields(const unsigned char *record, struct rua_zip_entry *entry)
{
    unsigned flags = (unsigned)number(record + 6, 2);

    entry->encrypted = flags & ENCRYPTED;
    entry->streamed = flags & STREAMED;
    entry->method = (unsigned)number(record + 8, 2);
    entry->crc = (uint32_t)number(record + 14, 4);
    entry->packed = number(record + 18, 4);
    entry->size = number(record + 22, 4);
}

static uint64_t
data_behind(const unsigned char *local, uint64_t at)
{
    return at + LOCAL_LEN + number(local + 26, 2) + number(local + 28, 2);
}

enum rua_verdict
rua_zip_read_local(const struct rua_spool *archive, uint64_t at,
                   struct rua_zip_entry *ret_entry, struct rua_err *err)
{
    unsigned char local[LOCAL_LEN];
    uint64_t unused = 0;
    enum rua_verdict v =
        read_record(archive, at, "PK\3\4", local, LOCAL_LEN, err);

    if (v)
        return v;
    take_fields(local, ret_entry);
    ret_entry->local = 0;
    ret_entry->data = data_behind(local, at);
    v = read_tail(archive, at + LOCAL_LEN, (size_t)number(local + 26, 2),
                  (size_t)number(local + 28, 2), ret_entry, &unused, err);
    if (ret_entry->packed)
        ret_entry->streamed = false; /* it was known after all */
    return v;
}

/* Reads the directory record at `at`, and as much of its local header as says
 * where the data is. RUA_NOT_REPORT: one of the two is not there. */
static enum rua_verdict
read_central(const struct rua_spool *archive, uint64_t at, uint64_t prefix,
             struct rua_zip_entry *ret_entry, struct rua_err *err)
{
    unsigned char central[CENTRAL_LEN], local[LOCAL_LEN];
    uint64_t offset;
    enum rua_verdict v =
        read_record(archive, at, "PK\1\2", central, CENTRAL_LEN, err);

    if (v)
        return v;
    take_fields(central + CENTRAL_SHIFT, ret_entry);
    ret_entry->streamed = false; /* a directory knows */
    offset = number(central + 42, 4);
    v = read_tail(archive, at + CENTRAL_LEN, (size_t)number(central + 28, 2),
                  (size_t)number(central + 30, 2), ret_entry, &offset, err);
    if (v)
        return v;
    if (offset > archive->len - prefix)
        return RUA_NOT_REPORT;
    offset += prefix;
    v = read_record(archive, offset, "PK\3\4", local, LOCAL_LEN, err);
    if (v)
        return v;
    ret_entry->data = data_behind(local, offset);
    ret_entry->local = number(local + 18, 4);
    if (ret_entry->local == IN_ZIP64)
        ret_entry->local = 0;
    return RUA_OK;
}

/* Finds the first `signature` in [from, from + WINDOW). */
static enum rua_verdict
find_in_window(const struct rua_spool *archive, uint64_t from,
               const char *signature, uint64_t *ret_at, bool *ret_found,
               struct rua_err *err)
{
    unsigned char window[WINDOW + 3];
    const unsigned char *found;
    size_t n;
    enum rua_verdict v =
        rua_spool_read(archive, from, window, sizeof(window), &n, err);

    if (v)
        return v;
    found = memmem(window, n, signature, 4);
    *ret_found = found != NULL;
    if (found)
        *ret_at = from + (uint64_t)(found - window);
    return RUA_OK;
}

static enum rua_verdict
find(const struct rua_spool *archive, uint64_t from, const char *signature,
     uint64_t *ret_at, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;
    bool found = false;

    for (; v == RUA_OK && !found && from < archive->len; from += WINDOW)
        v = find_in_window(archive, from, signature, ret_at, &found, err);
    if (v == RUA_OK && !found)
        *ret_at = archive->len;
    return v;
}

enum rua_verdict
rua_zip_find_local(const struct rua_spool *archive, uint64_t from,
                   uint64_t *ret_at, struct rua_err *err)
{
    return find(archive, from, "PK\3\4", ret_at, err);
}

enum rua_verdict
rua_zip_has_end(const struct rua_spool *archive, bool *ret_has,
                struct rua_err *err)
{
    const uint64_t back = COMMENT_MAX + END_LEN;
    uint64_t at, from = archive->len > back ? archive->len - back : 0;
    enum rua_verdict v = find(archive, from, "PK\5\6", &at, err);

    if (v == RUA_OK)
        *ret_has = at < archive->len;
    return v;
}

/* What minizip takes for a file. */
struct stream {
    const struct rua_spool *archive;
    uint64_t at;
    uint64_t sought; /* where the last absolute seek went: to a record */
    uint64_t window_at;
    size_t window_len;
    enum rua_verdict verdict; /* of reading the spool */
    struct rua_err *err;
    unsigned char window[WINDOW];
};

static voidpf
open_stream(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

/* The bytes at stream->at that the window holds, which is moved if need be. */
static struct rua_span
look(struct stream *stream)
{
    if (stream->at < stream->window_at ||
        stream->at - stream->window_at >= stream->window_len) {
        stream->window_at = stream->at;
        stream->window_len = 0;
        stream->verdict = rua_worst(
            stream->verdict,
            rua_spool_read(stream->archive, stream->at, stream->window, WINDOW,
                           &stream->window_len, stream->err));
    }
    return (struct rua_span){stream->window + (stream->at - stream->window_at),
                             stream->window_len -
                                 (size_t)(stream->at - stream->window_at)};
}

static uLong
read_stream(voidpf opaque, voidpf ctx, void *data, uLong size)
{
    struct stream *stream = ctx;
    unsigned char *out = data;
    uLong done = 0;

    (void)opaque;
    while (done < size) {
        struct rua_span ready = look(stream);
        size_t n = ready.len < size - done ? ready.len : size - done;
        if (!n)
            break;
        memcpy(out + done, ready.data, n);
        stream->at += n;
        done += n;
    }
    return done;
}

static ZPOS64_T
tell_stream(voidpf opaque, voidpf ctx)
{
    const struct stream *stream = ctx;

    (void)opaque;
    return stream->at;
}

/* An offset may be negative, which adds up all the same. */
static long
seek_stream(voidpf opaque, voidpf ctx, ZPOS64_T offset, int origin)
{
    struct stream *stream = ctx;
    uint64_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                    : origin == ZLIB_FILEFUNC_SEEK_CUR ? stream->at
                                                       : stream->archive->len;

    (void)opaque;
    if (base + offset > stream->archive->len)
        return -1;
    stream->at = base + offset;
    if (origin == ZLIB_FILEFUNC_SEEK_SET)
        stream->sought = stream->at;
    return 0;
}

static int
no_error(voidpf opaque, voidpf ctx)
{
    (void)opaque, (void)ctx;
    return 0;
}

enum rua_verdict
rua_zip_refuse_number(uint64_t max, struct rua_err *err)
{
    return rua_err_set(err, RUA_BAD, "zip: more than max_entries (%llu) files",
                       (unsigned long long)max);
}

static struct rua_zip_entry *
new_entry(struct rua_zip_list *list)
{
    if (list->n == list->cap) {
        list->cap = list->cap ? 2 * list->cap : 4;
        list->entries =
            rua_realloc(list->entries, list->cap * sizeof(*list->entries));
    }
    return &list->entries[list->n++];
}

/* True when a file of the archive stands at its very beginning. A directory
 * that counts from somewhere else is then the one of an archive inside, or
 * behind. */
static bool
begins(const struct rua_spool *archive)
{
    unsigned char local[LOCAL_LEN];

    return read_record(archive, 0, "PK\3\4", local, LOCAL_LEN, NULL) == RUA_OK;
}

/* Lists the entries of an open directory. minizip seeks to each record in turn,
 * which tells us where it is; RUA_NOT_REPORT when it loses its way. */
static enum rua_verdict
walk(unzFile zip, struct stream *stream, uint64_t max,
     struct rua_zip_list *list, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;
    unz_global_info64 info = {0};
    uint64_t prefix;
    int code;

    unzGetGlobalInfo64(zip, &info);
    if (info.number_entry > max)
        return rua_zip_refuse_number(max, err);
    code = unzGoToFirstFile(zip);
    prefix = stream->sought - unzGetOffset64(zip);
    if (prefix > stream->archive->len || (prefix && begins(stream->archive)))
        return RUA_NOT_REPORT;
    for (; v == RUA_OK && code == UNZ_OK; code = unzGoToNextFile(zip)) {
        if (list->n == max)
            return rua_zip_refuse_number(max, err);
        v = read_central(stream->archive, stream->sought, prefix,
                         new_entry(list), err);
    }
    if (v == RUA_OK && code != UNZ_END_OF_LIST_OF_FILE)
        return RUA_NOT_REPORT;
    return v;
}

enum rua_verdict
rua_zip_list(const struct rua_spool *archive, uint64_t max,
             struct rua_zip_list *list, struct rua_err *err)
{
    struct stream stream = {.archive = archive, .err = err};
    zlib_filefunc64_def calls = {.zopen64_file = open_stream,
                                 .zread_file = read_stream,
                                 .ztell64_file = tell_stream,
                                 .zseek64_file = seek_stream,
                                 .zclose_file = no_error,
                                 .zerror_file = no_error,
                                 .opaque = &stream};
    unzFile zip;
    enum rua_verdict v = RUA_NOT_REPORT;

    errno = 0; /* without memory minizip says that there is no directory */
    zip = unzOpen2_64("", &calls);
    if (errno == ENOMEM)
        rua_no_memory();
    if (zip) {
        v = walk(zip, &stream, max, list, err);
        unzClose(zip);
    }
    return rua_worst(v, stream.verdict);
}
