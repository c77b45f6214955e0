#include "lease.h"

#include <string.h>

#include "file.h"

#define LOCK ".spool/lock"

enum {
    BUSY_WAIT = 5,    /* ms */
    BUSY_NOTES = 512, /* where they are in the lock file */
};

static void
read_notes(struct rua_leases *leases)
{
    size_t n;

    if (leases->known)
        return;
    memset(leases->noted, 0, sizeof(leases->noted));
    rua_file_read(leases->lock, LOCK, BUSY_NOTES, leases->noted,
                  sizeof(leases->noted), &n, NULL);
    leases->known = true;
}

static void
note(struct rua_leases *leases, uint64_t inode, bool busy)
{
    uint64_t *noted = &leases->noted[inode % RUA_LEASE_NOTES];
    size_t at = (size_t)(noted - leases->noted) * sizeof(*noted);

    *noted = busy ? inode : 0;
    rua_file_write(
        leases->lock, LOCK, BUSY_NOTES + at,
        (struct rua_span){(const unsigned char *)noted, sizeof(*noted)}, NULL);
}

bool
rua_lease_take(struct rua_leases *leases, int fd, uint64_t inode)
{
    unsigned wait = leases->wait;
    bool busy, had;

    read_notes(leases);
    busy = leases->noted[inode % RUA_LEASE_NOTES] == inode;
    had = rua_file_lease(fd, busy && wait > BUSY_WAIT ? BUSY_WAIT : wait);
    if (had == busy)
        note(leases, inode, !had);
    return had;
}

void
rua_lease_end(struct rua_leases *leases)
{
    leases->known = false;
}
