#include "host.h"

#include <netdb.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"

enum {
    LONGEST = 256
};

static char *
copy(const char *name)
{
    size_t size = strlen(name) + 1;

    return memcpy(rua_alloc(size), name, size);
}

char *
host_name(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_CANONNAME};
    struct addrinfo *found;
    char name[LONGEST], *full;

    if (gethostname(name, sizeof(name)) < 0 || !name[0])
        return copy("localhost");
    name[sizeof(name) - 1] = '\0';
    if (strchr(name, '.') || getaddrinfo(name, NULL, &hints, &found) != 0)
        return copy(name);
    full = copy(found->ai_canonname ? found->ai_canonname : name);
    freeaddrinfo(found);
    return full;
}

enum rua_verdict
host_raise_files(rlim_t *ret_files, struct rua_err *err)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return rua_err_sys(err, "limit of open files");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return rua_err_sys(err, "limit of open files");
    *ret_files = limit.rlim_max;
    return RUA_OK;
}

unsigned
host_cores(void)
{
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    return there > 0 ? (unsigned)there : 1;
}

bool
host_is_port(const char *text, size_t n)
{
    unsigned long number = 0;

    for (size_t i = 0; i < n && i < 6; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (unsigned long)(text[i] - '0');
    }
    return n <= 5 && number >= 1 && number <= 65535;
}
