/* ruamill summary: the tables, counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "choice.h"
#include "command.h"
#include "log.h"
#include "reverse.h"
#include "summary_show.h"

enum {
    SINCE = 256,
    UNTIL,
    DOMAIN,
    BY,
    TOP,
    FORMAT,
    COLOUR,
    ASCII,
    WIDTH,
    USUAL_TOP = 10
};

enum format {
    TABLE,
    CSV,
    JSON
};

struct request {
    const char *since, *until;
    struct period period; /* by these */
    const char **domains;
    size_t n_domains;
    char (*names)[CHOICE_SIZE]; /* of these */
    const char **wanted;        /* of these */
    enum by by;
    bool has_top;
    size_t top;
    enum format format;
    enum paper_when colour;
    bool ascii;
    unsigned width;
    const char *wrong; /* an option whose value does not fit, */
    const char *value; /* and that value */
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill summary [-c CONF] [-o NAME=VALUE]...\n"
        "                       [--since WHEN] [--until WHEN] [--domain "
        "DOMAIN]...\n"
        "                       [--by WHAT] [--top N] [--format "
        "table|csv|json]\n"
        "                       [--color auto|always|never] [--ascii] "
        "[--width N]\n\n"
        "Reads the tables and shows how much mail was sent in the name of "
        "your domains,\n"
        "how much of it passes DMARC, and who fails.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "      --since WHEN     30d (the default), 4w, 2026-11-01, 2026-11, "
        "2026 or all:\n"
        "                       reports whose period begins then or later\n"
        "      --until WHEN     the last day, month or year; for 30d "
        "yesterday by default\n"
        "      --domain DOMAIN  of this policy domain only; .example.com: and "
        "those below\n"
        "                       it; may be given several times\n"
        "      --by WHAT        one table, by domain, source, org, day, month, "
        "from,\n"
        "                       disposition, country, asn or sender\n"
        "      --top N          lines of a table, 0: all; by default 10, in "
        "CSV and\n                       JSON all\n"
        "      --format FORM    table (the default), csv or json\n"
        "      --color WHEN     auto (the default): on a terminal, unless "
        "NO_COLOR is set\n"
        "      --ascii          no other characters\n"
        "      --width N        columns, from 40 on; by default those of the "
        "terminal, or 80\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

/* Which of the words a value is; -1 when it is none. */
static int
word_of(const char *value, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], value) == 0)
            return i;
    return -1;
}

static bool
take_number(const char *value, unsigned long most, unsigned long *ret_number)
{
    char *end;

    *ret_number = strtoul(value, &end, 10);
    return *value >= '0' && *value <= '9' && !*end && *ret_number <= most;
}

static bool
take_by(struct request *request, const char *value)
{
    for (request->by = 0; request->by < BY_COUNT; request->by++)
        if (strcmp(summary_by[request->by].name, value) == 0)
            return true;
    return false;
}

static void
take_domain(struct request *request, const char *value)
{
    request->domains = rua_realloc(
        request->domains, (request->n_domains + 1) * sizeof(*request->domains));
    request->domains[request->n_domains++] = value;
}

static void
take(void *ctx, int option, const char *argument)
{
    static const char *const formats[] = {"table", "csv", "json", NULL};
    static const char *const whens[] = {"auto", "always", "never", NULL};
    struct request *request = ctx;
    unsigned long number = 0;
    const char *wrong = NULL;
    int word = 0;

    switch (option) {
    case SINCE:
        request->since = argument;
        break;
    case UNTIL:
        request->until = argument;
        break;
    case DOMAIN:
        take_domain(request, argument);
        break;
    case BY:
        wrong = take_by(request, argument)
                    ? NULL
                    : "--by is domain, source, org, day, month, from, "
                      "disposition, country, asn or sender";
        break;
    case TOP:
        wrong = take_number(argument, 1000000, &number)
                    ? NULL
                    : "--top is a number, 0 for all";
        request->has_top = true;
        request->top = number;
        break;
    case FORMAT:
        word = word_of(argument, formats);
        wrong = word < 0 ? "--format is table, csv or json" : NULL;
        request->format = (enum format)word;
        break;
    case COLOUR:
        word = word_of(argument, whens);
        wrong = word < 0 ? "--color is auto, always or never" : NULL;
        request->colour = (enum paper_when)word;
        break;
    case ASCII:
        request->ascii = true;
        break;
    default:
        wrong = take_number(argument, 10000, &number) && number >= 40
                    ? NULL
                    : "--width is a number of columns, from 40 on";
        request->width = (unsigned)number;
        break;
    }
    if (wrong && !request->wrong) {
        request->wrong = wrong;
        request->value = argument;
    }
}

/* In A-labels, as the folders are; a dot in front stays. */
static enum rua_verdict
read_domains(struct request *request, struct rua_err *err)
{
    request->names =
        rua_alloc((request->n_domains + 1) * sizeof(*request->names));
    request->wanted =
        rua_alloc((request->n_domains + 1) * sizeof(*request->wanted));
    for (size_t i = 0; i < request->n_domains; i++) {
        const char *domain = request->domains[i];
        request->wanted[i] = request->names[i];
        if (!choice_read(domain, request->names[i]))
            return rua_err_set(err, RUA_LATER,
                               "--domain %s: is no domain name; give one such "
                               "as example.com",
                               *domain ? domain : "\"\"");
    }
    return RUA_OK;
}

static enum rua_verdict
check(void *ctx, char **operands, struct rua_err *err)
{
    struct request *request = ctx;

    (void)operands;
    if (request->wrong)
        return rua_err_set(err, RUA_LATER, "summary: %s, and not \"%.60s\"",
                           request->wrong, request->value);
    if (period_read(request->since, request->until, (int64_t)time(NULL),
                    &request->period, err) != RUA_OK)
        return RUA_LATER;
    return read_domains(request, err);
}

/* ---- counting ---- */

/* What is counted for what is shown. */
static void
choose(const struct request *request, struct summary *summary)
{
    if (request->by < BY_COUNT) {
        summary->by[request->by] = true;
        return;
    }
    summary->by[BY_DOMAIN] = request->format != CSV || request->by == BY_COUNT;
    summary->by[BY_SOURCE] = summary->by[BY_ORG] = request->format != CSV;
    summary->by[BY_DISPOSITION] = request->format == TABLE;
}

static void
print(const struct request *request, const struct summary_show *show)
{
    struct paper paper;

    if (request->format == JSON) {
        summary_show_json(show, stdout);
        return;
    }
    if (request->format == CSV) {
        summary_show_csv(show, stdout);
        for (size_t i = 0; i < show->summary->said.n; i++)
            log_error(show->summary->said.names[i]);
        return;
    }
    paper_init(&paper, stdout, request->colour, request->width, request->ascii);
    if (show->by == BY_COUNT)
        summary_show_screen(show, &paper);
    else
        summary_show_table(show, &paper);
    summary_show_notes(show, &paper);
    paper_done(&paper);
}

static enum rua_verdict
count_and_print(const struct request *request, const struct conf *conf,
                struct summary *summary, struct rua_err *err)
{
    struct summary_show show = {.summary = summary, .by = request->by};
    enum rua_verdict v = summary_count(summary, err);

    show.top = request->has_top           ? request->top
               : request->format == TABLE ? USUAL_TOP
                                          : 0;
    if (request->by == BY_DAY || request->by == BY_MONTH)
        show.top = request->has_top ? request->top : 0;
    if (request->format == CSV && request->by == BY_COUNT)
        show.by = BY_DOMAIN;
    if (v == RUA_OK)
        v = conf->ptr
                ? summary_look_up(&show, conf->resolver, conf->ptr_wait, err)
                : RUA_OK;
    if (v == RUA_OK) {
        summary_finish(summary);
        print(request, &show);
    }
    reverse_close(show.reverse);
    return v;
}

/* What can be wrong before anything is counted. */
static enum rua_verdict
prepare(const struct request *request, const struct conf *conf,
        struct summary *summary, struct rua_err *err)
{
    const struct origins_plan plan = {conf->geoip, conf->geoip_asn,
                                      conf->senders};

    if (conf->ptr && conf->resolver &&
        reverse_check(conf->resolver, err) != RUA_OK)
        return RUA_LATER;
    if (origins_open(&plan, &summary->origins, err) != RUA_OK)
        return RUA_LATER;
    if (request->by < BY_COUNT && summary_by[request->by].origins &&
        !origins_has_geoip(summary->origins))
        return rua_err_set(
            err, RUA_LATER,
            "summary: --by %s needs a database: see geoip in "
            "ruamill.conf(5)%s",
            summary_by[request->by].name,
            request->by == BY_SENDER
                ? "; without one, --by source names senders by DNS, "
                  "with ptr and senders"
                : "");
    choose(request, summary);
    return RUA_OK;
}

static int
summarize(void *ctx, struct conf *conf, char **operands)
{
    const struct request *request = ctx;
    struct summary summary = {.store = conf->store,
                              .guard = conf->formula_guard,
                              .period = request->period,
                              .wanted = request->wanted,
                              .n_wanted = request->n_domains};
    struct rua_err err = {0};
    enum rua_verdict v;
    int status = EX_CONFIG;

    (void)operands;
    if (prepare(request, conf, &summary, &err) == RUA_OK) {
        v = count_and_print(request, conf, &summary, &err);
        status = v == RUA_OK ? summary.broken ? EXIT_FAILURE : EX_OK
                             : command_status(v);
    }
    if (err.sentence[0])
        command_say(&err);
    summary_done(&summary);
    origins_close(summary.origins);
    return status;
}

int
summary_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"since",            required_argument, NULL, SINCE},
        {"until",              required_argument, NULL, UNTIL},
        {"domain",                  required_argument, NULL, DOMAIN},
        {"by",required_argument, NULL, BY},
        {"top",             required_argument, NULL, TOP},
        {"format",           required_argument, NULL, FORMAT},
        {"color",              required_argument, NULL, COLOUR},
        {"ascii",                  no_argument, NULL, ASCII},
        {"width",              required_argument, NULL, WIDTH},
        {0               },
    };
    static const struct command_form form = {
        .name = "summary",
        .options = options,
        .print_help = print_help,
        .take = take,
        .excess = "a domain goes behind --domain",
        .check = check,
        .run = summarize,
    };
    struct request request = {.since = "30d", .by = BY_COUNT};
    int status = command_run(&form, &request, argc, argv);

    free(request.domains);
    free(request.names);
    free(request.wanted);
    return status;
}
