/* sample.h - for unit tests: a report with two records, and its result. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "result.h"

struct sample {
    struct rua_report report;
    struct rua_span errors[2];
    struct rua_record records[2];
    size_t n_records;
    struct rua_entry_fields reasons[2], dkim[2], spf[1];
};

/* The raw part of a sample's result. */
#define SAMPLE_PART "<feedback>as it came</feedback>"

static inline void
sample_fill_record(struct sample *s)
{
    s->reasons[0].field[RUA_REASON_TYPE] = RUA_SPAN("forwarded");
    s->reasons[1].field[RUA_REASON_TYPE] = RUA_SPAN("other");
    s->reasons[1].field[RUA_REASON_COMMENT] = RUA_SPAN("arc=pass, as it is");
    s->dkim[0] = (struct rua_entry_fields){
        {RUA_SPAN("example.com"), RUA_SPAN("s1"), RUA_SPAN("pass")}
    };
    s->dkim[1] = (struct rua_entry_fields){
        {RUA_SPAN("example.net"), {0}, RUA_SPAN("fail"), RUA_SPAN("no key")}
    };
    s->spf[0] = (struct rua_entry_fields){
        {RUA_SPAN("bounce.example.com"), RUA_SPAN("mfrom"),
         RUA_SPAN("softfail")}
    };
    s->records[0] = (struct rua_record){
        .field = {RUA_SPAN("192.0.2.1"), RUA_SPAN("2"),       RUA_SPAN("none"),
                  RUA_SPAN("pass"), RUA_SPAN("fail"), RUA_SPAN("example.com"),
                  RUA_SPAN("bounce.example.com"), RUA_SPAN("example.org")},
        .list = {{s->reasons, 2},     {s->dkim, 2}, {s->spf, 1}                              },
    };
}

/* Fills in all fields of the report and of the first record. */
static inline void
sample_fill(struct sample *s)
{
    *s = (struct sample){.n_records = 2};
    s->errors[0] = RUA_SPAN("first error");
    s->errors[1] = RUA_SPAN("second, with a comma");
    s->report = (struct rua_report){
        .field = {RUA_SPAN("1.0"), RUA_SPAN("Google LLC"),
                  RUA_SPAN("noreply@example.org"),
                  RUA_SPAN("https://example.org/help"), RUA_SPAN("id-1"),
                  RUA_SPAN("1700000000"), RUA_SPAN("1700086399"),
                  RUA_SPAN("gen/1"), RUA_SPAN("Example.COM"), RUA_SPAN("none"),
                  RUA_SPAN("quarantine"), RUA_SPAN("reject"), RUA_SPAN("r"),
                  RUA_SPAN("s"), RUA_SPAN("100"), RUA_SPAN("1:d"),
                  RUA_SPAN("n"), RUA_SPAN("psl")},
        .errors = s->errors,
        .n_errors = 2,
        .records = 2,
    };
    sample_fill_record(s);
    s->records[1] = (struct rua_record){
        .field = {RUA_SPAN("2001:DB8:0::1"), RUA_SPAN("3"),
                  RUA_SPAN("quarantine"), RUA_SPAN("fail"), RUA_SPAN("fail"),
                  RUA_SPAN("example.com")},
    };
}

/* A spool in memory. */
static inline void
sample_spool(struct rua_spool *spool)
{
    rua_spool_init(spool, NULL, 64 << 20, 64 << 20, "a test");
}

static inline void
sample_write_report(struct rua_result_writer *writer, const struct sample *s)
{
    for (size_t i = 0; i < s->n_records; i++)
        assert_int_equal(RUA_OK,
                         rua_result_record(writer, &s->records[i], NULL));
    assert_int_equal(RUA_OK, rua_result_report(writer, &s->report, NULL));
}

static inline void
sample_write_part(struct rua_result_writer *writer, const char *text,
                  enum rua_container container)
{
    struct rua_spool part;

    sample_spool(&part);
    assert_int_equal(RUA_OK, rua_spool_write(&part, rua_span_text(text), NULL));
    assert_int_equal(RUA_OK, rua_result_part(writer, &part, container, NULL));
    rua_spool_done(&part);
}

/* A message with one document, the report of the sample. */
static inline void
sample_write_message(struct rua_result_writer *writer, const struct sample *s)
{
    static const char *const recipients[] = {"dmarc@example.com",
                                             "second@example.com"};
    const struct rua_head head = {.message_id = "id@example.org",
                                  .auth = "dmarc=pass dkim=none",
                                  .recipients = recipients,
                                  .n_recipients = 2};

    assert_int_equal(RUA_OK, rua_result_head(writer, &head, NULL));
    assert_int_equal(RUA_OK, rua_result_document(writer, NULL));
    sample_write_report(writer, s);
    sample_write_part(writer, SAMPLE_PART, RUA_CONTAINER_XML_GZ);
    assert_int_equal(RUA_OK, rua_result_end(writer, RUA_OK, "", NULL));
}

/* The same, from the first byte to the last, in a spool that is made here. */
static inline void
sample_result(const struct sample *s, struct rua_spool *ret_spool)
{
    struct rua_result_writer writer = {0};
    struct rua_sink out = {rua_spool_write, ret_spool};

    sample_spool(ret_spool);
    rua_result_begin(&writer, &out);
    sample_write_message(&writer, s);
    rua_result_done(&writer);
}

/* The key of the sample's report, by way of a result. */
static inline void
sample_key(const struct sample *s, char ret_key[RUA_DIGEST_SIZE])
{
    struct rua_spool spool;
    struct rua_arena arena = {0};
    struct rua_result result;

    sample_result(s, &spool);
    assert_int_equal(RUA_OK, rua_result_read(&spool, &arena, &result, NULL));
    assert_int_equal(1, result.n_reports);
    assert_int_equal(RUA_OK,
                     rua_result_key(&spool, &result.reports[0], ret_key, NULL));
    rua_arena_done(&arena);
    rua_spool_done(&spool);
}

static inline void
assert_span_equal(struct rua_span want, struct rua_span got)
{
    assert_true(!want.data == !got.data);
    assert_int_equal(want.len, got.len);
    if (want.len)
        assert_memory_equal(want.data, got.data, want.len);
}

/* Numbers that are the same in every run (xorshift). */
static inline uint32_t
sample_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif
