/* What a commit costs, what it promises, and to whom it says no. */
#include "crash_fixture.h"

#include "reports_fixture.h"

#include <linux/magic.h>
#include <sys/file.h>

static int
begin(void **state)
{
    crash_reset();
    return reports_begin(state);
}

static void
batch_costs_one_sync(void **state)
{
    struct rua_store_counts before;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    for (unsigned n = 1; n <= 256; n *= 16) {
        before = rua_store_count(store);
        crash.syncs = crash.datasyncs = 0;
        assert_int_equal(RUA_OK, commit_reports(1000 * n, n));
        assert_int_equal(1, crash.syncs);
        assert_int_equal(1, crash.datasyncs);
        assert_int_equal(before.syncs + 1, rua_store_count(store).syncs);
    }
}

static void
duplicates_cost_none(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 10));
    crash.syncs = 0;
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 10));
    assert_int_equal(0, crash.syncs);
}

/* The next commit is by another process: nothing of it is left open. */
static void
two_stores_take_turns(void **state)
{
    struct rua_store *one = store, *two;

    (void)state;
    assert_int_equal(RUA_OK, open_store());
    two = store;
    for (unsigned i = 0; i < 40; i++) {
        store = i % 3 ? one : two;
        assert_int_equal(RUA_OK, commit_reports(i, 1));
        store = i % 3 ? two : one;
        assert_int_equal(RUA_DUPLICATE, commit_reports(i, 1));
        if (i % 10 == 9)
            assert_int_equal(RUA_OK, rua_store_checkpoint(store, &err));
    }
    assert_reports(40);
    rua_store_close(one);
    store = two;
}

static void
line_of_somebody_else_gets_its_end_once(void **state)
{
    char *text;
    int fd;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    fd = openat(folder, RECORDS, O_WRONLY | O_APPEND);
    assert_int_equal(4, write(fd, "mine", 4));
    close(fd);
    assert_int_equal(RUA_OK, commit_reports(1, 2));
    text = folder_slurp(RECORDS, NULL);
    assert_non_null(strstr(text, "3,2\nmine\n\"r1\",2,1\n\"r1\",3,2\n\"r2\""));
    free(text);
    assert_int_equal(8, folder_lines(RECORDS));
}

static void
pruned_report_stays_known(void **state)
{
    struct made m[3];
    char keys[300];
    bool has = false;

    (void)state;
    make_reports(m, 0, 3);
    assert_int_equal(RUA_OK, commit_made(m, 1));
    snprintf(keys, sizeof(keys), "\n%s\r\nsomething else\n%.63s\n%s",
             m[1].entry.key, m[2].entry.key, m[1].entry.key);
    folder_put("example.com/archive/2023/11/pruned.keys", keys);
    assert_int_equal(RUA_DUPLICATE, commit_made(m, 3));
    assert_int_equal(RUA_DUPLICATE, m[0].entry.verdict);
    assert_int_equal(RUA_DUPLICATE, m[1].entry.verdict);
    assert_int_equal(RUA_OK, m[2].entry.verdict);
    assert_int_equal(RUA_OK, rua_store_has(store, &m[1].entry, &has, &err));
    assert_true(has);
    done_reports(m, 3);
}

/* Its tables cannot be opened; the others have others. */
static void
report_that_cannot_be_planned_spoils_no_batch(void **state)
{
    struct made m[4];

    (void)state;
    make_reports(m, 0, 4);
    snprintf(m[1].entry.folder, sizeof(m[1].entry.folder), "example.net");
    snprintf(m[3].entry.folder, sizeof(m[3].entry.folder), "example.net");
    memcpy(m[3].entry.key, m[1].entry.key, sizeof(m[3].entry.key));
    folder_put("example.net", "in the way");
    assert_int_equal(RUA_LATER, commit_made(m, 4));
    assert_int_equal(RUA_OK, m[0].entry.verdict);
    assert_int_equal(RUA_LATER, m[1].entry.verdict);
    assert_int_equal(RUA_OK, m[2].entry.verdict);
    assert_int_equal(RUA_LATER, m[3].entry.verdict); /* no duplicate of it */
    assert_non_null(strstr(err.sentence, "example.net"));
    assert_int_equal(3, folder_lines(REPORTS));
    done_reports(m, 4);
}

/* ---- long reports, and many ---- */

/* As another process, when this one has died. */
static void
reopen_without_checkpoint(void)
{
    int fd = openat(folder, ".spool/lock", O_RDWR);

    assert_int_equal(0, flock(fd, LOCK_EX));
    reopen();
    close(fd);
}

static void
long_part_is_stored(void **state)
{
    static unsigned char piece[1 << 20];
    struct rua_spool part;
    struct made m;
    char path[400];
    struct stat st;

    (void)state;
    rua_spool_init(&part, NULL, 10 << 20, 10 << 20, "test");
    for (unsigned i = 0; i < 9; i++) {
        memset(piece, (int)i + '0', sizeof(piece));
        rua_spool_write(&part, (struct rua_span){piece, sizeof(piece)}, NULL);
    }
    make_reports(&m, 0, 1);
    m.entry.part = &part;
    m.entry.part_at = 1 << 20;
    m.entry.part_len = 7 << 20;
    assert_int_equal(RUA_OK, commit_made(&m, 1));
    snprintf(path, sizeof(path), "example.com/%s.xml.gz", m.entry.archive);
    for (unsigned round = 0; round < 2; round++) {
        char *text;
        assert_int_equal(0, fstatat(folder, path, &st, 0));
        assert_int_equal(7 << 20, st.st_size);
        text = folder_slurp(path, NULL);
        assert_int_equal('1', text[0]);
        assert_int_equal('7', text[st.st_size - 1]);
        free(text);
        assert_int_equal(0, unlinkat(folder, path, 0));
        crash.boot = 'x'; /* and once more, of what was staged */
        reopen_without_checkpoint();
        commit_reports(1, 1);
    }
    assert_int_equal(0, folder_count(".spool/stage"));
    rua_spool_done(&part);
    made_done(&m);
}

static void
full_journal_is_emptied(void **state)
{
    struct rua_spool part;
    static unsigned char piece[3 << 20];
    struct stat st;

    (void)state;
    rua_spool_init(&part, NULL, 4 << 20, 4 << 20, "test");
    rua_spool_write(&part, (struct rua_span){piece, sizeof(piece)}, NULL);
    for (unsigned i = 0; i < 30; i++) {
        struct made m;
        make_reports(&m, i, 1);
        m.entry.part = &part;
        m.entry.part_at = 0;
        m.entry.part_len = sizeof(piece);
        assert_int_equal(RUA_OK, commit_made(&m, 1));
        made_done(&m);
    }
    assert_int_equal(0, fstatat(folder, ".spool/journal", &st, 0));
    assert_in_range(st.st_size, 32 << 20, 36 << 20);
    assert_reports(30);
    rua_spool_done(&part);
}

static void
checkpoint_empties_the_journal(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 5));
    assert_int_equal(RUA_OK, rua_store_checkpoint(store, &err));
    crash.boot = 'x';
    reopen();
    assert_int_equal(0, unlinkat(folder, RECORDS, 0)); /* it is not redone */
    assert_int_equal(RUA_OK, commit_reports(5, 1));
    assert_int_equal(3, folder_lines(RECORDS));
}

/* ---- no ---- */

static void
failed_sync_is_final_for_this_process(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    crash.sync_fails = true;
    assert_int_equal(RUA_LATER, commit_reports(1, 1));
    crash.sync_fails = false;
    assert_int_equal(RUA_LATER, commit_reports(2, 1));
    assert_non_null(strstr(err.sentence, "a sync failed before"));
    assert_int_equal(RUA_LATER, rua_store_checkpoint(store, &err));
    assert_int_equal(RUA_LATER, commit_reports(0, 1));
    reopen();
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 3));
    assert_reports(3);
}

static void
entry_that_cannot_be_applied_holds_up_what_comes_next(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    assert_int_equal(0, mkdirat(folder, ".spool/file.new", 0750));
    for (unsigned i = 1; i < 4; i++) {
        assert_int_equal(RUA_LATER, commit_reports(i, 1));
        assert_non_null(strstr(err.sentence, "remove .spool/file.new: "));
        assert_int_equal(RUA_LATER, commit_reports(0, 1));
        if (i == 2)
            reopen();
    }
    assert_int_equal(0, unlinkat(folder, ".spool/file.new", AT_REMOVEDIR));
    assert_int_equal(RUA_OK, commit_reports(2, 1));
    assert_int_equal(RUA_DUPLICATE, commit_reports(0, 3));
    assert_reports(3);
}

/* Before anything is promised. */
static void
full_disk_shows_before_the_commit(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    crash.full = true;
    assert_int_equal(RUA_LATER, commit_reports(1, 2));
    assert_non_null(strstr(err.sentence, "No space left on device"));
    reopen();
    crash.full = false;
    assert_int_equal(RUA_OK, commit_reports(1, 2));
    assert_reports(3);
}

static void
network_file_system_is_refused(void **state)
{
    static const struct {
        long type;
        const char *name;
    } cases[] = {
        {NFS_SUPER_MAGIC,  "(NFS)" },
        {SMB_SUPER_MAGIC,  "(SMB)" },
        {0xFF534D42,       "(CIFS)"},
        {V9FS_MAGIC,       "(9P)"  },
        {AFS_SUPER_MAGIC,  "(AFS)" },
        {CEPH_SUPER_MAGIC, "(Ceph)"},
        {FUSE_SUPER_MAGIC, "(FUSE)"},
    };

    (void)state;
    rua_store_close(store);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        store = NULL;
        crash.file_system = cases[i].type;
        assert_int_equal(RUA_LATER, open_store());
        assert_non_null(strstr(err.sentence, cases[i].name));
        assert_non_null(strstr(err.sentence, "allow_network_fs"));
        assert_null(store);
        look.allow_network_fs = true;
        assert_int_equal(RUA_OK, open_store());
        rua_store_close(store);
        look.allow_network_fs = false;
    }
    crash.file_system = EXT4_SUPER_MAGIC;
    assert_int_equal(RUA_OK, open_store());
}

static void
store_that_cannot_be_written_can_be_read(void **state)
{
    struct made m;
    bool has = false;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    rua_store_close(store);
    crash.how = CRASH_FAIL_ON; /* of what writes */
    crash.at = 1;
    crash.error = EROFS;
    store = NULL;
    assert_int_equal(RUA_LATER, open_store());
    crash.how = CRASH_NEVER;
    rua_err_clear(&err);
    assert_int_equal(RUA_OK, rua_store_open_to_read(folder_path, &store, &err));
    crash.steps = crash.syncs = 0;
    make_reports(&m, 0, 1);
    assert_int_equal(RUA_OK, rua_store_has(store, &m.entry, &has, &err));
    assert_true(has);
    assert_int_equal(0, crash.syncs);
    assert_int_equal(RUA_LATER, commit_made(&m, 1));
    assert_int_equal(RUA_LATER, rua_store_checkpoint(store, &err));
    made_done(&m);
}

/* ---- readers ---- */

static void
table_that_a_reader_holds_open_grows_without_a_lease(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 1));
    if (rua_store_count(store).without_lease)
        skip(); /* a file system without leases */
    fd = openat(folder, RECORDS, O_RDONLY);
    assert_int_equal(RUA_OK, commit_reports(1, 5));
    assert_int_equal(1, rua_store_count(store).without_lease);
    close(fd);
    assert_int_equal(RUA_OK, commit_reports(6, 5));
    assert_int_equal(1, rua_store_count(store).without_lease);
    assert_reports(11);
}

static void
table_that_logrotate_took_is_begun_anew(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, commit_reports(0, 2));
    assert_int_equal(0, renameat(folder, RECORDS, folder, RECORDS ".1"));
    assert_int_equal(RUA_OK, commit_reports(2, 1));
    assert_int_equal(5, folder_lines(RECORDS ".1"));
    assert_int_equal(3, folder_lines(RECORDS));
    assert_int_equal(0, notices);
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, begin, reports_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(batch_costs_one_sync),
        FRESH(duplicates_cost_none),
        FRESH(two_stores_take_turns),
        FRESH(line_of_somebody_else_gets_its_end_once),
        FRESH(pruned_report_stays_known),
        FRESH(report_that_cannot_be_planned_spoils_no_batch),
        FRESH(long_part_is_stored),
        FRESH(full_journal_is_emptied),
        FRESH(checkpoint_empties_the_journal),
        FRESH(failed_sync_is_final_for_this_process),
        FRESH(entry_that_cannot_be_applied_holds_up_what_comes_next),
        FRESH(full_disk_shows_before_the_commit),
        FRESH(network_file_system_is_refused),
        FRESH(store_that_cannot_be_written_can_be_read),
        FRESH(table_that_a_reader_holds_open_grows_without_a_lease),
        FRESH(table_that_logrotate_took_is_begun_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
