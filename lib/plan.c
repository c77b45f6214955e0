#include "plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "file.h"
#include "known.h"
#include "table.h"

struct rua_plan_table {
    char stem[RUA_TABLE_PATH_SIZE];
    struct rua_table table; /* closed; table.end is where the next rows go */
    const char *path;       /* in plan->names */
    uint64_t begin;         /* where those of this batch begin */
};

/* The table is closed again: its lease can be had only by the one descriptor
 * that rows are written through. */
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
    v = rua_table_find(plan->root, stem, ending, header, &new->table, err);
    if (v != RUA_OK)
        return v;
    rua_table_close(&new->table);
    snprintf(new->stem, sizeof(new->stem), "%s", stem);
    new->path = rua_arena_text(&plan->names, rua_span_text(new->table.path));
    new->begin = new->table.end;
    plan->n++;
    return RUA_OK;
}

/* The number of the table that rows of this entry go to. */
static enum rua_verdict
find_table(struct rua_plan *plan, const struct rua_entry *entry,
           const char *name, struct rua_span header, size_t *ret_index,
           struct rua_err *err)
{
    char stem[RUA_TABLE_PATH_SIZE];

    snprintf(stem, sizeof(stem), "%s/%s%s", entry->folder, name, entry->period);
    for (size_t i = plan->n; i-- > 0;)
        if (strcmp(plan->tables[i].stem, stem) == 0) {
            *ret_index = i;
            return RUA_OK;
        }
    *ret_index = plan->n;
    return add_table(plan, stem, entry->aside ? ".csv" : plan->ending, header,
                     err);
}

/* The tables of an entry that came to the plan with it: their names shall be on
 * the disk before rows are promised to them. They are in one folder. Those of
 * an entry that fails are forgotten. */
static enum rua_verdict
sync_names(struct rua_plan *plan, size_t before, enum rua_verdict v,
           struct rua_err *err)
{
    bool bare = false;

    for (size_t i = before; i < plan->n; i++)
        bare = bare || plan->tables[i].table.bare;
    if (v == RUA_OK && bare)
        v = rua_table_sync_name(plan->root, plan->tables[before].path, err);
    if (v != RUA_OK)
        plan->n = before;
    return v;
}

static enum rua_verdict
make_folder(const struct rua_plan *plan, const char *archive,
            struct rua_err *err)
{
    char folder[RUA_ARCHIVE_PATH_SIZE];
    bool there = false;
    enum rua_verdict v;

    snprintf(folder, sizeof(folder), "%.*s",
             (int)(strrchr(archive, '/') - archive), archive);
    v = rua_file_check_folders(plan->root, folder, &there, err);
    return v == RUA_OK && !there
               ? rua_file_make_folders(plan->root, folder, err)
               : v;
}

/* Rows at the end of a table. */
static struct rua_op
append(struct rua_plan_table *table, struct rua_span header, struct rua_op rows)
{
    rows.kind = RUA_OP_ROWS;
    rows.path = table->path;
    rows.inode = table->table.inode;
    rows.offset = table->table.end;
    rows.header = header;
    rows.end_line = table->table.end_line;
    table->table.end += rua_op_rows_len(&rows);
    table->table.end_line = false;
    return rows;
}

static enum rua_verdict
plan_report(struct rua_plan *plan, const struct rua_entry *entry,
            struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    size_t before = plan->n, records, reports;
    enum rua_verdict v =
        find_table(plan, entry, "records", plan->records_header, &records, err);

    if (v == RUA_OK)
        v = find_table(plan, entry, "reports", plan->reports_header, &reports,
                       err);
    v = sync_names(plan, before, v, err);
    if (v != RUA_OK)
        return v;
    ret_ops->ops[0] = append(
        &plan->tables[records], plan->records_header,
        (struct rua_op){.spool = &entry->records, .len = entry->records.len});
    ret_ops->ops[1] =
        append(&plan->tables[reports], plan->reports_header,
               (struct rua_op){.bytes = rua_buf_span(&entry->report)});
    ret_ops->n = 2;
    return RUA_OK;
}

static enum rua_verdict
plan_aside(struct rua_plan *plan, const struct rua_entry *entry,
           struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    struct rua_span header = RUA_SPAN(RUA_ASIDE_HEADER);
    size_t before = plan->n, table;
    enum rua_verdict v =
        find_table(plan, entry, RUA_ASIDE_TABLE, header, &table, err);

    v = sync_names(plan, before, v, err);
    if (v != RUA_OK)
        return v;
    ret_ops->ops[0] =
        append(&plan->tables[table], header,
               (struct rua_op){.bytes = rua_buf_span(&entry->report)});
    ret_ops->n = 1;
    return RUA_OK;
}

enum rua_verdict
rua_plan_entry(struct rua_plan *plan, const struct rua_entry *entry,
               struct rua_plan_ops *ret_ops, struct rua_err *err)
{
    char archive[RUA_ARCHIVE_PATH_SIZE];
    enum rua_verdict v;

    if (entry->row_only)
        return plan_aside(plan, entry, ret_ops, err);
    rua_known_path(entry, entry->container, archive);
    v = make_folder(plan, archive, err);
    if (v == RUA_OK)
        v = entry->aside ? plan_aside(plan, entry, ret_ops, err)
                         : plan_report(plan, entry, ret_ops, err);
    if (v != RUA_OK)
        return v;
    ret_ops->ops[ret_ops->n++] = (struct rua_op){
        .kind = RUA_OP_FILE,
        .path = rua_arena_text(&plan->names, rua_span_text(archive)),
        .spool = entry->part,
        .at = entry->part_at,
        .len = entry->part_len,
    };
    return RUA_OK;
}

enum rua_verdict
rua_plan_reserve(const struct rua_plan *plan, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (size_t i = 0; v == RUA_OK && i < plan->n; i++) {
        const struct rua_plan_table *table = &plan->tables[i];
        int fd;
        if (table->table.end == table->begin)
            continue;
        v = rua_file_open(plan->root, table->path, O_RDWR, &fd, err);
        if (v == RUA_NOT_REPORT)
            v = rua_err_set(err, RUA_LATER, "%s: was taken away", table->path);
        if (v != RUA_OK)
            break;
        v = rua_file_reserve(fd, table->path, table->begin,
                             table->table.end - table->begin, err);
        close(fd);
    }
    return v;
}

void
rua_plan_done(struct rua_plan *plan)
{
    free(plan->tables);
    rua_arena_done(&plan->names);
    plan->tables = NULL;
    plan->n = plan->room = 0;
}
