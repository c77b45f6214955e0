/* recorder.c - preloaded into ruamill by powercut.py: writes down what a
 * process does to the files of a store, in order, and deceives it about the
 * machine.
 *
 *     RECORDER_ROOT    the store, as it is named on the command line
 *     RECORDER_LOG     the log, which is appended to; without it nothing is
 *                      recorded
 *     RECORDER_KILL    the process kills itself before its n-th call, from 1
 *     RECORDER_BOOT    a file that is read instead of the kernel's boot_id
 *     RECORDER_INODES  a file: lines of an inode and what it is said to be
 *     RECORDER_NEW     added to the inodes that are not in that file
 *
 * An event of the log is a line
 *     NAME CALL FD A B INODE SAID NAME-LENGTH DATA-LENGTH
 * and behind it a name and data. SAID is the length of standard error, if that
 * is a file, before the call was made: what had been acknowledged by then.
 * Calls that failed are no events. Children are not recorded. What a program
 * does by other calls than those below is missing; powercut.py notices. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The function of this name that would be called without us. */
#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))

enum {
    FDS = 4096,
    INODES = 4096
};

static bool below[FDS]; /* descriptors of the store and of what is in it */
static int out = -1;
static long calls, last_call;
static const char *root, *boot;
static struct {
    unsigned long long is, said;
} inodes[INODES];
static size_t n_inodes;
static unsigned long long new_inodes;

static void
stop(void)
{
    out = -1;
}

static void
read_inodes(const char *path)
{
    FILE *file = path ? fopen(path, "r") : NULL;

    while (file && n_inodes < INODES &&
           fscanf(file, "%llu %llu", &inodes[n_inodes].is,
                  &inodes[n_inodes].said) == 2)
        n_inodes++;
    if (file)
        fclose(file);
}

__attribute__((constructor)) static void
begin(void)
{
    const char *log = getenv("RECORDER_LOG"), *number;

    root = getenv("RECORDER_ROOT");
    boot = getenv("RECORDER_BOOT");
    read_inodes(getenv("RECORDER_INODES"));
    if ((number = getenv("RECORDER_NEW")) != NULL)
        new_inodes = strtoull(number, NULL, 10);
    if ((number = getenv("RECORDER_KILL")) != NULL)
        last_call = strtol(number, NULL, 10);
    if (log && root)
        out = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    pthread_atfork(NULL, NULL, stop);
    alarm(120); /* ends a process that does not */
}

static bool
is_below(int fd)
{
    return out >= 0 && fd >= 0 && fd < FDS && below[fd];
}

static unsigned long long
said_inode(unsigned long long is)
{
    for (size_t i = 0; i < n_inodes; i++)
        if (inodes[i].is == is)
            return inodes[i].said;
    return is + new_inodes;
}

/* ---- events ---- */

struct event {
    const char *name;
    long call; /* its number: some fail, and are not in the log */
    int fd;
    long long a, b;
    const char *path;
    const void *data;
    size_t len;
    long long said;
};

/* Before the call: how much was said so far, and whether this is the end. */
static void
enter(struct event *event)
{
    struct stat st;

    event->said = REAL(fstat)(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode)
                      ? st.st_size
                      : 0;
    event->call = ++calls;
    if (calls == last_call)
        kill(getpid(), SIGKILL);
}

static unsigned long long
inode_of(int fd)
{
    struct stat st;

    return REAL(fstat)(fd, &st) == 0 ? said_inode(st.st_ino) : 0;
}

static void
leave(const struct event *event, unsigned long long inode)
{
    char line[256];
    size_t path_len = event->path ? strlen(event->path) : 0;
    int error = errno;
    int n =
        snprintf(line, sizeof(line), "%s %ld %d %lld %lld %llu %lld %zu %zu\n",
                 event->name, event->call, event->fd, event->a, event->b, inode,
                 event->said, path_len, event->len);
    struct iovec parts[] = {
        {line,                           (size_t)n },
        {(void *)(uintptr_t)event->path, path_len  },
        {(void *)(uintptr_t)event->data, event->len},
        {(void *)(uintptr_t) "\n",       1         }
    };

    if (writev(out, parts, 4) !=
        (ssize_t)((size_t)n + path_len + event->len + 1))
        abort();
    errno = error;
}

/* ---- open ---- */

/* openat(2), or with `how` openat2(2). */
static int
open_any(int at, const char *path, int flags, mode_t mode,
         const struct open_how *how)
{
    struct event event = {.name = "open", .a = at, .path = path};
    bool is_root = at == AT_FDCWD && out >= 0 && strcmp(path, root) == 0;
    bool tracked = is_root || (is_below(at) && strcmp(path, "..") != 0 &&
                               (flags & O_TMPFILE) != O_TMPFILE);
    int fd;

    if (boot && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
        path = boot;
    if (tracked) {
        enter(&event);
        event.name = is_root ? "root" : "open";
        if (flags & O_CREAT && faccessat(at, path, F_OK, AT_SYMLINK_NOFOLLOW))
            event.b |= 1;
        if (flags & O_TRUNC)
            event.b |= 2;
    }
    fd = how ? (int)REAL(syscall)(SYS_openat2, at, path, how, sizeof(*how))
             : REAL(openat)(at, path, flags, mode);
    if (fd >= 0 && fd < FDS)
        below[fd] = tracked;
    if (fd >= 0 && tracked) {
        event.fd = fd;
        leave(&event, inode_of(fd));
    }
    return fd;
}

static mode_t
mode_of(int flags, va_list *rest)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE
               ? (mode_t)va_arg(*rest, unsigned)
               : 0;
}

int
open(const char *path, int flags, ...)
{
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = mode_of(flags, &rest);
    va_end(rest);
    return open_any(AT_FDCWD, path, flags, mode, NULL);
}

int
openat(int at, const char *path, int flags, ...)
{
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = mode_of(flags, &rest);
    va_end(rest);
    return open_any(at, path, flags, mode, NULL);
}

long
syscall(long number, ...)
{
    va_list rest;
    long a[6];

    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2) {
        const struct open_how *how = (const void *)a[2];
        return open_any((int)a[0], (const char *)a[1], (int)how->flags, 0, how);
    }
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int
close(int fd)
{
    struct event event = {.name = "close", .fd = fd};

    if (is_below(fd)) {
        enter(&event);
        leave(&event, 0);
        below[fd] = false;
    }
    return REAL(close)(fd);
}

int
closedir(DIR *dir)
{
    struct event event = {.name = "close", .fd = dirfd(dir)};

    if (is_below(event.fd)) {
        enter(&event);
        leave(&event, 0);
        below[event.fd] = false;
    }
    return REAL(closedir)(dir);
}

/* ---- bytes ---- */

ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
    struct event event = {.name = "write", .fd = fd, .a = at, .data = data};
    ssize_t done;

    if (!is_below(fd))
        return REAL(pwrite)(fd, data, n, at);
    enter(&event);
    done = REAL(pwrite)(fd, data, n, at);
    if (done > 0) {
        event.len = (size_t)done;
        leave(&event, 0);
    }
    return done;
}

/* A call that returns 0, and has the descriptor and perhaps a number. */
#define CALL(call, parameters, arguments, event_name, number)                  \
    int call parameters                                                        \
    {                                                                          \
        struct event event = {.name = event_name, .fd = fd, .a = number};      \
        int failed;                                                            \
        if (!is_below(fd))                                                     \
            return REAL(call) arguments;                                       \
        enter(&event);                                                         \
        failed = REAL(call) arguments;                                         \
        if (!failed)                                                           \
            leave(&event, 0);                                                  \
        return failed;                                                         \
    }

CALL(ftruncate, (int fd, off_t size), (fd, size), "truncate", size)
CALL(fdatasync, (int fd), (fd), "sync", 0)
CALL(fsync, (int fd), (fd), "sync", 0)
CALL(syncfs, (int fd), (fd), "syncfs", 0)

/* What is reserved is not seen; what is not reserved, but made, is. */
int
fallocate(int fd, int mode, off_t at, off_t len)
{
    if (is_below(fd) && !(mode & FALLOC_FL_KEEP_SIZE))
        abort();
    return REAL(fallocate)(fd, mode, at, len);
}

/* ---- names ---- */

int
mkdirat(int at, const char *path, mode_t mode)
{
    struct event event = {.name = "mkdir", .fd = at, .path = path};
    struct stat st;
    int failed;

    if (!is_below(at))
        return REAL(mkdirat)(at, path, mode);
    enter(&event);
    failed = REAL(mkdirat)(at, path, mode);
    if (!failed && REAL(fstatat)(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        leave(&event, said_inode(st.st_ino));
    return failed;
}

int
renameat2(int from_at, const char *from, int to_at, const char *to,
          unsigned flags)
{
    struct event event = {.name = "rename",
                          .fd = from_at,
                          .a = to_at,
                          .path = from,
                          .data = to,
                          .len = strlen(to)};
    int failed;

    if (!is_below(from_at) || !is_below(to_at))
        return REAL(renameat2)(from_at, from, to_at, to, flags);
    enter(&event);
    failed = REAL(renameat2)(from_at, from, to_at, to, flags);
    if (!failed)
        leave(&event, 0);
    return failed;
}

int
unlinkat(int at, const char *path, int flags)
{
    struct event event = {.name = "unlink", .fd = at, .path = path};
    int failed;

    if (!is_below(at))
        return REAL(unlinkat)(at, path, flags);
    enter(&event);
    failed = REAL(unlinkat)(at, path, flags);
    if (!failed)
        leave(&event, 0);
    return failed;
}

/* ---- inodes ---- */

int
fstat(int fd, struct stat *st)
{
    int failed = REAL(fstat)(fd, st);

    if (!failed)
        st->st_ino = (ino_t)said_inode(st->st_ino);
    return failed;
}

/* ---- the same, as a program with _FILE_OFFSET_BITS=64 calls them ---- */

_Static_assert(sizeof(off_t) == 8, "off_t is off64_t");

#define ALIAS(name) __attribute__((alias(#name)))

ALIAS(open) int open64(const char *path, int flags, ...);
ALIAS(openat) int openat64(int at, const char *path, int flags, ...);
ALIAS(pwrite)
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at);
ALIAS(ftruncate) int ftruncate64(int fd, off64_t size);
ALIAS(fallocate) int fallocate64(int fd, int mode, off64_t at, off64_t len);
