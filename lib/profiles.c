/* The profiles `parsedmarc` and `worker`: other people's columns, with their
 * names and their spelling of values, for those who have imports for them. */
#include "columns.h"

#include <string.h>

/* parsedmarc: words in lower case, booleans True and False. */

static void
put_false(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)row;
    (void)which;
    rua_cell_typed(cell, "False");
}

static void
put_nothing(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    (void)row;
    (void)which;
    (void)cell;
}

static void
put_schema(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    struct rua_span version = row->report->field[RUA_VERSION];

    (void)which;
    rua_cell_text(cell, version.len ? version : RUA_SPAN("draft"));
}

static void
put_report_word(const struct rua_row *row, unsigned which,
                struct rua_cell *cell)
{
    rua_cell_lower(cell, row->report->field[which]);
}

static void
put_record_word(const struct rua_row *row, unsigned which,
                struct rua_cell *cell)
{
    rua_cell_lower(cell, row->record->field[which]);
}

enum {
    DKIM,
    SPF,
    DMARC
};

static void
put_passed(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_record_facts *f = &row->record_facts;
    const enum rua_outcome outcome[] = {f->dkim, f->spf, f->dmarc};

    rua_cell_typed(cell, outcome[which] == RUA_PASS ? "True" : "False");
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
            rua_cell_piece(cell, RUA_SPAN("|"), false);
        rua_cell_piece(cell, report->errors[i], false);
    }
    rua_cell_end(cell);
}

/* What stands for a member of a list that is missing. */
static struct rua_span
missing(unsigned which)
{
    return which == RUA_LISTED(RUA_SPF, RUA_SPF_SCOPE) ? RUA_SPAN("mfrom")
                                                       : RUA_SPAN("none");
}

/* The lists of words, as against names and comments. */
static bool
are_words(unsigned which)
{
    return which == RUA_LISTED(RUA_REASONS, RUA_REASON_TYPE) ||
           which == RUA_LISTED(RUA_DKIM, RUA_DKIM_RESULT) ||
           which == RUA_LISTED(RUA_SPF, RUA_SPF_RESULT) ||
           which == RUA_LISTED(RUA_SPF, RUA_SPF_SCOPE);
}

static void
put_list(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_list *list = &row->record->list[which >> 8];
    bool comments = which == RUA_LISTED(RUA_REASONS, RUA_REASON_COMMENT);
    size_t from = cell->out->len;

    if (list->count == 0)
        return;
    rua_cell_begin(cell);
    for (size_t i = 0; i < list->count; i++) {
        struct rua_span value = list->entries[i].field[which & 0xff];
        if (i > 0)
            rua_cell_piece(cell, comments ? RUA_SPAN("|") : RUA_SPAN(","),
                           false);
        rua_cell_piece(cell, value.len ? value : missing(which), false);
    }
    rua_cell_end(cell);
    for (; are_words(which) && from < cell->out->len; from++)
        if (cell->out->data[from] >= 'A' && cell->out->data[from] <= 'Z')
            cell->out->data[from] |= 0x20;
}

/* worker: numbers for words, and nothing for a word that has none. */

static void
put_epoch(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    const struct rua_number *time =
        which == RUA_BEGIN ? &row->facts.begin : &row->facts.end;

    if (time->valid)
        rua_cell_number(cell, (uint64_t)time->value);
}

static void
put_code(struct rua_span token, const char *const *words, size_t n,
         struct rua_cell *cell)
{
    int code = token.len ? rua_facts_code(token, words, n) : -1;

    if (code >= 0)
        rua_cell_number(cell, (uint64_t)code);
}

static void
put_alignment(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    static const char *const words[] = {"r", "s"};

    put_code(row->report->field[which], words, 2, cell);
}

static const char *const policies[] = {"none", "quarantine", "reject"};

static void
put_policy(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    put_code(row->report->field[which], policies, 3, cell);
}

static void
put_disposition(const struct rua_row *row, unsigned which,
                struct rua_cell *cell)
{
    put_code(row->record->field[which], policies, 3, cell);
}

static void
put_result(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    static const char *const words[] = {"fail", "pass"};

    put_code(row->record->field[which], words, 2, cell);
}

static void
put_reason(const struct rua_row *row, unsigned which, struct rua_cell *cell)
{
    static const char *const words[] = {"other",        "forwarded",
                                        "sampled_out",  "trusted_forwarder",
                                        "mailing_list", "local_policy"};
    const struct rua_list *list = &row->record->list[RUA_REASONS];

    (void)which;
    if (list->count)
        put_code(list->entries[0].field[RUA_REASON_TYPE], words, 6, cell);
}

/* clang-format off */
#define REPORT(name, field) {name, true, rua_column_report_text, field}
#define RECORD(name, field) {name, false, rua_column_record_text, field}
#define WORD(name, field)   {name, true, put_report_word, field}
#define LIST(name, list, f) {name, false, put_list, RUA_LISTED(list, f)}

static const struct rua_column parsedmarc[] = {
    {"xml_schema", true, put_schema, 0},
    REPORT("org_name", RUA_ORG_NAME),
    REPORT("org_email", RUA_EMAIL),
    REPORT("org_extra_contact_info", RUA_EXTRA_CONTACT_INFO),
    REPORT("report_id", RUA_REPORT_ID),
    {"begin_date", true, rua_column_time, RUA_BEGIN},
    {"end_date", true, rua_column_time, RUA_END},
    {"normalized_timespan", true, put_false, 0},
    {"errors", true, put_errors, 0},
    REPORT("domain", RUA_DOMAIN),
    WORD("adkim", RUA_ADKIM),
    WORD("aspf", RUA_ASPF),
    WORD("p", RUA_P),
    WORD("sp", RUA_SP),
    WORD("np", RUA_NP),
    {"pct", true, rua_column_pct, 0},
    REPORT("fo", RUA_FO),
    WORD("testing", RUA_TESTING),
    WORD("discovery_method", RUA_DISCOVERY_METHOD),
    {"source_ip_address", false, rua_column_ip, 0},
    {"source_country", true, put_nothing, 0},
    {"source_reverse_dns", true, put_nothing, 0},
    {"source_base_domain", true, put_nothing, 0},
    {"source_name", true, put_nothing, 0},
    {"source_type", true, put_nothing, 0},
    {"source_asn", true, put_nothing, 0},
    {"source_as_name", true, put_nothing, 0},
    {"source_as_domain", true, put_nothing, 0},
    {"count", false, rua_column_count, 0},
    {"spf_aligned", false, put_passed, SPF},
    {"dkim_aligned", false, put_passed, DKIM},
    {"dmarc_aligned", false, put_passed, DMARC},
    {"disposition", false, put_record_word, RUA_DISPOSITION},
    LIST("policy_override_reasons", RUA_REASONS, RUA_REASON_TYPE),
    LIST("policy_override_comments", RUA_REASONS, RUA_REASON_COMMENT),
    RECORD("envelope_from", RUA_ENVELOPE_FROM),
    RECORD("header_from", RUA_HEADER_FROM),
    RECORD("envelope_to", RUA_ENVELOPE_TO),
    LIST("dkim_domains", RUA_DKIM, RUA_DKIM_DOMAIN),
    LIST("dkim_selectors", RUA_DKIM, RUA_DKIM_SELECTOR),
    LIST("dkim_results", RUA_DKIM, RUA_DKIM_RESULT),
    LIST("spf_domains", RUA_SPF, RUA_SPF_DOMAIN),
    LIST("spf_scopes", RUA_SPF, RUA_SPF_SCOPE),
    LIST("spf_results", RUA_SPF, RUA_SPF_RESULT),
};

static const struct rua_column worker[] = {
    REPORT("reportMetadataReportId", RUA_REPORT_ID),
    REPORT("reportMetadataOrgName", RUA_ORG_NAME),
    {"reportMetadataDateRangeBegin", true, put_epoch, RUA_BEGIN},
    {"reportMetadataDateRangeEnd", true, put_epoch, RUA_END},
    {"reportMetadataError", true, put_errors, 0},
    REPORT("policyPublishedDomain", RUA_DOMAIN),
    {"policyPublishedADKIM", true, put_alignment, RUA_ADKIM},
    {"policyPublishedASPF", true, put_alignment, RUA_ASPF},
    {"policyPublishedP", true, put_policy, RUA_P},
    {"policyPublishedSP", true, put_policy, RUA_SP},
    {"policyPublishedPct", true, rua_column_pct, 0},
    {"recordRowSourceIP", false, rua_column_ip, 0},
    {"recordRowCount", false, rua_column_count, 0},
    {"recordRowPolicyEvaluatedDKIM", false, put_result, RUA_EVALUATED_DKIM},
    {"recordRowPolicyEvaluatedSPF", false, put_result, RUA_EVALUATED_SPF},
    {"recordRowPolicyEvaluatedDisposition", false, put_disposition, RUA_DISPOSITION},
    {"recordRowPolicyEvaluatedReasonType", false, put_reason, 0},
    RECORD("recordIdentifiersEnvelopeTo", RUA_ENVELOPE_TO),
    RECORD("recordIdentifiersHeaderFrom", RUA_HEADER_FROM),
};
/* clang-format on */

const struct rua_profile rua_profile_parsedmarc = {
    "parsedmarc", parsedmarc, sizeof(parsedmarc) / sizeof(*parsedmarc)};
const struct rua_profile rua_profile_worker = {
    "worker", worker, sizeof(worker) / sizeof(*worker)};

const struct rua_profile *
rua_columns_profile(const char *name)
{
    static const struct rua_profile *const profiles[] = {
        &rua_profile_full, &rua_profile_parsedmarc, &rua_profile_worker,
        &rua_profile_reports};

    for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
        if (strcmp(profiles[i]->name, name) == 0)
            return profiles[i];
    return NULL;
}
