/* prison_calls.h - the system calls of workers and front ends, as programs for
 * seccomp(2). */
#ifndef RUAMILL_PRISON_CALLS_H
#define RUAMILL_PRISON_CALLS_H

#include <linux/filter.h>
#include <stddef.h>

#include "err.h"

/* A program, which is made once and loaded by many processes. */
struct prison_calls {
    struct sock_filter *lines; /* to be freed with free() */
    unsigned short n;
};

/* What workers need, and starting them, and nothing else. */
enum rua_verdict prison_calls_to_enter(struct prison_calls *ret_calls,
                                       struct rua_err *err);

/* Takes away what only starting them needs: loaded on top of the first, once
 * for each worker, and so kept short. */
enum rua_verdict prison_calls_to_lock(struct prison_calls *ret_calls,
                                      struct rua_err *err);

/* All but what no front end needs. */
enum rua_verdict prison_calls_for_front(struct prison_calls *ret_calls,
                                        struct rua_err *err);

/* Loads a program into this process, for good; no_new_privs is set. */
enum rua_verdict prison_calls_load(const struct prison_calls *calls,
                                   struct rua_err *err);

#endif
