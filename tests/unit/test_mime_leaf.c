#include "mime_fixture.h"

#define ENCODED_HEADER                                                         \
    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"

static void
message_without_parts_is_one_part(void **state)
{
    (void)state;
    assert_parts("Content-Type: Application/ZIP; name=\"x!y!1!2.zip\"\n"
                 "Content-Transfer-Encoding: BASE64\n\n"
                 "UEsDBA==\n",
                 NOBODY "application/zip x!y!1!2.zip [PK\x03\x04]\n");
}

static void
what_is_no_message_is_one_part(void **state)
{
    (void)state;
    assert_parts("<?xml version=\"1.0\"?>\n<feedback/>\n",
                 NOBODY "text/plain - [<?xml version=\"1.0\"?>\n<feedback/>\n"
                        "]\n");
    assert_parts("From a@b\n\n<feedback/>\n",
                 NOBODY "text/plain - [<feedback/>\n]\n");
    assert_parts(">From a@b\n<feedback/>\n",
                 NOBODY "text/plain - [<feedback/>\n]\n");
    assert_parts("", NOBODY "text/plain - []\n");
}

static void
odd_types_are_given(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n"
                 "--a\nContentType: application/gzip; name=x\n\none\n"
                 "--a\nContent-Type: application-x-gzip\n\ntwo\n"
                 "--a--\n",
                 NOBODY "text/plain - [one]\n"
                        "application/octet-stream - [two]\n");
}

static void
names_are_decoded(void **state)
{
    (void)state;
    assert_parts("Content-Type: multipart/mixed; boundary=a\n\n"
                 "--a\nContent-Type: a/b;\n name*0=\"x.xm\";\n name*1=\"l.gz\""
                 "\n\n\n"
                 "--a\nContent-Type: a/b; name=\"=?utf-8?q?b=C3=BC.xml?=\"\n\n"
                 "\n--a\nContent-Disposition: attachment; "
                 "filename=\"b\xc3\xbc.xml\"\n\n\n--a--\n",
                 NOBODY "a/b x.xml.gz []\n"
                        "a/b b\xc3\xbc.xml []\n"
                        "text/plain b\xc3\xbc.xml []\n");
}

static void
quoted_printable_is_decoded(void **state)
{
    (void)state;
    assert_parts("Content-Type: text/xml\n"
                 "Content-Transfer-Encoding: Quoted-Printable\n\n"
                 "<feedback a=3D=\n\"b\">\n",
                 NOBODY "text/xml - [<feedback a=\"b\">\n]\n");
}

static void
padding_inside_base64_ends_nothing(void **state)
{
    (void)state;
    assert_parts("Content-Transfer-Encoding: base64\n\nYQ==\nYmM=\nZA\n",
                 NOBODY "text/plain - [abcd]\n");
}

static void
label_base64_may_be_wrong(void **state)
{
    (void)state;
    assert_parts("Content-Transfer-Encoding: base64\n\n\n <feedback/>\n",
                 NOBODY "text/plain - [\n <feedback/>\n]\n");
    assert_parts("Content-Transfer-Encoding: base64\n\n\x1f\x8b\x08",
                 NOBODY "text/plain - [\x1f\x8b\x08]\n");
    assert_parts("Content-Transfer-Encoding: base64\n\nPK\x03\x04",
                 NOBODY "text/plain - [PK\x03\x04]\n");
}

static void
label_base64_may_be_missing(void **state)
{
    (void)state;
    assert_parts("Subject: x\n\n \nPGZlZWRi \nYWNrLz4=\n",
                 "id - subject x to\ntext/plain - [<feedback/>]\n");
    assert_parts("Subject: x\n\nPGZlZWRi is text\n",
                 "id - subject x to\ntext/plain - [PGZlZWRi is text\n]\n");
    assert_parts("Subject: x\n\nYWJj\n",
                 "id - subject x to\ntext/plain - [YWJj\n]\n");
}

static void
uuencoded_files_in_a_text_are_parts(void **state)
{
    (void)state;
    assert_parts("Subject: x\n\nHello,\nbegin at last\nbegin 20 times\n"
                 "begin 644 one.gz\n#86)C\n`\nend\n"
                 "and\nbegin 0600 a name.zip\r\n#86)C\r\n`\r\nend\r\nbye\n",
                 "id - subject x to\n"
                 "application/octet-stream one.gz [abc]\n"
                 "application/octet-stream a name.zip [abc]\n");
    assert_parts("Content-Transfer-Encoding: x-uuencode\n\n#86)C\n`\nend\n",
                 NOBODY "text/plain - [abc]\n");
}

static void
uuencoded_file_behind_a_long_one_is_a_part(void **state)
{
    struct rua_buf text;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_add_span(&text, RUA_SPAN("Subject: x\n\nbegin 644 one\n"));
    for (size_t i = 0; i < 20000; i++)
        rua_buf_add_span(&text, RUA_SPAN("#86)C\n"));
    rua_buf_add_span(&text, RUA_SPAN("end\nbegin 644 two\n#86)C\nend\n"));
    assert_int_equal(RUA_OK, read_memory(rua_buf_span(&text)));
    assert_true(rua_buf_add_byte(&told, '\0'));
    assert_non_null(strstr((const char *)told.data,
                           "abc]\napplication/octet-stream two [abc]\n"));
    rua_buf_done(&text);
}

static void
content_is_bounded_over_all_parts(void **state)
{
    static const char text[] = "Content-Type: multipart/mixed; boundary=a\n\n"
                               "--a\n\none\n--a\n\ntwo\n--a--\n";

    (void)state;
    limits.max_unpacked = 6;
    assert_int_equal(RUA_OK, read_memory(rua_span_text(text)));
    limits.max_unpacked = 5;
    assert_bad(rua_span_text(text),
               "parts of more than max_unpacked (5) bytes");
    limits.max_unpacked = 2;
    assert_bad(rua_span_text(text), "more than max_unpacked (2) bytes");
}

/* More than a part may have in memory: it goes through the scratch file. */
static void
large_content_is_whole(void **state)
{
    struct rua_buf text;
    size_t n = 300 * 1000;

    (void)state;
    rua_buf_init(&text, LOTS);
    rua_buf_add_span(&text, RUA_SPAN(ENCODED_HEADER));
    rua_buf_add_span(&text, RUA_SPAN("U3ViamVjdDogeAoK")); /* Subject: x */
    for (size_t i = 0; i < n / 3; i++)
        rua_buf_add_span(&text, RUA_SPAN("YWJj\n"));
    for (int file = 0; file <= 1; file++) {
        assert_int_equal(RUA_OK, file ? read_file(rua_buf_span(&text))
                                      : read_memory(rua_buf_span(&text)));
        assert_int_equal(strlen(NOBODY "text/plain - []\n") + n, told.len);
        assert_memory_equal("abcabc", told.data + strlen(NOBODY) + 14, 6);
    }
    rua_buf_done(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(message_without_parts_is_one_part),
        TEST(what_is_no_message_is_one_part),
        TEST(odd_types_are_given),
        TEST(names_are_decoded),
        TEST(quoted_printable_is_decoded),
        TEST(padding_inside_base64_ends_nothing),
        TEST(label_base64_may_be_wrong),
        TEST(label_base64_may_be_missing),
        TEST(uuencoded_files_in_a_text_are_parts),
        TEST(uuencoded_file_behind_a_long_one_is_a_part),
        TEST(content_is_bounded_over_all_parts),
        TEST(large_content_is_whole),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
