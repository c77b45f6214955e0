#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

enum {
    LEASE_NAP = 50, /* microseconds between two tries */
    LOCK_NAP = 1000,
};

enum rua_verdict
rua_file_write(int fd, const char *name, uint64_t offset, struct rua_span bytes,
               struct rua_err *err)
{
    while (bytes.len) {
        ssize_t n = pwrite(fd, bytes.data, bytes.len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rua_err_sys(err, "write %s", name);
        if (n == 0)
            return rua_err_set(err, RUA_LATER,
                               "write %s: the file takes no bytes", name);
        bytes.data += n;
        bytes.len -= (size_t)n;
        offset += (size_t)n;
    }
    return RUA_OK;
}

enum rua_verdict
rua_file_read(int fd, const char *name, uint64_t offset, void *data, size_t n,
              size_t *ret_n, struct rua_err *err)
{
    unsigned char *to = data;
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rua_err_sys(err, "read %s", name);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_n = done;
    return RUA_OK;
}

/* File systems without fallocate(2) have EOPNOTSUPP; such a one says that it is
 * full later. */
enum rua_verdict
rua_file_reserve(int fd, const char *name, uint64_t offset, uint64_t len,
                 struct rua_err *err)
{
    int failed;

    if (!len)
        return RUA_OK;
    do
        failed =
            fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) < 0;
    while (failed && errno == EINTR);
    if (failed && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
        return rua_err_sys(err, "write %s", name);
    return RUA_OK;
}

/* No second try, even after EINTR: it could say yes to bytes that are lost. */
enum rua_verdict
rua_file_sync(int fd, const char *name, struct rua_err *err)
{
    return fdatasync(fd) < 0 ? rua_err_sys(err, "sync %s", name) : RUA_OK;
}

static uint64_t
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Waits a little; false when it is `until` already. */
static bool
nap(unsigned microseconds, uint64_t until)
{
    const struct timespec time = {.tv_nsec = 1000L * microseconds};

    if (now_us() >= until)
        return false;
    nanosleep(&time, NULL);
    return true;
}

/* The kernel tells the holder of a lease by a signal that somebody waits for
 * it. SIGIO, its own choice, ends a process that does not expect it; SIGURG is
 * ignored by default. Readers come and go within microseconds: the moments at
 * which none has the file open are found by looking often. */
bool
rua_file_lease(int fd, unsigned wait_ms)
{
    uint64_t until = now_us() + 1000ULL * wait_ms;

    if (fcntl(fd, F_SETSIG, SIGURG) < 0)
        return false;
    while (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        if (errno != EAGAIN || !nap(LEASE_NAP, until))
            return false;
    return true;
}

void
rua_file_unlease(int fd)
{
    fcntl(fd, F_SETLEASE, F_UNLCK);
}

enum rua_verdict
rua_file_lock(int fd, const char *name, unsigned wait_ms, struct rua_err *err)
{
    uint64_t until = now_us() + 1000ULL * wait_ms;

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return rua_err_sys(err, "lock %s", name);
        if (!nap(LOCK_NAP, until))
            return rua_err_set(err, RUA_LATER,
                               "lock %s: taken by another process; try again "
                               "when that is done",
                               name);
    }
    return RUA_OK;
}

void
rua_file_unlock(int fd)
{
    flock(fd, LOCK_UN);
}

enum rua_verdict
rua_file_size(int fd, const char *name, uint64_t *ret_size, struct rua_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return rua_err_sys(err, "stat %s", name);
    *ret_size = (uint64_t)st.st_size;
    return RUA_OK;
}

enum rua_verdict
rua_file_sync_all(int folder, struct rua_err *err)
{
    return syncfs(folder) < 0 ? rua_err_sys(err, "sync the file system")
                              : RUA_OK;
}
