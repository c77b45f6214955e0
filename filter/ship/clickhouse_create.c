/* clickhouse_create.c - the tables as ClickHouse has them. */
#include "clickhouse.h"

static const char *const types[] = {
    [SHIP_TEXT] = "String",
    [SHIP_TIME] = "DateTime('UTC')",
    [SHIP_SMALL] = "UInt8",
    [SHIP_NUMBER] = "Int64",
};

/* By these, rows of a table are the same; a report's begin is the same with
 * each of its rows. */
static const char *const keys[] = {
    [SHIP_RECORDS] = "domain, begin_date, report_key, record",
    [SHIP_REPORTS] = "domain, begin_date, report_key",
};

static enum rua_verdict
run(struct clickhouse *server, struct rua_buf *query, struct rua_err *err)
{
    enum rua_verdict v =
        clickhouse_ask(server, "", NULL, rua_buf_span(query), NULL, err);

    rua_buf_reset(query);
    return v;
}

static void
add_columns(const struct ship_columns *columns, struct rua_buf *to)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct ship_column *column = &columns->columns[i];
        rua_buf_printf(to, column->preset ? "%s`%s` %s" : "%s`%s` Nullable(%s)",
                       i ? ", " : "", column->name, types[column->type]);
    }
}

/* The table that has the rows, on this server. */
static void
add_table(const struct conf_target *conf, enum ship_which which, bool window,
          struct rua_buf *to)
{
    const struct ship_columns *columns = ship_columns(which);
    const char *local = conf->cluster ? "_local" : "";

    rua_buf_printf(to, "CREATE TABLE IF NOT EXISTS `%s`.%s%s (", conf->database,
                   columns->table, local);
    add_columns(columns, to);
    rua_buf_printf(to, ") ENGINE = ");
    if (conf->replicated)
        rua_buf_printf(to,
                       "ReplicatedReplacingMergeTree('/clickhouse/tables/"
                       "{shard}/%s/%s%s', '{replica}')",
                       conf->database, columns->table, local);
    else
        rua_buf_printf(to, "ReplacingMergeTree()");
    rua_buf_printf(to, " PARTITION BY toYYYYMM(begin_date) ORDER BY (%s)",
                   keys[which]);
    if (window && !conf->replicated)
        rua_buf_printf(to,
                       " SETTINGS non_replicated_deduplication_window = 1000");
}

/* What is asked, and inserted into, on each server of a cluster. A report and
 * its rows are on the same shard, whoever brings them. */
static void
add_distributed(const struct conf_target *conf, enum ship_which which,
                struct rua_buf *to)
{
    const char *table = ship_columns(which)->table;

    rua_buf_printf(to,
                   "CREATE TABLE IF NOT EXISTS `%s`.%s AS `%s`.%s_local "
                   "ENGINE = Distributed(`%s`, `%s`, %s_local, "
                   "cityHash64(report_key))",
                   conf->database, table, conf->database, table, conf->cluster,
                   conf->database, table);
}

static void
add_view(const struct conf_target *conf, enum ship_which which,
         struct rua_buf *to)
{
    const char *table = ship_columns(which)->table;

    rua_buf_printf(to,
                   "CREATE VIEW IF NOT EXISTS `%s`.%s_once AS "
                   "SELECT * FROM `%s`.%s FINAL",
                   conf->database, table, conf->database, table);
}

static enum rua_verdict
create_tables(struct clickhouse *server, enum ship_which which, bool window,
              struct rua_buf *query, struct rua_err *err)
{
    const struct conf_target *conf = server->conf;
    enum rua_verdict v;

    add_table(conf, which, window, query);
    v = run(server, query, err);
    if (v == RUA_OK && conf->cluster) {
        add_distributed(conf, which, query);
        v = run(server, query, err);
    }
    if (v == RUA_OK) {
        add_view(conf, which, query);
        v = run(server, query, err);
    }
    return v;
}

static enum rua_verdict
create_here(struct clickhouse *server, struct rua_err *err)
{
    bool window = false;
    struct rua_buf query;
    enum rua_verdict v =
        clickhouse_has(server, "merge_tree_settings",
                       "non_replicated_deduplication_window", &window, err);

    rua_buf_init(&query, SIZE_MAX / 2);
    rua_buf_printf(&query, "CREATE DATABASE IF NOT EXISTS `%s`",
                   server->conf->database);
    if (v == RUA_OK)
        v = run(server, &query, err);
    for (int i = 0; v == RUA_OK && i < SHIP_TABLES; i++)
        v = create_tables(server, (enum ship_which)i, window, &query, err);
    rua_buf_done(&query);
    return v;
}

enum rua_verdict
clickhouse_create(struct clickhouse *server, struct rua_err *err)
{
    enum rua_verdict v;

    server->url = 0;
    do {
        v = create_here(server, err);
        clickhouse_next(server);
    } while (v == RUA_OK && server->url != 0);
    return v;
}
