/* clickhouse.h - a ClickHouse server over HTTP: questions, answers, tables. */
#ifndef RUAMILL_CLICKHOUSE_H
#define RUAMILL_CLICKHOUSE_H

#include "http.h"
#include "ship.h"

struct clickhouse {
    const struct conf_target *conf; /* borrowed */
    struct http *http;
    char *user, *key; /* headers; NULL: none */
    unsigned url;     /* which of conf->url */
};

/* Nothing is connected yet. clickhouse_close() must follow even if it fails. */
enum rua_verdict clickhouse_open(struct clickhouse *server,
                                 const struct conf_target *conf,
                                 struct rua_err *err);
void clickhouse_close(struct clickhouse *server);

/* Reads the file of the password again; what cannot be read changes nothing. */
void clickhouse_renew(struct clickhouse *server);

/* The next question goes to the next URL of the list. */
void clickhouse_next(struct clickhouse *server);

/* Sends `body` with these parameters of the URL ("query=...") and headers
 * (NULL: none). *ret_answer gets the answer's body, borrowed until the next
 * question; NULL: none is wanted, and a page of some web server, which may have
 * one for whatever it is asked, is told by that. RUA_LATER: it may go another
 * time; RUA_REFUSED: it will not until somebody mends something. The sentence
 * has what the server said. */
enum rua_verdict clickhouse_ask(struct clickhouse *server,
                                const char *parameters,
                                const char *const *headers,
                                struct rua_span body,
                                struct rua_span *ret_answer,
                                struct rua_err *err);

/* Whether system.<table> has a line with this name. */
enum rua_verdict clickhouse_has(struct clickhouse *server, const char *table,
                                const char *name, bool *ret_has,
                                struct rua_err *err);

/* Makes database, tables and views that are missing, on each server of the
 * list. */
enum rua_verdict clickhouse_create(struct clickhouse *server,
                                   struct rua_err *err);

#endif
