#include "prescan_fixture.h"

/* Whatever lies across the edge of a window counts as if it did not. */
static void
edges_of_windows_change_nothing(void **state)
{
    static const char bomb[] =
        "\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo "
        ":\r\n";

    (void)state;
    limits.max_mime_depth = 1;
    for (size_t back = 0; back < sizeof(bomb) + 4; back++) {
        rua_buf_reset(&message);
        say("a: b\n\n");
        add("x", WINDOW - message.len - back);
        say(bomb);
        add(" g:\n", 256);
        assert_refused(groups);
        rua_buf_reset(&message);
        say("a: b\n\n");
        add("x", WINDOW - message.len - back);
        add(bomb, 4);
        assert_passes();
        say(bomb);
        assert_refused(
            "more than 4 multiparts and embedded messages (by max_mime_depth)");
    }
}

static void
line_longer_than_a_window_is_one_line(void **state)
{
    (void)state;
    say("Subject: ");
    add("x", 3 * WINDOW - message.len);
    say("To: ");
    add("g:", 1000);
    say("\n\n");
    assert_passes();
    rua_buf_reset(&message);
    say("To");
    add(" ", 2 * WINDOW);
    say(":");
    add("g:", 1000);
    assert_refused(groups);
}

static void
type_in_a_line_longer_than_a_window_counts(void **state)
{
    (void)state;
    limits.max_header = 100000;
    say("Content-Type: (");
    add("x", WINDOW - message.len - strlen(") mess"));
    say(") message/rfc822\n\nSubject: ");
    add("x", 40000);
    assert_refused("headers of more than max_header (100000) bytes");
}

static void
file_that_became_shorter_is_later(void **state)
{
    FILE *file = tmpfile();
    struct rua_spool spool;

    (void)state;
    assert_non_null(file);
    rua_spool_open(&spool, fileno(file), 0, 100);
    assert_int_equal(RUA_LATER, rua_prescan(&spool, &limits, &err));
    fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edges_of_windows_change_nothing),
        TEST(line_longer_than_a_window_is_one_line),
        TEST(type_in_a_line_longer_than_a_window_counts),
        TEST(file_that_became_shorter_is_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
