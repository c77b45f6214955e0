#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger.h"
#include "rebuild.h"

enum {
    BATCH_BYTES = 8 << 20 /* of one commit */
};

/* ---- store ---- */

enum rua_verdict
rebuild_commit(struct rebuild *rebuild, struct rua_err *err)
{
    struct rua_entry *batch[REREAD_AHEAD];
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; i < rebuild->n; i++)
        batch[i] = &rebuild->entries[i];
    if (rebuild->n)
        v = rua_store_commit(rebuild->store, batch, rebuild->n, err);
    for (size_t i = rebuild->n; i-- > 0;) {
        if (batch[i]->verdict == RUA_OK) {
            rebuild->reports++;
            rebuild->records += batch[i]->totals.records;
        }
        rua_entry_done(batch[i]);
    }
    rebuild->n = 0;
    rebuild->bytes = 0;
    reread_settle(rebuild->reread);
    return v == RUA_LATER ? v : RUA_OK;
}

enum rua_verdict
rebuild_take(void *ctx, struct reread_done *done, struct rua_err *err)
{
    struct rebuild *rebuild = ctx;
    struct rua_entry *entry = &rebuild->entries[rebuild->n];
    enum rua_verdict v = done->verdict;

    if (v == RUA_OK)
        v = rua_entry_make(rebuild->maker, &done->result, done->report,
                           done->folder, &done->job.receipt, entry, &done->err);
    if (v == RUA_OK) {
        rebuild->n++;
        rebuild->bytes +=
            entry->records.len + entry->report.len + entry->part_len;
    } else {
        findings_add(&rebuild->findings, done->job.path, 0, "%s",
                     done->err.sentence);
    }
    return done->holds || rebuild->n == REREAD_AHEAD ||
                   rebuild->bytes >= BATCH_BYTES || v != RUA_OK
               ? rebuild_commit(rebuild, err)
               : RUA_OK;
}

/* ---- read ---- */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
mark_used(const struct rebuild *rebuild, const char *path)
{
    const struct view_names *archive = &rebuild->domain->archive;
    char **found = archive->n ? bsearch(&path, archive->names, archive->n,
                                        sizeof(*archive->names), compare_names)
                              : NULL;

    if (found)
        rebuild->used[found - archive->names] = true;
}

/* A report whose archive file was pruned cannot be made again, and that is as
 * it should be. */
static void
note_gone(struct rebuild *rebuild, const char *path,
          const struct ledger_row *row)
{
    if (view_is_pruned(&rebuild->view, rebuild->domain, path, row->key))
        rebuild->pruned++;
    else
        findings_add(&rebuild->findings, rebuild->table->path, row->line,
                     "its archive file %s is missing", row->receipt.archive);
}

static void
say_pruned(struct rebuild *rebuild)
{
    if (rebuild->pruned)
        findings_note(rebuild->table->path,
                      "reports that were pruned, and cannot be made again: "
                      "%" PRIu64,
                      rebuild->pruned);
    rebuild->pruned = 0;
}

static enum rua_verdict
give_row(void *ctx, const struct ledger_row *row, struct rua_err *err)
{
    struct rebuild *rebuild = ctx;
    struct reread_job job = {.domain = rebuild->domain->name,
                             .receipt = row->receipt};
    char path[1024];
    enum rua_verdict v;

    snprintf(path, sizeof(path), "%s/%s", job.domain, row->receipt.archive);
    job.path = path;
    memcpy(job.key, row->key, sizeof(job.key));
    mark_used(rebuild, path);
    v = reread_give(rebuild->reread, &job, err);
    gaps_add(&rebuild->gaps, rebuild->table, row->records, v == RUA_NOT_REPORT);
    if (v == RUA_NOT_REPORT)
        note_gone(rebuild, path, row);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

static void
say_wrong(void *ctx, uint64_t line, const char *sentence)
{
    struct rebuild *rebuild = ctx;

    findings_add(&rebuild->findings, rebuild->table->path, line, "%s",
                 sentence);
}

/* What no table has: when it came, the file says. */
static enum rua_verdict
give_rest(struct rebuild *rebuild, struct rua_err *err)
{
    const struct view_names *archive = &rebuild->domain->archive;
    struct reread_job job = {.domain = rebuild->domain->name,
                             .receipt.rua = rebuild->to};
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < archive->n; i++) {
        struct stat st = {0};
        if (rebuild->used[i] || !view_key(archive->names[i], job.key))
            continue;
        job.path = archive->names[i];
        fstatat(rebuild->view.root, job.path, &st, AT_SYMLINK_NOFOLLOW);
        job.receipt.received_at = st.st_mtime;
        v = reread_give(rebuild->reread, &job, err);
        if (v == RUA_NOT_REPORT)
            v = RUA_OK;
    }
    return v;
}

static enum rua_verdict
read_domain(struct rebuild *rebuild, struct rua_err *err)
{
    const struct view_domain *domain = rebuild->domain;
    const struct ledger_reader reader = {.guard = rebuild->conf->formula_guard,
                                         .row = give_row,
                                         .wrong = say_wrong,
                                         .ctx = rebuild};
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < domain->n; i++) {
        rebuild->table = &domain->tables[i];
        if (rebuild->table->kind == VIEW_REPORTS)
            v = ledger_read(&rebuild->view, rebuild->table, &reader, err);
        say_pruned(rebuild);
    }
    if (v == RUA_OK)
        v = give_rest(rebuild, err);
    if (v == RUA_OK)
        v = reread_finish(rebuild->reread, err);
    return v == RUA_OK ? rebuild_commit(rebuild, err) : v;
}

enum rua_verdict
rebuild_domain(struct rebuild *rebuild, const char *name, struct rua_err *err)
{
    struct view_domain domain;
    struct rua_err why = {0};
    enum rua_verdict v = view_look(&rebuild->view, name, &domain, &why);

    if (v == RUA_BAD) {
        findings_add(&rebuild->findings, name, 0, "%s", why.sentence);
        view_domain_done(&domain);
        return RUA_OK;
    }
    if (v != RUA_OK)
        rua_err_set(err, v, "%s", why.sentence);
    rebuild->domain = &domain;
    rebuild->used = rua_alloc(domain.archive.n + 1);
    memset(rebuild->used, 0, domain.archive.n + 1);
    if (v == RUA_OK)
        v = read_domain(rebuild, err);
    if (v == RUA_OK && rebuild->compare)
        v = rebuild_compare(&rebuild->view, &domain, &rebuild->made,
                            &rebuild->gaps, &rebuild->findings, err);
    gaps_done(&rebuild->gaps);
    free(rebuild->used);
    view_domain_done(&domain);
    return v;
}
