/* ruamill-ship: the rows of the tables go to an engine, or the raw reports to a
 * bucket. By the name of another command, what else needs a network. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_fetch.h"
#include "command.h"
#include "log.h"
#include "rebuild_bucket.h"
#include "ship_run.h"
#include "ship_scan.h"

enum {
    CREATE = 256,
    FOLLOW,
    LAG,
    LAST_SECONDS = 5, /* after SIGTERM */
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill ship [-c CONF] [-o NAME=VALUE]... [--create] "
        "[--follow] TARGET...\n"
        "       ruamill ship [-c CONF] [-o NAME=VALUE]... --lag TARGET...\n\n"
        "Sends the rows of the tables, or to S3 the raw reports, that a "
        "target has not got yet,\n"
        "each exactly once, and ends when all are confirmed. A target is a "
        "section\n"
        "[target NAME] of the configuration file.\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option (not of a target)\n"
        "      --create         make the target's tables, or the bucket, that "
        "are missing first\n"
        "      --follow         go on with rows as they come, until SIGTERM\n"
        "      --lag            send nothing; say how far the targets are "
        "behind\n"
        "\nOptions of a target, in its section:\n\n",
        stdout);
    conf_print_target_help(stdout);
}

/* The processes of several targets; 0: it has ended. */
static volatile pid_t *children;
static volatile size_t n_children;

static void
stop_children(void)
{
    for (size_t i = 0; i < n_children; i++)
        if (children[i] > 0)
            kill(children[i], SIGTERM);
}

static volatile sig_atomic_t last_status = EX_OK;

/* The state on the disk is whole at any time: there is nothing to wait for. A
 * batch in flight is broken off, and the next run sends it again as it was. */
static void
on_stop(int signal)
{
    int before = errno;

    (void)signal;
    ship_stopping = 1;
    stop_children();
    if (ship_deaf)
        _exit(last_status);
    alarm(LAST_SECONDS);
    errno = before;
}

static void
on_alarm(int signal)
{
    (void)signal;
    _exit(last_status);
}

static void
catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop};
    struct sigaction last = {.sa_handler = on_alarm};

    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGALRM, &last, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* or there would be none to wait for */
}

/* A line a target. */
static int
say_lag(const struct conf *conf, const struct conf_target **targets, size_t n)
{
    struct rua_err err = {0};
    struct view view;
    enum rua_verdict v = view_open(conf->store, &view, &err);
    int status = EX_OK;

    if (v == RUA_NOT_REPORT) {
        printf("store %s: there is none yet\n", conf->store);
        return EX_OK;
    }
    for (size_t i = 0; v == RUA_OK && i < n; i++) {
        struct ship_lag lag;
        v = ship_lag(&view, targets[i], &lag, &err);
        if (v == RUA_OK)
            printf("target %s tables %llu rows %llu bytes %llu seconds %llu\n",
                   targets[i]->name, (unsigned long long)lag.tables,
                   (unsigned long long)lag.rows, (unsigned long long)lag.bytes,
                   (unsigned long long)lag.seconds);
    }
    if (v != RUA_OK) {
        command_say(&err);
        status = command_status(v);
    }
    view_close(&view);
    return status;
}

/* One process a target, so that one that is away holds up no other. It ends
 * with us, also when we are killed. */
static pid_t
start(const struct conf *conf, const struct conf_target *target,
      const struct ship_order *order)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    n_children = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
        _exit(EX_OSERR);
    exit(ship_stopping ? EX_OK : ship_run(conf, target, order));
}

/* Its exit status; what the kernel or somebody else ended has said nothing. */
static int
take_end(const struct conf_target *target, int status)
{
    char sentence[RUA_SENTENCE_MAX];

    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    snprintf(sentence, sizeof(sentence),
             "target %s: its process was ended by signal %d (%s)", target->name,
             WTERMSIG(status), strsignal(WTERMSIG(status)));
    log_error(sentence);
    return EX_SOFTWARE;
}

static bool
are_children(void)
{
    for (size_t i = 0; i < n_children; i++)
        if (children[i] > 0)
            return true;
    return false;
}

/* Until all have ended. With --follow none should by itself: the first one that
 * does takes the others with it, and whoever started us starts all anew. */
static int
wait_for_all(const struct conf_target **targets, bool follow, int worst)
{
    while (are_children()) {
        int status = 0;
        pid_t pid;
        if (ship_stopping || (follow && worst != EX_OK))
            stop_children();
        pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno == ECHILD)
            break;
        for (size_t i = 0; pid > 0 && i < n_children; i++)
            if (children[i] == pid) {
                children[i] = 0;
                status = take_end(targets[i], status);
                worst = status > worst ? status : worst;
            }
    }
    return worst;
}

static int
run_all(const struct conf *conf, const struct conf_target **targets, size_t n,
        const struct ship_order *order)
{
    int worst = EX_OK;

    if (n == 1)
        return ship_run(conf, targets[0], order);
    children = rua_alloc(n * sizeof(*children));
    for (size_t i = 0; i < n; i++) {
        children[i] = 0;
        n_children = i + 1;
        children[i] = start(conf, targets[i], order);
        if (children[i] < 0)
            worst = EX_OSERR;
    }
    worst = wait_for_all(targets, order->follow, worst);
    n_children = 0;
    free((void *)children);
    return worst;
}

static int
ship(const struct command_settings *settings, char **names, size_t n,
     const struct ship_order *order, bool lag)
{
    const struct conf_target **targets = rua_alloc(n * sizeof(*targets));
    struct rua_err err = {0};
    int status = EX_CONFIG;
    struct conf conf;
    enum rua_verdict v;

    conf_init(&conf);
    v = command_prepare_store(settings, &conf, &err);
    for (size_t i = 0; v == RUA_OK && i < n; i++)
        v = conf_target_check(&conf, names[i], &targets[i], &err);
    if (v == RUA_OK)
        status = lag ? say_lag(&conf, targets, n)
                     : run_all(&conf, targets, n, order);
    else
        command_say(&err);
    conf_done(&conf);
    free(targets);
    return status;
}

static bool
is_named_twice(char **names, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(names[i], names[j]) == 0)
            return true;
    return false;
}

static bool
are_targets(char **names, size_t n)
{
    if (n == 0)
        log_error("ship: no target given; see ruamill ship --help");
    for (size_t i = 0; i < n; i++)
        if (is_named_twice(names, i)) {
            char sentence[RUA_SENTENCE_MAX];
            snprintf(sentence, sizeof(sentence),
                     "ship: target %.80s is named twice; name it once",
                     names[i]);
            log_error(sentence);
            return false;
        }
    return n > 0;
}

static int
run(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"create",     no_argument, NULL, CREATE},
        {"follow",        no_argument, NULL, FOLLOW},
        {"lag",            no_argument, NULL, LAG},
        {0},
    };
    struct command_settings settings = {0};
    struct ship_order order = {0};
    bool lag = false;
    int option, status = EX_USAGE;

    opterr = 0;
    while ((option = getopt_long(argc, argv, COMMAND_OPTIONS, options, NULL)) !=
           -1) {
        if (option == 'h') {
            print_help();
            return EX_OK;
        }
        if (option == '?' || option == ':')
            return command_usage("ship", options, option, argv);
        order.create |= option == CREATE;
        order.follow |= option == FOLLOW;
        lag |= option == LAG;
        command_take(&settings, option);
    }
    if (lag && (order.create || order.follow))
        log_error("ship: --lag sends nothing, so that it goes with neither "
                  "--create nor --follow; see ruamill ship --help");
    else if (are_targets(argv + optind, (size_t)(argc - optind)))
        status = ship(&settings, argv + optind, (size_t)(argc - optind), &order,
                      lag);
    free(settings.values);
    return status;
}

static int
dispatch(int argc, char **argv)
{
    if (argc && strcmp(argv[0], "allow") == 0)
        return allow_fetch_command(argc, argv);
    last_status = EX_TEMPFAIL;
    if (argc && strcmp(argv[0], "rebuild") == 0)
        return rebuild_main(argc, argv, rebuild_from_bucket);
    last_status = EX_OK;
    return run(argc, argv);
}

/* It would have the target's password in it. */
static void
keep_no_core(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) < 0)
        log_error("setrlimit: a core of this process would hold passwords");
}

int
main(int argc, char **argv)
{
    int status;

    umask(027);
    keep_no_core();
    catch_signals();
    status = dispatch(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    log_error("cannot write to standard output");
    return status ? status : EX_IOERR;
}
