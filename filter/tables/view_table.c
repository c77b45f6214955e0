#include "view_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "differ.h"
#include "entry.h"
#include "file.h"
#include "gunzip.h"
#include "spool.h"

#define GZ ".gz"

enum {
    BEGINNING = 64 << 10 /* bytes by which a copy is known */
};

const char *const view_table_foreign[] = {".xz", ".bz2", ".zst", ".lz4", NULL};

static bool
ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);

    return n >= m && strcmp(name + n - m, ending) == 0;
}

/* What other programs pack; and what is left of a name in which more stands
 * behind ".gz". */
static bool
is_unknown(const char *ending)
{
    const char *gz = strstr(ending, GZ);

    for (size_t i = 0; view_table_foreign[i]; i++)
        if (strstr(ending, view_table_foreign[i]))
            return true;
    return gz && gz[strlen(GZ)];
}

static bool
find_kind(const char *name, bool aside, enum view_kind *ret_kind)
{
    static const char *const kinds[] = {"records", "reports", RUA_ASIDE_TABLE};

    for (unsigned k = aside ? VIEW_ASIDE : VIEW_RECORDS; k <= VIEW_ASIDE; k++) {
        size_t n = strlen(kinds[k]);
        *ret_kind = (enum view_kind)k;
        if (strncmp(name, kinds[k], n) == 0 &&
            (name[n] == '-' || name[n] == '.'))
            return aside == (k == VIEW_ASIDE);
    }
    return false;
}

bool
view_table_cut(const char *folder, const char *name,
               struct view_table *ret_table)
{
    static const char *const endings[] = {".csv", ".tsv"};
    const char *ending = NULL, *cut;
    char path[RUA_TABLE_PATH_SIZE];
    size_t stem, at;

    if (!find_kind(name, strcmp(folder, RUA_FOLDER_QUARANTINE) == 0,
                   &ret_table->kind) ||
        strlen(folder) + strlen(name) + 2 > sizeof(path))
        return false;
    for (unsigned f = RUA_CSV; !ending && f <= RUA_TSV; f++) {
        ending = strstr(name, endings[f]);
        ret_table->format = (enum rua_format)f;
    }
    if (!ending || (ending[4] && ending[4] != '.' && ending[4] != '-') ||
        is_unknown(ending))
        return false;
    ret_table->packed = ends_in(ending, GZ);
    snprintf(ret_table->path, sizeof(ret_table->path), "%s/%s", folder, name);
    at = strlen(folder) + 1 + (size_t)(ending - name) + 4;
    ret_table->rotated = at;
    snprintf(path, sizeof(path), "%.*s", (int)at, ret_table->path);
    rua_table_cut(path, ret_table->stem, &cut);
    stem = strlen(ret_table->stem);
    ret_table->suffix = (unsigned)(path[stem] == '.' && path + stem != cut
                                       ? strtoul(path + stem + 1, NULL, 10)
                                       : 1);
    return true;
}

/* logrotate's numbers go up with age, its dates do not; what has no such thing
 * is the youngest. */
static int
compare_rotated(const char *a, const char *b)
{
    unsigned long m, n;

    if (!*a || !*b)
        return !*a - !*b;
    m = a[0] == '.' ? strtoul(a + 1, NULL, 10) : 0;
    n = b[0] == '.' ? strtoul(b + 1, NULL, 10) : 0;
    return m && n && m != n ? (m < n ? 1 : -1) : strcmp(a, b);
}

static int
compare_tables(const void *one, const void *other)
{
    const struct view_table *a = one, *b = other;
    int order = strcmp(a->stem, b->stem);

    if (order == 0)
        order = (int)a->format - (int)b->format;
    if (order == 0)
        order = (a->suffix > b->suffix) - (a->suffix < b->suffix);
    return order ? order
                 : compare_rotated(a->path + a->rotated, b->path + b->rotated);
}

bool
view_is_table(const char *path, struct view_table *ret_table)
{
    const char *slash = strchr(path, '/');
    char folder[RUA_TABLE_PATH_SIZE];

    if (!slash || (size_t)(slash - path) >= sizeof(folder))
        return false;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    return view_table_cut(folder, slash + 1, ret_table) && !ret_table->packed;
}

/* ---- packed ---- */

/* Whose verdict it is when gunzip gives one that is not RUA_OK. */
struct passing {
    const struct rua_sink *next;
    enum rua_verdict verdict;
};

static enum rua_verdict
pass(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct passing *passing = ctx;

    passing->verdict = rua_push(passing->next, bytes, err);
    return passing->verdict;
}

/* Nobody sets a ceiling for what an administrator has packed. */
static enum rua_verdict
unpack(struct rua_gunzip *gunzip, struct rua_spool *file,
       const struct rua_sink *sink, bool *ret_damaged, struct rua_err *err)
{
    const struct rua_limits none = {.max_document = UINT64_MAX,
                                    .max_unpacked = UINT64_MAX};
    struct rua_budget budget = {.limits = &none};
    struct passing passing = {sink, RUA_OK};
    const struct rua_sink next = {pass, &passing},
                          first = {rua_gunzip_write, gunzip};
    uint32_t oddities = 0;
    struct rua_err why = {0};
    enum rua_verdict v;

    rua_gunzip_begin(gunzip, RUA_GZIP, &next, &budget);
    v = rua_spool_push(file, 0, file->len, &first, &why);
    if (v == RUA_OK)
        v = rua_gunzip_end(gunzip, &oddities, &why);
    *ret_damaged = (v == RUA_BAD && passing.verdict == RUA_OK) ||
                   (oddities & ~(uint32_t)RUA_TRAILING_JUNK);
    if (v == RUA_OK || *ret_damaged)
        return RUA_OK;
    return why.sentence[0] ? rua_err_set(err, v, "%s", why.sentence) : v;
}

enum rua_verdict
view_table_unpack(int fd, const struct view_table *table,
                  const struct rua_sink *sink, struct rua_err *err)
{
    struct rua_gunzip *gunzip = rua_gunzip_new();
    struct rua_spool file;
    bool damaged = false;
    enum rua_verdict v;

    rua_spool_open(&file, fd, 0, table->size);
    v = unpack(gunzip, &file, sink, &damaged, err);
    rua_gunzip_free(gunzip);
    return v == RUA_OK && damaged
               ? rua_err_set(err, RUA_BAD,
                             "is damaged, and read as far as it can be "
                             "unpacked; bring it back from a backup")
               : v;
}

enum rua_verdict
view_push_table(const struct view *view, const struct view_table *table,
                const struct rua_sink *sink, struct rua_err *err)
{
    int fd;
    enum rua_verdict v;

    if (!table->packed)
        return view_push(view, table->path, table->size, sink, err);
    v = rua_file_open_to_read(view->root, table->path, &fd, err);
    if (v != RUA_OK)
        return v;
    v = view_table_unpack(fd, table, sink, err);
    close(fd);
    return v;
}

/* ---- copies ---- */

/* RUA_DUPLICATE as soon as it is known. */
static enum rua_verdict
push_beginning(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct differ *differ = ctx;
    uint64_t left = differ->other->len - differ->at;
    enum rua_verdict v;

    bytes.len = bytes.len < left ? bytes.len : (size_t)left;
    v = differ_push(differ, bytes, err);
    return v == RUA_OK && (differ->differs || differ->at == differ->other->len)
               ? RUA_DUPLICATE
               : v;
}

/* Whether `packed` is, or is about to be, the same as `plain`, which has the
 * same name but for its ending: gzip takes that away when it is done. Otherwise
 * `plain` was begun after the other one had been packed. */
static bool
is_copy(const struct view *view, const struct view_table *packed,
        const struct view_table *plain)
{
    struct rua_spool bytes;
    struct differ differ = {.other = &bytes};
    const struct rua_sink sink = {push_beginning, &differ};
    int fd;

    if (rua_file_open_to_read(view->root, plain->path, &fd, NULL) != RUA_OK)
        return false;
    rua_spool_open(&bytes, fd, 0,
                   plain->size < BEGINNING ? plain->size : BEGINNING);
    view_push_table(view, packed, &sink, NULL);
    close(fd);
    return !differ.differs;
}

static const struct view_table *
find_plain(const struct view_domain *domain, const struct view_table *packed)
{
    size_t n = strlen(packed->path) - strlen(GZ);

    for (size_t i = 0; i < domain->n; i++) {
        const char *path = domain->tables[i].path;
        if (strncmp(path, packed->path, n) == 0 && !path[n])
            return &domain->tables[i];
    }
    return NULL;
}

void
view_table_sort(const struct view *view, struct view_domain *domain)
{
    size_t kept = 0;

    if (domain->n)
        qsort(domain->tables, domain->n, sizeof(*domain->tables),
              compare_tables);
    for (size_t i = 0; i < domain->n; i++) {
        struct view_table *table = &domain->tables[i];
        const struct view_table *plain =
            table->packed ? find_plain(domain, table) : NULL;
        table->twice = plain && is_copy(view, table, plain);
    }
    for (size_t i = 0; i < domain->n; i++)
        if (!domain->tables[i].twice)
            domain->tables[kept++] = domain->tables[i];
    domain->n = kept;
}
