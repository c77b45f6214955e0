#include "plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "file.h"
#include "known.h"

#define SPOOL ".spool"

enum {
    ROOM = 64 << 20 /* bytes that are plenty, beside what is to be written */
};

/* A quarter of all descriptors; the others are for the callers' own. */
void
rua_plan_init(struct rua_plan *plan, int root)
{
    memset(plan, 0, sizeof(*plan));
    plan->spool = -1;
    plan->most = rua_file_descriptors() / 4;
    rua_places_init(&plan->places, root);
}

enum rua_verdict
rua_plan_open_spool(struct rua_plan *plan, struct rua_err *err)
{
    enum rua_verdict v;

    if (plan->spool >= 0)
        return RUA_OK;
    v = rua_file_open(plan->places.root, SPOOL, O_PATH | O_DIRECTORY,
                      &plan->spool, err);
    return v == RUA_NOT_REPORT
               ? rua_err_set(err, RUA_LATER, SPOOL ": was taken away")
               : v;
}

/* ---- tables ---- */

void
rua_plan_close(struct rua_plan *plan, struct rua_plan_table *table)
{
    if (table->table.fd < 0)
        return;
    rua_table_close(&table->table);
    plan->open--;
}

enum rua_verdict
rua_plan_open(struct rua_plan *plan, struct rua_plan_table *table,
              struct rua_err *err)
{
    struct rua_table found;
    enum rua_verdict v;

    if (table->table.fd >= 0)
        return RUA_OK;
    v = rua_table_at(table->begun ? plan->spool : plan->places.root,
                     table->table.path, &found, err);
    if (v != RUA_OK)
        return v;
    if (found.inode != table->table.inode) {
        rua_table_close(&found);
        return RUA_NOT_REPORT;
    }
    table->table.fd = found.fd;
    plan->open++;
    return RUA_OK;
}

/* Opens the table of a stem, or begins one. Its descriptor is kept, since its
 * lease can be had only by the one that rows are written through. */
static enum rua_verdict
open_or_begin(struct rua_plan *plan, struct rua_plan_table *new,
              struct rua_span header, struct rua_err *err)
{
    enum rua_verdict v = rua_table_find(plan->places.root, new->stem,
                                        new->ending, header, &new->table, err);

    new->begun = v == RUA_NOT_REPORT;
    if (v == RUA_OK || new->begun)
        new->path =
            rua_arena_text(&plan->names, rua_span_text(new->table.path));
    if (new->begun) {
        snprintf(new->new, sizeof(new->new), "table-%zu" RUA_NEW, plan->n);
        v = rua_plan_open_spool(plan, err);
        if (v == RUA_OK)
            v = rua_table_new(plan->spool, new->new, &new->table, err);
    }
    new->size = new->table.end;
    return v;
}

static enum rua_verdict
add_table(struct rua_plan *plan, const char *stem, const char *ending,
          struct rua_span header, struct rua_err *err)
{
    struct rua_plan_table *new;
    enum rua_verdict v;

    if (plan->n == plan->room) {
        plan->room = plan->room ? plan->room * 2 : 16;
        plan->tables =
            rua_realloc(plan->tables, plan->room * sizeof(*plan->tables));
    }
    new = &plan->tables[plan->n];
    new->stem = rua_arena_text(&plan->names, rua_span_text(stem));
    new->ending = ending;
    new->first = NULL;
    v = open_or_begin(plan, new, header, err);
    if (v != RUA_OK)
        return v;
    rua_index_add(&plan->stems, new->stem, plan->n++);
    plan->open++;
    if (plan->open > plan->most)
        rua_plan_close(plan, new);
    return RUA_OK;
}

/* The number of the table that rows of this entry go to. */
static enum rua_verdict
find_table(struct rua_plan *plan, const struct rua_entry *entry,
           const char *name, struct rua_span header, size_t *ret_index,
           struct rua_err *err)
{
    char stem[RUA_TABLE_PATH_SIZE];

    if (strlen(entry->folder) + strlen(name) + strlen(entry->period) + 2 >
        sizeof(stem))
        return rua_err_set(err, RUA_LATER, "%.100s: too long a name",
                           entry->folder);
    stpcpy(stpcpy(stpcpy(stpcpy(stem, entry->folder), "/"), name),
           entry->period);
    if (rua_index_find(&plan->stems, stem, ret_index))
        return RUA_OK;
    *ret_index = plan->n;
    return add_table(plan, stem, entry->aside ? ".csv" : plan->ending, header,
                     err);
}

static void
drop_last(struct rua_plan *plan)
{
    struct rua_plan_table *last = &plan->tables[plan->n - 1];

    if (last->begun)
        rua_file_remove(plan->spool, last->new, NULL);
    rua_plan_close(plan, last);
    rua_index_drop(&plan->stems, last->stem);
    plan->n--;
}

/* ---- entries ---- */

/* Rows at the end of a table. */
static void
append(struct rua_plan *plan, size_t which, struct rua_span header,
       const char *report, struct rua_op *rows)
{
    struct rua_plan_table *table = &plan->tables[which];
    struct rua_plan_rows *next = rua_arena_alloc(&plan->names, sizeof(*next));

    rows->kind = RUA_OP_ROWS;
    rows->path = table->path;
    rows->inode = table->table.inode;
    rows->offset = table->table.end;
    rows->header = header;
    rows->end_line = table->table.end_line;
    table->table.end += rua_op_rows_len(rows);
    table->table.end_line = false;
    *next = (struct rua_plan_rows){rows, report, NULL};
    *(table->first ? &table->last->next : &table->first) = next;
    table->last = next;
}

static enum rua_verdict
plan_report(struct rua_plan *plan, const struct rua_entry *entry,
            struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    const char *report = ret_ops->ops[2].path;
    size_t records, reports;
    enum rua_verdict v =
        find_table(plan, entry, "records", plan->records_header, &records, err);

    if (v == RUA_OK)
        v = find_table(plan, entry, "reports", plan->reports_header, &reports,
                       err);
    if (v != RUA_OK)
        return v;
    ret_ops->ops[0] =
        (struct rua_op){.spool = &entry->records, .len = entry->records.len};
    ret_ops->ops[1] = (struct rua_op){.bytes = rua_buf_span(&entry->report)};
    append(plan, records, plan->records_header, report, &ret_ops->ops[0]);
    append(plan, reports, plan->reports_header, report, &ret_ops->ops[1]);
    return RUA_OK;
}

static enum rua_verdict
plan_aside(struct rua_plan *plan, const struct rua_entry *entry,
           struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    struct rua_span header = RUA_SPAN(RUA_ASIDE_HEADER);
    size_t table;
    enum rua_verdict v =
        find_table(plan, entry, RUA_ASIDE_TABLE, header, &table, err);

    if (v != RUA_OK)
        return v;
    ret_ops->ops[0] = (struct rua_op){.bytes = rua_buf_span(&entry->report)};
    append(plan, table, header, ret_ops->ops[1].path, &ret_ops->ops[0]);
    return RUA_OK;
}

/* The folder of an entry's file, and the operation that puts it there. */
static enum rua_verdict
plan_file(struct rua_plan *plan, const struct rua_entry *entry,
          struct rua_op *ret_op, struct rua_err *err)
{
    char archive[RUA_ARCHIVE_PATH_SIZE];
    struct rua_place *place;
    const char *name;
    enum rua_verdict v;

    rua_known_path(entry, entry->container, archive);
    v = rua_place_of(&plan->places, archive, &place, &name, err);
    if (v != RUA_OK)
        return v;
    *ret_op = (struct rua_op){
        .kind = RUA_OP_FILE,
        .path = rua_arena_text(&plan->names, rua_span_text(archive)),
        .spool = entry->part,
        .at = entry->part_at,
        .len = entry->part_len,
    };
    return RUA_OK;
}

enum rua_verdict
rua_plan_entry(struct rua_plan *plan, const struct rua_entry *entry,
               struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    size_t before = plan->n, rows = entry->aside ? 1 : 2;
    enum rua_verdict v = RUA_OK;

    ret_ops->n = rows + !entry->row_only;
    ret_ops->ops[rows].path = "a report"; /* of which nothing else is known */
    if (!entry->row_only)
        v = plan_file(plan, entry, &ret_ops->ops[rows], err);
    if (v == RUA_OK)
        v = entry->aside ? plan_aside(plan, entry, ret_ops, err)
                         : plan_report(plan, entry, ret_ops, err);
    while (v != RUA_OK && plan->n > before)
        drop_last(plan);
    return v;
}

/* ---- room ---- */

static enum rua_verdict
reserve(struct rua_plan *plan, struct rua_plan_table *table,
        struct rua_err *err)
{
    bool open = table->table.fd >= 0;
    enum rua_verdict v = rua_plan_open(plan, table, err);

    if (v == RUA_NOT_REPORT)
        v = rua_err_set(err, RUA_LATER, "%s: was taken away", table->path);
    if (v == RUA_OK)
        v = rua_file_reserve(table->table.fd, table->path, table->size,
                             table->table.end - table->size, err);
    if (!open)
        rua_plan_close(plan, table);
    return v;
}

/* To have it kept for each table costs a call for each, and pieces of files. */
enum rua_verdict
rua_plan_reserve(struct rua_plan *plan, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;
    uint64_t need = ROOM;

    for (size_t i = 0; i < plan->n; i++)
        need += plan->tables[i].table.end - plan->tables[i].size;
    if (rua_file_room(plan->places.root) > need)
        return RUA_OK;
    for (size_t i = 0; v == RUA_OK && i < plan->n; i++)
        v = reserve(plan, &plan->tables[i], err);
    return v;
}

void
rua_plan_done(struct rua_plan *plan)
{
    while (plan->n)
        drop_last(plan);
    free(plan->tables);
    rua_index_done(&plan->stems);
    rua_arena_done(&plan->names);
    rua_places_done(&plan->places);
    if (plan->spool >= 0)
        close(plan->spool);
    plan->spool = -1;
    plan->tables = NULL;
    plan->room = 0;
}
