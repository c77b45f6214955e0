/* rules.h - configuration and allowlist as of one moment, for threads that go
 * on with the old ones while new ones are read. */
#ifndef RUAMILL_RULES_H
#define RUAMILL_RULES_H

#include <stdatomic.h>

#include "allow.h"
#include "command.h"

/* Never changed once it is there; counted. */
struct rules {
    struct conf conf;
    struct rua_allow *allow;
    atomic_uint holders; /* rules.c's */
};

/* What a recipient is. */
enum rules_address {
    RULES_RUA,     /* on the allowlist */
    RULES_UNKNOWN, /* not, though its domain is a dedicated one */
    RULES_OTHER,   /* somebody else's business */
    RULES_LATER,   /* the allowlist cannot be read */
};

/* Reads them anew from the file and the command line. */
enum rua_verdict rules_read(const struct command_settings *settings,
                            struct rules **ret_rules, struct rua_err *err);

/* The same while the program runs: RUA_LATER, and which, when an option has
 * changed that is fixed then. */
enum rua_verdict rules_read_again(const struct command_settings *settings,
                                  const struct rules *old,
                                  struct rules **ret_rules,
                                  struct rua_err *err);

/* One more who holds them, and one less. Thread-safe. */
struct rules *rules_hold(struct rules *rules);
void rules_drop(struct rules *rules);

/* `address` as of the SMTP command, with or without angle brackets. RULES_LATER
 * with a sentence. */
enum rules_address rules_judge(const struct rules *rules, const char *address,
                               struct rua_err *err);

#endif
