/* recall.h - what DNS said of addresses within the last day, so that a summary
 * that is made again asks nobody again.
 *
 * In a file of the user's, $XDG_CACHE_HOME/ruamill/ptr or ~/.cache/ruamill/ptr,
 * which may be taken away at any time. One that cannot be read or written is
 * none, and so is one that somebody else may write to, or that is of another
 * resolver: nothing here fails. */
#ifndef RUAMILL_RECALL_H
#define RUAMILL_RECALL_H

#include <stdbool.h>
#include <stdint.h>

struct recall;

/* `resolver` may be NULL, and is borrowed, too; `now` is in seconds since 1970.
 */
struct recall *recall_open(const char *resolver, int64_t now);

/* NULL when nothing is known of an address; "" when it is known to have no
 * name. Borrowed. */
const char *recall_find(const struct recall *recall, const char *ip);

/* What is said of an address now; `name` may be "". */
void recall_add(struct recall *recall, const char *ip, const char *name);

/* Writes it down if there is something new. */
void recall_close(struct recall *recall);

#endif
