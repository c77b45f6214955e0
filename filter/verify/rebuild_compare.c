#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"
#include "file.h"
#include "rebuild.h"

struct comparing {
    const struct view *present, *made;
    const struct view_domain *now, *then; /* present and made tables */
    const struct gaps *gaps;
    struct findings *findings;
};

/* The tables of a period, one behind the other, without the rows of reports
 * that are gone. */
struct joining {
    struct differ differ;
    struct gaps_walk walk;

    /* of the table that is being read: */
    bool heads;      /* the line is its header, */
    bool skips;      /* which is left out */
    uint64_t before; /* differ.lines */
    uint64_t left;   /* lines that were left out */
};

static bool
is_same_period(const struct view_table *a, const struct view_table *b)
{
    return a->kind == b->kind && a->format == b->format &&
           strcmp(a->stem, b->stem) == 0;
}

/* ---- what is left out ---- */

/* How many of the bytes are of the header. */
static size_t
pass_header(struct joining *joining, struct rua_span bytes, bool *ret_out)
{
    const unsigned char *lf = memchr(bytes.data, '\n', bytes.len);

    *ret_out = joining->skips;
    joining->heads = !lf;
    joining->left += lf && joining->skips;
    return lf ? (size_t)(lf + 1 - bytes.data) : bytes.len;
}

static size_t
pass_rows(struct joining *joining, struct rua_span bytes, bool *ret_out)
{
    uint64_t row = joining->walk.row;
    size_t n = gaps_walk_on(&joining->walk, bytes, ret_out);

    if (*ret_out)
        joining->left += joining->walk.row - row;
    return n;
}

static enum rua_verdict
push_joined(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct joining *joining = ctx;
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && bytes.len && !joining->differ.differs) {
        bool out;
        size_t n = joining->heads ? pass_header(joining, bytes, &out)
                                  : pass_rows(joining, bytes, &out);
        if (!out)
            v = differ_push(&joining->differ, (struct rua_span){bytes.data, n},
                            err);
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

/* ---- a period ---- */

/* Whole lines of the table that were the same, or left out. */
static uint64_t
lines(const struct joining *joining)
{
    return joining->differ.lines - joining->before + joining->left;
}

/* A table after the first of its period begins with its header again, which is
 * left out; so is that of a period of which the archive gives nothing. Says
 * where the table begins to differ: RUA_DUPLICATE, which ends it. */
static enum rua_verdict
compare_table(const struct comparing *comparing, const struct view_table *table,
              struct joining *joining, struct rua_err *err)
{
    const struct rua_sink sink = {push_joined, joining};
    struct rua_err why = {0};
    enum rua_verdict v;

    joining->heads = true;
    joining->skips = joining->differ.at || !joining->differ.other->len;
    joining->before = joining->differ.lines;
    joining->left = 0;
    v = view_push_table(comparing->present, table, &sink, &why);
    if (v == RUA_BAD)
        findings_add(comparing->findings, table->path, 0, "%s", why.sentence);
    else if (v != RUA_OK)
        return rua_err_set(err, v, "%s", why.sentence);
    else if (joining->differ.differs)
        findings_add(comparing->findings, table->path, lines(joining) + 1,
                     "is not what the archive gives");
    else
        return RUA_OK;
    return RUA_DUPLICATE;
}

/* The tables of a period from the i-th on, and the file that was made of it. */
static enum rua_verdict
compare_joined(const struct comparing *comparing, size_t i,
               const struct rua_spool *made, struct rua_err *err)
{
    const struct view_table *first = &comparing->now->tables[i], *table = first;
    const struct view_table *end = comparing->now->tables + comparing->now->n;
    struct joining joining = {.differ.other = made};
    enum rua_verdict v = RUA_OK;

    gaps_walk_begin(comparing->gaps, first, &joining.walk);
    for (; v == RUA_OK && table < end && is_same_period(first, table); table++)
        v = compare_table(comparing, table, &joining, err);
    if (v != RUA_OK)
        return v == RUA_DUPLICATE ? RUA_OK : v;
    if (joining.differ.at < made->len)
        findings_add(comparing->findings, table[-1].path, 0,
                     "ends after %" PRIu64 " lines, and the archive gives more",
                     lines(&joining));
    else if (joining.walk.gap != joining.walk.end)
        findings_add(comparing->findings, table[-1].path, 0,
                     "ends after %" PRIu64
                     " lines, and the reports tables name more",
                     lines(&joining));
    return RUA_OK;
}

static enum rua_verdict
compare_period(const struct comparing *comparing, size_t i,
               const struct view_table *made, struct rua_err *err)
{
    struct rua_spool bytes;
    int fd;
    enum rua_verdict v =
        rua_file_open_to_read(comparing->made->root, made->path, &fd, err);

    if (v != RUA_OK)
        return v;
    rua_spool_open(&bytes, fd, 0, made->size);
    v = compare_joined(comparing, i, &bytes, err);
    close(fd);
    return v;
}

/* Of a period of which nothing was made: all of its rows are to be of reports
 * that are gone. */
static enum rua_verdict
compare_gone(const struct comparing *comparing, size_t i, struct rua_err *err)
{
    const struct view_table *table = &comparing->now->tables[i];
    struct rua_spool nothing;

    rua_spool_open(&nothing, -1, 0, 0);
    if (gaps_period(comparing->gaps, table))
        return compare_joined(comparing, i, &nothing, err);
    if (table->size)
        findings_add(comparing->findings, table->path, 0,
                     "the archive gives no such table");
    return RUA_OK;
}

/* ---- all of them ---- */

static const struct view_table *
find_period(const struct view_domain *domain, const struct view_table *wanted)
{
    for (size_t i = 0; i < domain->n; i++)
        if (is_same_period(&domain->tables[i], wanted))
            return &domain->tables[i];
    return NULL;
}

/* Reports that are gone, and their tables as well. */
static void
compare_gaps(const struct comparing *comparing)
{
    const struct view_domain *now = comparing->now, *then = comparing->then;

    for (size_t p = 0; p < comparing->gaps->n_periods; p++) {
        const struct gaps_period *period = &comparing->gaps->periods[p];
        bool found = !period->gone;
        for (size_t i = 0; !found && i < now->n; i++)
            found = gaps_period_has(period, &now->tables[i]);
        for (size_t i = 0; !found && i < then->n; i++)
            found = gaps_period_has(period, &then->tables[i]);
        if (!found)
            findings_add(comparing->findings, period->reports->path, 0,
                         "the records table of its period is missing");
    }
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
        v = made ? compare_period(comparing, i, made, err)
                 : compare_gone(comparing, i, err);
    }
    for (size_t i = 0; i < then->n; i++)
        if (then->tables[i].kind == VIEW_RECORDS &&
            !find_period(now, &then->tables[i]))
            findings_add(comparing->findings, then->tables[i].path, 0,
                         "is missing, and the archive gives it");
    compare_gaps(comparing);
    return v;
}

enum rua_verdict
rebuild_compare(const struct view *present, const struct view_domain *domain,
                const struct view *made, const struct gaps *gaps,
                struct findings *findings, struct rua_err *err)
{
    struct view_domain then;
    const struct comparing comparing = {present, made, domain,
                                        &then,   gaps, findings};
    enum rua_verdict v = view_look(made, domain->name, &then, err);

    if (v == RUA_OK)
        v = compare_all(&comparing, err);
    view_domain_done(&then);
    return v;
}
