#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"
#include "file.h"
#include "rebuild.h"

struct comparing {
    const struct view *present, *made;
    const struct view_domain *now, *then; /* present and made tables */
    struct findings *findings;
};

/* A table after the first of its period begins with its header again, which is
 * left out. */
struct joining {
    struct differ differ;
    uint64_t to_skip;
};

static enum rua_verdict
push_joined(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct joining *joining = ctx;
    uint64_t skip = bytes.len < joining->to_skip ? bytes.len : joining->to_skip;

    joining->to_skip -= skip;
    bytes.data += skip;
    bytes.len -= skip;
    return bytes.len ? differ_push(&joining->differ, bytes, err) : RUA_OK;
}

static bool
is_same_period(const struct view_table *a, const struct view_table *b)
{
    return a->kind == b->kind && a->format == b->format &&
           strcmp(a->stem, b->stem) == 0;
}

/* RUA_DUPLICATE at the end of the first line. */
static enum rua_verdict
count_header(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    uint64_t *len = ctx;
    const unsigned char *lf = memchr(bytes.data, '\n', bytes.len);

    (void)err;
    *len += lf ? (uint64_t)(lf + 1 - bytes.data) : bytes.len;
    return lf ? RUA_DUPLICATE : RUA_OK;
}

/* The bytes of the header line, which all tables of a period must share. */
static enum rua_verdict
header_length(const struct view *view, const struct view_table *table,
              uint64_t *ret_len, struct rua_err *err)
{
    const struct rua_sink sink = {count_header, ret_len};
    enum rua_verdict v = view_push_table(view, table, &sink, err);

    return v == RUA_LATER || v == RUA_NOT_REPORT ? v : RUA_OK;
}

/* Pushes the tables of a period from the i-th on, one behind the other; says
 * where they begin to differ. */
static enum rua_verdict
compare_joined(const struct comparing *comparing, size_t i,
               struct joining *joining, bool *ret_same, struct rua_err *err)
{
    const struct view_table *first = &comparing->now->tables[i], *table = first;
    const struct view_table *end = comparing->now->tables + comparing->now->n;
    struct rua_sink sink = {push_joined, joining};
    struct rua_err why = {0};
    enum rua_verdict v = RUA_OK;

    for (; v == RUA_OK && table < end && is_same_period(first, table);
         table++) {
        uint64_t before = joining->differ.lines, skipped = 0;
        if (table > first && joining->differ.at)
            v = header_length(comparing->present, table, &skipped, err);
        joining->to_skip = skipped;
        if (v == RUA_OK)
            v = view_push_table(comparing->present, table, &sink, &why);
        *ret_same = !joining->differ.differs;
        if (v == RUA_OK && !*ret_same) {
            findings_add(comparing->findings, table->path,
                         joining->differ.lines - before + 1 + (skipped > 0),
                         "is not what the archive gives");
            break;
        }
        if (v == RUA_BAD)
            findings_add(comparing->findings, table->path, 0, "%s",
                         why.sentence);
        if (v == RUA_BAD)
            v = *ret_same = RUA_OK;
    }
    return v;
}

static enum rua_verdict
compare_period(const struct comparing *comparing, size_t i,
               const struct view_table *made, struct rua_err *err)
{
    const struct view_table *table = &comparing->now->tables[i];
    struct rua_spool bytes;
    struct joining joining = {.differ.other = &bytes};
    bool same = true;
    int fd;
    enum rua_verdict v =
        rua_file_open_to_read(comparing->made->root, made->path, &fd, err);

    if (v != RUA_OK)
        return v;
    rua_spool_open(&bytes, fd, 0, made->size);
    v = compare_joined(comparing, i, &joining, &same, err);
    if (v == RUA_OK && same && joining.differ.at < made->size)
        findings_add(comparing->findings, table->path, 0,
                     "ends after %" PRIu64 " lines, and the archive gives more",
                     joining.differ.lines);
    close(fd);
    return v;
}

static const struct view_table *
find_period(const struct view_domain *domain, const struct view_table *wanted)
{
    for (size_t i = 0; i < domain->n; i++)
        if (is_same_period(&domain->tables[i], wanted))
            return &domain->tables[i];
    return NULL;
}

static enum rua_verdict
compare_all(const struct comparing *comparing, struct rua_err *err)
{
    const struct view_domain *now = comparing->now, *then = comparing->then;
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < now->n; i++) {
        const struct view_table *table = &now->tables[i], *made;
        if (table->kind != VIEW_RECORDS || find_period(now, table) != table)
            continue;
        made = find_period(then, table);
        if (made)
            v = compare_period(comparing, i, made, err);
        else if (table->size)
            findings_add(comparing->findings, table->path, 0,
                         "the archive gives no such table");
    }
    for (size_t i = 0; i < then->n; i++)
        if (then->tables[i].kind == VIEW_RECORDS &&
            !find_period(now, &then->tables[i]))
            findings_add(comparing->findings, then->tables[i].path, 0,
                         "is missing, and the archive gives it");
    return v;
}

enum rua_verdict
rebuild_compare(const struct view *present, const struct view_domain *domain,
                const struct view *made, struct findings *findings,
                struct rua_err *err)
{
    struct view_domain then;
    const struct comparing comparing = {present, made, domain, &then, findings};
    enum rua_verdict v = view_look(made, domain->name, &then, err);

    if (v == RUA_OK)
        v = compare_all(&comparing, err);
    view_domain_done(&then);
    return v;
}
