/* crash_fixture.h - for unit tests: the module file compiled against system
 * calls that count their steps, and at one of them fail, or end the process.
 * Nothing is really synced. */
#ifndef CRASH_FIXTURE_H
#define CRASH_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#define CRASH_KILLED 77

/* What happens at step `at`, counted from 1. */
static struct {
    enum {
        CRASH_NEVER,
        CRASH_KILL,    /* before the call */
        CRASH_TEAR,    /* the same, but a write has done half of its work */
        CRASH_FAIL,    /* with `error` */
        CRASH_FAIL_ON, /* and all later ones, too */
    } how;
    unsigned at, steps;
    int error;
    bool sync_fails;
    bool full; /* there is no room to keep */
    unsigned syncs, datasyncs;
    long file_system; /* if not 0, what fstatfs() says */
    char boot;        /* if not 0, the first letter of the boot id */
} crash;

/* True when the call is to fail. */
static inline bool
crash_step(void)
{
    crash.steps++;
    if (crash.how == CRASH_NEVER || crash.steps < crash.at ||
        (crash.steps > crash.at && crash.how != CRASH_FAIL_ON))
        return false;
    if (crash.how == CRASH_KILL || crash.how == CRASH_TEAR)
        _exit(CRASH_KILLED);
    errno = crash.error;
    return true;
}

static inline long
crash_syscall(long number, int folder, const char *name, void *how, size_t size)
{
    return crash_step() ? -1 : syscall(number, folder, name, how, size);
}

static inline ssize_t
crash_pwrite(int fd, const void *data, size_t n, off_t offset)
{
    if (crash.how == CRASH_TEAR && crash.steps + 1 == crash.at && n > 1 &&
        pwrite(fd, data, n / 2, offset) < 0)
        return -1;
    return crash_step() ? -1 : pwrite(fd, data, n, offset);
}

static inline int
crash_sync(int fd)
{
    (void)fd;
    crash.syncs++;
    if (crash.sync_fails) {
        errno = EIO;
        return -1;
    }
    return crash_step() ? -1 : 0;
}

static inline int
crash_datasync(int fd)
{
    crash.datasyncs++;
    return crash_sync(fd);
}

static inline int
crash_renameat2(int from_at, const char *from, int to_at, const char *to,
                unsigned flags)
{
    return crash_step() ? -1 : renameat2(from_at, from, to_at, to, flags);
}

static inline int
crash_unlinkat(int folder, const char *name, int flags)
{
    return crash_step() ? -1 : unlinkat(folder, name, flags);
}

static inline int
crash_mkdirat(int folder, const char *name, mode_t mode)
{
    return crash_step() ? -1 : mkdirat(folder, name, mode);
}

static inline int
crash_fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (crash.full) {
        errno = ENOSPC;
        return -1;
    }
    return crash_step() ? -1 : fallocate(fd, mode, offset, len);
}

static inline int
crash_ftruncate(int fd, off_t size)
{
    return crash_step() ? -1 : ftruncate(fd, size);
}

static inline int
crash_fstatfs(int fd, struct statfs *ret_fs)
{
    int failed = fstatfs(fd, ret_fs);

    if (crash.file_system)
        ret_fs->f_type = crash.file_system;
    if (crash.full)
        ret_fs->f_bavail = 0;
    return failed;
}

static inline ssize_t
crash_read(int fd, void *data, size_t n)
{
    ssize_t got = read(fd, data, n);

    if (got > 0 && crash.boot)
        *(char *)data = crash.boot;
    return got;
}

/* clang-format off */
#define syscall   crash_syscall
#define pwrite    crash_pwrite
#define fdatasync crash_datasync
#define fsync     crash_sync
#define syncfs    crash_sync
#define renameat2 crash_renameat2
#define unlinkat  crash_unlinkat
#define mkdirat   crash_mkdirat
#define fallocate crash_fallocate
#define ftruncate crash_ftruncate
#define fstatfs   crash_fstatfs
#define read      crash_read
#include "file.c"
#include "file_io.c"
#include "file_look.c"
#include "file_make.c"
#undef syscall
#undef pwrite
#undef fdatasync
#undef fsync
#undef syncfs
#undef renameat2
#undef unlinkat
#undef mkdirat
#undef fallocate
#undef ftruncate
#undef fstatfs
#undef read
/* clang-format on */

static inline void
crash_reset(void)
{
    memset(&crash, 0, sizeof(crash));
}

#endif
