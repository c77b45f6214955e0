/* ruamill milter: serves a milter socket, in the foreground.
 *
 * The first thread does nothing but wait for signals: the kernel gives a signal
 * of the process to it rather than to libmilter's own thread, which waits for
 * SIGTERM, SIGINT and SIGHUP too. libmilter is never told to stop: that takes
 * it up to five seconds, and it pulls a mutex from under its own threads then.
 * Its callbacks are let in no more, those that run are waited for, and the
 * process ends. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "command.h"
#include "listen.h"
#include "live.h"
#include "log.h"
#include "milter.h"
#include "notify.h"
#include "prison.h"

enum {
    DRAIN = 30,         /* s that messages have to end in, after SIGTERM */
    METRICS_PAUSE = 15, /* s between two files of metrics */
};

struct service {
    struct live *live;
    struct session_hall hall;
    struct listen listen;
    struct crowd crowd; /* of connections */
    pthread_t first;    /* thread */
    atomic_bool over;   /* libmilter has returned */
    atomic_bool failed;
    sigset_t signals;
    struct allow_stamp list; /* that was fetched and is used */
};

static void
print_help(void)
{
    fputs("usage: ruamill milter [-c CONF] [-o NAME=VALUE]...\n\n"
          "Takes reports out of the mail flow of Postfix or Sendmail, as a "
          "milter, in the\n"
          "foreground. SIGTERM ends it when the messages under way are done; "
          "SIGUSR1 has it\n"
          "read configuration and allowlist anew.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

static void
say_error(const struct rua_err *err)
{
    command_say(err);
}

/* The service manager is told; that it cannot be is no reason to stop. */
static void
tell(const char *state)
{
    struct rua_err err = {0};

    if (notify_send(state, &err) != RUA_OK)
        say_error(&err);
}

/* ---- signals ---- */

/* SIGUSR1 is blocked before there are threads or workers, and so are those that
 * end the process: a service manager sends them to the workers too, and these
 * are to finish what they are at. */
static void
block_signals(struct service *service)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&service->signals);
    sigaddset(&service->signals, SIGUSR1);
    sigaddset(&service->signals, SIGTERM);
    sigaddset(&service->signals, SIGINT);
    sigaddset(&service->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &service->signals, NULL);
    service->first = pthread_self();
}

static void
reload(struct service *service)
{
    struct rua_err err = {0};
    char sentence[RUA_SENTENCE_MAX + 32];
    struct rules *rules;

    if (live_reload(service->live, &err) == RUA_OK) {
        rules = live_rules(service->live);
        command_notice(rules->allow);
        rules_drop(rules);
        log_notice("configuration and allowlist read anew");
        return;
    }
    snprintf(sentence, sizeof(sentence), "not reloaded: %s", err.sentence);
    log_error(sentence);
}

/* Another list was fetched: once for each, so that one which cannot be read is
 * said once. */
static void
look_at_list(struct service *service)
{
    struct rules *rules = live_rules(service->live);
    struct allow_stamp now = allow_cache_stamp(&rules->conf);

    rules_drop(rules);
    if (now.inode == service->list.inode &&
        now.changed.tv_sec == service->list.changed.tv_sec &&
        now.changed.tv_nsec == service->list.changed.tv_nsec)
        return;
    service->list = now;
    reload(service);
}

/* Looks each second whether messages can be taken still: if not, it ends, and
 * is started anew by whoever looks after it. */
static void
wait_for_the_end(struct service *service)
{
    const struct timespec second = {.tv_sec = 1};
    int number = 0;

    while (!service->over && !service->failed && number != SIGTERM &&
           number != SIGINT && number != SIGHUP) {
        number = sigtimedwait(&service->signals, NULL, &second);
        if (number == SIGUSR1)
            reload(service);
        look_at_list(service);
        if (!live_is_well(service->live))
            service->failed = true;
        live_tell(service->live, METRICS_PAUSE);
    }
}

/* ---- service ---- */

static void *
serve(void *ctx)
{
    struct service *service = ctx;

    if (!milter_serve())
        service->failed = true;
    service->over = true;
    pthread_kill(service->first, SIGTERM);
    return NULL;
}

static int
run(struct service *service)
{
    char sentence[128];
    pthread_t thread;
    unsigned busy;

    if (pthread_create(&thread, NULL, serve, service) != 0) {
        log_error("cannot start a thread");
        return EX_OSERR;
    }
    pthread_detach(thread);
    wait_for_the_end(service);
    tell("STOPPING=1");
    listen_leave(&service->listen);
    busy = milter_drain(DRAIN);
    if (busy == 0) {
        live_close(service->live);
    } else {
        snprintf(sentence, sizeof(sentence),
                 "%u messages were not done after %d s; they will come again",
                 busy, DRAIN);
        log_error(sentence);
    }
    if (service->failed)
        log_error("ended by a failure");
    else
        log_notice("ended");
    return service->failed ? EX_OSERR : EX_OK;
}

/* Everything that can fail before messages are taken. */
static int
start(struct service *service, const struct conf *conf, struct rua_err *err)
{
    struct listen *listen = &service->listen;
    const struct milter_plan plan = {
        .hall = &service->hall,
        .socket = conf->socket,
        .local = listen->address.ss_family == AF_UNIX,
        .crowd = &service->crowd,
    };
    mode_t umask_before;
    enum rua_verdict v;

    if (listen_claim(listen, err) != RUA_OK)
        return listen->status;
    listen_before(listen, &umask_before);
    v = milter_open(&plan, err);
    if (listen_after(listen, umask_before, v == RUA_OK ? err : NULL) !=
            RUA_OK &&
        v == RUA_OK)
        return listen->status;
    if (v == RUA_OK)
        v = command_enter_prison(conf, listen->path ? listen->folder : NULL,
                                 err);
    return v == RUA_OK ? EX_OK : EX_UNAVAILABLE;
}

static void
say_ready(const struct conf *conf)
{
    char sentence[320], words[PRISON_WORDS];

    prison_words(conf->sandbox ? prison_layers() : 0, words);
    snprintf(sentence, sizeof(sentence), "version %s serves %s; sandbox: %s",
             RUAMILL_VERSION, conf->socket, words);
    log_notice(sentence);
    tell("READY=1");
}

static int
open_and_run(struct service *service, const struct conf *conf,
             const struct command_settings *settings, struct rua_err *err)
{
    const struct live_plan plan = {.settings = settings};
    int status;

    if (listen_look(conf, &service->listen, err) != RUA_OK)
        return service->listen.status;
    if (listen_raise_files(conf->max_connections, 2 * command_workers(conf),
                           &service->crowd.most, err) != RUA_OK)
        return EX_CONFIG;
    if (live_open(&plan, &service->live, err) != RUA_OK)
        return EX_UNAVAILABLE;
    service->hall.live = service->live;
    status = start(service, conf, err);
    if (status != EX_OK) {
        live_close(service->live);
        return status;
    }
    say_ready(conf);
    return run(service);
}

static int
milter(const struct command_settings *settings)
{
    struct service service = {.listen.lock = -1};
    struct rua_err err = {0};
    struct rules *rules = NULL;
    int status = EX_CONFIG;

    block_signals(&service);
    if (rules_read(settings, &rules, &err) == RUA_OK) {
        log_open(rules->conf.log);
        command_notice(rules->allow);
        service.list = allow_cache_stamp(&rules->conf);
        status = open_and_run(&service, &rules->conf, settings, &err);
        listen_done(&service.listen);
        rules_drop(rules);
    }
    if (err.sentence[0])
        say_error(&err);
    if (service.live) /* libmilter's threads must not see what exit() does */
        _exit(status);
    return status;
}

int
milter_command(int argc, char **argv)
{
    static const struct option options[] = {COMMAND_LONG_OPTIONS, {0}};
    struct command_settings settings = {0};
    struct rua_err err = {0};
    bool help = false;
    int option, status = EX_OK;

    opterr = 0;
    while (status == EX_OK && (option = getopt_long(argc, argv, COMMAND_OPTIONS,
                                                    options, NULL)) != -1) {
        if (option == 'h')
            help = true;
        else if (!command_take(&settings, option))
            status = command_usage("milter", options, option, argv);
    }
    if (status == EX_OK && help) {
        print_help();
    } else if (status == EX_OK && optind < argc) {
        command_excess("milter", argv[optind], NULL, &err);
        log_error(err.sentence);
        status = EX_USAGE;
    } else if (status == EX_OK) {
        status = milter(&settings);
    }
    free(settings.values);
    return status;
}
