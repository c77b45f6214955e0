#define ZLIB_CONST
#include "gunzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "buf.h"
#include "report.h"

enum {
    OUT = 64 * 1024,
    IN_MAX = 1 << 30, /* of input in one step: zlib counts in 32 bits */
    LENGTH_FIELD = 4  /* gzip: CRC-32, then the length */
};

/* Where in its input a stage is. */
enum place {
    INSIDE,  /* in a stream: header, data, trailer */
    LENGTH,  /* in the length field behind a wrong check sum */
    BEHIND,  /* behind the end: padding, or the next member */
    NOWHERE, /* the rest does not matter */
};

struct rua_gunzip {
    z_stream z;
    enum rua_wrapping wrapping;
    enum place place;
    struct rua_sink next;
    struct rua_budget *budget;
    uint64_t taken;
    uint32_t oddities;
    bool any;        /* something came out */
    bool half_magic; /* behind a member: the first byte of another one */
    unsigned left;   /* bytes to come of the length field */
    unsigned char out[OUT];
};

static const struct {
    const char *name;
    int window_bits;
} wrappings[] = {
    [RUA_GZIP] = {"gzip",    16 + MAX_WBITS},
    [RUA_ZLIB] = {"zlib",    MAX_WBITS     },
    [RUA_DEFLATE] = {"deflate", -MAX_WBITS    },
};

/* zlib tells these only by their text; all data has come out before them. */
static const struct {
    const char *message;
    uint32_t oddity;
    enum place gzip_place;
} wrong_trailers[] = {
    {"incorrect data check",   RUA_CRC_MISMATCH,    LENGTH},
    {"incorrect length check", RUA_LENGTH_MISMATCH, BEHIND},
};

static voidpf
take_memory(voidpf opaque, uInt items, uInt size)
{
    (void)opaque;
    return rua_alloc((size_t)items * size);
}

static void
give_memory_back(voidpf opaque, voidpf memory)
{
    (void)opaque;
    free(memory);
}

struct rua_gunzip *
rua_gunzip_new(void)
{
    struct rua_gunzip *gunzip = rua_alloc(sizeof(*gunzip));

    gunzip->z = (z_stream){.zalloc = take_memory, .zfree = give_memory_back};
    if (inflateInit2(&gunzip->z, MAX_WBITS) != Z_OK)
        abort(); /* a zlib that is not the one we were compiled for */
    return gunzip;
}

void
rua_gunzip_free(struct rua_gunzip *gunzip)
{
    if (!gunzip)
        return;
    inflateEnd(&gunzip->z);
    free(gunzip);
}

static void
begin_stream(struct rua_gunzip *gunzip)
{
    inflateReset2(&gunzip->z, wrappings[gunzip->wrapping].window_bits);
    gunzip->place = INSIDE;
    gunzip->half_magic = false;
    gunzip->left = LENGTH_FIELD;
}

void
rua_gunzip_begin(struct rua_gunzip *gunzip, enum rua_wrapping wrapping,
                 const struct rua_sink *next, struct rua_budget *budget)
{
    gunzip->wrapping = wrapping;
    gunzip->next = *next;
    gunzip->budget = budget;
    gunzip->taken = 0;
    gunzip->oddities = wrapping == RUA_DEFLATE ? RUA_RAW_DEFLATE : 0;
    gunzip->any = false;
    begin_stream(gunzip);
}

static enum rua_verdict
give(struct rua_gunzip *gunzip, size_t n, struct rua_err *err)
{
    enum rua_verdict verdict;

    if (!n)
        return RUA_OK;
    gunzip->any = true;
    verdict = rua_budget_spend(gunzip->budget, n, err);
    if (verdict)
        return verdict;
    return rua_push(&gunzip->next, (struct rua_span){gunzip->out, n}, err);
}

static enum rua_verdict inflate_some(struct rua_gunzip *gunzip,
                                     struct rua_span *bytes,
                                     struct rua_err *err);

/* zlib stops behind a header whose check sum is wrong: it is given another. */
static enum rua_verdict
bear_header(struct rua_gunzip *gunzip, struct rua_err *err)
{
    struct rua_span header = RUA_SPAN("\x1f\x8b\x08\0\0\0\0\0\0\xff");

    gunzip->oddities |= RUA_CRC_MISMATCH;
    gunzip->taken -= header.len;
    begin_stream(gunzip);
    return inflate_some(gunzip, &header, err);
}

/* inflate() has found an error. */
static enum rua_verdict
bear(struct rua_gunzip *gunzip, int code, struct rua_err *err)
{
    const char *message = gunzip->z.msg ? gunzip->z.msg : "broken data";
    const size_t n = sizeof(wrong_trailers) / sizeof(*wrong_trailers);

    if (strcmp(message, "header crc mismatch") == 0)
        return bear_header(gunzip, err);
    if (code == Z_NEED_DICT)
        message = "needs a preset dictionary";
    for (size_t i = 0; i < n; i++)
        if (strcmp(message, wrong_trailers[i].message) == 0) {
            gunzip->oddities |= wrong_trailers[i].oddity;
            gunzip->place = gunzip->wrapping == RUA_GZIP
                                ? wrong_trailers[i].gzip_place
                                : BEHIND;
            return RUA_OK;
        }
    if (!gunzip->any)
        return rua_err_set(err, RUA_BAD, "%s: %s",
                           wrappings[gunzip->wrapping].name, message);
    gunzip->oddities |= RUA_TRUNCATED;
    gunzip->place = NOWHERE;
    return RUA_OK;
}

static enum rua_verdict
inflate_some(struct rua_gunzip *gunzip, struct rua_span *bytes,
             struct rua_err *err)
{
    z_stream *z = &gunzip->z;
    uInt n = bytes->len < IN_MAX ? (uInt)bytes->len : IN_MAX;
    enum rua_verdict verdict;
    int code;

    z->next_in = bytes->data;
    z->avail_in = n;
    do {
        z->next_out = gunzip->out;
        z->avail_out = OUT;
        code = inflate(z, Z_NO_FLUSH);
        verdict = give(gunzip, OUT - z->avail_out, err);
    } while (!verdict && code == Z_OK && (z->avail_in || !z->avail_out));
    n -= z->avail_in;
    bytes->data += n;
    bytes->len -= n;
    gunzip->taken += n;
    if (verdict)
        return verdict;
    if (code == Z_STREAM_END)
        gunzip->place = BEHIND;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return bear(gunzip, code, err);
    return RUA_OK;
}

static enum rua_verdict
skip_length(struct rua_gunzip *gunzip, struct rua_span *bytes,
            struct rua_err *err)
{
    (void)err;
    bytes->data++;
    bytes->len--;
    gunzip->taken++;
    if (--gunzip->left == 0)
        gunzip->place = BEHIND;
    return RUA_OK;
}

static enum rua_verdict
look_behind(struct rua_gunzip *gunzip, struct rua_span *bytes,
            struct rua_err *err)
{
    unsigned char c = *bytes->data;
    struct rua_span first = RUA_SPAN("\x1f");

    if (gunzip->half_magic && c == 0x8b) {
        begin_stream(gunzip);
        return inflate_some(gunzip, &first, err);
    }
    if (gunzip->wrapping == RUA_GZIP && c == 0x1f && !gunzip->half_magic) {
        gunzip->half_magic = true;
    } else if (gunzip->half_magic || (c && !strchr(" \t\r\n", c))) {
        gunzip->oddities |= RUA_TRAILING_JUNK;
        gunzip->place = NOWHERE;
    }
    bytes->data++;
    bytes->len--;
    return RUA_OK;
}

static enum rua_verdict
skip_all(struct rua_gunzip *gunzip, struct rua_span *bytes, struct rua_err *err)
{
    (void)gunzip;
    (void)err;
    bytes->len = 0;
    return RUA_OK;
}

enum rua_verdict
rua_gunzip_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    static enum rua_verdict (*const steps[])(
        struct rua_gunzip *, struct rua_span *, struct rua_err *) = {
        [INSIDE] = inflate_some,
        [LENGTH] = skip_length,
        [BEHIND] = look_behind,
        [NOWHERE] = skip_all,
    };
    struct rua_gunzip *gunzip = ctx;
    enum rua_verdict verdict = RUA_OK;

    while (bytes.len && !verdict)
        verdict = steps[gunzip->place](gunzip, &bytes, err);
    if (verdict)
        gunzip->place = NOWHERE;
    return verdict;
}

bool
rua_gunzip_ended(const struct rua_gunzip *gunzip)
{
    return gunzip->place == BEHIND || gunzip->place == NOWHERE;
}

uint64_t
rua_gunzip_taken(const struct rua_gunzip *gunzip)
{
    return gunzip->taken;
}

enum rua_verdict
rua_gunzip_end(struct rua_gunzip *gunzip, uint32_t *ret_oddities,
               struct rua_err *err)
{
    bool whole = rua_gunzip_ended(gunzip);

    if (!whole && !gunzip->any)
        return rua_err_set(err, RUA_BAD, "%s: broke off before any data",
                           wrappings[gunzip->wrapping].name);
    if (!whole)
        gunzip->oddities |= RUA_TRUNCATED;
    if (gunzip->place == BEHIND && gunzip->half_magic)
        gunzip->oddities |= RUA_TRAILING_JUNK;
    *ret_oddities = gunzip->oddities;
    return RUA_OK;
}

bool
rua_gzip(struct rua_span bytes, struct rua_buf *to)
{
    z_stream z = {.next_in = bytes.data, .avail_in = (uInt)bytes.len};
    unsigned char *room = NULL;
    size_t most;

    if (bytes.len > IN_MAX || deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED,
                                           wrappings[RUA_GZIP].window_bits, 8,
                                           Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    most = deflateBound(&z, (uLong)bytes.len);
    room = rua_buf_room(to, most);
    if (room) {
        z.next_out = room;
        z.avail_out = (uInt)most;
        deflate(&z, Z_FINISH);
        to->len += most - z.avail_out;
    }
    deflateEnd(&z);
    return room != NULL;
}

uint32_t
rua_crc32(uint32_t crc, struct rua_span bytes)
{
    return (uint32_t)crc32_z(crc, bytes.data, bytes.len);
}

void
rua_gunzip_version(char ret_text[RUA_VERSION_SIZE])
{
    snprintf(ret_text, RUA_VERSION_SIZE, "zlib %s", zlibVersion());
}
