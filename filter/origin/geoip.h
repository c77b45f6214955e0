/* geoip.h - databases of addresses in the MaxMind format (.mmdb):
 * libmaxminddb's door.
 *
 * What the databases of MaxMind, DB-IP and IPinfo call country, network number,
 * name and domain is found by these names. */
#ifndef RUAMILL_GEOIP_H
#define RUAMILL_GEOIP_H

#include <sys/socket.h>

#include "origin.h"

struct geoip;

/* Maps a database into memory. RUA_LATER, with a sentence that names it and the
 * option, when it cannot be read, or is no such database. */
enum rua_verdict geoip_open(const char *option, const char *path,
                            struct geoip **ret_geoip, struct rua_err *err);
void geoip_close(struct geoip *geoip);

/* Fills what the database knows of an address and the origin has not yet. */
void geoip_find(struct geoip *geoip, const struct sockaddr *address,
                struct origin *origin);

#endif
