/* domain.h - when a string may become a file name.
 *
 * The one door from a stranger's domain to a path. */
#ifndef RUA_DOMAIN_H
#define RUA_DOMAIN_H

#include <stdbool.h>

#include "flow.h"
#include "version.h"

/* Longest domain name in text form (RFC 1035, section 2.3.4) and its NUL. */
#define RUA_DOMAIN_SIZE 254

/* Lower case, one trailing dot dropped, white space around it dropped. True
 * when the rest is one or more labels of 1 to 63 of a-z 0-9 - _ joined by dots,
 * at most 253 bytes: never empty, never "." or "..", no leading dot. A label
 * may begin or end with "-" or "_" (seen in the wild). */
bool rua_domain_fold(struct rua_span raw, char ret_domain[RUA_DOMAIN_SIZE]);

/* The same after U-labels have become A-labels (IDNA 2008 with the
 * transitional table off, by libidn2, UTS #46 mapping). False when that cannot
 * be done. */
bool rua_domain_to_ascii(struct rua_span raw, char ret_domain[RUA_DOMAIN_SIZE]);

/* "libidn2 2.3.3". */
void rua_domain_version(char ret_text[RUA_VERSION_SIZE]);

#endif
