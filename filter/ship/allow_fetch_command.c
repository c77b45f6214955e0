/* ruamill allow fetch: the command line, of which allow_command.c has seen to
 * it that there is one word too much at most, and that is no call for help. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "allow_cache.h"
#include "allow_fetch.h"
#include "command.h"

enum {
    FORCE = 256
};

static int
fetch(const struct command_settings *settings, bool force)
{
    struct rua_err err = {0};
    struct conf conf;
    int status = EX_CONFIG;
    enum rua_verdict v;

    conf_init(&conf);
    v = conf_read(&conf, settings->file, settings->values, settings->n, &err);
    if (v == RUA_OK && !allow_cache_is_url(conf.allow))
        v = rua_err_set(&err, RUA_LATER,
                        "allow is the file %.120s: there is nothing to fetch; "
                        "set allow = https://... first",
                        conf.allow);
    if (v == RUA_OK)
        v = allow_cache_check(&conf, &err);
    if (v == RUA_OK)
        status = allow_fetch(&conf, force);
    else
        command_say(&err);
    conf_done(&conf);
    return status;
}

int
allow_fetch_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS, {"force", no_argument, NULL, FORCE},
         {0  }
    };
    struct command_settings settings = {0};
    bool force = false;
    int option, status = EX_OK;

    opterr = 0;
    while (status == EX_OK && (option = getopt_long(argc, argv, COMMAND_OPTIONS,
                                                    options, NULL)) != -1) {
        if (option == FORCE)
            force = true;
        else if (!command_take(&settings, option))
            status = command_usage("allow", options, option, argv);
    }
    if (status == EX_OK)
        status = fetch(&settings, force);
    free(settings.values);
    return status;
}
