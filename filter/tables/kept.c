#include "kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aside.h"
#include "csv.h"
#include "survey.h"

enum {
    SHORTEST = 4 /* beginning of a digest that finds a file */
};

/* The columns of the table, in their order. */
enum {
    WHEN,
    VERDICT,
    SENTENCE,
    RUA,
    SENDER,
    FILE_NAME,
    COLUMNS
};

const char *const kept_states[KEPT_STATES] = {
    [KEPT] = "kept",
    [KEPT_STORED] = "stored",
    [KEPT_PRUNED] = "pruned",
    [KEPT_MISSING] = "missing",
};

struct reading {
    const struct view *view;
    struct view_domain quarantine;
    struct kept_list *list;
    bool all;
    uint64_t rows;
};

/* ---- rows ---- */

static int
compare_names(const void *path, const void *name)
{
    return strcmp(path, *(char *const *)name);
}

static void
make_path(const char *file, char *path, size_t size)
{
    snprintf(path, size, RUA_FOLDER_QUARANTINE "/%s", file);
}

static bool
is_there(const struct reading *reading, const char *file)
{
    const struct view_names *mails = &reading->quarantine.archive;
    char path[512];

    make_path(file, path, sizeof(path));
    return mails->n && bsearch(path, mails->names, mails->n,
                               sizeof(*mails->names), compare_names);
}

static bool
find_verdict(struct rua_span word, enum rua_verdict *ret_verdict)
{
    for (int v = RUA_OK; v <= RUA_LATER; v++)
        if (rua_span_same(
                word, rua_span_text(rua_verdict_name((enum rua_verdict)v)))) {
            *ret_verdict = (enum rua_verdict)v;
            return true;
        }
    return false;
}

static const char *
keep(struct kept_list *list, struct rua_span cell)
{
    return cell.data ? rua_arena_text(&list->arena, rua_csv_unguard(cell))
                     : NULL;
}

static void
add(struct reading *reading, const struct rua_csv_row *row,
    const struct kept *from, const char *file)
{
    struct kept_list *list = reading->list;
    struct kept *kept;

    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->kept = rua_realloc(list->kept, list->room * sizeof(*list->kept));
    }
    kept = &list->kept[list->n++];
    *kept = *from;
    kept->file = rua_arena_text(&list->arena, rua_span_text(file));
    kept->sentence = keep(list, row->cells[SENTENCE]);
    kept->rua = keep(list, row->cells[RUA]);
    kept->sender = keep(list, row->cells[SENDER]);
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct reading *reading = ctx;
    struct kept kept = {.row = reading->rows++};
    char file[256];

    (void)err;
    if (row->number == 1)
        return RUA_OK;
    if (row->wrong || row->n != COLUMNS ||
        !survey_time(row->cells[WHEN], &kept.when) ||
        !find_verdict(row->cells[VERDICT], &kept.verdict)) {
        reading->list->wrong++;
        return RUA_OK;
    }
    snprintf(file, sizeof(file), "%.*s", (int)row->cells[FILE_NAME].len,
             (const char *)row->cells[FILE_NAME].data);
    kept.settles = kept.verdict <= RUA_DUPLICATE;
    if (reading->all || is_there(reading, file))
        add(reading, row, &kept, file);
    return RUA_OK;
}

static enum rua_verdict
read_table(struct reading *reading, const struct view_table *table,
           struct rua_err *err)
{
    struct rua_csv csv;
    struct rua_sink sink = {rua_csv_write, &csv};
    enum rua_verdict v;

    rua_csv_init(&csv, RUA_CSV, take_row, reading);
    v = view_push_table(reading->view, table, &sink, err);
    if (v == RUA_BAD)
        reading->list->wrong++;
    if (v == RUA_OK || v == RUA_BAD)
        v = rua_csv_end(&csv, err);
    rua_csv_done(&csv);
    return v;
}

/* ---- one of each message ---- */

static int
compare_files(const void *a, const void *b)
{
    const struct kept *one = a, *other = b;
    int order = strcmp(one->file, other->file);

    return order ? order : (one->row > other->row) - (one->row < other->row);
}

static int
compare_ages(const void *a, const void *b)
{
    const struct kept *one = a, *other = b;

    if (one->when != other->when)
        return one->when < other->when ? 1 : -1;
    return (one->row < other->row) - (one->row > other->row);
}

static void
look_at_file(const struct reading *reading, struct kept *kept, bool settled)
{
    const char *slash = strrchr(kept->file, '/');
    char path[512], digest[VIEW_KEY];
    struct stat st = {0};

    snprintf(digest, sizeof(digest), "%s", slash ? slash + 1 : "");
    make_path(kept->file, path, sizeof(path));
    if (is_there(reading, kept->file) &&
        fstatat(reading->view->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        kept->size = (uint64_t)st.st_size;
    if (settled)
        kept->state = KEPT_STORED;
    else if (is_there(reading, kept->file))
        kept->state = KEPT;
    else if (view_is_pruned(reading->view, &reading->quarantine, path, digest))
        kept->state = KEPT_PRUNED;
    else
        kept->state = KEPT_MISSING;
}

/* The last row of a file says what has become of it, and the last that kept it
 * why. */
static void
reduce(const struct reading *reading)
{
    struct kept_list *list = reading->list;
    size_t n = 0;

    if (list->n)
        qsort(list->kept, list->n, sizeof(*list->kept), compare_files);
    for (size_t i = 0, next; i < list->n; i = next) {
        const struct kept *came = NULL;
        for (next = i; next < list->n &&
                       strcmp(list->kept[i].file, list->kept[next].file) == 0;
             next++)
            if (!list->kept[next].settles)
                came = &list->kept[next];
        if (!came)
            continue;
        list->kept[n] = *came;
        look_at_file(reading, &list->kept[n++], list->kept[next - 1].settles);
    }
    list->n = n;
    if (n)
        qsort(list->kept, n, sizeof(*list->kept), compare_ages);
}

enum rua_verdict
kept_read(const struct view *view, bool all, struct kept_list *ret_list,
          struct rua_err *err)
{
    struct reading reading = {.view = view, .list = ret_list, .all = all};
    enum rua_verdict v;

    *ret_list = (struct kept_list){0};
    v = view_look(view, RUA_FOLDER_QUARANTINE, &reading.quarantine, err);
    for (size_t i = 0; v == RUA_OK && i < reading.quarantine.n; i++)
        v = read_table(&reading, &reading.quarantine.tables[i], err);
    if (v == RUA_OK)
        reduce(&reading);
    ret_list->pending = reading.quarantine.pending;
    view_domain_done(&reading.quarantine);
    return v;
}

void
kept_done(struct kept_list *list)
{
    free(list->kept);
    rua_arena_done(&list->arena);
    *list = (struct kept_list){0};
}

/* ---- find ---- */

static bool
is_meant(const struct kept *kept, const char *name)
{
    size_t n = strlen(name);
    const char *digest = strrchr(kept->file, '/');

    return n >= SHORTEST && (strncmp(kept->file, name, n) == 0 ||
                             (digest && strncmp(digest + 1, name, n) == 0));
}

enum rua_verdict
kept_find(const struct kept_list *list, const char *name,
          const struct kept **ret_kept, struct rua_err *err)
{
    const char *folder = strstr(name, RUA_FOLDER_QUARANTINE "/");
    const struct kept *found = NULL;
    size_t n = 0;

    if (folder)
        name = folder + strlen(RUA_FOLDER_QUARANTINE "/");
    for (size_t i = 0; i < list->n; i++)
        if (is_meant(&list->kept[i], name)) {
            found = &list->kept[i];
            n++;
        }
    if (n == 1) {
        *ret_kept = found;
        return RUA_OK;
    }
    if (strlen(name) < SHORTEST)
        return rua_err_set(err, RUA_NOT_REPORT,
                           "\"%s\" is too short for a file of the quarantine: "
                           "%d letters of its digest will do",
                           name, SHORTEST);
    return n ? rua_err_set(err, RUA_NOT_REPORT,
                           "%.100s: begins %zu files of the quarantine; see "
                           "ruamill quarantine list",
                           name, n)
             : rua_err_set(err, RUA_NOT_REPORT,
                           "%.100s: there is no such file in the quarantine; "
                           "see ruamill quarantine list",
                           name);
}
