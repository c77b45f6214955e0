/* delivery_fixture.h - for unit tests of the module delivery: a desk, and a
 * result that is made piece by piece. */
#ifndef DELIVERY_FIXTURE_H
#define DELIVERY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delivery.h"

#define LIST                                                                   \
    "all@example.net      *\n"                                                 \
    "com@example.net      .example.com\n"                                      \
    "org@example.net      example.org\n"

/* The desk, and what a test's delivery is made of. */
struct fixture {
    struct rua_allow *allow;
    struct rua_scratch scratch;
    struct delivery_desk desk;
    struct rua_spool result;
    struct rua_result_writer writer;
    struct delivery delivery;
};

static inline int
set_up(void **state)
{
    const struct rua_entry_style style = {
        .columns = "full", .style = {RUA_CSV, true}
    };
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const struct rua_sink out = {rua_spool_write, &fixture->result};

    fixture->scratch.fd = -1;
    rua_spool_init(&fixture->result, NULL, 1 << 20, UINT64_MAX, "a result");
    rua_result_begin(&fixture->writer, &out);
    *state = fixture;
    if (rua_allow_parse(RUA_SPAN(LIST), "allow", &fixture->allow, NULL) ||
        rua_entry_maker_new(&style, &fixture->scratch, &fixture->desk.maker,
                            NULL))
        return -1;
    fixture->desk.allow = fixture->allow;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    delivery_done(&fixture->delivery);
    rua_result_done(&fixture->writer);
    rua_entry_maker_free(fixture->desk.maker);
    rua_allow_free(fixture->allow);
    free(fixture);
    return 0;
}

static inline void
add_head(struct fixture *fixture, const char *const *recipients, size_t n)
{
    const struct rua_head head = {.message_id = "1@example.net",
                                  .recipients = recipients,
                                  .n_recipients = n};

    assert_int_equal(rua_result_head(&fixture->writer, &head, NULL), RUA_OK);
}

/* A report of two records; `id` makes it another one. */
static inline void
add_report(struct fixture *fixture, const char *domain, const char *id)
{
    struct rua_record record = {.oddities = 0};
    struct rua_report report = {.records = 2};
    struct rua_spool part;

    record.field[RUA_SOURCE_IP] = RUA_SPAN("192.0.2.1");
    report.field[RUA_ORG_NAME] = RUA_SPAN("example.net");
    report.field[RUA_REPORT_ID] = rua_span_text(id);
    report.field[RUA_DOMAIN] = rua_span_text(domain);
    rua_spool_init(&part, NULL, 100, 100, "part");
    rua_spool_write(&part, RUA_SPAN("<feedback/>"), NULL);
    rua_result_document(&fixture->writer, NULL);
    rua_result_record(&fixture->writer, &record, NULL);
    rua_result_record(&fixture->writer, &record, NULL);
    rua_result_report(&fixture->writer, &report, NULL);
    rua_result_part(&fixture->writer, &part, RUA_CONTAINER_XML, NULL);
    rua_spool_done(&part);
}

/* Ends the result and has it taken, for `rua` or the head's recipients. */
static inline void
take(struct fixture *fixture, const char *rua, enum rua_verdict verdict,
     const char *sentence)
{
    const struct delivery_envelope envelope = {.id = "7",
                                               .ruas = &rua,
                                               .n_ruas = rua != NULL,
                                               .from = "a@example.net",
                                               .received_at = 1};

    rua_result_end(&fixture->writer, verdict, sentence, NULL);
    delivery_begin(&fixture->delivery, &envelope);
    delivery_take(&fixture->delivery, &fixture->desk, &fixture->result);
}

/* What the store says of the entries; then it is settled like this. */
static inline void
settles(struct fixture *fixture, const enum rua_verdict *stored, size_t n,
        enum rua_verdict verdict, const char *sentence)
{
    struct delivery *delivery = &fixture->delivery;
    struct rua_err err = {RUA_LATER, "no room"};

    assert_int_equal(delivery->n_entries, n);
    for (size_t i = 0; i < n; i++)
        delivery->entries[i].verdict = stored[i];
    delivery_settle(delivery, &err);
    assert_string_equal(delivery->err.sentence, sentence);
    assert_int_equal(delivery->verdict, verdict);
}

static const enum rua_verdict all_stored[] = {RUA_OK, RUA_OK, RUA_OK};

#endif
