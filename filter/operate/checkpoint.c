/* ruamill checkpoint: for what comes before tables are moved, logrotate's
 * prerotate above all. */
#include <stdio.h>
#include <sysexits.h>

#include "command.h"
#include "log.h"
#include "store.h"
#include "view.h"

static void
print_help(void)
{
    fputs("usage: ruamill checkpoint [-c CONF] [-o NAME=VALUE]...\n\n"
          "Finishes what a process left in the journal that died, syncs the "
          "store and\n"
          "empties the journal. To be called before tables are moved, as "
          "logrotate does it.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

/* rua_store_open() would make a store. */
static enum rua_verdict
look(const struct conf *conf, struct rua_err *err)
{
    struct view view;
    enum rua_verdict v = view_open(conf->store, &view, err);

    if (v == RUA_OK)
        view_close(&view);
    return v;
}

static int
checkpoint(void *ctx, struct conf *conf, char **operands)
{
    struct rua_store *store = NULL;
    struct rua_err err = {0};
    enum rua_verdict v = look(conf, &err);

    (void)ctx;
    (void)operands;
    if (v == RUA_NOT_REPORT) {
        printf("store %s: there is none yet\n", conf->store);
        return EX_OK;
    }
    if (v == RUA_OK)
        v = command_open_store(conf, &store, &err);
    if (v == RUA_OK)
        v = rua_store_checkpoint(store, &err);
    command_close_store(store, &err);
    if (v == RUA_OK)
        printf("store %s: synced, and its journal is empty\n", conf->store);
    else
        command_say(&err);
    return v == RUA_OK ? EX_OK : command_status(v);
}

int
checkpoint_command(int argc, char **argv)
{
    static const struct option options[] = {COMMAND_LONG_OPTIONS, {0}};
    static const struct command_form form = {
        .name = "checkpoint",
        .options = options,
        .print_help = print_help,
        .run = checkpoint,
    };

    return command_run(&form, NULL, argc, argv);
}
