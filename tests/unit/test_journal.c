#include "journal_fixture.h"

static void
new_journal_has_nothing_to_apply(void **state)
{
    (void)state;
    assert_string_equal("", recovered());
    assert_true(folder_has(".spool/journal"));
}

static void
entry_that_was_not_applied_is_applied_next_time(void **state)
{
    (void)state;
    recovered();
    add("one");
    add("two");
    commit();
    assert_string_equal("one two ", recovered());
    assert_string_equal("", recovered());
}

static void
entry_that_was_applied_is_not_applied_again(void **state)
{
    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    add("two");
    commit();
    assert_string_equal("two ", recovered());
}

static void
start_of_the_machine_applies_all_again(void **state)
{
    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    crash.boot = 'x';
    assert_string_equal("one ", recovered());
    assert_int_equal(0, rua_journal_bytes(&journal)); /* and a checkpoint */
    assert_string_equal("", recovered());
    crash.boot = 'y';
    assert_string_equal("", recovered());
}

static void
note_that_is_damaged_applies_all_again(void **state)
{
    unsigned char note[RUA_NOTE];

    (void)state;
    for (size_t i = 0; i < 77; i++) { /* what is behind are zeros */
        recovered();
        add("one");
        commit();
        assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
        assert_int_equal(sizeof(note), pread(lock, note, sizeof(note), 0));
        note[i] ^= 0x10;
        assert_int_equal(sizeof(note), pwrite(lock, note, sizeof(note), 0));
        assert_string_equal("one ", recovered());
    }
}

static void
entry_has_all_of_its_operation(void **state)
{
    struct rua_spool spool;
    struct rua_op op = {.kind = RUA_OP_ROWS,
                        .path = "d/t.csv",
                        .inode = 1234567890123,
                        .offset = 98765432109,
                        .header = RUA_SPAN("a,b\n"),
                        .end_line = true,
                        .bytes = RUA_SPAN("1,"),
                        .spool = &spool,
                        .at = 1,
                        .len = 2};

    (void)state;
    sample_spool(&spool);
    rua_spool_write(&spool, RUA_SPAN("x2\nx"), NULL);
    recovered();
    assert_int_equal(RUA_OK, rua_journal_write(&journal, &op, 1, &err));
    commit();
    assert_string_equal("1,2\n ", recovered());
    assert_string_equal("d/t.csv", seen_path);
    assert_int_equal(RUA_OP_ROWS, seen.kind);
    assert_int_equal(op.inode, seen.inode);
    assert_int_equal(op.offset, seen.offset);
    assert_int_equal(4, seen_header);
    assert_true(seen.end_line);
    rua_spool_done(&spool);
}

static void
entry_longer_than_the_buffer_is_whole(void **state)
{
    static unsigned char bytes[3 << 20];
    struct rua_op op = {
        .kind = RUA_OP_FILE, .path = "f", .bytes = {bytes, sizeof(bytes)}
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 2654435761U >> 24);
    recovered();
    add("one");
    assert_int_equal(RUA_OK, rua_journal_write(&journal, &op, 1, &err));
    add("two");
    commit();
    recovered();
    assert_int_equal(3, seen_entries);
    assert_int_equal(sizeof(bytes) + 6, seen_bytes);
}

/* ---- commit ---- */

static void
batch_costs_one_sync(void **state)
{
    (void)state;
    recovered();
    for (size_t i = 0; i < 256; i++)
        add("something of a report");
    crash.syncs = crash.datasyncs = 0;
    commit();
    assert_int_equal(1, crash.syncs);
    assert_int_equal(1, crash.datasyncs);
}

/* The store first; then the head, before what is staged is removed. */
static void
checkpoint_costs_two(void **state)
{
    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    crash.syncs = crash.datasyncs = 0;
    assert_int_equal(RUA_OK, rua_journal_checkpoint(&journal, &err));
    assert_int_equal(2, crash.syncs);
    assert_int_equal(1, crash.datasyncs);
}

static void
room_is_made_in_steps(void **state)
{
    struct stat st;

    (void)state;
    recovered();
    add("one");
    assert_int_equal(0, fstat(journal.fd, &st));
    assert_int_equal(1 << 20, st.st_size);
    for (size_t i = 0; i < 20000; i++)
        add("something of a report");
    commit();
    assert_int_equal(0, fstat(journal.fd, &st));
    assert_int_equal(0, st.st_size % (1 << 20));
    assert_true(rua_journal_bytes(&journal) < (uint64_t)st.st_size);
    recovered();
    assert_int_equal(20001, seen_entries);
}

static void
failed_sync_is_final(void **state)
{
    bool pending;

    (void)state;
    recovered();
    add("one");
    crash.sync_fails = true;
    assert_int_equal(RUA_LATER, rua_journal_commit(&journal, &err));
    assert_string_equal("sync .spool/journal: Input/output error",
                        err.sentence);
    crash.sync_fails = false;
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_journal_load(&journal, &pending, &err));
    assert_non_null(strstr(err.sentence, "a sync failed before"));
    assert_int_equal(RUA_LATER, rua_journal_checkpoint(&journal, &err));
    assert_string_equal("one ", recovered()); /* by another process */
}

/* The cache shows what the disk may not have: it must be written anew. */
static void
failed_checkpoint_applies_all_again(void **state)
{
    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    crash.sync_fails = true;
    assert_int_equal(RUA_LATER, rua_journal_checkpoint(&journal, &err));
    crash.sync_fails = false;
    assert_string_equal("one ", recovered());
}

/* ---- several processes ---- */

static void
another_process_goes_on_where_this_one_ended(void **state)
{
    struct rua_journal other;
    bool pending = true;

    (void)state;
    recovered();
    assert_int_equal(RUA_OK, rua_journal_open(&other, folder, lock, &err));
    assert_int_equal(RUA_OK, rua_journal_load(&other, &pending, &err));
    assert_false(pending);
    for (size_t i = 0; i < 5; i++) {
        add("one");
        commit();
        assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
        assert_int_equal(RUA_OK, rua_journal_load(&other, &pending, &err));
        assert_false(pending);
        assert_int_equal(journal.end.offset, other.end.offset);
        if (i % 2)
            assert_int_equal(RUA_OK, rua_journal_checkpoint(&other, &err));
        assert_int_equal(RUA_OK, rua_journal_load(&journal, &pending, &err));
        assert_false(pending);
    }
    rua_journal_close(&other);
}

static void
recovery_by_another_process_is_noticed(void **state)
{
    struct rua_journal other;
    bool pending;

    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_open(&other, folder, lock, &err));
    assert_int_equal(RUA_OK, rua_journal_load(&other, &pending, &err));
    assert_true(pending);
    seen_begin();
    assert_int_equal(RUA_OK, rua_journal_recover(&other, see, NULL, &err));
    assert_int_equal(1, seen_entries);
    assert_int_equal(RUA_OK, rua_journal_load(&journal, &pending, &err));
    assert_false(pending);
    add("two");
    commit();
    assert_int_equal(RUA_OK, rua_journal_load(&other, &pending, &err));
    assert_true(pending);
    rua_journal_close(&other);
    assert_string_equal("two ", recovered());
}

/* A commit that was never acknowledged may be in the cache only: before
 * anything is applied, it must be on the disk under the journal's name. */
static void
entries_are_made_durable_before_they_are_applied(void **state)
{
    struct stat before, now;

    (void)state;
    recovered();
    add("one");
    crash.sync_fails = true;
    assert_int_equal(RUA_LATER, rua_journal_commit(&journal, &err));
    crash.sync_fails = false;
    assert_int_equal(0, fstatat(folder, ".spool/journal", &before, 0));
    reopen();
    load();
    crash.syncs = crash.datasyncs = 0;
    seen_begin();
    seen_verdict = RUA_LATER;
    assert_int_equal(RUA_LATER, rua_journal_recover(&journal, see, NULL, &err));
    assert_int_equal(1, seen_entries);
    assert_int_equal(1, crash.datasyncs); /* the new file, */
    assert_int_equal(2, crash.syncs);     /* and its folder */
    assert_int_equal(0, fstatat(folder, ".spool/journal", &now, 0));
    assert_true(before.st_ino != now.st_ino);
    load(); /* once is enough */
    crash.syncs = 0;
    seen_verdict = RUA_OK;
    assert_int_equal(RUA_OK, rua_journal_recover(&journal, see, NULL, &err));
    assert_int_equal(0, crash.syncs);
    assert_int_equal(2, seen_entries);
}

static void
entry_that_cannot_be_applied_stays(void **state)
{
    (void)state;
    recovered();
    add("one");
    add("two");
    commit();
    for (size_t i = 0; i < 3; i++) {
        reopen();
        load();
        seen_begin();
        seen_verdict = RUA_LATER;
        assert_int_equal(RUA_LATER,
                         rua_journal_recover(&journal, see, NULL, &err));
        assert_string_equal("one ", seen_text);
    }
    assert_string_equal("one two ", recovered());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_journal_has_nothing_to_apply),
        TEST(entry_that_was_not_applied_is_applied_next_time),
        TEST(entry_that_was_applied_is_not_applied_again),
        TEST(start_of_the_machine_applies_all_again),
        TEST(note_that_is_damaged_applies_all_again),
        TEST(entry_has_all_of_its_operation),
        TEST(entry_longer_than_the_buffer_is_whole),
        TEST(batch_costs_one_sync),
        TEST(checkpoint_costs_two),
        TEST(room_is_made_in_steps),
        TEST(failed_sync_is_final),
        TEST(failed_checkpoint_applies_all_again),
        TEST(another_process_goes_on_where_this_one_ended),
        TEST(recovery_by_another_process_is_noticed),
        TEST(entries_are_made_durable_before_they_are_applied),
        TEST(entry_that_cannot_be_applied_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
