/* ruamill allow compile: makes the allowlist a database, which is looked up
 * without being read. And allow fetch, which the program does that has libcurl
 * (allow_fetch.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "command.h"
#include "file.h"
#include "log.h"

enum {
    FORCE = 256
};

static void
print_help(void)
{
    fputs(
        "usage: ruamill allow compile [-c CONF] [-o NAME=VALUE]... [FILE]\n"
        "       ruamill allow fetch [-c CONF] [-o NAME=VALUE]... [--force]\n\n"
        "compile makes the allowlist FILE, or that of the configuration, "
        "FILE.cdb, which is\n"
        "looked up without being read. It is used until FILE is changed: "
        "then compile it\n"
        "again.\n\n"
        "fetch asks the web server of allow = https://... for another "
        "allowlist than the one\n"
        "that was fetched last, and puts it in place, compiled, in the "
        "store; a running\n"
        "milter takes it by itself. What is no list, or has less than half "
        "as many RUAs,\n"
        "changes nothing. See ruamill-allow(5).\n\n"
        "  -c, --config CONF    read this configuration file\n"
        "  -o NAME=VALUE        set an option\n"
        "      --force          fetch: take a list with less than half as "
        "many RUAs\n\n"
        "Options for -o and the configuration file:\n\n",
        stdout);
    conf_print_help(stdout);
}

/* The names that a compiled list is made under, and its folder. */
struct target {
    char *name; /* FILE.cdb */
    char *temp; /* FILE.cdb.new.XXXXXX */
    char *folder;
    int fd;
};

static char *
join(const char *one, const char *other)
{
    size_t size = strlen(one) + strlen(other) + 1;
    char *text = rua_alloc(size);

    snprintf(text, size, "%s%s", one, other);
    return text;
}

static const char *
last_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static enum rua_verdict
begin(const char *path, struct target *target, struct rua_err *err)
{
    size_t before = (size_t)(last_of(path) - path);

    target->name = join(path, RUA_ALLOW_COMPILED);
    target->temp = join(target->name, ".new.XXXXXX");
    target->folder = join(before ? path : "./", "");
    target->folder[before ? before : 1] = '\0';
    target->fd = mkostemp(target->temp, O_CLOEXEC);
    if (target->fd < 0)
        return rua_err_sys(err, "make %s", target->name);
    return RUA_OK;
}

/* Whoever can read the text, and nobody else, can read what is made of it. */
static enum rua_verdict
take_mode(const struct target *target, const char *path, struct rua_err *err)
{
    struct stat text;

    if (stat(path, &text) < 0)
        return rua_err_sys(err, "look at %s", path);
    /* only root can give a file away; its group may be one of ours */
    if (fchown(target->fd, text.st_uid, text.st_gid) < 0 &&
        fchown(target->fd, (uid_t)-1, text.st_gid) < 0)
        text.st_mode &= ~(mode_t)(S_IRWXG);
    if (fchmod(target->fd, text.st_mode & 0666) < 0)
        return rua_err_sys(err, "set the mode of %s", target->temp);
    return RUA_OK;
}

/* Durable before it has its name, and its name after that. */
static enum rua_verdict
put_in_place(const struct target *target, struct rua_err *err)
{
    enum rua_verdict v = rua_file_sync(target->fd, target->temp, err);
    int folder;

    if (v != RUA_OK)
        return v;
    folder = open(target->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return rua_err_sys(err, "open %s", target->folder);
    v = rua_file_replace(folder, last_of(target->temp), last_of(target->name),
                         err);
    if (v == RUA_OK)
        v = rua_file_sync_folder(folder, ".", err);
    close(folder);
    return v;
}

static void
end(struct target *target, bool made)
{
    if (target->fd >= 0)
        close(target->fd);
    if (target->fd >= 0 && !made)
        unlink(target->temp);
    free(target->name);
    free(target->temp);
    free(target->folder);
}

static enum rua_verdict
compile(const char *path, struct rua_err *err)
{
    struct target target = {.fd = -1};
    struct rua_allow *allow = NULL;
    enum rua_verdict v = rua_allow_read(path, &allow, err);

    if (v != RUA_OK)
        return v;
    v = begin(path, &target, err);
    if (v == RUA_OK)
        v = rua_allow_compile(allow, target.fd, err);
    if (v == RUA_OK)
        v = take_mode(&target, path, err);
    if (v == RUA_OK)
        v = put_in_place(&target, err);
    if (v == RUA_OK)
        printf("%s: %zu RUA%s\n", target.name, rua_allow_count(allow),
               rua_allow_count(allow) == 1 ? "" : "s");
    end(&target, v == RUA_OK);
    rua_allow_free(allow);
    return v;
}

static int
run(const struct command_settings *settings, const char *path)
{
    struct rua_err err = {0};
    char called[ALLOW_CACHE_CALLED];
    struct conf conf;
    enum rua_verdict v = RUA_OK;
    int status = EX_CONFIG;

    conf_init(&conf);
    if (!path)
        v = conf_read(&conf, settings->file, settings->values, settings->n,
                      &err);
    if (v == RUA_OK && !path && allow_cache_is_url(conf.allow))
        v = rua_err_set(&err, RUA_LATER,
                        "allow is %s: ruamill allow fetch compiles what it "
                        "fetches",
                        allow_cache_called(conf.allow, called));
    if (v == RUA_OK) {
        v = compile(path ? path : conf.allow, &err);
        status = v == RUA_OK ? EX_OK : EX_CANTCREAT;
    }
    if (v != RUA_OK)
        command_say(&err);
    conf_done(&conf);
    return status;
}

/* The command that is meant; RUA_LATER when there is none, or not like this. */
static enum rua_verdict
choose(int n, char **operands, bool force, bool *ret_fetch, struct rua_err *err)
{
    static const char are[] =
        "there are: ruamill allow compile, ruamill allow fetch";
    const char *verb = n ? operands[0] : NULL;

    *ret_fetch = verb && strcmp(verb, "fetch") == 0;
    if (!verb)
        return rua_err_set(err, RUA_LATER, "allow: no command given; %s", are);
    if (!*ret_fetch && strcmp(verb, "compile") != 0)
        return rua_err_set(err, RUA_LATER, "there is no allow %.80s; %s", verb,
                           are);
    if (*ret_fetch && n > 1)
        return command_excess("allow fetch", operands[1],
                              "the URL is that of allow in the configuration",
                              err);
    if (n > 2)
        return command_excess("allow compile", operands[2], "it takes one FILE",
                              err);
    if (n == 2 && !*operands[1])
        return rua_err_set(err, RUA_LATER,
                           "allow compile: the name of FILE is empty; give "
                           "one, or leave it out");
    if (force && !*ret_fetch)
        return rua_err_set(err, RUA_LATER,
                           "allow: --force is for ruamill allow fetch");
    return RUA_OK;
}

static int
say_usage(const struct rua_err *err)
{
    log_error(err->sentence);
    return EX_USAGE;
}

int
allow_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS, {"force", no_argument, NULL, FORCE},
         {0  }
    };
    struct command_settings settings = {0};
    struct rua_err err = {0};
    bool help = false, force = false, fetch = false;
    int option, status = EX_OK;

    opterr = 0;
    while (status == EX_OK && (option = getopt_long(argc, argv, COMMAND_OPTIONS,
                                                    options, NULL)) != -1) {
        if (option == 'h')
            help = true;
        else if (option == FORCE)
            force = true;
        else if (!command_take(&settings, option))
            status = command_usage("allow", options, option, argv);
    }
    if (status == EX_OK && help)
        print_help();
    else if (status == EX_OK && choose(argc - optind, argv + optind, force,
                                       &fetch, &err) != RUA_OK)
        status = say_usage(&err);
    if (status == EX_OK && fetch)
        status = ship_command(argc, argv);
    else if (status == EX_OK && !help)
        status = run(&settings, argc - optind == 2 ? argv[optind + 1] : NULL);
    free(settings.values);
    return status;
}
