/* fuzz_result.c - what a worker that was taken over may send: it does no harm,
 * and its end is where the front end thought it was. */
#include "fuzz.h"
#include "result.h"

static void
watch(struct rua_span bytes, unsigned pieces, bool is_whole)
{
    struct rua_result_watch watch = {.ended = false};

    while (bytes.len && !watch.ended) {
        size_t n = pieces % 7 + 1, got;

        n = n < bytes.len ? n : bytes.len;
        got = rua_result_watch(&watch, (struct rua_span){bytes.data, n});
        fuzz_must(got == n || watch.ended, "it takes all up to the end");
        bytes.data += n;
        bytes.len -= n;
        pieces = pieces * 5 + 3;
        if (got < n)
            break;
    }
    if (is_whole)
        fuzz_must(watch.ended && !bytes.len, "a whole result has ended");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    struct rua_err err = {0}, again = {0};
    struct rua_spool result;
    enum rua_verdict v;

    fuzz_in_memory(&result, input);
    v = fuzz_read_result(&result, steer, &err);
    rua_spool_done(&result);
    watch(input, steer, v == RUA_OK);

    fuzz_in_file(&result, input);
    fuzz_must(fuzz_read_result(&result, steer, &again) == v,
              "a file gives the same as memory");
    rua_spool_done(&result);
    return 0;
}
