#include "reports_fixture.h"

#define HEADER RUA_ASIDE_HEADER
#define TABLE  "quarantine/quarantine.csv"

/* The SHA-256 of "a bad message\n". */
#define DIGEST                                                                 \
    "3f9e79597c885d3672caf73a2f5833de6cb8eeb6c8232af593e3403c7bf33653"

static struct rua_spool message;
static struct rua_aside aside;

static void
set_message(const char *text)
{
    rua_spool_reset(&message);
    assert_int_equal(RUA_OK,
                     rua_spool_write(&message, rua_span_text(text), NULL));
}

static int
begin(void **state)
{
    if (reports_begin(state))
        return -1;
    sample_spool(&message);
    set_message("a bad message\n");
    aside = (struct rua_aside){.message = &message,
                               .verdict = RUA_BAD,
                               .sentence = "xml: broken, \"here\"",
                               .rua = "dmarc@example.com",
                               .sender = "=a\n@example.org",
                               .when = 1763755200};
    return 0;
}

static int
end(void **state)
{
    rua_spool_done(&message);
    return reports_end(state);
}

static void
assert_put(void)
{
    assert_int_not_equal(RUA_LATER, rua_store_keep_aside(store, &aside, &err));
    assert_string_equal("", err.sentence);
}

static void
message_and_row_are_kept(void **state)
{
    (void)state;
    assert_put();
    assert_file("quarantine/2025/11/" DIGEST ".eml", "a bad message\n");
    assert_file(TABLE, HEADER
                "2025-11-21 20:00:00,\"bad\",\"xml: broken, \"\"here\"\"\","
                "\"dmarc@example.com\",\"'=a @example.org\",\"2025/11/" DIGEST
                ".eml\"\n");
    assert_int_equal(2, folder_count("quarantine"));
    assert_int_equal(1, folder_count("quarantine/2025/11"));
}

static void
what_is_unknown_is_absent(void **state)
{
    (void)state;
    aside.verdict = RUA_REFUSED;
    aside.sentence = "";
    aside.rua = aside.sender = NULL;
    assert_put();
    assert_file(TABLE, HEADER "2025-11-21 20:00:00,\"refused\",\"\",,,"
                              "\"2025/11/" DIGEST ".eml\"\n");
}

static void
same_message_in_the_month_adds_nothing(void **state)
{
    (void)state;
    assert_put();
    aside.when += 86400;
    aside.sender = "somebody else";
    assert_put();
    assert_int_equal(2, folder_lines(TABLE));
    assert_int_equal(1, folder_count("quarantine/2025/11"));
}

static void
next_month_is_another_place(void **state)
{
    (void)state;
    assert_put();
    aside.when += 30 * 86400;
    assert_put();
    assert_int_equal(3, folder_lines(TABLE));
    assert_file("quarantine/2025/12/" DIGEST ".eml", "a bad message\n");
}

static void
other_message_is_kept_too(void **state)
{
    (void)state;
    assert_put();
    set_message("another\n");
    assert_put();
    set_message(""); /* of nothing */
    assert_put();
    assert_int_equal(4, folder_lines(TABLE));
    assert_int_equal(3, folder_count("quarantine/2025/11"));
}

static void
large_message_is_kept_whole(void **state)
{
    size_t n = 300000;
    char *text = rua_alloc(n + 1), hex[RUA_DIGEST_SIZE], name[120];
    struct rua_digest digest;

    (void)state;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 23);
    text[n] = '\0';
    set_message(text);
    assert_put();
    rua_digest_init(&digest);
    rua_digest_add(&digest, rua_span_text(text));
    rua_digest_hex(&digest, hex);
    snprintf(name, sizeof(name), "quarantine/2025/11/%s.eml", hex);
    assert_file(name, text);
    free(text);
}

/* As long bytes of reports are. */
static void
message_that_is_too_long_for_the_journal_is_kept(void **state)
{
    size_t n = RUA_OP_INLINE + 1;
    char *text = rua_alloc(n + 1), name[400];
    struct rua_spool large;
    struct rua_entry entry;

    (void)state;
    memset(text, 'x', n);
    text[n] = '\0';
    rua_spool_init(&large, NULL, n, n, "large");
    rua_spool_write(&large, rua_span_text(text), NULL);
    aside.message = &large;
    assert_put();
    reopen();
    assert_put();
    assert_int_equal(RUA_OK, rua_aside_make(&aside, &entry, &err));
    snprintf(name, sizeof(name), "quarantine/%s.eml", entry.archive);
    assert_file(name, text);
    assert_int_equal(2, folder_lines(TABLE));
    rua_entry_done(&entry);
    rua_spool_done(&large);
    free(text);
}

/* One sync for both, the first time and later; nothing for what is there. */
static void
message_is_one_entry_of_the_journal(void **state)
{
    uint64_t before;

    (void)state;
    assert_put();
    set_message("another\n");
    before = rua_store_count(store).syncs;
    assert_put();
    assert_int_equal(before + 1, rua_store_count(store).syncs);
    assert_put();
    assert_int_equal(before + 1, rua_store_count(store).syncs);
}

static void
table_with_another_header_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "quarantine", 0750));
    folder_put(TABLE, "mine,all,mine\n1,2,3\n");
    assert_put();
    assert_file(TABLE, "mine,all,mine\n1,2,3\n");
    assert_int_equal(2, folder_lines("quarantine/quarantine.2.csv"));
}

static void
row_is_one_line_whatever_is_in_it(void **state)
{
    char *rest;

    (void)state;
    aside.sentence = "a\r\nb\x01\xff\xe2\x80\xa8";
    aside.rua = "\"\n,";
    assert_put();
    assert_int_equal(2, folder_lines(TABLE));
    rest = folder_slurp(TABLE, NULL);
    assert_non_null(strstr(rest, "\"a  b \xef\xbf\xbd \",\"\"\" ,\","));
    free(rest);
}

static void
what_is_in_the_way_is_later(void **state)
{
    (void)state;
    folder_put("quarantine", "a file");
    assert_int_equal(RUA_LATER, rua_store_keep_aside(store, &aside, &err));
    assert_true(err.sentence[0]);
    assert_file("quarantine", "a file");
}

static void
failure_comes_back_and_a_second_try_works(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "quarantine", 0750));
    folder_put("quarantine/2025", "a file");
    assert_int_equal(RUA_LATER, rua_store_keep_aside(store, &aside, &err));
    assert_int_equal(0, folder_lines(TABLE));
    assert_int_equal(0, unlinkat(folder, "quarantine/2025", 0));
    rua_err_clear(&err);
    assert_put();
    assert_file("quarantine/2025/11/" DIGEST ".eml", "a bad message\n");
    assert_int_equal(2, folder_lines(TABLE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(message_and_row_are_kept),
        TEST(what_is_unknown_is_absent),
        TEST(same_message_in_the_month_adds_nothing),
        TEST(next_month_is_another_place),
        TEST(other_message_is_kept_too),
        TEST(large_message_is_kept_whole),
        TEST(message_that_is_too_long_for_the_journal_is_kept),
        TEST(message_is_one_entry_of_the_journal),
        TEST(table_with_another_header_is_left_alone),
        TEST(row_is_one_line_whatever_is_in_it),
        TEST(what_is_in_the_way_is_later),
        TEST(failure_comes_back_and_a_second_try_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
