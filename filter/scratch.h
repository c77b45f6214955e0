/* scratch.h - the unlinked files for what overflows memory. */
#ifndef RUAMILL_SCRATCH_H
#define RUAMILL_SCRATCH_H

#include "err.h"

/* In a store; `store` is a struct rua_store. */
enum rua_verdict scratch_open_in_store(void *store, int *ret_fd,
                                       struct rua_err *err);

/* For a dry run, which makes nothing in the store whose `path` this is: in the
 * folder that the store is in; where that is not ours to write, in /var/tmp. */
enum rua_verdict scratch_open_beside(void *path, int *ret_fd,
                                     struct rua_err *err);

#endif
