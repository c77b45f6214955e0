/* Rows on their way into a table: whole lines, under a lease. */
#include "redo_fixture.h"

#include <sys/wait.h>
#include <time.h>

/* Bytes that come in several pieces are written in whole lines. */
static void
process_that_dies_between_two_writes_leaves_whole_lines(void **state)
{
    enum {
        LINES = 3000,
        LEN = 100
    };
    struct rua_spool spool;
    struct rua_op op;
    char line[LEN + 1], *text;
    int fd = openat(folder, "rows", O_RDWR | O_CREAT, 0640), status = 1;
    size_t n = 0;

    (void)state;
    memset(line, 'x', LEN);
    memcpy(line + LEN - 1, "\n", 2);
    for (int i = 0; i < LINES; i++)
        assert_int_equal(LEN, write(fd, line, LEN));
    rua_spool_open(&spool, fd, 0, LINES * LEN);
    folder_put(TABLE, "");
    op = rows(inode_of(TABLE), 0, "");
    op.spool = &spool;
    op.len = LINES * LEN;
    for (unsigned at = 1; status; at++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            crash.how = CRASH_KILL;
            crash.at = at;
            _exit(rua_redo_entry(&redo, &op, 1, true, &err) != RUA_OK);
        }
        assert_int_equal(child, waitpid(child, &status, 0));
        text = folder_slurp(TABLE, &n);
        assert_true(n == 0 || text[n - 1] == '\n');
        free(text);
    }
    assert_int_equal(sizeof(HEADER) - 1 + LINES * LEN, n);
    close(fd);
}

/* One that is longer than what is held back. */
static void
line_of_any_length_is_written(void **state)
{
    size_t len = 9 << 20, n = 0;
    char *text = rua_alloc(len + 1), *there;
    struct rua_spool spool;
    struct rua_op op;
    int fd = openat(folder, "rows", O_RDWR | O_CREAT, 0640);

    (void)state;
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i % 23);
    memcpy(text + 5, "\n", 1);
    memcpy(text + len - 1, "\n", 2);
    assert_int_equal(len, write(fd, text, len));
    rua_spool_open(&spool, fd, 0, len);
    folder_put(TABLE, "");
    op = rows(inode_of(TABLE), 0, "");
    op.spool = &spool;
    op.len = len;
    put(op);
    rua_redo_end(&redo);
    there = folder_slurp(TABLE, &n);
    assert_int_equal(sizeof(HEADER) - 1 + len, n);
    assert_memory_equal(text, there + sizeof(HEADER) - 1, len);
    free(there);
    free(text);
    close(fd);
}

/* ---- leases ---- */

static void
table_that_is_open_elsewhere_is_counted_once_a_batch(void **state)
{
    uint64_t inode;
    int fd;

    (void)state;
    folder_put(TABLE, "");
    inode = inode_of(TABLE);
    put(rows(inode, 0, "1,2\n"));
    if (redo.without_lease)
        skip(); /* a file system without leases */
    rua_redo_end(&redo);
    fd = openat(folder, TABLE, O_RDONLY);
    put(rows(inode, 8, "3,4\n"));
    put(rows(inode, 12, "5,6\n"));
    assert_int_equal(1, redo.without_lease);
    rua_redo_end(&redo);
    close(fd);
    put(rows(inode, 16, "7,8\n"));
    assert_int_equal(1, redo.without_lease);
}

static unsigned
put_takes(struct rua_op op)
{
    struct timespec began, ended;

    clock_gettime(CLOCK_MONOTONIC, &began);
    put(op);
    rua_redo_end(&redo);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    return (unsigned)((ended.tv_sec - began.tv_sec) * 1000 +
                      (ended.tv_nsec - began.tv_nsec) / 1000000);
}

/* By whatever process; once its lease was had, it is waited for again. */
static void
table_that_stays_open_is_waited_for_once(void **state)
{
    const struct rua_notice nobody = {NULL, NULL};
    uint64_t inode;
    int fd;

    (void)state;
    folder_put(TABLE, "");
    inode = inode_of(TABLE);
    redo.leases.wait = 400;
    put(rows(inode, 0, "1,2\n"));
    if (redo.without_lease)
        skip(); /* a file system without leases */
    rua_redo_end(&redo);
    fd = openat(folder, TABLE, O_RDONLY);
    assert_true(put_takes(rows(inode, 8, "3,4\n")) >= 400);
    assert_true(put_takes(rows(inode, 12, "5,6\n")) < 300);
    rua_redo_init(&redo, folder, lock, 400, &nobody);
    assert_true(put_takes(rows(inode, 16, "7,8\n")) < 300);
    assert_int_equal(1, redo.without_lease);
    close(fd);
    put(rows(inode, 20, "9,9\n"));
    rua_redo_end(&redo);
    assert_int_equal(1, redo.without_lease);
    fd = openat(folder, TABLE, O_RDONLY);
    assert_true(put_takes(rows(inode, 24, "3,4\n")) >= 400);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(process_that_dies_between_two_writes_leaves_whole_lines),
        TEST(line_of_any_length_is_written),
        TEST(table_that_is_open_elsewhere_is_counted_once_a_batch),
        TEST(table_that_stays_open_is_waited_for_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
