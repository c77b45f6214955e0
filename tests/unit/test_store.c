#include "store_fixture.h"

#include "store.h"

static const struct rua_entry_style style = {
    "org_name,count,record", {RUA_CSV, true},
     RUA_BY_MONTH, NULL, 0
};
static struct rua_scratch scratch = {.fd = -1};
static struct rua_entry_maker *maker;
static struct rua_store *store;
static struct sample sample;

#define RECORDS_HEADER "org_name,count,record\n"

static enum rua_verdict
open_store(void)
{
    const struct rua_store_style look = {
        .format = RUA_CSV,
        .records_header = rua_entry_records_header(maker),
        .reports_header = rua_entry_reports_header(maker)};

    return rua_store_open(folder_path, &look, &store, &err);
}

static int
begin(void **state)
{
    if (folder_begin(state) ||
        rua_entry_maker_new(&style, &scratch, &maker, &err) != RUA_OK)
        return -1;
    sample_fill(&sample);
    return open_store() != RUA_OK;
}

static int
end(void **state)
{
    rua_store_close(store);
    rua_entry_maker_free(maker);
    return folder_end(state);
}

/* Makes an entry of the sample with another report ID. */
static void
make(struct made *m, const char *id, const char *domain)
{
    sample.report.field[RUA_REPORT_ID] = rua_span_text(id);
    made_fill(m, maker, &sample, domain);
}

static void
assert_commit(enum rua_verdict want, struct made *m, size_t n)
{
    struct rua_entry *entries[100];

    for (size_t i = 0; i < n; i++)
        entries[i] = &m[i].entry;
    assert_int_equal(want, rua_store_commit(store, entries, n, &err));
}

/* The path of an entry's raw part. */
static const char *
archive(const struct made *m, const char *ending)
{
    static char path[700];

    snprintf(path, sizeof(path), "%s/%s%s", m->entry.folder, m->entry.archive,
             ending);
    return path;
}

static void
report_is_stored(void **state)
{
    struct made m;
    char *reports;

    (void)state;
    make(&m, "a", "example.com");
    assert_commit(RUA_OK, &m, 1);
    assert_int_equal(RUA_OK, m.entry.verdict);
    assert_file("example.com/records-2023-11.csv",
                RECORDS_HEADER "\"Google LLC\",2,1\n\"Google LLC\",3,2\n");
    assert_file(archive(&m, ".xml.gz"), SAMPLE_PART);
    reports = folder_slurp("example.com/reports-2023-11.csv", NULL);
    assert_non_null(reports);
    assert_memory_equal("begin_date,end_date,", reports, 20);
    assert_non_null(strstr(reports, m.entry.key));
    free(reports);
    assert_int_equal(2, folder_lines("example.com/reports-2023-11.csv"));
    assert_int_equal(3, folder_count("example.com"));
    assert_int_equal(1, folder_count("example.com/archive/2023/11"));
    assert_int_equal(3, folder_count(".spool")); /* lock, journal, stage */
    made_done(&m);
}

static void
report_that_comes_again_is_a_duplicate(void **state)
{
    struct made m;
    char *before, *now;

    (void)state;
    make(&m, "a", "example.com");
    assert_commit(RUA_OK, &m, 1);
    before = folder_slurp("example.com/reports-2023-11.csv", NULL);
    assert_commit(RUA_DUPLICATE, &m, 1);
    assert_int_equal(RUA_DUPLICATE, m.entry.verdict);
    now = folder_slurp("example.com/reports-2023-11.csv", NULL);
    assert_string_equal(before, now);
    assert_int_equal(3, folder_lines("example.com/records-2023-11.csv"));
    free(before);
    free(now);
    made_done(&m);
}

static void
duplicate_is_known_to_the_next_process(void **state)
{
    struct made m;

    (void)state;
    make(&m, "a", "example.com");
    assert_commit(RUA_OK, &m, 1);
    rua_store_close(store);
    assert_int_equal(RUA_OK, open_store());
    assert_commit(RUA_DUPLICATE, &m, 1);
    made_done(&m);
}

static void
another_wrapping_is_a_duplicate(void **state)
{
    (void)state;
    for (int c = RUA_CONTAINER_XML; c <= RUA_CONTAINER_BIN; c++) {
        struct made m;
        char id[] = {(char)('a' + c), '\0'};
        make(&m, id, "example.com");
        m.entry.container = (enum rua_container)c;
        assert_commit(RUA_OK, &m, 1);
        assert_true(
            folder_has(archive(&m, rua_entry_ending((enum rua_container)c))));
        for (int other = RUA_CONTAINER_XML; other <= RUA_CONTAINER_BIN;
             other++) {
            m.entry.container = (enum rua_container)other;
            assert_commit(RUA_DUPLICATE, &m, 1);
        }
        made_done(&m);
    }
    assert_int_equal(4, folder_count("example.com/archive/2023/11"));
}

static void
same_report_twice_in_a_batch_is_stored_once(void **state)
{
    struct made m[4];

    (void)state;
    make(&m[0], "a", "example.com");
    make(&m[1], "b", "example.com");
    make(&m[2], "a", "example.com");
    make(&m[3], "a", "example.com");
    m[3].entry.container = RUA_CONTAINER_ZIP;
    assert_commit(RUA_DUPLICATE, m, 4);
    assert_int_equal(RUA_OK, m[0].entry.verdict);
    assert_int_equal(RUA_OK, m[1].entry.verdict);
    assert_int_equal(RUA_DUPLICATE, m[2].entry.verdict);
    assert_int_equal(RUA_DUPLICATE, m[3].entry.verdict);
    assert_int_equal(3, folder_lines("example.com/reports-2023-11.csv"));
    assert_int_equal(2, folder_count("example.com/archive/2023/11"));
    for (size_t i = 0; i < 4; i++)
        made_done(&m[i]);
}

static void
same_id_with_another_content_is_another_report(void **state)
{
    struct made m[2];

    (void)state;
    make(&m[0], "a", "example.com");
    sample.records[0].field[RUA_COUNT] = RUA_SPAN("4");
    make(&m[1], "a", "example.com");
    assert_commit(RUA_OK, m, 2);
    assert_int_equal(3, folder_lines("example.com/reports-2023-11.csv"));
    made_done(&m[0]);
    made_done(&m[1]);
}

static void
domains_have_their_own_folders(void **state)
{
    struct made m[3];

    (void)state;
    make(&m[0], "a", "example.com");
    make(&m[1], "b", "example.net");
    make(&m[2], "c", NULL);
    assert_commit(RUA_OK, m, 3);
    assert_int_equal(3, folder_lines("example.com/records-2023-11.csv"));
    assert_int_equal(3, folder_lines("example.net/records-2023-11.csv"));
    assert_int_equal(3, folder_lines("_invalid/records-2023-11.csv"));
    assert_commit(RUA_DUPLICATE, m, 3);
    for (size_t i = 0; i < 3; i++)
        made_done(&m[i]);
}

/* Only a worker that was taken over says that one report is of two domains. */
static void
one_report_in_two_folders_spoils_no_batch(void **state)
{
    struct made m[3];

    (void)state;
    make(&m[0], "a", "example.com");
    make(&m[1], "a", "example.net");
    make(&m[2], "b", "example.com");
    assert_commit(RUA_DUPLICATE, m, 3);
    assert_int_equal(RUA_OK, m[0].entry.verdict);
    assert_int_equal(RUA_DUPLICATE, m[1].entry.verdict);
    assert_int_equal(RUA_OK, m[2].entry.verdict);
    for (size_t i = 0; i < 3; i++)
        made_done(&m[i]);
}

static void
months_have_their_own_tables(void **state)
{
    struct made m[2];

    (void)state;
    make(&m[0], "a", "example.com");
    sample.report.field[RUA_BEGIN] = (struct rua_span){0};
    make(&m[1], "a", "example.com");
    assert_commit(RUA_OK, m, 2);
    assert_int_equal(3, folder_lines("example.com/records-2023-11.csv"));
    assert_int_equal(3, folder_lines("example.com/records-undated.csv"));
    assert_int_equal(2, folder_lines("example.com/reports-undated.csv"));
    assert_int_equal(1, folder_count("example.com/archive/undated"));
    made_done(&m[0]);
    made_done(&m[1]);
}

/* More tables in one batch than are kept open. */
static void
batch_of_many_domains(void **state)
{
    static struct made m[80];
    char name[60], id[20];

    (void)state;
    for (unsigned i = 0; i < 80; i++) {
        snprintf(name, sizeof(name), "d%u.example", i % 70);
        snprintf(id, sizeof(id), "%u", i);
        make(&m[i], id, name);
    }
    assert_commit(RUA_OK, m, 80);
    for (unsigned i = 0; i < 70; i++) {
        snprintf(name, sizeof(name), "d%u.example/records-2023-11.csv", i);
        assert_int_equal(i < 10 ? 5 : 3, folder_lines(name));
        snprintf(name, sizeof(name), "d%u.example/reports-2023-11.csv", i);
        assert_int_equal(i < 10 ? 3 : 2, folder_lines(name));
    }
    for (unsigned i = 0; i < 80; i++)
        made_done(&m[i]);
}

static void
report_without_records_has_its_row(void **state)
{
    struct made m;

    (void)state;
    sample.n_records = 0;
    make(&m, "a", "example.com");
    assert_commit(RUA_OK, &m, 1);
    assert_file("example.com/records-2023-11.csv", RECORDS_HEADER);
    assert_int_equal(2, folder_lines("example.com/reports-2023-11.csv"));
    assert_commit(RUA_DUPLICATE, &m, 1);
    made_done(&m);
}

static void
empty_batch_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(RUA_OK, rua_store_commit(store, NULL, 0, &err));
    assert_int_equal(1, folder_count("."));
}

static void
has_says_what_is_stored(void **state)
{
    struct made a, b;
    bool has = true;

    (void)state;
    make(&a, "a", "example.com");
    make(&b, "b", "example.com");
    assert_int_equal(RUA_OK, rua_store_has(store, &a.entry, &has, &err));
    assert_false(has);
    assert_commit(RUA_OK, &a, 1);
    assert_int_equal(RUA_OK, rua_store_has(store, &a.entry, &has, &err));
    assert_true(has);
    a.entry.container = RUA_CONTAINER_BIN;
    assert_int_equal(RUA_OK, rua_store_has(store, &a.entry, &has, &err));
    assert_true(has);
    assert_int_equal(RUA_OK, rua_store_has(store, &b.entry, &has, &err));
    assert_false(has);
    made_done(&a);
    made_done(&b);
}

static void
tsv_tables_end_in_tsv(void **state)
{
    const struct rua_store_style look = {.format = RUA_TSV,
                                         .records_header = RUA_SPAN("a\tb\n"),
                                         .reports_header = RUA_SPAN("c\td\n")};
    struct made m;

    (void)state;
    rua_store_close(store);
    assert_int_equal(RUA_OK, rua_store_open(folder_path, &look, &store, &err));
    make(&m, "a", "example.com");
    assert_commit(RUA_OK, &m, 1);
    assert_int_equal(3, folder_lines("example.com/records-2023-11.tsv"));
    assert_int_equal(2, folder_lines("example.com/reports-2023-11.tsv"));
    made_done(&m);
}

static void
message_is_kept_aside(void **state)
{
    struct rua_spool message;
    struct rua_aside aside = {.message = &message,
                              .verdict = RUA_BAD,
                              .sentence = "broken",
                              .when = 1763755200};

    (void)state;
    sample_spool(&message);
    rua_spool_write(&message, RUA_SPAN("bad\n"), NULL);
    assert_int_equal(RUA_OK, rua_store_keep_aside(store, &aside, &err));
    assert_int_equal(RUA_DUPLICATE, rua_store_keep_aside(store, &aside, &err));
    assert_int_equal(2, folder_lines("quarantine/quarantine.csv"));
    assert_int_equal(1, folder_count("quarantine/2025/11"));
    rua_spool_done(&message);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(report_is_stored),
        TEST(report_that_comes_again_is_a_duplicate),
        TEST(duplicate_is_known_to_the_next_process),
        TEST(another_wrapping_is_a_duplicate),
        TEST(same_report_twice_in_a_batch_is_stored_once),
        TEST(same_id_with_another_content_is_another_report),
        TEST(domains_have_their_own_folders),
        TEST(one_report_in_two_folders_spoils_no_batch),
        TEST(months_have_their_own_tables),
        TEST(batch_of_many_domains),
        TEST(report_without_records_has_its_row),
        TEST(empty_batch_is_nothing),
        TEST(has_says_what_is_stored),
        TEST(tsv_tables_end_in_tsv),
        TEST(message_is_kept_aside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
