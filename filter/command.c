#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "counters.h"
#include "host.h"
#include "log.h"
#include "mend.h"
#include "prison.h"

bool
command_take(struct command_settings *settings, int option)
{
    if (option == 'c') {
        settings->file = optarg;
    } else if (option == 'o') {
        settings->values = rua_realloc(
            settings->values, (settings->n + 1) * sizeof(*settings->values));
        settings->values[settings->n++] = optarg;
    }
    return option == 'c' || option == 'o';
}

unsigned
command_workers(const struct conf *conf)
{
    unsigned jobs = conf->jobs ? conf->jobs : host_cores();

    return jobs > COMMAND_MOST_WORKERS ? COMMAND_MOST_WORKERS : jobs;
}

struct worker_plan
command_worker(const struct conf *conf)
{
    return (struct worker_plan){
        .reading = {.limits = &conf->limits, .own_names = conf->authserv_id},
        .free = !conf->sandbox,
    };
}

enum rua_verdict
command_enter_prison(const struct conf *conf, const char *folder,
                     struct rua_err *err)
{
    const char *folders[5] = {conf->store, "/dev/null"};
    const char *slash = conf->metrics ? strrchr(conf->metrics, '/') : NULL;
    char metrics[4096];
    size_t n = 2;

    if (folder)
        folders[n++] = folder;
    if (conf->metrics) {
        snprintf(metrics, sizeof(metrics), "%.*s",
                 slash > conf->metrics ? (int)(slash - conf->metrics) : 1,
                 slash ? conf->metrics : ".");
        folders[n++] = metrics;
    }

    return conf->sandbox ? prison_enter_front(folders, err) : RUA_OK;
}

struct rua_entry_style
command_style(const struct conf *conf)
{
    return (struct rua_entry_style){
        .columns = conf->columns,
        .style = {.format = conf->format, .guard = conf->formula_guard},
        .partition = conf->partition,
        .limits = &conf->limits,
    };
}

struct rua_store_style
command_store_style(const struct conf *conf,
                    const struct rua_entry_maker *maker)
{
    return (struct rua_store_style){
        .format = conf->format,
        .records_header = rua_entry_records_header(maker),
        .reports_header = rua_entry_reports_header(maker),
        .lease_wait = conf->lease_wait,
        .allow_network_fs = conf->allow_network_fs,
        .notice = {log_told, NULL},
    };
}

/* What a store says first is often what the command fails of then, and is said
 * once. */
static char held[RUA_SENTENCE_MAX];

void
command_hold_notice(void *ctx, const char *sentence)
{
    (void)ctx;
    if (*held && strcmp(held, sentence) != 0)
        log_error(held);
    snprintf(held, sizeof(held), "%s", sentence);
}

void
command_say_held(const struct rua_err *err)
{
    if (*held && !strstr(err->sentence, held))
        log_error(held);
    *held = '\0';
}

int
command_open_view(const struct conf *conf, struct view *ret_view)
{
    struct rua_err err = {0};
    enum rua_verdict v = view_must_open(conf->store, ret_view, &err);

    if (v != RUA_OK)
        command_say(&err);
    return v == RUA_OK ? EX_OK : command_status(v);
}

int
command_status(enum rua_verdict v)
{
    return ferror(stdout)        ? EX_IOERR
           : v == RUA_NOT_REPORT ? EX_NOINPUT
           : v == RUA_REFUSED    ? EX_CONFIG
                                 : EX_TEMPFAIL;
}

enum rua_verdict
command_open_store(const struct conf *conf, struct rua_store **ret_store,
                   struct rua_err *err)
{
    const struct rua_store_style style = {
        .format = conf->format,
        .lease_wait = conf->lease_wait,
        .allow_network_fs = conf->allow_network_fs,
        .notice = {command_hold_notice, NULL},
    };

    return rua_store_open(conf->store, &style, ret_store, err);
}

void
command_close_store(struct rua_store *store, const struct rua_err *err)
{
    struct counters *counters;

    if (store) {
        counters = counters_open(rua_store_path(store));
        counters_flush(counters, store);
        counters_close(counters);
    }
    rua_store_close(store);
    command_say_held(err);
}

void
command_say(const struct rua_err *err)
{
    char sentence[MENDED];

    if (ferror(stdout))
        return; /* main() says it, of whatever was printed */
    log_error(mended(err->sentence, sentence));
    if (strstr(err->sentence, held))
        *held = '\0';
}

static enum rua_verdict
check_columns(const struct conf *conf, struct rua_err *err)
{
    const struct rua_entry_style style = command_style(conf);
    struct rua_entry_maker *maker;
    enum rua_verdict v = rua_entry_maker_new(&style, NULL, &maker, err);

    if (v == RUA_OK)
        rua_entry_maker_free(maker);
    return v;
}

enum rua_verdict
command_prepare(const struct command_settings *settings, struct conf *conf,
                struct rua_allow **ret_allow, struct rua_err *err)
{
    enum rua_verdict v =
        conf_read(conf, settings->file, settings->values, settings->n, err);

    if (v == RUA_OK && !conf->authserv_id)
        conf->authserv_id = host_name();
    if (v == RUA_OK)
        v = check_columns(conf, err);
    return v == RUA_OK ? allow_cache_load(conf, ret_allow, err) : v;
}

void
command_notice(const struct rua_allow *allow)
{
    if (rua_allow_notice(allow))
        log_error(rua_allow_notice(allow));
}

enum rua_verdict
command_prepare_store(const struct command_settings *settings,
                      struct conf *conf, struct rua_err *err)
{
    enum rua_verdict v = conf_read_store(conf, settings->file, settings->values,
                                         settings->n, err);

    return v == RUA_OK ? check_columns(conf, err) : v;
}

/* *ret_help when the help is all that is asked for. */
static int
parse(const struct command_form *form, void *ctx, int argc, char **argv,
      struct command_settings *settings, bool *ret_help)
{
    const char *letters =
        form->verbose ? COMMAND_VERBOSE_OPTIONS : COMMAND_OPTIONS;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, letters, form->options, NULL)) !=
           -1) {
        bool is_file = option == 'o' && form->writes && !strchr(optarg, '=');
        if (!is_file && command_take(settings, option))
            continue;
        if (option == 'h')
            *ret_help = true;
        else if (option == '?' || option == ':')
            return command_usage(form->name, form->options, option, argv);
        else
            form->take(ctx, option, optarg);
    }
    return EX_OK;
}

static enum rua_verdict
check_operands(const struct command_form *form, char **operands, int n,
               struct rua_err *err)
{
    if (n < form->operands)
        return rua_err_set(err, RUA_LATER,
                           "%s: no %s given; see ruamill %s --help", form->name,
                           form->operand, form->name);
    return n > form->operands && !form->more
               ? command_excess(form->name, operands[form->operands],
                                form->excess, err)
               : RUA_OK;
}

/* What was meant for a setting may have been the name of a file. */
static int
say_wrong(const struct command_form *form, const void *ctx,
          const struct rua_err *err)
{
    bool is_file =
        form->writes && strncmp(err->sentence, "-o: unknown option ", 19) == 0;
    char sentence[MENDED];

    snprintf(sentence, sizeof(sentence), "%s%s", err->sentence,
             is_file ? "; a file's name with = in it goes behind --output"
                     : mend(err->sentence));
    if (form->wrong)
        return form->wrong(ctx, sentence);
    log_error(sentence);
    return EX_CONFIG;
}

/* Whether each setting is one by itself. */
static enum rua_verdict
check_settings(const struct command_settings *settings, struct rua_err *err)
{
    struct conf scratch;
    enum rua_verdict v = RUA_OK;

    conf_init(&scratch);
    for (size_t i = 0; v == RUA_OK && i < settings->n; i++)
        v = conf_set_argument(&scratch, settings->values[i], err);
    conf_done(&scratch);
    return v;
}

/* The command line is looked at before the configuration is. */
static int
check(const struct command_form *form, void *ctx,
      const struct command_settings *settings, char **operands, int n)
{
    struct rua_err err = {0};

    if (check_settings(settings, &err) != RUA_OK)
        return say_wrong(form, ctx, &err);
    if (check_operands(form, operands, n, &err) == RUA_OK &&
        (!form->check || form->check(ctx, operands, &err) == RUA_OK))
        return EX_OK;
    log_error(err.sentence);
    return EX_USAGE;
}

int
command_run(const struct command_form *form, void *ctx, int argc, char **argv)
{
    struct command_settings settings = {0};
    struct rua_err err = {0};
    struct conf conf;
    bool help = false;
    int status = parse(form, ctx, argc, argv, &settings, &help);

    conf_init(&conf);
    if (status == EX_OK && help)
        form->print_help();
    if (status == EX_OK && !help)
        status = check(form, ctx, &settings, argv + optind, argc - optind);
    if (status == EX_OK && !help &&
        command_prepare_store(&settings, &conf, &err) != RUA_OK)
        status = say_wrong(form, ctx, &err);
    else if (status == EX_OK && !help)
        status = form->run(ctx, &conf, argv + optind);
    conf_done(&conf);
    free(settings.values);
    return status;
}
