/* memory.c - a library that is loaded into ruamill before all others
 * (LD_PRELOAD) and lets allocations fail.
 *
 * The environment: MEMORY_FILE names a file of MEMORY_SIZE bytes, a struct
 * memory, in which all processes count. MEMORY_ROLE is whose allocations: 0 the
 * program's, 1 its children's, 2 those of their children. MEMORY_AT is the
 * number of the one that fails; "N+": that one and all later ones; "N*": the
 * Nth of each process. Counted is what comes from main() on: constructors of
 * libraries that are linked into the program come before. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    ROLES = 3,
    MEMORY_SIZE = 64,
};

struct memory {
    atomic_ulong count[ROLES];
    atomic_ulong struck;
};

_Static_assert(sizeof(struct memory) <= MEMORY_SIZE, "the file is as long");

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct memory *memory;
static unsigned role, wanted_role;
static unsigned long at;
static bool onwards, each;
static atomic_ulong own; /* allocations of this process */

static void
in_child(void)
{
    role++;
    own = 0;
}

static void
begin(void)
{
    const char *file = getenv("MEMORY_FILE"), *number = getenv("MEMORY_AT");
    const char *whose = getenv("MEMORY_ROLE");
    char *end;
    void *map;
    int fd;

    if (!file || !number || !whose)
        return;
    wanted_role = (unsigned)atoi(whose);
    at = strtoul(number, &end, 10);
    onwards = *end == '+';
    each = *end == '*';
    fd = open(file, O_RDWR | O_CLOEXEC);
    map = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED || pthread_atfork(NULL, NULL, in_child) != 0)
        _exit(125);
    memory = map;
}

static int (*program)(int argc, char **argv, char **environment);

static int
begin_and_run(int argc, char **argv, char **environment)
{
    begin();
    return program(argc, argv, environment);
}

/* What _start calls, with main(). */
int
__libc_start_main(int (*run)(int argc, char **argv, char **environment),
                  int argc, char **argv, void (*init)(void), void (*fini)(void),
                  void (*loader)(void), void *stack)
{
    int (*real)(int (*run)(int argc, char **argv, char **environment), int argc,
                char **argv, void (*init)(void), void (*fini)(void),
                void (*loader)(void), void *stack);

    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    program = run;
    return real(begin_and_run, argc, argv, init, fini, loader, stack);
}

static bool
fails(void)
{
    unsigned long all, mine;
    int number = errno;

    if (!memory || role >= ROLES)
        return false;
    mine = atomic_fetch_add(&own, 1) + 1;
    all = atomic_fetch_add(&memory->count[role], 1) + 1;
    errno = number;
    if (role != wanted_role || !(each      ? mine == at
                                 : onwards ? all >= at
                                           : all == at))
        return false;
    atomic_fetch_add(&memory->struck, 1);
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *
memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int
posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *got = memalign(alignment, size);

    if (!got)
        return ENOMEM;
    *ret = got;
    return 0;
}
