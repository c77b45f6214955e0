/* ship_postgresql.c - PostgreSQL: rows and how far they go, in one transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgres.h"
#include "ship.h"

enum {
    STAGED = 32, /* batches after one that had a row which was there */
    FIRST_YEAR = 2010,
    MONTHS = 90 * 12, /* to 2099, as the store has partitions */
};

/* Makers of tables of several hosts take turns. */
#define BEGIN_MAKING "BEGIN; SELECT pg_advisory_xact_lock(7885413117961811);"

struct ship_target {
    const struct conf_target *conf;
    const char *shipper;
    struct postgres *postgres; /* NULL: not connected */
    /* months that rows are of, and those that are known to have a partition */
    bool wanted[SHIP_TABLES][MONTHS], there[SHIP_TABLES][MONTHS];
    unsigned staged[SHIP_TABLES]; /* batches to go by way of another table */
    struct rua_buf sql;
};

static const char *const types[] = {
    [SHIP_TEXT] = "text",
    [SHIP_TIME] = "timestamp",
    [SHIP_SMALL] = "smallint",
    [SHIP_NUMBER] = "bigint",
};

static const char *const keys[] = {
    [SHIP_RECORDS] = "report_key, record, begin_date",
    [SHIP_REPORTS] = "report_key, begin_date",
};

static enum rua_verdict
open_target(const struct conf_target *conf, const struct view *view,
            const char *shipper, struct ship_target **ret_target,
            struct rua_err *err)
{
    struct ship_target *target;
    enum rua_verdict v = postgres_check_url(conf->url, err);

    (void)view;
    if (v != RUA_OK)
        return v;
    target = rua_alloc(sizeof(*target));
    memset(target, 0, sizeof(*target));
    target->conf = conf;
    target->shipper = shipper;
    rua_buf_init(&target->sql, SIZE_MAX / 2);
    *ret_target = target;
    return RUA_OK;
}

static void
close_target(struct ship_target *target)
{
    postgres_close(target->postgres);
    rua_buf_done(&target->sql);
    free(target);
}

/* Runs the commands that were put together. */
static enum rua_verdict
run(struct ship_target *target, struct rua_err *err)
{
    enum rua_verdict v;

    rua_buf_add_byte(&target->sql, '\0');
    v = postgres_run(target->postgres, (const char *)target->sql.data, err);
    rua_buf_reset(&target->sql);
    return v;
}

static void
add_names(struct ship_target *target, const struct ship_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        rua_buf_printf(&target->sql, "%s\"%s\"", i ? ", " : "",
                       columns->columns[i].name);
}

/* ---- tables ---- */

static void
add_table(struct ship_target *target, enum ship_which which)
{
    const struct ship_columns *columns = ship_columns(which);
    struct rua_buf *sql = &target->sql;

    rua_buf_printf(sql, "CREATE TABLE IF NOT EXISTS %s (", columns->table);
    for (size_t i = 0; i < columns->count; i++) {
        const struct ship_column *column = &columns->columns[i];
        rua_buf_printf(
            sql, "\"%s\" %s%s%s, ", column->name, types[column->type],
            column->needed && column->type == SHIP_TEXT ? " COLLATE \"C\"" : "",
            column->preset ? " NOT NULL" : "");
    }
    rua_buf_printf(sql, "PRIMARY KEY (%s)) PARTITION BY RANGE (begin_date);",
                   keys[which]);
    rua_buf_printf(sql,
                   "CREATE INDEX IF NOT EXISTS %s_domain ON %s "
                   "(domain, begin_date);",
                   columns->table, columns->table);
    rua_buf_printf(sql,
                   "CREATE TABLE IF NOT EXISTS %s_undated PARTITION OF %s "
                   "FOR VALUES FROM (MINVALUE) TO ('%d-01-01');",
                   columns->table, columns->table, FIRST_YEAR);
}

static enum rua_verdict
connect_to(struct ship_target *target, struct rua_err *err)
{
    if (target->postgres && !postgres_is_up(target->postgres)) {
        postgres_close(target->postgres);
        target->postgres = NULL;
    }
    if (target->postgres)
        return RUA_OK;
    memset(target->there, 0, sizeof(target->there));
    return postgres_open(target->conf, &target->postgres, err);
}

/* A transaction that failed is given up with its connection. */
static enum rua_verdict
give_up(struct ship_target *target, enum rua_verdict v)
{
    if (v != RUA_OK) {
        postgres_close(target->postgres);
        target->postgres = NULL;
        rua_buf_reset(&target->sql);
    }
    return v;
}

static enum rua_verdict
create(struct ship_target *target, struct rua_err *err)
{
    enum rua_verdict v = connect_to(target, err);

    if (v != RUA_OK)
        return v;
    rua_buf_printf(&target->sql, BEGIN_MAKING);
    for (int i = 0; i < SHIP_TABLES; i++)
        add_table(target, (enum ship_which)i);
    rua_buf_printf(&target->sql,
                   "CREATE TABLE IF NOT EXISTS ruamill_offsets ("
                   "shipper text PRIMARY KEY, batch bigint NOT NULL, "
                   "token text NOT NULL, confirmed timestamptz NOT NULL);"
                   "COMMIT");
    return give_up(target, run(target, err));
}

/* ---- partitions ---- */

static void
put(struct ship_target *target, const struct ship_row *row, struct rua_buf *to)
{
    struct rua_span begin = row->cells[0]; /* of both tables */
    char text[8] = "";
    int year, month;

    ship_text(row, to);
    if (begin.len < 7)
        return;
    memcpy(text, begin.data, 7);
    if (sscanf(text, "%4d-%2d", &year, &month) != 2 || month < 1 || month > 12)
        return;
    month += (year - FIRST_YEAR) * 12 - 1;
    if (month >= 0 && month < MONTHS)
        target->wanted[row->which][month] = true;
}

static void
add_partition(struct ship_target *target, enum ship_which which, int month)
{
    const char *table = ship_columns(which)->table;
    int next = month + 1;

    rua_buf_printf(&target->sql,
                   "CREATE TABLE IF NOT EXISTS %s_%04d_%02d PARTITION OF %s "
                   "FOR VALUES FROM ('%04d-%02d-01') TO ('%04d-%02d-01');",
                   table, FIRST_YEAR + month / 12, month % 12 + 1, table,
                   FIRST_YEAR + month / 12, month % 12 + 1,
                   FIRST_YEAR + next / 12, next % 12 + 1);
}

static enum rua_verdict
make_partitions(struct ship_target *target, struct rua_err *err)
{
    bool any = false;
    enum rua_verdict v;

    rua_buf_printf(&target->sql, BEGIN_MAKING);
    for (int i = 0; i < SHIP_TABLES; i++)
        for (int month = 0; month < MONTHS; month++)
            if (target->wanted[i][month] && !target->there[i][month]) {
                any = true;
                add_partition(target, (enum ship_which)i, month);
            }
    rua_buf_printf(&target->sql, "COMMIT");
    if (!any) {
        rua_buf_reset(&target->sql);
        return RUA_OK;
    }
    v = run(target, err);
    if (v == RUA_OK)
        memcpy(target->there, target->wanted, sizeof(target->there));
    return v;
}

/* ---- batches ---- */

/* COPY to the table of this name. */
static enum rua_verdict
copy_to(struct ship_target *target, const char *prefix,
        const struct ship_batch *batch, enum ship_which which,
        struct rua_err *err)
{
    const struct ship_columns *columns = ship_columns(which);
    struct rua_buf *sql = &target->sql;
    enum rua_verdict v;

    rua_buf_printf(sql, "COPY %s%s (", prefix, columns->table);
    add_names(target, columns);
    rua_buf_printf(sql, ") FROM STDIN");
    rua_buf_add_byte(sql, '\0');
    v = postgres_copy(target->postgres, (const char *)sql->data,
                      rua_buf_span(&batch->text[which]), err);
    rua_buf_reset(sql);
    return v;
}

/* Rows of which some may be there. In the order of their keys, so that two
 * hosts with the same reports do not wait for each other in a circle. */
static enum rua_verdict
stage(struct ship_target *target, const struct ship_batch *batch,
      enum ship_which which, struct rua_err *err)
{
    const struct ship_columns *columns = ship_columns(which);
    struct rua_buf *sql = &target->sql;
    enum rua_verdict v;

    rua_buf_printf(sql,
                   "CREATE TEMPORARY TABLE IF NOT EXISTS ruamill_%s "
                   "(LIKE %s) ON COMMIT DELETE ROWS",
                   columns->table, columns->table);
    v = run(target, err);
    if (v == RUA_OK)
        v = copy_to(target, "pg_temp.ruamill_", batch, which, err);
    if (v != RUA_OK)
        return v;
    rua_buf_printf(sql, "INSERT INTO %s (", columns->table);
    add_names(target, columns);
    rua_buf_printf(sql, ") SELECT ");
    add_names(target, columns);
    rua_buf_printf(sql,
                   " FROM pg_temp.ruamill_%s ORDER BY %s "
                   "ON CONFLICT DO NOTHING",
                   columns->table, keys[which]);
    return run(target, err);
}

/* Most rows are nobody else's, and go straight to their table: that is twice as
 * fast. Where one is there already, all of the batch goes the other way, and
 * some batches behind it, since it does not come alone. */
static enum rua_verdict
copy(struct ship_target *target, const struct ship_batch *batch,
     enum ship_which which, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v;

    if (target->staged[which]) {
        target->staged[which]--;
        return stage(target, batch, which, err);
    }
    v = postgres_run(target->postgres, "SAVEPOINT straight", err);
    if (v != RUA_OK)
        return v;
    v = copy_to(target, "", batch, which, &why);
    if (v == RUA_OK)
        return RUA_OK;
    if (!postgres_is_up(target->postgres) ||
        !postgres_was_duplicate(target->postgres))
        return rua_err_set(err, v, "%s", why.sentence);
    target->staged[which] = STAGED;
    v = postgres_run(target->postgres, "ROLLBACK TO straight", err);
    return v == RUA_OK ? stage(target, batch, which, err) : v;
}

/* The lock makes a second try wait for a first one whose connection broke. */
static enum rua_verdict
begin(struct ship_target *target, const struct ship_batch *batch,
      bool *ret_there, struct rua_err *err)
{
    const char *const who[] = {target->shipper, batch->token, NULL};
    enum rua_verdict v = postgres_run(target->postgres, "BEGIN", err);
    bool locked;

    if (v == RUA_OK)
        v = postgres_ask(
            target->postgres, "SELECT pg_advisory_xact_lock(hashtext($1))",
            (const char *const[]){target->shipper, NULL}, &locked, err);
    if (v == RUA_OK)
        v = postgres_ask(target->postgres,
                         "SELECT 1 FROM ruamill_offsets "
                         "WHERE shipper = $1 AND token = $2",
                         who, ret_there, err);
    return v;
}

static enum rua_verdict
commit(struct ship_target *target, const struct ship_batch *batch,
       struct rua_err *err)
{
    char number[24];
    const char *const values[] = {target->shipper, number, batch->token, NULL};
    bool found;
    enum rua_verdict v;

    snprintf(number, sizeof(number), "%llu", (unsigned long long)batch->number);
    v = postgres_ask(target->postgres,
                     "INSERT INTO ruamill_offsets "
                     "VALUES ($1, $2::bigint, $3, now()) "
                     "ON CONFLICT (shipper) DO UPDATE SET "
                     "batch = excluded.batch, token = excluded.token, "
                     "confirmed = excluded.confirmed",
                     values, &found, err);
    return v == RUA_OK ? postgres_run(target->postgres, "COMMIT", err) : v;
}

static enum rua_verdict
send(struct ship_target *target, const struct ship_batch *batch,
     struct rua_err *err)
{
    bool there = false;
    enum rua_verdict v = connect_to(target, err);

    if (v == RUA_OK)
        v = make_partitions(target, err);
    if (v == RUA_OK)
        v = begin(target, batch, &there, err);
    if (v == RUA_OK && there)
        return give_up(target, postgres_run(target->postgres, "ROLLBACK", err));
    for (int i = 0; v == RUA_OK && i < SHIP_TABLES; i++)
        if (batch->rows[i])
            v = copy(target, batch, (enum ship_which)i, err);
    if (v == RUA_OK)
        v = commit(target, batch, err);
    return give_up(target, v);
}

const struct ship_kind ship_postgresql = {
    .open = open_target,
    .create = create,
    .put = put,
    .send = send,
    .close = close_target,
};
