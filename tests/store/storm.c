/* storm.c - eight threads that commit to a store until somebody kills them;
 * built and run by many.py.
 *
 * usage: storm STORE DOMAINS FIRST END SEED
 *
 * Reports FIRST to END, in an order of each thread's own, so that most come
 * several times. The numbers of those that were acknowledged are printed, one a
 * line. With SEED 0 each report is committed once, by one of the threads. */
#include <pthread.h>
#include <unistd.h>

#include "numbered.h"

enum {
    THREADS = 8,
    BATCH = 7, /* reports of a commit, at most */
    ROWS = 3,
};

static struct rua_store *store;
static unsigned domains, seed, first, end;

static void
tell(unsigned number)
{
    char line[32];
    int n = snprintf(line, sizeof(line), "%u\n", number);

    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        exit(1);
}

static void
commit(const unsigned *numbers, size_t n)
{
    struct numbered made[BATCH];
    struct rua_entry *entries[BATCH] = {NULL};
    struct rua_err err = {0};

    for (size_t i = 0; i < n; i++) {
        numbered_make(&made[i], numbers[i], numbers[i] % domains, 1, ROWS,
                      numbers[i] % 50 == 7 ? 20000 : 20, 100);
        entries[i] = &made[i].entry;
    }
    if (rua_store_commit(store, entries, n, &err) == RUA_LATER)
        numbered_fail("commit", &err);
    for (size_t i = 0; i < n; i++) {
        tell(numbers[i]);
        numbered_done(&made[i]);
    }
}

/* Some random reports at a time, about as many as there are; or, in their
 * order, every eighth. */
static void *
run_thread(void *ctx)
{
    unsigned number = *(unsigned *)ctx, random = seed * 10 + number;
    unsigned at = first + number;

    while (at < end) {
        unsigned numbers[BATCH];
        size_t n = 0, want = 1 + (size_t)rand_r(&random) % BATCH;
        for (; n < want && at < end; at += THREADS)
            numbers[n++] =
                seed ? first + (unsigned)rand_r(&random) % (end - first) : at;
        commit(numbers, n);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];

    if (argc != 6)
        return 64;
    domains = (unsigned)strtoul(argv[2], NULL, 10);
    first = (unsigned)strtoul(argv[3], NULL, 10);
    end = (unsigned)strtoul(argv[4], NULL, 10);
    seed = (unsigned)strtoul(argv[5], NULL, 10);
    store = numbered_open(argv[1], 10);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, run_thread, &numbers[i]))
            numbered_fail("pthread_create", NULL);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    rua_store_close(store);
    return 0;
}
