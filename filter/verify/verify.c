/* ruamill verify: is everything in the store as it should be? */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"
#include "file.h"
#include "journal.h"
#include "log.h"

static void
print_help(void)
{
    fputs("usage: ruamill verify [-c CONF] [-o NAME=VALUE]...\n\n"
          "Looks whether everything in the store is as it should be: tables, "
          "archive,\n"
          "quarantine and journal. Each archived report is read again, and "
          "what it gives\n"
          "is held against its rows. Nothing is written. Says what is wrong "
          "where, a line\n"
          "each; exits 1 if something is.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

static enum rua_verdict
check_journal(struct verify *verify, struct rua_err *err)
{
    struct view_pending pending = {0};
    struct rua_err why = {0};
    enum rua_verdict v = view_take_lock(&verify->view, err);

    if (v != RUA_OK)
        return v;
    v = view_journal(&verify->view, true, &pending, &why);
    view_leave_lock(&verify->view);
    if (v == RUA_BAD)
        findings_add(&verify->findings, RUA_JOURNAL, 0, "%s", why.sentence);
    else if (v != RUA_OK)
        findings_note(RUA_JOURNAL, "what it holds is not known: %s",
                      why.sentence);
    if (pending.entries)
        findings_note(RUA_JOURNAL,
                      "%llu reports in it may not be in the tables yet, and "
                      "are left out here; ruamill checkpoint finishes them",
                      (unsigned long long)pending.entries);
    view_pending_done(&pending);
    return RUA_OK;
}

static enum rua_verdict
check_all(struct verify *verify, struct rua_err *err)
{
    struct view_names domains = {0};
    enum rua_verdict v = check_journal(verify, err);

    if (v == RUA_OK)
        v = view_domains(&verify->view, &domains, err);
    for (size_t i = 0; v == RUA_OK && i < domains.n; i++)
        v = verify_domain(verify, domains.names[i], err);
    if (v == RUA_OK)
        v = verify_quarantine(verify, err);
    view_names_done(&domains);
    return v;
}

static enum rua_verdict
open_scratch(struct verify *verify, struct rua_err *err)
{
    int folder;
    enum rua_verdict v = rua_file_open_root("/var/tmp", false, &folder, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_open_unlinked(folder, &verify->scratch.fd, err);
    close(folder);
    return v;
}

static int
verify(void *ctx, struct conf *conf, char **operands)
{
    struct verify verify = {.conf = conf, .scratch.fd = -1};
    struct rua_err err = {0};
    int status = command_open_view(conf, &verify.view);
    enum rua_verdict v;

    (void)ctx;
    (void)operands;
    if (status != EX_OK)
        return status;
    status = EX_TEMPFAIL;
    verify.makers = (struct makers){.partition = conf->partition,
                                    .scratch = &verify.scratch};
    v = open_scratch(&verify, &err);
    if (v == RUA_OK && verify.view.lock < 0)
        findings_note(".spool/lock",
                      "cannot be taken%s%s; what is written at this time may "
                      "look wrong",
                      verify.view.why.sentence[0] ? ": " : "",
                      verify.view.why.sentence);
    if (v == RUA_OK)
        v = check_all(&verify, &err);
    if (v == RUA_OK) {
        findings_end(&verify.findings);
        printf("tables %llu reports %llu records %llu problems %llu\n",
               (unsigned long long)verify.tables,
               (unsigned long long)verify.reports,
               (unsigned long long)verify.records,
               (unsigned long long)verify.findings.problems);
        status = verify.findings.problems ? EXIT_FAILURE : EX_OK;
    } else {
        command_say(&err);
    }
    makers_done(&verify.makers);
    if (verify.scratch.fd >= 0)
        close(verify.scratch.fd);
    view_close(&verify.view);
    return status;
}

int
verify_command(int argc, char **argv)
{
    static const struct option options[] = {COMMAND_LONG_OPTIONS, {0}};
    static const struct command_form form = {
        .name = "verify",
        .options = options,
        .print_help = print_help,
        .run = verify,
    };

    return command_run(&form, NULL, argc, argv);
}
