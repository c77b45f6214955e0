/* Threads of one process, and several processes, at the same time. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "reports_fixture.h"

enum {
    THREADS = 20,
    EACH = 10, /* reports of a thread */
};

static struct made made[THREADS * EACH];
static unsigned stored, doubles;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *
commit_some(void *first)
{
    struct made *from = first;

    for (size_t i = 0; i < EACH; i++) {
        /* an entry is one thread's: what two have is made anew */
        struct rua_entry entry = from[i].entry;
        struct rua_entry *entries[] = {&entry};
        struct rua_err e = {0};
        enum rua_verdict v = rua_store_commit(store, entries, 1, &e);
        pthread_mutex_lock(&mutex);
        stored += v == RUA_OK;
        doubles += v == RUA_DUPLICATE;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

/* Each report is committed by two threads. */
static void
threads_share_a_store(void **state)
{
    pthread_t threads[2 * THREADS];
    struct rua_store_counts counts;

    (void)state;
    stored = doubles = 0;
    make_reports(made, 0, THREADS * EACH);
    for (size_t i = 0; i < 2 * THREADS; i++)
        assert_int_equal(0, pthread_create(&threads[i], NULL, commit_some,
                                           &made[i % THREADS * EACH]));
    for (size_t i = 0; i < 2 * THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(THREADS * EACH, stored);
    assert_int_equal(THREADS * EACH, doubles);
    counts = rua_store_count(store);
    print_message("%llu syncs for %u reports\n",
                  (unsigned long long)counts.syncs, stored);
    assert_true(counts.syncs < THREADS * EACH / 2);
    assert_reports(THREADS * EACH);
    done_reports(made, THREADS * EACH);
}

static void *
look_around(void *ctx)
{
    const struct made *m = ctx;
    struct rua_spool message;
    struct rua_aside aside = {.message = &message,
                              .verdict = RUA_BAD,
                              .sentence = "broken",
                              .when = 1763755200};
    struct rua_err e = {0};
    bool has;

    sample_spool(&message);
    rua_spool_write(&message, RUA_SPAN("bad\n"), NULL);
    for (size_t i = 0; i < EACH; i++) {
        rua_store_has(store, &m->entry, &has, &e);
        rua_store_keep_aside(store, &aside, &e);
        rua_store_checkpoint(store, &e);
        rua_store_count(store);
    }
    rua_spool_done(&message);
    return NULL;
}

static void
all_functions_may_be_called_meanwhile(void **state)
{
    pthread_t threads[6];

    (void)state;
    make_reports(made, 0, 4 * EACH);
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, commit_some, &made[i * EACH]);
    for (size_t i = 4; i < 6; i++)
        pthread_create(&threads[i], NULL, look_around, &made[i]);
    for (size_t i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(RUA_DUPLICATE, commit_made(made, 4 * EACH));
    assert_int_equal(1 + 2 * 4 * EACH, folder_lines(RECORDS));
    assert_int_equal(2, folder_lines("quarantine/quarantine.csv"));
    done_reports(made, 4 * EACH);
}

/* A child that commits the reports, over and over, one or some at a time. */
static pid_t
start(unsigned seed)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child)
        return child;
    store = NULL; /* the descriptors of the parent have its lock */
    if (open_store() != RUA_OK)
        _exit(1);
    for (unsigned i = 0; i < 40; i++) {
        unsigned n = 1 + (seed + i) % 3;
        if (commit_reports((i * 7 + seed * 11) % (40 - n + 1), n) == RUA_LATER)
            _exit(2);
    }
    _exit(0);
}

static void
processes_share_a_store(void **state)
{
    pid_t children[4];
    int status;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        children[i] = start(i);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(children[i], waitpid(children[i], &status, 0));
        assert_int_equal(0, status);
    }
    commit_reports(0, 40);
    assert_reports(40);
    assert_int_equal(0, notices);
}

/* And some of them are killed. */
static void
killed_processes_do_no_harm(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        pid_t children[3];
        for (unsigned i = 0; i < 3; i++)
            children[i] = start(round * 3 + i);
        usleep(3000 * (round + 1));
        kill(children[0], SIGKILL);
        kill(children[1], SIGKILL);
        for (unsigned i = 0; i < 3; i++) {
            int status;
            assert_int_equal(children[i], waitpid(children[i], &status, 0));
            assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        }
    }
    assert_int_not_equal(RUA_LATER, commit_reports(0, 40));
    assert_reports(40);
    assert_int_equal(0, notices);
}

/* Whoever opens, reads and closes a table sees whole lines, and is no reason
 * for a signal that ends us. */
static void
reader_sees_whole_lines(void **state)
{
    pid_t child;
    int status;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    if (rua_store_count(store).without_lease)
        skip(); /* a file system without leases */
    look.lease_wait = 1000;
    reopen();
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (unsigned i = 0; i < 3000; i++) {
            size_t n = 0;
            char *text = folder_slurp(RECORDS, &n);
            if (text[n - 1] != '\n')
                _exit(1);
            free(text);
        }
        _exit(0);
    }
    for (unsigned i = 1; waitpid(child, &status, WNOHANG) == 0; i++)
        assert_int_equal(RUA_OK, commit_reports(i * 20, 20));
    assert_int_equal(0, status);
    assert_int_equal(0, rua_store_count(store).without_lease);
}

#define FRESH(name)                                                            \
    cmocka_unit_test_setup_teardown(name, reports_begin, reports_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(threads_share_a_store),
        FRESH(all_functions_may_be_called_meanwhile),
        FRESH(processes_share_a_store),
        FRESH(killed_processes_do_no_harm),
        FRESH(reader_sees_whole_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
