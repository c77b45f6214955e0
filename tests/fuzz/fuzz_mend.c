/* fuzz_mend.c - broken XML: any pieces give the same, it grows by little, and
 * expat has nothing to say against what comes out. */
#include "feedback.h"
#include "fuzz.h"
#include "mend.h"

#include <string.h>

struct outcome {
    struct rua_buf text;
    enum rua_verdict verdict;
    uint32_t repairs;
};

static void
mend(const struct rua_limits *limits, struct rua_span document, unsigned pieces,
     struct outcome *ret_outcome)
{
    struct rua_mend *mend = rua_mend_new(limits);
    const struct rua_sink next = {fuzz_gather, &ret_outcome->text};
    const struct rua_sink sink = {rua_mend_write, mend};
    struct rua_err err = {0};

    *ret_outcome = (struct outcome){.repairs = 0};
    rua_buf_init(&ret_outcome->text, 16 * document.len + 256);
    rua_mend_begin(mend, &next);
    ret_outcome->verdict = fuzz_push(&sink, document, pieces, &err);
    if (ret_outcome->verdict == RUA_OK)
        ret_outcome->verdict = rua_mend_end(mend, &ret_outcome->repairs, &err);
    fuzz_must(ret_outcome->verdict == RUA_OK || ret_outcome->verdict == RUA_BAD,
              "it is mended or it is not");
    fuzz_must_say(ret_outcome->verdict, &err);
    rua_mend_free(mend);
}

static enum rua_verdict
pass_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    (void)ctx, (void)record, (void)err;
    return RUA_OK;
}

static enum rua_verdict
pass_report(void *ctx, const struct rua_report *report, struct rua_err *err)
{
    (void)ctx, (void)report, (void)err;
    return RUA_OK;
}

/* Complaints of expat begin so. */
static void
must_be_well_formed(struct rua_span text)
{
    const struct rua_feedback_sink reports = {pass_record, pass_report, NULL};
    struct rua_feedback *feedback = rua_feedback_new(&fuzz_loose, &reports);
    struct rua_err err = {0};

    rua_feedback_begin(feedback, true);
    if (rua_feedback_write(feedback, text, &err) == RUA_OK)
        rua_feedback_end(feedback, 0, &err);
    fuzz_must(strncmp(err.sentence, "line ", 5) != 0,
              "what was mended is well-formed");
    rua_feedback_free(feedback);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const clock_t began = clock();
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    struct outcome whole, parts;

    mend(&fuzz_loose, input, 0, &whole);
    mend(&fuzz_loose, input, steer + 1, &parts);
    fuzz_must(whole.verdict == parts.verdict, "any pieces, one verdict");
    if (whole.verdict == RUA_OK) {
        fuzz_must(
            fuzz_same(rua_buf_span(&whole.text), rua_buf_span(&parts.text)) &&
                whole.repairs == parts.repairs,
            "any pieces give the same");
        fuzz_must(fuzz_is_utf8(rua_buf_span(&whole.text)),
                  "what was mended is UTF-8");
        must_be_well_formed(rua_buf_span(&whole.text));
    }
    rua_buf_done(&whole.text);
    rua_buf_done(&parts.text);

    mend(&fuzz_tight, input, 0, &whole);
    rua_buf_done(&whole.text);
    fuzz_must_be_quick(began);
    return 0;
}
