#include "pool_fixture.h"

#include <errno.h>
#include <sys/resource.h>

static void
job_of_a_killed_worker_is_tried_again(void **state)
{
    struct pool *pool = opened(1);
    int fd = file_of_ten();
    pid_t pid = only_worker();

    (void)state;
    stop_worker(pid);
    give(pool, fd, 7);
    kill_worker(pid, SIGKILL);
    assert_int_equal(take(pool), 7);
    assert_int_not_equal(only_worker(), pid);
    pool_close(pool);
    close(fd);
}

static void
worker_that_died_before_its_job_is_replaced(void **state)
{
    struct pool *pool = opened(1);
    int fd = file_of_ten();

    (void)state;
    kill_worker(only_worker(), SIGKILL);
    give(pool, fd, 3);
    assert_int_equal(take(pool), 3);
    pool_close(pool);
    close(fd);
}

/* A worker of a job ends by a signal, and so do the next `more`, before they
 * read anything: what becomes of the job. */
static void
dies_and(int first, unsigned more, int second, enum rua_verdict verdict,
         const char *sentence)
{
    struct pool *pool = opened(1);
    int fd = file_of_ten();
    pid_t pid = only_worker();

    stop_worker(pid);
    give(pool, fd, 1);
    kill_worker(pid, first);
    fate->at_birth = second;
    fate->dying = more;
    takes_none(pool, verdict, sentence);
    fate->dying = 0;
    give(pool, fd, 2);
    assert_int_equal(take(pool), 2);
    pool_close(pool);
    close(fd);
}

static void
dies_twice(int first, int second, enum rua_verdict verdict,
           const char *sentence)
{
    dies_and(first, 1, second, verdict, sentence);
}

static void
message_is_not_to_blame_when_workers_die_of_any(void **state)
{
    (void)state;
    dies_and(SIGSEGV, 2, SIGABRT, RUA_LATER,
             "workers die of any message (Aborted: max_memory is 268435456 "
             "bytes)");
}

static void
message_that_kills_two_workers_is_bad(void **state)
{
    (void)state;
    dies_twice(SIGSEGV, SIGSEGV, RUA_BAD,
               "the worker died of it, twice (Segmentation fault)");
    dies_twice(SIGSEGV, SIGABRT, RUA_BAD,
               "the worker died of it, twice (Aborted: max_memory is "
               "268435456 bytes)");
}

static void
worker_that_somebody_kills_is_not_the_fault_of_the_message(void **state)
{
    (void)state;
    dies_twice(SIGKILL, SIGKILL, RUA_LATER, "the worker was ended (Killed)");
    dies_twice(SIGSEGV, SIGQUIT, RUA_LATER, "the worker was ended (Quit)");
    dies_twice(SIGKILL, SIGSEGV, RUA_LATER,
               "the worker was ended (Segmentation fault)");
}

/* From here to there no descriptor can be opened. */
static void
limit_descriptors(bool limit)
{
    static struct rlimit old;
    struct rlimit now;

    if (!old.rlim_max)
        getrlimit(RLIMIT_NOFILE, &old);
    now = old;
    if (limit)
        now.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

/* The slot's worker has read its 500 messages, and no other can be made. */
static void
without_a_worker_the_job_is_later(void **state)
{
    struct pool *pool = opened(1);
    int fd = file_of_ten();

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        give(pool, fd, i % 10);
        take(pool);
    }
    limit_descriptors(true);
    for (int round = 0; round < 2; round++) {
        give(pool, fd, 1);
        takes_none(pool, RUA_LATER, "start a worker: Too many open files");
    }
    give(pool, fd, 1);
    limit_descriptors(false);
    take(pool);
    give(pool, fd, 2);
    take(pool);
    limit_descriptors(true);
    pool_close(pool);
    limit_descriptors(false);
    close(fd);
}

static enum rua_verdict
open_three(void *ctx, int *ret_fd, struct rua_err *err)
{
    unsigned *n = ctx;

    if (*n == 3)
        return rua_err_set(err, RUA_LATER, "no more");
    return open_scratch(ctx, ret_fd, err);
}

static void
pool_that_cannot_be_opened_leaves_nothing(void **state)
{
    struct pool *pool = NULL;
    struct rua_err err = {0};
    unsigned n = 0;
    int next = dup(0);

    (void)state;
    close(next);
    assert_int_equal(pool_open(2, &worker_plan, open_three, &n, &pool, &err),
                     RUA_LATER);
    assert_string_equal(err.sentence, "no more");
    assert_null(pool);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(dup(0), next);
    close(next);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_of_a_killed_worker_is_tried_again),
        cmocka_unit_test(worker_that_died_before_its_job_is_replaced),
        cmocka_unit_test(message_that_kills_two_workers_is_bad),
        cmocka_unit_test(message_is_not_to_blame_when_workers_die_of_any),
        cmocka_unit_test(
            worker_that_somebody_kills_is_not_the_fault_of_the_message),
        cmocka_unit_test(without_a_worker_the_job_is_later),
        cmocka_unit_test(pool_that_cannot_be_opened_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, set_up_group, NULL);
}
