#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
    MEMORY = 256 * 1024, /* bytes of a message; more go to a file */
    /* s: Postfix waits for 300, and the store for its lock for 60, twice when
     * something is stored and the message kept aside */
    PATIENCE = 170,
};

struct session {
    struct session_hall *hall;
    struct session_wire wire;

    /* Of the message under way. */
    struct rules *rules; /* NULL until there is a recipient */
    struct rua_arena arena;
    const char *from;
    const char **arguments; /* of the RUAs' RCPT, in the arena; n_ruas */
    const char **ruas;      /* the same without brackets */
    size_t n_ruas, room;
    bool others;    /* are among the recipients */
    bool receiving; /* the spool is there */
    bool turned_away;
    bool cut; /* it was longer than max_message */
    unsigned stamps;
    struct rua_scratch scratch;
    struct rua_spool spool;
    enum rua_verdict fault; /* RUA_LATER: the bytes could not be kept */
    struct rua_err err;
    struct reply reply;
};

bool
session_hall_refuses(struct session_hall *hall)
{
    struct rules *rules = live_rules(hall->live);
    bool refuses = rules->conf.dedicated;

    rules_drop(rules);
    return refuses;
}

struct session *
session_new(struct session_hall *hall, struct session_wire wire)
{
    struct session *session = rua_alloc(sizeof(*session));

    *session = (struct session){.hall = hall, .wire = wire};
    return session;
}

void
session_reset(struct session *session)
{
    if (session->receiving) {
        atomic_fetch_sub(&session->hall->receiving, 1);
        rua_spool_done(&session->spool);
        if (session->scratch.fd >= 0)
            close(session->scratch.fd);
    }
    if (session->rules)
        rules_drop(session->rules);
    free(session->arguments);
    free(session->ruas);
    rua_arena_done(&session->arena);
    *session = (struct session){.hall = session->hall, .wire = session->wire};
}

void
session_free(struct session *session)
{
    session_reset(session);
    free(session);
}

const struct reply *
session_reply(const struct session *session)
{
    return &session->reply;
}

/* ---- envelope ---- */

/* An address without the angle brackets around it. */
static const char *
bare(struct session *session, const char *address)
{
    size_t len = strlen(address);

    if (len >= 2 && address[0] == '<' && address[len - 1] == '>') {
        address++;
        len -= 2;
    }
    return rua_arena_text(
        &session->arena,
        (struct rua_span){(const unsigned char *)address, len});
}

void
session_mail(struct session *session, const char *sender)
{
    session_reset(session);
    session->from = bare(session, sender);
}

static void
add_rua(struct session *session, const char *argument)
{
    size_t n = session->n_ruas;

    if (n == session->room) {
        session->room = n ? n * 2 : 4;
        session->arguments = rua_realloc(
            session->arguments, session->room * sizeof(*session->arguments));
        session->ruas =
            rua_realloc(session->ruas, session->room * sizeof(*session->ruas));
    }
    session->arguments[n] =
        rua_arena_text(&session->arena, rua_span_text(argument));
    session->ruas[n] = bare(session, argument);
    session->n_ruas++;
}

static enum session_answer
refuse(struct session *session, const char *argument)
{
    char text[RUA_SENTENCE_MAX];

    snprintf(text, sizeof(text), "%s: no reports are taken here", argument);
    reply_refuse(&session->reply, REPLY_REJECT, "550", "5.1.1", text);
    return SESSION_REFUSE;
}

enum session_answer
session_rcpt(struct session *session, const char *argument)
{
    enum rules_address address;
    struct rua_err err = {0};

    if (!session->rules)
        session->rules = live_rules(session->hall->live);
    address = rules_judge(session->rules, argument, &err);
    if (address == RULES_LATER && !session->wire.silent_rcpt) {
        log_error(err.sentence);
        reply_refuse(&session->reply, REPLY_TEMPFAIL, "451", "4.3.0",
                     "the allowlist cannot be read; try again later");
        return SESSION_LATER;
    }
    /* who cannot be told of it is not refused: his mail would be lost */
    if (address == RULES_UNKNOWN && !session->wire.silent_rcpt)
        return refuse(session, argument);
    if (address == RULES_RUA || address == RULES_LATER) /* told at the end */
        add_rua(session, argument);
    else
        session->others = true;
    return SESSION_CONTINUE;
}

/* ---- bytes ---- */

/* Of those that bring reports only so many are let in: they cost memory and
 * descriptors. Other people's mail is not counted. */
static enum session_answer
turn_away(struct session *session, unsigned most)
{
    const struct delivery_envelope envelope = {.from = session->from,
                                               .ruas = session->ruas,
                                               .n_ruas = session->n_ruas};
    struct delivery delivery;
    struct rua_err err = {0};
    struct log_line line;

    reply_refuse(&session->reply, REPLY_TEMPFAIL, "451", "4.3.2",
                 "too many reports at the same time; try again later");
    rua_err_set(&err, RUA_LATER, "max_connections (%u) bring reports already",
                most);
    delivery_begin(&delivery, &envelope);
    delivery_fail(&delivery, RUA_LATER, &err);
    line = delivery_line(&delivery);
    line.action = reply_action_name(session->reply.action);
    log_message(&line);
    delivery_done(&delivery);
    session->turned_away = true;
    return SESSION_LATER;
}

static enum session_answer
receive(struct session *session)
{
    const struct conf *conf = &session->rules->conf;

    if (atomic_fetch_add(&session->hall->receiving, 1) >=
        conf->max_connections) {
        atomic_fetch_sub(&session->hall->receiving, 1);
        return turn_away(session, conf->max_connections);
    }
    session->receiving = true;
    session->scratch.fd = -1;
    rua_spool_init(&session->spool, &session->scratch, MEMORY,
                   conf->limits.max_message, "max_message");
    return SESSION_CONTINUE;
}

enum session_answer
session_data(struct session *session)
{
    if (session->receiving)
        return SESSION_CONTINUE;
    if (session->turned_away)
        return SESSION_LATER;
    if (session->n_ruas)
        return receive(session);
    session_reset(session);
    return SESSION_LEAVE;
}

/* What is over max_message is dropped, and what comes after a fault of ours. */
static void
add(struct session *session, struct rua_span bytes)
{
    struct rua_spool *spool = &session->spool;
    uint64_t room = spool->max - spool->len;

    if (session->fault != RUA_OK || session->cut)
        return;
    if (bytes.len > room) {
        session->cut = true;
        bytes.len = (size_t)room;
    }
    if (session->scratch.fd < 0 && spool->len + bytes.len > MEMORY)
        session->fault = live_scratch(session->hall->live, &session->scratch.fd,
                                      &session->err);
    if (session->fault == RUA_OK)
        session->fault = rua_spool_write(spool, bytes, &session->err);
}

/* A value as it was on the wire: the MTA gives its line ends without CR. */
static void
add_value(struct session *session, const char *value)
{
    const char *end;

    for (; (end = strchr(value, '\n')); value = end + 1) {
        size_t len = (size_t)(end - value);
        if (len && value[len - 1] == '\r')
            len--;
        add(session, (struct rua_span){(const unsigned char *)value, len});
        add(session, RUA_SPAN("\r\n"));
    }
    add(session, rua_span_text(value));
    add(session, RUA_SPAN("\r\n"));
}

static bool
is_stamp(const char *name)
{
    size_t len = sizeof(REPLY_STAMP) - 1;

    return strncasecmp(name, REPLY_STAMP, len) == 0 &&
           name[len + strspn(name + len, " \t")] == '\0';
}

enum session_answer
session_header(struct session *session, const char *name, const char *value)
{
    enum session_answer answer = session_data(session);

    if (answer != SESSION_CONTINUE)
        return answer;
    session->stamps += is_stamp(name);
    add(session, rua_span_text(name));
    add(session, session->wire.leading_space ? RUA_SPAN(":") : RUA_SPAN(": "));
    add_value(session, value);
    return SESSION_CONTINUE;
}

enum session_answer
session_eoh(struct session *session)
{
    enum session_answer answer = session_data(session);

    if (answer == SESSION_CONTINUE)
        add(session, RUA_SPAN("\r\n"));
    return answer;
}

enum session_answer
session_body(struct session *session, struct rua_span bytes)
{
    enum session_answer answer = session_data(session);

    if (answer != SESSION_CONTINUE)
        return answer;
    add(session, bytes);
    return session->cut || session->fault != RUA_OK ? SESSION_ENOUGH
                                                    : SESSION_CONTINUE;
}

/* ---- end ---- */

static uint64_t
microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void
take(struct session *session, const struct session_end *end,
     const struct reply_case *of, struct delivery *ret_delivery)
{
    const struct live_message message = {
        .message = &session->spool,
        .cut = session->cut,
        .rejects_bad = reply_rejects_bad(of),
        .envelope = {.id = end->queue_id,
                     .ruas = session->ruas,
                     .n_ruas = session->n_ruas,
                     .from = session->from,
                     .queue_id = end->queue_id,
                     .received_at = (int64_t)time(NULL)},
        .rules = session->rules,
        .patience = PATIENCE,
        .tick = end->tick,
        .ctx = end->ctx,
    };

    if (session->fault == RUA_OK) {
        live_take(session->hall->live, &message, ret_delivery);
    } else {
        delivery_begin(ret_delivery, &message.envelope);
        delivery_fail(ret_delivery, session->fault, &session->err);
    }
}

static void
give_orders(const struct session *session, const struct delivery *delivery,
            struct session_orders *orders)
{
    enum reply_action action = orders->reply.action;
    bool marks = session->rules->conf.after == CONF_ACCEPT;

    if (action == REPLY_DELRCPT) {
        orders->recipients = session->arguments;
        orders->n_recipients = session->n_ruas;
    }
    if (action == REPLY_DELRCPT || (action == REPLY_ACCEPT && marks))
        orders->old_stamps = session->stamps;
    if (orders->reply.stamped)
        reply_stamp(delivery->verdict, delivery->records, delivery->domain,
                    delivery->org, orders->stamp);
}

void
session_end(struct session *session, const struct session_end *end,
            struct session_orders *ret_orders)
{
    uint64_t began = microseconds();
    enum session_answer answer = session_data(session);
    struct delivery delivery;
    struct reply_case of;
    struct log_line line;

    *ret_orders = (struct session_orders){.reply.action = REPLY_ACCEPT};
    if (answer == SESSION_LATER)
        ret_orders->reply = session->reply;
    if (answer != SESSION_CONTINUE)
        return;
    of = (struct reply_case){.only_ruas = !session->others,
                             .after = session->rules->conf.after,
                             .on_bad = session->rules->conf.on_bad};
    take(session, end, &of, &delivery);
    of.verdict = delivery.verdict;
    reply_choose(&of, delivery.err.sentence, &ret_orders->reply);
    give_orders(session, &delivery, ret_orders);
    line = delivery_line(&delivery);
    line.action = reply_action_name(ret_orders->reply.action);
    line.took = microseconds() - began + 1;
    log_message(&line);
    delivery_done(&delivery);
}
