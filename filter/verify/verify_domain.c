#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "verify.h"

/* FNV-1a, 64 bits */
uint64_t
verify_hash(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
    return hash;
}

static void
key_bytes(const char *hex, unsigned char ret_key[VERIFY_KEY])
{
    for (size_t i = 0; i < VERIFY_KEY; i++) {
        char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        ret_key[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
}

static int
compare_keys(const void *a, const void *b)
{
    const struct verify_report *one = a, *other = b;

    return memcmp(one->key, other->key, VERIFY_KEY);
}

struct verify_report *
verify_find(const struct verify_domain *domain, const char *key)
{
    struct verify_report wanted;

    if (!domain->n || strlen(key) != 2 * VERIFY_KEY)
        return NULL;
    key_bytes(key, wanted.key);
    return bsearch(&wanted, domain->reports, domain->n, sizeof(wanted),
                   compare_keys);
}

/* ---- the reports tables ---- */

struct reading {
    struct verify_domain *domain;
    unsigned table;
};

static void
say_wrong(void *ctx, uint64_t line, const char *sentence)
{
    const struct reading *reading = ctx;
    struct verify_domain *domain = reading->domain;

    findings_add(&domain->verify->findings,
                 domain->view.tables[reading->table].path, line, "%s",
                 sentence);
}

static enum rua_verdict
add_report(void *ctx, const struct ledger_row *row, struct rua_err *err)
{
    const struct reading *reading = ctx;
    struct verify_domain *domain = reading->domain;
    struct verify_report *report;

    (void)err;
    if (domain->n == domain->room) {
        domain->room = domain->room ? domain->room * 2 : 256;
        domain->reports = rua_realloc(domain->reports,
                                      domain->room * sizeof(*domain->reports));
    }
    report = &domain->reports[domain->n++];
    *report = (struct verify_report){.path = verify_hash(row->receipt.archive),
                                     .records = row->records,
                                     .messages = row->messages,
                                     .line = row->line,
                                     .table = reading->table};
    key_bytes(row->key, report->key);
    return RUA_OK;
}

static int
compare_places(const void *a, const void *b)
{
    const struct verify_report *one = a, *other = b;
    int order = compare_keys(a, b);

    if (order == 0)
        order = (one->table > other->table) - (one->table < other->table);
    return order ? order
                 : (one->line > other->line) - (one->line < other->line);
}

/* Sorts them; of several with one key, the first is kept. */
static void
sort_reports(struct verify_domain *domain)
{
    size_t kept = 0;

    if (domain->n)
        qsort(domain->reports, domain->n, sizeof(*domain->reports),
              compare_places);
    for (size_t i = 0; i < domain->n; i++) {
        struct verify_report *report = &domain->reports[i];
        const struct verify_report *before = &domain->reports[kept - 1];
        if (kept == 0 || compare_keys(before, report) != 0) {
            domain->reports[kept++] = *report;
            continue;
        }
        findings_add(&domain->verify->findings,
                     domain->view.tables[report->table].path, report->line,
                     "its report stands in %s:%" PRIu64 " already",
                     domain->view.tables[before->table].path, before->line);
    }
    domain->n = kept;
}

static enum rua_verdict
read_reports(struct verify_domain *domain, struct rua_err *err)
{
    struct reading reading = {.domain = domain};
    const struct ledger_reader reader = {
        .guard = domain->verify->conf->formula_guard,
        .row = add_report,
        .wrong = say_wrong,
        .ctx = &reading};
    enum rua_verdict v = RUA_OK;

    for (; v == RUA_OK && reading.table < domain->view.n; reading.table++)
        if (domain->view.tables[reading.table].kind == VIEW_REPORTS)
            v = ledger_read(&domain->verify->view,
                            &domain->view.tables[reading.table], &reader, err);
    sort_reports(domain);
    domain->verify->reports += domain->n;
    return v;
}

/* ---- the sums ---- */

/* A report none of whose rows was seen may have them in a table without keys.
 */
static void
check_sums(struct verify_domain *domain)
{
    struct findings *findings = &domain->verify->findings;
    uint64_t keyless = 0;

    for (size_t i = 0; i < domain->n; i++) {
        struct verify_report *report = &domain->reports[i];
        const char *path = domain->view.tables[report->table].path;
        if (!report->seen && domain->keyless) {
            keyless += report->records;
            continue;
        }
        if (report->seen != report->records)
            findings_add(findings, path, report->line,
                         "says %" PRIu64 " records, and %" PRIu64
                         " are in the tables",
                         report->records, report->seen);
        else if (report->sum != report->messages)
            findings_add(findings, path, report->line,
                         "says %" PRIu64 " messages, and its records say "
                         "%" PRIu64,
                         report->messages, report->sum);
        else
            continue;
        report->spoilt = true;
    }
    if (keyless != domain->keyless)
        findings_add(findings, domain->view.name, 0,
                     "the reports tables say %" PRIu64 " records, and %" PRIu64
                     " are in tables without report_key",
                     keyless, domain->keyless);
}

void
verify_foreign(const struct view_domain *domain)
{
    for (size_t i = 0; i < domain->foreign.n; i++)
        findings_note(domain->foreign.names[i],
                      "is nothing of ours, and left alone");
}

enum rua_verdict
verify_look(struct verify *verify, const char *name,
            struct view_domain *ret_domain, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v = view_look(&verify->view, name, ret_domain, &why);

    if (v == RUA_OK) {
        verify->tables += ret_domain->n;
        return v;
    }
    if (v != RUA_BAD)
        return rua_err_set(err, v, "%s", why.sentence);
    findings_add(&verify->findings, name, 0, "%s", why.sentence);
    return RUA_NOT_REPORT;
}

enum rua_verdict
verify_domain(struct verify *verify, const char *name, struct rua_err *err)
{
    struct verify_domain domain = {.verify = verify};
    enum rua_verdict v = verify_look(verify, name, &domain.view, err);

    domain.sheets = rua_alloc((domain.view.n + 1) * sizeof(*domain.sheets));
    memset(domain.sheets, 0, (domain.view.n + 1) * sizeof(*domain.sheets));
    if (v == RUA_OK)
        v = read_reports(&domain, err);
    if (v == RUA_OK)
        v = verify_records(&domain, err);
    if (v == RUA_OK) {
        check_sums(&domain);
        v = verify_archive(&domain, err);
    }
    if (v == RUA_OK)
        verify_foreign(&domain.view);
    free(domain.reports);
    free(domain.sheets);
    view_domain_done(&domain.view);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}
