#include "options.h"

#include <string.h>

#include "near.h"

#define OPTION(member, kind, shape, value, text)                               \
    {.name = #member,                                                          \
     .type = (kind),                                                           \
     .form = (shape),                                                          \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct conf, member)},

/* A number of which 0 is none. */
#define POSITIVE(member, shape, value, text)                                   \
    {.name = #member,                                                          \
     .type = CONF_NUMBER,                                                      \
     .form = (shape),                                                          \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .least = 1,                                                               \
     .offset = offsetof(struct conf, member)},

/* A ceiling that is not the library's. */
#define CEILING(member, value, text)                                           \
    {.name = #member,                                                          \
     .type = CONF_COUNT,                                                       \
     .form = "N",                                                              \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct conf, member)},

#define BYTES(member, value, text)                                             \
    {.name = #member,                                                          \
     .type = CONF_SIZE,                                                        \
     .form = "N",                                                              \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct conf, member)},

/* The only unit with a "b" is bytes. */
#define LIMIT(member, value, unit, text)                                       \
    {.name = #member,                                                          \
     .type = (unit)[0] == 'b' ? CONF_SIZE : CONF_COUNT,                        \
     .form = "N",                                                              \
     .help = (text),                                                           \
     .least = 1,                                                               \
     .offset = offsetof(struct conf, limits.member)},

/* A new option is a line here and a member of struct conf. */
/* clang-format off */
const struct conf_option conf_options[] = {
    OPTION(store, CONF_PATH, "FOLDER", NULL,
           "where tables and archive are kept")
    OPTION(allow, CONF_PATH, "FILE", NULL,
           "the allowlist: which RUA takes which policy domains; or https://..., "
           "for ruamill allow fetch")
    OPTION(allow_ca, CONF_PATH, "FILE", NULL,
           "certificates (PEM) of whom to trust with allow = https://...; "
           "otherwise those of the machine")
    OPTION(format, CONF_WORD, "csv|tsv", "csv",
           "how tables are written")
    OPTION(columns, CONF_TEXT, "COLUMNS", "full",
           "columns of the records tables: full, parsedmarc, worker, or a list "
           "of names with commas")
    OPTION(partition, CONF_WORD, "month|none|year|day", "month",
           "how tables are divided: by month, year or day of the begin of a "
           "report's period (UTC), or not at all")
    OPTION(formula_guard, CONF_SWITCH, "yes|no", "yes",
           "CSV: put ' before a text that a spreadsheet would calculate")
    OPTION(lease_wait, CONF_NUMBER, "MILLISECONDS", "250",
           "how long a table that somebody else has open is waited for; its "
           "rows are written then")
    OPTION(allow_network_fs, CONF_SWITCH, "yes|no", "no",
           "whether the store may be on NFS or another network file system")
    OPTION(jobs, CONF_NUMBER, "N", "0",
           "messages that are read at the same time; 0: as many as there are "
           "cores, in the milter twice as many")
    OPTION(socket, CONF_TEXT, "SOCKET", "unix:/run/ruamill/milter",
           "milter: where the MTA connects to: unix:PATH, inet:PORT@HOST, "
           "inet6:PORT@HOST or fd:N")
    OPTION(socket_mode, CONF_MODE, "MODE", "0660",
           "milter: the mode of a unix socket, in octal digits")
    OPTION(socket_group, CONF_TEXT, "GROUP", NULL,
           "milter: the group of a unix socket; otherwise that of the process")
    POSITIVE(max_connections, "N", "200",
           "milter: connections that bring reports at the same time; further "
           "ones come again")
    OPTION(after, CONF_WORD, "discard|accept", "discard",
           "milter: what becomes of a mail whose reports are stored")
    OPTION(on_bad, CONF_WORD, "keep|reject", "keep",
           "milter and pipe: what becomes of a report that cannot be read or is "
           "not taken: it is kept aside, or rejected")
    OPTION(dedicated, CONF_TEXT, "DOMAINS", NULL,
           "milter: domains that have no recipients but the RUAs of the "
           "allowlist; others are refused")
    OPTION(require_auth, CONF_WORD, "off|dkim|dmarc", "off",
           "keep a report aside unless the mail passed DKIM or DMARC, by the "
           "Authentication-Results of authserv_id")
    OPTION(authserv_id, CONF_TEXT, "NAMES", NULL,
           "the names that our own mail servers call themselves in "
           "Authentication-Results and Received; otherwise that of the host")
    POSITIVE(pipe_time_limit, "SECONDS", "300",
           "pipe: ends after this with exit status 75")
    OPTION(log, CONF_WORD, "stderr|syslog|journal", "stderr",
           "milter and pipe: where the line of each message goes")
    OPTION(sandbox, CONF_SWITCH, "yes|no", "yes",
           "whether the processes that read mail are locked in as far as this "
           "kernel can: no is for finding faults")
    OPTION(geoip, CONF_PATH, "FILE", NULL,
           "a database (.mmdb) of countries or networks, for what is shown of "
           "sources")
    OPTION(geoip_asn, CONF_PATH, "FILE", NULL,
           "a second one, for what the first does not have")
    OPTION(senders, CONF_PATH, "FILE", NULL,
           "the names of senders, by domain or network")
    OPTION(ptr, CONF_SWITCH, "yes|no", "no",
           "summary: whether the names of sources are looked up in DNS")
    POSITIVE(ptr_wait, "SECONDS", "5",
             "summary: how long all look-ups together may take")
    OPTION(resolver, CONF_TEXT, "ADDRESS[:PORT]", NULL,
           "summary: the DNS server that is asked; otherwise those of "
           "resolv.conf")
    OPTION(metrics, CONF_PATH, "FILE", NULL,
           "milter, pipe and replay: a file for Prometheus (node_exporter's "
           "textfile collector), ending in .prom")
    CEILING(max_new_domains, "1000",
            "milter and pipe: policy domains that are new in the store and not "
            "named on the allowlist, of one RUA and one day; 0: any number")
    BYTES(max_quarantine, "1G",
          "bytes of the messages that are kept aside: when there are more, "
          "further ones come again; 0: any number")
    RUA_LIMITS(LIMIT)
};
/* clang-format on */

const size_t conf_option_count = sizeof(conf_options) / sizeof(*conf_options);
const struct conf_table conf_table = {conf_options, sizeof(conf_options) /
                                                        sizeof(*conf_options)};

const struct conf_option *
conf_option_find(const struct conf_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->options[i].name, name) == 0)
            return &table->options[i];
    return NULL;
}

const struct conf_option *
conf_option_nearest(const struct conf_table *table, const char *name)
{
    struct near near;

    near_begin(&near, name);
    for (size_t i = 0; i < table->count; i++)
        near_try(&near, table->options[i].name);
    return near.name ? conf_option_find(table, near.name) : NULL;
}

bool
conf_option_is_limit(const struct conf_option *option)
{
    return option->type == CONF_SIZE || option->type == CONF_COUNT;
}
