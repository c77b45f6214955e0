/* ids.h - reports that share an ID, and reports that are there twice.
 *
 * A reporter should give each report an ID of its own (RFC 9990, section 3),
 * and some do not. Two reports with one ID are both counted. One report with
 * two rows in the reports tables is counted twice, which it should not be:
 * `ruamill verify` says more. Exact up to IDS_MOST reports at once, hashes of
 * 64 bits aside. */
#ifndef RUAMILL_IDS_H
#define RUAMILL_IDS_H

#include "flow.h"

#include <stdint.h>

enum {
    IDS_MOST = 1 << 19 /* 12 MiB */
};

struct ids_one;

struct ids {
    struct ids_one *slots;
    size_t n, room;
    uint64_t shared; /* reports with an ID that another one had before */
    uint64_t twice;  /* reports that were there before */
    uint64_t passed; /* reports that were not looked at: too many */
};

/* {0} is empty. `id` is absent or empty when there is none: that is no ID. */
void ids_add(struct ids *ids, struct rua_span org, struct rua_span id,
             struct rua_span key);

/* Forgets the reports, not the numbers: for the next policy domain. */
void ids_clear(struct ids *ids);
void ids_done(struct ids *ids);

#endif
