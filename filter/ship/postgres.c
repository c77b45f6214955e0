#include "postgres.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "ship.h"
#include "ship_wait.h"

enum {
    BROKE = 512, /* bytes of what libpq says */
    SAID = 200,
    PIECE = 256 * 1024,
    PARAMETERS = 8,
    SLICE = 1000, /* ms after which one looks whether to stop */
};

struct postgres {
    PGconn *conn;
    unsigned request_time; /* s */
    int64_t until;         /* CLOCK_MONOTONIC, ms: of the command */
    bool over;             /* it was, or we are to stop: the connection is in
                              the middle of something, and must be closed */
    bool astray;           /* the server said what nobody asked for: the same */
    bool duplicate;        /* the last failure was a key that is there */
    char broke[BROKE];     /* how the connection broke */
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

    postgres->duplicate = state && strcmp(state, "23505") == 0;
    if (!text)
        text = postgres->broke[0] ? postgres->broke
                                  : PQerrorMessage(postgres->conn);
    for (size_t i = 0; state && i < sizeof(passing) / sizeof(*passing); i++)
        passes |= strncmp(state, passing[i], strlen(passing[i])) == 0;
    return postgres_fail(state, text, PQuser(postgres->conn),
                         passes ? RUA_LATER : RUA_REFUSED, err);
}

/* ---- waiting: libpq's own calls wait for a server that is silent as long as
 * that is ---- */

/* False when time is over. What a broken connection is, libpq finds out. */
static bool
wait_for(struct postgres *postgres, short events)
{
    struct pollfd fd = {.fd = PQsocket(postgres->conn), .events = events};
    bool ready = fd.fd < 0;

    while (!ready && !postgres->over) {
        int64_t left = postgres->until - ship_now();
        postgres->over = ship_stopping || left <= 0;
        if (!postgres->over)
            ready = poll(&fd, 1, left < SLICE ? (int)left : SLICE) > 0;
    }
    return !postgres->over;
}

/* Takes what has come. Of a connection that broke libpq says why once, and then
 * that its socket is none: only the first is kept. */
static bool
hear(struct postgres *postgres)
{
    if (PQconsumeInput(postgres->conn))
        return true;
    if (!postgres->broke[0])
        snprintf(postgres->broke, sizeof(postgres->broke), "%s",
                 PQerrorMessage(postgres->conn));
    return false;
}

/* All that libpq holds back goes to the server; what that says meanwhile is
 * heard, or each might wait for the other. False: time is over, or the
 * connection broke. */
static bool
push(struct postgres *postgres)
{
    int left;

    while ((left = PQflush(postgres->conn)) > 0)
        if (!wait_for(postgres, POLLIN | POLLOUT) || !hear(postgres))
            return false;
    return left == 0;
}

/* The command's next result; NULL when there is none, or time is over. */
static PGresult *
next_result(struct postgres *postgres)
{
    push(postgres);
    while (!postgres->over && PQisBusy(postgres->conn))
        if (wait_for(postgres, POLLIN) && !hear(postgres))
            break;
    return postgres->over ? NULL : PQgetResult(postgres->conn);
}

static enum rua_verdict
say_over(const struct postgres *postgres, struct rua_err *err)
{
    if (ship_stopping)
        return rua_err_set(err, RUA_LATER, "it was told to stop");
    return rua_err_set(err, RUA_LATER,
                       "PostgreSQL: it did not answer within %u seconds; see "
                       "the server, or set request_time higher",
                       postgres->request_time);
}

/* ---- commands ---- */

static void
begin(struct postgres *postgres)
{
    postgres->until = ship_now() + (int64_t)postgres->request_time * 1000;
}

/* No command of ours has such an answer, and libpq gives it without end. */
static enum rua_verdict
say_astray(struct postgres *postgres, struct rua_err *err)
{
    postgres->astray = true;
    return rua_err_set(
        err, RUA_LATER,
        "PostgreSQL: it began a COPY that was not asked for; see what answers "
        "at url");
}

/* What became of the command: of its results, all of which are taken, one that
 * failed; without any it failed, too. A COPY is only begun. `sent`: whether
 * libpq took the command. */
static enum rua_verdict
end(struct postgres *postgres, bool sent, bool *ret_found, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;
    PGresult *result;
    bool any = false, copies = false;

    if (!sent)
        v = fail(postgres, NULL, err);
    while (!copies && !postgres->astray && (result = next_result(postgres))) {
        ExecStatusType status = PQresultStatus(result);
        any = true;
        copies = status == PGRES_COPY_IN;
        if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            v = say_astray(postgres, err);
        else if (v == RUA_OK && !copies && status != PGRES_COMMAND_OK &&
                 status != PGRES_TUPLES_OK)
            v = fail(postgres, result, err);
        *ret_found |= PQntuples(result) > 0;
        PQclear(result);
    }
    if (postgres->over)
        return say_over(postgres, err);
    return v == RUA_OK && !any ? fail(postgres, NULL, err) : v;
}

static void
ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

/* The server gives up soon after us: while it waits for a lock it does not
 * notice that we are gone, and each try would leave a session there. */
static enum rua_verdict
set_session(struct postgres *postgres, struct rua_err *err)
{
    char sql[96];

    snprintf(sql, sizeof(sql),
             "SET synchronous_commit = on; SET statement_timeout = '%us'",
             postgres->request_time + 1);
    return postgres_run(postgres, sql, err);
}

enum rua_verdict
postgres_check_url(const char *url, struct rua_err *err)
{
    char *text = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &text);
    enum rua_verdict v = RUA_OK;
    char said[SAID];

    if (!options) {
        ship_printable(text ? text : "", text ? strlen(text) : 0, said,
                       sizeof(said));
        v = rua_err_set(err, RUA_REFUSED, "url: %s; mend it", said);
    }
    PQfreemem(text);
    PQconninfoFree(options);
    return v;
}

/* libpq waits by itself until the connection is there, 10 s for each address:
 * in steps it would know neither that time nor the next of several hosts. */
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
    *postgres = (struct postgres){.request_time = conf->request_time};
    ship_deaf = true;
    postgres->conn = PQconnectdbParams(names, values, 1);
    ship_deaf = false;
    explicit_bzero(password, sizeof(password));
    if (PQstatus(postgres->conn) != CONNECTION_OK ||
        PQsetnonblocking(postgres->conn, 1) != 0) {
        v = fail(postgres, NULL, err);
    } else {
        PQsetNoticeReceiver(postgres->conn, ignore_notice, NULL);
        v = set_session(postgres, err);
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
    return !postgres->over && !postgres->astray &&
           PQstatus(postgres->conn) == CONNECTION_OK;
}

bool
postgres_was_duplicate(const struct postgres *postgres)
{
    return postgres->duplicate;
}

enum rua_verdict
postgres_run(struct postgres *postgres, const char *sql, struct rua_err *err)
{
    bool found = false;

    begin(postgres);
    return end(postgres, PQsendQuery(postgres->conn, sql), &found, err);
}

enum rua_verdict
postgres_ask(struct postgres *postgres, const char *sql,
             const char *const *parameters, bool *ret_found,
             struct rua_err *err)
{
    int n = 0, sent;

    while (parameters[n] && n < PARAMETERS)
        n++;
    *ret_found = false;
    begin(postgres);
    sent = PQsendQueryParams(postgres->conn, sql, n, NULL, parameters, NULL,
                             NULL, 0);
    return end(postgres, sent, ret_found, err);
}

/* In pieces, so that libpq does not hold all of it a second time. Before each
 * of them it holds nothing, so that one which it does not take, not even for
 * later, is want of memory. */
static bool
put_text(struct postgres *postgres, struct rua_span text)
{
    while (text.len) {
        size_t n = text.len < PIECE ? text.len : PIECE;
        int taken =
            PQputCopyData(postgres->conn, (const char *)text.data, (int)n);
        if (taken <= 0 || !push(postgres))
            return false;
        text.data += n;
        text.len -= n;
    }
    return PQputCopyEnd(postgres->conn, NULL) > 0;
}

enum rua_verdict
postgres_copy(struct postgres *postgres, const char *sql, struct rua_span text,
              struct rua_err *err)
{
    bool found = false;
    enum rua_verdict v;

    begin(postgres);
    v = end(postgres, PQsendQuery(postgres->conn, sql), &found, err);
    return v == RUA_OK ? end(postgres, put_text(postgres, text), &found, err)
                       : v;
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
