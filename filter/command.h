/* command.h - the subcommands, and what their command lines have in common. */
#ifndef RUAMILL_COMMAND_H
#define RUAMILL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "allow.h"
#include "conf.h"
#include "mime.h"
#include "store.h"
#include "view.h"
#include "worker.h"

/* A subcommand: argv[0] is its name. Returns the exit status (sysexits.h). */
struct command {
    const char *name;
    const char *arguments; /* "PATH..." for the usage line */
    const char *summary;   /* one line */
    int (*run)(int argc, char **argv);
};

int milter_command(int argc, char **argv);
int pipe_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int check_command(int argc, char **argv);
int summary_command(int argc, char **argv);
int export_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int rebuild_command(int argc, char **argv);
int checkpoint_command(int argc, char **argv);
int allow_command(int argc, char **argv);
int prune_command(int argc, char **argv);
int ship_command(int argc, char **argv);
int quarantine_command(int argc, char **argv);
int status_command(int argc, char **argv);
int dashboard_command(int argc, char **argv);

/* -c and -o, as every command takes them. */
struct command_settings {
    const char *file;
    const char **values; /* n of them, to be freed with free() */
    size_t n;
};

#define COMMAND_OPTIONS ":c:o:h"
#define COMMAND_LONG_OPTIONS                                                   \
    {"config", required_argument, NULL, 'c'},                                  \
        {"option", required_argument, NULL, 'o'},                              \
    {                                                                          \
        "help", no_argument, NULL, 'h'                                         \
    }

/* The same for a command that can say more. */
#define COMMAND_VERBOSE_OPTIONS COMMAND_OPTIONS "v"
#define COMMAND_VERBOSE_LONG_OPTIONS                                           \
    COMMAND_LONG_OPTIONS,                                                      \
    {                                                                          \
        "verbose", no_argument, NULL, 'v'                                      \
    }

/* Takes an option that getopt_long(3) returned, if it is one of the common
 * ones. False for another. */
bool command_take(struct command_settings *settings, int option);

/* Reads the configuration and the allowlist, looks at the columns, and finds
 * the name of the host if it is wanted for authserv_id. What is wrong is the
 * administrator's to mend: EX_CONFIG. */
enum rua_verdict command_prepare(const struct command_settings *settings,
                                 struct conf *conf,
                                 struct rua_allow **ret_allow,
                                 struct rua_err *err);

/* The same for a command that needs the store, and no allowlist. */
enum rua_verdict command_prepare_store(const struct command_settings *settings,
                                       struct conf *conf, struct rua_err *err);

/* Says what is to be said of how an allowlist was loaded. */
void command_notice(const struct rua_allow *allow);

/* What a command that works on the store is made of. */
struct command_form {
    const char *name;
    const struct option *options; /* with COMMAND_LONG_OPTIONS */
    int operands;                 /* how many there must be, */
    const char *operand;          /* and what they are called; */
    bool more;                    /* there may be more of them */
    const char *excess;           /* what to do when there are too many */
    void (*print_help)(void);
    bool verbose; /* there is -v, which `take` gets; see options */
    bool writes;  /* -o without "=" names a file, which `take` gets */
    /* Takes an option that is not common to all; argument or NULL. */
    void (*take)(void *ctx, int option, const char *argument);
    /* Looks at what was taken, before the configuration is read: RUA_LATER when
     * it is wrong, EX_USAGE. May be NULL. */
    enum rua_verdict (*check)(void *ctx, char **operands, struct rua_err *err);
    int (*run)(void *ctx, struct conf *conf, char **operands);
    /* Says what is wrong with the configuration, and gives the exit status;
     * NULL: on standard error, 78. */
    int (*wrong)(const void *ctx, const char *sentence);
};

/* Reads the command line and the configuration, and runs the command. */
int command_run(const struct command_form *form, void *ctx, int argc,
                char **argv);

/* How many workers to read with: `jobs`, or as many as there are cores. More
 * are no use to one who takes their results in order. */
#define COMMAND_MOST_WORKERS 64
unsigned command_workers(const struct conf *conf);

/* How workers read messages, by the configuration. Borrows from it. */
struct worker_plan command_worker(const struct conf *conf);

/* Locks the front end in, if `sandbox` says so: from now on it writes to the
 * store only, to /dev/null for workers, to the folder of the metrics, and to
 * `folder` (a path, or NULL).
 * Before there are threads, and after all has been opened. */
enum rua_verdict command_enter_prison(const struct conf *conf,
                                      const char *folder, struct rua_err *err);

/* How entries are rendered, by the configuration. Borrows from it. */
struct rua_entry_style command_style(const struct conf *conf);

/* How the store is written, by the configuration and the headers of `maker`,
 * which is borrowed. Notices go to the log. */
struct rua_store_style command_store_style(const struct conf *conf,
                                           const struct rua_entry_maker *maker);

/* A notice of a store that waits for the error which it may be a part of, and
 * what is left of them at the end. By one thread at a time. */
void command_hold_notice(void *ctx, const char *sentence);
void command_say_held(const struct rua_err *err);

/* Opens the store for a command that stores no reports. What a process left
 * that died is finished, unless others are at work. Notices go to the log. */
enum rua_verdict command_open_store(const struct conf *conf,
                                    struct rua_store **ret_store,
                                    struct rua_err *err);

/* Closes it, and counts what it did (counters.h); NULL is fine. A notice that
 * `err` has, too, is left out. */
void command_close_store(struct rua_store *store, const struct rua_err *err);

/* Opens the store to look at it; or says why not, and returns the exit status.
 */
int command_open_view(const struct conf *conf, struct view *ret_view);

/* The exit status for what view_must_open() returns other than RUA_OK, or when
 * standard output cannot be written to. */
int command_status(enum rua_verdict v);

/* Says it, and what can be done about it (mend.h); nothing when it is standard
 * output that cannot be written to, which main() says. */
void command_say(const struct rua_err *err);

/* What is wrong with a command line (command_line.c). */

/* What to say of an option of `options` that getopt_long(3) has not taken:
 * EX_USAGE. */
int command_usage(const char *command, const struct option *options, int option,
                  char **argv);

/* The same as a sentence: RUA_LATER. */
enum rua_verdict command_complain(const char *command,
                                  const struct option *options, int option,
                                  char **argv, struct rua_err *err);

/* There should be no such operand. `mend` says where it would go; NULL: in the
 * help. RUA_LATER. */
enum rua_verdict command_excess(const char *command, const char *word,
                                const char *mend, struct rua_err *err);

/* Reads the value of --jobs; RUA_LATER when it is none. */
enum rua_verdict command_read_jobs(const char *command, const char *text,
                                   unsigned *ret_jobs, struct rua_err *err);

#endif
