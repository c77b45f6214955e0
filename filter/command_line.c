/* command_line.c - what is wrong with a command line, as a sentence. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "command.h"
#include "log.h"
#include "near.h"

enum {
    MATCHES = 128 /* bytes that name the options a short form may be */
};

/* How many of the options begin like `word`, which has n bytes; *ret_option is
 * one of them, that of just this name if it is there. */
static size_t
match(const struct option *options, const char *word, size_t n,
      const struct option **ret_option)
{
    size_t found = 0;

    for (; options->name; options++) {
        if (strncmp(options->name, word, n) != 0)
            continue;
        *ret_option = options;
        if (!options->name[n])
            return 1;
        found++;
    }
    return found;
}

/* "--config, --color or --csv": those that begin like `word`. */
static void
list_matches(const struct option *options, const char *word, size_t n,
             size_t left, char ret_list[MATCHES])
{
    size_t used = 0;

    *ret_list = '\0';
    for (; options->name && used < MATCHES; options++)
        if (strncmp(options->name, word, n) == 0)
            used += (size_t)snprintf(ret_list + used, MATCHES - used, "--%s%s",
                                     options->name,
                                     --left > 1  ? ", "
                                     : left == 1 ? " or "
                                                 : "");
}

/* `word` is "--NAME" or "--NAME=VALUE". */
static enum rua_verdict
complain_of_long(const char *command, const struct option *options,
                 const char *word, struct rua_err *err)
{
    const struct option *option = NULL;
    size_t n = strcspn(word + 2, "=");
    size_t found = match(options, word + 2, n, &option);
    char text[MATCHES];
    struct near near;

    if (found == 1)
        return rua_err_set(err, RUA_LATER,
                           "%s: --%s takes no value; leave out %.80s", command,
                           option->name, word + 2 + n);
    if (found) {
        list_matches(options, word + 2, n, found, text);
        return rua_err_set(err, RUA_LATER, "%s: --%.*s is %s; write it in full",
                           command, (int)n, word + 2, text);
    }
    snprintf(text, sizeof(text), "%.*s", (int)n, word + 2);
    near_begin(&near, text);
    for (; options->name; options++)
        near_try(&near, options->name);
    if (near.name)
        return rua_err_set(err, RUA_LATER,
                           "%s: there is no option --%s; did you mean --%s?",
                           command, text, near.name);
    return rua_err_set(err, RUA_LATER,
                       "%s: there is no option --%s; see ruamill %s --help",
                       command, text, command);
}

/* Whether getopt_long(3) means the letter of optopt, and not a long option. */
static bool
is_letter(const struct option *options)
{
    for (; options->name; options++)
        if (options->val == optopt)
            return false;
    return optopt > ' ' && optopt <= '~';
}

enum rua_verdict
command_complain(const char *command, const struct option *options, int option,
                 char **argv, struct rua_err *err)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    const char *word = argv[optind - 1];

    if (option == ':')
        return rua_err_set(err, RUA_LATER,
                           "%s: no value behind %s; see ruamill %s --help",
                           command, word, command);
    if (!is_letter(options))
        return complain_of_long(command, options, word, err);
    /* of a group of letters, which argv[optind] still is */
    return rua_err_set(err, RUA_LATER,
                       "%s: there is no option %s; see ruamill %s --help",
                       command, letter, command);
}

int
command_usage(const char *command, const struct option *options, int option,
              char **argv)
{
    struct rua_err err = {0};

    command_complain(command, options, option, argv, &err);
    log_error(err.sentence);
    return EX_USAGE;
}

enum rua_verdict
command_excess(const char *command, const char *word, const char *mend,
               struct rua_err *err)
{
    if (mend)
        return rua_err_set(err, RUA_LATER, "%s: \"%.80s\" is too much; %s",
                           command, word, mend);
    return rua_err_set(err, RUA_LATER,
                       "%s: \"%.80s\" is too much; see ruamill %s --help",
                       command, word, command);
}

enum rua_verdict
command_read_jobs(const char *command, const char *text, unsigned *ret_jobs,
                  struct rua_err *err)
{
    size_t digits = strspn(text, "0123456789");

    *ret_jobs = 0;
    for (size_t i = 0; i < digits && *ret_jobs <= COMMAND_MOST_WORKERS; i++)
        *ret_jobs = *ret_jobs * 10 + (unsigned)(text[i] - '0');
    if (digits && !text[digits] && *ret_jobs <= COMMAND_MOST_WORKERS)
        return RUA_OK;
    return rua_err_set(err, RUA_LATER,
                       "%s: --jobs is a number from 0 to %d, 0 for one a core, "
                       "and not \"%.60s\"",
                       command, COMMAND_MOST_WORKERS, text);
}
