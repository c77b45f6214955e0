#include "prison.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "prison_calls.h"

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer) ||         \
    HAS_FEATURE(memory_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

struct prison {
    unsigned layers;
    uint64_t cpu;
};

/* ---- limits ---- */

enum {
    WORKER_FILES = 32,
    GRACE = 1, /* seconds between the two limits of CPU time */
};

/* Sets both limits, or leaves what is lower still. */
static enum rua_verdict
limit(int resource, rlim_t most, const char *name, struct rua_err *err)
{
    struct rlimit have, want = {most, most};

    if (getrlimit((__rlimit_resource_t)resource, &have) == 0 &&
        have.rlim_max < most)
        want.rlim_cur = want.rlim_max = have.rlim_max;
    if (setrlimit((__rlimit_resource_t)resource, &want) < 0)
        return rua_err_sys(err, "sandbox: %s", name);
    return RUA_OK;
}

/* Bytes of address space that this process has; a guess without /proc. */
static uint64_t
address_space(void)
{
    char text[32] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    uint64_t pages;

    if (fd >= 0) {
        if (read(fd, text, sizeof(text) - 1) < 0)
            text[0] = '\0';
        close(fd);
    }
    pages = strtoull(text, NULL, 10);
    return pages ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 256U << 20;
}

/* No RLIMIT_NPROC: it counts all processes of the user, and no worker can make
 * one. */
static enum rua_verdict
limit_worker(const struct prison_rules *rules, struct rua_err *err)
{
    enum rua_verdict v =
        limit(RLIMIT_AS, address_space() + rules->memory, "RLIMIT_AS", err);

    if (v == RUA_OK)
        v = limit(RLIMIT_FSIZE, rules->output, "RLIMIT_FSIZE", err);
    if (v == RUA_OK)
        v = limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err);
    return v;
}

/* Only the soft limit, which a worker cannot raise any more, and the process
 * that renews it can. */
static enum rua_verdict
limit_cpu(uint64_t seconds, struct rua_err *err)
{
    struct rlimit cpu;

    if (getrlimit(RLIMIT_CPU, &cpu) == 0 && cpu.rlim_max > seconds) {
        cpu.rlim_cur = seconds;
        if (setrlimit(RLIMIT_CPU, &cpu) == 0)
            return RUA_OK;
        return rua_err_sys(err, "sandbox: RLIMIT_CPU");
    }
    return RUA_OK;
}

void
prison_renew(int pid, uint64_t seconds)
{
    struct timespec used;
    struct rlimit cpu;
    clockid_t clock;

    if (clock_getcpuclockid((pid_t)pid, &clock) != 0 ||
        clock_gettime(clock, &used) < 0 ||
        prlimit((pid_t)pid, RLIMIT_CPU, NULL, &cpu) < 0)
        return; /* it has ended */
    cpu.rlim_cur = (rlim_t)used.tv_sec + seconds + GRACE;
    if (cpu.rlim_cur > cpu.rlim_max)
        cpu.rlim_cur = cpu.rlim_max;
    prlimit((pid_t)pid, RLIMIT_CPU, &cpu, NULL);
}

/* ---- Landlock ---- */

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* of version 3 */
#endif

#define WRITING_FILES LANDLOCK_ACCESS_FS_WRITE_FILE
#define WRITING_FOLDERS                                                        \
    (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |          \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |              \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |              \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |            \
     LANDLOCK_ACCESS_FS_MAKE_SYM)
#define READING                                                                \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |               \
     LANDLOCK_ACCESS_FS_READ_DIR)

/* The version that the kernel has; 0: none, or switched off. */
static long
landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    return version < 0 ? 0 : version;
}

/* Version 1 forbids to move files from folder to folder altogether. */
static uint64_t
writing_files(void)
{
    return WRITING_FILES |
           (landlock_version() >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
}

static uint64_t
writing_folders(void)
{
    return WRITING_FOLDERS | writing_files() |
           (landlock_version() >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0);
}

/* Allows writing below a folder, or to a file that is none. */
static enum rua_verdict
allow_below(int ruleset, const char *path, struct rua_err *err)
{
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    enum rua_verdict v = RUA_OK;
    struct stat st;

    if (rule.parent_fd < 0)
        return errno == ENOENT ? RUA_OK : rua_err_sys(err, "sandbox: %s", path);
    rule.allowed_access = fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode)
                              ? writing_folders()
                              : writing_files();
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0) < 0)
        v = rua_err_sys(err, "sandbox: Landlock: %s", path);
    close(rule.parent_fd);
    return v;
}

static enum rua_verdict
enter_landlock(uint64_t forbidden, const char *const folders[],
               struct rua_err *err)
{
    struct landlock_ruleset_attr attr = {forbidden};
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    enum rua_verdict v = RUA_OK;

    if (ruleset < 0)
        return rua_err_sys(err, "sandbox: Landlock: make a ruleset");
    for (size_t i = 0; v == RUA_OK && folders[i]; i++)
        v = allow_below(ruleset, folders[i], err);
    if (v == RUA_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        v = rua_err_sys(err, "sandbox: Landlock: enter");
    close(ruleset);
    return v;
}

/* ---- all of it ---- */

unsigned
prison_layers(void)
{
    if (SANITIZED)
        return 0;
    return PRISON_LIMITS | (landlock_version() ? PRISON_LANDLOCK : 0) |
           (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 ? PRISON_SECCOMP : 0);
}

const char *
prison_words(unsigned layers, char to[PRISON_WORDS])
{
    snprintf(to, PRISON_WORDS, "%s%s%s",
             layers & PRISON_LIMITS ? "limits" : "none",
             layers & PRISON_LANDLOCK ? " landlock" : "",
             layers & PRISON_SECCOMP ? " seccomp" : "");
    return to;
}

static enum rua_verdict
refuse_privileges(struct rua_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return rua_err_sys(err, "sandbox: no new privileges");
    return RUA_OK;
}

enum rua_verdict
prison_enter(const struct prison_rules *rules, struct prison **ret_prison,
             struct rua_err *err)
{
    static const char *const nothing[] = {NULL};
    unsigned layers = prison_layers();
    struct prison *prison;
    enum rua_verdict v;

    *ret_prison = NULL;
    if (!layers)
        return RUA_OK;
    *ret_prison = prison = rua_alloc(sizeof(*prison));
    *prison = (struct prison){.layers = layers, .cpu = rules->cpu};
    v = refuse_privileges(err);
    if (v == RUA_OK)
        v = limit_worker(rules, err);
    if (v == RUA_OK && layers & PRISON_LANDLOCK)
        v = enter_landlock(READING | writing_folders(), nothing, err);
    if (v == RUA_OK && layers & PRISON_SECCOMP)
        v = prison_calls_load(&prison_calls_to_enter, err);
    return v;
}

enum rua_verdict
prison_lock(const struct prison *prison, struct rua_err *err)
{
    enum rua_verdict v = limit_cpu(prison->cpu + GRACE, err);

    /* not before: the kernel lets nobody send descriptors while more than his
     * limit of the user's are under way, whoever sent them (unix(7)) */
    if (v == RUA_OK)
        v = limit(RLIMIT_NOFILE, WORKER_FILES, "RLIMIT_NOFILE", err);
    if (v == RUA_OK && prison->layers & PRISON_SECCOMP)
        v = prison_calls_load(&prison_calls_to_lock, err);
    return v;
}

enum rua_verdict
prison_enter_front(const char *const folders[], struct rua_err *err)
{
    unsigned layers = prison_layers();
    enum rua_verdict v = layers ? refuse_privileges(err) : RUA_OK;

    if (v == RUA_OK && layers & PRISON_LANDLOCK)
        v = enter_landlock(writing_folders(), folders, err);
    if (v == RUA_OK && layers & PRISON_SECCOMP)
        v = prison_calls_load(&prison_calls_for_front, err);
    return v;
}
