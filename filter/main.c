#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"
#include "log.h"
#include "near.h"
#include "versions.h"

/* clang-format off */
static const struct command commands[] = {
    {"milter", "",
     "take reports out of the mail flow: serves a milter socket", milter_command},
    {"pipe", "--rcpt ADDRESS... [--from ADDRESS] [--queue-id ID]",
     "take a report out of the mail flow: a message on stdin", pipe_command},
    {"replay", "[--to RUA] [--jobs N] [--dry-run] PATH...",
     "read stored mail and report files into the tables", replay_command},
    {"check", "[ADDRESS...]",
     "test the configuration; say what would happen to an address", check_command},
    {"summary", "[--since 30d] [--domain DOMAIN] [--by WHAT] [--format FORM]",
     "show who sends mail in your name, and what passes", summary_command},
    {"export", "[--table records|reports] [--period P] [--as-stored] DOMAIN",
     "print the tables of a policy domain", export_command},
    {"verify", "",
     "look whether everything in the store is as it should be", verify_command},
    {"rebuild", "[--compare] [--to RUA] NEW-FOLDER",
     "make the tables again from the archive, in a new place", rebuild_command},
    {"dashboard", "[--since 30d] [--until DAY] [--domain D]... -o FILE.html",
     "write a page with charts of the tables", dashboard_command},
    {"checkpoint", "",
     "sync the store and empty its journal", checkpoint_command},
    {"allow", "compile|fetch",
     "make the allowlist a database; fetch it from a web server",
     allow_command},
    {"prune", "--older-than AGE [--dry-run]",
     "take old files out of archive and quarantine", prune_command},
    {"ship", "[--create] [--follow] TARGET...",
     "send rows to ClickHouse or PostgreSQL, or raw reports to S3", ship_command},
    {"quarantine", "list|show FILE|retry FILE...|retry --all",
     "what is kept aside: show it, read it again", quarantine_command},
    {"status", "[--format table|json] [--metrics]",
     "how the store is, for people, Nagios and Prometheus", status_command},
};
/* clang-format on */

enum {
    COMMANDS = sizeof(commands) / sizeof(*commands)
};

static void
print_usage(FILE *out)
{
    fputs("usage: ruamill COMMAND [-c CONF] [-o NAME=VALUE]... ...\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  ruamill %-*s%s\n                     %s\n",
                *commands[i].arguments ? 11 : 0, commands[i].name,
                commands[i].arguments, commands[i].summary);
    fputs("\nruamill COMMAND --help lists the options; see also ruamill(1).\n",
          out);
}

/* What to say of a first word that is no command. */
static int
complain(const char *word)
{
    char sentence[512];
    struct near near;

    near_begin(&near, word);
    for (size_t i = 0; i < COMMANDS; i++)
        near_try(&near, commands[i].name);
    if (*word == '-')
        snprintf(sentence, sizeof(sentence),
                 "\"%.80s\" stands where the command should: ruamill COMMAND "
                 "[OPTION]...; see ruamill --help",
                 word);
    else if (near.name)
        snprintf(sentence, sizeof(sentence),
                 "there is no command \"%.80s\"; did you mean \"%s\"?", word,
                 near.name);
    else
        snprintf(sentence, sizeof(sentence),
                 "there is no command \"%.80s\"; see ruamill --help", word);
    log_error(sentence);
    return EX_USAGE;
}

static int
run(int argc, char **argv)
{
    if (argc < 2) {
        log_error("no command given; see ruamill --help");
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return EX_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        versions_print();
        return EX_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return complain(argv[1]);
}

/* What is closed stays of no use, and no file of ours gets its number. */
static void
hold_standard(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char **argv)
{
    int status;

    hold_standard();
    signal(SIGXFSZ, SIG_IGN); /* write(2) says it */
    umask(027); /* the store's modes are the same whoever starts us */
    status = run(argc, argv);

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    log_error("cannot write to standard output");
    return status ? status : EX_IOERR;
}
