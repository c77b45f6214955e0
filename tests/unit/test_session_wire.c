/* What was agreed upon with the MTA. */
#include "session_fixture.h"

static void
space_that_the_mta_took_is_put_back(void **state)
{
    struct fixture *fixture = *state;

    session_free(fixture->session);
    fixture->session = session_new(&fixture->hall, (struct session_wire){0});
    envelope(fixture, "<a@example.com>", NULL, NULL);
    deliver(fixture);
    assert_memory_equal(fixture->bytes, "Subject:  x\r\n\r\nbody\r\n",
                        fixture->len);
}

/* It was negotiated before the domain was dedicated. */
static void
recipient_that_cannot_be_refused_keeps_its_mail(void **state)
{
    struct fixture *fixture = *state;

    session_free(fixture->session);
    fixture->session =
        session_new(&fixture->hall, (struct session_wire){.leading_space = true,
                                                          .silent_rcpt = true});
    envelope(fixture, "<x@rua.example>", "<rua@rua.example>", NULL);
    assert_int_equal(deliver(fixture)->reply.action, REPLY_DELRCPT);
    assert_int_equal(fixture->orders.n_recipients, 1);
    assert_string_equal(fixture->orders.recipients[0], "<rua@rua.example>");
    envelope(fixture, "<x@rua.example>", NULL, NULL);
    assert_int_equal(session_data(fixture->session), SESSION_LEAVE);
    envelope(fixture, "<rua@rua.example>", NULL, NULL);
    assert_int_equal(deliver(fixture)->reply.action, REPLY_DISCARD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(space_that_the_mta_took_is_put_back),
        TEST(recipient_that_cannot_be_refused_keeps_its_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
