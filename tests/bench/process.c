/* process.c - what a process of its own costs at the least, and what makes one
 * dearer: microseconds of CPU, of parent and child together, each the least of
 * five rounds.
 *
 * usage: process FOLDER
 *
 * FOLDER is where a file is made that is synced, for a comparison. Linked
 * without shared libraries, it is a process as small as can be. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TIMES = 500,
    ROUNDS = 5,
    PAGES = 64,
    PAGE = 4096,
    AROUND = 16, /* pages that one fault in a file brings */
    MAPPINGS = 100,
};

static unsigned char *written, *fresh, *mapped; /* PAGES of each */
static volatile unsigned char seen;

static void
nothing(void)
{
}

static void
write_copies(void)
{
    for (size_t i = 0; i < PAGES; i++)
        written[i * PAGE] = 2;
}

static void
write_fresh(void)
{
    for (size_t i = 0; i < PAGES; i++)
        fresh[i * PAGE] = 2;
}

static void
read_mapped(void)
{
    for (size_t i = 0; i < PAGES; i++)
        seen = mapped[i * PAGE * AROUND];
}

/* The shortest there is: its length hardly matters. */
static void
load_filter(void)
{
    struct sock_filter line = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog filter = {1, &line};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
        _exit(1);
}

static double
cpu(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double
cpu_of_all(void)
{
    return cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN);
}

/* A process that does it and ends. */
static void
fork_one(void (*what)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        what();
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "a process failed\n");
        exit(1);
    }
}

static void
say(const char *name, void (*what)(void))
{
    double least = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double began = cpu_of_all(), each;
        for (int i = 0; i < TIMES; i++)
            fork_one(what);
        each = (cpu_of_all() - began) / TIMES;
        least = each < least ? each : least;
    }
    printf("%6.0f us  %s\n", least, name);
}

static void *
map(size_t pages, int protection, int fd)
{
    void *memory = mmap(NULL, pages * PAGE, protection,
                        MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

/* As shared libraries have them: every other one was written to. */
static void
add_mappings(void)
{
    for (int i = 0; i < MAPPINGS; i++)
        if (i % 2 == 0)
            *(char *)map(2, PROT_READ | PROT_WRITE, -1) = 1;
        else
            map(2, PROT_READ, -1);
}

static void
say_sync(int fd)
{
    static const unsigned char block[PAGE] = {1};
    double least = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double began = cpu(RUSAGE_SELF), each;
        for (int i = 0; i < TIMES / 5; i++)
            if (pwrite(fd, block, PAGE, i % PAGES * PAGE) != PAGE ||
                fdatasync(fd) < 0)
                exit(1);
        each = (cpu(RUSAGE_SELF) - began) / (TIMES / 5);
        least = each < least ? each : least;
    }
    printf("%6.0f us  4 KiB written to a file and synced\n", least);
}

int
main(int argc, char **argv)
{
    size_t size = (size_t)PAGES * AROUND * PAGE;
    int fd = argc == 2 ? open(argv[1], O_TMPFILE | O_RDWR, 0600) : -1;

    written = map(PAGES, PROT_READ | PROT_WRITE, -1);
    fresh = map(PAGES, PROT_READ | PROT_WRITE, -1);
    memset(written, 1, (size_t)PAGES * PAGE);
    if (fd < 0 || posix_fallocate(fd, 0, (off_t)size) != 0) {
        fprintf(stderr, "usage: process FOLDER\n");
        return 64;
    }
    mapped = map(PAGES * AROUND, PROT_READ, fd);
    for (size_t i = 0; i < size; i += PAGE)
        seen = mapped[i];
    say("fork and exit", nothing);
    say("and 64 pages written to that were the parent's", write_copies);
    say("and 64 new pages written to", write_fresh);
    say("and 64 pages read of a mapped file, 64 KiB apart", read_mapped);
    say("and a seccomp filter loaded", load_filter);
    add_mappings();
    say("fork and exit with 100 mappings more", nothing);
    say_sync(fd);
    return 0;
}
