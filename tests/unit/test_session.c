#include "session_fixture.h"

static void
bytes_are_those_of_the_wire(void **state)
{
    struct fixture *fixture = *state;
    const struct session_end end = {.queue_id = "Q"};

    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(session_data(fixture->session), SESSION_CONTINUE);
    session_header(fixture->session, "From", " a\n\tb");
    session_header(fixture->session, "Subject", "");
    session_header(fixture->session, "X", "  odd \r\n folded\n end");
    session_eoh(fixture->session);
    session_body(fixture->session, RUA_SPAN("bare\nline \0 ends\r"));
    session_body(fixture->session, RUA_SPAN("\n.\r\n"));
    session_end(fixture->session, &end, &fixture->orders);
    static const char expected[] =
        "From: a\r\n\tb\r\nSubject:\r\nX:  odd \r\n folded\r\n end\r\n\r\n"
        "bare\nline \0 ends\r\n.\r\n";
    assert_int_equal(fixture->len, sizeof(expected) - 1);
    assert_memory_equal(fixture->bytes, expected, fixture->len);
    assert_string_equal(fixture->ruas, "a@example.com");
    assert_string_equal(fixture->from, "noreply@reporter.example");
    assert_string_equal(fixture->id, "Q");
    assert_false(fixture->cut);
    assert_false(fixture->on_file);
    assert_false(fixture->keeps_mail);
}

static void
null_sender_is_empty(void **state)
{
    struct fixture *fixture = *state;

    session_mail(fixture->session, "<>");
    session_rcpt(fixture->session, "a@example.com");
    deliver(fixture);
    assert_string_equal(fixture->from, "");
}

static void
mail_to_others_is_left_when_data_begins(void **state)
{
    struct fixture *fixture = *state;

    envelope(fixture, "<c@example.com>", "<d@example.org>", NULL);
    assert_int_equal(session_data(fixture->session), SESSION_LEAVE);
    assert_int_equal(fixture->hall.receiving, 0);
    /* and the MTA that goes on all the same */
    assert_int_equal(session_header(fixture->session, "A", "b"), SESSION_LEAVE);
    assert_int_equal(session_eoh(fixture->session), SESSION_LEAVE);
    assert_int_equal(session_body(fixture->session, RUA_SPAN("x")),
                     SESSION_LEAVE);
    assert_int_equal(deliver(fixture)->reply.action, REPLY_ACCEPT);
    assert_int_equal(fixture->taken, 0);
}

static void
mta_without_data_is_told_at_the_first_header(void **state)
{
    struct fixture *fixture = *state;

    envelope(fixture, "<c@example.com>", NULL, NULL);
    assert_int_equal(session_header(fixture->session, "A", "b"), SESSION_LEAVE);
    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(session_header(fixture->session, "A", "b"),
                     SESSION_CONTINUE);
    assert_int_equal(fixture->hall.receiving, 1);
}

static void
message_without_header_or_body_is_taken(void **state)
{
    struct fixture *fixture = *state;
    const struct session_end end = {0};

    envelope(fixture, "<a@example.com>", NULL, NULL);
    session_end(fixture->session, &end, &fixture->orders);
    assert_int_equal(fixture->taken, 1);
    assert_int_equal(fixture->len, 0);
    assert_string_equal(fixture->id, "none");
}

static void
unknown_recipient_of_a_dedicated_domain_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct reply *reply = session_reply(fixture->session);

    session_mail(fixture->session, "<>");
    assert_int_equal(session_rcpt(fixture->session, "<x%y@RUA.example>"),
                     SESSION_REFUSE);
    assert_string_equal(reply->code, "550");
    assert_string_equal(reply->dsn, "5.1.1");
    assert_string_equal(reply->text,
                        "<x%%y@RUA.example>: no reports are taken here");
    assert_int_equal(session_rcpt(fixture->session, "<rua@rua.example>"),
                     SESSION_CONTINUE);
    /* one that was refused is no other recipient */
    assert_int_equal(deliver(fixture)->reply.action, REPLY_DISCARD);
}

static void
recipients_are_deleted_by_their_argument(void **state)
{
    struct fixture *fixture = *state;
    const struct session_orders *orders;

    envelope(fixture, "<A@Example.com>", "c@example.com", "b@example.com");
    session_header(fixture->session, "X-RUA-Report", " stored");
    orders = deliver(fixture);
    assert_int_equal(orders->reply.action, REPLY_DELRCPT);
    assert_int_equal(orders->n_recipients, 2);
    assert_string_equal(orders->recipients[0], "<A@Example.com>");
    assert_string_equal(orders->recipients[1], "b@example.com");
    assert_string_equal(fixture->ruas, "A@Example.com b@example.com");
    assert_string_equal(orders->stamp, "");
    assert_int_equal(orders->old_stamps, 1);
}

static void
many_ruas_are_remembered(void **state)
{
    struct fixture *fixture = *state;
    char argument[64];

    session_mail(fixture->session, "<>");
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(argument, sizeof(argument), "<%c@example.com>",
                 i % 2 ? 'a' : 'b');
        session_rcpt(fixture->session, argument);
    }
    session_rcpt(fixture->session, "<c@example.com>");
    deliver(fixture);
    assert_int_equal(fixture->orders.n_recipients, 1000);
    assert_string_equal(fixture->orders.recipients[999], "<a@example.com>");
}

static void
stamps_that_came_in_are_counted_for_removal(void **state)
{
    struct fixture *fixture = *state;

    read_rules(fixture, "after=accept");
    envelope(fixture, "<a@example.com>", NULL, NULL);
    session_header(fixture->session, "X-RUA-Report", " stored");
    session_header(fixture->session, "x-rua-report ", " stored");
    session_header(fixture->session, "X-RUA-Report-By", " me");
    session_header(fixture->session, "X-RUA", " me");
    deliver(fixture);
    assert_int_equal(fixture->orders.reply.action, REPLY_ACCEPT);
    assert_int_equal(fixture->orders.old_stamps, 2);
    assert_string_equal(fixture->orders.stamp,
                        "stored; records=12; domain=example.com; "
                        "org=\"A \\\"B\\\" C\"");
    /* none of it is left for the next message */
    envelope(fixture, "<a@example.com>", NULL, NULL);
    fixture->verdict = RUA_NOT_REPORT;
    deliver(fixture);
    assert_int_equal(fixture->orders.old_stamps, 0);
    assert_string_equal(fixture->orders.stamp, "");
}

static void
ordinary_mail_keeps_its_stamps_unless_ours_are_to_be_believed(void **state)
{
    struct fixture *fixture = *state;

    fixture->verdict = RUA_NOT_REPORT;
    for (int accept = 0; accept <= 1; accept++) {
        read_rules(fixture, accept ? "after=accept" : "after=discard");
        envelope(fixture, "<a@example.com>", NULL, NULL);
        session_header(fixture->session, "X-RUA-Report", " stored");
        deliver(fixture);
        assert_int_equal(fixture->orders.reply.action, REPLY_ACCEPT);
        assert_int_equal(fixture->orders.old_stamps, accept);
    }
}

static void
bad_message_is_rejected_only_where_nobody_else_has_it(void **state)
{
    struct fixture *fixture = *state;

    fixture->verdict = RUA_BAD;
    read_rules(fixture, "on_bad=reject");
    envelope(fixture, "<a@example.com>", NULL, NULL);
    deliver(fixture);
    assert_true(fixture->rejects_bad);
    assert_int_equal(fixture->orders.reply.action, REPLY_REJECT);
    assert_string_equal(fixture->orders.reply.text, "said??by 100%% live");
    envelope(fixture, "<a@example.com>", "<c@example.com>", NULL);
    deliver(fixture);
    assert_false(fixture->rejects_bad);
    assert_int_equal(fixture->orders.reply.action, REPLY_DELRCPT);
}

static void
what_is_over_max_message_is_cut(void **state)
{
    static const unsigned char piece[65535] = {0};
    struct fixture *fixture = *state;
    const struct session_end end = {0};
    enum session_answer answer = SESSION_CONTINUE;

    envelope(fixture, "<a@example.com>", NULL, NULL);
    for (int i = 0; i < 4; i++)
        answer = session_body(fixture->session,
                              (struct rua_span){piece, sizeof(piece)});
    assert_int_equal(answer, SESSION_CONTINUE);
    for (int i = 0; i < 3; i++)
        answer = session_body(fixture->session,
                              (struct rua_span){piece, sizeof(piece)});
    assert_int_equal(answer, SESSION_ENOUGH);
    session_end(fixture->session, &end, &fixture->orders);
    assert_true(fixture->cut);
    assert_true(fixture->on_file);
    assert_int_equal(fixture->len, 300000);
}

static void
message_of_max_message_bytes_is_whole(void **state)
{
    static const unsigned char piece[300001] = {0};
    struct fixture *fixture = *state;
    const struct session_end end = {0};

    for (size_t len = 300000; len <= 300001; len++) {
        envelope(fixture, "<a@example.com>", NULL, NULL);
        session_body(fixture->session, (struct rua_span){piece, len});
        session_end(fixture->session, &end, &fixture->orders);
        assert_int_equal(fixture->cut, len > 300000);
        assert_int_equal(fixture->len, 300000);
    }
}

static void
one_byte_at_a_time_is_the_same(void **state)
{
    enum {
        LONG = 270000
    };
    struct fixture *fixture = *state;
    const struct session_end end = {0};
    unsigned char *bytes = calloc(1, LONG);

    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    envelope(fixture, "<a@example.com>", NULL, NULL);
    for (size_t i = 0; i < LONG; i++)
        session_body(fixture->session, (struct rua_span){bytes + i, 1});
    session_end(fixture->session, &end, &fixture->orders);
    assert_true(fixture->on_file);
    assert_int_equal(fixture->len, LONG);
    assert_memory_equal(fixture->bytes, bytes, LONG);
    free(bytes);
}

/* No room for the file; a file that does not grow. */
static void
fault_of_ours_is_later_and_asks_for_no_more(void **state)
{
    static const unsigned char piece[65535] = {0};
    struct fixture *fixture = *state;
    const struct session_end end = {0};
    enum session_answer answer = SESSION_CONTINUE;

    for (int i = 0; i < 2; i++) {
        fixture->no_scratch = i == 0;
        fixture->full = i == 1;
        envelope(fixture, "<a@example.com>", "<c@example.com>", NULL);
        for (int j = 0; j < 5; j++)
            answer = session_body(fixture->session,
                                  (struct rua_span){piece, sizeof(piece)});
        assert_int_equal(answer, SESSION_ENOUGH);
        session_end(fixture->session, &end, &fixture->orders);
        assert_int_equal(fixture->taken, 0);
        assert_int_equal(fixture->orders.reply.action, REPLY_TEMPFAIL);
        assert_string_equal(fixture->orders.reply.code, "451");
    }
    /* the next message is not made to suffer for it */
    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(deliver(fixture)->reply.action, REPLY_DISCARD);
}

static void
nothing_is_left_of_a_message_given_up(void **state)
{
    struct fixture *fixture = *state;

    for (int step = 0; step < 6; step++) {
        session_mail(fixture->session, "<first@reporter.example>");
        if (step > 0)
            session_rcpt(fixture->session, "<b@example.com>");
        if (step > 1)
            session_rcpt(fixture->session, "<c@example.com>");
        if (step > 2)
            session_data(fixture->session);
        if (step > 3)
            session_header(fixture->session, "X-RUA-Report", " first");
        if (step > 4)
            session_body(fixture->session, RUA_SPAN("first"));
        if (step % 2)
            session_reset(fixture->session);
        envelope(fixture, "<a@example.com>", NULL, NULL);
        deliver(fixture);
        assert_string_equal(fixture->ruas, "a@example.com");
        assert_string_equal(fixture->from, "noreply@reporter.example");
        assert_string_equal(fixture->bytes, "Subject: x\r\n\r\nbody\r\n");
        assert_int_equal(fixture->orders.reply.action, REPLY_DISCARD);
        assert_int_equal(fixture->orders.old_stamps, 0);
        session_reset(fixture->session);
        assert_int_equal(fixture->hall.receiving, 0);
    }
}

static void
too_many_reports_at_a_time_come_again(void **state)
{
    struct fixture *fixture = *state;
    struct session *other = session_new(&fixture->hall, fixture_wire);

    read_rules(fixture, "max_connections=1");
    session_mail(other, "<>");
    session_rcpt(other, "<a@example.com>");
    assert_int_equal(session_data(other), SESSION_CONTINUE);
    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(session_data(fixture->session), SESSION_LATER);
    assert_string_equal(session_reply(fixture->session)->dsn, "4.3.2");
    assert_int_equal(deliver(fixture)->reply.action, REPLY_TEMPFAIL);
    assert_int_equal(fixture->taken, 0);
    /* not even half of it, when there is room again in the middle */
    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(session_data(fixture->session), SESSION_LATER);
    session_reset(other);
    assert_int_equal(session_header(fixture->session, "A", "b"), SESSION_LATER);
    session_mail(other, "<>");
    session_rcpt(other, "<a@example.com>");
    assert_int_equal(session_data(other), SESSION_CONTINUE);
    /* other people's mail is not counted */
    envelope(fixture, "<c@example.com>", NULL, NULL);
    assert_int_equal(session_data(fixture->session), SESSION_LEAVE);
    session_free(other);
    envelope(fixture, "<a@example.com>", NULL, NULL);
    assert_int_equal(deliver(fixture)->reply.action, REPLY_DISCARD);
}

static void
connection_without_a_recipient_holds_nothing(void **state)
{
    struct fixture *fixture = *state;

    session_reset(fixture->session);
    session_mail(fixture->session, "<x@y.example>");
    session_reset(fixture->session);
    assert_int_equal(fixture->held, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_are_those_of_the_wire),
        TEST(null_sender_is_empty),
        TEST(mail_to_others_is_left_when_data_begins),
        TEST(mta_without_data_is_told_at_the_first_header),
        TEST(message_without_header_or_body_is_taken),
        TEST(unknown_recipient_of_a_dedicated_domain_is_refused),
        TEST(recipients_are_deleted_by_their_argument),
        TEST(many_ruas_are_remembered),
        TEST(stamps_that_came_in_are_counted_for_removal),
        TEST(ordinary_mail_keeps_its_stamps_unless_ours_are_to_be_believed),
        TEST(bad_message_is_rejected_only_where_nobody_else_has_it),
        TEST(what_is_over_max_message_is_cut),
        TEST(message_of_max_message_bytes_is_whole),
        TEST(one_byte_at_a_time_is_the_same),
        TEST(fault_of_ours_is_later_and_asks_for_no_more),
        TEST(nothing_is_left_of_a_message_given_up),
        TEST(too_many_reports_at_a_time_come_again),
        TEST(connection_without_a_recipient_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
