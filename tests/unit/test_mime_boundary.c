#include "mime_fixture.h"

#define FIRST "--a\nContent-Type: text/html\n\none\n"
#define BODY  FIRST "--a\n\ntwo\n--a--\n"
#define PARTS NOBODY "text/html - [one]\ntext/plain - [two]\n"

static void
missing_boundary_is_guessed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary=\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary=\"\"\n\n" BODY,
                 PARTS);
    assert_parts("Content-Type: multipart/mixed boundary=a\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed\n\nprologue\n\n" BODY
                 "epilogue\n",
                 PARTS);
}

static void
wrong_boundary_is_guessed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=b\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary=A\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary=ab\n\n" FIRST
                 "--a\n\ntwo\n",
                 NOBODY "text/html - [one]\ntext/plain - [two\n]\n");
}

static void
badly_quoted_boundary_is_guessed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=\"a\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary='a'\n\n" BODY, PARTS);
    assert_parts("Content-Type: multipart/mixed; boundary=\"a\\\n\n" BODY,
                 PARTS);
}

static void
line_ends_may_be_crlf(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed\r\n\r\n"
                 "--a\r\nContent-Type: text/html\r\n\r\none\r\n"
                 "--a\r\n\r\ntwo\r\n--a--\r\n",
                 PARTS);
}

static void
body_without_a_boundary_is_a_text(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n<feedback/>\n",
                 NOBODY "text/plain - [<feedback/>\n]\n");
    assert_parts("Content-Type: multipart/mixed\n\nPGZlZWRi \nYWNrLz4=\n",
                 NOBODY "text/plain - [<feedback/>]\n");
    assert_parts("Content-Type: multipart/mixed\n\nHello,\n-- \n"
                 "begin 644 one.gz\n#86)C\n`\nend\n",
                 NOBODY "application/octet-stream one.gz [abc]\n");
}

static void
empty_body_gives_no_part(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed\n\n", NOBODY);
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n--a--\n",
                 NOBODY);
}

static void
multipart_with_a_part_is_not_guessed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=b\n\n" BODY
                 "--b\n\nthree\n--b--\n",
                 NOBODY "text/plain - [three]\n");
}

static void
nested_boundaries_are_guessed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=b\n\n"
                 "--b\nContent-Type: multipart/mixed\n\n" BODY
                 "--b\n\nthree\n--b--\n",
                 PARTS "text/plain - [three]\n");
    assert_parts("Content-Type: multipart/mixed\n\n"
                 "--b\nContent-Type: multipart/mixed\n\n" BODY
                 "--b\n\nthree\n--b--\n",
                 PARTS "text/plain - [three]\n");
}

static void
kind_of_a_report_is_known_by_its_parts(void **state)
{
#define STATUS "--a\nContent-Type: message/delivery-status\n\n\n--a--\n"
    (void)state;
    assert_mail(RUA_MAIL_DSN,
                "Content-Type: multipart/report\n\n--a\n\none\n" STATUS,
                NOBODY);
    assert_mail(RUA_MAIL_TLSRPT,
                "Content-Type: multipart/report\n\n--a\n"
                "Content-Type: application/tlsrpt+gzip\n\none\n--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_TLSRPT,
                "Content-Type: multipart/report; report-type=tlsrpt\n\n" BODY,
                NOBODY);
    assert_mail(RUA_MAIL_RUF,
                "Content-Type: multipart/mixed\n\n--a\n"
                "Content-Type: message/feedback-report\n\n\n--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL,
                "Content-Type: multipart/mixed\n\n--a\n"
                "Content-Type: application/tlsrpt+gzip\n\none\n--a--\n",
                NOBODY "application/tlsrpt+gzip - [one]\n");
}

static void
message_below_a_report_is_never_read(void **state)
{
#define MESSAGE "--a\nContent-Type: message/rfc822\n\nSubject: x\n\ntwo\n"
    (void)state;
    assert_parts("Content-Type: multipart/report\n\n--a\n\none\n" MESSAGE
                 "--a--\n",
                 NOBODY "text/plain - [one]\n");
    assert_parts("Content-Type: multipart/report; boundary=b\n\n"
                 "--b\nContent-Type: multipart/mixed\n\n" FIRST MESSAGE
                 "--a--\n--b--\n",
                 NOBODY "text/html - [one]\n");
    assert_parts("Content-Type: multipart/mixed\n\n" MESSAGE "--a--\n",
                 NOBODY "text/plain - [two]\n");
}

/* The header that names the guess is longer than the one that does not. */
static void
text_is_scanned_before_it_is_read_again(void **state)
{
    static const char text[] = "Content-Type: multipart/mixed\n\n"
                               "--a\n\none\n--a--\n";

    (void)state;
    limits.max_header = 44;
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    limits.max_header = 43;
    assert_bad(rua_span_text(text),
               "headers of more than max_header (43) bytes");
}

static void
guessed_multipart_counts_for_the_ceilings(void **state)
{
    static const char text[] = "Content-Type: multipart/mixed\n\n" BODY;
    static const char again[] =
        "Content-Type: multipart/mixed; boundary=\"a\"\n\n" BODY;

    (void)state;
    limits.max_mime_depth = 2;
    limits.max_parts = 2;
    limits.max_unpacked = strlen(again) + strlen("onetwo");
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    limits.max_mime_depth = 1;
    assert_bad(rua_span_text(text),
               "multiparts and messages more than max_mime_depth (1) deep");
    limits.max_mime_depth = 2;
    limits.max_parts = 1;
    assert_bad(rua_span_text(text), "more than max_parts (1) parts");
    limits.max_parts = 2;
    limits.max_unpacked--;
    assert_int_equal(RUA_BAD, read_memory(rua_span_text(text)));
    assert_non_null(strstr(err.sentence, "parts of more than max_unpacked"));
}

/* A boundary that gmime decodes, so that it does not find it again. */
static void
guess_that_does_not_help_ends_as_a_text(void **state)
{
    static const char body[] = "--=?utf-8?q?a?=\n\none\n--=?utf-8?q?a?=--";
    struct rua_buf text, expected;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_init(&expected, LOTS);
    rua_buf_printf(&text, "Content-Type: multipart/mixed\n\n%s", body);
    rua_buf_printf(&expected, NOBODY "text/plain - [%s]\n%c", body, '\0');
    rua_buf_add_byte(&text, '\0');
    assert_parts((const char *)text.data, (const char *)expected.data);
    rua_buf_done(&text);
    rua_buf_done(&expected);
}

/* Each inside the last, and a text of 2 MB in the innermost. */
static void
guesses_inside_each_other_are_bounded(void **state)
{
    struct rua_buf text;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_add_span(&text, RUA_SPAN("Content-Type: multipart/mixed\n\n"));
    for (size_t i = 0; i < 100; i++)
        rua_buf_printf(&text, "--x%zu\nContent-Type: multipart/mixed\n\n", i);
    for (size_t i = 0; i < 40 * 1000; i++)
        rua_buf_printf(&text, "%050d\n", 0);
    limits.max_unpacked = 7 * text.len;
    assert_int_equal(RUA_OK, read_memory(rua_buf_span(&text)));
    assert_non_null(memmem(told.data, told.len, "[--x4\n", 6));
    assert_int_equal(RUA_OK, read_file(rua_buf_span(&text)));
    rua_buf_done(&text);
}

static void
million_lines_of_dashes_are_refused(void **state)
{
    struct rua_buf text;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_add_span(&text, RUA_SPAN("Content-Type: multipart/mixed\n\n"));
    for (size_t i = 0; i < 1000 * 1000; i++)
        rua_buf_add_span(&text, RUA_SPAN("--x\n"));
    assert_bad(rua_buf_span(&text),
               "more than 11000 lines that begin with \"--\" (by max_parts)");
    rua_buf_done(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_boundary_is_guessed),
        TEST(wrong_boundary_is_guessed),
        TEST(badly_quoted_boundary_is_guessed),
        TEST(line_ends_may_be_crlf),
        TEST(body_without_a_boundary_is_a_text),
        TEST(empty_body_gives_no_part),
        TEST(multipart_with_a_part_is_not_guessed),
        TEST(nested_boundaries_are_guessed),
        TEST(kind_of_a_report_is_known_by_its_parts),
        TEST(message_below_a_report_is_never_read),
        TEST(text_is_scanned_before_it_is_read_again),
        TEST(guessed_multipart_counts_for_the_ceilings),
        TEST(guess_that_does_not_help_ends_as_a_text),
        TEST(guesses_inside_each_other_are_bounded),
        TEST(million_lines_of_dashes_are_refused),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
