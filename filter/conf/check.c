/* ruamill check: is the configuration good, and what would become of an
 * address? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "check_flow.h"
#include "command.h"
#include "file.h"
#include "findings.h"
#include "journal.h"
#include "log.h"
#include "prison.h"
#include "rows.h"
#include "targets.h"

enum {
    LITTLE_ROOM = 1 << 20 /* bytes, for the journal and a report */
};

static void
print_help(void)
{
    fputs("usage: ruamill check [-c CONF] [-o NAME=VALUE]... [-v] "
          "[ADDRESS...]\n\n"
          "Tests the configuration, the allowlist and the store, and what "
          "milter and pipe\n"
          "would need. For an address, says which line of the allowlist it "
          "matches and\n"
          "which policy domains that takes.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n"
          "  -v, --verbose        show all options and their values\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

/* The folder above the store, which it would be made in. */
static void
parent(const char *path, char *ret_parent, size_t size)
{
    const char *end = path + strlen(path), *slash;

    while (end > path + 1 && end[-1] == '/')
        end--;
    for (slash = end; slash > path && slash[-1] != '/'; slash--)
        ;
    if (slash == path)
        snprintf(ret_parent, size, ".");
    else
        snprintf(ret_parent, size, "%.*s", (int)(slash - path), path);
}

/* A journal of a later version of the program is not written to. */
static enum rua_verdict
check_journal(const char *path, struct rua_err *err)
{
    unsigned char head[RUA_JOURNAL_HEAD] = {0};
    uint32_t version = RUA_JOURNAL_VERSION;
    uint64_t salt;
    size_t n;
    int root, fd;
    enum rua_verdict v = rua_file_open_root(path, false, &root, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_open_to_read(root, RUA_JOURNAL, &fd, err);
    close(root);
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_file_read(fd, RUA_JOURNAL, 0, head, sizeof(head), &n, err);
    close(fd);
    if (v != RUA_OK || !rua_journal_head_get(head, &version, &salt) ||
        version == RUA_JOURNAL_VERSION)
        return v;
    return rua_err_set(err, RUA_LATER,
                       "store %s: its journal is of version %" PRIu32
                       ", and this program knows version %d; use the ruamill "
                       "that wrote it, or a newer one",
                       path, version, RUA_JOURNAL_VERSION);
}

/* As whoever stores something does it. */
static enum rua_verdict
check_root(const char *path, struct rua_err *err)
{
    struct rua_err why = {0};
    int root;
    enum rua_verdict v = rua_file_open_root(path, false, &root, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_check_root(root, &why);
    close(root);
    return v == RUA_OK
               ? v
               : rua_err_set(err, v, "store %s: %s", path, why.sentence);
}

static void
check_room(const char *path)
{
    struct statvfs fs;

    if (statvfs(path, &fs) == 0 &&
        (uint64_t)fs.f_bavail * fs.f_frsize < LITTLE_ROOM)
        printf("note: store %s: the disk is full, and reports have to wait; "
               "ruamill prune needs some MiB itself\n",
               path);
}

static enum rua_verdict
check_store(const char *path, struct rua_err *err)
{
    char above[4096];
    struct stat st;

    if (stat(path, &st) < 0) {
        parent(path, above, sizeof(above));
        if (access(above, W_OK | X_OK) < 0)
            return rua_err_sys(err, "store %s: cannot be made in %s", path,
                               above);
        printf("store %s: will be made\n", path);
        return RUA_OK;
    }
    if (!S_ISDIR(st.st_mode))
        return rua_err_set(err, RUA_LATER,
                           "store %s: is no folder; move it away, or name "
                           "another",
                           path);
    if (check_root(path, err) != RUA_OK)
        return RUA_LATER;
    if (access(path, W_OK | X_OK) < 0)
        return rua_err_sys(err, "store %s: cannot be written", path);
    if (check_journal(path, err) != RUA_OK)
        return RUA_LATER;
    printf("store %s: ok\n", path);
    check_room(path);
    return RUA_OK;
}

static void
check_sandbox(const struct conf *conf)
{
    unsigned layers = prison_layers();
    char words[PRISON_WORDS];

    printf("sandbox: %s\n", prison_words(conf->sandbox ? layers : 0, words));
    if (!conf->sandbox)
        puts(
            "note: sandbox = no: a mail that takes its reader over can do what "
            "this user can");
    else if (!(layers & PRISON_LANDLOCK))
        puts(
            "note: sandbox: this kernel has no Landlock, or it is switched off "
            "(the kernel's option lsm=)");
}

/* A list that cannot be fetched any more goes on being used. */
static void
check_fetched(const struct conf *conf)
{
    struct allow_note note;
    struct rua_err err = {0};
    int root;

    if (!allow_cache_is_url(conf->allow))
        return;
    if (allow_cache_check(conf, &err) != RUA_OK)
        printf("note: %s\n", err.sentence);
    if (rua_file_open_root(conf->store, false, &root, NULL) != RUA_OK)
        return;
    allow_note_read(root, conf, &note);
    close(root);
    if (note.failed)
        printf("note: allowlist: the last fetch failed, and the list from "
               "before is used on: %s\n",
               note.why);
}

/* The mail flow needs no target, so that what is wrong with one is a note. */
static void
check_targets(const struct conf *conf)
{
    const struct conf_target *target, *good;

    for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++) {
        struct rua_err err = {0};
        if (conf_target_check(conf, target->name, &good, &err) == RUA_OK)
            printf("target %s: ok\n", target->name);
        else
            printf("note: %s\n", err.sentence);
    }
}

/* False when the address would not be taken. */
static bool
check_address(const struct rua_allow *allow, const char *address,
              const char *path)
{
    struct rua_allow_line line;
    struct rua_err err = {0};
    enum rua_verdict v =
        rua_allow_find(allow, rua_span_text(address), &line, &err);

    findings_print(*address ? address : "\"\"");
    if (v != RUA_OK) {
        printf(": %s\n",
               v == RUA_LATER ? err.sentence : "not on the allowlist");
        return false;
    }
    printf(": %s:%u: %.*s takes %.*s\n", path, line.line, (int)line.pattern.len,
           (const char *)line.pattern.data, (int)line.domains.len,
           (const char *)line.domains.data);
    return true;
}

static int
run(const struct command_settings *settings, bool verbose, char **addresses)
{
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};
    struct conf conf;
    enum rua_verdict v;
    char called[ALLOW_CACHE_CALLED];
    int status = EX_OK;

    conf_init(&conf);
    v = command_prepare(settings, &conf, &allow, &err);
    if (v == RUA_OK && verbose)
        conf_print(&conf, stdout);
    if (v == RUA_OK) {
        command_notice(allow);
        printf("allowlist %s%s: %zu RUA%s\n",
               allow_cache_called(conf.allow, called),
               rua_allow_is_compiled(allow) && !allow_cache_is_url(conf.allow)
                   ? RUA_ALLOW_COMPILED
                   : "",
               rua_allow_count(allow), rua_allow_count(allow) == 1 ? "" : "s");
        check_fetched(&conf);
        if (rua_allow_count(allow) == 0)
            puts("note: allowlist: without a line such as \"dmarc@example.com "
                 "example.com\" no report is taken");
        v = check_store(conf.store, &err);
    }
    if (v == RUA_OK) {
        check_sandbox(&conf);
        v = check_flow(&conf, &err);
    }
    if (v == RUA_OK)
        check_targets(&conf);
    for (; v == RUA_OK && *addresses; addresses++)
        if (!check_address(allow, *addresses,
                           allow_cache_called(conf.allow, called)))
            status = EX_NOUSER;
    if (v != RUA_OK) {
        command_say(&err);
        status = EX_CONFIG;
    }
    rua_allow_free(allow);
    conf_done(&conf);
    return status;
}

int
check_command(int argc, char **argv)
{
    static const struct option options[] = {COMMAND_VERBOSE_LONG_OPTIONS, {0}};
    struct command_settings settings = {0};
    bool verbose = false, help = false;
    int option, status = EX_OK;

    opterr = 0;
    while (status == EX_OK &&
           (option = getopt_long(argc, argv, COMMAND_VERBOSE_OPTIONS, options,
                                 NULL)) != -1) {
        if (command_take(&settings, option))
            continue;
        if (option == 'v')
            verbose = true;
        else if (option == 'h')
            help = true;
        else
            status = command_usage("check", options, option, argv);
    }
    if (status == EX_OK && help)
        print_help();
    else if (status == EX_OK)
        status = run(&settings, verbose, argv + optind);
    free(settings.values);
    return status;
}
