#include "delivery.h"

#include <stdio.h>
#include <string.h>

#include "newcomers.h"

/* The lines of the allowlist that a message's recipients match. */
struct ruas {
    struct rua_allow_line *lines; /* in the delivery's arena, */
    const char **addresses;       /* and the same n of them */
    size_t n;
};

static const char *
keep(struct delivery *delivery, const char *text)
{
    return rua_arena_text(&delivery->arena, rua_span_text(text));
}

static const char *const *
keep_all(struct delivery *delivery, const char *const *texts, size_t n)
{
    const char **kept = rua_arena_alloc(&delivery->arena, n * sizeof(*kept));

    for (size_t i = 0; i < n; i++)
        kept[i] = keep(delivery, texts[i]);
    return kept;
}

void
delivery_begin(struct delivery *delivery,
               const struct delivery_envelope *envelope)
{
    *delivery =
        (struct delivery){.envelope.received_at = envelope->received_at};
    delivery->envelope.id = keep(delivery, envelope->id);
    delivery->envelope.ruas =
        keep_all(delivery, envelope->ruas, envelope->n_ruas);
    delivery->envelope.n_ruas = envelope->n_ruas;
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
try_address(struct delivery *delivery, struct ruas *ruas,
            const struct rua_allow *allow, const char *address)
{
    struct rua_err err = {0};
    enum rua_verdict v = rua_allow_find(allow, rua_span_text(address),
                                        &ruas->lines[ruas->n], &err);

    if (v == RUA_OK)
        ruas->addresses[ruas->n++] = address;
    else if (v == RUA_LATER)
        note(delivery, v, &err);
}

static void
find_ruas(struct delivery *delivery, const struct rua_allow *allow,
          const struct rua_head *head, struct ruas *ret_ruas)
{
    const struct delivery_envelope *envelope = &delivery->envelope;
    const char *const *addresses =
        envelope->n_ruas ? envelope->ruas : head->recipients;
    size_t n = envelope->n_ruas ? envelope->n_ruas : head->n_recipients;

    *ret_ruas = (struct ruas){
        .lines =
            rua_arena_alloc(&delivery->arena, n * sizeof(*ret_ruas->lines)),
        .addresses =
            rua_arena_alloc(&delivery->arena, n * sizeof(*ret_ruas->addresses)),
    };
    for (size_t i = 0; i < n; i++)
        try_address(delivery, ret_ruas, allow, addresses[i]);
}

/* The first RUA that takes the policy domain; ruas->n when none does. */
static size_t
who_takes(const struct ruas *ruas, const char *domain)
{
    size_t i = 0;

    while (i < ruas->n && !rua_allow_takes(&ruas->lines[i], domain))
        i++;
    return i;
}

/* Whether the administrator has named a policy domain: then nobody has made it
 * up. */
static bool
is_named(const struct ruas *ruas, const char *domain)
{
    for (size_t i = 0; i < ruas->n; i++)
        if (rua_allow_names(&ruas->lines[i], domain))
            return true;
    return false;
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

/* The policy domain may have its folder, or have it made. */
static enum rua_verdict
admit(const struct delivery *delivery, const struct delivery_desk *desk,
      const struct ruas *ruas, size_t which, const char *domain,
      struct rua_err *err)
{
    struct newcomer newcomer = {.domain = domain,
                                .rua = ruas->lines[which].pattern,
                                .now = delivery->envelope.received_at};
    bool has = false;
    enum rua_verdict v;

    if (!domain || !desk->store || !desk->max_new_domains ||
        is_named(ruas, domain))
        return RUA_OK;
    v = rua_store_has_folder(desk->store, domain, &has, err);
    if (v != RUA_OK || has)
        return v;
    newcomer.store = rua_store_path(desk->store);
    return newcomers_admit(&newcomer, desk->max_new_domains, err);
}

static void
take_report(struct delivery *delivery, const struct delivery_desk *desk,
            const struct rua_head *head, const struct ruas *ruas,
            const struct rua_result_report *report)
{
    const char *domain = folder_domain(report->domain);
    size_t which = who_takes(ruas, domain);
    struct rua_receipt receipt = {
        .envelope_from = delivery->envelope.from,
        .message_id = head->message_id,
        .queue_id = delivery->envelope.queue_id,
        .reporter_auth = delivery->auth,
        .received_at = delivery->envelope.received_at,
    };
    struct rua_err err = {0};
    enum rua_verdict v;

    if (which == ruas->n) {
        v = rua_err_set(&err, RUA_REFUSED,
                        "the policy domain %s is not taken by %s",
                        domain ? domain : "(none)", ruas->addresses[0]);
    } else {
        delivery->rua = receipt.rua = ruas->addresses[which];
        v = admit(delivery, desk, ruas, which, domain, &err);
        if (v == RUA_OK)
            v = rua_entry_make(desk->maker, &delivery->result, report, domain,
                               &receipt,
                               &delivery->entries[delivery->n_entries], &err);
        delivery->n_entries += v == RUA_OK;
    }
    note(delivery, v, &err);
}

/* Of the envelope; NULL when it names none. */
static const char *
first_rua(const struct delivery *delivery)
{
    return delivery->envelope.n_ruas ? delivery->envelope.ruas[0] : NULL;
}

/* The sentence for a message of which no address is on the allowlist. */
static enum rua_verdict
refuse(const struct delivery *delivery, const struct rua_head *head,
       struct rua_err *err)
{
    const char *address = first_rua(delivery);

    if (!address && head->n_recipients)
        address = head->recipients[0];
    if (!address)
        return rua_err_set(err, RUA_REFUSED,
                           "it does not say who it was sent to (see --to)");
    return rua_err_set(err, RUA_REFUSED, "%s is not on the allowlist", address);
}

/* What is said of a message is said of its first report. */
static void
name_reporter(struct delivery *delivery, const struct rua_result_report *report)
{
    const char *domain = folder_domain(report->domain);

    delivery->domain = domain ? domain : RUA_FOLDER_INVALID; /* arena */
    delivery->org =
        rua_arena_text(&delivery->arena, report->report.field[RUA_ORG_NAME]);
}

static const enum rua_auth_method required[] = {
    [CONF_AUTH_DKIM] = RUA_AUTH_DKIM,
    [CONF_AUTH_DMARC] = RUA_AUTH_DMARC,
};

/* Whether a mail has passed what is required; a report file need not. */
static bool
is_trusted(const struct delivery_desk *desk, const struct rua_result *result)
{
    return desk->require_auth == CONF_AUTH_OFF || !result->is_mail ||
           rua_auth_passed(result->head.auth, required[desk->require_auth]);
}

static enum rua_verdict
distrust(const struct delivery_desk *desk, struct rua_err *err)
{
    return rua_err_set(err, RUA_REFUSED,
                       "require_auth: the mail has no %s=pass by %s",
                       rua_auth_methods[required[desk->require_auth]].name,
                       desk->own_names ? desk->own_names : "us");
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
    delivery->auth = found.head.auth; /* arena */
    find_ruas(delivery, desk->allow, &found.head, &ruas);
    if (delivery->verdict == RUA_LATER)
        return;
    if (ruas.n == 0) {
        if (delivery->verdict != RUA_NOT_REPORT) {
            rua_err_clear(&err);
            v = refuse(delivery, &found.head, &err);
            note(delivery, v, &err);
        }
        return;
    }
    delivery->rua = ruas.addresses[0];
    if (found.n_reports)
        name_reporter(delivery, &found.reports[0]);
    if (found.n_reports && !is_trusted(desk, &found)) {
        rua_err_clear(&err);
        v = distrust(desk, &err);
        note(delivery, v, &err);
        return;
    }
    rua_entry_maker_begin(desk->maker);
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
        .rua = delivery->rua ? delivery->rua : first_rua(delivery),
        .from = delivery->envelope.from,
        .verdict = delivery->verdict,
        .reports = delivery->n_entries,
        .records = delivery->records,
        .domain = delivery->domain,
        .org = delivery->org,
        .auth = delivery->auth,
        .text = delivery->err.sentence,
    };
}

struct counters_message
delivery_count(const struct delivery *delivery, enum counters_front front,
               uint64_t bytes)
{
    return (struct counters_message){
        .front = front,
        .verdict = delivery->verdict,
        .bytes = bytes,
        .reports = delivery->fresh,
        .records = delivery->records,
        .duplicates = delivery->duplicates,
    };
}

void
delivery_unload(struct delivery *delivery)
{
    for (size_t i = delivery->n_entries; delivery->entries && i-- > 0;)
        rua_entry_done(&delivery->entries[i]);
    delivery->entries = NULL;
    rua_spool_done(&delivery->result);
}

void
delivery_done(struct delivery *delivery)
{
    delivery_unload(delivery);
    rua_arena_done(&delivery->arena);
    *delivery = (struct delivery){0};
}
