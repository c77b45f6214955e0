#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "survey.h"

#define HEAD "begin_date,org_name,count,dmarc_aligned\n"

/* A store in a folder of its own, and what was said and read. */
struct store {
    char path[64];
    struct survey survey;
    struct view_names domains;
    struct rua_buf said, read;
};

static void
say(void *ctx, const char *sentence)
{
    struct store *store = ctx;

    rua_buf_printf(&store->said, "%s\n", sentence);
}

static enum rua_verdict
note(void *ctx, const struct survey_row *row, struct rua_err *err)
{
    struct store *store = ctx;

    (void)err;
    rua_buf_printf(&store->read, "%s:%llu", row->table->path,
                   (unsigned long long)row->line);
    for (size_t i = 0; i < 3; i++)
        rua_buf_printf(&store->read, "|%.*s",
                       row->cells[i].data ? (int)row->cells[i].len : 1,
                       row->cells[i].data ? (const char *)row->cells[i].data
                                          : "-");
    rua_buf_add_byte(&store->read, '\n');
    return RUA_OK;
}

static int
set_up(void **state)
{
    struct store *store = calloc(1, sizeof(*store));

    snprintf(store->path, sizeof(store->path), "/tmp/survey-XXXXXX");
    assert_non_null(mkdtemp(store->path));
    rua_buf_init(&store->said, 1 << 20);
    rua_buf_init(&store->read, 1 << 20);
    store->survey = (struct survey){
        .guard = true, .skip = {say, store}
    };
    *state = store;
    return 0;
}

static int
tear_down(void **state)
{
    struct store *store = *state;
    char command[128];

    survey_close(&store->survey);
    view_names_done(&store->domains);
    rua_buf_done(&store->said);
    rua_buf_done(&store->read);
    snprintf(command, sizeof(command), "rm -r %s", store->path);
    assert_int_equal(system(command), 0);
    free(store);
    return 0;
}

static void
put(const struct store *store, const char *domain, const char *name,
    const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", store->path, domain);
    mkdir(path, 0750);
    snprintf(path, sizeof(path), "%s/%s/%s", store->path, domain, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* What is read of all domains, and then what was said. */
static void
gives(struct store *store, const char *read, const char *said)
{
    static const char *const columns[] = {"begin_date", "org_name",
                                          "dmarc_aligned"};
    const struct survey_query query = {.kind = VIEW_RECORDS,
                                       .columns = columns,
                                       .n = 3,
                                       .row = note,
                                       .ctx = store};
    struct rua_err err = {0};

    assert_int_equal(survey_open(&store->survey, store->path, &err), RUA_OK);
    assert_int_equal(survey_domains(&store->survey, &store->domains, &err),
                     RUA_OK);
    for (size_t i = 0; i < store->domains.n; i++) {
        assert_int_equal(
            survey_look(&store->survey, store->domains.names[i], &err), RUA_OK);
        assert_int_equal(survey_read(&store->survey, &query, &err), RUA_OK);
    }
    rua_buf_add_byte(&store->read, '\0');
    rua_buf_add_byte(&store->said, '\0');
    assert_string_equal((const char *)store->read.data, read);
    assert_string_equal((const char *)store->said.data, said);
}

static void
test_reads_all_kinds_of_tables(void **state)
{
    struct store *store = *state;

    put(store, "a.example", "records.csv", HEAD "x,\"a,\"\"b\"\"\",1,1\n");
    put(store, "a.example", "records-2026-11.2.csv", "org_name\n\"'=1\"\n");
    put(store, "a.example", "records-2026-11.csv.1", HEAD "y,,1,\n");
    put(store, "a.example", "reports-2026-11.csv", "begin_date\nno\n");
    put(store, "b.example", "records-2026.tsv",
        "begin_date\torg_name\tcount\n1\t'=2\t3\n");
    put(store, "c.example", "records-2026-11-21.csv",
        "reportMetadataOrgName,recordRowCount,reportMetadataDateRangeBegin\n"
        "\"w\",7,99\n");
    gives(store,
          "a.example/records.csv:2|x|a,\"b\"|1\n"
          "a.example/records-2026-11.csv.1:2|y|-|-\n"
          "a.example/records-2026-11.2.csv:2|-|=1|-\n"
          "b.example/records-2026.tsv:2|1|'=2|-\n"
          "c.example/records-2026-11-21.csv:2|99|w|-\n",
          "");
}

static void
test_picks_the_tables_of_a_period(void **state)
{
    struct store *store = *state;

    for (int month = 9; month <= 12; month++) {
        char name[64];
        snprintf(name, sizeof(name), "records-2026-%02d.csv", month);
        put(store, "a.example", name, HEAD "m,,,\n");
    }
    put(store, "a.example", "records-2025.csv", HEAD "m,,,\n");
    put(store, "a.example", "records-2026.csv", HEAD "m,,,\n");
    put(store, "a.example", "records-2026-10-31.csv", HEAD "m,,,\n");
    put(store, "a.example", "records-2026-11-01.csv", HEAD "m,,,\n");
    put(store, "a.example", "records-2026-11-30.csv", HEAD "m,,,\n");
    put(store, "a.example", "records-undated.csv", HEAD "m,,,\n");
    store->survey.since = survey_day(2026, 11, 1);
    store->survey.until = survey_day(2026, 11, 30);
    gives(store,
          "a.example/records-2026.csv:2|m|-|-\n"
          "a.example/records-2026-11.csv:2|m|-|-\n"
          "a.example/records-2026-11-01.csv:2|m|-|-\n"
          "a.example/records-undated.csv:2|m|-|-\n",
          "");
}

static void
test_says_what_it_leaves_out(void **state)
{
    struct store *store = *state;

    put(store, "a.example", "records-2026-10.csv", "when,who\n1,2\n");
    put(store, "a.example", "records-2026-11.csv",
        HEAD "1,2,3\n1,\"b\",3,4\n1,\"b,3,4\n,,\nbreaks off");
    put(store, "a.example", "records-2026-12.csv.xz", "packed");
    gives(store, "a.example/records-2026-11.csv:3|1|b|4\n",
          "a.example/records-2026-12.csv.xz: is compressed, and not by gzip; "
          "unpack it to have it read\n"
          "a.example/records-2026-10.csv: its first line is not a header of "
          "ours; it is left out\n"
          "a.example/records-2026-11.csv:2: has fewer values than the header; "
          "lines that are left out: 4; see ruamill verify\n");
    assert_int_equal(store->survey.wrong, 4);
}

/* Packs what was put, with another name than gzip would give. */
static void
pack(const struct store *store, const char *from, const char *to, int cut)
{
    char command[512];

    snprintf(command, sizeof(command),
             "cd %s/a.example && gzip -c %s | head -c %d >new && mv new %s",
             store->path, from, cut, to);
    assert_int_equal(system(command), 0);
}

static void
test_unpacks_tables(void **state)
{
    struct store *store = *state;

    put(store, "a.example", "one", HEAD "1,a,1,\n");
    put(store, "a.example", "two", HEAD "2,b,1,\n");
    pack(store, "one", "records.csv.2.gz", 1 << 20);
    pack(store, "two", "records.csv.1.gz", 1 << 20);
    put(store, "a.example", "records.csv", HEAD "3,c,1,\n");
    gives(store,
          "a.example/records.csv.2.gz:2|1|a|-\n"
          "a.example/records.csv.1.gz:2|2|b|-\n"
          "a.example/records.csv:2|3|c|-\n",
          "");
}

/* gzip has not taken the table away yet; or a report has come since it did. */
static void
test_tells_a_copy_from_a_later_table(void **state)
{
    struct store *store = *state;

    put(store, "a.example", "records-2026-01.csv", HEAD "1,a,1,\n2,b,1,\n");
    pack(store, "records-2026-01.csv", "records-2026-01.csv.gz", 1 << 20);
    put(store, "a.example", "records-2026-02.csv", HEAD "1,a,1,\n2,b,1,\n");
    pack(store, "records-2026-02.csv", "records-2026-02.csv.gz", 20);
    put(store, "a.example", "records-2026-03.csv", HEAD "1,a,1,\n2,b,1,\n");
    pack(store, "records-2026-03.csv", "records-2026-03.csv.gz", 1 << 20);
    put(store, "a.example", "records-2026-03.csv", HEAD "3,c,1,\n");
    gives(store,
          "a.example/records-2026-01.csv:2|1|a|-\n"
          "a.example/records-2026-01.csv:3|2|b|-\n"
          "a.example/records-2026-02.csv:2|1|a|-\n"
          "a.example/records-2026-02.csv:3|2|b|-\n"
          "a.example/records-2026-03.csv.gz:2|1|a|-\n"
          "a.example/records-2026-03.csv.gz:3|2|b|-\n"
          "a.example/records-2026-03.csv:2|3|c|-\n",
          "");
}

static void
test_says_that_a_packed_table_is_damaged(void **state)
{
    struct store *store = *state;

    put(store, "a.example", "records-2026-01.csv.gz", "packed");
    put(store, "a.example", "records-2026-02.csv.gz", "");
    put(store, "a.example", "one", HEAD "1,a,1,\n2,b");
    pack(store, "one", "records-2026-03.csv.gz", 1 << 20);
    put(store, "a.example", "one", HEAD "1,a,1,\n");
    pack(store, "one", "records-2026-04.csv.gz", 64);
    gives(store,
          "a.example/records-2026-03.csv.gz:2|1|a|-\n"
          "a.example/records-2026-04.csv.gz:2|1|a|-\n",
          "a.example/records-2026-01.csv.gz: is damaged, and read as far as it "
          "can be unpacked; bring it back from a backup\n"
          "a.example/records-2026-02.csv.gz: is damaged, and read as far as it "
          "can be unpacked; bring it back from a backup\n"
          "a.example/records-2026-03.csv.gz:3: breaks off; lines that are left "
          "out: 1; see ruamill verify\n"
          "a.example/records-2026-04.csv.gz: is damaged, and read as far as it "
          "can be unpacked; bring it back from a backup\n");
    assert_int_equal(store->survey.wrong, 4);
}

/* Lines across the pieces that a table is read in; packed as well. */
static void
read_long(struct store *store, const char *name)
{
    struct rua_buf table;
    size_t rows = 0;

    rua_buf_init(&table, 8 << 20);
    rua_buf_printf(&table, HEAD);
    for (; table.len < 2 << 20; rows++)
        rua_buf_printf(&table, "%zu,\"%0*d\",1,1\n", rows,
                       (int)(rows % 997 == 0 ? 300000 : rows % 97), 7);
    rua_buf_add_byte(&table, '\0');
    put(store, "a.example", name, (const char *)table.data);
    if (strcmp(name, "records.csv") != 0) {
        pack(store, name, "records.csv.gz", 16 << 20);
        name = "records.csv.gz";
    }
    rua_buf_reset(&store->read);
    store->read.max = 16 << 20;
    {
        static const char *const columns[] = {"begin_date", "count", "p"};
        const struct survey_query query = {.kind = VIEW_RECORDS,
                                           .columns = columns,
                                           .n = 3,
                                           .row = note,
                                           .ctx = store};
        char last[64];
        survey_open(&store->survey, store->path, NULL);
        survey_look(&store->survey, "a.example", NULL);
        assert_int_equal(survey_read(&store->survey, &query, NULL), RUA_OK);
        snprintf(last, sizeof(last), "a.example/%s:%zu|%zu|1|-\n", name,
                 rows + 1, rows - 1);
        assert_memory_equal(store->read.data + store->read.len - strlen(last),
                            last, strlen(last));
    }
    assert_int_equal(store->survey.wrong, 0);
    rua_buf_done(&table);
}

static void
test_reads_long_tables(void **state)
{
    read_long(*state, "records.csv");
}

static void
test_reads_long_tables_that_are_packed(void **state)
{
    read_long(*state, "long");
}

static void
test_reads_values_of_all_profiles(void **state)
{
    int64_t seconds = 0;

    (void)state;
    assert_true(survey_time(RUA_SPAN("2026-11-21 20:00:01"), &seconds));
    assert_int_equal(seconds, 1795291201);
    assert_true(survey_time(RUA_SPAN("1795291200"), &seconds));
    assert_int_equal(seconds, 1795291200);
    assert_true(survey_time(RUA_SPAN("2024-02-29 00:00:00"), &seconds));
    assert_int_equal(seconds, 1709164800);
    assert_false(survey_time(RUA_SPAN("2026-13-21 20:00:00"), &seconds));
    assert_false(survey_time(RUA_SPAN("2026-11-21T20:00:00"), &seconds));
    assert_false(survey_time(RUA_SPAN(""), &seconds));
    assert_int_equal(survey_flag(RUA_SPAN("1")), 1);
    assert_int_equal(survey_flag(RUA_SPAN("False")), 0);
    assert_int_equal(survey_flag(RUA_SPAN("True")), 1);
    assert_int_equal(survey_flag((struct rua_span){0}), -1);
    assert_int_equal(survey_policy(RUA_SPAN("Reject")), SURVEY_REJECT);
    assert_int_equal(survey_policy(RUA_SPAN("1")), SURVEY_QUARANTINE);
    assert_int_equal(survey_policy(RUA_SPAN("pass")), SURVEY_NONE);
    assert_int_equal(survey_policy(RUA_SPAN("discard")), SURVEY_OTHER);
    assert_int_equal(survey_policy((struct rua_span){0}), SURVEY_ABSENT);
    assert_int_equal(survey_number(RUA_SPAN("12")), 12);
    assert_int_equal(survey_number(RUA_SPAN("1e9")), 0);
    assert_int_equal(survey_day(1970, 1, 1), 0);
    assert_int_equal(survey_day(2000, 3, 1), 951868800);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_all_kinds_of_tables),
        TEST(test_picks_the_tables_of_a_period),
        TEST(test_says_what_it_leaves_out),
        TEST(test_unpacks_tables),
        TEST(test_tells_a_copy_from_a_later_table),
        TEST(test_says_that_a_packed_table_is_damaged),
        TEST(test_reads_long_tables),
        TEST(test_reads_long_tables_that_are_packed),
        cmocka_unit_test(test_reads_values_of_all_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
