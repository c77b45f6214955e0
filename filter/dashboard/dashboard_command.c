/* ruamill dashboard: the tables as a page for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "choice.h"
#include "command.h"
#include "dashboard.h"
#include "figure.h"
#include "log.h"
#include "origin.h"
#include "page_file.h"
#include "period.h"
#include "plain.h"

enum {
    SINCE = 256,
    UNTIL,
    DOMAIN_NAME,
    TITLE,
    OUTPUT,
    DASHBOARD_MISSES = 1, /* exit status: the rest is on the page */
    TITLE_MOST = 1 << 20  /* more than a command line may have */
};

struct request {
    const char *since, *until;
    struct period period; /* by these */
    const char *title;
    const char *file; /* "-" is standard output */
    struct origins *origins;
    struct view_names domains; /* none: all */
    bool missed;               /* something could not be read */
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill dashboard [-c CONF] [-o NAME=VALUE]...\n"
        "                         [--since 30d] [--until DAY] "
        "[--domain D]... [--title TEXT]\n"
        "                         -o FILE.html | --output FILE.html\n\n"
        "Writes a page with charts of the tables: messages and pass rate over "
        "time, failing\n"
        "senders, sources, receivers and reporters. The page is one file, and "
        "loads nothing.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "  -o, --output FILE    write the page there; - is standard output\n"
        "      --since WHEN     from a day (2026-11-21), a month or a year on, "
        "or so long\n"
        "                       before the end: 30d (the default), 4w; or "
        "all\n"
        "      --until WHEN     to this day, month or year, which belongs to "
        "it; for 30d\n"
        "                       yesterday by default\n"
        "      --domain D       this policy domain only; .example.com: and "
        "those below it;\n"
        "                       may be given several times\n"
        "      --title TEXT     the heading of the page\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

static void
take(void *ctx, int option, const char *argument)
{
    struct request *request = ctx;

    if (option == SINCE)
        request->since = argument;
    else if (option == UNTIL)
        request->until = argument;
    else if (option == DOMAIN_NAME)
        view_names_add(&request->domains, argument);
    else if (option == TITLE)
        request->title = argument;
    else
        request->file = argument;
}

/* ---- the domains ---- */

/* Those of the store that are asked for, each once. RUA_NOT_REPORT when there
 * is none for one of the names. */
static enum rua_verdict
choose(const struct request *request, const struct survey *survey,
       const struct view_names *there, struct view_names *ret_chosen,
       struct rua_err *err)
{
    struct view_names wanted = {0};
    const char *missing = NULL;

    for (size_t i = 0; !missing && i < request->domains.n; i++) {
        char name[CHOICE_SIZE];
        const char *one = name;
        size_t at = 0;

        choice_read(request->domains.names[i], name);
        view_names_add(&wanted, name);
        while (at < there->n && !choice_has(&one, 1, there->names[at]))
            at++;
        if (at == there->n)
            missing = request->domains.names[i];
    }
    for (size_t i = 0; i < there->n; i++)
        if (choice_has((const char *const *)wanted.names, wanted.n,
                       there->names[i]))
            view_names_add(ret_chosen, there->names[i]);
    view_names_done(&wanted);
    return missing ? rua_err_set(err, RUA_NOT_REPORT,
                                 "store %s: there are no tables of %.200s; "
                                 "ruamill summary --since all shows what there "
                                 "is",
                                 survey->view.path, missing)
                   : RUA_OK;
}

static enum rua_verdict
count(const struct request *request, struct survey *survey,
      struct dashboard *ret_dashboard, struct rua_err *err)
{
    struct view_names there = {0}, chosen = {0};
    enum rua_verdict v = survey_domains(survey, &there, err);

    if (v == RUA_OK)
        v = choose(request, survey, &there, &chosen, err);
    if (v == RUA_OK)
        v = dashboard_count(survey, &chosen, survey->since, survey->until,
                            ret_dashboard, err);
    view_names_done(&there);
    view_names_done(&chosen);
    return v;
}

/* ---- the command ---- */

static void
say_missed(void *ctx, const char *sentence)
{
    struct request *request = ctx;

    request->missed = true;
    log_error(sentence);
}

static void
say_pending(uint64_t pending)
{
    char sentence[160];

    snprintf(sentence, sizeof(sentence),
             "%llu reports in the journal may not be in the tables yet and are "
             "left out; ruamill checkpoint brings them in",
             (unsigned long long)pending);
    log_error(sentence);
}

static enum rua_verdict
write_page(const struct request *request, const struct dashboard *dashboard,
           struct rua_err *err)
{
    struct rua_buf text = {0};
    struct rua_buf title = {0};
    struct page page = {
        .origins = request->origins,
        .calendar = &dashboard->calendar,
        .all = dashboard->all,
        .domains = dashboard->domains,
        .n = dashboard->n,
        .others = dashboard->others,
        .others_sums = dashboard->others_sums,
        .made = time(NULL),
    };
    char figure[FIGURE_SIZE];
    enum rua_verdict v;

    rua_buf_init(&title, TITLE_MOST);
    plain_text(&title, rua_span_text(request->title ? request->title
                                                    : "DMARC reports"));
    rua_buf_add_byte(&title, '\0');
    page.title = (const char *)title.data;
    if (page.n == 1)
        snprintf(page.called, sizeof(page.called), "%s",
                 dashboard->domains[0]->name);
    else
        snprintf(page.called, sizeof(page.called), "%s domains",
                 figure_number(page.n + page.others, figure));
    v = page_write(&page, &text, err);

    if (v == RUA_OK)
        v = page_file_put(request->file, rua_buf_span(&text), err);
    rua_buf_done(&text);
    rua_buf_done(&title);
    return v;
}

static enum rua_verdict
make(struct request *request, const struct conf *conf,
     const struct period *period, struct rua_err *err)
{
    struct survey survey = {
        .guard = conf->formula_guard,
        .since = period->since,
        .until = period->until,
        .skip = {say_missed, request}
    };
    struct dashboard dashboard = {0};
    enum rua_verdict v = survey_open(&survey, conf->store, err);

    if (v != RUA_OK)
        return v;
    v = count(request, &survey, &dashboard, err);
    survey_close(&survey);
    if (v == RUA_OK && dashboard.pending)
        say_pending(dashboard.pending);
    if (v == RUA_OK)
        v = write_page(request, &dashboard, err);
    dashboard_done(&dashboard);
    return v;
}

/* All time is from the first begin that a table can have to today. */
static void
bound(struct period *period, int64_t now)
{
    int64_t tomorrow = (now / 86400 + 1) * 86400;

    if (period->since < CALENDAR_FIRST)
        period->since = CALENDAR_FIRST;
    if (period->until <= period->since)
        period->until =
            tomorrow > period->since ? tomorrow : period->since + 86400;
}

static enum rua_verdict
check(void *ctx, char **operands, struct rua_err *err)
{
    struct request *request = ctx;
    char name[CHOICE_SIZE];

    (void)operands;
    for (size_t i = 0; i < request->domains.n; i++)
        if (!choice_read(request->domains.names[i], name))
            return rua_err_set(err, RUA_LATER,
                               "--domain \"%s\": is no domain name; give one "
                               "such as example.com",
                               request->domains.names[i]);
    if (!request->file || !*request->file)
        return rua_err_set(err, RUA_LATER,
                           "dashboard: no file given; -o FILE.html says where "
                           "the page is to be written, and -o - is standard "
                           "output");
    return period_read(request->since ? request->since : "30d", request->until,
                       time(NULL), &request->period, err);
}

static int
dashboard(void *ctx, struct conf *conf, char **operands)
{
    const struct origins_plan plan = {conf->geoip, conf->geoip_asn,
                                      conf->senders};
    struct request *request = ctx;
    struct period *period = &request->period;
    struct rua_err err = {0};
    enum rua_verdict v;

    (void)operands;
    if (origins_open(&plan, &request->origins, &err) != RUA_OK) {
        command_say(&err);
        return EX_CONFIG;
    }
    bound(period, time(NULL));
    v = make(request, conf, period, &err);
    origins_close(request->origins);
    if (v != RUA_OK)
        command_say(&err);
    return v == RUA_OK    ? request->missed ? DASHBOARD_MISSES : EX_OK
           : v == RUA_BAD ? EX_CANTCREAT
                          : command_status(v);
}

int
dashboard_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"since",            required_argument, NULL, SINCE},
        {"until",              required_argument, NULL, UNTIL},
        {"domain",                  required_argument, NULL, DOMAIN_NAME},
        {"title",required_argument, NULL, TITLE},
        {"output",             required_argument, NULL, OUTPUT},
        {0          },
    };
    static const struct command_form form = {
        .name = "dashboard",
        .options = options,
        .writes = true,
        .print_help = print_help,
        .excess = "the file goes behind -o",
        .take = take,
        .check = check,
        .run = dashboard,
    };
    struct request request = {0};
    int status = command_run(&form, &request, argc, argv);

    view_names_done(&request.domains);
    return status;
}
