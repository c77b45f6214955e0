/* newcomers.h - policy domains that are new in the store, counted for each RUA
 * and day, so that reports about domains that are made up do not fill the file
 * system: each domain has a folder and several files of its own.
 *
 * They stand in files of the store, a domain a line:
 *     .spool/newcomers/<day, UTC>-<SHA-256 of the RUA as the allowlist has it>
 * Those of other days are removed with the first one of a day. Nothing here is
 * synced: a power cut may forget some of the day. Lines that are no domains do
 * not count, and a file that is too long to be ours begins anew. */
#ifndef RUAMILL_NEWCOMERS_H
#define RUAMILL_NEWCOMERS_H

#include <stdint.h>

#include "flow.h"

/* A policy domain that has no folder in the store yet. */
struct newcomer {
    const char *store;   /* path of an open store */
    struct rua_span rua; /* as the allowlist has it */
    const char *domain;  /* as of domain.h */
    int64_t now;         /* seconds since 1970 */
};

/* Lets a domain in, and remembers that, or refuses it: RUA_REFUSED, with a
 * sentence, when the RUA has brought `most` others that day. One that was let
 * in stays so for the day. RUA_LATER when the files cannot be used. For any
 * number of threads and processes at the same time. */
enum rua_verdict newcomers_admit(const struct newcomer *newcomer, uint64_t most,
                                 struct rua_err *err);

#endif
