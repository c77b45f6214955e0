/* aside.h - the quarantine: messages kept aside, and their table. */
#ifndef RUA_ASIDE_H
#define RUA_ASIDE_H

#include "spool.h"

/* A message that is kept aside: it could not be read, or nobody takes it. */
struct rua_aside {
    const struct rua_spool *message;
    enum rua_verdict verdict;
    const char *sentence;
    const char *rua;    /* or NULL */
    const char *sender; /* or NULL */
    int64_t when;       /* seconds since 1970 */
};

/* Puts a message below the store's `root` as quarantine/YYYY/MM/<digest>.eml,
 * and a row into quarantine/quarantine.csv, under the store's lock. The same
 * message kept aside again in the same month adds nothing. */
enum rua_verdict rua_aside_put(int root, const struct rua_aside *aside,
                               struct rua_err *err);

#endif
