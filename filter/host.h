/* host.h - what this host is called, and gives a process. */
#ifndef RUAMILL_HOST_H
#define RUAMILL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "err.h"

/* Its full name: as the kernel has it, or, when that has no dot, as the
 * resolver completes it. To be freed with free(); "localhost" when there is
 * none. */
char *host_name(void);

/* The CPUs that this process may use (sched_getaffinity(2)); 1 at least. */
unsigned host_cores(void);

/* Lets this process have as many open files as it may (setrlimit(2)), and says
 * how many that are; RUA_LATER when that cannot be told. */
enum rua_verdict host_raise_files(rlim_t *ret_files, struct rua_err *err);

/* Whether `n` bytes are the number of a port: 1 to 65535. */
bool host_is_port(const char *text, size_t n);

#endif
