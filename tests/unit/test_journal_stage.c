/* What is too long for an entry of the journal. */
#include "journal_fixture.h"

enum {
    LONG = RUA_OP_INLINE + 1
};

static unsigned char bytes[LONG];

static void
add_long(size_t n)
{
    const struct rua_op ops[] = {
        {.kind = RUA_OP_FILE, .path = "a", .bytes = RUA_SPAN("short")},
        {.kind = RUA_OP_FILE, .path = "b", .bytes = {bytes, n}       },
    };

    assert_int_equal(RUA_OK, rua_journal_write(&journal, ops, 2, &err));
}

/* The path of the staged file; there is one. */
static const char *
staged(void)
{
    static char path[300];
    int fd = openat(folder, ".spool/stage", O_RDONLY | O_DIRECTORY);
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;

    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), ".spool/stage/%s", entry->d_name);
    closedir(dir);
    return path;
}

static void
long_bytes_are_in_a_file_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (unsigned char)(i * 2654435761U >> 24);
    recovered();
    add_long(LONG - 1);
    assert_int_equal(0, folder_count(".spool/stage"));
    crash.syncs = crash.datasyncs = 0;
    add_long(LONG);
    assert_int_equal(1, folder_count(".spool/stage"));
    assert_int_equal(1, crash.datasyncs);
    assert_true(crash.syncs >= 2); /* and the folder */
    commit();
    recovered();
    assert_int_equal(2, seen_entries);
    assert_int_equal(2 * LONG - 1 + 2 * 5, seen_bytes);
    assert_string_equal("b", seen_path);
    assert_int_equal(1, folder_count(".spool/stage"));
    recovered();
    assert_int_equal(0, seen_entries);
}

static void
checkpoint_removes_them(void **state)
{
    (void)state;
    recovered();
    add_long(LONG);
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    assert_int_equal(1, folder_count(".spool/stage"));
    folder_put(".spool/stage/of-a-process-that-died", "x");
    assert_int_equal(RUA_OK, rua_journal_checkpoint(&journal, &err));
    assert_int_equal(0, folder_count(".spool/stage"));
}

static void
undo_removes_them(void **state)
{
    (void)state;
    recovered();
    add_long(LONG);
    commit();
    add("x");
    add_long(LONG);
    assert_int_equal(2, folder_count(".spool/stage"));
    rua_journal_undo(&journal);
    assert_int_equal(1, folder_count(".spool/stage"));
    recovered();
    assert_int_equal(1, seen_entries);
}

/* The file of an entry that was never committed, with another link; that of one
 * that waits to be applied stays. */
static void
what_is_left_of_one_is_taken_away(void **state)
{
    char name[RUA_STAGE_NAME];

    (void)state;
    recovered();
    add_long(LONG);
    commit();
    rua_journal_stage_name(&journal, journal.written.number, 1, name);
    folder_put(name, "left");
    assert_int_equal(0, linkat(folder, name, folder, "link", 0));
    add_long(LONG);
    commit();
    assert_file("link", "left");
    recovered();
    assert_int_equal(2, seen_entries);
}

static void
new_journal_that_is_left_is_taken_away(void **state)
{
    (void)state;
    recovered();
    add("x");
    commit();
    folder_put(".spool/journal.new", "left");
    assert_int_equal(0,
                     linkat(folder, ".spool/journal.new", folder, "link", 0));
    reopen();
    recovered();
    assert_int_equal(1, seen_entries);
    assert_file("link", "left");
    assert_false(folder_has(".spool/journal.new"));
}

static void
damaged_or_missing_ones_are_not_applied(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        const char *path;
        int fd;
        recovered();
        add_long(LONG);
        commit();
        path = staged();
        fd = openat(folder, path, O_RDWR);
        if (how == 0)
            assert_int_equal(0, unlinkat(folder, path, 0));
        else if (how == 1)
            assert_int_equal(0, ftruncate(fd, LONG - 1));
        else if (how == 2)
            assert_int_equal(1, pwrite(fd, "x", 1, LONG));
        else
            assert_int_equal(1, pwrite(fd, "\1", 1, LONG / 2));
        close(fd);
        reopen();
        load();
        seen_begin();
        assert_int_equal(RUA_LATER,
                         rua_journal_recover(&journal, see, NULL, &err));
        assert_int_equal(0, seen_entries);
        assert_memory_equal(".spool/stage/", err.sentence, 13);
        unlinkat(folder, ".spool/journal", 0);
        unlinkat(folder, path, 0);
        assert_int_equal(0, ftruncate(lock, 0));
    }
}

static void
failed_sync_of_one_is_final(void **state)
{
    const struct rua_op op = {
        .kind = RUA_OP_FILE, .path = "b", .bytes = {bytes, LONG}
    };
    bool pending;

    (void)state;
    recovered();
    crash.sync_fails = true;
    assert_int_equal(RUA_LATER, rua_journal_write(&journal, &op, 1, &err));
    crash.sync_fails = false;
    rua_journal_undo(&journal);
    assert_int_equal(RUA_LATER, rua_journal_load(&journal, &pending, &err));
    assert_int_equal(0, folder_count(".spool/stage"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(long_bytes_are_in_a_file_of_their_own),
        TEST(checkpoint_removes_them),
        TEST(undo_removes_them),
        TEST(what_is_left_of_one_is_taken_away),
        TEST(new_journal_that_is_left_is_taken_away),
        TEST(damaged_or_missing_ones_are_not_applied),
        TEST(failed_sync_of_one_is_final),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
