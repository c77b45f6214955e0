/* threads.c - threads and processes that commit to one store at the same time;
 * built and run by threads.sh.
 *
 * usage: threads FOLDER [SEED [REPORTS]]
 *
 * Two processes of eight threads each. Every report is brought by two threads
 * of each process; it must be new to one of the four, and be there once. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbered.h"

enum {
    THREADS = 8,
    PROCESSES = 2,
    BATCH = 7, /* reports of a commit, at most */
    DOMAINS = 3,
    ROWS = 3,
};

static unsigned seed, reports;
static const char *folder;

/* How often a report was new, and how often it was brought. */
struct count {
    atomic_uint fresh, brought;
};
static struct count *counts;

struct thread {
    pthread_t id;
    struct rua_store *store;
    unsigned number, random;
    unsigned long failed;
};

static void
commit(struct thread *thread, const unsigned *numbers, size_t n)
{
    struct numbered made[BATCH];
    struct rua_entry *entries[BATCH];
    struct rua_err err = {0};

    for (size_t i = 0; i < n; i++) {
        numbered_make(&made[i], numbers[i], numbers[i] % DOMAINS, 1, ROWS, 20,
                      100);
        entries[i] = &made[i].entry;
    }
    if (rua_store_commit(thread->store, entries, n, &err) == RUA_LATER)
        fprintf(stderr, "commit: %s\n", err.sentence);
    for (size_t i = 0; i < n; i++) {
        thread->failed += entries[i]->verdict == RUA_LATER;
        counts[numbers[i]].fresh += entries[i]->verdict == RUA_OK;
        counts[numbers[i]].brought++;
        numbered_done(&made[i]);
    }
}

/* Each thread has its own reports, and those of the next one. */
static void *
run_thread(void *ctx)
{
    struct thread *thread = ctx;
    unsigned at = thread->number, end = reports * 2;

    for (unsigned i = 0; i < 20; i++)
        rua_store_count(thread->store);
    while (at < end) {
        unsigned numbers[BATCH];
        size_t n = 0, want = 1 + (size_t)rand_r(&thread->random) % BATCH;
        for (; n < want && at < end; at += THREADS)
            numbers[n++] = at < reports ? at : (at + 1) % reports;
        if (rand_r(&thread->random) % 16 == 0 && n < BATCH) {
            numbers[n] = numbers[0];
            n++;
        }
        commit(thread, numbers, n);
    }
    if (rua_store_checkpoint(thread->store, NULL) != RUA_OK)
        thread->failed++;
    return NULL;
}

static unsigned long
run_process(unsigned number)
{
    struct thread threads[THREADS];
    char path[4096];
    unsigned long failed = 0;
    struct rua_store *store;

    snprintf(path, sizeof(path), "%s/store", folder);
    store = numbered_open(path, 0);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){.store = store,
                                     .number = i,
                                     .random = seed * 100 + number * 10 + i};
        if (pthread_create(&threads[i].id, NULL, run_thread, &threads[i]))
            numbered_fail("pthread_create", NULL);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i].id, NULL);
        failed += threads[i].failed;
    }
    rua_store_close(store);
    return failed;
}

static bool
run_processes(void)
{
    bool good = true;

    for (unsigned i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        if (child < 0)
            numbered_fail("fork", NULL);
        if (child == 0)
            exit(run_process(i) != 0);
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = 1;
        wait(&status);
        good = good && status == 0;
    }
    return good;
}

/* Counts each report's rows in a table of a domain. False when a line is not
 * whole. */
static bool
read_table(unsigned domain, unsigned *rows)
{
    char path[4096], line[1024];
    FILE *file;
    bool good;

    snprintf(path, sizeof(path), "%s/store/d%u.example/records-1.csv", folder,
             domain);
    file = fopen(path, "r");
    if (!file)
        return false;
    good =
        fgets(line, sizeof(line), file) && strcmp(line, NUMBERED_HEADER) == 0;
    while (good && fgets(line, sizeof(line), file)) {
        size_t len = strlen(line);
        unsigned long number = strtoul(line, NULL, 10);
        good = len && line[len - 1] == '\n' && numbered_is_row(line, len - 1) &&
               number < reports && number % DOMAINS == domain;
        if (good)
            rows[number]++;
    }
    fclose(file);
    return good;
}

static unsigned passed, failed;

static void
check(bool good, const char *what)
{
    printf("%s  %s\n", good ? "ok    " : "FAILED", what);
    passed += good;
    failed += !good;
}

static void
check_store(void)
{
    unsigned *rows = rua_alloc(reports * sizeof(*rows));
    bool whole = true, once = true, fresh = true, brought = true;

    memset(rows, 0, reports * sizeof(*rows));
    for (unsigned i = 0; i < DOMAINS; i++)
        whole = read_table(i, rows) && whole;
    for (unsigned i = 0; i < reports; i++) {
        once = once && rows[i] == ROWS;
        fresh = fresh && counts[i].fresh == 1;
        brought = brought && counts[i].brought >= 2 * PROCESSES;
    }
    check(whole, "every line is whole");
    check(once, "every row is there once");
    check(fresh, "every report was new to one thread");
    check(brought, "and was brought by four");
    free(rows);
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return 64;
    folder = argv[1];
    seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    reports = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1000;
    counts = mmap(NULL, reports * sizeof(*counts), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        numbered_fail("mmap", NULL);
    printf("seed %u, %u reports\n", seed, reports);
    fflush(stdout);
    check(run_processes(), "no commit fails, and no race is seen");
    check_store();
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
