#include "ingest_fixture.h"
#include "unpack.h"

enum {
    MANY = 100
};

/* An archive of MANY documents, each of them markup to be mended. */
static struct rua_buf
make_many(void)
{
    static char names[MANY][8];
    struct zip_file files[MANY];
    struct rua_buf zip = packed_new();

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "%u", i);
        files[i] = (struct zip_file){
            .name = names[i],
            .data = RUA_SPAN(FEEDBACK("a") RECORD("a & b") END)};
    }
    put_zip(&zip, files, MANY);
    return zip;
}

static void
every_document_of_a_part_is_mended(void **state)
{
    struct rua_buf zip = make_many();

    (void)state;
    for (int again = 0; again < 2; again++) {
        read_bytes(rua_buf_span(&zip));
        assert_verdict(RUA_OK, "", MANY);
        assert_report(MANY - 1, "a", 1, RUA_BARE_MARKUP);
    }
    read_text(DOCUMENT("a")); /* and no mark is left */
    assert_verdict(RUA_OK, "", 1);
    rua_buf_done(&zip);
}

static void
max_reports_counts_those_of_all_parts(void **state)
{
    const char *const three = MULTI(PART("text/xml", DOCUMENT("a")) PART(
        "text/xml", DOCUMENT("b")) PART("text/xml", DOCUMENT("c")));

    (void)state;
    limits.max_reports = 3;
    read_text(three);
    assert_verdict(RUA_OK, "", 3);
    limits.max_reports = 2;
    read_text(three);
    assert_verdict(RUA_BAD, "more than max_reports (2) reports in one message",
                   2);
    assert_report(1, "b", 2, 0);
}

/* A report that is void makes room for another. */
static void
max_reports_counts_no_void_report(void **state)
{
    (void)state;
    limits.max_reports = 1;
    read_text(MULTI(PART("text/xml", FEEDBACK("bad") "<record>")
                        PART("text/xml", FEEDBACK("a") RECORD("a & b") END)));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_null(strstr(result.sentence, "max_reports"));
    assert_int_equal(1, result.n_reports);
}

static void
archive_files_of_a_part_fit_into_max_unpacked(void **state)
{
    static const char two[] = "<all>" DOCUMENT("a") FEEDBACK("b") END "</all>";
    char sentence[200];

    (void)state;
    limits.max_unpacked = 2 * strlen(two);
    read_text(two);
    assert_verdict(RUA_OK, "", 2);
    limits.max_unpacked--;
    read_text(two);
    snprintf(
        sentence, sizeof(sentence),
        "its reports' archive files would be more than max_unpacked (%llu) "
        "bytes",
        (unsigned long long)limits.max_unpacked);
    assert_verdict(RUA_BAD, sentence, 0);
}

/* The parts before and behind it are as they were. */
static void
part_with_too_large_archive_files_is_void_alone(void **state)
{
    char text[20000];
    int n =
        snprintf(text, sizeof(text), "%s",
                 HEADER "Content-Type: multipart/mixed; boundary=b\n\n" PART(
                     "text/xml", DOCUMENT("a")) "--b\n\n<all>");

    (void)state;
    for (int i = 0; i < 10; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s",
                      FEEDBACK("x") END);
    snprintf(text + n, sizeof(text) - (size_t)n, "</all>\n%s--b--\n",
             PART("text/xml", DOCUMENT("b")));
    limits.max_unpacked = 20000;
    read_text(text);
    assert_int_equal(RUA_BAD, result.verdict);
    assert_non_null(strstr(result.sentence, "archive files"));
    assert_int_equal(2, result.n_reports);
    assert_report(0, "a", 2, 0);
    assert_report(1, "b", 2, 0);
    assert_part(0, RUA_SPAN(DOCUMENT("a")), RUA_CONTAINER_XML);
    assert_part(1, RUA_SPAN(DOCUMENT("b")), RUA_CONTAINER_XML);
}

/* Of the first look, in which something else was wrong, nothing is said. */
static void
sentence_is_of_the_second_look(void **state)
{
    struct rua_buf packed = packed_new();

    (void)state;
    read_text(FEEDBACK("bad&") "<record>");
    assert_verdict(RUA_BAD, "broke off before the first complete record", 0);
    pack(&packed, PACK_GZIP, RUA_SPAN(FEEDBACK("bad&") "<record>"));
    read_bytes(rua_buf_span(&packed));
    assert_verdict(RUA_BAD, "broke off before the first complete record", 0);
    rua_buf_done(&packed);
}

static void
file_of_raw_deflate_is_read_by_its_name(void **state)
{
    struct rua_buf packed = packed_new();

    (void)state;
    pack(&packed, PACK_RAW, RUA_SPAN(DOCUMENT("a")));
    file_name = "report.xml.GZ";
    read_bytes(rua_buf_span(&packed));
    assert_verdict(RUA_OK, "", 1);
    assert_report(0, "a", 2, RUA_RAW_DEFLATE);
    assert_part(0, rua_buf_span(&packed), RUA_CONTAINER_BIN);
    file_name = "report.xml";
    read_bytes(rua_buf_span(&packed));
    assert_int_equal(RUA_NOT_REPORT, result.verdict);
    file_name = "mail.gz"; /* only compressed by its name */
    read_text(MAIL(DOCUMENT("a")));
    assert_verdict(RUA_OK, "", 1);
    assert_string_equal("1@example.org", result.head.message_id);
    rua_buf_done(&packed);
}

static void
raw_deflate_is_read_by_its_type(void **state)
{
    static const struct {
        const char *type;
        enum rua_verdict verdict;
    } types[] = {
        {"application/gzip",         RUA_OK        },
        {"Application/X-GZip",       RUA_OK        },
        {"application/octet-stream", RUA_NOT_REPORT},
    };
    struct rua_buf text = packed_new();

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        rua_buf_reset(&text);
        rua_buf_printf(&text,
                       HEADER "Content-Type: %s\n"
                              "Content-Transfer-Encoding: binary\n\n",
                       types[i].type);
        pack(&text, PACK_RAW, RUA_SPAN(DOCUMENT("a")));
        read_bytes(rua_buf_span(&text));
        assert_int_equal(types[i].verdict, result.verdict);
    }
    rua_buf_done(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_document_of_a_part_is_mended),
        TEST(max_reports_counts_those_of_all_parts),
        TEST(max_reports_counts_no_void_report),
        TEST(archive_files_of_a_part_fit_into_max_unpacked),
        TEST(part_with_too_large_archive_files_is_void_alone),
        TEST(sentence_is_of_the_second_look),
        TEST(file_of_raw_deflate_is_read_by_its_name),
        TEST(raw_deflate_is_read_by_its_type),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
