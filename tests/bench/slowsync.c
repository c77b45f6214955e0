/* slowsync.c - makes every sync last, for the programs that it is loaded into
 * with LD_PRELOAD: as on a disk that has no cache for writes, or must empty it.
 *
 * SLOWSYNC is how many milliseconds a sync lasts beyond what it lasts anyway;
 * SLOWSYNC_FILE is a file of 16 bytes, writable for all programs that share
 * this disk. One sync comes after the other. With SLOWSYNC_SHARED, those that
 * wait for one to end are all done with the next one: so it is where file
 * system and disk bundle them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    OUT_OF_THE_WAY = 100 /* of the descriptors that Postfix hands on */
};

/* In the file. */
struct disk {
    atomic_uint_least64_t begun, ended; /* syncs */
};

static struct {
    int fd;
    struct disk *disk;
    struct timespec time;
    int is_shared;
} slow;

/* flock(2) excludes processes, this the threads of one. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* At once: later on the program may have locked itself in. */
__attribute__((constructor)) static void
open_disk(void)
{
    const char *name = getenv("SLOWSYNC_FILE"), *ms = getenv("SLOWSYNC");
    long microseconds = ms ? (long)(strtod(ms, NULL) * 1000) : 0;
    int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;

    slow.fd = fcntl(fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    close(fd);
    slow.disk = mmap(NULL, sizeof(*slow.disk), PROT_READ | PROT_WRITE,
                     MAP_SHARED, slow.fd, 0);
    if (slow.disk == MAP_FAILED) {
        perror("slowsync: SLOWSYNC_FILE");
        abort();
    }
    slow.time = (struct timespec){microseconds / 1000000,
                                  microseconds % 1000000 * 1000};
    slow.is_shared = getenv("SLOWSYNC_SHARED") != NULL;
}

/* The disk takes its time, unless a sync that began after we came has ended. */
static void
take_time(void)
{
    uint64_t needed = atomic_load(&slow.disk->begun) + 1;

    pthread_mutex_lock(&mutex);
    while (flock(slow.fd, LOCK_EX) < 0)
        if (errno != EINTR)
            abort();
    if (!slow.is_shared || atomic_load(&slow.disk->ended) < needed) {
        uint64_t ours = atomic_fetch_add(&slow.disk->begun, 1) + 1;
        struct timespec left = slow.time;
        while (nanosleep(&left, &left) < 0 && errno == EINTR)
            continue;
        atomic_store(&slow.disk->ended, ours);
    }
    flock(slow.fd, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

/* The call itself, then the time that it would take. */
#define SLOW(name)                                                             \
    int name(int fd)                                                           \
    {                                                                          \
        static int (*real)(int);                                               \
        int status;                                                            \
        if (!real)                                                             \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                         \
        status = real(fd);                                                     \
        take_time();                                                           \
        return status;                                                         \
    }

SLOW(fsync)
SLOW(fdatasync)
SLOW(syncfs)
