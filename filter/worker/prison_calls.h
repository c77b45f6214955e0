/* prison_calls.h - the system calls of workers and front ends, as programs for
 * seccomp(2).
 *
 * They are made when ruamill is built, by generate/prison_programs.c, which has
 * the lists: nothing is allocated and no library is needed to load them. Calls
 * by the numbers of another architecture kill the thread. */
#ifndef RUAMILL_PRISON_CALLS_H
#define RUAMILL_PRISON_CALLS_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct prison_calls {
    const struct sock_filter *lines;
    unsigned short n;
};

/* Stands in a program for the number of the process that loads it: no process
 * has it, since it is over the highest that Linux gives (2^22). */
#define PRISON_THIS_PROCESS 0x7fabcdefU

/* What workers need, and starting them, and nothing else. */
extern const struct prison_calls prison_calls_to_enter;

/* Takes away what only starting them needs: loaded on top of the first, once
 * for each worker, and so kept short. */
extern const struct prison_calls prison_calls_to_lock;

/* All but what no front end needs. */
extern const struct prison_calls prison_calls_for_front;

/* Loads a program into this process, for good; no_new_privs is set. */
enum rua_verdict prison_calls_load(const struct prison_calls *calls,
                                   struct rua_err *err);

#endif
