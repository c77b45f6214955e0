/* zygote_fixture.h - for unit tests of the module zygote: workers that echo,
 * and looks at processes. */
#ifndef ZYGOTE_FIXTURE_H
#define ZYGOTE_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "children.h"
#include "zygote.h"

enum {
    SPARE = 3
};

/* A worker that gives back what it gets, and dies of a "!". */
static inline void
echo(int socket, const struct worker_plan *plan)
{
    char c;

    (void)plan;
    signal(SIGSEGV, SIG_DFL); /* cmocka's handler is inherited */
    while (read(socket, &c, 1) == 1) {
        if (c == '!')
            raise(SIGSEGV);
        if (write(socket, &c, 1) != 1)
            break;
    }
}

static inline struct zygote *
started(bool alone)
{
    static const struct worker_plan worker = {
        .reading = {.limits = &rua_limits_default}, .free = true};
    const struct zygote_plan plan = {
        .spare = SPARE, .alone = alone, .worker = &worker, .run = echo};
    struct zygote *zygote;
    struct rua_err err = {0};

    if (zygote_start(&plan, &zygote, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return zygote;
}

static inline struct worker
taken(struct zygote *zygote)
{
    struct worker worker;
    struct rua_err err = {0};

    if (zygote_take(zygote, &worker, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return worker;
}

static inline void
serves(const struct worker *worker)
{
    char c = 'a';

    assert_int_equal(write(worker->socket, &c, 1), 1);
    c = 'b';
    assert_int_equal(read(worker->socket, &c, 1), 1);
    assert_int_equal(c, 'a');
}

static inline void
dies(const struct worker *worker)
{
    char c = '!';

    assert_int_equal(write(worker->socket, &c, 1), 1);
    assert_int_equal(read(worker->socket, &c, 1), 0);
}

static inline unsigned
descriptors(pid_t of)
{
    char path[64];
    unsigned n = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", of);
    dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static inline void
nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Waits until the zygote has its spare workers, and nothing else open: 0 to 2,
 * its own socket, theirs; and "." and "..". */
static inline void
await_spares(pid_t zygote, pid_t pids[SPARE])
{
    for (unsigned i = 0; i < 20000; i++) {
        if (children(zygote, pids, SPARE) == SPARE &&
            descriptors(zygote) == 3 + 1 + SPARE + 2)
            return;
        nap();
    }
    fail_msg("it has %u workers and %u descriptors",
             children(zygote, pids, SPARE), descriptors(zygote) - 2);
}

/* Kills a process that somebody else is to wait for. */
static inline void
kill_to_the_end(pid_t pid)
{
    char path[64], state = ' ';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    kill(pid, SIGKILL);
    while (state != 'Z' && (file = fopen(path, "r"))) {
        if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            state = ' ';
        fclose(file);
        nap();
    }
}

#endif
