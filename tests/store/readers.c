/* readers.c - writers and readers of one store at the same time; built and run
 * by readers.py.
 *
 * usage: readers FOLDER WRITERS OPENERS FOLLOWERS OPENS SECONDS LEASE_WAIT
 *
 * An opener opens the table that is written, reads to its end and closes it. A
 * follower keeps it open and reads on, as `tail -F` does. All end after OPENS
 * opens (0: never) or SECONDS; the last line says what was seen. Tables are
 * small, and followed by the next one, so that readers read all of them. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "numbered.h"

enum {
    TABLE = 96 << 10, /* bytes of a table: then the next one is begun; */
    SEEN = 8 << 20,   /* it has less than this */
    REPORTS = 8,      /* of a batch, at most, */
    ROWS = 12,        /* and rows of a report */
    CHILDREN = 100,
};

/* What all processes share. */
struct shared {
    _Atomic unsigned period;
    atomic_ulong next, rows, commits, bytes, without_lease;
    atomic_ulong opens, empty, torn, headless, shrunk, changed;
    atomic_ulong followed, follow_changed;
    atomic_bool stop;
};

static struct shared *shared;
static const char *folder;
static unsigned lease_wait;

static void
table_path(unsigned period, char ret_path[4096])
{
    snprintf(ret_path, 4096, "%s/store/d0.example/records-%u.csv", folder,
             period);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- writers ---- */

static void
next_table(unsigned period)
{
    char path[4096];
    struct stat st;

    table_path(period, path);
    if (stat(path, &st) == 0 && st.st_size > TABLE)
        atomic_compare_exchange_strong(&shared->period, &period, period + 1);
}

static void
write_batch(struct rua_store *store, unsigned *random)
{
    struct numbered reports[REPORTS];
    struct rua_entry *entries[REPORTS];
    struct rua_err err = {0};
    unsigned period = shared->period;
    size_t n = 1 + (size_t)rand_r(random) % REPORTS;
    unsigned long rows = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned r = 1 + (unsigned)rand_r(random) % ROWS;
        numbered_make(&reports[i], shared->next++, 0, period, r, 100, 50);
        shared->bytes += reports[i].entry.records.len;
        entries[i] = &reports[i].entry;
        rows += r;
    }
    if (rua_store_commit(store, entries, n, &err) != RUA_OK)
        numbered_fail("commit", &err);
    shared->rows += rows;
    shared->commits++;
    for (size_t i = 0; i < n; i++)
        numbered_done(&reports[i]);
    next_table(period);
}

/* The first commit syncs the whole file system, which may take its time. */
static void
make_store(void)
{
    char path[4096];
    struct rua_store *store;
    unsigned seed = 1;

    snprintf(path, sizeof(path), "%s/store", folder);
    store = numbered_open(path, lease_wait);
    write_batch(store, &seed);
    rua_store_close(store);
}

static void
be_writer(unsigned seed)
{
    char path[4096];
    struct rua_store *store;

    snprintf(path, sizeof(path), "%s/store", folder);
    store = numbered_open(path, lease_wait);
    while (!shared->stop)
        write_batch(store, &seed);
    shared->without_lease += rua_store_count(store).without_lease;
    rua_store_close(store);
}

/* ---- openers ---- */

struct view {
    char *bytes, *before;
    size_t len, len_before;
    unsigned period;
};

static bool
read_all(struct view *view)
{
    char path[4096];
    int fd;
    ssize_t n;

    table_path(view->period, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    view->len = 0;
    while ((n = read(fd, view->bytes + view->len, SEEN - view->len)) > 0)
        view->len += (size_t)n;
    close(fd);
    return n == 0;
}

static bool
has_header(const struct view *view)
{
    size_t n = sizeof(NUMBERED_HEADER) - 1;

    return view->len >= n && memcmp(view->bytes, NUMBERED_HEADER, n) == 0;
}

/* Whether all is whole rows from `at` on. */
static bool
is_whole(const struct view *view, size_t at)
{
    const char *line = view->bytes + at, *end = view->bytes + view->len;

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop || !numbered_is_row(line, (size_t)(stop - line)))
            return false;
        line = stop + 1;
    }
    return true;
}

/* What has been looked at before is the same, so the new part is looked at
 * only. */
static void
judge(struct view *view)
{
    size_t from = view->len_before;

    shared->opens++;
    if (view->len < view->len_before) {
        shared->shrunk++;
        return;
    }
    if (memcmp(view->bytes, view->before, view->len_before) != 0)
        shared->changed++;
    if (view->len == 0) {
        shared->empty++;
        return;
    }
    if (!has_header(view))
        shared->headless++;
    while (from && view->bytes[from - 1] != '\n')
        from--;
    if (!is_whole(view, from ? from : sizeof(NUMBERED_HEADER) - 1))
        shared->torn++;
}

static void
be_opener(unsigned seed)
{
    struct view view = {.bytes = rua_alloc(SEEN), .before = rua_alloc(SEEN)};

    (void)seed;
    while (!shared->stop) {
        char *swap;
        if (view.period != shared->period) {
            view.period = shared->period;
            view.len_before = 0;
        }
        if (!read_all(&view))
            continue;
        judge(&view);
        swap = view.before;
        view.before = view.bytes;
        view.bytes = swap;
        view.len_before = view.len;
    }
    free(view.bytes);
    free(view.before);
}

/* ---- followers ---- */

static void
nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

/* Reads on until the next table is there, and compares what was seen. */
static void
follow_table(struct view *view)
{
    char path[4096];
    int fd;
    size_t seen = 0;
    bool last = false;

    table_path(view->period, path);
    while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && !shared->stop)
        nap();
    while (fd >= 0) {
        ssize_t n = read(fd, view->before + seen, SEEN - seen);
        if (n > 0) {
            seen += (size_t)n;
            continue;
        }
        if (n < 0 || last)
            break;
        last = shared->stop || shared->period != view->period;
        nap();
    }
    close(fd);
    shared->followed += seen;
    if (fd >= 0 && (!read_all(view) || view->len < seen ||
                    memcmp(view->bytes, view->before, seen) != 0))
        shared->follow_changed++;
}

static void
be_follower(unsigned seed)
{
    struct view view = {.bytes = rua_alloc(SEEN), .before = rua_alloc(SEEN)};

    (void)seed;
    while (!shared->stop) {
        view.period = shared->period;
        follow_table(&view);
    }
    free(view.bytes);
    free(view.before);
}

/* ---- all together ---- */

static pid_t children[CHILDREN];
static size_t n_children;

static void
begin(unsigned n, void (*be)(unsigned seed))
{
    while (n-- > 0 && n_children < CHILDREN) {
        pid_t child = fork();
        if (child < 0)
            numbered_fail("fork", NULL);
        if (child == 0) {
            be((unsigned)n + 1);
            exit(0);
        }
        children[n_children++] = child;
    }
}

static bool
end(void)
{
    bool good = true;

    shared->stop = true;
    while (n_children > 0) {
        int status = 1;
        waitpid(children[--n_children], &status, 0);
        good = good && status == 0;
    }
    return good;
}

/* The rows of all tables; one that is not whole counts as torn at the end. */
static unsigned long
count_rows(unsigned long *ret_broken)
{
    struct view view = {.bytes = rua_alloc(SEEN)};
    unsigned long rows = 0;

    *ret_broken = 0;
    for (; view.period <= shared->period; view.period++) {
        if (!read_all(&view) || !view.len)
            continue;
        *ret_broken += !is_whole(&view, sizeof(NUMBERED_HEADER) - 1);
        for (size_t i = 0; i < view.len; i++)
            rows += view.bytes[i] == '\n';
        rows--;
    }
    free(view.bytes);
    return rows;
}

static void
print_result(bool good, double seconds)
{
    unsigned long broken, rows = count_rows(&broken);

    printf("good=%d seconds=%.1f commits=%lu written=%lu rows=%lu broken=%lu "
           "without_lease=%lu opens=%lu empty=%lu torn=%lu headless=%lu "
           "shrunk=%lu changed=%lu followed=%lu follow_changed=%lu\n",
           good, seconds, shared->commits, shared->rows, rows, broken,
           shared->without_lease, shared->opens, shared->empty, shared->torn,
           shared->headless, shared->shrunk, shared->changed, shared->followed,
           shared->follow_changed);
}

static unsigned long
number(const char *text)
{
    return strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
    unsigned long opens;
    double began, seconds;
    bool good;

    if (argc != 8)
        return 64;
    folder = argv[1];
    opens = number(argv[5]);
    seconds = (double)number(argv[6]);
    lease_wait = (unsigned)number(argv[7]);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        numbered_fail("mmap", NULL);
    make_store();
    began = now();
    begin((unsigned)number(argv[2]), be_writer);
    begin((unsigned)number(argv[3]), be_opener);
    begin((unsigned)number(argv[4]), be_follower);
    while (now() - began < seconds && (!opens || shared->opens < opens))
        nap();
    good = end();
    print_result(good, now() - began);
    return !good;
}
