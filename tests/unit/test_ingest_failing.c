/* Ceilings, and what fails on our own side. */
#include "ingest_fixture.h"

#include <unistd.h>

static void
message_over_its_ceiling_is_bad(void **state)
{
    char sentence[100];

    (void)state;
    limits.max_message = sizeof(MAIL(DOCUMENT("a"))) - 1;
    read_text(MAIL(DOCUMENT("a")));
    assert_verdict(RUA_OK, "", 1);
    limits.max_message--;
    read_text(MAIL(DOCUMENT("a")));
    snprintf(sentence, sizeof(sentence),
             "a message of more than max_message (%llu) bytes",
             (unsigned long long)limits.max_message);
    assert_verdict(RUA_BAD, sentence, 0);
}

static void
unpacked_over_its_ceiling_is_bad(void **state)
{
    struct rua_buf packed = packed_new();

    (void)state;
    pack(&packed, PACK_GZIP, RUA_SPAN(DOCUMENT("a")));
    limits.max_document = 100;
    read_bytes(rua_buf_span(&packed));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_non_null(strstr(result.sentence, "max_document"));
    assert_int_equal(0, result.n_reports);
    limits.max_document = rua_limits_default.max_document;
    read_bytes(rua_buf_span(&packed)); /* the budget begins anew */
    assert_verdict(RUA_OK, "", 1);
    rua_buf_done(&packed);
}

static void
records_over_their_ceiling_are_bad(void **state)
{
    (void)state;
    limits.max_records = 1;
    read_text(MULTI(PART("text/xml", DOCUMENT("a"))
                        PART("text/xml", FEEDBACK("b") RECORD("::1") END)));
    assert_int_equal(RUA_BAD, result.verdict);
    assert_non_null(strstr(result.sentence, "max_records"));
    assert_int_equal(1, result.n_reports);
    assert_report(0, "b", 1, 0);
}

/* A document that went bad after a report of its own leaves nothing: neither
 * the report nor the part. */
static void
part_of_void_reports_is_not_sent(void **state)
{
    static const char text[] =
        "<all>" FEEDBACK("a") RECORD("::1") END DOCUMENT("b") "</all>";

    (void)state;
    limits.max_records = 1;
    read_text(text);
    assert_int_equal(RUA_BAD, result.verdict);
    assert_int_equal(0, result.n_reports);
    assert_null(memmem(written.memory.data, written.len, text, 5));
}

/* Nothing of a message is left for the next. */
static void
messages_do_not_touch_each_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        read_text(MAIL(FEEDBACK("bad") RECORD("192.0.2.1") "<record>"));
        assert_verdict(RUA_OK, "", 1);
        read_text(MAIL(FEEDBACK("bad") "<record>"));
        assert_int_equal(RUA_BAD, result.verdict);
        read_text(MAIL(DOCUMENT("a")));
        assert_verdict(RUA_OK, "", 1);
        assert_report(0, "a", 2, 0);
        read_text(HEADER "\nHello.\n");
        assert_int_equal(RUA_NOT_REPORT, result.verdict);
        assert_int_equal(0, result.n_reports);
        read_text(DOCUMENT("b"));
        assert_verdict(RUA_OK, "", 1);
        assert_null(result.head.message_id);
        read_text(FEEDBACK("a & b") END);
        assert_verdict(RUA_OK, "", 1);
        assert_report(0, "a & b", 0, RUA_BARE_MARKUP);
    }
}

/* Takes `left` bytes, then no more. */
static enum rua_verdict
take_some(void *ctx, struct rua_span bytes, struct rua_err *e)
{
    size_t *left = ctx;

    if (bytes.len > *left)
        return rua_err_set(e, RUA_LATER, "the sink is full");
    *left -= bytes.len;
    return RUA_OK;
}

static void
sink_that_fails_is_later(void **state)
{
    struct rua_buf text;
    size_t left;
    const struct rua_sink out = {take_some, &left};

    (void)state;
    rua_buf_init(&text, 1 << 20);
    add_document(&text, 1000);
    read_bytes(rua_buf_span(&text));
    assert_verdict(RUA_OK, "", 1);
    for (size_t part = 0; part < 8; part++) {
        left = (size_t)written.len * part / 8;
        rua_err_clear(&err);
        assert_int_equal(
            RUA_LATER,
            rua_ingest_read(ingest, &message, RUA_INPUT_ANY, NULL, &out, &err));
        assert_string_equal("the sink is full", err.sentence);
    }
    read_message(RUA_INPUT_ANY); /* and all is well again */
    assert_verdict(RUA_OK, "", 1);
    rua_buf_done(&text);
}

/* A base64 part of 300 kB needs the scratch file, and there is none. */
static void
missing_scratch_file_is_later_and_the_result_says_so(void **state)
{
    const struct rua_sink out = {rua_spool_write, &written};
    struct rua_buf text;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    rua_buf_init(&text, 1 << 20);
    /* "<feedback><a", and then blanks, blanks, ... */
    rua_buf_add_span(&text, RUA_SPAN(HEADER "Content-Type: text/xml\n"
                                            "Content-Transfer-Encoding: base64"
                                            "\n\nPGZlZWRiYWNrPjxh\n"));
    for (unsigned i = 0; i < 6000; i++)
        rua_buf_add_span(&text, RUA_SPAN("ICAgICAgICAgICAgICAgICAgICAgICAgICAg"
                                         "ICAgICAgICAgICAgICAgICAg\n"));
    set_message(rua_buf_span(&text));
    assert_int_equal(
        RUA_LATER,
        rua_ingest_read(ingest, &message, RUA_INPUT_MESSAGE, NULL, &out, &err));
    assert_non_null(strstr(err.sentence, "scratch"));
    assert_int_equal(RUA_OK, rua_result_read(&written, &arena, &result, NULL));
    assert_verdict(RUA_LATER, err.sentence, 0);
    scratch.fd = fileno(file);
    read_message(RUA_INPUT_MESSAGE);
    assert_int_equal(RUA_BAD, result.verdict); /* it breaks off */
    assert_true(scratch.top == 0);
    rua_buf_done(&text);
    fclose(file);
}

/* The file of the message has become shorter than it was. */
static void
message_that_cannot_be_read_is_later(void **state)
{
    const struct rua_sink out = {rua_spool_write, &written};
    static const char text[] = MAIL(DOCUMENT("a"));
    FILE *file = tmpfile();
    struct rua_spool cut;

    (void)state;
    assert_non_null(file);
    assert_int_equal(sizeof(text) - 1,
                     write(fileno(file), text, sizeof(text) - 1));
    rua_spool_open(&cut, fileno(file), 0, sizeof(text) + 100);
    for (int input = RUA_INPUT_MESSAGE; input <= RUA_INPUT_ANY; input++) {
        rua_spool_reset(&written);
        rua_err_clear(&err);
        assert_int_equal(RUA_LATER,
                         rua_ingest_read(ingest, &cut, (enum rua_input)input,
                                         NULL, &out, &err));
        assert_true(err.sentence[0]);
        assert_int_equal(RUA_OK,
                         rua_result_read(&written, &arena, &result, NULL));
        assert_int_equal(RUA_LATER, result.verdict);
    }
    rua_spool_done(&cut);
    fclose(file);
}

/* A result that breaks off inside a part has no end: the front end must not
 * take the end for bytes of the part. */
static void
part_that_cannot_be_read_leaves_the_result_open(void **state)
{
    struct rua_result_writer writer = {0};
    const struct rua_sink out = {rua_spool_write, &written};
    struct rua_result_watch watch = {0};
    FILE *file = tmpfile();
    struct rua_spool part;
    struct sample s;

    (void)state;
    assert_non_null(file);
    sample_fill(&s);
    for (uint64_t len = 8; len <= 80000; len += 79992) {
        rua_err_clear(&err);
        rua_spool_reset(&written);
        watch = (struct rua_result_watch){0};
        rua_spool_open(&part, fileno(file), 0, len);
        rua_result_begin(&writer, &out);
        sample_write_report(&writer, &s);
        assert_int_equal(RUA_LATER, rua_result_part(&writer, &part,
                                                    RUA_CONTAINER_XML, &err));
        assert_int_equal(
            RUA_LATER, rua_result_end(&writer, RUA_LATER, err.sentence, &err));
        rua_result_watch(&watch, rua_buf_span(&written.memory));
        assert_false(watch.ended);
        assert_int_equal(RUA_BAD,
                         rua_result_read(&written, &arena, &result, NULL));
    }
    rua_result_done(&writer);
    fclose(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(message_over_its_ceiling_is_bad),
        TEST(unpacked_over_its_ceiling_is_bad),
        TEST(records_over_their_ceiling_are_bad),
        TEST(part_of_void_reports_is_not_sent),
        TEST(messages_do_not_touch_each_other),
        TEST(sink_that_fails_is_later),
        TEST(missing_scratch_file_is_later_and_the_result_says_so),
        TEST(message_that_cannot_be_read_is_later),
        TEST(part_that_cannot_be_read_leaves_the_result_open),
    };

    rua_mime_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
