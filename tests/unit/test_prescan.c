#include "prescan_fixture.h"

static void
ordinary_message_passes(void **state)
{
    (void)state;
    say("From: a@example.org\r\nTo: b@example.net, c@example.net\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/gzip\r\n\r\n"
        "H4sIAAAAAAA=\r\n--b--\r\n");
    assert_passes();
}

static void
empty_message_passes(void **state)
{
    (void)state;
    assert_passes();
}

static void
header_behind_empty_lines_is_a_header(void **state)
{
    (void)state;
    say("\n\r\nFrom a@example.org\n");
    add("X: y\n", limits.max_header / 32);
    assert_passes();
    say("X: y\n");
    assert_refused("more than 32768 header fields (by max_header)");
}

static void
group_bomb_in_the_header_is_refused(void **state)
{
    (void)state;
    say("Cc: ");
    add("g:", 45000);
    say("\n\ntext\n");
    assert_refused(groups);
}

static void
group_bomb_over_folded_lines_is_refused(void **state)
{
    (void)state;
    say("Subject: x\nreply-to \t:\n");
    add(" g:\r\n\t\r\n", 45000);
    assert_refused(groups);
}

static void
group_bomb_in_an_embedded_message_is_refused(void **state)
{
    (void)state;
    say("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: message/rfc822\n\nResent-Sender: ");
    add("g:", 45000);
    say("\n\ntext\n--b--\n");
    assert_refused(groups);
}

static void
colons_are_counted_for_each_address_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        say("To: ");
        add("g:", 255);
        say("\n");
    }
    assert_passes();
    say("To: ");
    add("g:", 256);
    assert_refused(groups);
}

static void
colons_elsewhere_do_not_count(void **state)
{
    (void)state;
    say("Subject: ");
    add("g:", 1000);
    say("\nTotal: ");
    add("g:", 1000);
    say("\n\n");
    add("2001:db8::1 to: cc: bcc:\n", 1000);
    assert_passes();
}

static void
too_many_comments_are_refused(void **state)
{
    (void)state;
    say("To: ");
    add("a(b,", 1000);
    assert_passes();
    say("a(b,");
    assert_refused("an address header of too many comments");
}

/* gmime looks for the end of each address in the whole rest of the header. */
static void
too_many_addresses_are_refused(void **state)
{
    (void)state;
    say("To: ");
    add("somebody@department.example.org, ", 1500);
    assert_passes();
    rua_buf_reset(&message);
    say("To: ");
    add("a b,", 10000);
    assert_refused("an address header of too many addresses");
}

static void
addresses_add_up_over_the_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        say("To: ");
        add("a b,", 2000);
        say("\n");
    }
    assert_refused("an address header of too many addresses");
}

static const char header[] = "headers of more than max_header (1000) bytes";

static void
header_may_have_max_header_bytes(void **state)
{
    (void)state;
    limits.max_header = 1000;
    say("Subject: ");
    add("x", 1000 - strlen("Subject: \n"));
    say("\n\n");
    add("a: text\n", 1000);
    assert_passes();
    limits.max_header = 999;
    assert_refused("headers of more than max_header (999) bytes");
}

static void
headers_of_parts_add_up(void **state)
{
    (void)state;
    limits.max_header = 1000;
    say("a: b\n\n");
    for (size_t i = 0; i < 2; i++) {
        say("--b\nSubject: ");
        add("x", 500);
        say("\n\ntext\n");
    }
    assert_refused(header);
}

static void
header_of_an_embedded_message_counts(void **state)
{
    static const char *const types[] = {
        "Content-Type: message/rfc822\n",
        "content-TYPE :\n (comment)\n MESSAGE (x) / global\n",
        "Content-Type: multipart/digest; boundary=b\n\n--b\na: b\n",
        /* what looks like a boundary and is none ends no header */
        "Content-Type: message/rfc822\n--x\na: b\n",
    };

    (void)state;
    limits.max_header = 1000;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        rua_buf_reset(&message);
        say(types[i]);
        say("\nSubject: ");
        add("x", 1000);
        assert_refused(header);
    }
}

static void
text_is_no_header(void **state)
{
    (void)state;
    limits.max_header = 1000;
    say("Content-Type: text/plain\n\n");
    add("a: b\n\n", 1000);
    assert_passes();
    rua_buf_reset(&message);
    say("Content-Type: text/plain\r\n\r\n");
    add("a: b\r\n\r\n", 1000);
    assert_passes();
}

/* An XML comment may end at the start of a line. */
static void
xml_behind_dashes_is_no_header(void **state)
{
    (void)state;
    limits.max_header = 1000;
    say("Content-Type: text/xml\n\n<feedback>\n<!--\n-->\n");
    add("  <record>\n    <ip>2001:db8::1</ip>\n", 1000);
    assert_passes();
}

static void
too_many_header_fields_are_refused(void **state)
{
    (void)state;
    limits.max_header = 3200;
    add("a:\n", 100);
    assert_passes();
    say("--b\n--a:\n"); /* may be a field as well as a boundary */
    assert_refused("more than 100 header fields (by max_header)");
}

static void
too_many_lines_of_dashes_are_refused(void **state)
{
    (void)state;
    limits.max_parts = 100;
    say("a: b\n\n");
    add("--b\n\n", 2000);
    assert_passes();
    say("--b\n\n");
    assert_refused(
        "more than 2000 lines that begin with \"--\" (by max_parts)");
}

static void
too_many_parameters_are_refused(void **state)
{
    (void)state;
    limits.max_parts = 100;
    say("Content-Disposition: attachment");
    add("; a=b", 2000);
    say("\nContent-Type: text/plain");
    add(";\n\ta=b", 2000);
    say("\nX-Other: text");
    add("; a=b", 1000);
    say("\n\nContent-Type: in the text;\n");
    assert_passes();
    say("--b\ncontent-type: text/xml; charset=utf-8\n");
    assert_refused("more than 4000 parameters of header fields (by max_parts)");
}

static void
too_many_multiparts_are_refused(void **state)
{
    (void)state;
    limits.max_mime_depth = 10;
    for (size_t i = 0; i < 40; i++)
        say("Content-Type: multipart/mixed;\n type=multipart; boundary=b\n\n"
            "--b\n");
    assert_passes();
    say("Content-Type:\n\tMessage/rfc822; a=message\n");
    assert_refused(
        "more than 40 multiparts and embedded messages (by max_mime_depth)");
}

static void
multiparts_times_dashes_are_bounded(void **state)
{
    (void)state;
    limits.max_parts = 1000000;
    limits.max_mime_depth = 1000;
    add("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 1000);
    add("--x\n", 18999);
    assert_passes();
    add("--x\n", 2);
    assert_refused("20001 lines that begin with \"--\" in 1000 multiparts");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ordinary_message_passes),
        TEST(empty_message_passes),
        TEST(header_behind_empty_lines_is_a_header),
        TEST(group_bomb_in_the_header_is_refused),
        TEST(group_bomb_over_folded_lines_is_refused),
        TEST(group_bomb_in_an_embedded_message_is_refused),
        TEST(colons_are_counted_for_each_address_header),
        TEST(colons_elsewhere_do_not_count),
        TEST(too_many_comments_are_refused),
        TEST(too_many_addresses_are_refused),
        TEST(addresses_add_up_over_the_message),
        TEST(header_may_have_max_header_bytes),
        TEST(headers_of_parts_add_up),
        TEST(header_of_an_embedded_message_counts),
        TEST(text_is_no_header),
        TEST(xml_behind_dashes_is_no_header),
        TEST(too_many_header_fields_are_refused),
        TEST(too_many_lines_of_dashes_are_refused),
        TEST(too_many_parameters_are_refused),
        TEST(too_many_multiparts_are_refused),
        TEST(multiparts_times_dashes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
