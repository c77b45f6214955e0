#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "prison.h"
#include "rights.h"

#define MEMORY (64U << 20)
#define OUTPUT (1U << 20)

enum {
    GOOD = 3, /* exit statuses of a child: it could, it could not, */
    REFUSED = 4,
    NOT_LOCKED = 5, /* it is not in a prison at all */
};

static int given; /* an unlinked file */

/* What prisoners try. */

static bool
opens_a_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
makes_a_file(void)
{
    return open("/tmp/made-in-prison", O_RDWR | O_CREAT, 0600) >= 0;
}

static bool
looks_at_a_file(void)
{
    struct stat st;

    return stat("/etc/passwd", &st) == 0;
}

static bool
connects(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
runs_a_program(void)
{
    static char *const arguments[] = {NULL}, *const environment[] = {NULL};

    return execve("/bin/true", arguments, environment) == 0;
}

static bool
forks(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool
signals_its_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
signals_a_thread_of_its_parent(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}

static bool
raises_its_limits(void)
{
    struct rlimit limit = {1000, 1000};

    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool
lowers_the_limits_of_its_parent(void)
{
    struct rlimit limit = {10, 10};

    return prlimit(getppid(), RLIMIT_NOFILE, &limit, NULL) == 0;
}

static bool
sends_a_descriptor(void)
{
    int pair[2];

    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
           send_descriptor(pair[0], given);
}

static bool
outlives_its_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, 0) == 0;
}

static bool
has_many_files(void)
{
    return dup2(given, 40) == 40;
}

static bool
traces_its_parent(void)
{
    return syscall(SYS_ptrace, 16L, (long)getppid(), 0L, 0L) == 0;
}

static bool
makes_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0) != MAP_FAILED;
}

static bool
turns_data_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
takes_too_much_memory(void)
{
    return mmap(NULL, MEMORY + (8U << 20), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
takes_memory(void)
{
    return mmap(NULL, MEMORY / 2, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
writes_to_a_given_file(void)
{
    return pwrite(given, "x", 1, 0) == 1 && ftruncate(given, 0) == 0 &&
           lseek(given, 0, SEEK_END) == 0;
}

static bool
writes_too_much(void)
{
    return pwrite(given, "x", 1, OUTPUT) == 1;
}

static bool
aborts(void)
{
    abort();
    return true;
}

static bool
never_ends(void)
{
    for (volatile unsigned i = 0; given >= 0; i++)
        ;
    return true;
}

/* How a process ends that does `deed` in a prison: an exit status, or the
 * number of a signal below 0. */
static int
end_of(bool (*deed)(void), bool (*enter)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka's handlers are inherited */
        signal(SIGSYS, SIG_DFL);
        if (!enter())
            _exit(NOT_LOCKED);
        _exit(deed() ? GOOD : REFUSED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static struct prison *prison;

static bool
enter(void)
{
    const struct prison_rules rules = {MEMORY, OUTPUT, 1};

    return prison_enter(&rules, &prison, NULL) == RUA_OK;
}

static bool
enter_and_lock(void)
{
    return enter() && prison_lock(prison, NULL) == RUA_OK;
}

static void
a_worker_can_do_its_work_and_nothing_else(void **state)
{
    static const struct {
        bool (*deed)(void);
        int end;
    } deeds[] = {
        {opens_a_file,                    REFUSED },
        {makes_a_file,                    REFUSED },
        {looks_at_a_file,                 REFUSED },
        {connects,                        -SIGSYS },
        {runs_a_program,                  -SIGSYS },
        {forks,                           -SIGSYS },
        {signals_its_parent,              -SIGSYS },
        {signals_a_thread_of_its_parent,  -SIGSYS },
        {raises_its_limits,               -SIGSYS },
        {lowers_the_limits_of_its_parent, -SIGSYS },
        {sends_a_descriptor,              -SIGSYS },
        {outlives_its_parent,             -SIGSYS },
        {has_many_files,                  REFUSED },
        {traces_its_parent,               -SIGSYS },
        {makes_code,                      -SIGSYS },
        {turns_data_into_code,            -SIGSYS },
        {takes_too_much_memory,           REFUSED },
        {takes_memory,                    GOOD    },
        {writes_to_a_given_file,          GOOD    },
        {writes_too_much,                 -SIGXFSZ},
        {aborts,                          -SIGABRT},
        {never_ends,                      -SIGXCPU},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
        int end = end_of(deeds[i].deed, enter_and_lock);
        if (end != deeds[i].end)
            fail_msg("deed %zu: %d, not %d", i, end, deeds[i].end);
    }
    assert_int_equal(access("/tmp/made-in-prison", F_OK), -1);
}

static bool
raise_files_as_a_nest(void)
{
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){16, 16}) == 0;
}

static void
who_starts_workers_can_start_them_and_little_else(void **state)
{
    (void)state;
    assert_int_equal(end_of(forks, enter), GOOD);
    assert_int_equal(end_of(raise_files_as_a_nest, enter), GOOD);
    assert_int_equal(end_of(sends_a_descriptor, enter), GOOD);
    assert_int_equal(end_of(has_many_files, enter), GOOD);
    assert_int_equal(end_of(opens_a_file, enter), REFUSED);
    assert_int_equal(end_of(makes_a_file, enter), REFUSED);
    assert_int_equal(end_of(connects, enter), -SIGSYS);
    assert_int_equal(end_of(runs_a_program, enter), -SIGSYS);
    assert_int_equal(end_of(makes_code, enter), -SIGSYS);
}

/* ---- the front end ---- */

static char store[] = "/tmp/test_prison.XXXXXX";

static bool
enter_front(void)
{
    const char *const folders[] = {store, "/dev/null", "/nowhere", NULL};

    return chdir(store) == 0 && prison_enter_front(folders, NULL) == RUA_OK;
}

static bool
writes_in_the_store(void)
{
    char name[64];
    int fd, file;

    if (mkdir("one", 0700) < 0 || mkdir("other", 0700) < 0)
        return false;
    fd = open("one/file", O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) < 0 ||
        rename("one/file", "other/file") < 0 || unlink("other/file") < 0)
        return false;
    file = open("one", O_TMPFILE | O_RDWR, 0600);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
    return file >= 0 &&
           linkat(AT_FDCWD, name, AT_FDCWD, "other/new", AT_SYMLINK_FOLLOW) ==
               0 &&
           unlink("other/new") == 0 && rmdir("one") == 0 &&
           rmdir("other") == 0 && open("/dev/null", O_RDWR) >= 0;
}

static bool
writes_elsewhere(void)
{
    return open("/tmp/made-in-prison", O_RDWR | O_CREAT, 0600) >= 0 ||
           mkdir("/tmp/made-in-prison", 0700) == 0 ||
           symlink("/", "/tmp/made-in-prison") == 0 ||
           open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 ||
           mknod("node", S_IFIFO | 0600, 0) == 0;
}

static bool
gains_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
           prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static void
a_front_end_writes_to_its_folders_only(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(store));
    assert_int_equal(end_of(writes_in_the_store, enter_front), GOOD);
    assert_int_equal(end_of(opens_a_file, enter_front), GOOD);
    assert_int_equal(end_of(forks, enter_front), GOOD);
    assert_int_equal(end_of(connects, enter_front), GOOD);
    assert_int_equal(end_of(writes_elsewhere, enter_front), REFUSED);
    assert_int_equal(end_of(runs_a_program, enter_front), REFUSED);
    assert_int_equal(end_of(traces_its_parent, enter_front), REFUSED);
    assert_int_equal(end_of(gains_privileges, enter_front), REFUSED);
    assert_int_equal(access("/tmp/made-in-prison", F_OK), -1);
    assert_int_equal(rmdir(store), 0);
}

/* ---- */

static void
layers_have_names(void **state)
{
    char words[PRISON_WORDS];

    (void)state;
    assert_string_equal(prison_words(0, words), "none");
    assert_string_equal(prison_words(PRISON_LIMITS, words), "limits");
    assert_string_equal(prison_words(7, words), "limits landlock seccomp");
}

static void
a_sanitizer_is_not_locked_in(void **state)
{
    const struct prison_rules rules = {MEMORY, OUTPUT, 1};

    (void)state;
    assert_int_equal(prison_enter(&rules, &prison, NULL), RUA_OK);
    assert_null(prison);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_have_names),
        cmocka_unit_test(a_worker_can_do_its_work_and_nothing_else),
        cmocka_unit_test(who_starts_workers_can_start_them_and_little_else),
        cmocka_unit_test(a_front_end_writes_to_its_folders_only),
    };
    const struct CMUnitTest sanitized[] = {
        cmocka_unit_test(layers_have_names),
        cmocka_unit_test(a_sanitizer_is_not_locked_in),
    };

    given = memfd_create("given", MFD_CLOEXEC);
    return prison_layers() ? cmocka_run_group_tests(tests, NULL, NULL)
                           : cmocka_run_group_tests(sanitized, NULL, NULL);
}
