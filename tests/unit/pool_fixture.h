/* pool_fixture.h - what the tests of the module pool share: a pool, its workers
 * to be stopped and killed, and jobs. */
#ifndef POOL_FIXTURE_H
#define POOL_FIXTURE_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "children.h"
#include "pool.h"
#include "result.h"
#include "worker.h"

/* What the next new workers do to themselves: how many, and the signal. Seen by
 * the process that forks them. */
static struct fate {
    unsigned dying;
    int at_birth;
} * fate;

static bool doomed;

static inline void
decide(void)
{
    doomed = fate->dying > 0;
    fate->dying -= doomed;
}

static inline void
be_born(void)
{
    if (doomed)
        raise(fate->at_birth);
}

static inline int
set_up_group(void **state)
{
    (void)state;
    fate = mmap(NULL, sizeof(*fate), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(fate, MAP_FAILED);
    return pthread_atfork(decide, NULL, be_born);
}

/* ---- the pool ---- */

static inline enum rua_verdict
open_scratch(void *ctx, int *ret_fd, struct rua_err *err)
{
    (void)err;
    ++*(unsigned *)ctx;
    *ret_fd = memfd_create("scratch", MFD_CLOEXEC);
    return RUA_OK;
}

/* For the workers that are started later too. */
static const struct worker_plan worker_plan = {
    .reading = {.limits = &rua_limits_default}};

static inline struct pool *
opened(unsigned n)
{
    struct rua_err err = {0};
    struct pool *pool;
    unsigned scratches = 0;

    fate->dying = 0;
    signal(SIGSEGV, SIG_DFL); /* workers would inherit cmocka's handler */
    if (pool_open(n, &worker_plan, open_scratch, &scratches, &pool, &err) !=
        RUA_OK)
        fail_msg("%s", err.sentence);
    assert_int_equal(scratches, 2 * n);
    return pool;
}

/* The workers, in the order of their birth; how many. */
static inline unsigned
workers(pid_t *pids, unsigned room)
{
    return children(only_child(), pids, room);
}

static inline pid_t
only_worker(void)
{
    pid_t pids[2];

    assert_int_equal(workers(pids, 2), 1);
    return pids[0];
}

/* Waits until a process is in this state of proc(5). */
static inline void
await_state(pid_t pid, char state)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    char path[64], is = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    while (is != state) {
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &is), 1);
        fclose(file);
        nanosleep(&moment, NULL);
    }
}

static inline void
stop_worker(pid_t pid)
{
    kill(pid, SIGSTOP);
    await_state(pid, 'T');
}

/* It stays a zombie until the pool asks how it ended. */
static inline void
kill_worker(pid_t pid, int signal)
{
    kill(pid, signal);
    kill(pid, SIGCONT);
    await_state(pid, 'Z');
}

/* ---- jobs ---- */

#define DOCUMENT                                                               \
    "<feedback><report_metadata><org_name>example.net</org_name>"              \
    "<report_id>%s</report_id></report_metadata>"                              \
    "<policy_published><domain>example.com</domain></policy_published>"        \
    "<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row>"      \
    "</record></feedback>"

/* A file of ten documents, with the report IDs 0 to 9, 1000 bytes apart. */
static inline int
file_of_ten(void)
{
    int fd = memfd_create("documents", MFD_CLOEXEC);

    for (int i = 0; i < 10; i++) {
        char text[1001], id[2] = {(char)('0' + i), '\0'};
        int n = snprintf(text, sizeof(text), DOCUMENT, id);
        memset(text + n, '\n', sizeof(text) - (size_t)n);
        assert_int_equal(pwrite(fd, text, 1000, i * 1000), 1000);
    }
    return fd;
}

static inline struct pool_job
job_of(int fd, unsigned i)
{
    return (struct pool_job){.fd = fd,
                             .offset = i * 1000,
                             .len = 1000,
                             .input = RUA_INPUT_ANY,
                             .name = "a.xml",
                             .ticket = i};
}

static inline void
give(struct pool *pool, int fd, unsigned i)
{
    struct pool_job job = job_of(fd, i);

    assert_true(pool_give(pool, &job));
}

/* The next done job has a result, which is that of its ticket; which that is.
 */
static inline uint64_t
take(struct pool *pool)
{
    struct pool_done done;
    struct rua_arena arena = {0};
    struct rua_result result;
    struct rua_err err = {0};
    struct rua_span id;

    assert_true(pool_wait(pool, 60000, &done));
    assert_string_equal(done.err.sentence, "");
    assert_int_equal(done.verdict, RUA_OK);
    assert_false(done.holds_slot);
    assert_int_equal(rua_result_read(&done.result, &arena, &result, &err),
                     RUA_OK);
    assert_int_equal(result.verdict, RUA_OK);
    assert_int_equal(result.n_reports, 1);
    id = result.reports[0].report.field[RUA_REPORT_ID];
    assert_int_equal(id.len, 1);
    assert_int_equal(id.data[0], '0' + (int)done.ticket);
    rua_arena_done(&arena);
    rua_spool_done(&done.result);
    pool_release(pool, &done);
    return done.ticket;
}

/* The next done job has no result, for this reason. */
static inline void
takes_none(struct pool *pool, enum rua_verdict verdict, const char *sentence)
{
    struct pool_done done;

    assert_true(pool_wait(pool, 60000, &done));
    assert_string_equal(done.err.sentence, sentence);
    assert_int_equal(done.verdict, verdict);
    assert_false(done.holds_slot);
    rua_spool_done(&done.result);
}

#endif
