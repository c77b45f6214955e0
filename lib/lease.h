/* lease.h - the write lease of a table, for as long as rows are written.
 *
 * Whoever opens a table while its lease is held waits, and so never sees a part
 * of the rows. Tables that somebody keeps open for the whole wait, as tail -F
 * does, are noted in the lock file by their inodes: no process waits for them
 * as long again. A note may be lost, and may be that of another table. */
#ifndef RUA_LEASE_H
#define RUA_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#define RUA_LEASE_NOTES 64

struct rua_leases {
    int lock;                        /* the lock file; the caller's */
    unsigned wait;                   /* ms */
    uint64_t noted[RUA_LEASE_NOTES]; /* as in the lock file, */
    bool known;                      /* if it was read since the last end */
};

/* Takes the lease of an open table: false when it cannot be had. Used under the
 * store's lock. */
bool rua_lease_take(struct rua_leases *leases, int fd, uint64_t inode);

/* Others may change the notes from now on. */
void rua_lease_end(struct rua_leases *leases);

#endif
