#include "store_fixture.h"

#include "table.h"

#define HEADER "a,b\n"

static struct rua_table table;

static int
begin(void **state)
{
    return folder_begin(state) || mkdirat(folder, ".spool", 0750);
}

static enum rua_verdict
find(const char *stem, const char *header)
{
    return rua_table_find(folder, stem, ".csv", rua_span_text(header), &table,
                          &err);
}

/* Opens the table, or makes it, as recovery does. */
static void
find_or_make(const char *header)
{
    enum rua_verdict v = find("t", header);

    if (v == RUA_NOT_REPORT) {
        assert_int_equal(RUA_OK,
                         rua_table_new(folder, RUA_NEW_TABLE, &table, &err));
        assert_string_equal(RUA_NEW_TABLE, table.path);
        v = rua_table_place(folder, RUA_NEW_TABLE, folder, "t", ".csv", &table,
                            &err);
    }
    assert_int_equal(RUA_OK, v);
}

/* Writes rows as the store does. */
static void
write_rows(const char *header, const char *rows)
{
    find_or_make(header);
    if (table.end == 0)
        rua_table_write(&table, rua_span_text(header), &err);
    else if (table.end_line)
        rua_table_write(&table, RUA_SPAN("\n"), &err);
    assert_int_equal(RUA_OK,
                     rua_table_write(&table, rua_span_text(rows), &err));
    rua_table_close(&table);
    assert_int_equal(-1, table.fd);
}

static void
missing_table_has_a_path_only(void **state)
{
    (void)state;
    assert_int_equal(RUA_NOT_REPORT, find("t", HEADER));
    assert_string_equal("t.csv", table.path);
    assert_string_equal("", err.sentence);
    assert_int_equal(1, folder_count("."));
    folder_put("t.csv", "x\n");
    assert_int_equal(RUA_NOT_REPORT, find("t", HEADER));
    assert_string_equal("t.2.csv", table.path);
}

static void
table_has_its_name_when_it_is_put_in_place(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK,
                     rua_table_new(folder, RUA_NEW_TABLE, &table, &err));
    assert_int_equal(0, table.end);
    rua_table_write(&table, RUA_SPAN(HEADER), &err);
    assert_false(folder_has("t.csv"));
    assert_int_equal(RUA_OK, rua_table_place(folder, RUA_NEW_TABLE, folder, "t",
                                             ".csv", &table, &err));
    assert_string_equal("t.csv", table.path);
    rua_table_write(&table, RUA_SPAN("1,2\n"), &err);
    rua_table_close(&table);
    assert_file("t.csv", HEADER "1,2\n");
    assert_int_equal(0, folder_count(".spool"));
}

static void
empty_file_gets_a_header(void **state)
{
    (void)state;
    folder_put("t.csv", "");
    write_rows(HEADER, "1,2\n");
    assert_file("t.csv", HEADER "1,2\n");
}

static void
rows_go_to_the_end(void **state)
{
    (void)state;
    write_rows(HEADER, "1,2\n");
    write_rows(HEADER, "");
    write_rows(HEADER, "3,4\n5,6\n");
    assert_file("t.csv", HEADER "1,2\n3,4\n5,6\n");
}

static void
rows_come_in_pieces(void **state)
{
    (void)state;
    find_or_make(HEADER);
    rua_table_write(&table, RUA_SPAN(HEADER), &err);
    rua_table_write(&table, RUA_SPAN("1,"), &err);
    rua_table_write(&table, RUA_SPAN("2\n"), &err);
    assert_int_equal(8, table.end);
    rua_table_close(&table);
    assert_file("t.csv", HEADER "1,2\n");
}

/* How often the file became longer is not seen; that lines are whole is. */
static void
rows_are_held_until_they_are_lines(void **state)
{
    static char line[300 << 10];
    struct rua_table_writer writer;
    const size_t size = sizeof(line);
    struct stat st;

    (void)state;
    memset(line, 'x', size);
    line[1000] = line[size - 500] = '\n';
    find_or_make(HEADER);
    rua_table_write_begin(&writer, &table);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(
            RUA_OK,
            rua_table_write_rows(
                &writer, (struct rua_span){(unsigned char *)line, size}, &err));
        assert_int_equal(0, fstat(table.fd, &st));
        assert_int_equal((i + 1) * size - 499, st.st_size);
        assert_int_equal(st.st_size, table.end);
    }
    assert_int_equal(RUA_OK,
                     rua_table_write_rows(&writer, RUA_SPAN("a\nb"), &err));
    assert_int_equal(3 * size - 499, table.end);
    assert_int_equal(RUA_OK, rua_table_write_rest(&writer, &err));
    assert_int_equal(3 * size + 3, table.end);
    rua_table_write_done(&writer);
    rua_table_close(&table);
}

static void
last_line_without_its_end_gets_one(void **state)
{
    (void)state;
    folder_put("t.csv", HEADER "1,2\n3,");
    write_rows(HEADER, "5,6\n");
    assert_file("t.csv", HEADER "1,2\n3,\n5,6\n");
}

static void
other_header_is_left_alone(void **state)
{
    static const char *const others[] = {
        "a,b,c\n1,2,3\n", "A,B\n",    "a,b\r\n", "x",  "\n",
        "1,2\n",          "b,a\n1,2", "a,b",     "a,", "a,bc",
    };
    int fd = folder_next_fd();

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        folder_put("t.csv", others[i]);
        unlinkat(folder, "t.2.csv", 0);
        write_rows(HEADER, "1,2\n");
        assert_string_equal("t.2.csv", table.path);
        assert_file("t.csv", others[i]);
        assert_file("t.2.csv", HEADER "1,2\n");
        write_rows(HEADER, "3,4\n"); /* found again */
        assert_file("t.2.csv", HEADER "1,2\n3,4\n");
        assert_int_equal(fd, folder_next_fd());
    }
}

/* What a process left that died between link(2) and unlink(2). */
static void
other_link_of_a_new_table_is_no_obstacle(void **state)
{
    (void)state;
    folder_put("elsewhere", "mine");
    assert_int_equal(
        0, linkat(folder, "elsewhere", folder, ".spool/table.new", 0));
    write_rows(HEADER, "1,2\n");
    assert_file("t.csv", HEADER "1,2\n");
    assert_file("elsewhere", "mine");
}

static void
begun_table_is_a_new_one(void **state)
{
    (void)state;
    folder_put("t.csv", HEADER);
    folder_put("t.3.csv", "x");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(RUA_OK,
                         rua_table_new(folder, RUA_NEW_TABLE, &table, &err));
        rua_table_write(&table, RUA_SPAN(HEADER), &err);
        assert_int_equal(RUA_OK, rua_table_place(folder, RUA_NEW_TABLE, folder,
                                                 "t", ".csv", &table, &err));
        assert_string_equal(i ? "t.4.csv" : "t.2.csv", table.path);
        rua_table_close(&table);
        assert_file(table.path, HEADER);
    }
    assert_int_equal(0, folder_count(".spool"));
}

static void
suffixes_are_tried_in_order(void **state)
{
    (void)state;
    folder_put("t.csv", "x\n");
    folder_put("t.2.csv", "y\n");
    folder_put("t.4.csv", HEADER);
    write_rows(HEADER, "1,2\n");
    assert_string_equal("t.3.csv", table.path);
    assert_file("t.3.csv", HEADER "1,2\n");
    write_rows("x\n", "1\n");
    assert_file("t.csv", "x\n1\n");
    assert_file("t.2.csv", "y\n");
}

static void
suffixes_come_to_an_end(void **state)
{
    (void)state;
    folder_put("t.csv", "x\n");
    for (unsigned i = 2; i < 1000; i++) {
        char name[20];
        snprintf(name, sizeof(name), "t.%u.csv", i);
        folder_put(name, "x\n");
    }
    assert_int_equal(RUA_LATER, find("t", HEADER));
    assert_memory_equal("t.csv: ", err.sentence, 7);
    assert_int_equal(1000, folder_count("."));
}

/* A byte that was written at an offset is never changed. */
static void
what_was_written_stays(void **state)
{
    char *before, *now;
    size_t n;

    (void)state;
    write_rows(HEADER, "1,2\n");
    for (unsigned i = 0; i < 20; i++) {
        before = folder_slurp("t.csv", &n);
        write_rows(HEADER, i % 3 ? "7,8\n" : "7,");
        now = folder_slurp("t.csv", NULL);
        assert_memory_equal(before, now, n);
        free(before);
        free(now);
    }
}

static void
what_is_no_file_of_ours_is_later(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "t.csv", 0750));
    assert_int_equal(RUA_LATER, find("t", HEADER));
    assert_non_null(strstr(err.sentence, "t.csv"));
    rua_err_clear(&err);
    assert_int_equal(0, symlinkat("elsewhere.csv", folder, "u.csv"));
    assert_int_equal(RUA_LATER, find("u", HEADER));
    assert_false(folder_has("elsewhere.csv"));
    rua_err_clear(&err);
    assert_int_equal(RUA_NOT_REPORT, find("no/such/t", HEADER));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, folder_end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_table_has_a_path_only),
        TEST(table_has_its_name_when_it_is_put_in_place),
        TEST(rows_are_held_until_they_are_lines),
        TEST(empty_file_gets_a_header),
        TEST(rows_go_to_the_end),
        TEST(rows_come_in_pieces),
        TEST(last_line_without_its_end_gets_one),
        TEST(other_header_is_left_alone),
        TEST(other_link_of_a_new_table_is_no_obstacle),
        TEST(begun_table_is_a_new_one),
        TEST(suffixes_are_tried_in_order),
        TEST(suffixes_come_to_an_end),
        TEST(what_was_written_stays),
        TEST(what_is_no_file_of_ours_is_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
