#include "postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "ship.h"

enum {
    SAID = 200,
    PIECE = 256 * 1024,
    PARAMETERS = 8,
};

struct postgres {
    PGconn *conn;
    bool duplicate; /* the last failure was a key that is there */
};

/* Classes of SQLSTATE, and single ones, that go away by themselves: all others
 * are somebody's to mend. (Appendix A of PostgreSQL's manual.) */
static const char *const passing[] = {
    "08",    /* connection */
    "25006", /* read only: a standby that is to become the primary */
    "40",    /* deadlock, serialization */
    "53",    /* disk full, too many connections */
    "55",    /* in use */
    "57",    /* shutdown, cancelled */
    "58",    /* system error */
    "XX",    /* internal */
};

static enum rua_verdict
fail(struct postgres *postgres, const PGresult *result, struct rua_err *err)
{
    const char *state =
        result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text =
        result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    bool passes = !state;
    char said[SAID];

    postgres->duplicate = state && strcmp(state, "23505") == 0;
    if (!text)
        text = PQerrorMessage(postgres->conn);
    ship_printable(text, strlen(text), said, sizeof(said));
    for (size_t i = 0; state && i < sizeof(passing) / sizeof(*passing); i++)
        passes |= strncmp(state, passing[i], strlen(passing[i])) == 0;
    return rua_err_set(err, passes ? RUA_LATER : RUA_REFUSED,
                       "PostgreSQL: %s%s%s", said,
                       state && strcmp(state, "42P01") == 0
                           ? "; ruamill ship --create makes the tables"
                           : "",
                       "");
}

/* Ends a command. */
static enum rua_verdict
end(struct postgres *postgres, PGresult *result, ExecStatusType wanted,
    struct rua_err *err)
{
    enum rua_verdict v =
        PQresultStatus(result) == wanted ? RUA_OK : fail(postgres, result, err);

    PQclear(result);
    return v;
}

static void
ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

enum rua_verdict
postgres_open(const struct conf_target *conf, struct postgres **ret_postgres,
              struct rua_err *err)
{
    char password[CONF_PASSWORD];
    /* the first dbname is the URL; what comes behind it wins over it */
    const char *const names[] = {"dbname",
                                 "dbname",
                                 "client_encoding",
                                 "connect_timeout",
                                 "keepalives",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "tcp_user_timeout",
                                 "application_name",
                                 conf->user ? "user" : "sslrootcert",
                                 conf->password_file ? "password"
                                                     : "sslrootcert",
                                 conf->tls_ca ? "sslrootcert" : NULL,
                                 NULL};
    const char *const values[] = {conf->url,
                                  conf->database,
                                  "UTF8",
                                  "10",
                                  "1",
                                  "15",
                                  "5",
                                  "30000",
                                  "ruamill",
                                  conf->user,
                                  conf->password_file ? password : NULL,
                                  conf->tls_ca,
                                  NULL};
    struct postgres *postgres;
    enum rua_verdict v = conf_target_password(conf, password, err);

    *ret_postgres = NULL;
    if (v != RUA_OK)
        return v;
    postgres = rua_alloc(sizeof(*postgres));
    *postgres = (struct postgres){0};
    postgres->conn = PQconnectdbParams(names, values, 1);
    explicit_bzero(password, sizeof(password));
    if (PQstatus(postgres->conn) != CONNECTION_OK) {
        v = fail(postgres, NULL, err);
    } else {
        PQsetNoticeReceiver(postgres->conn, ignore_notice, NULL);
        v = postgres_run(postgres, "SET synchronous_commit = on", err);
    }
    if (v == RUA_OK)
        *ret_postgres = postgres;
    else
        postgres_close(postgres);
    return v;
}

void
postgres_close(struct postgres *postgres)
{
    if (!postgres)
        return;
    PQfinish(postgres->conn);
    free(postgres);
}

bool
postgres_is_up(const struct postgres *postgres)
{
    return PQstatus(postgres->conn) == CONNECTION_OK;
}

bool
postgres_was_duplicate(const struct postgres *postgres)
{
    return postgres->duplicate;
}

enum rua_verdict
postgres_run(struct postgres *postgres, const char *sql, struct rua_err *err)
{
    PGresult *result = PQexec(postgres->conn, sql);
    enum rua_verdict v = RUA_OK;

    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK)
        v = fail(postgres, result, err);
    PQclear(result);
    return v;
}

enum rua_verdict
postgres_ask(struct postgres *postgres, const char *sql,
             const char *const *parameters, bool *ret_found,
             struct rua_err *err)
{
    PGresult *result;
    int n = 0;

    while (parameters[n] && n < PARAMETERS)
        n++;
    result =
        PQexecParams(postgres->conn, sql, n, NULL, parameters, NULL, NULL, 0);
    *ret_found = PQntuples(result) > 0;
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return end(postgres, result, PGRES_COMMAND_OK, err);
    return end(postgres, result, PGRES_TUPLES_OK, err);
}

enum rua_verdict
postgres_copy(struct postgres *postgres, const char *sql, struct rua_span text,
              struct rua_err *err)
{
    enum rua_verdict v =
        end(postgres, PQexec(postgres->conn, sql), PGRES_COPY_IN, err);

    while (v == RUA_OK && text.len) {
        size_t n = text.len < PIECE ? text.len : PIECE;
        if (PQputCopyData(postgres->conn, (const char *)text.data, (int)n) != 1)
            v = fail(postgres, NULL, err);
        text.data += n;
        text.len -= n;
    }
    if (v == RUA_OK && PQputCopyEnd(postgres->conn, NULL) != 1)
        v = fail(postgres, NULL, err);
    if (v == RUA_OK)
        v = end(postgres, PQgetResult(postgres->conn), PGRES_COMMAND_OK, err);
    while (v == RUA_OK && postgres_is_up(postgres)) {
        PGresult *result = PQgetResult(postgres->conn);
        if (!result)
            break;
        PQclear(result);
    }
    return v;
}

const char *
postgres_version(void)
{
    static char text[32];
    int version = PQlibVersion();

    snprintf(text, sizeof(text), "libpq %d.%d", version / 10000,
             version % 10000);
    return text;
}
