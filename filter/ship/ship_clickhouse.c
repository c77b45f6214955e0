/* ship_clickhouse.c - ClickHouse, over HTTP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clickhouse.h"

/* Settings that make an INSERT whole and known again, as far as a server has
 * them: one of 2018 lacks most. */
static const struct {
    const char *name, *value; /* NULL: the batch's token */
} settings[] = {
    {"insert_deduplication_token",      NULL},
 /* a Distributed table answers when the shards have the rows */
    {"insert_distributed_sync",         "1" },
    {"distributed_foreground_insert",   "1" },
    {"async_insert",                    "0" },
 /* years of reports may come at once */
    {"max_partitions_per_insert_block", "0" },
    {"insert_deduplicate",              "1" },
};

enum {
    SETTINGS = sizeof(settings) / sizeof(*settings),
    SAID = 120, /* bytes of an answer */
};

struct ship_target {
    struct clickhouse server;
    bool has[SETTINGS]; /* once it was asked */
    bool asked;
};

static enum rua_verdict
open_target(const struct conf_target *conf, const struct view *view,
            const char *shipper, struct ship_target **ret_target,
            struct rua_err *err)
{
    struct ship_target *target = rua_alloc(sizeof(*target));
    enum rua_verdict v;

    (void)view;
    (void)shipper;
    *target = (struct ship_target){0};
    v = clickhouse_open(&target->server, conf, err);
    *ret_target = target;
    return v;
}

static void
close_target(struct ship_target *target)
{
    clickhouse_close(&target->server);
    free(target);
}

static enum rua_verdict
create(struct ship_target *target, struct rua_err *err)
{
    return clickhouse_create(&target->server, err);
}

static void
renew(struct ship_target *target)
{
    clickhouse_renew(&target->server);
}

static void
put(struct ship_target *target, const struct ship_row *row, struct rua_buf *to)
{
    (void)target;
    ship_text(row, to);
}

/* Which settings this server has. */
static enum rua_verdict
ask(struct ship_target *target, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    for (int i = 0; v == RUA_OK && i < SETTINGS; i++)
        v = clickhouse_has(&target->server, "settings", settings[i].name,
                           &target->has[i], err);
    target->asked = v == RUA_OK;
    return v;
}

static void
add_settings(const struct ship_target *target, const struct ship_batch *batch,
             struct rua_buf *to)
{
    for (int i = 0; i < SETTINGS; i++)
        if (target->has[i])
            rua_buf_printf(to, "&%s=%s", settings[i].name,
                           settings[i].value ? settings[i].value
                                             : batch->token);
}

static void
add_query(const struct ship_target *target, enum ship_which which,
          struct rua_buf *to)
{
    const struct ship_columns *columns = ship_columns(which);
    struct rua_buf query;

    rua_buf_init(&query, SIZE_MAX / 2);
    rua_buf_printf(&query, "INSERT INTO `%s`.%s (",
                   target->server.conf->database, columns->table);
    for (size_t i = 0; i < columns->count; i++)
        rua_buf_printf(&query, "%s`%s`", i ? ", " : "",
                       columns->columns[i].name);
    rua_buf_printf(&query, ") FORMAT TabSeparated");
    rua_buf_add_byte(&query, '\0');
    http_escape((const char *)query.data, to);
    rua_buf_done(&query);
}

/* That rows were taken is said by nothing at all. A page of a load balancer is
 * no such answer, nor is an exception behind a status that was sent before it.
 */
static enum rua_verdict
check_answer(struct rua_span answer, struct rua_err *err)
{
    char said[SAID];

    if (!answer.len)
        return RUA_OK;
    ship_printable((const char *)answer.data, answer.len, said, sizeof(said));
    return rua_err_set(
        err, RUA_LATER,
        "INSERT was answered with \"%s\", as no ClickHouse does; "
        "see url",
        said);
}

static enum rua_verdict
insert(struct ship_target *target, const struct ship_batch *batch,
       enum ship_which which, struct rua_err *err)
{
    static const char *const headers[] = {
        "Content-Type: text/tab-separated-values", "Content-Encoding: gzip",
        NULL};
    struct rua_span answer = {0};
    struct rua_buf parameters;
    enum rua_verdict v;

    rua_buf_init(&parameters, SIZE_MAX / 2);
    rua_buf_printf(&parameters, "query=");
    add_query(target, which, &parameters);
    add_settings(target, batch, &parameters);
    rua_buf_add_byte(&parameters, '\0');
    v = clickhouse_ask(&target->server, (const char *)parameters.data, headers,
                       rua_buf_span(&batch->packed[which]), &answer, err);
    rua_buf_done(&parameters);
    return v == RUA_OK ? check_answer(answer, err) : v;
}

/* Another server of the list may be another version. */
static enum rua_verdict
send(struct ship_target *target, const struct ship_batch *batch,
     struct rua_err *err)
{
    enum rua_verdict v = target->asked ? RUA_OK : ask(target, err);

    for (int i = 0; v == RUA_OK && i < SHIP_TABLES; i++)
        if (batch->rows[i])
            v = insert(target, batch, (enum ship_which)i, err);
    if (v != RUA_OK) {
        clickhouse_next(&target->server);
        target->asked = false;
    }
    return v;
}

const struct ship_kind ship_clickhouse = {
    .packs = true,
    .open = open_target,
    .create = create,
    .renew = renew,
    .put = put,
    .send = send,
    .close = close_target,
};
