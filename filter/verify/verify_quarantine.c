#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "file.h"
#include "verify.h"

/* The columns of the table, in their order. */
enum {
    VERDICT = 1,
    FILE_NAME = 5
};

/* A row, by the file that it names. */
struct aside_row {
    const char *path; /* below the store; in the arena */
    size_t table;
    uint64_t line;
    bool settled; /* the message was stored since, and its file goes */
};

struct quarantine {
    struct verify *verify;
    struct view_domain view;
    struct rua_arena arena;
    struct aside_row *rows;
    size_t n, room;
    size_t table; /* that is being read, */
    bool known;   /* and whether its header is */
};

/* ---- a file ---- */

static enum rua_verdict
digest_file(const struct view *view, const char *path,
            char ret_hex[RUA_DIGEST_SIZE], struct rua_err *err)
{
    struct rua_spool message;
    struct rua_file_facts facts = {0};
    int fd;
    enum rua_verdict v = rua_file_open_to_read(view->root, path, &fd, err);

    if (v == RUA_NOT_REPORT)
        return rua_err_set(err, v, "is missing");
    if (v != RUA_OK)
        return v;
    v = rua_file_look(fd, path, &facts, err);
    rua_spool_open(&message, fd, 0, facts.size);
    if (v == RUA_OK)
        v = rua_aside_digest(&message, ret_hex, err);
    rua_spool_done(&message);
    close(fd);
    return v;
}

/* ---- the rows ---- */

/* A problem of a line of a table. */
#define SAY_OF(quarantine, number, line, ...)                                  \
    findings_add(&(quarantine)->verify->findings,                              \
                 (quarantine)->view.tables[number].path, line, __VA_ARGS__)

/* Of the one that is being read. */
#define SAY(quarantine, line, ...)                                             \
    SAY_OF(quarantine, (quarantine)->table, line, __VA_ARGS__)

/* Those that a message may have that is kept aside, and that it may have when
 * it was read again. */
static bool
is_verdict(struct rua_span word, bool *ret_settled)
{
    static const enum rua_verdict verdicts[] = {
        RUA_OK, RUA_DUPLICATE, RUA_NOT_REPORT, RUA_BAD, RUA_REFUSED};

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
        if (rua_span_same(word, rua_span_text(rua_verdict_name(verdicts[i])))) {
            *ret_settled = verdicts[i] <= RUA_DUPLICATE;
            return true;
        }
    return false;
}

static void
add_row(struct quarantine *quarantine, const struct rua_csv_row *row,
        bool settled)
{
    struct rua_span file = row->cells[FILE_NAME];
    char path[512];

    if (quarantine->n == quarantine->room) {
        quarantine->room = quarantine->room ? quarantine->room * 2 : 64;
        quarantine->rows = rua_realloc(
            quarantine->rows, quarantine->room * sizeof(*quarantine->rows));
    }
    snprintf(path, sizeof(path), RUA_FOLDER_QUARANTINE "/%.*s", (int)file.len,
             file.len ? (const char *)file.data : "");
    quarantine->rows[quarantine->n++] = (struct aside_row){
        .path = rua_arena_text(&quarantine->arena, rua_span_text(path)),
        .table = quarantine->table,
        .line = row->number,
        .settled = settled,
    };
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct quarantine *quarantine = ctx;
    struct rua_span header = RUA_SPAN(RUA_ASIDE_HEADER);
    bool settled = false;

    (void)err;
    header.len--; /* its line end */
    if (row->number == 1) {
        quarantine->known = !row->wrong && rua_span_same(row->line, header);
        if (!quarantine->known)
            SAY(quarantine, 1, "is not the header of the quarantine's table");
    } else if (quarantine->known && row->wrong) {
        SAY(quarantine, row->number, "%s", row->wrong);
    } else if (quarantine->known) {
        if (!is_verdict(row->cells[VERDICT], &settled))
            SAY(quarantine, row->number,
                "its verdict is none of a message that is kept aside");
        add_row(quarantine, row, settled);
    }
    return RUA_OK;
}

static enum rua_verdict
read_table(struct quarantine *quarantine, struct rua_err *err)
{
    const struct view_table *table =
        &quarantine->view.tables[quarantine->table];
    struct rua_csv csv;
    struct rua_sink sink = {rua_csv_write, &csv};
    struct rua_err why = {0};
    enum rua_verdict v;

    rua_csv_init(&csv, RUA_CSV, take_row, quarantine);
    v = view_push_table(&quarantine->verify->view, table, &sink, &why);
    if (v == RUA_BAD) {
        SAY(quarantine, 0, "%s", why.sentence);
        v = RUA_OK;
    }
    v = v == RUA_OK ? rua_csv_end(&csv, err)
                    : rua_err_set(err, v, "%s", why.sentence);
    rua_csv_done(&csv);
    return v;
}

/* ---- rows and files ---- */

static int
compare_rows(const void *a, const void *b)
{
    const struct aside_row *one = a, *other = b;
    int order = strcmp(one->path, other->path);

    if (order == 0)
        order = (one->table > other->table) - (one->table < other->table);
    return order ? order
                 : (one->line > other->line) - (one->line < other->line);
}

static int
compare_name(const void *path, const void *name)
{
    return strcmp(path, *(char *const *)name);
}

static int
compare_path(const void *path, const void *row)
{
    return strcmp(path, ((const struct aside_row *)row)->path);
}

/* Whether a file was taken away, which leaves its digest. */
static bool
is_pruned(const struct quarantine *quarantine, const char *path)
{
    char digest[RUA_DIGEST_SIZE];

    snprintf(digest, sizeof(digest), "%s", strrchr(path, '/') + 1);
    return view_is_pruned(&quarantine->verify->view, &quarantine->view, path,
                          digest);
}

static bool
is_there(const struct quarantine *quarantine, const char *path)
{
    const struct view_names *mails = &quarantine->view.archive;

    return mails->n && bsearch(path, mails->names, mails->n,
                               sizeof(*mails->names), compare_name);
}

/* The last row of a file says whether it should be there. */
static void
check_file(const struct quarantine *quarantine, const struct aside_row *row)
{
    const char *path = row->path;
    struct rua_err why = {0};
    char hex[RUA_DIGEST_SIZE];
    enum rua_verdict v;

    if (row->settled) {
        if (is_there(quarantine, path))
            findings_note(path, "was stored since; ruamill quarantine retry "
                                "takes it away");
        return;
    }
    v = digest_file(&quarantine->verify->view, path, hex, &why);
    if (v == RUA_NOT_REPORT && is_pruned(quarantine, path))
        return;
    if (v != RUA_OK)
        SAY_OF(quarantine, row->table, row->line, "its file %s: %s", path,
               why.sentence);
    else if (strncmp(strrchr(path, '/') + 1, hex, strlen(hex)) != 0)
        SAY_OF(quarantine, row->table, row->line,
               "its file %s: the digest in its name is not that of its bytes",
               path);
}

/* A message is kept once a month: two rows have one file only when it was taken
 * away between them. */
static void
check_before(const struct quarantine *quarantine, const struct aside_row *row,
             const struct aside_row *before)
{
    const struct view_table *tables = quarantine->view.tables;

    if (row->settled && (!before || before->settled))
        SAY_OF(quarantine, row->table, row->line,
               "no row before it has its file");
    else if (before && !before->settled && !row->settled &&
             !is_pruned(quarantine, row->path))
        SAY_OF(quarantine, row->table, row->line,
               "its file stands in %s:%" PRIu64 " already",
               tables[before->table].path, before->line);
}

static void
check_rows(struct quarantine *quarantine)
{
    const struct aside_row *rows = quarantine->rows;

    if (quarantine->n)
        qsort(quarantine->rows, quarantine->n, sizeof(*quarantine->rows),
              compare_rows);
    for (size_t i = 0; i < quarantine->n; i++) {
        bool first = i == 0 || strcmp(rows[i - 1].path, rows[i].path) != 0;
        bool last = i + 1 == quarantine->n ||
                    strcmp(rows[i + 1].path, rows[i].path) != 0;
        check_before(quarantine, &rows[i], first ? NULL : &rows[i - 1]);
        if (last)
            check_file(quarantine, &rows[i]);
    }
}

static void
check_mails(const struct quarantine *quarantine)
{
    const struct view_names *mails = &quarantine->view.archive;

    for (size_t i = 0; i < mails->n; i++)
        if (!quarantine->n ||
            !bsearch(mails->names[i], quarantine->rows, quarantine->n,
                     sizeof(*quarantine->rows), compare_path))
            findings_add(&quarantine->verify->findings, mails->names[i], 0,
                         "no row of the quarantine's table has this file");
}

enum rua_verdict
verify_quarantine(struct verify *verify, struct rua_err *err)
{
    struct quarantine quarantine = {.verify = verify};
    enum rua_verdict v =
        verify_look(verify, RUA_FOLDER_QUARANTINE, &quarantine.view, err);

    for (; v == RUA_OK && quarantine.table < quarantine.view.n;
         quarantine.table++)
        v = read_table(&quarantine, err);
    if (v == RUA_OK) {
        check_rows(&quarantine);
        check_mails(&quarantine);
        verify_foreign(&quarantine.view);
    }
    free(quarantine.rows);
    rua_arena_done(&quarantine.arena);
    view_domain_done(&quarantine.view);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}
