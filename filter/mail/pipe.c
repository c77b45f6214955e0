/* ruamill pipe: one message on standard input.
 *
 * Whatever goes wrong here, the message comes again: the status is EX_TEMPFAIL.
 * That holds for the command line and the configuration too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "command.h"
#include "intake.h"
#include "log.h"
#include "mend.h"
#include "since.h"

enum {
    TIME_LIMIT = 300, /* seconds, while the configuration is not read yet */
};

/* What the command line asks for. */
struct request {
    struct command_settings settings;
    const char **recipients;
    size_t n_recipients;
    const char *from;
    const char *queue_id;
    bool help;
};

/* A message under way. */
struct passage {
    const struct request *request;
    struct live *live;
    struct rules *rules;
    const char **ruas; /* n_ruas of the recipients */
    size_t n_ruas;
    struct intake intake;
};

/* ---- the time limit ---- */

static volatile sig_atomic_t answered;

/* Ends a process that waits for whatever; what it did so far is as good as what
 * a process did that was killed. */
static void
on_alarm(int number)
{
    static const char line[] = "4.3.0 pipe_time_limit is over\n";

    (void)number;
    if (!answered && write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
        _exit(EX_TEMPFAIL);
    _exit(EX_TEMPFAIL);
}

static void
limit_time(unsigned seconds)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    sigset_t alarms;

    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(seconds ? seconds : 1);
}

/* ---- the command line ---- */

static void
print_help(void)
{
    fputs("usage: ruamill pipe [-c CONF] [-o NAME=VALUE]... --rcpt ADDRESS...\n"
          "                    [--from ADDRESS] [--queue-id ID]\n\n"
          "Reads one message from standard input and stores the reports in it: "
          "for pipe(8)\n"
          "of Postfix. Says what became of it in one line, and by the exit "
          "status:\n\n"
          "   0  stored, stored before, or kept aside\n"
          "  65  a report that is no good, with on_bad=reject\n"
          "  67  no recipient is on the allowlist\n"
          "  75  try again later: something is wrong here\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n"
          "      --rcpt ADDRESS   a recipient; may be given several times\n"
          "      --from ADDRESS   the envelope sender; '' is the null sender\n"
          "      --queue-id ID    what the mail server calls the message\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

enum {
    RCPT = 256,
    FROM,
    QUEUE_ID
};

static void
add_recipient(struct request *request, const char *address)
{
    request->recipients =
        rua_realloc(request->recipients,
                    (request->n_recipients + 1) * sizeof(*request->recipients));
    request->recipients[request->n_recipients++] = address;
}

static enum rua_verdict
parse(int argc, char **argv, struct request *request, struct rua_err *err)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"rcpt",             required_argument, NULL, RCPT},
        {"from",              required_argument, NULL, FROM},
        {"queue-id",                  required_argument, NULL, QUEUE_ID},
        {0},
    };
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, COMMAND_OPTIONS, options, NULL)) !=
           -1) {
        if (command_take(&request->settings, option))
            continue;
        if (option == RCPT)
            add_recipient(request, optarg);
        else if (option == FROM)
            request->from = optarg;
        else if (option == QUEUE_ID)
            request->queue_id = optarg;
        else if (option == 'h')
            request->help = true;
        else
            return command_complain("pipe", options, option, argv, err);
    }
    if (request->help)
        return RUA_OK;
    if (optind < argc)
        return command_excess("pipe", argv[optind],
                              "each recipient goes behind a --rcpt", err);
    return request->n_recipients
               ? RUA_OK
               : rua_err_set(err, RUA_LATER,
                             "pipe: no --rcpt given; see ruamill pipe --help");
}

/* ---- the message ---- */

static enum rua_verdict
find_ruas(struct passage *passage, struct rua_err *err)
{
    const struct request *request = passage->request;
    enum rules_address address = RULES_OTHER;

    passage->ruas = rua_alloc(request->n_recipients * sizeof(*passage->ruas));
    for (size_t i = 0; address != RULES_LATER && i < request->n_recipients;
         i++) {
        address = rules_judge(passage->rules, request->recipients[i], err);
        if (address == RULES_RUA)
            passage->ruas[passage->n_ruas++] = request->recipients[i];
    }
    return address == RULES_LATER ? RUA_LATER : RUA_OK;
}

static void
take(struct passage *passage, const struct timespec *began,
     struct answer *ret_answer)
{
    const struct conf *conf = &passage->rules->conf;
    const struct request *request = passage->request;
    const struct live_message message = {
        .message = &passage->intake.message,
        .cut = passage->intake.cut,
        .rejects_bad = conf->on_bad == CONF_REJECT,
        .keeps_mail = true,
        .envelope = {.id = request->queue_id,
                     .ruas = passage->ruas,
                     .n_ruas = passage->n_ruas,
                     .from = request->from,
                     .queue_id = request->queue_id,
                     .received_at = (int64_t)time(NULL)},
        .rules = passage->rules,
        .patience = conf->pipe_time_limit,
    };
    struct delivery delivery;
    struct log_line line;

    live_take(passage->live, &message, &delivery);
    line = delivery_line(&delivery);
    line.took = since_us(began);
    log_message(&line);
    answer_choose(delivery.verdict, message.rejects_bad, delivery.err.sentence,
                  ret_answer);
    delivery_done(&delivery);
}

/* Reads the message, for whomever it is, and takes it. */
static enum rua_verdict
pass(struct passage *passage, const struct timespec *began,
     struct answer *ret_answer, struct rua_err *err)
{
    const struct conf *conf = &passage->rules->conf;
    enum rua_verdict v;

    limit_time(conf->pipe_time_limit);
    log_open(conf->log);
    command_notice(passage->rules->allow);
    v = intake_read(&passage->intake, STDIN_FILENO, passage->live,
                    conf->limits.max_message, err);
    if (v == RUA_OK)
        v = find_ruas(passage, err);
    if (v != RUA_OK)
        return v;
    if (passage->n_ruas)
        take(passage, began, ret_answer);
    else
        answer_unknown(passage->request->recipients[0], ret_answer);
    return RUA_OK;
}

static enum rua_verdict
serve(const struct request *request, struct answer *ret_answer,
      struct rua_err *err)
{
    const struct live_plan plan = {
        .settings = &request->settings, .seats = 1, .alone = true};
    struct passage passage = {.request = request, .intake.scratch.fd = -1};
    struct timespec began;
    enum rua_verdict v;

    clock_gettime(CLOCK_MONOTONIC, &began);
    v = live_open(&plan, &passage.live, err);
    if (v != RUA_OK)
        return v;
    passage.rules = live_rules(passage.live);
    v = command_enter_prison(&passage.rules->conf, NULL, err);
    if (v == RUA_OK)
        v = pass(&passage, &began, ret_answer, err);
    intake_done(&passage.intake);
    free(passage.ruas);
    rules_drop(passage.rules);
    live_close(passage.live);
    return v;
}

/* ---- begin and end ---- */

static bool
is_same_file(int a, int b)
{
    struct stat one, other;

    return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Whoever runs us for a mail system takes standard error for part of the
 * answer: then nothing is said there. */
static void
settle_standard_error(void)
{
    int null;

    if (!is_same_file(STDOUT_FILENO, STDERR_FILENO) || isatty(STDERR_FILENO))
        return;
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDERR_FILENO) < 0)
        close(STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
}

/* Whether a standard file can be used as one: what was closed, main() has
 * opened the other way round. */
static enum rua_verdict
check_standard_files(struct rua_err *err)
{
    bool no_input = (fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_WRONLY;
    bool no_output = (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY;

    return no_input || no_output
               ? rua_err_set(err, RUA_LATER, "standard %s is closed",
                             no_input ? "input" : "output")
               : RUA_OK;
}

/* Says it; an answer that nobody has heard is none. */
static int
say(const struct answer *answer)
{
    const char *rest = answer->line;

    answered = 1;
    while (*rest) {
        ssize_t n = write(STDOUT_FILENO, rest, strlen(rest));
        if (n == 0 || (n < 0 && errno != EINTR))
            return EX_TEMPFAIL;
        rest += n > 0 ? n : 0;
    }
    return answer->status;
}

int
pipe_command(int argc, char **argv)
{
    struct request request = {0};
    struct answer answer;
    struct rua_err err = {0};
    char sentence[MENDED];
    enum rua_verdict v;

    limit_time(TIME_LIMIT);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* it is inherited */
    v = check_standard_files(&err);
    settle_standard_error();
    if (v == RUA_OK)
        v = parse(argc, argv, &request, &err);
    if (v == RUA_OK && request.help)
        print_help();
    else if (v == RUA_OK)
        v = serve(&request, &answer, &err);
    if (v != RUA_OK)
        answer_choose(RUA_LATER, false, mended(err.sentence, sentence),
                      &answer);
    free(request.recipients);
    free(request.settings.values);
    return v == RUA_OK && request.help ? EX_OK : say(&answer);
}
