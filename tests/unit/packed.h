/* packed.h - what test_gunzip, test_unzip and test_unpack feed their modules:
 * deflated data and zip archives, odd ones too. */
#ifndef PACKED_H
#define PACKED_H

#include <string.h>
#include <zlib.h>

#include "buf.h"

enum {
    PACK_GZIP = 16 + MAX_WBITS,
    PACK_ZLIB = MAX_WBITS,
    PACK_RAW = -MAX_WBITS,
    PACKED_MAX = 64 * 1024 * 1024
};

static inline struct rua_buf
packed_new(void)
{
    struct rua_buf buf;

    rua_buf_init(&buf, PACKED_MAX);
    return buf;
}

/* Appends `data`, deflated. */
static inline void
pack(struct rua_buf *out, int window_bits, struct rua_span data)
{
    z_stream z = {0};
    uLong most;

    deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
    most = deflateBound(&z, data.len);
    z.next_in = (Bytef *)(uintptr_t)data.data;
    z.avail_in = (uInt)data.len;
    z.next_out = rua_buf_room(out, most);
    z.avail_out = (uInt)most;
    deflate(&z, Z_FINISH);
    out->len += most - z.avail_out;
    deflateEnd(&z);
}

/* Lines that deflate to something, but not to nothing. */
static inline struct rua_buf
make_text(size_t len)
{
    struct rua_buf buf = packed_new();
    unsigned n = 1;

    while (buf.len < len) {
        n = n * 1103515245U + 12345U;
        rua_buf_printf(&buf, "<record>%u</record>\n", n >> 8);
    }
    buf.len = len;
    return buf;
}

/* A file of an archive to be made. What is not set is honest. */
struct zip_file {
    const char *name;
    struct rua_span data;
    unsigned method;   /* 0: stored; 8: deflated; else as if */
    bool streamed;     /* crc and sizes behind the data, 0 before it */
    bool known;        /* crc and sizes before the data all the same */
    bool encrypted;    /* says so */
    bool zip64;        /* sizes and offset in the zip64 field */
    bool hidden;       /* not in the directory */
    uint32_t lie_crc;  /* is added */
    uint32_t lie_size; /* the same, to the unpacked size in the directory */
    unsigned cut;      /* bytes of the packed data left out */

    /* filled in */
    size_t at, packed;
};

static inline void
put(struct rua_buf *out, uint64_t value, size_t n)
{
    for (; n--; value >>= 8)
        rua_buf_add_byte(out, (unsigned char)value);
}

/* The fields that both kinds of record have, from the version needed to the
 * lengths. */
static inline void
put_fields(struct rua_buf *out, const struct zip_file *file, bool known,
           size_t extra_len)
{
    uint32_t crc =
        (uint32_t)crc32_z(0, file->data.data, file->data.len) + file->lie_crc;
    uint32_t size = (uint32_t)file->data.len + file->lie_size;

    put(out, 20, 2);
    put(out, (file->encrypted ? 1U : 0U) | (file->streamed ? 8U : 0U), 2);
    put(out, file->method, 2);
    put(out, 0x00210000, 4);
    put(out, known ? crc : 0, 4);
    put(out, file->zip64 ? 0xffffffff : known ? file->packed : 0, 4);
    put(out, file->zip64 ? 0xffffffff : known ? size : 0, 4);
    put(out, strlen(file->name), 2);
    put(out, extra_len, 2);
}

static inline void
put_local(struct rua_buf *out, struct zip_file *file, size_t base)
{
    struct rua_buf packed = packed_new();

    if (file->method == 8)
        pack(&packed, PACK_RAW, file->data);
    else
        rua_buf_add_span(&packed, file->data);
    packed.len -= file->cut;
    file->packed = packed.len;
    file->at = out->len - base;
    rua_buf_add(out, "PK\3\4", 4);
    put_fields(out, file, !file->streamed || file->known, file->zip64 ? 20 : 0);
    rua_buf_add(out, file->name, strlen(file->name));
    if (file->zip64) {
        put(out, 1, 2);
        put(out, 16, 2);
        put(out, file->data.len, 8);
        put(out, file->packed, 8);
    }
    rua_buf_add_span(out, rua_buf_span(&packed));
    if (file->streamed) {
        rua_buf_add(out, "PK\7\10", 4);
        put(out, crc32_z(0, file->data.data, file->data.len), 4);
        put(out, file->packed, 4);
        put(out, file->data.len, 4);
    }
    rua_buf_done(&packed);
}

static inline void
put_central(struct rua_buf *out, const struct zip_file *file)
{
    rua_buf_add(out, "PK\1\2", 4);
    put(out, 20, 2);
    put_fields(out, file, true, file->zip64 ? 28 : 0);
    put(out, 0, 2 + 2 + 2 + 4);
    put(out, file->zip64 ? 0xffffffff : file->at, 4);
    rua_buf_add(out, file->name, strlen(file->name));
    if (file->zip64) {
        put(out, 1, 2);
        put(out, 24, 2);
        put(out, file->data.len, 8);
        put(out, file->packed, 8);
        put(out, file->at, 8);
    }
}

/* Appends the directory of files that were put with the same `base`. */
static inline void
put_directory(struct rua_buf *out, const struct zip_file *files, size_t n,
              size_t base)
{
    size_t at = out->len, listed = 0, len;

    for (size_t i = 0; i < n; i++)
        if (!files[i].hidden) {
            put_central(out, &files[i]);
            listed++;
        }
    len = out->len - at;
    rua_buf_add(out, "PK\5\6", 4);
    put(out, 0, 4);
    put(out, listed, 2);
    put(out, listed, 2);
    put(out, len, 4);
    put(out, at - base, 4);
    put(out, 0, 2);
}

/* Appends a whole archive. */
static inline void
put_zip(struct rua_buf *out, struct zip_file *files, size_t n)
{
    size_t base = out->len;

    for (size_t i = 0; i < n; i++)
        put_local(out, &files[i], base);
    put_directory(out, files, n, base);
}

#endif
