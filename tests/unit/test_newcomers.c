#include <pthread.h>
#include <sys/wait.h>

#include "newcomers.h"
#include "store_fixture.h"

#define NOW 1767225600LL /* 2026-01-01 */
#define DAY (24 * 3600LL)

static int
begin(void **state)
{
    return folder_begin(state) != 0 || mkdirat(folder, ".spool", 0750) != 0;
}

static enum rua_verdict
come(const char *rua, const char *domain, uint64_t most, int64_t now)
{
    const struct newcomer newcomer = {folder_path, rua_span_text(rua), domain,
                                      now};

    rua_err_clear(&err);
    return newcomers_admit(&newcomer, most, &err);
}

/* "a1.example", ... come; how many of them are let in. */
static unsigned
come_all(char letter, unsigned n, uint64_t most, int64_t now)
{
    char domain[32];
    unsigned admitted = 0;

    for (unsigned i = 0; i < n; i++) {
        snprintf(domain, sizeof(domain), "%c%u.example", letter, i);
        admitted += come("@example.net", domain, most, now) == RUA_OK;
    }
    return admitted;
}

/* The path of the only file there is. */
static const char *
only_file(void)
{
    static char path[300];
    int fd = openat(folder, ".spool/newcomers", O_RDONLY | O_DIRECTORY);
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    unsigned n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.' && ++n)
            snprintf(path, sizeof(path), ".spool/newcomers/%s", entry->d_name);
    closedir(dir);
    assert_int_equal(n, 1);
    return path;
}

static void
so_many_are_let_in_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(come_all('a', 5, 5, NOW), 5);
    assert_int_equal(come("@example.net", "b.example", 5, NOW), RUA_REFUSED);
    assert_string_equal(err.sentence,
                        "more than max_new_domains (5) new policy domains "
                        "today for @example.net: b.example");
    assert_int_equal(come_all('a', 9, 5, NOW), 5);
    assert_int_equal(come_all('a', 9, 6, NOW), 6);
    assert_int_equal(come_all('a', 9, 1, NOW), 6);
    assert_file(only_file(), "a0.example\na1.example\na2.example\na3.example\n"
                             "a4.example\na5.example\n");
}

static void
each_address_and_each_day_has_its_own(void **state)
{
    (void)state;
    assert_int_equal(come_all('a', 9, 5, NOW), 5);
    assert_int_equal(come("rua@example.net", "a8.example", 5, NOW), RUA_OK);
    assert_int_equal(come_all('b', 9, 5, NOW + DAY - 1), 0);
    assert_int_equal(folder_count(".spool/newcomers"), 2);
    assert_int_equal(come_all('b', 9, 5, NOW + DAY), 5);
    assert_int_equal(come_all('a', 9, 5, NOW + DAY), 0);
}

static void
other_days_are_removed_in_passing(void **state)
{
    (void)state;
    come_all('a', 1, 5, NOW);
    come("rua@example.net", "a.example", 5, NOW + 1);
    folder_put(".spool/newcomers/2026-01-01-note", "not ours");
    come_all('a', 1, 5, NOW + DAY);
    assert_int_equal(folder_count(".spool/newcomers"), 2);
    assert_true(folder_has(".spool/newcomers/2026-01-01-note"));
    come_all('a', 1, 5, NOW - DAY); /* a clock that is put right */
    assert_int_equal(folder_count(".spool/newcomers"), 2);
}

static void
damaged_file_does_not_count(void **state)
{
    static const char *const damages[] = {
        "",
        "\n\n\n\n\n\n\n",
        "\xff\xfe \x01\n..\n/etc\nA B\n*\n#\n",
        "x y",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
        come_all('a', 1, 5, NOW);
        folder_put(only_file(), damages[i]);
        assert_int_equal(come_all('a', 9, 5, NOW), 5);
        assert_int_equal(come_all('a', 9, 5, NOW), 5);
    }
}

/* What was let in may have been the one that was torn. */
static void
torn_line_is_one_at_most(void **state)
{
    (void)state;
    come_all('a', 1, 5, NOW);
    folder_put(only_file(), "a0.example\na1.exam");
    assert_int_equal(come_all('a', 9, 5, NOW), 4);
    assert_file(only_file(), "a0.example\na1.exam\na1.example\na2.example\n"
                             "a3.example\n");
}

/* As a power cut may leave it. */
static void
file_full_of_zeros_begins_anew(void **state)
{
    int fd;

    (void)state;
    come_all('a', 1, 5, NOW);
    fd = openat(folder, only_file(), O_RDWR);
    assert_int_equal(ftruncate(fd, 4000), 0);
    assert_int_equal(come_all('b', 9, 5, NOW), 4);
    assert_int_equal(ftruncate(fd, 1LL << 40), 0);
    close(fd);
    assert_int_equal(come_all('c', 9, 5, NOW), 6); /* one is forgotten */
    assert_int_equal(come_all('c', 9, 5, NOW), 5);
}

static void
long_names_are_told_apart(void **state)
{
    char domain[RUA_DOMAIN_SIZE];
    unsigned admitted = 0;

    (void)state;
    memset(domain, 'a', sizeof(domain));
    for (size_t i = 63; i < sizeof(domain) - 1; i += 64)
        domain[i] = '.';
    domain[sizeof(domain) - 1] = '\0';
    for (char last = 'a'; last <= 'z'; last++) {
        domain[sizeof(domain) - 2] = last;
        admitted += come("@example.net", domain, 20, NOW) == RUA_OK;
    }
    assert_int_equal(admitted, 20);
    assert_int_equal(come("@example.net", domain, 20, NOW), RUA_REFUSED);
    domain[sizeof(domain) - 2] = 't';
    assert_int_equal(come("@example.net", domain, 20, NOW), RUA_OK);
}

static void
what_is_elsewhere_or_no_file_is_our_own_fault(void **state)
{
    char path[300];

    (void)state;
    assert_int_equal(0, mkdirat(folder, "elsewhere", 0750));
    assert_int_equal(0, symlinkat("../elsewhere", folder, ".spool/newcomers"));
    assert_int_equal(come("@example.net", "a.example", 5, NOW), RUA_LATER);
    assert_non_null(strstr(err.sentence, "newcomers"));
    assert_int_equal(folder_count("elsewhere"), 0);
    assert_int_equal(0, unlinkat(folder, ".spool/newcomers", 0));
    come_all('a', 1, 5, NOW);
    snprintf(path, sizeof(path), "%s", only_file());
    assert_int_equal(0, unlinkat(folder, path, 0));
    assert_int_equal(0, symlinkat("../../elsewhere/x", folder, path));
    assert_int_equal(come("@example.net", "a.example", 5, NOW), RUA_LATER);
    assert_int_equal(folder_count("elsewhere"), 0);
}

static void
nothing_is_left_open(void **state)
{
    int next = folder_next_fd();

    (void)state;
    come_all('a', 9, 5, NOW);
    assert_int_equal(folder_next_fd(), next);
}

#define THREADS   4
#define PROCESSES 3
#define DOMAINS   40
#define MOST      25

/* One that comes with all domains, in an order of its own. */
struct comer {
    pthread_t thread;
    unsigned number;
    int64_t now;
    unsigned admitted;
};

static void *
come_in_a_thread(void *ctx)
{
    struct comer *comer = ctx;

    for (unsigned i = 0; i < DOMAINS; i++) {
        char domain[32];
        const struct newcomer newcomer = {folder_path, RUA_SPAN("@example.net"),
                                          domain, comer->now};
        snprintf(domain, sizeof(domain), "d%u.example",
                 (i * 7 + comer->number * 11) % DOMAINS);
        comer->admitted += newcomers_admit(&newcomer, MOST, NULL) == RUA_OK;
    }
    return NULL;
}

/* Whoever comes before there are enough is let in, and who was, is again: so
 * each thread has as many. */
static bool
come_in_threads(unsigned process, int64_t now)
{
    struct comer comers[THREADS] = {0};
    bool good = true;

    for (unsigned i = 0; i < THREADS; i++) {
        comers[i].number = process * THREADS + i;
        comers[i].now = now;
        pthread_create(&comers[i].thread, NULL, come_in_a_thread, &comers[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(comers[i].thread, NULL);
        good = good && comers[i].admitted == MOST;
    }
    return good;
}

static void
threads_and_processes_count_together(void **state)
{
    (void)state;
    for (unsigned day = 0; day < 20; day++) {
        bool good = true;
        for (unsigned i = 0; i < PROCESSES; i++)
            if (fork() == 0)
                _exit(!come_in_threads(i, NOW + day * DAY));
        for (unsigned i = 0; i < PROCESSES; i++) {
            int status = -1;
            wait(&status);
            good = good && status == 0;
        }
        assert_true(good);
        assert_int_equal(folder_lines(only_file()), MOST);
    }
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, folder_end)
    const struct CMUnitTest tests[] = {
        test(so_many_are_let_in_and_no_more),
        test(each_address_and_each_day_has_its_own),
        test(other_days_are_removed_in_passing),
        test(damaged_file_does_not_count),
        test(torn_line_is_one_at_most),
        test(file_full_of_zeros_begins_anew),
        test(long_names_are_told_apart),
        test(what_is_elsewhere_or_no_file_is_our_own_fault),
        test(nothing_is_left_open),
        test(threads_and_processes_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
