/* session_fixture.h - a session without an MTA, and a live.h that notes what it
 * was given and gives the verdict that it was told to. */
#ifndef SESSION_FIXTURE_H
#define SESSION_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "session.h"

/* What live.h below does, and what it was given. */
struct fixture {
    char folder[32], allow[64];
    struct rules *rules;
    struct session_hall hall;
    struct session *session;
    struct session_orders orders;

    enum rua_verdict verdict; /* of the next message */
    bool no_scratch;
    bool full; /* the scratch file takes nothing */

    unsigned taken, held; /* messages; rules that were given out */
    char *bytes;          /* of the last message */
    size_t len;
    bool cut, rejects_bad, keeps_mail, on_file;
    char ruas[256], from[64], id[32];
};

static struct fixture *stage;

static const struct session_wire fixture_wire = {.leading_space = true};

struct rules *
live_rules(struct live *live)
{
    (void)live;
    stage->held++;
    return rules_hold(stage->rules);
}

enum rua_verdict
live_scratch(struct live *live, int *ret_fd, struct rua_err *err)
{
    (void)live;
    if (stage->no_scratch)
        return rua_err_set(err, RUA_LATER, "no room");
    *ret_fd = memfd_create("scratch", MFD_ALLOW_SEALING);
    if (stage->full)
        fcntl(*ret_fd, F_ADD_SEALS, F_SEAL_GROW);
    return RUA_OK;
}

static void
note_envelope(const struct delivery_envelope *envelope)
{
    stage->ruas[0] = '\0';
    for (size_t i = 0; i < envelope->n_ruas; i++) {
        size_t len = strlen(stage->ruas);
        snprintf(stage->ruas + len, sizeof(stage->ruas) - len, "%s%s",
                 i ? " " : "", envelope->ruas[i]);
    }
    snprintf(stage->from, sizeof(stage->from), "%s", envelope->from);
    snprintf(stage->id, sizeof(stage->id), "%s",
             envelope->queue_id ? envelope->queue_id : "none");
}

void
live_take(struct live *live, const struct live_message *message,
          struct delivery *ret_delivery)
{
    size_t n = 0;
    struct rua_err err = {0};

    (void)live;
    stage->taken++;
    free(stage->bytes);
    stage->len = message->message->len;
    stage->bytes = calloc(1, stage->len + 1);
    stage->on_file = message->message->fd >= 0;
    rua_spool_read(message->message, 0, stage->bytes, stage->len, &n, NULL);
    assert_int_equal(n, stage->len);
    stage->cut = message->cut;
    stage->rejects_bad = message->rejects_bad;
    stage->keeps_mail = message->keeps_mail;
    note_envelope(&message->envelope);
    if (message->tick)
        message->tick(message->ctx);
    rua_err_set(&err, stage->verdict, "said\r\nby 100%% live");
    delivery_begin(ret_delivery, &message->envelope);
    delivery_fail(ret_delivery, stage->verdict, &err);
    ret_delivery->records = 12;
    ret_delivery->domain = "example.com";
    ret_delivery->org = "A \"B\" C";
}

static void
read_rules(struct fixture *fixture, const char *more)
{
    char allow[96], setting[128];
    const char *values[] = {"store=/nonexistent", allow,
                            "dedicated=rua.example", "max_message=300000",
                            setting};
    const struct command_settings settings = {
        .file = "/dev/null", .values = values, .n = 5};
    struct rua_err err = {0};

    if (fixture->rules)
        rules_drop(fixture->rules);
    snprintf(allow, sizeof(allow), "allow=%s", fixture->allow);
    snprintf(setting, sizeof(setting), "%s", more);
    if (rules_read(&settings, &fixture->rules, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
}

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    FILE *file;

    *state = stage = fixture;
    strcpy(fixture->folder, "/tmp/test_session.XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->allow, sizeof(fixture->allow), "%s/allow",
             fixture->folder);
    file = fopen(fixture->allow, "w");
    fputs("a@example.com *\nb@example.com *\nrua@rua.example *\n", file);
    fclose(file);
    read_rules(fixture, "after=discard");
    fixture->session = session_new(&fixture->hall, fixture_wire);
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    session_free(fixture->session);
    assert_int_equal(fixture->hall.receiving, 0);
    rules_drop(fixture->rules);
    unlink(fixture->allow);
    rmdir(fixture->folder);
    free(fixture->bytes);
    free(fixture);
    return 0;
}

/* MAIL, and RCPT for each of up to three. */
static void
envelope(struct fixture *fixture, const char *first, const char *second,
         const char *third)
{
    const char *const all[] = {first, second, third};

    session_mail(fixture->session, "<noreply@reporter.example>");
    for (size_t i = 0; i < 3 && all[i]; i++)
        assert_int_equal(session_rcpt(fixture->session, all[i]),
                         SESSION_CONTINUE);
}

/* The rest of a message, to its end. */
static const struct session_orders *
deliver(struct fixture *fixture)
{
    const struct session_end end = {.queue_id = "4cXyz"};

    session_data(fixture->session);
    session_header(fixture->session, "Subject", " x");
    session_eoh(fixture->session);
    session_body(fixture->session, RUA_SPAN("body\r\n"));
    session_end(fixture->session, &end, &fixture->orders);
    return &fixture->orders;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
