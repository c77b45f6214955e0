/* Workers that die, stall, flood or lie. */
#include "live_fixture.h"
#include "prison.h"

static const struct live_message plain = {0};

static void
message_that_kills_its_worker_is_later_and_then_bad(void **state)
{
    (void)state;
    open_live(2, crash);
    becomes("a", plain, RUA_LATER,
            "the worker died of it (Segmentation fault)");
    becomes("b", plain, RUA_LATER,
            "the worker died of it (Segmentation fault)");
    assert_int_equal(aside(), 0);
    becomes("a", plain, RUA_BAD,
            "the worker died of it, twice (Segmentation fault)");
    assert_int_equal(aside(), 1);
    live_close(live);
    /* another process knows it too */
    open_live(2, crash);
    becomes("b", plain, RUA_BAD,
            "the worker died of it, twice (Segmentation fault)");
    assert_int_equal(aside(), 2);
    live_close(live);
}

/* As without memory, or with a limit that is too low for any. */
static void
message_is_not_to_blame_when_workers_die_of_any(void **state)
{
    (void)state;
    misbehave_always = true;
    open_live(1, crash);
    becomes("a", plain, RUA_LATER,
            "the worker died of it (Segmentation fault)");
    for (unsigned i = 0; i < 3; i++)
        becomes("a", plain, RUA_LATER,
                "workers die of any message (Segmentation fault)");
    assert_int_equal(aside(), 0);
    live_close(live);
    misbehave_always = false;
    open_live(1, crash);
    becomes("a", plain, RUA_BAD,
            "the worker died of it, twice (Segmentation fault)");
    live_close(live);
}

static void
worker_that_somebody_kills_is_not_the_fault_of_the_message(void **state)
{
    (void)state;
    open_live(1, be_killed);
    for (unsigned i = 0; i < 3; i++)
        becomes("a", plain, RUA_LATER, "the worker was ended (Killed)");
    live_close(live);
    open_live(1, leave);
    for (unsigned i = 0; i < 3; i++)
        becomes("a", plain, RUA_LATER, "the worker was ended (exit status 75)");
    live_close(live);
    assert_int_equal(aside(), 0);
}

/* One that says nothing and ends: reading ended it, nobody else did. */
static void
worker_that_ends_without_a_result_died_of_the_message(void **state)
{
    (void)state;
    open_live(1, give_up);
    becomes("a", plain, RUA_LATER, "the worker died of it (exit status 1)");
    becomes("a", plain, RUA_BAD,
            "the worker died of it, twice (exit status 1)");
    assert_int_equal(aside(), 1);
    live_close(live);
}

static void
patience_has_an_end(void **state)
{
    const struct live_message hurried = {.patience = 1};
    struct timespec began, ended;

    (void)state;
    open_live(1, stall);
    clock_gettime(CLOCK_MONOTONIC, &began);
    becomes("a", hurried, RUA_LATER, "it could not be read in time");
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_in_range(ended.tv_sec - began.tv_sec, 0, 10);
    becomes("a", hurried, RUA_LATER, "it could not be read in time");
    assert_int_equal(aside(), 0);
    live_close(live);
}

static void
message_that_takes_too_long_is_later_and_then_bad(void **state)
{
    (void)state;
    values[N_SETTINGS - 1] = "max_wall=1";
    open_live(1, stall);
    becomes("a", plain, RUA_LATER,
            "the worker died of it (it took more than max_wall (1) seconds)");
    becomes("a", plain, RUA_BAD,
            "the worker died of it, twice (it took more than max_wall (1) "
            "seconds)");
    assert_int_equal(aside(), 1);
    live_close(live);
}

static void
message_that_takes_too_much_cpu_is_later_and_then_bad(void **state)
{
    (void)state;
    if (!prison_layers()) /* with a sanitizer */
        return;
    values[N_SETTINGS - 1] = "max_cpu=1";
    open_live(1, spin);
    becomes("a", plain, RUA_LATER,
            "the worker died of it (it took more than max_cpu (1) seconds of "
            "CPU time)");
    becomes("a", plain, RUA_BAD,
            "the worker died of it, twice (it took more than max_cpu (1) "
            "seconds of CPU time)");
    assert_int_equal(aside(), 1);
    live_close(live);
}

/* What was taken of it is our own copy, and nothing behind the end is read. */
static void
worker_that_goes_on_behind_its_result_is_not_heard(void **state)
{
    (void)state;
    open_live(1, change_its_mind);
    for (unsigned i = 0; i < 3; i++)
        becomes("a", plain, i == 0 ? RUA_OK : RUA_DUPLICATE,
                i == 0 ? "stored 1 record of example.com from example.net"
                       : "already stored");
    live_close(live);
    assert_int_equal(folder_lines("store/example.com/reports-2026-01.csv"),
                     1 + 1);
}

static void *
wait_long(void *ctx)
{
    const struct live_message patient = {.patience = 4};

    (void)ctx;
    becomes("a", patient, RUA_LATER, "it could not be read in time");
    return NULL;
}

static void
message_waits_for_a_seat_within_its_patience(void **state)
{
    const struct live_message hurried = {.patience = 1};
    pthread_t thread;

    (void)state;
    open_live(1, stall);
    assert_int_equal(0, pthread_create(&thread, NULL, wait_long, NULL));
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    becomes("b", hurried, RUA_LATER, "too many messages at the same time");
    pthread_join(thread, NULL);
    becomes("b", hurried, RUA_LATER, "it could not be read in time");
    live_close(live);
}

static void
result_without_end_is_cut_off(void **state)
{
    (void)state;
    open_live(1, flood);
    becomes("a", plain, RUA_BAD,
            "more than max_unpacked lets a result have (19922944) bytes");
    live_close(live);
}

static void
result_that_is_none_is_bad(void **state)
{
    char sentence[RUA_SENTENCE_MAX];
    struct rua_spool spool;

    (void)state;
    open_live(1, lie);
    message_of(&spool, "a");
    assert_int_equal(
        take_as((struct live_message){.message = &spool}, sentence), RUA_BAD);
    assert_memory_equal(sentence, "the reader's result", 19);
    assert_int_equal(aside(), 1);
    rua_spool_done(&spool);
    live_close(live);
}

static void
failure_leaves_no_descriptor_behind(void **state)
{
    int fd;

    (void)state;
    open_live(1, crash);
    becomes("a", plain, RUA_LATER,
            "the worker died of it (Segmentation fault)");
    fd = folder_next_fd();
    for (unsigned i = 0; i < 50; i++)
        becomes("a", plain, RUA_BAD,
                "the worker died of it, twice (Segmentation fault)");
    assert_int_equal(folder_next_fd(), fd);
    live_close(live);
}

static void
kill_children(void)
{
    char path[64];
    FILE *file;
    pid_t pid;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    file = fopen(path, "r");
    assert_non_null(file);
    while (fscanf(file, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    fclose(file);
}

static void
without_its_zygote_everything_is_later(void **state)
{
    (void)state;
    open_live(1, NULL);
    assert_true(live_is_well(live));
    kill_children();
    becomes("a", plain, RUA_LATER,
            "the process that starts workers has died; ruamill must be started "
            "anew");
    assert_false(live_is_well(live));
    live_close(live);
}

static void
configuration_that_is_no_good_is_said(void **state)
{
    const struct live_plan plan = {.settings = &settings};

    (void)state;
    values[4] = "jobs=many";
    assert_int_equal(live_open(&plan, &live, &err), RUA_LATER);
    assert_memory_equal(err.sentence, "-o: jobs is \"many\"", 18);
    rua_err_clear(&err);
    values[4] = "store=/proc/none";
    assert_int_equal(live_open(&plan, &live, &err), RUA_LATER);
    assert_non_null(strstr(err.sentence, "/proc/none: "));
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, live_begin, folder_end)
    const struct CMUnitTest tests[] = {
        test(message_that_kills_its_worker_is_later_and_then_bad),
        test(message_is_not_to_blame_when_workers_die_of_any),
        test(worker_that_somebody_kills_is_not_the_fault_of_the_message),
        test(worker_that_ends_without_a_result_died_of_the_message),
        test(patience_has_an_end),
        test(message_that_takes_too_long_is_later_and_then_bad),
        test(message_that_takes_too_much_cpu_is_later_and_then_bad),
        test(worker_that_goes_on_behind_its_result_is_not_heard),
        test(message_waits_for_a_seat_within_its_patience),
        test(result_without_end_is_cut_off),
        test(result_that_is_none_is_bad),
        test(failure_leaves_no_descriptor_behind),
        test(without_its_zygote_everything_is_later),
        test(configuration_that_is_no_good_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
