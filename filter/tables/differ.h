/* differ.h - where two streams of bytes begin to differ. */
#ifndef RUAMILL_DIFFER_H
#define RUAMILL_DIFFER_H

#include <stdint.h>

#include "spool.h"

/* Bytes [at, ...) of `other` are held against what is pushed. */
struct differ {
    const struct rua_spool *other;
    uint64_t at;
    uint64_t lines; /* whole lines that were the same */
    bool differs;
};

/* A sink: ctx is the struct. */
enum rua_verdict differ_push(void *differ, struct rua_span bytes,
                             struct rua_err *err);

#endif
