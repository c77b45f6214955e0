/* origin.h - where an address is, whose network it is in, and who sends from
 * there: by the databases of `geoip`, by `senders`, and by names of DNS when
 * they were looked up.
 *
 *     origins = origins_open(conf, &err)
 *     origin = origins_find(origins, ip)     what is known without asking
 * anybody
 *
 * origins_find() is fast enough for each row of a table: it remembers. The
 * databases are mapped into memory: replace them by rename(2), as geoipupdate
 * does. */
#ifndef RUAMILL_ORIGIN_H
#define RUAMILL_ORIGIN_H

#include <stdint.h>

#include "flow.h"

enum {
    ORIGIN_TEXT = 128 /* bytes of a text, its NUL included; the rest is cut */
};

/* "" and 0 for what is not known. Texts are UTF-8 without control characters.
 */
struct origin {
    char country[3];             /* "DE", ISO 3166 */
    uint32_t asn;                /* 64500, */
    char as_name[ORIGIN_TEXT];   /* "Meadow Hosting GmbH", */
    char as_domain[ORIGIN_TEXT]; /* "meadow.example" */
    char reverse[256];        /* "mail.meadow.example": its name in DNS, which
                                 leads back to it */
    char sender[ORIGIN_TEXT]; /* "Meadow", by `senders`, */
    char type[ORIGIN_TEXT];   /* "Hosting" */
};

struct origins;

/* Where things are to be found; NULL: nowhere. */
struct origins_plan {
    const char *geoip, *geoip_asn; /* paths of databases: what the first does
                                      not know, the second may */
    const char *senders;           /* path of the file of senders */
};

/* *ret_origins is NULL when the plan has nothing. RUA_LATER, with a sentence
 * that names the file, when one cannot be used. */
enum rua_verdict origins_open(const struct origins_plan *plan,
                              struct origins **ret_origins,
                              struct rua_err *err);
void origins_close(struct origins *origins);

/* What is known of an address in text; never NULL, also when `origins` is or
 * the text is no address. Borrowed until the next call. Not thread-safe. */
const struct origin *origins_find(struct origins *origins, struct rua_span ip);

/* Fills sender and type of an origin by its reverse or as_domain. */
void origins_name_sender(const struct origins *origins, struct origin *origin);

/* Which of the columns can be known at all. */
bool origins_has_geoip(const struct origins *origins);
bool origins_has_senders(const struct origins *origins);

#endif
