#include "delivery.h"

#include <stdio.h>
#include <string.h>

enum {
    RUAS = 64
}; /* of one message that are looked at */

/* The lines of the allowlist that a message's recipients match. */
struct ruas {
    struct rua_allow_line lines[RUAS];
    const char *addresses[RUAS];
    size_t n;
};

static const char *
keep(struct delivery *delivery, const char *text)
{
    return rua_arena_text(&delivery->arena, rua_span_text(text));
}

void
delivery_begin(struct delivery *delivery,
               const struct delivery_envelope *envelope)
{
    *delivery =
        (struct delivery){.envelope.received_at = envelope->received_at};
    delivery->envelope.id = keep(delivery, envelope->id);
    delivery->envelope.rua = keep(delivery, envelope->rua);
    delivery->envelope.from = keep(delivery, envelope->from);
    delivery->envelope.queue_id = keep(delivery, envelope->queue_id);
}

static void
note(struct delivery *delivery, enum rua_verdict verdict,
     const struct rua_err *err)
{
    if (verdict <= delivery->verdict)
        return;
    delivery->verdict = verdict;
    delivery->err = *err;
}

void
delivery_fail(struct delivery *delivery, enum rua_verdict verdict,
              const struct rua_err *err)
{
    note(delivery, verdict, err);
}

static void
try_address(struct ruas *ruas, const struct rua_allow *allow,
            const char *address)
{
    if (ruas->n < RUAS &&
        rua_allow_find(allow, rua_span_text(address), &ruas->lines[ruas->n]))
        ruas->addresses[ruas->n++] = address;
}

static void
find_ruas(const struct delivery *delivery, const struct rua_allow *allow,
          const struct rua_head *head, struct ruas *ret_ruas)
{
    ret_ruas->n = 0;
    if (delivery->envelope.rua)
        try_address(ret_ruas, allow, delivery->envelope.rua);
    else
        for (size_t i = 0; i < head->n_recipients; i++)
            try_address(ret_ruas, allow, head->recipients[i]);
}

/* The first RUA that takes the policy domain; NULL when none does. */
static const char *
who_takes(const struct ruas *ruas, const char *domain)
{
    for (size_t i = 0; i < ruas->n; i++)
        if (rua_allow_takes(&ruas->lines[i], domain))
            return ruas->addresses[i];
    return NULL;
}

/* A policy domain that may name a folder of the store; NULL for none, and for
 * the names that the store needs itself. */
static const char *
folder_domain(const char *domain)
{
    bool reserved = strcmp(domain, RUA_FOLDER_INVALID) == 0 ||
                    strcmp(domain, RUA_FOLDER_QUARANTINE) == 0;

    return domain[0] && !reserved ? domain : NULL;
}

static void
take_report(struct delivery *delivery, const struct delivery_desk *desk,
            const struct rua_head *head, const struct ruas *ruas,
            const struct rua_result_report *report)
{
    const char *domain = folder_domain(report->domain);
    struct rua_receipt receipt = {
        .rua = who_takes(ruas, domain),
        .envelope_from = delivery->envelope.from,
        .message_id = head->message_id,
        .queue_id = delivery->envelope.queue_id,
        .received_at = delivery->envelope.received_at,
    };
    struct rua_err err = {0};
    enum rua_verdict v;

    if (!delivery->domain) {
        delivery->domain = domain ? domain : RUA_FOLDER_INVALID; /* arena */
        delivery->org = rua_arena_text(&delivery->arena,
                                       report->report.field[RUA_ORG_NAME]);
    }
    if (!receipt.rua) {
        v = rua_err_set(&err, RUA_REFUSED,
                        "the policy domain %s is not taken by %s",
                        domain ? domain : "(none)", ruas->addresses[0]);
    } else {
        delivery->rua = receipt.rua;
        v = rua_entry_make(desk->maker, &delivery->result, report, domain,
                           &receipt, &delivery->entries[delivery->n_entries],
                           &err);
        delivery->n_entries += v == RUA_OK;
    }
    note(delivery, v, &err);
}

/* The sentence for a message of which no address is on the allowlist. */
static enum rua_verdict
refuse(const struct delivery *delivery, const struct rua_head *head,
       struct rua_err *err)
{
    const char *address = delivery->envelope.rua;

    if (!address && head->n_recipients)
        address = head->recipients[0];
    if (!address)
        return rua_err_set(err, RUA_REFUSED,
                           "it does not say who it was sent to (see --to)");
    return rua_err_set(err, RUA_REFUSED, "%s is not on the allowlist", address);
}

void
delivery_take(struct delivery *delivery, const struct delivery_desk *desk,
              const struct rua_spool *result)
{
    struct rua_result found;
    struct rua_err err = {0};
    struct ruas ruas;
    enum rua_verdict v;

    delivery->result = *result;
    v = rua_result_read(&delivery->result, &delivery->arena, &found, &err);
    if (v != RUA_OK)
        found.n_reports = 0; /* nothing in a broken result is believed */
    if (v == RUA_OK && found.verdict != RUA_OK)
        v = rua_err_set(&err, found.verdict, "%s", found.sentence);
    note(delivery, v, &err);
    find_ruas(delivery, desk->allow, &found.head, &ruas);
    if (ruas.n == 0) {
        if (delivery->verdict != RUA_NOT_REPORT) {
            rua_err_clear(&err);
            v = refuse(delivery, &found.head, &err);
            note(delivery, v, &err);
        }
        return;
    }
    delivery->rua = ruas.addresses[0];
    delivery->entries = rua_arena_alloc(
        &delivery->arena, found.n_reports * sizeof(*delivery->entries));
    for (size_t i = 0; i < found.n_reports; i++)
        take_report(delivery, desk, &found.head, &ruas, &found.reports[i]);
}

/* The sentence of a message of which nothing bad is to be said. */
static void
praise(struct delivery *delivery)
{
    struct rua_err *err = &delivery->err;
    unsigned long long records = delivery->records;

    rua_err_clear(err);
    delivery->verdict =
        delivery->fresh || !delivery->duplicates ? RUA_OK : RUA_DUPLICATE;
    if (delivery->verdict == RUA_DUPLICATE)
        rua_err_set(err, RUA_DUPLICATE, "already stored");
    else if (delivery->fresh == 1)
        rua_err_set(err, RUA_OK, "stored %llu record%s of %s from %s", records,
                    records == 1 ? "" : "s", delivery->domain,
                    delivery->org && *delivery->org ? delivery->org
                                                    : "an unnamed reporter");
    else
        rua_err_set(err, RUA_OK, "stored %llu records of %llu reports", records,
                    (unsigned long long)delivery->fresh);
}

void
delivery_settle(struct delivery *delivery, const struct rua_err *commit_err)
{
    for (size_t i = 0; i < delivery->n_entries; i++) {
        const struct rua_entry *entry = &delivery->entries[i];
        if (entry->verdict == RUA_LATER)
            note(delivery, RUA_LATER, commit_err);
        else if (entry->verdict == RUA_DUPLICATE)
            delivery->duplicates++;
        else {
            delivery->fresh++;
            delivery->records += entry->totals.records;
        }
    }
    if (delivery->verdict <= RUA_DUPLICATE)
        praise(delivery);
}

bool
delivery_is_aside(const struct delivery *delivery)
{
    return delivery->verdict == RUA_BAD ||
           (delivery->verdict == RUA_REFUSED && delivery->rua);
}

struct log_line
delivery_line(const struct delivery *delivery)
{
    return (struct log_line){
        .id = delivery->envelope.id,
        .rua = delivery->rua ? delivery->rua : delivery->envelope.rua,
        .from = delivery->envelope.from,
        .verdict = delivery->verdict,
        .reports = delivery->n_entries,
        .records = delivery->records,
        .domain = delivery->domain,
        .org = delivery->org,
        .text = delivery->err.sentence,
    };
}

void
delivery_done(struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->n_entries; i++)
        rua_entry_done(&delivery->entries[i]);
    rua_spool_done(&delivery->result);
    rua_arena_done(&delivery->arena);
    *delivery = (struct delivery){0};
}
