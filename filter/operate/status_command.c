/* ruamill status: the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "age.h"
#include "command.h"
#include "log.h"
#include "mend.h"
#include "status.h"

enum {
    FORMAT = 256,
    METRICS,
    WARNING,
    CRITICAL,
    MAX_AGE,
    FREE_WARNING = 10, /* percent */
    FREE_CRITICAL = 3,
    AGE_DAYS = 3,
};

struct request {
    const char *format, *warning, *critical, *max_age;
    struct status_limits limits; /* by these */
    bool metrics;
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill status [-c CONF] [-o NAME=VALUE]... [--format "
        "table|json]\n"
        "                      [--warning PERCENT] [--critical PERCENT] "
        "[--max-age AGE]\n"
        "       ruamill status --metrics\n\n"
        "Says how the store is: journal, quarantine, disk, the last report of "
        "each RUA, and\n"
        "reporters that fell silent. The exit status is that of a plugin of "
        "Nagios: 0 ok,\n"
        "1 warning, 2 critical, anything else unknown; the first line says "
        "why.\n\n"
        "  -c, --config CONF       read this configuration file\n"
        "  -o NAME=VALUE           set an option\n"
        "      --format FORM       table (the default) or json\n"
        "      --warning PERCENT   of the disk free, bytes or inodes: 10\n"
        "      --critical PERCENT  likewise: 3\n"
        "      --max-age AGE       warn when no report came for so long, "
        "critical after\n"
        "                          twice that: 3d; 0 is never\n"
        "      --metrics           print the metrics for Prometheus instead\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

static void
print_metrics(const struct conf *conf, const struct view *view)
{
    struct counters_record record;
    struct metrics_facts facts;
    struct rua_buf text;
    struct lags lags;

    counters_read(view->root, &record);
    metrics_look(view->root, conf, &record, &facts);
    rua_buf_init(&text, METRICS_MAX);
    lags_measure(conf, view, &lags);
    metrics_print(&facts, &lags, &text);
    lags_done(&lags);
    fwrite(text.data, 1, text.len, stdout);
    rua_buf_done(&text);
}

static bool
is_json(const struct request *request)
{
    return request->format && *request->format == 'j';
}

static int
report(struct status *status, const struct request *request,
       const struct conf *conf, const struct view *view)
{
    struct rua_err err = {0};
    int level = STATUS_UNKNOWN;

    if (status_look(status, conf, view, &err) != RUA_OK) {
        status_print_unknown(err.sentence, is_json(request));
    } else {
        level = (int)status->level;
        if (is_json(request))
            status_print_json(status);
        else
            status_print(status, conf);
    }
    status_done(status);
    return level;
}

static bool
parse_percent(const char *text, unsigned *ret_percent)
{
    char *end;
    unsigned long n = text ? strtoul(text, &end, 10) : 0;

    if (!text)
        return true;
    if (*text < '0' || *text > '9' || *end || n > 100)
        return false;
    *ret_percent = (unsigned)n;
    return true;
}

static enum rua_verdict
read_percent(const char *name, const char *text, unsigned *ret_percent,
             struct rua_err *err)
{
    return parse_percent(text, ret_percent)
               ? RUA_OK
               : rua_err_set(err, RUA_LATER,
                             "status: %s is percent, a number from 0 to 100, "
                             "and not \"%.60s\"",
                             name, text);
}

/* One that is given alone moves the other one along, when it is beyond it. */
static enum rua_verdict
read_room(struct request *request, struct rua_err *err)
{
    unsigned *warning = &request->limits.free_warning,
             *critical = &request->limits.free_critical;

    if (read_percent("--warning", request->warning, warning, err) != RUA_OK ||
        read_percent("--critical", request->critical, critical, err) != RUA_OK)
        return RUA_LATER;
    if (*critical <= *warning)
        return RUA_OK;
    if (request->warning && request->critical)
        return rua_err_set(err, RUA_LATER,
                           "status: --critical %u is more than --warning %u: "
                           "both say how much of the disk is free",
                           *critical, *warning);
    *(request->warning ? critical : warning) =
        request->warning ? *warning : *critical;
    return RUA_OK;
}

static enum rua_verdict
check(void *ctx, char **operands, struct rua_err *err)
{
    struct request *request = ctx;
    const char *format = request->format, *age = request->max_age;

    (void)operands;
    if (request->metrics && format)
        return rua_err_set(err, RUA_LATER,
                           "status: --metrics has the format of Prometheus; "
                           "leave out --format");
    if (format && strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
        return rua_err_set(
            err, RUA_LATER,
            "status: --format is table or json, and not \"%.60s\"", format);
    if (age && strcmp(age, "0") == 0)
        request->limits.max_age = 0;
    else if (age && !age_parse(age, &request->limits.max_age))
        return rua_err_set(
            err, RUA_LATER,
            "status: --max-age is 0, or " AGE_FORM ", and not \"%.60s\"", age);
    return read_room(request, err);
}

/* For a plugin of Nagios, the answer stands on standard output. */
static int
say_unknown(const void *ctx, const char *sentence)
{
    const struct request *request = ctx;

    if (request->metrics)
        log_error(sentence); /* what is printed is read by Prometheus */
    else
        status_print_unknown(sentence, is_json(request));
    return STATUS_UNKNOWN;
}

static int
status(void *ctx, struct conf *conf, char **operands)
{
    const struct request *request = ctx;
    struct status found = {.now = (int64_t)time(NULL),
                           .limits = request->limits};
    struct rua_err err = {0};
    char sentence[MENDED];
    struct view view;
    int level = STATUS_OK;

    (void)operands;
    if (view_must_open(conf->store, &view, &err) != RUA_OK)
        return say_unknown(request, mended(err.sentence, sentence));
    if (request->metrics)
        print_metrics(conf, &view);
    else
        level = report(&found, request, conf, &view);
    view_close(&view);
    return level;
}

static void
take(void *ctx, int option, const char *argument)
{
    struct request *request = ctx;

    if (option == FORMAT)
        request->format = argument;
    else if (option == WARNING)
        request->warning = argument;
    else if (option == CRITICAL)
        request->critical = argument;
    else if (option == MAX_AGE)
        request->max_age = argument;
    else
        request->metrics = true;
}

int
status_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"format",     required_argument, NULL, FORMAT},
        {"metrics",        no_argument, NULL, METRICS},
        {"warning",            required_argument, NULL, WARNING},
        {"critical",required_argument, NULL, CRITICAL},
        {"max-age",     required_argument, NULL, MAX_AGE},
        {0   },
    };
    static const struct command_form form = {
        .name = "status",
        .options = options,
        .print_help = print_help,
        .take = take,
        .check = check,
        .run = status,
        .wrong = say_unknown,
    };
    struct request request = {
        .limits = {FREE_WARNING, FREE_CRITICAL, AGE_DAYS * 86400}
    };

    return command_run(&form, &request, argc, argv);
}
