/* ruamill quarantine: the command line. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "age.h"
#include "command.h"
#include "log.h"
#include "period.h"
#include "quarantine.h"

enum {
    SINCE = 256,
    FORMAT,
    ALL,
    RAW,
    JOBS,
};

/* Which option is for which of the three. */
static const struct {
    int option;
    const char *name;
    const char *of; /* their first letters */
} belongs[] = {
    {SINCE,  "--since",  "l" },
    {FORMAT, "--format", "l" },
    {ALL,    "--all",    "lr"},
    {RAW,    "--raw",    "s" },
    {JOBS,   "--jobs",   "r" },
    {'v',    "-v",       "r" },
};

enum {
    OPTIONS = sizeof(belongs) / sizeof(*belongs)
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill quarantine list [-c CONF] [-o NAME=VALUE]... [--since "
        "30d]\n"
        "                               [--all] [--format table|csv|json]\n"
        "       ruamill quarantine show [--raw] FILE\n"
        "       ruamill quarantine retry [--jobs N] [-v] FILE...|--all\n\n"
        "Messages that are kept aside: \"list\" says which and why, the newest "
        "first; \"show\"\n"
        "prints one; \"retry\" reads them again, with the present "
        "configuration "
        "and allowlist,\n"
        "and what can be stored now goes from the quarantine to the tables. "
        "FILE is a name\n"
        "as \"list\" gives it, or four or more characters that its digest "
        "begins with.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "      --since WHEN     list: those that came within 30d (h, d, w, y), "
        "or since a day,\n"
        "                       a month or a year: 2026-11-30, 2026-11, 2026\n"
        "      --format FORM    list: table (the default), csv or json\n"
        "      --all            list: those too that were stored or pruned "
        "since;\n"
        "                       retry: all that are there\n"
        "      --raw            show: the bytes of the message, and nothing "
        "else; otherwise\n"
        "                       what no terminal should see is written \\xNN\n"
        "      --jobs N         retry: read with N workers (as -o jobs=N)\n"
        "  -v, --verbose        retry: a line for each message\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

static int
say(const struct rua_err *err)
{
    command_say(err);
    return command_status(err->verdict);
}

/* "WHAT: N; WHERE" */
static void
note(const char *what, uint64_t n, const char *where)
{
    char sentence[192];

    if (!n)
        return;
    snprintf(sentence, sizeof(sentence), "%s: %llu; %s", what,
             (unsigned long long)n, where);
    log_error(sentence);
}

static int
list(const struct quarantine_request *request, const struct view *view)
{
    struct kept_list kept;
    struct rua_err err = {0};
    int status = EX_OK;

    if (kept_read(view, request->all, &kept, &err) == RUA_OK)
        quarantine_list(request, &kept);
    else
        status = say(&err);
    note("rows that cannot be read", kept.wrong, "see ruamill verify");
    note("messages in the journal that may not be in the table yet are left "
         "out here",
         kept.pending, "ruamill checkpoint brings them in");
    kept_done(&kept);
    return status;
}

/* A stranger's bytes can do with a terminal what they like. */
static bool
may_show(const struct quarantine_request *request, struct rua_err *err)
{
    if (!request->raw || !isatty(STDOUT_FILENO))
        return true;
    rua_err_set(err, RUA_LATER,
                "quarantine show: --raw is not for a terminal; send it to a "
                "file or through | less");
    return false;
}

static int
show(const struct quarantine_request *request, const struct view *view,
     const char *name)
{
    const struct kept *found;
    struct kept_list kept;
    struct rua_err err = {0};
    enum rua_verdict v;

    if (!may_show(request, &err)) {
        log_error(err.sentence);
        return EX_USAGE;
    }
    v = kept_read(view, false, &kept, &err);
    if (v == RUA_OK)
        v = kept_find(&kept, name, &found, &err);
    if (v == RUA_OK)
        v = quarantine_show(request, view, found, &err);
    kept_done(&kept);
    return v == RUA_OK ? EX_OK : say(&err);
}

/* Whether each option that was given is one of this command. */
static enum rua_verdict
check_options(const struct quarantine_request *request, const char *what,
              struct rua_err *err)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (request->given & 1U << i && !strchr(belongs[i].of, *what))
            return rua_err_set(err, RUA_LATER,
                               "quarantine %s: %s is for quarantine %s; leave "
                               "it out",
                               what, belongs[i].name,
                               *belongs[i].of == 'l'   ? belongs[i].of[1]
                                                             ? "list and retry"
                                                             : "list"
                               : *belongs[i].of == 's' ? "show"
                                                       : "retry");
    return RUA_OK;
}

/* How many files the three take. */
static enum rua_verdict
check_words(const struct quarantine_request *request, char **operands,
            struct rua_err *err)
{
    const char *what = operands[0];
    size_t n = 0;

    while (operands[n + 1])
        n++;
    if (*what == 'l' && n)
        return command_excess("quarantine list", operands[1],
                              "one file alone is for quarantine show", err);
    if (*what == 's' && n != 1)
        return rua_err_set(err, RUA_LATER,
                           "quarantine show: it takes one FILE; see ruamill "
                           "quarantine list");
    if (*what == 'r' && (n > 0) == request->all)
        return rua_err_set(err, RUA_LATER,
                           "quarantine retry: it takes FILEs, or --all; see "
                           "ruamill quarantine list");
    return RUA_OK;
}

static bool
is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

/* An age is to the second: "1h" is an hour. */
static enum rua_verdict
read_since(struct quarantine_request *request, struct rua_err *err)
{
    int64_t now = time(NULL), age;
    struct period period;
    enum rua_verdict v;

    if (age_parse(request->since, &age)) {
        request->from = now - age;
        return RUA_OK;
    }
    v = period_read(request->since, NULL, now, &period, err);
    request->from = period.since;
    return v;
}

static enum rua_verdict
check(void *ctx, char **operands, struct rua_err *err)
{
    static const char *const whats[] = {"list", "show", "retry", NULL};
    static const char *const formats[] = {"table", "csv", "json", NULL};
    struct quarantine_request *request = ctx;
    const char *what = operands[0];

    if (!is_one_of(what, whats))
        return rua_err_set(err, RUA_LATER,
                           "quarantine: it is list, show or retry, and not "
                           "\"%.60s\"; see ruamill quarantine --help",
                           what);
    if (check_options(request, what, err) != RUA_OK ||
        check_words(request, operands, err) != RUA_OK)
        return RUA_LATER;
    if (request->format && !is_one_of(request->format, formats))
        return rua_err_set(err, RUA_LATER,
                           "quarantine: --format is table, csv or json, and "
                           "not \"%.60s\"",
                           request->format);
    if (request->jobs && command_read_jobs("quarantine retry", request->jobs,
                                           &request->n_jobs, err) != RUA_OK)
        return RUA_LATER;
    return request->since ? read_since(request, err) : RUA_OK;
}

static int
quarantine(void *ctx, struct conf *conf, char **operands)
{
    struct quarantine_request *request = ctx;
    struct view view;
    int status = command_open_view(conf, &view);

    if (status != EX_OK)
        return status;
    if (*operands[0] == 'l')
        status = list(request, &view);
    else if (*operands[0] == 's')
        status = show(request, &view, operands[1]);
    else
        status = quarantine_retry(request, conf, &view, operands + 1);
    view_close(&view);
    return status;
}

static void
take(void *ctx, int option, const char *argument)
{
    struct quarantine_request *request = ctx;

    for (size_t i = 0; i < OPTIONS; i++)
        if (belongs[i].option == option)
            request->given |= 1U << i;
    if (option == SINCE)
        request->since = argument;
    else if (option == FORMAT)
        request->format = argument;
    else if (option == JOBS)
        request->jobs = argument;
    else if (option == ALL)
        request->all = true;
    else if (option == RAW)
        request->raw = true;
    else
        request->verbose = true;
}

int
quarantine_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_VERBOSE_LONG_OPTIONS,
        {"since",            required_argument, NULL, SINCE},
        {"format",              required_argument, NULL, FORMAT},
        {"all",                  no_argument, NULL, ALL},
        {"raw",no_argument, NULL, RAW},
        {"jobs",            required_argument, NULL, JOBS},
        {0             },
    };
    static const struct command_form form = {
        .name = "quarantine",
        .options = options,
        .operands = 1,
        .operand = "list, show or retry",
        .more = true,
        .print_help = print_help,
        .verbose = true,
        .take = take,
        .check = check,
        .run = quarantine,
    };
    struct quarantine_request request = {0};

    return command_run(&form, &request, argc, argv);
}
