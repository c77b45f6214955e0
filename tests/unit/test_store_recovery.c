/* Recoveries that are cut off, or cannot finish. */
#include "crash_fixture.h"

#include "reports_fixture.h"

#include <sys/wait.h>

enum {
    STEPS = 2000, /* more than there are */
};

static int
begin(void **state)
{
    crash_reset();
    return reports_begin(state);
}

/* Its tables were lost, so that they are other files from now on; who comes
 * after a recovery that was cut off finds them all the same. */
static bool
recovery_at(unsigned at)
{
    void *none = NULL;
    pid_t child;
    int status;

    crash_reset();
    assert_int_equal(0, reports_begin(&none));
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    assert_int_equal(RUA_OK, commit_reports(1, 3));
    assert_int_equal(RUA_OK, commit_reports(4, 1));
    rua_store_close(store);
    store = NULL;
    assert_int_equal(0, unlinkat(folder, RECORDS, 0));
    assert_int_equal(0, unlinkat(folder, REPORTS, 0));
    crash.boot = 'x';
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        crash.how = CRASH_KILL;
        crash.at = at;
        crash.steps = 0;
        open_store();
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    assert_int_equal(RUA_OK, open_store());
    assert_reports(5);
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 5));
    assert_int_equal(0, notices);
    assert_int_equal(0, reports_end(&none));
    return WEXITSTATUS(status) == CRASH_KILLED;
}

static void
recovery_of_a_recovery_finds_what_was_made_again(void **state)
{
    unsigned at = 1;

    (void)state;
    while (at < STEPS && recovery_at(at))
        at++;
    assert_in_range(at, 30, STEPS - 1);
    print_message("%u steps\n", at - 1);
}

/* Rows whose table is gone go elsewhere once, however often recovery has to
 * begin again because of something else. */
static void
recovery_that_fails_again_and_again_doubles_nothing(void **state)
{
    char *records;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    assert_int_equal(RUA_OK, rua_store_checkpoint(store, &err));
    assert_int_equal(RUA_OK, commit_reports(1, 1));
    assert_int_equal(RUA_OK, keep_aside());
    rua_store_close(store);
    store = NULL;
    assert_int_equal(0, unlinkat(folder, RECORDS, 0));
    assert_int_equal(
        0, linkat(folder, "quarantine/quarantine.csv", folder, "copy", 0));
    crash.boot = 'x';
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(RUA_OK, open_store());
        assert_int_equal(RUA_LATER, commit_reports(2, 1));
        rua_store_close(store);
        store = NULL;
    }
    assert_int_equal(0, unlinkat(folder, "copy", 0));
    assert_int_equal(RUA_OK, open_store());
    assert_int_equal(RUA_OK, commit_reports(2, 1));
    records = folder_slurp(RECORDS, NULL);
    assert_int_equal(1, occurrences(records, "\n\"r1\",2,1\n"));
    free(records);
    assert_false(folder_has("example.com/records-2023-11.2.csv"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovery_of_a_recovery_finds_what_was_made_again),
        cmocka_unit_test_setup_teardown(
            recovery_that_fails_again_and_again_doubles_nothing, begin,
            reports_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
