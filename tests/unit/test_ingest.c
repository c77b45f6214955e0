#include "ingest_fixture.h"

static void
mail_with_a_report_is_read(void **state)
{
    (void)state;
    read_text(MAIL(DOCUMENT("a")));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 2, 0);
    assert_string_equal("example.com", result.reports[0].domain);
    assert_string_equal("1@example.org", result.head.message_id);
    assert_string_equal("Report", result.head.subject);
    assert_int_equal(1, result.head.n_recipients);
    assert_string_equal("dmarc@example.com", result.head.recipients[0]);
    assert_int_equal(RUA_CONTAINER_XML, result.reports[0].container);
}

static void
part_is_archived_as_it_came(void **state)
{
    static const char text[] = "\xef\xbb\xbf\n" DOCUMENT("a") "\n junk";
    struct rua_buf packed = packed_new();

    (void)state;
    read_text(text);
    assert_verdict(RUA_OK, "", 1);
    assert_part(0, rua_span_text(text), RUA_CONTAINER_XML);
    pack(&packed, PACK_GZIP, rua_span_text(text));
    read_bytes(rua_buf_span(&packed));
    assert_verdict(RUA_OK, "", 1);
    assert_part(0, rua_buf_span(&packed), RUA_CONTAINER_XML_GZ);
    rua_buf_done(&packed);
}

static void
report_file_has_no_head(void **state)
{
    (void)state;
    read_text(DOCUMENT("a"));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 2, 0);
    assert_null(result.head.message_id);
    assert_int_equal(0, result.head.n_recipients);
}

static void
mail_is_read_as_any_input_too(void **state)
{
    (void)state;
    for (int input = RUA_INPUT_MESSAGE; input <= RUA_INPUT_ANY; input++) {
        set_message(RUA_SPAN(MAIL(DOCUMENT("a"))));
        read_message((enum rua_input)input);
        assert_verdict(RUA_OK, "", 1);
    }
}

static void
covering_letter_does_not_count(void **state)
{
    (void)state;
    read_text(MULTI(PART("text/plain", "Here it is.") PART(
        "application/xml", DOCUMENT("a")) PART("application/json", "{}")));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 2, 0);
}

static void
ordinary_mail_is_no_report(void **state)
{
    (void)state;
    read_text(HEADER "\nHello.\n");
    assert_int_equal(RUA_NOT_REPORT, result.verdict);
    assert_true(result.sentence[0]);
    assert_int_equal(0, result.n_reports);
    assert_string_equal("1@example.org", result.head.message_id);
    read_text(MAIL("<html>no</html>"));
    assert_int_equal(RUA_NOT_REPORT, result.verdict);
    read_text("");
    assert_int_equal(RUA_NOT_REPORT, result.verdict);
    assert_true(result.sentence[0]);
}

static void
report_of_another_kind_is_named(void **state)
{
    static const char *const types[][2] = {
        {"tlsrpt",          "an SMTP TLS report"},
        {"feedback-report", "a failure report"  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        char text[1000];
        snprintf(text, sizeof(text),
                 HEADER "Content-Type: multipart/report; report-type=%s; "
                        "boundary=b\n\n%s--b--\n",
                 types[i][0], PART("text/xml", DOCUMENT("a")));
        read_text(text);
        assert_verdict(RUA_NOT_REPORT, types[i][1], 0);
    }
}

static void
report_beside_one_of_another_kind_is_read(void **state)
{
#define DSN PART("message/delivery-status", "Reporting-MTA: dns; a")
    (void)state;
    read_text(MULTI(DSN PART("text/xml", DOCUMENT("a"))));
    assert_verdict(RUA_OK, "", 1);
    read_text(MULTI(PART("text/plain", "Hello.") DSN));
    assert_verdict(RUA_NOT_REPORT, "a delivery status notification", 0);
    read_text(MULTI(DSN PART("text/xml", FEEDBACK("a") "<record>")));
    assert_int_equal(RUA_BAD, result.verdict);
}

static void
good_report_is_kept_beside_a_bad_one(void **state)
{
    (void)state;
    read_text(MULTI(PART("text/xml", FEEDBACK("bad") "<record>")
                        PART("text/xml", DOCUMENT("a"))
                            PART("text/xml", FEEDBACK("worse") "<record>")
                                PART("text/xml", DOCUMENT("b"))));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_true(result.sentence[0]);
    assert_int_equal(2, result.n_reports);
    assert_report(0, "a", 2, 0);
    assert_report(1, "b", 2, 0);
    assert_part(1, RUA_SPAN(DOCUMENT("b")), RUA_CONTAINER_XML);
}

/* The first sentence about the worst that was found. */
static void
first_sentence_counts(void **state)
{
    char first[300];

    (void)state;
    limits.max_xml_depth = 8;
    read_text(MAIL("<feedback><a><b><c><d><e><f><g><h>"));
    assert_int_equal(RUA_BAD, result.verdict);
    snprintf(first, sizeof(first), "%s", result.sentence);
    assert_non_null(strstr(first, "max_xml_depth"));
    read_text(MULTI(PART("text/plain", "no report")
                        PART("text/xml", "<feedback><a><b><c><d><e><f><g><h>")
                            PART("text/xml", FEEDBACK("bad") "<record>")));
    assert_verdict(RUA_BAD, first, 0);
    read_text(MULTI(PART("text/xml", FEEDBACK("bad") "<record>") PART(
        "text/xml", "<feedback><a><b><c><d><e><f><g><h>")));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_string_not_equal(first, result.sentence);
}

static void
broken_off_document_keeps_its_complete_records(void **state)
{
    (void)state;
    read_text(MAIL(FEEDBACK("a") RECORD("192.0.2.1") "<record><row>"));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 1, RUA_TRUNCATED);
    read_text(MAIL(FEEDBACK("a") "<record><row>"));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_int_equal(0, result.n_reports);
}

static void
report_without_a_record_is_a_report(void **state)
{
    (void)state;
    read_text(MAIL(FEEDBACK("a") END));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 0, 0);
}

static void
broken_markup_is_mended(void **state)
{
    (void)state;
    read_text(MAIL(FEEDBACK("a") RECORD("192.0.2.1") RECORD("a & b") END));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 2, RUA_BARE_MARKUP);
}

/* What the first look gave before it stopped does not come twice, nor what it
 * gave to the end. */
static void
mended_document_of_several_is_read_once(void **state)
{
    struct zip_file files[] = {
        {.name = "1.xml"                                                    },
        {            .name = "2.xml",
         .data =
             RUA_SPAN(FEEDBACK("2") RECORD("192.0.2.1") RECORD("a & b") END)},
        {            .name = "3.xml",                         .data = RUA_SPAN(FEEDBACK("3") "<record>")},
        {            .name = "4.txt",                                      .data = RUA_SPAN("no report")},
        {            .name = "5.xml",                                    .data = RUA_SPAN(DOCUMENT("5")), .method = 8},
        { .name = "6.xml",
         .data = RUA_SPAN(FEEDBACK("6&") RECORD("192.0.2.1") END)},
    };
    struct rua_buf zip = packed_new(), many = packed_new();

    (void)state;
    add_document(&many, 3000);
    files[0].data = rua_buf_span(&many);
    put_zip(&zip, files, sizeof(files) / sizeof(*files));
    read_bytes(rua_buf_span(&zip));
    assert_int_equal(RUA_BAD, result.verdict); /* for the third */
    assert_int_equal(4, result.n_reports);
    assert_report(0, "many", 3000, 0);
    assert_report(1, "5", 2, 0);
    assert_report(2, "2", 2, RUA_BARE_MARKUP);
    assert_report(3, "6&", 1, RUA_BARE_MARKUP);
    for (size_t i = 0; i < 4; i++)
        assert_part(i, rua_buf_span(&zip), RUA_CONTAINER_ZIP);
    rua_buf_done(&zip);
    rua_buf_done(&many);
}

/* No mail is made of it, and no copy: there is no scratch file here. */
static void
report_file_is_read_where_it_stands(void **state)
{
    struct rua_buf text = packed_new();

    (void)state;
    add_document(&text, 5000);
    read_bytes(rua_buf_span(&text));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "many", 5000, 0);
    assert_part(0, rua_buf_span(&text), RUA_CONTAINER_XML);
    rua_buf_done(&text);
}

static void
two_feedbacks_in_a_document_are_two_reports(void **state)
{
    (void)state;
    read_text("<all>" DOCUMENT("a") FEEDBACK("b") END "</all>");
    assert_verdict(RUA_OK, "", 2);
    assert_report(0, "a", 2, RUA_WRAPPED);
    assert_report(1, "b", 0, RUA_WRAPPED);
}

static void
key_of(const char *text, char ret_key[RUA_DIGEST_SIZE])
{
    read_text(text);
    assert_int_equal(1, result.n_reports);
    assert_int_equal(
        RUA_OK, rua_result_key(&written, &result.reports[0], ret_key, NULL));
}

static void
key_does_not_depend_on_the_wrapping(void **state)
{
    static const char *const same[] = {
        MAIL(DOCUMENT("a")),
        "<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n" DOCUMENT("a"),
        FEEDBACK(" a ") "\n\t" RECORD("192.0.2.1") "\n" RECORD(
            "\n192.0.2.2 ") "<!-- c -->" END "junk",
        "<feedback xmlns='urn:x'>" RECORD("192.0.2.1") RECORD(
            "192.0.2.2") "<policy_published><p>none</"
                         "p><domain><![CDATA[example.com]]>"
                         "</domain></"
                         "policy_published><report_metadata><date_range><end>"
                         "1700086399</end><begin>1700000000</begin></"
                         "date_range><report_id>"
                         "&#97;</report_id><org_name>example.org</org_name>"
                         "</report_metadata></feedback>",
    };
    char first[RUA_DIGEST_SIZE], key[RUA_DIGEST_SIZE];

    (void)state;
    key_of(DOCUMENT("a"), first);
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        key_of(same[i], key);
        assert_string_equal(first, key);
    }
    key_of(DOCUMENT("b"), key);
    assert_string_not_equal(first, key);
    key_of(FEEDBACK("a") RECORD("192.0.2.2") RECORD("192.0.2.1") END, key);
    assert_string_not_equal(first, key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mail_with_a_report_is_read),
        TEST(part_is_archived_as_it_came),
        TEST(report_file_has_no_head),
        TEST(mail_is_read_as_any_input_too),
        TEST(covering_letter_does_not_count),
        TEST(ordinary_mail_is_no_report),
        TEST(report_of_another_kind_is_named),
        TEST(report_beside_one_of_another_kind_is_read),
        TEST(good_report_is_kept_beside_a_bad_one),
        TEST(first_sentence_counts),
        TEST(broken_off_document_keeps_its_complete_records),
        TEST(report_without_a_record_is_a_report),
        TEST(broken_markup_is_mended),
        TEST(mended_document_of_several_is_read_once),
        TEST(report_file_is_read_where_it_stands),
        TEST(two_feedbacks_in_a_document_are_two_reports),
        TEST(key_does_not_depend_on_the_wrapping),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
