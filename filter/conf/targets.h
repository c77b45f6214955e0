/* targets.h - the sections [target NAME] of the configuration: where
 * `ruamill ship` brings the rows or the raw reports to.
 *
 * As with the other options, what fails is RUA_LATER with one sentence. */
#ifndef RUAMILL_TARGETS_H
#define RUAMILL_TARGETS_H

#include "conf.h"
#include "options.h"

enum conf_target_type {
    CONF_CLICKHOUSE,
    CONF_POSTGRESQL,
    CONF_S3,
};

/* Bytes of a target's name, at most: it is the name of a folder, too. */
#define CONF_TARGET_NAME 63

struct conf_target {
    char name[CONF_TARGET_NAME + 1];
    enum conf_target_type type;
    char *url; /* NULL: not set */
    char *database;
    char *user;          /* NULL: not set */
    char *password_file; /* NULL: not set */
    char *tls_ca;        /* NULL: those of the machine */
    char *cluster;       /* NULL: none */
    bool replicated;
    char *bucket; /* NULL: not set */
    char *region;
    bool virtual_host; /* the bucket is part of the host's name */
    uint64_t batch_rows;
    uint64_t batch_size;   /* bytes */
    unsigned batch_age;    /* s */
    unsigned request_time; /* s */
};

/* Those of struct conf_target. */
extern const struct conf_table conf_target_table;

/* Begins the section of this line, "[target NAME]", with all defaults. It is
 * the configuration's. */
enum rua_verdict conf_target_begin(struct conf *conf, const char *line,
                                   const char *where,
                                   struct conf_target **ret_target,
                                   struct rua_err *err);

/* The target of this name, of which everything is set that must be. */
enum rua_verdict conf_target_get(const struct conf *conf, const char *name,
                                 const struct conf_target **ret_target,
                                 struct rua_err *err);

/* The same, and whether its password and tls_ca can be read. */
enum rua_verdict conf_target_check(const struct conf *conf, const char *name,
                                   const struct conf_target **ret_target,
                                   struct rua_err *err);

/* The i-th target; NULL behind the last one. */
const struct conf_target *conf_target_at(const struct conf *conf, size_t i);

/* The password: the first line of password_file, in `to`; empty when there is
 * no such option. A file that others than its user and group can read is
 * refused. */
#define CONF_PASSWORD 512
enum rua_verdict conf_target_password(const struct conf_target *target,
                                      char to[CONF_PASSWORD],
                                      struct rua_err *err);

/* Whether a URL, or one of a list of them, is "scheme://user:password@host" or
 * has "password=" in it, which logs and status would show. */
bool conf_has_password(const char *urls);

void conf_targets_done(struct conf *conf);

#endif
