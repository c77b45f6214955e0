#include "pool_fixture.h"

#include <dirent.h>
#include <errno.h>

static void
results_come_in_any_order(void **state)
{
    struct pool *pool = opened(3);
    int fd = file_of_ten();
    pid_t pids[4];
    uint64_t sum;

    (void)state;
    assert_int_equal(workers(pids, 4), 3);
    stop_worker(pids[0]);
    give(pool, fd, 1);
    give(pool, fd, 2);
    give(pool, fd, 4);
    assert_false(pool_has_room(pool));
    assert_false(pool_give(pool, &(struct pool_job){.fd = fd}));
    sum = take(pool);
    assert_true(pool_has_room(pool));
    give(pool, fd, 8);
    sum += take(pool);
    sum += take(pool);
    assert_int_equal(sum, 14);
    assert_false(pool_wait(pool, 50, &(struct pool_done){0}));
    kill(pids[0], SIGCONT);
    assert_int_equal(take(pool), 1);
    assert_false(pool_wait(pool, -1, &(struct pool_done){0}));
    pool_close(pool);
    close(fd);
}

/* A small one is sent to the worker, of a larger one the file. */
static void
message_of_any_size_is_read(void **state)
{
    static const unsigned sizes[] = {WORKER_AT_ONCE - 1, WORKER_AT_ONCE,
                                     WORKER_AT_ONCE + 1};
    static char text[WORKER_AT_ONCE + 1];
    struct pool *pool = opened(1);
    int n, fd = memfd_create("document", MFD_CLOEXEC);

    (void)state;
    memset(text, '\n', sizeof(text));
    n = snprintf(text, sizeof(text), DOCUMENT, "7");
    text[n] = '\n';
    assert_int_equal(pwrite(fd, text, sizeof(text), 3), sizeof(text));
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct pool_job job = {.fd = fd,
                               .offset = 3,
                               .len = sizes[i],
                               .input = RUA_INPUT_ANY,
                               .ticket = 7};
        assert_true(pool_give(pool, &job));
        assert_int_equal(take(pool), 7);
    }
    pool_close(pool);
    close(fd);
}

/* More than what a result may take of memory. */
static void
large_result_holds_its_slot_until_released(void **state)
{
    struct pool *pool = opened(1);
    int fd = memfd_create("document", MFD_CLOEXEC);
    const size_t padding = 3 << 20;
    struct pool_job job = {.fd = fd, .input = RUA_INPUT_ANY, .ticket = 5};
    char text[1000], *blanks = malloc(padding);
    int n = snprintf(text, sizeof(text), DOCUMENT, "5");

    (void)state;
    memset(blanks, '\n', padding);
    assert_int_equal(write(fd, text, (size_t)n), n);
    assert_int_equal(write(fd, blanks, padding), padding);
    job.len = (uint64_t)n + padding;
    for (int round = 0; round < 3; round++) {
        struct pool_done done;
        struct rua_err err = {0};
        size_t got;

        assert_true(pool_give(pool, &job));
        assert_true(pool_wait(pool, 60000, &done));
        assert_int_equal(done.verdict, RUA_OK);
        assert_true(done.holds_slot);
        assert_false(pool_has_room(pool));
        assert_false(pool_wait(pool, -1, &(struct pool_done){0}));
        assert_true(done.result.len > padding);
        assert_int_equal(rua_spool_read(&done.result, done.result.len - 1000,
                                        text, 16, &got, &err),
                         RUA_OK);
        assert_memory_equal(text, blanks, 16);
        assert_int_equal(done.result.base, 0);
        rua_spool_done(&done.result);
        pool_release(pool, &done);
        assert_true(pool_has_room(pool));
    }
    pool_close(pool);
    close(fd);
    free(blanks);
}

static void
worker_reads_500_messages_then_another_one_does(void **state)
{
    struct pool *pool = opened(1);
    int fd = file_of_ten();
    pid_t first = only_worker();

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        give(pool, fd, i % 10);
        take(pool);
    }
    assert_int_equal(only_worker(), first);
    give(pool, fd, 1);
    take(pool);
    assert_int_not_equal(only_worker(), first);
    pool_close(pool);
    close(fd);
}

static void
nothing_is_left_of_a_pool(void **state)
{
    int fd = file_of_ten();
    pid_t pids[8];

    (void)state;
    for (unsigned busy = 0; busy <= 3; busy++) {
        struct pool *pool = opened(3);
        assert_int_equal(workers(pids, 8), 3);
        for (unsigned i = 0; i < busy; i++) {
            stop_worker(pids[i]);
            give(pool, fd, i);
        }
        pool_close(pool);
        assert_int_equal(waitpid(-1, NULL, 0), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(dup(0), fd + 1);
        close(fd + 1);
    }
    pool_close(NULL);
    close(fd);
}

/* Only 0 to 2 and its socket; the message and the scratch file, which came with
 * it, it may be about to close. */
static void
worker_has_none_of_our_descriptors(void **state)
{
    int secret = memfd_create("secret", 0), fd = file_of_ten();
    struct pool *pool = opened(2);
    char path[64], target[200];
    unsigned n = 0;
    pid_t pids[3];
    struct dirent *entry;
    DIR *folder;

    (void)state;
    give(pool, fd, 1); /* it has begun by the time it answers */
    give(pool, fd, 2);
    take(pool);
    take(pool);
    assert_int_equal(workers(pids, 3), 2);
    snprintf(path, sizeof(path), "/proc/%d/fd", pids[1]);
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, target,
                                 sizeof(target) - 1);
        target[len > 0 ? len : 0] = '\0';
        n += strncmp(target, "socket:", 7) == 0;
        assert_null(strstr(target, "secret"));
    }
    assert_int_equal(n, 1);
    closedir(folder);
    pool_close(pool);
    close(fd);
    close(secret);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_any_order),
        cmocka_unit_test(message_of_any_size_is_read),
        cmocka_unit_test(large_result_holds_its_slot_until_released),
        cmocka_unit_test(worker_reads_500_messages_then_another_one_does),
        cmocka_unit_test(nothing_is_left_of_a_pool),
        cmocka_unit_test(worker_has_none_of_our_descriptors),
    };
    return cmocka_run_group_tests(tests, set_up_group, NULL);
}
