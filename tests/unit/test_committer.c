/* The thread that commits, with somebody else at the store meanwhile. */
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>

#include "committer.h"
#include "reports_fixture.h"

enum {
    SOME = 3
};

static bool
can_be_read(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, 0) == 1;
}

/* Another process has the lock: the caller is free all the same. */
static void
caller_goes_on_while_the_store_waits(void **state)
{
    struct made made[SOME];
    struct rua_entry *entries[SOME];
    struct committer *committer;
    struct rua_err why = {.sentence = "before"};
    struct pollfd done = {.events = POLLIN};
    int lock = openat(folder, ".spool/lock", O_RDONLY);

    (void)state;
    make_reports(made, 0, SOME);
    for (size_t i = 0; i < SOME; i++) {
        entries[i] = &made[i].entry;
        entries[i]->verdict = RUA_LATER;
    }
    assert_int_equal(RUA_OK, committer_start(store, &committer, &err));
    assert_int_equal(0, flock(lock, LOCK_EX));
    committer_begin(committer, entries, SOME);
    usleep(50000);
    assert_false(committer_is_done(committer));
    assert_false(can_be_read(committer_fd(committer)));
    assert_int_equal(0, flock(lock, LOCK_UN));
    done.fd = committer_fd(committer);
    assert_int_equal(1, poll(&done, 1, 60000));
    assert_true(committer_is_done(committer));
    committer_end(committer, &why);
    assert_string_equal("", why.sentence);
    assert_false(can_be_read(committer_fd(committer)));
    for (size_t i = 0; i < SOME; i++)
        assert_int_equal(RUA_OK, entries[i]->verdict);
    assert_reports(SOME);
    committer_stop(committer);
    done_reports(made, SOME);
    close(lock);
}

static void
what_the_store_says_is_said(void **state)
{
    struct made made;
    struct rua_entry *entries[] = {&made.entry};
    struct committer *committer;
    struct rua_err why;

    (void)state;
    make_reports(&made, 0, 1);
    assert_int_equal(RUA_OK, committer_start(store, &committer, &err));
    folder_put("example.com", "in the way of a folder");
    for (int round = 0; round < 2; round++) {
        committer_begin(committer, entries, 1);
        committer_end(committer, &why);
        assert_int_equal(round ? RUA_OK : RUA_LATER, made.entry.verdict);
        assert_int_equal(round, !why.sentence[0]);
        unlinkat(folder, "example.com", 0);
    }
    assert_reports(1);
    committer_stop(committer);
    committer_stop(NULL);
    done_reports(&made, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(caller_goes_on_while_the_store_waits,
                                        reports_begin, reports_end),
        cmocka_unit_test_setup_teardown(what_the_store_says_is_said,
                                        reports_begin, reports_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
