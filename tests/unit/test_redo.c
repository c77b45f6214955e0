#include "redo_fixture.h"

static void
rows_go_to_their_offset(void **state)
{
    uint64_t inode;

    (void)state;
    folder_put(TABLE, "");
    inode = inode_of(TABLE);
    put(rows(inode, 0, "1,2\n"));
    assert_table(TABLE, HEADER "1,2\n");
    put(rows(inode, 8, "3,4\n"));
    rua_redo_end(&redo);
    put(rows(inode, 0, "1,2\n"));
    put(rows(inode, 8, "3,4\n"));
    put(rows(inode, 12, "5,6\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n5,6\n");
    assert_int_equal(0, notices);
}

static void
line_before_gets_its_end(void **state)
{
    struct rua_op op;

    (void)state;
    folder_put(TABLE, HEADER "1,");
    op = rows(inode_of(TABLE), 6, "3,4\n");
    op.end_line = true;
    put(op);
    put(op);
    assert_table(TABLE, HEADER "1,\n3,4\n");
}

/* A process that died while it wrote, or a disk that had not got all of it. */
static void
rows_that_are_there_in_part_are_completed(void **state)
{
    static const char want[] = HEADER "1,2\n3,4\n";
    size_t n = sizeof(want) - 1;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++)
        for (size_t zeros = 0; zeros <= cut; zeros++) {
            char part[sizeof(want)] = "";
            int fd = openat(folder, TABLE, O_RDWR | O_CREAT | O_TRUNC, 0640);
            memcpy(part, want, cut);
            memset(part + cut - zeros, 0, zeros);
            assert_int_equal(cut, write(fd, part, cut));
            close(fd);
            put(rows(inode_of(TABLE), 0, "1,2\n3,4\n"));
            rua_redo_end(&redo);
            assert_table(TABLE, want);
        }
    assert_int_equal(0, notices);
}

/* ---- a table that is not what it was ---- */

static void
table_that_was_renamed_is_found_by_its_inode(void **state)
{
    uint64_t inode;

    (void)state;
    folder_put(TABLE, HEADER "1,2\n");
    inode = inode_of(TABLE);
    assert_int_equal(0, renameat(folder, TABLE, folder, TABLE ".1"));
    put(rows(inode, 8, "3,4\n"));
    rua_redo_end(&redo);
    assert_false(folder_has(TABLE));
    folder_put(TABLE, HEADER "7,8\n"); /* a new one has taken its place */
    put(rows(inode, 8, "3,4\n"));
    put(rows(inode, 12, "5,6\n"));
    assert_table(TABLE ".1", HEADER "1,2\n3,4\n5,6\n");
    assert_table(TABLE, HEADER "7,8\n");
    assert_int_equal(0, notices);
}

/* A lease keeps us out ourselves, for 45 seconds. */
static void
leased_table_is_in_nobodys_way(void **state)
{
    struct rua_op op;
    uint64_t inode;

    (void)state;
    folder_put(TABLE, HEADER);
    folder_put(TABLE ".1", HEADER);
    inode = inode_of(TABLE ".1");
    alarm(20);
    put(rows(inode_of(TABLE), 4, "1,2\n"));
    put(rows(inode, 4, "3,4\n"));
    put(rows(inode_of(TABLE), 8, "5,6\n"));
    op = rows(inode, 8, "7,8\n");
    op.path = TABLE ".1";
    put(op);
    put(rows(12345, 80, "9,9\n"));
    alarm(0);
    assert_table(TABLE, HEADER "1,2\n5,6\n");
    assert_table(TABLE ".1", HEADER "3,4\n7,8\n");
    assert_table("d/t-2026.2.csv", HEADER "9,9\n");
}

/* Another file of this inode, since the table is gone. */
static void
file_with_another_header_is_not_the_table(void **state)
{
    uint64_t inode;

    (void)state;
    folder_put(TABLE ".1", "x,y,z\n1,2,3\n");
    inode = inode_of(TABLE ".1");
    put(rows(inode, 8, "3,4\n"));
    assert_table(TABLE ".1", "x,y,z\n1,2,3\n");
    assert_table(TABLE, HEADER "3,4\n");
    assert_int_equal(1, notices);
}

static void
table_that_is_gone_is_begun_again_and_told(void **state)
{
    (void)state;
    put(rows(12345, 80, "3,4\n"));
    put(rows(12345, 84, "5,6\n"));
    assert_table(TABLE, HEADER "3,4\n5,6\n");
    assert_int_equal(1, notices);
    assert_string_equal("possible double: " TABLE
                        " is not what it was; its rows go to " TABLE
                        ", from d/key.xml on",
                        notice);
}

static void
table_in_its_place_is_left_alone(void **state)
{
    (void)state;
    folder_put(TABLE, HEADER "7,8\n");
    put(rows(inode_of(TABLE) + 1, 8, "3,4\n"));
    put(rows(inode_of(TABLE) + 1, 12, "5,6\n"));
    assert_table(TABLE, HEADER "7,8\n");
    assert_table("d/t-2026.2.csv", HEADER "3,4\n5,6\n");
    assert_int_equal(1, notices);
}

/* In a power cut: all of its rows come again, in another file than the journal
 * names. */
static void
table_that_was_lost_with_all_its_rows_is_made_again(void **state)
{
    (void)state;
    put(rows(12345, 0, "1,2\n"));
    put(rows(12345, 8, "3,4\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n");
    assert_int_equal(0, notices);
    assert_true(redo.made_again);
}

/* Or somebody has packed it: that is told. */
static void
table_that_may_have_been_packed_is_made_and_told(void **state)
{
    (void)state;
    folder_put(TABLE ".1.gz", "packed");
    put(rows(12345, 0, "1,2\n"));
    put(rows(12345, 8, "3,4\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n");
    assert_int_equal(1, notices);
}

/* It was there before the journal began, without rows. */
static void
table_that_was_lost_behind_its_header_is_made_and_told(void **state)
{
    (void)state;
    put(rows(12345, sizeof(HEADER) - 1, "1,2\n"));
    put(rows(12345, 8, "3,4\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n");
    assert_int_equal(1, notices);
}

/* The power was cut in a recovery that had made it again: the first rows were
 * on the disk before its name, the others were not. */
static void
table_that_was_made_again_is_found_by_the_next_recovery(void **state)
{
    (void)state;
    folder_put(TABLE, HEADER "1,2\n");
    put(rows(inode_of(TABLE) + 1, 0, "1,2\n"));
    for (unsigned i = 0; i < 100; i++) { /* it is closed meanwhile */
        char path[40];
        struct rua_op op = rows(1000000 + i, 0, "1,2\n");
        snprintf(path, sizeof(path), "d/%u.csv", i);
        op.path = path;
        put(op);
    }
    put(rows(inode_of(TABLE) + 1, 8, "3,4\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n");
    assert_int_equal(0, notices);
    assert_true(redo.made_again);
}

/* The store was brought back from a backup, which has not all of its rows. */
static void
copy_of_a_table_is_gone_on_with(void **state)
{
    (void)state;
    folder_put(TABLE, HEADER "1,2\n3,4\n");
    put(rows(inode_of(TABLE) + 1, 0, "1,2\n"));
    put(rows(inode_of(TABLE) + 1, 8, "3,4\n"));
    put(rows(inode_of(TABLE) + 1, 12, "5,6\n"));
    assert_table(TABLE, HEADER "1,2\n3,4\n5,6\n");
    assert_int_equal(0, notices);
}

static void
folder_that_was_lost_is_made(void **state)
{
    (void)state;
    assert_int_equal(0, unlinkat(folder, "d", AT_REMOVEDIR));
    put(rows(12345, 0, "1,2\n"));
    assert_table(TABLE, HEADER "1,2\n");
    assert_table("d/key.xml", "<x/>");
}

static void
table_that_was_cut_is_left_alone(void **state)
{
    uint64_t inode;

    (void)state;
    folder_put(TABLE, HEADER);
    inode = inode_of(TABLE);
    put(rows(inode, 8, "3,4\n"));
    assert_table(TABLE, HEADER);
    assert_table("d/t-2026.2.csv", HEADER "3,4\n");
    assert_int_equal(1, notices);
}

static void
bytes_of_somebody_else_are_not_overwritten(void **state)
{
    uint64_t inode;

    (void)state;
    folder_put(TABLE, HEADER "1,2\nmine\n");
    inode = inode_of(TABLE);
    put(rows(inode, 4, "1,2\n"));
    put(rows(inode, 8, "3,4\n"));
    put(rows(inode, 12, "5,6\n"));
    assert_table(TABLE, HEADER "1,2\nmine\n");
    assert_table("d/t-2026.2.csv", HEADER "3,4\n5,6\n");
    assert_int_equal(1, notices);
}

static void
link_in_the_place_of_a_table_is_later(void **state)
{
    const struct rua_op op = rows(12345, 0, "1,2\n");

    (void)state;
    assert_int_equal(0, symlinkat("/etc/passwd", folder, TABLE));
    assert_int_equal(RUA_LATER, rua_redo_entry(&redo, &op, 1, true, &err));
    assert_string_equal(
        "open " TABLE
        ": is a symbolic link, which the store does not follow; move it away",
        err.sentence);
}

static void
more_tables_than_are_kept_open(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 200; i++) {
            char path[40];
            struct rua_op op = rows(1000000 + i, 4 * round, "1,2\n");
            snprintf(path, sizeof(path), "d/%u.csv", i);
            op.path = path;
            if (round)
                op.offset += 4;
            put(op);
        }
    for (unsigned i = 0; i < 200; i++) {
        char path[40];
        snprintf(path, sizeof(path), "d/%u.csv", i);
        assert_table(path, HEADER "1,2\n1,2\n1,2\n");
    }
    assert_int_equal(0, notices); /* they are simply lost */
}

/* ---- files ---- */

static void
file_is_put_in_place(void **state)
{
    struct rua_op op = {
        .kind = RUA_OP_FILE, .path = "d/x", .bytes = RUA_SPAN("new")};

    (void)state;
    assert_int_equal(RUA_OK, rua_redo_entry(&redo, &op, 1, false, &err));
    assert_file("d/x", "new");
    op.bytes = RUA_SPAN("newer");
    assert_int_equal(RUA_OK, rua_redo_entry(&redo, &op, 1, false, &err));
    assert_file("d/x", "new"); /* it is not replaced */
    assert_int_equal(0, folder_count(".spool"));
}

static void
file_that_a_power_cut_damaged_is_replaced(void **state)
{
    static const char *const found[] = {"", "<x", "????", "<x/>", "longer"};

    (void)state;
    for (size_t i = 0; i < sizeof(found) / sizeof(*found); i++) {
        folder_put("d/key.xml", found[i]);
        put(rows(12345, 0, "1,2\n"));
        assert_file("d/key.xml", "<x/>");
        assert_int_equal(0, folder_count(".spool"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_go_to_their_offset),
        TEST(line_before_gets_its_end),
        TEST(rows_that_are_there_in_part_are_completed),
        TEST(table_that_was_renamed_is_found_by_its_inode),
        TEST(leased_table_is_in_nobodys_way),
        TEST(file_with_another_header_is_not_the_table),
        TEST(table_that_is_gone_is_begun_again_and_told),
        TEST(table_in_its_place_is_left_alone),
        TEST(table_that_was_lost_with_all_its_rows_is_made_again),
        TEST(table_that_may_have_been_packed_is_made_and_told),
        TEST(table_that_was_lost_behind_its_header_is_made_and_told),
        TEST(table_that_was_made_again_is_found_by_the_next_recovery),
        TEST(copy_of_a_table_is_gone_on_with),
        TEST(copy_of_a_table_is_gone_on_with),
        TEST(folder_that_was_lost_is_made),
        TEST(table_that_was_cut_is_left_alone),
        TEST(bytes_of_somebody_else_are_not_overwritten),
        TEST(link_in_the_place_of_a_table_is_later),
        TEST(more_tables_than_are_kept_open),
        TEST(file_is_put_in_place),
        TEST(file_that_a_power_cut_damaged_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
