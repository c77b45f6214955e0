#include "columns.h"

#include <string.h>

void
rua_column_report_text(const struct rua_row *row, unsigned which,
                       struct rua_cell *cell)
{
    rua_cell_text(cell, row->report->field[which]);
}

void
rua_column_record_text(const struct rua_row *row, unsigned which,
                       struct rua_cell *cell)
{
    rua_cell_text(cell, row->record->field[which]);
}

void
rua_column_time(const struct rua_row *row, unsigned which,
                struct rua_cell *cell)
{
    const struct rua_number *time =
        which == RUA_BEGIN ? &row->facts.begin : &row->facts.end;

    if (time->valid)
        rua_cell_time(cell, time->value);
}

void
rua_column_ip(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)which;
    if (row->record_facts.ip_valid)
        rua_cell_text(cell, rua_span_text(row->record_facts.ip));
    else
        rua_cell_text(cell, row->record->field[RUA_SOURCE_IP]);
}

void
rua_column_count(const struct rua_row *row, unsigned which,
                 struct rua_cell *cell)
{
    (void)which;
    if (row->record_facts.count.valid)
        rua_cell_number(cell, (uint64_t)row->record_facts.count.value);
}

void
rua_column_pct(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)which;
    if (row->facts.pct.valid)
        rua_cell_number(cell, (uint64_t)row->facts.pct.value);
}

/* One field of all entries of a list, index for index. */
static void
put_list(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_list *list = &row->record->list[which >> 8];
    unsigned field = which & 0xff;

    if (list->count == 0)
        return;
    if (list->count == 1) {
        rua_cell_text(cell, list->entries[0].field[field]);
        return;
    }
    rua_cell_begin(cell);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            rua_cell_piece(cell, RUA_SPAN(","), false);
        rua_cell_piece(cell, list->entries[i].field[field], true);
    }
    rua_cell_end(cell);
}

static void
put_errors(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_report *report = row->report;

    (void)which;
    if (report->n_errors == 0)
        return;
    rua_cell_begin(cell);
    for (size_t i = 0; i < report->n_errors; i++) {
        if (i > 0)
            rua_cell_piece(cell, RUA_SPAN(","), false);
        rua_cell_piece(cell, report->errors[i], report->n_errors > 1);
    }
    rua_cell_end(cell);
}

enum {
    DKIM,
    SPF,
    DMARC
};

static void
put_aligned(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_record_facts *f = &row->record_facts;
    enum rua_outcome outcome = which == DKIM  ? f->dkim
                               : which == SPF ? f->spf
                                              : f->dmarc;

    if (outcome != RUA_UNKNOWN)
        rua_cell_typed(cell, outcome == RUA_PASS ? "1" : "0");
}

static void
put_key(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)which;
    rua_cell_text(cell, rua_span_text(row->key));
}

static void
put_number(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)which;
    rua_cell_number(cell, row->number);
}

/* The tokens of a warnings cell, which is absent when there is none. */
struct tokens {
    struct rua_cell *cell;
    bool any;
};

static void
begin_token(struct tokens *tokens)
{
    if (tokens->any)
        rua_cell_piece(tokens->cell, RUA_SPAN(","), false);
    else
        rua_cell_begin(tokens->cell);
    tokens->any = true;
}

static void
end_tokens(struct tokens *tokens)
{
    if (tokens->any)
        rua_cell_end(tokens->cell);
}

static void
put_oddities(struct tokens *tokens, uint32_t oddities)
{
    for (unsigned bit = 0; bit < RUA_N_ODDITIES && oddities >> bit; bit++) {
        if (!(oddities >> bit & 1))
            continue;
        begin_token(tokens);
        rua_cell_piece(tokens->cell, rua_span_text(rua_oddity_name(bit)),
                       false);
    }
}

/* At most 64 bytes, cut between two characters. */
static struct rua_span
shorten(struct rua_span value)
{
    size_t n = 64;

    if (value.len <= n)
        return value;
    while (n && (value.data[n] & 0xc0) == 0x80)
        n--;
    return (struct rua_span){value.data, n};
}

/* name=value as sent, shortened; "%" and "," are written %25 and %2C. */
static void
put_token(struct tokens *tokens, const char *name, struct rua_span value)
{
    const unsigned char *percent;

    begin_token(tokens);
    rua_cell_piece(tokens->cell, rua_span_text(name), false);
    rua_cell_piece(tokens->cell, RUA_SPAN("="), false);
    value = shorten(value);
    while (value.len && (percent = memchr(value.data, '%', value.len))) {
        size_t n = (size_t)(percent - value.data);
        rua_cell_piece(tokens->cell, (struct rua_span){value.data, n}, true);
        rua_cell_piece(tokens->cell, RUA_SPAN("%25"), false);
        value.data += n + 1;
        value.len -= n + 1;
    }
    rua_cell_piece(tokens->cell, value, true);
}

static void
put_record_warnings(const struct rua_row *row, unsigned which,
                    struct rua_cell *cell)
{
    const struct rua_record_facts *f = &row->record_facts;
    const struct rua_span *field = row->record->field;
    struct tokens tokens = {.cell = cell};

    (void)which;
    put_oddities(&tokens, row->record->oddities);
    if (f->ip_odd)
        put_token(&tokens, "source_ip", field[RUA_SOURCE_IP]);
    if (f->count.odd)
        put_token(&tokens, "count", field[RUA_COUNT]);
    if (f->dkim_odd)
        put_token(&tokens, "policy_evaluated_dkim", field[RUA_EVALUATED_DKIM]);
    if (f->spf_odd)
        put_token(&tokens, "policy_evaluated_spf", field[RUA_EVALUATED_SPF]);
    end_tokens(&tokens);
}

static void
put_report_warnings(const struct rua_row *row, unsigned which,
                    struct rua_cell *cell)
{
    const struct rua_span *field = row->report->field;
    struct tokens tokens = {.cell = cell};

    (void)which;
    put_oddities(&tokens, row->report->oddities);
    if (row->facts.begin.odd)
        put_token(&tokens, "begin", field[RUA_BEGIN]);
    if (row->facts.end.odd)
        put_token(&tokens, "end", field[RUA_END]);
    if (row->facts.pct.odd)
        put_token(&tokens, "pct", field[RUA_PCT]);
    end_tokens(&tokens);
}

enum {
    RECORDS,
    MESSAGES,
    DMARC_PASS,
    DMARC_FAIL
};

static void
put_total(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_totals *t = &row->totals;
    const uint64_t total[] = {t->records, t->messages, t->dmarc_pass,
                              t->dmarc_fail};

    rua_cell_number(cell, total[which]);
}

enum {
    RUA,
    ENVELOPE_FROM,
    MESSAGE_ID,
    QUEUE_ID,
    REPORTER_AUTH,
    ARCHIVE
};

static void
put_receipt(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_receipt *r = row->receipt;
    const char *const text[] = {r->rua,      r->envelope_from, r->message_id,
                                r->queue_id, r->reporter_auth, r->archive};

    rua_cell_text(cell, rua_span_text(text[which]));
}

static void
put_received_at(const struct rua_row *row, unsigned which,
                struct rua_cell *cell)
{
    (void)which;
    rua_cell_time(cell, row->receipt->received_at);
}

/* The columns that both tables have, about the report and its policy. */
/* clang-format off */
#define REPORT(name, field)  {name, true, rua_column_report_text, field}
#define RECORD(name, field)  {name, false, rua_column_record_text, field}
#define LIST(name, list, f)  {name, false, put_list, RUA_LISTED(list, f)}
#define RECEIPT(name, which) {name, true, put_receipt, which}
#define PERIOD                                                                 \
    {"begin_date", true, rua_column_time, RUA_BEGIN},                          \
    {"end_date", true, rua_column_time, RUA_END},                              \
    REPORT("org_name", RUA_ORG_NAME),                                          \
    REPORT("org_email", RUA_EMAIL)
#define POLICY                                                                 \
    REPORT("domain", RUA_DOMAIN),                                              \
    REPORT("p", RUA_P),                                                        \
    REPORT("sp", RUA_SP),                                                      \
    REPORT("np", RUA_NP),                                                      \
    REPORT("adkim", RUA_ADKIM),                                                \
    REPORT("aspf", RUA_ASPF),                                                  \
    {"pct", true, rua_column_pct, 0},                                          \
    REPORT("fo", RUA_FO),                                                      \
    REPORT("testing", RUA_TESTING),                                            \
    REPORT("discovery_method", RUA_DISCOVERY_METHOD)

static const struct rua_column full[] = {
    PERIOD,
    REPORT("report_id", RUA_REPORT_ID),
    POLICY,
    {"source_ip_address", false, rua_column_ip, 0},
    {"count", false, rua_column_count, 0},
    RECORD("disposition", RUA_DISPOSITION),
    {"dkim_aligned", false, put_aligned, DKIM},
    {"spf_aligned", false, put_aligned, SPF},
    {"dmarc_aligned", false, put_aligned, DMARC},
    RECORD("policy_evaluated_dkim", RUA_EVALUATED_DKIM),
    RECORD("policy_evaluated_spf", RUA_EVALUATED_SPF),
    LIST("policy_override_reasons", RUA_REASONS, RUA_REASON_TYPE),
    LIST("policy_override_comments", RUA_REASONS, RUA_REASON_COMMENT),
    RECORD("header_from", RUA_HEADER_FROM),
    RECORD("envelope_from", RUA_ENVELOPE_FROM),
    RECORD("envelope_to", RUA_ENVELOPE_TO),
    LIST("dkim_domains", RUA_DKIM, RUA_DKIM_DOMAIN),
    LIST("dkim_selectors", RUA_DKIM, RUA_DKIM_SELECTOR),
    LIST("dkim_results", RUA_DKIM, RUA_DKIM_RESULT),
    LIST("dkim_human_results", RUA_DKIM, RUA_DKIM_HUMAN_RESULT),
    LIST("spf_domains", RUA_SPF, RUA_SPF_DOMAIN),
    LIST("spf_scopes", RUA_SPF, RUA_SPF_SCOPE),
    LIST("spf_results", RUA_SPF, RUA_SPF_RESULT),
    LIST("spf_human_results", RUA_SPF, RUA_SPF_HUMAN_RESULT),
    {"warnings", false, put_record_warnings, 0},
    {"report_key", true, put_key, 0},
    {"record", false, put_number, 0},
};

static const struct rua_column reports[] = {
    PERIOD,
    REPORT("org_extra_contact_info", RUA_EXTRA_CONTACT_INFO),
    REPORT("report_id", RUA_REPORT_ID),
    REPORT("version", RUA_VERSION),
    REPORT("generator", RUA_GENERATOR),
    {"errors", true, put_errors, 0},
    POLICY,
    {"records", true, put_total, RECORDS},
    {"messages", true, put_total, MESSAGES},
    {"dmarc_pass", true, put_total, DMARC_PASS},
    {"dmarc_fail", true, put_total, DMARC_FAIL},
    {"warnings", true, put_report_warnings, 0},
    RECEIPT("rua", RUA),
    RECEIPT("envelope_from", ENVELOPE_FROM),
    RECEIPT("message_id", MESSAGE_ID),
    RECEIPT("queue_id", QUEUE_ID),
    RECEIPT("reporter_auth", REPORTER_AUTH),
    {"received_at", true, put_received_at, 0},
    RECEIPT("archive", ARCHIVE),
    {"report_key", true, put_key, 0},
};
/* clang-format on */

const struct rua_profile rua_profile_full = {"full", full,
                                             sizeof(full) / sizeof(*full)};
const struct rua_profile rua_profile_reports = {
    "reports", reports, sizeof(reports) / sizeof(*reports)};
