/* conf.h - the configuration: one table of options, set from a file and by -o.
 *
 * The file has lines "name = value", and then sections "[target NAME]" with
 * options of their own (targets.h). "#" and ";" begin a comment at the start of
 * a line or behind white space. An option that is unknown,
 * stands there twice, or has a value that does not fit is an error. What fails
 * here is RUA_LATER with one sentence that begins with where it is:
 *     /etc/ruamill/ruamill.conf:3: unknown option "alow"; did you mean "allow"?
 * A relative path is relative to the folder of the file that names it; given by
 * -o, to the current folder. */
#ifndef RUAMILL_CONF_H
#define RUAMILL_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "entry.h"
#include "err.h"
#include "limit.h"

/* What becomes of a mail whose reports are stored, */
enum conf_after {
    CONF_DISCARD,
    CONF_ACCEPT,
};

/* and of one that claims to be a report and cannot be taken. */
enum conf_on_bad {
    CONF_KEEP,
    CONF_REJECT,
};

/* What a report's mail must have passed. */
enum conf_auth {
    CONF_AUTH_OFF,
    CONF_AUTH_DKIM,
    CONF_AUTH_DMARC,
};

enum conf_log {
    CONF_LOG_STDERR,
    CONF_LOG_SYSLOG,
    CONF_LOG_JOURNAL,
};

struct conf_target;

/* Values of the options, by their names; see options.c. Read freely. */
struct conf {
    char *store;    /* NULL: not set */
    char *allow;    /* NULL: not set */
    char *allow_ca; /* NULL: those of the machine */
    enum rua_format format;
    char *columns;
    enum rua_partition partition;
    bool formula_guard;
    unsigned lease_wait; /* ms */
    bool allow_network_fs;
    unsigned jobs; /* 0: as many as there are cores */
    char *socket;
    unsigned socket_mode;
    char *socket_group; /* NULL: not set */
    unsigned max_connections;
    enum conf_after after;
    enum conf_on_bad on_bad;
    char *dedicated; /* NULL: none */
    enum conf_auth require_auth;
    char *authserv_id;        /* NULL: the name of the host */
    unsigned pipe_time_limit; /* s */
    enum conf_log log;
    bool sandbox;
    char *geoip, *geoip_asn; /* NULL: none */
    char *senders;           /* NULL: none */
    bool ptr;
    unsigned ptr_wait;        /* s */
    char *resolver;           /* NULL: those of resolv.conf(5) */
    char *metrics;            /* NULL: not written */
    uint64_t max_new_domains; /* 0: any number */
    uint64_t max_quarantine;  /* 0: any number */
    struct rua_limits limits;
    struct conf_target **targets; /* n of them; see targets.h */
    size_t n_targets;
};

/* All defaults. */
void conf_init(struct conf *conf);
void conf_done(struct conf *conf);

/* The whole configuration of a command: the file (NULL: the default one, which
 * may be absent), then `n` settings "name=value" of the command line, which win
 * over the file wherever they stood, then conf_check(). */
enum rua_verdict conf_read(struct conf *conf, const char *file,
                           const char *const *settings, size_t n,
                           struct rua_err *err);

/* The same for a command that needs the store, and no allowlist. */
enum rua_verdict conf_read_store(struct conf *conf, const char *file,
                                 const char *const *settings, size_t n,
                                 struct rua_err *err);

/* Reads a file. A missing one is RUA_OK if it need not exist. */
enum rua_verdict conf_load(struct conf *conf, const char *path, bool must_exist,
                           struct rua_err *err);

/* Sets one option from text; a later value replaces an earlier one. `where` is
 * for the sentence ("-o"). */
enum rua_verdict conf_set(struct conf *conf, const char *name,
                          const char *value, const char *where,
                          struct rua_err *err);

/* The same from "name=value". */
enum rua_verdict conf_set_argument(struct conf *conf, const char *setting,
                                   struct rua_err *err);

/* RUA_LATER, and which, when an option that has no default is not set. `file`
 * is where it could be set, for the sentence. */
enum rua_verdict conf_check(const struct conf *conf, const char *file,
                            struct rua_err *err);

/* The options with their defaults, in 80 columns; those of a target. */
void conf_print_help(FILE *out);
void conf_print_target_help(FILE *out);

/* All present values, as lines of a configuration file. */
void conf_print(const struct conf *conf, FILE *out);

#endif
