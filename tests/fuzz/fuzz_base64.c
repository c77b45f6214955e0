/* fuzz_base64.c - base64: any pieces give the same bytes, and what was encoded
 * comes back. */
#include "base64.h"
#include "fuzz.h"

static void
decode(struct rua_span text, unsigned pieces, struct rua_buf *ret_bytes,
       unsigned *ret_junk)
{
    struct rua_base64 base64 = {
        .next = {fuzz_gather, ret_bytes}
    };
    const struct rua_sink sink = {rua_base64_write, &base64};

    rua_buf_init(ret_bytes, text.len / 4 * 3 + 3);
    fuzz_must(fuzz_push(&sink, text, pieces, NULL) == RUA_OK &&
                  rua_base64_end(&base64, NULL) == RUA_OK,
              "base64 does not fail");
    *ret_junk = base64.junk;
}

static void
encode(struct rua_span bytes, struct rua_buf *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 6; count -= 6)
            rua_buf_add_byte(
                text, (unsigned char)alphabet[bits >> (count - 6) & 0x3f]);
        if (i % 57 == 56)
            rua_buf_add_byte(text, '\n');
    }
    if (count)
        rua_buf_add_byte(text,
                         (unsigned char)alphabet[bits << (6 - count) & 0x3f]);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    const unsigned pieces = fuzz_take(&input) + 1;
    struct rua_buf whole, parts, text;
    unsigned junk, junk_of_parts;

    decode(input, 0, &whole, &junk);
    decode(input, pieces, &parts, &junk_of_parts);
    fuzz_must(fuzz_same(rua_buf_span(&whole), rua_buf_span(&parts)) &&
                  junk == junk_of_parts,
              "any pieces give the same");
    rua_buf_done(&whole);
    rua_buf_done(&parts);

    rua_buf_init(&text, 2 * size + 8);
    encode(input, &text);
    decode(rua_buf_span(&text), pieces, &whole, &junk);
    fuzz_must(fuzz_same(rua_buf_span(&whole), input) && junk == 0,
              "what was encoded comes back");
    rua_buf_done(&whole);
    rua_buf_done(&text);
    return 0;
}
