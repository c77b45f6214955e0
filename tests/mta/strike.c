/* strike.c - a library that is loaded into ruamill before all others
 * (LD_PRELOAD) and ends it where a test wants.
 *
 * The environment: STRIKE_AT is "commit" (the journal is synced) or "reply"
 * (the report is stored, and the mail server not told yet); STRIKE_ARMED names
 * a file, and nothing is struck unless it begins with "1".
 *
 * A gzip member that is called ruamill-test-crash ends the process that unpacks
 * it, and ruamill-test-slow costs it three seconds. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    REPLY_HEAD = 5, /* a milter's reply: its length, and the command */
    SLOW = 3,
};

static int armed_fd = -1;
static bool at_reply;
static bool committed;

__attribute__((constructor)) static void
load(void)
{
    const char *at = getenv("STRIKE_AT"), *file = getenv("STRIKE_ARMED");

    if (!at || !file)
        return;
    at_reply = strcmp(at, "reply") == 0;
    armed_fd = open(file, O_RDONLY | O_CLOEXEC);
}

static bool
is_armed(void)
{
    char first = '0';

    return armed_fd >= 0 && pread(armed_fd, &first, 1, 0) == 1 && first == '1';
}

static void
strike(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    syscall(SYS_exit_group, 137);
}

static bool
is_journal(int fd)
{
    char link[64], path[4096] = "";

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return readlink(link, path, sizeof(path) - 1) > 0 &&
           strstr(path, "/journal");
}

/* The pipe has answered when it has ended. */
__attribute__((destructor)) static void
leave(void)
{
    if (at_reply && committed)
        strike();
}

int
fdatasync(int fd)
{
    static int (*real)(int);
    int status;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    status = real(fd);
    if (status == 0 && is_armed() && is_journal(fd)) {
        if (!at_reply)
            strike();
        committed = true;
    }
    return status;
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
    static ssize_t (*real)(int, const struct iovec *, int);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    if (at_reply && committed && count > 0 && parts[0].iov_len == REPLY_HEAD)
        strike();
    return real(fd, parts, count);
}

static bool
mentions(const z_stream *stream, const char *word)
{
    return memmem(stream->next_in, stream->avail_in, word, strlen(word));
}

static void
dawdle(void)
{
    struct timespec now, end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += SLOW;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < end.tv_sec ||
           (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

int
inflate(z_streamp stream, int flush)
{
    static int (*real)(z_streamp, int);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "inflate");
    if (mentions(stream, "ruamill-test-crash"))
        abort();
    if (mentions(stream, "ruamill-test-slow"))
        dawdle();
    return real(stream, flush);
}
