/* postgres.h - libpq's door: a connection to a PostgreSQL server. */
#ifndef RUAMILL_POSTGRES_H
#define RUAMILL_POSTGRES_H

#include "flow.h"
#include "targets.h"

struct postgres;

/* Connects, in UTF-8, and such that what is committed is on the server's disk.
 * Fails as the others do; *ret_postgres is NULL then. */
enum rua_verdict postgres_open(const struct conf_target *conf,
                               struct postgres **ret_postgres,
                               struct rua_err *err);
void postgres_close(struct postgres *postgres);

/* Whether the connection is still there, as far as one knows. */
bool postgres_is_up(const struct postgres *postgres);

/* Whether the last command that failed did so for a key that was there. */
bool postgres_was_duplicate(const struct postgres *postgres);

/* One or more commands of SQL. RUA_LATER: they may go another time;
 * RUA_REFUSED: they will not until somebody mends something. The sentence has
 * what the server said. */
enum rua_verdict postgres_run(struct postgres *postgres, const char *sql,
                              struct rua_err *err);

/* A query with parameters $1, $2, ... (texts, ended by a NULL). *ret_found:
 * whether it gave rows. */
enum rua_verdict postgres_ask(struct postgres *postgres, const char *sql,
                              const char *const *parameters, bool *ret_found,
                              struct rua_err *err);

/* COPY ... FROM STDIN with this text. */
enum rua_verdict postgres_copy(struct postgres *postgres, const char *sql,
                               struct rua_span text, struct rua_err *err);

/* The sentence of a failure: what was said, and what to do. `state`: its
 * SQLSTATE; NULL: it is the connection's. `role`: whose it is. */
enum rua_verdict postgres_fail(const char *state, const char *text,
                               const char *role, enum rua_verdict v,
                               struct rua_err *err);

/* RUA_REFUSED when libpq does not know a parameter of the URL, or it is none.
 */
enum rua_verdict postgres_check_url(const char *url, struct rua_err *err);

/* "libpq 15.18". */
const char *postgres_version(void);

#endif
