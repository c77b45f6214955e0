/* Every step of a commit fails, or is the last one. */
#include "crash_fixture.h"

#include "reports_fixture.h"

#include <sys/mman.h>
#include <sys/wait.h>

/* The SHA-256 of "bad\n". */
#define ASIDE                                                                  \
    "quarantine/2025/11/"                                                      \
    "1d7a363ce12430881ec56c9cf1409c49c491043618e598c356e2959040872f5a.eml"

enum {
    STEPS = 2000, /* more than there are */
};

/* How many reports the child has been told are stored. */
static unsigned *acknowledged;

static int
map(void **state)
{
    (void)state;
    acknowledged = mmap(NULL, sizeof(*acknowledged), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return acknowledged == MAP_FAILED;
}

/* These reports are stored, every one. */
static void
assert_known(unsigned begin, size_t n)
{
    struct made m[10];

    make_reports(m, begin, n);
    assert_int_equal(n ? RUA_DUPLICATE : RUA_OK, commit_made(m, n));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(RUA_DUPLICATE, m[i].entry.verdict);
    done_reports(m, n);
}

/* The message and its row, or neither. */
static void
check_aside(bool kept)
{
    char *table = folder_slurp("quarantine/quarantine.csv", NULL);
    unsigned n = folder_count("quarantine/2025/11");

    if (kept)
        assert_int_equal(1, n);
    if (n)
        assert_file(ASIDE, "bad\n");
    if (table)
        assert_memory_equal(RUA_ASIDE_HEADER, table,
                            sizeof(RUA_ASIDE_HEADER) - 1);
    if (table)
        assert_int_equal(n, occurrences(table, ",\"bad\",\"broken\",,,\""));
    assert_int_equal(table ? 1 + n : 0,
                     folder_lines("quarantine/quarantine.csv"));
    free(table);
}

/* A reader sees a table with its header, or none, also before recovery. */
static void
check_header(const char *path, struct rua_span header)
{
    char *table = folder_slurp(path, NULL);

    if (table)
        assert_memory_equal(header.data, table, header.len);
    free(table);
}

/* What the child does whose step `at` is its last one: the first report of the
 * store, a batch behind it, and a message that is kept aside. */
static int
run_child(unsigned at, bool tear)
{
    pid_t child;
    int status;

    *acknowledged = 0;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        crash.how = tear ? CRASH_TEAR : CRASH_KILL;
        crash.at = at;
        crash.steps = 0;
        if (commit_reports(0, 1) != RUA_OK)
            _exit(1);
        *acknowledged = 1;
        if (commit_reports(1, 3) != RUA_OK)
            _exit(1);
        *acknowledged = 4;
        if (keep_aside() != RUA_OK)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
check_archive(void)
{
    struct made m[4];

    make_reports(m, 0, 4);
    for (size_t i = 0; i < 4; i++) {
        char path[400];
        snprintf(path, sizeof(path), "example.com/%s.xml.gz",
                 m[i].entry.archive);
        assert_file(path, SAMPLE_PART);
    }
    done_reports(m, 4);
}

/* Returns false when the child came to its end. */
static bool
crash_at(unsigned at, bool tear, char boot)
{
    void *none = NULL;
    int status;

    crash_reset();
    assert_int_equal(0, reports_begin(&none));
    status = run_child(at, tear);
    assert_true(status == 0 || status == CRASH_KILLED);
    crash.boot = boot;
    check_header(RECORDS, look.records_header);
    check_header(REPORTS, look.reports_header);
    reopen();
    assert_known(0, *acknowledged);
    assert_int_not_equal(RUA_LATER, commit_reports(0, 4));
    assert_reports(4);
    check_archive();
    check_aside(status == 0);
    assert_int_not_equal(RUA_LATER, keep_aside());
    check_aside(true);
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 4));
    reopen();
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 4));
    assert_reports(4);
    assert_int_equal(0, notices);
    assert_int_equal(0, reports_end(&none));
    return status == CRASH_KILLED;
}

static void
kill_loses_nothing_and_doubles_nothing(void **state)
{
    unsigned at = 1;

    (void)state;
    while (at < STEPS && crash_at(at, false, 0))
        at++;
    assert_in_range(at, 50, STEPS - 1);
    print_message("%u steps\n", at - 1);
}

static void
kill_in_the_middle_of_a_write_neither(void **state)
{
    unsigned at = 1;

    (void)state;
    while (at < STEPS && crash_at(at, true, 0))
        at++;
    assert_in_range(at, 50, STEPS - 1);
}

static void
start_of_the_machine_after_it_neither(void **state)
{
    unsigned at = 1;

    (void)state;
    while (at < STEPS && crash_at(at, true, 'x'))
        at += 3;
    assert_in_range(at, 50, STEPS - 1);
}

/* ---- steps that fail ---- */

static void
fail_at(unsigned at, int error, bool on)
{
    enum rua_verdict v, w;

    crash.how = on ? CRASH_FAIL_ON : CRASH_FAIL;
    crash.at = at;
    crash.error = error;
    crash.steps = 0;
    v = commit_reports(0, 1);
    w = commit_reports(1, 3);
    if (on)
        assert_true(v == RUA_LATER || w == RUA_LATER);
    crash.how = CRASH_NEVER;
    reopen();
    assert_known(0, v == RUA_OK ? 1 : 0);
    assert_known(1, w == RUA_OK ? 3 : 0);
    assert_int_not_equal(RUA_LATER, commit_reports(0, 4));
    assert_reports(4);
    check_archive();
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 4));
    assert_int_equal(0, notices);
}

static void
failure_of_any_step_is_made_good(void **state)
{
    static const int errors[] = {ENOSPC, EIO};
    unsigned steps = 0;
    void *none = NULL;

    (void)state;
    for (size_t e = 0; e < sizeof(errors) / sizeof(*errors); e++)
        for (unsigned at = 0; at <= steps; at++) {
            crash_reset();
            assert_int_equal(0, reports_begin(&none));
            crash.steps = 0;
            if (at == 0) { /* without a failure, to count */
                assert_int_equal(RUA_OK, commit_reports(0, 1));
                assert_int_equal(RUA_OK, commit_reports(1, 3));
                steps = crash.steps;
                assert_in_range(steps, 50, STEPS);
            } else {
                fail_at(at, errors[e], (at + e) % 2);
            }
            assert_int_equal(0, reports_end(&none));
        }
}

static int
begin(void **state)
{
    crash_reset();
    return reports_begin(state);
}

/* The same process goes on, once there is room again. */
static void
full_disk_takes_back_what_was_written(void **state)
{
    unsigned steps;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    crash.steps = 0;
    assert_int_equal(RUA_OK, commit_reports(1, 1));
    steps = crash.steps;
    for (unsigned at = 1; at <= steps; at++) {
        enum rua_verdict v;
        crash.how = CRASH_FAIL;
        crash.error = ENOSPC;
        crash.at = at;
        crash.steps = 0;
        v = commit_reports(1 + at, 1);
        if (v == RUA_LATER)
            assert_non_null(strstr(err.sentence, "No space left on device"));
        crash.how = CRASH_NEVER;
        if (v == RUA_LATER && strstr(err.sentence, "sync"))
            reopen();
        assert_int_not_equal(RUA_LATER, commit_reports(1 + at, 1));
        assert_reports(2 + at);
    }
}

/* ---- a power cut ---- */

/* Nothing but the journal is there; then all comes back, byte for byte. */
static void
everything_is_made_anew_of_the_journal(void **state)
{
    char *records, *reports, *again;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(RUA_OK, commit_reports(i * 20, 20));
    records = folder_slurp(RECORDS, NULL);
    reports = folder_slurp(REPORTS, NULL);
    rua_store_close(store);
    store = NULL;
    assert_int_equal(0, renameat(folder, "example.com", folder, "lost"));
    crash.boot = 'x';
    assert_int_equal(RUA_OK, open_store());
    assert_int_equal(RUA_OK, rua_store_checkpoint(store, &err));
    assert_reports(200);
    again = folder_slurp(RECORDS, NULL);
    assert_string_equal(records, again);
    free(again);
    again = folder_slurp(REPORTS, NULL);
    assert_string_equal(reports, again);
    free(again);
    free(records);
    free(reports);
    assert_int_equal(0, notices);
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 200));
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, begin, reports_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_loses_nothing_and_doubles_nothing),
        cmocka_unit_test(kill_in_the_middle_of_a_write_neither),
        cmocka_unit_test(start_of_the_machine_after_it_neither),
        cmocka_unit_test(failure_of_any_step_is_made_good),
        FRESH(full_disk_takes_back_what_was_written),
        FRESH(everything_is_made_anew_of_the_journal),
    };

    return cmocka_run_group_tests(tests, map, NULL);
}
