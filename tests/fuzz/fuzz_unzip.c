/* fuzz_unzip.c - a zip archive: its files are within the ceilings, and the same
 * wherever it is. */
#include "fuzz.h"
#include "unzip.h"
#include "zipdir.h"

#include <string.h>

struct visit {
    struct rua_buf seen;
    unsigned steer;
    unsigned n;     /* files begun */
    bool is_open;   /* one is */
    uint64_t bytes; /* of all files */
};

static enum rua_verdict
begin(void *ctx, const char *name, struct rua_err *err)
{
    struct visit *visit = ctx;

    fuzz_must(!err->sentence[0], "each file has an err of its own");
    fuzz_must(!visit->is_open, "a file ends before the next begins");
    fuzz_must(strlen(name) < RUA_ZIP_NAME_MAX, "a name is bounded");
    fuzz_must(++visit->n <= fuzz_tight.max_entries, "files are bounded");
    fuzz_note_span(&visit->seen, rua_span_text(name));
    visit->is_open = (visit->steer & 1) == 0 || visit->n % 3;
    return visit->is_open ? RUA_OK : RUA_NOT_REPORT;
}

/* Sometimes enough has been read. */
static enum rua_verdict
take(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct visit *visit = ctx;

    fuzz_must(visit->is_open, "a file is written while it is open");
    fuzz_must(bytes.len > 0, "no empty span is pushed");
    visit->bytes += bytes.len;
    fuzz_must(visit->bytes <= fuzz_tight.max_unpacked, "bytes are bounded");
    rua_buf_add_span(&visit->seen, bytes);
    if (visit->steer & 2 && bytes.data[0] == '!')
        return rua_err_set(err, RUA_BAD, "enough");
    return RUA_OK;
}

static enum rua_verdict
end(void *ctx, enum rua_verdict verdict, uint32_t oddities, struct rua_err *err)
{
    struct visit *visit = ctx;

    fuzz_must(visit->is_open, "a file ends once");
    fuzz_must_say(verdict, err);
    visit->is_open = false;
    fuzz_note(&visit->seen, (uint64_t)verdict);
    fuzz_note(&visit->seen, oddities);
    return verdict;
}

static enum rua_verdict
read_archive(struct rua_gunzip *gunzip, const struct rua_spool *archive,
             struct visit *visit, struct rua_err *err)
{
    struct rua_budget budget = {.limits = &fuzz_tight};
    const struct rua_zip_visitor visitor = {begin, take, end, visit};
    enum rua_verdict v;

    rua_buf_init(&visit->seen, 2 * fuzz_tight.max_unpacked);
    v = rua_unzip_read(gunzip, archive, &budget, &visitor, err);
    fuzz_must(!visit->is_open, "each file ends");
    fuzz_must(v == RUA_OK || v == RUA_BAD, "it unpacks or it does not");
    fuzz_must_say(v, err);
    return v;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const clock_t began = clock();
    static struct rua_gunzip *gunzip;
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    struct visit visit = {.steer = steer}, again = {.steer = steer};
    struct rua_err err = {0}, err_again = {0};
    struct rua_spool archive;
    enum rua_verdict v;

    if (!gunzip)
        gunzip = rua_gunzip_new();
    fuzz_in_memory(&archive, input);
    v = read_archive(gunzip, &archive, &visit, &err);
    rua_spool_done(&archive);
    fuzz_in_file(&archive, input);
    fuzz_must(
        read_archive(gunzip, &archive, &again, &err_again) == v &&
            fuzz_same(rua_buf_span(&visit.seen), rua_buf_span(&again.seen)) &&
            strcmp(err.sentence, err_again.sentence) == 0,
        "a file gives the same as memory");
    rua_spool_done(&archive);
    rua_buf_done(&visit.seen);
    rua_buf_done(&again.seen);
    fuzz_must_be_quick(began);
    return 0;
}
