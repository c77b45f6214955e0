/* sources.c - who sent how much, by the report (XML) on standard input.
 *
 *     cc sources.c $(pkg-config --cflags --libs librua) -o sources
 *     ./sources <report.xml */
#include <feedback.h>
#include <stdio.h>

static enum rua_verdict
print_record(void *ctx, const struct rua_record *record, struct rua_err *err)
{
    struct rua_span count = record->field[RUA_COUNT];
    struct rua_span source = record->field[RUA_SOURCE_IP];

    (void)ctx;
    (void)err;
    printf("%.*s %.*s\n", (int)count.len, (const char *)count.data,
           (int)source.len, (const char *)source.data);
    return RUA_OK;
}

static enum rua_verdict
print_report(void *ctx, const struct rua_report *report, struct rua_err *err)
{
    struct rua_span org = report->field[RUA_ORG_NAME];

    (void)ctx;
    (void)err;
    printf("reported by %.*s\n", (int)org.len, (const char *)org.data);
    return RUA_OK;
}

int
main(void)
{
    const struct rua_feedback_sink sink = {print_record, print_report, NULL};
    struct rua_feedback *feedback =
        rua_feedback_new(&rua_limits_default, &sink);
    struct rua_err err = {0};
    unsigned char bytes[65536];
    enum rua_verdict v = RUA_OK;
    size_t n;

    rua_feedback_begin_message(feedback);
    rua_feedback_begin(feedback, false);
    while (v == RUA_OK && (n = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
        v = rua_feedback_write(feedback, (struct rua_span){bytes, n}, &err);
    if (v == RUA_OK)
        v = rua_feedback_end(feedback, 0, &err);
    if (v != RUA_OK)
        fprintf(stderr, "%s\n", err.sentence);
    rua_feedback_free(feedback);
    return v != RUA_OK;
}
