#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"
#include "file.h"
#include "ledger.h"
#include "reread.h"
#include "verify.h"

#define SCRATCH "/var/tmp"

struct checking {
    struct verify_domain *domain;
    struct reread *reread;
    unsigned table; /* of reports, whose rows are being given */
    int fd;        /* of the records table that was looked at last, unpacked, */
    unsigned open; /* and which that is */
};

static const char *
path_of(const struct verify_domain *domain, unsigned table)
{
    return domain->view.tables[table].path;
}

static struct findings *
findings(const struct verify_domain *domain)
{
    return &domain->verify->findings;
}

/* ---- rows ---- */

/* In an unlinked file, since rows are looked at wherever they are. Damage has
 * been said. */
static enum rua_verdict
unpack_table(const struct verify_domain *domain, unsigned table, int *ret_fd,
             struct rua_err *err)
{
    struct rua_scratch scratch = {.fd = -1};
    struct rua_spool spool;
    const struct rua_sink sink = {rua_spool_write, &spool};
    int folder;
    enum rua_verdict v = rua_file_open_root(SCRATCH, false, &folder, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_open_unlinked(folder, &scratch.fd, err);
    close(folder);
    if (v != RUA_OK)
        return v;
    rua_spool_init(&spool, &scratch, 0, UINT64_MAX, "");
    v = view_push_table(&domain->verify->view, &domain->view.tables[table],
                        &sink, err);
    rua_spool_done(&spool);
    *ret_fd = scratch.fd;
    return v == RUA_BAD ? RUA_OK : v;
}

static enum rua_verdict
open_table(struct checking *checking, unsigned table, struct rua_err *err)
{
    const struct verify_domain *domain = checking->domain;
    enum rua_verdict v;

    if (checking->fd >= 0 && checking->open == table)
        return RUA_OK;
    if (checking->fd >= 0)
        close(checking->fd);
    checking->fd = -1;
    v = domain->view.tables[table].packed
            ? unpack_table(domain, table, &checking->fd, err)
            : rua_file_open_to_read(domain->verify->view.root,
                                    path_of(domain, table), &checking->fd, err);
    checking->open = table;
    return v == RUA_NOT_REPORT
               ? rua_err_set(err, RUA_LATER, "%s: was taken away",
                             path_of(domain, table))
               : v;
}

/* Whether the rows of a report are those of its entry; *ret_line is of the
 * first that is not. */
static enum rua_verdict
compare_records(struct checking *checking, const struct verify_report *report,
                const struct rua_entry *entry, uint64_t *ret_line,
                struct rua_err *err)
{
    struct rua_spool rows;
    struct differ differ = {.other = &rows};
    struct rua_sink sink = {differ_push, &differ};
    enum rua_verdict v = open_table(checking, report->rows_table, err);

    *ret_line = 0;
    if (v != RUA_OK)
        return v;
    rua_spool_open(&rows, checking->fd, report->begin,
                   report->end - report->begin);
    v = rua_spool_push(&entry->records, 0, entry->records.len, &sink, err);
    if (differ.differs || differ.at != rows.len)
        *ret_line = report->first + differ.lines;
    return v;
}

/* ---- an archived report ---- */

/* How its rows were written: by their table's header, and with the formula
 * guard or without. */
static struct rua_entry_maker *
maker_of(const struct checking *checking, const struct verify_report *report,
         bool guard)
{
    const struct verify_domain *domain = checking->domain;
    struct verify *verify = domain->verify;
    const struct verify_sheet *sheet = &domain->sheets[report->rows_table];
    struct rua_style style = {domain->view.tables[report->table].format, guard};

    return makers_get(&verify->makers,
                      report->seen && sheet->columns ? sheet->columns
                                                     : verify->conf->columns,
                      style, NULL);
}

/* *ret_wrong_row and *ret_wrong_record when they are not those that the report
 * gives: the line of a record. */
static enum rua_verdict
hold_against(struct checking *checking, const struct verify_report *report,
             const struct reread_done *done, bool guard, bool *ret_wrong_row,
             uint64_t *ret_wrong_record, struct rua_err *err)
{
    struct rua_entry_maker *maker = maker_of(checking, report, guard);
    struct rua_span row = done->job.bytes;
    struct rua_entry entry;
    enum rua_verdict v;

    v = rua_entry_make(maker, &done->result, done->report, done->folder,
                       &done->job.receipt, &entry, err);
    if (v != RUA_OK)
        return v;
    *ret_wrong_row = row.len != entry.report.len ||
                     memcmp(row.data, entry.report.data, row.len) != 0;
    *ret_wrong_record = 0;
    if (report->seen && !report->spoilt)
        v = compare_records(checking, report, &entry, ret_wrong_record, err);
    rua_entry_done(&entry);
    return v;
}

static enum rua_verdict
check_rows(struct checking *checking, const struct verify_report *report,
           const struct reread_done *done, struct rua_err *err)
{
    const struct verify_domain *domain = checking->domain;
    bool guard = domain->verify->conf->formula_guard, row, other_row;
    uint64_t record, other_record;
    enum rua_verdict v =
        hold_against(checking, report, done, guard, &row, &record, err);

    if (v == RUA_OK && (row || record)) {
        v = hold_against(checking, report, done, !guard, &other_row,
                         &other_record, err);
        row = row && other_row;
        record = other_record ? record : 0;
    }
    if (v != RUA_OK)
        return v;
    if (row)
        findings_add(findings(domain), path_of(domain, report->table),
                     report->line, "is not what the archived report gives");
    if (record)
        findings_add(findings(domain), path_of(domain, report->rows_table),
                     record, "is not what the archived report gives");
    return v;
}

/* reread_watch.take */
static enum rua_verdict
check_report(void *ctx, struct reread_done *done, struct rua_err *err)
{
    struct checking *checking = ctx;
    const struct verify_domain *domain = checking->domain;
    const struct verify_report *report = verify_find(domain, done->job.key);
    struct rua_err why = {0};
    enum rua_verdict v = done->verdict;

    if (v == RUA_OK)
        v = check_rows(checking, report, done, &why);
    else
        why = done->err;
    if (v != RUA_OK)
        findings_add(findings(domain), done->job.path, 0, "%s (%s:%" PRIu64 ")",
                     why.sentence, path_of(domain, report->table),
                     report->line);
    reread_settle(checking->reread);
    (void)err;
    return RUA_OK;
}

/* Gives the archive file of a row; the second of two with one key is left out.
 */
static enum rua_verdict
give_row(void *ctx, const struct ledger_row *row, struct rua_err *err)
{
    struct checking *checking = ctx;
    const struct verify_domain *domain = checking->domain;
    const struct verify_report *report = verify_find(domain, row->key);
    struct reread_job job = {.domain = domain->view.name,
                             .bytes = row->bytes,
                             .receipt = row->receipt};
    struct rua_err why = {0};
    char path[1024];
    enum rua_verdict v;

    if (!report || report->table != checking->table ||
        report->line != row->line)
        return RUA_OK;
    snprintf(path, sizeof(path), "%s/%s", domain->view.name,
             row->receipt.archive);
    job.path = path;
    memcpy(job.key, row->key, sizeof(job.key));
    v = reread_give(checking->reread, &job, &why);
    if (v == RUA_OK ||
        (v == RUA_NOT_REPORT &&
         view_is_pruned(&domain->verify->view, &domain->view, path, row->key)))
        return RUA_OK;
    if (v == RUA_NOT_REPORT)
        rua_err_set(&why, v, "is missing");
    (void)err;
    findings_add(findings(domain), path_of(domain, report->table), report->line,
                 "its archive file %s: %s", row->receipt.archive, why.sentence);
    return RUA_OK;
}

static void
say_nothing(void *ctx, uint64_t line, const char *sentence)
{
    (void)ctx;
    (void)line;
    (void)sentence;
}

static enum rua_verdict
give_all(struct checking *checking, struct rua_err *err)
{
    const struct verify_domain *domain = checking->domain;
    const struct ledger_reader reader = {
        .guard = domain->verify->conf->formula_guard,
        .row = give_row,
        .wrong = say_nothing,
        .ctx = checking};
    enum rua_verdict v = RUA_OK;

    for (; v == RUA_OK && checking->table < domain->view.n; checking->table++)
        if (domain->view.tables[checking->table].kind == VIEW_REPORTS)
            v = ledger_read(&domain->verify->view,
                            &domain->view.tables[checking->table], &reader,
                            err);
    return v == RUA_OK ? reread_finish(checking->reread, err) : v;
}

/* ---- the archive's files ---- */

static void
check_files(const struct verify_domain *domain)
{
    size_t folder = strlen(domain->view.name) + 1;

    for (size_t i = 0; i < domain->view.archive.n; i++) {
        const char *path = domain->view.archive.names[i];
        const struct verify_report *report;
        char key[VIEW_KEY] = "";
        view_key(path, key);
        report = verify_find(domain, key);
        if (!report)
            findings_add(findings(domain), path, 0,
                         "no reports table has this report");
        else if (report->path != verify_hash(path + folder))
            findings_add(findings(domain), path, 0,
                         "another file is the archive of this report, by "
                         "%s:%" PRIu64,
                         path_of(domain, report->table), report->line);
    }
}

enum rua_verdict
verify_archive(struct verify_domain *domain, struct rua_err *err)
{
    struct checking checking = {.domain = domain, .fd = -1};
    const struct reread_watch watch = {check_report, &checking};
    enum rua_verdict v = RUA_OK;

    check_files(domain);
    if (domain->n)
        v = reread_open(&domain->verify->view, domain->verify->conf, SCRATCH,
                        &watch, &checking.reread, err);
    if (v == RUA_OK && domain->n)
        v = give_all(&checking, err);
    reread_close(checking.reread);
    if (checking.fd >= 0)
        close(checking.fd);
    return v;
}
