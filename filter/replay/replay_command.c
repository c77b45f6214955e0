/* ruamill replay: the command line, the progress line, the last line. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "allow_cache.h"
#include "command.h"
#include "log.h"
#include "replay.h"
#include "rows.h"

static volatile bool stopped; /* by a signal */

static void
on_signal(int number)
{
    (void)number;
    stopped = true;
}

/* What the command line asks for. */
struct request {
    struct command_settings settings;
    const char *to;
    const char *jobs;
    unsigned n_jobs; /* by that */
    bool dry_run, verbose, help;
    char **paths;
    size_t n_paths;
};

static void
print_help(void)
{
    fputs("usage: ruamill replay [-c CONF] [-o NAME=VALUE]... [--to RUA] "
          "[--jobs N]\n"
          "                      [--dry-run] [-v] PATH...\n\n"
          "Reads stored mail (.eml, mbox, Maildir, folders) and report files "
          "(.xml,\n"
          ".xml.gz, .zip) and stores the reports in them; \"-\" is standard "
          "input. What is\n"
          "stored already is not stored again.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n"
          "      --to RUA         the address that the reports were sent to; "
          "otherwise the\n"
          "                       one of Delivered-To, X-Original-To or To "
          "that is on the\n"
          "                       allowlist\n"
          "      --jobs N         read with N workers (as -o jobs=N)\n"
          "      --dry-run        only say what would happen\n"
          "  -v, --verbose        a line for each message, not only for those "
          "that are\n"
          "                       no good\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

enum {
    TO = 256,
    JOBS,
    DRY_RUN
};

/* What is wrong with what was taken: EX_USAGE. */
static int
check(struct request *request)
{
    struct rua_err err = {0};
    bool is_empty = false;

    for (size_t i = 0; i < request->n_paths; i++)
        is_empty |= !*request->paths[i];
    if (!request->n_paths)
        rua_err_set(&err, RUA_LATER,
                    "replay: no PATH given; see ruamill replay --help");
    else if (is_empty)
        rua_err_set(&err, RUA_LATER,
                    "replay: a PATH is empty; give the name of a file or "
                    "folder, or leave it out");
    else if (!request->jobs ||
             command_read_jobs("replay", request->jobs, &request->n_jobs,
                               &err) == RUA_OK)
        return EX_OK;
    log_error(err.sentence);
    return EX_USAGE;
}

static int
parse(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {
        COMMAND_VERBOSE_LONG_OPTIONS,
        {"to",               required_argument, NULL, TO},
        {"jobs",              required_argument, NULL, JOBS},
        {"dry-run",                  no_argument, NULL, DRY_RUN},
        {0},
    };
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, COMMAND_VERBOSE_OPTIONS, options,
                                 NULL)) != -1) {
        if (command_take(&request->settings, option))
            continue;
        if (option == TO)
            request->to = optarg;
        else if (option == JOBS)
            request->jobs = optarg;
        else if (option == DRY_RUN)
            request->dry_run = true;
        else if (option == 'v')
            request->verbose = true;
        else if (option == 'h')
            request->help = true;
        else
            return command_usage("replay", options, option, argv);
    }
    request->paths = argv + optind;
    request->n_paths = (size_t)(argc - optind);
    return request->help ? EX_OK : check(request);
}

/* ---- the progress line, on a terminal ---- */

struct progress {
    uint64_t files;
    struct timespec began, last;
    bool shown;
};

static double
seconds_since(const struct timespec *then, const struct timespec *now)
{
    return (double)(now->tv_sec - then->tv_sec) +
           (double)(now->tv_nsec - then->tv_nsec) / 1e9;
}

static void
show_progress(void *ctx, const struct replay_totals *totals)
{
    struct progress *progress = ctx;
    struct timespec now;
    double rate;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds_since(&progress->last, &now) < 0.2)
        return;
    progress->last = now;
    progress->shown = true;
    rate = (double)totals->messages / seconds_since(&progress->began, &now);
    fprintf(stderr, "\r\033[K%llu messages, %llu reports, %llu records, %.0f/s",
            (unsigned long long)totals->messages,
            (unsigned long long)(totals->fresh + totals->duplicates),
            (unsigned long long)totals->records, rate);
    if (rate > 0 && progress->files > totals->messages) {
        int left = (int)((double)(progress->files - totals->messages) / rate);
        fprintf(stderr, ", %d:%02d left of %llu files", left / 60, left % 60,
                (unsigned long long)progress->files);
    }
}

static void
clear_progress(void *ctx)
{
    struct progress *progress = ctx;

    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

/* ---- run ---- */

static void
print_totals(const struct replay_totals *totals)
{
    const uint64_t *by = totals->by_verdict;

    printf(
        "messages %llu reports %llu records %llu new %llu duplicate %llu "
        "not_report %llu bad %llu refused %llu later %llu\n",
        (unsigned long long)totals->messages,
        (unsigned long long)(totals->fresh + totals->duplicates),
        (unsigned long long)totals->records, (unsigned long long)totals->fresh,
        (unsigned long long)totals->duplicates,
        (unsigned long long)by[RUA_NOT_REPORT], (unsigned long long)by[RUA_BAD],
        (unsigned long long)by[RUA_REFUSED], (unsigned long long)by[RUA_LATER]);
}

static int
replay(const struct request *request, const struct conf *conf,
       const struct rua_allow *allow)
{
    struct replay_options options = {
        .conf = conf,
        .to = request->to,
        .jobs = command_workers(conf),
        .dry_run = request->dry_run,
        .verbose = request->verbose,
    };
    struct progress progress = {0};
    struct replay_watch watch = {.ctx = &progress};
    struct replay_totals totals;
    struct rua_err err = {0};
    enum rua_verdict v;

    if (isatty(STDERR_FILENO)) {
        progress.files = input_count(request->paths, request->n_paths);
        clock_gettime(CLOCK_MONOTONIC, &progress.began);
        watch.progress = show_progress;
        watch.clear = clear_progress;
    }
    v = replay_run(&options, allow, request->paths, request->n_paths, &stopped,
                   &watch, &totals, &err);
    clear_progress(&progress);
    if (v != RUA_OK) {
        command_say(&err);
        return err.verdict == RUA_REFUSED ? EX_NOINPUT : EX_TEMPFAIL;
    }
    print_totals(&totals);
    if (stopped)
        log_error("stopped before the end; run the same command again, "
                  "nothing is counted twice");
    return stopped || totals.by_verdict[RUA_LATER] ? EX_TEMPFAIL : EX_OK;
}

/* Reads configuration and allowlist: EX_CONFIG when they are no good,
 * EX_NOUSER when --to is not on the list. */
static int
prepare(struct request *request, struct conf *conf, struct rua_allow **allow)
{
    struct rua_err err = {0};
    struct rua_allow_line line;
    enum rua_verdict v;
    char called[ALLOW_CACHE_CALLED];
    int status = EX_CONFIG;

    v = command_prepare(&request->settings, conf, allow, &err);
    if (request->jobs)
        conf->jobs = request->n_jobs;
    if (v == RUA_OK)
        command_notice(*allow);
    if (v == RUA_OK && request->to)
        v = rua_allow_find(*allow, rua_span_text(request->to), &line, &err);
    if (v == RUA_NOT_REPORT) {
        v = rua_err_set(&err, RUA_LATER,
                        "--to %s: not on the allowlist %s; add a line for it "
                        "there, or name another address",
                        request->to, allow_cache_called(conf->allow, called));
        status = EX_NOUSER;
    }
    if (v != RUA_OK)
        command_say(&err);
    return v == RUA_OK ? EX_OK : status;
}

int
replay_command(int argc, char **argv)
{
    /* a second Ctrl-C does not wait for what is under way */
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = (int)SA_RESETHAND};
    struct request request = {0};
    struct rua_allow *allow = NULL;
    struct conf conf;
    int status = parse(argc, argv, &request);

    conf_init(&conf);
    if (status == EX_OK && request.help)
        print_help();
    else if (status == EX_OK)
        status = prepare(&request, &conf, &allow);
    if (status == EX_OK && !request.help) {
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        signal(SIGPIPE, SIG_IGN);
        status = replay(&request, &conf, allow);
    }
    rua_allow_free(allow);
    conf_done(&conf);
    free(request.settings.values);
    return status;
}
