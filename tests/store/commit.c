/* commit.c - what a commit costs; built and run by figures.py.
 *
 * usage: commit batches FOLDER BATCHES   CPU of batches of 256 reports
 *        commit recover FOLDER MIB       time to recover a journal so long */
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "journal.h"
#include "numbered.h"
#include "plan.h"

enum {
    BATCH = 256,
    DOMAINS = 20,
    ROWS = 5,
    PART = 600,        /* bytes of an archive file, */
    PART_LONG = 30000, /* and of one that fills a journal */
};

static double
seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
commit_batch(struct rua_store *store, unsigned long first)
{
    static struct numbered made[BATCH];
    struct rua_entry *entries[BATCH];
    struct rua_err err = {0};
    double began, took;

    for (size_t i = 0; i < BATCH; i++) {
        numbered_make(&made[i], first + i, (unsigned)i % DOMAINS, 1, ROWS, 60,
                      PART);
        entries[i] = &made[i].entry;
    }
    began = seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (rua_store_commit(store, entries, BATCH, &err) != RUA_OK)
        numbered_fail("commit", &err);
    took = seconds(CLOCK_PROCESS_CPUTIME_ID) - began;
    for (size_t i = 0; i < BATCH; i++)
        numbered_done(&made[i]);
    return took;
}

static void
run_batches(const char *path, unsigned long batches)
{
    struct rua_store *store = numbered_open(path, 10);
    double took = 0;
    uint64_t before;

    commit_batch(store, 0);
    before = rua_store_count(store).syncs;
    for (unsigned long i = 1; i <= batches; i++)
        took += commit_batch(store, i * BATCH);
    printf("reports=%lu microseconds=%.1f syncs=%lu\n", batches * BATCH,
           took * 1e6 / (double)(batches * BATCH),
           (unsigned long)(rua_store_count(store).syncs - before));
    rua_store_close(store);
}

static void
must(enum rua_verdict v, const struct rua_err *err)
{
    if (v != RUA_OK)
        numbered_fail("journal", err);
}

/* Entries that are committed, and not applied: by the parts of the store. */
static unsigned long
fill_journal(const char *path, uint64_t bytes)
{
    struct rua_journal journal;
    struct rua_err err = {0};
    struct rua_plan plan;
    unsigned long n = 0;
    bool pending;
    int lock = -1, root;

    rua_store_close(numbered_open(path, 0));
    must(rua_file_open_root(path, false, &root, &err), &err);
    rua_plan_init(&plan, root);
    plan.ending = ".csv";
    plan.records_header = RUA_SPAN(NUMBERED_HEADER);
    plan.reports_header = RUA_SPAN(NUMBERED_REPORT);
    must(rua_file_open(root, ".spool/lock", O_RDWR, &lock, &err), &err);
    must(rua_journal_open(&journal, root, lock, &err), &err);
    must(rua_journal_load(&journal, &pending, &err), &err);
    if (pending)
        must(rua_journal_checkpoint(&journal, &err), &err);
    while (journal.written.offset < bytes) {
        struct rua_plan_ops ops;
        struct numbered made;
        numbered_make(&made, n, (unsigned)n % DOMAINS, 1, ROWS, 60, PART_LONG);
        n++;
        must(rua_plan_entry(&plan, &made.entry, &ops, &err), &err);
        must(rua_journal_write(&journal, ops.ops, ops.n, &err), &err);
        numbered_done(&made);
    }
    must(rua_journal_commit(&journal, &err), &err);
    rua_journal_close(&journal);
    rua_plan_done(&plan);
    close(lock);
    close(root);
    return n;
}

static void
run_recovery(const char *path, uint64_t mib)
{
    unsigned long n = fill_journal(path, mib << 20);
    struct rua_err err = {0};
    double began = seconds(CLOCK_MONOTONIC), took;
    struct rua_store *store = numbered_open(path, 10); /* which recovers */
    struct numbered last;
    bool has = false;

    must(rua_store_checkpoint(store, &err), &err);
    took = seconds(CLOCK_MONOTONIC) - began;
    numbered_make(&last, n - 1, (unsigned)(n - 1) % DOMAINS, 1, ROWS, 60, 1);
    must(rua_store_has(store, &last.entry, &has, &err), &err);
    printf("entries=%lu there=%d recovery=%.3f\n", n, has, took);
    numbered_done(&last);
    rua_store_close(store);
}

int
main(int argc, char **argv)
{
    char path[4096];

    if (argc != 4)
        return 64;
    snprintf(path, sizeof(path), "%s/store", argv[2]);
    if (strcmp(argv[1], "batches") == 0)
        run_batches(path, strtoul(argv[3], NULL, 10));
    else
        run_recovery(path, strtoul(argv[3], NULL, 10));
    return 0;
}
