/* ruamill prune: the command line, the order of things, the last line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "age.h"
#include "command.h"
#include "domain.h"
#include "file.h"
#include "keep.h"
#include "log.h"
#include "prune.h"

#define LOOK "ruamill summary --since all shows what there is"

enum {
    OLDER_THAN = 256,
    DRY_RUN,
    DOMAIN,
    ARCHIVE,
    QUARANTINE,
};

struct request {
    const char *older_than;
    int64_t age;         /* by that, in seconds */
    const char *domain;  /* NULL: all */
    const char *another; /* domain */
    bool dry_run, archive, quarantine;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void
print_help(void)
{
    fputs(
        "usage: ruamill prune [-c CONF] [-o NAME=VALUE]... --older-than AGE\n"
        "                     [--archive] [--quarantine] [--domain DOMAIN] "
        "[--dry-run]\n\n"
        "Takes old files out of archive and quarantine. What was stored stays "
        "in the\n"
        "tables, and stays known: a report that comes again adds no row. "
        "Says in one line\n"
        "what went.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "      --older-than AGE reports whose period ended, and messages that "
        "came, longer\n"
        "                       ago: 400d; h, d, w and y are known\n"
        "      --archive        the archive only\n"
        "      --quarantine     the quarantine only\n"
        "      --domain DOMAIN  the archive of this policy domain only\n"
        "      --dry-run        only say what would go\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

/* ---- what goes ---- */

static enum rua_verdict
prune_domain(struct prune *prune, const char *name, struct rua_err *err)
{
    char domain[RUA_DOMAIN_SIZE];
    bool there = false;
    enum rua_verdict v;

    if (!rua_domain_to_ascii(rua_span_text(name), domain))
        snprintf(domain, sizeof(domain), "%s", name);
    if (!view_is_domain(domain))
        return rua_err_set(err, RUA_NOT_REPORT,
                           "--domain \"%s\": is no policy domain; " LOOK, name);
    v = rua_file_folder_exists(prune->view->root, domain, &there, err);
    if (v == RUA_OK && !there)
        v = rua_err_set(err, RUA_NOT_REPORT,
                        "store %s: there is nothing of %s; " LOOK,
                        prune->view->path, domain);
    return v == RUA_OK ? prune_archive(prune, domain, err) : v;
}

static enum rua_verdict
prune_domains(struct prune *prune, struct rua_err *err)
{
    struct view_names domains;
    enum rua_verdict v = view_domains(prune->view, &domains, err);

    for (size_t i = 0; v == RUA_OK && i < domains.n && !stopped; i++)
        v = prune_archive(prune, domains.names[i], err);
    view_names_done(&domains);
    return v;
}

static enum rua_verdict
prune_all(struct prune *prune, const struct request *request,
          struct rua_err *err)
{
    bool both = request->archive == request->quarantine;
    enum rua_verdict v = RUA_OK;

    if (request->domain)
        return prune_domain(prune, request->domain, err);
    if (both || request->archive)
        v = prune_domains(prune, err);
    if (v == RUA_OK && (both || request->quarantine))
        v = prune_quarantine(prune, err);
    return v;
}

/* ---- begin and end ---- */

static enum rua_verdict
open_store(const struct conf *conf, struct prune *prune, int *ret_lock,
           struct rua_err *err)
{
    enum rua_verdict v = command_open_store(conf, &prune->store, err);

    if (v == RUA_OK)
        v = command_enter_prison(conf, NULL, err);
    if (v == RUA_OK)
        v = prune_lock(prune->view, ret_lock, err);
    return v == RUA_OK ? prune_begin(prune, err) : v;
}

static void
print_count(const struct prune *prune, bool dry_run)
{
    printf("%s archive %" PRIu64 " files %" PRIu64 " bytes quarantine %" PRIu64
           " files %" PRIu64 " bytes\n",
           dry_run ? "would prune" : "pruned", prune->archive.files,
           prune->archive.bytes, prune->quarantine.files,
           prune->quarantine.bytes);
}

static int
run(const struct request *request, const struct conf *conf)
{
    struct rua_err err = {0};
    struct view view;
    struct prune prune = {.view = &view,
                          .before = (int64_t)time(NULL) - request->age,
                          .stop = &stopped};
    int lock = -1;
    int status = command_open_view(conf, &view);
    enum rua_verdict v = RUA_OK;

    if (status != EX_OK)
        return status;
    if (!request->dry_run)
        v = open_store(conf, &prune, &lock, &err);
    if (v == RUA_OK) {
        v = prune_all(&prune, request, &err);
        if (v != RUA_NOT_REPORT)
            print_count(&prune, request->dry_run);
    }
    if (prune.quarantine.files && !request->dry_run)
        keep_recount(conf->store, view.root);
    if (v == RUA_OK && stopped)
        v = rua_err_set(&err, RUA_LATER,
                        "stopped before the end; run the same command again");
    if (v != RUA_OK)
        command_say(&err);
    if (lock >= 0)
        close(lock);
    command_close_store(prune.store, &err);
    view_close(&view);
    return v == RUA_OK ? EX_OK : v == RUA_NOT_REPORT ? EX_NOINPUT : EX_TEMPFAIL;
}

static enum rua_verdict
check(void *ctx, char **operands, struct rua_err *err)
{
    struct request *request = ctx;

    (void)operands;
    if (!request->older_than)
        return rua_err_set(err, RUA_LATER,
                           "prune: no --older-than given; see ruamill prune "
                           "--help");
    if (!age_parse(request->older_than, &request->age))
        return rua_err_set(err, RUA_LATER,
                           "prune: --older-than is " AGE_FORM
                           ", and not \"%.60s\"",
                           request->older_than);
    if (request->another)
        return rua_err_set(err, RUA_LATER,
                           "prune: --domain is given twice; run it once for "
                           "%.80s and once for %.80s",
                           request->domain, request->another);
    if (request->domain && request->quarantine)
        return rua_err_set(err, RUA_LATER,
                           "prune: the quarantine has no domains: --domain is "
                           "for the archive");
    return RUA_OK;
}

static int
prune(void *ctx, struct conf *conf, char **operands)
{
    /* a second Ctrl-C does not wait for what is under way */
    const struct sigaction action = {.sa_handler = on_signal,
                                     .sa_flags = (int)SA_RESETHAND};

    (void)operands;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return run(ctx, conf);
}

static void
take(void *ctx, int option, const char *argument)
{
    struct request *request = ctx;

    if (option == OLDER_THAN)
        request->older_than = argument;
    else if (option == DOMAIN)
        *(request->domain ? &request->another : &request->domain) = argument;
    else if (option == DRY_RUN)
        request->dry_run = true;
    else if (option == ARCHIVE)
        request->archive = true;
    else
        request->quarantine = true;
}

int
prune_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"older-than", required_argument, NULL, OLDER_THAN},
        {"dry-run",        no_argument, NULL, DRY_RUN},
        {"domain",            required_argument, NULL, DOMAIN},
        {"archive",no_argument, NULL, ARCHIVE},
        {"quarantine",     no_argument, NULL, QUARANTINE},
        {0    },
    };
    static const struct command_form form = {
        .name = "prune",
        .options = options,
        .print_help = print_help,
        .take = take,
        .check = check,
        .run = prune,
    };
    struct request request = {0};

    return command_run(&form, &request, argc, argv);
}
