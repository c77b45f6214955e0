/* fuzz_gunzip.c - gzip, zlib and raw deflate: any pieces give the same, within
 * the ceilings, and what was packed comes back. */
#include "fuzz.h"
#include "gunzip.h"
#include "report.h"

#include <zlib.h>

struct outcome {
    struct rua_buf bytes;
    enum rua_verdict verdict;
    uint32_t oddities;
    uint64_t taken;
};

static void
inflate_all(struct rua_gunzip *gunzip, enum rua_wrapping wrapping,
            struct rua_span packed, unsigned pieces,
            struct outcome *ret_outcome)
{
    struct rua_budget budget = {.limits = &fuzz_tight};
    const struct rua_sink next = {fuzz_gather, &ret_outcome->bytes};
    const struct rua_sink sink = {rua_gunzip_write, gunzip};
    struct rua_err err = {0};

    rua_buf_init(&ret_outcome->bytes, fuzz_tight.max_document);
    ret_outcome->oddities = 0;
    rua_gunzip_begin(gunzip, wrapping, &next, &budget);
    ret_outcome->verdict = fuzz_push(&sink, packed, pieces, &err);
    if (ret_outcome->verdict == RUA_OK)
        ret_outcome->verdict =
            rua_gunzip_end(gunzip, &ret_outcome->oddities, &err);
    ret_outcome->taken = rua_gunzip_taken(gunzip);
    fuzz_must(ret_outcome->verdict == RUA_OK || ret_outcome->verdict == RUA_BAD,
              "it unpacks or it does not");
    fuzz_must(ret_outcome->taken <= packed.len, "no more is taken than given");
    fuzz_must_say(ret_outcome->verdict, &err);
}

static void
unpack(struct rua_gunzip *gunzip, enum rua_wrapping wrapping,
       struct rua_span packed, unsigned pieces)
{
    struct outcome whole, parts;

    inflate_all(gunzip, wrapping, packed, 0, &whole);
    inflate_all(gunzip, wrapping, packed, pieces, &parts);
    fuzz_must(whole.verdict == parts.verdict, "any pieces, one verdict");
    if (whole.verdict == RUA_OK)
        fuzz_must(
            fuzz_same(rua_buf_span(&whole.bytes), rua_buf_span(&parts.bytes)) &&
                whole.oddities == parts.oddities && whole.taken == parts.taken,
            "any pieces give the same");
    rua_buf_done(&whole.bytes);
    rua_buf_done(&parts.bytes);
}

static void
pack(struct rua_gunzip *gunzip, enum rua_wrapping wrapping,
     struct rua_span bytes, unsigned steer)
{
    static const int window[] = {
        [RUA_GZIP] = 15 + 16, [RUA_ZLIB] = 15, [RUA_DEFLATE] = -15};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.data,
                  .avail_in = (uInt)bytes.len};
    struct outcome outcome;
    struct rua_buf packed;

    fuzz_must(deflateInit2(&z, (int)(steer % 10), Z_DEFLATED, window[wrapping],
                           9, (int)(steer % 5)) == Z_OK,
              "zlib begins");
    rua_buf_init(&packed, SIZE_MAX / 2);
    z.avail_out = (uInt)bytes.len * 2 + 64; /* deflateBound() is too low */
    z.next_out = rua_buf_room(&packed, z.avail_out);
    fuzz_must(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib packs");
    packed.len = z.total_out;
    deflateEnd(&z);
    inflate_all(gunzip, wrapping, rua_buf_span(&packed), steer + 1, &outcome);
    fuzz_must(outcome.verdict == RUA_OK &&
                  (outcome.oddities & ~(uint32_t)RUA_RAW_DEFLATE) == 0 &&
                  outcome.taken == packed.len &&
                  fuzz_same(rua_buf_span(&outcome.bytes), bytes),
              "what was packed comes back");
    rua_buf_done(&outcome.bytes);
    rua_buf_done(&packed);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct rua_gunzip *gunzip;
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    const enum rua_wrapping wrapping = (enum rua_wrapping)(steer % 3);

    if (!gunzip)
        gunzip = rua_gunzip_new();
    unpack(gunzip, wrapping, input, steer + 1);
    if (input.len && input.len <= fuzz_tight.max_document)
        pack(gunzip, wrapping, input, steer);
    return 0;
}
