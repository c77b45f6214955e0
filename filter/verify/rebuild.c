/* ruamill rebuild: a store made again from the archive of another, or from a
 * bucket. */
#include "rebuild.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"
#include "log.h"

enum {
    COMPARE = 256,
    TO,
    FROM,
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill rebuild [-c CONF] [-o NAME=VALUE]... [--compare] "
        "[--to RUA]\n"
        "                       NEW-FOLDER\n"
        "       ruamill rebuild [-c CONF] [-o NAME=VALUE]... --from TARGET "
        "[--to RUA]\n"
        "                       NEW-FOLDER\n\n"
        "Makes the tables again from the archive, as a store of its own in "
        "NEW-FOLDER, which\n"
        "must not exist, or be empty. The reports tables say in which order, "
        "and how the\n"
        "reports came; those that have no row there come last.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "      --compare        hold the records tables against the present "
        "ones, byte for\n"
        "                       byte\n"
        "      --to RUA         the address of reports that have no row\n"
        "      --from TARGET    read the reports in the bucket of this target "
        "instead; what\n"
        "                       NEW-FOLDER has of them already is left "
        "out\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

/* ---- begin and end ---- */

/* RUA_REFUSED when something is in the folder; with `begun`, when it is not a
 * store of ours. */
static enum rua_verdict
check_empty(const char *path, bool begun, struct rua_err *err)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty = true, ours = false;

    if (!dir && errno == ENOENT)
        return RUA_OK;
    if (!dir) {
        rua_err_sys(err, "open folder %s", path);
        return RUA_REFUSED;
    }
    while ((entry = readdir(dir)) != NULL) {
        empty &=
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        ours |= strcmp(entry->d_name, ".spool") == 0;
    }
    closedir(dir);
    return empty || (begun && ours)
               ? RUA_OK
               : rua_err_set(err, RUA_REFUSED,
                             "%s: is not empty; the tables go into a new "
                             "folder, so take it away first if a rebuild left "
                             "it",
                             path);
}

/* The real path of a folder, or of the one that it would be made in; NULL when
 * there is no such. To be freed. */
static char *
real_path(const char *folder)
{
    char *real = realpath(folder, NULL), above[4096];
    size_t n = strlen(folder);

    if (real || errno != ENOENT || n >= sizeof(above))
        return real;
    while (n > 1 && folder[n - 1] == '/')
        n--;
    while (n && folder[n - 1] != '/')
        n--;
    snprintf(above, sizeof(above), "%.*s", n ? (int)n : 1, n ? folder : ".");
    return realpath(above, NULL);
}

/* RUA_REFUSED when the folder is one of the store, or the store. */
static enum rua_verdict
check_outside(const char *store, const char *folder, struct rua_err *err)
{
    char *inner = real_path(folder), *outer = realpath(store, NULL);
    size_t n = outer ? strlen(outer) : 0;
    bool inside = inner && outer && strncmp(inner, outer, n) == 0 &&
                  (inner[n] == '/' || inner[n] == '\0');

    free(inner);
    free(outer);
    return inside ? rua_err_set(err, RUA_REFUSED,
                                "%s: is in the store %s itself; the tables go "
                                "into a folder elsewhere",
                                folder, store)
                  : RUA_OK;
}

/* The workers are there before the new store is opened. */
enum rua_verdict
rebuild_begin(struct rebuild *rebuild, const char *folder,
              const struct rua_limits *limits, struct rua_err *err)
{
    struct rua_entry_style entry = command_style(rebuild->conf);
    const struct reread_watch watch = {rebuild_take, rebuild};
    struct rua_store_style style = {
        .format = rebuild->conf->format,
        .lease_wait = rebuild->conf->lease_wait,
        .allow_network_fs = rebuild->conf->allow_network_fs,
        .notice = {command_hold_notice, NULL}
    };
    enum rua_verdict v = check_empty(folder, rebuild->from, err);

    entry.limits = limits;
    if (v == RUA_OK)
        v = rua_entry_maker_new(&entry, &rebuild->scratch, &rebuild->maker,
                                err);
    if (v == RUA_OK && mkdir(folder, 0750) < 0 && errno != EEXIST) {
        rua_err_sys(err, "make folder %s", folder);
        v = RUA_REFUSED;
    }
    if (v == RUA_OK)
        v = reread_open(&rebuild->view, rebuild->conf, folder, &watch,
                        &rebuild->reread, err);
    if (v != RUA_OK)
        return v;
    style.records_header = rua_entry_records_header(rebuild->maker);
    style.reports_header = rua_entry_reports_header(rebuild->maker);
    v = rua_store_open(folder, &style, &rebuild->store, err);
    if (v == RUA_OK)
        v = rua_store_scratch(rebuild->store, &rebuild->scratch.fd, err);
    return v == RUA_OK ? view_open(folder, &rebuild->made, err) : v;
}

void
rebuild_end(struct rebuild *rebuild)
{
    const struct rua_err nothing = {0};

    for (size_t i = rebuild->n; i-- > 0;)
        rua_entry_done(&rebuild->entries[i]);
    reread_close(rebuild->reread);
    rua_store_close(rebuild->store);
    command_say_held(&nothing);
    rua_entry_maker_free(rebuild->maker);
    if (rebuild->scratch.fd >= 0)
        close(rebuild->scratch.fd);
    view_close(&rebuild->made);
    view_close(&rebuild->view);
}

static enum rua_verdict
make_all(struct rebuild *rebuild, const char *folder, struct rua_err *err)
{
    struct view_names domains = {0};
    enum rua_verdict v = check_outside(rebuild->conf->store, folder, err);

    if (v == RUA_OK)
        v = rebuild_begin(rebuild, folder, NULL, err);
    if (v == RUA_OK)
        v = view_domains(&rebuild->view, &domains, err);
    for (size_t i = 0; v == RUA_OK && i < domains.n; i++)
        v = rebuild_domain(rebuild, domains.names[i], err);
    if (v == RUA_OK)
        v = rua_store_checkpoint(rebuild->store, err);
    view_names_done(&domains);
    return v;
}

void
rebuild_say(struct rebuild *rebuild)
{
    findings_end(&rebuild->findings);
    printf("reports %llu records %llu problems %llu\n",
           (unsigned long long)rebuild->reports,
           (unsigned long long)rebuild->records,
           (unsigned long long)rebuild->findings.problems);
}

static int
from_archive(struct rebuild *rebuild, const struct conf *conf,
             const char *folder)
{
    struct rua_err err = {0};
    enum rua_verdict v;
    int status;

    status = command_open_view(conf, &rebuild->view);
    if (status != EX_OK)
        return status;
    v = make_all(rebuild, folder, &err);
    if (v == RUA_OK)
        rebuild_say(rebuild);
    else
        command_say(&err);
    rebuild_end(rebuild);
    return v == RUA_OK ? (rebuild->findings.problems ? EXIT_FAILURE : EX_OK)
           : v == RUA_NOT_REPORT ? EX_NOINPUT
           : v == RUA_REFUSED    ? EX_CANTCREAT
                                 : EX_TEMPFAIL;
}

/* A request, and who reads buckets. */
struct order {
    struct rebuild rebuild;
    rebuild_bucket *from_bucket;
};

static int
run(void *ctx, struct conf *conf, char **operands)
{
    struct order *order = ctx;
    struct rebuild *rebuild = &order->rebuild;

    rebuild->conf = conf;
    rebuild->scratch.fd = rebuild->made.root = rebuild->made.lock = -1;
    rebuild->view.root = rebuild->view.lock = -1;
    if (rebuild->from && rebuild->compare) {
        log_error("rebuild: --compare is for a store and its own archive, and "
                  "not for --from");
        return EX_USAGE;
    }
    return rebuild->from ? order->from_bucket(rebuild, conf, operands[0])
                         : from_archive(rebuild, conf, operands[0]);
}

static void
take(void *ctx, int option, const char *argument)
{
    struct rebuild *rebuild = &((struct order *)ctx)->rebuild;

    if (option == TO)
        rebuild->to = argument;
    else if (option == FROM)
        rebuild->from = argument;
    else
        rebuild->compare = true;
}

int
rebuild_main(int argc, char **argv, rebuild_bucket *from_bucket)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"compare",          no_argument, NULL, COMPARE},
        {"to",              required_argument, NULL, TO},
        {"from",                  required_argument, NULL, FROM},
        {0},
    };
    static const struct command_form form = {
        .name = "rebuild",
        .options = options,
        .operands = 1,
        .operand = "NEW-FOLDER",
        .print_help = print_help,
        .take = take,
        .run = run,
    };
    struct order *order = rua_alloc(sizeof(*order));
    int status;

    memset(order, 0, sizeof(*order));
    order->from_bucket = from_bucket;
    order->rebuild.argc = argc;
    order->rebuild.argv = argv;
    status = command_run(&form, order, argc, argv);
    free(order);
    return status;
}

/* Another program reads buckets. */
static int
become_another(struct rebuild *rebuild, const struct conf *conf,
               const char *folder)
{
    (void)conf;
    (void)folder;
    return ship_command(rebuild->argc, rebuild->argv);
}

int
rebuild_command(int argc, char **argv)
{
    return rebuild_main(argc, argv, become_another);
}
