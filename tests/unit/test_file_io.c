#include "file_fixture.h"

static void
short_and_interrupted_writes_go_on(void **state)
{
    static const int script[] = {3, -EINTR, 1, -EINTR, -EINTR, 100};
    int fd = open_file("x");

    (void)state;
    fake.script = script;
    assert_int_equal(RUA_OK,
                     rua_file_write(fd, "x", 0, RUA_SPAN("abcdefg"), &err));
    assert_int_equal(6, fake.calls);
    assert_holds("x", "abcdefg");
    close(fd);
}

static void
bytes_go_where_they_are_told(void **state)
{
    int fd = open_file("x");

    (void)state;
    rua_file_write(fd, "x", 0, RUA_SPAN("abcdefg"), &err);
    rua_file_write(fd, "x", 2, RUA_SPAN("XY"), &err);
    rua_file_write(fd, "x", 7, RUA_SPAN(""), &err);
    assert_holds("x", "abXYefg");
    close(fd);
}

static void
write_that_fails_names_the_file_and_the_cause(void **state)
{
    static const int script[] = {3, -ENOSPC};
    int fd = open_file("x");

    (void)state;
    fake.script = script;
    assert_int_equal(RUA_LATER, rua_file_write(fd, "example.com/records.csv", 0,
                                               RUA_SPAN("abcdefg"), &err));
    assert_string_equal(
        "write example.com/records.csv: No space left on device", err.sentence);
    close(fd);
}

static void
write_of_nothing_is_no_endless_loop(void **state)
{
    static const int script[] = {3, 0};
    int fd = open_file("x");

    (void)state;
    fake.script = script;
    assert_int_equal(RUA_LATER,
                     rua_file_write(fd, "x", 0, RUA_SPAN("abcdefg"), &err));
    assert_string_equal("write x: the file takes no bytes", err.sentence);
    close(fd);
}

static void
short_and_interrupted_reads_go_on(void **state)
{
    static const int script[] = {2, -EINTR, 1, 100, 100};
    char got[10] = "";
    int fd = open_file("x");
    size_t n = 0;

    (void)state;
    put("x", "abcdefg");
    fake.script = script;
    assert_int_equal(RUA_OK, rua_file_read(fd, "x", 1, got, 9, &n, &err));
    assert_int_equal(6, n);
    assert_string_equal("bcdefg", got);
    fake.script = NULL;
    assert_int_equal(RUA_OK, rua_file_read(fd, "x", 99, got, 9, &n, &err));
    assert_int_equal(0, n);
    close(fd);
}

static void
read_that_fails_is_later(void **state)
{
    static const int script[] = {-EIO};
    char got[1];
    int fd = open_file("x");
    size_t n = 7;

    (void)state;
    fake.script = script;
    assert_int_equal(RUA_LATER, rua_file_read(fd, "x", 0, got, 1, &n, &err));
    assert_string_equal("read x: Input/output error", err.sentence);
    assert_int_equal(7, n);
    close(fd);
}

static void
failed_sync_is_not_tried_again(void **state)
{
    static const int errors[] = {EIO, EINTR};
    int fd = open_file("x");

    (void)state;
    assert_int_equal(RUA_OK, rua_file_sync(fd, "x", &err));
    for (size_t i = 0; i < 2; i++) {
        fake.calls = 0;
        fake.sync_error = errors[i];
        assert_int_equal(RUA_LATER, rua_file_sync(fd, "x", &err));
        assert_int_equal(1, fake.calls);
    }
    assert_string_equal("sync x: Input/output error", err.sentence);
    close(fd);
}

static void
lock_is_taken_by_one_at_a_time(void **state)
{
    int one = open_file("lock"), two = open_file("lock");

    (void)state;
    assert_int_equal(RUA_OK, rua_file_lock(one, "lock", 0, &err));
    assert_int_equal(RUA_LATER, rua_file_lock(two, "lock", 5, &err));
    assert_string_equal("lock lock: taken by another process; try again "
                        "when that is done",
                        err.sentence);
    rua_file_unlock(one);
    assert_int_equal(RUA_OK, rua_file_lock(two, "lock", 0, &err));
    close(one);
    close(two);
}

static void
lease_is_had_only_while_nobody_else_has_the_file_open(void **state)
{
    int fd = open_file("x"), other = openat(folder, "x", O_RDONLY);
    bool busy = rua_file_lease(fd, 3);

    (void)state;
    assert_false(busy);
    close(other);
    if (!rua_file_lease(fd, 0)) {
        close(fd);
        skip(); /* a file system without leases */
    }
    assert_int_equal(F_WRLCK, fcntl(fd, F_GETLEASE));
    rua_file_unlease(fd);
    assert_int_equal(F_UNLCK, fcntl(fd, F_GETLEASE));
    close(fd);
}

static void
size_is_the_length_of_the_file(void **state)
{
    int fd = open_file("x");
    uint64_t size = 7;

    (void)state;
    assert_int_equal(RUA_OK, rua_file_size(fd, "x", &size, &err));
    assert_int_equal(0, size);
    rua_file_write(fd, "x", 1000, RUA_SPAN("text"), &err);
    assert_int_equal(RUA_OK, rua_file_size(fd, "x", &size, &err));
    assert_int_equal(1004, size);
    close(fd);
    assert_int_equal(RUA_LATER, rua_file_size(-1, "x", &size, &err));
    assert_string_equal("stat x: Bad file descriptor", err.sentence);
    assert_int_equal(1004, size);
}

static void
file_system_that_fails_to_sync_is_later(void **state)
{
    (void)state;
    fake.sync_error = EIO;
    assert_int_equal(RUA_LATER, rua_file_sync_all(folder, &err));
    assert_string_equal("sync the file system: Input/output error",
                        err.sentence);
    fake.sync_error = 0;
    assert_int_equal(RUA_OK, rua_file_sync_all(folder, &err));
    assert_int_equal(2, fake.calls);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(short_and_interrupted_writes_go_on),
        ONE(bytes_go_where_they_are_told),
        ONE(write_that_fails_names_the_file_and_the_cause),
        ONE(write_of_nothing_is_no_endless_loop),
        ONE(short_and_interrupted_reads_go_on),
        ONE(read_that_fails_is_later),
        ONE(failed_sync_is_not_tried_again),
        ONE(lock_is_taken_by_one_at_a_time),
        ONE(lease_is_had_only_while_nobody_else_has_the_file_open),
        ONE(size_is_the_length_of_the_file),
        ONE(file_system_that_fails_to_sync_is_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
