#include "zygote_fixture.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "rights.h"

static void
worker_serves_until_it_is_ended(void **state)
{
    struct zygote *zygote = started(false);
    struct worker worker = taken(zygote);
    int status;

    (void)state;
    serves(&worker);
    serves(&worker);
    status = zygote_end(zygote, &worker);
    assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGKILL);
    assert_int_equal(kill(worker.pid, 0), -1);
    assert_int_equal(worker.socket, -1);
    zygote_stop(zygote);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void
how_a_worker_died_is_told(void **state)
{
    for (int alone = 0; alone < 2; alone++) {
        struct zygote *zygote = started(alone);
        struct worker first = taken(zygote), second = taken(zygote);
        int status;
        (void)state;
        dies(&first);
        serves(&second);
        status = zygote_end(zygote, &first);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSEGV);
        serves(&second);
        zygote_end(zygote, &second);
        zygote_stop(zygote);
    }
}

static void
worker_that_is_at_work_is_ended_by_force(void **state)
{
    struct zygote *zygote = started(false);
    struct worker worker = taken(zygote);

    (void)state;
    serves(&worker);
    kill(worker.pid, SIGSTOP);
    assert_int_equal(WTERMSIG(zygote_end(zygote, &worker)), SIGKILL);
    zygote_stop(zygote);
}

static void
spare_worker_that_died_is_not_given_out(void **state)
{
    struct zygote *zygote = started(false);
    struct worker worker;
    pid_t pids[SPARE];

    (void)state;
    await_spares(only_child(), pids);
    for (unsigned i = 0; i < SPARE; i++)
        kill_to_the_end(pids[i]);
    worker = taken(zygote);
    serves(&worker);
    zygote_end(zygote, &worker);
    zygote_stop(zygote);
}

static void
thousand_messages_leave_nothing_behind(void **state)
{
    struct zygote *zygote = started(false);
    pid_t pid = only_child(), pids[SPARE + 1];
    unsigned ours = descriptors(getpid());

    (void)state;
    await_spares(pid, pids);
    for (unsigned i = 0; i < 1000; i++) {
        struct worker worker = taken(zygote);
        if (i % 3)
            serves(&worker);
        if (i % 7 == 0)
            dies(&worker);
        zygote_end(zygote, &worker);
    }
    await_spares(pid, pids);
    assert_int_equal(children(pid, pids, SPARE + 1), SPARE);
    assert_int_equal(descriptors(getpid()), ours);
    zygote_stop(zygote);
}

static void
worker_has_no_descriptors_but_its_own(void **state)
{
    struct zygote *zygote = started(false);
    struct worker one = taken(zygote), other = taken(zygote);
    char path[64], name[16] = "";

    (void)state;
    serves(&one);
    serves(&other);
    for (int fd = 0; fd < 2; fd++) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", one.pid, fd);
        assert_int_equal(readlink(path, name, sizeof(name)), 9);
        assert_memory_equal(name, "/dev/null", 9);
    }
    assert_int_equal(descriptors(one.pid), 2 + 4); /* ".", ".." */
    assert_int_equal(descriptors(other.pid), 2 + 4);
    zygote_end(zygote, &one);
    zygote_end(zygote, &other);
    zygote_stop(zygote);
}

static void
without_its_zygote_everything_is_later(void **state)
{
    struct zygote *zygote = started(false);
    struct worker worker = taken(zygote);
    pid_t pid = only_child();
    struct rua_err err = {0};
    char c;

    (void)state;
    assert_true(zygote_is_well(zygote));
    serves(&worker);
    kill(pid, SIGKILL);
    assert_int_equal(read(worker.socket, &c, 1), 0); /* it went too */
    assert_int_equal(zygote_end(zygote, &worker), -1);
    assert_false(zygote_is_well(zygote));
    assert_int_equal(zygote_take(zygote, &worker, &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "the process that starts workers has died; ruamill "
                        "must be started anew");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    assert_int_equal(errno, ECHILD);
    zygote_stop(zygote);
}

static void
death_of_the_zygote_is_seen_before_it_is_asked(void **state)
{
    struct zygote *zygote = started(false);

    (void)state;
    kill(only_child(), SIGKILL);
    for (unsigned i = 0; i < 5000 && zygote_is_well(zygote); i++)
        nap();
    assert_false(zygote_is_well(zygote));
    zygote_stop(zygote);
}

static void
stop_of_the_service_leaves_the_workers_to_the_front_end(void **state)
{
    static const int stops[] = {SIGTERM, SIGINT, SIGHUP};
    struct zygote *zygote = started(false);
    struct worker worker = taken(zygote), next;

    (void)state;
    for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++) {
        kill(only_child(), stops[i]);
        kill(worker.pid, stops[i]);
    }
    serves(&worker);
    next = taken(zygote);
    serves(&next);
    zygote_end(zygote, &worker);
    zygote_end(zygote, &next);
    zygote_stop(zygote);
}

/* Not as root, whom the kernel lets send as many as he likes. */
static void
set_capabilities(uint32_t low)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];

    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    data[0].effective = data[0].permitted & low;
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* unix(7), ETOOMANYREFS: the limit of open files is one of those too that
 * processes of this user have sent and nobody has taken yet. */
static void
worker_that_cannot_be_handed_over_is_no_end(void **state)
{
    struct rlimit old, few;
    struct zygote *zygote;
    struct worker worker;
    struct rua_err err = {0};
    int pair[2];

    (void)state;
    set_capabilities(0);
    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){24, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    zygote = started(false);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (unsigned i = 0; i < 60; i++)
        assert_true(send_descriptor(pair[0], pair[0]));
    assert_int_equal(zygote_take(zygote, &worker, &err), RUA_LATER);
    assert_string_equal(err.sentence, "start a worker: Too many references: "
                                      "cannot splice");
    close(pair[0]);
    close(pair[1]); /* which takes them off the way, but not at once */
    for (unsigned i = 0; i < 5000; i++) {
        if (zygote_take(zygote, &worker, &err) == RUA_OK)
            break;
        nap();
    }
    serves(&worker);
    zygote_end(zygote, &worker);
    zygote_stop(zygote);
    set_capabilities(~0U);
}

/* Its parent, who is killed. */
static void
be_a_parent(void)
{
    struct zygote *zygote = started(false);
    struct worker worker = taken(zygote);

    serves(&worker);
    kill(getpid(), SIGKILL);
}

static void
all_end_with_the_front_end(void **state)
{
    pid_t parent;
    unsigned n = 0;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    parent = fork();
    if (parent == 0)
        be_a_parent();
    alarm(20); /* waits for orphans too */
    while (waitpid(-1, NULL, 0) > 0)
        n++;
    alarm(0);
    assert_int_equal(errno, ECHILD);
    assert_true(n >= 3); /* parent, zygote, worker */
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void *
take_some(void *ctx)
{
    struct zygote *zygote = ctx;
    uintptr_t good = 0;

    for (unsigned i = 0; i < 40; i++) {
        struct worker worker;
        char c = (char)('a' + i % 26), back = 0;
        if (zygote_take(zygote, &worker, NULL) != RUA_OK)
            break;
        good += write(worker.socket, &c, 1) == 1 &&
                read(worker.socket, &back, 1) == 1 && back == c;
        zygote_end(zygote, &worker);
    }
    return (void *)good;
}

static void
threads_share_it(void **state)
{
    struct zygote *zygote = started(false);
    pthread_t threads[8];
    void *good;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_some, zygote),
                         0);
    for (unsigned i = 0; i < 8; i++) {
        pthread_join(threads[i], &good);
        assert_int_equal((uintptr_t)good, 40);
    }
    zygote_stop(zygote);
}

int
main(void)
{
#define test(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        test(worker_serves_until_it_is_ended),
        test(how_a_worker_died_is_told),
        test(worker_that_is_at_work_is_ended_by_force),
        test(spare_worker_that_died_is_not_given_out),
        test(thousand_messages_leave_nothing_behind),
        test(worker_has_no_descriptors_but_its_own),
        test(without_its_zygote_everything_is_later),
        test(death_of_the_zygote_is_seen_before_it_is_asked),
        test(stop_of_the_service_leaves_the_workers_to_the_front_end),
        test(worker_that_cannot_be_handed_over_is_no_end),
        test(all_end_with_the_front_end),
        test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
