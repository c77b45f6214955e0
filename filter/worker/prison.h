/* prison.h - what a process may still do when it reads what strangers wrote.
 *
 * Three layers, of which a machine may lack one: limits of resources
 * (setrlimit(2)), Landlock (no file by name), and seccomp (only the system
 * calls that the work needs). None of them can be left again, nor by children.
 * What the kernel has not is left out; what it has and refuses is an error.
 *
 * A build with a sanitizer has no layer: it needs all of what they take away.
 */
#ifndef RUAMILL_PRISON_H
#define RUAMILL_PRISON_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum prison_layer {
    PRISON_LIMITS = 1,
    PRISON_LANDLOCK = 2,
    PRISON_SECCOMP = 4,
};

/* The layers that this kernel and this build have. */
unsigned prison_layers(void);

/* "limits landlock seccomp", or "none". */
#define PRISON_WORDS 32
const char *prison_words(unsigned layers, char to[PRISON_WORDS]);

/* ---- workers ---- */

struct prison_rules {
    uint64_t memory; /* bytes beyond those that the process has by now */
    uint64_t output; /* bytes that a file may come to have */
    uint64_t cpu;    /* seconds, from the lock on */
};

struct prison;

/* Takes away all that a worker does not need, and that a process which forks
 * workers does not need either: files by name, memory, core dumps, new
 * privileges. Once everything is loaded; for this process and
 * those it forks. NULL when there is no layer. */
enum rua_verdict prison_enter(const struct prison_rules *rules,
                              struct prison **ret_prison, struct rua_err *err);

/* Takes away the rest from a process that has entered, or was forked by one
 * that has: from now on it reads and writes descriptors that it has or is
 * given, of which it may have 32, and ends. To look for a file is answered as
 * if there were none; any other system call kills it (SIGSYS). */
enum rua_verdict prison_lock(const struct prison *prison, struct rua_err *err);

/* Lets a locked worker of ours have `seconds` more of CPU time. */
void prison_renew(int pid, uint64_t seconds);

/* ---- front ends ---- */

/* Before there are threads: from now on, files are made, written and taken away
 * below these folders only (paths, ended by a NULL; those that do not exist are
 * left out), and system calls that no front end has any business with are
 * refused. Reading is free. */
enum rua_verdict prison_enter_front(const char *const folders[],
                                    struct rua_err *err);

#endif
