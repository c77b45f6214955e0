/* ip.h - IPv4 and IPv6 text to canonical text (RFC 5952). */
#ifndef RUA_IP_H
#define RUA_IP_H

#include <stdbool.h>

#include "flow.h"

/* As INET6_ADDRSTRLEN. */
#define RUA_IP_SIZE 46

/* Takes white space around it, one pair of brackets and a zone ("%eth0") away.
 * An IPv4-mapped address stays one ("::ffff:192.0.2.1"). False when the rest is
 * no address: zero-padded octets, masked ones ("X.X.X.X"), host names. */
bool rua_ip_canonical(struct rua_span raw, char ret_ip[RUA_IP_SIZE]);

#endif
