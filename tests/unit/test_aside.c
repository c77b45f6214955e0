#include "store_fixture.h"

#include "aside.h"

#define HEADER "when,verdict,sentence,rua,sender,file\n"
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
    if (folder_begin(state) || mkdirat(folder, ".spool", 0750))
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
    return folder_end(state);
}

static void
assert_put(void)
{
    assert_int_equal(RUA_OK, rua_aside_put(folder, &aside, &err));
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
    assert_int_equal(0, folder_count(".spool"));
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

/* A staged file of a process that died is no part of the message. */
static void
old_staged_file_is_overwritten(void **state)
{
    (void)state;
    folder_put(".spool/" DIGEST ".eml",
               "a longer text than that of the message");
    assert_put();
    assert_file("quarantine/2025/11/" DIGEST ".eml", "a bad message\n");
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
    assert_int_equal(RUA_LATER, rua_aside_put(folder, &aside, &err));
    assert_true(err.sentence[0]);
    assert_file("quarantine", "a file");
}

static void
failure_comes_back_and_a_second_try_works(void **state)
{
    (void)state;
    assert_int_equal(0, unlinkat(folder, ".spool", AT_REMOVEDIR));
    assert_int_equal(RUA_LATER, rua_aside_put(folder, &aside, &err));
    assert_false(folder_has("quarantine/2025/11/" DIGEST ".eml"));
    assert_int_equal(0, mkdirat(folder, ".spool", 0750));
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
        TEST(old_staged_file_is_overwritten),
        TEST(row_is_one_line_whatever_is_in_it),
        TEST(what_is_in_the_way_is_later),
        TEST(failure_comes_back_and_a_second_try_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
