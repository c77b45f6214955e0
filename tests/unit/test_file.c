#include <signal.h>
#include <sys/wait.h>

#include "file_fixture.h"

/* The opening is LATER, *ret_fd is not touched, and the sentence is this one
 * (or begins so, when it ends in "*"). */
static void
assert_no_open(const char *name, int flags, const char *sentence)
{
    int fd = -7;
    size_t n = strcspn(sentence, "*");

    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_file_open(folder, name, flags, &fd, &err));
    assert_int_equal(-7, fd);
    if (sentence[n])
        assert_memory_equal(sentence, err.sentence, n);
    else
        assert_string_equal(sentence, err.sentence);
}

static void
name_that_leads_out_of_the_folder_is_refused(void **state)
{
    static const char *const names[] = {
        "",     "..", "../x", "a/..", "a/../b", "a/../../b", "/etc/passwd",
        "a//b", "a/", "/",    "//",
    };

    (void)state;
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    put("b", "inside");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd;
        assert_no_open(names[i], O_RDONLY, "open *");
        rua_err_clear(&err);
        assert_int_equal(RUA_LATER,
                         rua_file_make_folders(folder, names[i], &err));
        assert_int_equal(RUA_LATER,
                         rua_file_sync_folder(folder, names[i], &err));
        assert_int_equal(RUA_LATER,
                         rua_file_rename(folder, "b", names[i], &err));
        assert_int_equal(RUA_LATER,
                         rua_file_rename(folder, names[i], "c", &err));
        assert_int_equal(RUA_OK,
                         rua_file_open(folder, "b", O_RDONLY, &fd, &err));
        close(fd);
    }
    assert_no_open("a/../b", O_RDONLY,
                   "open a/../b: not a name below the folder");
}

static void
name_with_dots_that_is_no_way_up_is_a_name(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(RUA_OK,
                     rua_file_open(folder, "...", O_RDWR | O_CREAT, &fd, &err));
    close(fd);
    assert_true(exists("..."));
}

static void
symbolic_link_is_refused_wherever_it_is(void **state)
{
    (void)state;
    put("file", "text");
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    put("a/file", "text");
    assert_int_equal(0, symlinkat("file", folder, "link"));
    assert_int_equal(0, symlinkat("nothing", folder, "dangling"));
    assert_int_equal(0, symlinkat("a", folder, "way"));
    assert_no_open("link", O_RDONLY,
                   "open link: is a symbolic link, which the store does not "
                   "follow; move it away");
    assert_no_open("dangling", O_RDWR | O_CREAT,
                   "open dangling: is a symbolic link, which the store does "
                   "not follow; move it away");
    assert_false(exists("nothing"));
    assert_no_open("way/file", O_RDONLY,
                   "open way/file: way is a symbolic link, which *");
    assert_no_open("way", O_RDONLY | O_DIRECTORY,
                   "open way: is a symbolic link, which *");
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "way/b", &err));
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "way", &err));
    assert_int_equal(RUA_LATER,
                     rua_file_rename(folder, "file", "way/new", &err));
    assert_false(exists("a/b"));
    assert_false(exists("a/new"));
}

static void
missing_file_is_no_failure(void **state)
{
    int fd = -7;

    (void)state;
    assert_int_equal(RUA_NOT_REPORT,
                     rua_file_open(folder, "x", O_RDWR, &fd, &err));
    assert_int_equal(RUA_NOT_REPORT,
                     rua_file_open(folder, "a/b/x", O_RDWR, &fd, &err));
    assert_int_equal(-7, fd);
    assert_string_equal("", err.sentence);
    assert_no_open("a/x", O_RDWR | O_CREAT,
                   "open a/x: No such file or directory");
}

static void
only_regular_files_are_opened(void **state)
{
    (void)state;
    assert_int_equal(0, mkfifoat(folder, "fifo", 0640));
    assert_int_equal(0, mknodat(folder, "socket", S_IFSOCK | 0640, 0));
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    put("file", "text");
    assert_no_open("fifo", O_RDONLY,
                   "open fifo: is a FIFO, not a file; move it away");
    assert_no_open("fifo", O_RDWR | O_CREAT,
                   "open fifo: is a FIFO, not a file; move it away");
    assert_no_open("fifo", O_WRONLY,
                   "open fifo: is a FIFO, not a file; move it away");
    assert_no_open("socket", O_RDWR,
                   "open socket: is a socket, not a file; move it away");

    assert_no_open("a", O_RDONLY,
                   "open a: is a folder, not a file; move it away");
    assert_no_open("file", O_RDONLY | O_DIRECTORY,
                   "open file: is a file, not a folder; move it away");
    assert_no_open("file/x", O_RDONLY,
                   "open file/x: file is a file, not a folder; move it away");
}

static void
file_with_several_names_is_read_but_not_written(void **state)
{
    int fd;

    (void)state;
    put("file", "text");
    assert_int_equal(0, linkat(folder, "file", folder, "other", 0));
    assert_no_open("file", O_RDWR,
                   "open file: has 2 names (hard links); put a copy in its "
                   "place");
    assert_no_open("file", O_RDWR | O_CREAT | O_TRUNC, "open file: has 2 *");
    assert_holds("other", "text");
    assert_int_equal(RUA_OK,
                     rua_file_open(folder, "file", O_RDONLY, &fd, &err));
    close(fd);
}

static void
file_of_another_user_is_refused(void **state)
{
    char sentence[100];

    (void)state;
    put("file", "text");
    fake.foreign = true;
    snprintf(sentence, sizeof(sentence),
             "open file: belongs to user %u, not to user %u; run this as that "
             "user",
             geteuid(), geteuid() + 1);
    assert_no_open("file", O_RDONLY, sentence);
}

static void
file_is_made_for_us_and_our_group_and_closes_on_exec(void **state)
{
    struct stat st;
    int fd;

    (void)state;
    umask(0);
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b", &err));
    assert_int_equal(
        RUA_OK, rua_file_open(folder, "a/b/x", O_RDWR | O_CREAT, &fd, &err));
    assert_int_equal(FD_CLOEXEC, fcntl(fd, F_GETFD));
    assert_int_equal(0, fstat(fd, &st));
    assert_int_equal(0640, st.st_mode & 07777);
    close(fd);
    assert_int_equal(0, fstatat(folder, "a/b", &st, 0));
    assert_int_equal(0750, st.st_mode & 07777);
    assert_int_equal(FD_CLOEXEC, fcntl(folder, F_GETFD));
    umask(077);
    assert_int_equal(RUA_OK,
                     rua_file_open(folder, "y", O_RDWR | O_CREAT, &fd, &err));
    assert_int_equal(0, fstat(fd, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    close(fd);
}

static void
truncation_that_was_asked_for_is_done(void **state)
{
    int fd;

    (void)state;
    put("file", "text");
    assert_int_equal(
        RUA_OK, rua_file_open(folder, "file", O_RDWR | O_TRUNC, &fd, &err));
    close(fd);
    assert_holds("file", "");
}

static void
exclusive_making_of_what_is_there_is_a_duplicate(void **state)
{
    int fd = -7;

    (void)state;
    put("file", "text");
    assert_int_equal(
        RUA_DUPLICATE,
        rua_file_open(folder, "file", O_RDWR | O_CREAT | O_EXCL, &fd, &err));
    assert_int_equal(-7, fd);
    assert_string_equal("", err.sentence);
}

static void
too_long_component_is_refused(void **state)
{
    char name[300];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_no_open(name, O_RDWR | O_CREAT, "open x*");
    name[255] = '\0';
    put(name, "text");
}

/* A child that holds the lease of "x" until it is asked for it; a byte comes
 * when it has it ('y') or cannot have one here ('n'). */
static pid_t
hold_lease(int *ret_answer)
{
    int ends[2], fd = open_file("x");
    pid_t pid;

    assert_int_equal(0, pipe(ends));
    pid = fork();
    if (pid == 0) {
        sigset_t set;
        int number;
        sigemptyset(&set);
        sigaddset(&set, SIGURG);
        sigprocmask(SIG_BLOCK, &set, NULL);
        if (write(ends[1], rua_file_lease(fd, 0) ? "y" : "n", 1) != 1)
            _exit(1);
        sigwait(&set, &number);
        usleep(20000);
        rua_file_unlease(fd);
        _exit(0);
    }
    close(fd);
    close(ends[1]);
    *ret_answer = ends[0];
    return pid;
}

static void
opening_waits_for_the_lease_of_another_process(void **state)
{
    int answer, status, fd = -1;
    pid_t pid = hold_lease(&answer);
    char got = 0;

    (void)state;
    assert_int_equal(1, read(answer, &got, 1));
    close(answer);
    if (got == 'n')
        kill(pid, SIGKILL);
    else
        assert_int_equal(RUA_OK,
                         rua_file_open(folder, "x", O_RDONLY, &fd, &err));
    assert_int_equal(pid, waitpid(pid, &status, 0));
    if (got == 'n')
        skip(); /* a file system without leases */
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(name_that_leads_out_of_the_folder_is_refused),
        BOTH(name_with_dots_that_is_no_way_up_is_a_name),
        BOTH(symbolic_link_is_refused_wherever_it_is),
        BOTH(missing_file_is_no_failure),
        BOTH(only_regular_files_are_opened),
        BOTH(file_with_several_names_is_read_but_not_written),
        BOTH(file_of_another_user_is_refused),
        BOTH(file_is_made_for_us_and_our_group_and_closes_on_exec),
        BOTH(truncation_that_was_asked_for_is_done),
        BOTH(exclusive_making_of_what_is_there_is_a_duplicate),
        BOTH(too_long_component_is_refused),
        BOTH(opening_waits_for_the_lease_of_another_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
