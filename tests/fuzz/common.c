/* What the targets share, see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    MARGIN = 3 /* bytes before and behind a spool in a file */
};

#define TIGHT                                                                  \
    .max_message = 256 * RUA_KIB, .max_header = 16 * RUA_KIB, .max_parts = 20, \
    .max_mime_depth = 8, .max_wrappings = 3, .max_entries = 8,                 \
    .max_reports = 6, .max_document = 256 * RUA_KIB,                           \
    .max_unpacked = 512 * RUA_KIB, .max_records = 100, .max_value = 100,       \
    .max_text = 4 * RUA_KIB, .max_results = 4, .max_warnings = 200,            \
    .max_rows = 1 * RUA_MIB, .max_attributes = 20

const struct rua_limits fuzz_tight = {TIGHT,
                                      .max_idle = 8 * RUA_KIB,
                                      .max_tag = 1 * RUA_KIB,
                                      .max_xml_depth = 10,
                                      .max_elements = 2000,
                                      .max_names = 4 * RUA_KIB};

const struct rua_limits fuzz_loose = {TIGHT,
                                      .max_idle = RUA_GIB,
                                      .max_tag = RUA_GIB,
                                      .max_xml_depth = 32,
                                      .max_elements = 1000000,
                                      .max_names = 1 * RUA_MIB};

void
fuzz_must(bool is_so, const char *belief)
{
    if (is_so)
        return;
    fprintf(stderr, "not so: %s\n", belief);
    abort();
}

void
fuzz_must_be_quick(clock_t began)
{
    fuzz_must(clock() - began < 3 * CLOCKS_PER_SEC,
              "a small input takes little time");
}

unsigned
fuzz_take(struct rua_span *input)
{
    if (!input->data || !input->len) {
        *input = RUA_SPAN("");
        return 0;
    }
    return input->data[--input->len];
}

bool
fuzz_same(struct rua_span a, struct rua_span b)
{
    return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

enum rua_verdict
fuzz_gather(void *buf, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    fuzz_must(bytes.len > 0, "no empty span is pushed");
    fuzz_must(rua_buf_add_span(buf, bytes), "the output is bounded");
    return RUA_OK;
}

void
fuzz_note(struct rua_buf *buf, uint64_t number)
{
    fuzz_must(rua_buf_add(buf, &number, sizeof(number)), "there is room");
}

void
fuzz_note_span(struct rua_buf *buf, struct rua_span span)
{
    fuzz_note(buf, span.data ? span.len : UINT64_MAX);
    fuzz_must(!span.data || rua_buf_add_span(buf, span), "there is room");
}

enum rua_verdict
fuzz_push(const struct rua_sink *sink, struct rua_span bytes, unsigned pieces,
          struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    if (!pieces)
        return rua_push(sink, bytes, err);
    while (v == RUA_OK && bytes.len) {
        size_t n = pieces % 7 + 1;

        n = n < bytes.len ? n : bytes.len;
        v = sink->write(sink->ctx, (struct rua_span){bytes.data, n}, err);
        bytes.data += n;
        bytes.len -= n;
        pieces = pieces * 1103515245U + 12345U;
        pieces ^= pieces >> 16;
    }
    return v;
}

void
fuzz_in_memory(struct rua_spool *ret_spool, struct rua_span bytes)
{
    rua_spool_init(ret_spool, NULL, bytes.len + 1, UINT64_MAX, "none");
    fuzz_must(rua_spool_write(ret_spool, bytes, NULL) == RUA_OK,
              "a spool in memory can be written");
}

static void
write_at(int fd, struct rua_span bytes, size_t margin)
{
    static const char around[MARGIN] = "<<<";
    const off_t at = (off_t)margin, end = at + (off_t)bytes.len;

    fuzz_must(fd >= 0 && ftruncate(fd, 0) == 0 &&
                  pwrite(fd, around, margin, 0) == at &&
                  pwrite(fd, bytes.data, bytes.len, at) == (ssize_t)bytes.len &&
                  pwrite(fd, around, margin, end) == at,
              "a file in memory can be written");
}

void
fuzz_in_file(struct rua_spool *ret_spool, struct rua_span bytes)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("message", MFD_CLOEXEC);
    write_at(fd, bytes, MARGIN);
    rua_spool_open(ret_spool, fd, MARGIN, bytes.len);
}

int
fuzz_file(struct rua_span bytes)
{
    int fd = memfd_create("file", MFD_CLOEXEC);

    write_at(fd, bytes, 0);
    return fd;
}

struct rua_scratch *
fuzz_scratch(void)
{
    static struct rua_scratch scratch = {.fd = -1};

    if (scratch.fd < 0)
        scratch.fd = memfd_create("scratch", MFD_CLOEXEC);
    return &scratch;
}

void
fuzz_must_say(enum rua_verdict verdict, const struct rua_err *err)
{
    if (verdict == RUA_BAD || verdict == RUA_LATER)
        fuzz_must(err->sentence[0] != '\0', "a failure has a sentence");
}

/* The bytes of the character at `text`, or 0. */
static size_t
character(struct rua_span text)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
    const unsigned char lead = text.data[0];
    const size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? lead : lead & (0x7fU >> n);

    if ((lead >= 0x80 && lead < 0xc0) || lead > 0xf4 || n > text.len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text.data[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    return n;
}

bool
fuzz_is_utf8(struct rua_span text)
{
    while (text.len) {
        size_t n = character(text);

        if (!n)
            return false;
        text.data += n;
        text.len -= n;
    }
    return true;
}
