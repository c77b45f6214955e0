/* Frames with a content that no honest worker writes. */
#include "frames.h"

static void
honest_frames_are_read(void **state)
{
    (void)state;
    put_frame(RUA_FRAME_DOCUMENT, RUA_SPAN(""));
    put_frame(RUA_FRAME_RECORDS, RUA_SPAN("\0\0\0\0\0\0\0\0"));
    put_report("example.com");
    put_part_and_end();
    assert_int_equal(RUA_OK, read_all());
    assert_int_equal(1, result.n_reports);
}

static void
head_is_texts_and_comes_once(void **state)
{
    (void)state;
    put_frame(RUA_FRAME_HEAD, RUA_SPAN("id\0"));
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a broken head");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_HEAD, RUA_SPAN(""));
    assert_broken("has a broken head");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_HEAD, RUA_SPAN("\1\0\1\0"));
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a broken head");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_HEAD, RUA_SPAN("\1\0\1\0\1\0"));
    put_frame(RUA_FRAME_HEAD, RUA_SPAN("\1\0\1\0\1\0"));
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a broken head");
}

static void
what_a_mail_has_passed_is_a_text_of_its_own(void **state)
{
    static const char *const texts[] = {"dkim=pass x", "pass", "dkim=pass\n",
                                        "dkim=pass header.d=A", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct rua_buf head;
        rua_buf_init(&head, 100);
        rua_buf_add(&head, "\1\0\1\0", 4);
        rua_buf_add(&head, texts[i], strlen(texts[i]) + 1);
        rua_spool_reset(&spool);
        put_frame(RUA_FRAME_HEAD, rua_buf_span(&head));
        put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
        assert_broken("has a broken head");
        rua_buf_done(&head);
    }
}

static void
recipients_over_1000_are_left(void **state)
{
    unsigned char head[6 + 2 * 1100];

    (void)state;
    memset(head, 0, sizeof(head));
    for (size_t i = 0; i < sizeof(head); i += 2)
        head[i] = 'a';
    head[4] = 1; /* nothing is known of what it has passed */
    put_frame(RUA_FRAME_HEAD, (struct rua_span){head, sizeof(head)});
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_int_equal(RUA_OK, read_all());
    assert_null(result.head.auth);
    assert_int_equal(1000, result.head.n_recipients);
    assert_string_equal("a", result.head.recipients[999]);
}

static void
void_takes_the_reports_since_the_last_part(void **state)
{
    (void)state;
    put_report("a.example");
    put_frame(RUA_FRAME_PART, RUA_SPAN("\0\0\0\0one"));
    put_report("b.example");
    put_frame(RUA_FRAME_DOCUMENT, RUA_SPAN(""));
    put_report("c.example");
    put_frame(RUA_FRAME_VOID, RUA_SPAN(""));
    put_frame(RUA_FRAME_ABANDON, RUA_SPAN("")); /* nothing is left of it */
    put_report("d.example");
    put_frame(RUA_FRAME_PART, RUA_SPAN("\0\0\0\0two"));
    put_frame(RUA_FRAME_VOID, RUA_SPAN(""));
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_int_equal(RUA_OK, read_all());
    assert_int_equal(2, result.n_reports);
    assert_string_equal("a.example", result.reports[0].domain);
    assert_string_equal("d.example", result.reports[1].domain);
    assert_true(result.reports[0].part < result.reports[1].part);
}

static void
report_without_its_part_is_broken(void **state)
{
    (void)state;
    put_report("example.com");
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a report without its part");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_PART, RUA_SPAN("\0\0\0\0raw"));
    put_report("example.com");
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a report without its part");
}

static void
part_without_a_report_is_nothing(void **state)
{
    (void)state;
    put_part_and_end();
    assert_int_equal(RUA_OK, read_all());
    assert_int_equal(0, result.n_reports);
}

static void
part_that_is_none_is_broken(void **state)
{
    static const struct rua_span parts[] = {
        {(const unsigned char *)"",                 0},
        {(const unsigned char *)"\0\0\0",           3},
        {(const unsigned char *)"\4\0\0\0raw",      7},
        {(const unsigned char *)"\xff\xff\xff\xff", 4},
        {(const unsigned char *)"\0\1\0\0",         4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        rua_spool_reset(&spool);
        put_report("example.com");
        put_frame(RUA_FRAME_PART, parts[i]);
        put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
        assert_broken("has a broken part");
    }
}

static void
report_that_is_none_is_broken(void **state)
{
    unsigned char body[RUA_REPORT_HEAD + 5] = {0};

    (void)state;
    put_frame(RUA_FRAME_REPORT, (struct rua_span){body, RUA_REPORT_HEAD - 1});
    put_part_and_end();
    assert_broken("has a broken report");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_REPORT, (struct rua_span){body, sizeof(body)});
    put_part_and_end();
    assert_broken("has a broken report"); /* a field of tag 0 */
}

/* Its domain becomes a folder. */
static void
domain_that_is_claimed_is_folded_again(void **state)
{
    static const char *const claims[][2] = {
        {"EXAMPLE.com", "example.com"},
        {"../x",        ""           },
        {"/etc",        ""           },
        {".spool",      ""           },
        {"a..b",        ""           },
        {"a\nb",        ""           },
        {"a/../../b",   ""           },
        {"\xff",        ""           },
        {".",           ""           },
    };
    unsigned char body[RUA_REPORT_HEAD];

    (void)state;
    for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
        rua_spool_reset(&spool);
        put_report(claims[i][0]);
        put_part_and_end();
        assert_int_equal(RUA_OK, read_all());
        assert_string_equal(claims[i][1], result.reports[0].domain);
    }
    memset(body, 'a', sizeof(body)); /* no NUL at all */
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_REPORT, (struct rua_span){body, sizeof(body)});
    put_part_and_end();
    assert_int_equal(RUA_OK, read_all());
    assert_string_equal("", result.reports[0].domain);
}

static void
end_that_is_none_is_broken(void **state)
{
    static const struct rua_span ends[] = {
        {(const unsigned char *)"",       0},
        {(const unsigned char *)"\0",     1},
        {(const unsigned char *)"\6\0",   2},
        {(const unsigned char *)"\xff\0", 2},
        {(const unsigned char *)"\0abc",  4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        rua_spool_reset(&spool);
        put_frame(RUA_FRAME_END, ends[i]);
        assert_broken("has a broken end");
    }
}

static void
nothing_follows_the_end(void **state)
{
    (void)state;
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_int_equal(RUA_OK, read_all());
    rua_spool_write(&spool, RUA_SPAN("x"), NULL);
    assert_broken("goes on behind its end");
}

static void
reports_are_counted_here_too(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RUA_RESULT_REPORTS + 1; i++)
        put_report("");
    put_part_and_end();
    assert_broken("has too many reports");
}

/* A report with a mebibyte of metadata, which the caller frees. */
static struct rua_report
long_report(void)
{
    unsigned char *text = rua_alloc(RUA_MIB);

    memset(text, 'a', RUA_MIB);
    return (struct rua_report){.field = {[RUA_EMAIL] = {text, RUA_MIB}}};
}

static void
free_report(struct rua_report *report)
{
    free((void *)(uintptr_t)report->field[RUA_EMAIL].data);
}

static void
metadata_of_all_reports_is_bounded(void **state)
{
    const struct rua_report small = {0};
    struct rua_report report = long_report();
    struct rua_result_writer writer = {0};
    struct rua_sink out = {rua_spool_write, &spool};

    (void)state;
    for (unsigned message = 0; message < 2; message++) {
        rua_spool_reset(&spool);
        rua_result_begin(&writer, &out);
        for (unsigned i = 0; i < 31; i++)
            assert_int_equal(RUA_OK, rua_result_report(&writer, &report, &err));
        assert_int_equal(RUA_BAD, rua_result_report(&writer, &report, &err));
    }
    assert_string_equal("more than 33554432 bytes of metadata of the reports "
                        "in a message",
                        err.sentence);
    assert_int_equal(RUA_OK, rua_result_report(&writer, &small, &err));
    sample_write_part(&writer, "x", RUA_CONTAINER_XML);
    rua_result_end(&writer, RUA_BAD, err.sentence, NULL);
    assert_int_equal(RUA_OK, read_all());
    assert_int_equal(32, result.n_reports);
    rua_result_done(&writer);
    free_report(&report);
}

static void
metadata_is_counted_here_too(void **state)
{
    struct rua_report report = long_report();
    unsigned char head[RUA_REPORT_HEAD] = {0};
    struct rua_buf form;

    (void)state;
    rua_buf_init(&form, 2 * RUA_MIB);
    rua_buf_add(&form, head, sizeof(head));
    assert_true(rua_canon_report(&report, &form));
    for (unsigned i = 0; i < 32; i++) {
        put_frame(RUA_FRAME_REPORT, rua_buf_span(&form));
        put_frame(RUA_FRAME_VOID, RUA_SPAN(""));
    }
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has too much metadata");
    rua_buf_done(&form);
    free_report(&report);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(honest_frames_are_read),
        TEST(head_is_texts_and_comes_once),
        TEST(what_a_mail_has_passed_is_a_text_of_its_own),
        TEST(recipients_over_1000_are_left),
        TEST(void_takes_the_reports_since_the_last_part),
        TEST(report_without_its_part_is_broken),
        TEST(part_without_a_report_is_nothing),
        TEST(part_that_is_none_is_broken),
        TEST(report_that_is_none_is_broken),
        TEST(domain_that_is_claimed_is_folded_again),
        TEST(end_that_is_none_is_broken),
        TEST(nothing_follows_the_end),
        TEST(reports_are_counted_here_too),
        TEST(metadata_of_all_reports_is_bounded),
        TEST(metadata_is_counted_here_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
