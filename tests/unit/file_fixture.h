/* file_fixture.h - for the tests of the module file: its source, compiled
 * against fakes of the system calls that are hard to make fail, and a folder
 * for each test. */
#ifndef FILE_FIXTURE_H
#define FILE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include <unistd.h>

#include <cmocka.h>

/* What the fakes below do instead of the system calls of the same name, which
 * the module's source, included here, is compiled against. */
static struct {
    bool no_openat2, no_tmpfile, no_noreplace, foreign;
    const int *script; /* for each pwrite or pread: bytes at most, or -errno */
    size_t calls;
    int sync_error;
} fake;

static inline long
fake_syscall(long number, int folder, const char *name, void *how, size_t size)
{
    assert_int_equal(SYS_openat2, number);
    if (fake.no_openat2) {
        errno = ENOSYS;
        return -1;
    }
    return syscall(number, folder, name, how, size);
}

static inline int
fake_openat(int folder, const char *name, int flags, ...)
{
    if (fake.no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return openat(folder, name, flags, 0640);
}

static inline int
fake_renameat2(int from_at, const char *from, int to_at, const char *to,
               unsigned flags)
{
    if (fake.no_noreplace) {
        errno = EINVAL;
        return -1;
    }
    return renameat2(from_at, from, to_at, to, flags);
}

static inline uid_t
fake_geteuid(void)
{
    return geteuid() + (fake.foreign ? 1 : 0);
}

/* The bytes that this call may move, or -1 with errno set. */
static inline ssize_t
next_of_script(size_t n)
{
    int step = fake.script ? fake.script[fake.calls] : (int)n;

    fake.calls++;
    if (step < 0) {
        errno = -step;
        return -1;
    }
    return (size_t)step < n ? step : (ssize_t)n;
}

static inline ssize_t
fake_pwrite(int fd, const void *data, size_t n, off_t offset)
{
    ssize_t may = next_of_script(n);

    return may <= 0 ? may : pwrite(fd, data, (size_t)may, offset);
}

static inline ssize_t
fake_pread(int fd, void *data, size_t n, off_t offset)
{
    ssize_t may = next_of_script(n);

    return may <= 0 ? may : pread(fd, data, (size_t)may, offset);
}

static inline int
fake_sync(int fd)
{
    (void)fd;
    fake.calls++;
    errno = fake.sync_error;
    return fake.sync_error ? -1 : 0;
}

#define syscall   fake_syscall
#define openat    fake_openat
#define renameat2 fake_renameat2
#define geteuid   fake_geteuid
#define pwrite    fake_pwrite
#define pread     fake_pread
#define fdatasync fake_sync
#define fsync     fake_sync
#define syncfs    fake_sync
#include "file.c"
#include "file_io.c"
#include "file_make.c"
#include "file_refuse.c"
#undef syscall
#undef openat
#undef renameat2
#undef geteuid
#undef pwrite
#undef pread
#undef fdatasync
#undef fsync
#undef syncfs

/* A folder for each test. */
static char root[] = "/tmp/test_file.XXXXXX";
static int folder = -1;
static struct rua_err err;

static inline int
begin(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    memset(&err, 0, sizeof(err));
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    umask(022);
    if (!mkdtemp(root))
        return -1;
    return rua_file_open_root(root, false, &folder, &err) == RUA_OK ? 0 : -1;
}

static inline int
begin_without_openat2(void **state)
{
    int failed = begin(state);

    fake.no_openat2 = true;
    return failed;
}

static inline int
begin_without_noreplace(void **state)
{
    int failed = begin(state);

    fake.no_noreplace = true;
    return failed;
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int
end(void **state)
{
    (void)state;
    close(folder);
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void
put(const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    close(fd);
}

static inline void
assert_holds(const char *name, const char *text)
{
    char got[100];
    int fd = openat(folder, name, O_RDONLY);
    ssize_t n = read(fd, got, sizeof(got));

    assert_int_equal(strlen(text), n);
    assert_memory_equal(text, got, (size_t)n);
    close(fd);
}

static inline bool
exists(const char *name)
{
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline int
open_file(const char *name)
{
    int fd;

    assert_int_equal(RUA_OK,
                     rua_file_open(folder, name, O_RDWR | O_CREAT, &fd, &err));
    return fd;
}

/* clang-format off */
#define ONE(test)    cmocka_unit_test_setup_teardown(test, begin, end)
#define BOTH(test)   ONE(test), \
                     {#test "_without_openat2", test, begin_without_openat2, end, NULL}
#define RENAME(test) BOTH(test), \
                     {#test "_without_noreplace", test, begin_without_noreplace, end, NULL}
/* clang-format on */

#endif
