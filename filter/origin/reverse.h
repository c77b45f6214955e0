/* reverse.h - the names of addresses in DNS, looked up all at once.
 *
 * c-ares' door. A name counts if it leads back to its address (RFC 8601,
 * section 2.7.3): else anybody could call himself what he likes. Never in the
 * mail flow. What DNS has said is believed for a day (recall.h). */
#ifndef RUAMILL_REVERSE_H
#define RUAMILL_REVERSE_H

#include "flow.h"

struct reverse;

/* RUA_LATER unless `server` is addresses with commas: "127.0.0.1:5353". */
enum rua_verdict reverse_check(const char *server, struct rua_err *err);

/* Looks up the names of `n` addresses, which are borrowed during the call, in
 * at most `wait_ms` together: what is not known by then is not waited for.
 * `server` is "127.0.0.1:5353", or NULL for those of resolv.conf(5). RUA_LATER
 * when there can be no look-ups at all. */
enum rua_verdict reverse_open(const struct rua_span *addresses, size_t n,
                              const char *server, unsigned wait_ms,
                              struct reverse **ret_reverse,
                              struct rua_err *err);
void reverse_close(struct reverse *reverse);

/* The name of an address, "" for none. Borrowed. */
const char *reverse_find(const struct reverse *reverse, struct rua_span ip);

/* How many were not answered in time. */
size_t reverse_late(const struct reverse *reverse);

#endif
