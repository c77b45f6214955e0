/* A journal that is torn, damaged, hostile, or of somebody else. */
#include "journal_fixture.h"

#include "canon.h"
#include "gunzip.h"

static unsigned char before[1 << 16];

/* Three entries that are not applied; the bytes of the file go to `before`. */
static uint64_t
three_entries(uint64_t *ret_last)
{
    recovered();
    assert_int_equal(0, rua_journal_bytes(&journal));
    add("one");
    add("two");
    *ret_last = journal.written.offset;
    add("three");
    commit();
    assert_int_equal(sizeof(before),
                     pread(journal.fd, before, sizeof(before), 0));
    return journal.end.offset;
}

/* The file as it was, and no note. */
static void
restore(void)
{
    int fd;

    unlinkat(folder, ".spool/journal", 0);
    fd = openat(folder, ".spool/journal", O_RDWR | O_CREAT, 0640);
    assert_int_equal(sizeof(before), pwrite(fd, before, sizeof(before), 0));
    close(fd);
    assert_int_equal(0, ftruncate(lock, 0));
}

static void
set_byte(uint64_t at, unsigned char byte)
{
    int fd = openat(folder, ".spool/journal", O_RDWR);

    assert_int_equal(1, pwrite(fd, &byte, 1, (off_t)at));
    close(fd);
}

static void
cut_file(uint64_t size)
{
    int fd = openat(folder, ".spool/journal", O_RDWR);

    assert_int_equal(0, ftruncate(fd, (off_t)size));
    close(fd);
}

static void
torn_tail_is_cut_off_wherever_it_is_torn(void **state)
{
    uint64_t last, end = three_entries(&last);

    (void)state;
    for (uint64_t cut = last; cut < end; cut++) {
        bool same = true;
        restore();
        for (uint64_t i = cut; i < end; i++) {
            same = same && before[i] == 0;
            set_byte(i, 0);
        }
        assert_string_equal(same ? "one two three " : "one two ", recovered());
    }
    for (uint64_t cut = last; cut < end; cut++) {
        restore();
        cut_file(cut);
        assert_string_equal("one two ", recovered());
    }
}

static void
every_wrong_byte_is_noticed(void **state)
{
    uint64_t last, end = three_entries(&last);

    (void)state;
    for (uint64_t i = last; i < end; i++) {
        restore();
        set_byte(i, before[i] ^ 0x40);
        assert_string_equal("one two ", recovered());
    }
}

static void
damaged_head_loses_no_entry(void **state)
{
    uint64_t last;

    (void)state;
    three_entries(&last);
    for (uint64_t i = 0; i < RUA_JOURNAL_HEAD; i++) {
        restore();
        set_byte(i, before[i] ^ 1);
        assert_string_equal("one two three ", recovered());
        assert_int_equal(0, rua_journal_bytes(&journal));
    }
}

/* What is applied is what was written, from the first on; nothing else. */
static void
random_damage_invents_nothing(void **state)
{
    static const char all[] = "one two three ";
    uint64_t last, end = three_entries(&last);
    uint32_t random = 1;

    (void)state;
    for (size_t round = 0; round < 2000; round++) {
        const char *got;
        restore();
        for (size_t n = 0; n <= round % 7; n++) {
            random = random * 1664525 + 1013904223;
            set_byte((random >> 8) % end, (unsigned char)random);
        }
        got = recovered();
        assert_memory_equal(all, got, strlen(got));
    }
}

static void
what_is_no_journal_at_all_begins_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(before); i++)
        before[i] = (unsigned char)(i * 2654435761U >> 23);
    restore();
    assert_string_equal("", recovered());
    add("one");
    commit();
    assert_string_equal("one ", recovered());
}

static void
later_version_is_refused(void **state)
{
    unsigned char head[RUA_JOURNAL_HEAD];
    bool pending;

    (void)state;
    recovered();
    rua_journal_head_put(7, head);
    rua_canon_put(head + 20, RUA_JOURNAL_VERSION + 1, 4);
    rua_canon_put(head + 16,
                  rua_crc32(0, (struct rua_span){head + 20, sizeof(head) - 20}),
                  4);
    assert_int_equal(sizeof(head), pwrite(journal.fd, head, sizeof(head), 0));
    assert_int_equal(RUA_LATER, rua_journal_load(&journal, &pending, &err));
    rua_journal_close(&journal);
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_journal_open(&journal, folder, lock, &err));
    assert_string_equal(".spool/journal is of version 2, and this program "
                        "knows version 1; use the ruamill that wrote it, or "
                        "a newer one",
                        err.sentence);
}

/* ---- what was never committed ---- */

static void
undone_entries_are_gone(void **state)
{
    (void)state;
    recovered();
    add("one");
    commit();
    add("two");
    add("three");
    rua_journal_undo(&journal);
    assert_string_equal("one ", recovered());
}

/* The same entry as before, and behind it what was undone. */
static void
undone_entry_does_not_come_back(void **state)
{
    (void)state;
    recovered();
    add("one");
    add("two");
    rua_journal_undo(&journal);
    add("one");
    commit();
    assert_string_equal("one ", recovered());
}

/* After a power cut the disk may have the second of two entries and not the
 * first. Another one of its length in its place must not bring it back. */
static void
entry_behind_another_one_is_not_valid(void **state)
{
    uint64_t first;
    unsigned char two[200];

    (void)state;
    recovered();
    add("one");
    first = journal.written.offset;
    add("two");
    assert_int_equal(sizeof(two),
                     pread(journal.fd, two, sizeof(two), (off_t)first));
    rua_journal_undo(&journal);
    add("uno");
    commit();
    assert_int_equal(first, journal.end.offset);
    assert_int_equal(sizeof(two),
                     pwrite(journal.fd, two, sizeof(two), (off_t)first));
    assert_string_equal("uno ", recovered());
}

static void
entries_of_the_epoch_before_are_not_valid(void **state)
{
    (void)state;
    recovered();
    add("one");
    add("two");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    assert_int_equal(RUA_OK, rua_journal_checkpoint(&journal, &err));
    assert_string_equal("", recovered());
    add("uno");
    commit();
    assert_string_equal("uno ", recovered());
}

/* A checkpoint that died before it noted what it had done. */
static void
checkpoint_without_its_note_loses_nothing(void **state)
{
    unsigned char note[RUA_NOTE];

    (void)state;
    recovered();
    add("one");
    commit();
    assert_int_equal(RUA_OK, rua_journal_applied(&journal, &err));
    assert_int_equal(sizeof(note), pread(lock, note, sizeof(note), 0));
    assert_int_equal(RUA_OK, rua_journal_checkpoint(&journal, &err));
    assert_int_equal(sizeof(note), pwrite(lock, note, sizeof(note), 0));
    assert_string_equal("", recovered());
    add("two");
    commit();
    assert_string_equal("two ", recovered());
}

/* ---- entries that lie, with a right CRC ---- */

static void
path_out_of_the_store_is_refused(void **state)
{
    static const char *const paths[] = {
        "../x",        "a/../../x",
        "/etc/passwd", "..",
        "a/..",        ".",
        "./x",         "",
        ".spool/lock", ".spool/journal",
        "a/../b",      "a//b",
        "a/./b",       "a/",
        "a/.",         "//a",
        "a//",         "a/../",
        "a/./",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        recovered();
        add_at(paths[i], "bytes");
        commit();
        reopen();
        load();
        seen_begin();
        assert_int_equal(RUA_LATER,
                         rua_journal_recover(&journal, see, NULL, &err));
        assert_int_equal(0, seen_entries);
        assert_non_null(strstr(err.sentence, "no table or file of the store"));
        unlinkat(folder, ".spool/journal", 0);
    }
    add_at("a..b/..c/.d/...", "fine");
    commit();
    reopen();
}

/* Changes a number in the first operation of the only entry, and makes the CRC
 * right again. */
static void
lie(size_t at, unsigned bytes, uint64_t value)
{
    unsigned char *entry = before + RUA_JOURNAL_HEAD;
    struct rua_entry_head head;
    uint32_t crc;

    assert_int_equal(sizeof(before),
                     pread(journal.fd, before, sizeof(before), 0));
    rua_canon_put(entry + at, value, bytes);
    assert_true(rua_entry_head_get(entry, &head));
    crc = rua_entry_head_crc(entry, 0);
    head.crc = rua_crc32(
        crc, (struct rua_span){entry + RUA_ENTRY_HEAD, (size_t)head.len});
    rua_entry_head_put(&head, entry);
    restore();
}

static void
lengths_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        size_t at;
        unsigned bytes;
        uint64_t value;
    } lies[] = {
        {32,                  4, 2              }, /* operations */
        {32,                  4, 1000000        },
        {RUA_ENTRY_HEAD + 0,  1, 0              }, /* kind */
        {RUA_ENTRY_HEAD + 0,  1, 3              },
        {RUA_ENTRY_HEAD + 2,  2, 65535          }, /* path */
        {RUA_ENTRY_HEAD + 2,  2, 100            },
        {RUA_ENTRY_HEAD + 4,  4, 0xffffffff     }, /* header line */
        {RUA_ENTRY_HEAD + 4,  4, 100            },
        {RUA_ENTRY_HEAD + 16, 8, UINT64_MAX     }, /* offset */
        {RUA_ENTRY_HEAD + 24, 8, UINT64_MAX     }, /* bytes */
        {RUA_ENTRY_HEAD + 24, 8, UINT64_MAX - 50},
        {RUA_ENTRY_HEAD + 24, 8, 100            },
        {RUA_ENTRY_HEAD + 40, 1, 0              }, /* a NUL in the path */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
        recovered();
        add_at("file", "bytes");
        commit();
        lie(lies[i].at, lies[i].bytes, lies[i].value);
        reopen();
        load();
        seen_begin();
        assert_int_equal(RUA_LATER,
                         rua_journal_recover(&journal, see, NULL, &err));
        assert_int_equal(0, seen_entries);
        assert_memory_equal("journal: an entry ", err.sentence, 18);
        unlinkat(folder, ".spool/journal", 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(torn_tail_is_cut_off_wherever_it_is_torn),
        TEST(every_wrong_byte_is_noticed),
        TEST(damaged_head_loses_no_entry),
        TEST(random_damage_invents_nothing),
        TEST(what_is_no_journal_at_all_begins_anew),
        TEST(later_version_is_refused),
        TEST(undone_entries_are_gone),
        TEST(undone_entry_does_not_come_back),
        TEST(entry_behind_another_one_is_not_valid),
        TEST(entries_of_the_epoch_before_are_not_valid),
        TEST(checkpoint_without_its_note_loses_nothing),
        TEST(path_out_of_the_store_is_refused),
        TEST(lengths_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
