/* ingest_fixture.h - for unit tests: whole readings of small messages. */
#ifndef INGEST_FIXTURE_H
#define INGEST_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "ingest.h"
#include "packed.h"
#include "sample.h"

/* A document in pieces: metadata, policy and the root's start tag; a record
 * from an address; the end. */
#define FEEDBACK(id)                                                           \
    "<feedback><report_metadata><org_name>example.org</org_name>"              \
    "<report_id>" id "</report_id><date_range><begin>1700000000</begin>"       \
    "<end>1700086399</end></date_range></report_metadata>"                     \
    "<policy_published><domain>example.com</domain><p>none</p>"                \
    "</policy_published>"
#define RECORD(ip)                                                             \
    "<record><row><source_ip>" ip "</source_ip><count>1</count></row>"         \
    "<identifiers><header_from>example.com</header_from></identifiers>"        \
    "</record>"
#define END          "</feedback>"
#define DOCUMENT(id) FEEDBACK(id) RECORD("192.0.2.1") RECORD("192.0.2.2") END

/* A mail of one part, and one of several. */
#define HEADER                                                                 \
    "From: a@example.org\nTo: dmarc@example.com\nMessage-ID: "                 \
    "<1@example.org>\n"                                                        \
    "Subject: Report\nMIME-Version: 1.0\n"
#define MAIL(text) HEADER "Content-Type: text/xml\n\n" text "\n"
#define MULTI(parts)                                                           \
    HEADER "Content-Type: multipart/mixed; boundary=b\n\n" parts "--b--\n"
#define PART(type, text) "--b\nContent-Type: " type "\n\n" text "\n"

static struct rua_limits limits;
static struct rua_reading reading = {.limits = &limits};
static struct rua_scratch scratch;
static struct rua_ingest *ingest;
static struct rua_spool message, written;
static struct rua_arena arena;
static struct rua_result result;
static struct rua_err err;
static const char *file_name; /* of the message */

static inline int
begin(void **state)
{
    (void)state;
    limits = rua_limits_default;
    scratch = (struct rua_scratch){.fd = -1};
    ingest = rua_ingest_new(&reading, &scratch);
    sample_spool(&message);
    sample_spool(&written);
    rua_err_clear(&err);
    file_name = NULL;
    return 0;
}

static inline int
end(void **state)
{
    (void)state;
    rua_ingest_free(ingest);
    rua_spool_done(&message);
    rua_spool_done(&written);
    rua_arena_done(&arena);
    return 0;
}

static inline void
set_message(struct rua_span bytes)
{
    rua_spool_reset(&message);
    assert_int_equal(RUA_OK, rua_spool_write(&message, bytes, NULL));
}

/* Reads the message; its result is in `result`. */
static inline void
read_message(enum rua_input input)
{
    const struct rua_sink out = {rua_spool_write, &written};

    rua_spool_reset(&written);
    rua_arena_done(&arena);
    rua_err_clear(&err);
    assert_int_equal(RUA_OK, rua_ingest_read(ingest, &message, input, file_name,
                                             &out, &err));
    assert_int_equal(RUA_OK, rua_result_read(&written, &arena, &result, &err));
    assert_string_equal("", err.sentence);
}

static inline void
read_bytes(struct rua_span bytes)
{
    set_message(bytes);
    read_message(RUA_INPUT_ANY);
}

static inline void
read_text(const char *text)
{
    read_bytes(rua_span_text(text));
}

static inline enum rua_verdict
count_record(void *n, const struct rua_record *record, struct rua_err *e)
{
    (void)record;
    (void)e;
    ++*(size_t *)n;
    return RUA_OK;
}

/* Appends a document with so many records. */
static inline void
add_document(struct rua_buf *text, unsigned records)
{
    rua_buf_add_span(text, RUA_SPAN(FEEDBACK("many")));
    while (records--)
        rua_buf_add_span(text, RUA_SPAN(RECORD("192.0.2.1")));
    rua_buf_add_span(text, RUA_SPAN(END));
}

/* The ID, the number of records and the oddities of a report. */
static inline void
assert_report(size_t i, const char *id, size_t records, uint32_t oddities)
{
    const struct rua_result_report *report = &result.reports[i];
    size_t n = 0;

    assert_true(i < result.n_reports);
    assert_span_equal(rua_span_text(id), report->report.field[RUA_REPORT_ID]);
    assert_int_equal(
        RUA_OK, rua_result_records(&written, report, count_record, &n, NULL));
    assert_int_equal(records, n);
    assert_int_equal(records, report->report.records);
    assert_int_equal(oddities, report->report.oddities);
}

static inline void
assert_verdict(enum rua_verdict verdict, const char *sentence, size_t reports)
{
    assert_string_equal(sentence, result.sentence);
    assert_int_equal(verdict, result.verdict);
    assert_int_equal(reports, result.n_reports);
}

/* The bytes that are archived for a report. */
static inline void
assert_part(size_t i, struct rua_span want, enum rua_container container)
{
    const struct rua_result_report *report = &result.reports[i];

    assert_int_equal(container, report->container);
    assert_span_equal(want,
                      (struct rua_span){written.memory.data + report->part,
                                        report->part_len});
}

#endif
