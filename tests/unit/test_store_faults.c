/* A store that is not there, not ours, not writable, or in the way. */
#include "store_fixture.h"

#include <sys/file.h>
#include <sys/wait.h>

#include "store.h"

static const struct rua_store_style look = {
    .format = RUA_CSV,
    .records_header = {(const unsigned char *)"a\n", 2},
    .reports_header = {(const unsigned char *)"b\n", 2},
};
static struct rua_scratch scratch = {.fd = -1};
static struct rua_store *store;
static char path[100];

/* A path below the folder of the test. */
static const char *
below(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", folder_path, name);
    return path;
}

static void
assert_opens(const char *name)
{
    assert_int_equal(RUA_OK, rua_store_open(below(name), &look, &store, &err));
    assert_string_equal("", err.sentence);
}

static void
assert_does_not_open(const char *name)
{
    store = NULL;
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER,
                     rua_store_open(below(name), &look, &store, &err));
    assert_null(store);
    assert_true(err.sentence[0]);
    assert_int_equal(RUA_LATER, err.verdict);
}

static void
make(struct made *m, const char *id)
{
    const struct rua_entry_style style = {
        "count", {RUA_CSV, true},
         RUA_BY_MONTH, NULL, 0
    };
    struct rua_entry_maker *maker;
    struct sample sample;

    sample_fill(&sample);
    sample.report.field[RUA_REPORT_ID] = rua_span_text(id);
    assert_int_equal(RUA_OK,
                     rua_entry_maker_new(&style, &scratch, &maker, &err));
    made_fill(m, maker, &sample, "example.com");
    rua_entry_maker_free(maker);
}

static enum rua_verdict
commit(struct made *m)
{
    struct rua_entry *entries[] = {&m->entry};

    rua_err_clear(&err);
    return rua_store_commit(store, entries, 1, &err);
}

static void
last_folder_is_made(void **state)
{
    (void)state;
    assert_opens("new");
    assert_true(folder_has("new/.spool/lock"));
    rua_store_close(store);
    assert_opens("new"); /* and again */
    rua_store_close(store);
    assert_does_not_open("a/b");
    assert_false(folder_has("a"));
}

static void
what_is_no_folder_is_no_store(void **state)
{
    (void)state;
    folder_put("file", "");
    assert_does_not_open("file");
    assert_int_equal(0, mkdirat(folder, "s", 0750));
    folder_put("s/.spool", "in the way");
    assert_does_not_open("s");
    assert_file("s/.spool", "in the way");
    assert_int_equal(0, mkdirat(folder, "t", 0750));
    assert_int_equal(0, mkdirat(folder, "t/.spool", 0750));
    assert_int_equal(0, mkdirat(folder, "t/.spool/lock", 0750));
    assert_does_not_open("t");
}

static void
store_of_another_user_is_not_ours(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("NOT TESTED: only root can give a file away\n");
        skip();
    }
    assert_opens("s");
    rua_store_close(store);
    assert_int_equal(0, fchownat(folder, "s/.spool/lock", 12345, 12345, 0));
    assert_does_not_open("s");
}

/* Root may write everywhere: a child without privileges tries it. */
static void
store_that_is_not_writable_is_later(void **state)
{
    pid_t child;
    int status;

    (void)state;
    assert_int_equal(0, fchmod(folder, 0755));
    assert_int_equal(0, mkdirat(folder, "s", 0555));
    if (geteuid() != 0) {
        assert_does_not_open("s");
        return;
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        enum rua_verdict v = RUA_OK;
        if (setresgid(12345, 12345, 12345) == 0 &&
            setresuid(12345, 12345, 12345) == 0)
            v = rua_store_open(below("s"), &look, &store, &err);
        _exit(v == RUA_LATER && err.sentence[0] ? 77 : 1);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    assert_int_equal(77, WEXITSTATUS(status));
    assert_int_equal(0, folder_count("s"));
}

static void
reading_makes_nothing(void **state)
{
    struct made m;
    bool has = true;

    (void)state;
    assert_int_equal(0, mkdirat(folder, "s", 0750));
    assert_int_equal(RUA_OK, rua_store_open_to_read(below("s"), &store, &err));
    make(&m, "a");
    assert_int_equal(RUA_OK, rua_store_has(store, &m.entry, &has, &err));
    assert_false(has);
    assert_int_equal(RUA_LATER, commit(&m));
    assert_int_equal(RUA_LATER, m.entry.verdict);
    rua_store_close(store);
    assert_int_equal(0, folder_count("s"));
    made_done(&m);
}

static void
reader_sees_what_is_stored(void **state)
{
    struct made a, b;
    bool has;

    (void)state;
    make(&a, "a");
    make(&b, "b");
    assert_opens("s");
    assert_int_equal(RUA_OK, commit(&a));
    rua_store_close(store);
    assert_int_equal(RUA_OK, rua_store_open_to_read(below("s"), &store, &err));
    assert_int_equal(RUA_OK, rua_store_has(store, &a.entry, &has, &err));
    assert_true(has);
    assert_int_equal(RUA_OK, rua_store_has(store, &b.entry, &has, &err));
    assert_false(has);
    rua_store_close(store);
    made_done(&a);
    made_done(&b);
}

static void
no_store_to_read_is_no_fault(void **state)
{
    (void)state;
    store = NULL;
    assert_int_equal(RUA_NOT_REPORT,
                     rua_store_open_to_read(below("none"), &store, &err));
    assert_string_equal("", err.sentence);
    assert_int_equal(RUA_NOT_REPORT,
                     rua_store_open_to_read(below("a/b/c"), &store, &err));
    assert_null(store);
    assert_int_equal(0, folder_count("."));
    folder_put("file", "");
    assert_int_equal(RUA_LATER,
                     rua_store_open_to_read(below("file"), &store, &err));
    assert_true(err.sentence[0]);
    rua_store_close(NULL);
}

static void
what_is_in_the_way_is_later_for_all(void **state)
{
    struct made m[2];
    struct rua_entry *entries[] = {&m[0].entry, &m[1].entry};

    (void)state;
    assert_opens("s");
    make(&m[0], "a");
    make(&m[1], "b");
    assert_int_equal(RUA_OK, commit(&m[0]));
    assert_int_equal(
        0, renameat(folder, "s/example.com/archive", folder, "archive"));
    folder_put("s/example.com/archive", "a file");
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_store_commit(store, entries, 2, &err));
    assert_int_equal(RUA_LATER, m[0].entry.verdict);
    assert_int_equal(RUA_LATER, m[1].entry.verdict);
    assert_true(err.sentence[0]);
    assert_non_null(strstr(err.sentence, folder_path));
    assert_int_equal(2, folder_lines("s/example.com/reports-2023-11.csv"));
    assert_int_equal(0, unlinkat(folder, "s/example.com/archive", 0));
    assert_int_equal(
        0, renameat(folder, "archive", folder, "s/example.com/archive"));
    rua_err_clear(&err);
    assert_int_equal(RUA_DUPLICATE, rua_store_commit(store, entries, 2, &err));
    assert_int_equal(RUA_DUPLICATE, m[0].entry.verdict);
    assert_int_equal(RUA_OK, m[1].entry.verdict);
    assert_int_equal(3, folder_lines("s/example.com/reports-2023-11.csv"));
    rua_store_close(store);
    made_done(&m[0]);
    made_done(&m[1]);
}

/* What a process left in the spool that died before its rows were written, or
 * between link(2) and unlink(2). */
static void
what_is_left_of_a_new_file_is_taken_away(void **state)
{
    struct made m;
    char name[400];

    (void)state;
    assert_opens("s");
    make(&m, "a");
    snprintf(name, sizeof(name), "s/.spool/file.new");
    folder_put(name, "something much longer than the part of the sample");
    assert_int_equal(0, linkat(folder, name, folder, "link", 0));
    assert_int_equal(RUA_OK, commit(&m));
    assert_file("link", "something much longer than the part of the sample");
    assert_false(folder_has(name));
    snprintf(name, sizeof(name), "s/example.com/%s.xml.gz", m.entry.archive);
    assert_file(name, SAMPLE_PART);
    rua_store_close(store);
    made_done(&m);
}

static void
commit_waits_for_the_lock(void **state)
{
    struct made m;
    int lock, ready[2];
    pid_t child;

    (void)state;
    assert_opens("s");
    make(&m, "a");
    assert_int_equal(0, pipe(ready));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lock = openat(folder, "s/.spool/lock", O_RDWR);
        if (lock < 0 || flock(lock, LOCK_EX) || write(ready[1], "x", 1) != 1)
            _exit(1);
        usleep(200000);
        _exit(folder_has("s/example.com") ? 1 : 0);
    }
    assert_int_equal(1, read(ready[0], path, 1));
    assert_int_equal(RUA_OK, commit(&m));
    assert_int_equal(child, waitpid(child, &lock, 0));
    assert_int_equal(0, lock); /* nothing was there while it had the lock */
    lock = openat(folder, "s/.spool/lock", O_RDWR);
    assert_int_equal(0, flock(lock, LOCK_EX | LOCK_NB)); /* it is free */
    close(lock);
    close(ready[0]);
    close(ready[1]);
    rua_store_close(store);
    made_done(&m);
}

/* As two processes would. */
static void
two_stores_write_in_turn(void **state)
{
    struct rua_store *stores[2];
    struct made m[4];
    char id[20];

    (void)state;
    assert_opens("s");
    stores[0] = store;
    assert_opens("s");
    stores[1] = store;
    for (unsigned i = 0; i < 4; i++) {
        int fd = folder_next_fd();
        snprintf(id, sizeof(id), "%u", i);
        make(&m[i], id);
        store = stores[i % 2];
        assert_int_equal(RUA_OK, commit(&m[i]));
        assert_int_equal(2 + i,
                         folder_lines("s/example.com/reports-2023-11.csv"));
        assert_int_equal(3 + 2 * i,
                         folder_lines("s/example.com/records-2023-11.csv"));
        assert_int_equal(fd, folder_next_fd());
    }
    for (unsigned i = 0; i < 4; i++) {
        store = stores[i / 2];
        assert_int_equal(RUA_DUPLICATE, commit(&m[i]));
        made_done(&m[i]);
    }
    rua_store_close(stores[0]);
    rua_store_close(stores[1]);
}

static void
scratch_file_has_no_name(void **state)
{
    int fd = -1;

    (void)state;
    assert_opens("s");
    assert_int_equal(RUA_OK, rua_store_scratch(store, &fd, &err));
    assert_int_equal(3, write(fd, "abc", 3));
    assert_int_equal(3, folder_count("s/.spool")); /* lock, journal, stage */
    close(fd);
    rua_store_close(store);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, folder_begin, folder_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(last_folder_is_made),
        TEST(what_is_no_folder_is_no_store),
        TEST(store_of_another_user_is_not_ours),
        TEST(store_that_is_not_writable_is_later),
        TEST(reading_makes_nothing),
        TEST(reader_sees_what_is_stored),
        TEST(no_store_to_read_is_no_fault),
        TEST(what_is_in_the_way_is_later_for_all),
        TEST(what_is_left_of_a_new_file_is_taken_away),
        TEST(commit_waits_for_the_lock),
        TEST(two_stores_write_in_turn),
        TEST(scratch_file_has_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
