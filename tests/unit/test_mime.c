#include "mime_fixture.h"

static void
head_is_told_first(void **state)
{
    (void)state;
    assert_parts("Message-ID: <1@example.org>\n"
                 "To: Name <a@example.net>, \"B, C\" <b@example.net>,\n"
                 " group: c@example.net, <d@example.net>;, e@example.net\n"
                 "X-Original-To: f@example.net\n"
                 "Subject: =?utf-8?B?UmVwb3J0IERvbWFpbjo=?=\n"
                 " example.com\n"
                 "delivered-to: <g@example.net>\n"
                 "Delivered-To:\n h@example.net\n\n",
                 "id 1@example.org subject Report Domain: example.com to "
                 "g@example.net h@example.net f@example.net a@example.net "
                 "b@example.net c@example.net d@example.net e@example.net\n"
                 "text/plain - []\n");
}

/* A header from the outside in, and one further inside. */
#define AUTHENTICATED                                                          \
    "Received: from x.example\r\n\tby mx.example.com; Sat\n"                   \
    "Authentication-Results: mx.example.com;\r\n"                              \
    "\tdmarc=pass (p=none)\n header.from=example.net\n"                        \
    "Received: by x.example\n"                                                 \
    "Authentication-Results: mx.example.com; dkim=pass\n"

static void
head_tells_what_the_mail_has_passed(void **state)
{
    (void)state;
    reading.own_names = "mx.example.com";
    assert_parts(AUTHENTICATED "\n",
                 "id - subject - to auth dmarc=pass header.from=example.net\n"
                 "text/plain - []\n");
    assert_parts("Content-Type: message/rfc822\n\n" AUTHENTICATED "\n",
                 "id - subject - to\n"
                 "text/plain - []\n");
    assert_parts("Delivered-To \t: <a@example.net>\n"
                 "Authentication-Results : mx.example.com; dmarc=pass\n"
                 "Authentication-Results: mx.example.com; dkim=pass\n\n",
                 "id - subject - to a@example.net\ntext/plain - []\n");
    reading.own_names = "mx.example.net";
    assert_parts(AUTHENTICATED "\n", "id - subject - to\ntext/plain - []\n");
}

static void
head_has_1000_recipients_at_most(void **state)
{
    struct rua_buf text;
    size_t n = 0;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_printf(&text, "To: a@b");
    for (size_t i = 0; i < 1100; i++)
        rua_buf_printf(&text, ",a@b");
    rua_buf_printf(&text, "\n\n");
    assert_int_equal(RUA_OK, read_memory(rua_buf_span(&text)));
    for (size_t i = 0; i < told.len; i++)
        n += told.data[i] == '@';
    assert_int_equal(1000, n);
    rua_buf_done(&text);
}

static void
every_leaf_is_given_in_order(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n"
                 "prologue\n"
                 "--a\nContent-Type: multipart/related; boundary=b\n\n"
                 "--b\n\n\n--b\nContent-Type: text/html\n\n<p>\n--b--\n"
                 "--a\nContent-Type: application/gzip\n"
                 "Content-Disposition: attachment; filename=r.gz;\n\nGZ\n"
                 "--a--\nepilogue\n",
                 NOBODY "text/plain - []\n"
                        "text/html - [<p>]\n"
                        "application/gzip r.gz [GZ]\n");
}

static void
line_ends_may_be_mixed(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\r\n\n"
                 "--a \r\n\none\r\n--a\r\nContent-Transfer-Encoding: base64"
                 "\r\n\r\ndHdv\n--a\n\nthree\n--a\r\n\nx\n--a--\r\n",
                 NOBODY "text/plain - [one]\ntext/plain - [two]\n"
                        "text/plain - [three]\ntext/plain - [x]\n");
}

static void
last_boundary_may_be_missing(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n"
                 "--a\n\none\n--a\n\ntwo\n",
                 NOBODY "text/plain - [one]\ntext/plain - [two\n]\n");
}

static void
mailbox_line_is_skipped(void **state)
{
    static const char expected[] = "id - subject x to\ntext/plain - [text\n]\n";

    (void)state;
    assert_parts("From a@b Thu Jan  1 00:00:00 2026\nSubject: x\n\ntext\n",
                 expected);
    assert_parts(">From a@b Thu Jan  1 00:00:00 2026\r\nSubject: x\n\ntext\n",
                 expected);
}

static void
embedded_message_is_read(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n"
                 "--a\nContent-Type: message/rfc822\n\n"
                 "Subject: not told\nContent-Type: multipart/mixed; boundary=b"
                 "\n\n--b\n\none\n--b--\n"
                 "--a\n\ntwo\n--a--\n",
                 NOBODY "text/plain - [one]\ntext/plain - [two]\n");
}

/* "Content-Type: a/b\n\ntext" in base64. */
#define ENCODED "Q29udGVudC1UeXBlOiBhL2IKCnRleHQ=\n"
#define ENCODED_HEADER                                                         \
    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"

static void
encoded_message_is_read(void **state)
{
    (void)state;
    assert_parts(ENCODED_HEADER ENCODED, NOBODY "a/b - [text]\n");
    assert_parts("Content-Type: message/global\n"
                 "Content-Transfer-Encoding: quoted-printable\n\n"
                 "Content-Type: a/b=0A=\n\ntext=3D",
                 NOBODY "a/b - [text=]\n");
    assert_parts("Content-Type: multipart/report; boundary=a\n\n"
                 "--a\n\none\n--a\n" ENCODED_HEADER ENCODED "--a--\n",
                 NOBODY "text/plain - [one]\n");
}

/* An encoded message with a header that gmime would not survive. */
static void
encoded_message_is_scanned_first(void **state)
{
    struct rua_buf text;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_add_span(&text, RUA_SPAN("Content-Type: message/rfc822\n"
                                     "Content-Transfer-Encoding: "
                                     "quoted-printable\n\nCc=3A "));
    for (size_t i = 0; i < 10000; i++)
        rua_buf_add_span(&text, RUA_SPAN("g:=\n"));
    assert_bad(rua_buf_span(&text), "an address header of too many groups");
    rua_buf_done(&text);
}

static void
report_of_another_kind_gives_no_part(void **state)
{
    (void)state;
    assert_mail(RUA_MAIL_TLSRPT,
                "Content-Type: multipart/report; report-type=\"tlsrpt\"; "
                "boundary=a\n\n--a\n\none\n--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_TLSRPT,
                "Content-Type: multipart/report; boundary=a\n\n--a\n\none\n"
                "--a\nContent-Type: application/tlsrpt+gzip\n\ntwo\n--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_RUF,
                "Content-Type: multipart/report; boundary=a; "
                "report-type=Feedback-Report\n\n--a\n\none\n--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_DSN,
                "Content-Type: multipart/report; boundary=a\n\n--a\n\none\n"
                "--a\nContent-Type: message/global-delivery-status\n\ntwo\n"
                "--a\nContent-Type: message/rfc822\n\nSubject: x\n\nthree\n"
                "--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_MDN,
                "Content-Type: multipart/report; boundary=a\n\n--a\n"
                "Content-Type: message/disposition-notification\n\n\n--a--\n",
                NOBODY);
}

static void
part_of_another_kind_is_passed_over_alone(void **state)
{
    static const struct {
        const char *type;
        enum rua_mail kind;
    } parts[] = {
        {"feedback-report",          RUA_MAIL_RUF},
        {"delivery-status",          RUA_MAIL_DSN},
        {"disposition-notification", RUA_MAIL_MDN},
    };
    char text[500];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof(text),
                 "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n"
                 "--a\nContent-Type: message/%s\n\nA: b\n"
                 "--a\nContent-Type: message/rfc822\n\nTo: a@b\n\nquoted\n"
                 "--a\nContent-Type: text/xml\n\ntwo\n--a--\n",
                 parts[i].type);
        assert_mail(parts[i].kind, text,
                    NOBODY "text/plain - [one]\ntext/xml - [two]\n");
    }
    assert_mail(RUA_MAIL_RUF,
                "Content-Type: multipart/report; boundary=a\n\n--a\n\none\n"
                "--a\nContent-Type: message/feedback-report\n\n\n--a--\n",
                NOBODY);
}

static void
empty_lines_before_the_header_are_left_out(void **state)
{
    static const char *const before[] = {"\n", "\r\n", "\n\r\n\n",
                                         "\nFrom a@b Tue\n", "\r\n>From a\n"};
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        snprintf(text, sizeof(text), "%sContent-Type: a/b\n\n\ntext",
                 before[i]);
        assert_parts(text, NOBODY "a/b - [\ntext]\n");
    }
    assert_parts("\n\r\n", NOBODY "text/plain - []\n");
}

static void
nested_report_of_another_kind_is_passed_over(void **state)
{
#define NESTED                                                                 \
    "--a\nContent-Type: multipart/report; boundary=b; "                        \
    "report-type=delivery-status\n\n--b\n\none\n--b--\n"
    (void)state;
    assert_mail(RUA_MAIL_DSN,
                "Content-Type: multipart/mixed; boundary=a\n\n" NESTED
                "--a--\n",
                NOBODY);
    assert_mail(RUA_MAIL_DSN,
                "Content-Type: multipart/mixed; boundary=a\n\n" NESTED
                "--a\n\ntwo\n--a--\n",
                NOBODY "text/plain - [two]\n");
}

static void
tlsrpt_type_outside_a_report_is_a_part(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
                 "Content-Type: application/tlsrpt+gzip\n\none\n--a--\n",
                 NOBODY "application/tlsrpt+gzip - [one]\n");
}

static void
message_below_a_report_is_never_read(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/report; boundary=a\n\n--a\n\none\n"
                 "--a\nContent-Type: message/rfc822\n\nSubject: x\n\ntwo\n"
                 "--a\nContent-Type: multipart/mixed; boundary=b\n\n"
                 "--b\nContent-Type: message/rfc822\n\nSubject: x\n\nthree\n"
                 "--b\n\nfour\n--b--\n--a--\n",
                 NOBODY "text/plain - [one]\ntext/plain - [four]\n");
}

static void
parts_are_bounded(void **state)
{
    static const char text[] = "Content-Type: multipart/mixed; boundary=a\n\n"
                               "--a\n\none\n--a\n\ntwo\n--a--\n";

    (void)state;
    limits.max_parts = 2;
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    limits.max_parts = 1;
    assert_bad(rua_span_text(text), "more than max_parts (1) parts");
}

static void
depth_is_bounded(void **state)
{
    static const char text[] = "Content-Type: multipart/mixed; boundary=a\n\n"
                               "--a\n" ENCODED_HEADER ENCODED "--a--\n";

    (void)state;
    limits.max_mime_depth = 2;
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    limits.max_mime_depth = 1;
    assert_bad(rua_span_text(text),
               "multiparts and messages more than max_mime_depth (1) deep");
    assert_bad(RUA_SPAN("Content-Type: message/rfc822\n\n"
                        "Content-Type: multipart/mixed; boundary=a\n\n"
                        "--a\n\none\n--a--\n"),
               "multiparts and messages more than max_mime_depth (1) deep");
}

static void
verdict_of_the_visitor_ends_the_reading(void **state)
{
    (void)state;
    answer = RUA_LATER;
    assert_int_equal(
        RUA_LATER,
        read_memory(RUA_SPAN("Content-Type: multipart/mixed; boundary=a\n\n"
                             "--a\n\none\n--a\n\ntwo\n--a--\n")));
    assert_told(NOBODY "text/plain - [one]\n");
    assert_string_equal("enough", err.sentence);
}

static void
each_kind_has_a_name(void **state)
{
    (void)state;
    assert_string_equal("ordinary mail", rua_mail_name(RUA_MAIL));
    assert_string_equal("an SMTP TLS report", rua_mail_name(RUA_MAIL_TLSRPT));
    assert_string_equal("a failure report", rua_mail_name(RUA_MAIL_RUF));
    assert_string_equal("a delivery status notification",
                        rua_mail_name(RUA_MAIL_DSN));
    assert_string_equal("a disposition notification",
                        rua_mail_name(RUA_MAIL_MDN));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(head_is_told_first),
        TEST(head_tells_what_the_mail_has_passed),
        TEST(head_has_1000_recipients_at_most),
        TEST(every_leaf_is_given_in_order),
        TEST(line_ends_may_be_mixed),
        TEST(last_boundary_may_be_missing),
        TEST(mailbox_line_is_skipped),
        TEST(embedded_message_is_read),
        TEST(encoded_message_is_read),
        TEST(encoded_message_is_scanned_first),
        TEST(report_of_another_kind_gives_no_part),
        TEST(part_of_another_kind_is_passed_over_alone),
        TEST(empty_lines_before_the_header_are_left_out),
        TEST(nested_report_of_another_kind_is_passed_over),
        TEST(tlsrpt_type_outside_a_report_is_a_part),
        TEST(message_below_a_report_is_never_read),
        TEST(parts_are_bounded),
        TEST(depth_is_bounded),
        TEST(verdict_of_the_visitor_ends_the_reading),
        TEST(each_kind_has_a_name),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
