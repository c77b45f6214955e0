/* fuzz_ingest.c - the whole: any bytes become a result that can be read, which
 * depends on nothing but these bytes, and its reports become rows. */
#include "fuzz.h"
#include "ingest.h"
#include "result.h"

enum {
    STEER_MAIL = 0x10,    /* it is a mail, whatever it looks like */
    STEER_DEFLATE = 0x20, /* by its name it may be raw deflate */
};

static const struct rua_reading reading = {.limits = &fuzz_tight,
                                           .own_names = "mx.example.net"};

static void
ingest(struct rua_ingest *ingest, const struct rua_spool *message,
       unsigned steer, struct rua_buf *ret_result)
{
    const enum rua_input input =
        steer & STEER_MAIL ? RUA_INPUT_MESSAGE : RUA_INPUT_ANY;
    const char *const name = steer & STEER_DEFLATE ? "a.xml.gz" : NULL;
    const struct rua_sink out = {fuzz_gather, ret_result};
    struct rua_err err = {0};

    rua_buf_init(ret_result, 64 * RUA_MIB);
    fuzz_must(rua_ingest_read(ingest, message, input, name, &out, &err) ==
                  RUA_OK,
              "there is a result, whatever it says");
}

static void
look_at_result(struct rua_span bytes, unsigned steer)
{
    struct rua_arena arena = {0};
    struct rua_result result;
    struct rua_err err = {0};
    struct rua_spool spool;

    fuzz_in_memory(&spool, bytes);
    fuzz_must(rua_result_read(&spool, &arena, &result, &err) == RUA_OK,
              "the front end can read the result");
    fuzz_must(result.verdict != RUA_LATER, "nothing of ours fails");
    fuzz_must(result.n_reports <= fuzz_tight.max_reports,
              "reports are bounded");
    fuzz_must(result.verdict == RUA_OK || result.sentence[0],
              "what is not well has a sentence");
    fuzz_must(result.verdict != RUA_OK || result.n_reports,
              "all is well only with a report");
    fuzz_read_result(&spool, steer, &err);
    rua_spool_done(&spool);
    rua_arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const clock_t began = clock();
    static struct rua_ingest *old;
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    struct rua_buf result, again;
    struct rua_spool message;
    struct rua_ingest *fresh;

    if (!old) {
        rua_mime_setup();
        old = rua_ingest_new(&reading, fuzz_scratch());
    }
    fuzz_in_memory(&message, input);
    ingest(old, &message, steer, &result);
    rua_spool_done(&message);
    look_at_result(rua_buf_span(&result), steer);

    fresh = rua_ingest_new(&reading, fuzz_scratch());
    fuzz_in_file(&message, input);
    ingest(fresh, &message, steer, &again);
    fuzz_must(fuzz_same(rua_buf_span(&result), rua_buf_span(&again)),
              "what came before makes no difference");
    rua_spool_done(&message);
    rua_ingest_free(fresh);
    rua_buf_done(&result);
    rua_buf_done(&again);
    fuzz_must_be_quick(began);
    return 0;
}
